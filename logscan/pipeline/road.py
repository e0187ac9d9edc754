"""The road that every line takes, from records to rows that cards can judge.

In: records as parsers.lines gives them. Out: the same with kind, severity and `everyday`
(`understood`), then with every field that the line holds (`detailed`).
Never: reads a source; skips a line.

Examples of cards, pasted lines and whole logs take this same road.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from logscan.model.columns import SCHEMA
from logscan.model.vocabulary import EVERYDAY, Kind, Severity
from logscan.parsers.family import families

_PLACE = ("source", "block", "row", "column")


def understood(records: pl.DataFrame, previous: bytes = b"") -> list[pl.DataFrame]:
    """Return the records of a block by family, each with kind, severity and everyday.

    previous: the line before the block, for families that look back.

    everyday: what a healthy server writes. It is most of a log, and rules do not look at it; the
    trial of cards says so when a hit is such a line.
    Records of nobody's family are kind other. Unparsed lines are not among them.
    """
    parts = []
    present = set(records["family"].unique().drop_nulls())
    known = [family for family in families() if family.name in present]
    if any(family.looks_back for family in known):
        records = _with_before(records, previous)
    for family in known:
        own = family.kinds(records.filter(pl.col("family") == family.name))
        if "everyday" not in own.columns:
            own = own.with_columns(pl.col("kind").is_in([kind.value for kind in EVERYDAY]).alias("everyday"))
        parts.append(own)
    if len(present) > len(known):
        names = [family.name for family in known]
        parts.append(
            records.filter(pl.col("family").is_not_null() & ~pl.col("family").is_in(names)).with_columns(
                pl.lit(Kind.OTHER.value).alias("kind"),
                pl.lit(Severity.INFO.value).alias("severity"),
                pl.lit(True).alias("everyday"),
            )
        )
    return parts


def detailed(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of all families as one table with their fields, in the order of the log."""
    by_name = {family.name: family for family in families()}
    tables = []
    for part in parts:
        if not part.height:
            continue
        family = by_name.get(part["family"][0])
        tables.append(family.fields(part) if family else part)
    if not tables:
        return pl.DataFrame(schema={name: SCHEMA[name] for name in ("time", "family", "kind", "reason")})
    typed = [_typed(table) for table in tables]
    return pl.concat(typed, how="diagonal").sort(name for name in _PLACE if name in typed[0].columns)


def _with_before(records: pl.DataFrame, previous: bytes) -> pl.DataFrame:
    first = pl.lit(previous.decode() or None, dtype=pl.String)
    # Records that were glued on one line share their raw line; what is before them is their own beginning.
    return records.with_columns(pl.col("raw").shift(1).fill_null(first).alias("before"))


def _typed(table: pl.DataFrame) -> pl.DataFrame:
    """Return the table with the contract's types, so that families can be laid together."""
    return table.with_columns(
        pl.col(name).cast(SCHEMA[name])
        for name in table.columns
        if name in SCHEMA and table.schema[name] != SCHEMA[name]
    )
