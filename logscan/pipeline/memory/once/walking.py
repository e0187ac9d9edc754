"""Days without a year -> days since 1970, in the order of a log, one reading after the other.

For: a log is read in pieces, night by night; its years must come out as if it were read as a whole. In: runs of keys in order
(see days), where the walk stood before them. Out: their days, and where it stands behind each. Never: a guess from a piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Final

from logscan.parsers.clock import SLACK, Reached, YearSource, first_year, walk
from logscan.parsers.zone import Zone
from logscan.pipeline.logs.survey import Log
from logscan.pipeline.memory.once.days import YEARLESS, is_yearless

EPOCH: Final = date(1970, 1, 1)
_LEAP: Final = date(2000, 1, 1)
#: How often a year earlier is tried.
_TRIES: Final = 12


@dataclass(frozen=True, slots=True)
class Placed:
    """The day of a run, None where there is none, and where the walk stands behind it."""

    day: int | None
    walk: Reached | None


def number(day: date) -> int:
    """Return the days since 1970."""
    return (day - EPOCH).days


def placed(keys: Iterable[int | None], log: Log, zone: Zone, before: Reached | None) -> list[Placed]:
    """Return the days of runs of lines; None for those without a time, or of a 29 February in a year without one."""
    all_keys = list(keys)
    yearless = [key - YEARLESS for key in all_keys if key is not None and is_yearless(key)]
    if before is None and yearless:
        before = _begin(yearless, log, zone)
    return list(_placed(all_keys, before))


def _placed(keys: Iterable[int | None], state: Reached | None) -> Iterator[Placed]:
    for key in keys:
        if key is None:
            yield Placed(None, state)
        elif state is not None and is_yearless(key):
            state, day = _step(state, key - YEARLESS)
            yield Placed(day, state)
        else:
            yield Placed(key, state)


def _step(state: Reached, day: int) -> tuple[Reached, int | None]:
    state, year = walk(state, day)
    return state, _there(year, day)


def _there(year: int, day: int) -> int | None:
    there = _LEAP + timedelta(days=day - 1)
    try:
        return number(there.replace(year=year))
    except ValueError:  # 29 February
        return None


def _begin(days: list[int], log: Log, zone: Zone) -> Reached:
    """Return where the walk begins: as parsers.clock does, with the log's first lines known and its end.

    A guess from the file's date was too late when several days lie beyond that; a lone one is a wrong clock.
    """
    stamp = datetime.combine(_LEAP + timedelta(days=days[0] - 1), datetime.min.time())
    year, source = first_year(
        stamp, log.source.modified, option=log.year, evidence=log.evidence, info=zone.info
    )
    if source is not YearSource.MODIFIED:
        return Reached(year=year, day=days[0])
    last = number((log.source.modified + SLACK).astimezone(zone.info).date())
    begins = [Reached(year=year + away, day=days[0]) for away in range(1, -_TRIES, -1)]
    # a year later than the first line allows: when it is the first line whose clock is wrong
    late = {begin: _late(begin, days, last) for begin in begins}
    if late[begins[0]] is _Late.LONE and not _ends_late(begins[0], days, last):
        return begins[0]
    return next((begin for begin in begins[1:] if late[begin] is not _Late.OFTEN), begins[1])


class _Late(Enum):
    """How many days of a log lie beyond the last one that can be."""

    NEVER = 0
    LONE = 1
    OFTEN = 2


def _late(state: Reached, days: list[int], last: int) -> _Late:
    """Tell whether days, or two that follow each other, lie beyond the last one; a 29 February without a year does."""
    found = _Late.NEVER
    before: int | None = None
    for day in days:
        state, there = _step(state, day)
        if there is None:
            return _Late.OFTEN
        beyond = there > last
        if beyond and before not in (None, there):
            return _Late.OFTEN
        before = there if beyond else None
        found = _Late.LONE if beyond else found
    return found


def _ends_late(state: Reached, days: list[int], last: int) -> bool:
    there: int | None = None
    for day in days:
        state, there = _step(state, day)
    return there is None or there > last


# --- on disk --------------------------------------------------------------------------------------


def written(state: Reached | None) -> str | None:
    """Return where a walk stands as `Cursor.walk`."""
    if state is None:
        return None
    far = f" {state.far[0]} {state.far[1]}" if state.far is not None else ""
    return f"{state.year} {state.day}{far}"


def read(text: str | None) -> Reached | None:
    """Return where a walk stands, as `Cursor.walk` says."""
    if text is None:
        return None
    year, day, *far = map(int, text.split())
    return Reached(year=year, day=day, far=(far[0], far[1]) if far else None)


def bounds(day: int, zone: Zone) -> tuple[datetime, datetime]:
    """Return from when to when a day lasts, in UTC; 23 or 25 hours where the clock is changed."""
    first, last = EPOCH + timedelta(days=day), EPOCH + timedelta(days=day + 1)
    since, until = (
        datetime.combine(moment, datetime.min.time(), tzinfo=zone.info).astimezone(UTC)
        for moment in (first, last)
    )
    return since, until
