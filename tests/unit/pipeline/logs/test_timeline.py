"""Which logs go on from each other, and which run side by side and may tell the same."""

from __future__ import annotations

import io
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from logscan.pipeline.logs.survey import Survey, survey
from logscan.pipeline.logs.timeline import before, repeating
from tests.unit.pipeline.written import NOON, SETTINGS, access, bsd, iso, reading, surveyed, write

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def lanes(folder: Path) -> list[list[list[str]]]:
    """Return the groups of logs that may repeat each other, each as lanes of names."""
    of = reading(folder)
    named = [Path(log.source.path).name for log in of.logs]
    return [
        [[named[index] for index in lane] for lane in group] for group in repeating(of.logs, of.last_time)
    ]


def groups(folder: Path) -> list[set[str]]:
    return [{name for lane in group for name in lane} for group in lanes(folder)]


def goes_on(found: Survey) -> dict[str, str]:
    named = [Path(log.source.path).name for log in found.logs]
    return {named[index]: named[older] for index, older in before(found.logs).items()}


# --- side by side --------------------------------------------------------------------------------


def test_logs_of_the_same_hours_may_repeat_each_other(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", [iso(NOON), iso(NOON + HOUR)])
    write(tmp_path / "mail.warn", [iso(NOON + HOUR / 2), iso(NOON + HOUR)])
    write(tmp_path / "syslog", [iso(NOON - HOUR), iso(NOON + HOUR)])
    write(tmp_path / "other.log", [iso(NOON + 5 * HOUR), iso(NOON + 6 * HOUR)])
    assert groups(tmp_path) == [{"mail.log", "mail.warn", "syslog"}]


def test_groups_are_joined_by_the_log_that_meets_both(tmp_path: Path) -> None:
    write(tmp_path / "a.log", [iso(NOON), iso(NOON + HOUR)])
    write(tmp_path / "b.log", [iso(NOON + 2 * HOUR), iso(NOON + 3 * HOUR)])
    assert groups(tmp_path) == []
    write(tmp_path / "c.log", [iso(NOON + HOUR / 2), iso(NOON + 3 * HOUR)])
    assert groups(tmp_path) == [{"a.log", "b.log", "c.log"}]


@pytest.mark.parametrize("suffix", ["", ".gz"], ids=["plain", "compressed"])
def test_a_rotated_set_is_one_timeline(tmp_path: Path, suffix: str) -> None:
    for age in range(3):
        name = f"mail.log.{age}{suffix}" if age else "mail.log"
        begin = NOON - age * DAY
        write(tmp_path / name, [iso(begin), iso(begin + DAY)], written=begin + DAY)
    assert groups(tmp_path) == []


def test_rotated_sets_that_run_side_by_side_are_a_lane_each_the_largest_last(tmp_path: Path) -> None:
    for age in (2, 1, 0):
        suffix = f".{age}" if age else ""
        begin = NOON - age * DAY
        write(tmp_path / f"mail.log{suffix}", [iso(begin + n * HOUR) for n in range(25)])
        write(tmp_path / f"mail.warn{suffix}", [iso(begin + 12 * HOUR), iso(begin + 30 * HOUR)])
    assert lanes(tmp_path) == [
        [["mail.warn.2", "mail.warn.1", "mail.warn"], ["mail.log.2", "mail.log.1", "mail.log"]]
    ]


def test_a_log_and_its_compressed_copy_are_two_lanes(tmp_path: Path) -> None:
    lines = [iso(NOON), iso(NOON + HOUR)]
    write(tmp_path / "mail.log.1", lines, written=NOON + 2 * HOUR)
    write(tmp_path / "mail.log.1.gz", lines, written=NOON + 2 * HOUR)
    assert [len(group) for group in lanes(tmp_path)] == [2]


def test_two_copies_of_one_line_are_two_lanes(tmp_path: Path) -> None:
    """A log that begins and ends in the same second overlaps its copy, too."""
    write(tmp_path / "a.log", [iso(NOON)])
    write(tmp_path / "b.log", [iso(NOON)])
    assert groups(tmp_path) == [{"a.log", "b.log"}]


def test_a_log_with_a_single_line_may_repeat_another(tmp_path: Path) -> None:
    """Debian's mail.err often holds no more."""
    write(tmp_path / "mail.log", [iso(NOON - HOUR), iso(NOON), iso(NOON + HOUR)])
    write(tmp_path / "mail.err", [iso(NOON)])
    write(tmp_path / "mail.old.err", [iso(NOON - DAY)])
    assert groups(tmp_path) == [{"mail.log", "mail.err"}]


@pytest.mark.parametrize(
    "names", [("mail.log.1", "mail.log"), ("one.log", "two.log")], ids=["rotated", "renamed"]
)
def test_what_goes_on_in_the_second_in_which_another_ends_repeats_nothing(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    write(tmp_path / names[0], [iso(NOON - HOUR), iso(NOON)])
    write(tmp_path / names[1], [iso(NOON), iso(NOON + HOUR)])
    assert groups(tmp_path) == []


def test_where_a_compressed_log_ends_is_looked_up(tmp_path: Path) -> None:
    """Its date says that it might reach into the other; its last line says that it does not."""
    write(tmp_path / "old.log.gz", [iso(NOON - 2 * HOUR), iso(NOON - HOUR)], written=NOON + DAY)
    write(tmp_path / "new.log", [iso(NOON), iso(NOON + HOUR)])
    assert groups(tmp_path) == []
    write(tmp_path / "old.log.gz", [iso(NOON - 2 * HOUR), iso(NOON + HOUR)], written=NOON + DAY)
    assert groups(tmp_path) == [{"old.log.gz", "new.log"}]


def test_web_servers_have_lines_of_their_own(tmp_path: Path) -> None:
    for name in ("a.log", "b.log"):
        write(tmp_path / name, [access(NOON), access(NOON + HOUR)])
    assert groups(tmp_path) == []


def test_shapes_of_stamps_make_no_difference(tmp_path: Path) -> None:
    write(tmp_path / "bsd.log", [bsd(NOON), bsd(NOON + HOUR)], written=NOON + HOUR)
    write(tmp_path / "iso.log", [iso(NOON), iso(NOON + HOUR)], written=NOON + HOUR)
    assert groups(tmp_path) == [{"bsd.log", "iso.log"}]


def test_standard_input_takes_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO((iso(NOON) + iso(NOON + HOUR)).encode())

    path = write(tmp_path / "mail.log", [iso(NOON), iso(NOON + HOUR)])
    monkeypatch.setattr(sys, "stdin", Stdin)
    found = survey(["-", path], SETTINGS)
    assert len(found.logs) == 2
    assert repeating(found.logs, lambda _: pytest.fail("it was read")) == ()


# --- one after the other -------------------------------------------------------------------------


def test_files_of_a_rotated_set_follow_each_other(tmp_path: Path) -> None:
    for age in (2, 1, 0):
        begin = NOON - age * DAY
        write(tmp_path / (f"mail.log.{age}" if age else "mail.log"), [iso(begin), iso(begin + HOUR)])
    assert goes_on(surveyed(tmp_path)) == {"mail.log": "mail.log.1", "mail.log.1": "mail.log.2"}


@pytest.mark.parametrize(
    ("pause", "host", "follows"),
    [
        (timedelta(0), "mx1", True),
        (14 * MINUTE, "mx1", True),
        (HOUR, "mx1", False),
        (-MINUTE, "mx1", False),
        (MINUTE, "mx2", False),
    ],
    ids=["at once", "a pause", "later", "before it ends", "another host"],
)
def test_a_log_under_another_name_follows_if_it_begins_where_one_ends(
    tmp_path: Path,
    pause: timedelta,
    host: str,
    follows: bool,  # noqa: FBT001
) -> None:
    write(tmp_path / "one.log", [iso(NOON - HOUR), iso(NOON)])
    write(tmp_path / "two.log", [iso(NOON + pause, host=host), iso(NOON + pause + HOUR, host=host)])
    assert goes_on(surveyed(tmp_path)) == ({"two.log": "one.log"} if follows else {})


def test_another_format_does_not_follow(tmp_path: Path) -> None:
    write(tmp_path / "one.log", [iso(NOON - HOUR), iso(NOON)])
    write(tmp_path / "two.log", [bsd(NOON), bsd(NOON + HOUR)], written=NOON + HOUR)
    assert goes_on(surveyed(tmp_path)) == {}


def test_one_of_its_own_set_is_followed_rather_than_another(tmp_path: Path) -> None:
    write(tmp_path / "mail.log.1", [iso(NOON - 3 * HOUR), iso(NOON - 2 * HOUR)])
    write(tmp_path / "mail.warn.1", [iso(NOON - 2 * HOUR), iso(NOON)])
    write(tmp_path / "mail.log", [iso(NOON), iso(NOON + HOUR)])
    assert goes_on(surveyed(tmp_path))["mail.log"] == "mail.log.1"


def test_a_message_repeated_over_a_rotation_is_counted(tmp_path: Path) -> None:
    """The note in the younger file speaks of the older one's last line."""
    from logscan.pipeline.scan import report  # noqa: PLC0415

    write(
        tmp_path / "mail.log.1",
        [bsd(NOON - HOUR, "warning: first"), bsd(NOON, "warning: odd thing")],
        written=NOON,
    )
    note = f"{NOON + MINUTE:%b %d %H:%M:%S} mx1 last message repeated 4 times\n"
    write(tmp_path / "mail.log", [note, bsd(NOON + HOUR, "warning: third")], written=NOON + HOUR)
    made = report([str(tmp_path)], SETTINGS)
    [group] = [group for group in made.unexplained if "odd" in group.template]
    assert group.count == 5
