"""Syslog headers: BSD, RFC 3339 (rsyslog's file format, journalctl's short-iso), RFC 5424, RFC 3339 without zone.

In: rows `row, column, raw`, one line each. Out: `FORMATS`, a `LineFormat` each, whose `split` adds
time, host, program, pid and text; `REPEATED`, the shape of `last message repeated N times`.
Never: a header that half fits. Where any part of it does not validate, all of time, host, program,
pid and text stay null, and the line is somebody else's or unparsed.

There are two roads. The fast one cuts at fixed columns and at the first `: `, and looks at every
distinct host and tag only once; the exact one is one regular expression over the whole line, for
the rows that the fast one leaves. On a row that both take they agree; a test compares them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

import polars as pl

from logscan.parsers import stamps
from logscan.parsers.family import LineFormat, Stamp

HEADER: Final[dict[str, pl.DataType]] = {
    "time": pl.Datetime("us"),
    "host": pl.String(),
    "program": pl.String(),
    "pid": pl.Int64(),
    "text": pl.String(),
}
# Pieces that Rust's regex and Python's `re` read alike. A crash leaves NULs in front of
# the next line, an editor a byte order mark.
_LEAD: Final = "^[\\x00\ufeff]*"
_PRI: Final = "(?:<[0-9]{1,3}>)?"
# A name, an address, or what syslog-ng makes of them (`source@host/host`); `-` for nobody knows, as in RFC 5424.
_HOST: Final = r"(?:[A-Za-z0-9_:](?:[A-Za-z0-9._:%@/~+-]*[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]+\]|-)"
_WORD: Final = r"[A-Za-z0-9_/.()@+%~#\\-]"
_FIRST: Final = r"[A-Za-z0-9_/.(]"
#: program[pid]; colons inside only here, where the bracket proves that it is a tag. PAM calls GDM `gdm-password]`.
_TAG_PID: Final = (
    rf"({_FIRST}(?:[A-Za-z0-9_/.()@+%~#\\:-]*{_WORD})?)\]?\[(?:([0-9]{{1,10}})|[^\[\] ]{{0,64}})\]"
)
_TAG: Final = rf"({_FIRST}{_WORD}*)"
# BusyBox writes `host mail.info tag`, FreeBSD -vv `<mail.info> host tag`.
_FACILITY_LEVEL: Final = (
    "(?:kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|security|local[0-7])"
    r"\.(?:emerg|alert|crit|err|error|warn|warning|notice|info|debug|panic)"
)
_LEVEL: Final = f"(?:{_FACILITY_LEVEL} )?"
#: What stands where the host should and names none: nil, or the level alone (OpenWrt's logread, a logging template).
_NOBODY: Final = (
    f"^(?:-|{_FACILITY_LEVEL}|DEBUG|INFO|NOTICE|WARN|WARNING|ERR|ERROR|CRIT|CRITICAL|ALERT|EMERG|FATAL)$"
)
_ANGLE_LEVEL: Final = r"(?:<[0-9a-z]{1,10}\.[0-9a-z]{1,10}> )?"
_REPEATED: Final = "last message repeated [0-9]{1,9} times?"
_UNTAGGED: Final = f"(?:{_REPEATED}|-- MARK --)"
#: What follows the stamp. Groups: host, host of a second header (a relay prefixed its own),
#: text without a tag, program and pid, program before a colon, bare program, text.
_REST: Final = (
    rf" {_ANGLE_LEVEL}({_HOST}) (?:(?:{stamps.BSD}|{stamps.ISO}) ({_HOST}) )?{_LEVEL}"
    rf"(?:({_UNTAGGED})$|(?:{_TAG_PID}(?:: ?| |$)|{_TAG}:(?: |$)|([A-Za-z_/(]{_WORD}*)(?: |$))(.*)$)"
)
#: The same for what stands before the first `: `, when there is nothing unusual in it.
_HEAD: Final = rf"^({_HOST}) {_LEVEL}(?:{_TAG_PID}|{_TAG})$"
#: A bare word is a program only if no token was lost or put in before it: not when what follows
#: it is a tag, and not when the "host" is a year, a time zone, or who speaks in MySQL's own log.
_LATER_TAG: Final = rf"^{_TAG_PID}(?:[: ]|$)"
_NO_HOST: Final = "^(?:[0-9]+|[A-Z]{3,5}|mysqld_safe)$"
_SOLARIS: Final = r"^\[ID [0-9]+ [a-z0-9]+\.[a-z]+\] "

#: Whole line, for Python: it repeats the one before it, if `stamp` is a day that exists.
REPEATED: Final = (
    rf"{_LEAD}{_PRI}(?P<stamp>{stamps.BSD}|{stamps.ISO}) {_ANGLE_LEVEL}{_HOST} (?:(?:{stamps.BSD}|{stamps.ISO}) {_HOST} )?"
    rf"{_LEVEL}{_REPEATED}\r?$"
)

_PRI_FIRST: Final = re.compile("<[0-9]{1,3}>")
#: What follows a stamp, for Python: the host.
HOST_FIRST: Final = re.compile(f"({_HOST}) ")
#: A stamp is at most this long; the fast road looks no further for its end.
STAMP_MAX: Final = 40
#: How often the fast road tries, and from how many rows on it tries again: the exact one
#: takes ten times as long for a line, but another try costs a thousandth of a second.
_TURNS: Final = 6
_FEW: Final = 500
_FRUITLESS: Final = 2

#: Programs -> as many families; asked about distinct programs only.
Claim = Callable[[pl.Series], pl.Series]
#: As `LineFormat.split`; with a claim, the column `family` too, null where text is.
Split = Callable[[pl.DataFrame, Claim | None], pl.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A format with a stamp, then host, tag and text, for both roads.

    looks: regex, cheap, that a line of this format matches. stamp: regex of any spelling of the
    stamp. times: stamps -> naive times, null where one is not valid. cut: lines without <PRI> and one
    that they may be like -> time and what follows the stamp's blank; time is null where they are not.
    """

    looks: str
    stamp: str
    times: stamps.Times
    cut: Callable[[pl.Series, str], tuple[pl.Series, pl.Series]]


class Quick(Protocol):
    """A fast road: rows and one of the lines -> rows that it took apart, rows that it left."""

    def __call__(self, frame: pl.DataFrame, *, like: str) -> tuple[pl.DataFrame, pl.DataFrame]: ...


def fast(
    frame: pl.DataFrame, *, shape: Shape, like: str, claim: Claim | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take the usual lines apart by cuts.

    like: one of the lines; which ones are usual is told from it. Out: rows with `HEADER` (and family),
    and the rows that do not fit, as they came.
    """
    lines, pri = frame.get_column("raw"), _PRI_FIRST.match(like)
    if pri is not None:
        lines = lines.str.replace(f"^{_PRI}", "")
    time, rest = shape.cut(lines, like[pri.end() if pri else 0 :][:STAMP_MAX])
    dated = time.is_not_null()
    own, left = frame, frame.clear()
    if not dated.all():
        own, left, time, rest = (
            frame.filter(dated),
            frame.filter(~dated),
            time.filter(dated),
            rest.filter(dated),
        )
    parts = halves(rest)
    header = tagged(parts.get_column("head"), claim)
    header = header.with_columns(time.alias("time"), parts.get_column("text"))
    names = [name for name in (*HEADER, "family") if name in header.columns]
    taken = own.hstack(header.select(names).get_columns())
    fits = taken.select(pl.col("program").is_not_null() & pl.col("text").is_not_null()).to_series()
    if fits.all():
        return taken, left
    return taken.filter(fits), pl.concat([left, own.filter(~fits)]).sort("row", "column")


def halves(bodies: pl.Series) -> pl.DataFrame:
    """Cut what follows the stamp: `head` before the first `: `, `text` behind it, null without one."""
    return bodies.str.splitn(": ", 2).struct.rename_fields(["head", "text"]).struct.unnest()


def tagged(heads: pl.Series, claim: Claim | None = None) -> pl.DataFrame:
    """Return host, program, pid (and family) of heads, null for unusual ones; each distinct one is read once."""
    distinct = heads.alias("head").to_frame().select(pl.col("head").unique())
    groups = distinct.with_columns(pl.col("head").str.extract_groups(_HEAD).alias("groups"))
    group = pl.col("groups").struct.field
    tags = groups.select(
        "head",
        _named(group("1")).alias("host"),
        pl.coalesce(group("2"), group("4")).alias("program"),
        group("3").cast(pl.Int64, strict=False).alias("pid"),
    )
    if claim is not None:
        tags = tags.with_columns(claim(tags.get_column("program")).alias("family"))
    asked = heads.alias("head").to_frame()
    return asked.join(tags, on="head", how="left", maintain_order="left").drop("head")


def names_nobody(host: str) -> bool:
    """Tell whether what stands in the host's place is no host's name."""
    return re.match(_NOBODY, host) is not None


def _named(host: pl.Expr) -> pl.Expr:
    return pl.when(~host.str.contains(_NOBODY)).then(host)


def usual(bodies: pl.Series) -> pl.Series:
    """Tell for what follows a stamp whether the fast road would take it apart."""
    return bodies.str.contains(_HEAD.removesuffix("$") + ": ")


def exact(frame: pl.DataFrame, *, shape: Shape, claim: Claim | None = None) -> pl.DataFrame:
    """Take any line apart by one expression. Rows that do not fit get nulls in all of `HEADER`."""
    names = ["stamp", "host", "origin", "untagged", "program", "pid", "colon", "bare", "body"]
    groups = pl.col("raw").str.extract_groups(f"{_LEAD}{_PRI}({shape.stamp}){_REST}")
    parts = frame.select(groups.struct.rename_fields(names).struct.unnest())
    parts = parts.with_columns(shape.times(parts.get_column("stamp")).alias("time"))
    astray = (
        pl.col("bare").is_in(stamps.MONTHS)
        | pl.col("body").str.contains(_LATER_TAG)
        | pl.col("host").str.contains(_NO_HOST)
    )
    fits = pl.col("time").is_not_null() & (pl.col("bare").is_null() | ~astray)
    header = parts.select(
        pl.when(fits).then("time"),
        pl.when(fits).then(_named(pl.coalesce("origin", "host"))).alias("host"),
        pl.when(fits).then(pl.coalesce("program", "colon", "bare")).alias("program"),
        pl.when(fits).then(pl.col("pid").cast(pl.Int64, strict=False)).alias("pid"),
        pl.when(fits).then(pl.coalesce("untagged", "body")).alias("text"),
    )
    return claimed(frame.hstack(header.get_columns()), claim)


def claimed(taken: pl.DataFrame, claim: Claim | None) -> pl.DataFrame:
    """Return rows with `family`, what `claim` says of their program, null where text is."""
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


def by_shape(frame: pl.DataFrame, claim: Claim | None = None, *, shape: Shape) -> pl.DataFrame:
    """Split lines of a shape: take the fast road, and for the rows that it leaves the exact one."""
    road = partial(fast, shape=shape, claim=claim)
    return _without_solaris_id(_by_both(frame, road, partial(exact, shape=shape, claim=claim)))


def _by_both(frame: pl.DataFrame, quick: Quick, slow: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """Let the fast road try as long as it leaves many rows, each time for lines like another one."""
    parts: list[pl.DataFrame] = []
    left, fruitless = frame, 0
    for turn in range(_TURNS):
        if (left.height > _FEW or (turn == 0 and left.height)) and fruitless < _FRUITLESS:
            many = left.height
            taken, left = quick(left, like=left.item((many - 1) * turn // _TURNS, "raw"))
            fruitless = 0 if taken.height > _FEW else fruitless + 1
            parts += [taken] if taken.height else []
    if left.height or not parts:
        parts.append(slow(left))
    return parts[0] if len(parts) == 1 else pl.concat(parts).sort("row", "column")


def zoned(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows whose naive times are UTC with times that say so."""
    return frame.with_columns(pl.col("time").dt.replace_time_zone("UTC"))


_VERSION: Final = f"^{_PRI}[1-9][0-9]{{0,2}} "
# Structured data: `-` or elements whose values hide `"`, `\` and `]` behind a backslash.
_SD: Final = r'(-|(?:\[[^ =\]"]+(?: [^ =\]"]+="(?:[^"\\]|\\.)*")*\])+)'
_RFC5424: Final = (
    f"{_LEAD}{_PRI}[1-9][0-9]{{0,2}} ({stamps.ISO}|-) ([!-~]+) ([!-~]+) ([!-~]+) [!-~]+ {_SD}(?: (.*))?$"
)


def fast_rfc5424(
    frame: pl.DataFrame, *, like: str, claim: Claim | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take lines without structured data apart by cuts; otherwise as `fast`."""
    raw = frame.get_column("raw")
    lines = raw.str.replace(_VERSION, "")
    time, rest = stamps.iso_cut(lines, re.sub(_VERSION, "", like)[:STAMP_MAX])
    names = ["host", "program", "pid", "message", "data", "body"]
    parts = rest.str.splitn(" ", 6).struct.rename_fields(names).struct.unnest()
    fits = time.is_not_null() & (lines.str.len_bytes() < raw.str.len_bytes())
    fits &= (parts.get_column("data") == "-").fill_null(value=False)
    for name in names[:4]:
        words = parts.get_column(name).unique()
        odd = words.filter(~words.str.contains("^[!-~]+$").fill_null(value=False))
        if len(odd):
            fits &= ~parts.get_column(name).is_in(odd.implode(), nulls_equal=True)
    header = _rfc5424_header(parts.with_columns(time.alias("time"))).filter(fits)
    return claimed(frame.filter(fits).hstack(header.get_columns()), claim), frame.filter(~fits)


def exact_rfc5424(frame: pl.DataFrame, *, claim: Claim | None = None) -> pl.DataFrame:
    """Take any line apart by one expression; otherwise as `exact`."""
    names = ["stamp", "host", "program", "pid", "data", "body"]
    groups = pl.col("raw").str.extract_groups(_RFC5424).struct.rename_fields(names)
    parts = frame.select(groups.struct.unnest())
    parts = parts.with_columns(stamps.iso_times(parts.get_column("stamp")).alias("time"))
    fits = parts.get_column("time").is_not_null() | (parts.get_column("stamp") == "-")
    header = _rfc5424_header(parts).with_columns(pl.when(fits.fill_null(value=False)).then(pl.all()))
    return claimed(frame.hstack(header.get_columns()), claim)


def _rfc5424_header(parts: pl.DataFrame) -> pl.DataFrame:
    def value(name: str) -> pl.Expr:
        return pl.when(pl.col(name) != "-").then(name)

    body = pl.col("body").fill_null("")
    # a mark says that it is UTF-8; rsyslog's %msg% keeps the blank behind the tag, so there are two
    marked = parts.select((body.str.starts_with("\ufeff") | body.str.starts_with(" ")).any()).item()
    return parts.select(
        "time",
        value("host"),
        value("program"),
        pl.when(pl.col("pid").str.contains("^[0-9]{1,10}$")).then("pid").cast(pl.Int64).alias("pid"),
        (body.str.replace("^\ufeff? ?", "") if marked else body).alias("text"),
    )


def _split_rfc5424(frame: pl.DataFrame, claim: Claim | None = None) -> pl.DataFrame:
    taken = _by_both(frame, partial(fast_rfc5424, claim=claim), partial(exact_rfc5424, claim=claim))
    return zoned(_without_solaris_id(taken))


_DIGITS: Final = "[0-9]{2}:[0-9]{2}:[0-9]{2}"

BSD_SHAPE: Final = Shape(
    looks=f"{_LEAD}{_PRI}{stamps.MONTH}  ?[0-9]{{1,2}} {_DIGITS}[ .,]",
    stamp=stamps.BSD,
    times=stamps.bsd_times,
    cut=stamps.bsd_cut,
)
ISO_SHAPE: Final = Shape(
    looks=f"{_LEAD}{_PRI}{stamps.DATE}[Tt ]{_DIGITS}(?:[.,][0-9]+)?[Zz+-]",
    stamp=stamps.ISO,
    times=stamps.iso_times,
    cut=stamps.iso_cut,
)


LOCAL_SHAPE: Final = Shape(
    looks=f"{_LEAD}{_PRI}{stamps.DATE}[Tt ]{_DIGITS}(?:[.,][0-9]+)? ",
    stamp=stamps.LOCAL,
    times=stamps.local_times,
    cut=stamps.local_cut,
)


#: The formats whose lines can be cut, by name.
SHAPES: Final[dict[str, Shape]] = {"bsd": BSD_SHAPE, "rfc3339": ISO_SHAPE, "iso-local": LOCAL_SHAPE}


def _split_iso(frame: pl.DataFrame, claim: Claim | None = None) -> pl.DataFrame:
    return zoned(by_shape(frame, claim, shape=ISO_SHAPE))


BSD: Final = LineFormat(
    name="bsd",
    stamp=Stamp.YEARLESS,
    looks=pl.col("raw").str.contains(BSD_SHAPE.looks),
    split=partial(by_shape, shape=BSD_SHAPE),
)
RFC3339: Final = LineFormat(
    name="rfc3339",
    stamp=Stamp.ZONED,
    looks=pl.col("raw").str.contains(ISO_SHAPE.looks),
    split=_split_iso,
)
LOCAL: Final = LineFormat(
    name="iso-local",
    stamp=Stamp.LOCAL,
    looks=pl.col("raw").str.contains(LOCAL_SHAPE.looks),
    split=partial(by_shape, shape=LOCAL_SHAPE),
)
RFC5424: Final = LineFormat(
    name="rfc5424",
    stamp=Stamp.ZONED,
    looks=pl.col("raw").str.contains(
        f"{_LEAD}(?:<[0-9]{{1,3}}>[1-9][0-9]{{0,2}} -|{_PRI}[1-9][0-9]{{0,2}} {stamps.DATE}[Tt]{_DIGITS})"
    ),
    split=_split_rfc5424,
)
#: In the order in which they are tried.
FORMATS: Final = (RFC5424, RFC3339, BSD, LOCAL)
#: How each splits. Whose a line is follows from its program, and the fast road knows the distinct ones anyway.
SPLITS: Final[dict[str, Split]] = {
    RFC5424.name: _split_rfc5424,
    RFC3339.name: _split_iso,
    BSD.name: partial(by_shape, shape=BSD_SHAPE),
    LOCAL.name: partial(by_shape, shape=LOCAL_SHAPE),
}
