"""What a line owes to the line before it, across the seams of blocks and threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from logscan.model.blocks import Block
from logscan.parsers.clock import YearConflict
from logscan.parsers.family import Family, LineFormat, Stamp
from logscan.parsers.lines import RECORD, records
from tests.unit.parsers.tables import SPEAKERS, plan, rows, same, smtp, table

REAL = Path(__file__).parents[3] / "sample-logs" / "real"


def one_by_one(*lines: str) -> pl.DataFrame:
    """The records of lines when each is a block of its own."""
    one, found = plan(), []
    for number, line in enumerate(lines):
        previous = lines[number - 1].encode() if number else b""
        block = Block(source=0, number=number, data=line.encode() + b"\n", previous=previous, lines=1)
        found.append(records(block, one, SPEAKERS).with_columns(pl.lit(number, pl.UInt32).alias("row")))
    return pl.concat(found)


# --- repeated lines ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("message repeated 4 times: [ a [b] c]", (4, "a [b] c")),
        ("message repeated 4 times: [a]", (4, "a")),
        ("message repeated 12 times: [ cut off", (12, "cut off")),
        ("message repeated 0 times: [ a]", (1, "a")),
        ("message repeated 4 times: []", (4, "")),
        ("message repeated 99999999999 times: [ a]", (1, "message repeated 99999999999 times: [ a]")),
        ("message repeated often", (1, "message repeated often")),
        ("a message repeated 4 times: [ b]", (1, "a message repeated 4 times: [ b]")),
        ("Last message 'a 'b'' repeated 3 times, suppressed by syslog-ng on mx1", (3, "a 'b'")),
        ("Last message was lost", (1, "Last message was lost")),
    ],
)
def test_a_message_can_say_how_often_it_came(text: str, expected: tuple[int, str]) -> None:
    assert [row[3:] for row in rows(smtp("03:27:35", text), smtp("03:27:36", "x"))] == [expected, (1, "x")]


def test_a_repeated_line_is_the_line_before_it() -> None:
    first, last = smtp("03:27:35", "a"), "Nov 24 03:28:05 mx1 last message repeated 3 times"
    expected = ("postfix/smtp", 7, "postfix", 3, "a")
    assert rows(first, last) == [(*expected[:3], 1, "a"), expected]
    assert table(first, last).get_column("raw").to_list() == [first, last]
    assert table(first, last).get_column("time").to_list()[1] == datetime(2026, 11, 24, 3, 28, 5, tzinfo=UTC)
    # blank lines and earlier repetitions do not count as the line before
    assert rows(first, "", last, last)[2:] == [expected, expected]
    # a wrapped message is unwrapped first
    assert rows(smtp("03:27:35", "message repeated 9 times: [ a]"), last)[1] == expected
    # nobody knows what a line that was not understood said
    unknown = (None, None, "syslog", 1, "last message repeated 3 times")
    assert rows("what?", last) == [(None, None, None, 1, "what?"), unknown]
    assert rows(last) == [unknown]
    assert rows(last, first)[0] == unknown


def test_a_repeated_line_at_the_beginning_of_a_block_is_the_last_one_of_the_block_before() -> None:
    lines = [smtp("03:27:35", "a"), *["Nov 24 03:28:05 mx1 last message repeated 3 times"] * 2, "", " "]
    lines += [lines[1], smtp("03:27:36", "b"), lines[1]]
    whole = table(*lines)
    assert whole.get_column("text").to_list() == ["a", "a", "a", None, None, "a", "b", "b"]
    assert one_by_one(*lines).equals(whole)
    assert table(*lines[1:], previous=lines[0]).get_column("text").to_list()[0] == "a"


@pytest.mark.parametrize(
    "stamp", ["Nov 31 00:00:00", "Nov  0 00:00:00", "2026-02-29T00:00:00Z", "<1>Nov 39 00:00:00"]
)
def test_a_repetition_on_a_day_that_does_not_exist_is_not_understood_at_a_seam_either(stamp: str) -> None:
    odd, last = (
        f"{stamp} mx1 last message repeated 3 times",
        "Nov 24 00:00:00 mx1 last message repeated 2 times",
    )
    expected = [(None, None, None, 1, odd), (None, None, "syslog", 1, last.partition("mx1 ")[2])]
    assert rows(smtp("03:27:35", "a"), odd, last)[1:] == expected
    assert rows(last, previous=odd) == expected[1:]
    assert one_by_one(smtp("03:27:35", "a"), odd, last).get_column("text").to_list() == [
        "a",
        odd,
        expected[1][4],
    ]


def test_text_that_speaks_of_repetition_is_text() -> None:
    lines = (smtp("03:27:35", "a"), smtp("03:27:36", "last message repeated 3 times"))
    assert [row[3:] for row in rows(*lines)] == [(1, "a"), (1, "last message repeated 3 times")]


# --- threads -------------------------------------------------------------------------------------


def blocks(data: bytes, size: int) -> list[Block]:
    lines = data.splitlines(keepends=True)
    pieces = [lines[begin : begin + size] for begin in range(0, len(lines), size)]
    return [
        Block(
            source=0,
            number=number,
            data=b"".join(piece),
            previous=pieces[number - 1][-1].rstrip(b"\n") if number else b"",
            lines=len(piece),
        )
        for number, piece in enumerate(pieces)
    ]


def test_threads_and_blocks_give_the_same_records() -> None:
    data = (REAL / "A/logs/mail.log").read_bytes()
    whole = records(blocks(data, 1 << 20)[0], plan(), SPEAKERS)
    one = plan()
    with ThreadPoolExecutor(4) as threads:
        tables = list(threads.map(lambda block: records(block, one, SPEAKERS), blocks(data, 100)))
    names = [name for name in RECORD if name != "row"]
    assert pl.concat(tables).select(names).equals(whole.select(names))
    one.calendar.finish()
    assert one.calendar.year == 2026


def test_a_conflict_of_years_is_for_the_caller() -> None:
    lines = ["Jan  5 00:00:00 mx1 a[1]: x", "Feb  5 00:00:00 mx1 a[1]: x", "Mar  5 00:00:00 mx1 a[1]: x"]
    data = "\n".join(lines).encode()
    one = plan(modified=datetime(2027, 1, 10, tzinfo=UTC))
    with ThreadPoolExecutor(1) as threads:
        last = Block(source=0, number=1, data=data, previous=b"", lines=3)
        waiting = threads.submit(records, last, one, SPEAKERS)
        with pytest.raises(YearConflict):
            records(Block(source=0, number=0, data=data, previous=b"", lines=3), one, SPEAKERS)
        with pytest.raises(YearConflict):
            waiting.result(timeout=20)


def test_a_fault_in_one_block_wakes_those_who_wait() -> None:
    def fail(_: pl.DataFrame) -> pl.DataFrame:
        raise ZeroDivisionError

    broken = LineFormat(name="broken", stamp=Stamp.LOCAL, looks=pl.col("raw") == "x", split=fail)
    speakers = (Family(name="broken", formats=(broken,), kinds=same, fields=same),)
    one = plan()
    with ThreadPoolExecutor(1) as threads:
        second = Block(source=0, number=1, data=b"y\n", previous=b"x", lines=1)
        waiting = threads.submit(records, second, one, speakers)
        with pytest.raises(ZeroDivisionError):
            records(Block(source=0, number=0, data=b"x\n", previous=b"", lines=1), one, speakers)
        with pytest.raises(ZeroDivisionError):
            waiting.result(timeout=20)
