"""Dovecot's own log, which `log_path` makes: a stamp, then what syslog would have got, always with a level.

    Nov 24 03:27:35 imap-login: Info: Login: user=<alice>, ...
    2026-11-24 03:27:35 master: Warning: Killed with signal 15 (by pid=1 uid=0 code=kill)

In: lines. Out: `FORMATS`. Never: a line of syslog, which has a host before the process.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import polars as pl

from logscan.parsers import stamps
from logscan.parsers.family import LineFormat, Stamp

_SAYS: Final = (
    r"[a-z][a-z0-9-]{1,31}(?:\([^()]*\))?(?:<[^<> ]*>){0,4}: (?:Debug|Info|Warning|Error|Fatal|Panic): "
)
_CLOCK: Final = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
_BSD: Final = rf"^({stamps.MONTH} [ 0-3][0-9] {_CLOCK}) ({_SAYS}"
_DATED: Final = rf"^({stamps.DATE} {_CLOCK}) ({_SAYS}"
_REST: Final = ".*)$"


def _dated(texts: pl.Series) -> pl.Series:
    return texts.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)


def _split(frame: pl.DataFrame, *, line: str, times: Callable[[pl.Series], pl.Series]) -> pl.DataFrame:
    """Return `frame` with time, program and text, all null where the stamp is no time."""
    parts = frame["raw"].str.extract_groups(line).struct.unnest()
    parts.columns = ["stamp", "text"]
    parts = parts.with_columns(times(parts["stamp"]).alias("time"))
    fits = pl.col("time").is_not_null()
    return frame.hstack(
        parts.select(
            "time",
            pl.when(fits).then(pl.lit("dovecot")).alias("program"),
            pl.when(fits).then("text").alias("text"),
        ).get_columns()
    )


FORMATS: Final = (
    LineFormat(
        name="dovecot",
        stamp=Stamp.YEARLESS,
        looks=pl.col("raw").str.contains(f"{_BSD})"),
        split=partial(_split, line=_BSD + _REST, times=stamps.bsd_times),
    ),
    LineFormat(
        name="dovecot-dated",
        stamp=Stamp.LOCAL,
        looks=pl.col("raw").str.contains(f"{_DATED})"),
        split=partial(_split, line=_DATED + _REST, times=_dated),
    ),
)
