"""A chart of each kind, with whatever label."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

from logscan.app.drawing import wording
from logscan.reports.charts import drawings, svg, telling
from logscan.reports.charts.data import (
    Causes,
    Coverage,
    Data,
    Series,
    Signed,
    Stage,
    Stages,
    Traffic,
    Week,
)
from logscan.reports.wording import Wording

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)


def words(lang: str = "en") -> Wording:
    return wording(lang, UTC, (), "charts", "causes", "report")


def traffic(hours: int = 24, *, zone: str = "UTC", daily: bool = False) -> Traffic:
    step = timedelta(days=1) if daily else timedelta(hours=1)
    return Traffic(
        starts=tuple(MIDNIGHT + at * step for at in range(hours)),
        received=tuple(40 + at % 7 for at in range(hours)),
        delivered=tuple(30 + at % 5 for at in range(hours)),
        rejected=(None, *(at % 3 for at in range(hours - 1))),
        outages=((MIDNIGHT + 0.1 * step, MIDNIGHT + 0.5 * step),),
        zone=zone,
        daily=daily,
    )


def causes(days: int = 9, *, label: str = "cause", count: int = 7) -> Causes:
    return Causes(
        days=tuple(date(2026, 11, 24) + timedelta(days=at) for at in range(days)),
        series=tuple(
            Series(label=f"{label} {number}", values=tuple(number + at for at in range(days)))
            for number in range(count)
        ),
        zone="UTC",
    )


def stages(label: str = "stage") -> Stages:
    return Stages(
        stages=tuple(
            Stage(label=f"{label} {number}", count=9, p50=0.0, p90=0.5, p95=3.0 * number, max=100_000.0)
            for number in range(1, 4)
        )
    )


def week(zone: str = "UTC") -> Week:
    counts = tuple(tuple((day * hour) % 11 for hour in range(24)) for day in range(7))
    return Week(weekdays=tuple(range(7)), counts=counts, zone=zone)


def coverage(label: str = "domain") -> Coverage:
    rows = ((100, 98), (7, 0), (3, 3), (5, None))
    return Coverage(
        rows=tuple(
            Signed(label=f"{label} {at}", mails=mails, signed=signed)
            for at, (mails, signed) in enumerate(rows)
        )
    )


def every(label: str = "plain") -> list[Data]:
    """Return charts of every kind in which `label` stands wherever a label can."""
    return [
        traffic(zone=label),
        traffic(200, zone=label),
        traffic(31, daily=True, zone=label),
        causes(label=label),
        causes(1, label=label),
        stages(label),
        week(label),
        coverage(label),
    ]


@cache
def inline(data: Data, lang: str = "en") -> str:
    """Return the chart as SVG; drawn once, for many tests look at it."""
    return fresh(data, lang)


def fresh(data: Data, lang: str = "en") -> str:
    said = words(lang)
    return svg.inline(
        drawings.figure(data, said),
        name=f"chart-{telling.name(data)}",
        title=telling.title(data, said),
        summary=telling.summary(data, said),
    )


def png(data: Data, lang: str = "en") -> bytes:
    said = words(lang)
    return svg.png(drawings.figure(data, said, title=telling.title(data, said)))


def labelled(label: str) -> list[Data]:
    """Return the small ones of them."""
    return [
        causes(2, label=label),
        causes(1, label=label, count=2),
        stages(label),
        coverage(label),
        traffic(5, zone=label),
    ]
