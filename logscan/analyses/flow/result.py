"""The sums of all stretches, as tables in their final order.

In: a `Partial`, a zone. Out: `Answer`. Never: an order or a number that depends on how the logs were cut.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

import polars as pl

from logscan.analyses.flow import returns, sessions, threads
from logscan.analyses.flow.events import STAGES
from logscan.analyses.flow.fold import Partial
from logscan.model.flow import Delays, Encryption, Logins, Named, Period, Refusals, Sums, Top, Tracked

#: Clients that are named for each cause of refusals.
CLIENTS: Final = 20

_COLUMNS: Final = ("received", "delivered", "deferrals", "bounced", "rejected")
_SHARES: Final = {"p50": 50, "p90": 90, "p95": 95, "p98": 98, "max": 100}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """See `model.flow` for each.

    filtered: lines that hand mail to a filter which gave it back: at, number of recipients, bytes. unreturned: recipients
    handed to a program or a server of this machine of whom nothing came back: they count as delivered.
    untaken: mails that a client or pickup began and qmgr never took up, and where the first of them stands.
    merged: by action, lines that count with another one of their session, and where the first stands.
    """

    sums: Sums
    tracked: Tracked
    filtered: tuple[tuple[int, int, int], ...]
    unreturned: int
    untaken: tuple[int, int | None]
    merged: Mapping[str, tuple[int, int]]
    per_hour: tuple[Period, ...]
    per_day: tuple[Period, ...]
    top: Top
    rejects: tuple[Refusals, ...]
    tls: tuple[Encryption, ...]
    auth: tuple[Logins, ...]
    delays: tuple[Delays, ...]


def finish(partial: Partial, zone: tzinfo = UTC, top: int = 20) -> Answer:
    """Return the answer. zone: of hours and days. top: length of the lists of names."""
    closed = threads.closed(partial.threads)
    mails, sums = closed.sums, _with_unreturned(partial.sums, closed.sums)
    refusals = sessions.closed(partial.sessions)
    recipients, senders = _addresses(mails["recipients"]), _addresses(mails["senders"])
    domains = mails["domains"].drop_nulls("name").filter(pl.col("messages") > 0)
    sending = _sending(senders)
    minutes = _minutes(sums["lines"], mails["received"], refusals["minutes"])
    return Answer(
        sums=_totals(sums["lines"], mails, refusals, (senders, sending, recipients, domains)),
        tracked=_tracked(closed),
        filtered=tuple(closed.filtered.sort("at").iter_rows()),
        unreturned=int(mails["unreturned"]["here"].sum()),
        untaken=_untaken(mails["untaken"]),
        merged={action: (count, first) for action, count, first in refusals["merged"].iter_rows()},
        per_hour=_periods(minutes, zone, lambda t: t.replace(minute=0)),
        per_day=_periods(minutes, zone, lambda t: _midnight(t, zone)),
        top=Top(
            senders=_named(senders, top),
            recipients=_named(recipients, top),
            sending_domains=_named(sending, top),
            recipient_domains=_named(domains, top),
            clients=_named(mails["clients"].drop_nulls("name"), top),
        ),
        rejects=_rejects(refusals["causes"]),
        tls=_tls(sums["tls"]),
        auth=_auth(sums["auth"]),
        delays=tuple(_percentiles(stage, sums["delays"]) for stage in STAGES),
    )


def _with_unreturned(
    sums: Mapping[str, pl.DataFrame], mails: Mapping[str, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """Return the sums of lines with hand-overs from which nothing came back: those are deliveries."""
    lines = mails["unreturned"].select(pl.lit("delivered").alias("what"), "minute", "count")
    took = [
        mails["delays"]
        .select(pl.lit(name).alias("stage"), "us", pl.col(stage).alias("count"))
        .filter(pl.col("count") > 0)
        for name, stage in zip(STAGES, returns.STAGES, strict=True)
    ]
    delays = pl.concat([sums["delays"], *took]).group_by("stage", "us").agg(pl.col("count").sum())
    return {**sums, "lines": pl.concat([sums["lines"], lines]), "delays": delays}


def _totals(
    counted: pl.DataFrame,
    mails: Mapping[str, pl.DataFrame],
    refusals: Mapping[str, pl.DataFrame],
    names: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame],
) -> Sums:
    lines = _by(counted, "what")
    actions = _by(refusals["minutes"], "action")
    senders, sending, recipients, domains = names
    return Sums(
        received=int(mails["received"]["received"].sum()),
        **{name: lines[name] for name in ("delivered", "forwarded", "deferrals", "bounced", "expired", "canceled")},
        deferred=_of_deferred(mails["deferred"])["deferred"],
        rejected=actions[sessions.REJECTED],
        reject_warnings=actions["warned"],
        held=actions["held"],
        discarded=actions["discarded"],
        bytes_received=int(mails["received"]["bytes"].sum()),
        bytes_delivered=int(mails["recipients"]["bytes"].sum()),
        senders=senders.height,
        sending_domains=sending.height,
        recipients=recipients.height,
        recipient_domains=domains.height,
        **{name: lines[name] for name in ("reject_lines", "auth_failures", "connections")},
    )  # fmt: skip


def _of_deferred(table: pl.DataFrame) -> Counter[str]:
    return Counter(dict(table.iter_rows()))


def _tracked(closed: threads.Closed) -> Tracked:
    mails = closed.sums
    fates = _of_deferred(mails["deferred"])
    return Tracked(
        messages_real=int(mails["received"]["received"].sum()) - closed.back,
        filtered=int(closed.filtered["number"].sum()),
        internal=int(mails["internal"]["count"].sum()),
        **{name: fates[name] for name in ("recovered", "still_deferred", "expired_recipients")},
    )


def _untaken(table: pl.DataFrame) -> tuple[int, int | None]:
    return (int(table["count"].sum()), table["first"].min()) if table.height else (0, None)  # type: ignore[return-value]


def _by(table: pl.DataFrame, key: str) -> Counter[str]:
    return Counter(dict(table.group_by(key).agg(pl.col("count").sum()).iter_rows()))


# --- names ---------------------------------------------------------------------------------------


def _addresses(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table by address, the domain in lower case; the part before it may tell capitals apart."""
    name = pl.col("name")
    local, domain = name.str.extract("^(.*)@[^@]*$", 1), name.str.extract("@([^@]*)$", 1)
    written = pl.when(domain.is_not_null()).then(pl.format("{}@{}", local, domain.str.to_lowercase()))
    return (
        table.with_columns(pl.coalesce(written, name).alias("name"))
        .group_by("name")
        .agg(pl.exclude("name").sum())
        .filter(pl.col("messages") > 0)
    )


def _sending(senders: pl.DataFrame) -> pl.DataFrame:
    domain = pl.col("name").str.extract("@([^@]*)$", 1)
    named = senders.with_columns(domain.alias("name")).drop_nulls("name")
    return named.group_by("name").agg(pl.exclude("name").sum())


def _named(table: pl.DataFrame, top: int) -> tuple[Named, ...]:
    order = ["messages", "bytes", "recipients", "name"]
    rows = table.sort(order, descending=[True, True, True, False]).head(top)
    return tuple(
        Named(name=name, messages=messages, recipients=recipients, bytes=size)
        for name, messages, recipients, size in rows.select(
            "name", "messages", "recipients", "bytes"
        ).iter_rows()
    )


# --- hours and days ------------------------------------------------------------------------------


def _minutes(lines: pl.DataFrame, received: pl.DataFrame, refusals: pl.DataFrame) -> pl.DataFrame:
    counted = [
        lines.select("minute", "what", "count"),
        received.select("minute", pl.lit("received").alias("what"), pl.col("received").alias("count")),
        refusals.select("minute", pl.col("action").alias("what"), "count"),
    ]
    rows = pl.concat(counted).drop_nulls("minute")
    return rows.group_by("minute").agg(
        pl.col("count").filter(pl.col("what") == what).sum().alias(what) for what in _COLUMNS
    )


def _periods(
    minutes: pl.DataFrame, zone: tzinfo, begin: Callable[[datetime], datetime]
) -> tuple[Period, ...]:
    """Return what lies in each period, without those in which nothing came, went or was refused."""
    sums: dict[tuple[datetime, str], Counter[str]] = {}
    for minute, *counts in minutes.select("minute", *_COLUMNS).iter_rows():
        if any(counts):
            start = begin(datetime.fromtimestamp(minute * 60, UTC).astimezone(zone))
            # A clock that is put back shows an hour twice: only the offset tells one from the other.
            period = sums.setdefault((start.astimezone(UTC), start.isoformat()), Counter())
            period.update(dict(zip(_COLUMNS, counts, strict=True)))
    return tuple(
        Period(start=datetime.fromisoformat(written), **{name: period[name] for name in _COLUMNS})
        for (_, written), period in sorted(sums.items(), key=lambda item: item[0])
    )


def _midnight(time: datetime, zone: tzinfo) -> datetime:
    return datetime(time.year, time.month, time.day, tzinfo=zone)


# --- refusals, TLS, logins, delays ---------------------------------------------------------------


def _rejects(causes: pl.DataFrame) -> tuple[Refusals, ...]:
    order = causes.sort(["count", "client"], descending=[True, False], nulls_last=True)
    groups = order.group_by("cause", "stage").agg(
        pl.col("count").sum().alias("total"),
        pl.col("client").drop_nulls().n_unique().alias("clients"),
        pl.struct("client", "count").filter(pl.col("client").is_not_null()).head(CLIENTS).alias("top"),
    )
    return tuple(
        Refusals(
            cause=cause,
            stage=stage,
            count=total,
            clients=clients,
            top_clients=tuple((each["client"], each["count"]) for each in top),
        )
        for cause, stage, total, clients, top in groups.sort(
            ["total", "cause", "stage"], descending=[True, False, False], nulls_last=True
        ).iter_rows()
    )


def _tls(table: pl.DataFrame) -> tuple[Encryption, ...]:
    order = ["count", "level", "protocol", "direction"]
    rows = table.sort(order, descending=[True, False, False, False], nulls_last=True)
    return tuple(Encryption(**row) for row in rows.iter_rows(named=True))


def _auth(table: pl.DataFrame) -> tuple[Logins, ...]:
    rows = table.sort(["count", "client_ip", "user"], descending=[True, False, False], nulls_last=True)
    return tuple(Logins(**row) for row in rows.iter_rows(named=True))


def _percentiles(stage: str, delays: pl.DataFrame) -> Delays:
    """Return the smallest delays that so many per cent of the deliveries do not exceed: exact, from a value's counts."""
    mine = delays.filter(pl.col("stage") == stage).sort("us")
    count = int(mine["count"].sum())
    if not count:
        return Delays(stage=stage, count=0)
    reached = mine["count"].cum_sum()
    ranks = pl.Series([-(-count * share // 100) for share in _SHARES.values()])
    places = reached.search_sorted(ranks, side="left")
    values = mine["us"].gather(places).to_list()
    return Delays(
        stage=stage, count=count, **{name: us / 1e6 for name, us in zip(_SHARES, values, strict=True)}
    )
