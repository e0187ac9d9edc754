"""The road that every line takes, from records to rows that cards can judge.

In: records as parsers.lines gives them. Out: the same with kind, severity and `everyday`
(`understood`), then with every field that the line holds (`detailed`).
Never: reads a source; skips a line.

Examples of cards, pasted lines and whole logs take this same road.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from logscan.model.columns import SCHEMA
from logscan.model.vocabulary import EVERYDAY, Kind, Severity
from logscan.parsers.family import families

_SAID = ("kind", "severity", "everyday")
_PLACE = ("source", "block", "row", "column")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the records of one family are.

    records: of the whole block. places: which of them are the family's. said: their kind,
    severity, everyday, in the same order. The many everyday rows are never copied.
    everyday: what a healthy server writes. It is most of a log, and rules do not look at it; the
    trial of cards says so when a hit is such a line.
    """

    records: pl.DataFrame
    places: pl.Series
    said: pl.DataFrame

    @property
    def family(self) -> str | None:
        """Whose the records are; of records of nobody's family, the first one's program."""
        return str(self.records["family"][int(self.places[0])]) if len(self.places) else None

    def where(self, mask: pl.Series) -> pl.DataFrame:
        """Return the records for which `mask` holds, with what they are."""
        chosen = mask.arg_true()
        return self.records[self.places.gather(chosen)].hstack(self.said[chosen].get_columns())

    def noteworthy(self) -> pl.DataFrame:
        """Return the records that are not everyday."""
        return self.where(~self.said["everyday"])

    def all(self) -> pl.DataFrame:
        """Return every record of the family."""
        return self.records[self.places].hstack(self.said.get_columns())

    def of_kind(self, kind: Kind, columns: Iterable[str]) -> pl.DataFrame:
        """Return some columns of the records of one kind."""
        return self.records.select(columns)[self.places.filter(self.said["kind"] == kind.value)]

    def count(self, kind: Kind) -> int:
        """Return how many records are of one kind."""
        return int((self.said["kind"] == kind.value).sum())


def understood(records: pl.DataFrame, previous: bytes | Mapping[int, bytes] = b"") -> list[Part]:
    """Return the records of a block by family, and what they are.

    previous: the line before the block, for families that look back; by source, where the records are of
    several logs.
    Records of nobody's family are kind other. Unparsed lines are not among them.
    """
    parts = []
    owner = records["family"]
    present = set(owner.unique().drop_nulls())
    known = [family for family in families() if family.name in present]
    left = owner.is_not_null()
    for family in known:
        mine = owner == family.name
        left &= ~mine
        places = mine.fill_null(value=False).arg_true()
        own = records.select("program", "text")[places]
        if family.looks_back:
            own = own.with_columns(_before(records, previous).gather(places))
        said = family.kinds(own)
        if "everyday" not in said.columns:
            everyday = pl.col("kind").is_in([kind.value for kind in EVERYDAY]).alias("everyday")
            said = said.with_columns(everyday)
        parts.append(Part(records=records, places=places, said=said.select(_SAID)))
    if len(present) > len(known):
        places = left.fill_null(value=False).arg_true()
        parts.append(Part(records=records, places=places, said=_nobodys(len(places))))
    return parts


def _nobodys(count: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "kind": pl.repeat(Kind.OTHER.value, count, eager=True),
            "severity": pl.repeat(Severity.INFO.value, count, eager=True),
            "everyday": pl.repeat(True, count, eager=True),
        }
    )


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


def _before(records: pl.DataFrame, previous: bytes | Mapping[int, bytes]) -> pl.Series:
    """Return the raw line before each record; of records glued on one line, that line itself."""
    if isinstance(previous, bytes):
        first = pl.lit(previous.decode() or None, dtype=pl.String)
        return records.select(pl.col("raw").shift(1).fill_null(first).alias("before")).to_series()
    source = pl.col("source")
    begins = source != source.shift(1)
    first = source.replace_strict(
        list(previous), [line.decode() or None for line in previous.values()], return_dtype=pl.String
    )
    before = pl.when(begins.fill_null(value=True)).then(first).otherwise(pl.col("raw").shift(1))
    return records.select(before.alias("before")).to_series()


def _typed(table: pl.DataFrame) -> pl.DataFrame:
    """Return the table with the contract's types, so that families can be laid together."""
    return table.with_columns(
        pl.col(name).cast(SCHEMA[name])
        for name in table.columns
        if name in SCHEMA and table.schema[name] != SCHEMA[name]
    )
