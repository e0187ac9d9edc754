"""The name of a log file -> which log it belongs to, and its place among the files of that log.

In: paths. Out: `stem`, the path without what a rotation added; `age`, a key that sorts the
oldest first; `order` and `group` of sources.
Never: opens a file; trusts a name for more than grouping and order (times are in the lines).

Understood: logrotate (`.1`, `.2.gz`, `-20260801.xz`, `extension`), savelog and newsyslog (`.0`, `.old`),
Postfix's own (`maillog.20260801-120000`), rotatelogs and cronolog (`.1785542400`, `.2026-08-01`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from logscan.model.blocks import Source

_COMPRESSED = re.compile(r"\.(?:gz|bz2|xz|zst|zstd)$", re.IGNORECASE)

_DAY = r"20\d\d(?P<between>[-_.]?)[01]\d(?P=between)[0-3]\d"
_CLOCK = r"(?:[-_.T]?[0-2]\d(?:[-_.:]?[0-5]\d(?:[-_.:]?[0-6]\d)?)?)?"

_DATED = re.compile(rf"[-_.](?P<when>{_DAY}{_CLOCK}|20\d\d-[01]\d)(?:-1\d{{9}})?$")
_YEAR = re.compile(r"\.(?P<when>20\d\d)$")
_EPOCH = re.compile(r"[-_.](?P<epoch>1\d{9})$")
_NUMBERED = re.compile(r"(?<!\.\d)(?<!\.\d\d)(?<!\.\d\d\d)\.(?P<number>\d{1,3})$")
_OLD = re.compile(r"\.(?:old|bak|prev)$", re.IGNORECASE)

# what stands before the extension: access-2026-08-01.log, mail.1.log
_EXTENSION = r"(?P<extension>\.(?:log|err|warn|info|txt))$"
_DATED_INSIDE = re.compile(rf"[-_.](?P<when>{_DAY}{_CLOCK}){_EXTENSION}")
_NUMBERED_INSIDE = re.compile(rf"(?<!\d)\.(?P<number>\d{{1,3}}){_EXTENSION}")

_SUFFIXES = (_DATED, _YEAR, _EPOCH, _NUMBERED, _OLD, _DATED_INSIDE, _NUMBERED_INSIDE)
_LAYERS = 3  # mail.log-20260801.1.gz has a number on top of a date

Age = tuple[int, str, int]


def stem(path: str) -> str:
    """Return `path` without its rotation and compression suffixes; the folder stays.

    >>> stem("/var/log/mail.log.2.gz")
    '/var/log/mail.log'
    """
    return _parts(path)[0]


def age(path: str) -> Age:
    """Return a key that sorts the files of one log, the oldest first, the one being written last.

    It holds for one way of rotating; where ways are mixed, dated files come before numbered ones.
    """
    return _parts(path)[1]


def order(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Return the sources by log, and within a log oldest first; the same whatever order they came in."""
    return tuple(sorted(sources, key=lambda source: (source.rotation, age(source.path), source.path)))


def group(sources: Iterable[Source]) -> dict[str, tuple[Source, ...]]:
    """Return log -> its files, oldest first; logs by name."""
    logs: dict[str, list[Source]] = {}
    for source in order(sources):
        logs.setdefault(source.rotation, []).append(source)
    return {log: tuple(files) for log, files in logs.items()}


def _parts(path: str) -> tuple[str, Age]:
    where = Path(path)
    bare = _COMPRESSED.sub("", where.name) or where.name
    when = ""
    number: int | None = None
    for _ in range(_LAYERS):
        found = next((match for suffix in _SUFFIXES if (match := suffix.search(bare))), None)
        if found is None or found.start() == 0:
            break
        marks = found.groupdict()
        bare = bare[: found.start()] + marks.get("extension", "")
        if "when" in marks or "epoch" in marks:
            when = when or _digits(marks)
        elif number is None:
            number = int(marks.get("number", "1"))  # `.old` is the generation before, as `.1` is
    return str(where.with_name(bare) if bare else where), _age(when, number)


def _age(when: str, number: int | None) -> Age:
    if when:
        return 0, when, -(number or 0)
    return (2, "", 0) if number is None else (1, "", -number)


def _digits(marks: dict[str, str]) -> str:
    """Return a date as yyyymmddhhmmss, as far as it goes; digits that are missing count as zeros."""
    if "epoch" in marks:
        return datetime.fromtimestamp(int(marks["epoch"]), UTC).strftime("%Y%m%d%H%M%S")
    return re.sub(r"\D", "", marks["when"]).ljust(14, "0")
