"""When did mail stop coming, although it always comes at that hour?

In: how many SMTP sessions handed over a mail in each minute, the period that the logs cover, a zone. Out: silences.
Never: takes a quiet night or a quiet weekend for a silence: what an hour brings at its worst on other days is
what may be expected, and there must be three other days to say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

#: Mails that should have come and did not; by Poisson's law a chance of one in a million.
EXPECTED: Final = 14.0
#: Other days whose same hour is known.
DAYS: Final = 3

_HOUR: Final = timedelta(hours=1)


def silences(
    minutes: Mapping[datetime, int], covered: tuple[datetime, datetime], gap_s: float, zone: tzinfo
) -> list[tuple[datetime, datetime | None]]:
    """Return (begin, end) of every silence, end None where it lasts until the logs end.

    minutes: begin of a minute -> mails, only those with any.
    """
    times = sorted(minutes)
    if not times:
        return []
    least = _least(minutes, covered, zone)
    ends = [*times[1:], None]
    found = []
    for begin, end in zip(times, ends, strict=True):
        after = begin + timedelta(minutes=1)
        until = end or covered[1]
        if (until - after).total_seconds() >= gap_s and _expected(after, until, least, zone) >= EXPECTED:
            found.append((after, end))
    return found


def _least(
    minutes: Mapping[datetime, int], covered: tuple[datetime, datetime], zone: tzinfo
) -> Mapping[int, Sequence[tuple[int, date]]]:
    """Return hour of the day -> (mails, day), the fewest first, of every whole hour that the logs cover."""
    sums: dict[tuple[date, int], int] = {}
    hour = covered[0].replace(minute=0, second=0, microsecond=0)
    hour += _HOUR if hour < covered[0] else timedelta()
    while hour + _HOUR <= covered[1]:
        local = hour.astimezone(zone)
        sums.setdefault((local.date(), local.hour), 0)
        hour += _HOUR
    for minute, count in minutes.items():
        local = minute.astimezone(zone)
        if (local.date(), local.hour) in sums:
            sums[local.date(), local.hour] += count
    by_hour: dict[int, list[tuple[int, date]]] = {}
    for (day, clock), count in sums.items():
        by_hour.setdefault(clock, []).append((count, day))
    return {clock: sorted(counts) for clock, counts in by_hour.items()}


def _expected(
    begin: datetime, end: datetime, least: Mapping[int, Sequence[tuple[int, date]]], zone: tzinfo
) -> float:
    """Return how many mails the same hours of the worst other day brought."""
    own = {
        (begin + timedelta(seconds=at)).astimezone(zone).date()
        for at in range(0, int((end - begin).total_seconds()) + 1, 1800)
    }
    expected, at = 0.0, begin
    while at < end:
        upto = min(end, at.replace(minute=0, second=0, microsecond=0) + _HOUR)
        others = [count for count, day in least.get(at.astimezone(zone).hour, ()) if day not in own]
        if len(others) < DAYS:
            return 0.0
        expected += min(others) * (upto - at).total_seconds() / 3600
        at = upto
    return expected
