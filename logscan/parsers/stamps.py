"""Time stamps of syslog: the year's day of BSD, RFC 3339 in all its spellings.

In: stamps, or whole lines and one of them that shows what they are like. Out: `bsd_times`, `iso_times`,
`local_times`, which read any spelling; `bsd_cut`, `iso_cut`, `local_cut`, which read the stamps of lines that are all alike.
Never: a time for a stamp that is not wholly valid; a cut that gives another time than the exact way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

import polars as pl

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SECOND: Final = 1_000_000
_DAY: Final = 86_400 * _SECOND

# Pieces that Rust's regex and Python's `re` read alike.
MONTH: Final = "(?:" + "|".join(MONTHS) + ")"
WEEKDAY: Final = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK: Final = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)"
_CLOCK_PARTS: Final = "(?P<h>[01][0-9]|2[0-3]):(?P<m>[0-5][0-9]):(?P<s>[0-5][0-9]|60)"
DATE: Final = "[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
_FRACTION: Final = "(?:[.,][0-9]{1,9})?"
_OFFSET: Final = "(?:[Zz]|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)"
BSD: Final = f"{MONTH}(?:  ?[1-9]| [0-3][0-9]) {_CLOCK}{_FRACTION}"
ISO: Final = f"{DATE}[Tt ]{_CLOCK}{_FRACTION}{_OFFSET}"
#: The same without a zone, as templates of loggers and exports write it.
LOCAL: Final = f"{DATE}[Tt ]{_CLOCK}{_FRACTION}"

Times = Callable[[pl.Series], pl.Series]


def each_run(values: pl.Series, parse: Times) -> pl.Series:
    """Parse every run of equal values once. In: strings. Out: as many parsed values."""
    run = values.rle_id()
    if len(run) and run.item(-1) == 0:
        return parse(values.head(1)).new_from_index(0, len(values))
    begins = (run.diff() != 0).fill_null(value=True)
    return parse(values.filter(begins)).gather(run)


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
    pattern = f"^(?P<month>{MONTH}) {{1,2}}(?P<day>[0-9]{{1,2}}) {_CLOCK_PARTS}(?:[.,](?P<f>[0-9]{{1,9}}))?$"
    numbers = [f"{number:02}" for number in range(1, 13)]
    month = pl.col("month").replace_strict(list(MONTHS), numbers, default=None, return_dtype=pl.String)
    date = pl.concat_str(pl.lit("2000-"), month, pl.lit("-"), pl.col("day").str.zfill(2))

    def parse(runs: pl.Series) -> pl.Series:
        parts = runs.to_frame("stamp").select(pl.col("stamp").str.extract_groups(pattern).struct.unnest())
        seconds = (_number("h") * 60 + _number("m")) * 60 + _number("s")
        days = date.str.to_date("%Y-%m-%d", strict=False)
        return parts.select(_moment(days, seconds * _SECOND + _micros("f"))).to_series()

    return each_run(stamps, parse)


def iso_times(stamps: pl.Series) -> pl.Series:
    """Parse RFC 3339 and its relaxed spellings; naive UTC. Null for what is no such stamp."""
    pattern = (
        f"^(?P<date>{DATE})[Tt ]{_CLOCK_PARTS}(?:[.,](?P<f>[0-9]{{1,9}}))?"
        "(?:[Zz]|(?P<sign>[+-])(?P<oh>[01][0-9]|2[0-3])(?::?(?P<om>[0-5][0-9]))?)$"
    )

    def parse(runs: pl.Series) -> pl.Series:
        parts = runs.to_frame("stamp").select(pl.col("stamp").str.extract_groups(pattern).struct.unnest())
        seconds = (_number("h") * 60 + _number("m")) * 60 + _number("s")
        offset = _number("oh").fill_null(0) * 3600 + _number("om").fill_null(0) * 60
        east = pl.when(pl.col("sign") == "-").then(-offset).otherwise(offset)
        days = pl.col("date").str.to_date("%Y-%m-%d", strict=False)
        return parts.select(_moment(days, (seconds - east) * _SECOND + _micros("f"))).to_series()

    return each_run(stamps, parse)


def local_times(stamps: pl.Series) -> pl.Series:
    """Parse RFC 3339 without its zone; naive. Null for what is no such stamp."""
    return iso_times(stamps + "Z")


def local_cut(lines: pl.Series, like: str) -> tuple[pl.Series, pl.Series]:
    """As `bsd_cut`, for lines whose stamps have no zone and are as long as that of `like`."""
    end = like.find(" ", 11)
    if end < 19 or like[10:11] not in ("T", "t", " "):
        return pl.Series([None] * len(lines), dtype=pl.Datetime("us")), lines
    clock = lines.str.slice(11, end - 11)
    parted = lines.str.slice(10, 1).is_in(["T", "t", " "]) & lines.str.slice(end).str.starts_with(" ")
    zoned = lines.str.slice(0, 10) + "T" + clock + "Z" + lines.str.slice(end)
    # a blank or an offset inside would make a stamp of another kind
    plain = parted & clock.str.contains(rf"^{_CLOCK}{_FRACTION}$")
    time, rest = iso_cut(zoned, f"{like[:10]}T{like[11:end]}Z{like[end:]}")
    return time.zip_with(plain.fill_null(value=False), _nothing(time)), rest


def _nothing(like: pl.Series) -> pl.Series:
    return pl.Series([None], dtype=like.dtype)


def _digits(text: str, at: int) -> int:
    """How many digits stand at `at`, when a point or comma stands before them; else 0."""
    if text[at - 1 : at] not in (".", ","):
        return 0
    return len(text[at:]) - len(text[at:].lstrip("0123456789"))


def bsd_cut(lines: pl.Series, like: str) -> tuple[pl.Series, pl.Series]:
    """Return time and rest of lines that begin with `Nov 24 03:27:35 `, or with a fraction like `like`.

    Where a line does not, its time is null.
    """
    digits = _digits(like, 16)
    end = 16 + digits if 1 <= digits <= 6 else 15
    behind = " $" if end == 15 else f"[.,][0-9]{{{digits}}} $"

    def parse(runs: pl.Series) -> pl.Series:
        midnight = each_run(runs.str.slice(0, 6), lambda days: bsd_times(days + " 00:00:00"))
        parts = runs.to_frame("stamp").with_columns(midnight.alias("midnight"))
        h, m, s = (pl.col("stamp").str.slice(at, 2).cast(pl.Int64, strict=False) for at in (7, 10, 13))
        micros = pl.col("stamp").str.slice(16, digits).cast(pl.Int64, strict=False) * 10 ** (6 - digits)
        whole = pl.col("midnight").cast(pl.Int64) + ((h * 60 + m) * 60 + s) * _SECOND
        fits = pl.col("stamp").str.contains(f"^{MONTH} [ 1-3][0-9] {_CLOCK}{behind}")
        time = whole if end == 15 else whole + micros
        return parts.select(pl.when(fits).then(time).cast(pl.Datetime("us"))).to_series()

    return each_run(lines.str.slice(0, end + 1), parse), lines.str.slice(end + 1)


def iso_cut(lines: pl.Series, like: str) -> tuple[pl.Series, pl.Series]:
    """As `bsd_cut`, for lines whose stamps are as long as that of `like`, with `T` and no blank."""
    end, digits = like.find(" "), _digits(like, 20)
    if end < 20 or digits > 9:
        return pl.Series([None] * len(lines), dtype=pl.Datetime("us")), lines
    # Polars reads some forms much faster than others
    form, stop = _FORMS.get(digits, _FORMS[0])
    stamp = lines.str.slice(0, stop)
    local = stamp.str.to_datetime(form, time_unit="us", strict=False, cache=False)
    # what that also takes: a blank for a leading zero, a sign before the year
    if stamp.str.contains(" ", literal=True).any():
        local = local.zip_with(~stamp.str.contains(" ", literal=True), _nothing(local))
    if not local.drop_nulls().dt.year().is_between(1000, 2999).all():
        local = local.zip_with(local.dt.year().is_between(1000, 2999), _nothing(local))
    micros = local.cast(pl.Int64)
    if digits and stop == 19:
        behind = lines.str.slice(19, digits + 1)
        known = min(digits, 6)
        fraction = behind.str.slice(1, known).cast(pl.Int64, strict=False) * 10 ** (6 - known)
        fits = behind.str.contains(f"^[.,][0-9]{{{digits}}}$")
        micros += fraction.zip_with(fits, _nothing(fraction))
    zone = 20 + digits if digits else 19
    # what the offset adds to any moment; the blank behind it is checked with it
    offset = each_run(lines.str.slice(zone, end + 1 - zone), _offsets)
    return (micros + offset).cast(pl.Datetime("us")), lines.str.slice(end + 1)


#: Digits of the fraction -> form, and where what it reads ends.
_FORMS: Final = {
    0: ("%Y-%m-%dT%H:%M:%S", 19),
    3: ("%Y-%m-%dT%H:%M:%S.%3f", 23),
    6: ("%Y-%m-%dT%H:%M:%S.%6f", 26),
}


def _offsets(zones: pl.Series) -> pl.Series:
    """`+08:00 ` -> what it adds to a local time in microseconds; null where it is no offset and a blank."""
    midnights = iso_times("1970-01-01T00:00:00" + zones.str.strip_suffix(" ")).cast(pl.Int64)
    return midnights.zip_with(zones.str.contains(f"^{_OFFSET} $"), _nothing(midnights))


def exists(stamp: str) -> bool:
    """Tell whether a stamp of the form `BSD` or `ISO` is of a day that exists; as the times do."""
    try:
        if stamp[0].isdigit():
            date.fromisoformat(stamp[:10])
        else:
            date(2000, MONTHS.index(stamp[:3]) + 1, int(stamp[3:6]))
    except ValueError:
        return False
    return True
