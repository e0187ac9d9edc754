"""One path or stream -> a `Source`: what a file's status and its first and last lines tell.

In: a path; standard input. Out: `Source`, or why there is none: `Problem`, `Foreign`.
Never: reads more than some 64 kB from the start and from the end; leaves a file open.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from logscan.model.blocks import Source
from logscan.model.problems import Problem
from logscan.sources.compression import MAGIC_BYTES, Pieces, compression_of, gzip_modified, unfold
from logscan.sources.denials import no_file, refused
from logscan.sources.journal_export import Converter, is_export
from logscan.sources.lines import LONGEST, first_lines, last_lines, other_encoding
from logscan.sources.names import foreign
from logscan.sources.rotation import stem
from logscan.sources.streams import STDIN, Held, file_pieces, hold, identity_of, kept, open_regular

#: Most bytes of `Source.head` and `Source.tail`.
SAMPLE: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A file that is no text log. kind: what it is. help: what to do with it."""

    path: str
    kind: str
    help: str


Found = Source | Problem | Foreign


def probe(path: str) -> Found:
    """Look at one file. An empty one is a Source like any other, with an empty head."""
    try:
        descriptor = open_regular(path)
        if descriptor is None:
            return no_file(path, Path(path).stat().st_mode)
    except OSError as error:
        return _unopened(path, error)
    try:
        return _probe_open(path, descriptor)
    except OSError as error:
        return refused(path, error)
    finally:
        os.close(descriptor)


def probe_stdin(stream: BinaryIO) -> Found:
    """Look at standard input, and hold it for `streams.read_bytes`. Waits for its first 64 kB or its end."""
    limit, modified = _behind(stream)
    held = kept(stream) or Held(stream, limit)
    start = b""
    for piece in held.ahead():
        if isinstance(piece, Problem):
            return piece
        start += piece
        if len(start) >= MAGIC_BYTES:
            break
    compression = compression_of(start)
    sample = _Sample(held.ahead, compression, STDIN)
    reason = sample.no_log()
    if reason is not None:
        return reason
    hold(held)
    return Source(
        path=STDIN,
        compression=compression,
        size=None,
        identity=None,
        modified=(gzip_modified(start) if compression == "gzip" else None) or modified,
        head=sample.head(),
        tail=b"",
        rotation=STDIN,
    )


def _probe_open(path: str, descriptor: int) -> Found:
    status = os.fstat(descriptor)
    size = status.st_size
    start = os.pread(descriptor, min(size, MAGIC_BYTES), 0)
    compression = compression_of(start)
    sample = _Sample(lambda: file_pieces(descriptor, size, path), compression, path)
    reason = sample.no_log()
    if reason is not None:
        return reason
    tail = b""
    if compression is None and not sample.is_export:
        begin = max(size - SAMPLE - 1, 0)
        tail = last_lines(os.pread(descriptor, size - begin, begin), whole=begin == 0)
    return Source(
        path=path,
        compression=compression,
        size=size,
        identity=identity_of(status),
        modified=(gzip_modified(start) if compression == "gzip" else None)
        or datetime.fromtimestamp(status.st_mtime, UTC),
        head=sample.head(),
        tail=tail,
        rotation=stem(path),
    )


class _Sample:
    """The first decompressed bytes of a file: enough for its head even if its first line is over-long."""

    def __init__(self, pieces: Callable[[], Pieces], compression: str | None, where: str) -> None:
        self._where = where
        self._data = b""
        self._whole = True
        self._problem: Problem | None = None
        for piece in unfold(pieces, compression, where, again=False, step=SAMPLE):
            if isinstance(piece, Problem):
                self._problem = piece
                continue
            self._data += piece
            if len(self._data) > SAMPLE + LONGEST:
                self._whole = False
                break

    def no_log(self) -> Problem | Foreign | None:
        """Return why this is no source; where anything can be read, its reader meets the Problem again."""
        if not self._data and self._problem is not None:
            return self._problem
        found = foreign(self._data)
        if found is not None:
            kind, advice = found
            return Foreign(path=self._where, kind=kind, help=advice.format(path=self._where))
        return other_encoding(self._data, self._where)

    @property
    def is_export(self) -> bool:
        """Whether it is an export of the systemd journal."""
        return is_export(self._data)

    def head(self) -> bytes:
        if self.is_export:
            converter = Converter()
            lines = converter.feed(self._data) + (converter.finish() if self._whole else b"")
            return first_lines(lines, SAMPLE, whole=True)
        return first_lines(self._data, SAMPLE, whole=self._whole)


def _unopened(path: str, error: OSError) -> Problem:
    # a socket cannot be opened at all: ENXIO
    try:
        status = Path(path).stat()
    except OSError:
        return refused(path, error)
    if error.errno == errno.ENXIO:
        return no_file(path, status.st_mode)
    return refused(path, error)


def _behind(stream: BinaryIO) -> tuple[int | None, datetime]:
    """Return how much may be read and when it was written, if the stream is a file (`< mail.log`)."""
    try:
        status = os.fstat(stream.fileno())
        if stat.S_ISREG(status.st_mode):
            return max(status.st_size - stream.tell(), 0), datetime.fromtimestamp(status.st_mtime, UTC)
    except OSError:  # a stream without a file behind it
        pass
    return None, datetime.now(UTC)
