r"""The pieces that Postfix's log lines are made of, as Rust regex, and how to take them apart.

In: nothing. Out: pattern pieces, and helpers over string columns.
Never: knows a kind of line.

Strangers choose addresses, HELO names, headers and replies. What they choose stands between
marks of Postfix's own, so patterns lean on three facts: since 3.5 an address is logged as it is
written in SMTP, so blanks, commas and `>` occur in it only between quotes (`ADDRESS`); a HELO name
is stripped of blanks, quotes and angle brackets before it is logged (`HELO`); and what Postfix
writes last is anchored at the end of the line. Lines of older releases, which log addresses
bare, come second, by a looser pattern.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

_BASE52: Final = "0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z"

#: Queue IDs: short ones are hexadecimal, long ones (enable_long_queue_ids) are seconds and
#: microseconds in base 52 (no vowels), a `z`, and the inode in base 51.
ID: Final = rf"(?:[0-9A-F]{{6,}}|[{_BASE52}]{{10,}}z[{_BASE52}]+)"
#: What stands before the text of a line that concerns a message.
TAG: Final = rf"(?:{ID}|NOQUEUE)"
ADDRESS: Final = r'(?:[^<>"\\ ]|\\.|"(?:[^"\\]|\\.)*")*'
HELO: Final = r'[^<>" ]*'
#: name[address] and, where it is logged, :port. postscreen has no name.
PEER: Final = r"(?P<name>[^ \[\]]*)\[(?P<ip>[^\] ]*)\](?::(?P<port>[0-9]+))?"
IP: Final = r"(?:[0-9A-Fa-f:.]*[.:][0-9A-Fa-f:.]*(?:%[0-9A-Za-z]+)?)"

_GROUP_NAME = re.compile(r"\(\?P<(\w+)>")


def groups(texts: pl.Series, pattern: str) -> pl.DataFrame:
    """Return the named groups of `pattern` in each text, null where it does not match."""
    return texts.str.extract_groups(pattern).struct.unnest()


def first_match(texts: pl.Series, patterns: Sequence[str], key: str) -> pl.DataFrame:
    """Return the named groups of the first of `patterns` that matches, row by row.

    key: a group that every pattern has and that is never null in a match.
    Out: as many rows, in order; a column for every group of any pattern.
    """
    names = list(dict.fromkeys(name for pattern in patterns for name in _GROUP_NAME.findall(pattern)))
    found: list[pl.DataFrame] = []
    places: list[pl.Series] = []
    at, rest = pl.int_range(len(texts), dtype=pl.UInt32, eager=True), texts
    for pattern in patterns:
        if rest.is_empty():
            break
        parsed = groups(rest, pattern)
        missed = parsed.get_column(key).is_null()
        if missed.all():
            continue
        if missed.any():
            found.append(parsed.filter(~missed))
            places.append(at.filter(~missed))
        else:
            found.append(parsed)
            places.append(at)
        at, rest = at.filter(missed), rest.filter(missed)
    if rest.is_empty() and len(found) == 1:  # the usual words, and nothing else
        return _with(found[0], names)
    nothing = pl.DataFrame(schema=dict.fromkeys(names, pl.String)).clear(len(rest))
    table = pl.concat([*found, nothing], how="diagonal")
    order = pl.concat([*places, at]).arg_sort()
    return table.select(names)[order]


def _with(table: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return the table with exactly these columns of text, null where it has none."""
    return table.select(
        name if name in table.columns else pl.lit(None, dtype=pl.String).alias(name) for name in names
    )


def number(name: str) -> pl.Expr:
    """Return a column of digits as integers, null where they do not fit."""
    return pl.col(name).cast(pl.Int64, strict=False)


def known(name: str) -> pl.Expr:
    """Return a column with what Postfix writes for "I do not know" turned to null."""
    return pl.when(~pl.col(name).is_in(["", "unknown"])).then(pl.col(name))


def address(name: str) -> pl.Expr:
    """Return a column with everything that is not an IP address turned to null."""
    return pl.when(pl.col(name).str.contains(rf"^{IP}$")).then(pl.col(name))


def peer(prefix: str) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return the groups of `PEER` as the columns `client_*` or `relay_*`."""
    return (
        known("name").alias(f"{prefix}_name"),
        address("ip").alias(f"{prefix}_ip"),
        number("port").alias(f"{prefix}_port"),
    )


def direction(value: str | None, *, when: pl.Expr | None = None, otherwise: str | None = None) -> pl.Expr:
    """Return the column `direction`: `value`, or where `when` does not hold, `otherwise`."""
    word = pl.lit(value, dtype=pl.String)
    if when is not None:
        word = pl.when(when).then(word).otherwise(pl.lit(otherwise, dtype=pl.String))
    return word.alias("direction")


def beside(lines: pl.DataFrame, found: pl.DataFrame, *columns: pl.Expr) -> pl.DataFrame:
    """Return `lines` with `columns`, which are made from the groups in `found`."""
    return lines.with_columns(found.select(columns).get_columns())
