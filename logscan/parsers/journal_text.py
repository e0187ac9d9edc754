"""The systemd journal as text: what journalctl prints for people, and what of it cannot be used.

For: saved outputs of `journalctl` whose stamps syslog does not know (short-full and with-unit, short-unix); short,
short-precise, short-iso and short-iso-precise are syslog's own. In: rows `row, column, raw`. Out: `FORMATS`, `SHAPES`,
`SPLITS` as of syslog; `GOES_ON`, how a message of several lines goes on; `REMARK`, journalctl's own words between the
records; `other_output`, why a log of the journal is none that can be read.
Never: a time for stamps that count from the start of the machine.

A zone's name says little (CST is three zones), so all but UTC and GMT are the zone that `--tz` or the system says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final

import polars as pl

from logscan.parsers import stamps
from logscan.parsers.family import GoesOn, LineFormat, Stamp
from logscan.parsers.syslog import Claim, Shape, Split, by_shape, zoned

#: journalctl indents further lines of a message by the width of its header, which is never narrower than this.
GOES_ON: Final = GoesOn(lines="^ {18}", heads="")

#: Between records: `-- Boot 94e7a33c --`, `-- Journal begins at ...`, `-- Logs begin at ...`, `-- No entries --`; and the
#: hints about rights, which a `2>&1` puts into the file.
REMARK: Final = (
    r"^(?:-- (?:Boot [0-9a-f]{32}|Reboot|(?:Journal|Logs) begins? at .*|No entries) ?--$|-- (?:Journal|Logs) begins? at "
    r"|Hint: You are currently not seeing messages from (?:other users|the system)"
    r"|\s+(?:Users in (?:the )?(?:'[a-z-]+'|groups?) .*can see all messages\.|Users in groups '.*|Pass -q to turn off this notice\.)"
    r"|No journal files were (?:found|opened due to insufficient permissions)\.$)"
)

_DAY: Final = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]{1,6})?"
_FULL: Final = f"{_DAY} {stamps.DATE} {_CLOCK} "
_UTC: Final = f"{_FULL}(?:UTC|GMT|[+-][0-9]{{2}}(?::?[0-9]{{2}})?)"
_LOCAL: Final = f"{_FULL}[A-Z][A-Za-z]{{1,5}}"
_UNIX: Final = r"[0-9]{9,10}\.[0-9]{6}"


def _fitting(times: pl.Series, found: pl.Series, form: str) -> pl.Series:
    fits = found.str.contains(f"^(?:{form})$").fill_null(value=False)
    return times if fits.all() else times.zip_with(fits, times.clear(1))


def utc_times(found: pl.Series) -> pl.Series:
    """Read `Tue 2026-11-24 03:27:35 UTC`, with or without fraction; naive UTC, null for what is no such stamp."""
    iso = found.str.slice(4).str.replace(" (?:UTC|GMT)$", "Z").str.replace(" ([+-][0-9:]+)$", "${1}")
    return _fitting(stamps.iso_times(iso), found, _UTC)


def local_times(found: pl.Series) -> pl.Series:
    """Read `Tue 2026-11-24 03:27:35 CET` without its zone; naive, null for what is no such stamp, and for UTC."""
    iso = found.str.slice(4).str.replace(" [A-Za-z]+$", "Z")
    other = found.str.contains(" (?:UTC|GMT)$").fill_null(value=True)
    return _fitting(stamps.iso_times(iso.zip_with(~other, iso.clear(1))), found, _LOCAL)


def unix_times(found: pl.Series) -> pl.Series:
    """Read `1795490853.483261`, seconds since 1970; naive UTC, null for what is no such stamp."""
    micros = found.str.replace(".", "", literal=True).cast(pl.Int64, strict=False)
    return _fitting(micros.cast(pl.Datetime("us")), found, _UNIX)


def _cutter(form: str, times: stamps.Times) -> Callable[[pl.Series, str], tuple[pl.Series, pl.Series]]:
    """Return `Shape.cut` of stamps that are as long as that of the line they are compared with."""
    whole = re.compile(f"{form} ")

    def cut(lines: pl.Series, like: str) -> tuple[pl.Series, pl.Series]:
        found = whole.match(like)
        end = found.end() - 1 if found else 0
        moments = times(lines.str.slice(0, end))
        return _fitting(moments, lines.str.slice(end, 1), " "), lines.str.slice(end + 1)

    return cut


def _shape(form: str, times: stamps.Times) -> Shape:
    return Shape(looks=f"^(?:{form}) ", stamp=f"(?:{form})", times=times, cut=_cutter(form, times))


_SHORT_FULL: Final = _shape(_UTC, utc_times)
_SHORT_FULL_LOCAL: Final = _shape(_LOCAL, local_times)
_SHORT_UNIX: Final = _shape(_UNIX, unix_times)


def _in_utc(frame: pl.DataFrame, claim: Claim | None = None, *, shape: Shape) -> pl.DataFrame:
    return zoned(by_shape(frame, claim, shape=shape))


def _format(name: str, stamp: Stamp, shape: Shape) -> tuple[LineFormat, Shape, Split]:
    split = partial(by_shape if stamp is Stamp.LOCAL else _in_utc, shape=shape)
    looks = pl.col("raw").str.contains(shape.looks)
    return LineFormat(name=name, stamp=stamp, looks=looks, split=split), shape, split


_ALL: Final = (
    _format("journal-short-full", Stamp.ZONED, _SHORT_FULL),
    _format("journal-short-full-local", Stamp.LOCAL, _SHORT_FULL_LOCAL),
    _format("journal-short-unix", Stamp.ZONED, _SHORT_UNIX),
)
#: In the order in which they are tried.
FORMATS: Final = tuple(own for own, _, _ in _ALL)
SHAPES: Final[dict[str, Shape]] = {own.name: shape for own, shape, _ in _ALL}
SPLITS: Final[dict[str, Split]] = {own.name: split for own, _, split in _ALL}


# --- what cannot be read -------------------------------------------------------------------------

_AGAIN: Final = "save it again with `journalctl -o json --all`, or name the journal's folder"
_OTHERS: Final = (
    (
        re.compile(rb"\{\n\t\"[A-Z_]"),
        "it is the journal in journalctl's format json-pretty, whose records have many lines",
        _AGAIN,
    ),
    (
        re.compile(rb"(?:[^\n]*\n){0,3}?[A-Z][a-z]{2} [-0-9]{10} [0-9:.]+ [^ \n]+ \[s=[0-9a-f]{32};"),
        "it is the journal in journalctl's format verbose, whose records have many lines",
        _AGAIN,
    ),
    (
        re.compile(rb"(?:[^\n]*\n){0,3}?\[ *[0-9]+\.[0-9]{6}(?: <[ 0-9.]*>)?\] \S"),
        "its stamps count from the start of the machine (journalctl's short-monotonic or short-delta, or dmesg)",
        _AGAIN,
    ),
)


def other_output(head: bytes) -> tuple[str, str] | None:
    """Return what a log of unknown format is if it is the journal in another of journalctl's formats, and what to do."""
    return next(((reason, advice) for form, reason, advice in _OTHERS if form.match(head)), None)
