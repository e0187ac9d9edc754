"""What each hour brought, for whoever compares it with others.

In: a `Partial`, from when to when its logs were read, a zone. Out: `model.baseline.Hour`s. Never: an hour that was read in part.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Final

import polars as pl

from logscan.analyses.flow.fold import QUARTER, Partial
from logscan.analyses.flow.result import finish
from logscan.model.baseline import Hour
from logscan.model.hours import hours

#: Of so many recipients in a hundred the longest wait.
_NINETY: Final = 90
_QUARTER: Final = QUARTER * 60
_MICRO: Final = 1_000_000


def hourly(partial: Partial, covered: tuple[datetime, datetime], zone: tzinfo) -> Iterator[Hour]:
    """Yield every whole hour inside of `covered`, with zeros for what did not occur in it."""
    waits: dict[datetime, Counter[int]] = defaultdict(Counter)
    for quarter, us, count in partial.sums["waits"].iter_rows():
        waits[_hour(quarter, zone)][us] += count
    lines = partial.sums["lines"].filter(pl.col("what").is_in(["auth_failures", "connections"]))
    counts: dict[str, Counter[datetime]] = defaultdict(Counter)
    for what, minute, count in lines.select("what", "minute", "count").drop_nulls("minute").iter_rows():
        counts[what][_hour(minute // QUARTER, zone)] += count
    for hour in hours(finish(partial, zone).per_hour, covered, zone):
        at = hour.start.astimezone(UTC)
        yield replace(
            hour,
            auth_failures=counts["auth_failures"][at],
            connections=counts["connections"][at],
            delay_p90=_ninetieth(waits[at]) if at in waits else None,
        )


def _hour(quarter: int, zone: tzinfo) -> datetime:
    """Return in UTC when the local hour began in which a quarter lies."""
    local = datetime.fromtimestamp(quarter * _QUARTER, UTC).astimezone(zone)
    return local.replace(minute=0).astimezone(UTC)


def _ninetieth(waits: Counter[int]) -> float:
    """Return the wait in seconds that nine of ten recipients did not wait longer than."""
    wanted, seen = waits.total() * _NINETY, 0
    for us in sorted(waits):
        seen += waits[us] * 100
        if seen >= wanted:
            return us / _MICRO
    raise AssertionError  # a counter that is asked has counts
