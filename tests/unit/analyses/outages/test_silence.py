"""Mail that always comes and did not is a silence; a quiet night or weekend is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from logscan.analyses.outages.silence import silences

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
MINUTE = timedelta(minutes=1)


def traffic(
    days: int, *, quiet: tuple[datetime, datetime] | None = None, seed: int = 1
) -> tuple[dict[datetime, int], tuple[datetime, datetime]]:
    """Return two mails a minute from 8 to 18 on workdays, one an hour else."""
    random = Random(seed)  # noqa: S311
    minutes: dict[datetime, int] = {}
    for at in range(days * 24 * 60):
        time = START + at * MINUTE
        busy = time.weekday() < 5 and 8 <= time.hour < 18
        count = sum(random.random() < (0.1 if busy else 1 / 1200) for _ in range(20))
        if count and not (quiet and quiet[0] <= time < quiet[1]):
            minutes[time] = count
    return minutes, (START, START + timedelta(days=days))


@pytest.mark.parametrize("seed", range(20))
def test_nights_and_weekends_are_no_silence(seed: int) -> None:
    minutes, covered = traffic(12, seed=seed)
    assert silences(minutes, covered, 900, UTC) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_dead_hour_on_a_workday(seed: int) -> None:
    begin = START + timedelta(days=3, hours=10)
    minutes, covered = traffic(5, quiet=(begin, begin + timedelta(hours=1)), seed=seed)
    [(since, end)] = silences(minutes, covered, 900, UTC)
    assert abs(since - begin) <= 5 * MINUTE
    assert end is not None
    assert abs(end - begin - timedelta(hours=1)) <= 5 * MINUTE


def test_a_silence_to_the_end_is_open() -> None:
    begin = START + timedelta(days=4, hours=14)
    minutes, covered = traffic(5, quiet=(begin, START + timedelta(days=9)))
    covered = (covered[0], START + timedelta(days=4, hours=16))
    assert [end for _, end in silences(minutes, covered, 900, UTC)] == [None]


def test_two_days_tell_nothing() -> None:
    begin = START + timedelta(days=1, hours=10)
    minutes, covered = traffic(2, quiet=(begin, begin + timedelta(hours=3)))
    assert silences(minutes, covered, 900, UTC) == []
    assert silences({}, covered, 900, UTC) == []
