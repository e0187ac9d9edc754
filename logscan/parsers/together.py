"""Blocks of several small logs -> one table of their records, as if each had been read alone.

For: five thousand logs of a kilobyte. A table costs some milliseconds, however few its rows are, so small
logs of one format share one. In: the only block of each log, and the plans. Out: what `lines.records` gives
for each, laid one behind the other, with source and block.
Never: a line that is understood by its neighbour in another log; see `may_share`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from logscan.model.blocks import Block
from logscan.parsers.clock import Chain, YearConflict
from logscan.parsers.family import families
from logscan.parsers.folding import any_goes_on, folded
from logscan.parsers.lines import LACK, Plan, folds, moments, read_lines, taken, timed
from logscan.parsers.repeats import may_echo


class Conflict(Exception):
    """The log `source` must be read again, with `first` as the year of its first line."""

    def __init__(self, source: int, first: int) -> None:
        super().__init__(source, first)
        self.source = source
        self.first = first


def may_share(block: Block) -> bool:
    """Tell whether the records of a log's only block can be told without the log before it."""
    return not block.number and not may_echo(block.data)


def together(blocks: Sequence[Block], plans: Mapping[int, Plan]) -> pl.DataFrame:
    """Return the records of blocks that `may_share`, of logs of one format; rows are counted in each block.

    Raises Conflict.
    """
    whole = [block.data if block.data.endswith(b"\n") else block.data + b"\n" for block in blocks]
    plan = plans[blocks[0].source]
    table = taken(read_lines(b"".join(whole)), plan, families())
    counts = pl.Series([block.lines for block in blocks], dtype=pl.UInt32)
    begins = counts.cum_sum() - counts
    number = pl.select(pl.int_range(len(blocks), dtype=pl.UInt32).repeat_by(counts).explode()).to_series()
    owner = number.gather(table["row"])
    table = _folded(table, owner, plan)
    naive = table["time"]
    if (table["lack"] == LACK_NOTHING).all():
        times = naive.dt.replace_time_zone("UTC")
    else:
        times = pl.concat(_moments(blocks, plans, naive, table["lack"], owner))
    sources = pl.Series([block.source for block in blocks], dtype=pl.UInt32)
    return timed(table.with_columns(table["row"] - begins.gather(owner)), times).with_columns(
        sources.gather(owner).alias("source"), pl.lit(0, dtype=pl.UInt32).alias("block")
    )


LACK_NOTHING = min(LACK.values())


def _folded(table: pl.DataFrame, owner: pl.Series, plan: Plan) -> pl.DataFrame:
    """Return the records with those of several lines made one; none goes on in the log behind its own."""
    rule, family = folds(plan, families())
    if rule is None or (family is None and not any_goes_on(table, rule)):
        return table

    def one(part: pl.DataFrame) -> pl.DataFrame:
        return folded(part, rule, family, number=0, open_=Chain(start=False), behind=table.clear)

    first = table.with_columns(owner.alias("log")).drop_nulls("text").unique("log", keep="first")
    if not first["raw"].str.contains(rule.lines).any():
        return one(table)
    lengths = owner.rle().struct.field("len")
    ends = lengths.cum_sum()
    return pl.concat(
        one(table.slice(end - length, length)) for length, end in zip(lengths, ends, strict=True)
    )


def _moments(
    blocks: Sequence[Block], plans: Mapping[int, Plan], naive: pl.Series, lack: pl.Series, owner: pl.Series
) -> list[pl.Series]:
    found = []
    begin = 0
    heights = dict(owner.value_counts().iter_rows())
    for number, block in enumerate(blocks):
        height = heights.get(number, 0)
        try:
            found.append(
                moments(
                    naive.slice(begin, height), lack.slice(begin, height), plans[block.source].calendar, 0
                )
            )
        except YearConflict as conflict:
            raise Conflict(block.source, conflict.first) from conflict
        begin += height
    return found
