"""Small logs, written as the test wants them."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from logscan.model.settings import Settings
from logscan.pipeline.logs.reading import Reading
from logscan.pipeline.logs.survey import Survey, survey

SETTINGS = Settings(zone="UTC", jobs=1)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def bsd(
    time: datetime,
    text: str = "warning: something is odd",
    *,
    host: str = "mx1",
    program: str = "postfix/smtpd[7]",
) -> str:
    """Return a line without year and zone."""
    return f"{time:%b} {time.day:2} {time:%H:%M:%S} {host} {program}: {text}\n"


def iso(
    time: datetime,
    text: str = "warning: something is odd",
    *,
    host: str = "mx1",
    program: str = "postfix/smtpd[7]",
) -> str:
    """Return a line whose stamp lacks nothing."""
    return f"{time.isoformat()} {host} {program}: {text}\n"


def access(time: datetime) -> str:
    """Return a line of a web server."""
    return f'192.0.2.1 - - [{time:%d/%b/%Y:%H:%M:%S} +0000] "GET / HTTP/1.1" 200 5 "-" "-"\n'


def deferred(
    time: datetime,
    queue_id: str,
    recipient: str = "a@b.example",
    *,
    reply: str = "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.25]",
) -> str:
    """Return the delivery of a mail that a remote put off."""
    text = (
        f"{queue_id}: to=<{recipient}>, relay=mx.b.example[198.51.100.1]:25, delay=1, delays=0/0/1/0, dsn=4.7.1, "
        f"status=deferred (host mx.b.example[198.51.100.1] said: {reply} (in reply to RCPT TO command))"
    )
    return bsd(time, text, program="postfix/smtp[20]")


def write(path: Path, lines: Iterable[str], *, written: datetime | None = None) -> str:
    """Write a log, compressed if its name says so; return its path. written: what its date says."""
    data = "".join(lines).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    if written is not None:
        os.utime(path, (written.timestamp(), written.timestamp()))
    return str(path)


def surveyed(*paths: str | Path, settings: Settings = SETTINGS) -> Survey:
    """Return what there is at `paths`."""
    return survey([str(path) for path in paths], settings)


def reading(
    *paths: str | Path, settings: Settings = SETTINGS, firsts: dict[int, int] | None = None
) -> Reading:
    """Return a reading of the logs at `paths`."""
    found = surveyed(*paths, settings=settings)
    return Reading(logs=found.logs, settings=settings, zone=found.zone, firsts=firsts or {})
