from __future__ import annotations

import bz2
import gzip
import lzma
import random
import tracemalloc
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest
import zstandard

from logscan.model.problems import Problem
from logscan.sources import decoders
from logscan.sources.compression import Pieces, compression_of, gzip_modified, unfold


def lines_of(count: int) -> bytes:
    chance = random.Random(7)  # noqa: S311  # made-up lines
    return b"".join(b"line %d %x\n" % (number, chance.getrandbits(64)) for number in range(count))


TEXT = lines_of(20_000)
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: zstandard.ZstdCompressor(write_checksum=True).compress(data),
}
everywhere = pytest.mark.parametrize("name", PACK)


def pieces(data: bytes, size: int = 1 << 20) -> Pieces:
    for begin in range(0, len(data), size):
        yield data[begin : begin + size]


def unfolded(data: bytes, size: int = 1 << 20, *, again: bool = True) -> tuple[bytes, list[Problem]]:
    found = list(unfold(lambda: pieces(data, size), compression_of(data), "a.log", again=again))
    return text_of(found), [item for item in found if isinstance(item, Problem)]


def text_of(items: Iterable[bytes | Problem]) -> bytes:
    return b"".join(item for item in items if isinstance(item, bytes))


@everywhere
def test_compression_is_told_by_content(name: str) -> None:
    assert compression_of(PACK[name](TEXT)) == name
    assert compression_of(PACK[name](b"")) == name


@pytest.mark.parametrize(
    "start", [b"", b"\x1f", b"BZh9 is a word", b"Nov 24 03:27:39 mx1 ", b"P*M", b"\xff\xfe"]
)
def test_other_beginnings_are_plain(start: bytes) -> None:
    assert compression_of(start) is None


@everywhere
@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 20])
def test_every_way_of_cutting_the_input_gives_the_text(name: str, size: int) -> None:
    text = TEXT if size > 10 else TEXT[:2000]
    assert unfolded(PACK[name](text), size) == (text, [])


@everywhere
def test_members_that_were_concatenated_are_one_text(name: str) -> None:
    pack = PACK[name]
    whole = pack(b"a\n") + pack(b"") + pack(TEXT) + pack(b"z\n")
    for size in (3, 1 << 20):
        assert unfolded(whole, size) == (b"a\n" + TEXT + b"z\n", [])


def test_thousands_of_small_members_are_read() -> None:
    whole = gzip.compress(b"x\n", mtime=0) * 5000
    assert unfolded(whole) == (b"x\n" * 5000, [])


@everywhere
def test_an_archive_cut_off_gives_what_is_before_the_cut_and_a_problem(name: str) -> None:
    whole = PACK[name](TEXT)
    text, problems = unfolded(whole[: len(whole) * 3 // 4])
    assert TEXT.startswith(text)
    assert len(text) > len(TEXT) // 3 or name == "bzip2"  # bzip2's blocks are 900 kB
    assert [problem.reason for problem in problems] == [f"the {name} archive ends too early"]
    assert problems[0].unreadable
    assert problems[0].where == "a.log"


def test_gzip_cut_off_gives_every_byte_that_zlib_can_give() -> None:
    whole = PACK["gzip"](TEXT)
    for cut in range(len(whole) - 700, len(whole) - 600):
        text, problems = unfolded(whole[:cut])
        assert text == zlib.decompressobj(31).decompress(whole[:cut])
        assert len(problems) == 1


@everywhere
@pytest.mark.parametrize("tail", [b"garbage\n" * 5000, b"\0\0\0x"])
def test_garbage_behind_an_archive_is_a_problem_and_the_text_is_kept(name: str, tail: bytes) -> None:
    for size in (11, 1 << 20):
        text, problems = unfolded(PACK[name](TEXT[:5000]) + tail, size)
        assert text == TEXT[:5000]
        assert len(problems) == 1
        assert "followed by something" in problems[0].reason
        assert problems[0].unreadable


def test_zeros_behind_an_archive_are_a_note() -> None:
    text, problems = unfolded(PACK["gzip"](TEXT) + bytes(1000), 100)
    assert text == TEXT
    assert [(problem.reason, problem.unreadable) for problem in problems] == [
        ("1000 zero bytes follow the gzip archive", False)
    ]


def test_padding_of_xz_and_zeros_between_members_are_no_problem() -> None:
    assert unfolded(PACK["xz"](b"a\n") + bytes(4)) == (b"a\n", [])
    assert unfolded(PACK["gzip"](b"a\n") + bytes(512) + PACK["gzip"](b"b\n")) == (b"a\nb\n", [])


@everywhere
def test_damage_keeps_everything_before_it(name: str) -> None:
    text = lines_of(100_000)  # bzip2 needs several blocks
    whole = bytearray(PACK[name](text))
    place = len(whole) * 9 // 10
    whole[place : place + 8] = b"\xff" * 8
    found, problems = unfolded(bytes(whole), 50_000)
    assert len(problems) == 1
    assert "is damaged" in problems[0].reason
    assert len(found) > len(text) // 2
    # a wrong value may be decoded before the decoder can know; all but the last stretch is right
    assert text.startswith(found[:-300_000])


@pytest.mark.parametrize("place", [-6, -2])
def test_a_wrong_checksum_loses_nothing(place: int) -> None:
    whole = bytearray(PACK["gzip"](b"first\n") + PACK["gzip"](TEXT))
    whole[place] ^= 1
    text, problems = unfolded(bytes(whole), 3000)
    assert text == b"first\n" + TEXT
    assert len(problems) == 1
    assert "damaged" in problems[0].reason


def test_damage_in_a_stream_that_cannot_be_read_again_keeps_what_was_given() -> None:
    whole = bytearray(PACK["gzip"](TEXT))
    whole[-2] ^= 1
    text, problems = unfolded(bytes(whole), 4096, again=False)
    assert TEXT.startswith(text)
    assert len(TEXT) - len(text) < 100_000
    assert len(problems) == 1


@everywhere
def test_a_bomb_unfolds_in_small_steps(name: str) -> None:
    size = 64 << 20
    bomb = PACK[name](bytes(size))
    tracemalloc.start()
    try:
        total = largest = 0
        for piece in unfold(lambda: pieces(bomb), name, "bomb"):
            assert isinstance(piece, bytes)
            total += len(piece)
            largest = max(largest, len(piece))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == size
    assert largest <= 512 * 1024
    assert peak < 12 << 20


def test_zstd_skippable_frames_and_frames_without_sizes_are_read() -> None:
    skippable = b"\x52\x2a\x4d\x18" + (300).to_bytes(4, "little") + bytes(300)
    streamed = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    whole = skippable + streamed.compress(TEXT) + streamed.flush() + skippable + PACK["zstd"](b"end\n")
    assert compression_of(whole) == "zstd"
    for size in (5, 1 << 20):
        assert unfolded(whole, size) == (TEXT + b"end\n", [])


def test_without_isal_zlib_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = PACK["gzip"](TEXT) + PACK["gzip"](bytes(3 << 20))
    with_isal = unfolded(whole, 1000)
    monkeypatch.setattr(decoders, "_isal", None)
    assert unfolded(whole, 1000) == with_isal == (TEXT + bytes(3 << 20), [])


def test_without_zstandard_there_is_a_problem_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(decoders, "_zstandard", None)
    monkeypatch.setattr(decoders, "import_module", missing)
    text, problems = unfolded(PACK["zstd"](TEXT))
    assert text == b""
    assert "module zstandard is missing" in problems[0].reason
    assert "pip install zstandard" in problems[0].help


def test_a_problem_of_the_file_itself_is_handed_on_and_not_doubled() -> None:
    whole = PACK["gzip"](TEXT)
    cause = Problem(where="a.log", reason="the file shrank", help="run again")

    def broken() -> Pieces:
        yield whole[:5000]
        yield cause

    found = list(unfold(broken, "gzip", "a.log"))
    assert [item for item in found if isinstance(item, Problem)] == [cause]
    assert TEXT.startswith(text_of(found))


def test_gzip_says_when_the_log_was_written() -> None:
    assert gzip_modified(gzip.compress(b"", mtime=1_785_542_400)) == datetime(2026, 8, 1, tzinfo=UTC)
    assert gzip_modified(gzip.compress(b"", mtime=0)) is None
    assert gzip_modified(b"\x1f\x8b\x08") is None
