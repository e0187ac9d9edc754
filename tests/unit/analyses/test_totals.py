"""The count of what was read: every line in it, once, however the log is cut."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.analyses import totals
from logscan.model.columns import TIME

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SCHEMA: dict[str, Any] = {
    "block": pl.UInt32, "row": pl.UInt32, "raw": pl.String, "time": TIME, "host": pl.String,
    "family": pl.String, "repeat": pl.Int64,
}  # fmt: skip

#: (source, minute or None, host, family or None for what was not understood, repeat)
record = st.tuples(
    st.integers(0, 2),
    st.none() | st.integers(0, 9000),
    st.sampled_from(["mx1", "mx2", None]),
    st.sampled_from(["postfix", "opendkim", None]),
    st.integers(1, 3),
)
Record = tuple[int, int | None, str | None, str | None, int]
#: Lines that hold no record, repeats of another log's, bad bytes.
counts = st.tuples(*[st.integers(0, 4)] * 3)
#: A block: its source is that of its first record.
blocks = st.lists(st.tuples(st.lists(record, max_size=6), counts), max_size=8)


def batch(records: Sequence[Record], extra: tuple[int, ...] = (0, 0, 0), number: int = 0) -> totals.Batch:
    blank, duplicates, invalid = extra
    rows = [
        {
            "block": number,
            "row": row,
            "raw": f"{number}:{row}",
            "time": None if minute is None else START + timedelta(minutes=minute),
            "host": host,
            "family": family,
            "repeat": repeat,
        }
        for row, (_, minute, host, family, repeat) in enumerate(records)
    ]
    return totals.Batch(
        source=records[0][0] if records else 0,
        tallies=[totals.tally(pl.DataFrame(part, schema=SCHEMA)) for part in (rows[:1], rows[1:])],
        lines=len(records) + blank + duplicates,
        other=sum(family == "opendkim" for *_, family, _ in records),
        blank=blank,
        duplicates=duplicates,
        invalid_bytes=invalid,
    )


def batches(given_blocks: Sequence[tuple[Sequence[Record], tuple[int, ...]]]) -> list[totals.Batch]:
    return [batch(records, extra, number) for number, (records, extra) in enumerate(given_blocks)]


def one_by_one(of: Sequence[totals.Batch]) -> totals.Partial:
    return reduce(totals.absorb, of, totals.empty())


def said(partial: totals.Partial) -> tuple[object, ...]:
    finished = totals.finish(partial)
    return dict(finished.sources), finished.hosts, finished.minutes.to_list(), totals.gaps(finished)


# --- laws ----------------------------------------------------------------------------------------


@given(blocks, st.integers(0, 8))
def test_cut_anywhere_and_merged_it_is_the_whole(
    given_blocks: list[tuple[list[Record], tuple[int, ...]]], cut: int
) -> None:
    of = batches(given_blocks)
    assert said(totals.merge(one_by_one(of[:cut]), one_by_one(of[cut:]))) == said(one_by_one(of))


@given(blocks, st.integers(0, 8), st.integers(0, 8))
def test_merge_is_associative(
    given_blocks: list[tuple[list[Record], tuple[int, ...]]], one: int, two: int
) -> None:
    of = batches(given_blocks)
    first, second = sorted((one, two))
    a, b, c = (one_by_one(part) for part in (of[:first], of[first:second], of[second:]))
    left = totals.merge(totals.merge(a, b), c)
    right = totals.merge(a, totals.merge(b, c))
    assert said(left) == said(right)


@given(blocks)
def test_nothing_added_changes_nothing(given_blocks: list[tuple[list[Record], tuple[int, ...]]]) -> None:
    whole = one_by_one(batches(given_blocks))
    assert (
        said(totals.merge(totals.empty(), whole)) == said(totals.merge(whole, totals.empty())) == said(whole)
    )


@given(blocks)
def test_partials_are_never_changed(given_blocks: list[tuple[list[Record], tuple[int, ...]]]) -> None:
    of = batches(given_blocks)
    before, more = one_by_one(of), one_by_one(of)
    first = said(before)
    totals.merge(before, more)
    totals.absorb(before, batch([(0, 5, "mx9", "postfix", 2)]))
    assert said(before) == first


@given(blocks)
def test_every_line_is_counted_once(given_blocks: list[tuple[list[Record], tuple[int, ...]]]) -> None:
    for source in one_by_one(batches(given_blocks)).sources.values():
        assert source.lines == source.blank + source.duplicates + source.unparsed + source.events
        assert sum(source.families.values()) == source.events


# --- what is counted -----------------------------------------------------------------------------


def test_sums_of_a_source() -> None:
    first = batch(
        [(1, 3, "mx1", "postfix", 1), (1, None, None, None, 1), (1, 1, "mx1", "opendkim", 5)], (1, 2, 3)
    )
    second = batch([(1, 9, "mx2", "postfix", 2)], (0, 1, 0), number=1)
    partial = one_by_one([first, second])
    assert partial.sources == {
        1: totals.SourceTotals(
            lines=8,
            blank=1,
            unparsed=1,
            events=3,
            other=1,
            duplicates=3,
            repeated=5,
            invalid_bytes=3,
            first=START + timedelta(minutes=1),
            last=START + timedelta(minutes=9),
            families={"postfix": 2, "opendkim": 1},
            samples=((0, 1, "0:1"),),
        )
    }
    assert partial.hosts == {"mx1", "mx2"}


def test_sources_stay_apart() -> None:
    partial = one_by_one([batch([(0, 1, "mx1", "postfix", 1)]), batch([(2, 2, "mx1", "postfix", 1)] * 2)])
    assert {index: source.events for index, source in partial.sources.items()} == {0: 1, 2: 2}


def test_the_first_lines_that_were_not_understood_are_kept_and_no_more() -> None:
    of = [batch([(0, None, None, None, 1)] * 2, number=number) for number in range(4)]
    [source] = one_by_one(of).sources.values()
    assert source.unparsed == 8
    assert source.samples == ((0, 0, "0:0"), (0, 1, "0:1"), (1, 0, "1:0"), (1, 1, "1:1"), (2, 0, "2:0"))
    assert len(source.samples) == totals.SAMPLES


def test_a_sample_is_not_longer_than_a_page() -> None:
    row = {"block": 0, "row": 0, "raw": "x" * 9000, "time": None, "host": None, "family": None, "repeat": 1}
    [sample] = totals.tally(pl.DataFrame([row], schema=SCHEMA)).samples
    assert len(sample[2]) == 500


def test_a_source_without_times_has_no_period() -> None:
    [source] = one_by_one([batch([(0, None, "mx1", "postfix", 1)])]).sources.values()
    assert (source.first, source.last) == (None, None)
    assert source.events == 1


# --- gaps ----------------------------------------------------------------------------------------


def gaps(minutes: Sequence[int]) -> list[tuple[int, int]]:
    """Return the gaps of a log with a line in each of these minutes, in minutes."""
    found = totals.gaps(one_by_one([batch([(0, minute, "mx1", "postfix", 1) for minute in minutes])]))
    return [
        ((begin - START) // timedelta(minutes=1), (end - START) // timedelta(minutes=1))
        for begin, end in found
    ]


@pytest.mark.parametrize(
    ("minutes", "found"),
    [
        ([], []),
        ([5], []),
        ([5, 5], []),
        ([*range(60), *range(180, 240)], [(59, 180)]),
        ([*range(60), *range(120, 180)], [(59, 120)]),
        ([*range(60), *range(119, 180)], []),
        ([*range(60), *range(180, 240), *range(500, 560)], [(59, 180), (239, 500)]),
        (list(range(0, 9000, 90)), []),
        ([*range(0, 3000, 30), *range(3270, 6000, 30)], []),
        ([*range(0, 3000, 30), *range(3300, 6000, 30)], [(2970, 3300)]),
    ],
    ids=[
        "no line", "one line", "one minute", "two hours", "an hour and a minute", "an hour", "two gaps",
        "a log that always pauses", "ten pauses", "eleven pauses",
    ],
)  # fmt: skip
def test_gaps(minutes: list[int], found: list[tuple[int, int]]) -> None:
    assert gaps(minutes) == found


@given(st.sets(st.integers(0, 20_000), max_size=60))
def test_a_gap_lies_between_two_neighbouring_lines_and_is_long(minutes: set[int]) -> None:
    ordered = sorted(minutes)
    for begin, end in gaps(ordered):
        assert (begin, end) in pairwise(ordered)
        assert end - begin > totals.GAP_AT_LEAST / timedelta(minutes=1)


def test_other_logs_lines_fill_a_gap() -> None:
    """A quiet mail log beside a busy web log: the machine was there, so it is not a gap of the set."""
    early, late = (
        [(0, minute, "mx1", "postfix", 1) for minute in range(start, start + 60)] for start in (0, 300)
    )
    web = [(1, minute, None, "apache-access", 1) for minute in range(60, 300)]
    assert totals.gaps(one_by_one([batch(early), batch(late)]))
    assert not totals.gaps(one_by_one([batch(early), batch(late), batch(web)]))


def test_times_before_1970_and_far_ahead_are_no_trouble() -> None:
    odd = datetime(1969, 12, 31, 23, 58, 30, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    rows = [(0, (time - START) // timedelta(minutes=1), "mx1", "postfix", 1) for time in odd]
    partial = one_by_one([batch(rows)])
    assert len(partial.minutes) == 2
    assert totals.gaps(partial) == ()
