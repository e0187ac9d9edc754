"""The lines that count by themselves, and what is handed to `threads` and `sessions`.

In: `Batch`. Out: `Partial`, small tables. Never: a float in a sum: delays are microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import polars as pl

from logscan.analyses.flow import returns, sessions, threads

STAGES: Final = ("before_qmgr", "in_qmgr", "connection", "transmission", "total")

#: table -> its keys; beside them stands `count`.
SUMS: Final[dict[str, dict[str, pl.DataType]]] = {
    "lines": {"what": pl.String(), "minute": pl.Int64()},
    "delays": {"stage": pl.String(), "us": pl.Int64()},
    "tls": {"direction": pl.String(), "level": pl.String(), "protocol": pl.String()},
    "auth": {"client_ip": pl.String(), "user": pl.String()},
}
_LOOP: Final = r"^(?:127\.|::1$|::ffff:127\.)"
_PLACE: Final = ("source", "block", "row", "column")
_RECORD: Final[dict[str, pl.DataType]] = {
    **dict.fromkeys(_PLACE, pl.UInt32()),
    "time": pl.Datetime("us", "UTC"),
    "host": pl.String(),
    "program": pl.String(),
    "pid": pl.Int64(),
    "repeat": pl.Int64(),
}
#: kind -> columns of the events table that its rows must have, besides the record's own.
WANTED: Final[dict[str, dict[str, pl.DataType]]] = {
    "client": {
        "queue_id": pl.String(),
        "client_name": pl.String(),
        "client_ip": pl.String(),
        "direction": pl.String(),
        "orig_queue_id": pl.String(),
    },
    "queued": {
        "queue_id": pl.String(),
        "sender": pl.String(),
        "size": pl.Int64(),
        "nrcpt": pl.Int64(),
    },
    "delivery": {
        "queue_id": pl.String(),
        "recipient": pl.String(),
        "status": pl.String(),
        "delay": pl.Float64(),
        "delays": pl.List(pl.Float64),
        "forwarded": pl.Boolean(),
        "handed": pl.String(),
        "next_id": pl.String(),
    },
    "removed": {"queue_id": pl.String(), "canceled": pl.Boolean()},
    "expired": {"queue_id": pl.String()},
    "message-id": {"queue_id": pl.String(), "message_id": pl.String()},
    "refusal": {
        "action": pl.String(),
        "daemon": pl.String(),
        "queue_id": pl.String(),
        "client_name": pl.String(),
        "client_ip": pl.String(),
        "client_port": pl.Int64(),
        "sender": pl.String(),
        "recipient": pl.String(),
        "stage": pl.String(),
        "cause": pl.String(),
    },
    "connect": {},
    "tls": {"direction": pl.String(), "tls_level": pl.String(), "tls_protocol": pl.String()},
    "auth-failure": {"client_ip": pl.String(), "sasl_user": pl.String()},
}


def _nothing(kind: str) -> pl.DataFrame:
    return pl.DataFrame(schema={**_RECORD, **WANTED[kind]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A stretch's lines of Postfix, by kind: `WANTED`, and the record's place, time, host, program, pid, repeat.

    refusal: kinds reject, milter-reject, hold, discard, and remarks of reject_warning; action: rejected, warned, held or
    discarded; cause: of the contract's list. removed: what ends a queue ID's thread. message_id: cleanup's. handed:
    what took a sent mail may give it back: loop, pipe or named. host: its first label.
    """

    client: pl.DataFrame = field(default_factory=lambda: _nothing("client"))
    queued: pl.DataFrame = field(default_factory=lambda: _nothing("queued"))
    delivery: pl.DataFrame = field(default_factory=lambda: _nothing("delivery"))
    removed: pl.DataFrame = field(default_factory=lambda: _nothing("removed"))
    expired: pl.DataFrame = field(default_factory=lambda: _nothing("expired"))
    message_id: pl.DataFrame = field(default_factory=lambda: _nothing("message-id"))
    refusal: pl.DataFrame = field(default_factory=lambda: _nothing("refusal"))
    connect: pl.DataFrame = field(default_factory=lambda: _nothing("connect"))
    tls: pl.DataFrame = field(default_factory=lambda: _nothing("tls"))
    auth: pl.DataFrame = field(default_factory=lambda: _nothing("auth-failure"))


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
    spans = _spans(batch)
    batch = replace(batch, delivery=_without_strangers(batch, spans))
    return merge(
        partial,
        Partial(
            sums=_sums(batch),
            threads=threads.of(_events(batch), _gifts(batch.delivery), spans),
            sessions=sessions.of(_refusals(batch.refusal), batch.connect.select(_process(), place())),
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


def place() -> pl.Expr:
    """Return the place of a line as one number: 15 records a line, 2**24 lines a block, 2**20 blocks a source."""
    source, block, row, column = (pl.col(name).cast(pl.UInt64) for name in _PLACE)
    return (source * 2**48 + block * 2**28 + row * 2**4 + column.clip(0, 15)).alias("at")


def placed(at: int) -> tuple[int, int, int]:
    """Return source, block and row of a place.

    >>> placed(3 * 2**48 + 7 * 2**28 + 9 * 2**4)
    (3, 7, 9)
    """
    return at >> 48, at >> 28 & (2**20 - 1), at >> 4 & (2**24 - 1)


def _minute() -> pl.Expr:
    return (pl.col("time").dt.epoch("s") // 60).alias("minute")


def _outcome() -> pl.Expr:
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
        (batch.delivery, _outcome()),
        (batch.removed.filter("canceled"), pl.lit("canceled")),
        (batch.expired, pl.lit("expired")),
        (batch.refusal, action),
    )
    rows = (
        table.select(
            place(),
            what.alias("measure"),
            pl.col("repeat").alias("count"),
            (_given() if table is batch.delivery else pl.lit(value=False)).alias("given"),
        )
        for table, what in tables
    )
    return pl.concat(rows).drop_nulls("measure")


def _given() -> pl.Expr:
    """Return whether a delivery is one only if nothing comes back of it."""
    handed = pl.col("handed").is_not_null() & pl.col("queue_id").is_not_null()
    return ((_outcome() == "delivered") & handed).fill_null(value=False)


def _sums(batch: Batch) -> dict[str, pl.DataFrame]:
    count = pl.col("repeat").sum().alias("count")
    sure = batch.delivery.filter(~_given())
    kinds = (
        (sure, _outcome()),
        (batch.removed.filter("canceled"), pl.lit("canceled")),
        (batch.expired, pl.lit("expired")),
        (batch.connect, pl.lit("connections")),
        (batch.auth, pl.lit("auth_failures")),
        (batch.refusal.filter(pl.col("action") == sessions.REJECTED), pl.lit("reject_lines")),
    )
    lines = pl.concat(rows.select(what.alias("what"), _minute(), "repeat") for rows, what in kinds)
    return {
        "lines": lines.drop_nulls("what").group_by("what", "minute").agg(count),
        "delays": _delays(sure),
        "tls": batch.tls.filter(pl.col("tls_protocol").is_not_null())
        .group_by("direction", pl.col("tls_level").alias("level"), pl.col("tls_protocol").alias("protocol"))
        .agg(count),
        "auth": batch.auth.group_by("client_ip", pl.col("sasl_user").alias("user")).agg(count),
    }


def _stages() -> list[pl.Expr]:
    """Return the delays of `STAGES` in microseconds."""
    seconds = [
        *(pl.col("delays").list.get(number, null_on_oob=True) for number in range(len(STAGES) - 1)),
        pl.col("delay"),
    ]
    return [(stage * 1e6).round().cast(pl.Int64, strict=False) for stage in seconds]


def _delays(deliveries: pl.DataFrame) -> pl.DataFrame:
    """Return how often each delay occurs, by stage, of recipients who got their mail."""
    sent = deliveries.filter(_outcome() == "delivered")
    tables = [
        sent.select(stage.alias("us"), "repeat")
        .drop_nulls("us")
        .group_by("us")
        .agg(pl.col("repeat").sum().alias("count"))
        .select(pl.lit(name).alias("stage"), "us", "count")
        for name, stage in zip(STAGES, _stages(), strict=True)
    ]
    return pl.concat(tables)


# --- queue IDs -----------------------------------------------------------------------------------


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


def _spans(batch: Batch) -> pl.DataFrame:
    """Return from when to when the lines of each host in each log are: `returns.SPAN`."""
    tables = (batch.client, batch.queued, batch.delivery, batch.removed)
    lines = pl.concat(table.select("host", "source", _when()) for table in tables)
    spans = lines.group_by("host", "source").agg(
        pl.col("when").min().alias("first"), pl.col("when").max().alias("last")
    )
    return spans.select(pl.col("host").hash(), pl.col("source").cast(pl.UInt64), "first", "last").drop_nulls()


def _without_strangers(batch: Batch, spans: pl.DataFrame) -> pl.DataFrame:
    """Return the deliveries, those to other servers no more as handed over where nothing came back.

    That is seen at once of nearly all: nobody in this stretch has the queue ID that the server named, and the stretch
    begins before and ends behind any moment in which somebody might.
    """
    rows = batch.delivery.with_row_index("index").filter(_given() & (pl.col("handed") == "named"))
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


def _gifts(deliveries: pl.DataFrame) -> pl.DataFrame:
    """Return what is told of hand-overs: `threads.GIFT`."""
    rows = deliveries.filter(_given())
    return rows.select(
        place(),
        _when(),
        pl.col("host").hash().alias("host"),
        pl.col("recipient").fill_null(""),
        pl.col("repeat").alias("number"),
        _known_mail("next_id").alias("call"),
        (pl.col("handed") != "named").alias("here"),
        **dict(zip(returns.STAGES, _stages(), strict=True)),
    )


def _events(batch: Batch) -> pl.DataFrame:
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

    outcome, given = _outcome(), _given()
    # the rows of `_gifts` in their order
    gift = pl.when(given).then(given.cum_sum().cast(pl.Int64) - 1)
    alike = pl.when(pl.col("message_id").is_not_null()).then(pl.struct("host", "message_id").hash())
    what = (
        pl.when(given)
        .then(threads.GIVEN)
        .when(outcome == "delivered")
        .then(threads.SENT)
        .when(outcome == "deferrals")
        .then(threads.DEFERRED)
        .when(outcome == "forwarded")
        .then(threads.FORWARDED)
        .when(outcome == "bounced")
        .then(threads.BOUNCED)
        .otherwise(threads.OTHER)
    )
    recipient = pl.col("recipient").fill_null("")
    return pl.concat(
        [
            rows(batch.client, threads.ENTERED, name=_client(), number=_way().cast(pl.Int64), link=_known_mail("orig_queue_id")),
            rows(batch.queued, threads.QUEUED, name=pl.col("sender"), size=pl.col("size"), number=pl.col("nrcpt")),
            rows(batch.delivery, what, name=recipient, size=gift, number=pl.col("repeat")),
            rows(batch.message_id, threads.WRITTEN, link=alike),
            rows(batch.expired, threads.EXPIRED),
            rows(batch.removed, threads.REMOVED),
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


def _process() -> pl.Expr:
    return pl.struct("host", "program", "pid").hash().alias("conn")


def _refusals(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of `sessions`, with the conversation that each belongs to."""
    address, queue_id = pl.col("client_ip"), pl.col("queue_id")
    smtpd = (pl.col("daemon") == "smtpd") & pl.col("pid").is_not_null()
    refused = pl.col("action") == sessions.REJECTED
    lasting = smtpd & (refused | queue_id.is_null())
    screened = (pl.col("daemon") == "postscreen") & address.is_not_null()
    conn = (
        pl.when(lasting)
        .then(_process())
        .when(queue_id.is_not_null())
        .then(_mail())
        .when(screened)
        .then(pl.struct("host", "program", "client_ip", "client_port").hash())
        .otherwise(pl.struct(place()).hash())
    )
    columns = rows.with_columns(pl.lit("inbound").alias("direction"))
    return columns.select(
        conn.alias("conn"), lasting.alias("lasting"), place(), _minute(), "action", "sender", "recipient",
        "cause", "stage", _client().alias("client"),
    )  # fmt: skip
