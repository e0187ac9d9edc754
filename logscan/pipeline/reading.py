"""One reading of all logs: their blocks in order, and what is noticed on the way.

In: logs, settings. Out: `Reading`. Never: parses; reads a log twice (another reading does).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from logscan.model.blocks import Block
from logscan.model.problems import Problem
from logscan.model.settings import Settings
from logscan.parsers.clock import YearConflict
from logscan.parsers.lines import Plan
from logscan.parsers.zone import Zone
from logscan.pipeline.survey import Log, calendar
from logscan.sources.blocks import read_blocks

#: (bytes on disk read so far, bytes in all).
Tick = Callable[[int, int], None]

Partial = TypeVar("Partial")


class Reread(Exception):
    """The log `index` must be read again, with `first` as the year of its first line."""

    def __init__(self, index: int, first: int) -> None:
        super().__init__(index, first)
        self.index = index
        self.first = first


def rereading(work: Callable[[Block], Partial]) -> Callable[[Block], Partial]:
    """Return `work` that says which log a conflict of years is about."""

    def one(block: Block) -> Partial:
        try:
            return work(block)
        except YearConflict as conflict:
            raise Reread(block.source, conflict.first) from conflict

    return one


class Reading:
    """Reads every log once. plans: by log. problems: grows while `blocks` runs.

    firsts: years of first lines that an earlier reading found out.
    """

    def __init__(
        self, *, logs: tuple[Log, ...], settings: Settings, zone: Zone, firsts: dict[int, int]
    ) -> None:
        self.logs = logs
        self.problems: list[Problem] = []
        self._settings = settings
        self._zone = zone
        self._firsts = firsts
        self._lines: dict[int, list[int]] = {}
        self.plans = {
            index: Plan(main=log.format, calendar=calendar(log, settings, zone, firsts.get(index)))
            for index, log in enumerate(logs)
        }

    def afresh(self) -> Reading:
        """Return another reading of the same logs."""
        return Reading(logs=self.logs, settings=self._settings, zone=self._zone, firsts=self._firsts)

    def blocks(self, only: Sequence[int] | None = None, tick: Tick | None = None) -> Iterator[Block]:
        """Yield the blocks of all logs, or of those in `only`, in that order."""
        chosen = range(len(self.logs)) if only is None else only
        total = sum(self.logs[index].source.size or 0 for index in chosen)
        done = 0
        for index in chosen:
            source = self.logs[index].source
            for item in read_blocks(source, index, self._settings.block_bytes):
                if isinstance(item, Problem):
                    self.problems.append(item)
                    continue
                self._lines.setdefault(index, []).append(item.lines)
                yield item
            done += source.size or 0
            if tick is not None:
                tick(done, total)

    def locate(self, source: int, block: int, row: int) -> tuple[str, int]:
        """Return (path, line from 1) of a row."""
        return self.logs[source].source.path, sum(self._lines[source][:block]) + row + 1

    def finish(self) -> None:
        """Close the calendars. Raises Reread when a log ended later than it was last written."""
        for index, plan in self.plans.items():
            try:
                plan.calendar.finish()
            except YearConflict as conflict:
                raise Reread(index, conflict.first) from conflict
