"""What is usual, and what a day is told to be when something happens to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from logscan.analyses.baseline import baseline
from logscan.model.baseline import HIGH, LOW, METRICS, NOTICE, WARNING, Anomaly, Baseline, Hour
from logscan.model.flow import Period
from logscan.model.hours import hours
from tests.unit.analyses.baseline.made_traffic import BERLIN, Server, day_of, dead, scaled, weeks

MAIL = ("received", "delivered", "deferrals", "bounced")
#: The 36th day is a Tuesday.
TUESDAY = 36
SERVER = weeks(Server(), 7, 60)
PAST, DAY = day_of(SERVER, TUESDAY)


def found(day: Sequence[Hour], past: Sequence[Hour] = PAST) -> list[tuple[str, str]]:
    return [(one.metric, one.direction) for one in baseline(past, day).anomalies]


def only(told: Baseline, metric: str) -> Anomaly:
    (one,) = (one for one in told.anomalies if one.metric == metric)
    return one


def test_a_day_like_the_others_is_as_usual() -> None:
    told = baseline(PAST, DAY)
    assert (told.enough, told.days, told.hours, told.anomalies) == (True, 36, 24, ())
    assert told.judged == METRICS
    assert (told.first, told.last) == (PAST[0].start, PAST[-1].start + timedelta(hours=1))
    noon = next(one for one in told.usual if one.metric == "received" and one.start.hour == 12)
    assert noon.low < noon.median < noon.high
    assert noon.median == pytest.approx(190, rel=0.2)
    assert noon.like == 5


# --- history -------------------------------------------------------------------------------------


def test_two_weeks_are_the_least() -> None:
    for days in (0, 3, 13):
        told = baseline(
            [hour for hour in PAST if hour.start >= DAY[0].start - timedelta(days=days)], dead(DAY, 12)
        )
        assert (told.enough, told.days, told.anomalies, told.usual) == (False, days, (), ())
    fortnight = [hour for hour in PAST if hour.start >= DAY[0].start - timedelta(days=14)]
    assert baseline(fortnight, DAY).enough


def test_only_what_lies_shortly_before_is_history() -> None:
    later = baseline(PAST, [replace(hour, start=hour.start + timedelta(days=70)) for hour in DAY])
    assert (later.enough, later.days) == (False, 0)
    after = baseline([hour for hour in SERVER if hour.start >= DAY[0].start], DAY)
    assert after.days == 0


def test_days_of_which_little_is_known_do_not_count() -> None:
    mornings = [hour for hour in PAST if hour.start.hour < 11]
    assert baseline(mornings, DAY).days == 0


def test_nothing_to_judge_and_no_zone() -> None:
    assert not baseline(PAST, []).enough
    assert not baseline(PAST, [Hour(start=DAY[0].start)]).enough
    with pytest.raises(ValueError, match="without a zone"):
        baseline(PAST, [replace(DAY[0], start=DAY[0].start.replace(tzinfo=None))])


def test_what_nobody_counted_is_not_judged() -> None:
    bare = [replace(hour, delay_p90=None, auth_failures=None, connections=None) for hour in SERVER]
    told = baseline(*day_of(bare, TUESDAY))
    assert told.judged == tuple(name for name in METRICS if name not in {"delay", "auth_failures"})
    assert told.anomalies == ()


# --- what is odd ---------------------------------------------------------------------------------


def test_two_dead_hours_are_one_silence() -> None:
    told = baseline(PAST, dead(DAY, 12, 13))
    one = only(told, "silence")
    assert (one.since, one.until) == (DAY[12].start, DAY[14].start)
    assert (one.seen, one.weight, one.direction) == (0, WARNING, LOW)
    assert 250 < one.usual < 700
    assert len(told.anomalies) == 1, "less mail in the same hours is the same news"


def test_a_quiet_night_is_no_silence() -> None:
    small = weeks(Server(size=20, bots=0, newsletters=()), 1, 40)
    past, day = day_of(small, TUESDAY)
    assert found(dead(day, 2, 3, 4), past) == []


def test_too_little_mail_all_day_is_a_matter_of_the_day() -> None:
    told = baseline(PAST, scaled(DAY, 0.45, *MAIL))
    assert [(one.metric, one.direction, one.whole_days) for one in told.anomalies] == [
        ("received", LOW, True),
        ("delivered", LOW, True),
    ]
    one = told.anomalies[0]
    assert one.seen < one.low < one.usual < one.high
    assert (one.since, one.until) == (DAY[0].start, DAY[-1].start + timedelta(hours=1))
    assert told.warns


def test_three_times_the_bounces() -> None:
    day = [replace(hour, bounced=3 * (hour.bounced or 0)) for hour in DAY]
    one = only(baseline(PAST, day), "bounced")
    assert (one.direction, one.weight) == (HIGH, WARNING)
    assert one.count is not None
    assert one.of is not None
    assert one.seen == pytest.approx(one.count / one.of, abs=1e-3)
    assert one.seen > 2 * one.usual


def test_one_of_two_at_night_is_no_rate() -> None:
    small = weeks(Server(size=20, bots=2, newsletters=()), 2, 40)
    past, day = day_of(small, TUESDAY)
    night = [replace(hour, delivered=1, bounced=1) if hour.start.hour == 3 else hour for hour in day]
    assert found(night, past) == found(day, past) == []


def test_fewer_bounces_are_no_trouble() -> None:
    assert found(scaled(DAY, 0.0, "bounced", "deferrals", "rejected", "auth_failures")) == []


def test_delays_five_times_as_long() -> None:
    slow = [replace(hour, delay_p90=5 * (hour.delay_p90 or 0)) for hour in DAY]
    one = only(baseline(PAST, slow), "delay")
    assert (one.direction, one.weight, one.whole_days) == (HIGH, WARNING, True)
    assert one.usual == pytest.approx(3, rel=0.3)
    assert one.seen == pytest.approx(15, rel=0.4)


def test_more_knocks_are_worth_a_line_and_no_more() -> None:
    told = baseline(PAST, scaled(DAY, 9, "rejected"))
    assert only(told, "rejected").weight == NOTICE
    assert not told.warns


def test_hours_in_a_row_are_one_over_midnight_too() -> None:
    (past, first), (_, second) = day_of(SERVER, TUESDAY), day_of(SERVER, TUESDAY + 1)
    both = [*first, *second]
    flood = [
        replace(hour, received=900, delivered=900)
        if hour.start in {first[22].start, first[23].start, second[0].start}
        else hour
        for hour in both
    ]
    one = only(baseline(past, flood), "received")
    assert (one.since, one.until) == (first[22].start, second[1].start)
    assert (one.direction, one.weight, one.whole_days) == (HIGH, NOTICE, False)


def test_hours_without_logs_say_nothing() -> None:
    known = [hour for hour in dead(DAY, 12, 13) if hour.start.hour not in {12, 13}]
    blind = [*known, *(Hour(start=hour.start) for hour in DAY if hour.start.hour in {12, 13})]
    assert baseline(PAST, blind) == baseline(PAST, known)
    assert baseline(PAST, blind).anomalies == ()


# --- what is usual -------------------------------------------------------------------------------


def test_mondays_newsletter_is_usual_on_mondays() -> None:
    past, monday = day_of(SERVER, 35)
    assert monday[10].received is not None
    assert monday[10].received > 800
    assert found(monday, past) == []
    sent = [replace(hour, received=1300, delivered=1600) if hour.start.hour == 10 else hour for hour in DAY]
    assert ("received", HIGH) in found(sent)


def test_an_outage_in_history_is_not_the_norm() -> None:
    last = DAY[0].start.date() - timedelta(days=7)
    past = [*(hour for hour in PAST if hour.start.date() != last), *dead([hour for hour in PAST if hour.start.date() == last], 10, 11, 12, 13)]  # fmt: skip
    assert found(dead(DAY, 12, 13), past) == [("silence", LOW)]
    assert found(DAY, past) == []


def test_growth_is_followed() -> None:
    fast = weeks(Server(growth=0.08), 3, 60)
    past, day = day_of(fast, 57)
    assert found(day, past) == []
    told = baseline(past, day)
    expected = sum(one.median for one in told.usual if one.metric == "received")
    assert expected == pytest.approx(sum(hour.received or 0 for hour in day), rel=0.3)


def test_a_holiday_looks_like_a_sunday() -> None:
    _, sunday = day_of(SERVER, TUESDAY - 2)
    counts = [replace(hour, start=mine.start) for hour, mine in zip(sunday, DAY, strict=True)]
    told = baseline(PAST, counts)
    assert {one.metric for one in told.anomalies} == {"received", "delivered"}
    assert all(one.holiday and one.weight == NOTICE for one in told.anomalies)
    assert not told.warns


def test_which_days_are_quiet_history_tells() -> None:
    moved = [
        replace(hour, start=hour.start - timedelta(days=1)) for hour in weeks(Server(newsletters=()), 5, 40)
    ]
    for number in (32, 33, 34, 35):
        assert found(*reversed(day_of(moved, number))) == [], number


@pytest.mark.parametrize(("first", "hours_"), [(datetime(2026, 2, 23), 23), (datetime(2026, 9, 21), 25)])  # noqa: DTZ001  the wall's
def test_days_of_another_length(first: datetime, hours_: int) -> None:
    past, day = day_of(weeks(Server(), 4, 40, first.replace(tzinfo=BERLIN)), 34)
    told = baseline(past, day)
    assert len(day) == told.hours == hours_
    assert told.anomalies == ()
    assert [one.start for one in told.usual if one.metric == "received"] == [hour.start for hour in day]
    gone = only(baseline(past, dead(day, 9, 10, 11)), "silence")
    assert (gone.until - gone.since) == timedelta(hours=3)


# --- flow's hours --------------------------------------------------------------------------------


def test_flows_hours_with_those_in_which_nothing_happened() -> None:
    ten = datetime(2026, 11, 24, 10, tzinfo=UTC)
    covered = (ten - timedelta(minutes=90), ten + timedelta(minutes=119))
    made = list(hours((Period(start=ten, received=4, bounced=1),), covered, UTC))
    assert [(hour.start.hour, hour.received, hour.bounced) for hour in made] == [(9, 0, 0), (10, 4, 1)]
    assert all(hour.covered and hour.delay_p90 is None for hour in made)
    assert list(hours((), (ten, ten), UTC)) == []


def test_flows_hours_when_the_clock_is_put_back_and_where_it_stands_beside_the_full_hour() -> None:
    begin = datetime(2026, 10, 25, tzinfo=BERLIN).astimezone(UTC)
    made = list(hours((), (begin, begin + timedelta(hours=25)), BERLIN))
    assert [hour.start.hour for hour in made] == [0, 1, 2, 2, *range(3, 24)]
    assert len({hour.start.isoformat() for hour in made}) == 25
    india = list(hours((), (begin, begin + timedelta(hours=3)), ZoneInfo("Asia/Kolkata")))
    assert [(hour.start.hour, hour.start.minute) for hour in india] == [(4, 0), (5, 0)]
