"""What do hours usually bring, and which of a period's hours brought something else?

In: hours of history, hours of a period. Out: `model.baseline.Baseline`. Never: an answer without two weeks of history; a file, a clock.

An hour is compared with hours like it: of the same weekday, of its sort of day, and at the level of traffic of the last two weeks.
How far such hours stray is taken from history as well, each day against the others, so that bursts that a server has every week
are no news. Single hours are judged, four in a row, and days; what hours explain is not told of their day again. pandas and
numpy are imported where there is something to compute.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from logscan.model.baseline import LOW, METRICS, Anomaly, Baseline, Guide, Hour

_HOUR: Final = timedelta(hours=1)
_GUIDE: Final = Guide()
#: Hours of a day that must be known before it counts as history.
_HALF: Final = 12


def baseline(history: Iterable[Hour], period: Iterable[Hour], guide: Guide = _GUIDE) -> Baseline:
    """Judge the hours of a period by those before it.

    history: any hours, in any order; those that lie more than `guide.weeks` before the period, or not before it, do not count.
    period: the hours to be judged, in any order. Both by the same local clock. Raises ValueError for an hour without a zone.
    """
    hours = _covered(period)
    if not hours:
        return Baseline(enough=False, days=0, guide=guide)
    begin = hours[0].start.astimezone(UTC)
    past = [
        hour
        for hour in _covered(history)
        if begin - timedelta(weeks=guide.weeks) <= hour.start.astimezone(UTC) < begin
    ]
    days = _days(past)
    first, last = (past[0].start, past[-1].start + _HOUR) if past else (None, None)
    if days < guide.days:
        return Baseline(enough=False, days=days, guide=guide, first=first, last=last, hours=len(hours))
    return _judged(past, hours, Baseline(
        enough=True, days=days, guide=guide, first=first, last=last, hours=len(hours)
    ))  # fmt: skip


def _covered(found: Iterable[Hour]) -> list[Hour]:
    """Return hours that the logs tell of, in order, each once."""
    known: dict[datetime, Hour] = {}
    for hour in found:
        if hour.start.tzinfo is None:
            raise ValueError(f"an hour without a zone: {hour.start}")
        if hour.covered:
            known.setdefault(hour.start.astimezone(UTC), hour)
    return [known[start] for start in sorted(known)]


def _days(past: Sequence[Hour]) -> int:
    counts: dict[date, int] = {}
    for hour in past:
        counts[hour.start.date()] = counts.get(hour.start.date(), 0) + 1
    return sum(count >= _HALF for count in counts.values())


def _judged(past: Sequence[Hour], period: Sequence[Hour], told: Baseline) -> Baseline:
    from dataclasses import replace  # noqa: PLC0415

    from logscan.analyses.baseline.expect import Likes  # noqa: PLC0415
    from logscan.analyses.baseline.measure import measures  # noqa: PLC0415  numpy and pandas take a third of a second
    from logscan.analyses.baseline.odd import anomalies, beside, usual  # noqa: PLC0415
    from logscan.analyses.baseline.silent import silences  # noqa: PLC0415
    from logscan.analyses.baseline.tables import frame, table  # noqa: PLC0415

    likes, rows = Likes(table(frame(past))), frame(period)
    measured = measures(likes, told.guide)
    judged = beside(tuple(hour.start for hour in period), rows, likes, measured)
    quiet = list(silences(judged, rows, measured, told.guide))
    odd = [one for one in anomalies(judged, measured, told.guide) if not _silent(one, quiet)]
    expected = tuple(usual(judged, measured))
    metrics = {one.metric for one in expected}
    return replace(
        told,
        judged=tuple(name for name in METRICS if name in metrics or name == "silence"),
        anomalies=tuple(sorted((*quiet, *odd), key=_order)),
        usual=expected,
    )


def _silent(one: Anomaly, quiet: Sequence[Anomaly]) -> bool:
    """Return whether silences say already what a low number of mails says."""
    shared = sum(
        max(0.0, (min(one.until, each.until) - max(one.since, each.since)).total_seconds()) for each in quiet
    )
    return (
        one.direction == LOW and not one.whole_days and 2 * shared >= (one.until - one.since).total_seconds()
    )


def _order(one: Anomaly) -> tuple[object, ...]:
    """Return the order in which they are told: warnings first, then metric by metric in time."""
    return one.weight != "warning", METRICS.index(one.metric), one.since, one.direction
