"""The tests keep their promise: what chance makes falls below p about p times as often."""

from __future__ import annotations

from random import Random

import pytest

from logscan.analyses.outages.chance import directed, regular, share

DRAWS = 1500


@pytest.mark.parametrize("count", [4, 8, 20])
def test_waits_of_chance(count: int) -> None:
    random = Random(count)  # noqa: S311
    found = [regular([random.expovariate(1) for _ in range(count)]) for _ in range(DRAWS)]
    assert 0.03 < sum(p < 0.05 for p in found) / DRAWS < 0.075


@pytest.mark.parametrize("count", [5, 8, 20])
def test_hours_of_chance(count: int) -> None:
    random = Random(count)  # noqa: S311
    found = [directed([random.random() for _ in range(count)])[0] for _ in range(DRAWS)]
    assert 0.03 < sum(p < 0.05 for p in found) / DRAWS < 0.075


def test_waits_that_are_no_waits_prove_nothing() -> None:
    assert regular([]) == regular([60.0]) == regular([60.0, 0.0, 60.0]) == regular([60.0, -5.0]) == 1.0
    assert regular([60.0] * 9) == 0.0
    assert regular([1.0, 1e9, 1.0, 1e9, 1.0, 1e12]) == pytest.approx(1.0)


def test_the_tail_of_the_binomial() -> None:
    assert share(5, 5, 0.01) == pytest.approx(1e-10)
    assert share(1, 10, 0.1) == pytest.approx(1 - 0.9**10)
    assert share(3, 3, 1.0) == 1.0
