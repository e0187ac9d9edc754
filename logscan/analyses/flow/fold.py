"""The lines that count by themselves, and what is handed to `threads` and `sessions`.

In: `Batch`. Out: `Partial`, small tables. Never: a float in a sum: delays are microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from logscan.analyses.flow import sessions, threads
from logscan.analyses.flow.batch import Batch, place
from logscan.analyses.flow.events import (
    STAGES,
    events_of,
    gifts_of,
    is_given,
    minute_of,
    outcome_of,
    process_of,
    refusals_of,
    spans_of,
    stages_of,
    without_strangers,
)

#: table -> its keys; beside them stands `count`. waits: how long recipients waited for their mail who got it in a quarter of an hour.
SUMS: Final[dict[str, dict[str, pl.DataType]]] = {
    "lines": {"what": pl.String(), "minute": pl.Int64()},
    "delays": {"stage": pl.String(), "us": pl.Int64()},
    "tls": {"direction": pl.String(), "level": pl.String(), "protocol": pl.String()},
    "auth": {"client_ip": pl.String(), "user": pl.String()},
    "waits": {"quarter": pl.Int64(), "us": pl.Int64()},
}
#: Minutes of a quarter; hours of every zone begin with one.
QUARTER: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """sums: see `SUMS`. threads, sessions: see there."""

    sums: dict[str, pl.DataFrame]
    threads: threads.Threads
    sessions: sessions.Sessions


def empty() -> Partial:
    """Return the partial of no line."""
    return Partial(
        sums={name: pl.DataFrame(schema={**keys, "count": pl.Int64}) for name, keys in SUMS.items()},
        threads=threads.empty(),
        sessions=sessions.empty(),
    )


def absorb(partial: Partial, batch: Batch) -> Partial:
    """Return `partial` with one more stretch."""
    spans = spans_of(batch)
    batch = replace(batch, delivery=without_strangers(batch, spans))
    return merge(
        partial,
        Partial(
            sums=_sums(batch),
            threads=threads.of(events_of(batch), gifts_of(batch.delivery), spans),
            sessions=sessions.of(refusals_of(batch.refusal), batch.connect.select(process_of(), place())),
        ),
    )


def merge(left: Partial, right: Partial) -> Partial:
    """Return two neighbouring stretches as one, `left` before `right`."""
    return Partial(
        sums={
            name: pl.concat([left.sums[name], right.sums[name]])
            .group_by(list(keys))
            .agg(pl.col("count").sum())
            for name, keys in SUMS.items()
        },
        threads=threads.merge(left.threads, right.threads),
        sessions=sessions.merge(left.sessions, right.sessions),
    )


# --- lines ---------------------------------------------------------------------------------------


#: What a refusal's line adds to.
_MEASURES: Final = {
    "rejected": "rejected",
    "warned": "reject_warnings",
    "held": "held",
    "discarded": "discarded",
}


def measures(batch: Batch) -> pl.DataFrame:
    """Return at, measure and count of every line that one of the totals counts, before any are joined to one.

    given: it is a delivery only if nothing comes back of it.
    """
    action = pl.col("action").replace_strict(_MEASURES, return_dtype=pl.String)
    tables = (
        (batch.client.filter(pl.col("queue_id").is_not_null()), pl.lit("received")),
        (batch.delivery, outcome_of()),
        (batch.removed.filter("canceled"), pl.lit("canceled")),
        (batch.expired, pl.lit("expired")),
        (batch.refusal, action),
    )
    rows = (
        table.select(
            place(),
            what.alias("measure"),
            pl.col("repeat").alias("count"),
            (is_given() if table is batch.delivery else pl.lit(value=False)).alias("given"),
        )
        for table, what in tables
    )
    return pl.concat(rows).drop_nulls("measure")


def _sums(batch: Batch) -> dict[str, pl.DataFrame]:
    count = pl.col("repeat").sum().alias("count")
    sure = batch.delivery.filter(~is_given())
    kinds = (
        (sure, outcome_of()),
        (batch.removed.filter("canceled"), pl.lit("canceled")),
        (batch.expired, pl.lit("expired")),
        (batch.connect, pl.lit("connections")),
        (batch.auth, pl.lit("auth_failures")),
        (batch.refusal.filter(pl.col("action") == sessions.REJECTED), pl.lit("reject_lines")),
    )
    lines = pl.concat(rows.select(what.alias("what"), minute_of(), "repeat") for rows, what in kinds)
    return {
        "lines": lines.drop_nulls("what").group_by("what", "minute").agg(count),
        "delays": _delays(sure),
        "waits": _waits(sure),
        "tls": batch.tls.filter(pl.col("tls_protocol").is_not_null())
        .group_by("direction", pl.col("tls_level").alias("level"), pl.col("tls_protocol").alias("protocol"))
        .agg(count),
        "auth": batch.auth.group_by("client_ip", pl.col("sasl_user").alias("user")).agg(count),
    }


def _delays(deliveries: pl.DataFrame) -> pl.DataFrame:
    """Return how often each delay occurs, by stage, of recipients who got their mail."""
    sent = deliveries.filter(outcome_of() == "delivered")
    tables = [
        sent.select(stage.alias("us"), "repeat")
        .drop_nulls("us")
        .group_by("us")
        .agg(pl.col("repeat").sum().alias("count"))
        .select(pl.lit(name).alias("stage"), "us", "count")
        for name, stage in zip(STAGES, stages_of(), strict=True)
    ]
    return pl.concat(tables)


def _waits(deliveries: pl.DataFrame) -> pl.DataFrame:
    """Return how often each delay occurs, in all, by the quarter of an hour in which recipients got their mail."""
    sent = deliveries.filter(outcome_of() == "delivered")
    total = dict(zip(STAGES, stages_of(), strict=True))["total"]
    return (
        sent.select((minute_of() // QUARTER).alias("quarter"), total.alias("us"), "repeat")
        .drop_nulls()
        .group_by("quarter", "us")
        .agg(pl.col("repeat").sum().alias("count"))
    )


# --- queue IDs -----------------------------------------------------------------------------------
