"""What a log is, and which time it spans, from its first and last lines.

In: `Source.head` and `Source.tail`. Out: `detect`, the format by votes of the lines; `span`, first and
last time, and `may_hold`, whether a window can be in between; `evidence`, what the files of one log
say about each other's years.
Never: a name of a file as proof of what is in it; a format for what nobody wrote as a log.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import PurePath
from typing import Final

import polars as pl

from logscan.model.blocks import Source
from logscan.parsers import headless
from logscan.parsers.clock import NEAR, NO_EVIDENCE, SLACK, Calendar, Evidence, YearConflict, YearSource
from logscan.parsers.family import Family, LineFormat, Stamp, families
from logscan.parsers.lines import Plan, formats, moments, read_lines, taken
from logscan.parsers.zone import Zone, to_utc

#: Share of the lines that must be of a format: a log can be full of what scripts print into
#: it, a text that quotes a log line now and then is none.
SHARE: Final = 0.1
#: Share of characters that no text has.
_BINARY: Final = 0.1
_CONTROLS: Final = bytes({*range(1, 9), *range(14, 27), *range(28, 32), 127})
#: NULs fill what a crash left unwritten; more than this is a file of another kind.
_NULS: Final = 0.5
_DATE_IN_NAME: Final = re.compile(r"[-_.](20\d\d)([-_.]?)([01]\d)\2([0-3]\d)(?:\D|$)")
_NEAR: Final = timedelta(days=NEAR)
#: For a plan of which only the format counts.
_NO_CALENDAR: Final = Calendar(
    modified=datetime(2000, 1, 1, tzinfo=UTC), zone=Zone(name="UTC", source="option", info=UTC)
)
_A_YEAR: Final = timedelta(days=365) - _NEAR


def detect(head: bytes, speakers: Sequence[Family] | None = None) -> LineFormat | None:
    """Return the format of most lines of a log's head, None if it is no log that is known here.

    A vote is a line that a format really takes apart; with equal votes the order of `lines.formats`
    decides. In: whole lines, any bytes.
    """
    return detect_each([head], speakers)[0]


def detect_each(
    heads: Sequence[bytes], speakers: Sequence[Family] | None = None
) -> tuple[LineFormat | None, ...]:
    """Return the format of each log, as `detect` does: what a look at a log costs is the number of calls."""
    frame, owner = _together(heads)
    solid = Counter(owner.filter(frame["raw"].str.strip_chars() != ""))
    every = [own for own, _ in formats(families() if speakers is None else speakers)]
    best: dict[int, tuple[int, LineFormat]] = {}
    whole = pl.Series(dtype=pl.UInt32)
    for own in every:
        left = frame
        if own.name == headless.NAME:  # a line with its header is none that lost it
            left = frame.filter(~pl.col("row").is_in(whole.implode()))
        mine = left.filter(own.looks) if left.height else left
        may = Counter(owner.gather(mine["row"]))
        if not any(count > best[log][0] if log in best else count for log, count in may.items()):
            continue
        rows = own.split(mine).filter(pl.col("text").is_not_null()).get_column("row").unique()
        whole = pl.concat([whole, rows])
        for log, votes in Counter(owner.gather(rows)).items():
            if log not in best or votes > best[log][0]:
                best[log] = (votes, own)
    return tuple(
        best[log][1] if log in best and best[log][0] >= SHARE * solid[log] and not _binary(head) else None
        for log, head in enumerate(heads)
    )


def _together(texts: Sequence[bytes]) -> tuple[pl.DataFrame, pl.Series]:
    """Return the lines of all texts as one table, and of each line the number of its text."""
    clean = [_text(data) for data in texts]
    ended = [data if not data or data.endswith(b"\n") else data + b"\n" for data in clean]
    counts = pl.Series([data.count(b"\n") for data in ended], dtype=pl.Int64)
    owner = pl.select(pl.int_range(len(texts), dtype=pl.UInt32).repeat_by(counts).explode()).to_series()
    return read_lines(b"".join(ended)), owner.drop_nulls()


def _binary(head: bytes) -> bool:
    controls = len(head) - len(head.translate(None, _CONTROLS))
    broken = head.decode(errors="replace").count("\ufffd")
    return controls + broken > _BINARY * len(head) or head.count(0) > _NULS * len(head)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From when to when a source reaches, in UTC, as far as its ends tell.

    first: time of the first line of the head that has one. last: of the tail's last one; None when there is
    no tail. year, year_source: of the first yearless line, None where there is none. written: when the
    source was last modified. Where the year comes from `modified` both times are the latest possible.
    """

    first: datetime | None
    last: datetime | None
    year: int | None
    year_source: YearSource | None
    written: datetime


@dataclass(frozen=True, slots=True)
class Stamps:
    """The stamps of some lines in order: naive times, and what each lacks (`lines.LACK`)."""

    naive: pl.Series
    lack: pl.Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """What a source's head and tail say of when and where it was written. host: of the first record."""

    head: Stamps
    tail: Stamps
    host: str | None


def ends_of_each(
    sources: Sequence[Source], main: LineFormat | None, speakers: Sequence[Family] | None = None
) -> tuple[Ends, ...]:
    """Return the ends of each source; all are of the format `main`."""
    known = families() if speakers is None else speakers
    plan = Plan(main=main, calendar=_NO_CALENDAR)
    texts = [text for source in sources for text in (source.head, source.tail)]
    frame, owner = _together(texts)
    if frame.is_empty():
        nothing = Stamps(pl.Series(dtype=pl.Datetime("us")), pl.Series(dtype=pl.UInt8))
        return (Ends(head=nothing, tail=nothing, host=None),) * len(sources)
    table = taken(frame, plan, known)
    whose = owner.gather(table["row"])
    counts = Counter(whose)
    spoken = table.select("host", whose.alias("text")).drop_nulls().unique("text", keep="first")
    hosts = dict(spoken.select("text", "host").iter_rows())
    found, begin = [], 0
    for number in range(len(texts)):
        rows = slice(begin, begin + counts[number])
        found.append(Stamps(table["time"][rows], table["lack"][rows]))
        begin = rows.stop
    return tuple(
        Ends(head=found[2 * number], tail=found[2 * number + 1], host=hosts.get(2 * number))
        for number in range(len(sources))
    )


def span(
    source: Source,
    main: LineFormat | None,
    zone: Zone,
    *,
    year: int | None = None,
    known: Evidence = NO_EVIDENCE,
    speakers: Sequence[Family] | None = None,
    ends: Ends | None = None,
) -> Span:
    """Return the time that `source` spans.

    main: what `detect` said. year: of the first line, if the user gave it. known: see `evidence`.
    ends: what `ends_of_each` gave for it, where that was asked already.
    """
    calendar = partial(Calendar, modified=source.modified, zone=zone, evidence=known)
    ends = ends or ends_of_each([source], main, speakers)[0]
    times, found = _read(ends.head, partial(calendar, option=year))
    first, last = _end(times, 0), None
    if first is not None and source.tail:
        if found.year_source in (None, YearSource.MODIFIED):
            last = _end(_read(ends.tail, calendar)[0], -1)
        else:
            # the first year in which the end does not come before the beginning
            years = range(first.year - 1, first.year + 3)
            lasts = (_end(_read(ends.tail, partial(calendar, option=option))[0], -1) for option in years)
            last = next((end for end in lasts if end is not None and first - end <= _NEAR), None)
        if found.year is not None and last is not None and first - last > _NEAR:
            # no log goes back so far: its first line must be of the year before
            times, found = _read(ends.head, partial(calendar, first=found.year - 1))
            first = _end(times, 0)
    return Span(
        first=first, last=last, year=found.year, year_source=found.year_source, written=source.modified
    )


def first_time(
    source: Source, main: LineFormat | None, zone: Zone, *, year: int | None = None
) -> datetime | None:
    """Return the time in UTC of the first line of `source` that has one."""
    return span(source, main, zone, year=year).first


def last_time(
    source: Source, main: LineFormat | None, zone: Zone, *, year: int | None = None
) -> datetime | None:
    """Return the time in UTC of the last line of `source` that has one, None where there is no tail."""
    return span(source, main, zone, year=year).last


def may_hold(span: Span, since: datetime | None, until: datetime | None) -> bool:
    """Tell whether a source can have lines in the half-open window; True when that is not known.

    A day of slack covers lines out of order.
    """
    if span.first is None:
        return True
    # in a log that has its newest line first, the last one is the earliest
    first, end = span.first, span.last
    if end is not None and end < first:
        first, end = end, first
    if until is not None and first >= until + SLACK and span.year_source is not YearSource.MODIFIED:
        return False
    if end is None and first <= span.written + SLACK:
        end = span.written + SLACK
    elif (
        end is not None
        and span.year_source not in (None, YearSource.MODIFIED)
        and span.written - end > _A_YEAR
    ):
        end = None  # it may go on for years that its ends do not show
    return since is None or end is None or end >= since - SLACK


def evidence(
    files: Sequence[Source],
    zone: Zone,
    speakers: Sequence[Family] | None = None,
    dated: Sequence[datetime | None] | None = None,
) -> tuple[Evidence, ...]:
    """Return for each file of one log, the oldest first, what is known about its year.

    From lines with a full date, in the file and in its neighbours, and from dates in rotated files' names.
    dated: what `dated_each` gave for them, where that was asked already.
    """
    if dated is None:
        dated = dated_each([source.head for source in files], zone, speakers)
    named = [_date_in_name(source.path, zone.info) for source in files]
    found = []
    for index, name in enumerate(named):
        # a file is given its date when it is put away, so nothing in it is of a later day
        later = [name + timedelta(days=1)] if name is not None else []
        later += [moment for moment in dated[index + 1 :] if moment is not None]
        earlier = [moment for moment in (*dated[:index], *named[:index]) if moment is not None]
        near = dated[index]
        found.append(Evidence(near=near, before=min(later, default=None), after=max(earlier, default=None)))
    return tuple(found)


def dated_each(
    heads: Sequence[bytes], zone: Zone, speakers: Sequence[Family] | None = None
) -> tuple[datetime | None, ...]:
    """Return for each head the time of its first line whose stamp has a year."""
    frame, owner = _together(heads)
    best: dict[int, tuple[int, datetime]] = {}
    for own, _ in formats(families() if speakers is None else speakers):
        if own.stamp is Stamp.YEARLESS or own.name == headless.NAME:
            continue
        mine = frame.filter(own.looks)
        timed = own.split(mine).filter(pl.col("time").is_not_null()) if mine.height else mine
        if timed.is_empty():
            continue
        whose = owner.gather(timed["row"]).alias("log")
        first = timed.select("row", "time", whose).unique("log", keep="first", maintain_order=True)
        time = first["time"] if own.stamp is Stamp.ZONED else to_utc(first["time"], zone.info)[0]
        for log, row, moment in zip(first["log"], first["row"], time, strict=True):
            if log not in best or row < best[log][0]:
                best[log] = (row, moment)
    return tuple(best[log][1] if log in best else None for log in range(len(heads)))


def _date_in_name(path: str, info: tzinfo) -> datetime | None:
    found = _DATE_IN_NAME.search(PurePath(path).name)
    try:
        return found and datetime(int(found[1]), int(found[3]), int(found[4]), tzinfo=info).astimezone(UTC)
    except ValueError:
        return None


def _read(stamps: Stamps, calendar: Callable[..., Calendar]) -> tuple[pl.Series, Calendar]:
    """Return the moments of some stamps, nulls left out, and the calendar that gave them."""
    first: int | None = None
    while True:
        own = calendar() if first is None else calendar(first=first)
        try:
            return moments(stamps.naive, stamps.lack, own, 0).drop_nulls(), own
        except YearConflict as conflict:
            first = conflict.first


def _end(times: pl.Series, place: int) -> datetime | None:
    return times.item(place) if len(times) else None


def _text(data: bytes) -> bytes:
    return data.decode(errors="replace").encode()
