"""Which charts a nightly report has, and of which of its numbers.

In: `Nightly`, phrases with those of `charts` and `causes`. Out: the data of charts. Never: a number that the report's tables do not
have; matplotlib (that is reports.charts).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from logscan.model.baseline import Baseline
from logscan.model.bounces import Bounces
from logscan.model.findings import Totals
from logscan.model.flow import Delays, Flow, Period
from logscan.model.outages import OutageReport
from logscan.model.report import Nightly, Stretch
from logscan.reports.charts import telling
from logscan.reports.charts.data import Causes, Coverage, Data, Series, Signed, Stage, Stages, Traffic, Week
from logscan.reports.wording import Wording

#: Causes that are told apart; the rest are others.
TOLD: Final = 6
#: More hours than these are drawn day by day.
HOURS: Final = 8 * 24
#: Days of bounces that are drawn, the last ones: a stamp that is years off must not make a chart of years.
DAYS: Final = 62
#: Kinds of outages that are not ours: they are told, and the traffic is not shaded.
_ELSEWHERE: Final = frozenset({"destination", "silence"})


def charts(report: Nightly, words: Wording) -> tuple[Data, ...]:
    """Return the charts that have something to show, in their order."""
    every: tuple[Data, ...] = (
        traffic(report.flow, report.outages, report.period, words, report.baseline),
        causes(report.bounces, words),
        stages(report.flow.delays, words),
        week(report.flow, words),
        coverage(report, words),
    )
    return tuple(one for one in every if not telling.empty(one))


def traffic(
    flow: Flow, outages: OutageReport, period: Stretch, words: Wording, usual: Baseline | None = None
) -> Traffic:
    """Return mails per hour of the whole period, beside what is usual; per day where there are many hours."""
    daily = period.seconds > HOURS * 3600
    starts = tuple(_starts(period, words.zone, daily=daily))
    found = {one.start: one for one in (flow.per_day if daily else flow.per_hour)}
    totals = flow.read.totals
    counts = [found.get(start) or _nothing(start, end, totals) for start, end in pairwise(starts)]
    received = {
        one.start.astimezone(UTC): (one.low, one.high)
        for one in (usual.usual if usual and not daily else ())
        if one.metric == "received"
    }
    return Traffic(
        starts=starts[:-1],
        received=tuple(None if one is None else one.received for one in counts),
        delivered=tuple(None if one is None else one.delivered for one in counts),
        rejected=tuple(None if one is None else one.rejected for one in counts),
        outages=tuple(_within(_stretches(outages), starts)),
        zone=flow.read.assumptions.zone,
        daily=daily,
        usual=tuple(received.get(start.astimezone(UTC)) for start in starts[:-1]) if received else (),
    )


def _starts(period: Stretch, zone: tzinfo, *, daily: bool) -> Iterator[datetime]:
    """Yield the beginnings of the hours or local days of a period, and at last the end of the last one."""
    at = period.since.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    at = at.replace(hour=0, fold=0) if daily else at
    while at < period.until:
        yield at
        # Days go by the local clock, hours by the true one.
        at = at + timedelta(days=1) if daily else (at.astimezone(UTC) + timedelta(hours=1)).astimezone(zone)
    yield at


def _nothing(start: datetime, end: datetime, totals: Totals) -> Period | None:
    """Return an hour in which nothing happened; None where the logs do not reach."""
    inside = (
        totals.first is not None and totals.last is not None and start <= totals.last and end > totals.first
    )
    return Period(start=start) if inside else None


def _stretches(outages: OutageReport) -> list[tuple[datetime, datetime]]:
    """Return when something of ours was down, what overlaps as one."""
    as_of = outages.scanned.as_of
    spans = sorted(
        (one.begin, one.end or (as_of if one.ongoing and as_of else one.last))
        for one in outages.outages
        if one.kind not in _ELSEWHERE
    )
    made: list[tuple[datetime, datetime]] = []
    for begin, end in spans:
        if made and begin <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((begin, end))
    return made


def _within(
    spans: Sequence[tuple[datetime, datetime]], starts: Sequence[datetime]
) -> Iterator[tuple[datetime, datetime]]:
    first, last = starts[0], starts[-1]
    for begin, end in spans:
        if begin < last and end >= first:
            yield max(begin, first).astimezone(first.tzinfo), min(end, last).astimezone(first.tzinfo)


def causes(bounces: Bounces, words: Wording) -> Causes:
    """Return recipients whose mail came back or waits, by day of the last attempt and cause."""
    days = bounces.per_day[-DAYS:]
    sums: Counter[str] = Counter()
    for day in days:
        sums.update(dict(day.causes))
    order = sorted(sums, key=lambda cause: (-sums[cause], cause))
    # One that is left needs no "others".
    told = order if len(order) <= TOLD + 1 else order[:TOLD]
    series = [
        Series(
            label=words.say(f"title_{cause}"),
            values=tuple(dict(day.causes).get(cause, 0) for day in days),
        )
        for cause in told
    ]
    if len(told) < len(order):
        rest = tuple(sum(n for cause, n in day.causes if cause not in told) for day in days)
        series.append(Series(label=words.say("charts_others"), values=rest))
    return Causes(
        days=tuple(day.day for day in days),
        series=tuple(series),
        zone=bounces.assumptions.zone,
    )


def stages(delays: Sequence[Delays], words: Wording) -> Stages:
    """Return the delays of the stages that have any."""
    return Stages(
        stages=tuple(
            Stage(label=words.say(f"charts_stage_{one.stage}"), count=one.count, p50=one.p50, p90=one.p90,
                  p95=one.p95, max=one.max)
            for one in delays
            if one.p50 is not None and one.p90 is not None and one.p95 is not None and one.max is not None
        )
    )  # fmt: skip


def week(flow: Flow, words: Wording) -> Week:
    """Return what failed (put off, returned) by weekday and hour; refusals of ours are no failures."""
    counts: dict[int, list[int]] = {}
    for one in flow.per_hour:
        start = one.start.astimezone(words.zone)
        counts.setdefault(start.weekday(), [0] * 24)[start.hour] += one.deferrals + one.bounced
    return Week(
        weekdays=tuple(sorted(counts)),
        counts=tuple(tuple(counts[day]) for day in sorted(counts)),
        zone=flow.read.assumptions.zone,
    )


def coverage(report: Nightly, words: Wording) -> Coverage:
    """Return how much of outgoing mail is signed; nothing where none went out or nobody could tell."""
    signed = report.signed
    if not signed.mails:
        return Coverage(rows=())
    return Coverage(
        rows=(Signed(label=words.say("charts_all_mail"), mails=signed.mails, signed=signed.signed),)
    )
