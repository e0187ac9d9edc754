"""Where does another program count a line otherwise than we do, and why?

In: lines that both have judged. Out: how often each reason makes which number differ, with the first such line.
Never: judges a line; names a reason that no line shows.
"""

from __future__ import annotations

from typing import Final

import polars as pl

#: A line: measure, its reason, what that adds to their number less ours, its place as a growing number.
LINE: Final[dict[str, pl.DataType]] = {
    "measure": pl.String(),
    "reason": pl.String(),
    "word": pl.String(),
    "count": pl.Int64(),
    "at": pl.UInt64(),
}
_KEYS: Final = ("measure", "reason", "word")

Partial = pl.DataFrame


def empty() -> Partial:
    """Return the partial of no line."""
    return pl.DataFrame(schema=LINE)


def absorb(partial: Partial, batch: pl.DataFrame) -> Partial:
    """Return `partial` with some lines; those that make no difference do not matter."""
    return merge(partial, lines(batch))


def lines(batch: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of a table that make a difference."""
    return batch.filter(pl.col("count") != 0).select(*LINE)


def merge(left: Partial, right: Partial) -> Partial:
    """Return two stretches as one."""
    return pl.concat([left, right]).group_by(_KEYS).agg(pl.col("count").sum(), pl.col("at").min())


def finish(partial: Partial) -> Partial:
    """Return the sums: by measure, the largest difference first."""
    size = pl.col("count").abs().alias("size")
    order = ["measure", "size", "reason", "word"]
    return (
        partial.with_columns(size)
        .sort(order, descending=[False, True, False, False], nulls_last=True)
        .drop("size")
    )
