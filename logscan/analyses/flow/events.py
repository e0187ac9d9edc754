"""Rows of a batch as what the folds of threads and sessions absorb: events of queue IDs, gifts, refusals.

In: `Batch`. Out: tables of kept.EVENT, kept.GIFT, sessions. Never: a row that says nothing of a mail or a session.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.analyses.flow import kept, returns, sessions
from logscan.analyses.flow.batch import Batch, place

#: What a delivery took, as Postfix tells it; `total` is its delay.
STAGES: Final = ("before_qmgr", "in_qmgr", "connection", "transmission", "total")
_LOOP: Final = r"^(?:127\.|::1$|::ffff:127\.)"


def minute_of() -> pl.Expr:
    """Return the minute since 1970 of a row."""
    return (pl.col("time").dt.epoch("s") // 60).alias("minute")


def outcome_of() -> pl.Expr:
    """Return what a delivery line counts as: null for probes and the like."""
    status = pl.col("status")
    return (
        pl.when(status == "sent")
        .then(pl.when("forwarded").then(pl.lit("forwarded")).otherwise(pl.lit("delivered")))
        .when(status == "deferred")
        .then(pl.lit("deferrals"))
        .when(status == "bounced")
        .then(pl.lit("bounced"))
    )


def is_given() -> pl.Expr:
    """Return whether a delivery is one only if nothing comes back of it."""
    handed = pl.col("handed").is_not_null() & pl.col("queue_id").is_not_null()
    return ((outcome_of() == "delivered") & handed).fill_null(value=False)


def stages_of() -> list[pl.Expr]:
    """Return the delays of `STAGES` in microseconds."""
    seconds = [
        *(pl.col("delays").list.get(number, null_on_oob=True) for number in range(len(STAGES) - 1)),
        pl.col("delay"),
    ]
    return [(stage * 1e6).round().cast(pl.Int64, strict=False) for stage in seconds]


def _mail(queue_id: str = "queue_id") -> pl.Expr:
    """Return the key of a queue ID: of its host, not of an instance, whose transports may have names of their own."""
    return pl.struct("host", pl.col(queue_id).alias("queue_id")).hash().alias("key")


def _known_mail(queue_id: str) -> pl.Expr:
    return pl.when(pl.col(queue_id).is_not_null()).then(_mail(queue_id))


def _when() -> pl.Expr:
    return pl.col("time").dt.epoch("us").alias("when")


def _way() -> pl.Expr:
    """Return how a client reached us: see `returns`."""
    local = pl.col("client_ip").is_null() & (pl.col("direction") == "local")
    return (
        pl.when(local)
        .then(returns.LOCAL)
        .when(pl.col("client_ip").str.contains(_LOOP))
        .then(returns.LOOP)
        .otherwise(returns.ELSEWHERE)
    )


def spans_of(batch: Batch) -> pl.DataFrame:
    """Return from when to when the lines of each host in each log are: `returns.SPAN`."""
    tables = (batch.client, batch.queued, batch.delivery, batch.removed)
    lines = pl.concat(table.select("host", "source", _when()) for table in tables)
    spans = lines.group_by("host", "source").agg(
        pl.col("when").min().alias("first"), pl.col("when").max().alias("last")
    )
    return spans.select(pl.col("host").hash(), pl.col("source").cast(pl.UInt64), "first", "last").drop_nulls()


def without_strangers(batch: Batch, spans: pl.DataFrame) -> pl.DataFrame:
    """Return the deliveries, those to other servers no more as handed over where nothing came back.

    That is seen at once of nearly all: nobody in this stretch has the queue ID that the server named, and the stretch
    begins before and ends behind any moment in which somebody might.
    """
    rows = batch.delivery.with_row_index("index").filter(is_given() & (pl.col("handed") == "named"))
    if rows.is_empty():
        return batch.delivery
    known = batch.client.select(_mail(), _known_mail("orig_queue_id").alias("origin"))
    low = pl.col("when") - (pl.col("delay").fill_null(0) * 1e6).cast(pl.Int64) - 2 * returns.SLACK
    inside = (low > pl.col("first")) & (pl.col("when") + returns.KEPT + returns.SLACK < pl.col("last"))
    answered = pl.col("call").is_in(known["key"].implode()) | pl.col("key").is_in(
        known["origin"].drop_nulls().implode()
    )
    calls = rows.select(
        "index",
        "delay",
        _mail(),
        _known_mail("next_id").alias("call"),
        _when(),
        pl.col("host").hash().alias("host"),
        pl.col("source").cast(pl.UInt64),
    ).join(spans, on=["host", "source"])
    gone = calls.filter(inside & ~answered)["index"]
    return batch.delivery.with_columns(batch.delivery["handed"].scatter(gone, None))


def gifts_of(deliveries: pl.DataFrame) -> pl.DataFrame:
    """Return what is told of hand-overs: `kept.GIFT`."""
    rows = deliveries.filter(is_given())
    return rows.select(
        place(),
        _when(),
        pl.col("host").hash().alias("host"),
        pl.col("recipient").fill_null(""),
        pl.col("repeat").alias("number"),
        _known_mail("next_id").alias("call"),
        (pl.col("handed") != "named").alias("here"),
        **dict(zip(returns.STAGES, stages_of(), strict=True)),
    )


def events_of(batch: Batch) -> pl.DataFrame:
    """Return what is told of queue IDs: `kept.EVENT`."""
    nothing = {
        "name": pl.lit(None, pl.String),
        "size": pl.lit(None, pl.Int64),
        "number": pl.lit(None, pl.Int64),
        "link": pl.lit(None, pl.UInt64),
    }

    def rows(table: pl.DataFrame, what: int | pl.Expr, **columns: pl.Expr) -> pl.DataFrame:
        code = pl.lit(what) if isinstance(what, int) else what
        mine = table.filter(pl.col("queue_id").is_not_null())
        return mine.select(
            _mail(), place(), code.cast(pl.UInt8).alias("what"), _when(),
            *(columns.get(name, absent).alias(name) for name, absent in nothing.items()),
        )  # fmt: skip

    outcome, given = outcome_of(), is_given()
    # the rows of `gifts_of` in their order
    gift = pl.when(given).then(given.cum_sum().cast(pl.Int64) - 1)
    alike = pl.when(pl.col("message_id").is_not_null()).then(pl.struct("host", "message_id").hash())
    what = (
        pl.when(given)
        .then(kept.GIVEN)
        .when(outcome == "delivered")
        .then(kept.SENT)
        .when(outcome == "deferrals")
        .then(kept.DEFERRED)
        .when(outcome == "forwarded")
        .then(kept.FORWARDED)
        .when(outcome == "bounced")
        .then(kept.BOUNCED)
        .otherwise(kept.OTHER)
    )
    recipient = pl.col("recipient").fill_null("")
    return pl.concat(
        [
            rows(batch.client, kept.ENTERED, name=_client(), number=_way().cast(pl.Int64), link=_known_mail("orig_queue_id")),
            rows(batch.queued, kept.QUEUED, name=pl.col("sender"), size=pl.col("size"), number=pl.col("nrcpt")),
            rows(batch.delivery, what, name=recipient, size=gift, number=pl.col("repeat")),
            rows(batch.message_id, kept.WRITTEN, link=alike),
            rows(batch.expired, kept.EXPIRED),
            rows(batch.removed, kept.REMOVED),
        ]
    )  # fmt: skip


def _client() -> pl.Expr:
    """Return the name of a client: name[address], an address, or pickup for this machine's own."""
    name, address = pl.col("client_name"), pl.col("client_ip")
    return (
        pl.when(name.is_not_null() & address.is_not_null())
        .then(pl.format("{}[{}]", name, address))
        .otherwise(pl.coalesce(address, name, pl.when(pl.col("direction") == "local").then(pl.lit("pickup"))))
    )


# --- refusals ------------------------------------------------------------------------------------


def process_of() -> pl.Expr:
    """Return the process that wrote a row, as a number."""
    return pl.struct("host", "program", "pid").hash().alias("conn")


def refusals_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of `sessions`, with the conversation that each belongs to."""
    address, queue_id = pl.col("client_ip"), pl.col("queue_id")
    smtpd = (pl.col("daemon") == "smtpd") & pl.col("pid").is_not_null()
    refused = pl.col("action") == sessions.REJECTED
    lasting = smtpd & (refused | queue_id.is_null())
    screened = (pl.col("daemon") == "postscreen") & address.is_not_null()
    conn = (
        pl.when(lasting)
        .then(process_of())
        .when(queue_id.is_not_null())
        .then(_mail())
        .when(screened)
        .then(pl.struct("host", "program", "client_ip", "client_port").hash())
        .otherwise(pl.struct(place()).hash())
    )
    columns = rows.with_columns(pl.lit("inbound").alias("direction"))
    return columns.select(
        conn.alias("conn"), lasting.alias("lasting"), place(), minute_of(), "action", "sender", "recipient",
        "cause", "stage", _client().alias("client"),
    )  # fmt: skip
