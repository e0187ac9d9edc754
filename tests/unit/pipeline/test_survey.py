"""Which logs there are, in which order, of which year, and which of them may tell the same."""

from __future__ import annotations

import io
import itertools
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logscan.parsers.clock import YearSource
from logscan.pipeline.survey import Log, Survey, calendar, overlapping, survey
from tests.unit.pipeline.logs import NOON, SETTINGS, access, bsd, iso, surveyed, write

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def heads(logs: tuple[Log, ...]) -> list[bytes]:
    return [log.source.head for log in logs]


def names(logs: tuple[Log, ...]) -> list[str]:
    return [Path(log.source.path).name for log in logs]


def groups(found: Survey) -> list[set[str]]:
    return [{names((found.logs[index],))[0] for index in group} for group in overlapping(found.logs)]


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


def test_order_is_by_host_then_format_then_time(tmp_path: Path) -> None:
    for number, lines in enumerate(CONTENTS):
        write(tmp_path / f"{number}.log", lines, written=NOON + DAY)
    found = surveyed(tmp_path)
    keys = [(log.host or "", log.format.name, log.begin) for log in found.logs]
    assert keys == sorted(keys)
    assert [log.host for log in found.logs] == [None, "ant", *["mx1"] * 5]


def test_the_same_log_twice_is_in_order_of_its_names(tmp_path: Path) -> None:
    for name in ("b.log", "a.log"):
        write(tmp_path / name, [iso(NOON)])
    assert names(surveyed(tmp_path).logs) == ["a.log", "b.log"]


# --- what lies where -----------------------------------------------------------------------------


def test_what_is_no_log_is_told_and_what_was_named_counts_as_unread(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", [iso(NOON)])
    odd = write(tmp_path / "notes.log", ["dear diary\n", "nothing happened\n"])
    write(tmp_path / "empty.log", [])
    searched, named = surveyed(tmp_path), surveyed(tmp_path, odd)
    for found in (searched, named):
        assert names(found.logs) == ["mail.log"]
        assert [source.path for source in found.foreign] == [odd]
        assert [Path(source.path).name for source in found.empty] == ["empty.log"]
    [problem] = searched.problems
    assert problem.where == odd
    assert "dear diary" in problem.reason
    assert not problem.unreadable
    assert [problem.unreadable for problem in named.problems] == [True]


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


def test_the_date_in_a_rotated_name_wins_against_the_files_own(tmp_path: Path) -> None:
    write(tmp_path / "mail.log-20261125", [bsd(NOON)], written=LATER)
    assert year(surveyed(tmp_path), "mail.log-20261125") == (2026, YearSource.LOG)


def test_what_was_found_out_is_what_the_calendar_uses(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", [bsd(NOON)], written=LATER)
    write(tmp_path / "other.log", [iso(NOON - HOUR), iso(NOON + 2 * HOUR)])
    found = surveyed(tmp_path)
    [index] = found.yearless
    import polars as pl  # noqa: PLC0415

    made = calendar(found.logs[index], SETTINGS, found.zone)
    dates = made.dated(0, pl.Series([NOON.replace(year=2000, tzinfo=None)], dtype=pl.Datetime("us")))
    assert dates.to_list() == [NOON.replace(tzinfo=None)]


def test_a_29_february_is_no_trouble_for_other_years(tmp_path: Path) -> None:
    leap = datetime(2024, 2, 29, 12, tzinfo=UTC)
    write(tmp_path / "mail.log", [bsd(leap)], written=LATER)
    write(tmp_path / "other.log", [iso(leap - HOUR), iso(leap + HOUR)])
    assert year(surveyed(tmp_path), "mail.log") == (2024, YearSource.LOG)


# --- overlap -------------------------------------------------------------------------------------


def test_logs_of_the_same_hours_may_repeat_each_other(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", [iso(NOON), iso(NOON + HOUR)])
    write(tmp_path / "mail.warn", [iso(NOON + HOUR / 2), iso(NOON + HOUR)])
    write(tmp_path / "syslog", [iso(NOON - HOUR), iso(NOON + HOUR)])
    write(tmp_path / "other.log", [iso(NOON + 5 * HOUR), iso(NOON + 6 * HOUR)])
    assert groups(surveyed(tmp_path)) == [{"mail.log", "mail.warn", "syslog"}]


def test_groups_are_joined_by_the_log_that_meets_both(tmp_path: Path) -> None:
    write(tmp_path / "a.log", [iso(NOON), iso(NOON + HOUR)])
    write(tmp_path / "b.log", [iso(NOON + 2 * HOUR), iso(NOON + 3 * HOUR)])
    assert groups(surveyed(tmp_path)) == []
    write(tmp_path / "c.log", [iso(NOON + HOUR / 2), iso(NOON + 3 * HOUR)])
    assert groups(surveyed(tmp_path)) == [{"a.log", "b.log", "c.log"}]


@pytest.mark.parametrize("suffix", ["", ".gz"], ids=["plain", "compressed"])
def test_a_rotated_set_is_one_timeline(tmp_path: Path, suffix: str) -> None:
    for age in range(3):
        name = f"mail.log.{age}{suffix}" if age else "mail.log"
        begin = NOON - age * DAY
        write(tmp_path / name, [iso(begin), iso(begin + DAY)], written=begin + DAY)
    assert groups(surveyed(tmp_path)) == []


def test_a_log_and_its_compressed_copy_are_told_once(tmp_path: Path) -> None:
    lines = [iso(NOON), iso(NOON + HOUR)]
    write(tmp_path / "mail.log.1", lines, written=NOON + 2 * HOUR)
    write(tmp_path / "mail.log.1.gz", lines, written=NOON + 2 * HOUR)
    assert groups(surveyed(tmp_path)) == [{"mail.log.1", "mail.log.1.gz"}]


def test_two_copies_of_one_line_are_told_once(tmp_path: Path) -> None:
    """A log that begins and ends in the same second overlaps its copy, too."""
    write(tmp_path / "a.log", [iso(NOON)])
    write(tmp_path / "b.log", [iso(NOON)])
    assert groups(surveyed(tmp_path)) == [{"a.log", "b.log"}]


def test_a_log_with_a_single_line_may_repeat_another(tmp_path: Path) -> None:
    """Debian's mail.err often holds no more."""
    write(tmp_path / "mail.log", [iso(NOON - HOUR), iso(NOON), iso(NOON + HOUR)])
    write(tmp_path / "mail.err", [iso(NOON)])
    write(tmp_path / "mail.old.err", [iso(NOON - DAY)])
    assert groups(surveyed(tmp_path)) == [{"mail.log", "mail.err"}]


def test_a_rotation_may_leave_one_second_in_both_files(tmp_path: Path) -> None:
    write(tmp_path / "mail.log.1", [iso(NOON - HOUR), iso(NOON)])
    write(tmp_path / "mail.log", [iso(NOON), iso(NOON + HOUR)])
    assert groups(surveyed(tmp_path)) == []


def test_web_servers_have_lines_of_their_own(tmp_path: Path) -> None:
    for name in ("a.log", "b.log"):
        write(tmp_path / name, [access(NOON), access(NOON + HOUR)])
    assert groups(surveyed(tmp_path)) == []


def test_a_log_of_many_shapes_of_stamps_overlaps_too(tmp_path: Path) -> None:
    write(tmp_path / "bsd.log", [bsd(NOON), bsd(NOON + HOUR)], written=NOON + HOUR)
    write(tmp_path / "iso.log", [iso(NOON), iso(NOON + HOUR)], written=NOON + HOUR)
    assert groups(surveyed(tmp_path)) == [{"bsd.log", "iso.log"}]


# --- standard input ------------------------------------------------------------------------------


class Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def test_standard_input_is_a_log_beside_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "mail.log", [iso(NOON), iso(NOON + HOUR)])
    monkeypatch.setattr(sys, "stdin", Stdin((iso(NOON) + iso(NOON + HOUR)).encode()))
    found = survey(["-", path], SETTINGS)
    assert sorted(log.source.path for log in found.logs) == sorted(["-", path])
    assert overlapping(found.logs) == ()  # it can be read once
