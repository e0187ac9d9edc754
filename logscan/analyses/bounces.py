"""What failed or was put off: by cause, by provider, by domain. A fold: see model.fold.

In: tables of `model.bounces.CASES`, each mail whole in one of them. Out: groups in their final order.
Never: a recipient in two groups of one kind; what arrived after all among what did not.

A partial is the cases themselves, so merging is laying one behind the other; it grows with what failed, not with the log.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, timedelta, tzinfo
from typing import Final

import polars as pl

from logscan.model.bounces import CASES, FAILED, RECOVERED, WAITING, Daily, Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """Cases of a stretch of the logs, in order."""

    tables: tuple[pl.DataFrame, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Groups, the most recipients first. messages, recipients: of what failed or waits, each once."""

    by_cause: tuple[Group, ...]
    by_provider: tuple[Group, ...]
    by_domain: tuple[Group, ...]
    recovered: tuple[Group, ...]
    messages: int
    recipients: int
    per_day: tuple[Daily, ...] = ()


def empty() -> Partial:
    """Return the partial of no case."""
    return Partial()


def absorb(partial: Partial, batch: pl.DataFrame) -> Partial:
    """Return `partial` with one more table of cases."""
    return Partial(tables=(*partial.tables, batch)) if batch.height else partial


def merge(left: Partial, right: Partial) -> Partial:
    """Return two neighbouring stretches as one."""
    return Partial(tables=(*left.tables, *right.tables))


def finish(partial: Partial, zone: tzinfo = UTC) -> Answer:
    """Return the groups. zone: of days."""
    cases = pl.concat([pl.DataFrame(schema=CASES), *partial.tables])
    open_ = cases.filter(pl.col("outcome").is_in([FAILED, WAITING]))
    return Answer(
        by_cause=groups(open_, "cause"),
        by_provider=groups(open_, "provider"),
        by_domain=groups(open_, "domain"),
        recovered=groups(cases.filter(pl.col("outcome") == RECOVERED), "cause"),
        messages=open_["mail"].n_unique(),
        recipients=open_.height,
        per_day=_daily(open_, zone),
    )


def _daily(cases: pl.DataFrame, zone: tzinfo) -> tuple[Daily, ...]:
    """Return the causes of each local day, without a gap; what has no time is on no day."""
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    # By the minute first: there are few of them, and Polars has no zone without a name.
    minutes = cases.drop_nulls("last").group_by(pl.col("last").dt.truncate("1m"), "cause").len()
    for minute, cause, count in minutes.iter_rows():
        counts[minute.astimezone(zone).date()][cause] += count
    if not counts:
        return ()
    first, days = min(counts), (max(counts) - min(counts)).days + 1
    return tuple(
        Daily(day=day, causes=tuple(sorted(counts[day].items(), key=lambda one: (-one[1], one[0]))))
        for day in (first + timedelta(days=step) for step in range(days))
    )


_KIND: Final = ("cause", "nature", "fault")


def groups(cases: pl.DataFrame, key: str) -> tuple[Group, ...]:
    """Return the groups of `cases` by the column `key`, the most recipients first, then by name, no name last."""
    cases = cases.with_columns(pl.col(key).alias("key_"))
    sums = cases.group_by("key_").agg(
        pl.col("mail").n_unique().alias("messages"),
        pl.len().alias("recipients"),
        pl.col("deliveries").sum(),
        pl.col("domain").drop_nulls().n_unique().alias("domains"),
        pl.col("first").min(),
        pl.col("last").max(),
        (pl.col("outcome") == FAILED).sum().alias("failed"),
        (pl.col("outcome") == WAITING).sum().alias("waiting"),
    )
    kinds = cases.group_by("key_", *_KIND).len().sort("len", *_KIND, descending=[True, False, False, False])
    main = kinds.unique("key_", keep="first", maintain_order=True).select("key_", *_KIND)
    causes = cases.group_by("key_", "cause").len().sort("len", "cause", descending=[True, False])
    listed = causes.group_by("key_", maintain_order=True).agg(pl.struct("cause", "len").alias("causes"))
    table = (
        sums.join(main, on="key_", nulls_equal=True)
        .join(listed, on="key_", nulls_equal=True)
        .sort("recipients", "messages", "key_", descending=[True, True, False], nulls_last=True)
    )
    return tuple(
        Group(
            **{name: row[name] for name in _COLUMNS},
            key=row["key_"],
            causes=tuple((one["cause"], one["len"]) for one in row["causes"]),
        )
        for row in table.iter_rows(named=True)
    )


_COLUMNS: Final = (
    *_KIND, "messages", "recipients", "deliveries", "domains", "first", "last", "failed", "waiting",
)  # fmt: skip
