"""Hours as tables of days and clock hours, and how much traffic there was in the weeks of each day.

In: hours. Out: `Table`, NaN where nothing is known. Never: a weekend by the calendar: which days of the week are quiet, the
history itself tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from logscan.model.baseline import Hour

Numbers = NDArray[np.float64]

#: Counts that are measured against the traffic of their weeks.
VOLUMES: Final = ("received", "delivered", "rejected", "auth_failures")
#: Counts that are measured against tries: themselves and what was delivered.
RATES: Final = ("bounced", "deferrals")
#: Logarithms of seconds.
DELAYS: Final = ("delay",)
TRACKS: Final = (*VOLUMES, *RATES, *DELAYS)
#: Whatever shows that the server lives.
LIFE: Final = ("received", "delivered", "deferrals", "bounced", "rejected", "connections")

#: Recipients of an hour without whom nine tenths of them mean little.
LEAST: Final = 5
#: Seconds below which delays are alike.
SHORTEST: Final = 0.1
#: A weekday is quiet if it brings less than this part of what the median weekday brings.
QUIET: Final = 0.6

_WEEKS: Final = timedelta(days=15)
_LAST: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """History by day, clock hour and track.

    days: at midnight, sorted. weekdays, quiet: of each day. x: counts, or a delay's logarithm. e: what they are measured
    against: tries, or the level of traffic around that day. level: at the end, by track.
    """

    days: pd.DatetimeIndex
    weekdays: NDArray[np.int64]
    quiet: NDArray[np.bool_]
    x: Numbers
    e: Numbers
    level: Numbers


def frame(hours: Sequence[Hour]) -> pd.DataFrame:
    """Return covered hours as rows in the order of time: `day` and `clock` as the wall has them, and each field as a float."""
    names = [field.name for field in fields(Hour) if field.name != "start"]
    rows = sorted((hour for hour in hours if hour.covered), key=lambda hour: hour.start)
    made = pd.DataFrame(
        {name: pd.array([getattr(row, name) for row in rows], dtype="Float64") for name in names}
    )
    made = made.astype("float64") if rows else pd.DataFrame({name: np.zeros(0) for name in names})
    walls = pd.DatetimeIndex([row.start.replace(tzinfo=None) for row in rows])
    made["day"], made["clock"] = walls.normalize(), walls.hour
    enough = made["delivered"] >= LEAST
    made["delay"] = np.log(made["delay_p90"].where(enough).clip(lower=SHORTEST))
    return made


def tries(rows: pd.DataFrame, track: str) -> pd.Series[float]:
    """Return what a rate is measured against."""
    return rows[track] + rows["delivered"]


def known_days(rows: pd.DataFrame) -> int:
    """Return how many local days have at least half of their hours."""
    return int((rows.groupby("day").size() >= 12).sum())


def table(rows: pd.DataFrame) -> Table:
    """Return history. rows: see `frame`. An hour that the clock shows twice counts as the mean of both."""
    cells = rows.groupby(["day", "clock"])[[*TRACKS[:-1], "delay"]].mean()
    days = pd.DatetimeIndex(cells.index.get_level_values("day").unique())
    grid = pd.MultiIndex.from_product([days, range(24)], names=["day", "clock"])
    x = cells.reindex(grid)[list(TRACKS)].to_numpy().reshape(len(days), 24, len(TRACKS))
    weekdays = days.day_of_week.to_numpy().astype(np.int64)
    delivered = x[:, :, TRACKS.index("delivered")]
    quiet = _quiet(delivered + x[:, :, TRACKS.index("received")], weekdays)
    e = np.where(np.isnan(x), np.nan, 1.0)
    for name in RATES:
        at = TRACKS.index(name)
        e[:, :, at] = x[:, :, at] + delivered
    level = np.ones(len(TRACKS))
    for at, name in enumerate(TRACKS):
        if name in VOLUMES:
            levels, level[at] = _levels(x[:, :, at], days, quiet)
            e[:, :, at] *= levels[:, None]
    return Table(days=days, weekdays=weekdays, quiet=quiet, x=x, e=e, level=level)


def _quiet(counts: Numbers, weekdays: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which days are of a weekday that brings little."""
    with np.errstate(all="ignore"):
        totals = np.nansum(counts, axis=1) * 24 / np.maximum(1, (~np.isnan(counts)).sum(axis=1))
    medians = pd.Series(totals).groupby(weekdays).median()
    little = medians.index[medians < QUIET * medians.median()]
    return np.isin(weekdays, little)


def _levels(x: Numbers, days: pd.DatetimeIndex, quiet: NDArray[np.bool_]) -> tuple[Numbers, float]:
    """Return the level of traffic around each day, and that of the last two weeks; of all days it is about 1.

    A median of days, so that no single one is its own measure.
    """
    usual = np.empty_like(x)
    for kind in (False, True):
        alike = quiet == kind
        if alike.any():
            usual[alike] = median(x[alike])
    known = ~np.isnan(x)
    sums, expected = np.where(known, x, 0).sum(axis=1), np.where(known, usual, 0).sum(axis=1)
    ratio = pd.Series((sums + 5) / (expected + 5), index=days)
    around: Any = ratio.rolling(_WEEKS, center=True, min_periods=5).median()
    levels = around.fillna(1.0).clip(1 / 3, 3).to_numpy()
    last = ratio[days > days[-1] - _LAST]
    return levels, float(np.clip(last.median(), 1 / 3, 3)) if len(last) >= 5 else 1.0


def median(values: Numbers) -> Numbers:
    """Return the medians along the first axis, NaN left out; NaN where there is nothing else.

    numpy's own takes thirty times as long for small tables.
    """
    if not len(values):
        return np.full(values.shape[1:], np.nan)
    ordered = np.sort(values, axis=0)
    count = (~np.isnan(values)).sum(axis=0)
    low, high = np.maximum(0, (count - 1) // 2), np.maximum(0, np.minimum(count // 2, len(values) - 1))
    lower = np.take_along_axis(ordered, low[None], axis=0)[0]
    return np.asarray((lower + np.take_along_axis(ordered, high[None], axis=0)[0]) / 2)
