"""PHP's own error log: what `error_log = FILE` of a php.ini or a pool collects.

For: fatal errors and warnings of a webmail in PHP. In: lines of the file. Out: `FAMILY`.
Never: reads php-fpm's log or Roundcube's, whose stamps look alike (their own families know them).

`[24-Nov-2026 03:27:35 Europe/Berlin] PHP Fatal error:  Uncaught ...`, then the stack trace without stamps; PHP
before 5.4 wrote no zone. Whatever a script gives to error_log() lands here too, of any number of
lines: everything without a stamp goes on with the record before it.
Source: PHP 5.2 to 8.4, main/main.c (php_log_err_with_severity).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers import php
from logscan.parsers.family import Family, GoesOn, LineFormat, Stamp
from logscan.parsers.zone import to_utc

_STAMP: Final = r"[0-9]{2}-[A-Z][a-z]{2}-[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}"
_FORM: Final = "%d-%b-%Y %H:%M:%S"
_STAMP_LENGTH: Final = 20
#: A zone as PHP names it: `UTC`, `Europe/Berlin`, `+02:00`. Roundcube writes `+0200` and a colon behind
#: the bracket.
_ZONE: Final = r"[A-Za-z][A-Za-z0-9_+/-]{1,40}|[+-][0-9]{2}:[0-9]{2}"
_ZONED: Final = rf"^\[{_STAMP} (?:{_ZONE})\] "
#: Without a zone only PHP's own words tell it from php-fpm's log.
_ZONELESS: Final = rf"^\[{_STAMP}\] PHP (?:[A-Z][a-z]|[0-9]+\. )"
_OFFSET: Final = re.compile(r"([+-])(\d\d):(\d\d)")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _split_zoned(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `time` (UTC; null in a zone that nobody knows) and `text`."""
    halves = _halves(frame)
    stamps = halves["stamp"]
    local = stamps.str.slice(0, _STAMP_LENGTH).str.to_datetime(_FORM, time_unit="us", strict=False)
    zones = stamps.str.slice(_STAMP_LENGTH + 1)
    time = pl.repeat(None, frame.height, dtype=pl.Datetime("us", "UTC"), eager=True)
    # a server has one zone, as a rule; of all that are told there are at most as many as exist
    for zone in zones.unique().to_list():
        mine = (zones == zone) & local.is_not_null()
        moments = _moments(local.filter(mine), zone)
        if moments is not None and len(moments):
            time = time.scatter(mine.arg_true(), moments)
    return frame.with_columns(time.alias("time"), halves["text"])


def _moments(local: pl.Series, zone: str) -> pl.Series | None:
    if offset := _OFFSET.fullmatch(zone):
        minutes = int(offset[2]) * 60 + int(offset[3])
        east = pl.duration(minutes=minutes if offset[1] == "+" else -minutes)
        return local.to_frame("at").select((pl.col("at") - east).dt.replace_time_zone("UTC")).to_series()
    return to_utc(local, ZoneInfo(zone))[0] if zone in _zones() else None


def _split_local(frame: pl.DataFrame) -> pl.DataFrame:
    halves = _halves(frame)
    time = halves["stamp"].str.to_datetime(_FORM, time_unit="us", strict=False)
    return frame.with_columns(time.alias("time"), halves["text"])


def _halves(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `stamp`, what stands in the brackets, and `text` behind them."""
    halves = pl.col("raw").str.strip_suffix("\r").str.splitn("] ", 2).struct
    return frame.select(halves[0].str.slice(1).alias("stamp"), halves[1].alias("text"))


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `kind`, `severity` and `everyday` (never)."""
    kind, severity = php.loudest(pl.col("text"))
    return frame.with_columns(
        # what a script says by error_log() is worth reading, and nobody said how bad it is
        pl.coalesce(kind, pl.lit(Kind.WARNING.value)).alias("kind"),
        pl.coalesce(severity, pl.lit(Severity.NOTICE.value)).alias("severity"),
        pl.lit(value=False).alias("everyday"),
    )


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction and reason: the error without its stack trace."""
    reason = php.said(pl.col("text"))
    return frame.with_columns(
        pl.lit(Direction.LOCAL.value).alias("direction"),
        reason.alias("reason"),
    )


FAMILY: Final = Family(
    name=Name.PHP_ERROR,
    formats=(
        LineFormat(
            name="php-error",
            stamp=Stamp.ZONED,
            looks=pl.col("raw").str.contains(_ZONED),
            split=_split_zoned,
            goes_on=GoesOn(),
        ),
        LineFormat(
            name="php-error-zoneless",
            stamp=Stamp.LOCAL,
            looks=pl.col("raw").str.contains(_ZONELESS),
            split=_split_local,
            goes_on=GoesOn(),
        ),
    ),
    kinds=_kinds,
    fields=_fields,
)
