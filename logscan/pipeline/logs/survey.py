"""Which logs are there, and in which order are they read?

In: paths, settings. Out: `Survey`: logs in canonical order, those that lie outside the window, problems.
Never: an order that depends on the arguments; more of a file than its ends.

Canonical order: format, first time, host, digest of the beginning, size. Names of files take no
part, so renaming them changes nothing but the places that evidence names. Time goes before the host, because
what a log server gathers may begin with any of its hosts.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from logscan.model.blocks import Source
from logscan.model.problems import NothingRead, Problem
from logscan.model.settings import Settings
from logscan.parsers.clock import NO_EVIDENCE, Calendar, Evidence
from logscan.parsers.detect import (
    Ends,
    Span,
    dated_each,
    detect_each,
    ends_of_each,
    evidence,
    may_hold,
    span,
)
from logscan.parsers.family import LineFormat, Stamp
from logscan.parsers.journal_text import other_output
from logscan.parsers.wrapping import Wrapping, wrapping
from logscan.parsers.zone import Zone, zone
from logscan.sources.discover import survey as discover
from logscan.sources.journald import Period
from logscan.sources.rotation import group
from logscan.sources.streams import keep_standard_input

#: How far a dated log's period reaches when it tells the year of a yearless one.
NEARBY = timedelta(days=1)
#: Bytes of heads and tails that are looked at together.
LOOKED_AT = 4 * 1024 * 1024
#: How far back a year is sought among dated logs.
YEARS_BACK = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A source that is read, or would be if it lay in the window.

    source: with the ends of what its server wrote. wrapping: what stands around that in the file. host: of the first record; None for web servers' logs, whose lines name none. span: see
    parsers.detect. evidence: what else is known of its year. year: of its first line, as asked.
    """

    source: Source
    format: LineFormat
    host: str | None
    span: Span
    evidence: Evidence = NO_EVIDENCE
    year: int | None = None
    wrapping: Wrapping | None = None

    @property
    def form(self) -> str:
        """The names of what is around its lines and of their format: `compose+bsd`."""
        return self.format.name if self.wrapping is None else f"{self.wrapping.name}+{self.format.name}"

    @property
    def begin(self) -> datetime | None:
        """The earliest time that its ends tell: of its last line, where the newest stands first."""
        first, last = self.span.first, self.span.last
        return first if first is None or last is None else min(first, last)

    @property
    def end(self) -> datetime:
        """The latest time that its ends tell, the latest possible where its end cannot be read."""
        first, last = self.span.first, self.span.last
        if last is None:
            return max(self.span.written, first or self.span.written) + NEARBY
        return last if first is None else max(first, last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What there is. foreign: of no known format. empty: without a byte. zone: of stamps without one."""

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
    found = discover(
        paths,
        stdin=sys.stdin.buffer if "-" in paths else None,
        period=Period(since=settings.since, until=settings.until),
    )
    wrappings = {source.path: wrapping(source.head) for source in found.sources}
    full = [_inside(source, wrappings[source.path]) for source in found.sources if source.head]
    looks = _looks(full, local)
    formats = {path: look.format for path, look in looks.items()}
    known = [source for source in full if formats[source.path] is not None]
    foreign = tuple(source for source in full if formats[source.path] is None)
    logs = []
    for files in group(known).values():
        older: Log | None = None
        dated = [looks[source.path].dated for source in files]
        for source, hint in zip(files, evidence(files, local, dated=dated), strict=True):
            look = looks[source.path]
            if look.format is not None:
                year = _year(source, look, local, settings, older)
                older = _log(source, look, local, hint, year)
                logs.append(older)
    logs = sorted(_told_years(logs, looks, settings, local), key=_canonical)
    logs = [replace(log, wrapping=wrappings[log.source.path]) for log in logs]
    if settings.year is None and any(_may_reread(log) for log in logs):
        keep_standard_input()
    inside, outside = _parted(logs, settings)
    return Survey(
        logs=inside,
        outside=outside,
        foreign=foreign,
        empty=tuple(source for source in found.sources if not source.head),
        problems=(
            *found.problems,
            *(_unknown(source, named=source.path not in found.searched) for source in foreign),
        ),
        zone=local,
    )


def narrowed(found: Survey, paths: Sequence[str], settings: Settings) -> Survey:
    """Return what `survey` would, from what it has found in `paths` without a window; journals are asked anew."""
    if any(log.source.journal is not None for log in found.logs):
        return survey(paths, settings)
    inside, outside = _parted(found.logs, settings)
    return replace(found, logs=inside, outside=outside)


def _parted(logs: Sequence[Log], settings: Settings) -> tuple[tuple[Log, ...], tuple[Log, ...]]:
    """Return the logs that may hold a line in the window, and the others."""
    holds = [may_hold(log.span, settings.since, settings.until) for log in logs]
    return (
        tuple(log for log, may in zip(logs, holds, strict=True) if may),
        tuple(log for log, may in zip(logs, holds, strict=True) if not may),
    )


def _inside(source: Source, around: Wrapping | None) -> Source:
    if around is None:
        return source
    return replace(source, head=around.peel(source.head), tail=around.peel(source.tail))


def refuse_nothing(found: Survey, paths: Sequence[str]) -> None:
    """Raise NothingRead, with what was tried, when no log was found."""
    if found.logs or found.outside:
        return
    tried = ", ".join(paths) or "/var/log"
    empty = [
        Problem(where=source.path, reason="is empty", help="look where the log goes now", unreadable=False)
        for source in found.empty
    ]
    raise NothingRead(f"nothing to read in {tried}", (*found.problems, *empty))


def nothing_inside(covered: tuple[datetime | None, datetime | None], settings: Settings) -> Iterator[Problem]:
    """Yield what to say when no line lies in the window that was asked for. covered: by all logs."""
    first, last = covered
    if first is not None and last is not None and (settings.since is not None or settings.until is not None):
        yield Problem(
            where="--since/--until",
            reason=f"no line lies in this window; the logs cover {first.isoformat()} to {last.isoformat()}",
            help="ask for a period that they cover",
            unreadable=False,
        )


def covered(found: Survey) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last time of the logs, in the window or not, as far as their ends tell."""
    logs = (*found.logs, *found.outside)
    times = [time for log in logs for time in (log.begin, log.span.last) if time is not None]
    return min(times, default=None), max(times, default=None)


def calendar(log: Log, local: Zone, first: int | None = None) -> Calendar:
    """Return a new calendar for one reading of `log`."""
    return Calendar(
        modified=log.source.modified, zone=local, option=log.year, evidence=log.evidence, first=first
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What a source's head and tail say. dated: when its first line with a year was written."""

    format: LineFormat | None
    dated: datetime | None
    ends: Ends | None


def _looks(sources: Sequence[Source], local: Zone) -> dict[str, _Look]:
    """Look at the ends of all sources, many at a time: a table costs some milliseconds, however small."""
    found: dict[str, _Look] = {}
    for some in _by_size(sources):
        heads = [source.head for source in some]
        looked = list(zip(some, detect_each(heads), dated_each(heads, local), strict=True))
        for form in {form.name: form for _, form, _ in looked if form is not None}.values():
            mine = [(source, dated) for source, own, dated in looked if own is form]
            ends = ends_of_each([source for source, _ in mine], form)
            found |= {
                source.path: _Look(format=form, dated=dated, ends=end)
                for (source, dated), end in zip(mine, ends, strict=True)
            }
        found |= {
            source.path: _Look(format=None, dated=dated, ends=None)
            for source, form, dated in looked
            if form is None
        }
    return found


def _by_size(sources: Sequence[Source]) -> Iterator[list[Source]]:
    some: list[Source] = []
    size = 0
    for source in sources:
        some.append(source)
        size += len(source.head) + len(source.tail)
        if size >= LOOKED_AT:
            yield some
            some, size = [], 0
    if some:
        yield some


def _log(source: Source, look: _Look, local: Zone, hint: Evidence, year: int | None = None) -> Log:
    assert look.format is not None  # noqa: S101  for the type checker: a log has a format
    return Log(
        source=source,
        format=look.format,
        host=look.ends.host if look.ends else None,
        span=span(source, look.format, local, year=year, known=hint, ends=look.ends),
        evidence=hint,
        year=year,
    )


def _year(source: Source, look: _Look, local: Zone, settings: Settings, older: Log | None) -> int | None:
    """Return the year that was asked for: of a rotated set's oldest file, and the others go on from there."""
    form = look.format
    if settings.year is None or form is None or form.stamp is not Stamp.YEARLESS:
        return settings.year
    if older is None or older.begin is None:
        return settings.year
    year = older.begin.astimezone(local.info).year
    first = span(source, form, local, year=year, ends=look.ends).first
    return year if first is None or first >= older.begin - NEARBY else year + 1


def _may_reread(log: Log) -> bool:
    """Return whether it is standard input whose year may turn out to be another one."""
    return log.source.identity is None and log.format.stamp is Stamp.YEARLESS


def _canonical(log: Log) -> tuple[object, ...]:
    source = log.source
    digest = hashlib.sha256(source.head).hexdigest()
    begin = log.begin or datetime.max.replace(tzinfo=UTC)
    return (log.format.name, begin, log.host or "", digest, source.size or 0, source.path)


def _told_years(logs: list[Log], looks: Mapping[str, _Look], settings: Settings, local: Zone) -> list[Log]:
    """Let logs that have their years tell those that have not, where just one year fits.

    A copy or a checkout changes a file's date, and with it the guess; an access log or an RFC 3339
    log of the same days beside it does not lie.
    """
    periods = [
        (log.begin - NEARBY, log.end + NEARBY)
        for log in logs
        if log.format.stamp is not Stamp.YEARLESS and log.begin is not None
    ]
    if settings.year is not None or not periods:
        return logs

    def told(log: Log) -> Log:
        if log.format.stamp is not Stamp.YEARLESS or log.begin is None or log.evidence != NO_EVIDENCE:
            return log
        if any(begin <= log.begin <= end for begin, end in periods):
            return log
        fitting = [
            moment
            for moment in _anniversaries(log.begin)
            if any(begin <= moment <= end for begin, end in periods)
        ]
        if len(fitting) != 1:
            return log
        return _log(log.source, looks[log.source.path], local, Evidence(near=fitting[0]))

    return [told(log) for log in logs]


def _anniversaries(moment: datetime) -> list[datetime]:
    found = []
    for year in range(moment.year - YEARS_BACK, moment.year + 2):
        try:
            found.append(moment.replace(year=year))
        except ValueError:  # 29 February
            continue
    return found


def _unknown(source: Source, *, named: bool) -> Problem:
    other = other_output(source.head)
    if other is not None:
        return Problem(where=source.path, reason=other[0], help=other[1])
    # A folder holds many logs of other kinds: alike words, so that a form can say them once.
    first = source.head.split(b"\n", 1)[0][:60].decode("utf-8", "replace")
    return Problem(
        where=source.path,
        reason=f"no known log format; it begins with: {first}" if named else "no known log format",
        help="what is read: syslog (BSD, RFC 3339, RFC 5424), the systemd journal (`journalctl -o json --all`), the error and access logs of Apache and nginx, the logs of"
        " Dovecot, php-fpm, PHP and Roundcube",
    )
