"""What is remembered from run to run: one SQLite file in a folder of its own.

In: a folder; bytes by day, kind and number; cursors as JSON. Out: the same. Never: knows what the bytes mean; half of a
change: what belongs together is one transaction; two writers: the second is told that one is at work.

    note(name, value)                    version of the file, when it was last cleaned
    cursor(place, value)                 how far each log has been read, as JSON
    part(day, number, kind, form, body)  what a stretch of a local day said; number: a day may come in several stretches

SQLite's own journal makes a change whole or undone, whenever the process dies (https://www.sqlite.org/atomiccommit.html).
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from logscan.model.problems import LogscanError

#: Raised with every change of the tables below.
VERSION: Final = 1
NAME: Final = "state.sqlite"
LOCK: Final = "lock"

_TABLES: Final = """
CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE cursor (place INTEGER PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE part (
    day TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, form TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (day, number, kind)
) STRICT, WITHOUT ROWID;
"""


class Locked(LogscanError):
    """Another run is at work on the same memory."""


class Broken(LogscanError):
    """The memory cannot be read, or is a newer program's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a stretch of a day said, of one kind. form: see store.codec."""

    day: date
    number: int
    kind: str
    form: str
    body: bytes


class Store:
    """A memory that is open for one run. Made by `opened`."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._connection = connection
        self.folder = folder

    def cursors(self) -> list[dict[str, Any]]:
        """Return how far each log has been read, in no order that means anything."""
        rows = self._connection.execute("SELECT value FROM cursor ORDER BY place")
        return [json.loads(value) for (value,) in rows]

    def days(self) -> list[date]:
        """Return the days of which something is known, in order."""
        rows = self._connection.execute("SELECT DISTINCT day FROM part ORDER BY day")
        return [date.fromisoformat(day) for (day,) in rows]

    def parts(self, kind: str, first: date, last: date) -> Iterator[Part]:
        """Yield what is known of one kind, from a day to a day, both included, in order."""
        rows = self._connection.execute(
            "SELECT day, number, kind, form, body FROM part WHERE kind = ? AND day BETWEEN ? AND ?"
            " ORDER BY day, number",
            (kind, first.isoformat(), last.isoformat()),
        )
        for day, number, name, form, body in rows:
            yield Part(day=date.fromisoformat(day), number=number, kind=name, form=form, body=body)

    def add(
        self,
        day: date,
        parts: Mapping[str, tuple[str, bytes]],
        cursors: Iterable[Mapping[str, Any]],
        notes: Mapping[str, str] | None = None,
    ) -> None:
        """Remember a further stretch of a day, and how far the logs have been read for it: all or nothing.

        parts: kind -> form, body. cursors: of all logs. notes: name -> value.
        """
        with self._whole():
            (number,) = self._connection.execute(
                "SELECT COALESCE(MAX(number), 0) + 1 FROM part WHERE day = ?", (day.isoformat(),)
            ).fetchone()
            reached("part")
            self._connection.executemany(
                "INSERT INTO part VALUES (?, ?, ?, ?, ?)",
                [(day.isoformat(), number, kind, form, body) for kind, (form, body) in parts.items()],
            )
            reached("cursor")
            self._read_to(cursors)
            for name, value in (notes or {}).items():
                self._note(name, value)
            reached("commit")
        reached("done")

    def read_to(self, cursors: Iterable[Mapping[str, Any]]) -> None:
        """Remember how far the logs have been read, where they said nothing new."""
        with self._whole():
            self._read_to(cursors)

    def forget(self, kinds: Sequence[str], before: date) -> int:
        """Forget what is known of days before `before`. Return of how many days that was."""
        marks = ", ".join("?" * len(kinds))
        with self._whole():
            (days,) = self._connection.execute(
                f"SELECT COUNT(DISTINCT day) FROM part WHERE kind IN ({marks}) AND day < ?",  # noqa: S608  only marks
                (*kinds, before.isoformat()),
            ).fetchone()
            self._connection.execute(
                f"DELETE FROM part WHERE kind IN ({marks}) AND day < ?",  # noqa: S608
                (*kinds, before.isoformat()),
            )
            reached("forget")
        return int(days)

    def empty(self) -> None:
        """Forget everything."""
        with self._whole():
            for table in ("part", "cursor", "note"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608
            reached("empty")

    def note(self, name: str) -> str | None:
        """Return what was noted under a name."""
        row = self._connection.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def take_note(self, name: str, value: str) -> None:
        """Note something under a name."""
        with self._whole():
            self._note(name, value)

    def _note(self, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def _read_to(self, cursors: Iterable[Mapping[str, Any]]) -> None:
        self._connection.execute("DELETE FROM cursor")
        self._connection.executemany(
            "INSERT INTO cursor (value) VALUES (?)", [(json.dumps(dict(one)),) for one in cursors]
        )

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Make what happens inside one change."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """Open the memory in `folder`, which is made if it is not there, for this process alone.

    Raises Locked when another run has it, Broken when it is no memory that this version reads.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Broken(f"{folder}: {error.strerror}: nothing can be remembered there") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Locked(f"{folder}: another run is at work on this memory") from error
        yield from _connected(folder)
    finally:
        os.close(lock)


def _connected(folder: Path) -> Iterator[Store]:
    path = folder / NAME
    try:
        # Made before SQLite makes it, readable by nobody else: it holds addresses.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(path, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise Broken(f"{path}: {error}") from error
    try:
        try:
            _ready(connection, path)
        except sqlite3.DatabaseError as error:
            raise Broken(f"{path}: {error}: move it away, or run with --rebuild") from error
        try:
            yield Store(connection, folder)
        except sqlite3.Error as error:  # the disk is full, or somebody has removed the file
            raise Broken(f"{path}: {error}") from error
    finally:
        connection.close()


def _ready(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA synchronous = FULL")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
    elif version != VERSION:
        raise Broken(
            f"{path}: was written by another version ({version}, and not {VERSION}): run with --rebuild"
        )


def discard(folder: Path) -> None:
    """Remove the memory in a folder, whatever state it is in. Raises Locked when a run is at work on it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for suffix in ("", "-journal"):
            (folder / f"{NAME}{suffix}").unlink(missing_ok=True)
    except BlockingIOError as error:
        raise Locked(f"{folder}: another run is at work on this memory") from error
    finally:
        os.close(lock)


def reached(_point: str) -> None:
    """Mark a point at which a run may die; tests put something else here."""
