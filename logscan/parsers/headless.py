"""Lines that lost their header, or never had one: `postfix/smtpd[812]: connect from ...`.

For: what containers print, and what somebody pasted with its first columns cut off. In: the families. Out: `of`, a
`LineFormat` that finds program, pid and text; time and host are unknown, for the line does not tell them.
Never: a tag that is no known daemon's. Prose is full of `word: text`, so one without a pid must begin the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import polars as pl

from logscan.parsers.family import Family, LineFormat, Stamp

NAME: Final = "headless"
#: What is left of a header before the tag: `:27:35 mx1 `.
_TORN: Final = r"(?:[^ \[\]\"'<>{}]* ){0,4}"
# ASCII and without bounds: what a regular expression costs to compile is paid by every small log
_TAG: Final = "(?P<program>[A-Za-z][0-9A-Za-z_./@+-]*)"
_LINES: Final = (
    rf"^{_TAG}(?:\[(?P<pid>[0-9]+)\])?: ?(?P<said>.*)$",
    rf"^{_TORN}{_TAG}\[(?P<pid>[0-9]+)\]: ?(?P<said>.*)$",
)


def of(speakers: Sequence[Family]) -> LineFormat:
    """Return the format of lines that begin with, or soon come to, the tag of a program of `speakers`."""
    return _of(tuple(family.programs for family in speakers if family.programs is not None))


@cache
def _of(programs: tuple[str, ...]) -> LineFormat:
    known = "^(?:" + "|".join(f"(?:{pattern})" for pattern in programs) + ")$"

    def parts(frame: pl.DataFrame) -> pl.DataFrame:
        groups = frame.select(
            pl.col("raw").str.extract_groups(line).alias(name)
            for name, line in zip("ab", _LINES, strict=True)
        )
        return groups.select(
            pl.coalesce(pl.col(name).struct.field(part) for name in "ab").alias(part)
            for part in ("program", "pid", "said")
        )

    def split(frame: pl.DataFrame) -> pl.DataFrame:
        found = parts(frame)
        ours = found["program"].str.contains(known).fill_null(value=False)
        found = found.with_columns(pl.when(ours).then(pl.all()))
        return frame.with_columns(
            pl.lit(None, dtype=pl.Datetime("us")).alias("time"),
            pl.lit(None, dtype=pl.String).alias("host"),
            found["program"],
            found["pid"].cast(pl.Int64, strict=False),
            found["said"].alias("text"),
        )

    tagged = pl.col("raw").str.contains(r"[0-9A-Za-z_./@+-](?:\[[0-9]+\])?: ")
    program = pl.coalesce(pl.col("raw").str.extract_groups(line).struct.field("program") for line in _LINES)
    return LineFormat(
        name=NAME,
        stamp=Stamp.LOCAL,
        looks=tagged & program.str.contains(known).fill_null(value=False),
        split=split,
    )
