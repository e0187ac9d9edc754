"""The text of a log in blocks of whole lines, to the byte, and where each block stands.

In: pieces of decompressed text. Out: `Raw`. Never: a byte changed; more than a block in memory, not even of a line that
is longer than that (what a writer leaves behind `copytruncate` may begin with gigabytes of zeros).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from logscan.model.problems import Problem
from logscan.sources.compression import Pieces

#: Bytes of a block.
BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Raw:
    """A block. begin: bytes of text before it. inside: it goes on in a line that is too long for one block."""

    data: bytes
    begin: int
    inside: bool = False

    @property
    def whole(self) -> bool:
        """Whether it ends where a line ends."""
        return self.data.endswith(b"\n")

    def until(self, end: int) -> Raw:
        """Return the block without its last bytes."""
        return Raw(self.data[:end], self.begin, self.inside)


def blocks(
    pieces: Pieces, begin: int, stops: Sequence[int], problems: list[Problem], size: int
) -> Iterator[Raw]:
    """Yield the blocks of the text that begins at `begin`, cut at the places `stops`, too; `problems` grows."""
    waiting = sorted(stop for stop in stops if stop > begin)
    parts: list[bytes] = []
    held = 0
    inside = False
    try:
        for piece in pieces:
            if isinstance(piece, Problem):
                problems.append(piece)
                continue
            parts.append(piece)
            held += len(piece)
            while held >= size or (waiting and begin + held >= waiting[0]):
                data = b"".join(parts)
                if waiting and begin + held >= waiting[0]:
                    end = waiting.pop(0) - begin
                else:
                    end = data.rfind(b"\n") + 1 or held
                block = Raw(data[:end], begin, inside)
                yield block
                parts, held = [data[end:]], held - end
                begin, inside = begin + end, not block.whole
    finally:
        pieces.close()
    if held:
        yield Raw(b"".join(parts), begin, inside)
