"""How log lines begin, and how one is put together of what its wrapper tells.

In: regex pieces of `stamps`; what a wrapper tells of its lines. Out: `BEGIN`, the beginning of a log line; `TAG`, of
one that has lost its header, with its `HOST` perhaps; `tidied` and `composed`, lines with the header that their wrapper knows.
Never: a host or a program that nobody named; two lines of one.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.parsers import stamps

# Pieces that Rust's regex and Python's `re` read alike.
_CLOCK: Final = "[ 0-9][0-9]:[0-9]{2}:[0-9]{2}"
_LONG_DATE: Final = (
    rf"(?:[12][0-9]{{3}}[ -]{stamps.MONTH}|{stamps.MONTH} {{1,2}}[0-9]{{1,2}},? [12][0-9]{{3}}"
    rf"|[0-9]{{1,2}}[ -]{stamps.MONTH}[ -][12][0-9]{{3}})"
)
#: How a line begins that is read as it is: its stamp, or the client of an access log.
PLAIN: Final = (
    rf"(?:<[0-9]{{1,3}}>)?(?:{stamps.MONTH} {{1,2}}[0-9]{{1,2}} {_CLOCK}[ .,][^12]"
    rf"|[12][0-9]{{3}}[-/][01][0-9][-/][0-3][0-9](?:[Tt]| {{1,2}}){_CLOCK}"
    # journalctl's short-full and short-unix
    rf"|{stamps.WEEKDAY} {stamps.DATE} {_CLOCK}|[0-9]{{9,10}}\.[0-9]{{6}} [A-Za-z]"
    rf"|\[(?:[0-9]{{1,2}}-{stamps.MONTH}-|[12][0-9]{{3}}[-/][01][0-9]|{stamps.WEEKDAY} )"
    rf"|(?:[0-9A-Za-z_.-]{{1,80}}:[0-9]{{1,5}} )?(?:[0-9A-Fa-f:.]{{3,45}}|[0-9A-Za-z_.-]{{1,80}}) \S+ \S+ \[[0-9]{{1,2}}/{stamps.MONTH}/)"
)
#: The same, or with a stamp in a way of its own.
BEGIN: Final = (
    rf"(?:{PLAIN}|{stamps.MONTH} {{1,2}}[0-9]{{1,2}} {_CLOCK}|{_LONG_DATE}"
    rf"|{stamps.WEEKDAY}[a-z]{{0,6}},? (?:{stamps.MONTH} |{_LONG_DATE}))"
)
#: A program and its pid, where the header is gone.
TAG: Final = r"[A-Za-z][0-9A-Za-z_./@+-]{0,80}(?:\[[0-9]{1,10}\])?: "
#: The host before it.
HOST: Final = "[0-9A-Za-z_.:-]{1,255}"


def composed(parts: pl.DataFrame) -> pl.Series:
    """Return log lines of what is known of each.

    In: line, and time, host, program, pid, speaker: strings, null where they are not known. speaker: the container
    or its stream, which is the program only where the line names none. Out: where the line has a stamp of its own it
    stays, but for one without year and zone, which the wrapper's time replaces; else the header is put before it,
    with `-` for an unknown host.
    """
    line, time = parts["line"], parts["time"]
    if time.null_count() == len(time):
        return line.fill_null("")
    bare = line.str.extract(rf"^(?:<[0-9]{{1,3}}>)?(?:{stamps.BSD}|{stamps.LOCAL}) (.*)$", 1)
    found = pl.select(
        pl.when(time.is_not_null() & bare.is_not_null()).then(pl.format("{} {}", time, bare))
    ).to_series()
    left = found.is_null().arg_true()
    if not len(left):
        return found
    return found.scatter(left, _headed(parts[left]))


def _headed(parts: pl.DataFrame) -> pl.Series:
    """Return lines with the header that their wrapper knows, where they have none of their own."""
    line, time = pl.col("line").fill_null(""), pl.col("time")
    host = pl.col("host").fill_null("-")
    pid = pl.when(pl.col("pid").is_null()).then(pl.lit("")).otherwise(pl.format("[{}]", "pid"))
    program = pl.coalesce("program", "speaker", pl.lit("unknown"))
    tagged = line.str.contains(f"^{TAG}") & pl.col("program").is_null()
    hosted = line.str.contains(f"^{HOST} {TAG}") & pl.col("program").is_null() & pl.col("host").is_null()
    found = (
        pl.when(time.is_null() | (line.str.strip_chars() == "") | line.str.contains(f"^{BEGIN}"))
        .then(line)
        .when(tagged)
        .then(pl.format("{} {} {}", time, host, line))
        .when(hosted)
        .then(pl.format("{} {}", time, line))
        .otherwise(pl.format("{} {} {}{}: {}", time, host, program, pid, line))
    )
    return parts.select(found.alias("line")).to_series()


def tidied(parts: pl.DataFrame) -> pl.DataFrame:
    """Return what cells or keys tell of each line in the form that `composed` takes, null where it has another."""
    program = pl.col("program")
    return parts.with_columns(
        pl.col("line").str.strip_chars_end("\r\n").str.replace_all("[\r\n]+", " "),
        _stamp(pl.col("time").str.strip_chars()).alias("time"),
        pl.col("host").str.extract(r"^([0-9A-Za-z_.:-]+)$"),
        # a tag may come as it stands in the line: `postfix/smtpd[812]:`
        program.str.extract(r"^([A-Za-z][0-9A-Za-z_./@+-]*)(?:\[[0-9]*\])?:?$").alias("program"),
        pl.coalesce(pl.col("pid"), program.str.extract(r"\[([0-9]+)\]"))
        .str.extract("^([0-9]{1,10})$")
        .alias("pid"),
    )


def _stamp(time: pl.Expr) -> pl.Expr:
    """Return a time as RFC 3339 has it: seconds, or thousandths or millionths, since 1970 too.

    Other stamps stay as they are; null for what is none.
    """
    seconds = time.str.extract(r"^(1[0-9]{9}(?:\.[0-9]{1,9})?)$", 1).cast(pl.Float64)
    number = pl.coalesce(
        seconds * 1e6,
        time.str.extract("^(1[0-9]{12})$", 1).cast(pl.Int64) * 1000,
        time.str.extract("^(1[0-9]{15})$", 1).cast(pl.Int64),
    )
    since = number.round().cast(pl.Int64).cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    iso = time.str.replace(f"^({stamps.DATE}) ([0-9].*)$", "${1}T${2}").str.replace(
        r"^(\S+) (Z|UTC|[+-][0-9:]{4,6})$", "${1}${2}"
    )
    return pl.coalesce(since, pl.when(time.str.contains(f"^{BEGIN}")).then(iso.str.replace("UTC$", "Z")))
