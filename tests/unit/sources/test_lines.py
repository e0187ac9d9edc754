from __future__ import annotations

import itertools
import random
import tracemalloc

import pytest

from logscan.sources.lines import (
    KEPT,
    LONGEST,
    LineCutter,
    Lines,
    clean,
    first_lines,
    last_lines,
    other_encoding,
    without_mark,
)


def cut(data: bytes, size: int) -> tuple[bytes, list[int]]:
    """The text, and the numbers of the lines that were cut."""
    cutter = LineCutter()
    found: list[Lines | None] = [
        cutter.feed(data[begin : begin + size]) for begin in range(0, len(data), size)
    ]
    found.append(cutter.finish())
    text = b""
    rows: list[int] = []
    for lines in found:
        if lines is not None:
            rows += [text.count(b"\n") + lines.data.count(b"\n", 0, place) for place in lines.cut]
            text += lines.data
    return text, rows


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_lines_end_at_newlines_only(size: int) -> None:
    data = b"a\r\nb\x0bc\x0cd\x85e\xe2\x80\xa8f\r g\n\n\nno newline"
    assert cut(data, size) == (data, [])


def test_a_line_of_exactly_the_longest_size_is_kept() -> None:
    data = b"x" * LONGEST + b"\n" + b"y" * LONGEST
    assert cut(data, 1 << 20) == (data, [])
    assert cut(data, 10_000) == (data, [])


@pytest.mark.parametrize("size", [5_000, KEPT, LONGEST, LONGEST + 1, 1 << 20])
def test_longer_lines_keep_their_beginning_and_are_marked(size: int) -> None:
    long = LONGEST + 1
    lines = [b"a", b"x" * long, b"b", b"", b"y" * (3 * long), b"z" * (2 * long), b"c", b"w" * long]
    want = b"\n".join(line if len(line) <= LONGEST else line[:KEPT] for line in lines)
    assert cut(b"\n".join(lines), size) == (want, [1, 4, 5, 7])
    assert cut(b"\n".join(lines) + b"\n", size) == (want + b"\n", [1, 4, 5, 7])


def test_no_character_is_broken_by_a_cut() -> None:
    for shift, character in itertools.product(range(4), ("é", "中", "😀")):
        line = b"x" * shift + character.encode() * LONGEST
        text, rows = cut(line + b"\n", 1 << 20)
        assert rows == [0]
        text.decode()
        assert KEPT - 3 <= len(text) - 1 <= KEPT


def test_an_endless_line_needs_no_memory() -> None:
    cutter = LineCutter()
    piece = b"x" * 100_000
    tracemalloc.start()
    try:
        for _ in range(1000):
            assert cutter.feed(piece) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
    lines = cutter.feed(b"end\nnext\n")
    assert lines is not None
    assert lines.data == b"x" * KEPT + b"\nnext\n"
    assert lines.cut == (0,)


@pytest.mark.parametrize(
    ("data", "want", "invalid"),
    [
        (b"", "", 0),
        (b"caf\xe9\n", "caf\ufffd\n", 1),
        (b"\xe4\n\xf0\x9f\n", "\ufffd\n\ufffd\n", 3),  # a cut sequence does not swallow the newline
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd", 3),  # a surrogate is no character
        (b"\xc0\xaf", "\ufffd\ufffd", 2),  # overlong slash
        ("é\ufffd中😀".encode(), "é\ufffd中😀", 0),  # a replacement character in the log is not counted
        (b"nul\0nul", "nul\0nul", 0),
    ],
)
def test_bad_bytes_are_replaced_and_counted(data: bytes, want: str, invalid: int) -> None:
    assert clean(data) == (want.encode(), invalid)


def test_bad_bytes_change_their_own_lines_only() -> None:
    chance = random.Random(3)  # noqa: S311  # made-up lines
    lines = [f"Zeile {number} mit Umlaut ü {chance.random()}".encode() for number in range(20_000)]
    bad = dict.fromkeys(chance.sample(range(len(lines)), 9))
    for number in bad:
        lines[number] = lines[number][:9] + b"\xff\xfe" + lines[number][9:]
    data, invalid = clean(b"\n".join(lines))
    assert invalid == 2 * len(bad)
    for number, (before, after) in enumerate(zip(lines, data.split(b"\n"), strict=True)):
        want = before.replace(b"\xff\xfe", "\ufffd\ufffd".encode()) if number in bad else before
        assert after == want


def test_marks_of_other_encodings() -> None:
    for encoding in ("utf-16", "utf-16-be", "utf-32"):
        data = "Nov 24\n".encode(encoding)
        data = data if encoding != "utf-16-be" else b"\xfe\xff" + data
        problem = other_encoding(data, "a b.log")
        assert problem is not None
        assert "UTF-16" in problem.reason
        assert "iconv" in problem.help
    assert other_encoding(b"\xef\xbb\xbfNov", "a.log") is None
    assert without_mark(b"\xef\xbb\xbfNov") == b"Nov"
    assert without_mark(b"Nov\xef\xbb\xbf") == b"Nov\xef\xbb\xbf"


def test_the_head_is_whole_lines() -> None:
    assert first_lines(b"", 100, whole=True) == b""
    assert first_lines(b"one\ntwo\nthr", 100, whole=False) == b"one\ntwo\n"
    assert first_lines(b"one\ntwo\nthree", 100, whole=True) == b"one\ntwo\nthree"
    assert first_lines(b"one\ntwo\nthree", 9, whole=True) == b"one\ntwo\n"
    assert first_lines(b"\xef\xbb\xbfone\xff\n", 100, whole=True) == "one\ufffd\n".encode()
    assert first_lines(b"a long first line\nb\n", 5, whole=True) == b"a long first line\n"
    assert first_lines(b"x" * (LONGEST + 5), 100, whole=False) == b"x" * KEPT


def test_the_tail_is_whole_lines() -> None:
    assert last_lines(b"", whole=True) == b""
    assert last_lines(b"half\ntwo\nthree", whole=False) == b"two\nthree"
    assert last_lines(b"one\ntwo\n", whole=True) == b"one\ntwo\n"
    assert last_lines(b"no newline at all", whole=False) == b""
    assert last_lines(b"half\nb\xffd\n", whole=False) == "b\ufffdd\n".encode()
