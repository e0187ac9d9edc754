r"""The systemd journal as `journalctl -o json` writes it: an object a line, a key for each field.

For: saved files, exports (`sources.journal_export` makes such lines of them), journalctl's own output. In: rows
`row, column, raw`, one line each. Out: `JSON`, `SHAPE`, `split`; `other_output`, what journalctl wrote with
another `-o`. Never: a field from within a value; an exception for what is no JSON: such a line is unparsed.

Read leniently: keys may be in any order, missing, unknown, doubled, null; json-seq's record separator and json-sse's
`data:` are skipped. A field that is not UTF-8 is an array of byte numbers, one that was said several times an array of
strings, of which the first counts.

`raw` becomes what `journalctl -o short-iso-precise --utc` would show: an object of a kilobyte is no evidence that
anybody reads. Of a message of several lines it holds the first; `text` holds all.

The time is `_SOURCE_REALTIME_TIMESTAMP`, when the program spoke, as journalctl shows it; where it is missing, when
journald heard it. The PID is the one that the program gave (`SYSLOG_PID`), which is what a syslog file shows, too.
"""

from __future__ import annotations

import re
from typing import Final

import polars as pl
from polars.exceptions import ComputeError

from logscan.parsers.family import LineFormat, Stamp
from logscan.parsers.syslog import Claim, Shape, claimed

#: What is read of a record.
FIELDS: Final = (
    "MESSAGE",
    "SYSLOG_IDENTIFIER",
    "SYSLOG_PID",
    "_COMM",
    "_HOSTNAME",
    "_PID",
    "_SOURCE_REALTIME_TIMESTAMP",
    "__REALTIME_TIMESTAMP",
)
#: A record separator of json-seq, a label of json-sse.
_LEAD: Final = "^[\\x00\\x1e\ufeff \\t]*(?:data: ?)?"
_MARK: Final = '"__REALTIME_TIMESTAMP"'
#: A field of ours whose value is no string, number or null. A `"` within a value has a `\` before it.
_SEVERAL: Final = rf'[{{,]\s*"(?:{"|".join(FIELDS)})"\s*:\s*[\[{{tf]'
#: One object, no other within it: strings and braces end where they began.
_WHOLE: Final = r'^\{(?:[^"{}]|"(?:[^"\\]|\\.)*")*\}\s*$'
_STRUCT: Final = pl.Struct(dict.fromkeys(FIELDS, pl.String()))
_IN_BYTES: Final = pl.Struct(
    {name: pl.List(pl.Int64) if name == "MESSAGE" else pl.String() for name in FIELDS}
)
#: Nobody's journal reaches beyond the year 3000; microseconds.
_LATEST: Final = 32_503_680_000_000_000
#: What journalctl calls a program that has no name.
NAMELESS: Final = "unknown"
#: Names with which a record can be told at a glance: nothing in them can pose as the rest of a header.
_PLAIN: Final = r"^[A-Za-z0-9_/.(][A-Za-z0-9_/.()@+%~#-]*$"
_PLAIN_HOST: Final = "^[A-Za-z0-9_][A-Za-z0-9._-]*$"

_SHOWN: Final = "%Y-%m-%dT%H:%M:%S%.6f+00:00"


def split(frame: pl.DataFrame, claim: Claim | None = None) -> pl.DataFrame:
    """Take records apart; as `syslog.split`. `raw` of those that were understood is their short form."""
    fields = _fields(frame.get_column("raw"))
    parts = frame.hstack(_header(fields).get_columns())
    known = pl.col("time").is_not_null()
    nothing = [name for name in ("host", "program", "pid", "text") if name in parts.columns]
    shown = parts.with_columns(
        pl.when(known).then(_short()).otherwise("raw").alias("raw"),
        *(pl.when(known).then(name).alias(name) for name in nothing),
    )
    return claimed(shown, claim)


def cut(lines: pl.Series, like: str) -> tuple[pl.Series, pl.Series]:
    """Return naive UTC times and `host program[pid]: text` of records; the time is null where that is not sound."""
    del like  # records are not alike
    header = _header(_fields(lines))
    hosts, programs = (_all(header.get_column(name), form) for name, form in _NAMES.items())
    sound = header.select(
        hosts.alias("hosts") & programs.alias("programs") & ~pl.col("text").str.contains("\n", literal=True)
    ).to_series()
    times = header.get_column("time").dt.replace_time_zone(None)
    bodies = header.select(pl.concat_str("host", pl.lit(" "), _said())).to_series()
    if not sound.all():
        times = times.zip_with(sound.fill_null(value=False), times.clear(1))
    return times, bodies


_NAMES: Final = {"host": _PLAIN_HOST, "program": _PLAIN}


def _all(names: pl.Series, form: str) -> pl.Series:
    """Tell of each name whether it is of a form; each distinct one is looked at once."""
    distinct = names.unique()
    odd = distinct.filter(~distinct.str.contains(form).fill_null(value=False))
    return ~names.is_in(odd.implode(), nulls_equal=True)


def too_long(data: bytes) -> int:
    """Return of how many records the message was left out: journalctl does that beyond 4 kB, without `--all`."""
    return len(_LEFT_OUT.findall(data)) if _NULL in data else 0


_NULL: Final = b'"MESSAGE"'
_LEFT_OUT: Final = re.compile(rb'[{,]\s*"MESSAGE"\s*:\s*null\b')


def _header(fields: pl.DataFrame) -> pl.DataFrame:
    """Return time (UTC, null for what is no record), host, program, pid, text."""

    def moment(name: str) -> pl.Expr:
        micros = pl.col(name).cast(pl.Int64, strict=False)
        return pl.when(micros.is_between(1, _LATEST)).then(micros)

    pid = pl.coalesce(_number("SYSLOG_PID"), _number("_PID"))
    return fields.select(
        pl.when(moment("__REALTIME_TIMESTAMP").is_not_null())
        .then(pl.coalesce(moment("_SOURCE_REALTIME_TIMESTAMP"), moment("__REALTIME_TIMESTAMP")))
        .cast(pl.Datetime("us", "UTC"))
        .alias("time"),
        pl.col("_HOSTNAME").alias("host"),
        pl.coalesce(_filled("SYSLOG_IDENTIFIER"), _filled("_COMM"), pl.lit(NAMELESS)).alias("program"),
        pid.alias("pid"),
        # what the kernel and rsyslog cut off, journald keeps
        pl.col("MESSAGE").fill_null("").str.strip_chars_end("\n").alias("text"),
    )


def _filled(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(name)


def _number(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.contains("^[0-9]{1,10}$")).then(pl.col(name).cast(pl.Int64, strict=False))


def _said() -> pl.Expr:
    pid = pl.when(pl.col("pid").is_not_null()).then(pl.format("[{}]", "pid")).otherwise(pl.lit(""))
    return pl.concat_str("program", pid, pl.lit(": "), "text")


def _short() -> pl.Expr:
    host = pl.when(pl.col("host").is_not_null()).then(pl.format("{} ", "host")).otherwise(pl.lit(""))
    line = pl.concat_str(pl.col("time").dt.to_string(_SHOWN), pl.lit(" "), host, _said())
    return line.str.splitn("\n", 2).struct.field("field_0")


# --- fields --------------------------------------------------------------------------------------


def _fields(lines: pl.Series) -> pl.DataFrame:
    """Return `FIELDS` of the lines, all null for what is no object.

    Two roads that agree: one that reads many objects at once and fails where one is none; one that asks for each
    key of each line, for those. Many at once are read as one text, so nothing goes there that is not whole in itself.
    """
    objects = lines.str.replace(_LEAD, "")
    whole = objects.str.contains(_WHOLE)
    several = objects.str.contains(_SEVERAL)
    if whole.all() and not several.any():
        return _plain(objects)
    masks = (whole & ~several, whole & several, ~whole)
    tables = [
        read(objects.filter(mask)) for read, mask in zip((_plain, _in_bytes, _asked), masks, strict=True)
    ]
    places = pl.concat([mask.arg_true() for mask in masks])
    return pl.concat(tables)[places.arg_sort()]


def _plain(objects: pl.Series) -> pl.DataFrame:
    """Return the fields of whole objects whose values are strings."""
    found = _decoded(objects, _STRUCT)
    if found is not None:
        return found
    sound = objects.str.json_path_match("$.__REALTIME_TIMESTAMP").is_not_null()
    found = _decoded(objects.filter(sound), _STRUCT)
    if found is None:
        return _asked(objects)
    places = pl.concat([sound.arg_true(), (~sound).arg_true()])
    return pl.concat([found, _asked(objects.filter(~sound))])[places.arg_sort()]


def _in_bytes(objects: pl.Series) -> pl.DataFrame:
    """Return the fields of whole objects whose messages are bytes, as a rule, and nothing else unusual."""
    fields = _decoded(objects, _IN_BYTES)
    return _asked(objects) if fields is None else fields.with_columns(_text(fields["MESSAGE"]))


def _decoded(objects: pl.Series, form: pl.Struct) -> pl.DataFrame | None:
    try:
        found = objects.str.json_decode(form).struct.unnest()
    except ComputeError:
        return None
    return found if found.height == len(objects) else None


def _asked(objects: pl.Series) -> pl.DataFrame:
    return pl.DataFrame([_value(objects, name) for name in FIELDS])


def _value(objects: pl.Series, name: str) -> pl.Series:
    value = objects.str.json_path_match(f"$.{name}").alias(name)
    several = objects.str.contains(rf'[{{,]\s*"{name}"\s*:\s*\[')
    if not several.any():
        return value
    arrays = value.filter(several)
    first = arrays.str.replace(r"^\[\s*", "")
    strings = first.str.starts_with('"')
    # the first of several values: a string, or an array of bytes itself
    spoken = pl.select(pl.when(strings).then(_first_of(arrays))).to_series()
    flat = first.str.starts_with("[")
    numbers = first.zip_with(flat, arrays)
    texts = spoken.zip_with(strings, _bytes(numbers))
    return value.scatter(several.arg_true(), texts)


def _first_of(arrays: pl.Series) -> pl.Series:
    return arrays.str.json_path_match("$[0]")


def _bytes(arrays: pl.Series) -> pl.Series:
    """Return the text of arrays of byte numbers."""
    return _text(_numbers(arrays))


def _text(numbers: pl.Series) -> pl.Series:
    """Return the text of lists of bytes; what is not UTF-8 is replaced, as everywhere."""
    ended = pl.concat_list(
        pl.col("number").fill_null([]).list.eval(pl.element().clip(0, 255)), pl.lit([_END], pl.List(pl.Int64))
    )
    flat = numbers.alias("number").to_frame().select(ended.explode()).drop_nulls()
    number = pl.col("number")
    # a line feed parts the texts; one inside travels as a vertical tab
    inside = pl.when(number == 10).then(11).otherwise(number)
    plain = flat.select(pl.when(number == _END).then(10).otherwise(inside).cast(pl.UInt8)).to_series()
    texts = bytes(plain.to_list()).decode(errors="replace").split("\n")[: len(numbers)]
    return pl.Series(numbers.name, texts, dtype=pl.String).str.replace_all("\x0b", "\n", literal=True)


#: No byte.
_END: Final = 256


def _numbers(arrays: pl.Series) -> pl.Series:
    try:
        return arrays.str.json_decode(pl.List(pl.Int64))
    except ComputeError:  # some are something else
        inside = arrays.str.extract(r"^\[([0-9,\s]*)").str.extract_all("[0-9]{1,3}")
        return inside.list.eval(pl.element().cast(pl.Int64))


# --- formats -------------------------------------------------------------------------------------

_LOOKS: Final = rf"{_LEAD}\{{"

SHAPE: Final = Shape(looks=_LOOKS, stamp="", times=lambda stamps: stamps, cut=cut)
JSON: Final = LineFormat(
    name="journal-json",
    stamp=Stamp.ZONED,
    looks=pl.col("raw").str.contains(_LOOKS) & pl.col("raw").str.contains(_MARK, literal=True),
    split=split,
)
