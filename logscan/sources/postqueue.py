"""What waits in Postfix's queue: `postqueue -j`, from a file, from standard input, or asked of Postfix itself.

In: `live`, `-` or a path. Out: entries, and what was wrong with lines. Never: more of a line than LONGEST; a word of a
stranger's handed to another program: `postqueue -j` is all that is ever run, without a shell.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from logscan.model.problems import Problem, UsageError

#: Whoever wants the running Postfix asked says so.
LIVE: Final = "live"
LONGEST: Final = 8 * 1024 * 1024
_PATIENCE_S: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A mail in the queue. recipients: address and why it waits, None where Postfix has not tried. held: on hold."""

    queue_id: str
    arrival: datetime | None
    sender: str
    recipients: tuple[tuple[str, str | None], ...]
    held: bool = False


def queue(where: str) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """Return what waits, in the order of the queue, and which lines could not be read.

    where: LIVE, `-` or a path. Raises UsageError when there is nothing to be read there.
    """
    entries: list[Entry] = []
    problems: list[Problem] = []
    name = "standard input" if where == "-" else where
    with _opened(where) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            entry = _entry(line)
            if isinstance(entry, Entry):
                entries.append(entry)
            else:
                help_ = "give what `postqueue -j` prints, as it is"
                problems.append(Problem(where=f"{name}:{number}", reason=entry, help=help_))
    return tuple(entries), tuple(problems)


@contextmanager
def _opened(where: str) -> Iterator[Iterable[bytes]]:
    if where == LIVE:
        yield _asked().split(b"\n")
    elif where == "-":
        yield _bounded(sys.stdin.buffer)
    else:
        try:
            with Path(where).open("rb") as stream:
                yield _bounded(stream)
        except OSError as error:
            raise UsageError(f"--queue: cannot read {where}: {error.strerror}") from error


def _bounded(stream: Any) -> Iterator[bytes]:
    """Yield lines, each at most LONGEST; of a longer one the rest is skipped, and the line will not be JSON."""
    while line := stream.readline(LONGEST):
        yield line
        while not line.endswith(b"\n") and (line := stream.readline(LONGEST)):
            pass


def _asked() -> bytes:
    """Return what `postqueue -j` prints. Raises UsageError when it is not there or fails."""
    try:
        done = subprocess.run(
            ["postqueue", "-j"],  # noqa: S607  where it lies differs from system to system
            capture_output=True,
            check=False,
            timeout=_PATIENCE_S,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError as error:
        raise UsageError("--queue live: there is no postqueue here; give a file with its output") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"--queue live: postqueue -j gave no answer: {error}") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip() or f"it ended with {done.returncode}"
        raise UsageError(f"--queue live: postqueue -j failed: {said}")
    return done.stdout


def _entry(line: bytes) -> Entry | str:
    """Return the mail that a line tells of, or what is wrong with the line."""
    try:
        table = json.loads(line)
    except (ValueError, RecursionError):
        return "is not JSON"
    if not isinstance(table, dict) or not isinstance(table.get("queue_id"), str):
        return "is not what postqueue -j prints: there is no queue_id"
    recipients = table.get("recipients")
    if not isinstance(recipients, list):
        return "is not what postqueue -j prints: there are no recipients"
    return Entry(
        queue_id=table["queue_id"],
        arrival=_moment(table.get("arrival_time")),
        sender=_text(table.get("sender")) or "",
        recipients=tuple(
            (address, _text(one.get("delay_reason")))
            for one in recipients
            if isinstance(one, dict) and (address := _text(one.get("address"))) is not None
        ),
        held=table.get("queue_name") == "hold",
    )


def _text(value: Any) -> str | None:
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else None


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None
