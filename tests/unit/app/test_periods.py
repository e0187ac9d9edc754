"""Days, weeks and months are the calendar's, also where the clock was changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.app.periods import LENGTHS, Wish, asked
from logscan.model.problems import UsageError
from logscan.model.report import Asked, Stretch

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def stretch(since: str, until: str, zone: ZoneInfo = BERLIN) -> Stretch:
    return Stretch(since=at(since, zone), until=at(until, zone))


def wanted(now: str, wish: Wish | None = None) -> Asked:
    return asked(wish or Wish(), at(now), BERLIN, 4)


def test_by_default_it_is_the_last_whole_day() -> None:
    found = wanted("2026-11-25 06:00")
    assert found.period == stretch("2026-11-24", "2026-11-25")
    assert found.before == stretch("2026-11-23", "2026-11-24")
    assert found.weekday == tuple(
        stretch(f"2026-{day}", f"2026-{after}")
        for day, after in (("11-17", "11-18"), ("11-10", "11-11"), ("11-03", "11-04"), ("10-27", "10-28"))
    )


@pytest.mark.parametrize(
    ("date", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)],
    ids=["short", "long", "plain"],
)
def test_a_day_on_which_the_clock_is_changed(date: str, hours: int) -> None:
    found = wanted("2026-12-01 06:00", Wish(date=at(f"{date} 12:00")))
    assert found.period.seconds == hours * 3600
    assert found.period.since == at(date)
    assert found.before.until == found.period.since
    local = [one.since.astimezone(BERLIN) for one in (found.before, *found.weekday)]
    assert {(time.hour, time.minute) for time in local} == {(0, 0)}
    assert {time.weekday() for time in local[1:]} == {at(date).astimezone(BERLIN).weekday()}


def test_a_week_begins_on_monday_and_is_compared_with_weeks() -> None:
    found = wanted("2026-11-25 06:00", Wish(length="week"))
    assert found.period == stretch("2026-11-16", "2026-11-23")
    assert found.before == found.weekday[0] == stretch("2026-11-09", "2026-11-16")
    assert len(found.weekday) == 4


def test_months_have_their_own_lengths() -> None:
    found = wanted("2026-04-02 06:00", Wish(length="month"))
    assert found.period == stretch("2026-03-01", "2026-04-01")
    assert found.before == stretch("2026-02-01", "2026-03-01")
    assert found.weekday == ()
    assert wanted("2027-01-02", Wish(length="month")).period == stretch("2026-12-01", "2027-01-01")
    assert wanted("2026-02-02", Wish(length="month")).before == stretch("2025-12-01", "2026-01-01")


def test_a_day_that_goes_on_is_compared_with_as_much_of_others() -> None:
    found = wanted("2026-11-24 09:30", Wish(date=at("2026-11-24 08:00")))
    assert found.period == stretch("2026-11-24", "2026-11-24 09:30")
    assert found.before == stretch("2026-11-23", "2026-11-23 09:30")
    assert found.weekday[0] == stretch("2026-11-17", "2026-11-17 09:30")
    month = wanted("2026-03-31 12:00", Wish(length="month", date=at("2026-03-05")))
    assert month.before == stretch("2026-02-01", "2026-03-01")  # February has no 31st


def test_what_has_not_begun_is_refused() -> None:
    with pytest.raises(UsageError, match="--date: the day of 2026-11-26 has not begun"):
        wanted("2026-11-25 06:00", Wish(date=at("2026-11-26")))
    with pytest.raises(UsageError, match="--since"):
        wanted("2026-11-25 06:00", Wish(since=at("2026-12-01")))


def test_a_window_of_ones_own() -> None:
    found = wanted("2026-11-25 06:00", Wish(since=at("2026-11-24 22:00"), until=at("2026-11-25 02:00")))
    assert (found.length, found.period) == ("window", stretch("2026-11-24 22:00", "2026-11-25 02:00"))
    assert found.before == stretch("2026-11-24 18:00", "2026-11-24 22:00")
    assert found.weekday[0] == stretch("2026-11-17 22:00", "2026-11-18 02:00")
    long = wanted("2026-11-25 06:00", Wish(since=at("2026-11-20")))
    assert (long.period.until, long.weekday) == (at("2026-11-25 06:00"), ())
    until = wanted("2026-11-25 06:00", Wish(until=at("2026-11-24 08:00")))
    assert until.period == stretch("2026-11-24", "2026-11-24 08:00")


@given(
    st.integers(978_307_200, 2_114_380_800),
    st.sampled_from(LENGTHS),
    st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "America/Santiago", "Pacific/Apia"]
    ),
)
def test_the_last_whole_period_is_over_and_follows_its_predecessor(
    seconds: int, length: str, name: str
) -> None:
    now, zone = datetime.fromtimestamp(seconds, UTC), ZoneInfo(name)
    found = asked(Wish(length=length), now, zone, 4)
    assert found.before.since < found.before.until == found.period.since < found.period.until <= now
    assert now - found.period.until <= {"day": timedelta(days=1, hours=2), "week": timedelta(days=8)}.get(
        length, timedelta(days=32)
    ) + timedelta(days=1)
    assert all(one.until <= found.period.since for one in found.weekday)
