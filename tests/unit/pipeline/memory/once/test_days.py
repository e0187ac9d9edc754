"""A line's day: as its stamp says, cut off or parsed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.model.settings import Settings
from logscan.parsers.lines import read_lines
from logscan.parsers.zone import zone
from logscan.pipeline.logs.survey import Log, survey
from logscan.pipeline.memory.once import days
from logscan.sources.lines import clean
from tests.unit.pipeline.memory.nights import MONDAY, line, put
from tests.unit.pipeline.written import bsd

BERLIN = zone("Europe/Berlin")
LINES = (
    bsd(MONDAY, "x"),
    bsd(MONDAY.replace(day=3), "x"),
    line(MONDAY, "x"),
    line(MONDAY + timedelta(hours=23, minutes=30), "x"),
    line(datetime(2026, 10, 25, 22, 59, 59, 999999, tzinfo=UTC), "x"),
    f"{MONDAY:%Y-%m-%dT%H:%M:%S}.123456+05:30 mx1 postfix/smtpd[7]: x\n",
    f"<22>{bsd(MONDAY, 'x')}",
    "\tat main.php(7)\n",
    "\n",
    "Nov 31 10:00:00 mx1 postfix/smtpd[7]: no such day\n",
    "Nov 24 25:00:00 mx1 postfix/smtpd[7]: no such hour\n",
    "2026-02-30T10:00:00Z mx1 postfix/smtpd[7]: no such day\n",
)


def log(tmp_path: Path, first: str) -> Log:
    (found,) = survey([str(put(tmp_path / "mail.log", *[first] * 3, mode="w"))], Settings(zone="UTC")).logs
    return found


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[Log]:
    return [log(tmp_path_factory.mktemp("days"), first) for first in (LINES[0], LINES[2], LINES[5])]


@given(lines=st.lists(st.sampled_from(LINES), min_size=1, max_size=12), which=st.integers(0, 2))
def test_cut_stamps_are_those_that_the_parsers_read(logs: list[Log], lines: list[str], which: int) -> None:
    data = "".join(lines).encode()
    table = read_lines(clean(data)[0])
    slow = dict(days._parsed(table, logs[which], BERLIN).iter_rows())
    assert days.keys(data, b"", logs[which], BERLIN).to_list() == [slow.get(row) for row in range(len(lines))]


def test_local_days_of_moments(logs: list[Log]) -> None:
    berlin = [
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
    ]
    data = "".join(line(at, "x") for at, _ in berlin).encode()
    assert days.keys(data, b"", logs[1], BERLIN).to_list() == [
        (day - date(1970, 1, 1)).days for _, day in berlin
    ]


def test_a_stamp_without_a_year_is_a_day_of_none(logs: list[Log]) -> None:
    (key,) = days.keys(bsd(MONDAY, "x").encode(), b"", logs[0], BERLIN)
    assert days.is_yearless(key)
    assert key - days.YEARLESS == MONDAY.replace(year=2000).timetuple().tm_yday
