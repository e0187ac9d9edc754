"""Which period does a report tell of, and what is it compared with?

In: what the user asked for, the clock, a zone. Out: `model.report.Asked`. Never: reads a log; a day of 24 hours where the
clock was changed: days, weeks and months are the calendar's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from logscan.model.problems import UsageError
from logscan.model.report import Asked, Stretch

#: Lengths of `--period`.
LENGTHS: Final = ("day", "week", "month")
#: A window up to this long has a weekday; a day may have 25 hours.
SHORT: Final = timedelta(hours=25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Times in UTC, as asked for. date: somewhere in the period. since, until: instead of it."""

    length: str = "day"
    date: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None


def asked(wish: Wish, now: datetime, zone: tzinfo, weeks: int) -> Asked:
    """Return the period that is meant, the last whole one by default, and those to compare it with.

    A period that goes on ends now, and is compared with as much of the others. weeks: how many of them.
    Raises UsageError for one that has not begun.
    """
    if wish.since is not None or wish.until is not None:
        return _window(wish, now, zone, weeks)
    first = _first(wish.date, wish.length, zone) if wish.date else _last_whole(wish.length, now, zone)
    begin, whole = _utc(first, zone), _utc(_step(first, wish.length, 1), zone)
    so_far = None if whole <= now else _local(now, zone) - first
    if begin >= now:
        raise UsageError(f"--date: the {wish.length} of {first:%Y-%m-%d} has not begun")
    period = Stretch(since=begin, until=min(whole, now))

    def earlier(back: int) -> Stretch:
        """Return the period so many lengths earlier, and of it as much as there is of ours."""
        start, end = (_step(first, wish.length, step) for step in (-back, 1 - back))
        end = end if so_far is None else min(start + so_far, end)
        return Stretch(since=_utc(start, zone), until=_utc(end, zone))

    if wish.length == "day":
        others = tuple(_moved(period, zone, -7 * back) for back in range(1, weeks + 1))
    else:
        others = tuple(earlier(back) for back in range(1, weeks + 1)) if wish.length == "week" else ()
    return Asked(period=period, length=wish.length, before=earlier(1), weekday=others, now=now)


def _window(wish: Wish, now: datetime, zone: tzinfo, weeks: int) -> Asked:
    until = min(wish.until or now, now)
    since = wish.since or _utc(_first(until - timedelta(microseconds=1), "day", zone), zone)
    if since >= until:
        raise UsageError("--since: this period has not begun")
    period = Stretch(since=since, until=until)
    length = _local(until, zone) - _local(since, zone)
    before = Stretch(since=_utc(_local(since, zone) - length, zone), until=since)
    short = until - since <= SHORT
    others = tuple(_moved(period, zone, -7 * back) for back in range(1, weeks + 1)) if short else ()
    return Asked(period=period, length="window", before=before, weekday=others, now=now)


def _moved(period: Stretch, zone: tzinfo, days: int) -> Stretch:
    """Return a period some days away, by the local clock."""
    since, until = (_utc(_local(t, zone) + timedelta(days=days), zone) for t in (period.since, period.until))
    return Stretch(since=since, until=until)


def _last_whole(length: str, now: datetime, zone: tzinfo) -> datetime:
    return _step(_first(now, length, zone), length, -1)


def _first(time: datetime, length: str, zone: tzinfo) -> datetime:
    """Return the local beginning of the day, the week (Monday) or the month of a time; without zone."""
    day = _local(time, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if length == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if length == "month" else day


def _step(first: datetime, length: str, count: int) -> datetime:
    """Return the local beginning so many days, weeks or months later."""
    if length != "month":
        return first + timedelta(days=count * (7 if length == "week" else 1))
    months = first.year * 12 + first.month - 1 + count
    return first.replace(year=months // 12, month=months % 12 + 1)


def _local(time: datetime, zone: tzinfo) -> datetime:
    return time.astimezone(zone).replace(tzinfo=None)


def _utc(local: datetime, zone: tzinfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)
