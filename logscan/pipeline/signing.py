"""How much of the mail that leaves is signed?

In: paths, settings, what a scan saw of signing. Out: `model.report.Signed`. Never: 0 per cent where nobody tells; a reading of
the logs that can tell nothing.

The mails are those of `trace --all`: one mail, however many queue IDs; mail that Postfix wrote itself is left out, and
so is that of the null sender.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from logscan.model.messages import Message
from logscan.model.report import Signed
from logscan.model.settings import Settings
from logscan.model.vocabulary import Family
from logscan.pipeline.mails.waiting import Lifetimes
from logscan.pipeline.scan import Answer
from logscan.pipeline.trace import Trace

_LOOPBACK: Final = re.compile(r"\[(?:127\.|::1\]|::ffff:127\.)", re.ASCII)
_ADDRESS: Final = re.compile(r"\[[0-9A-Fa-f:.]+\]:\d+$", re.ASCII)


def coverage(paths: Sequence[str], settings: Settings, signs: Mapping[str, int], *, heard: bool) -> Signed:
    """Return how many mails went to other hosts, and how many of them were signed.

    signs: how often a scan saw each of `analyses.blind.SIGNS`. heard: whether there is a line of opendkim.
    """
    if not signs.get("abroad"):
        return Signed(mails=0, why="none-sent")
    if not heard:
        return Signed(why="absent")
    if not signs.get("signed"):
        return Signed(why="silent")
    mails = signed = 0
    lifetimes = Lifetimes()
    trace = Trace(
        paths, settings, None, lifetime_s=lifetimes.mail.total_seconds(), lifetime_source=lifetimes.source
    )
    for message in trace.messages():
        if leaves(message):
            mails += 1
            signed += any(one.result == "signed" for one in message.dkim)
    return Signed(mails=mails, signed=signed) if mails else Signed(mails=0, why="none-sent")


def coverage_of(paths: Sequence[str], settings: Settings, answer: Answer) -> Signed:
    """Return the same, after a scan of these logs."""
    heard = any(source.families.get(Family.OPENDKIM.value) for source in answer.totals.sources.values())
    return coverage(paths, settings, answer.signs.signs, heard=heard)


def leaves(message: Message) -> bool:
    """Return whether another host has taken a mail that is not Postfix's own."""
    if message.internal is not None or not message.sender:
        return False
    return any(
        attempt.by == "smtp" and attempt.status == "sent" and _abroad(attempt.relay)
        for recipient in message.recipients
        for attempt in recipient.attempts
    )


def _abroad(relay: str | None) -> bool:
    return bool(relay and _ADDRESS.search(relay) and not _LOOPBACK.search(relay))
