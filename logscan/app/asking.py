"""What the user asked for, from options to settings; commands and the face share it.

In: options as they were written. Out: `Settings`. Never: reads a log.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Protocol

from logscan.app.times import moment
from logscan.model.problems import UsageError
from logscan.model.settings import Settings
from logscan.parsers.zone import zone


class Options(Protocol):
    """The shared options, as the user wrote them."""

    @property
    def since(self) -> str | None: ...
    @property
    def until(self) -> str | None: ...
    @property
    def tz(self) -> str | None: ...
    @property
    def year(self) -> int | None: ...
    @property
    def now(self) -> str | None: ...
    @property
    def jobs(self) -> int | None: ...
    @property
    def language(self) -> str: ...
    @property
    def patterns(self) -> tuple[str, ...]: ...


def settings_of(options: Options) -> Settings:
    """Return the settings that the options mean. Raises UsageError for what cannot be read."""
    local = zone(options.tz).info
    clock = datetime.now(UTC)
    now = moment(options.now, now=clock, zone=local, option="--now") if options.now else None

    def window(text: str | None, option: str) -> datetime | None:
        return moment(text, now=now or clock, zone=local, option=option) if text else None

    since, until = window(options.since, "--since"), window(options.until, "--until")
    if since is not None and until is not None and since >= until:
        raise UsageError(f"--since ({since.isoformat()}) is not before --until ({until.isoformat()})")
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


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
