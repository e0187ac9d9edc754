"""Syslog headers: BSD, RFC 3339 (rsyslog's file format, journalctl's short-iso), RFC 5424.

In: rows `row, column, raw`, one line each. Out: `FORMATS`, a `LineFormat` each, whose `split` adds
time, host, program, pid and text; `REPEATED`, the shape of `last message repeated N times`.
Never: a header that half fits. Where any part of it does not validate, all of time, host, program,
pid and text stay null, and the line is somebody else's or unparsed.

There are two roads. The fast one cuts at fixed columns and at the first `: `, and looks at every
distinct host and tag only once; the exact one is one regular expression over the whole line, for
the rows that the fast one leaves. On a row that both take they agree; a test compares them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import polars as pl

from logscan.parsers.family import LineFormat, Stamp

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HEADER: Final[dict[str, pl.DataType]] = {
    "time": pl.Datetime("us"),
    "host": pl.String(),
    "program": pl.String(),
    "pid": pl.Int64(),
    "text": pl.String(),
}
#: An exact stamp is at most this long; the fast road looks no further for its end.
_STAMP_MAX: Final = 40
_SECOND: Final = 1_000_000
_DAY: Final = 86_400 * _SECOND

# Pieces that Rust's regex and Python's `re` read alike. A crash leaves NULs in front of
# the next line, an editor a byte order mark.
_LEAD: Final = "^[\\x00\ufeff]*"
_PRI: Final = "(?:<[0-9]{1,3}>)?"
_MONTH: Final = "(?:" + "|".join(MONTHS) + ")"
_CLOCK: Final = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)"
_CLOCK_PARTS: Final = "(?P<h>[01][0-9]|2[0-3]):(?P<m>[0-5][0-9]):(?P<s>[0-5][0-9]|60)"
_DATE: Final = "[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
_FRACTION: Final = "(?:[.,][0-9]{1,9})?"
_OFFSET: Final = "(?:[Zz]|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)"
_BSD: Final = f"{_MONTH}(?:  ?[1-9]| [0-3][0-9]) {_CLOCK}{_FRACTION}"
_ISO: Final = f"{_DATE}[Tt ]{_CLOCK}{_FRACTION}{_OFFSET}"
# A name, an address, or what syslog-ng makes of them (`source@host/host`).
_HOST: Final = r"(?:[A-Za-z0-9_:](?:[A-Za-z0-9._:%@/~+-]*[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]+\])"
_WORD: Final = r"[A-Za-z0-9_/.()@+%~#\\-]"
_FIRST: Final = r"[A-Za-z0-9_/.(]"
#: program[pid]; colons inside only here, where the bracket proves that it is a tag
_TAG_PID: Final = rf"({_FIRST}(?:[A-Za-z0-9_/.()@+%~#\\:-]*{_WORD})?)\[(?:([0-9]{{1,10}})|[^\[\] ]{{0,64}})\]"
_TAG: Final = rf"({_FIRST}{_WORD}*)"
# BusyBox writes `host mail.info tag`, FreeBSD -vv `<mail.info> host tag`.
_LEVEL: Final = (
    "(?:(?:kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|security|local[0-7])"
    r"\.(?:emerg|alert|crit|err|error|warn|warning|notice|info|debug|panic) )?"
)
_ANGLE_LEVEL: Final = r"(?:<[0-9a-z]{1,10}\.[0-9a-z]{1,10}> )?"
_REPEATED: Final = "last message repeated [0-9]{1,9} times?"
_UNTAGGED: Final = f"(?:{_REPEATED}|-- MARK --)"
#: What follows the stamp. Groups: host, host of a second header (a relay prefixed its own),
#: text without a tag, program and pid, program before a colon, bare program, text.
_REST: Final = (
    rf" {_ANGLE_LEVEL}({_HOST}) (?:(?:{_BSD}|{_ISO}) ({_HOST}) )?{_LEVEL}"
    rf"(?:({_UNTAGGED})$|(?:{_TAG_PID}(?:: ?| |$)|{_TAG}:(?: |$)|([A-Za-z_/(]{_WORD}*)(?: |$))(.*)$)"
)
#: The same for what stands before the first `: `, when there is nothing unusual in it.
_HEAD: Final = rf"^({_HOST}) {_LEVEL}(?:{_TAG_PID}|{_TAG})$"
#: A bare word is a program only if no token was lost or put in before it: not when what follows
#: it is a tag, and not when the "host" is a year or a time zone.
_LATER_TAG: Final = rf"^{_TAG_PID}(?:[: ]|$)"
_NO_HOST: Final = "^(?:[0-9]+|[A-Z]{3,5})$"
_SOLARIS: Final = r"^\[ID [0-9]+ [a-z0-9]+\.[a-z]+\] "

#: Whole line, for Python: the line repeats the one before it.
REPEATED: Final = (
    rf"{_LEAD}{_PRI}(?:{_BSD}|{_ISO}) {_ANGLE_LEVEL}{_HOST} (?:(?:{_BSD}|{_ISO}) {_HOST} )?"
    rf"{_LEVEL}{_REPEATED}\r?$"
)

Times = Callable[[pl.Series], pl.Series]
#: Programs -> as many families; asked about distinct programs only.
Claim = Callable[[pl.Series], pl.Series]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A format with a stamp, then host, tag and text, for both roads.

    looks: regex, cheap, that a line of this format matches. stamp: regex of any spelling of the
    stamp. times: stamps -> naive times, null where one is not valid. cut: rows -> time and what
    follows the stamp's blank, by fixed columns, time null where they do not fit.
    """

    looks: str
    stamp: str
    times: Times
    cut: Callable[[pl.DataFrame], tuple[pl.Series, pl.Series]]


def _each_run(values: pl.Series, parse: Times) -> pl.Series:
    """Parse every run of equal values once. In: strings. Out: as many parsed values."""
    first = values.item(0) if len(values) else None
    if first is not None and (values == first).sum() == len(values):
        return parse(values.head(1)).new_from_index(0, len(values))
    return parse(values.rle().struct.field("value")).gather(values.rle_id())


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int64, strict=False)


def _micros(fraction: str) -> pl.Expr:
    """Microseconds from the digits behind the point, 0 where there are none."""
    digits = pl.col(fraction).str.slice(0, 6).str.pad_end(6, "0")
    return digits.cast(pl.Int64, strict=False).fill_null(0)


def _moment(days: pl.Expr, micros: pl.Expr) -> pl.Expr:
    # 23:59:60 becomes the next midnight by itself
    return (days.cast(pl.Int64) * _DAY + micros).cast(pl.Datetime("us"))


def bsd_times(stamps: pl.Series) -> pl.Series:
    """Parse `Nov 24 03:27:35`, `Nov  1 ...`, with or without fraction; naive, in the year 2000.

    Null for what is no such stamp, or no day of the year 2000.
    """
    pattern = f"^(?P<month>{_MONTH}) {{1,2}}(?P<day>[0-9]{{1,2}}) {_CLOCK_PARTS}(?:[.,](?P<f>[0-9]{{1,9}}))?$"
    numbers = [f"{number:02}" for number in range(1, 13)]
    month = pl.col("month").replace_strict(list(MONTHS), numbers, default=None, return_dtype=pl.String)
    date = pl.concat_str(pl.lit("2000-"), month, pl.lit("-"), pl.col("day").str.zfill(2))

    def parse(runs: pl.Series) -> pl.Series:
        parts = runs.to_frame("stamp").select(pl.col("stamp").str.extract_groups(pattern).struct.unnest())
        seconds = (_number("h") * 60 + _number("m")) * 60 + _number("s")
        days = date.str.to_date("%Y-%m-%d", strict=False)
        return parts.select(_moment(days, seconds * _SECOND + _micros("f"))).to_series()

    return _each_run(stamps, parse)


def iso_times(stamps: pl.Series) -> pl.Series:
    """Parse RFC 3339 and its relaxed spellings; naive UTC. Null for what is no such stamp."""
    pattern = (
        f"^(?P<date>{_DATE})[Tt ]{_CLOCK_PARTS}(?:[.,](?P<f>[0-9]{{1,9}}))?"
        "(?:[Zz]|(?P<sign>[+-])(?P<oh>[01][0-9]|2[0-3])(?::?(?P<om>[0-5][0-9]))?)$"
    )

    def parse(runs: pl.Series) -> pl.Series:
        parts = runs.to_frame("stamp").select(pl.col("stamp").str.extract_groups(pattern).struct.unnest())
        seconds = (_number("h") * 60 + _number("m")) * 60 + _number("s")
        offset = _number("oh").fill_null(0) * 3600 + _number("om").fill_null(0) * 60
        east = pl.when(pl.col("sign") == "-").then(-offset).otherwise(offset)
        days = pl.col("date").str.to_date("%Y-%m-%d", strict=False)
        return parts.select(_moment(days, (seconds - east) * _SECOND + _micros("f"))).to_series()

    return _each_run(stamps, parse)


def _lines(frame: pl.DataFrame) -> tuple[pl.Series, str]:
    """Return the lines, without <PRI> if the first one has it, and the first one.

    The first line only tells what to try: a row that is unlike it takes the exact road.
    """
    raw = frame.get_column("raw")
    if len(raw) and raw.item(0).startswith("<"):
        raw = raw.str.replace(f"^{_PRI}", "")
    return raw, raw.item(0)[:_STAMP_MAX] if len(raw) else ""


def _digits(text: str, at: int) -> int:
    """How many digits stand at `at`, when a point or comma stands before them; else 0."""
    if text[at - 1 : at] not in (".", ","):
        return 0
    return len(text[at:]) - len(text[at:].lstrip("0123456789"))


def _bsd_cut(frame: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Time and rest of lines that begin with `Nov 24 03:27:35 `, or with a fraction like the first's."""
    raw, first = _lines(frame)
    digits = _digits(first, 16)
    end = 16 + digits if 1 <= digits <= 6 else 15
    behind = " $" if end == 15 else f"[.,][0-9]{{{digits}}} $"

    def parse(runs: pl.Series) -> pl.Series:
        midnight = _each_run(runs.str.slice(0, 6), lambda days: bsd_times(days + " 00:00:00"))
        parts = runs.to_frame("stamp").with_columns(midnight.alias("midnight"))
        h, m, s = (pl.col("stamp").str.slice(at, 2).cast(pl.Int64, strict=False) for at in (7, 10, 13))
        micros = pl.col("stamp").str.slice(16, digits).cast(pl.Int64, strict=False) * 10 ** (6 - digits)
        whole = pl.col("midnight").cast(pl.Int64) + ((h * 60 + m) * 60 + s) * _SECOND
        fits = pl.col("stamp").str.contains(f"^{_MONTH} [ 1-3][0-9] {_CLOCK}{behind}")
        time = whole if end == 15 else whole + micros
        return parts.select(pl.when(fits).then(time).cast(pl.Datetime("us"))).to_series()

    return _each_run(raw.str.slice(0, end + 1), parse), raw.str.slice(end + 1)


def _iso_cut(frame: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Time and rest of lines whose stamp is as long as the first one's, with `T` and no blank."""
    raw, first = _lines(frame)
    end, digits = first.find(" "), _digits(first, 20)
    if end < 20 or digits not in _ISO_CUTS:
        return pl.Series([None] * len(raw), dtype=pl.Datetime("us")), raw
    behind = 20 + digits if digits else 19
    stamp = raw.str.slice(0, behind)
    local = stamp.str.to_datetime(_ISO_CUTS[digits], time_unit="us", strict=False, cache=False)
    # what that also takes: a blank for a leading zero, a sign before the year
    if stamp.str.contains(" ", literal=True).any():
        local = local.zip_with(~stamp.str.contains(" ", literal=True), _nothing(local))
    if not local.drop_nulls().dt.year().is_between(1000, 2999).all():
        local = local.zip_with(local.dt.year().is_between(1000, 2999), _nothing(local))
    # what the offset takes away from any moment; the blank behind it is checked with it
    offset = _each_run(raw.str.slice(behind, end + 1 - behind), _offsets)
    return (local.cast(pl.Int64) + offset).cast(pl.Datetime("us")), raw.str.slice(end + 1)


_ISO_CUTS: Final = {0: "%Y-%m-%dT%H:%M:%S", 3: "%Y-%m-%dT%H:%M:%S.%3f", 6: "%Y-%m-%dT%H:%M:%S.%6f"}


def _offsets(zones: pl.Series) -> pl.Series:
    """`+08:00 ` -> what it adds to a local time in microseconds; null where it is no offset and a blank."""
    midnights = iso_times("1970-01-01T00:00:00" + zones.str.strip_suffix(" ")).cast(pl.Int64)
    return midnights.zip_with(zones.str.ends_with(" "), _nothing(midnights))


def _nothing(like: pl.Series) -> pl.Series:
    return pl.Series([None], dtype=like.dtype)


def fast(frame: pl.DataFrame, shape: Shape, claim: Claim | None = None) -> pl.DataFrame:
    """Take the usual lines apart by cuts. Rows that do not fit get nulls in all of `HEADER`."""
    time, rest = shape.cut(frame)
    halves = rest.str.splitn(": ", 2).struct.rename_fields(["head", "text"]).struct.unnest()
    heads = halves.select(pl.col("head").unique())
    groups = heads.with_columns(pl.col("head").str.extract_groups(_HEAD).alias("groups"))
    group = pl.col("groups").struct.field
    tags = groups.select(
        "head",
        group("1").alias("host"),
        pl.coalesce(group("2"), group("4")).alias("program"),
        group("3").cast(pl.Int64, strict=False).alias("pid"),
    )
    if claim is not None:
        tags = tags.with_columns(claim(tags.get_column("program")).alias("family"))
    joined = halves.with_columns(time.alias("time")).join(tags, on="head", how="left", maintain_order="left")
    names = [name for name in (*HEADER, "family") if name in joined.columns]
    fits = pl.all_horizontal(pl.col("time", "host", "text").is_not_null())
    if not joined.select(fits.all()).item():
        joined = joined.with_columns(pl.when(fits).then(pl.col(names)))
    return frame.hstack(joined.select(names).get_columns())


def exact(frame: pl.DataFrame, shape: Shape, claim: Claim | None = None) -> pl.DataFrame:
    """Take any line apart by one expression. Rows that do not fit get nulls in all of `HEADER`."""
    names = ["stamp", "host", "origin", "untagged", "program", "pid", "colon", "bare", "body"]
    groups = pl.col("raw").str.extract_groups(f"{_LEAD}{_PRI}({shape.stamp}){_REST}")
    parts = frame.select(groups.struct.rename_fields(names).struct.unnest())
    parts = parts.with_columns(shape.times(parts.get_column("stamp")).alias("time"))
    astray = (
        pl.col("bare").is_in(MONTHS)
        | pl.col("body").str.contains(_LATER_TAG)
        | pl.col("host").str.contains(_NO_HOST)
    )
    fits = pl.col("time").is_not_null() & (pl.col("bare").is_null() | ~astray)
    header = parts.select(
        pl.when(fits).then("time"),
        pl.when(fits).then(pl.coalesce("origin", "host")).alias("host"),
        pl.when(fits).then(pl.coalesce("program", "colon", "bare")).alias("program"),
        pl.when(fits).then(pl.col("pid").cast(pl.Int64, strict=False)).alias("pid"),
        pl.when(fits).then(pl.coalesce("untagged", "body")).alias("text"),
    )
    return _claimed(frame.hstack(header.get_columns()), claim)


def _claimed(taken: pl.DataFrame, claim: Claim | None) -> pl.DataFrame:
    if claim is None:
        return taken
    distinct = taken.filter(pl.col("text").is_not_null()).select(pl.col("program").unique())
    distinct = distinct.with_columns(claim(distinct.get_column("program")).alias("family"))
    joined = taken.join(distinct, on="program", how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.when(pl.col("text").is_not_null()).then("family"))


def _without_solaris_id(frame: pl.DataFrame) -> pl.DataFrame:
    if not frame.select(pl.col("text").str.starts_with("[ID ").any()).item():
        return frame
    return frame.with_columns(pl.col("text").str.replace(_SOLARIS, ""))


def _split(frame: pl.DataFrame, claim: Claim | None = None, *, shape: Shape) -> pl.DataFrame:
    """Take the fast road, and for the rows that it leaves the exact one."""
    taken = fast(frame, shape, claim)
    fits = taken.get_column("text").is_not_null()
    if not fits.all():
        slow = exact(frame.filter(~fits), shape, claim)
        taken = pl.concat([taken.filter(fits), slow]).sort("row", "column", maintain_order=True)
    return _without_solaris_id(taken)


def _zoned(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("time").dt.replace_time_zone("UTC"))


# Structured data: `-` or elements whose values hide `"`, `\` and `]` behind a backslash.
_SD: Final = r'(?:-|(?:\[[^ =\]"]+(?: [^ =\]"]+="(?:[^"\\]|\\.)*")*\])+)'
_RFC5424: Final = (
    f"{_LEAD}{_PRI}[1-9][0-9]{{0,2}} ({_ISO}|-) ([!-~]+) ([!-~]+) ([!-~]+) [!-~]+ {_SD}"
    # rsyslog's %msg% keeps the blank behind the tag, so there are two
    "(?: \ufeff? ?(.*))?$"
)


def _split_rfc5424(frame: pl.DataFrame, claim: Claim | None = None) -> pl.DataFrame:
    names = ["stamp", "host", "program", "pid", "body"]
    groups = pl.col("raw").str.extract_groups(_RFC5424).struct.rename_fields(names)
    parts = frame.select(groups.struct.unnest())
    parts = parts.with_columns(iso_times(parts.get_column("stamp")).alias("time"))
    nil = pl.col("stamp") == "-"
    fits = pl.col("time").is_not_null() | nil

    def value(name: str) -> pl.Expr:
        return pl.when(fits & (pl.col(name) != "-")).then(name)

    pid = pl.when(pl.col("pid").str.contains("^[0-9]{1,10}$")).then("pid").cast(pl.Int64)
    header = parts.select(
        "time",
        value("host"),
        value("program"),
        pl.when(fits).then(pid).alias("pid"),
        pl.when(fits).then(pl.col("body").fill_null("")).alias("text"),
    )
    return _zoned(_without_solaris_id(_claimed(frame.hstack(header.get_columns()), claim)))


_DIGITS: Final = "[0-9]{2}:[0-9]{2}:[0-9]{2}"

BSD_SHAPE: Final = Shape(
    looks=f"{_LEAD}{_PRI}{_MONTH}  ?[0-9]{{1,2}} {_DIGITS}[ .,]", stamp=_BSD, times=bsd_times, cut=_bsd_cut
)
ISO_SHAPE: Final = Shape(
    looks=f"{_LEAD}{_PRI}{_DATE}[Tt ]{_DIGITS}(?:[.,][0-9]+)?[Zz+-]",
    stamp=_ISO,
    times=iso_times,
    cut=_iso_cut,
)


def _split_iso(frame: pl.DataFrame, claim: Claim | None = None) -> pl.DataFrame:
    return _zoned(_split(frame, claim, shape=ISO_SHAPE))


BSD: Final = LineFormat(
    name="bsd",
    stamp=Stamp.YEARLESS,
    looks=pl.col("raw").str.contains(BSD_SHAPE.looks),
    split=partial(_split, shape=BSD_SHAPE),
)
RFC3339: Final = LineFormat(
    name="rfc3339",
    stamp=Stamp.ZONED,
    looks=pl.col("raw").str.contains(ISO_SHAPE.looks),
    split=_split_iso,
)
RFC5424: Final = LineFormat(
    name="rfc5424",
    stamp=Stamp.ZONED,
    looks=pl.col("raw").str.contains(
        f"{_LEAD}(?:<[0-9]{{1,3}}>[1-9][0-9]{{0,2}} -|{_PRI}[1-9][0-9]{{0,2}} {_DATE}[Tt]{_DIGITS})"
    ),
    split=_split_rfc5424,
)
#: In the order in which they are tried.
FORMATS: Final = (RFC5424, RFC3339, BSD)
_SPLITS: Final[dict[str, Callable[[pl.DataFrame, Claim | None], pl.DataFrame]]] = {
    RFC5424.name: _split_rfc5424,
    RFC3339.name: _split_iso,
    BSD.name: partial(_split, shape=BSD_SHAPE),
}


def split(name: str, frame: pl.DataFrame, claim: Claim) -> pl.DataFrame:
    """Split as the format `name` of `FORMATS` does, with the column `family`, null where text is.

    Whose a line is follows from its program, and the fast road knows the distinct ones anyway.
    """
    return _SPLITS[name](frame, claim)
