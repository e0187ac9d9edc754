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
_TORN: Final = r"(?:[^ \[\]\"'<>{}]{0,64} ){0,4}"
_TAG: Final = r"(?P<program>[A-Za-z][\w./@+-]{0,80})"
_LINES: Final = (
    rf"^{_TAG}(?:\[(?P<pid>[0-9]{{1,10}})\])?: ?(?P<said>.*)$",
    rf"^{_TORN}{_TAG}\[(?P<pid>[0-9]{{1,10}})\]: ?(?P<said>.*)$",
)


def of(speakers: Sequence[Family]) -> LineFormat:
    """Return the format of lines that begin with, or soon come to, the tag of a program of `speakers`."""
    return _of(tuple(family.programs for family in speakers if family.programs is not None))


@cache
def _of(programs: tuple[str, ...]) -> LineFormat:
    known = "^(?:" + "|".join(f"(?:{pattern})" for pattern in programs) + ")$"

    def parts(said: str) -> pl.Expr:
        found = pl.coalesce(
            pl.col("raw").str.extract_groups(pattern).struct.field(said) for pattern in _LINES
        )
        return found.alias(said)

    def split(frame: pl.DataFrame) -> pl.DataFrame:
        found = frame.select(parts("program"), parts("pid"), parts("said"))
        ours = pl.col("program").str.contains(known)
        return frame.with_columns(
            pl.lit(None, dtype=pl.Datetime("us")).alias("time"),
            pl.lit(None, dtype=pl.String).alias("host"),
            found.select(pl.when(ours).then("program")).to_series(),
            found.select(pl.when(ours).then(pl.col("pid").cast(pl.Int64, strict=False))).to_series(),
            found.select(pl.when(ours).then("said").alias("text")).to_series(),
        )

    return LineFormat(
        name=NAME,
        stamp=Stamp.LOCAL,
        looks=parts("program").str.contains(known).fill_null(value=False),
        split=split,
    )
