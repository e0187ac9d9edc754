"""How far from the expectation chance alone goes.

In: counts beside their expectations; logarithms of delays beside theirs. Out: spreads, distances in standard deviations,
ranges. Never: a spread that one wild day makes.

Counts of mail vary more than those of independent events do: their variance is m + s m² for a mean m (a negative binomial
distribution), s is taken from history. Large counts are measured on the scale on which that distribution is about normal, small
ones by its exact tail: where four mails come in an hour, none is nothing.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

import numpy as np

from logscan.analyses.baseline.tables import Numbers

_NORMAL: Final = NormalDist()
#: Up to this expectation tails are exact.
EXACT: Final = 40.0
#: No distance is larger: nobody knows such tails.
MOST: Final = 9.0
#: Shares of history, and how many standard deviations they stay within, if it is normal.
_SHARES: Final = ((0.68, 0.994), (0.9, 1.645))
#: 19 of 20.
RANGE: Final = 1.96
#: An hour in which never anything came may bring something: the least that is expected.
LEAST: Final = 0.05


def overdispersion(x: Numbers, edge: Numbers, least: float) -> float:
    """Return s: within so many standard deviations must lie as much of history as of a normal distribution.

    edge: of what is usual, the nearer one; x itself where it lies inside. least: what it is at least; nobody's mail is as even as chance.
    """
    known = np.isfinite(x) & np.isfinite(edge)
    sure = known & (edge >= 1)
    sure = sure if sure.sum() >= 30 else known & (edge >= LEAST)
    if not sure.any():
        return 1.0
    x, edge = x[sure], edge[sure]
    found = [
        float(np.quantile(((x - edge) ** 2 / reach**2 - edge) / edge**2, share)) for share, reach in _SHARES
    ]
    return max(least, *found)


def deviation(y: Numbers, edge: Numbers, least: float) -> float:
    """Return the standard deviation of logarithms, as robust as that."""
    off = np.abs(y - edge)
    off = off[np.isfinite(off)]
    if not len(off):
        return least
    return max(least, *(float(np.quantile(off, share)) / reach for share, reach in _SHARES))


def beyond(x: Numbers, edge: Numbers, s: float, *, high: bool) -> Numbers:
    """Return how many standard deviations counts lie above (or below) an edge; 0 where they do not, or nobody knows."""
    edge = np.maximum(edge, LEAST) if high else edge
    with np.errstate(invalid="ignore"):
        far = (_even(x, s) - _even(edge, s)) * (1 if high else -1)
        far = np.where(np.isfinite(far) & (far > 0), far, 0.0)
        small = (far > 2) & (edge <= EXACT)
    for at in zip(*np.nonzero(small), strict=True):
        far[at] = _exact(round(float(x[at])), float(edge[at]), s, high=high)
    return np.minimum(far, MOST)


def within(middle: Numbers, s: float, reach: float = RANGE) -> tuple[Numbers, Numbers]:
    """Return the counts between which lie those within so many standard deviations."""
    at, step = _even(middle, s), reach
    low, high = (np.maximum(0, _back(np.maximum(0, at + way * step), s)) for way in (-1, 1))
    return low, np.maximum(high, middle)


def nothing(edge: float, s: float) -> float:
    """Return how likely it is that nothing at all comes where `edge` is expected.

    >>> round(nothing(20, 0.01), 9), nothing(0, 0.1)
    (1.2e-08, 1.0)
    """
    return float((1 + s * edge) ** (-1 / s))


def surprise(chance: float) -> float:
    """Return a probability as standard deviations; 0 for what is as likely as not.

    >>> round(surprise(1e-6), 2), surprise(0.7)
    (4.75, 0.0)
    """
    return min(MOST, -_NORMAL.inv_cdf(max(chance, 1e-19))) if chance < 0.5 else 0.0


def _even(x: Numbers, s: float) -> Numbers:
    """Return counts on the scale on which their standard deviation is 1."""
    return np.asarray(2 / math.sqrt(s) * np.arcsinh(np.sqrt(s * (np.maximum(x, 0) + 0.375))))


def _back(y: Numbers, s: float) -> Numbers:
    return np.asarray(np.sinh(y * math.sqrt(s) / 2) ** 2 / s - 0.375)


def _exact(x: int, mean: float, s: float, *, high: bool) -> float:
    """Return the distance by the tail's probability: x or more, or x or fewer."""
    last = x - 1 if high else x
    if last > 50 * EXACT:
        return MOST
    size, share = 1 / s, mean * s / (1 + mean * s)
    term = below = math.exp(-math.log1p(mean * s) / s)
    for count in range(1, last + 1):
        term *= share * (size + count - 1) / count
        below += term
    below = below if last >= 0 else 0.0
    return surprise(1 - below if high else below)
