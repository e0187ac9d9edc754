"""Made-up weeks of a mail server: seasons of day and week, overdispersion, newsletters, bots, growth, good and bad days.

Nothing of it knows how it is judged: counts are negative binomial around a level that wanders from day to day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from logscan.model.baseline import Hour

BERLIN = ZoneInfo("Europe/Berlin")
#: Mails by the hour of a working day, of the busiest.
PROFILE = (3, 2, 2, 2, 3, 5, 15, 45, 90, 100, 95, 85, 60, 75, 90, 85, 75, 55, 35, 25, 18, 12, 8, 5)
WEEKDAYS = (1.1, 1.0, 1.0, 0.95, 0.85, 0.25, 0.2)


@dataclass(frozen=True, kw_only=True)
class Server:
    """size: mails in the busiest hour. spread: overdispersion within a day. wander: of days. growth: a week.

    newsletters: weekday, hour, times the usual mail of a busy hour. bounces, puts_off: shares. bots: refusals an hour.
    """

    size: float = 300.0
    spread: float = 0.04
    wander: float = 0.08
    growth: float = 0.01
    newsletters: Sequence[tuple[int, int, float]] = ((0, 10, 4.0), (3, 15, 2.0))
    bounces: float = 0.02
    puts_off: float = 0.05
    bots: float = 60.0
    zone: tzinfo = BERLIN


def weeks(
    server: Server, seed: int, days: int, first: datetime = datetime(2026, 8, 3, tzinfo=BERLIN)
) -> list[Hour]:
    """Return the hours of so many local days, from a Monday on."""
    rng = np.random.default_rng(seed)
    begin, wall = first.astimezone(UTC), first.replace(tzinfo=None)
    end = (wall + timedelta(days=days)).replace(tzinfo=server.zone).astimezone(UTC)
    starts = [
        (begin + timedelta(hours=at)).astimezone(server.zone)
        for at in range(int((end - begin) / timedelta(hours=1)))
    ]
    day = np.array([(start.date() - first.date()).days for start in starts])
    clock, weekday = (
        np.array([start.hour for start in starts]),
        np.array([start.weekday() for start in starts]),
    )
    wander = np.exp(rng.normal(0, server.wander, days + 1))
    mean = server.size / 100 * np.array(PROFILE)[clock] * np.array(WEEKDAYS)[weekday]
    mean = mean * wander[day] * (1 + server.growth) ** (day / 7)
    received = _counts(rng, mean, server.spread)
    letters = np.zeros(len(starts))
    for on, hour, times in server.newsletters:
        # It takes two hours to go out, and begins when somebody presses the button.
        late = rng.uniform(0, 0.3, len(starts))
        letters += np.where((weekday == on) & (clock == hour), server.size * times * (1 - late), 0)
        letters += np.where((weekday == on) & (clock == hour + 1), server.size * times * np.roll(late, 1), 0)
    received = received + rng.poisson(letters)
    tries = np.maximum(0, received * rng.normal(1.3, 0.05, len(starts))).round().astype(int)
    # Bounces come in clusters: one mail to many who have left.
    rate = server.bounces * rng.gamma(1 / 0.3, 0.3, len(starts))
    bounced = rng.binomial(tries, np.minimum(rate, 0.9))
    deferrals = rng.poisson(tries * server.puts_off * rng.gamma(1 / 0.4, 0.4, len(starts)))
    siege = np.exp(rng.normal(0, 0.35, days + 1))[day] * rng.gamma(1 / 0.3, 0.3, len(starts))
    rejected, failed = rng.poisson(server.bots * siege), rng.poisson(server.bots / 3 * siege)
    p90 = 3.0 * np.exp(rng.normal(0, 0.35, len(starts)) + rng.normal(0, 0.1, days + 1)[day])
    return [
        Hour(
            start=start, received=int(received[at]), delivered=int(tries[at] - bounced[at]), deferrals=int(deferrals[at]),
            bounced=int(bounced[at]), rejected=int(rejected[at]), auth_failures=int(failed[at]),
            connections=int(rejected[at] + received[at]), delay_p90=float(p90[at]) if tries[at] else None,
        )
        for at, start in enumerate(starts)
    ]  # fmt: skip


def _counts(rng: np.random.Generator, mean: np.ndarray, spread: float) -> np.ndarray:
    return rng.poisson(mean * rng.gamma(1 / spread, spread, len(mean)))


def day_of(hours: Sequence[Hour], number: int) -> tuple[list[Hour], list[Hour]]:
    """Return what came before a day, counted from 0, and the day."""
    first = hours[0].start.date() + timedelta(days=number)
    return [hour for hour in hours if hour.start.date() < first], [
        hour for hour in hours if hour.start.date() == first
    ]


def scaled(hours: Sequence[Hour], factor: float, *names: str) -> list[Hour]:
    """Return hours with some counts multiplied."""
    return [replace(hour, **{name: round(factor * getattr(hour, name)) for name in names}) for hour in hours]


def dead(hours: Sequence[Hour], *clocks: int) -> list[Hour]:
    """Return hours of which some brought nothing."""
    counts = ("received", "delivered", "deferrals", "bounced", "rejected", "auth_failures", "connections")
    nothing: dict[str, Any] = dict.fromkeys(counts, 0)
    return [replace(hour, **nothing, delay_p90=None) if hour.start.hour in clocks else hour for hour in hours]
