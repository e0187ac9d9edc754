"""Which lines of overlapping logs has another log told already?

In: a reading of the logs. Out: for blocks of overlapping logs, the rows that do not count or count
less. Never: reads a log that overlaps none; drops one of two equal lines of one log.

Debian writes the same line into mail.log, mail.err, mail.warn and syslog, and a file may lie beside
its compressed copy. Each event counts once, as a multiset by second, host, program, pid and text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from logscan.engine.threads import spread
from logscan.model.blocks import Block
from logscan.parsers.lines import records
from logscan.parsers.together import together
from logscan.pipeline.logs.reading import Bundle, Reading, rereading, rereading_all
from logscan.pipeline.logs.timeline import Lane, repeating, size
from logscan.sources.overlap import Seen, at_once

#: Logs side by side that are worth comparing one after the other, and bytes of text of more that are compared at once.
FEW = 4
AT_ONCE = 64 * 1024 * 1024

#: (source, block) -> (row index, how many of its repeats still count), where that is not all.
Told = dict[tuple[int, int], tuple[pl.Series, pl.Series]]


@dataclass(frozen=True, slots=True)
class _Keys:
    """What the rows of one block say, hashed; `rows` has key, repeat, at of lines that have a host."""

    source: int
    number: int
    index: pl.Series
    rows: pl.DataFrame


def told_before(reading: Reading, jobs: int) -> Told:
    """Return which rows of `reading`'s logs do not count. The reading is used up.

    The largest lane of a group keeps its lines, because there they have their neighbours: a warning
    that counted in mail.warn would be torn from the session that mail.log tells.
    """
    told: Told = {}
    for lanes in repeating(reading.logs, reading.last_time):
        if len(lanes) > FEW and size(reading.logs, lanes) <= AT_ONCE:
            told |= _at_once(reading, lanes, jobs)
            continue
        lane_of = {index: number for number, lane in enumerate(lanes) for index in lane}
        largest = len(lanes) - 1
        smaller: list[_Keys] = []
        seen, current = Seen(), 0
        # First what the largest repeats of the others; it comes last, so that memory follows them.
        blocks = reading.blocks([index for lane in lanes for index in lane])
        for keys in spread(blocks, rereading(_keys_of(reading)), jobs):
            lane = lane_of[keys.source]
            if lane != current:
                seen, current = seen.close(), lane
            _, seen = seen.absorb(keys.rows, last=lane == largest)
            if lane != largest:
                smaller.append(keys)
        # Then what is left of the others, from large to small.
        seen = seen.own() if current == largest else Seen()
        for lane in reversed(range(largest)):
            seen = seen.close()
            for keys in (keys for keys in smaller if lane_of[keys.source] == lane):
                left, seen = seen.absorb(keys.rows, last=lane == 0)
                less = left != keys.rows["repeat"]
                if less.any():
                    told[keys.source, keys.number] = (keys.index.filter(less), left.filter(less))
    return told


def _at_once(reading: Reading, lanes: tuple[Lane, ...], jobs: int) -> Told:
    """Do the same for many small logs: their keys fit into memory, and comparing each with each would take long."""
    order = (lanes[-1], *reversed(lanes[:-1]))
    rank = {index: number for number, lane in enumerate(order) for index in lane}
    bundles = reading.bundles([index for lane in order for index in lane])
    tables = list(spread(bundles, rereading_all(_keyed_of(reading)), jobs))
    rows = pl.concat(tables).with_columns(
        pl.col("source").replace_strict(rank, return_dtype=pl.UInt32).alias("rank")
    )
    left = at_once(rows)
    less = rows.with_columns(left=left).filter(left != rows["repeat"])
    return {
        (int(source), int(block)): (part["index"], part["left"])
        for (source, block), part in less.partition_by("source", "block", as_dict=True).items()
    }


def _keyed_of(reading: Reading) -> Callable[[Bundle], pl.DataFrame]:
    """Return what makes of a bundle source, block, index of a row among its block's, key, repeat."""

    def keyed(bundle: Bundle) -> pl.DataFrame:
        if len(bundle) > 1:
            rows = together(bundle, reading.plans)
        else:
            place = [pl.lit(number, pl.UInt32) for number in (bundle[0].source, bundle[0].number)]
            rows = records(bundle[0], reading.plans[bundle[0].source])
            rows = rows.with_columns(place[0].alias("source"), place[1].alias("block"))
        rows = rows.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).over("source").alias("index"))
        rows = rows.filter(pl.col("host").is_not_null() & pl.col("text").is_not_null())
        return rows.select("source", "block", "index", _said().hash().alias("key"), "repeat")

    return keyed


def _said() -> pl.Expr:
    # One log has the short name of the host and whole seconds, another the full name and more;
    # the journal drops blanks at the end of a line.
    return pl.struct(
        pl.col("time").dt.truncate("1s"),
        pl.col("host").str.extract(r"^([^.]+)"),
        "program",
        "pid",
        pl.col("text").str.strip_chars_end(" "),
    )


def _keys_of(reading: Reading) -> Callable[[Block], _Keys]:
    def keys(block: Block) -> _Keys:
        rows = records(block, reading.plans[block.source]).with_row_index("index")
        rows = rows.filter(pl.col("host").is_not_null() & pl.col("text").is_not_null())
        at = pl.col("time").dt.epoch("s").alias("at")
        return _Keys(
            block.source, block.number, rows["index"], rows.select(_said().hash().alias("key"), "repeat", at)
        )

    return keys
