"""Which numbers of a report become charts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from logscan.app.drawing import wording
from logscan.model.bounces import Daily
from logscan.model.flow import Delays, Period
from logscan.model.outages import Limits, OutageReport
from logscan.model.report import Signed, Stretch
from logscan.reports import report_charts
from logscan.reports.charts import telling
from logscan.reports.wording import Wording
from tests.unit.reports.made import REPORT
from tests.unit.reports.made_night import OUTAGE, night
from tests.unit.reports.test_report_html import nightly

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
BEGIN = datetime(2026, 11, 24, tzinfo=UTC)


def words(zone: ZoneInfo | None = None) -> Wording:
    return wording("en", zone or UTC, (), "charts", "causes")


def down(*spans: tuple[float, float], kind: str = "milter", ongoing: bool = False) -> OutageReport:
    """Return outages from and to so many hours after BEGIN."""
    outages = tuple(
        replace(OUTAGE, kind=kind, begin=BEGIN + timedelta(hours=begin), last=BEGIN + timedelta(hours=end),
                end=None if ongoing else BEGIN + timedelta(hours=end), ongoing=ongoing)
        for begin, end in spans
    )  # fmt: skip
    return OutageReport(scanned=REPORT, outages=outages, rhythms=(), rates=(), roots=(), limits=Limits())


def test_every_chart_that_has_something_to_show_is_there() -> None:
    assert [telling.name(data) for data in report_charts.charts(nightly(), words())] == list(telling.NAMES)
    assert [telling.name(data) for data in report_charts.charts(night(), words())] == ["stages", "coverage"]


@pytest.mark.parametrize(
    ("day", "hours"),
    [(datetime(2026, 10, 25, tzinfo=BERLIN), 25), (datetime(2026, 3, 29, tzinfo=BERLIN), 23), (datetime(2026, 11, 24, tzinfo=BERLIN), 24)],
)  # fmt: skip
def test_a_day_has_its_own_number_of_hours(day: datetime, hours: int) -> None:
    period = Stretch(since=day.astimezone(UTC), until=(day + DAY).astimezone(UTC))
    data = report_charts.traffic(night().flow, down(), period, words(BERLIN))
    assert len(data.starts) == hours
    true = [start.astimezone(UTC) for start in data.starts]
    assert true == [period.since + timedelta(hours=at) for at in range(hours)]
    assert (data.starts[0].hour, data.starts[-1].hour) == (0, 23)


def test_hours_without_mail_are_zero_and_hours_without_logs_are_not_known() -> None:
    totals = replace(
        REPORT.totals, first=BEGIN + timedelta(hours=2, minutes=59), last=BEGIN + timedelta(hours=5)
    )
    flow = replace(
        night().flow, read=replace(REPORT, totals=totals), per_hour=(Period(start=BEGIN + timedelta(hours=3), received=7),)
    )  # fmt: skip
    data = report_charts.traffic(
        flow, down(), Stretch(since=BEGIN, until=BEGIN + timedelta(hours=7)), words()
    )
    assert data.received == (None, None, 0, 7, 0, 0, None)
    assert data.rejected == (None, None, 0, 0, 0, 0, None)
    assert not data.daily


def test_a_month_is_drawn_day_by_day_with_the_local_ones() -> None:
    since, until = (datetime(2026, month, 1, tzinfo=BERLIN) for month in (10, 11))
    month = Stretch(since=since.astimezone(UTC), until=until.astimezone(UTC))
    totals = replace(REPORT.totals, first=month.since, last=month.until)
    first = Period(start=datetime(2026, 10, 26, tzinfo=BERLIN), received=9)
    flow = replace(night().flow, read=replace(REPORT, totals=totals), per_day=(first,))
    data = report_charts.traffic(flow, down(), month, words(BERLIN))
    assert data.daily
    assert [start.date() for start in data.starts] == [date(2026, 10, 1) + at * DAY for at in range(31)]
    assert data.received[25] == 9
    assert sum(count or 0 for count in data.received) == 9


def test_outages_are_shaded_once_and_only_inside() -> None:
    period = Stretch(since=BEGIN, until=BEGIN + DAY)

    def after(time: datetime) -> float:
        return round((time - BEGIN).total_seconds() / 3600, 1)

    def shaded(outages: OutageReport) -> list[tuple[float, float]]:
        data = report_charts.traffic(night().flow, outages, period, words())
        return [(after(begin), after(end)) for begin, end in data.outages]

    assert shaded(down((1, 3), (2, 4), (5, 6))) == [(1, 4), (5, 6)]
    assert shaded(down((-5, 2), (20, 30), (-9, -8), (24, 25))) == [(0, 2), (20, 24)]
    assert shaded(down((1, 2), kind="destination")) == []
    # What goes on lasts as long as the report knows: to its `as of`, 05:00.
    assert shaded(down((1, 1.5), ongoing=True)) == [(1, 5)]


def test_causes_are_the_first_and_the_others() -> None:
    names = ("user-unknown", "mailbox-full", "greylisted", "virus", "policy", "abuse", "expired", "unknown")
    days = tuple(
        Daily(
            day=date(2026, 11, 23) + at * DAY,
            causes=tuple((name, 20 - number) for number, name in enumerate(names)),
        )
        for at in range(2)
    )
    bounces = replace(night().bounces, per_day=days)
    data = report_charts.causes(bounces, words())
    assert [series.values for series in data.series] == [*((n, n) for n in range(20, 14, -1)), (27, 27)]
    assert [series.label for series in data.series][:2] == ["no such mailbox", "mailbox full"]
    assert data.series[-1].label == "others"
    seven = replace(bounces, per_day=tuple(replace(day, causes=day.causes[:7]) for day in days))
    assert len(report_charts.causes(seven, words()).series) == 7
    assert "others" not in [series.label for series in report_charts.causes(seven, words()).series]


def test_a_stamp_that_is_years_off_makes_no_chart_of_years() -> None:
    days = tuple(Daily(day=date(2010, 1, 1) + at * DAY, causes=(("virus", 1),)) for at in range(5000))
    data = report_charts.causes(replace(night().bounces, per_day=days), words())
    assert len(data.days) == report_charts.DAYS
    assert data.days[-1] == days[-1].day


def test_stages_without_a_delivery_are_left_out() -> None:
    delays = (
        Delays(stage="connection", count=0),
        Delays(stage="total", count=3, p50=0.0, p90=1.0, p95=2.0, p98=2.5, max=3.0),
    )
    (stage,) = report_charts.stages(delays, words()).stages
    assert (stage.label, stage.p50, stage.max) == ("in all", 0.0, 3.0)


def test_failures_of_the_week_are_local_and_ours_only() -> None:
    monday = datetime(2026, 11, 23, 23, tzinfo=UTC)
    hours = (
        Period(start=monday, deferrals=2, bounced=1, rejected=50),
        Period(start=monday + 7 * DAY, deferrals=4),
    )
    data = report_charts.week(replace(night().flow, per_hour=hours), words(BERLIN))
    assert data.weekdays == (1,)
    assert data.counts[0][0] == 7
    assert sum(data.counts[0]) == 7


@pytest.mark.parametrize("signed", [Signed(why="silent"), Signed(mails=0, signed=0), Signed(why="absent")])
def test_coverage_that_nobody_can_tell_is_no_chart(signed: Signed) -> None:
    assert telling.empty(report_charts.coverage(night(signed=signed), words()))


def test_coverage_that_is_not_logged_is_unknown_and_never_nothing() -> None:
    (row,) = report_charts.coverage(night(signed=Signed(mails=5, why="silent")), words()).rows
    assert row.signed is None
    assert telling.percent(row.signed, row.mails) is None
