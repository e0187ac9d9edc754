"""Where a record of an Apache error log begins, and when it was written.

For: parsers.lines. In: rows with `row`, `column`, `raw`. Out: `FORMATS`, whose `split` gives
`time` (naive, local), `pid` and `text`, the line without its stamp.
Never: a record that begins within a line, unless the line was pasted (see GLUED).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.parsers import php
from logscan.parsers.family import GoesOn, LineFormat, Stamp

LEVEL: Final = r"(?:emerg|alert|crit|error|warn|notice|info|debug|trace[1-8])"
MODULE: Final = r"[A-Za-z0-9_.-]*"
#: A virtual host's name, bare or in brackets, which an ErrorLogFormat may put before or behind the stamp.
PREFIX: Final = r"(?:(?:\[[^\[\]]+\]|[A-Za-z0-9_.:-]+) )"
#: Behind the stamp it must be in brackets (`dmesg -T` writes bare words there) and a name with a dot,
#: which no level and no module:level is.
_BEHIND: Final = r"(?:\[(?:vhost |server )?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?\] )?"
#: Where an ErrorLogFormat puts process and thread before the level.
_PROCESS: Final = r"(?:\[(?:pid|tid) [^\[\]]*\] ?){0,2}"
_CLOCK: Final = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
_COMMON: Final = rf"[A-Z][a-z]{{2}} [A-Z][a-z]{{2}} [ 0-9][0-9] {_CLOCK} [0-9]{{4}}"
_ISO: Final = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {_CLOCK}"
#: `Thu Jun 24 09:14:54.123456 2010`; the option `%{cu}t` writes `2010-06-24 09:14:54.123456`.
_STAMP: Final = rf"(?:{_COMMON}|{_ISO})"

#: What a crash or an editor leaves in front of a line: NULs, a byte order mark.
_DIRT: Final = "\x00\ufeff"

#: A second record on one line. No server glues records together or loses its first bracket; people
#: who paste an excerpt do both. So a line is split only where a whole head (stamp and level) stands
#: in it AND the line itself lost its first bracket, which a client cannot bring about: what it sends
#: (URL, Referer, what a script prints about them) always comes behind an intact `[`. Within a pasted
#: line such a text can still pose as a record, as it can for the eye of the person who pasted it.
GLUED: Final = rf" (\[{_STAMP}\] \[(?:{MODULE}:)?{LEVEL}\])"

_HEAD: Final = rf"(?s)^(?P<before>{PREFIX}?)\[(?P<stamp>{_STAMP})\] (?P<after>.*)$"
_PID: Final = r"^(?:[^ \[]+ )?(?:\[[^\[\]]*\] ){0,5}?\[pid ([0-9]+)[\]:]"


def _time(stamp: pl.Expr) -> pl.Expr:
    """`Thu Jun 24 09:14:54.1 2010`, naive; null where no such day is. Nobody looks at the weekday."""
    return stamp.str.slice(4).str.to_datetime("%b %d %H:%M:%S%.f %Y", time_unit="us", strict=False)


def _odd(line: pl.Series) -> pl.DataFrame:
    """Return `time` and `text` of lines with a virtual host first, or with ISO stamps."""
    parts = line.alias("line").to_frame()
    parts = parts.select("line", pl.col("line").str.extract_groups(_HEAD).alias("_")).unnest("_")
    iso = pl.col("stamp").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    return parts.select(
        pl.coalesce(iso, _time(pl.col("stamp"))).alias("time"),
        pl.coalesce(pl.col("before") + pl.col("after"), pl.col("line")).alias("text"),
    )


def _take_apart(frame: pl.DataFrame, line: str) -> pl.DataFrame:
    """Return `frame` with `time`, `pid` and `text` of the records in its column `line`."""
    halves = pl.col(line).str.splitn("] ", 2).struct
    new = frame.select(_time(halves[0].str.slice(1)).alias("time"), halves[1].alias("text"))
    odd = new["time"].is_null()
    if odd.any():
        exact, at = _odd(frame[line].filter(odd)), odd.arg_true()
        new = new.with_columns(
            new["time"].scatter(at, exact["time"]), pl.when(odd).then(None).otherwise("text").alias("text")
        )
        new = new.with_columns(new["text"].scatter(at, exact["text"]))
    pid = pl.col("text").str.extract(_PID).cast(pl.Int64, strict=False).alias("pid")
    return frame.with_columns(*new.with_columns(pid).get_columns())


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    return _take_apart(frame.with_columns(_clean().alias("_line")), "_line").drop("_line")


def _split_pasted(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a row for every record; those of one line count `column` from 0."""
    # A line holds no line feed, so that it can mark the seams.
    whole = pl.lit("[") + _clean().str.replace_all("\n", " ", literal=True)
    pieces = frame.with_columns(whole.str.replace_all(GLUED, "\n$1").str.split("\n").alias("_piece"))
    places = pl.int_ranges(pl.col("_piece").list.len(), dtype=pl.UInt32)
    records = pieces.with_columns(places.alias("column")).explode("_piece", "column")
    return _take_apart(records, "_piece").drop("_piece")


def _clean() -> pl.Expr:
    return pl.col("raw").str.strip_chars_start(_DIRT).str.strip_suffix("\r")


#: A CGI's or a FastCGI worker's PHP or Python writes its stack trace on standard error, without a header.
_PYTHON: Final = r"^Traceback \(most recent call last\):\s*$"
_PYTHON_TRACE: Final = r"^ {2,}\S|^[A-Za-z_][0-9A-Za-z_.]*(?:Error|Exception|Exit|Interrupt)(?::|\s*$)"
_GOES_ON: Final = GoesOn(lines=f"{php.TRACE}|{_PYTHON_TRACE}", heads=f"{php.ERROR}|{_PYTHON}")


def _format(name: str, looks: str, *, pasted: bool = False) -> LineFormat:
    looks = rf"^[{_DIRT}]*{looks}"
    return LineFormat(
        name=name,
        stamp=Stamp.LOCAL,
        looks=pl.col("raw").str.contains(looks),
        split=_split_pasted if pasted else _split,
        goes_on=None if pasted else _GOES_ON,
    )


FORMATS: Final = (
    _format("apache-error-2.4", rf"{PREFIX}?\[{_STAMP}\] {_BEHIND}{_PROCESS}\[{MODULE}:{LEVEL}\]"),
    _format("apache-error-2.2", rf"{PREFIX}?\[{_STAMP}\] {_BEHIND}{_PROCESS}\[{LEVEL}\]"),
    _format("apache-error-pasted", rf"{_STAMP}\] {_BEHIND}\[(?:{MODULE}:)?{LEVEL}\]", pasted=True),
)
