"""Accounts of ours in other hands, and forms that send for strangers. A fold: see model.fold.

In: mail by who handed it in (`model.bounces.ORIGINS`) and cases. Out: accounts, each with its statement. Never: an account
that sends much to addresses that exist: only guessed addresses give it away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from logscan.model.bounces import CASES, ORIGINS, Place, Statement
from logscan.model.vocabulary import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From how much on an account is named. All of it must hold."""

    recipients: int = 50  # it wrote to so many
    unknown: int = 10  # so many turned out not to exist before its mail was refused ...
    share: float = 0.1  # ... and in all this part of those whose servers did not refuse us altogether ...
    times: float = 3.0  # ... and so many times the part that all others' mail has, but that of other suspects
    networks: int = 3  # a login: from so many networks


#: Mails that are refused within this time are more than the one or two that every server sees now and then.
WAVE: Final = (3, timedelta(hours=1))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One that gave itself away.

    sort: as ORIGINS has it. unknown: its cases of recipients that do not exist, in order of time, as far as they were found
    out before it was refused. networks: from which it wrote, with mails, the most first. last: when the last of all its
    recipients turned out not to exist: its owner may write on when it is over.
    """

    statement: Statement
    sort: str
    unknown: pl.DataFrame
    networks: tuple[tuple[str, int], ...]
    last: datetime | None


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
        origins = (added(pl.concat(origins)).select(ORIGINS.names()),)
    return Partial(
        origins=origins, cases=tuple(table for table in (*left.cases, *right.cases) if table.height)
    )


#: Tables of origins that are kept before they are added up again.
_MANY: Final = 16
_KEYS: Final = ("sort", "name", "network", "sender")
_PLACE: Final = ("at_source", "at_block", "at_row")


def added(origins: pl.DataFrame) -> pl.DataFrame:
    """Return rows of ORIGINS added up by who, from where and as whom."""
    ordered = origins.sort("first", *_PLACE, nulls_last=True, maintain_order=True)
    return ordered.group_by(_KEYS, maintain_order=True).agg(
        pl.col("mails").sum(),
        pl.col("recipients").sum(),
        pl.col("first").min(),
        pl.col("last").max(),
        *(pl.col(name).first() for name in _PLACE),
    )


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
LOGIN: Final = "login"
LOCAL: Final = "local"
PROOFS: Final = 5
#: Lines that show who handed the mail in.
HANDED: Final = 2


def finish(partial: Partial, limits: Thresholds | None = None) -> tuple[Statement, ...]:
    """Return what is said of the accounts that gave themselves away, the one with most recipients first."""
    return tuple(one.statement for one in found(partial, limits))


def found(partial: Partial, limits: Thresholds | None = None) -> tuple[Account, ...]:
    """Return the accounts that gave themselves away, the one with most recipients first."""
    limits = limits or Thresholds()
    origins = added(pl.concat([pl.DataFrame(schema=ORIGINS), *partial.origins]))
    cases = pl.concat([pl.DataFrame(schema=CASES), *partial.cases])
    refused = cases.filter(pl.col("cause").is_in(REPUTATION))
    unknown = cases.filter(pl.col("cause") == Cause.USER_UNKNOWN.value)
    sums = (
        origins.group_by("sort", "name")
        .agg(
            pl.col("mails").sum(),
            pl.col("recipients").sum(),
            pl.col("network").drop_nulls().n_unique().alias("networks"),
            pl.col("sender").sort_by("mails", "sender", descending=[True, False]).first(),
        )
        .join(_counted(unknown, "unknown"), on=["sort", "name"], how="left")
        .join(_counted(refused, "refused"), on=["sort", "name"], how="left")
        .with_columns(pl.col("unknown", "refused").fill_null(0))
        .sort("recipients", "sort", "name", descending=[True, False, False])
    )
    rows = list(sums.iter_rows(named=True))
    suspects = [row for row in rows if _may(row, limits)]
    usual = _usual([row for row in rows if row not in suspects])
    suspects = [row for row in suspects if _share(row) >= limits.times * usual]
    made = []
    for row in suspects:
        own = (pl.col("origin") == row["sort"]) & (pl.col("origin_name") == row["name"])
        mine, before = _guessed(unknown.filter(own), refused.filter(own), refused, limits)
        if mine is not None:
            last = unknown.filter(own).select(pl.col("last").max()).item()
            made.append(_account(row, mine, before, last, origins))
    return tuple(made)


def _counted(cases: pl.DataFrame, name: str) -> pl.DataFrame:
    return cases.group_by(pl.col("origin").alias("sort"), pl.col("origin_name").alias("name")).agg(
        pl.len().cast(pl.Int64).alias(name)
    )


def _share(row: dict[str, Any]) -> float:
    """Return which part of its recipients does not exist, of those whose servers came to say so."""
    return row["unknown"] / max(1, row["recipients"] - row["refused"])  # type: ignore[no-any-return]


def _may(row: dict[str, Any], limits: Thresholds) -> bool:
    return (
        row["name"] is not None
        and row["recipients"] >= limits.recipients
        and row["unknown"] >= limits.unknown
        and _share(row) >= limits.share
        and (row["sort"] != LOGIN or row["networks"] >= limits.networks)
    )


def _usual(others: Sequence[dict[str, Any]]) -> float:
    """Return which part of the recipients of all others does not exist."""
    recipients = sum(row["recipients"] for row in others)
    return sum(row["unknown"] for row in others) / recipients if recipients else 0.0


def _guessed(
    unknown: pl.DataFrame, own: pl.DataFrame, refused: pl.DataFrame, limits: Thresholds
) -> tuple[pl.DataFrame | None, datetime | None]:
    """Return an account's cases of unknown recipients if they are many enough, and when refusals began after them.

    unknown, own: its unknown recipients and refused ones. refused: everybody's. They count until its own mail is refused: what is said afterwards may be an excuse. Refusals of others' mail are
    told where they begin after it, and leave it as it was.
    """
    mine = unknown.sort("first", "mail", "recipient", *_PLACE, nulls_last=True)
    told = wave(own)
    if told is not None:
        mine = mine.filter(pl.col("first") < told)
    if mine.height < limits.unknown:
        return None, None
    since = mine["first"].min()
    refusing = wave(refused.filter(pl.col("first") > since)) if told is None else told
    earlier = mine if refusing is None else mine.filter(pl.col("first") < refusing)
    if refusing is None or earlier.height < limits.unknown:
        return mine, None
    return earlier, refusing


def wave(refused: pl.DataFrame) -> datetime | None:
    """Return when mails began to be refused, several within an hour. refused: mail, first."""
    times = refused.group_by("mail").agg(pl.col("first").min()).get_column("first").drop_nulls().sort()
    enough, within = WAVE
    dense = times.filter((times.shift(1 - enough) - times <= within).fill_null(value=False))
    return dense.item(0) if dense.len() else None


def _account(
    row: dict[str, Any],
    mine: pl.DataFrame,
    refused: datetime | None,
    last: datetime | None,
    origins: pl.DataFrame,
) -> Account:
    own = origins.filter(pl.col("sort") == row["sort"], pl.col("name") == row["name"])
    since: datetime | None = mine.item(0, "first")
    kind = LOGIN if row["sort"] == LOGIN else "form"
    networks = own.drop_nulls("network").group_by("network").agg(pl.col("mails").sum())
    return Account(
        sort=row["sort"],
        unknown=mine,
        last=last,
        networks=tuple(networks.sort("mails", "network", descending=[True, False]).iter_rows()),
        statement=Statement(
            what=kind if refused is None else f"{kind}_refused",
            cause=Cause.ABUSE.value,
            scope={"users": (row["name"],)},
            since=since,
            values={
                "user": row["name"],
                "sender": row["sender"] or "",
                "mails": row["mails"],
                "recipients": row["recipients"],
                "unknown": mine.height,
                "networks": row["networks"],
            },
            places=(*_handed(own, since), *_places(mine, PROOFS)),
            before=refused,
        ),
    )


def _handed(own: pl.DataFrame, since: datetime | None) -> list[Place]:
    """Return where its first mails were handed in: from networks that are new, where some are."""
    ordered = own.sort("first", *_PLACE)
    new = ordered.filter(pl.col("last") >= since).sort(pl.col("first") < since, maintain_order=True)
    return _places(new if new.height else ordered, HANDED)


def _places(rows: pl.DataFrame, most: int) -> list[Place]:
    known = rows.filter(pl.col("at_row").is_not_null()).select(_PLACE).unique(maintain_order=True)
    return [(source, block, row) for source, block, row in known.head(most).iter_rows()]
