"""Text in blocks of whole lines, to the byte."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from logscan.model.problems import Problem
from logscan.pipeline.memory.once.raw import Raw, blocks
from logscan.sources.compression import Pieces

PROBLEM = Problem(where="x", reason="y", help="z")
TEXTS = st.lists(
    st.sampled_from([b"a\n", b"\n", b"bb\r\n", b"\0" * 9, b"cccc\n", b"\xff\n"]), max_size=12
).map(b"".join)


def cut(text: bytes, size: int) -> Pieces:
    for at in range(0, len(text), size):
        yield text[at : at + size]
    yield PROBLEM


def all_of(text: bytes, piece: int, size: int, stops: Sequence[int] = (), begin: int = 0) -> list[Raw]:
    problems: list[Problem] = []
    found = list(blocks(cut(text, piece), begin, stops, problems, size))
    assert problems == [PROBLEM]
    return found


@given(text=TEXTS, piece=st.integers(1, 9), size=st.integers(1, 20), stop=st.integers(0, 40))
def test_no_byte_is_lost_and_blocks_end_where_lines_do(text: bytes, piece: int, size: int, stop: int) -> None:
    place = text.rfind(b"\n", 0, stop) + 1
    found = all_of(text, piece, size, [100 + place], begin=100)
    assert b"".join(block.data for block in found) == text
    at = 100
    for number, block in enumerate(found):
        assert block.begin == at
        assert block.inside == (number > 0 and not found[number - 1].whole)
        at += len(block.data)
        assert block.whole or b"\n" not in block.data or at == 100 + len(text)
    assert place in (0, len(text)) or 100 + place in [block.begin for block in found]


def test_a_line_longer_than_a_block_is_not_held() -> None:
    found = all_of(b"a\n" + b"\0" * 95 + b"\nb\n", 10, 10)
    assert max(len(block.data) for block in found) <= 20
    assert [block.inside for block in found].count(True) > 4
