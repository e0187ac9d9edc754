"""What several logs tell counts once; what one log tells twice counts twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logscan.model.settings import Settings
from logscan.pipeline.events import Events
from logscan.pipeline.logs.timeline import repeating
from logscan.pipeline.logs.told import Told, told_before
from logscan.pipeline.scan import report
from tests.examples import scaled
from tests.unit.pipeline.written import NOON, SETTINGS, bsd, iso, reading, write

MINUTE = timedelta(minutes=1)
SMALL = replace(SETTINGS, block_bytes=150)


def told(*paths: Path, of: Settings = SETTINGS) -> Told:
    return told_before(reading(*paths, settings=of), of.jobs)


def texts(*paths: Path | str, of: Settings = SETTINGS) -> list[str]:
    """Return the texts of all events that count, sorted."""
    return sorted(text for table in Events([str(path) for path in paths], of) for text in table["text"])


def numbered(minutes: Sequence[int], text: str = "warning: number {}") -> list[str]:
    return [iso(NOON + minute * MINUTE, text.format(minute)) for minute in minutes]


def test_a_warning_that_is_in_two_logs_is_one_event(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", numbered(range(9)))
    write(tmp_path / "mail.warn", numbered([2, 5]))
    assert texts(tmp_path) == sorted(f"warning: number {n}" for n in range(9))
    totals = report([str(tmp_path)], SETTINGS).totals
    assert (totals.lines, totals.events, totals.duplicates_dropped) == (11, 9, 2)


def test_the_largest_log_keeps_its_lines(tmp_path: Path) -> None:
    large = write(tmp_path / "z.log", numbered(range(9)))
    write(tmp_path / "a.log", numbered([2, 5]))
    files = {file for table in Events([str(tmp_path)], SETTINGS) for file in table["file"]}
    assert files == {large}


def test_a_compressed_log_is_larger_than_it_looks(tmp_path: Path) -> None:
    large = write(tmp_path / "mail.log.1.gz", numbered(range(200)), written=NOON + 300 * MINUTE)
    write(tmp_path / "mail.warn", numbered(range(20, 40)))
    files = {file for table in Events([str(tmp_path)], SETTINGS) for file in table["file"]}
    assert files == {large}


def test_logs_that_do_not_overlap_are_not_read_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.log", numbered(range(9)))
    write(tmp_path / "b.log", numbered(range(20, 29)))
    of = reading(tmp_path)
    monkeypatch.setattr(of, "blocks", lambda *_: pytest.fail("it was read"))
    assert told_before(of, 1) == {}


def test_two_equal_lines_of_one_log_are_two_events(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", numbered([1, 1, 2]))
    write(tmp_path / "mail.warn", numbered([1, 1]))
    assert texts(tmp_path) == ["warning: number 1", "warning: number 1", "warning: number 2"]


def test_the_most_that_any_log_tells_counts(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", numbered([1, *range(5, 20)]))
    write(tmp_path / "mail.warn", numbered([1, 1, 1]))
    write(tmp_path / "mail.err", numbered([1, 1]))
    assert texts(tmp_path).count("warning: number 1") == 3


def test_a_line_that_repeats_may_count_in_part(tmp_path: Path) -> None:
    """One logger writes five lines, the other two and a note of three more."""
    note = "message repeated 3 times: [ warning: odd]"
    write(
        tmp_path / "mail.log",
        [iso(NOON - MINUTE, "warning: first"), *[iso(NOON, "warning: odd")] * 4, *numbered(range(5, 20))],
    )
    write(tmp_path / "mail.warn", [iso(NOON, "warning: odd"), iso(NOON, note)])
    made = report([str(tmp_path)], SETTINGS)
    [odd] = [group for group in made.unexplained if "odd" in group.template]
    assert odd.count == 4


@pytest.mark.parametrize(
    ("line", "same"),
    [
        (iso(NOON, host="mx1.example.org"), True),
        (iso(NOON.replace(microsecond=123456)), True),
        (bsd(NOON), True),
        (iso(NOON, "warning: something is odd  "), True),
        (iso(NOON, host="mx2"), False),
        (iso(NOON + timedelta(seconds=1)), False),
        (iso(NOON, program="postfix/smtpd[8]"), False),
        (iso(NOON, program="postfix/smtp[7]"), False),
        (iso(NOON, "warning: something is ODD"), False),
    ],
    ids=["full name", "fraction", "no year", "blanks", "host", "second", "pid", "program", "text"],
)
def test_what_makes_two_lines_the_same(tmp_path: Path, line: str, same: bool) -> None:  # noqa: FBT001
    around = [iso(NOON - MINUTE, "warning: before"), iso(NOON), iso(NOON + MINUTE, "warning: after")]
    write(tmp_path / "mail.log", around, written=NOON + MINUTE)
    write(tmp_path / "mail.warn", [line], written=NOON + MINUTE)
    assert len(texts(tmp_path)) == (3 if same else 4)


def test_what_no_logger_wrote_counts_always(tmp_path: Path) -> None:
    for name in ("a.log", "b.log"):
        write(tmp_path / name, [*numbered(range(3)), "what is this\n"])
    totals = report([str(tmp_path)], SETTINGS).totals
    assert (totals.events, totals.unparsed, totals.duplicates_dropped) == (3, 2, 3)


def test_one_line_of_a_block_that_goes_is_named_by_its_row(tmp_path: Path) -> None:
    write(tmp_path / "mail.log", numbered(range(9)))
    write(tmp_path / "mail.warn", numbered([2, 5, 30]))
    [((_, block), (rows, left))] = told(tmp_path).items()
    assert block == 0
    assert (rows.to_list(), left.to_list()) == ([0, 1], [0, 0])


minutes = st.lists(st.integers(0, 6), min_size=1, max_size=8).map(sorted)


@settings(max_examples=scaled(15), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(minutes, min_size=2, max_size=3), st.sampled_from([SMALL, SETTINGS]))
def test_the_law(tmp_path: Path, logs: list[list[int]], of: Settings) -> None:
    """Of each line the most that any one lane tells is what counts, however the logs are cut into blocks."""
    for index in range(3):
        (tmp_path / f"{index}.log").unlink(missing_ok=True)
    for index, given_minutes in enumerate(logs):
        write(tmp_path / f"{index}.log", numbered(given_minutes))
    of_all = reading(tmp_path)
    lines = [Counter(logs[int(Path(log.source.path).stem)]) for log in of_all.logs]
    groups = repeating(of_all.logs, of_all.last_time)
    alone = set(range(len(logs))) - {index for group in groups for lane in group for index in lane}
    wanted = sum((lines[index] for index in alone), Counter[int]())
    for group in groups:
        most = Counter[int]()
        for lane in group:
            most |= sum((lines[index] for index in lane), Counter[int]())
        wanted += most
    assert texts(tmp_path, of=of) == sorted(f"warning: number {n}" for n in wanted.elements())


def test_a_piece_of_one_second_goes_on_from_what_ends_in_it(tmp_path: Path) -> None:
    """Somebody cut a log by its size and renamed the pieces: equal lines on both sides of the cut are two events."""
    line = "Nov 24 03:00:{:02} mx1 postfix/smtpd[7]: fatal: {}\n"
    older = [line.format(second, "the same") for second in range(6)] + [line.format(5, "the same")]
    younger = [line.format(5, "the same"), line.format(5, "what the older piece does not say")]
    (tmp_path / "one.log").write_text("".join(older))
    (tmp_path / "two.log").write_text("".join(younger))
    made = report([str(tmp_path)], Settings(zone="UTC", year=2026))
    assert (made.totals.events, made.totals.duplicates_dropped) == (9, 0)


def test_an_excerpt_of_one_second_repeats_what_ends_in_it(tmp_path: Path) -> None:
    line = "Nov 24 03:00:{:02} mx1 postfix/smtpd[7]: fatal: {}\n"
    (tmp_path / "mail.log").write_text("".join(line.format(second, "the same") for second in range(6)))
    (tmp_path / "mail.err").write_text(line.format(5, "the same"))
    made = report([str(tmp_path)], Settings(zone="UTC", year=2026))
    assert (made.totals.events, made.totals.duplicates_dropped) == (6, 1)
