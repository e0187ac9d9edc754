"""Which shapes of trouble are there, how often, since when, and whom do they concern?

In: `Batch`, the noteworthy rows of a block with their shape, and the connects that tell
one session of an smtpd process from the next. Out: `Answer`, the same tables summed up,
keyed by shape; which card explains a shape is asked afterwards, once.
Never: looks at a card; keeps a line but for the first and the last of each shape.

Distinct mails, recipients and sessions are counted by 64-bit hashes: of a million of them, two
meet by chance once in 37 million logs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import polars as pl

from logscan.model.columns import SCHEMA
from logscan.model.mails import mailed
from logscan.packs.schema import SLOTS

#: Characters of a line that are kept as evidence.
EVIDENCE_CHARACTERS = 2000

#: Where a line stands, in canonical order.
ADDRESS = ("source", "block", "row", "column")

_LINE = ("source", "block", "row")

#: What `names` counts: dimension -> how the name is written.
_DIMENSIONS: dict[str, pl.Expr] = {
    "recipients": pl.col("recipient"),
    "domains": pl.col("recipient").str.extract(r"@([^@]+)$").str.to_lowercase(),
    "clients": pl.when(pl.col("client_name").is_not_null() & (pl.col("client_name") != "unknown"))
    .then(pl.format("{}[{}]", "client_name", "client_ip"))
    .otherwise(pl.col("client_ip")),
    "relays": pl.when(pl.col("relay_ip").is_not_null())
    .then(pl.format("{}[{}]", "relay_name", "relay_ip"))
    .otherwise(pl.col("relay_name")),
    "backends": pl.col("backend"),
}

_EXAMPLE = (*ADDRESS, "shape", "time", "raw", "reason", "program", *SLOTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a block has to say.

    rows: noteworthy rows with the events' columns that they hold, `shape.KEY`, `shape` and ADDRESS.
    connects: host, program, pid, source, block, row of every line that begins an smtpd session.
    keys: the columns of a shape, those of `shape.KEY`.
    """

    rows: pl.DataFrame
    connects: pl.DataFrame
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """Sums over a stretch of the logs; every table is small and keyed by shape (UInt64).

    shapes: shape, its key columns, count, deliveries, first, last, place: where its first line stands (a
    number that grows in the order of the logs).
    examples: the first and the last row of each shape.
    mails, pairs: shape, hash: distinct mails, and mails with recipient.
    sessions: shape, conn (hash of host, program, pid), serial: the process's n-th session of the stretch.
    connects: conn, sessions that the process began in the stretch.
    names: shape, dimension, name, count.
    """

    shapes: pl.DataFrame
    examples: pl.DataFrame
    mails: pl.DataFrame
    pairs: pl.DataFrame
    sessions: pl.DataFrame
    connects: pl.DataFrame
    names: pl.DataFrame


Answer = Partial


def empty() -> Partial:
    """Return the partial of no line."""
    shape = {"shape": pl.UInt64}
    return Partial(
        shapes=pl.DataFrame(),
        examples=pl.DataFrame(),
        mails=pl.DataFrame(schema={**shape, "hash": pl.UInt64}),
        pairs=pl.DataFrame(schema={**shape, "hash": pl.UInt64}),
        sessions=pl.DataFrame(schema={**shape, "conn": pl.UInt64, "serial": pl.Int64}),
        connects=pl.DataFrame(schema={"conn": pl.UInt64, "begun": pl.Int64}),
        names=pl.DataFrame(schema={**shape, "dimension": pl.String, "name": pl.String, "count": pl.Int64}),
    )


def absorb(partial: Partial, batch: Batch) -> Partial:
    """Return `partial` with the rows of one more block."""
    return merge(partial, of(batch))


def merge(left: Partial, right: Partial) -> Partial:
    """Return two neighbouring stretches as one, `left` before `right`."""
    return Partial(
        shapes=_sum_shapes(_both(left.shapes, right.shapes)),
        examples=_first_and_last(_both(left.examples, right.examples)),
        mails=_both(left.mails, right.mails).unique(),
        pairs=_both(left.pairs, right.pairs).unique(),
        sessions=_both(left.sessions, later(right.sessions, left.connects)).unique(),
        connects=_sum(_both(left.connects, right.connects), "begun"),
        names=_sum(_both(left.names, right.names), "count"),
    )


def later(sessions: pl.DataFrame, connects: pl.DataFrame) -> pl.DataFrame:
    """Return the sessions of a stretch counted on from what each process had begun before it."""
    begun = connects.rename({"begun": "before"})
    return (
        sessions.join(begun, on="conn", how="left")
        .with_columns(pl.col("serial") + pl.col("before").fill_null(0))
        .drop("before")
    )


def finish(partial: Partial) -> Answer:
    """Return the sums in an order that depends on nothing but the lines."""
    ordered = {field.name: getattr(partial, field.name) for field in fields(Partial)}
    return Partial(
        **{name: table.sort(table.columns) if table.width else table for name, table in ordered.items()}
    )


def of(batch: Batch) -> Partial:
    """Return the partial of one block's rows alone."""
    rows = _complete(batch.rows)
    if not rows.height:
        connects = _begun(batch.connects)
        none = empty()
        return Partial(
            **{f.name: connects if f.name == "connects" else getattr(none, f.name) for f in fields(Partial)}
        )
    rows = mailed(rows)
    return Partial(
        shapes=_shapes(rows, batch.keys),
        examples=_first_and_last(
            rows.select(_EXAMPLE).with_columns(pl.col("raw").str.head(EVIDENCE_CHARACTERS))
        ),
        mails=rows.select("shape", pl.col("mail").alias("hash")).drop_nulls().unique(),
        pairs=rows.filter(pl.col("mail").is_not_null() & pl.col("recipient").is_not_null())
        .select("shape", pl.struct("mail", "recipient").hash().alias("hash"))
        .unique(),
        sessions=_sessions(rows, batch.connects),
        connects=_begun(batch.connects),
        names=_names(rows),
    )


def _complete(rows: pl.DataFrame) -> pl.DataFrame:
    have = set(rows.columns)
    wanted = {
        *SLOTS,
        "program",
        "pid",
        "client_port",
        "kind",
        "daemon",
        "repeat",
        "time",
        "reason",
    }
    return rows.with_columns(pl.lit(None, dtype=SCHEMA[name]).alias(name) for name in sorted(wanted - have))


def _shapes(rows: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    return rows.group_by("shape").agg(
        *(pl.col(key).first() for key in keys),
        pl.col("repeat").sum().alias("count"),
        pl.col("repeat").filter(pl.col("kind") == "delivery").sum().alias("deliveries"),
        pl.col("time").min().alias("first"),
        pl.col("time").max().alias("last"),
        _place().min().alias("place"),
    )


def _place() -> pl.Expr:
    """Return ADDRESS, but for the column, as one number: 2**18 rows a block, 2**22 blocks a source."""
    source, block, row = (pl.col(name).cast(pl.UInt64) for name in _LINE)
    return source * (1 << 40) + block * (1 << 18) + row


def _sum_shapes(shapes: pl.DataFrame) -> pl.DataFrame:
    if not shapes.width:
        return shapes
    sums, ends = {"count", "deliveries"}, {"first", "last", "place"}
    return shapes.group_by("shape").agg(
        *(pl.col(name).first() for name in shapes.columns if name not in {"shape", *ends, *sums}),
        *(pl.col(name).sum() for name in ("count", "deliveries")),
        pl.col("first").min(),
        pl.col("last").max(),
        pl.col("place").min(),
    )


def _first_and_last(examples: pl.DataFrame) -> pl.DataFrame:
    if not examples.width:
        return examples
    # the order of the keys alone, for a line is wide
    order = examples.select("shape", "time", *ADDRESS).with_row_index("nth").sort("shape", "time", *ADDRESS)
    ends = (order.unique("shape", keep=keep, maintain_order=True) for keep in ("first", "last"))
    return examples[pl.concat(ends).unique(("shape", *ADDRESS), maintain_order=True)["nth"]]


def _conn() -> pl.Expr:
    return pl.struct("host", "program", "pid").hash()


def _begun(connects: pl.DataFrame) -> pl.DataFrame:
    return connects.select(_conn().alias("conn")).group_by("conn").agg(pl.len().cast(pl.Int64).alias("begun"))


def _sessions(rows: pl.DataFrame, connects: pl.DataFrame) -> pl.DataFrame:
    """Return (shape, conn, serial) of rows that belong to a client's session.

    An smtpd process serves one client after another: its n-th `connect from` begins session n.
    postscreen serves many at once, and names address and port in every line.
    """
    smtpd = rows.filter(
        (pl.col("daemon") == "smtpd") & pl.col("pid").is_not_null() & pl.col("client_ip").is_not_null()
    ).select("shape", _conn().alias("conn"), *_LINE, pl.lit(0).alias("begins"))
    begins = connects.select(
        pl.lit(0, dtype=pl.UInt64).alias("shape"), _conn().alias("conn"), *_LINE, pl.lit(1).alias("begins")
    )
    served = (
        pl.concat([smtpd, begins])
        .sort(*_LINE, "begins", descending=[False, False, False, True])
        .with_columns(pl.col("begins").cum_sum().over("conn").cast(pl.Int64).alias("serial"))
        .filter(pl.col("begins") == 0)
    )
    screened = rows.filter((pl.col("daemon") == "postscreen") & pl.col("client_ip").is_not_null()).select(
        "shape",
        pl.struct("host", "program", "client_ip", "client_port").hash().alias("conn"),
        pl.lit(0, dtype=pl.Int64).alias("serial"),
    )
    return pl.concat([served.select("shape", "conn", "serial"), screened]).unique()


def _names(rows: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(
        rows.select("shape", "repeat", name.alias("name"))
        .drop_nulls("name")
        .group_by("shape", "name")
        .agg(pl.col("repeat").sum().alias("count"))
        .select("shape", pl.lit(dimension).alias("dimension"), "name", "count")
        for dimension, name in _DIMENSIONS.items()
    )


def _sum(table: pl.DataFrame, column: str) -> pl.DataFrame:
    keys = [name for name in table.columns if name != column]
    return table.group_by(keys).agg(pl.col(column).sum())


def _both(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    tables: Iterable[pl.DataFrame] = [table for table in (left, right) if table.width]
    return pl.concat(tables) if tables else left
