"""What a parser family is: one file that declares whose lines it reads and how.

In: nothing. Out: `Family`, `LineFormat`, and `families()`, all of them, found by walking
the package `logscan.parsers.families`; adding a family touches no other file.
Never: a list of names to keep up to date.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import polars as pl


class Stamp(StrEnum):
    """What a format's time stamps lack."""

    YEARLESS = "yearless"  # no year, no zone
    LOCAL = "local"  # no zone
    ZONED = "zoned"  # nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class GoesOn:
    """Which lines without a header go on with the record before them: both are Rust regexes.

    lines: over the line. heads: over the text of the record that they go on with.
    """

    lines: str = ""
    heads: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the everyday lines of a format look that has log files of its own; see parsers.glance.

    looks: Rust regex over the whole line, anchored at its beginning: lines of the format that the `kinds` of its family
    calls everyday; it need not find them all. whole: the same, of these and of failed ones, where they hold nothing beyond
    what is known of the format, so that what they prove can be cut out of them. failed: a text that every failed one holds.
    times: such lines -> their times as the format's `split` reads them.
    """

    looks: str
    whole: str
    failed: str
    times: Callable[[pl.Series], pl.Series]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFormat:
    """How a line of one format is taken apart up to its text.

    name: apache-error-2.4, bsd ... stamp: what the time lacks.
    looks: an expression over the column `raw`, true where the line is of this format. It is cheap
    and does not lie: a line for which it holds, and that `split` then cannot take apart, is unparsed.
    split: rows with `row`, `column`, `raw`, all of this format -> the same plus `time`, `text` and
    those of host, program, pid that the header holds. `time` is naive (pl.Datetime("us")) for
    yearless (with the year 2000) and local stamps, UTC for zoned ones, and null where it
    cannot be read. It may return more rows than it got, when one line holds several records:
    those have the same `row` and count `column` from 0.
    goes_on: in a log that is mainly of this format, records may have several lines; see parsers.folding.
    everyday: how lines look that say nothing of note.
    """

    name: str
    stamp: Stamp
    looks: pl.Expr
    split: Callable[[pl.DataFrame], pl.DataFrame]
    goes_on: GoesOn | None = None
    everyday: Look | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opens:
    """What a line looks like that begins a session. pattern: as `Family.everyday`. literal: is in each such line."""

    pattern: str
    literal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Who speaks in a log, and how to understand it.

    name: vocabulary.Family. programs: Rust regex over the whole syslog program; None for families
    with log files of their own, which have `formats` instead.
    kinds: `program` and `text` of own records -> the same plus `kind`, `severity` and, where it is not
    told by vocabulary.EVERYDAY, `everyday`. Sees every line: cheap.
    fields: own records with `kind` -> the same plus the contract's columns that they hold.
    Both keep rows and order. looks_back: `kinds` also gets `before`, the raw line before each record
    (null for the first of a log), because some lines are the echo of the one before them.
    everyday: Rust regex over `program[pid]: text`, anchored at its beginning, of lines that `kinds` calls
    everyday; it need not find them all. opens: those of them that are of kind connect.
    """

    name: str
    programs: str | None = None
    formats: tuple[LineFormat, ...] = ()
    kinds: Callable[[pl.DataFrame], pl.DataFrame]
    fields: Callable[[pl.DataFrame], pl.DataFrame]
    looks_back: bool = False
    everyday: str | None = None
    opens: Opens | None = None


@cache
def families() -> tuple[Family, ...]:
    """Return every family, by name."""
    package = importlib.import_module("logscan.parsers.families")
    found = [
        importlib.import_module(f"{package.__name__}.{module.name}").FAMILY
        for module in pkgutil.iter_modules(package.__path__)
    ]
    return tuple(sorted(found, key=lambda family: family.name))
