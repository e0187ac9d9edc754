"""The lines of one day, copied out of their logs into a private folder of plain files that the verbs can read.

In: a `Step`, a folder. Out: `Spool`. Never: a byte of a line changed; a file that others may read; a cursor that says more than what
was copied.
"""

from __future__ import annotations

import bisect
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from logscan.model.problems import Problem
from logscan.pipeline.memory.once import runs, walking
from logscan.pipeline.memory.once.cutting import Piece, Step
from logscan.pipeline.memory.once.runs import Run
from logscan.sources.cursors import TAIL, Cursor, digest
from logscan.sources.streams import read_bytes

_COMPRESSED: Final = re.compile(r"\.(?:gz|bz2|xz|zst|zstd)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """A file that was written. origin: the log's path. lines: (line in the file, line in the log) where each run begins."""

    path: str
    origin: str
    lines: tuple[tuple[int, int], ...]

    def locate(self, line: int) -> int:
        """Return the number in the log of a line of the file, both from 1.

        >>> Spooled(path="0/mail.log", origin="mail.log", lines=((1, 8), (3, 20))).locate(4)
        21
        """
        mine, there = self.lines[bisect.bisect_right(self.lines, line, key=lambda run: run[0]) - 1]
        return there + line - mine


@dataclass(frozen=True, slots=True, kw_only=True)
class Spool:
    """What was copied. paths: what the verbs are to read: the files, and journals. after: all cursors to be stored with what is made of it."""

    paths: tuple[str, ...]
    files: tuple[Spooled, ...]
    problems: tuple[Problem, ...]
    after: tuple[Cursor, ...]


def spool(step: Step, folder: Path) -> Spool:
    """Copy the lines of a step into `folder`, which is made.

    Files of one folder go into one folder, a number, so that what belongs together still does. A log that cannot be read any more
    is a Problem, and its lines are left for the next run. Raises OSError when the folder cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    places = _Places(folder)
    files, problems = [], []
    for piece in step.pieces:
        if piece.number in step.work.failed:
            continue
        path = places.of(piece.log.source.path)
        problem = _copy(piece, path, step.until)
        if problem is None:
            files.append(Spooled(path=str(path), origin=piece.log.source.path, lines=_lines(piece.runs)))
        else:
            problems.append(problem)
            path.unlink(missing_ok=True)
            step.work.failed[piece.number] = _before(step, piece)
    return Spool(
        paths=(*(file.path for file in files), *step.whole),
        files=tuple(files),
        problems=tuple(problems),
        after=step.work.after(walking.number(step.day) + 1),
    )


def _before(step: Step, piece: Piece) -> int:
    """Return the day until which a log's lines were stored before this step; `NEVER` if none of this run."""
    day = walking.number(step.day)
    return day if any(other < day for other in step.work.readings[piece.number].days()) else runs.NEVER


class _Places:
    """Where each log's lines go."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers: dict[tuple[str, int], Path] = {}
        self._taken: set[Path] = set()

    def of(self, path: str) -> Path:
        """Return the file for the lines of a log; two that would have one name are not of one folder any more."""
        origin = Path(path)
        name = _COMPRESSED.sub("", origin.name) or origin.name
        for turn in range(len(self._taken) + 1):
            key = (str(origin.parent), turn)
            if key not in self._numbers:
                self._numbers[key] = self._folder / str(len(self._numbers))
                self._numbers[key].mkdir(mode=0o700)
            place = self._numbers[key] / name
            if place not in self._taken:
                break
        self._taken.add(place)
        return place


def _copy(piece: Piece, path: Path, written: datetime) -> Problem | None:
    """Copy runs of lines; the file is as old as they are."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        problem = _copied(piece, file.write)
    if problem is None:
        os.utime(path, (written.timestamp(), written.timestamp()))
    return problem


def _copied(piece: Piece, write: Callable[[bytes], object]) -> Problem | None:
    """Hand the bytes of the runs to `write`, and compare the end with what it was when the days were told."""
    end = piece.runs[-1].end
    at = max(piece.runs[0].begin - TAIL, 0)
    before, problem = b"", None
    index = 0
    for data in read_bytes(piece.log.source, begin=at, end=end):
        if isinstance(data, Problem):
            problem = problem or data
            continue
        index = _write(data, at, piece.runs, index, write)
        before = (before + data)[-TAIL:]
        at += len(data)
    if at == end and digest(before) == piece.runs[-1].seal:
        return None
    return problem or runs.rewritten(piece.log.source.path)


def _write(data: bytes, at: int, parts: Sequence[Run], index: int, write: Callable[[bytes], object]) -> int:
    """Write what of the data lies in runs, from the one at `index` on; return the one that goes on behind it."""
    while index < len(parts):
        run = parts[index]
        wanted = data[max(run.begin - at, 0) : max(run.end - at, 0)]
        if wanted:
            write(wanted)
        if run.end > at + len(data):
            break
        index += 1
    return index


def _lines(parts: Sequence[Run]) -> tuple[tuple[int, int], ...]:
    """Return where the runs begin, in the file and in the log."""
    found, line = [], 1
    for run in parts:
        found.append((line, run.line))
        line += run.lines
    return tuple(found)
