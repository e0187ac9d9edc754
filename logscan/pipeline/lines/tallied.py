"""How many lines each log of a bundle had, and what became of them.

In: a bundle, its records. Out: `counted`. Never: a line of one log counted for another that shares its table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import polars as pl

from logscan.analyses import totals
from logscan.model.vocabulary import Kind
from logscan.pipeline.lines.road import Part
from logscan.pipeline.logs.reading import Bundle


def counted(
    bundle: Bundle, rows: pl.DataFrame, parts: Sequence[Part], duplicates: Mapping[int, int]
) -> totals.Partial:
    """Return the totals of a bundle. rows: its records that count; parts: the same, understood."""
    others = Counter(
        source for part in parts for source in part.of_kind(Kind.OTHER, ["source"]).get_column("source")
    )
    said = rows.filter(pl.col("text").is_not_null())
    blank = Counter(rows.filter(pl.col("text").is_null())["source"])
    tallies = {bundle[0].source: totals.tally(said)} if len(bundle) == 1 else totals.tally_each(said)
    return totals.of_each(
        [
            totals.Batch(
                source=block.source,
                tallies=(tallies[block.source],) if block.source in tallies else (),
                other=others[block.source],
                lines=block.lines,
                blank=blank[block.source],
                duplicates=duplicates.get(block.source, 0),
                invalid_bytes=block.invalid_bytes,
            )
            for block in bundle
        ]
    )
