"""What a mail says besides its report: its subject, what could not be sent before, why it comes at all.

In: `Nightly`, phrases. Out: plain strings. Never: escapes (that is the form's business); a host's name without an end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from logscan.model.report import Nightly
from logscan.reports import report_words as say
from logscan.reports.wording import Wording

#: Hosts that a subject names, and characters of each.
HOSTS: Final = 2
CHARACTERS: Final = 60
#: Reports that could not be sent, each with its reason.
NAMED: Final = 5


def subject(report: Nightly, words: Wording, *, here: str) -> str:
    """Return the verdict with host and day. here: this machine's name, for logs that name none."""
    return words.say(
        "mail_subject",
        light=say.light(report, words),
        host=_hosts(report.scan.totals.hosts or (here,), words),
        period=say.period(report.period, words, briefly=True),
        verdict=say.verdict(report, words),
    )


def _hosts(hosts: Sequence[str], words: Wording) -> str:
    named = words.say("comma").join(host[:CHARACTERS] for host in hosts[:HOSTS])
    more = len(hosts) - HOSTS
    return words.say("mail_hosts_more", hosts=named, count=more) if more > 0 else named


def unsent(kept: Sequence[tuple[datetime, str]], words: Wording) -> str:
    """Return which reports could not be sent. kept: when, and why."""
    said = [
        words.say("mail_unsent_item", time=words.clock(at)[:16], reason=reason)
        for at, reason in kept[-NAMED:]
    ]
    if len(kept) > NAMED:
        said.append(words.say("mail_unsent_more", count=len(kept) - NAMED))
    listed = words.say("comma").join(said)
    return words.say("mail_unsent_one" if len(kept) == 1 else "mail_unsent", count=len(kept), list=listed)


def other_road(road: str, reason: str, words: Wording) -> str:
    """Return that the first road failed."""
    return words.say("mail_other_road", road=road, reason=reason)


def alive(last: datetime | None, only_if: str, words: Wording) -> str:
    """Return why a mail comes that has nothing to tell. last: when the last one was sent."""
    if last is None:
        return words.say("mail_alive_first", only_if=only_if)
    return words.say("mail_alive", only_if=only_if, time=words.clock(last)[:16])
