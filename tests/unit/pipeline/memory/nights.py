"""Nightly runs over a folder of small logs."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from logscan.model.problems import Problem
from logscan.model.settings import Settings
from logscan.parsers.zone import zone
from logscan.pipeline.memory.once.cutting import Pending, pending
from logscan.pipeline.memory.once.spooling import Spool, spool
from logscan.sources.cursors import Cursor

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def line(at: datetime, text: str, *, host: str = "mx1") -> str:
    """Return a line with all that a stamp can have."""
    return f"{at.isoformat()} {host} postfix/smtpd[7]: warning: {text}\n"


def put(path: Path, *lines: str, written: datetime | None = None, mode: str = "a") -> Path:
    """Write lines to the end of a log, with the date of the last write."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open(mode, newline="") as file:
        file.writelines(lines)
    if written is not None:
        os.utime(path, (written.timestamp(), written.timestamp()))
    return path


@dataclass
class Machine:
    """A folder of logs and what is remembered of it."""

    root: Path
    zone: str = "UTC"
    cursors: tuple[Cursor, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)  # (day, last word of each line)
    spools: list[Spool] = field(default_factory=list)
    nights: int = 0

    @property
    def logs(self) -> Path:
        return self.root / "log"

    def find(self, until: datetime, *paths: str) -> Pending:
        return pending(
            paths or [str(self.logs)], Settings(zone=self.zone), self.cursors, until, zone(self.zone)
        )

    def night(self, until: datetime, *paths: str, steps: int | None = None) -> list[tuple[str, str]]:
        """Run once; return day and last word of every line. steps: before this one the power fails."""
        self.nights += 1
        found = self.find(until, *paths)
        self.problems = list(found.problems)
        self.spools = []
        said: list[tuple[str, str]] = []
        for number, step in enumerate(found.steps):
            if number == steps:
                return said
            told = spool(step, self.root / f"{self.nights}-{number}")
            self.spools.append(told)
            self.problems += told.problems
            for file in told.files:
                text = Path(file.path).read_bytes().decode("utf-8", "replace")
                said += [(f"{step.day:%d}", each.split()[-1]) for each in text.split("\n") if each.strip()]
            self.cursors = told.after
        self.cursors = found.after
        self.told += said
        return said
