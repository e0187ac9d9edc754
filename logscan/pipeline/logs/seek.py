"""Lines of logs that hold one of some words, without parsing the others.

In: logs, words as bytes. Out: for each log the lines that hold one, with their numbers; then the same as records.
Never: a regular expression; a log in memory as a whole; a parser's work for a line without a word.

Stamps without a year need the days between two lines to be walked through: so of a log with such stamps the first
line of every stretch of a few kB that is of another day than the one before comes along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

import polars as pl

from logscan.engine.threads import spread
from logscan.model.blocks import Block
from logscan.model.problems import Problem
from logscan.parsers.clock import YearConflict
from logscan.parsers.family import Stamp
from logscan.parsers.lines import Plan, records
from logscan.parsers.zone import Zone
from logscan.pipeline.logs.reading import Tick
from logscan.pipeline.logs.survey import Log, calendar
from logscan.pipeline.logs.timeline import size as text_size
from logscan.pipeline.logs.timeline import unfolded
from logscan.sources.lines import clean
from logscan.sources.needles import SHORTEST, Many, Needles
from logscan.sources.stretches import Part, parts

#: Bytes of a compressed log that are searched at once.
STEP = 512 * 1024
#: One line of so many bytes is looked at for its day.
STRIDE = 16 * 1024
#: Bytes of lines that are parsed together.
TOGETHER = 1024 * 1024
#: `Nov 24`, in front of a line without a year.
_DAY = 6
#: What stands for bytes that were no text, in words that were taken from a line.
_MENDED = "\ufffd".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is looked for. plain: as it is written. folded: in small letters, whatever the case in the log."""

    plain: tuple[bytes, ...] = ()
    folded: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one log holds. lines: number (from 0) -> text. days: lines that only tell the day.

    counts: of each part of the log how many lines each piece has, so that another reading need not count them.
    """

    lines: dict[int, bytes] = field(default_factory=dict)
    days: dict[int, bytes] = field(default_factory=dict)
    counts: tuple[tuple[int, ...], ...] = ()

    @property
    def size(self) -> int:
        """Bytes of the lines that were looked for."""
        return sum(map(len, self.lines.values()))

    @property
    def count(self) -> int:
        """How many lines the log has."""
        return sum(map(sum, self.counts))


def seek(
    logs: Sequence[Log],
    words: Words,
    jobs: int,
    *,
    most: int,
    before: Mapping[int, Found],
    tick: Tick | None = None,
) -> tuple[dict[int, Found], tuple[Problem, ...]] | None:
    """Return by log the lines that hold one of `words`, and what could not be read.

    before: what an earlier reading of the same logs found. None when the lines come to more than `most`
    bytes: then it is better to read the logs as a whole.
    """
    found: dict[int, Found] = {}
    problems: list[Problem] = []
    needles = Needles(text_size(logs, (tuple(range(len(logs))),)), len(words.plain) + len(words.folded))
    total = sum(log.source.size or 0 for log in logs)
    done = taken = 0
    for index, log in enumerate(logs):
        lines, days, counts = dict[int, bytes](), dict[int, bytes](), list[tuple[int, ...]]()
        row = text = 0
        find = _finder(log, words, needles, before.get(index, Found()).counts)
        with (
            parts(log.source, STEP) as some,
            closing(spread(enumerate(some), find, jobs, ahead=1)) as answers,
        ):
            for hits in answers:
                lines |= {row + at: line for at, line in hits.lines}
                days |= {row + at: line for at, line in hits.days}
                problems += hits.problems
                counts.append(tuple(hits.counts))
                taken += sum(len(line) for _, line in hits.lines)
                row, text = row + sum(hits.counts), text + hits.size
                if taken > most:
                    return None
                if tick is not None:
                    tick(done + min(text // unfolded(log.source), log.source.size or 0), total)
        done += log.source.size or 0
        found[index] = Found(lines=lines, days=_changes(days), counts=tuple(counts))
    return found, tuple(problems)


def _changes(days: dict[int, bytes]) -> dict[int, bytes]:
    """Return the lines that are of another day than the one before them."""
    before = b""
    changed = {}
    for row, line in days.items():
        if line[:_DAY] != before:
            before = line[:_DAY]
            changed[row] = line
    return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hits:
    """What one part holds. size: bytes of text."""

    lines: list[tuple[int, bytes]] = field(default_factory=list)
    days: list[tuple[int, bytes]] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    size: int = 0


def _finder(
    log: Log, words: Words, needles: Needles, again: tuple[tuple[int, ...], ...]
) -> Callable[[tuple[int, Part]], _Hits]:
    """Return what searches a part. again: how many lines each piece of each part has, where that is known."""
    days = log.format.stamp is Stamp.YEARLESS and not again
    places = _search(words, needles)

    def find(numbered: tuple[int, Part]) -> _Hits:
        number, part = numbered
        known = again[number] if number < len(again) else ()
        hits = _Hits()
        row = size = 0
        for lines in part():
            if isinstance(lines, Problem):
                hits.problems.append(lines)
                continue
            data = lines.data if log.wrapping is None else log.wrapping.peel(clean(lines.data)[0])
            if days:
                hits.days.extend((row + at, line) for at, line in _numbered(data, _changed(data)))
            data, begins = places(data)
            if begins:
                hits.lines.extend((row + at, line) for at, line in _numbered(data, begins))
            done = len(hits.counts)
            count = known[done] if done < len(known) else needles.newlines(data) + (not data.endswith(b"\n"))
            hits.counts.append(count)
            row, size = row + count, size + len(data)
        return replace(hits, size=size)

    return find


def _search(words: Words, needles: Needles) -> Callable[[bytes], tuple[bytes, list[int]]]:
    """Return what finds the lines of a piece that hold a word: the piece, cleaned if need be, and where they begin."""
    together = [word for word in words.plain if needles.together and len(word) >= SHORTEST]
    singly = Words(plain=tuple(set(words.plain) - set(together)), folded=words.folded)
    many = Many(together) if together else None
    mended = any(_MENDED in word for word in words.plain)

    def search(data: bytes) -> tuple[bytes, list[int]]:
        data = clean(data)[0] if mended else data
        here = Words(
            plain=tuple(word for word in singly.plain if needles.holds(data, word)),
            folded=tuple(word for word in singly.folded if needles.may_hold(data, word)),
        )
        begins = _places(data, here) if here.plain or here.folded else []
        if many is not None:
            more = _begins(data, many.places(data))
            begins = sorted({*begins, *more}) if begins else more
        return data, begins

    return search


def _begins(data: bytes, places: Sequence[int]) -> list[int]:
    """Return where the lines begin in which places lie; both sorted."""
    begins: list[int] = []
    end = -1
    for at in places:
        if at > end:
            begins.append(data.rfind(b"\n", 0, at) + 1)
            end = data.find(b"\n", at)
            if end < 0:
                break
    return begins


def _places(data: bytes, words: Words) -> list[int]:
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


def _changed(data: bytes) -> list[int]:
    """Return where lines begin, one in every stretch and the last one, if they are of another day than the one before."""
    found = []
    at, day = 0, b""
    while 0 <= at < len(data):
        if data[at : at + _DAY] != day:
            day = data[at : at + _DAY]
            found.append(at)
        end = data.find(b"\n", at + STRIDE)
        at = end + 1 if end >= 0 else -1
    last = data.rfind(b"\n", 0, len(data) - 1) + 1
    return found if data[last : last + _DAY] == day else [*found, last]


def _numbered(data: bytes, begins: Sequence[int]) -> list[tuple[int, bytes]]:
    """Return the lines that begin there, with their numbers in the piece."""
    found = []
    row = counted = 0
    for begin in begins:
        row += data.count(b"\n", counted, begin)
        counted = begin
        end = data.find(b"\n", begin)
        found.append((row, data[begin : end if end >= 0 else len(data)]))
    return found


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
