"""How far history itself strays from what it lets expect, over an hour, four hours and a day.

In: `Likes`. Out: `Measure` for each track and scale. Never: a threshold that history would have passed more often than a day in four
weeks: what a server does every week is no news, whatever a distribution says of it.

Every day of history is measured against the other days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from logscan.analyses.baseline import spread
from logscan.analyses.baseline.expect import Likes, lenient
from logscan.analyses.baseline.tables import DELAYS, TRACKS, Numbers
from logscan.model.baseline import HIGH, LOW, Guide

#: Hours that are looked at together; a day is all of its own.
HOUR: Final = 1
PART: Final = 4
DAY: Final = 24
SCALES: Final = (HOUR, PART, DAY)

#: The least overdispersion, and the least deviation of logarithms, over so many hours.
_EVEN: Final = {HOUR: 0.01, PART: 0.006, DAY: 0.0025}
_STEADY: Final = {HOUR: 0.2, PART: 0.15, DAY: 0.1}
#: Hours that must be known of a day, and of a part of it where only those with mail have a delay.
_KNOWN: Final = 18
_SOME: Final = {HOUR: 1, PART: 2, DAY: 6}
#: What history has done is beyond a threshold only if it is so much farther out.
_FARTHER: Final = 1.1
#: By how much thresholds are higher, divided by the days of history.
_UNSURE: Final = 2.0
#: Where less mail is less than ever before, though history had its outages.
_LOWEST: Final = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """s: overdispersion of counts, standard deviation of logarithms. limits: high, low -> standard deviations to be odd."""

    s: float
    limits: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Hours (last axis but one) beside what is expected of them, by track: x, the middle of it, and the edges of what is usual.

    near_low, near_high: of single hours. All in the unit of x.
    """

    x: Numbers
    middle: Numbers
    low: Numbers
    high: Numbers
    near_low: Numbers
    near_high: Numbers

    def edges(self, at: int, scale: int) -> tuple[Numbers, Numbers]:
        """Return low and high of a track's units."""
        low, high = (self.near_low, self.near_high) if scale == HOUR else (self.low, self.high)
        return units(low[..., at], scale, at), units(high[..., at], scale, at)


def measures(likes: Likes, guide: Guide) -> dict[tuple[int, int], Measure]:
    """Return track and scale -> measure."""
    band = _band(likes)
    spare = 1 + len(likes.history.days) // 28
    # A spread that few days tell is itself not sure.
    unsure = 1 + _UNSURE / len(likes.history.days)
    made = {}
    for at in range(len(TRACKS)):
        for scale in SCALES:
            x = units(band.x[..., at], scale, at)
            edge = np.clip(x, units(band.low[..., at], scale, at), units(band.high[..., at], scale, at))
            if TRACKS[at] in DELAYS:
                s = spread.deviation(x, edge, _STEADY[scale])
            else:
                s = spread.overdispersion(x, edge, _EVEN[scale])
            low, high = band.edges(at, scale)
            limits, least = {}, unsure * (guide.days_score if scale == DAY else guide.score)
            for way, edge in ((HIGH, high), (LOW, low)):
                peaks = np.sort(off(x, edge, s, at, way).max(axis=1))[::-1]
                seen = float(peaks[spare]) * _FARTHER if len(peaks) > spare else 0.0
                limits[way] = max(least, min(seen, _LOWEST) if way == LOW else seen)
            made[at, scale] = Measure(s=s, limits=limits)
    return made


def off(x: Numbers, edge: Numbers, s: float, at: int, way: str) -> Numbers:
    """Return how many standard deviations x is beyond an edge."""
    if TRACKS[at] in DELAYS:
        far = (x - edge) / s * (1 if way == HIGH else -1)
        return np.where(np.isfinite(far) & (far > 0), far, 0.0)
    return spread.beyond(x, edge, s, high=way == HIGH)


def units(values: Numbers, scale: int, at: int) -> Numbers:
    """Return sums (of logarithms means) of every so many hours in a row along the last axis; NaN where too few are known.

    With fewer hours than that there is no unit.
    """
    if scale == HOUR:
        return values
    width = min(scale, values.shape[-1]) if scale == DAY else scale
    if values.shape[-1] < width or not width:
        return np.empty((*values.shape[:-1], 0))
    if scale == DAY:
        window = values[..., None, :]
    else:
        window = np.lib.stride_tricks.sliding_window_view(values, width, axis=-1)
    known = ~np.isnan(window)
    count, sums = known.sum(axis=-1), np.where(known, window, 0).sum(axis=-1)
    if TRACKS[at] in DELAYS:
        return np.where(count >= _SOME[scale], sums / np.maximum(count, 1), np.nan)
    return np.where(count >= (_KNOWN if scale == DAY else width), sums, np.nan)


def _band(likes: Likes) -> Band:
    """Return history beside what the other days let expect."""
    history = likes.history
    clocks = np.arange(24)
    parts: list[tuple[Numbers, ...]] = []
    for row in range(len(history.days)):
        told = likes.expected(int(history.weekdays[row]), quiet=bool(history.quiet[row]), without=row)
        parts.append((told.middle, told.low, told.high, *lenient(told, clocks)))
    middle, low, high, near_low, near_high = (np.stack(part) * history.e for part in zip(*parts, strict=True))
    # A unit must have the same hours on both sides.
    gone = np.where(np.isnan(history.x), np.nan, 0.0)
    return Band(
        x=history.x + np.where(np.isnan(middle), np.nan, 0.0), middle=middle + gone, low=low + gone,
        high=high + gone, near_low=near_low + gone, near_high=near_high + gone,
    )  # fmt: skip
