"""How often each service failed, and whether there is a pattern in it.

In: a `failing.Case`, its outages. Out: `model.outages.Rhythm`s. Never: decides what a pattern is (analyses.outages.rhythm does).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from logscan.analyses.outages import rhythm
from logscan.model.outages import Follows, Outage, Rhythm
from logscan.pipeline.failures.failing import Known

#: How long a reload takes until it says that it is done.
SETTLED = timedelta(minutes=1)


def rhythms(known: Known, found: Sequence[Outage]) -> Iterable[Rhythm]:
    """Yield one for each service, the one with most outages first."""
    by_service: dict[str, list[Outage]] = {}
    for outage in found:
        by_service.setdefault(outage.service, []).append(outage)
    ordered = sorted(by_service.items(), key=lambda item: (-len(item[1]), item[0]))
    marks: dict[str, list[datetime]] = {}
    told: dict[str, datetime] = {}
    for time, what, who in known.partial.marks.select("time", "what", "who").iter_rows():
        if what == "start" and who in told and time - told[who] <= SETTLED:
            continue  # the end of a reload that was named already
        if what in {"graceful", "reload", "logrotate", "daily", "start"}:
            marks.setdefault(f"{what} {who}", []).append(time)
        if what in {"graceful", "reload"}:
            told[who] = time
    for service, mine in ordered:
        yield _rhythm(known, service, mine, marks)


def _rhythm(
    known: Known, service: str, mine: Sequence[Outage], marks: Mapping[str, Sequence[datetime]]
) -> Rhythm:
    spans = [rhythm.Span(begin=one.begin, last=one.last, end=one.end) for one in mine]
    covered = known.covered or (spans[0].begin, spans[-1].last)
    found = rhythm.rhythm(spans, marks, covered, known.limits.gap_s, known.zone)
    begins = [one.begin.astimezone(known.zone) for one in mine]
    between = [(b.begin - a.begin).total_seconds() for a, b in pairwise(mine)]
    closed = [one.duration_s for one in mine if one.end is not None and one.duration_s is not None]
    ongoing = mine[-1].ongoing
    return Rhythm(
        service=service,
        kind=mine[-1].kind,
        outages=len(mine),
        mean_between_s=sum(between) / len(between) if between else None,
        mean_duration_s=sum(closed) / len(closed) if closed else None,
        pattern=found.pattern,
        chance=found.p,
        period_s=found.period_s,
        spread_s=found.spread_s,
        at=found.at,
        hours=tuple(sum(time.hour == hour for time in begins) for hour in range(24)),
        weekdays=tuple(sum(time.weekday() == day for time in begins) for day in range(7)),
        follows=None if found.follows is None else _follows(found.follows),
        last=mine[-1].begin,
        next_expected=None if ongoing else _upcoming(known, found),
    )


def _upcoming(known: Known, found: rhythm.Found) -> datetime | None:
    as_of, at = known.as_of, found.next
    if at is None or as_of is None or found.period_s is None or found.period_s <= 0:
        return at
    # What was expected and did not come makes the pattern doubtful, not the next turn wrong.
    missed = max(0, int((as_of - at).total_seconds() // found.period_s) + (as_of > at))
    return at + timedelta(seconds=missed * found.period_s)


def _follows(found: rhythm.Follows) -> Follows:
    what, _, who = found.what.partition(" ")
    return Follows(what=what, who=who, hits=found.hits, within_s=found.within_s, at_s=found.at_s)
