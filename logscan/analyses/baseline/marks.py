"""Which hours are odd: alone, as a part of a day, or with their whole day.

In: hours of one day and track beside the edge of what is usual. Out: marks. Never: a difference that nobody minds, be it ever so sure; an
odd day where single hours are, and the others do not lean their way.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from math import pow as power
from typing import Final

import numpy as np
from numpy.typing import NDArray

from logscan.analyses.baseline.measure import DAY, HOUR, PART, Measure, off, units
from logscan.analyses.baseline.tables import DELAYS, TRACKS, Numbers
from logscan.model.baseline import HIGH, Guide

#: What a stretch must have more, or less, to be told of at all: mails, refusals, seconds.
_LEAST: Final = {
    "received": 10, "delivered": 10, "bounced": 5, "deferrals": 10, "rejected": 30, "auth_failures": 30, "delay": 2.0,
}  # fmt: skip
#: What strangers do: their waves are wild, and twice as many of them change nothing.
_KNOCKS: Final = frozenset({"rejected", "auth_failures"})
_MAILS: Final = frozenset({"received", "delivered"})
#: The other hours of an odd day lean its way if they differ by so much of the day's factor (its power).
_LEANS: Final = 1 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Hours of a day, in order: what they brought, what is expected, and the edge of what is usual on the side that is asked for.

    near: the edge of single hours. at: the track. way: high or low.
    """

    x: Numbers
    middle: Numbers
    edge: Numbers
    near: Numbers
    at: int
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """By hour: whether it is odd, how far, and whether that is a matter of the whole day."""

    odd: NDArray[np.bool_]
    score: Numbers
    whole: bool


def marks(hours: Hours, measured: dict[tuple[int, int], Measure], guide: Guide) -> Marks:
    """Return which hours of a day are odd. What single hours explain is no matter of those around them."""
    odd, score = np.zeros(len(hours.x), bool), np.zeros(len(hours.x))
    leaning = hours.x > hours.middle if hours.way == HIGH else hours.x < hours.middle
    for scale in (HOUR, PART):
        x = np.where(odd, hours.middle, hours.x)
        far = _odd(hours, x, scale, measured[hours.at, scale], guide)
        for unit in np.nonzero(far)[0]:
            inside = unit + np.nonzero(leaning[unit : unit + scale])[0]
            here = slice(int(inside[0]), int(inside[-1]) + 1)
            odd[here] = True
            score[here] = np.maximum(score[here], far[unit])
    day = _odd(hours, hours.x, DAY, measured[hours.at, DAY], guide)
    if not day.any() or not _all_lean(hours, odd):
        return Marks(odd=odd, score=score, whole=False)
    return Marks(odd=np.ones_like(odd), score=np.maximum(score, day[0]), whole=True)


def _odd(hours: Hours, x: Numbers, scale: int, measure: Measure, guide: Guide) -> Numbers:
    """Return how far each odd unit is off, 0 for all others."""
    gone = np.where(np.isnan(x), np.nan, 0.0)
    edge = units((hours.near if scale == HOUR else hours.edge) + gone, scale, hours.at)
    seen, expects = units(x, scale, hours.at), units(hours.middle + gone, scale, hours.at)
    far = off(seen, edge, measure.s, hours.at, hours.way)
    return np.where(
        (far >= measure.limits[hours.way]) & _matters(seen, expects, hours, scale, guide), far, 0.0
    )


def _all_lean(hours: Hours, odd: NDArray[np.bool_]) -> bool:
    """Return whether the hours that are not odd by themselves lean the way of the day, or have nothing to say."""
    known = np.isfinite(hours.x) & np.isfinite(hours.middle)
    rest = known & ~odd
    if not odd.any() or not rest.any():
        return True
    all_, others = (_factor(hours, part) for part in (known, rest))
    least = power(all_, _LEANS)
    return others >= least if hours.way == HIGH else others <= least


def _factor(hours: Hours, part: NDArray[np.bool_]) -> float:
    """Return how many times as much as expected some hours brought."""
    x, middle = hours.x[part], hours.middle[part]
    if TRACKS[hours.at] in DELAYS:
        return float(np.exp(np.mean(x - middle)))
    return float((x.sum() + 0.5) / (middle.sum() + 0.5))


def _matters(seen: Numbers, expects: Numbers, hours: Hours, scale: int, guide: Guide) -> NDArray[np.bool_]:
    """Return whether a difference is large enough for anybody to mind it, be it ever so sure."""
    name = TRACKS[hours.at]
    factor = guide.knocks_factor if name in _KNOCKS else guide.factor
    if scale == DAY and name in _MAILS:
        factor = guide.days_factor
    more, less = (seen, expects) if hours.way == HIGH else (expects, seen)
    with np.errstate(invalid="ignore"):
        if name in DELAYS:
            return np.asarray((more - less >= log(factor)) & (np.exp(more) - np.exp(less) >= _LEAST[name]))
        return np.asarray((more >= factor * less) & (more - less >= _LEAST[name]))
