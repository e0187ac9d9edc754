"""What is new in the logs since the last run, cut into local days.

In: paths, settings, the cursors of the last run. Out: `Pending`: steps, one local day after the other, and what could not be
read. Never: a line of a day that is not over; a line twice, whatever became of its file in between.

A step is one day's new lines of all logs. Lines that came late, of a day that was told before, make a step of their own for that
day. `spooling.spool` copies a step's lines into a folder; the cursors that it returns are to be stored together with what is made
of them, so that a crash between two steps loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from logscan.model.problems import Problem, UsageError
from logscan.model.settings import Settings
from logscan.parsers.zone import Zone
from logscan.pipeline.logs.survey import Log, Survey, survey
from logscan.pipeline.memory.once import journals, reader, walking
from logscan.pipeline.memory.once.copies import copies
from logscan.pipeline.memory.once.growing import refused
from logscan.pipeline.memory.once.runs import NEVER, Reading, Run
from logscan.sources.cursors import Cursor, Due, due
from logscan.sources.streams import STDIN


@dataclass(frozen=True, slots=True)
class Piece:
    """One log's lines of a step. number: of its reading in the `Work`."""

    number: int
    log: Log
    runs: tuple[Run, ...]


@dataclass(slots=True)
class Work:
    """What the steps of one run of the program share. failed: logs whose lines could not be had, and the day until which they could."""

    readings: tuple[Reading, ...]
    copy_of: dict[int, int]
    kept: tuple[Cursor, ...]
    journals: tuple[journals.Kept, ...]
    seen: str
    failed: dict[int, int] = field(default_factory=dict)

    def after(self, until: int) -> tuple[Cursor, ...]:
        """Return all cursors for when the steps of all days before `until` are stored."""
        found = list(self.kept)
        for number, reading in enumerate(self.readings):
            at = min(until, self.failed.get(self.copy_of.get(number, number), until))
            if reading.broken or at == NEVER:
                found += reading.due.told
            else:
                found.append(reading.cursor(at, self.seen))
        found += [cursor for kept in self.journals if (cursor := kept.cursor(until, self.seen)) is not None]
        return tuple(sorted(set(found), key=_place))


def _place(cursor: Cursor) -> tuple[object, ...]:
    return cursor.path, cursor.device, cursor.inode, cursor.offset, cursor.read, cursor.tail, cursor.mtime_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The new lines of one day. since, until: its bounds in UTC. whole: paths that are read as they are, in this window."""

    day: date
    since: datetime
    until: datetime
    pieces: tuple[Piece, ...]
    whole: tuple[str, ...]
    work: Work

    @property
    def lines(self) -> int:
        """How many lines are new, without those of journals."""
        return sum(run.lines for piece in self.pieces for run in piece.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What there is to do. after: the cursors when all steps are stored, or when there is none."""

    found: Survey
    steps: tuple[Step, ...]
    problems: tuple[Problem, ...]
    work: Work
    today: int

    @property
    def after(self) -> tuple[Cursor, ...]:
        """The cursors when all steps are stored."""
        return self.work.after(self.today)


def pending(
    paths: Sequence[str], settings: Settings, cursors: Sequence[Cursor], until: datetime, zone: Zone
) -> Pending:
    """Return what is new in the logs that `paths` mean and of days that are over.

    until: the local midnight with which the present day began. Raises UsageError for standard input.
    """
    if STDIN in paths:
        raise UsageError(
            "a memory follows logs that grow at their end, standard input is none: report on it without --state"
        )
    found = survey(paths, replace(settings, since=None, until=None))
    seen = until.astimezone(zone.info).date()
    today = walking.number(seen)
    asked = journals.kept([log for log in found.logs if log.source.journal is not None], cursors, today, zone)
    files = [log for log in found.logs if log.source.journal is None]
    ready = due([log.source for log in files], cursors)
    said = [refused(log, one) for log, one in zip(files, ready, strict=True)]
    able = [(log, one) for log, one, problem in zip(files, ready, said, strict=True) if problem is None]
    readings = tuple(reader.read(one, log, zone, until) for log, one in able if not one.idle)
    work = Work(
        readings=readings,
        copy_of=copies([reading.due for reading in readings]),
        kept=_kept(cursors, [one for _, one in able], asked, seen),
        journals=asked,
        seen=seen.isoformat(),
    )
    problems = [problem for problem in said if problem is not None]
    problems += [problem for reading in readings for problem in reading.problems]
    return Pending(
        found=found,
        steps=tuple(_steps(work, zone)),
        problems=(*found.problems, *problems),
        work=work,
        today=today,
    )


def _kept(
    cursors: Sequence[Cursor], found: Sequence[Due], asked: Sequence[journals.Kept], seen: date
) -> tuple[Cursor, ...]:
    """Return the cursors that stay as they are: of logs that were not seen, or are as they were."""
    told = {cursor for one in found for cursor in one.told} | {
        kept.before for kept in asked if kept.before is not None
    }
    idle = [
        replace(one.cursor, path=one.source.path, rotation=one.source.rotation, seen=seen.isoformat())
        for one in found
        if one.idle and one.cursor is not None
    ]
    return (*(cursor for cursor in cursors if cursor not in told), *idle)


def _steps(work: Work, zone: Zone) -> Iterator[Step]:
    days: dict[int, list[Piece]] = {}
    for number, reading in enumerate(work.readings):
        if number in work.copy_of:
            continue
        for day in reading.days():
            days.setdefault(day, []).append(Piece(number, reading.log, tuple(reading.of(day))))
    asked: dict[int, list[str]] = {}
    for kept in work.journals:
        for day in kept.days():
            asked.setdefault(day, []).append(kept.log.source.path)
    for day in sorted({*days, *asked}):
        since, until = walking.bounds(day, zone)
        yield Step(
            day=walking.EPOCH + timedelta(days=day),
            since=since,
            until=until,
            pieces=tuple(days.get(day, ())),
            whole=tuple(asked.get(day, ())),
            work=work,
        )
