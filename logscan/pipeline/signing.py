"""How much of the mail that leaves is signed?

In: mails as tables, with what OpenDKIM says of them; what a scan saw of signing. Out: `model.report.Signed`. Never: 0 per cent
where nobody tells; a mail that Postfix wrote itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from logscan.model.report import Signed
from logscan.model.vocabulary import Family, Kind
from logscan.pipeline.scan import Answer
from logscan.tracking import mail
from logscan.tracking.mail import Mail

_LOOPBACK: Final = r"\[(?:127\.|::1\]|::ffff:127\.)"
_ADDRESS: Final = r"\[[0-9A-Fa-f:.]+\]:\d+$"
_PROBED: Final = ("deliverable", "undeliverable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """mails: that another host took. signed: of these."""

    mails: int = 0
    signed: int = 0

    def and_(self, other: Count) -> Count:
        """Return the sum of both."""
        return Count(mails=self.mails + other.mails, signed=self.signed + other.signed)


@dataclass(slots=True)
class Counting:
    """Counts mails as they come to their end; see `bounces.Taking`."""

    count: Count = field(default_factory=Count)

    def take(self, done: Mail) -> None:
        """Count mails."""
        self.count = self.count.and_(counted(done))

    def close(self, left: mail.Partial) -> None:
        """Count the mails that were not over when the logs were."""
        self.take(mail.finish(left))


def coverage(count: Count, signs: Mapping[str, int], *, heard: bool) -> Signed:
    """Return how many mails went to other hosts, and how many of them were signed.

    signs: how often a scan saw each of `analyses.blind.SIGNS`. heard: whether there is a line of opendkim.
    """
    if not signs.get("abroad"):
        return Signed(mails=0, why="none-sent")
    if not heard:
        return Signed(why="absent")
    if not signs.get("signed"):
        return Signed(why="silent")
    return Signed(mails=count.mails, signed=count.signed) if count.mails else Signed(mails=0, why="none-sent")


def coverage_of(count: Count, answer: Answer) -> Signed:
    """Return the same, after a scan of the same logs."""
    heard = any(source.families.get(Family.OPENDKIM.value) for source in answer.totals.sources.values())
    return coverage(count, answer.signs.signs, heard=heard)


def counted(done: Mail) -> Count:
    """Count the mails that another host has taken and that are not Postfix's own; of several queue IDs each once."""
    rows = done.rows.join(done.threads.select("thread", "root"), on="thread")
    kind = pl.col("kind")
    abroad = pl.col("relay").str.contains(_ADDRESS) & ~pl.col("relay").str.contains(_LOOPBACK)
    out = (kind == Kind.DELIVERY.value) & (pl.col("status") == "sent") & abroad
    left = rows.filter(out & pl.col("program").str.contains(r"(?:^|/)smtp$"))["root"].unique()
    mine = rows.filter(pl.col("root").is_in(left.implode()))
    notices = done.links.filter(pl.col("what") == "notice")["child"].implode()
    spoken = done.threads.filter("mail")["root"].implode()
    first = mine.filter(pl.col("thread") == pl.col("root")).sort("root", "when", "at")
    # What qmgr says of the sender goes before what pickup and cleanup say.
    qmgr = pl.col("sender").filter(pl.col("kind") == Kind.QUEUED.value).drop_nulls().first()
    senders = first.group_by("root").agg(
        pl.coalesce(qmgr, pl.col("sender").drop_nulls().first()).alias("sender"),
        (pl.col("kind") == Kind.CLIENT.value).any().alias("client"),
    )
    facts = mine.group_by("root").agg(
        (pl.col("kind") == Kind.DKIM_SIGNED.value).any().alias("signed"),
        pl.col("status").is_in(_PROBED).any().alias("probe"),
    )
    own = (pl.col("sender").fill_null("") == "") | (
        ~pl.col("client") & pl.col("sender").str.starts_with("double-bounce@")
    )
    ours = facts.join(senders, on="root").filter(
        ~own, ~pl.col("probe"), ~pl.col("root").is_in(notices), pl.col("root").is_in(spoken)
    )
    return Count(mails=ours.height, signed=int(ours["signed"].sum()))
