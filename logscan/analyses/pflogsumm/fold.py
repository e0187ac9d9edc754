"""What pflogsumm remembers of its lines.

In: `Seen`, and which lines they were. Out: `Partial`. Never: forgets a queue ID: neither does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from logscan.analyses.pflogsumm.lines import Seen

#: What an event can be: a byte each, for there are many.
WHAT: Final = pl.Enum(
    [
        "received",
        "sized",
        "delivered",
        "forwarded",
        "deferred",
        "bounced",
        "rejected",
        "late",
        "warned",
        "held",
        "discarded",
        "canceled",
        "expired",
        "removed",
    ]
)
#: Events whose name counts: a domain of a client, a sender, a recipient.
_NAMED: Final = ("received", "sized", "delivered", "deferred")
EVENT: Final[dict[str, pl.DataType]] = {
    "token": pl.String(),
    "at": pl.UInt64(),
    "what": WHAT,
    "name": pl.String(),
    "number": pl.Int64(),
    "delay": pl.Float64(),
}
_HOURS: Final[dict[str, pl.DataType]] = {"hour": pl.Int64(), "what": pl.String()}
#: A run of lines of one day of the month. month: of its first line.
_RUNS: Final[dict[str, pl.DataType]] = {
    "at": pl.UInt64(),
    "month": pl.Int64(),
    "day": pl.Int64(),
    "what": pl.String(),
    "count": pl.Int64(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """events: what concerns a queue ID, in order. hours: hour, what, count. runs: see `_RUNS`; what is null once a run."""

    events: pl.DataFrame
    hours: pl.DataFrame
    runs: pl.DataFrame


def empty() -> Partial:
    """Return the partial of no line."""
    return Partial(
        events=pl.DataFrame(schema=EVENT),
        hours=pl.DataFrame(schema={**_HOURS, "count": pl.Int64}),
        runs=pl.DataFrame(schema=_RUNS),
    )


def absorb(partial: Partial, batch: tuple[Seen, pl.Series]) -> Partial:
    """Return `partial` with some lines. batch: them, and their places as growing numbers."""
    seen, places = batch
    rows = seen.rows.with_columns(places.gather(seen.rows["index"]).cast(pl.UInt64).alias("at"))
    return merge(
        partial,
        Partial(
            events=_events(rows.drop_nulls("what")),
            hours=rows.drop_nulls("what")
            .group_by("hour", "what")
            .agg(pl.len().cast(pl.Int64).alias("count")),
            runs=_runs(rows),
        ),
    )


def merge(left: Partial, right: Partial) -> Partial:
    """Return two neighbouring stretches as one, `left` before `right`."""
    return Partial(
        events=pl.concat([left.events, right.events]),
        hours=pl.concat([left.hours, right.hours]).group_by(list(_HOURS)).agg(pl.col("count").sum()),
        runs=pl.concat([left.runs, right.runs]),
    )


def _events(rows: pl.DataFrame) -> pl.DataFrame:
    name = pl.when(pl.col("what").is_in(_NAMED)).then("name").alias("name")
    # Strings of their own: views would keep the whole block's text alive.
    own = rows.with_columns(name).select(*EVENT).with_columns(pl.col(pl.String) + "")
    return own.with_columns(pl.col("what").cast(WHAT))


def _runs(rows: pl.DataFrame) -> pl.DataFrame:
    run = pl.col("day").rle_id().alias("run")
    numbered = rows.with_columns(run)
    heads = numbered.group_by("run").agg(pl.col("at", "month", "day").sort_by("at").first())
    counted = numbered.drop_nulls("what").group_by("run", "what").agg(pl.len().cast(pl.Int64).alias("count"))
    marks = heads.with_columns(pl.lit(None, pl.String).alias("what"), pl.lit(0, pl.Int64).alias("count"))
    whole = pl.concat([marks.select("run", *_RUNS), counted.join(heads, on="run").select("run", *_RUNS)])
    return whole.sort("at", "what", nulls_last=False).select(*_RUNS)
