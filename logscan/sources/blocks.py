"""One source -> blocks of whole lines, the unit of work of everything that follows.

In: a `Source`. Out: `Block`s in order and, where something is missing, `Problem`s.
Never: an exception for one source; a block whose content depends on how the bytes came in.

A block is the shortest run of whole lines with at least `block_bytes` bytes; the last may be shorter. One with
more than `MOST_LINES` lines is handed on in portions of so many: what a row of a table costs is soon more than what
a line of two letters does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from logscan.model.blocks import FOLLOWING, Block, Source
from logscan.model.problems import Problem
from logscan.sources.compression import Pieces
from logscan.sources.lines import LineCutter, Lines, clean, other_encoding, without_mark
from logscan.sources.streams import read_bytes

#: Most lines in a block; those of mail and web servers have some 50,000.
MOST_LINES: Final = 200_000


def read_blocks(source: Source, index: int, block_bytes: int) -> Iterator[Block | Problem]:
    """Yield the blocks of `source`, and a Problem wherever content is missing.

    index: goes into `Block.source`. block_bytes: decompressed bytes, at least 1 (every line a block).
    Close the iterator, or read it to its end, to close the file.
    """
    pieces = read_bytes(source)
    try:
        yield from looking_ahead(cut_blocks(pieces, index, block_bytes, source.path))
    finally:
        pieces.close()


def looking_ahead(blocks: Iterable[Block | Problem]) -> Iterator[Block | Problem]:
    """Yield the same, each block with what follows it; problems do not wait for that.

    A block is held back until enough of the next ones is known: as a rule until the next one is.
    """
    held: deque[Block] = deque()
    ahead = 0  # bytes behind the first of those held
    for item in blocks:
        if isinstance(item, Problem):
            yield item
            continue
        ahead += len(item.data) if held else 0
        held.append(item)
        while ahead >= FOLLOWING:
            yield _ahead(held)
            ahead -= len(held[0].data)
    while held:
        yield _ahead(held)


def _ahead(held: deque[Block]) -> Block:
    """Take the first block off, and return it with the beginning of those behind it."""
    block = held.popleft()
    behind: list[bytes] = []
    size = 0
    for other in held:
        if size >= FOLLOWING:
            break
        end = other.data.find(b"\n", FOLLOWING - size - 1) + 1
        behind.append(other.data[:end] if end else other.data)
        size += len(behind[-1])
    return replace(block, following=b"".join(behind))


def cut_blocks(pieces: Pieces, index: int, block_bytes: int, where: str) -> Iterator[Block | Problem]:
    """Yield the blocks of decompressed pieces; `where` is the path that problems name."""
    cutter = LineCutter()
    assembler = _Assembler(index, max(block_bytes, 1))
    first = True
    for piece in pieces:
        if isinstance(piece, Problem):
            yield piece
            continue
        lines = cutter.feed(piece)
        if lines is None:
            continue
        if first:
            first = False
            problem = other_encoding(lines.data, where)
            if problem is not None:
                yield problem
                return
        yield from assembler.add(lines)
    lines = cutter.finish()
    if lines is not None:
        problem = other_encoding(lines.data, where) if first else None
        if problem is not None:
            yield problem
            return
        yield from assembler.add(lines)
    yield from assembler.finish()


class _Assembler:
    """Gathers whole lines until there are enough for a block."""

    def __init__(self, index: int, block_bytes: int) -> None:
        self._index = index
        self._enough = block_bytes
        self._parts: list[bytes] = []  # held back: fewer than `_enough` bytes
        self._size = 0
        self._cut: list[int] = []  # where in the parts taken together a line begins that lost its end
        self._number = 0
        self._previous = b""

    def add(self, lines: Lines) -> Iterator[Block]:
        """Yield the blocks that these lines complete."""
        data = lines.data
        if self._number == 0 and not self._size:
            data = without_mark(data)
        shift = self._size - (len(lines.data) - len(data))
        self._cut += [max(place + shift, 0) for place in lines.cut]
        begin = 0
        while end := data.find(b"\n", begin + self._enough - self._size - 1) + 1:
            # one copy, for a block is big and its pages are fresh
            raw = b"".join((*self._parts, memoryview(data)[begin:end]))
            self._parts, self._size = [], 0
            begin = end
            yield from self._blocks(raw)
        if begin < len(data):
            self._parts.append(data[begin:])
            self._size += len(data) - begin

    def finish(self) -> Iterator[Block]:
        """Yield the last block, if anything is left for it."""
        if self._size:
            yield from self._blocks(b"".join(self._parts))

    def _blocks(self, raw: bytes) -> Iterator[Block]:
        lines = raw.count(b"\n")
        if lines <= MOST_LINES:
            yield self._block(raw, lines)
            return
        for portion in portions(raw, MOST_LINES):
            yield self._block(portion, portion.count(b"\n"))

    def _block(self, raw: bytes, lines: int) -> Block:
        cut = self._rows(raw) if self._cut else ()
        data, invalid = clean(raw)
        open_end = not data.endswith(b"\n")
        block = Block(
            source=self._index,
            number=self._number,
            data=data,
            previous=self._previous,
            lines=lines + open_end,
            invalid_bytes=invalid,
            cut=cut,
        )
        self._number += 1
        self._previous = data[data.rfind(b"\n", 0, len(data) - 1) + 1 : None if open_end else -1]
        return block

    def _rows(self, raw: bytes) -> tuple[int, ...]:
        """Return the rows of the block's cut lines, and keep the places of those that come after it."""
        rows: list[int] = []
        row = counted = 0
        for place in self._cut:
            if place < len(raw):
                row += raw.count(b"\n", counted, place)
                counted = place
                rows.append(row)
        self._cut = [place - len(raw) for place in self._cut[len(rows) :]]
        return tuple(rows)


def portions(text: bytes, lines: int) -> Iterator[bytes]:
    """Yield the text in portions of so many lines, the last one of what is left."""
    begin, end = 0, -1
    while True:
        for _ in range(lines):
            end = text.find(b"\n", end + 1)
            if end < 0:
                break
        if not 0 <= end < len(text) - 1:
            yield text[begin:]
            return
        yield text[begin : end + 1]
        begin = end + 1
