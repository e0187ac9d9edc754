"""One face for the decompressors of four libraries.

In: the name of a compression. Out: a `Decoder` for one member of an archive.
Never: gives more than was asked for; reads on into the next member.

isal is three times as fast as zlib; where it is missing, zlib does the same work.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Final, Protocol, cast

#: An xz archive may ask for this much memory; `xz -9` asks for 65 MB.
XZ_MEMORY: Final = 256 * 1024 * 1024

#: Most bytes in a block of zstd (RFC 8878, 3.1.1.2.4).
ZSTD_BLOCK: Final = 128 * 1024


class Decoder(Protocol):
    """What `bz2.BZ2Decompressor` and its likes have in common."""

    @property
    def eof(self) -> bool:
        """True when the member's end was reached."""

    @property
    def needs_input(self) -> bool:
        """False when there is more output to be had without input."""

    @property
    def unused_data(self) -> bytes:
        """What was handed in beyond the member's end."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return at most about `max_length` bytes. Raises one of `ERRORS` for damaged data."""


def _optional(name: str) -> ModuleType | None:
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return None


_isal = _optional("isal.igzip_lib")
_zstandard = _optional("zstandard")

#: What the decoders raise for damaged data.
ERRORS: Final[tuple[type[Exception], ...]] = (
    zlib.error,
    lzma.LZMAError,
    OSError,  # bz2
    EOFError,
    ValueError,
    *([cast("type[Exception]", _isal.error)] if _isal else []),
    *([cast("type[Exception]", _zstandard.ZstdError)] if _zstandard else []),
)


def decoder_for(compression: str) -> Decoder:
    """Return the fastest decoder for one member.

    Raises ModuleNotFoundError when a library that has no substitute is not installed.
    """
    if compression == "gzip" and _isal is not None:
        return cast("Decoder", _isal.IgzipDecompressor(_isal.DECOMP_GZIP))
    return exact_decoder_for(compression)


def exact_decoder_for(compression: str) -> Decoder:
    """Return the decoder that gives every byte it can, at once; for gzip that is zlib, not isal."""
    if compression == "gzip":
        return _Gzip()
    if compression == "bzip2":
        return bz2.BZ2Decompressor()
    if compression == "xz":
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)
    return _Zstd()


class _Gzip:
    """zlib in the shape of a `Decoder`."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)

        self.eof = False
        self.needs_input = True
        self.unused_data = b""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        text = self._zlib.decompress(self._zlib.unconsumed_tail + data, max(max_length, 0))
        self.eof = self._zlib.eof
        self.unused_data = self._zlib.unused_data
        # a full measure may leave output inside zlib although its input is used up
        self.needs_input = not self._zlib.unconsumed_tail and not 0 < max_length <= len(text)
        return text


class _Zstd:
    """zstandard's push decoder, fed so few blocks at a time that its output stays bounded.

    It has no limit of its own, and four bytes can stand for 128 kB. So the frame's structure
    (RFC 8878, 3.1.1) is followed here, as far as where each block begins.
    """

    def __init__(self) -> None:
        module = _zstandard if _zstandard is not None else import_module("zstandard")
        self._decoder = module.ZstdDecompressor().decompressobj()
        self._held = b""
        self._pass = 0  # bytes that belong to what is begun already
        self._expect: Callable[[bytes], int] = self._frame
        self._checksum = False
        self.eof = False
        self.needs_input = True
        self.unused_data = b""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        self._held += data
        blocks = max(max_length // ZSTD_BLOCK, 1) if max_length >= 0 else -1
        end = self._walk(blocks)
        text = cast("bytes", self._decoder.decompress(self._held[:end])) if end else b""
        self._held = self._held[end:]
        if self._decoder.eof:
            self.eof = True
            self.unused_data = self._decoder.unused_data + self._held
        elif self._expect == self._end and not self._pass:
            raise ValueError("a frame does not end where its blocks end")
        return text

    def _walk(self, blocks: int) -> int:
        """Return how many of the held bytes may be decoded now: those of so many blocks."""
        at = 0
        self.needs_input = True
        while True:
            step = min(self._pass, len(self._held) - at)
            at += step
            self._pass -= step
            if self._pass or self._expect == self._end:
                return at
            is_block = self._expect == self._block
            if is_block and blocks == 0:
                self.needs_input = False
                return at
            size = self._expect(self._held[at : at + 18])
            if size == 0:  # the header is not all there
                return at
            blocks -= is_block
            self._pass = size

    def _frame(self, head: bytes) -> int:
        if len(head) < 8:
            return 0
        if head[1:4] == b"\x2a\x4d\x18":  # skippable
            self._expect = self._end
            return 8 + int.from_bytes(head[4:8], "little")
        flags = head[4]
        single = flags >> 5 & 1
        content = (single, 2, 4, 8)[flags >> 6]
        self._checksum = bool(flags & 4)
        self._expect = self._block
        return 5 + (1 - single) + (0, 1, 2, 4)[flags & 3] + content

    def _block(self, head: bytes) -> int:
        if len(head) < 3:
            return 0
        value = int.from_bytes(head[:3], "little")
        size = 1 if value >> 1 & 3 == 1 else value >> 3
        if not value & 1:
            return 3 + size
        self._expect = self._end
        return 3 + size + 4 * self._checksum

    def _end(self, _head: bytes) -> int:
        return 0
