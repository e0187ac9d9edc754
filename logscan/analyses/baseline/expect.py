"""What an hour should bring, by the hours like it.

In: `Table`. Out: `Likes`, which gives what a day should bring. Never: a mean that one wild day moves.

Hours of the same weekday know of Monday's newsletter, but in four weeks there are four of them; hours of all days of their sort
(busy or quiet) are many, and know of no newsletter. So both are asked: the nearer ones are the expectation from three on,
and up to the fifth whatever one of the two finds usual is usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from logscan.analyses.baseline.tables import DELAYS, TRACKS, VOLUMES, Numbers, Table, median

#: Hours of the same weekday: from here on they are asked, are the expectation, and are asked alone.
ASKED: Final = 2
TAKEN: Final = 3
ALONE: Final = 5
#: Days of a sort among which one more or less is nothing.
MANY: Final = 10

#: Counts below which a median says too little: of 0, 0, 1, 0 it is 0.
FEW: Final = 10
#: How far above the median a count still has its full weight, in standard deviations of pure chance.
CAP: Final = 4

_PLAIN: Final = np.array([name in DELAYS for name in TRACKS])
_VOLUME: Final = np.array([name in VOLUMES for name in TRACKS])


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """By clock hour and track, per unit of what a track is measured against.

    middle: the expectation. low, high: between them everything is usual without a question. like: hours behind middle.
    """

    middle: Numbers
    low: Numbers
    high: Numbers
    like: NDArray[np.int64]


class Likes:
    """The hours of a history, by what they are like. Days are many enough to be asked together with themselves from MANY on."""

    def __init__(self, history: Table) -> None:
        self.history = history
        self._together = {
            quiet: rates(history.x[alike], history.e[alike])
            for quiet in (False, True)
            if (alike := history.quiet == quiet).sum() >= MANY
        }

    def expected(self, weekday: int, *, quiet: bool, without: int | None = None) -> Expected:
        """Return what a day should bring. without: a row that does not count: the day itself."""
        there = np.ones(len(self.history.days), dtype=bool)
        if without is not None:
            there[without] = False
        near, others = self._of(there & (self.history.weekdays == weekday))
        # A day of history is measured as ours is: with as many questions, though with one answer less.
        number = others + (without is not None)
        wide, many = self._together.get(quiet) or self._of(there & (self.history.quiet == quiet))
        taken = (number >= TAKEN) & ~np.isnan(near) | np.isnan(wide)
        asked, alone = (
            (number >= ASKED) & ~np.isnan(near),
            (number >= ALONE) & ~np.isnan(near) | np.isnan(wide),
        )
        return Expected(
            middle=np.where(taken, near, wide),
            low=np.where(alone, near, np.where(asked, np.fmin(near, wide), wide)),
            high=np.where(alone, near, np.where(asked, np.fmax(near, wide), wide)),
            like=np.where(taken, others, many),
        )

    def _of(self, days: NDArray[np.bool_]) -> tuple[Numbers, NDArray[np.int64]]:
        return rates(self.history.x[days], self.history.e[days])


def lenient(told: Expected, clocks: NDArray[np.int64]) -> tuple[Numbers, Numbers]:
    """Return low and high of single hours: a burst may come an hour earlier or later, and so may the morning.

    clocks: the hours that are asked for.
    """
    before, after = (clocks - 1) % 24, (clocks + 1) % 24
    low, high = told.low[clocks], told.high[clocks]
    high_near = np.fmax(high, np.fmax(told.high[before], told.high[after]))
    # Only half of the way down: the hour before the morning is empty, and a morning without mail is not usual for that.
    low_near = np.sqrt(np.maximum(0, low) * np.fmin(low, np.fmin(told.low[before], told.low[after])).clip(0))
    return np.where(_VOLUME, low_near, low), np.where(_VOLUME, high_near, high)


def rates(x: Numbers, e: Numbers) -> tuple[Numbers, NDArray[np.int64]]:
    """Return (clock, track) what days (first axis) usually bring, and how many of them are known.

    Medians; of few counts a mean with the neighbouring hours, in which bursts have been cut down.
    """
    with np.errstate(all="ignore"):
        each = np.where(e > 0, x / e, np.nan)
        middle = median(each)
        usual = middle * e
        kept = np.fmin(x, usual + CAP * np.sqrt(usual + 1))
        kept = np.where(np.isnan(kept) | np.isnan(e), 0, kept).sum(axis=0)
        against = np.where(np.isnan(e) | np.isnan(x), 0, e).sum(axis=0)
        pooled = _with_neighbours(kept) / _with_neighbours(against)
        few = ~(middle * median(e) >= FEW) & ~_PLAIN
    return np.where(few, pooled, middle), (~np.isnan(x)).sum(axis=0)


def _with_neighbours(values: Numbers) -> Numbers:
    return values + np.roll(values, 1, axis=0) + np.roll(values, -1, axis=0)
