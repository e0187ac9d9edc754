"""The laws of sources: however the bytes come in, the same blocks come out, and nothing is lost."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections import Counter
from collections.abc import Callable

import polars as pl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.model.blocks import Block
from logscan.model.problems import Problem
from logscan.sources.blocks import cut_blocks
from logscan.sources.compression import Pieces, compression_of, unfold
from logscan.sources.lines import KEPT, LONGEST
from logscan.sources.overlap import Seen, survivors

#: Machines that test are shared; how long an example takes is no law.
patient = settings(deadline=None)

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}

#: Lines of text, of any bytes, and some that are too long.
line = st.one_of(
    st.text(max_size=30).map(lambda text: text.encode(errors="surrogateescape").replace(b"\n", b" ")),
    st.binary(max_size=20).map(lambda data: data.replace(b"\n", b" ")),
    st.integers(LONGEST - 2, LONGEST + 2).map(lambda size: b"x" * size),
)
# no byte order mark at the start, and no mark of an archive: those have tests of their own
log = st.builds(
    lambda lines, end: b"Nov 24 " + b"\n".join(lines) + end,
    st.lists(line, max_size=12),
    st.sampled_from([b"", b"\n"]),
)


def pieces(data: bytes, size: int) -> Pieces:
    for begin in range(0, len(data), size):
        yield data[begin : begin + size]


def blocks_of(data: bytes, *, size: int = 1 << 20, block_bytes: int = 1 << 20) -> list[Block]:
    unfolded = unfold(lambda: pieces(data, size), compression_of(data), "a.log", step=max(size, 50))
    found = list(cut_blocks(unfolded, 0, block_bytes, "a.log"))
    assert [item for item in found if isinstance(item, Problem)] == []
    return [item for item in found if isinstance(item, Block)]


def text_of(blocks: list[Block]) -> bytes:
    return b"".join(block.data for block in blocks)


def facts(blocks: list[Block]) -> tuple[bytes, int, int, list[int]]:
    """What must not depend on how the bytes were cut: text, lines, bad bytes, rows that were cut."""
    rows: list[int] = []
    first = 0
    for block in blocks:
        rows += [first + row for row in block.cut]
        first += block.lines
    return text_of(blocks), first, sum(block.invalid_bytes for block in blocks), rows


@patient
@given(
    data=log,
    size=st.sampled_from([1, 3, 1000, 40_000, 1 << 20]),
    block_bytes=st.sampled_from([1, 2, 100, 1 << 20]),
)
def test_any_cut_of_the_input_and_any_block_size_give_the_same_text(
    data: bytes, size: int, block_bytes: int
) -> None:
    size = max(size, len(data) // 500)
    assert facts(blocks_of(data, size=size, block_bytes=block_bytes)) == facts(blocks_of(data))
    # the blocks themselves do not depend on the cut either
    assert blocks_of(data, size=size, block_bytes=block_bytes) == blocks_of(data, block_bytes=block_bytes)


@patient
@given(data=log)
def test_blocks_say_what_python_says_of_every_line(data: bytes) -> None:
    lines = data.removesuffix(b"\n").split(b"\n")
    text, count, invalid, rows = facts(blocks_of(data, block_bytes=10))
    assert count == len(lines)
    assert rows == [row for row, content in enumerate(lines) if len(content) > LONGEST]
    kept = [content if len(content) <= LONGEST else content[:KEPT] for content in lines]
    want = b"\n".join(content.decode(errors="replace").encode() for content in kept)
    assert text.removesuffix(b"\n") == want
    assert text.endswith(b"\n") == data.endswith(b"\n")
    assert invalid == sum(len(content) - len(content.decode(errors="ignore").encode()) for content in kept)


@patient
@given(
    data=log,
    name=st.sampled_from(list(PACK)),
    at=st.integers(0, 200),
    size=st.sampled_from([1, 100, 1 << 20]),
)
def test_compressing_in_one_or_more_members_changes_nothing(
    data: bytes, name: str, at: int, size: int
) -> None:
    pack = PACK[name]
    for packed in (pack(data), pack(data[:at]) + pack(data[at:])):
        assert blocks_of(packed, size=size, block_bytes=500) == blocks_of(data, block_bytes=500)


def test_a_gzip_archive_cut_at_any_byte_gives_a_prefix_and_a_problem() -> None:
    text = b"".join(b"line %d of a log, %x\n" % (number, number * 7919) for number in range(400))
    packed = gzip.compress(text[:3000]) + gzip.compress(text[3000:])
    border = len(gzip.compress(text[:3000]))
    for cut in range(2, len(packed)):
        if cut == border:
            continue
        found = list(unfold(lambda cut=cut: pieces(packed[:cut], 700), "gzip", "a.log"))  # type: ignore[misc]
        assert sum(isinstance(item, Problem) for item in found) == 1
        prefix = b"".join(item for item in found if isinstance(item, bytes))
        assert text.startswith(prefix)
        begin = 0 if cut < border else border
        whole = b"" if cut < border else text[:3000]
        behind = packed[begin:cut]
        if compression_of(behind) == "gzip":
            assert prefix == whole + zlib.decompressobj(31).decompress(behind)


@pytest.mark.parametrize("name", PACK)
@patient
@given(data=st.data())
def test_no_archive_however_damaged_raises_or_goes_on_for_ever(name: str, data: st.DataObject) -> None:
    text = b"a line of a log that is compressed well\n" * 50
    packed = bytearray(PACK[name](text))
    for place in data.draw(st.lists(st.integers(6, len(packed) - 1), min_size=1, max_size=4)):
        packed[place] = data.draw(st.integers(0, 255))
    found = list(unfold(lambda: pieces(bytes(packed), 64), name, "a.log"))
    damaged = [item for item in found if isinstance(item, Problem)]
    read = b"".join(item for item in found if isinstance(item, bytes))
    assert len(damaged) <= 1
    assert damaged or read == text or name == "zstd"  # zstd was told to write no checksum


#: For each source, rows of (key, repeat); keys 5 and 6 have no time, those of the others overlap.
overlapping = st.lists(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 4)), max_size=12), max_size=5)


def table(pairs: list[tuple[int, int]]) -> pl.DataFrame:
    frame = pl.DataFrame(pairs, schema={"key": pl.UInt64, "repeat": pl.Int64}, orient="row")
    when = pl.when(pl.col("key") < 5).then(pl.col("key").cast(pl.Int64) // 2)
    return frame.with_columns(when.alias("at"))


def told(sources: list[list[tuple[int, int]]]) -> Counter[int]:
    total: Counter[int] = Counter()
    for pairs, left in zip(sources, survivors([table(pairs) for pairs in sources]), strict=True):
        assert left.len() == len(pairs)
        for (key, repeat), survived in zip(pairs, left, strict=True):
            assert 0 <= survived <= repeat
            total[key] += survived
    return +total


@patient
@given(sources=overlapping)
def test_each_event_counts_as_often_as_the_source_that_holds_it_most(
    sources: list[list[tuple[int, int]]],
) -> None:
    most: Counter[int] = Counter()
    for pairs in sources:
        here: Counter[int] = Counter()
        for key, repeat in pairs:
            here[key] += repeat
        most |= here
    assert told(sources) == most


@patient
@given(sources=overlapping, data=st.data())
def test_the_order_of_sources_does_not_change_the_totals(
    sources: list[list[tuple[int, int]]], data: st.DataObject
) -> None:
    assert told(data.draw(st.permutations(sources))) == told(sources)


@patient
@given(sources=overlapping, size=st.integers(1, 5))
def test_cutting_a_source_into_blocks_changes_no_row(sources: list[list[tuple[int, int]]], size: int) -> None:
    seen = Seen()
    for pairs, want in zip(sources, survivors([table(pairs) for pairs in sources]), strict=True):
        found: list[int] = []
        for begin in range(0, len(pairs), size):
            left, seen = seen.absorb(table(pairs[begin : begin + size]))
            found += left.to_list()
        seen = seen.close()
        assert found == want.to_list()
