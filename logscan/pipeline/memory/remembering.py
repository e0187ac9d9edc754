"""What is new in the logs, put down in the memory: day by day, each with how far the logs were read for it.

In: paths, settings, an open store, the clock. Out: problems. Never: a day that is not over; a line twice, or half a day, when
the run dies: see `store.add`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from msgspec import ValidationError, convert, json

from logscan.model.own import OwnMail
from logscan.model.problems import NothingRead, Problem
from logscan.model.report import Stretch
from logscan.model.settings import Settings
from logscan.parsers.zone import zone
from logscan.pipeline.logs.reading import Tick
from logscan.pipeline.logs.survey import refuse_nothing, survey
from logscan.pipeline.mails.own import own_mail
from logscan.pipeline.memory.keeping import Origins, kept, within
from logscan.pipeline.memory.once.cutting import Step, pending
from logscan.pipeline.memory.once.spooling import Spool, spool
from logscan.pipeline.memory.recalled import HOURS, KEPT, SINCE, parts_of
from logscan.pipeline.redact import Redacted
from logscan.redaction.key import Key
from logscan.sources.cursors import Cursor
from logscan.store.store import Broken, Store

#: Where the lines of one day lie while they are read.
SPOOL: Final = "spool"
_HIDDEN: Final = "hidden"
#: The note that says where own mails stood on the day that was put down last; and how long one may wait in the queue.
OWN: Final = "own"
WAITS: Final = timedelta(days=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How the memory is kept. days: so many before today; what is older is forgotten. key: of pseudonyms; None: names stay."""

    days: int = 400
    key: Key | None = None


def remember(
    paths: Sequence[str],
    settings: Settings,
    store: Store,
    keeping: Keeping,
    now: datetime,
    tick: Tick | None = None,
) -> tuple[Problem, ...]:
    """Put down what the logs that `paths` mean tell of days that are over. now: by the clock.

    Return what could not be read. Raises NothingRead when there is no log at all.
    """
    local = zone(settings.zone)
    today = now.astimezone(local.info).date()
    midnight = datetime.combine(today, datetime.min.time()).replace(tzinfo=local.info).astimezone(UTC)
    cursors = _cursors(store)
    found = pending(paths, settings, cursors, midnight, local)
    refuse_nothing(found.found, paths)
    problems = list(found.problems)
    size = sum(step.lines for step in found.steps)
    done = 0
    for step in found.steps:
        problems += _remember(step, settings, store, keeping, found.problems)
        done += step.lines
        if tick is not None:
            tick(done, size)
    oldest = today - timedelta(days=keeping.days)
    store.read_to(_plain(one for one in found.after if one.seen >= oldest.isoformat()))
    store.forget([KEPT, SINCE, HOURS], oldest)
    return tuple(problems)


def _cursors(store: Store) -> list[Cursor]:
    try:
        return convert(store.cursors(), list[Cursor])
    except ValidationError as error:  # another version's
        raise Broken(
            f"{store.folder}: how far the logs were read is not told as this version does: run with --rebuild"
        ) from error


def _remember(
    step: Step, settings: Settings, store: Store, keeping: Keeping, said: Sequence[Problem]
) -> list[Problem]:
    folder = store.folder / SPOOL
    shutil.rmtree(folder, ignore_errors=True)  # of a run that died
    try:
        copied = spool(step, folder)
        window = within(settings, step.since, step.until, step.day.year)
        own = _own(store, copied, window)
        unread = [problem for problem in (*said, *copied.problems) if problem.unreadable]
        parts, problems = _read(step, copied, replace(window, own=own), keeping, folder / _HIDDEN, unread)
        store.add(step.day, parts, _plain(copied.after), {OWN: _written(own)})
    except OSError as error:
        raise Broken(f"{folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [*copied.problems, *problems]


def _read(
    step: Step, copied: Spool, window: Settings, keeping: Keeping, hidden: Path, unread: Sequence[Problem]
) -> tuple[dict[str, tuple[str, bytes]], list[Problem]]:
    """Return what is to be put down of a step, and what could not be read of it."""
    if not copied.paths:
        return {}, []
    origins: Origins = {file.path: (file.origin, file.lines) for file in copied.files}
    paths: Sequence[str] = copied.paths
    try:
        if keeping.key is not None:
            paths, origins = _veiled(copied, window, keeping.key, hidden)
        return parts_of(
            kept(paths, window, origins, unread),
            Stretch(since=step.since, until=step.until),
            zone(window.zone).info,
            window.own,
        ), []
    except NothingRead as nothing:
        # What was copied has lines; a log whose lines nobody knows is said, and not tried again every night.
        return {}, [_unknown(problem, origins, step.day) for problem in nothing.problems]


def _own(store: Store, copied: Spool, window: Settings) -> tuple[OwnMail, ...]:
    """Return where logscan's own mails stand in some lines; what had not come to its end the day before may go on."""
    begun = [one for one in json.decode(store.note(OWN) or "[]", type=list[OwnMail]) if not one.ended]
    waiting = [
        replace(one, last=one.first + WAITS)
        for one in begun
        if window.since is None or one.first + WAITS > window.since
    ]
    found = own_mail(survey(copied.paths, window), window) if window.sent and copied.paths else ()
    known = {one.queue_id for one in found}
    return (*found, *(one for one in waiting if one.queue_id not in known))


def _written(own: Sequence[OwnMail]) -> str:
    return json.encode(list(own)).decode()


def _veiled(copied: Spool, settings: Settings, key: Key, folder: Path) -> tuple[list[str], Origins]:
    """Write the lines once more, with pseudonyms that are the same every night. Return the paths, and whose they are."""
    whole = replace(settings, since=None, until=None)
    if len(copied.files) < len(copied.paths):
        whole = settings  # a journal is asked for this day alone
    redacted = Redacted(copied.paths, whole, key, lasting=True)
    names = {path: folder / str(number) for number, path in enumerate(copied.paths)}
    known = {file.path: file for file in copied.files}
    folder.mkdir(mode=0o700, parents=True)
    written: dict[str, Path] = {}
    for path, text in redacted.by_log():
        target = names[path] / Path(path).name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with target.open("ab") as lines:
            lines.write(text.encode())
        written[path] = target
    origins = {
        str(target): (known[path].origin, known[path].lines) if path in known else (path, ())
        for path, target in written.items()
    }
    return [str(target) for target in written.values()], origins


def _unknown(problem: Problem, origins: Origins, day: date) -> Problem:
    where = origins[problem.where][0] if problem.where in origins else problem.where
    return replace(problem, where=f"{where} of {day.isoformat()}")


def _plain(cursors: Iterable[Cursor]) -> list[dict[str, Any]]:
    return [asdict(cursor) for cursor in cursors]
