"""A nightly report made by hand, around the report of `made`."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

from logscan.app.drawing import report_words
from logscan.model.bounces import Bounces, Group, Queued
from logscan.model.findings import Report
from logscan.model.flow import Delays, Encryption, Flow, Logins, Named, Sums, Top, Tracked
from logscan.model.messages import Searched
from logscan.model.outages import Limits, Outage, OutageReport, Rhythm
from logscan.model.report import (
    BEFORE,
    WEEKDAY,
    YELLOW,
    Change,
    Compared,
    Nightly,
    Past,
    Rule,
    Signed,
    Stretch,
)
from logscan.reports import report_markdown, report_text
from logscan.reports.paper import Paper
from logscan.reports.report_words import Voice
from tests.unit.reports import made

SINCE = datetime(2026, 11, 24, tzinfo=UTC)
DAY = timedelta(days=1)
PERIOD = Stretch(since=SINCE, until=SINCE + DAY)
MONDAY = Stretch(since=SINCE - DAY, until=SINCE)
LAST_WEEK = Stretch(since=SINCE - 7 * DAY, until=SINCE - 6 * DAY)

SUMS = replace(
    Sums(**{field.name: 0 for field in fields(Sums)}), received=434, delivered=591, bounced=48, auth_failures=9, bytes_received=1_800_000
)  # fmt: skip
NONE = Tracked(**{field.name: 0 for field in fields(Tracked)})
GROUP = Group(
    key="example.net", cause="mailbox-full", nature="soft", fault="recipient", messages=3, recipients=4, deliveries=5, domains=1,
    first=made.FIRST, last=made.LAST, failed=3, waiting=1, causes=(("mailbox-full", 4),),
)  # fmt: skip
WAITING = Queued(
    queue_id="4F1A2B3C4D", sender="a@example.org", recipient="b@example.net", since=made.FIRST, attempts=2, last_reply="452 full",
    cause="mailbox-full", bounces_at=None, source="log",
)  # fmt: skip
OUTAGE = Outage(
    id="1", service="domain example.net", kind="destination", begin=made.FIRST, last=made.LAST, end=None, ongoing=True, duration_s=90.0,
    failures=4, requests_failed=4, clients=None, succeeded=0, rules=("site.frobnicator",), cause="mailbox-full", end_reason="log-ends",
)  # fmt: skip
RHYTHM = Rhythm(
    service="domain example.net", kind="destination", outages=1, mean_between_s=None, mean_duration_s=None, pattern="few", chance=None,
    period_s=None, spread_s=None, at=None, hours=(0,) * 24, weekdays=(0,) * 7, follows=None, last=made.FIRST, next_expected=None,
)  # fmt: skip
CHANGE = Change(
    kind="worse", against=BEFORE, subject="cause", key="mailbox-full", title="mailbox-full", before=1.5, now=4
)


def night(scan: Report = made.REPORT, **other: Any) -> Nightly:
    """Return a report around what a scan says."""
    flow = Flow(
        read=scan, sums=SUMS, tracked=replace(NONE, recovered=2), per_hour=(), per_day=(),
        top=Top(senders=(Named(name="a@example.org", messages=3, recipients=4, bytes=5000),)), rejects=(),
        tls=(Encryption(level="Trusted", protocol="TLSv1.3", count=7, direction="outbound"),),
        auth=(Logins(client_ip="203.0.113.7", user="root", count=8), Logins(client_ip=None, user=None, count=1)),
        delays=(Delays(stage="total", count=591, p50=0.5, p90=1.0, p95=2.25, p98=3.0, max=105.0),),
    )  # fmt: skip
    bounces = Bounces(
        by_cause=(replace(GROUP, key="mailbox-full"),), by_provider=(), by_domain=(GROUP,), recovered=(), still_queued=(WAITING,),
        blast_radius=(), messages=3, recipients=4, inputs=scan.inputs,
        searched=Searched(files=("mail.log",), lines=20, first=made.FIRST, last=made.LAST), problems=(), assumptions=scan.assumptions,
        as_of=scan.as_of,
    )  # fmt: skip
    values: dict[str, Any] = {
        "period": PERIOD, "length": "day", "light": YELLOW, "flow": flow, "bounces": bounces,
        "outages": OutageReport(scanned=scan, outages=(OUTAGE,), rhythms=(RHYTHM,), rates=(), roots=(), limits=Limits()),
        "compared_to": (
            Compared(against=BEFORE, asked=(MONDAY,), periods=(MONDAY,)),
            Compared(against=WEEKDAY, asked=(LAST_WEEK,) * 4, periods=(LAST_WEEK,), missing=("apache-error",)),
        ),
        "changes": (CHANGE, replace(CHANGE, against=WEEKDAY)), "signed": Signed(mails=8, signed=7), "rule": Rule(),
        "logs": (SINCE - 30 * DAY, SINCE + 2 * DAY), "generated": made.LAST + DAY, "elapsed_s": 1.25,
        "before": Past(period=MONDAY, sums=replace(SUMS, received=400)), "weekday": (Past(period=LAST_WEEK, sums=SUMS),) * 2,
    }  # fmt: skip
    return Nightly(**(values | other))


def voice(report: Nightly, lang: str = "en") -> Voice:
    return report_words(report, lang)


def text(report: Nightly, *, lang: str = "en", verbose: bool = False, quiet: bool = False) -> str:
    stream = StringIO()
    report_text.write(
        report,
        Paper(stream, color="never", width=report_text.WIDTH),
        voice(report, lang),
        verbose=verbose,
        quiet=quiet,
    )
    return stream.getvalue()


def markdown(report: Nightly, *, lang: str = "en", verbose: bool = False, quiet: bool = False) -> str:
    return report_markdown.page(report, voice(report, lang), verbose=verbose, quiet=quiet)
