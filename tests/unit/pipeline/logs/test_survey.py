"""Which logs there are, in which order, and of which year."""

from __future__ import annotations

import io
import itertools
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logscan.parsers.clock import YearSource
from logscan.pipeline.logs.survey import Log, Survey, calendar, survey
from tests.unit.pipeline.written import NOON, SETTINGS, access, bsd, iso, surveyed, write

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def heads(logs: tuple[Log, ...]) -> list[bytes]:
    return [log.source.head for log in logs]


def names(logs: tuple[Log, ...]) -> list[str]:
    return [Path(log.source.path).name for log in logs]


# --- canonical order -----------------------------------------------------------------------------

CONTENTS = (
    [iso(NOON, host="mx1"), iso(NOON + HOUR, host="mx1")],
    [iso(NOON - DAY, host="mx1")],
    [iso(NOON, host="ant")],
    [bsd(NOON, host="mx1")],
    [access(NOON)],
    [iso(NOON, "warning: another", host="mx1")],
    [iso(NOON, host="mx1")],
)


def test_names_and_arguments_take_no_part_in_the_order(tmp_path: Path) -> None:
    said = []
    for number, order in enumerate(
        itertools.islice(itertools.permutations(range(len(CONTENTS))), 0, 5040, 997)
    ):
        folder = tmp_path / str(number)
        paths = [
            write(folder / f"{name}.log", CONTENTS[content], written=NOON + DAY)
            for name, content in zip("abcdefg", order, strict=True)
        ]
        said.append(heads(survey(paths, SETTINGS).logs))
        assert said[-1] == heads(survey(paths[::-1], SETTINGS).logs) == heads(surveyed(folder).logs)
    assert len(said[0]) == len(CONTENTS)
    assert all(order == said[0] for order in said)


def test_order_is_by_format_then_time_then_host(tmp_path: Path) -> None:
    for number, lines in enumerate(CONTENTS):
        write(tmp_path / f"{number}.log", lines, written=NOON + DAY)
    found = surveyed(tmp_path)
    keys = [(log.format.name, log.begin or NOON, log.host or "") for log in found.logs]
    assert keys == sorted(keys)
    assert [log.host for log in found.logs] == [None, "mx1", "mx1", "ant", *["mx1"] * 3]


def test_the_same_log_twice_is_in_order_of_its_names(tmp_path: Path) -> None:
    for name in ("b.log", "a.log"):
        write(tmp_path / name, [iso(NOON)])
    assert names(surveyed(tmp_path).logs) == ["a.log", "b.log"]


# --- what lies where -----------------------------------------------------------------------------


def test_what_is_no_log_is_told_and_how_it_begins_if_it_was_named(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", [iso(NOON)])
    odd = write(tmp_path / "notes.log", ["dear diary\n", "nothing happened\n"])
    write(tmp_path / "empty.log", [])
    searched, named = surveyed(tmp_path), surveyed(tmp_path, odd)
    for found in (searched, named):
        assert names(found.logs) == ["mail.log"]
        assert [source.path for source in found.foreign] == [odd]
        assert [Path(source.path).name for source in found.empty] == ["empty.log"]
        [problem] = found.problems
        assert problem.where == odd
        assert problem.unreadable
    assert "dear diary" in named.problems[0].reason
    assert "dear diary" not in searched.problems[0].reason  # alike for many, so that they are said once


def test_logs_outside_the_window_are_not_read(tmp_path: Path) -> None:
    for days in (0, 5, 10):
        write(tmp_path / f"{days}.log", [iso(NOON + days * DAY), iso(NOON + days * DAY + HOUR)])
    settings = replace(SETTINGS, since=NOON + 4 * DAY, until=NOON + 6 * DAY)
    found = surveyed(tmp_path, settings=settings)
    assert names(found.logs) == ["5.log"]
    assert names(found.outside) == ["0.log", "10.log"]


def test_the_ends_of_a_log_are_known(tmp_path: Path) -> None:
    lines = [iso(NOON + minute * timedelta(minutes=1)) for minute in range(3000)]
    write(tmp_path / "mail.log", lines)
    write(tmp_path / "old.log.1.gz", lines, written=NOON + 9 * DAY)
    for log in surveyed(tmp_path).logs:
        assert log.begin == NOON
        if log.source.compression is None:
            assert log.end == NOON + timedelta(minutes=2999)
        else:
            assert log.end >= NOON + timedelta(minutes=2999)  # not unfolded: the latest possible
        assert log.host == "mx1"


def test_the_zone_is_that_of_the_option(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", [bsd(NOON)], written=NOON + DAY)
    found = surveyed(tmp_path, settings=replace(SETTINGS, zone="Asia/Shanghai"))
    assert (found.zone.name, found.zone.source) == ("Asia/Shanghai", "option")
    assert found.logs[0].begin == NOON - 8 * HOUR


# --- years ---------------------------------------------------------------------------------------

LATER = NOON.replace(year=2031)  # a copy has the day it was made


def year(found: Survey, name: str) -> tuple[int | None, YearSource | None]:
    [log] = [log for log in found.logs if names((log,)) == [name]]
    assert log.begin is not None
    return log.begin.year, log.span.year_source


@pytest.mark.parametrize("sibling", [iso, access], ids=["rfc3339", "access"])
def test_a_dated_log_beside_it_tells_the_year_of_a_copied_log(tmp_path: Path, sibling: object) -> None:
    assert callable(sibling)
    write(tmp_path / "mail.log", [bsd(NOON), bsd(NOON + HOUR)], written=LATER)
    write(tmp_path / "other.log", [sibling(NOON - HOUR), sibling(NOON + 2 * HOUR)], written=LATER)
    found = surveyed(tmp_path)
    assert year(found, "mail.log") == (2026, YearSource.LOG)
    alone = surveyed(tmp_path / "mail.log")
    assert year(alone, "mail.log") == (2031, YearSource.MODIFIED)


def test_a_year_that_fits_already_is_not_changed(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", [bsd(NOON)], written=NOON + DAY)
    write(tmp_path / "other.log", [iso(NOON - HOUR), iso(NOON + 2 * HOUR)])
    assert year(surveyed(tmp_path), "mail.log") == (2026, YearSource.MODIFIED)


@pytest.mark.parametrize(
    "dated",
    [[NOON.replace(month=5)], [NOON, NOON.replace(year=2027)]],
    ids=["none fits", "two fit"],
)
def test_a_year_is_told_only_where_just_one_fits(tmp_path: Path, dated: list[datetime]) -> None:
    write(tmp_path / "mail.log", [bsd(NOON)], written=LATER)
    for number, time in enumerate(dated):
        write(tmp_path / f"{number}.log", [iso(time - HOUR), iso(time + HOUR)])
    assert year(surveyed(tmp_path), "mail.log") == (2031, YearSource.MODIFIED)


def test_the_option_wins(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", [bsd(NOON)], written=LATER)
    write(tmp_path / "other.log", [iso(NOON - HOUR), iso(NOON + 2 * HOUR)])
    found = surveyed(tmp_path, settings=replace(SETTINGS, year=2020))
    assert year(found, "mail.log") == (2020, YearSource.OPTION)


def test_the_year_that_was_said_is_the_oldest_files_of_a_rotated_set(tmp_path: Path) -> None:
    """And the others go on from there, over New Year too."""
    for age, time in enumerate(
        [datetime(2021, 1, 20, tzinfo=UTC), datetime(2020, 12, 28, tzinfo=UTC), NOON.replace(year=2020)]
    ):
        name = f"mail.log.{age}" if age else "mail.log"
        write(tmp_path / name, [bsd(time), bsd(time + HOUR)], written=LATER)
    found = surveyed(tmp_path, settings=replace(SETTINGS, year=2020))
    assert {names((log,))[0]: log.begin and log.begin.year for log in found.logs} == {
        "mail.log.2": 2020, "mail.log.1": 2020, "mail.log": 2021,
    }  # fmt: skip


def test_the_date_in_a_rotated_name_wins_against_the_files_own(tmp_path: Path) -> None:
    write(tmp_path / "mail.log-20261125", [bsd(NOON)], written=LATER)
    assert year(surveyed(tmp_path), "mail.log-20261125") == (2026, YearSource.LOG)


def test_what_was_found_out_is_what_the_calendar_uses(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", [bsd(NOON)], written=LATER)
    write(tmp_path / "other.log", [iso(NOON - HOUR), iso(NOON + 2 * HOUR)])
    found = surveyed(tmp_path)
    [index] = found.yearless
    import polars as pl  # noqa: PLC0415

    made = calendar(found.logs[index], found.zone)
    dates = made.dated(0, pl.Series([NOON.replace(year=2000, tzinfo=None)], dtype=pl.Datetime("us")))
    assert dates.to_list() == [NOON.replace(tzinfo=None)]


def test_a_29_february_is_no_trouble_for_other_years(tmp_path: Path) -> None:
    leap = datetime(2024, 2, 29, 12, tzinfo=UTC)
    write(tmp_path / "mail.log", [bsd(leap)], written=LATER)
    write(tmp_path / "other.log", [iso(leap - HOUR), iso(leap + HOUR)])
    assert year(surveyed(tmp_path), "mail.log") == (2024, YearSource.LOG)


# --- standard input ------------------------------------------------------------------------------


class Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def test_standard_input_is_a_log_beside_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "mail.log", [iso(NOON), iso(NOON + HOUR)])
    monkeypatch.setattr(sys, "stdin", Stdin((iso(NOON) + iso(NOON + HOUR)).encode()))
    found = survey(["-", path], SETTINGS)
    assert sorted(log.source.path for log in found.logs) == sorted(["-", path])
    assert [log.host for log in found.logs] == ["mx1", "mx1"]
