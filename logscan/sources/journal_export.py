r"""The systemd journal's export format -> lines as `journalctl -o json` writes them.

For: `journalctl -o export`, what systemd-journal-upload sends and systemd-journal-remote keeps. In: the decompressed pieces
of a source. Out: `converted`, the same pieces unless they begin as an export does; then a line of JSON for each
record, at the line where the record begins, and blank lines for its others, so that places stay true (of a record of
more than `AHEAD` lines, so many before its end).
Never: more of a record in memory than `VALUE` bytes of each field that is read; a result that depends on where pieces
are cut; an exception for a damaged file.

A record is lines of `NAME=value` up to a blank line. A value with line feeds or other controls in it is written as a line
with the name alone, eight bytes of length (little-endian), the bytes and a line feed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from logscan.model.problems import Problem
from logscan.sources.compression import Pieces

#: What is kept of a value. Escaped it is six times as long at most, and no line may be longer than 64 kB.
VALUE: Final = 8 * 1024
#: No field that journald takes is longer; what says so is damaged.
LONGEST_FIELD: Final = 1 << 30
#: As many lines are held back as the record may have behind its first.
AHEAD: Final = 64 * 1024
#: What is kept of a line.
_KEPT: Final = 128 + VALUE
_BEGINS: Final = (b"__CURSOR=", b"__REALTIME_TIMESTAMP=", b"__SEQNUM=", b"__MONOTONIC_TIMESTAMP=")
#: So many bytes of a start are enough for `is_export`.
ENOUGH: Final = max(len(mark) for mark in _BEGINS)

_NAMES: Final = (
    b"MESSAGE",
    b"SYSLOG_IDENTIFIER",
    b"SYSLOG_PID",
    b"_COMM",
    b"_HOSTNAME",
    b"_PID",
    b"_SOURCE_REALTIME_TIMESTAMP",
    b"__REALTIME_TIMESTAMP",
)
_NAME: Final = re.compile(rb"[A-Za-z0-9_]{1,64}")
#: Whole lines that are fields; possessive, so that no byte is looked at twice.
_RUN: Final = re.compile(rb"(?:[A-Za-z0-9_]{1,64}+=[^\n]*+\n)++")
_BLANKS: Final = re.compile(rb"\n++")
_WANTED: Final = re.compile(rb"^(" + b"|".join(_NAMES) + rb")=([^\n]*)$", re.MULTILINE)
_SPECIAL: Final = re.compile(rb"[\x00-\x1f\x22\x5c]")
_ESCAPES: Final = {bytes([code]): b"\\u%04x" % code for code in (*range(0x20), 0x22, 0x5C)}


def is_export(start: bytes) -> bool:
    """Tell by a source's first (decompressed) bytes whether it is an export of the journal."""
    return start.startswith(_BEGINS)


def converted(pieces: Pieces, where: str) -> Pieces:
    """Yield the pieces of a source as they are; those of an export as lines of JSON, and what is damaged in it."""
    try:
        start = b""
        problems: list[Problem] = []
        for piece in pieces:
            if isinstance(piece, Problem):
                problems.append(piece)
                continue
            start += piece
            if len(start) >= ENOUGH:
                break
        converter = Converter() if is_export(start) else None
        if start:
            yield converter.feed(start) if converter else start
        yield from problems
        for piece in pieces:
            yield piece if converter is None or isinstance(piece, Problem) else converter.feed(piece)
        if converter is not None:
            yield converter.finish()
            yield from converter.problems(where)
    finally:
        pieces.close()


class Converter:
    """Takes the pieces of an export one by one, and gives back the lines of the records that they complete."""

    def __init__(self) -> None:
        self._rest = b""  # of a line, or of a length, whose end is not here yet
        self._fields: dict[bytes, bytes] = {}
        self._strange = b""  # the first line of this record that is no field
        self._lines = 0  # line feeds of this record so far
        self._name: bytes | None = None  # of the binary field whose length comes next, or that is being read
        self._left = -1  # bytes of the binary field that are still to come; -1: its length is not known yet
        self._value = b""  # of a binary field, as far as it is kept
        self._behind = False  # a binary field has ended: the rest of the line is nothing
        self._lost = False  # nothing in this record is understood any more
        self._shortened = 0
        self._damaged = 0
        self._unfinished = False

    def feed(self, piece: bytes) -> bytes:
        """Return the lines of the records that end in `piece`."""
        data = self._rest + piece
        out: list[bytes] = []
        at = 0
        while 0 <= at < len(data):
            begin = at
            if self._lost:
                at = self._skip(data, at)
            elif self._name is not None:
                at = self._binary(data, at)
            elif not self._behind and (run := _RUN.match(data, at)):
                self._run(run[0])
                at = run.end()
            else:
                at = self._line(data, at, out)
        self._rest = b"" if at >= 0 else data[begin:][: _KEPT + 1]
        if at < 0 and self._lost:
            self._rest = data[-1:]
        out.append(self._beyond())
        return b"".join(out)

    def finish(self) -> bytes:
        """Return what is left of a record whose end is missing."""
        if self._name is not None:
            self._unfinished = True
            self._keep(self._name, self._value)
        elif self._rest and not (self._lost or self._behind):
            self._field(self._rest)
        self._lines += self._rest.count(b"\n")
        return self._told()

    def problems(self, where: str) -> Iterable[Problem]:
        """Yield what a reader must know of what could not be read."""
        if self._shortened:
            yield Problem(
                where=where,
                reason=f"{_count(self._shortened, 'field is', 'fields are')} longer than {VALUE // 1024} kB; the first"
                f" {VALUE // 1024} kB of each were read",
                help="find what writes such messages; no mail or web server does",
            )
        if self._damaged:
            yield Problem(
                where=where,
                reason=f"{_count(self._damaged, 'record is', 'records are')} damaged: a field is longer than a journal takes, or"
                " does not end where it says",
                help="export again: `journalctl -o export`",
            )
        if self._unfinished:
            yield Problem(
                where=where,
                reason="the export ends in the middle of a field",
                help="it was cut off: export again, `journalctl -o export`",
            )

    # --- parts of a record -----------------------------------------------------------------------

    def _run(self, fields: bytes) -> None:
        self._lines += fields.count(b"\n")
        for name, value in _WANTED.findall(fields):
            self._keep(name, value)

    def _line(self, data: bytes, at: int, out: list[bytes]) -> int:
        """Take the line that begins at `at`; return where the next begins, -1 when its end is not here."""
        end = data.find(b"\n", at)
        if end < 0:
            return -1
        line = data[at:end]
        self._lines += 1
        if self._behind:
            self._behind = False
            if line:
                self._lose()
        elif line:
            self._field(line)
        else:
            out.append(self._told())
            more = _BLANKS.match(data, end + 1)
            if more:
                out.append(more[0])
                return more.end()
        if self._lost:  # the line feed may be the first of a blank line
            self._lines -= 1
            return end
        return end + 1

    def _skip(self, data: bytes, at: int) -> int:
        """Go to the next blank line; what lies before it cannot be told from what a field says."""
        end = data.find(b"\n\n", at)
        if end < 0:
            self._lines += data.count(b"\n", at, len(data) - 1)
            return -1
        self._lines += data.count(b"\n", at, end + 1)
        self._lost = False
        return end + 1

    def _lose(self) -> None:
        self._lost = True
        self._damaged += 1

    def _field(self, line: bytes) -> None:
        name, mark, value = line[:_KEPT].partition(b"=")
        if not _NAME.fullmatch(name):
            self._strange = self._strange or line[:200]
            self._lose()
        elif mark:
            self._keep(name, value)
        else:
            self._name, self._left, self._value = name, -1, b""

    def _binary(self, data: bytes, at: int) -> int:
        """Take what is here of a binary field; return where the next line begins, -1 when more must come."""
        if self._left < 0:
            if len(data) - at < 8:
                return -1
            self._left = int.from_bytes(data[at : at + 8], "little")
            self._lines += data.count(b"\n", at, at + 8)
            at += 8
            if self._left > LONGEST_FIELD:
                self._name, self._left = None, -1
                self._lose()
                return at
        taken = min(self._left, len(data) - at)
        self._value += data[at : at + min(taken, VALUE + 1 - len(self._value))]
        self._lines += data.count(b"\n", at, at + taken)
        self._left -= taken
        if not self._left:
            assert self._name is not None  # noqa: S101  for the type checker
            self._keep(self._name, self._value)
            self._name, self._left, self._value, self._behind = None, -1, b"", True
        return at + taken

    def _keep(self, name: bytes, value: bytes) -> None:
        if name in _NAMES and name not in self._fields:
            self._shortened += len(value) > VALUE
            self._fields[name] = _short(value)

    def _beyond(self) -> bytes:
        """Return the line feeds that are too many to be held back."""
        beyond = max(self._lines - AHEAD, 0)
        self._lines -= beyond
        return b"\n" * beyond

    def _told(self) -> bytes:
        """Return all lines of the record, and begin another one."""
        lines = self._beyond() + self._record() + b"\n" * self._lines
        self._lines = 0
        return lines

    def _record(self) -> bytes:
        """Return the record's line without its line feed, and begin another one."""
        fields, strange = self._fields, self._strange
        self._fields, self._strange = {}, b""
        if not fields and strange:
            fields = {b"UNREADABLE": strange}
        if not fields:
            return b""
        pairs = (b'"%b":"%b"' % (name, _escaped(fields[name])) for name in sorted(fields))
        return b"{" + b",".join(pairs) + b"}"


def _short(value: bytes) -> bytes:
    """Return the first `VALUE` bytes, fewer by up to three so that no character is broken."""
    end = VALUE
    while VALUE - 3 < end < len(value) and value[end] & 0xC0 == 0x80:
        end -= 1
    return value[:end]


def _escaped(value: bytes) -> bytes:
    """Return a value as it stands in a JSON string; bytes that are no UTF-8 stay, and are counted further on."""
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], value)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
