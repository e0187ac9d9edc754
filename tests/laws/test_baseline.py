"""What must be true of the usual, whatever it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.analyses.baseline import baseline
from logscan.model.baseline import Baseline, Hour, Usual
from tests.unit.analyses.baseline.made_traffic import Server, day_of, scaled, weeks

SEEDS = st.integers(0, 5)
FEW = settings(max_examples=6, deadline=None)
COUNTS = ("received", "delivered", "deferrals", "bounced", "rejected", "auth_failures", "connections")


@cache
def made(seed: int) -> tuple[tuple[Hour, ...], tuple[Hour, ...]]:
    past, day = day_of(weeks(Server(), seed, 30), 29)
    return tuple(past), tuple(day)


@cache
def told(seed: int) -> Baseline:
    return baseline(*made(seed))


@FEW
@given(SEEDS, st.randoms())
def test_order_is_nothing(seed: int, random: Random) -> None:
    past, day = map(list, made(seed))
    random.shuffle(past)
    random.shuffle(day)
    assert baseline(past, day) == told(seed)


@FEW
@given(SEEDS, st.integers(2, 9))
def test_as_much_more_mail_is_expected_as_there_was(seed: int, times: int) -> None:
    past, day = made(seed)
    more = baseline(scaled(past, times, *COUNTS), scaled(day, times, *COUNTS))
    for one, larger in zip(*(_received(each) for each in (told(seed), more)), strict=True):
        assert (one.start, one.like) == (larger.start, larger.like)
        if one.median >= 50:
            assert larger.median == pytest.approx(times * one.median, rel=0.1)


def _received(found: Baseline) -> list[Usual]:
    return [one for one in found.usual if one.metric == "received"]


@FEW
@given(SEEDS, st.integers(2, 4))
def test_what_comes_again_is_as_usual(seed: int, weeks_back: int) -> None:
    week = weeks(Server(), seed, 7)
    repeated = [
        replace(hour, start=hour.start + timedelta(days=7 * back))
        for back in range(2 + weeks_back)
        for hour in week
    ]
    days = 7 * (1 + weeks_back)
    assert baseline(*_cut(repeated, days)).anomalies == ()


def _cut(hours: list[Hour], days: int) -> tuple[list[Hour], list[Hour]]:
    first = hours[0].start.date() + timedelta(days=days)
    return [hour for hour in hours if hour.start.date() < first], [
        hour for hour in hours if hour.start.date() >= first
    ]


@FEW
@given(SEEDS, st.integers(0, 28), st.sampled_from([0.0, 0.1, 20.0]))
def test_one_wild_day_changes_little(seed: int, number: int, times: float) -> None:
    past, day = made(seed)
    wild = past[0].start.date() + timedelta(days=number)
    other = [hour if hour.start.date() != wild else scaled([hour], times, *COUNTS)[0] for hour in past]
    found = baseline(other, day)
    for metric in ("received", "delivered"):
        usual, changed = (
            sum(one.median for one in each.usual if one.metric == metric) for each in (told(seed), found)
        )
        assert changed == pytest.approx(usual, rel=0.15)
    assert len(found.anomalies) <= len(told(seed).anomalies) + 1


@FEW
@given(SEEDS, st.lists(st.integers(0, 23), max_size=12))
def test_what_is_not_known_is_not_told(seed: int, blind: list[int]) -> None:
    past, day = made(seed)
    known = [hour for hour in day if hour.start.hour not in blind]
    found = baseline(past, [*known, *(Hour(start=hour.start) for hour in day if hour.start.hour in blind)])
    starts = {hour.start for hour in known}
    assert {one.start for one in found.usual} <= starts
    assert all(one.since in starts for one in found.anomalies)
    assert all(one.low <= one.median <= one.high for one in found.usual)
