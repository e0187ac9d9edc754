"""One reading of all logs: their blocks in order, and what is noticed on the way.

In: logs, settings. Out: `Reading`. Never: parses; reads a log twice (another reading does).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from logscan.model.blocks import Block
from logscan.model.problems import Problem
from logscan.model.settings import Settings
from logscan.parsers.clock import YearConflict
from logscan.parsers.detect import span
from logscan.parsers.journal import JSON, too_long
from logscan.parsers.lines import Plan
from logscan.parsers.repeats import last_said
from logscan.parsers.together import Conflict, may_share
from logscan.parsers.zone import Zone
from logscan.pipeline.logs.survey import Log, calendar
from logscan.pipeline.logs.timeline import before, unfolded
from logscan.sources.blocks import read_blocks
from logscan.sources.lines import KEPT, LONGEST, clean
from logscan.sources.streams import read_bytes

#: (bytes on disk read so far, bytes in all).
Tick = Callable[[int, int], None]

Partial = TypeVar("Partial")

#: A block; or the only blocks of several small logs of one format, which are worked on together.
Bundle = tuple[Block, ...]

#: Bytes of a log that shares a bundle, and of all that do.
SMALL = 64 * 1024
SHARED = 1024 * 1024

#: As much of a log's end as is read to know when it was.
TAIL = 64 * 1024


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


def rereading_all(work: Callable[[Bundle], Partial]) -> Callable[[Bundle], Partial]:
    """Return `work` on bundles that says which log a conflict of years is about."""

    def some(bundle: Bundle) -> Partial:
        try:
            return work(bundle)
        except YearConflict as conflict:
            raise Reread(bundle[0].source, conflict.first) from conflict
        except Conflict as conflict:
            raise Reread(conflict.source, conflict.first) from conflict

    return some


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
        self._before = before(logs)
        self._ends: dict[int, tuple[bytes, bytes]] = {}  # the last line, and the last that said something
        self.plans = {
            index: Plan(main=log.format, calendar=calendar(log, zone, firsts.get(index)))
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
            text = cut = left_out = 0
            for item in read_blocks(source, index, self._settings.block_bytes):
                if isinstance(item, Problem):
                    self.problems.append(item)
                    continue
                self._lines.setdefault(index, []).append(item.lines)
                text, cut = text + len(item.data), cut + len(item.cut)
                left_out += too_long(item.data) if self.logs[index].format is JSON else 0
                if tick is not None:
                    tick(done + min(text // unfolded(source), source.size or 0), total)
                yield self._continued(self._inside(item))
            if cut:
                self.problems.append(_cut(source.path, cut))
            if left_out:
                self.problems.append(_left_out(source.path, left_out))
            done += source.size or 0
            if tick is not None:
                tick(done, total)

    def bundles(self, only: Sequence[int] | None = None, tick: Tick | None = None) -> Iterator[Bundle]:
        """Yield the same blocks, those of small logs that follow each other together."""
        gathered: list[Block] = []
        size = 0
        for block in self.blocks(only, tick):
            small = self._is_small(block)
            if gathered and not (small and self._alike(gathered[0], block) and size < SHARED):
                yield tuple(gathered)
                gathered, size = [], 0
            if not small:
                yield (block,)
                continue
            gathered.append(block)
            size += len(block.data)
        if gathered:
            yield tuple(gathered)

    def _is_small(self, block: Block) -> bool:
        source = self.logs[block.source].source
        size = source.size if source.compression is None and source.identity is not None else None
        return size is not None and size <= min(SMALL, self._settings.block_bytes) and may_share(block)

    def _alike(self, one: Block, other: Block) -> bool:
        return self.logs[one.source].format.name == self.logs[other.source].format.name

    def _inside(self, block: Block) -> Block:
        around = self.logs[block.source].wrapping
        return block if around is None else around.inside(block)

    def _continued(self, block: Block) -> Block:
        """Return the block; the first one of a log with what the log before it said last."""
        first = block.number == 0 and block.source in self._before
        line, said = self._older_end(block.source) if first else self._ends.get(block.source, (b"", b""))
        # a log may say nothing but that the line before it, in an older log, came again
        self._ends[block.source] = _last_line(block.data), last_said(block.data) or said
        if not first:
            return block
        self.plans[block.source].said.give(0, said)
        return replace(block, previous=line)

    def _older_end(self, source: int) -> tuple[bytes, bytes]:
        """Return the last line of the log before this one, and the last that said something of its own."""
        older = self._before[source]
        tail = self.logs[older].source.tail
        return self._ends.get(older, (_last_line(tail), last_said(tail)))

    def last_time(self, log: Log) -> datetime | None:
        """Read a log to its end to know when that was: a compressed one does not tell otherwise."""
        tail = b""
        for piece in read_bytes(log.source):
            if not isinstance(piece, Problem):  # the reading of its blocks tells of those
                tail = (tail + piece)[-TAIL:]
        whole = tail if len(tail) < TAIL else tail[tail.find(b"\n") + 1 :]
        if log.wrapping is not None:
            whole = log.wrapping.peel(clean(whole)[0])
        source = replace(log.source, tail=whole)
        return span(source, log.format, self._zone, year=log.year, known=log.evidence).last

    def rows(self, source: int) -> tuple[int, ...]:
        """Return how many lines each block of a log had that was read."""
        return tuple(self._lines.get(source, ()))

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


def _cut(path: str, count: int) -> Problem:
    lines = "1 line is" if count == 1 else f"{count} lines are"
    return Problem(
        where=path,
        reason=f"{lines} longer than {LONGEST // 1024} kB; the first {KEPT // 1024} kB of each were read",
        help="find what writes such lines; no mail or web server does",
    )


def _left_out(path: str, count: int) -> Problem:
    records = "1 record has" if count == 1 else f"{count} records have"
    return Problem(
        where=path,
        reason=f"{records} no text: journalctl leaves a message of more than 4 kB out of its JSON",
        help="save it again with `journalctl -o json --all`",
    )


def _last_line(data: bytes) -> bytes:
    line = data[data.rfind(b"\n", 0, max(len(data) - 1, 0)) + 1 :]
    return line.removesuffix(b"\n").decode("utf-8", "replace").encode()
