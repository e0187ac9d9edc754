"""What a log is, and which time it spans, from its first and last lines.

In: `Source.head` and `Source.tail`. Out: `detect`, the format by votes of the lines; `span`, first and
last time, and `may_hold`, whether a window can be in between; `evidence`, what the files of one log
say about each other's years.
Never: a name of a file as proof of what is in it; a format for what nobody wrote as a log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import PurePath
from typing import Final

import polars as pl

from logscan.model.blocks import Block, Source
from logscan.parsers.clock import NEAR, NO_EVIDENCE, SLACK, Calendar, Evidence, YearConflict, YearSource
from logscan.parsers.family import Family, LineFormat, Stamp, families
from logscan.parsers.lines import Plan, formats, read_lines, records
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
_A_YEAR: Final = timedelta(days=365) - _NEAR


def detect(head: bytes, speakers: Sequence[Family] | None = None) -> LineFormat | None:
    """Return the format of most lines of a log's head, None if it is no log that is known here.

    A vote is a line that a format really takes apart; with equal votes the order of `lines.formats`
    decides. In: whole lines, any bytes.
    """
    frame = read_lines(_text(head))
    solid = frame.filter(pl.col("raw").str.strip_chars() != "")
    if solid.is_empty() or _binary(head):
        return None
    every = [own for own, _ in formats(families() if speakers is None else speakers)]
    looks = frame.select(own.looks.alias(str(index)) for index, own in enumerate(every))
    votes = [0] * len(every)
    for index, own in enumerate(every):
        mine = frame.filter(looks.get_column(str(index)))
        if mine.height > max(votes):
            votes[index] = own.split(mine).filter(pl.col("text").is_not_null()).get_column("row").n_unique()
    best = max(votes)
    return every[votes.index(best)] if best and best >= SHARE * solid.height else None


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


def span(
    source: Source,
    main: LineFormat | None,
    zone: Zone,
    *,
    year: int | None = None,
    known: Evidence = NO_EVIDENCE,
    speakers: Sequence[Family] | None = None,
) -> Span:
    """Return the time that `source` spans.

    main: what `detect` said. year: of the first line, if the user gave it. known: see `evidence`.
    """
    calendar = partial(Calendar, modified=source.modified, zone=zone, evidence=known)
    read = partial(_read, main=main, speakers=speakers)
    times, found = read(source.head, partial(calendar, option=year))
    first, last = _end(times, 0), None
    if first is not None and source.tail:
        if found.year_source in (None, YearSource.MODIFIED):
            last = _end(read(source.tail, calendar)[0], -1)
        else:
            # the first year in which the end does not come before the beginning
            years = range(first.year - 1, first.year + 3)
            ends = (_end(read(source.tail, partial(calendar, option=option))[0], -1) for option in years)
            last = next((end for end in ends if end is not None and first - end <= _NEAR), None)
        if found.year is not None and last is not None and first - last > _NEAR:
            # no log goes back so far: its first line must be of the year before
            times, found = read(source.head, partial(calendar, first=found.year - 1))
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
    if until is not None and span.first >= until + SLACK and span.year_source is not YearSource.MODIFIED:
        return False
    end = span.last
    if end is None and span.first <= span.written + SLACK:
        end = span.written + SLACK
    elif (
        end is not None
        and span.year_source not in (None, YearSource.MODIFIED)
        and span.written - end > _A_YEAR
    ):
        end = None  # it may go on for years that its ends do not show
    return since is None or end is None or end >= since - SLACK


def evidence(
    files: Sequence[Source], zone: Zone, speakers: Sequence[Family] | None = None
) -> tuple[Evidence, ...]:
    """Return for each file of one log, the oldest first, what is known about its year.

    From lines with a full date, in the file and in its neighbours, and from dates in rotated files' names.
    """
    known = families() if speakers is None else speakers
    dated = [_dated(source, zone.info, known) for source in files]
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


def _dated(source: Source, info: tzinfo, speakers: Sequence[Family]) -> datetime | None:
    """Return the time of the first line of the head whose stamp has a year."""
    frame = read_lines(_text(source.head))
    best: tuple[int, datetime] | None = None
    for own, _ in formats(speakers):
        mine = frame.filter(own.looks) if own.stamp is not Stamp.YEARLESS else frame.clear()
        timed = own.split(mine).filter(pl.col("time").is_not_null()) if mine.height else mine
        if timed.height and (best is None or timed.item(0, "row") < best[0]):
            time = timed.get_column("time").head(1)
            time = time if own.stamp is Stamp.ZONED else to_utc(time, info)[0]
            best = timed.item(0, "row"), time.item()
    return best[1] if best else None


def _date_in_name(path: str, info: tzinfo) -> datetime | None:
    found = _DATE_IN_NAME.search(PurePath(path).name)
    try:
        return found and datetime(int(found[1]), int(found[3]), int(found[4]), tzinfo=info).astimezone(UTC)
    except ValueError:
        return None


def _read(
    data: bytes,
    calendar: Callable[..., Calendar],
    *,
    main: LineFormat | None,
    speakers: Sequence[Family] | None,
) -> tuple[pl.Series, Calendar]:
    """Return the times of some lines, nulls left out, and the calendar that gave them."""
    text = _text(data)
    block = Block(source=0, number=0, data=text, previous=b"", lines=0)
    first: int | None = None
    while True:
        own = calendar() if first is None else calendar(first=first)
        try:
            table = records(block, Plan(main=main, calendar=own), speakers)
        except YearConflict as conflict:
            first = conflict.first
            continue
        return table.get_column("time").drop_nulls(), own


def _end(times: pl.Series, place: int) -> datetime | None:
    return times.item(place) if len(times) else None


def _text(data: bytes) -> bytes:
    return data.decode(errors="replace").encode()
