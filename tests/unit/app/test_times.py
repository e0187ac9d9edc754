"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from logscan.app.times import moment
from logscan.model.problems import UsageError

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def read(text: str, zone: ZoneInfo = SHANGHAI, now: datetime = NOW) -> str:
    return moment(text, now=now, zone=zone, option="--since").strftime("%Y-%m-%dT%H:%M:%S")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("now", "2026-11-24T15:30:00"),
        ("today", "2026-11-23T16:00:00"),
        ("yesterday", "2026-11-22T16:00:00"),
        ("Yesterday", "2026-11-22T16:00:00"),
        ("-24h", "2026-11-23T15:30:00"),
        ("-90 min", "2026-11-24T14:00:00"),
        ("2 hours ago", "2026-11-24T13:30:00"),
        ("an hour ago", "2026-11-24T14:30:00"),
        ("1.5 days ago", "2026-11-23T03:30:00"),
        ("2026-11-24 03:00", "2026-11-23T19:00:00"),
        ("2026-11-24T03:00:00Z", "2026-11-24T03:00:00"),
        ("2026-11-24T03:00:00+01:00", "2026-11-24T02:00:00"),
        ("03:00", "2026-11-23T19:00:00"),
        ("24 Nov", "2026-11-23T16:00:00"),
    ],
)
def test_times_that_people_write(text: str, utc: str) -> None:
    assert read(text) == utc


def test_a_day_that_has_25_hours_is_one_day() -> None:
    # Germany: the clocks went back on 2026-10-25, so the 25th began 25 hours before the 26th.
    now = datetime(2026, 10, 26, 12, tzinfo=UTC)
    assert read("yesterday", BERLIN, now) == "2026-10-24T22:00:00"
    assert read("today", BERLIN, now) == "2026-10-25T23:00:00"


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13-45", "3 fortnights ago", "-5x", "999999999999 weeks ago"]
)
def test_what_is_no_time_is_said_with_the_option(text: str) -> None:
    with pytest.raises(UsageError, match="--since"):
        read(text)
