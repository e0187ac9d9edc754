"""Hours, made of flow's table and laid together.

In: rows of `flow`'s hours; hours. Out: `model.baseline.Hour`. Never: an hour of which only a part is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from logscan.model.baseline import Hour
from logscan.model.flow import Period

_HOUR: Final = timedelta(hours=1)


def hours(per_hour: Sequence[Period], covered: tuple[datetime, datetime], zone: tzinfo) -> Iterator[Hour]:
    """Yield every whole hour inside of `covered` from flow's table, which leaves out those in which nothing happened.

    covered: from when to when the logs were read; what they hold afterwards was not looked at.
    """
    known = {one.start.astimezone(UTC): one for one in per_hour}
    at = covered[0].astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    at += _HOUR if at < covered[0] else timedelta()
    while at + _HOUR <= covered[1]:
        one = known.get(at) or Period(start=at)
        yield Hour(
            start=at.astimezone(zone), received=one.received, delivered=one.delivered, deferrals=one.deferrals,
            bounced=one.bounced, rejected=one.rejected,
        )  # fmt: skip
        at += _HOUR


def both(one: Hour, other: Hour) -> Hour:
    """Return an hour of which two stretches of the logs tell: the sums of both."""
    waits = [wait for wait in (one.delay_p90, other.delay_p90) if wait is not None]
    return Hour(
        start=one.start,
        received=_sum(one.received, other.received),
        delivered=_sum(one.delivered, other.delivered),
        deferrals=_sum(one.deferrals, other.deferrals),
        bounced=_sum(one.bounced, other.bounced),
        rejected=_sum(one.rejected, other.rejected),
        auth_failures=_sum(one.auth_failures, other.auth_failures),
        connections=_sum(one.connections, other.connections),
        delay_p90=max(waits, default=None),
    )


def _sum(one: int | None, other: int | None) -> int | None:
    known = [count for count in (one, other) if count is not None]
    return sum(known) if known else None
