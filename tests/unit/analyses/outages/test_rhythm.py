"""A pattern that is there is found; one that chance makes is denied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from logscan.analyses.outages.rhythm import DAY, WEEK, Found, Span, rhythm

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
GAP = 900.0
HOUR = 3600.0
SEEDS = range(24)


def spans(begins: Sequence[float], lasts: float = 300.0) -> list[Span]:
    at = [START + timedelta(seconds=begin) for begin in sorted(begins)]
    length = timedelta(seconds=lasts)
    return [Span(begin=time, last=time + length, end=time + length) for time in at]


def found(
    begins: Sequence[float], marks: dict[str, list[float]] | None = None, days: float = 30, zone: str = "UTC"
) -> Found:
    times = {what: [START + timedelta(seconds=at) for at in each] for what, each in (marks or {}).items()}
    covered = (START, START + timedelta(days=days))
    return rhythm(apart(spans(begins)), times, covered, GAP, ZoneInfo(zone))


def apart(given: Sequence[Span]) -> list[Span]:
    """What lies closer than the gap is one outage, as in the real analysis."""
    kept: list[Span] = []
    for span in given:
        if not kept or (span.begin - kept[-1].last).total_seconds() > GAP:
            kept.append(span)
    return kept


def chance(random: Random, count: int, days: float = 30) -> list[float]:
    return [random.uniform(0, days * DAY) for _ in range(count)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("count", [6, 12, 40])
def test_chance_is_no_pattern(seed: int, count: int) -> None:
    random = Random(1000 * count + seed)  # noqa: S311
    marks = {"graceful apache-error": chance(random, 30), "start apache-error": chance(random, 5)}
    seen = found(chance(random, count), marks)
    assert (seen.pattern, seen.follows, seen.next) == ("none", None, None)


@pytest.mark.parametrize("seed", SEEDS)
def test_load_by_day_that_chance_spreads_is_no_period(seed: int) -> None:
    """Bursts: a few bad evenings, each with several outages. They are neither periodic nor daily."""
    random = Random(seed)  # noqa: S311
    evenings = random.sample(range(30), 3)
    begins = [day * DAY + 19 * HOUR + random.uniform(0, 4 * HOUR) for day in evenings for _ in range(4)]
    assert found(begins).pattern == "none"


@pytest.mark.parametrize("seed", SEEDS)
def test_every_26_hours(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    begins = [HOUR + 26 * HOUR * turn + random.gauss(0, 600) for turn in range(12)]
    seen = found(begins)
    assert seen.pattern == "period"
    assert seen.period_s == pytest.approx(26 * HOUR, abs=900)
    assert seen.next is not None
    expected = START + timedelta(seconds=HOUR + 26 * HOUR * 12)
    assert abs(seen.next - expected) < timedelta(minutes=45)


@pytest.mark.parametrize("seed", SEEDS)
def test_nights_at_a_quarter_to_seven_with_some_left_out(seed: int) -> None:
    """By the local clock, and about every second night, so that the waits are not alike."""
    random = Random(seed)  # noqa: S311
    nights = random.sample(range(1, 30), 14)
    begins = [night * DAY + 6 * HOUR + 25 * 60 + random.uniform(0, 1200) for night in nights]
    seen = found(begins, zone="Asia/Shanghai")
    assert seen.pattern == "daily"
    assert seen.at == pytest.approx((6 + 25 / 60 + 8 + 1 / 6) / 24, abs=0.01)
    assert seen.next is not None
    assert abs(seen.next.astimezone(UTC).hour * 60 + seen.next.minute - 395) < 20


@pytest.mark.parametrize("seed", range(8))
def test_every_sunday(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    weeks = sorted(random.sample(range(20), 10))
    begins = [week * WEEK + 6.2 * DAY + random.uniform(0, HOUR) for week in weeks]
    seen = found(begins, days=140)
    assert seen.pattern == "weekly"
    assert seen.at is not None
    assert int(seen.at * 7) == 6


@pytest.mark.parametrize("seed", SEEDS)
def test_what_follows_a_graceful_restart(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    restarts = [day * DAY + random.uniform(0, DAY) for day in range(30)]
    begins = [at + random.uniform(1, 50) for at in random.sample(restarts, 15)]
    seen = found(begins, {"graceful apache-error": restarts, "start opendkim": chance(random, 20)})
    assert seen.follows is not None
    assert (seen.follows.what, seen.follows.hits) == ("graceful apache-error", 15)
    assert seen.follows.within_s == 60


@pytest.mark.parametrize("seed", SEEDS)
def test_always_ninety_minutes_after_a_start(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    starts = sorted(day * DAY + random.uniform(0, 20 * HOUR) for day in range(0, 30, 3))
    seen = found([at + 5400 + random.uniform(-60, 60) for at in starts], {"start php-fpm": starts})
    assert seen.follows is not None
    assert seen.follows.at_s == pytest.approx(5400, abs=90)


@pytest.mark.parametrize("count", range(1, 5))
def test_few_points_are_no_pattern_however_regular(count: int) -> None:
    begins = [turn * 26 * HOUR for turn in range(count)]
    seen = found(begins)
    assert (seen.pattern, seen.period_s, seen.next) == ("few", None, None)


def test_outages_that_the_gap_sets_apart_are_not_regular_by_that() -> None:
    """A service that always fails again soon: the gap alone spaces its outages."""
    random = Random(7)  # noqa: S311
    at, begins = 0.0, []
    for _ in range(40):
        begins.append(at)
        at += 300 + GAP + random.expovariate(1 / 200)
    assert found(begins).pattern == "none"
