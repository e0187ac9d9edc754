"""Records of several lines: the first has a header, the others go on with it.

For: PHP's stack traces, in whatever log they land; what nginx heard on a back end's standard error; messages of
several lines as journalctl prints them.
In: the records of a block and those of the lines behind it. Out: `folded`, the same with one record for
each: its `text` holds all lines, and the lines themselves are nobody's and empty, as blank ones are.
Never: a record that depends on where blocks are cut; more than `KEPT` bytes added to one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from logscan.model.blocks import FOLLOWING
from logscan.parsers.clock import Chain
from logscan.parsers.family import GoesOn

#: Bytes of further lines that a record keeps; of the others it is only known that they are its own.
KEPT: Final = FOLLOWING


def folded(
    table: pl.DataFrame,
    rule: GoesOn,
    owner: str | None,
    *,
    number: int,
    open_: Chain[bool],
    behind: Callable[[], pl.DataFrame],
) -> pl.DataFrame:
    """Return the records of block `number` with those of several lines made one.

    table: row, raw, time, family, text, in order; any other columns stay. owner: the family whose log it
    is; None: every record may go on, with lines that are indented by the width of its header. open_: whether the last record before each block is one that may go on; every block must come by.
    behind: gives the records of the lines behind the block, and is called only where they matter.
    """
    try:
        marks = _marks(table, rule, owner)
        heads = marks["head"].drop_nulls()
        begins = marks["goes"].any() and (not len(heads) or _first_goes(marks))
        before = open_.take(number) if begins or not len(heads) else False
        last = bool(heads[-1]) if len(heads) else before
        open_.give(number + 1, last)
    except BaseException as error:
        open_.fail(error)
        raise
    if last and len(heads):
        marks = pl.concat([marks, _behind(behind(), rule, owner, table.height)])
    # the record that each line belongs to, and how many bytes of lines it has got with this one
    marks = marks.with_columns(
        pl.when(pl.col("head").is_not_null()).then(pl.col("place")).forward_fill().alias("of"),
        (pl.col("goes") & pl.col("head").forward_fill().fill_null(value=before)).alias("joined"),
    ).with_columns(
        # two more for how a line may end: never less than what `Block.following` counts
        pl.when(pl.col("head").is_null())
        .then(pl.col("raw").str.len_bytes() + 2)
        .cum_sum()
        .over("of")
        .alias("size")
    )
    if not marks["joined"].any():
        return table
    return _joined(table, marks if owner is not None else _unindented(table, marks))


def any_goes_on(table: pl.DataFrame, rule: GoesOn) -> bool:
    """Tell whether a line that is nobody's may go on with a record; in a log of whole lines none is."""
    family = table["family"]
    if not family.null_count():
        return False
    return bool(table["raw"].filter(family.is_null()).str.contains(rule.lines).any())


def _marks(table: pl.DataFrame, rule: GoesOn, owner: str | None) -> pl.DataFrame:
    """Return place, raw, goes: a line that may go on; head: null where no record begins, else may it go on."""
    mine = pl.col("family") == owner if owner is not None else pl.col("family").is_not_null()
    nobodys = mine if owner is not None else ~mine
    bare = nobodys & pl.col("time").is_null() & (pl.col("text") == pl.col("raw"))
    return (
        table.with_row_index("place")
        .with_columns((bare & pl.col("raw").str.contains(rule.lines)).fill_null(value=False).alias("goes"))
        .select(
            "place",
            "raw",
            "goes",
            pl.when(pl.col("text").is_not_null() & ~pl.col("goes"))
            .then((mine & pl.col("text").str.contains(rule.heads)).fill_null(value=False))
            .alias("head"),
        )
    )


def _first_goes(marks: pl.DataFrame) -> bool:
    """Whether a line that may go on comes before the first head."""
    return bool(marks["goes"].arg_true()[0] < marks["head"].is_not_null().arg_true()[0])


def _behind(behind: pl.DataFrame, rule: GoesOn, owner: str | None, height: int) -> pl.DataFrame:
    """Return the marks of the lines behind the block, up to the next record."""
    marks = _marks(behind, rule, owner)
    inside = marks.filter(pl.col("head").is_not_null().cum_sum() == 0)
    return inside.with_columns(pl.col("place") + pl.lit(height, pl.UInt32))


def _unindented(table: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """Return the marks with the lines that go on as the program wrote them, without the header's width of blanks."""
    width = table["raw"].str.len_chars() - table["text"].str.len_chars()
    marks = marks.with_columns(width.gather(marks["of"]).alias("width"))
    blanks = pl.col("raw").str.len_chars() - pl.col("raw").str.strip_chars_start(" ").str.len_chars()
    plain = pl.col("raw").str.slice(pl.min_horizontal("width", blanks))
    return marks.with_columns(pl.when("joined").then(plain).otherwise("raw").alias("raw"))


def _joined(table: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """Return the table with each line that goes on given to the record that it belongs to."""
    joined = marks["joined"].head(table.height)
    added = (
        marks.filter(pl.col("joined") & pl.col("of").is_not_null() & (pl.col("size") <= KEPT))
        .group_by("of", maintain_order=True)
        .agg(pl.col("raw").str.join("\n"))
    )
    out = table.with_columns(
        pl.when(~joined).then(pl.col("family")).alias("family"),
        pl.when(~joined).then(pl.col("text")).alias("text"),
    )
    places = added["of"]
    longer = out["text"].gather(places) + "\n" + added["raw"]
    return out.with_columns(out["text"].clone().scatter(places, longer))
