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
from logscan.pipeline.reading import Reading, rereading
from logscan.pipeline.timeline import repeating
from logscan.sources.overlap import Seen

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


def _keys_of(reading: Reading) -> Callable[[Block], _Keys]:
    def keys(block: Block) -> _Keys:
        rows = records(block, reading.plans[block.source]).with_row_index("index")
        rows = rows.filter(pl.col("host").is_not_null() & pl.col("text").is_not_null())
        # One log has the short name of the host and whole seconds, another the full name and more;
        # the journal drops blanks at the end of a line.
        said = pl.struct(
            pl.col("time").dt.truncate("1s"),
            pl.col("host").str.extract(r"^([^.]+)"),
            "program",
            "pid",
            pl.col("text").str.strip_chars_end(" "),
        )
        at = pl.col("time").dt.epoch("s").alias("at")
        return _Keys(
            block.source, block.number, rows["index"], rows.select(said.hash().alias("key"), "repeat", at)
        )

    return keys
