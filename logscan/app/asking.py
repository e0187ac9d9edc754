"""What the user asked for, from options to settings; commands and the face share it.

In: options as they were written. Out: `Settings`. Never: reads a log.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, tzinfo
from typing import Protocol

from logscan.app.times import moment
from logscan.model.problems import UsageError
from logscan.model.settings import Settings
from logscan.parsers.zone import zone


class Options(Protocol):
    """The shared options, as the user wrote them. A time without zone is in `tz`."""

    @property
    def since(self) -> str | datetime | None: ...
    @property
    def until(self) -> str | datetime | None: ...
    @property
    def tz(self) -> str | None: ...
    @property
    def year(self) -> int | None: ...
    @property
    def now(self) -> str | datetime | None: ...
    @property
    def jobs(self) -> int | None: ...
    @property
    def language(self) -> str: ...
    @property
    def patterns(self) -> tuple[str, ...]: ...


def settings_of(options: Options, *, mark: str = "--") -> Settings:
    """Return the settings that the options mean.

    mark: what stands before an option's name where the user wrote it. Raises UsageError, which names
    the option, for what cannot be read.
    """
    local = zone(options.tz).info
    clock = datetime.now(UTC)
    now = _time(options.now, clock, local, f"{mark}now")
    since = _time(options.since, now or clock, local, f"{mark}since")
    until = _time(options.until, now or clock, local, f"{mark}until")
    if since is not None and until is not None and since >= until:
        raise UsageError(f"{mark}since ({since.isoformat()}) is not before {mark}until ({until.isoformat()})")
    return Settings(
        since=since,
        until=until,
        zone=options.tz,
        year=options.year,
        now=now,
        jobs=options.jobs or cores(),
        lang=options.language,
        patterns=options.patterns,
    )


def _time(said: str | datetime | None, now: datetime, local: tzinfo, option: str) -> datetime | None:
    if said is None:
        return None
    if isinstance(said, datetime):
        return (said if said.tzinfo else said.replace(tzinfo=local)).astimezone(UTC)
    return moment(said, now=now, zone=local, option=option)


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
