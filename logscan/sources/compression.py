"""Compressed bytes -> the bytes that were compressed, whatever the file is called.

In: the first bytes of a file; an iterator over its pieces.
Out: the name of its compression; pieces of at most `step` decompressed bytes, then a `Problem`
where the archive is cut off, damaged or followed by something else.
Never: opens a file; holds more than a few steps in memory, however far a piece unfolds.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from typing import Final

from logscan.model.problems import Problem
from logscan.sources.decoders import ERRORS, Decoder, decoder_for, exact_decoder_for

#: Most decompressed bytes that one step gives: small enough to stay in the processor's cache.
STEP: Final = 512 * 1024

#: Most raw bytes that a decoder is given at once. The first of a member are fewer, for what lies behind
#: its end is copied, and an archive may consist of very many members.
READ_MOST: Final = 512 * 1024
_TAKE_FIRST: Final = 16 * 1024

#: Enough of a file's start to tell its compression.
MAGIC_BYTES: Final = 16

_BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")  # a block, or the end of an empty stream

#: What a source gives: bytes cut anywhere, and Problems where some are missing.
Pieces = Generator[bytes | Problem, None, None]


def compression_of(start: bytes) -> str | None:
    """Tell gzip, bzip2, xz or zstd by the first bytes of a file; None for anything else.

    No UTF-8 text begins with the marks of gzip, xz and zstd; bzip2's are plain letters, so
    its first block's mark is asked for, too.
    """
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if start.startswith(b"\xfd7zXZ\x00"):
        return "xz"
    if start.startswith(b"\x28\xb5\x2f\xfd") or _is_skippable(start):
        return "zstd"
    if start.startswith(b"BZh") and start[3:4] in b"123456789" and start[4:10] in _BZIP2_BLOCKS:
        return "bzip2"
    return None


def _is_skippable(start: bytes) -> bool:
    # pzstd opens with such a frame, and other writers put their indexes into one
    return start[1:4] == b"\x2a\x4d\x18" and start[0] & 0xF0 == 0x50


def gzip_modified(start: bytes) -> datetime | None:
    """Return when the file inside a gzip archive was last written (RFC 1952, MTIME), None if not said."""
    seconds = int.from_bytes(start[4:8], "little") if len(start) >= 8 else 0
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def unfold(
    pieces: Callable[[], Pieces], compression: str | None, where: str, *, again: bool = True, step: int = STEP
) -> Pieces:
    """Yield the decompressed bytes of one source, then a Problem if there was one.

    pieces: gives the raw pieces from the start; it is called a second time, when `again` allows it,
    to get the very last bytes before a damage or a cut. Problems among the pieces are handed on.
    where: the path that problems name. step: most bytes yielded at once.
    Members that were concatenated are read as one text, as gzip, bzip2, xz and zstd do.
    """
    if compression is None:
        return pieces()
    return _Unfolding(pieces, compression, where, again=again, step=step).run()


class _Input:
    """Raw pieces with a look ahead; Problems among them are kept aside, in order."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._buffer = b""
        self._at = 0  # what lies before is taken
        self.problems: list[Problem] = []

    def take(self, size: int) -> bytes:
        """Return the next bytes, at most `size`; empty at the end."""
        if self._at == len(self._buffer):
            self._more()
        taken = self._buffer[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def give_back(self, size: int) -> None:
        """Take back the last `size` bytes of what was taken last."""
        self._at -= size

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end, without taking them."""
        while len(self._buffer) - self._at < size and self._more():
            pass
        return self._buffer[self._at : self._at + size]

    def skip_zeros(self) -> int:
        """Drop zero bytes; return how many there were."""
        skipped = 0
        while self.peek(1) == b"\0":
            taken = self.take(READ_MOST)
            rest = len(taken.lstrip(b"\0"))
            skipped += len(taken) - rest
            self.give_back(rest)
        return skipped

    def _more(self) -> bool:
        for piece in self._pieces:
            if not isinstance(piece, Problem):
                self._buffer = self._buffer[self._at :] + piece
                self._at = 0
                return True
            self.problems.append(piece)
        return False


class _Unfolding:
    """One archive on its way out: a loop over its members."""

    def __init__(
        self, pieces: Callable[[], Pieces], compression: str, where: str, *, again: bool, step: int
    ) -> None:
        self._pieces = pieces
        self._compression = compression
        self._where = where
        self._again = again
        self._step = step
        self._input = _Input(pieces())
        self._taken = 0  # raw bytes before those that the decoder was given last
        self._last = 0  # how many it was given last
        self._start = 0  # raw bytes before this member
        self._given = 0  # decompressed bytes of this member that were yielded

    def run(self) -> Pieces:
        try:
            decoder = decoder_for(self._compression)
            while True:
                yield from self._member(decoder)
                if not decoder.eof:
                    return
                unused = len(decoder.unused_data)
                self._input.give_back(unused)
                self._start = self._taken - unused
                zeros = self._input.skip_zeros()
                self._taken = self._start = self._start + zeros
                start = self._input.peek(MAGIC_BYTES)
                if compression_of(start) != self._compression:
                    yield from self._after(zeros, start)
                    return
                decoder = decoder_for(self._compression)
        except ModuleNotFoundError as error:
            yield self._problem(
                f"the file is compressed with {self._compression}, and the module {error.name} is missing",
                f"pip install {error.name}, or decompress the file first",
            )

    def _member(self, decoder: Decoder) -> Pieces:
        self._given = self._last = 0
        size = _TAKE_FIRST
        while not decoder.eof:
            data = b""
            if decoder.needs_input:
                self._taken += self._last
                data = self._input.take(size)
                size = min(2 * size, READ_MOST)
                self._last = len(data)
                if not data:
                    yield from self._cut_off()
                    return
            try:
                text = decoder.decompress(data, self._step)
            except ERRORS as error:
                yield from self._damaged(error)
                return
            if text:
                self._given += len(text)
                yield text
        self._taken += self._last

    def _after(self, zeros: int, start: bytes) -> Pieces:
        yield from self._input.problems
        if start:
            yield self._problem(
                f"the {self._compression} archive is followed by something that is no {self._compression} data",
                "everything before it was read; compare the file with its original, it may have been"
                " overwritten or damaged in copying",
            )
        elif zeros and self._compression != "xz":  # xz pads on purpose
            yield Problem(
                where=self._where,
                reason=f"{zeros} zero bytes follow the {self._compression} archive",
                help="nothing is missing; zero bytes at the end often come from a crash or a full disk"
                " while the file was written",
                unreadable=False,
            )

    def _cut_off(self) -> Pieces:
        if self._compression == "gzip":  # isal keeps back up to two bytes that zlib would give
            yield from self._last_words()
        if self._input.problems:  # they say why there is no more
            yield from self._input.problems
            return
        yield self._problem(
            f"the {self._compression} archive ends too early",
            "everything before the cut was read; if it is being written just now, run again when it is"
            " finished; otherwise copy it again from its original",
        )

    def _damaged(self, error: Exception) -> Pieces:
        yield from self._last_words()
        yield from self._input.problems
        yield self._problem(
            f"the {self._compression} archive is damaged: {error}",
            f"everything before the damage was read; test it with `{_TESTS[self._compression]}` and fetch it again"
            " from a backup or its original",
        )

    def _last_words(self) -> Pieces:
        """Read the member again, the last piece byte by byte: a decoder that fails keeps what it had ready."""
        if not self._again:
            return
        decoder = exact_decoder_for(self._compression)
        skip = self._given
        for data in filter(None, self._slowly()):
            if decoder.eof:
                return
            try:
                for text in _drain(decoder, data, self._step):
                    if len(text) > skip:
                        yield text[skip:]
                    skip -= min(skip, len(text))
            except ERRORS:
                return

    def _slowly(self) -> Iterator[bytes]:
        at = 0
        for piece in self._pieces():
            if isinstance(piece, Problem):
                return
            # three stretches: what was decoded well, what was given last, what comes behind it
            begin, slow, fast = (
                min(max(mark - at, 0), len(piece))
                for mark in (self._start, self._taken, self._taken + self._last)
            )
            yield piece[begin:slow]
            yield from (piece[i : i + 1] for i in range(slow, fast))
            yield piece[fast:]
            at += len(piece)

    def _problem(self, reason: str, advice: str) -> Problem:
        return Problem(where=self._where, reason=reason, help=advice)


_TESTS: Final = {"gzip": "gzip -t", "bzip2": "bzip2 -t", "xz": "xz -t", "zstd": "zstd -t"}


def _drain(decoder: Decoder, data: bytes, step: int) -> Iterator[bytes]:
    while True:
        yield decoder.decompress(data, step)
        data = b""
        if decoder.eof or decoder.needs_input:
            return
