"""What still waits: by the queue itself where it was given, else by the logs; and when it is given up.

In: cases, entries of the queue, how long mail is kept. Out: `model.bounces.Queued`. Never: a deadline where the arrival
is not known, or for mail on hold, which no time ends.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from logscan.model.bounces import QUEUED, WAITING, Deadline, Queued
from logscan.model.vocabulary import Direction, Family, Kind
from logscan.parsers.families.postfix import replies
from logscan.pipeline.lines.judged import Judge
from logscan.sources.postconf import kept, this_host
from logscan.sources.postqueue import Entry

#: maximal_backoff_time: Postfix looks at a mail's age when an attempt fails, and tries at least so often.
BACKOFF: Final = timedelta(seconds=4000)
#: maximal_queue_lifetime and bounce_queue_lifetime, as Postfix has them.
LIFETIME: Final = timedelta(days=5)
_REMOTE: Final = (
    r"^(?:delivery temporarily suspended: )?(?:connect to |host |lost connection with |conversation with "
    r"|Host or domain name not found|TLS is required|Cannot start TLS|Server certificate )"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long mail is kept, and that of the null sender.

    sources: default, option or postconf. backoff: the longest time between two attempts.
    """

    mail: timedelta = LIFETIME
    source: str = "default"
    bounce: timedelta = LIFETIME
    bounce_source: str = "default"
    backoff: timedelta = BACKOFF

    def deadline(self, sender: str | None, since: datetime | None, *, held: bool) -> Deadline | None:
        """Return when a mail that came at `since` is given up."""
        if since is None or held:
            return None
        lifetime, source = (self.bounce, self.bounce_source) if sender == "" else (self.mail, self.source)
        try:
            earliest = since + lifetime
            latest = earliest + self.backoff
        except OverflowError:
            return None
        return Deadline(earliest=earliest, latest=latest, lifetime_s=lifetime.total_seconds(), source=source)


def asked_here(lifetimes: Lifetimes, hosts: Collection[str]) -> Lifetimes:
    """Return what this host's Postfix says, where nobody else said it and the logs are this host's, and no other's."""
    names = {host.partition(".")[0] for host in hosts}
    if lifetimes.source != "default" or names != {this_host()} or (said := kept()) is None:
        return lifetimes
    mine = replace(lifetimes, mail=said.mail, source="postconf", backoff=said.backoff)
    return (
        replace(mine, bounce=said.bounce, bounce_source="postconf")
        if mine.bounce_source == "default"
        else mine
    )


def by_log(cases: pl.DataFrame, lifetimes: Lifetimes) -> tuple[Queued, ...]:
    """Return what the logs leave in the queue, the oldest first."""
    waiting = cases.filter(pl.col("outcome").is_in([WAITING, QUEUED]))
    rows = waiting.sort("received", "queue_id", "recipient", nulls_last=False).iter_rows(named=True)
    return tuple(_logged(row, lifetimes) for row in rows)


def _logged(row: dict[str, Any], lifetimes: Lifetimes) -> Queued:
    since = None if row["cut"] else row["received"]
    tried = row["outcome"] == WAITING
    return Queued(
        queue_id=row["queue_id"],
        sender=row["sender"],
        recipient=row["recipient"],
        since=since,
        attempts=row["deliveries"],
        last_reply=row["reply"] if tried else None,
        cause=row["cause"] if tried else None,
        bounces_at=lifetimes.deadline(row["sender"], since, held=row["held"]),
        source="log",
        held=row["held"],
    )


def by_queue(
    entries: Sequence[Entry], cases: pl.DataFrame, judge: Judge, lifetimes: Lifetimes
) -> tuple[Queued, ...]:
    """Return what the queue holds, the oldest first; how often it was tried is told by the logs where they have it."""
    tried = {
        (row[0], (row[1] or "").lower()): row[2]
        for row in cases.select("queue_id", "recipient", "deliveries").iter_rows()
    }
    reasons = sorted({why for entry in entries for _, why in entry.recipients if why})
    causes = dict(zip(reasons, _causes(reasons, judge), strict=True))
    found = [
        Queued(
            queue_id=entry.queue_id,
            sender="" if entry.sender in ("", "MAILER-DAEMON") else entry.sender,
            recipient=address,
            since=entry.arrival,
            attempts=tried.get((entry.queue_id, address.lower())),
            last_reply=why,
            cause=causes.get(why) if why else None,
            bounces_at=lifetimes.deadline(
                "" if entry.sender == "MAILER-DAEMON" else entry.sender, entry.arrival, held=entry.held
            ),
            source="queue",
            held=entry.held,
        )
        for entry in entries
        for address, why in entry.recipients
    ]
    return tuple(sorted(found, key=lambda one: (_age(one.since), one.queue_id, one.recipient or "")))


def _age(since: datetime | None) -> float:
    return since.timestamp() if since is not None else 0.0


def _causes(reasons: Sequence[str], judge: Judge) -> list[str | None]:
    """Return the cause of each delay_reason, which is what the last deferral's line had in its parentheses."""
    if not reasons:
        return []
    rows = replies.refused(pl.DataFrame({"reason": list(reasons)}))
    remote = pl.col("reason").str.contains(_REMOTE)
    code = pl.col("reply").str.extract(replies.ENHANCED, 1)
    rows = rows.with_columns(
        pl.lit(Family.POSTFIX.value).alias("family"),
        pl.lit(Kind.DELIVERY.value).alias("kind"),
        pl.lit("deferred").alias("status"),
        pl.when(remote)
        .then(pl.lit(Direction.OUTBOUND.value))
        .otherwise(pl.lit(Direction.LOCAL.value))
        .alias("direction"),
        pl.when(remote).then(pl.lit("smtp")).otherwise(pl.lit("local")).alias("daemon"),
        code.alias("dsn"),
    )
    return judge.ruled(rows)["cause"].to_list()
