r"""Pieces of bytes -> whole lines, the over-long ones cut, bad bytes replaced.

In: pieces cut anywhere. Out: `Lines`, the same whatever the cuts were.
Never: looks at a line of usual length one by one; holds an over-long line.

Only `\n` ends a line: a carriage return, a form feed or U+2028 may be part of hostile text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from logscan.model.problems import Problem

#: A line with more bytes than this is cut ...
LONGEST: Final = 64 * 1024
#: ... and keeps so many.
KEPT: Final = 16 * 1024

_STRIDE = 64 * 1024  # bad bytes cost the mending of so much text around them

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Whole lines; only the very last one of a source may lack its newline.

    data: not empty. cut: where in `data` the lines begin that lost their end.
    """

    data: bytes
    cut: tuple[int, ...] = ()


class LineCutter:
    """Takes pieces one by one and gives back the whole lines that they complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._dropping = False  # `_rest` is the kept part of an over-long line

    def feed(self, piece: bytes) -> Lines | None:
        """Return the lines that end in `piece`, None when there is none."""
        end = piece.find(b"\n") if self._dropping else 0
        if end < 0:
            return None
        last = piece.rfind(b"\n") + 1
        if not last:
            self._open(self._rest + piece)
            return None
        data = b"".join((self._rest, memoryview(piece)[end:last]))
        known = self._dropping  # the first line is shortened already
        self._open(piece[last:])
        return _shorten(data, first_is_cut=known)

    def _open(self, rest: bytes) -> None:
        """Keep the beginning of a line whose end is not here yet."""
        self._dropping = len(rest) > LONGEST
        self._rest = _kept(rest) if self._dropping else rest

    def finish(self) -> Lines | None:
        """Return the last line if it has no newline."""
        if not self._rest:
            return None
        lines = Lines(data=self._rest, cut=(0,) if self._dropping else ())
        self._rest = b""
        return lines


def clean(data: bytes) -> tuple[bytes, int]:
    r"""Return `data` as valid UTF-8 and the number of bytes that were not.

    Every ill-formed sequence becomes one U+FFFD (Unicode 15, 3.9, practice of the maximal subpart), so
    a newline is never swallowed and lines without bad bytes stay as they are.

    >>> clean(b"caf\xe9\n")
    (b'caf\xef\xbf\xbd\n', 1)
    """
    if _is_valid(data):
        return data, 0
    view = memoryview(data)
    parts: list[bytes | memoryview] = []
    invalid = begin = 0
    while begin < len(data):
        end = data.find(b"\n", begin + _STRIDE) + 1 or len(data)
        part = data[begin:end]
        if _is_valid(part):
            parts.append(view[begin:end])
        else:
            parts.append(part.decode(errors="replace").encode())
            invalid += len(part) - len(part.decode(errors="ignore").encode())
        begin = end
    return b"".join(parts), invalid


def _is_valid(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def without_mark(start: bytes) -> bytes:
    """Return a file's beginning without the byte order mark of UTF-8."""
    return start.removeprefix(_UTF8_MARK)


def other_encoding(start: bytes, where: str) -> Problem | None:
    """Return a Problem when a file's first bytes say that it is UTF-16 or UTF-32."""
    if not start.startswith(_UTF16):
        return None
    return Problem(
        where=where,
        reason="the file is UTF-16 text, not UTF-8",
        help=f"convert it: `iconv -f UTF-16 -t UTF-8 {where} | logscan scan -`",
    )


def first_lines(start: bytes, size: int, *, whole: bool) -> bytes:
    """Return whole lines from the start of a file, cleaned, at most `size` bytes, or one longer line.

    start: its first bytes. whole: they are all of it; else the last line in them is incomplete.
    """
    cutter = LineCutter()
    lines = cutter.feed(without_mark(start))
    rest = cutter.finish() if whole or lines is None else None
    data = b"".join(part.data for part in (lines, rest) if part is not None)
    if len(data) > size:
        end = data.rfind(b"\n", 0, size) + 1 or data.find(b"\n") + 1
        data = data[: end or len(data)]
    return clean(data)[0]


def last_lines(end: bytes, *, whole: bool) -> bytes:
    """Return the whole lines at the end of a file, cleaned.

    end: its last bytes. whole: they are all of it; else the first line in them is incomplete.
    """
    data = without_mark(end) if whole else end[end.find(b"\n") + 1 or len(end) :]
    return clean(data)[0]


def _kept(line: bytes) -> bytes:
    """Return the first `KEPT` bytes, fewer by up to three so that no character is broken."""
    end = KEPT
    while end > KEPT - 3 and line[end] & 0xC0 == 0x80:
        end -= 1
    return line[:end]


def _shorten(data: bytes, *, first_is_cut: bool) -> Lines:
    """Cut over-long lines in whole lines; strides of `LONGEST` bytes find them without looking at others."""
    parts: list[bytes] = []
    cut = [0] if first_is_cut else []
    start = taken = shift = 0
    while len(data) - start > LONGEST + 1:
        end = data.rfind(b"\n", start, start + LONGEST + 1)
        if end < 0:
            end = data.find(b"\n", start)
            kept = _kept(data[start : start + KEPT + 1])
            parts += [data[taken:start], kept]
            cut.append(start - shift)
            shift += end - start - len(kept)
            taken = end
        start = end + 1
    if not parts:
        return Lines(data=data, cut=tuple(cut))
    return Lines(data=b"".join([*parts, data[taken:]]), cut=tuple(cut))
