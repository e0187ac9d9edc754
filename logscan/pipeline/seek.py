"""Lines of logs that hold one of some words, without parsing the others.

In: logs, words as bytes. Out: for each log the lines that hold one, with their numbers; then the same as records.
Never: a regular expression; a log in memory as a whole; a parser's work for a line without a word.

Stamps without a year need the days between two lines to be walked through: so of a log with such stamps the first
line of every stretch of a few kB that is of another day than the one before comes along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from logscan.engine.threads import spread
from logscan.model.blocks import Block
from logscan.model.problems import Problem
from logscan.parsers.clock import YearConflict
from logscan.parsers.family import Stamp
from logscan.parsers.lines import Plan, read_lines, records
from logscan.parsers.zone import Zone
from logscan.pipeline.reading import Tick
from logscan.pipeline.survey import Log, calendar
from logscan.pipeline.timeline import unfolded
from logscan.sources.lines import LineCutter, Lines, clean
from logscan.sources.streams import read_bytes

#: Bytes that are read at once.
STEP = 2 * 1024 * 1024
#: One line of so many bytes is looked at for its day.
STRIDE = 16 * 1024
#: Up to so many words are looked for one by one; more, all at once, line by line.
FEW = 12
#: Bytes of lines that are parsed together.
TOGETHER = 4 * 1024 * 1024
#: `Nov 24`, in front of a line without a year.
_DAY = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is looked for. plain: as it is written. folded: in small letters, whatever the case in the log."""

    plain: tuple[bytes, ...] = ()
    folded: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one log holds. lines: number (from 0) -> text. days: lines that only tell the day. count: of all lines."""

    lines: dict[int, bytes] = field(default_factory=dict)
    days: dict[int, bytes] = field(default_factory=dict)
    count: int = 0

    @property
    def size(self) -> int:
        """Bytes of the lines that were looked for."""
        return sum(map(len, self.lines.values()))


def seek(
    logs: Sequence[Log], words: Words, jobs: int, *, most: int, tick: Tick | None = None
) -> tuple[dict[int, Found], tuple[Problem, ...]] | None:
    """Return by log the lines that hold one of `words`, and what could not be read.

    None when they come to more than `most` bytes: then it is better to read the logs as a whole.
    """
    found: dict[int, Found] = {}
    problems: list[Problem] = []
    total = sum(log.source.size or 0 for log in logs)
    done = taken = 0
    for index, log in enumerate(logs):
        mine = found[index] = Found()
        count = text = 0
        yearless = log.format.stamp is Stamp.YEARLESS
        pieces = _lines(log, problems)
        day = b""
        for piece, hits in spread(pieces, _finder(words, yearless=yearless), jobs, ahead=1):
            for row, line in hits.lines:
                mine.lines[count + row] = line
                taken += len(line)
            for row, line in hits.days:
                if line[:_DAY] != day:
                    day = line[:_DAY]
                    mine.days[count + row] = line
            count += hits.count
            text += piece
            if taken > most:
                return None
            if tick is not None:
                tick(done + min(text // unfolded(log.source), log.source.size or 0), total)
        done += log.source.size or 0
        found[index] = Found(lines=mine.lines, days=mine.days, count=count)
    return found, tuple(problems)


def _lines(log: Log, problems: list[Problem]) -> Iterator[Lines]:
    cutter = LineCutter()
    for piece in read_bytes(log.source, STEP):
        if isinstance(piece, Problem):
            problems.append(piece)
        elif (lines := cutter.feed(piece)) is not None:
            yield lines
    if (last := cutter.finish()) is not None:
        yield last


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hits:
    lines: list[tuple[int, bytes]]
    days: list[tuple[int, bytes]]
    count: int


def _finder(words: Words, *, yearless: bool) -> Callable[[Lines], tuple[int, _Hits]]:
    many = len(words.plain) + len(words.folded) > FEW

    def find(lines: Lines) -> tuple[int, _Hits]:
        data = lines.data
        days = _numbered(data, list(_days(data)))[0] if yearless else []
        if many:
            return len(data), replace(_many(data, words), days=days)
        hits, count = _numbered(data, _few(data, words))
        return len(data), _Hits(lines=hits, days=days, count=count)

    return find


def _few(data: bytes, words: Words) -> list[int]:
    """Return where lines begin that hold a word, sorted."""
    begins: set[int] = set()
    for text, some in ((data, words.plain), (data.lower() if words.folded else b"", words.folded)):
        for word in some:
            at = text.find(word)
            while at >= 0:
                begins.add(text.rfind(b"\n", 0, at) + 1)
                end = text.find(b"\n", at)
                at = text.find(word, end) if end >= 0 else -1
    return sorted(begins)


def _many(data: bytes, words: Words) -> _Hits:
    """Return the same as `_few` and `_numbered`, for many words at once."""
    rows = read_lines(clean(data)[0])
    raw = pl.col("raw")
    masks = [
        raw.str.contains_any([word.decode("utf-8", "replace") for word in some], ascii_case_insensitive=fold)
        for some, fold in ((words.plain, False), (words.folded, True))
        if some
    ]
    held = rows.filter(pl.any_horizontal(*masks)).select("row", "raw")
    return _Hits(lines=[(row, text.encode()) for row, text in held.iter_rows()], days=[], count=rows.height)


def _days(data: bytes) -> Iterator[int]:
    """Yield where one line of every stretch begins, and the last one."""
    at = 0
    while 0 <= at < len(data):
        yield at
        end = data.find(b"\n", at + STRIDE)
        at = end + 1 if end >= 0 else -1
    yield data.rfind(b"\n", 0, len(data) - 1) + 1


def _numbered(data: bytes, begins: Sequence[int]) -> tuple[list[tuple[int, bytes]], int]:
    """Return the lines that begin there with their numbers, and how many lines there are."""
    found = []
    row = counted = 0
    for begin in begins:
        row += data.count(b"\n", counted, begin)
        counted = begin
        end = data.find(b"\n", begin)
        found.append((row, data[begin : end if end >= 0 else len(data)]))
    return found, row + data.count(b"\n", counted) + (not data.endswith(b"\n"))


# --- as records ------------------------------------------------------------------------------------


def parsed(
    found: dict[int, Found], logs: Sequence[Log], zone: Zone, firsts: dict[int, int]
) -> tuple[pl.DataFrame, dict[int, Plan]]:
    """Return the records of the lines that were looked for, in the order of the logs: `source`, `block` 0, `row`.

    firsts: years of first lines, as an earlier reading found out; it grows. Also the plans, for their years.
    """
    tables, plans = [], {}
    for index in sorted(found):
        plan, rows = _parsed(index, found[index], logs[index], zone, firsts)
        plans[index] = plan
        tables += rows
    return (pl.concat(tables, how="diagonal") if tables else pl.DataFrame()), plans


def _parsed(
    index: int, found: Found, log: Log, zone: Zone, firsts: dict[int, int]
) -> tuple[Plan, list[pl.DataFrame]]:
    while True:
        plan = Plan(main=log.format, calendar=calendar(log, zone, firsts.get(index)))
        try:
            tables = list(_tables(index, found, plan))
            plan.calendar.finish()
        except YearConflict as conflict:
            firsts[index] = conflict.first
        else:
            return plan, tables


def _tables(index: int, found: Found, plan: Plan) -> Iterator[pl.DataFrame]:
    rows = sorted({*found.lines, *found.days}) if found.lines else []
    begin = number = 0
    while begin < len(rows):
        size, end = 0, begin
        while end < len(rows) and size < TOGETHER:
            size += len(found.lines.get(rows[end]) or found.days[rows[end]]) + 1
            end += 1
        some = rows[begin:end]
        texts = [found.lines.get(row) or found.days[row] for row in some]
        data = "".join(f"{text.decode('utf-8', 'replace')}\n" for text in texts).encode()
        block = Block(source=index, number=number, data=data, previous=b"", lines=len(some))
        table = records(block, plan)
        real = pl.Series("real", some, dtype=pl.UInt32).gather(table["row"])
        wanted = pl.Series([row in found.lines for row in some], dtype=pl.Boolean).gather(table["row"])
        yield table.with_columns(
            real.alias("row"),
            pl.lit(index, dtype=pl.UInt32).alias("source"),
            pl.lit(0, dtype=pl.UInt32).alias("block"),
        ).filter(wanted & pl.col("text").is_not_null())
        begin, number = end, number + 1
