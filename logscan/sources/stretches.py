"""One source -> parts that threads read and search each for itself.

In: a `Source`. Out: parts in order, each of which gives whole `Lines` when it is called, and a `Problem` where some are missing.
Never: a line in two parts, or in none; a file mapped into memory: one that shrinks would end the process.

A plain file is parted by its bytes: who searches a stretch reads it, so that a piece is still in that processor's cache. Anything
else can be read in one way only, from its beginning; then each part is a piece that was read already.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from logscan.model.blocks import Source
from logscan.model.problems import Problem
from logscan.sources.journal_export import BEGINNING, is_export
from logscan.sources.lines import LineCutter, Lines
from logscan.sources.streams import file_pieces, open_again, read_bytes

#: Bytes of a plain file that are one part.
LENGTH: Final = 8 * 1024 * 1024
#: Bytes that are read at once to see where a line ends.
_LOOK: Final = 4 * 1024
#: No piece, nor what is made of one, has more bytes.
_BIGGEST: Final = 8 * 1024 * 1024

Part = Callable[[], Iterator[Lines | Problem]]


@contextmanager
def parts(source: Source, step: int) -> Iterator[Iterator[Part]]:
    """Give the parts of a source; the file is open for as long as the context lasts.

    step: most decompressed bytes of a part that is no stretch of a plain file.
    """
    _keep_pages()
    descriptor = _plain(source)
    if descriptor is None:
        yield _pieces(source, step)
        return
    try:
        yield _stretches(descriptor, source.size or 0, source.path)
    finally:
        os.close(descriptor)


def _keep_pages() -> None:
    """Have the C library keep the pages of pieces that were let go, for the next ones.

    It gives back what is bigger than the biggest that was ever let go, and asks the system for each piece anew: fresh pages cost
    more than reading and searching them. This one is never touched, so it takes no memory.
    """
    bytes(_BIGGEST)


def _plain(source: Source) -> int | None:
    """Open a file that is read as it is; None for any other, and for one that is gone: its reader says so."""
    if source.journal is not None or source.identity is None or source.compression is not None:
        return None
    opened = open_again(source, source.identity)
    if isinstance(opened, Problem):
        return None
    try:
        if not is_export(os.pread(opened, BEGINNING, 0)):
            return opened
    except OSError:
        pass
    os.close(opened)
    return None


def _pieces(source: Source, step: int) -> Iterator[Part]:
    cutter = LineCutter()
    for piece in read_bytes(source, step):
        lines = piece if isinstance(piece, Problem) else cutter.feed(piece)
        if lines is not None:
            yield partial(iter, (lines,))
    if (last := cutter.finish()) is not None:
        yield partial(iter, (last,))


def _stretches(descriptor: int, size: int, where: str) -> Iterator[Part]:
    for begin in range(0, size, LENGTH):
        yield partial(_stretch, descriptor, begin, min(begin + LENGTH, size), size, where)


def _stretch(descriptor: int, begin: int, end: int, size: int, where: str) -> Iterator[Lines | Problem]:
    """Yield the lines that begin in a stretch: the line across its beginning is of the stretch before."""
    try:
        first, behind = (_line_begin(descriptor, place, size) for place in (begin, end))
    except OSError:
        first, behind = begin, end  # whoever reads it says what is wrong
    cutter = LineCutter()
    for piece in file_pieces(descriptor, size, where, begin=first, end=behind):
        lines = piece if isinstance(piece, Problem) else cutter.feed(piece)
        if lines is not None:
            yield lines
    if (last := cutter.finish()) is not None:
        yield last


def _line_begin(descriptor: int, place: int, size: int) -> int:
    """Return where the first line begins at `place` or behind it; where the file ends, if none does."""
    at = place - 1
    while 0 <= at < size:
        piece = os.pread(descriptor, min(_LOOK, size - at), at)
        found = piece.find(b"\n")
        if found >= 0:
            return at + found + 1
        if not piece:  # it shrank
            return at
        at += len(piece)
    return max(at, 0)
