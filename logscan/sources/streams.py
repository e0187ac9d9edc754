"""One source -> its bytes, decompressed, as they were when it was discovered.

In: a `Source`; for standard input what `hold` keeps of it. Out: pieces of bytes, in order, and
where something is missing a `Problem`.
Never: reads what came after discovery; reads another file that took the name; raises for one input.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO, Final
from weakref import finalize

from logscan.model.blocks import Source
from logscan.model.problems import Problem
from logscan.sources import journald
from logscan.sources.compression import READ_MOST, STEP, Pieces, unfold
from logscan.sources.denials import refused
from logscan.sources.journal_export import BEGINNING, converted, is_export
from logscan.sources.rotation import stem

#: The path that stands for standard input.
STDIN: Final = "-"

_TRIES = 3  # a rotation may be under way while the file is looked for

Identity = tuple[int, int]


class Held:
    """A stream that can be read once: what was read ahead of time, then the rest. Or again, after `keep`.

    limit: most bytes to read (standard input that is a file which may grow), None for all.
    """

    def __init__(self, stream: BinaryIO, limit: int | None = None) -> None:
        self._stream = stream
        self._read = getattr(stream, "read1", stream.read)  # read1 does not wait for a full measure
        self._left = limit
        self._ahead: list[bytes | Problem] = []
        self._begun = False
        self._copy: IO[bytes] | None = None
        self._told: list[Problem] = []

    @property
    def spent(self) -> bool:
        """Whether it was read, if only in part, and cannot be read again."""
        return self._begun and self._copy is None

    def keep(self) -> None:
        """Copy from now on what is read into a temporary file without a name, so that it can be read again."""
        if self._copy is None:
            with suppress(OSError):  # no room: then it can be read once
                self._copy = TemporaryFile()  # noqa: SIM115  it lives as long as the stream
                finalize(self, self._copy.close)

    def copies(self, stream: BinaryIO) -> bool:
        """Return whether this is `stream`, copied as it is read."""
        return self._stream is stream and self._copy is not None

    def ahead(self) -> Pieces:
        """Yield pieces from the start and keep them, so that they can be read again."""
        yield from self._copied()
        yield from list(self._ahead)
        for piece in self._rest():
            self._ahead.append(piece)
            yield piece

    def pieces(self) -> Pieces:
        """Yield everything, once; what was read ahead is let go on the way. Everything again, after `keep`."""
        self._begun = True
        yield from self._copied()
        while self._ahead:
            yield self._noted(self._ahead.pop(0))
        for piece in self._rest():
            yield self._noted(piece)

    def _copied(self) -> Pieces:
        offset = 0
        while self._copy is not None:
            self._copy.seek(offset)
            piece = self._copy.read(READ_MOST)
            if not piece:
                break
            offset += len(piece)
            yield piece
        yield from self._told

    def _noted(self, piece: bytes | Problem) -> bytes | Problem:
        if self._copy is None:
            return piece
        if isinstance(piece, Problem):
            self._told.append(piece)
            return piece
        try:
            self._copy.seek(0, os.SEEK_END)
            self._copy.write(piece)
        except OSError:  # the disk is full: then it can be read once
            self._copy.close()
            self._copy = None
        return piece

    def _rest(self) -> Pieces:
        while self._left is None or self._left > 0:
            try:
                piece: bytes = self._read(READ_MOST if self._left is None else min(READ_MOST, self._left))
            except OSError as error:
                yield refused(STDIN, error)
                self._left = 0
                return
            if not piece:
                self._left = 0
                return
            if self._left is not None:
                self._left -= len(piece)
            yield piece


#: Standard input between its discovery and its reading. A process has one.
_held: dict[str, Held] = {}


def hold(held: Held) -> None:
    """Keep standard input for `read_bytes`; it takes the place of one that was kept before."""
    _held[STDIN] = held


def kept(stream: BinaryIO) -> Held | None:
    """Return what is kept of `stream`, if that is standard input and was kept whole: it may be discovered again."""
    held = _held.get(STDIN)
    return held if held is not None and held.copies(stream) else None


def keep_standard_input() -> None:
    """Have standard input copied while it is read, so that it can be read again."""
    if STDIN in _held:
        _held[STDIN].keep()


def read_bytes(source: Source, step: int = STEP, begin: int = 0, end: int | None = None) -> Pieces:
    """Yield the decompressed bytes of `source`, at most `step` at once, then Problems if there are any.

    begin, end: only what lies between these places of the text; of a plain file no more is read than that.
    An export of the systemd journal comes as lines of JSON, see `journal_export`.
    Of a file, the very inode that was discovered is read, up to the size it had then. Where it was
    renamed by a rotation it is found again beside its old name. Standard input can be read once,
    or again when it was kept.
    """
    if source.journal is not None:
        yield from between(journald.pieces(source.journal, source.path), begin, end)
        return
    if source.identity is None:
        held = _held.get(source.path)
        if held is None or held.spent:
            yield Problem(
                where=source.path,
                reason="standard input was read already",
                help="it can be read only once; save it to a file and name the file",
            )
            return
        held_pieces = unfold(held.pieces, source.compression, source.path, again=False, step=step)
        yield from between(converted(held_pieces, source.path), begin, end)
        return
    opened = open_again(source, source.identity)
    if isinstance(opened, Problem):
        yield opened
        return
    try:
        size = source.size or 0
        if (begin or end is not None) and _is_plain(source, opened):
            until = size if end is None else min(end, size)
            yield from file_pieces(opened, until, source.path, begin=begin)
            return
        pieces = unfold(
            lambda: file_pieces(opened, size, source.path), source.compression, source.path, step=step
        )
        yield from between(converted(pieces, source.path), begin, end)
    finally:
        os.close(opened)


def _is_plain(source: Source, descriptor: int) -> bool:
    """Tell whether a place in the text is the same place in the file."""
    return source.compression is None and not is_export(os.pread(descriptor, BEGINNING, 0))


def between(pieces: Pieces, begin: int, end: int | None) -> Pieces:
    """Yield what lies between two places of a text, and the Problems met on the way there."""
    at = 0
    try:
        for piece in pieces:
            if isinstance(piece, Problem):
                yield piece
                continue
            wanted = piece[max(begin - at, 0) : None if end is None else max(end - at, 0)]
            at += len(piece)
            if wanted:
                yield wanted
            if end is not None and at >= end:
                return
    finally:
        pieces.close()


def open_regular(path: str) -> int | None:
    """Open a regular file for reading; None if the path is now something else. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None


def file_pieces(descriptor: int, size: int, where: str, *, begin: int = 0, end: int | None = None) -> Pieces:
    """Yield the bytes of an open file, raw, of the first `size` those from `begin` to `end`; a Problem if some are gone."""
    offset, end = begin, size if end is None else end
    while offset < end:
        try:
            piece = os.pread(descriptor, min(READ_MOST, end - offset), offset)
        except OSError as error:
            yield refused(where, error)
            return
        if not piece:
            left = min(offset, os.fstat(descriptor).st_size)
            yield Problem(
                where=where,
                reason=f"the file shrank while it was read: {size} bytes were there, {left} are left",
                help="it was probably emptied by a rotation with `copytruncate`; run again and name"
                " the copy beside it, too",
            )
            return
        offset += len(piece)
        yield piece


def identity_of(status: os.stat_result) -> Identity:
    """Return what tells this file from every other on this machine."""
    return status.st_dev, status.st_ino


def open_again(source: Source, identity: Identity) -> int | Problem:
    """Open the very inode that was discovered, whatever it is called by now; a Problem if it is gone."""
    trouble: OSError | None = None
    for _ in range(_TRIES):
        for path in chain((source.path,), _siblings(source)):
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
