"""The year that syslog leaves out, and with it the moment of every line of a log.

In: naive times (yearless ones in the year 2000) in the order of the log; what is known about its year.
Out: `first_year`; `Calendar`, which gives a whole log's times while several threads read it.
Never: a clock of its own; an answer that depends on how the log is cut into blocks.

The first line's year is the latest that puts it at or before the log's last modification. From there
the days are walked in order; of the two ways around the year from one day to the next, the one back is
gone while it is at most `NEAR` days, else the one ahead. So a straggler of 31 December after New Year
lies in the old year, and a lone line from another month leads there and back. A leap further ahead
is believed only when the log goes on from there to another day. If the log then goes beyond its last
modification, the first guess was too late, and `YearConflict` names a better one. A day of slack stands
for zones that are not what we think they are.
"""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from threading import Condition, Lock
from typing import Final, Generic, TypeVar

import polars as pl

from logscan.model.problems import Problem
from logscan.parsers.zone import Doubt, Zone, to_utc

NEAR: Final = 92  # days: a quarter; logs laid together in the wrong order go back by weeks
SLACK: Final = timedelta(days=1)
_CIRCLE: Final = 366  # days in the year 2000
#: How far from what is known a year is sought; eight years may lie between two 29ths of February.
_YEARS: Final = 12
_NEW_YEAR: Final = datetime(2000, 1, 1)  # noqa: DTZ001  naive, as every local time here

State = TypeVar("State")


class YearSource(StrEnum):
    """Where the year of stamps without year comes from."""

    OPTION = "option"
    LOG = "log"
    MODIFIED = "modified"
    WEEKDAY = "weekday"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What else is known about when a log's first yearless line was written; all in UTC.

    near: a dated line of the same log. before: it was not written later than this (the date in a
    rotated file's name, the first time of the next younger file). after: nor earlier than this (the
    last time of the next older file). weekday: its weekday, Monday is 0.
    """

    near: datetime | None = None
    before: datetime | None = None
    after: datetime | None = None
    weekday: int | None = None


NO_EVIDENCE: Final = Evidence()


def first_year(
    stamp: datetime,
    modified: datetime,
    *,
    option: int | None = None,
    evidence: Evidence = NO_EVIDENCE,
    info: tzinfo = UTC,
) -> tuple[int, YearSource]:
    """Return the year of a log's first yearless line, and where it comes from.

    stamp: naive local time, its year means nothing. modified: of the log, UTC. option: wins over all.
    The latest year that puts the stamp at or before `modified` (with a day of slack), unless
    `evidence` says better. A 29 February only fits leap years.
    """
    if option is not None:
        return option, YearSource.OPTION
    if evidence.near is not None:
        near = _local(evidence.near, info)
        years = range(near.year - _YEARS, near.year + _YEARS)
        there = [moment for year in years if (moment := _in_year(stamp, year))]
        return min(there, key=lambda moment: (abs(moment - near), moment)).year, YearSource.LOG
    last = _local(modified, info) + SLACK
    source = YearSource.MODIFIED
    if evidence.before is not None and _local(evidence.before, info) < last:
        last, source = _local(evidence.before, info), YearSource.LOG
    years_back = range(last.year, last.year - 4 * _YEARS, -1)
    fitting = [moment for year in years_back if (moment := _in_year(stamp, year)) and moment <= last]
    of_weekday = [moment for moment in fitting if moment.weekday() == evidence.weekday]
    found = (of_weekday or fitting)[0]
    if of_weekday:
        source = YearSource.WEEKDAY
    if evidence.after is not None and found < (floor := _local(evidence.after, info) - SLACK):
        years_on = range(floor.year, floor.year + _YEARS)
        found = next(moment for year in years_on if (moment := _in_year(stamp, year)) and moment >= floor)
        source = YearSource.LOG
    return found.year, source


def _local(moment: datetime, info: tzinfo) -> datetime:
    return moment.astimezone(info).replace(tzinfo=None)


def _in_year(stamp: datetime, year: int) -> datetime | None:
    try:
        return stamp.replace(year=year)
    except ValueError:  # 29 February
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Where the walk through a log's days has come to.

    year, day: day of the year, 1 to 366, counted as in the year 2000, so that a date has one number.
    far: where a leap ahead led that nothing has confirmed yet. late: the day before this one in the log,
    if it was beyond the log's last modification.
    """

    year: int
    day: int
    far: tuple[int, int] | None = None
    late: int | None = None


def walk(reached: Reached, day: int) -> tuple[Reached, int]:
    """Go on to the next line's day. Return where the walk is then, and that line's year.

    Taking the same day twice changes nothing, so a cut between two lines of a day does not either.
    """
    near = _apart(reached.day, day)
    if reached.far is not None:
        year, far = reached.far
        if _apart(far, day) < near and _apart(far, day) <= NEAR:
            year = _year_of(year, far, day)
            if day == far:
                return reached, year
            return replace(reached, year=year, day=day, far=None), year
    year = _year_of(reached.year, reached.day, day)
    if near <= NEAR:
        return replace(reached, year=year, day=day, far=None), year
    return replace(reached, far=(year, day)), year


def _apart(left: int, right: int) -> int:
    ahead = (right - left) % _CIRCLE
    return min(ahead, _CIRCLE - ahead)


def _year_of(year: int, day: int, to: int) -> int:
    """Return the year of day `to` when the walk is at `day` of `year`."""
    back = (day - to) % _CIRCLE
    if 0 < back <= NEAR:
        return year - (to > day)
    return year + (to < day)


class YearConflict(Exception):
    """The first guess of the year does not fit the rest of the log: read it again, with `first`."""

    def __init__(self, first: int) -> None:
        super().__init__(f"the log's first yearless line must be of {first}")
        self.first = first


class Chain(Generic[State]):
    """What each block of a log must know of those before it, handed on from block to block.

    Blocks are numbered from 0 without gaps, and worked on in order of their numbers, several at a time:
    `take(n)` waits until the block before has given. `fail` ends all waiting.
    """

    def __init__(self, start: State) -> None:
        self._states: dict[int, State] = {0: start}
        self._error: BaseException | None = None
        self._changed = Condition()

    def take(self, number: int) -> State:
        """Return the state at the beginning of block `number`; raise what `fail` was given."""
        with self._changed:
            self._changed.wait_for(lambda: self._error is not None or number in self._states)
            if self._error is not None:
                raise self._error
            return self._states[number]

    def give(self, number: int, state: State) -> None:
        """Say what the state is at the beginning of block `number`."""
        with self._changed:
            self._states[number] = state
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """Let everybody who waits, now or later, get `error`; the first one counts."""
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()

    def last(self) -> State:
        """Return the state behind the last block that was worked on."""
        with self._changed:
            return self._states[max(self._states)]


class Calendar:
    """The years and moments of one log, while its blocks are read by several threads.

    One for each reading of a log. `first`: the year of its first yearless line, from a `YearConflict`.
    After the last block: `finish`, then `year` and `year_source` for the reader, `problems` for doubts.
    """

    def __init__(
        self,
        *,
        modified: datetime,
        zone: Zone,
        option: int | None = None,
        evidence: Evidence = NO_EVIDENCE,
        first: int | None = None,
    ) -> None:
        self.zone = zone
        self._modified = modified
        self._last = _local(modified, zone.info) + SLACK
        self._option = option
        self._evidence = evidence
        self._first = first
        self._chain: Chain[Reached | None] = Chain(None)
        self._lock = Lock()
        self._doubt = Doubt()
        self._impossible = 0
        self.year: int | None = None
        self.year_source: YearSource | None = None

    def dated(self, number: int, times: pl.Series) -> pl.Series:
        """Return the times of block `number` in their years.

        In: the block's yearless times in order, naive, in the year 2000, nulls stay. Every block must come
        by, also one without any. Out: naive local times; null for a 29 February in a year without one.
        Raises YearConflict, in this and in all waiting threads.
        """
        days, which = _runs(times)
        try:
            state = self._chain.take(number)
            shifts: list[timedelta | None] = []
            for day in days:
                if day is None:
                    shifts.append(None)
                    continue
                state, shift = self._step(state or self._begin(times.drop_nulls().item(0)), day)
                shifts.append(shift)
            self._chain.give(number + 1, state)
        except BaseException as error:
            self._chain.fail(error)
            raise
        if len(set(shifts)) == 1 and shifts[0] is not None:
            return times + shifts[0]
        if len(days) == 1:
            which = pl.zeros(len(times), dtype=pl.UInt32, eager=True)
        dated = times + pl.Series(shifts, dtype=pl.Duration("us")).gather(which)
        with self._lock:
            self._impossible += dated.null_count() - times.null_count()
        return dated

    def moments(self, local: pl.Series) -> pl.Series:
        """Return the moments in UTC of naive local times, and remember how many were in doubt."""
        moments, doubt = to_utc(local, self.zone.info)
        if doubt != Doubt():
            with self._lock:
                self._doubt += doubt
        return moments

    def abandon(self, error: BaseException) -> None:
        """Wake whoever waits for a block that will never be read."""
        self._chain.fail(error)

    def finish(self) -> None:
        """Say that the last block was read. Raises YearConflict when the log ended beyond its end."""
        state = self._chain.last()
        if state is not None and state.late is not None and (first := self._earlier()) is not None:
            raise YearConflict(first)

    def problems(self, where: str) -> tuple[Problem, ...]:
        """Return what a reader must know about these times. where: the log's path."""
        told = []
        advice = "let the logger write RFC 3339 stamps with an offset"
        if self._doubt.ambiguous:
            told.append(
                f"{self._doubt.ambiguous} lines are of an hour that the clock in {self.zone.name} showed twice;"
                " they are taken for the earlier one"
            )
        if self._doubt.missing:
            told.append(
                f"{self._doubt.missing} lines are of an hour that the clock in {self.zone.name} skipped;"
                " they are taken as if it had not been put forward yet"
            )
        if self._impossible:
            told.append(
                f"{self._impossible} lines are of a 29 February in a year without one; they have no time"
            )
            advice = "give the year of the first line with --year"
        return tuple(Problem(where=where, reason=text, help=advice, unreadable=False) for text in told)

    def _begin(self, stamp: datetime) -> Reached:
        year, source = first_year(
            stamp, self._modified, option=self._option, evidence=self._evidence, info=self.zone.info
        )
        if self._first is not None:
            year, source = self._first, YearSource.MODIFIED
        self.year, self.year_source = year, source
        return Reached(year=year, day=stamp.timetuple().tm_yday)

    def _step(self, state: Reached, day: int) -> tuple[Reached, timedelta | None]:
        """Go on to `day`. Return where the walk is then, and what to add to that day's times."""
        state, year = walk(state, day)
        there = _in_year(_NEW_YEAR + timedelta(days=day - 1), year)
        if there is None:
            first = self._earlier(leap=year)
            if first is not None:
                raise YearConflict(first)
            return replace(state, late=None), None
        if self.year_source is YearSource.MODIFIED and there > self._last:
            first = self._earlier()
            if first is not None and state.late not in (None, day):
                raise YearConflict(first)
            # perhaps a lone line with a wrong stamp: better a year early than from the future
            return replace(state, late=day), _shift(day, year - 1)
        return replace(state, late=None), _shift(day, year)

    def _earlier(self, leap: int | None = None) -> int | None:
        """Return the next earlier guess of the first year, one that makes `leap` a leap year; or None."""
        if self.year is None or self.year_source is not YearSource.MODIFIED:
            return None
        back = next(n for n in range(1, 2 * _YEARS) if leap is None or isleap(leap - n))
        first = self.year - back
        return first if first >= self._last.year - _YEARS else None


def _runs(times: pl.Series) -> tuple[list[int | None], pl.Series]:
    """Return the days of the year in order, each run of equal days once, and the run of each time."""
    low, high = times.min(), times.max()
    if isinstance(low, datetime) and isinstance(high, datetime) and low.date() == high.date():
        return [low.timetuple().tm_yday], pl.Series()  # of one day, and not looked at any further
    days = times.dt.ordinal_day().cast(pl.Int64)
    return days.rle().struct.field("value").to_list(), days.rle_id()


def _shift(day: int, year: int) -> timedelta | None:
    """What to add to the times of a day of the year 2000 to bring them into `year`."""
    there = _in_year(_NEW_YEAR + timedelta(days=day - 1), year)
    return None if there is None else there - _NEW_YEAR - timedelta(days=day - 1)
