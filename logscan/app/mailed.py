"""What was mailed: when something was last sent to whom, and the Message-IDs that do not count in reports.

In: a state folder, times. Out: `Mailed`. Never: grows with the years; loses what another run writes at the same time.

One JSON file, `mailed.json`. What cannot be read is as good as nothing: an ID that is forgotten is a mail that is counted.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from logscan.app.files import private_folder, write_whole
from logscan.model.report import Asked

NAME: Final = "mailed.json"
SCHEMA: Final = "logscan.mailed/1"
#: How long an ID can matter: a month, the one that it is compared with, and days in the queue. And how many.
DAYS: Final = timedelta(days=100)
IDS: Final = 1000
#: How long before a period a mail may have been sent that stands in its logs, and how far clocks may be apart.
BACK: Final = timedelta(days=8)
AHEAD: Final = timedelta(days=1)
#: Addresses whose last mail is remembered.
ADDRESSES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """ids: Message-ID without brackets -> when it was made. last: address -> when something was sent there last."""

    ids: Mapping[str, datetime] = field(default_factory=dict)
    last: Mapping[str, datetime] = field(default_factory=dict)

    def since(self, recipients: Sequence[str]) -> datetime | None:
        """Return since when at least one of the recipients has had nothing; None if one never had anything."""
        times = [self.last.get(one) for one in recipients]
        known = [time for time in times if time is not None]
        return min(known) if known and len(known) == len(times) else None


def mailed(state: Path) -> Mailed:
    """Return what is remembered; nothing where there is no file, or none that can be read."""
    try:
        table = json.loads((state / NAME).read_bytes())
    except (OSError, ValueError, RecursionError):
        return Mailed()
    if not isinstance(table, dict) or table.get("schema") != SCHEMA:
        return Mailed()
    return Mailed(ids=_times(table.get("ids")), last=_times(table.get("last")))


def sent_ids(state: Path, asked: Asked) -> frozenset[str]:
    """Return the IDs of own mails that may stand in the logs of the periods."""
    since = min(period.since for period in (asked.period, asked.before, *asked.weekday))
    ids = mailed(state).ids
    return frozenset(one for one, at in ids.items() if since - BACK <= at < asked.period.until + AHEAD)


def every_id(state: Path) -> frozenset[str]:
    """Return the IDs of all own mails that can still matter."""
    return frozenset(mailed(state).ids)


def remember_id(state: Path, message_id: str, now: datetime) -> None:
    """Remember an ID before its mail leaves. Raises OSError."""
    _change(state, lambda old: replace(old, ids={**old.ids, message_id: now}), now)


def remember_sent(state: Path, recipients: Sequence[str], now: datetime) -> None:
    """Remember that something was sent. Raises OSError."""
    _change(state, lambda old: replace(old, last={**old.last, **dict.fromkeys(recipients, now)}), now)


def _change(state: Path, change: Callable[[Mailed], Mailed], now: datetime) -> None:
    private_folder(state)
    with _alone(state):
        new = change(mailed(state))
        ids = {name: time for name, time in new.ids.items() if abs(now - time) <= DAYS}
        table = {"schema": SCHEMA, "ids": _stamps(ids, IDS), "last": _stamps(new.last, ADDRESSES)}
        write_whole(state / NAME, json.dumps(table, indent=1).encode() + b"\n")


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """Hold the lock of the file while it is changed: two runs may end at once."""
    with (state / f".{NAME}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stamps(times: Mapping[str, datetime], most: int) -> dict[str, str]:
    newest = sorted(times.items(), key=lambda item: (item[1], item[0]))[-most:]
    return {name: time.isoformat() for name, time in newest}


def _times(said: Any) -> dict[str, datetime]:
    times = {}
    for name, text in said.items() if isinstance(said, dict) else ():
        try:
            time = datetime.fromisoformat(text)
        except (TypeError, ValueError):
            continue
        times[name] = time if time.tzinfo else time.replace(tzinfo=UTC)
    return times
