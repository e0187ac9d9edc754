from __future__ import annotations

import gzip
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from logscan.model.blocks import Block
from logscan.model.problems import Problem
from logscan.sources.blocks import MOST_LINES, cut_blocks, portions, read_blocks
from logscan.sources.compression import Pieces
from logscan.sources.discover import discover
from logscan.sources.lines import KEPT, LONGEST

TEXT = b"first\nsecond \xc3\xa9\r\n\nfourth\nlast without newline"


def pieces(items: Iterable[bytes | Problem]) -> Pieces:
    yield from items


def blocks_of(data: bytes, block_bytes: int, size: int = 1 << 20) -> list[Block]:
    cut = pieces(data[begin : begin + size] for begin in range(0, len(data), size))
    found = list(cut_blocks(cut, 3, block_bytes, "a.log"))
    blocks = [item for item in found if isinstance(item, Block)]
    assert len(blocks) == len(found)
    return blocks


def test_one_byte_blocks_are_lines() -> None:
    blocks = blocks_of(TEXT, 1)
    assert [block.data for block in blocks] == TEXT.splitlines(keepends=True)
    assert [block.number for block in blocks] == [0, 1, 2, 3, 4]
    assert [block.lines for block in blocks] == [1] * 5
    assert {block.source for block in blocks} == {3}
    assert [block.previous for block in blocks] == [b"", b"first", b"second \xc3\xa9\r", b"", b"fourth"]


@pytest.mark.parametrize("block_bytes", [1, 2, 6, 7, 20, 1000])
@pytest.mark.parametrize("size", [1, 4, 1000])
def test_blocks_are_the_shortest_runs_of_lines_that_are_long_enough(block_bytes: int, size: int) -> None:
    blocks = blocks_of(TEXT, block_bytes, size)
    assert b"".join(block.data for block in blocks) == TEXT
    for block in blocks[:-1]:
        assert block.data.endswith(b"\n")
        before_last_line = block.data[:-1].rfind(b"\n") + 1
        assert before_last_line < block_bytes <= len(block.data)
    assert sum(block.lines for block in blocks) == 5
    for before, block in pairwise(blocks):
        assert block.previous == before.data.removesuffix(b"\n").rpartition(b"\n")[2]


@pytest.mark.parametrize("size", [100_000, 1 << 20])
def test_tiny_lines_do_not_make_big_tables(size: int) -> None:
    text = b"a\n" * (2 * MOST_LINES + 3)
    blocks = blocks_of(text, 1 << 20, size)
    assert b"".join(block.data for block in blocks) == text
    assert max(block.lines for block in blocks) == MOST_LINES
    assert sum(block.lines for block in blocks) == 2 * MOST_LINES + 3
    assert [block.number for block in blocks] == list(range(len(blocks)))
    assert {block.previous for block in blocks[1:]} == {b"a"}


def test_cut_lines_are_told_in_the_portion_that_holds_them() -> None:
    long = b"x" * (LONGEST + 1)
    blocks = blocks_of(b"a\n" * MOST_LINES + long + b"\n" + b"b\n", 1 << 20)
    assert [block.cut for block in blocks] == [(), (0,)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (b"", [b""]),
        (b"a", [b"a"]),
        (b"a\nb\n", [b"a\nb\n"]),
        (b"a\nb\nc", [b"a\nb\n", b"c"]),
        (b"\n\n\n\n\n", [b"\n\n", b"\n\n", b"\n"]),
    ],
)
def test_portions(text: bytes, parts: list[bytes]) -> None:
    assert list(portions(text, 2)) == parts


def test_nothing_gives_no_block() -> None:
    assert blocks_of(b"", 10) == []
    assert blocks_of(b"\xef\xbb\xbf", 10) == []


@pytest.mark.parametrize("size", [1, 1000])
def test_a_byte_order_mark_is_dropped_at_the_start_only(size: int) -> None:
    mark = b"\xef\xbb\xbf"
    blocks = blocks_of(mark + b"one\n" + mark + b"two\n", 1, size)
    assert [block.data for block in blocks] == [b"one\n", mark + b"two\n"]


@pytest.mark.parametrize("ending", ["\n", ""])
def test_utf16_is_a_problem_and_no_block(ending: str) -> None:
    found = list(cut_blocks(pieces([("Nov 24" + ending).encode("utf-16")]), 0, 10, "a.log"))
    assert len(found) == 1
    assert isinstance(found[0], Problem)
    assert "UTF-16" in found[0].reason


def test_bad_bytes_are_counted_in_their_block() -> None:
    blocks = blocks_of(b"good\nb\xe9d\n\xff\xff\nn\0l\n", 1)
    assert [block.invalid_bytes for block in blocks] == [0, 1, 2, 0]
    assert b"".join(block.data for block in blocks) == "good\nb\ufffdd\n\ufffd\ufffd\nn\0l\n".encode()
    assert blocks[2].previous == "b\ufffdd".encode()


@pytest.mark.parametrize("block_bytes", [1, 50_000, 1 << 20])
@pytest.mark.parametrize("size", [9_000, 1 << 20])
def test_over_long_lines_are_listed_by_row(block_bytes: int, size: int) -> None:
    long = b"x" * (LONGEST + 1)
    mark = b"\xef\xbb\xbf"
    blocks = blocks_of(mark + b"\n".join([long, b"a", b"b", long, long, b"c"] * 3), block_bytes, size)
    rows: list[int] = []
    first = 0
    for block in blocks:
        lines = block.data.removesuffix(b"\n").split(b"\n")
        assert block.lines == len(lines)
        assert [row for row, line in enumerate(lines) if len(line) >= KEPT - 3] == list(block.cut)
        rows += [first + row for row in block.cut]
        first += block.lines
    assert rows == [0, 3, 4, 6, 9, 10, 12, 15, 16]


def test_problems_are_handed_on_and_the_rest_is_kept() -> None:
    problem = Problem(where="a.log", reason="cut", help="copy again")
    found = list(cut_blocks(pieces([b"one\ntw", problem]), 0, 1, "a.log"))
    assert [item if isinstance(item, Problem) else item.data for item in found] == [b"one\n", problem, b"tw"]


def test_a_file_is_read_through(tmp_path: Path) -> None:
    path = tmp_path / "mail.log.1"
    path.write_bytes(gzip.compress(TEXT))
    (source,), problems = discover([str(path)])
    assert problems == ()
    blocks = [item for item in read_blocks(source, 0, 10) if isinstance(item, Block)]
    assert b"".join(block.data for block in blocks) == TEXT


def test_closing_early_closes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(b"line\n" * 10_000)
    (source,), _ = discover([str(path)])
    before = len(list(Path("/proc/self/fd").iterdir()))
    reading = read_blocks(source, 0, 1)
    next(reading)
    assert len(list(Path("/proc/self/fd").iterdir())) == before + 1
    del reading
    assert len(list(Path("/proc/self/fd").iterdir())) == before
