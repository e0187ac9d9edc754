"""What mails come to that are over: sums by minute and name, what was handed on, what became of those who waited.

In: pieces (kept.PIECE), their recipients (kept.COPY), their gifts (kept.GIFT). Out: tables of kept.SUMS, `Returns`.
Never: decides whether a mail is over.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from logscan.analyses.flow import returns
from logscan.analyses.flow.kept import DEFERRED, MINUTE, SUMS
from logscan.analyses.flow.returns import STAGES, Returns


def _domain() -> pl.Expr:
    return pl.col("recipient").str.extract("@([^@]*)$").str.to_lowercase()


def summed(over: pl.DataFrame, copies: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return what mails come to. copies: of `COPY`, with the piece; of other mails too."""
    received = over.filter(pl.col("entered") & pl.col("queued"))
    size, nrcpt = pl.col("size").fill_null(0), pl.col("nrcpt").fill_null(0)
    sums = {"messages": pl.len().cast(pl.Int64), "recipients": nrcpt.sum(), "bytes": size.sum()}
    sent = copies.filter(pl.col("copies") > 0).join(over.select("piece", size), on="piece")
    count, volume = pl.col("copies").sum(), (pl.col("size") * pl.col("copies")).sum()
    mails = {"messages": pl.col("piece").n_unique().cast(pl.Int64), "recipients": count, "bytes": volume}
    # cleanup speaks of every new mail; of this one no client did
    internal = over.filter(pl.col("written") & ~pl.col("entered") & pl.col("queued"))
    untaken = over.filter(pl.col("entered") & ~pl.col("queued"))
    return {
        "received": received.group_by("minute").agg(
            pl.len().cast(pl.Int64).alias("received"), size.sum().alias("bytes")
        ),
        "senders": received.group_by(pl.col("sender").alias("name")).agg(**sums),
        "clients": received.group_by(pl.col("client").alias("name")).agg(**sums),
        "recipients": sent.group_by(pl.col("recipient").alias("name")).agg(**mails),
        "domains": sent.group_by(_domain().alias("name")).agg(**mails),
        "deferred": _put_off(over, copies),
        "internal": internal.select(pl.lit("mails").alias("what"), pl.len().cast(pl.Int64).alias("count")),
        "untaken": untaken.select(
            pl.lit("mails").alias("what"),
            pl.len().cast(pl.Int64).alias("count"),
            pl.col("at").min().alias("first"),
        ),
    }


def delivered(handed: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return what hand-overs come to that were deliveries: nothing came back. All that is left of a mail's together."""
    number = pl.col("number")

    def named(name: str) -> pl.DataFrame:
        return handed.group_by(pl.col(name).alias("name")).agg(
            pl.col("begun").filter(~pl.col(f"sure_{name}")).n_unique().cast(pl.Int64).alias("messages"),
            number.sum().alias("recipients"),
            (number * pl.col("size")).sum().alias("bytes"),
        )

    took = [
        handed.group_by(pl.col(stage).alias("us")).agg(number.sum().alias(stage)).drop_nulls("us")
        for stage in STAGES
    ]
    return {
        "recipients": named("recipient"),
        "domains": named("domain"),
        "unreturned": handed.group_by((pl.col("when") // MINUTE).alias("minute")).agg(
            number.sum().alias("count"), number.filter("here").sum().alias("here")
        ),
        "delays": pl.concat(took, how="diagonal").select(
            "us", *(pl.col(stage).fill_null(0) for stage in STAGES)
        ),
    }


def came_in(pieces: pl.DataFrame) -> pl.DataFrame:
    """Return pieces that a client began as `returns.RETURNED`."""
    received = (pl.col("entered") & pl.col("queued")).alias("received")
    return pieces.filter("entered").with_columns(received).select(*returns.RETURNED)


def returns_of(over: pl.DataFrame, copies: pl.DataFrame, gifts: pl.DataFrame) -> Returns:
    """Return what mails that are over handed on, and which may be one come back."""
    nothing = returns.empty()
    handed = _handed(over, copies, gifts) if gifts.height else nothing.handed
    return replace(nothing, handed=handed, returned=came_in(over))


def _handed(over: pl.DataFrame, copies: pl.DataFrame, gifts: pl.DataFrame) -> pl.DataFrame:
    domain = _domain().alias("domain")
    sure = copies.filter(pl.col("copies") > 0).select("piece", "recipient", domain)
    rows = gifts.join(
        over.select("piece", "key", "since", "begun", "alike", "size"), on="piece"
    ).with_columns(domain)
    for name in ("recipient", "domain"):
        known = sure.select("piece", name, pl.lit(value=True).alias(f"sure_{name}")).unique()
        rows = rows.join(known, on=["piece", name], how="left", nulls_equal=True)
    named = pl.col("call").is_not_null()
    columns = {
        "rule": pl.when(named).then(returns.NAMED).otherwise(returns.ALIKE),
        "call": pl.when(named).then("call").when("here").then("alike"),
        "sure_recipient": pl.col("sure_recipient").fill_null(value=False),
        "sure_domain": pl.col("sure_domain").fill_null(value=False),
        "size": pl.col("size").fill_null(0),
    }
    return rows.select(
        *(columns.get(name, pl.col(name)).cast(dtype).alias(name) for name, dtype in returns.HANDED.items())
    )


def _put_off(over: pl.DataFrame, copies: pl.DataFrame) -> pl.DataFrame:
    """Return how many mails were deferred, and what came of their recipients: see `SUMS`.

    A piece with `behind` is one of which no end was seen, once all stretches are together: it waits.
    """
    pairs = copies.filter(pl.col("put_off") > 0).join(over.select("piece", "behind", "expired"), on="piece")
    open_ = ~pl.col("taken") & (pl.col("last") == DEFERRED)
    mails = pairs.group_by("piece").agg(
        pl.col("taken").all().alias("recovered"),
        (open_ & pl.col("behind") & ~pl.col("expired")).any().alias("still_deferred"),
    )
    counts = {
        "deferred": over.select((pl.col("deferrals") > 0).sum()).item(),
        "recovered": mails["recovered"].sum(),
        "still_deferred": mails["still_deferred"].sum(),
        "expired_recipients": pairs.select((open_ & pl.col("expired")).sum()).item(),
    }
    return pl.DataFrame({"what": list(counts), "deferred": list(counts.values())}, schema=SUMS["deferred"])
