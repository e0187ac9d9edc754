"""Which hours of a period bring something else than hours like them?

In: hours of the period, history as `Likes`, how far it strays, a guide. Out: what is usual, and anomalies. Never: one anomaly twice: what single hours explain is no
matter of their day, and hours in a row are one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logscan.analyses.baseline import spread
from logscan.analyses.baseline.expect import Expected, Likes, lenient
from logscan.analyses.baseline.marks import Hours, marks
from logscan.analyses.baseline.measure import DAY, HOUR, PART, Band, Measure, off
from logscan.analyses.baseline.tables import DELAYS, RATES, TRACKS, Numbers, tries
from logscan.model.baseline import HIGH, LOW, NOTICE, SHARES, WARNING, Anomaly, Guide, Usual

#: Ways that matter: fewer bounces are no trouble, and fewer refusals mean fewer who knock.
_WAYS: Final = {name: (HIGH, LOW) if name in {"received", "delivered"} else (HIGH,) for name in TRACKS}
_TROUBLE: Final = {
    ("received", LOW),
    ("delivered", LOW),
    ("bounced", HIGH),
    ("deferrals", HIGH),
    ("delay", HIGH),
}

_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The hours of a period that the logs tell of, in order, by track where numbers.

    starts: with offsets. days: number of the local day of each. e: what x is measured against. like: hours behind each.
    """

    starts: tuple[datetime, ...]
    days: NDArray[np.int64]
    band: Band
    e: Numbers
    like: NDArray[np.int64]
    holidays: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marked:
    """Marks of all days, hour by hour; see marks.Marks."""

    odd: NDArray[np.bool_]
    score: Numbers
    whole: NDArray[np.bool_]


Measures = dict[tuple[int, int], Measure]


def beside(starts: tuple[datetime, ...], rows: pd.DataFrame, likes: Likes, measured: Measures) -> Judged:
    """Return hours beside what history lets expect of them. rows: see tables.frame, one for each start."""
    history, x = likes.history, rows[list(TRACKS)].to_numpy()
    e = np.where(np.isnan(x), np.nan, history.level)
    for name in RATES:
        e[:, TRACKS.index(name)] = tries(rows, name).to_numpy()
    e[:, [TRACKS.index(name) for name in DELAYS]] = 1.0
    numbers, days = pd.factorize(rows["day"])
    quiet = {int(day) for day in history.weekdays[history.quiet]}
    clocks = rows["clock"].to_numpy().astype(np.int64)
    parts = np.empty((5, *x.shape))
    like = np.zeros(x.shape, dtype=np.int64)
    holidays = set()
    for number, day in enumerate(pd.DatetimeIndex(days)):
        mine = numbers == number
        told = likes.expected(day.weekday(), quiet=day.weekday() in quiet)
        parts[:, mine] = _parts(told, clocks[mine])
        like[mine] = told.like[clocks[mine]]
        if quiet and day.weekday() not in quiet:
            calm = _parts(likes.expected(-1, quiet=True), clocks[mine])
            if _holiday(x[mine], calm * e[mine], parts[:, mine] * e[mine], measured):
                holidays.add(number)
    middle, low, high, near_low, near_high = parts * e
    band = Band(x=x, middle=middle, low=low, high=high, near_low=near_low, near_high=near_high)
    return Judged(
        starts=starts, days=numbers.astype(np.int64), band=band, e=e, like=like, holidays=frozenset(holidays)
    )


def _parts(told: Expected, clocks: NDArray[np.int64]) -> Numbers:
    return np.stack([told.middle[clocks], told.low[clocks], told.high[clocks], *lenient(told, clocks)])


def _holiday(x: Numbers, calm: Numbers, busy: Numbers, measured: Measures) -> bool:
    """Return whether a day brought as much as quiet ones do, hour by hour, and less than busy ones do."""
    at = TRACKS.index("received")
    s, wide = measured[at, DAY].s, measured[at, HOUR].s
    seen, like, usual = x[:, at].sum(), calm[0, :, at].sum(), busy[1, :, at].sum()
    low, high = spread.within(np.array([like, usual]), s, 3.0)
    if not (low[0] <= seen <= high[0] and seen < low[1]):
        return False
    return not (off(x[:, at], calm[3, :, at], wide, at, LOW) > 3).any()


def usual(judged: Judged, measured: Measures) -> Iterator[Usual]:
    """Yield what every hour should have brought, by metric."""
    for at, name in enumerate(TRACKS):
        s = measured[at, HOUR].s
        for hour, start in enumerate(judged.starts):
            middle, low, high = (
                float(edge[hour, at]) for edge in (judged.band.middle, judged.band.low, judged.band.high)
            )
            of = float(judged.e[hour, at]) if name in SHARES else 1.0
            if np.isfinite(middle) and of > 0:
                low, high = _range(at, low, high, s)
                yield Usual(
                    metric=name, start=start, median=(exp(middle) if name in DELAYS else middle / of), low=low / of,
                    high=min(1.0, high / of) if name in SHARES else high, like=int(judged.like[hour, at]),
                )  # fmt: skip


def anomalies(judged: Judged, measured: Measures, guide: Guide) -> Iterator[Anomaly]:
    """Yield what is odd, but for silences."""
    for at, name in enumerate(TRACKS):
        for way in _WAYS[name]:
            found = _marks(judged, measured, at, way, guide)
            for begin, end in runs(judged.starts, found.odd):
                yield _anomaly(judged, measured, found, at, way, begin, end)


def _marks(judged: Judged, measured: Measures, at: int, way: str, guide: Guide) -> _Marked:
    count, band = len(judged.starts), judged.band
    made = _Marked(odd=np.zeros(count, bool), score=np.zeros(count), whole=np.zeros(count, bool))
    edge, near = (band.high, band.near_high) if way == HIGH else (band.low, band.near_low)
    for day in range(int(judged.days.max(initial=-1)) + 1):
        mine = judged.days == day
        hours = Hours(
            x=band.x[mine, at], middle=band.middle[mine, at], edge=edge[mine, at], near=near[mine, at], at=at, way=way
        )  # fmt: skip
        told = marks(hours, measured, guide)
        made.odd[mine], made.score[mine], made.whole[mine] = told.odd, told.score, told.whole
    return made


def runs(starts: tuple[datetime, ...], marked: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield first and last but one of marked hours that follow each other by the true clock."""
    begin = None
    for at, start in enumerate(starts):
        joined = at > 0 and start.astimezone(UTC) - starts[at - 1].astimezone(UTC) == _HOUR
        if begin is not None and not (marked[at] and joined):
            yield begin, at
            begin = None
        if marked[at] and begin is None:
            begin = at
    if begin is not None:
        yield begin, len(starts)


# --- what is told --------------------------------------------------------------------------------


def _range(at: int, low: float, high: float, s: float) -> tuple[float, float]:
    """Return between what hours lie, by the edges of what is expected of them."""
    if TRACKS[at] in DELAYS:
        return exp(low - spread.RANGE * s), exp(high + spread.RANGE * s)
    return float(spread.within(np.array([low]), s)[0][0]), float(spread.within(np.array([high]), s)[1][0])


def _anomaly(
    judged: Judged, measured: Measures, found: _Marked, at: int, way: str, begin: int, end: int
) -> Anomaly:
    name, inside = TRACKS[at], slice(begin, end)
    whole = bool(found.whole[inside].any())
    s = measured[at, DAY if whole else HOUR if end - begin < PART - 1 else PART].s
    x, middle, low, high = (
        part[inside, at] for part in (judged.band.x, judged.band.middle, judged.band.low, judged.band.high)
    )
    known = np.isfinite(x) & np.isfinite(middle)
    gather = np.median if name in DELAYS else np.sum
    seen, expects, low_edge, high_edge = (float(gather(part[known])) for part in (x, middle, low, high))
    low_edge, high_edge = _range(at, low_edge, high_edge, s)
    of = float(judged.e[inside, at][known].sum()) if name in SHARES else 1.0
    if name in DELAYS:
        seen, expects = exp(seen), exp(expects)
    holiday = way == LOW and all(int(day) in judged.holidays for day in judged.days[inside])
    trouble = (name, way) in _TROUBLE and not holiday
    return Anomaly(
        metric=name,
        direction=way,
        since=judged.starts[begin],
        until=after(judged.starts[end - 1]),
        seen=seen / of,
        usual=expects / of,
        low=low_edge / of,
        high=min(1.0, high_edge / of) if name in SHARES else high_edge,
        score=float(found.score[inside].max()),
        weight=WARNING if trouble else NOTICE,
        count=round(seen) if name in SHARES else None,
        of=round(of) if name in SHARES else None,
        whole_days=whole,
        holiday=holiday,
    )


def after(start: datetime) -> datetime:
    """Return the end of an hour, with the offset that holds then."""
    end = start.astimezone(UTC) + _HOUR
    return end.astimezone(start.tzinfo)
