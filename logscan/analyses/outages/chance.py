"""What chance alone would do: three tests in closed form, so that an answer never depends on drawn numbers.

In: numbers. Out: p, the probability that chance does as well or better. Never: calls anything significant.

`regular` is Bartlett's test turned around: waiting times of a Poisson process are exponential, those of
a clock are alike. `directed` is Rayleigh's test of directions on a circle, the day's or the week's.
`share` is the upper tail of the binomial distribution.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def regular(waits: Sequence[float]) -> float:
    """Return how likely waits that chance spread would be as alike as these (all positive), or more.

    >>> regular([60.0, 61.0, 59.0, 60.5, 60.2, 59.9]) < 1e-6
    True
    >>> 0.05 < regular([10.0, 200.0, 43.0, 5.0, 91.0, 60.0]) < 1
    True
    """
    count = len(waits)
    if count < 2 or min(waits) <= 0:
        return 1.0
    mean = math.fsum(waits) / count
    spread = 2 * math.fsum(math.log(mean / wait) for wait in waits)
    return _chi_square_below(max(spread, 0.0) / (1 + (count + 1) / (6 * count)), count - 1)


def directed(turns: Sequence[float]) -> tuple[float, float]:
    """Return (p, mean direction) of phases from 0 to 1.

    >>> p, mean = directed([0.10, 0.11, 0.12, 0.10, 0.12, 0.11, 0.10])
    >>> p < 0.01, round(mean, 2)
    (True, 0.11)
    """
    count = len(turns)
    angles = [2 * math.pi * turn for turn in turns]
    x, y = math.fsum(map(math.cos, angles)), math.fsum(map(math.sin, angles))
    length = math.hypot(x, y)
    # Zar's approximation, good from five directions on
    p = math.exp(math.sqrt(1 + 4 * count + 4 * (count**2 - length**2)) - (1 + 2 * count)) if count else 1.0
    return min(p, 1.0), math.atan2(y, x) / (2 * math.pi) % 1


def share(hits: int, tries: int, chance: float) -> float:
    """Return how likely `hits` or more of `tries` are, each with probability `chance`.

    >>> round(share(2, 2, 0.5), 3), share(0, 5, 0.1)
    (0.25, 1.0)
    """
    if hits <= 0 or chance >= 1:
        return 1.0
    return math.fsum(
        math.comb(tries, k) * chance**k * (1 - chance) ** (tries - k) for k in range(hits, tries + 1)
    )


def _chi_square_below(value: float, freedom: int) -> float:
    """Return the lower tail of the chi-square distribution: the regularised incomplete gamma function's series."""
    a, x = freedom / 2, value / 2
    if x <= 0:
        return 0.0
    if x > a + 200:
        return 1.0
    term = total = 1 / a
    n = a
    while term > total * 1e-15:
        n += 1
        term *= x / n
        total += term
    return min(1.0, total * math.exp(-x + a * math.log(x) - math.lgamma(a)))
