"""Is there a pattern in the outages of a service, or is it chance?

In: begins, last failures and ends of a service's outages; the starts and reloads in the logs; the period that they
cover; a zone. Out: `Found`. Never: a pattern of fewer than five outages; one that chance would make in one
of a thousand logs (`CERTAIN`), counted over all the patterns that are looked for.

Waits are measured from the end of what the gap would have joined: failures closer than the gap are one outage by
definition, which alone would make outages look regular.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from logscan.analyses.outages.chance import directed, regular, share

#: Fewer outages than this make no pattern.
ENOUGH: Final = 5
#: The most that chance may explain, all tests together.
CERTAIN: Final = 0.001

DAY: Final = 86_400.0
WEEK: Final = 7 * DAY
#: How soon after something an outage may be said to follow it, seconds.
SOON: Final = (5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One outage as far as time is concerned. end: of the first success, None while it is open."""

    begin: datetime
    last: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Follows:
    """hits of all outages began within `within_s` after `what`; `at_s` after it, where the lag is always the same."""

    what: str
    hits: int
    within_s: float
    at_s: float | None
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """pattern: few, none, period, daily or weekly. p: corrected for all tests. period_s and next: None without one."""

    pattern: str
    p: float | None
    period_s: float | None
    spread_s: float | None
    at: float | None  # of the day or the week, 0 to 1, local
    follows: Follows | None
    next: datetime | None


def rhythm(
    spans: Sequence[Span],
    marks: Mapping[str, Sequence[datetime]],
    covered: tuple[datetime, datetime],
    gap_s: float,
    zone: tzinfo,
) -> Found:
    """Return what pattern there is. spans: in order of time. marks: what may precede an outage -> when it happened."""
    if len(spans) < ENOUGH:
        return Found(pattern="few", p=None, period_s=None, spread_s=None, at=None, follows=None, next=None)
    tests = 3 + (len(SOON) + 1) * len(marks)
    found = [(p * tests, name, values) for p, name, values in _patterns(spans, gap_s, zone)]
    seen = [_follows(spans, what, times, covered) for what, times in sorted(marks.items())]
    sure = _nearest([one for one in seen if one.p * tests < CERTAIN], spans, marks)
    p, name, (period, spread, at) = min(found)
    if p >= CERTAIN:
        return Found(pattern="none", p=None, period_s=None, spread_s=None, at=None, follows=sure, next=None)
    expected = _next(spans, period, at, zone)
    return Found(pattern=name, p=p, period_s=period, spread_s=spread, at=at, follows=sure, next=expected)


_Values = tuple[float, float, float | None]


def _patterns(spans: Sequence[Span], gap_s: float, zone: tzinfo) -> Iterator[tuple[float, str, _Values]]:
    waits = [(after.begin - before.last).total_seconds() - gap_s for before, after in pairwise(spans)]
    between = [(after.begin - before.begin).total_seconds() for before, after in pairwise(spans)]
    period = statistics.median(between)
    spread = statistics.median(abs(each - period) for each in between)
    yield regular(waits), "period", (period, spread, None)
    whole = (spans[-1].begin - spans[0].begin).total_seconds()
    local = [span.begin.astimezone(zone) for span in spans]
    for name, length in (("daily", DAY), ("weekly", WEEK)):
        # A phase needs several turns of its circle: outages of one bad evening are no daily ones.
        if whole < (ENOUGH - 1) * length * 0.9 or len({int(_turn(t, length)[0]) for t in local}) < ENOUGH:
            yield 1.0, name, (length, 0.0, None)
            continue
        turns = [_turn(time, length)[1] for time in local]
        p, mean = directed(turns)
        off = statistics.median(min(abs(turn - mean), 1 - abs(turn - mean)) for turn in turns) * length
        yield p, name, (length, off, mean)


def _turn(time: datetime, length: float) -> tuple[int, float]:
    """Return (which day or week, how far in it from 0 to 1) by the local clock; weeks begin on Monday."""
    since = time.replace(tzinfo=None) - datetime(2001, 1, 1)  # noqa: DTZ001  a Monday, on the local clock
    whole, part = divmod(since.total_seconds(), length)
    return int(whole), part / length


def _follows(
    spans: Sequence[Span], what: str, times: Sequence[datetime], covered: tuple[datetime, datetime]
) -> Follows:
    begins = [span.begin for span in spans]
    length = max((covered[1] - covered[0]).total_seconds(), 1.0)
    ordered = sorted(times)
    lags = [lag for begin in begins if (lag := _lag(begin, ordered)) is not None]
    best = Follows(what=what, hits=0, within_s=SOON[-1], at_s=None, p=1.0)
    for within in SOON:
        hits = sum(lag <= within for lag in lags)
        p = share(hits, len(begins), _union(ordered, 0, within) / length)
        if p < best.p:
            best = Follows(what=what, hits=hits, within_s=within, at_s=None, p=p)
    if len(lags) >= ENOUGH:
        usual = statistics.median(lags)
        off = max(30.0, usual / 20)
        hits = sum(abs(lag - usual) <= off for lag in lags)
        # the window was chosen by the data: as many tests as there were lags to choose from
        p = share(hits, len(begins), _union(ordered, usual - off, usual + off) / length) * len(lags)
        if usual > 60.0 and p < best.p:
            best = Follows(what=what, hits=hits, within_s=off, at_s=usual, p=p)
    return best


def _nearest(
    sure: Sequence[Follows], spans: Sequence[Span], marks: Mapping[str, Sequence[datetime]]
) -> Follows | None:
    """Return what comes last before the outages, of all that regularly come before most of them.

    cron starts logrotate, logrotate reloads Apache: the last of them is the one that matters.
    """
    most = max((one.hits for one in sure), default=0)

    def usual(one: Follows) -> float:
        ordered = sorted(marks[one.what])
        return statistics.median(lag for span in spans if (lag := _lag(span.begin, ordered)) is not None)

    near = [one for one in sure if one.hits >= 0.9 * most]
    return min(near, key=lambda one: (usual(one), one.p, one.what), default=None)


def _lag(begin: datetime, ordered: Sequence[datetime]) -> float | None:
    before = [time for time in ordered if time <= begin]
    return (begin - before[-1]).total_seconds() if before else None


def _union(times: Sequence[datetime], low: float, high: float) -> float:
    """Return how many seconds lie `low` to `high` after one of the times."""
    total, reach = 0.0, None
    for time in times:
        begin, end = time + timedelta(seconds=low), time + timedelta(seconds=high)
        if reach is not None and begin < reach:
            begin = reach
        if end > begin:
            total += (end - begin).total_seconds()
            reach = end
    return total


def _next(spans: Sequence[Span], period: float, at: float | None, zone: tzinfo) -> datetime:
    """Return the first moment after the last outage that the pattern names."""
    last = spans[-1].begin
    if at is None:
        return last + timedelta(seconds=period)
    local = last.astimezone(zone).replace(tzinfo=None)
    base = datetime(2001, 1, 1)  # noqa: DTZ001
    turns = int((local - base).total_seconds() // period) + 1
    moment = base + timedelta(seconds=period * (turns + at))
    if (moment - local).total_seconds() > 1.5 * period:
        moment -= timedelta(seconds=period)
    return moment.replace(tzinfo=zone).astimezone(last.tzinfo)
