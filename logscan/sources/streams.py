"""One source -> its bytes, decompressed, as they were when it was discovered.

In: a `Source`; for standard input what `hold` keeps of it. Out: pieces of bytes, in order, and
where something is missing a `Problem`.
Never: reads what came after discovery; reads another file that took the name; raises for one input.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from logscan.model.blocks import Source
from logscan.model.problems import Problem
from logscan.sources.compression import READ_MOST, STEP, Pieces, unfold
from logscan.sources.denials import refused
from logscan.sources.rotation import stem

#: The path that stands for standard input.
STDIN: Final = "-"

_TRIES = 3  # a rotation may be under way while the file is looked for

Identity = tuple[int, int]


class Held:
    """A stream that can be read once: what was read ahead of time, then the rest.

    limit: most bytes to read (standard input that is a file which may grow), None for all.
    """

    def __init__(self, stream: BinaryIO, limit: int | None = None) -> None:
        self._read = getattr(stream, "read1", stream.read)  # read1 does not wait for a full measure
        self._left = limit
        self._ahead: list[bytes | Problem] = []

    def ahead(self) -> Pieces:
        """Yield pieces from the start and keep them, so that they can be read again."""
        yield from list(self._ahead)
        for piece in self._rest():
            self._ahead.append(piece)
            yield piece

    def pieces(self) -> Pieces:
        """Yield everything, once; what was kept is let go on the way."""
        while self._ahead:
            yield self._ahead.pop(0)
        yield from self._rest()

    def _rest(self) -> Pieces:
        while self._left is None or self._left > 0:
            try:
                piece: bytes = self._read(READ_MOST if self._left is None else min(READ_MOST, self._left))
            except OSError as error:
                yield refused(STDIN, error)
                self._left = 0
                return
            if not piece:
                return
            if self._left is not None:
                self._left -= len(piece)
            yield piece


#: Standard input between its discovery and its reading. A process has one.
_held: dict[str, Held] = {}


def hold(held: Held) -> None:
    """Keep standard input for `read_bytes`; it takes the place of one that was kept before."""
    _held[STDIN] = held


def read_bytes(source: Source, step: int = STEP) -> Pieces:
    """Yield the decompressed bytes of `source`, at most `step` at once, then Problems if there are any.

    Of a file, the very inode that was discovered is read, up to the size it had then. Where it was
    renamed by a rotation it is found again beside its old name. Standard input can be read once.
    """
    if source.identity is None:
        held = _held.pop(source.path, None)
        if held is None:
            yield Problem(
                where=source.path,
                reason="standard input was read already",
                help="it can be read only once; save it to a file and name the file",
            )
            return
        yield from unfold(held.pieces, source.compression, source.path, again=False, step=step)
        return
    opened = _open_again(source, source.identity)
    if isinstance(opened, Problem):
        yield opened
        return
    try:
        size = source.size or 0
        yield from unfold(
            lambda: file_pieces(opened, size, source.path), source.compression, source.path, step=step
        )
    finally:
        os.close(opened)


def open_regular(path: str) -> int | None:
    """Open a regular file for reading; None if the path is now something else. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None


def file_pieces(descriptor: int, size: int, where: str) -> Pieces:
    """Yield the first `size` bytes of an open file, raw; a Problem if there are fewer now."""
    offset = 0
    while offset < size:
        try:
            piece = os.pread(descriptor, min(READ_MOST, size - offset), offset)
        except OSError as error:
            yield refused(where, error)
            return
        if not piece:
            yield Problem(
                where=where,
                reason=f"the file shrank while it was read: {size} bytes were there, {offset} are left",
                help="it was probably emptied by a rotation with `copytruncate`; run again and name"
                " the copy beside it, too",
            )
            return
        offset += len(piece)
        yield piece


def identity_of(status: os.stat_result) -> Identity:
    """Return what tells this file from every other on this machine."""
    return status.st_dev, status.st_ino


def _open_again(source: Source, identity: Identity) -> int | Problem:
    trouble: OSError | None = None
    for _ in range(_TRIES):
        for path in (source.path, *_siblings(source)):
            try:
                descriptor = open_regular(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                if path == source.path:
                    trouble = error
                continue
            if descriptor is None:
                continue
            if identity_of(os.fstat(descriptor)) == identity:
                return descriptor
            os.close(descriptor)
    if trouble is not None:
        return refused(source.path, trouble)
    return Problem(
        where=source.path,
        reason="the file was rotated away, compressed or deleted after it was found",
        help="run again: its content is probably in a file with a new name by now",
    )


def _siblings(source: Source) -> Iterator[str]:
    """Yield files of the same log beside `source`: lazily, for they matter only when it was renamed."""
    try:
        paths = sorted(str(path) for path in Path(source.path).parent.iterdir())
    except OSError:
        return
    yield from (path for path in paths if stem(path) == source.rotation)
