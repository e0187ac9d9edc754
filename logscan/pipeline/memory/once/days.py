"""Lines of a log -> the day of each, as far as its stamp tells it.

In: whole lines as they stand in the file, the log. Out: a column with one number a line. Never: a year that the stamp does not
have (see walking); text and programs of lines, but where only they tell a stamp from something like it.

Nearly every line of a syslog file has a stamp that can be cut off; only the others take the parsers' road.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Final

import polars as pl

from logscan.parsers import stamps
from logscan.parsers.clock import NO_EVIDENCE, Calendar
from logscan.parsers.family import Stamp, families
from logscan.parsers.lines import LACK, Plan, read_lines, taken
from logscan.parsers.zone import Zone
from logscan.pipeline.logs.survey import Log
from logscan.sources.lines import clean

#: Added to the day of the year (1 to 366, in the year 2000) of a stamp without one; dates are far above it.
YEARLESS: Final = -10_000_000
#: Characters in which the longest stamp lies.
_WIDTH: Final = 48
#: Offsets of zones change at such moments.
_STEP: Final = "15m"
_CUTS: Final = {"bsd": stamps.bsd_cut, "rfc3339": stamps.iso_cut, "iso-local": stamps.local_cut}


def is_yearless(key: int) -> bool:
    """Tell whether a line's key is a day of no certain year."""
    return key < YEARLESS // 2


def keys(data: bytes, previous: bytes, log: Log, zone: Zone) -> pl.Series:
    """Return of each line the days since 1970 of its local date, `YEARLESS` + day of the year, or null.

    data: whole lines. previous: the line before them.
    """
    text = clean(data)[0]
    if log.wrapping is not None:
        text = log.wrapping.peel(text, clean(previous)[0])
    lines = read_lines(text)
    found = _cut(lines["raw"], log, zone)
    left = found.is_null()
    if not left.any():
        return found
    slow = _parsed(lines.filter(left), log, zone)
    return found.scatter(slow["row"], slow["key"]) if slow.height else found


def _cut(raw: pl.Series, log: Log, zone: Zone) -> pl.Series:
    """Return the keys of lines whose stamps are like that of the first; null for the others."""
    cut = _CUTS.get(log.format.name)
    if cut is None or not len(raw):
        return pl.Series([None] * len(raw), dtype=pl.Int32)
    # what stands behind the stamps is not looked at
    times, _ = cut(raw.str.slice(0, _WIDTH), raw.item(0)[:_WIDTH])
    return _keys(times, log.format.stamp, zone)


def _parsed(lines: pl.DataFrame, log: Log, zone: Zone) -> pl.DataFrame:
    """Return row and key of the lines in which the parsers find a time."""
    plan = Plan(
        main=log.format, calendar=Calendar(modified=log.source.modified, zone=zone, evidence=NO_EVIDENCE)
    )
    table = taken(lines, plan, families())
    table = table.filter(pl.col("column") == 0, pl.col("time").is_not_null()).select("row", "time", "lack")
    parts = [
        part.select("row", _keys(part["time"], stamp, zone).alias("key"))
        for stamp, lack in LACK.items()
        if (part := table.filter(pl.col("lack") == lack)).height
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema={"row": pl.UInt32, "key": pl.Int32})


def _keys(times: pl.Series, stamp: Stamp, zone: Zone) -> pl.Series:
    if stamp is Stamp.YEARLESS:
        return times.dt.ordinal_day().cast(pl.Int32) + YEARLESS
    local = times if stamp is Stamp.LOCAL else _local(times, zone.info)
    return local.dt.date().cast(pl.Int32)


def _local(times: pl.Series, info: tzinfo) -> pl.Series:
    """Return naive local times of naive ones in UTC."""
    low, high = times.min(), times.max()
    if not isinstance(low, datetime) or not isinstance(high, datetime):
        return times
    if high - low < timedelta(hours=12) and (offset := _offset(low, info)) == _offset(high, info):
        return times + offset
    quarters = times.dt.truncate(_STEP)
    known = quarters.drop_nulls().unique()
    offsets = pl.Series([_offset(moment, info) for moment in known], dtype=pl.Duration("us"))
    return times + quarters.replace_strict(known, offsets, default=None, return_dtype=pl.Duration("us"))


def _offset(utc: datetime, info: tzinfo) -> timedelta:
    try:
        return info.fromutc(utc.replace(tzinfo=info)).utcoffset() or timedelta(0)
    except OverflowError:
        return timedelta(0)
