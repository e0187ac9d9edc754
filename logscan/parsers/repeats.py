"""`last message repeated 4 times` and its like: whose line it is, and how often it counts.

In: records; a block and what the blocks before it said last. Out: `unwrapped`, `echoed`, records that count as often as
they were said; `context`, the line that a block's first line repeats.
Never: an answer that depends on where blocks are cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from logscan.model.blocks import Block
from logscan.parsers import stamps, syslog
from logscan.parsers.clock import Chain

#: Family of syslog lines without a program: what syslogd says of itself, RFC 5424's nil.
SYSLOG: Final = "syslog"
#: What makes a line blank.
BLANK: Final = " \t\r\x0b\x0c"

_WRAPPED: Final = r"^message repeated ([0-9]{1,9}) times: \[ ?(.*?)\]?$"
_SUPPRESSED: Final = r"^Last message '(.*)' repeated ([0-9]{1,9}) times?, suppressed by "
#: In every line that repeats the one before it.
ECHO: Final = "last message repeated "
_SOLID: Final = re.compile(b"[^\\n" + BLANK.encode() + b"]")
_ECHO_LINE: Final = re.compile(syslog.REPEATED)


def unwrapped(part: pl.DataFrame) -> pl.DataFrame:
    """`message repeated 4 times: [ text]` is text, four times; syslog-ng says it in other words."""
    text = pl.col("text")
    told = text.str.starts_with("message repeated ") | text.str.starts_with("Last message '")
    if not part.select(told.any()).item():
        return part
    times = pl.coalesce(text.str.extract(_WRAPPED, 1), text.str.extract(_SUPPRESSED, 2))
    inner = pl.coalesce(text.str.extract(_WRAPPED, 2), text.str.extract(_SUPPRESSED, 1))
    return part.with_columns(
        pl.when(told & times.is_not_null())
        .then(times.cast(pl.Int64).clip(1))
        .otherwise("repeat")
        .alias("repeat"),
        pl.when(told & times.is_not_null()).then(inner).otherwise(text).alias("text"),
    )


def echoed(table: pl.DataFrame) -> pl.DataFrame:
    """`last message repeated 4 times` is the line before it, four times, by that line's program."""
    echo = table.select(
        (pl.col("family") == SYSLOG) & pl.col("program").is_null() & pl.col("text").str.starts_with(ECHO)
    ).to_series()
    if not echo.any():
        return table
    echo = echo.fill_null(value=False)
    place = pl.int_range(len(table), dtype=pl.UInt32, eager=True)
    said = table.get_column("text").is_not_null() & ~echo
    before = pl.select(pl.when(said).then(place).forward_fill()).to_series()
    source = table.select(pl.col("program", "pid", "family", "text").gather(before.fill_null(0)))
    known = echo & before.is_not_null() & source.get_column("family").is_not_null()
    times = pl.col("text").str.extract("([0-9]+)").cast(pl.Int64).clip(1)
    echoed = table.with_columns(pl.when(known).then(times).otherwise("repeat").alias("repeat"))
    return echoed.with_columns(
        echoed.get_column(name).zip_with(~known, source.get_column(name)) for name in source.columns
    )


def context(block: Block, said: Chain[bytes]) -> bytes:
    """Return the line that the block's first line repeats, with its line feed; else nothing.

    said: the last line of the blocks before that said something of its own; the next block is told what this one
    says last.
    """
    last = last_said(block.data)
    if last:
        said.give(block.number + 1, last)
    echo = _is_echo(_first(block.data))
    if echo and block.previous and _speaks(block.previous):
        before = block.previous
    elif not last or echo:
        before = said.take(block.number)
    else:
        before = b""
    if not last:
        said.give(block.number + 1, before)
    return before + b"\n" if echo and before else b""


def may_echo(data: bytes) -> bool:
    """Tell whether a line may repeat the one before it."""
    return ECHO.encode() in data


def last_said(data: bytes) -> bytes:
    """Return the last line that says something of its own, without its line feed; nothing where none does."""
    return next((line for line in _backwards(data) if _speaks(line)), b"")


def _speaks(line: bytes) -> bool:
    return _SOLID.search(line) is not None and not _is_echo(line)


def _is_echo(line: bytes) -> bool:
    found = _ECHO_LINE.match(line.decode(errors="replace")) if ECHO.encode() in line else None
    return found is not None and stamps.exists(found["stamp"])


def _first(data: bytes) -> bytes:
    """Return the first line that is not blank."""
    solid = _SOLID.search(data)
    if solid is None:
        return b""
    end = data.find(b"\n", solid.start())
    return data[data.rfind(b"\n", 0, solid.start()) + 1 : end if end >= 0 else len(data)]


def _backwards(data: bytes) -> Iterator[bytes]:
    """Yield the lines that are not blank, the last one first."""
    end = len(data)
    while end := _solid_end(data, end):
        begin = data.rfind(b"\n", 0, end) + 1
        stop = data.find(b"\n", end)
        yield data[begin : stop if stop >= 0 else len(data)]
        end = begin


def _solid_end(data: bytes, end: int) -> int:
    """Return where the blanks and line feeds before `end` begin."""
    size = 1 << 12
    while True:
        begin = max(0, end - size)
        tail = data[begin:end].rstrip(BLANK.encode() + b"\n")
        if tail or not begin:
            return begin + len(tail)
        size *= 4
