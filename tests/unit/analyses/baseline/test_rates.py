"""How often a quiet month is called odd, and how often an odd day is: measured on made-up servers, with fixed seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from logscan.analyses.baseline import baseline
from logscan.model.baseline import Anomaly, Hour
from tests.unit.analyses.baseline.made_traffic import Server, day_of, dead, scaled, weeks

SERVERS = {
    "middling": Server(),
    "small": Server(size=20, bots=5),
    "large": Server(size=5000, bots=3000, spread=0.02, wander=0.05),
    "wild": Server(spread=0.15, wander=0.2, bounces=0.05),
}
WARM = 28
#: docs/adr/0027 has the figures of far more weeks.
SEED = 101


def test_quiet_weeks_have_next_to_no_anomaly() -> None:
    """Less than one in four weeks, each judged by what was before it."""
    counts = []
    for server in SERVERS.values():
        hours = weeks(server, SEED, 2 * WARM)
        for week in range(4):
            cut = hours[0].start.date() + timedelta(days=WARM + 7 * week)
            past = [hour for hour in hours if hour.start.date() < cut]
            told = baseline(past, hours[len(past) : len(past) + 7 * 24])
            assert told.enough
            counts.append(len(told.anomalies))
    assert 4 * sum(counts) / len(counts) < 1, counts


def test_a_quiet_fortnight_night_by_night() -> None:
    hours = weeks(Server(), 4, WARM + 14)
    nights = [baseline(*day_of(hours, WARM + night)).anomalies for night in range(14)]
    assert sum(map(len, nights)) == 0


Change = Callable[[Sequence[Hour]], list[Hour]]


def _half(day: Sequence[Hour]) -> list[Hour]:
    return scaled(day, 0.5, "received", "delivered", "bounced", "deferrals")


def _bounces(day: Sequence[Hour]) -> list[Hour]:
    return [replace(hour, bounced=3 * (hour.bounced or 0)) for hour in day]


def _slow(day: Sequence[Hour]) -> list[Hour]:
    return [replace(hour, delay_p90=5 * hour.delay_p90 if hour.delay_p90 else None) for hour in day]


def _dead(day: Sequence[Hour]) -> list[Hour]:
    return dead(day, 12, 13)


@pytest.mark.parametrize(
    ("change", "metrics", "of_four"),
    [(_half, {"received", "delivered"}, 3), (_bounces, {"bounced"}, 3), (_slow, {"delay"}, 4), (_dead, {"silence"}, 4)],
)  # fmt: skip
def test_what_happens_is_found(change: Change, metrics: set[str], of_four: int) -> None:
    found = 0
    for seed in (20, 21):
        hours = weeks(Server(), seed, WARM + 7)
        for number in (WARM + 1, WARM + 2):
            past, day = day_of(hours, number)
            odd: tuple[Anomaly, ...] = baseline(past, change(day)).anomalies
            found += any(one.metric in metrics for one in odd)
    assert found >= of_four
