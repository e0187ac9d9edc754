"""Logs that were exported as a table: comma, semicolon or tab between cells, one row a line, names in the first.

For: exports of log servers, of a NAS, of a spreadsheet. In: the first line and some more. Out: `table`, a layer if
the names tell in which cell a message stands. Never: a table whose rows hold no log line.
"""

from __future__ import annotations

import csv
import re
from functools import partial
from typing import Final

import polars as pl

from logscan.parsers.wrapping.layers import Layer, inside
from logscan.parsers.wrapping.lines import BEGIN, HOST, TAG, tidied

#: part -> names of its column, in small letters, the most telling first.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "line": ("_raw", "raw", "message", "msg", "full_message", "text", "log", "line", "event", "description"),
    "time": (
        "timestamp", "@timestamp", "_time", "time", "datetime", "date", "generated_at", "generated", "received_at",
        "devicereportedtime", "receivedat",
    ),
    "host": ("host", "hostname", "source_name", "source", "fromhost", "_hostname", "computer", "user/host"),
    "program": (
        "program", "appname", "app-name", "app_name", "application_name", "syslogtag", "syslog_identifier", "ident",
        "process", "tag", "app",
    ),
    "pid": ("pid", "procid", "process_id", "_pid", "processid"),
}  # fmt: skip
_DELIMITERS: Final = (",", ";", "\t")
_INSIDE: Final = f"(?:{BEGIN}|(?:{HOST} )?{TAG})"


def table(first: str, others: list[str]) -> Layer | None:
    """Return the layer of a table whose first line is `first`, None if it is none or holds no log."""
    for delimiter in _DELIMITERS:
        names = [name.strip().lower() for name in _cells(first, delimiter)]
        if len(names) < 2 or len(set(names)) < len(names):
            continue
        columns = {
            part: next(names.index(name) for name in known if name in names)
            for part, known in _NAMES.items()
            if any(name in names for name in known)
        }
        if "line" not in columns or not _speaks(others, delimiter, columns):
            continue
        peel = partial(_peel, first=first, delimiter=delimiter, columns=columns, width=len(names))
        return Layer(name="csv", tells=lambda line, d=delimiter: d in line, peel=peel)  # type: ignore[misc]
    return None


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _speaks(others: list[str], delimiter: str, columns: dict[str, int]) -> bool:
    """Whether most rows hold what begins like a log line, or a program beside a message."""
    if "program" in columns and ("time" in columns or "host" in columns):
        return bool(others)
    rows = [_cells(line, delimiter) for line in others]
    said = [row[columns["line"]] for row in rows if len(row) > columns["line"]]
    return 2 * sum(re.match(_INSIDE, cell) is not None for cell in said) > len(others)


def _peel(
    lines: pl.Series, *, first: str, delimiter: str, columns: dict[str, int], width: int
) -> tuple[pl.Series, pl.Series]:
    other = re.escape(delimiter)
    cell = rf'(?:^|{other})(?:"(?:[^"]|"")*"|[^{other}]*)'
    cells = lines.str.extract_all(cell)
    plain = (lines != first) & (cells.list.len() >= width)

    def of(part: str) -> pl.Expr:
        if part not in columns:
            return pl.lit(None, dtype=pl.String).alias(part)
        place = columns[part]
        value = pl.col("cells").list.get(place, null_on_oob=True)
        if place == width - 1:  # a message that nobody quoted may hold the delimiter
            value = pl.col("cells").list.slice(place).list.join("")
        value = value.str.strip_prefix(delimiter) if columns[part] else value
        inner = value.str.extract('(?s)^"(.*)"$', 1).str.replace_all('""', '"', literal=True)
        # a cell of several lines: its quotation mark is closed in a later one
        value = pl.coalesce(inner, value.str.strip_prefix('"'))
        return pl.when(value != "").then(value).alias(part)

    parts = cells.alias("cells").to_frame().select(of(part) for part in _NAMES)
    found, more = inside(tidied(parts), lines)
    found = found.zip_with(plain, lines)
    # the row of names says nothing
    return found.zip_with(lines != first, pl.Series([""])), more & plain
