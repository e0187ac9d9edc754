"""Distances and ranges of overdispersed counts."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from logscan.analyses.baseline import spread
from logscan.analyses.baseline.expect import rates
from logscan.analyses.baseline.tables import TRACKS, median


def tail(count: int, mean: float, s: float) -> float:
    """Return the probability of `count` or fewer, by gamma functions."""
    size, share = 1 / s, mean * s / (1 + mean * s)
    return sum(
        math.exp(math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1) - size * math.log1p(mean * s) + k * math.log(share))
        for k in range(count + 1)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("count", "mean", "s"), [(0, 9.0, 0.02), (2, 20.0, 0.05), (1, 30.0, 0.3), (5, 38.0, 0.01)]
)
def test_too_few_of_few_is_measured_by_the_true_tail(count: int, mean: float, s: float) -> None:
    far = spread.beyond(np.array([float(count)]), np.array([mean]), s, high=False)[0]
    assert far == pytest.approx(-NormalDist().inv_cdf(tail(count, mean, s)), abs=1e-6)


@pytest.mark.parametrize(("count", "mean", "s"), [(9, 1.0, 0.1), (60, 20.0, 0.1), (6, 0.5, 0.01)])
def test_too_many_of_few_too(count: int, mean: float, s: float) -> None:
    far = spread.beyond(np.array([float(count)]), np.array([mean]), s, high=True)[0]
    assert far == pytest.approx(-NormalDist().inv_cdf(1 - tail(count - 1, mean, s)), abs=1e-3)


def test_large_counts_are_about_normal() -> None:
    s, mean = 0.04, 2000.0
    far = spread.beyond(np.array([1000.0]), np.array([mean]), s, high=False)[0]
    assert far == pytest.approx(-NormalDist().inv_cdf(tail(1000, mean, s)), abs=0.5)


def test_inside_there_is_no_distance_and_none_is_endless() -> None:
    x = np.array([10.0, np.nan, 1e9, 5.0])
    edge = np.array([10.0, 5.0, 5.0, np.nan])
    assert spread.beyond(x, edge, 0.1, high=True).tolist() == [0, 0, spread.MOST, 0]
    assert spread.beyond(x, edge, 0.1, high=False).tolist() == [0, 0, 0, 0]


def test_the_spread_is_found_again_and_one_wild_day_does_not_make_it() -> None:
    rng = np.random.default_rng(1)
    mean = np.tile(np.linspace(5, 200, 24), (40, 1))
    x = rng.poisson(mean * rng.gamma(1 / 0.1, 0.1, mean.shape)).astype(float)
    s = spread.overdispersion(x, mean, 0.01)
    assert s == pytest.approx(0.1, rel=0.4)
    x[7] *= 10
    assert spread.overdispersion(x, mean, 0.01) < 1.6 * s
    assert spread.overdispersion(mean, mean, 0.01) == 0.01
    assert spread.overdispersion(np.array([np.nan]), np.array([1.0]), 0.01) == 1.0


def test_ranges_hold_nineteen_of_twenty() -> None:
    rng = np.random.default_rng(2)
    for mean, s in ((3.0, 0.1), (40.0, 0.05), (1000.0, 0.2)):
        x = rng.poisson(mean * rng.gamma(1 / s, s, 20_000))
        low, high = (edge[0] for edge in spread.within(np.array([mean]), s))
        assert low < mean < high
        assert ((x >= low) & (x <= high)).mean() == pytest.approx(0.95, abs=0.035)


def test_medians_leave_out_what_is_not_known() -> None:
    values = np.array([[1.0, np.nan, 4.0], [3.0, np.nan, np.nan], [9.0, np.nan, 5.0]])
    assert np.array_equal(median(values), [3.0, np.nan, 4.5], equal_nan=True)
    assert np.isnan(median(np.empty((0, 2)))).all()


def test_few_counts_have_a_mean_and_no_burst_makes_it() -> None:
    x = np.zeros((20, 24, len(TRACKS)))
    x[::4] = 1.0
    usual, count = rates(x, np.ones_like(x))
    counted = slice(0, len(TRACKS) - 1)
    assert usual[:, counted] == pytest.approx(np.full((24, len(TRACKS) - 1), 0.25))
    assert (count == 20).all()
    x[3, 5] = 500.0
    assert rates(x, np.ones_like(x))[0][5, counted].max() < 0.4
