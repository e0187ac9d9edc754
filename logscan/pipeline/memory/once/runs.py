"""Runs of lines of one day, and how far a log is done with when some days are.

In: what `reader` read. Out: `Reading`, and the `Cursor` of any point between two days. Never: a log's lines: a run is some numbers, however
many lines it has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from logscan.model.problems import Problem
from logscan.parsers.clock import Reached
from logscan.pipeline.logs.survey import Log
from logscan.pipeline.memory.once import held, walking
from logscan.pipeline.memory.once.held import Stretch
from logscan.sources.cursors import HEAD, Cursor, Due, digest

#: Before all days.
NEVER: Final = -10_000_000


@dataclass(frozen=True, slots=True)
class Run:
    """Lines of one day that stand together. line: number of the first, from 1. day: since 1970.

    done: they were taken by an earlier run of the program. beyond: they are of a time that cannot be.
    tail, seal: fingerprints of what lies before its beginning and before its end. walk: where the years stand before it.
    """

    begin: int
    end: int
    line: int
    lines: int
    day: int
    done: bool
    beyond: bool
    tail: str
    seal: str
    walk: Reached | None


@dataclass(frozen=True, slots=True)
class Reading:
    """The new lines of a log. end, lines, tail, walk: where its whole lines end, how many they are, what lies before, and the years there.

    regions: stretches of earlier runs, and the new one. settled: nothing but a change of the file can add to it.
    today: the first day that is not over. broken: the log is no longer what it was when it was looked for.
    """

    due: Due
    log: Log
    runs: tuple[Run, ...]
    regions: tuple[Stretch, ...]
    end: int
    lines: int
    tail: str
    walk: Reached | None
    settled: bool
    today: int
    broken: bool
    problems: tuple[Problem, ...]

    def days(self) -> set[int]:
        """Return the days that are over and of which there are new lines."""
        return {run.day for run in self.runs if not run.done and not run.beyond and run.day < self.today}

    def of(self, day: int) -> list[Run]:
        """Return the new lines of a day."""
        return [run for run in self.runs if run.day == day and not run.done and not run.beyond]

    def cursor(self, until: int, seen: str) -> Cursor:
        """Return the cursor for when the lines of all days before `until` are stored."""
        left = next((i for i, run in enumerate(self.runs) if not _gone(run, until)), len(self.runs))
        place, lines, day, walk = self._behind(left)
        taken = [run for run in self.runs[left:] if _gone(run, until)]
        if taken:
            read, tail = taken[-1].end, taken[-1].seal
        else:
            read, tail = place, self.runs[left].tail if left < len(self.runs) else self.tail
        regions = [replace(part, until=max(part.until, until)) for part in self.regions]
        source, start = self.due.source, self.due.start[: min(HEAD, read)]
        device, inode = source.identity or (0, 0)
        return Cursor(
            path=source.path,
            rotation=source.rotation,
            device=device,
            inode=inode,
            compression=source.compression,
            size=source.size or 0,
            mtime_ns=self.due.mtime_ns,
            offset=place,
            lines=lines,
            read=read,
            held=held.written(regions, place, read),
            head=digest(start),
            head_bytes=len(start),
            tail=tail,
            finished=self.settled and place == self.end,
            day=day,
            walk=walking.written(walk),
            seen=seen,
        )

    def _behind(self, index: int) -> tuple[int, int, str | None, Reached | None]:
        """Return place and lines in front of a run, the day of the line there, and where the years stand."""
        day = self.due.cursor.day if self.due.cursor else None
        if index:
            day = (walking.EPOCH + timedelta(days=self.runs[index - 1].day)).isoformat()
        if index < len(self.runs):
            run = self.runs[index]
            return run.begin, run.line - 1, day, run.walk
        return self.end, self.lines, day, self.walk


def _gone(run: Run, until: int) -> bool:
    return run.done or run.beyond or run.day < until


def rewritten(path: str) -> Problem:
    """Return what to say of a log that is another one all of a sudden."""
    return Problem(
        where=path,
        reason="the file was emptied or written anew while it was read; its new lines wait for the next run",
        help="nothing to do if a rotation was under way; else find out what rewrites this log",
    )
