"""Stamps that loggers write in their own ways, as the one that is read: `2013 Jun 10 06:27:30.123`.

For: syslog-ng and rsyslog templates, OpenWrt, appliances, exports. In: lines. Out: `DATES`, a layer that gives
`2013-06-10T06:27:30.123`, and leaves what follows.
Never: a guess at which of two numbers is the day.
"""

from __future__ import annotations

import re
from typing import Final

import polars as pl

from logscan.parsers import stamps
from logscan.parsers.wrapping.layers import Layer

_TIME: Final = r"(?P<time>[ 0-9][0-9]:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?)"
_YEAR: Final = "(?P<year>[12][0-9]{3})"
_MONTH: Final = f"(?P<month>{stamps.MONTH})[a-z]{{0,6}}"
_DAY: Final = "(?P<day>[0-3]?[0-9])"
_ZONE: Final = "(?P<zone> ?(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?"
_WEEKDAY: Final = rf"(?:{stamps.WEEKDAY}[a-z]{{0,6}},? )?"
_FORMS: Final = (
    # 2013 Jun 10 06:27:30.123
    rf"^{_WEEKDAY}{_YEAR}[ -]{_MONTH}[ -] ?{_DAY} {_TIME}{_ZONE}[: ]+",
    # Jun 10 2013 06:27:30, Jun 10, 2013 06:27:30
    rf"^{_WEEKDAY}{_MONTH} {{1,2}}{_DAY},? {_YEAR},? {_TIME}{_ZONE}[: ]+",
    # Mon Jun 10 06:27:30 2013, as ctime and OpenWrt's logread have it
    rf"^{_WEEKDAY}{_MONTH} {{1,2}}{_DAY} {_TIME}{_ZONE} {_YEAR}[: ]+",
    # 10 Jun 2013 06:27:30, Mon, 10-Jun-2013 06:27:30
    rf"^{_WEEKDAY}{_DAY}[ -/]{_MONTH}[ -/]{_YEAR}[ :]{_TIME}{_ZONE}[: ]+",
)
_NUMBERS: Final = [f"{number:02}" for number in range(1, 13)]


def _iso(form: str) -> pl.Expr:
    """Return the lines of one form with their stamp rewritten, null for all others."""
    group = pl.col("raw").str.extract_groups(f"{form}(?P<rest>.*)$").struct.field
    zone = group("zone").fill_null("").str.strip_chars_start(" ").replace({"UTC": "Z", "GMT": "Z"})
    month = group("month").replace_strict(list(stamps.MONTHS), _NUMBERS, default=None, return_dtype=pl.String)
    clock = group("time").str.replace("^ ", "0").str.replace(",", ".", literal=True)
    day = group("day").str.zfill(2)
    return pl.format("{}-{}-{}T{}{} {}", group("year"), month, day, clock, zone, group("rest"))


def _peel(lines: pl.Series) -> tuple[pl.Series, pl.Series]:
    frame = lines.alias("raw").to_frame()
    found = frame.select(pl.coalesce(*(_iso(form) for form in _FORMS), "raw")).to_series()
    return found, pl.repeat(value=False, n=len(lines), eager=True)


#: What must follow for a log to be one with such stamps.
_TAG: Final = r"(?:[0-9A-Za-z_.-]+ )?(?:[0-9A-Za-z_.-]+ )?[0-9A-Za-z_./@+-]+(?:\[\d+\])?:"

DATES: Final = Layer(
    name="date", tells=lambda line: any(re.match(form + _TAG, line) for form in _FORMS), peel=_peel
)
