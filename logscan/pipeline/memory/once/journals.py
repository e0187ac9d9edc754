"""The systemd journal, which is asked day by day: it can be, and its records come in the order in which they were written.

In: logs that are journals, cursors. Out: `Kept`: the days that are over and were not asked for yet. Never: a place in a journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from logscan.parsers.zone import Zone
from logscan.pipeline.logs.survey import Log
from logscan.pipeline.memory.once import walking
from logscan.sources.cursors import JOURNAL, Cursor


@dataclass(frozen=True, slots=True)
class Kept:
    """A journal. before: its cursor; first: the day to begin with; today: the one that is not over."""

    log: Log
    before: Cursor | None
    first: int
    today: int

    def days(self) -> range:
        """Return the days to ask for."""
        return range(self.first, self.today)

    def cursor(self, until: int, seen: str) -> Cursor | None:
        """Return the cursor for when all days before `until` are stored."""
        source = self.log.source
        last = min(until, self.today) - 1
        if last < self.first:
            return self.before
        device, inode = source.identity or (0, 0)
        return Cursor(
            path=source.path,
            rotation=source.rotation,
            device=device,
            inode=inode,
            compression=JOURNAL,
            size=0,
            mtime_ns=0,
            offset=0,
            lines=0,
            read=0,
            held="",
            head="",
            head_bytes=0,
            tail="",
            finished=False,
            day=(walking.EPOCH + timedelta(days=last)).isoformat(),
            walk=None,
            seen=seen,
        )


def kept(logs: Sequence[Log], cursors: Sequence[Cursor], today: int, zone: Zone) -> tuple[Kept, ...]:
    """Return what is to be asked of each journal."""
    known = {cursor.path: cursor for cursor in cursors if cursor.compression == JOURNAL}
    found = []
    for log in logs:
        before = known.get(log.source.path)
        if before is not None and before.day is not None:
            first = walking.number(date.fromisoformat(before.day)) + 1
        elif log.begin is not None:
            first = walking.number(log.begin.astimezone(zone.info).date())
        else:
            first = today
        found.append(Kept(log=log, before=before, first=first, today=today))
    return tuple(found)
