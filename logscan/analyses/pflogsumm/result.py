"""The numbers that pflogsumm would print, from what it remembers.

In: a `Partial`, the month and year that it takes for the present. Out: `Summary`, every list in its order.
Never: a sum in another order than its own where that changes the last digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import polars as pl

from logscan.analyses.pflogsumm.fold import Partial
from logscan.analyses.pflogsumm.lines import NOBODY, RECEIVING, SENDING, fold_domain
from logscan.model.pflogsumm import COLUMNS, Delivered, Share, Summary

#: What is counted -> the column of its tables by hour and day.
_COLUMN: Final = {
    "received": 0,
    "delivered": 1,
    "deferred": 2,
    "bounced": 3,
    **dict.fromkeys(("rejected", "late", "warned", "held", "discarded"), 4),
}
_ON: Final = ["token", "turn"]


def finish(partial: Partial, now: datetime, version: str = "1.1.5") -> Summary:
    """Return the summary. now: decides which year a month lies in, as it does there: by the clock, not by the log."""
    events = partial.events.sort("token", "at").with_columns(_turn(version).alias("turn"))
    sizes = _sizes(events)
    received = _registered(events, version)
    sent = _sent(events, sizes, version)
    counts = dict(partial.hours.group_by("what").agg(pl.col("count").sum()).iter_rows())
    domains = _by_domain(events, sent, version)
    sending = _shares(received.with_columns(pl.col("domain").alias("name")))
    senders, recipients = _shares(received), _shares(sent)
    totals = _totals(counts, events, version) | {
        "bytes received": int(received["number"].sum()),
        "bytes delivered": int(sent["number"].sum()),
        "senders": len(senders),
        "sending hosts/domains": len(sending),
        "recipients": len(recipients),
        "recipient hosts/domains": sum(domain.sent > 0 for domain in domains),
    }
    day_count, days = _days(partial.runs, now)
    return Summary(
        version=version,
        totals=totals,
        day_count=day_count,
        hours=_hours(partial.hours),
        days=days,
        recipient_domains=domains,
        sending_domains=sending,
        senders=senders,
        recipients=recipients,
        unsized=_unsized(sent),
    )


# --- queue IDs -----------------------------------------------------------------------------------


def _turn(version: str) -> pl.Expr:
    """Return which use of its queue ID an event belongs to: 1.1.5 never forgets one, 1.3.0 does."""
    if version == "1.1.5":
        return pl.lit(0, pl.Int64)
    # Whether a check refuses, holds or discards: cleanup's lines have no client, and forget the ID.
    forget = pl.col("what").is_in(["removed", "forwarded", "canceled", "late"]) | _checked()
    return forget.shift(1).fill_null(value=False).cum_sum().over("token").cast(pl.Int64)


def _checked() -> pl.Expr:
    """Return whether a line is a check's of cleanup: those have a queue ID, and smtpd's are `late` then."""
    return pl.col("what").is_in(["rejected", "held", "discarded"]) & (pl.col("token") != "NOQUEUE")


def _sizes(events: pl.DataFrame) -> pl.DataFrame:
    """Return token, turn, at, number of the first size that is not 0: later ones are not looked at."""
    told = events.filter((pl.col("what") == "sized") & (pl.col("number") > 0))
    return told.unique(_ON, keep="first", maintain_order=True).select(*_ON, "at", "number")


def _registered(events: pl.DataFrame, version: str) -> pl.DataFrame:
    """Return name, domain, number of the mails that count as received with a sender."""
    until = _sizes(events).select(*_ON, pl.col("at").alias("until"))
    rows = events.filter(pl.col("what").is_in(["received", "sized"])).join(until, on=_ON, how="left")
    rows = rows.filter(pl.col("until").is_null() | (pl.col("at") <= pl.col("until"))).sort("token", "at")
    before = pl.when(pl.col("what").shift(1) == "received").then(pl.col("name").shift(1)).over(_ON)
    told = pl.when(pl.col("name") != NOBODY).then(pl.col("name").str.extract(SENDING, 1))
    origin = rows.with_columns(before.alias("origin")).filter(
        (pl.col("what") == "sized") & pl.col("origin").is_not_null() & ~pl.col("origin").is_in(["", "0"])
    )
    # Without a domain of the sender's, the client's, and for pickup the sender itself.
    local = pl.when(pl.col("origin") == "pickup").then("name").otherwise("origin")
    domain = pl.coalesce(told, local)
    return origin.select(
        "name", (domain if version == "1.1.5" else fold_domain(domain)).alias("domain"), "number"
    )


def _sent(events: pl.DataFrame, sizes: pl.DataFrame, version: str) -> pl.DataFrame:
    """Return the deliveries with their mail's size, 0 where it was not told before them."""
    sized = sizes.select(*_ON, pl.col("at").alias("since"), pl.col("number").alias("size"))
    rows = events.filter(pl.col("what") == "delivered").join(sized, on=_ON, how="left")
    known = (pl.col("since") < pl.col("at")).fill_null(value=False)
    return rows.with_columns(
        known.alias("known"), pl.when(known).then("size").otherwise(0).alias("number"), _domain(version)
    ).sort("at")


def _domain(version: str) -> pl.Expr:
    domain = pl.col("name").str.replace(RECEIVING, "")
    return (domain if version == "1.1.5" else fold_domain(domain)).alias("domain")


def _unsized(sent: pl.DataFrame) -> tuple[tuple[str, str], ...]:
    rows = sent.filter(~pl.col("known")).unique("token", keep="last").select("token", "name")
    return tuple(sorted(rows.iter_rows()))


# --- totals and tables ---------------------------------------------------------------------------


def _totals(counts: Mapping[str, int], events: pl.DataFrame, version: str) -> dict[str, int]:
    def count(what: str) -> int:
        return counts.get(what, 0)

    deferred = events.filter(pl.col("what") == "deferred")
    totals = {
        "received": count("received"),
        "delivered": count("delivered"),
        "forwarded": count("forwarded"),
        "deferred": deferred["token"].n_unique(),
        "deferrals": count("deferred"),
        "bounced": count("bounced"),
        "rejected": count("rejected") + count("late"),
        "reject warnings": count("warned"),
        "held": count("held"),
        "discarded": count("discarded"),
    }
    if version != "1.1.5":
        checks = events.filter((pl.col("what") == "rejected") & _checked()).height
        totals["received"] -= count("canceled") + count("late") + checks + _orphans(events)
        totals |= {"removed (canceled)": count("canceled"), "expired": count("expired")}
    return totals


def _orphans(events: pl.DataFrame) -> int:
    """Return the IDs that are remembered at the end without a size; none where no size was told at all."""
    if not (events["what"] == "sized").any():
        return 0
    met = pl.col("what").is_in(["received", "sized", "delivered"])
    last = pl.col("turn") == pl.col("turn").max().over("token")
    forgets = pl.col("what").is_in(["removed", "forwarded", "canceled", "late"]) | _checked()
    open_ = events.group_by(_ON).agg(
        met.any().alias("met"),
        (pl.col("what") == "sized").any().alias("sized"),
        forgets.any().alias("forgotten"),
    )
    return open_.filter(last & pl.col("met") & ~pl.col("sized") & ~pl.col("forgotten")).height


def _shares(rows: pl.DataFrame) -> tuple[Share, ...]:
    """Return messages and bytes by name: messages, then bytes, descending, then the name."""
    table = (
        rows.drop_nulls("name")
        .group_by("name")
        .agg(pl.len().cast(pl.Int64).alias("messages"), pl.col("number").sum().alias("bytes"))
        .sort(["messages", "bytes", "name"], descending=[True, True, False])
    )
    return tuple(Share(name=n, messages=m, bytes=b) for n, m, b in table.iter_rows())


def _by_domain(events: pl.DataFrame, sent: pl.DataFrame, version: str) -> tuple[Delivered, ...]:
    deferred = events.filter(pl.col("what") == "deferred").with_columns(_domain(version))
    columns = ("domain", "what", "number", "delay", "at")
    both = pl.concat(
        [sent.select(columns), deferred.with_columns(pl.lit(0, pl.Int64).alias("number")).select(columns)]
    )
    is_sent = pl.col("what") == "delivered"
    table = (
        both.sort("at")
        .group_by("domain", maintain_order=True)
        .agg(
            is_sent.sum().cast(pl.Int64).alias("sent"),
            pl.col("number").sum().alias("bytes"),
            (~is_sent).sum().cast(pl.Int64).alias("deferrals"),
            # One after the other, as it adds them up; another order may end in another last digit.
            pl.col("delay").filter(is_sent).cum_sum().last().fill_null(0.0).alias("sum"),
            pl.col("delay").max().alias("longest"),
        )
        .sort(["sent", "bytes", "domain"], descending=[True, True, False])
    )
    return tuple(
        Delivered(
            name=name,
            sent=count,
            bytes=size,
            deferrals=deferrals,
            mean=total / count if count else 0.0,
            longest=longest,
        )
        for name, count, size, deferrals, total, longest in table.iter_rows()
    )


# --- hours and days ------------------------------------------------------------------------------


def _hours(table: pl.DataFrame) -> tuple[tuple[int, ...], ...]:
    rows = [[0] * len(COLUMNS) for _ in range(24)]
    for hour, what, count in table.iter_rows():
        if what in _COLUMN and hour < 24:
            rows[hour][_COLUMN[what]] += count
    return tuple(map(tuple, rows))


def _days(runs: pl.DataFrame, now: datetime) -> tuple[int, dict[tuple[int, int, int], tuple[int, ...]]]:
    numbered = runs.with_columns(pl.col("day").rle_id().alias("run"))
    heads = numbered.group_by("run").agg(pl.col("month", "day").first()).sort("run")
    named = {run: (_year(month, now), month, day) for run, month, day in heads.iter_rows()}
    days: dict[tuple[int, int, int], list[int]] = {}
    for run, what, count in numbered.select("run", "what", "count").drop_nulls("what").iter_rows():
        if what in _COLUMN:
            row = days.setdefault(named[run], [])
            row += [0] * (_COLUMN[what] + 1 - len(row))
            row[_COLUMN[what]] += count
    return len(named), {day: tuple(days[day]) for day in sorted(days)}


def _year(month: int, now: datetime) -> int:
    return now.year - 1 if month > now.month - 1 else now.year
