from __future__ import annotations

import polars as pl
from polars.testing import assert_frame_equal, assert_series_equal

from logscan.sources.overlap import Seen, survivors


def rows(*pairs: tuple[int, int], at: int | None = None) -> pl.DataFrame:
    """Rows of (key, repeat); their time follows from the key, as it does in a log."""
    frame = pl.DataFrame(pairs, schema={"key": pl.UInt64, "repeat": pl.Int64}, orient="row")
    when = (pl.col("key") % 1000).cast(pl.Int64) if at is None else pl.lit(at, pl.Int64)
    return frame.with_columns(when.alias("at"))


def kept(*sources: pl.DataFrame) -> list[list[int]]:
    return [left.to_list() for left in survivors(sources)]


def test_two_equal_lines_of_one_file_are_two_events() -> None:
    assert kept(rows((7, 1), (7, 1), (8, 1))) == [[1, 1, 1]]


def test_the_same_line_in_two_files_is_one_event() -> None:
    assert kept(rows((7, 1), (8, 1)), rows((7, 1), (9, 1))) == [[1, 1], [0, 1]]


def test_a_file_that_holds_a_line_more_often_adds_what_is_new() -> None:
    assert kept(rows((7, 1)), rows((7, 1), (7, 1), (7, 1)), rows((7, 1), (7, 1))) == [[1], [0, 1, 1], [0, 0]]


def test_repeated_lines_count_as_often_as_they_say() -> None:
    # rsyslog reduced three lines to `message repeated 3 times` in one of the files
    assert kept(rows((7, 1), (7, 3)), rows((7, 1), (7, 1), (7, 1), (7, 1))) == [[1, 3], [0, 0, 0, 0]]
    assert kept(rows((7, 2)), rows((7, 1), (7, 3))) == [[2], [0, 2]]


def test_a_copy_counts_nothing() -> None:
    log = rows(*((number % 50, 1) for number in range(200)))
    assert [sum(left) for left in kept(log, log, log)] == [200, 0, 0]


def test_large_keys_and_none_at_all() -> None:
    top = 2**64 - 1
    assert kept(rows(), rows((top, 1), (0, 1)), rows(), rows((top, 1), (0, 2))) == [[], [1, 1], [], [0, 1]]


def test_no_partial_is_changed_in_place() -> None:
    first, seen = Seen().absorb(rows((7, 1)))
    closed = seen.close()
    again, _ = closed.absorb(rows((7, 1), (7, 1)))
    same, _ = closed.absorb(rows((7, 1), (7, 1)))
    asked = rows((7, 1), (7, 3))
    closed.absorb(asked)
    assert_frame_equal(asked, rows((7, 1), (7, 3)))
    assert first.to_list() == [1]
    assert_series_equal(again, same)
    assert again.to_list() == [0, 1]


def test_what_is_not_to_be_remembered_is_kept_only_where_it_repeats() -> None:
    _, seen = Seen().absorb(rows(*((number, 1) for number in range(10))))
    left, seen = seen.close().absorb(rows(*((number, 1) for number in range(5, 5000))), last=True)
    assert left.sum() == 4990
    assert sum(run.rows.height for run in seen.runs) == 10 + 5


def test_many_small_blocks_are_held_in_few_runs() -> None:
    seen = Seen()
    for block in range(500):
        _, seen = seen.absorb(rows((block, 1)))
    assert len(seen.runs) <= 10
    assert sum(run.rows.height for run in seen.runs) == 500


def test_logs_of_other_times_are_not_compared() -> None:
    # were they compared, the equal key would be dropped: a caller must not make such keys
    assert kept(rows((7, 1), at=100), rows((7, 1), at=200)) == [[1], [1]]


def test_rows_without_a_time_are_compared_with_their_like() -> None:
    timeless = rows((7, 1), (8, 1)).with_columns(at=pl.lit(None, pl.Int64))
    mixed = pl.concat([rows((5, 1)), timeless, rows((6, 1)), timeless])
    assert kept(mixed, mixed) == [[1] * 6, [0] * 6]
    assert kept(timeless, mixed) == [[1, 1], [1, 0, 0, 1, 1, 1]]
    assert kept(rows((5, 1), (6, 1)), mixed) == [[1, 1], [0, 1, 1, 0, 1, 1]]


def test_times_may_be_left_out() -> None:
    without = rows((7, 1), (7, 1), (8, 3)).drop("at")
    assert kept(without, without, rows((8, 4)).drop("at")) == [[1, 1, 3], [0, 0, 0], [1]]


def test_any_integer_will_do_for_times() -> None:
    small = rows((7, 1), (8, 1)).with_columns(pl.col("at").cast(pl.Int32))
    assert kept(small, small) == [[1, 1], [0, 0]]


def test_the_last_source_may_keep_what_it_tells_again() -> None:
    # mail.warn, then mail.log: the warnings are to count in mail.log, where their session is
    warnings, log = rows((7, 1), (8, 2)), rows((5, 1), (7, 1), (7, 1), (8, 1))
    _, seen = Seen().absorb(warnings)
    left, seen = seen.close().absorb(log, last=True)
    assert left.to_list() == [1, 0, 1, 0]
    kept_there = seen.own()
    assert sum(run.rows.height for run in kept_there.runs) == 3
    left, _ = kept_there.close().absorb(warnings, last=True)
    assert left.to_list() == [0, 1]
