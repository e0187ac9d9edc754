"""Which logs are there, in which order are they read, and what do they overlap?

In: paths, settings. Out: `Survey`: logs in canonical order, those that lie outside the window, problems.
Never: an order that depends on the arguments; more of a file than its ends.

Canonical order: host, format, first time, digest of the beginning, size. Names of files take no
part, so renaming them changes nothing but the evidence's places.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from logscan.model.blocks import Block, Source
from logscan.model.problems import Problem
from logscan.model.settings import Settings
from logscan.parsers.clock import NO_EVIDENCE, Calendar, Evidence, YearConflict
from logscan.parsers.detect import detect
from logscan.parsers.family import LineFormat, Stamp
from logscan.parsers.lines import Plan, records
from logscan.parsers.zone import Zone, zone
from logscan.sources.discover import survey as discover

#: Stamps of one second in both files are what rotation leaves: not an overlap.
TOUCHING = timedelta(seconds=1)
#: How far a dated log's period reaches when it tells the year of a yearless one.
NEARBY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A source that is read, or would be if it lay in the window.

    first, last: of its lines, as far as its ends tell; last is the latest possible time where the
    end cannot be read without unfolding everything.
    """

    source: Source
    format: LineFormat
    host: str | None
    family: str | None
    first: datetime | None
    last: datetime | None
    evidence: Evidence = NO_EVIDENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What there is. zone: of stamps without one. empty: sources without a byte."""

    logs: tuple[Log, ...]
    outside: tuple[Log, ...]
    foreign: tuple[Source, ...]
    empty: tuple[Source, ...]
    problems: tuple[Problem, ...]
    zone: Zone

    @property
    def yearless(self) -> list[int]:
        """Indexes of the logs whose stamps have no year."""
        return [index for index, log in enumerate(self.logs) if log.format.stamp is Stamp.YEARLESS]


def survey(paths: Sequence[str], settings: Settings) -> Survey:
    """Return the logs that `paths` mean, in canonical order."""
    local = zone(settings.zone)
    found = discover(paths, stdin=sys.stdin.buffer if "-" in paths else None)
    problems = list(found.problems)
    logs: list[Log] = []
    foreign: list[Source] = []
    empty: list[Source] = []
    for source in found.sources:
        if not source.head:
            empty.append(source)
            continue
        form = detect(source.head)
        if form is None:
            foreign.append(source)
            problems.append(_unknown(source, named=source.path not in found.searched))
            continue
        logs.append(_log(source, form, settings, local, NO_EVIDENCE))
    logs = _dated(logs, settings, local)
    logs.sort(key=_canonical)
    inside = [log for log in logs if _in_window(log, settings)]
    outside = [log for log in logs if not _in_window(log, settings)]
    return Survey(
        logs=tuple(inside),
        outside=tuple(outside),
        foreign=tuple(foreign),
        empty=tuple(empty),
        problems=tuple(problems),
        zone=local,
    )


def calendar(log: Log, settings: Settings, local: Zone, first: int | None = None) -> Calendar:
    """Return a new calendar for one reading of `log`."""
    return Calendar(
        modified=log.source.modified, zone=local, option=settings.year, evidence=log.evidence, first=first
    )


def _canonical(log: Log) -> tuple[object, ...]:
    source = log.source
    digest = hashlib.sha256(source.head).hexdigest()
    first = log.first or datetime.max.replace(tzinfo=UTC)
    return (log.host or "", log.format.name, first, digest, source.size or 0, source.path)


def _log(source: Source, form: LineFormat, settings: Settings, local: Zone, evidence: Evidence) -> Log:
    head = _ends(source, source.head, form, settings, local, evidence)
    first = _bound(head, "first")
    last = source.modified + NEARBY
    if source.tail:
        # The tail's year follows from the head's: a log is read forwards.
        tail = _ends(source, source.head + source.tail, form, settings, local, evidence)
        last = _bound(tail, "last") or last
    elif source.size is not None and source.compression is None:
        last = _bound(head, "last") or last
    known = head.filter(pl.col("family").is_not_null())
    host, family = (
        (known.row(0, named=True)[name] for name in ("host", "family")) if known.height else (None, None)
    )
    return Log(
        source=source, format=form, host=host, family=family, first=first, last=last, evidence=evidence
    )


def _ends(
    source: Source, data: bytes, form: LineFormat, settings: Settings, local: Zone, evidence: Evidence
) -> pl.DataFrame:
    first: int | None = None
    block = Block(
        source=0,
        number=0,
        data=data.decode("utf-8", "replace").encode(),
        previous=b"",
        lines=data.count(b"\n"),
    )
    while True:
        years = Calendar(
            modified=source.modified, zone=local, option=settings.year, evidence=evidence, first=first
        )
        try:
            return records(block, Plan(main=form, calendar=years))
        except YearConflict as conflict:
            first = conflict.first


def _bound(rows: pl.DataFrame, which: str) -> datetime | None:
    times = rows["time"]
    found = times.min() if which == "first" else times.max()
    return found if isinstance(found, datetime) else None


def _dated(logs: list[Log], settings: Settings, local: Zone) -> list[Log]:
    """Let logs that have their years tell those that do not, where only one year fits."""
    spans = [
        (log.first - NEARBY, log.last + NEARBY)
        for log in logs
        if log.format.stamp is not Stamp.YEARLESS and log.first is not None and log.last is not None
    ]
    if settings.year is not None or not spans:
        return logs
    result = []
    for log in logs:
        if log.format.stamp is not Stamp.YEARLESS or log.first is None or _within(log.first, spans):
            result.append(log)
            continue
        fitting = sorted(
            {
                moment
                for year in range(log.first.year - 12, log.first.year + 2)
                if (moment := _in_year(log.first, year)) is not None and _within(moment, spans)
            }
        )
        if len(fitting) == 1:
            result.append(_log(log.source, log.format, settings, local, Evidence(near=fitting[0])))
        else:
            result.append(log)
    return result


def _within(moment: datetime, spans: list[tuple[datetime, datetime]]) -> bool:
    return any(begin <= moment <= end for begin, end in spans)


def _in_year(moment: datetime, year: int) -> datetime | None:
    try:
        return moment.replace(year=year)
    except ValueError:  # 29 February
        return None


def _in_window(log: Log, settings: Settings) -> bool:
    if log.first is not None and settings.until is not None and log.first >= settings.until:
        return False
    return not (log.last is not None and settings.since is not None and log.last < settings.since)


def _unknown(source: Source, *, named: bool) -> Problem:
    first = source.head.split(b"\n", 1)[0][:60].decode("utf-8", "replace")
    return Problem(
        where=source.path,
        reason=f"no known log format; it begins with: {first}",
        help="logscan reads syslog (BSD, RFC 3339, RFC 5424), Apache error and access logs, php-fpm",
        unreadable=named,
    )


def overlapping(logs: Sequence[Log]) -> tuple[tuple[int, ...], ...]:
    """Return groups of logs (indexes) whose periods overlap, so that they may repeat each other's lines.

    Only syslog's files do that: web servers' and php-fpm's logs each have lines of their own.
    """
    candidates = [
        index
        for index, log in enumerate(logs)
        if log.host is not None and log.first is not None and log.last is not None
    ]
    groups: list[list[int]] = []
    for index in candidates:
        mine = [group for group in groups if any(_overlap(logs[index], logs[other]) for other in group)]
        groups = [group for group in groups if group not in mine]
        groups.append([index, *(other for group in mine for other in group)])
    return tuple(tuple(sorted(group)) for group in groups if len(group) > 1)


def _overlap(left: Log, right: Log) -> bool:
    if left.first is None or left.last is None or right.first is None or right.last is None:
        return False
    last = {log.source.path: log.last for log in (left, right)}
    if left.source.rotation == right.source.rotation:
        # An older file of one rotated set ends where the next begins, whatever its end looks like.
        older, younger = sorted((left, right), key=lambda log: log.first or log.last)
        if older.source.compression is not None and older.first != younger.first:
            last[older.source.path] = min(filter(None, (older.last, younger.first)))
    begin = max(left.first, right.first)
    end = min(last.values())
    return end - begin > TOUCHING or (
        left.first == right.first and left.source.head[:256] == right.source.head[:256]
    )
