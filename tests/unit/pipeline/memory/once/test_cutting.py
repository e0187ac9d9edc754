"""What each night hands out, whatever happened to the files since the last one."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard

from logscan.model.blocks import Source
from logscan.model.problems import UsageError
from logscan.model.settings import Settings
from logscan.parsers.zone import zone
from logscan.pipeline.memory.once import cutting, reader
from logscan.pipeline.memory.once.spooling import spool
from logscan.sources import streams
from logscan.sources.compression import Pieces
from logscan.sources.cursors import Cursor, Due, due
from tests.unit.pipeline.memory.nights import DAY, HOUR, MONDAY, Machine, line, put
from tests.unit.pipeline.written import bsd

TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + days * DAY for days in (1, 2, 3))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def log(machine: Machine) -> Path:
    """A log of Monday with an hour of Tuesday, read once."""
    path = put(
        machine.logs / "mail.log",
        line(MONDAY + 9 * HOUR, "a"),
        line(MONDAY + 10 * HOUR, "b"),
        line(TUESDAY + HOUR, "c"),
        written=TUESDAY + HOUR,
    )
    assert machine.night(TUESDAY) == [("23", "a"), ("23", "b")]
    return path


def test_a_line_is_handed_out_on_its_day_and_not_before(machine: Machine, log: Path) -> None:
    assert machine.night(TUESDAY) == []
    put(log, line(TUESDAY + 2 * HOUR, "d"), line(WEDNESDAY, "e"))
    assert machine.night(WEDNESDAY) == [("24", "c"), ("24", "d")]
    assert machine.night(THURSDAY) == [("25", "e")]


def test_missed_nights_come_as_days_in_their_order(machine: Machine) -> None:
    put(machine.logs / "mail.log", *(line(MONDAY + n * 8 * HOUR, f"l{n}") for n in range(10)))
    days = [step.day.day for step in machine.find(THURSDAY).steps]
    assert days == [23, 24, 25]
    assert [day for day, _ in machine.night(THURSDAY)] == ["23"] * 3 + ["24"] * 3 + ["25"] * 3


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_run_that_is_killed_leaves_the_rest(machine: Machine, steps: int) -> None:
    put(machine.logs / "mail.log", *(line(MONDAY + n * 8 * HOUR, f"l{n}") for n in range(9)))
    first = machine.night(THURSDAY, steps=steps)
    assert len(first) == 3 * steps
    assert sorted(first + machine.night(THURSDAY)) == [(str(23 + n // 3), f"l{n}") for n in range(9)]


# --- rotation ------------------------------------------------------------------------------------

COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
}


def squeeze(path: Path, form: str, name: str | None = None) -> Path:
    target = path.with_name(f"{name or path.name}.{form}")
    target.write_bytes(COMPRESSORS[form](path.read_bytes()))
    path.unlink()
    return target


def test_a_log_that_was_renamed_is_read_to_its_end(machine: Machine, log: Path) -> None:
    put(log, line(TUESDAY + 2 * HOUR, "d"))
    log.rename(log.with_name("mail.log.1"))
    put(log, line(TUESDAY + 3 * HOUR, "e"))
    assert sorted(machine.night(WEDNESDAY)) == [("24", "c"), ("24", "d"), ("24", "e")]


def test_a_log_that_was_copied_and_emptied_goes_on_in_its_copy(machine: Machine, log: Path) -> None:
    put(log, line(TUESDAY + 2 * HOUR, "d"))
    shutil.copy(log, log.with_name("mail.log.1"))
    os.truncate(log, 0)
    put(log, line(TUESDAY + 3 * HOUR, "e"))
    assert sorted(machine.night(WEDNESDAY)) == [("24", "c"), ("24", "d"), ("24", "e")]


def test_a_log_that_was_emptied_and_outgrew_its_place(machine: Machine, log: Path) -> None:
    shutil.copy(log, log.with_name("mail.log.1"))
    os.truncate(log, 0)
    more = [line(TUESDAY + (2 + n) * HOUR, f"n{n}") for n in range(9)]
    put(log, *more)
    assert sorted(machine.night(WEDNESDAY)) == [("24", "c"), *(("24", f"n{n}") for n in range(9))]


@pytest.mark.parametrize("form", sorted(COMPRESSORS))
def test_a_log_that_was_compressed_in_between(machine: Machine, log: Path, form: str) -> None:
    put(log, line(TUESDAY + 2 * HOUR, "d"))
    squeeze(log, form, "mail.log.1")
    assert sorted(machine.night(WEDNESDAY)) == [("24", "c"), ("24", "d")]


def test_a_log_that_was_moved_to_another_folder_of_another_disk(machine: Machine, log: Path) -> None:
    target = machine.logs / "old" / "mail-20261124"
    target.parent.mkdir()
    shutil.copy(log, target)
    log.unlink()
    assert machine.night(WEDNESDAY) == [("24", "c")]


def test_a_compressed_log_is_not_decompressed_again(
    machine: Machine, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    squeeze(log, "gz", "mail.log.1")
    assert machine.night(WEDNESDAY) == [("24", "c")]
    assert [cursor.finished for cursor in machine.cursors] == [True]

    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(reader, "read_bytes", never)
    monkeypatch.setattr("logscan.sources.cursors.read_bytes", never)
    assert machine.night(THURSDAY) == []
    assert [cursor.seen for cursor in machine.cursors] == ["2026-11-26"]


def test_a_compressed_log_that_ends_today_is_opened_again_tomorrow(machine: Machine) -> None:
    path = put(machine.logs / "mail.log.1", line(MONDAY, "a"), line(TUESDAY, "b"))
    squeeze(path, "gz")
    assert machine.night(TUESDAY) == [("23", "a")]
    assert machine.night(WEDNESDAY) == [("24", "b")]


def test_an_archive_of_several_members_is_one_text(machine: Machine, log: Path) -> None:
    first, second = log.read_bytes(), line(TUESDAY + 2 * HOUR, "d").encode()
    log.unlink()
    (machine.logs / "mail.log.1.gz").write_bytes(gzip.compress(first) + gzip.compress(second))
    assert machine.night(WEDNESDAY) == [("24", "c"), ("24", "d")]


def test_a_truncated_archive_is_read_once_and_goes_on_when_it_is_whole(machine: Machine) -> None:
    text = "".join(
        line(MONDAY + n * timedelta(minutes=1), f"w{n * 7919 % 1000}") for n in range(1000)
    ).encode()
    packed = gzip.compress(text)
    path = machine.logs / "mail.log.1.gz"
    path.parent.mkdir()
    path.write_bytes(packed[: len(packed) // 2])
    first = machine.night(TUESDAY)
    assert 0 < len(first) < 1000
    assert [problem.reason for problem in machine.problems] == ["the gzip archive ends too early"]
    assert machine.night(TUESDAY) == []
    assert machine.problems == []
    path.write_bytes(packed)
    assert len(first) + len(machine.night(TUESDAY)) == 1000
    assert len(set(machine.told)) == 1000


# --- which log is which --------------------------------------------------------------------------


def test_an_inode_that_is_another_log_now(machine: Machine, log: Path) -> None:
    log.write_text("".join(line(TUESDAY + n * HOUR, f"n{n}") for n in range(6)))
    assert machine.night(WEDNESDAY) == [("24", f"n{n}") for n in range(6)]


def test_a_backup_of_a_log_that_was_read_holds_nothing_new(machine: Machine, log: Path) -> None:
    shutil.copy(log, log.with_name("backup-of-mail"))
    assert machine.night(WEDNESDAY) == [("24", "c")]


def test_copies_that_grow_together_are_one_log(machine: Machine) -> None:
    for night in (TUESDAY, WEDNESDAY):
        for name in ("mail.log", "mail.info", "syslog"):
            put(machine.logs / name, line(night - 2 * HOUR, "a"), line(night - HOUR, "b"), written=night)
        assert [word for _, word in machine.night(night)] == ["a", "b"]


def test_copies_that_part_are_two_logs_from_there_on(machine: Machine, log: Path) -> None:
    copy = log.with_name("other.log")
    shutil.copy(log, copy)
    put(log, line(TUESDAY + 2 * HOUR, "d"))
    put(copy, line(TUESDAY + 2 * HOUR, "x"))
    assert sorted(machine.night(WEDNESDAY)) == [("24", "c"), ("24", "c"), ("24", "d"), ("24", "x")]


def test_two_logs_that_begin_alike_are_told_apart_by_what_was_read_last(machine: Machine) -> None:
    same = [line(MONDAY + n * timedelta(seconds=1), f"same{n}") for n in range(30)]
    assert len("".join(same)) > 1024
    put(machine.logs / "a.log", *same, line(MONDAY + HOUR, "a"))
    assert len(machine.night(TUESDAY)) == 31
    (machine.logs / "a.log").unlink()
    put(machine.logs / "b.log", *same, line(MONDAY + HOUR, "b"), line(MONDAY + 2 * HOUR, "c"))
    assert len(machine.night(TUESDAY)) == 32


def test_an_empty_log_and_a_log_that_vanished_say_nothing(machine: Machine, log: Path) -> None:
    before = machine.cursors
    os.truncate(log, 0)
    assert machine.night(WEDNESDAY) == []
    assert machine.cursors == before
    log.unlink()
    put(machine.logs / "other.log", line(TUESDAY, "x"))
    assert machine.night(WEDNESDAY) == [("24", "x")]
    assert before[0] in machine.cursors


# --- lines ---------------------------------------------------------------------------------------


def test_a_last_line_without_its_end_waits_while_the_log_may_grow(machine: Machine) -> None:
    log = put(machine.logs / "mail.log", line(MONDAY, "a"), line(MONDAY + HOUR, "b")[:-1])
    assert machine.night(TUESDAY) == [("23", "a")]
    put(log, "-whole\n")
    assert machine.night(TUESDAY) == [("23", "b-whole")]


@pytest.mark.parametrize("form", [None, "gz"])
def test_a_last_line_without_its_end_is_taken_where_nobody_writes(machine: Machine, form: str | None) -> None:
    log = put(
        machine.logs / "mail.log.1", line(MONDAY, "a"), line(MONDAY + HOUR, "b")[:-1], written=MONDAY + HOUR
    )
    if form is not None:
        squeeze(log, form)
    assert machine.night(TUESDAY) == [("23", "a"), ("23", "b")]
    assert machine.night(WEDNESDAY) == []


def test_bytes_stay_as_they_are(machine: Machine) -> None:
    text = (
        b"\xef\xbb\xbf"
        + line(MONDAY, "first").encode().replace(b"\n", b"\r\n")
        + line(MONDAY, "bad").encode().replace(b"bad", b"\xff\xfe\x00bad")
        + b"\n"
        + line(TUESDAY, "other").encode()
    )
    (machine.logs).mkdir()
    (machine.logs / "mail.log").write_bytes(text)
    machine.night(TUESDAY)
    (file,) = machine.spools[0].files
    assert Path(file.path).read_bytes() == text[: text.rfind(b"2026-11-24")]
    machine.night(WEDNESDAY)
    (file,) = machine.spools[0].files
    assert Path(file.path).read_bytes() == text[text.rfind(b"2026-11-24") :]


def test_a_line_without_a_time_belongs_with_the_one_before(machine: Machine) -> None:
    log = put(machine.logs / "mail.log", "\tin front\n", line(MONDAY, "a"), "\tat x\n", line(TUESDAY, "b"))
    assert machine.night(TUESDAY) == [("23", "front"), ("23", "a"), ("23", "x")]
    put(log, "\tat y\n")
    assert machine.night(WEDNESDAY) == [("24", "b"), ("24", "y")]
    put(log, "\tat z\n", line(WEDNESDAY, "c"))
    assert machine.night(THURSDAY) == [("24", "z"), ("25", "c")]


def test_a_line_that_comes_late_makes_a_step_of_its_day(machine: Machine, log: Path) -> None:
    put(log, line(MONDAY + 11 * HOUR, "late"), line(TUESDAY + 5 * HOUR, "d"))
    assert machine.night(WEDNESDAY) == [("23", "late"), ("24", "c"), ("24", "d")]


def test_lines_of_a_fast_clock_wait_for_their_day_and_stop_nobody(machine: Machine) -> None:
    log = put(
        machine.logs / "mail.log",
        line(WEDNESDAY + HOUR, "fast", host="mx2"),
        line(MONDAY, "a"),
        line(TUESDAY + HOUR, "fast2", host="mx2"),
        line(MONDAY + HOUR, "b"),
    )
    assert machine.night(TUESDAY) == [("23", "a"), ("23", "b")]
    put(log, line(TUESDAY + 2 * HOUR, "c"))
    assert machine.night(WEDNESDAY) == [("24", "fast2"), ("24", "c")]
    assert machine.night(THURSDAY) == [("25", "fast")]
    assert machine.cursors[0].held == ""


def test_a_line_of_a_time_that_cannot_be_is_left_out_and_said(machine: Machine) -> None:
    put(
        machine.logs / "mail.log",
        line(datetime(2000, 1, 1, tzinfo=UTC), "old"),
        line(datetime(2099, 1, 1, tzinfo=UTC), "never"),
        line(MONDAY, "a"),
        line(TUESDAY + HOUR, "b"),
        written=TUESDAY + HOUR,
    )
    assert machine.night(TUESDAY) == [("01", "old"), ("23", "a")]
    (problem,) = machine.problems
    assert problem.where.endswith("mail.log:2")
    assert "1 line is dated more than 7 days ahead" in problem.reason
    assert machine.night(WEDNESDAY) == [("24", "b")]
    assert machine.problems == []


def test_another_host_in_the_same_file_changes_nothing(machine: Machine, log: Path) -> None:
    put(log, line(TUESDAY + 2 * HOUR, "d", host="new-name"))
    assert machine.night(WEDNESDAY) == [("24", "c"), ("24", "d")]


# --- years, zones --------------------------------------------------------------------------------


def test_stamps_without_a_year_go_over_new_year(machine: Machine) -> None:
    eve = datetime(2026, 12, 31, 12, tzinfo=UTC)
    log = put(machine.logs / "mail.log", *(bsd(eve - n * DAY, f"d{n}") for n in (3, 2, 1, 0)), written=eve)
    found = machine.find(eve + DAY / 2)
    assert [step.day.isoformat() for step in found.steps][-1] == "2026-12-31"
    machine.night(eve + DAY / 2)
    put(log, bsd(eve - HOUR, "late"), bsd(eve + DAY, "new"), written=eve + DAY)
    steps = machine.find(eve + 1.5 * DAY).steps
    assert [step.day.isoformat() for step in steps] == ["2026-12-31", "2027-01-01"]


def test_the_year_goes_on_from_the_last_night_whatever_the_date_of_the_file(machine: Machine) -> None:
    log = put(machine.logs / "mail.log", bsd(MONDAY, "a"), written=MONDAY)
    assert machine.night(TUESDAY) == [("23", "a")]
    put(log, bsd(TUESDAY, "b"), written=TUESDAY + 400 * DAY)
    assert [step.day.isoformat() for step in machine.find(TUESDAY + 401 * DAY).steps] == ["2026-11-24"]


def test_a_lone_yearless_stamp_of_another_month_moves_no_other_line(machine: Machine) -> None:
    for number, wrong in enumerate((datetime(2026, 12, 31, tzinfo=UTC), datetime(2026, 6, 5, tzinfo=UTC))):
        for first in (True, False):
            mine = Machine(machine.root / f"{number}{first}")
            right = [bsd(MONDAY + n * HOUR, f"r{n}") for n in range(4)]
            lines = [bsd(wrong, "wrong"), *right] if first else [*right[:2], bsd(wrong, "wrong"), *right[2:]]
            log = put(mine.logs / "mail.log", *lines, written=MONDAY + 4 * HOUR)
            said = mine.night(TUESDAY)
            assert [each for each in said if each[1] != "wrong"] == [("23", f"r{n}") for n in range(4)]
            put(log, bsd(TUESDAY + HOUR, "next"), written=TUESDAY + HOUR)
            assert mine.night(WEDNESDAY) == [("24", "next")]
            assert mine.find(WEDNESDAY).steps == ()


@pytest.mark.parametrize(
    ("day", "hours"), [(datetime(2026, 3, 29, tzinfo=UTC), 23), (datetime(2026, 10, 25, tzinfo=UTC), 25)]
)
def test_a_day_is_as_long_as_the_clock_says(machine: Machine, day: datetime, hours: int) -> None:
    machine.zone = "Europe/Berlin"
    info = zone(machine.zone).info
    begin = datetime(day.year, day.month, day.day, tzinfo=info).astimezone(UTC)
    end = begin + hours * HOUR
    put(
        machine.logs / "mail.log",
        line(begin - HOUR / 2, "x"),
        *(line(begin + (n + 0.5) * HOUR, f"h{n}") for n in range(hours + 1)),
    )
    before, step = machine.find(end).steps
    assert (before.lines, step.lines) == (1, hours)
    assert (step.since, step.until) == (begin, end)


def test_wrapped_lines_stay_wrapped(machine: Machine) -> None:
    def docker(at: datetime, text: str) -> str:
        return (
            json.dumps(
                {"log": bsd(at, text), "stream": "stdout", "time": at.isoformat().replace("+00:00", "Z")}
            )
            + "\n"
        )

    put(
        machine.logs / "c-json.log",
        *(docker(MONDAY + n * 12 * HOUR, f"w{n}") for n in range(4)),
        written=WEDNESDAY,
    )
    found = machine.find(WEDNESDAY)
    assert [(step.day.day, step.lines) for step in found.steps] == [(23, 2), (24, 2)]
    told = spool(found.steps[0], machine.root / "spool")
    assert Path(told.files[0].path).read_text() == docker(MONDAY, "w0") + docker(MONDAY + 12 * HOUR, "w1")


# --- what is refused -----------------------------------------------------------------------------


def test_standard_input_is_refused() -> None:
    with pytest.raises(UsageError, match="without --state"):
        cutting.pending(["-"], Settings(), (), TUESDAY, zone("UTC"))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([line(MONDAY - n * HOUR, f"n{n}") for n in range(9)], "newest line stands first"),
        (
            [
                "time,host,program,message\n",
                *(f"{(MONDAY + n * HOUR).isoformat()},mx1,postfix/smtpd,warning: x{n}\n" for n in range(9)),
            ],
            "table",
        ),
    ],
)
def test_what_does_not_grow_at_its_end_is_refused(machine: Machine, lines: list[str], reason: str) -> None:
    put(machine.logs / "export.log", *lines)
    assert machine.night(TUESDAY) == []
    assert [reason in problem.reason for problem in machine.problems] == [True]
    assert machine.cursors == ()


# --- the spool -----------------------------------------------------------------------------------


def test_spooled_files_are_private_and_know_their_lines(machine: Machine) -> None:
    put(
        machine.logs / "a" / "mail.log",
        line(MONDAY, "1"),
        line(TUESDAY, "2"),
        line(MONDAY, "3"),
        line(MONDAY, "4"),
    )
    squeeze(put(machine.logs / "a" / "mail.log.1", line(MONDAY - HOUR, "0"), line(MONDAY, "z")), "gz")
    put(machine.logs / "b" / "mail.log", line(MONDAY, "5"))
    machine.night(WEDNESDAY)
    names = [sorted("/".join(Path(path).parts[-2:]) for path in each.paths) for each in machine.spools]
    assert names == [["0/mail.log.1"], ["0/mail.log", "0/mail.log.1", "1/mail.log"], ["0/mail.log"]]
    monday = machine.spools[1]
    mine = next(file for file in monday.files if file.path.endswith("/0/mail.log"))
    assert [mine.locate(number) for number in (1, 2, 3)] == [1, 3, 4]
    for path in (Path(mine.path), *Path(mine.path).parents[:2]):
        assert stat.S_IMODE(path.stat().st_mode) == (0o600 if path.is_file() else 0o700)
    assert Path(mine.path).stat().st_mtime == TUESDAY.timestamp()


def test_two_files_that_would_have_one_name_keep_apart(machine: Machine) -> None:
    put(machine.logs / "mail.log.1", line(MONDAY, "x"))
    squeeze(put(machine.logs / "mail.log.1.new", line(MONDAY, "y")), "gz", "mail.log.1")
    assert sorted(word for _, word in machine.night(TUESDAY)) == ["x", "y"]


@pytest.mark.parametrize("how", ["empty", "anew", "gone"])
def test_a_log_that_changes_before_it_is_copied_waits(machine: Machine, how: str) -> None:
    log = put(machine.logs / "mail.log", *(line(MONDAY + n * 12 * HOUR, f"l{n}") for n in range(4)))
    other = put(machine.logs / "other.log", line(TUESDAY, "o"))
    found = machine.find(WEDNESDAY)
    first = spool(found.steps[0], machine.root / "first")
    kept = log.read_bytes()
    if how == "gone":
        log.unlink()
    else:
        os.truncate(log, 0)
        put(log, *(line(TUESDAY + n * HOUR, f"new{n}") for n in range(9 if how == "anew" else 0)))
    second = spool(found.steps[1], machine.root / "second")
    assert [file.origin for file in second.files] == [str(other)]
    assert [problem.where for problem in second.problems] == [str(log)]
    assert [cursor for cursor in second.after if cursor.path == str(log)] == [
        replace(cursor) for cursor in first.after if cursor.path == str(log)
    ]
    machine.cursors = second.after
    (machine.logs / "mail.log.1").write_bytes(kept)
    words = [word for _, word in machine.night(WEDNESDAY)]
    assert sorted(words) == sorted(["l2", "l3", *(f"new{n}" for n in range(9) if how == "anew")])


@pytest.mark.parametrize("fast", [False, True])
def test_a_log_that_is_emptied_while_it_is_looked_for_waits(
    machine: Machine, log: Path, monkeypatch: pytest.MonkeyPatch, *, fast: bool
) -> None:
    if fast:  # lines wait in front of the place that was read to
        put(log, line(WEDNESDAY + HOUR, "f"), line(TUESDAY + 2 * HOUR, "d"))
        assert machine.night(WEDNESDAY) == [("24", "c"), ("24", "d")]
    before = machine.cursors

    def emptied(sources: list[Source], cursors: tuple[Cursor, ...]) -> list[Due]:
        found = due(sources, cursors)
        log.write_text("".join(line(WEDNESDAY + n * HOUR, f"n{n}") for n in range(9)))
        return found

    monkeypatch.setattr(cutting, "due", emptied)
    assert machine.night(THURSDAY) == []
    assert machine.cursors == before
    assert [problem.where for problem in machine.problems] == [str(log)]
    monkeypatch.undo()
    assert machine.night(THURSDAY) == [("25", f"n{n}") for n in range(9)]


def test_a_cursor_is_plain(machine: Machine, log: Path) -> None:
    assert log.exists()
    (cursor,) = machine.cursors
    assert Cursor(**json.loads(json.dumps(asdict(cursor)))) == cursor


def test_a_quiet_night_reads_but_the_ends(
    machine: Machine, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(
        log,
        *(line(TUESDAY + n * timedelta(seconds=1), "x" * 200) for n in range(2000)),
        written=TUESDAY + HOUR,
    )
    assert len(machine.night(WEDNESDAY)) == 2001
    read: list[int] = []
    real = streams.file_pieces

    def counted(descriptor: int, size: int, where: str, begin: int = 0) -> Pieces:
        for piece in real(descriptor, size, where, begin=begin):
            read.append(0 if not isinstance(piece, bytes) else len(piece))
            yield piece

    monkeypatch.setattr(streams, "file_pieces", counted)
    assert machine.night(THURSDAY) == []
    assert sum(read) == 0
    put(log, line(WEDNESDAY, "y"))
    assert machine.night(THURSDAY) == [("25", "y")]
    assert sum(read) < 32 * 1024
