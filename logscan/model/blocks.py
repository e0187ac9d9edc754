"""Which bytes of which log: the units that travel from sources to parsers.

In: nothing. Out: `Source`, one log as discovered; `Block`, whole lines of one source.
Never: an open file; a parsed line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

#: Bytes of what comes behind a block that the block knows of.
FOLLOWING: Final = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """How journalctl is asked for a journal. volatile: it is kept in memory, and gone with the next start."""

    arguments: tuple[str, ...]
    volatile: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One log file, standard input, or the systemd journal, as it was when it was discovered.

    path: as shown to the user, `-` for standard input, `journal` for this machine's journal.
    compression: gzip, bzip2, xz, zstd, or None; told from the content.
    size: bytes on disk at discovery; what grows beyond it is not read (None: a stream).
    identity: (device, inode), to open the very file that was discovered; None for a stream.
    modified: when it was last written, UTC: the gzip header's stamp if there is one, else mtime.
    head: the first whole lines, decompressed, up to 64 kB; tells the format and the first time.
    tail: the last whole lines of a plain file, up to 64 kB; empty when it is compressed or a stream.
    rotation: path without its rotation suffixes; files that share it are one log.
    journal: of the systemd journal, whose bytes are what journalctl prints; head and tail are, too.
    """

    path: str
    compression: str | None
    size: int | None
    identity: tuple[int, int] | None
    modified: datetime
    head: bytes
    tail: bytes
    rotation: str
    journal: Journal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Whole lines of one source, about 6 MB (settings.BLOCK_BYTES), in order.

    data: lines, each ended by `\\n` but for a last one without final newline.
    It is valid UTF-8: bad bytes were replaced by U+FFFD in their own lines, and counted.
    A line beyond 64 kB keeps its first 16 kB; `cut` are the lines (from 0) where that was done.
    previous: the last line of the block before, without newline; context that is not counted.
    following: the lines behind the block, `FOLLOWING` bytes or a little more of them, or all there are:
    context too, for a record of several lines that the block's end cuts in two.
    """

    source: int
    number: int
    data: bytes
    previous: bytes
    lines: int
    invalid_bytes: int = 0
    cut: tuple[int, ...] = ()
    following: bytes = b""
