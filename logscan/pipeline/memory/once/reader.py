"""What is new in one log, by days: read once, for the times of its lines only.

In: a `Due` source and its log. Out: `Reading`, runs of lines of one day each. Never: a log in memory; a line of a log that was emptied
and written anew taken for what goes on.

A line without a time belongs with the line before it; at the beginning of a log, with the first that has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from logscan.model.problems import Problem
from logscan.parsers.clock import Reached
from logscan.parsers.zone import Zone
from logscan.pipeline.logs.survey import Log
from logscan.pipeline.memory.once import held, raw, walking
from logscan.pipeline.memory.once.days import keys
from logscan.pipeline.memory.once.held import Stretch
from logscan.pipeline.memory.once.runs import NEVER, Reading, Run, rewritten
from logscan.sources.cursors import TAIL, Cursor, Due, digest
from logscan.sources.rotation import age
from logscan.sources.streams import read_bytes

#: Days that a line may lie ahead of its log's end and still be waited for; no zone or clock that runs fast is further away.
AHEAD: Final = 7


@dataclass(slots=True)
class _Stretch:
    """Lines with one key, as they are read."""

    begin: int
    line: int
    key: int | None
    tail: str
    region: int
    lines: int = 0


def read(due: Due, log: Log, zone: Zone, until: datetime) -> Reading:
    """Read what is new in a log. until: the local midnight before which lines are over."""
    reader = _Reader(due, log, zone, until)
    reader.read()
    return reader.reading()


@dataclass(slots=True)
class _Reader:
    due: Due
    log: Log
    zone: Zone
    until: datetime
    stretches: list[_Stretch] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    place: int = 0  # where the next line begins
    lines: int = 0  # lines before it
    before: bytes = b""  # text in front of it
    settled: bool = True
    broken: bool = False

    def read(self) -> None:
        """Go through the text from where the last run stopped."""
        due = self.due
        self.place, self.lines = due.offset, due.lines
        self.before = self._start()
        stops = [part.end for part in held.read(due.cursor.held)] if due.cursor else []
        region = 0
        for block in self._whole(stops):
            while region < len(stops) and block.begin >= stops[region]:
                region += 1
            if (
                due.cursor is not None
                and block.begin == due.cursor.read
                and not self._is_as_it_was(due.cursor)
            ):
                return
            self._add(block, region)
        if due.cursor is not None and self.place <= due.cursor.read:
            self._is_as_it_was(due.cursor)

    def _is_as_it_was(self, cursor: Cursor) -> bool:
        """Tell whether the text up to where it was read is what it was; a log may be emptied at any moment."""
        self.broken = self.place != cursor.read or digest(self.before) != cursor.tail
        if self.broken:
            self.stretches.clear()
            self.problems += [] if self.problems else [rewritten(self.due.source.path)]
        return not self.broken

    def _start(self) -> bytes:
        """Return the text in front of what is new, as far as a fingerprint reaches."""
        if not self.place:
            return b""
        text = b""
        for piece in read_bytes(self.due.source, begin=max(self.place - TAIL, 0), end=self.place):
            if isinstance(piece, Problem):
                self.problems.append(piece)
            else:
                text += piece
        return text

    def _whole(self, stops: list[int]) -> Iterator[raw.Raw]:
        """Yield the blocks, without a last line that may not be all there."""
        pieces = read_bytes(self.due.source, begin=self.place)
        for block in raw.blocks(pieces, self.place, stops, self.problems, raw.BLOCK):
            piece = len(block.data) >= raw.BLOCK and b"\n" not in block.data  # of a line too long for a block
            if block.whole or piece:
                yield block
            elif self._is_all():
                self.settled = True
                yield block
            else:
                self.settled = self.due.source.compression is not None
                if end := block.data.rfind(b"\n") + 1:
                    yield block.until(end)

    def _is_all(self) -> bool:
        """Tell whether a last line without its end is a line: in a log that nobody writes any more."""
        source = self.due.source
        if source.compression is not None:
            return not self.problems
        return age(source.path)[0] != age("mail.log")[0] and source.modified < self.until

    def _add(self, block: raw.Raw, region: int) -> None:
        skip = 0
        if block.inside:
            skip = block.data.find(b"\n") + 1 or len(block.data)
            self._grow(skip, region)
        data = block.data[skip:]
        if data:
            found = keys(data, self.before[self.before.rfind(b"\n", 0, -1) + 1 :], self.log, self.zone)
            self._lay(data, found.fill_null(strategy="forward"), block.begin + skip, region)
        self.before = (self.before[-TAIL:] + block.data[-TAIL:])[-TAIL:]
        self.place = block.begin + len(block.data)

    def _grow(self, size: int, region: int) -> None:
        """Give the rest of a long line to the lines that it belongs to."""
        if size and not self.stretches:
            self._open(self.place, None, self.before, region)

    def _lay(self, data: bytes, found: pl.Series, begin: int, region: int) -> None:
        """Lay the lines of a block behind those before it."""
        runs = found.rle()
        lengths = runs.struct.field("len").to_list()
        places = _places(data, lengths)
        for key, length, place in zip(runs.struct.field("value").to_list(), lengths, places, strict=True):
            last = self.stretches[-1] if self.stretches else None
            same = last is not None and last.region == region and key in (last.key, None)
            if not same:
                own = key if key is not None or last is None else last.key
                text = self.before + data[max(place - TAIL, 0) : place]
                self._open(begin + place, own, text, region)
            self.stretches[-1].lines += length
            self.lines += length

    def _open(self, begin: int, key: int | None, text: bytes, region: int) -> None:
        tail = digest(text[-TAIL:])
        self.stretches.append(_Stretch(begin, self.lines + 1, key, tail, region))

    # --- what comes of it ------------------------------------------------------------------------

    def reading(self) -> Reading:
        """Return what was read."""
        cursor, source = self.due.cursor, self.due.source
        today = walking.number(self.until.astimezone(self.zone.info).date())
        written = walking.number(source.modified.astimezone(self.zone.info).date())
        new = Stretch(self.place, NEVER, max(today, written) + AHEAD + 1)
        regions = (*(held.read(cursor.held) if cursor else ()), new)
        state = walking.read(cursor.walk) if cursor else None
        placed = walking.placed((part.key for part in self.stretches), self.log, self.zone, state)
        states = _states(placed, state)
        days = self._days([one.day for one in placed], today)
        ends = [*(part.begin for part in self.stretches[1:]), self.place][: len(days)]
        seals = [*(part.tail for part in self.stretches[1:]), digest(self.before)]
        runs = tuple(
            Run(
                begin=part.begin,
                end=end,
                line=part.line,
                lines=part.lines,
                day=day,
                done=part.region < len(regions) - 1 and regions[part.region].done(day),
                beyond=part.region == len(regions) - 1 and day >= new.beyond,
                tail=part.tail,
                seal=seal,
                walk=walk,
            )
            for part, end, day, walk, seal in zip(
                self.stretches, ends, days, states[:-1], seals[: len(days)], strict=True
            )
        )
        return Reading(
            due=self.due,
            log=self.log,
            runs=runs,
            regions=regions,
            end=self.place,
            lines=self.lines,
            tail=digest(self.before),
            walk=states[-1],
            settled=self.settled and (source.compression is not None or self.place == source.size),
            today=today,
            broken=self.broken,
            problems=(*self.problems, *_beyond(source.path, runs)),
        )

    def _days(self, found: list[int | None], today: int) -> list[int]:
        """Give days to lines without one. In a log without any, the last day that is over."""
        cursor = self.due.cursor
        day = walking.number(datetime.fromisoformat(cursor.day).date()) if cursor and cursor.day else None
        if day is None:
            day = next((one for one in found if one is not None), today - 1)
        days = []
        for one in found:
            day = day if one is None else one
            days.append(day)
        return days


def _states(placed: list[walking.Placed], before: Reached | None) -> list[Reached | None]:
    """Return where the walk stands before each run, and behind the last."""
    return [before, *(one.walk for one in placed)]


def _places(data: bytes, lengths: list[int]) -> list[int]:
    """Return where the runs of so many lines begin in a block."""
    if len(lengths) == 1:
        return [0]
    last = pl.Series(lengths[:-1]).cum_sum() - 1
    return [0, *(place + 1 for place in _newlines(data).gather(last).to_list())]


def _newlines(data: bytes) -> pl.Series:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return pl.Series([found.start() for found in re.finditer(b"\n", data)])
    return pl.Series([text]).str.find_many(["\n"]).explode(empty_as_null=False)


def _beyond(path: str, runs: tuple[Run, ...]) -> tuple[Problem, ...]:
    """Say which lines were left out."""
    left = [run for run in runs if run.beyond]
    if not left:
        return ()
    count = sum(run.lines for run in left)
    day = walking.EPOCH + timedelta(days=left[0].day)
    lines = "1 line is" if count == 1 else f"{count} lines are"
    return (
        Problem(
            where=f"{path}:{left[0].line}",
            reason=f"{lines} dated more than {AHEAD} days ahead of their log, the first of {day}; they are not counted",
            help="set the clock of the machine that wrote them; `timedatectl` says whether it is kept right",
        ),
    )
