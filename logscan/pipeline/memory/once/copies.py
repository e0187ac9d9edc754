"""Logs that tell the same under two names: the new lines of one of them are all there is.

For: `mail.log` and a backup of it, a file and its compressed copy while it is being written, `mail.log` and `mail.info` of one
configuration. In: logs and where to go on in each. Out: `copies`. Never: a log taken for a copy by its beginning alone; one compared
whose beginning is its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from logscan.model.problems import Problem
from logscan.sources.compression import Pieces
from logscan.sources.cursors import Due
from logscan.sources.streams import read_bytes


def copies(found: Sequence[Due]) -> dict[int, int]:
    """Return by number each log whose new text is, to its end, that of another one, and the number of that."""
    alike: dict[tuple[bytes, int], list[int]] = {}
    for index, due in enumerate(found):
        if not due.idle and due.start:
            first = due.start[: due.start.find(b"\n") + 1] or due.start
            alike.setdefault((first, due.offset), []).append(index)
    told: dict[int, int] = {}
    for group in alike.values():
        # what is cheap to read, and holds most, is read for the others
        ordered = sorted(group, key=lambda index: _worth(found[index]))
        for at, index in enumerate(ordered):
            others = [other for other in ordered[:at] if other not in told]
            _compare(found, index, others, told)
    return told


def _worth(due: Due) -> tuple[bool, int, str]:
    source = due.source
    return source.compression is not None, -(source.size or 0), source.path


def _compare(found: Sequence[Due], index: int, others: Sequence[int], told: dict[int, int]) -> None:
    """Find out whether a log is a copy of one of the others, or one of them of it."""
    for other in others:
        this_ends, other_ends = _common(found[index], found[other])
        if this_ends:
            told[index] = other
            return
        if other_ends:
            told |= {copy: index for copy, of in told.items() if of == other} | {other: index}


def _common(one: Due, other: Due) -> tuple[bool, bool]:
    """Tell of two texts whether each ends before they differ."""
    left, right = (read_bytes(due.source, begin=due.offset) for due in (one, other))
    try:
        a = b = b""
        while True:
            a = a or _next(left)
            b = b or _next(right)
            size = min(len(a), len(b))
            if not size:
                return not a, not b
            if a[:size] != b[:size]:
                return False, False
            a, b = a[size:], b[size:]
    finally:
        left.close()
        right.close()


def _next(pieces: Pieces) -> bytes:
    """Return the next bytes, none at the end."""
    return next((piece for piece in pieces if not isinstance(piece, Problem)), b"")
