"""What a driver saw while a storm blew, and the truth.json made of it.

For: every storm. In: attempts of people and programs that the driver played. Out: outages and truth.json.
Never: a log.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def stamp(when: float | None) -> str | None:
    """RFC 3339 in UTC, to the millisecond."""
    if when is None:
        return None
    return datetime.fromtimestamp(when, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Diary:
    """Attempts by service: (time at which the answer was there, it worked, time at which it was asked)."""

    tries: dict[str, list[tuple[float, bool, float]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, service: str, *, ok: bool, asked: float | None = None, when: float | None = None) -> None:
        """Write down one answer, now unless `when` says otherwise."""
        with self.lock:
            now = time.time() if when is None else when
            self.tries.setdefault(service, []).append((now, ok, now if asked is None else asked))

    def outages(self, service: str, gap: float, least: int) -> list[dict[str, str | None]]:
        """Runs of failures, from the first to the success after the last.

        Two failures belong together when they are no further apart than `gap`, or nothing worked between them.
        """
        told = []
        tries = sorted(self.tries.get(service, []))
        bad = [when for when, ok, _ in tries if not ok]
        asked = {when: since for when, _, since in tries}
        runs: list[list[float]] = []
        for when in bad:
            last = runs[-1][-1] if runs else -gap
            silent = not any(ok and last < good < when for good, ok, _ in tries)
            if runs and (silent or when - last <= gap):
                runs[-1].append(when)
            else:
                runs.append([when])
        for each in runs:
            if len(each) < least:
                continue
            end = next((when for when, ok, _ in tries if ok and when > each[-1]), None)
            first = stamp(min(asked[when] for when in each))
            told.append(
                {"service": service, "begin": stamp(each[0]), "end": stamp(end), "first_asked": first}
            )
        return told

    def all_outages(self, gap: float, least: int) -> list[dict[str, str | None]]:
        """The outages of every service."""
        return [each for service in sorted(self.tries) for each in self.outages(service, gap, least)]

    def counts(self) -> dict[str, list[int]]:
        """Successes and failures by service."""
        return {
            service: [sum(ok for _, ok, _ in tries), sum(not ok for _, ok, _ in tries)]
            for service, tries in sorted(self.tries.items())
        }


@dataclass
class Truth:
    """The keys of truth.json; see sample-logs/storms/README.md."""

    name: str
    title: str
    made_by: str
    servers: list[str]
    how: str
    settings: dict[str, float]
    root: dict[str, Any] | None
    look_alike: bool = False
    rhythm: dict[str, Any] | bool | None = None
    decisive: list[str] = field(default_factory=list)
    or_lines: str | None = None
    look_at: list[str] = field(default_factory=list)
    outages: list[dict[str, str | None]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    attempts: dict[str, list[int]] = field(default_factory=dict)
    unseen: list[str] = field(default_factory=list)  # services whose failures leave no line in any log
    year: int = 2026

    def write(self, place: Path) -> None:
        """Write truth.json."""
        told = {
            "name": self.name,
            "title": self.title,
            "made_by": self.made_by,
            "servers": self.servers,
            "how": self.how,
            "year": self.year,
            "tz": "Etc/UTC",
            "settings": self.settings,
            "look_alike": self.look_alike,
            "root": self.root,
            "outages": [each | {"in_log": each["service"] not in self.unseen} for each in self.outages],
            "rhythm": self.rhythm,
            "decisive": self.decisive,
            "or_lines": self.or_lines,
            "without": {"look_at": self.look_at},
            "events": self.events,
            "attempts": self.attempts,
        }
        place.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
