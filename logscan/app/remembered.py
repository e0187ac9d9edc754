"""A report out of the memory, where it can be; out of the logs where it cannot, and then it says so.

In: what is reported on, where the memory lies. Out: `model.report.Nightly`. Never: no report because the memory is broken,
locked or its disk full; names in a memory that was begun with pseudonyms.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from logscan.app.files import write_whole
from logscan.model.problems import NothingRead, Problem, UsageError
from logscan.model.report import Asked, Nightly, Rule
from logscan.model.settings import Settings
from logscan.parsers.zone import zone
from logscan.pipeline.logs.reading import Tick
from logscan.pipeline.memory.recalled import Recalled
from logscan.pipeline.memory.remembering import Keeping, remember
from logscan.pipeline.report import nightly, report
from logscan.redaction.key import Key
from logscan.store.store import Broken, Locked, Store, discard, opened

#: Days that are remembered, unless asked otherwise: the weeks and the month that a report is compared with, and some.
DAYS: Final = 100
#: The note that says that a memory holds pseudonyms; and the secret that they hang on.
_VEILED: Final = "private"
_KEY: Final = "key"
_KEY_BYTES: Final = 32
#: What was followed the last time; and whose midnight parts the days.
_PATHS: Final = "paths"
_ZONE: Final = "zone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is wanted of a memory. rebuild: begin it anew. private: with pseudonyms. days: see `DAYS`."""

    folder: Path
    rebuild: bool = False
    private: bool = False
    days: int = DAYS


def remembered(
    paths: Sequence[str],
    settings: Settings,
    asked: Asked,
    rule: Rule,
    memory: Memory,
    tick: Tick | None = None,
) -> Nightly:
    """Return what is told of a period; what is new in the logs is put down first.

    Raises NothingRead when there is no log and no memory of the period, UsageError for a memory with names that is to be private.
    """
    clock = time.monotonic()
    try:
        if memory.rebuild:
            discard(memory.folder)
        with opened(memory.folder) as store:
            made = _out_of(store, paths, settings, asked, rule, memory, clock, tick)
    except (Locked, Broken) as error:
        return _beside(report(paths, settings, asked, rule, tick), error)
    return made or report(paths, settings, asked, rule, tick)


def _out_of(
    store: Store,
    paths: Sequence[str],
    settings: Settings,
    asked: Asked,
    rule: Rule,
    memory: Memory,
    clock: float,
    tick: Tick | None,
) -> Nightly | None:
    """Return what the memory tells; None for a period that it does not hold."""
    _same_zone(store, settings)
    keeping = Keeping(days=memory.days, key=_key(store, private=memory.private))
    problems = _other(store, paths)
    try:
        problems += remember(paths, settings, store, keeping, asked.now, tick)
    except NothingRead as nothing:
        if not Recalled(store=store, settings=settings).holds(asked.period):
            raise
        problems += (*nothing.problems, _gone(str(nothing)))
    recalled = Recalled(store=store, settings=settings, problems=problems)
    return nightly(recalled, asked, rule, clock) if recalled.holds(asked.period) else None


def _key(store: Store, *, private: bool) -> Key | None:
    """Return the key of pseudonyms of a memory that has them, or gets them. What was begun so goes on so."""
    veiled = store.note(_VEILED) is not None
    if private and not veiled and store.days():
        raise UsageError(
            f"--private: the memory in {store.folder} holds names already: run once with --rebuild, too"
        )
    if not private and not veiled:
        return None
    path = store.folder / _KEY
    if not path.exists():
        write_whole(path, secrets.token_bytes(_KEY_BYTES))
    store.take_note(_VEILED, "yes")
    secret = path.read_bytes()
    if len(secret) < _KEY_BYTES:
        raise Broken(f"{path}: is no key: run with --rebuild")
    return Key(secret)


def _same_zone(store: Store, settings: Settings) -> None:
    """Refuse a memory whose days are those of another zone. Raises Broken."""
    mine, before = zone(settings.zone).name, store.note(_ZONE)
    if before not in (None, mine):
        raise Broken(
            f"{store.folder}: its days are those of {before}, and not of {mine}: run once with --rebuild"
        )
    store.take_note(_ZONE, mine)


def _other(store: Store, paths: Sequence[str]) -> list[Problem]:
    """Return what to say where other logs are followed than the last time: what both have in common is counted once."""
    mine = "\n".join(sorted(str(Path(path).absolute()) for path in paths)) or "/var/log"
    before = store.note(_PATHS)
    store.take_note(_PATHS, mine)
    if before in (None, mine):
        return []
    return [
        Problem(
            where=str(store.folder),
            reason=f"this memory has followed {before.replace(chr(10), ', ')} so far",
            help="give every set of logs a --state of its own, or --rebuild it",
            unreadable=False,
        )
    ]


def _gone(what: str) -> Problem:
    return Problem(
        where="--state",
        reason=f"{what}; this report is what was remembered",
        help="look where the logs go now",
    )


def _beside(made: Nightly, error: Exception) -> Nightly:
    """Return a report out of the logs that says why it is not out of the memory."""
    said = Problem(
        where="--state",
        reason=f"{error}; this report was made from the logs alone",
        help="nothing was put down: the next run makes up for it, while the logs are there",
    )
    scanned = made.outages.scanned
    problems = tuple(sorted({*scanned.problems, said}))
    return replace(made, outages=replace(made.outages, scanned=replace(scanned, problems=problems)))
