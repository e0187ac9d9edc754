"""Accounts of ours in other hands, and forms that send for strangers. A fold: see model.fold.

In: mail by who handed it in (`model.bounces.ORIGINS`) and cases. Out: statements. Never: an account that sends much to
addresses that exist: only guessed addresses give it away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import polars as pl

from logscan.model.bounces import CASES, ORIGINS, Statement
from logscan.model.vocabulary import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From how much on an account is named. All of it must hold."""

    recipients: int = 50  # it wrote to so many
    unknown: int = 10  # of whom so many do not exist ...
    share: float = (
        0.1  # ... which is this part of those that it wrote to before anybody refused us for it ...
    )
    times: float = 3.0  # ... and so many times the part that all others' mail has
    networks: int = 3  # a login: from so many networks


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Who handed mail in, and the cases of the same mails."""

    origins: pl.DataFrame
    cases: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """Of a stretch of the logs, in order."""

    origins: tuple[pl.DataFrame, ...] = ()
    cases: tuple[pl.DataFrame, ...] = ()


def empty() -> Partial:
    """Return the partial of no mail."""
    return Partial()


def absorb(partial: Partial, batch: Batch) -> Partial:
    """Return `partial` with one more batch."""
    return merge(partial, Partial(origins=(batch.origins,), cases=(batch.cases,)))


def merge(left: Partial, right: Partial) -> Partial:
    """Return two neighbouring stretches as one."""
    origins = tuple(table for table in (*left.origins, *right.origins) if table.height)
    if len(origins) > _MANY:
        origins = (_added(pl.concat(origins)),)
    return Partial(
        origins=origins, cases=tuple(table for table in (*left.cases, *right.cases) if table.height)
    )


#: Tables of origins that are kept before they are added up again.
_MANY: Final = 16
_KEYS: Final = ("sort", "name", "network", "sender")


def _added(origins: pl.DataFrame) -> pl.DataFrame:
    sums = origins.group_by(_KEYS).agg(
        pl.col("mails").sum(), pl.col("recipients").sum(), pl.col("first").min(), pl.col("last").max()
    )
    return sums.select(ORIGINS.names())


#: What a receiver does when it has had enough of us.
REPUTATION: Final = tuple(
    cause.value
    for cause in (
        Cause.IP_BLOCKLISTED,
        Cause.IP_REPUTATION,
        Cause.RATE_LIMITED,
        Cause.SPAM_CONTENT,
        Cause.ABUSE,
    )
)


def finish(partial: Partial, limits: Thresholds | None = None) -> tuple[Statement, ...]:
    """Return the accounts that gave themselves away, the one with most recipients first."""
    limits = limits or Thresholds()
    origins = _added(pl.concat([pl.DataFrame(schema=ORIGINS), *partial.origins]))
    cases = pl.concat([pl.DataFrame(schema=CASES), *partial.cases])
    refused: datetime | None = (
        cases.filter(pl.col("cause").is_in(REPUTATION)).select(pl.col("first").min()).item()
    )
    unknown = cases.filter(pl.col("cause") == Cause.USER_UNKNOWN.value)
    if refused is not None:
        unknown = unknown.filter(pl.col("first") < refused)
    sums = (
        origins.group_by("sort", "name")
        .agg(
            pl.col("mails").sum(),
            pl.col("recipients").sum(),
            pl.col("network").drop_nulls().n_unique().alias("networks"),
            pl.col("first").min(),
            pl.col("sender").sort_by("mails", "sender", descending=[True, False]).first(),
        )
        .join(_counted(unknown), on=["sort", "name"], how="left")
        .with_columns(pl.col("unknown").fill_null(0))
        .sort("recipients", "sort", "name", descending=[True, False, False])
    )
    rows = list(sums.iter_rows(named=True))
    everybody, strangers = sum(row["recipients"] for row in rows), sum(row["unknown"] for row in rows)
    return tuple(
        _statement(row, unknown, refused)
        for row in rows
        if _stands_out(row, limits, everybody - row["recipients"], strangers - row["unknown"])
    )


def _counted(unknown: pl.DataFrame) -> pl.DataFrame:
    return unknown.group_by(pl.col("origin").alias("sort"), pl.col("origin_name").alias("name")).agg(
        pl.len().cast(pl.Int64).alias("unknown")
    )


def _stands_out(row: dict[str, Any], limits: Thresholds, others: int, others_unknown: int) -> bool:
    share = row["unknown"] / row["recipients"] if row["recipients"] else 0.0
    usual = others_unknown / others if others else 0.0
    return (
        row["name"] is not None
        and row["recipients"] >= limits.recipients
        and row["unknown"] >= limits.unknown
        and share >= limits.share
        and share >= limits.times * usual
        and (row["sort"] != LOGIN or row["networks"] >= limits.networks)
    )


LOGIN: Final = "login"
PROOFS: Final = 5


def _statement(row: dict[str, Any], unknown: pl.DataFrame, refused: datetime | None) -> Statement:
    mine = unknown.filter(pl.col("origin") == row["sort"], pl.col("origin_name") == row["name"])
    since: datetime | None = mine.select(pl.col("first").min()).item()
    lines = mine.sort("first", "mail", "recipient").filter(pl.col("at_row").is_not_null())
    places = lines.select("at_source", "at_block", "at_row").unique(maintain_order=True).head(PROOFS)
    what = "login" if row["sort"] == LOGIN else "form"
    return Statement(
        what=what if refused is None else f"{what}_refused",
        cause=Cause.ABUSE.value,
        scope={"users": (row["name"],)},
        since=since,
        values={
            "user": row["name"],
            "sender": row["sender"] or "",
            "mails": row["mails"],
            "recipients": row["recipients"],
            "unknown": row["unknown"],
            "networks": row["networks"],
        },
        places=tuple((source, block, line) for source, block, line in places.iter_rows()),
        before=refused,
    )
