"""The zone of stamps that have none, and their moments in UTC.

In: `--tz`, else the system's settings; naive local times. Out: `Zone`; `to_utc`, moments and how many of
them could be read in two ways (`Doubt`).
Never: a guess where something was said that is not understood; an answer that depends on other lines.

A time that the clock showed twice is the earlier moment; one that it skipped is read with the offset
from before it was put forward, as most software does. Both are counted.
"""

from __future__ import annotations

import os
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from pathlib import Path

import polars as pl

from logscan.model.problems import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """The zone of stamps without one. name: IANA name or offset. source: option or system."""

    name: str
    source: str
    info: tzinfo


_OFFSET = re.compile(r"(?:UTC|GMT)?(?P<sign>[+-])(?P<h>[01]?\d)(?::?(?P<m>[0-5]\d))?")
_POSIX = re.compile(r"(?:[A-Za-z]{3,}|<[^<>]+>)(?P<sign>[+-]?)(?P<h>[01]?\d)(?::(?P<m>[0-5]\d))?")


def zone(option: str | None = None, environ: Mapping[str, str] | None = None, root: Path = Path("/")) -> Zone:
    """Return the zone that the user named, else the system's.

    option: IANA name, or an offset like `+08:00`. The system's: TZ, /etc/localtime (which the C library
    reads too, so it goes before), /etc/timezone; where there is none of them, the C library takes UTC.
    Raises UsageError for a name or a TZ that is no zone, instead of a guess.
    """
    if option is not None:
        info = _named(option) or _fixed(_OFFSET.fullmatch(option.strip()))
        if info is None:
            raise UsageError(
                f"no time zone {option!r}: give a name like Europe/Berlin or an offset like +08:00"
            )
        return Zone(name=str(info), source="option", info=info)
    said = (os.environ if environ is None else environ).get("TZ", "").removeprefix(":")
    if said and not said.startswith("/"):
        info = _named(said) or _posix(_POSIX.fullmatch(said))
        if info is None:
            raise UsageError(f"the environment variable TZ={said!r} is no time zone known here: give --tz")
    else:
        link = root / said.lstrip("/") if said else root / "etc/localtime"
        info = _linked(link) or _written(root / "etc/timezone") or _copied(link) or UTC
    return Zone(name=str(info), source="system", info=info)


def _named(name: str) -> tzinfo | None:
    if name.strip().upper() in ("UTC", "Z"):
        return UTC
    try:
        return zoneinfo.ZoneInfo(name.strip())
    except (KeyError, ValueError, OSError):  # unknown; not a relative path; a folder
        known = {found.casefold(): found for found in zoneinfo.available_timezones()}
        found = known.get(name.strip().casefold())
        return zoneinfo.ZoneInfo(found) if found else None


def _fixed(found: re.Match[str] | None, *, west: bool = False) -> tzinfo | None:
    if found is None:
        return None
    away = timedelta(hours=int(found["h"]), minutes=int(found["m"] or 0))
    return timezone(-away if (found["sign"] == "-") != west else away)


def _posix(found: re.Match[str] | None) -> tzinfo | None:
    return _fixed(found, west=True)  # CST-8 lies east of Greenwich


def _linked(link: Path) -> tzinfo | None:
    _, _, name = os.path.realpath(link).partition("/zoneinfo/")
    return _named(name.removeprefix("posix/")) if name else None


def _written(path: Path) -> tzinfo | None:
    try:
        return _named(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return None


def _copied(path: Path) -> tzinfo | None:
    """Return the zone whose rules are in this file, by its name if it can be found."""
    try:
        rules = path.read_bytes()
        with path.open("rb") as file:
            nameless = zoneinfo.ZoneInfo.from_file(file, key="localtime")
    except (OSError, ValueError):
        return None
    for name in sorted(zoneinfo.available_timezones()):
        for folder in zoneinfo.TZPATH:
            candidate = Path(folder, name)
            if candidate.is_file() and candidate.read_bytes() == rules:
                return zoneinfo.ZoneInfo(name)
    return nameless


@dataclass(frozen=True, slots=True)
class Doubt:
    """How many stamps a clock showed twice (ambiguous), or never (missing)."""

    ambiguous: int = 0
    missing: int = 0

    def __add__(self, other: Doubt) -> Doubt:
        """Add up the counts."""
        return Doubt(self.ambiguous + other.ambiguous, self.missing + other.missing)


@dataclass(frozen=True, slots=True)
class _Day:
    """Offset at the beginning of a local day, and the one from `turn` (local, naive) on."""

    before: timedelta
    turn: datetime | None = None
    after: timedelta = timedelta()


@lru_cache(maxsize=4096)
def _day(info: tzinfo, day: date) -> _Day:
    def offset(at: datetime) -> timedelta:
        return at.replace(tzinfo=info, fold=0).utcoffset() or timedelta()

    low = datetime.combine(day, time.min)
    high = low + timedelta(days=1)
    before, after = offset(low), offset(high)
    if before == after:
        return _Day(before)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if offset(middle) == before else (low, middle)
    return _Day(before, high, after)


def to_utc(local: pl.Series, info: tzinfo) -> tuple[pl.Series, Doubt]:
    """Return the moments of naive local times (Datetime us, nulls stay), and how many were in doubt."""
    low, high, doubt = local.min(), local.max(), Doubt()
    if info is UTC or not isinstance(low, datetime) or not isinstance(high, datetime):
        return local.dt.replace_time_zone("UTC"), doubt
    if low.date() == high.date():
        days = {low.date(): _day(info, low.date())}
        moments = local - days[low.date()].before
    else:
        dates = local.dt.date()
        runs = dates.rle().struct.field("value")
        days = {day: _day(info, day) for day in runs.drop_nulls()}
        away = [None if day is None else days[day].before for day in runs]
        moments = local - pl.Series(away, dtype=pl.Duration("us")).gather(dates.rle_id())
    for day, rules in days.items():
        if rules.turn is not None:
            late = (local >= rules.turn) & (local < datetime.combine(day, time.min) + timedelta(days=1))
            moments = moments.zip_with(~late.fill_null(value=False), local - rules.after)
    # what a turn just after midnight makes doubtful reaches into the day before it
    near = set(days) | {day + timedelta(days=1) for day in days}
    for rules in {_day(info, day) for day in near}:
        if rules.turn is not None:
            ahead = rules.after > rules.before
            first = rules.turn - abs(rules.after - rules.before)
            count = int(((local >= first) & (local < rules.turn)).sum())
            doubt += Doubt(missing=count) if ahead else Doubt(ambiguous=count)
    return moments.dt.replace_time_zone("UTC"), doubt
