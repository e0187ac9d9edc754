"""How far each log was read the last time, and which log goes on from there now.

For: the memory of the nightly report. In: sources as discovered, the cursors of the run before. Out: `due`, for each source
where to go on. Never: trusts a name; trusts an inode without the content; reads more than some kB of a file that grows,
or any of one that is as it was.

A log keeps its beginning, whatever a rotation does to it: renamed, copied, compressed, moved. So a cursor holds two fingerprints
of the text, of its first bytes and of those before the place that was read to. Where both are right at the same place, the text before
that place was read, under whatever name. Two logs that begin alike are told apart by the second.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from logscan.model.blocks import Source
from logscan.model.problems import Problem
from logscan.sources.compression import READ_MOST, Pieces
from logscan.sources.streams import identity_of, read_bytes

#: Bytes of a text's beginning, and of what lies before a place in it, that are remembered as a fingerprint.
HEAD: Final = 1024
TAIL: Final = 4096
#: `Cursor.compression` of a systemd journal, which is asked by days and has no places.
JOURNAL: Final = "journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a log was read. Plain types only, for disk.

    path, rotation, device, inode, compression, size (bytes on disk), mtime_ns: as when it was last seen.
    offset, lines: so much of its decompressed text is done with. read: up to here lines were taken, so it is at least
    `offset`. held: which of those between are not done with, see pipeline.memory.once.held; empty if read is offset.
    head: sha256 of the first `head_bytes` bytes, at most `HEAD` and `read`. tail: of the `TAIL` bytes before `read`, or all.
    finished: nothing new can be in the file while it stays as it is.
    day: of the last line before `offset` that has one, ISO. walk: where the years of yearless stamps have come to there.
    seen: the day of the run that saw it last, ISO.
    """

    path: str
    rotation: str
    device: int
    inode: int
    compression: str | None
    size: int
    mtime_ns: int
    offset: int
    lines: int
    read: int
    held: str
    head: str
    head_bytes: int
    tail: str
    finished: bool
    day: str | None
    walk: str | None
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A source and where to go on in it.

    cursor: the one that it goes on from, None for a log that was never read. mtime_ns: as on disk, 0 where it is not known.
    start: the first `HEAD` bytes of its text. idle: it is as it was and done with, and was not opened.
    told: all cursors whose text this source holds, which one of its own takes the place of.
    """

    source: Source
    mtime_ns: int
    cursor: Cursor | None
    start: bytes
    idle: bool = False
    told: tuple[Cursor, ...] = ()

    @property
    def offset(self) -> int:
        """So many bytes of its text are done with."""
        return self.cursor.offset if self.cursor else 0

    @property
    def lines(self) -> int:
        """So many lines of it are done with."""
        return self.cursor.lines if self.cursor else 0


def due(sources: Iterable[Source], cursors: Sequence[Cursor]) -> list[Due]:
    """Return where to go on in each source.

    Of all cursors whose text a source holds, the one that leads furthest counts, whoever's it was: a copy of a log
    that was read holds nothing new.
    """
    known = _Known(cursors)
    return [_due(source, known) for source in sources]


def digest(data: bytes) -> str:
    """Return the fingerprint of some bytes."""
    return hashlib.sha256(data).hexdigest()


def beginning(source: Source) -> bytes:
    """Return the first `HEAD` bytes of a source's text, as far as it can be read."""
    return _text(read_bytes(source, HEAD, 0, HEAD))


def tails(source: Source, places: Iterable[int]) -> dict[int, str]:
    """Return for each place in a source's text that it reaches the fingerprint of what lies before."""
    if source.compression is None:
        pieces = ((place, read_bytes(source, READ_MOST, max(place - TAIL, 0), place)) for place in places)
        texts = ((place, _text(piece)) for place, piece in pieces)
        return {place: digest(text) for place, text in texts if len(text) == min(place, TAIL)}
    return _tails(read_bytes(source), sorted(set(places)))


def _tails(pieces: Pieces, places: list[int]) -> dict[int, str]:
    """Return the same of a text that is read from its beginning, in one go."""
    found: dict[int, str] = {}
    at, before = 0, b""
    try:
        for piece in pieces:
            if isinstance(piece, Problem):
                continue
            while places and places[0] <= at + len(piece):
                place = places.pop(0)
                inside = piece[max(place - TAIL - at, 0) : place - at]
                found[place] = digest((before + inside)[-TAIL:])
            if not places:
                break
            at += len(piece)
            before = (before + piece[-TAIL:])[-TAIL:]
    finally:
        pieces.close()
    return found


def _text(pieces: Pieces) -> bytes:
    return b"".join(piece for piece in pieces if not isinstance(piece, Problem))


class _Known:
    """The cursors, by what finds them."""

    def __init__(self, cursors: Sequence[Cursor]) -> None:
        self._files: dict[tuple[int, int], list[Cursor]] = {}
        self._heads: dict[tuple[int, str], list[Cursor]] = {}
        for cursor in cursors:
            if cursor.compression == JOURNAL:
                continue
            self._files.setdefault((cursor.device, cursor.inode), []).append(cursor)
            # text without a time may stand in front of any log
            if cursor.head_bytes and cursor.day is not None:
                self._heads.setdefault((cursor.head_bytes, cursor.head), []).append(cursor)
        self._sizes = sorted({size for size, _ in self._heads})

    def of(self, source: Source) -> list[Cursor]:
        """Return the cursors of the very file."""
        return self._files.get(source.identity, []) if source.identity is not None else []

    def alike(self, start: bytes) -> list[Cursor]:
        """Return the cursors of texts that begin as this one does."""
        sizes = [size for size in self._sizes if size <= len(start)]
        return [cursor for size in sizes for cursor in self._heads.get((size, digest(start[:size])), [])]


def _due(source: Source, known: _Known) -> Due:
    own = known.of(source)
    written = _written(source)
    as_it_was = [cursor for cursor in own if written and _same(cursor, source, written)]
    if as_it_was:
        cursor = as_it_was[0]
        return Due(source=source, mtime_ns=written, cursor=cursor, start=b"", idle=True, told=(cursor,))
    start = beginning(source)
    mine = [cursor for cursor in own if cursor.read and digest(start[: cursor.head_bytes]) == cursor.head]
    others = [cursor for cursor in known.alike(start) if cursor not in mine]
    asked = [cursor for cursor in (*mine, *others) if _may_reach(source, cursor)]
    found = tails(source, {cursor.read for cursor in asked}) if asked else {}
    told = [cursor for cursor in asked if found.get(cursor.read) == cursor.tail]
    # stable: of cursors that lead equally far, the file's own comes first
    furthest = max(told, key=lambda cursor: (cursor.offset, cursor.read), default=None)
    return Due(source=source, mtime_ns=written, cursor=furthest, start=start, told=tuple(told))


def _may_reach(source: Source, cursor: Cursor) -> bool:
    return (
        source.compression is not None or source.size is None or cursor.read <= source.size or _grows(source)
    )


def _grows(source: Source) -> bool:
    """Whether the text may be longer than the file: of an export of the journal it is never, but is JSON."""
    return source.head.startswith(b"{")


def _same(cursor: Cursor, source: Source, written: int) -> bool:
    return (
        cursor.finished
        and (cursor.size, cursor.mtime_ns) == (source.size, written)
        and cursor.compression == source.compression
    )


def _written(source: Source) -> int:
    """Return when the file was last written, 0 where another file has its name by now."""
    try:
        status = os.stat(source.path)  # noqa: PTH116  one look, no object
    except OSError:
        return 0
    same = identity_of(status) == source.identity and status.st_size == source.size
    return status.st_mtime_ns if same else 0
