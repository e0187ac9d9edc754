"""One block -> one partial: the stretch of the river that runs in several threads.

In: a `Block`, how its source is read, the window, which lines another source has told already.
Out: `Partial`, the partials of the folds. Never: state shared between blocks but for the calendar's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from logscan.analyses import findings, totals
from logscan.model.blocks import Block
from logscan.model.vocabulary import Kind
from logscan.parsers.lines import Plan, records
from logscan.pipeline.road import detailed, understood
from logscan.rules.shape import KEY, keyed


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """What a stretch of the logs has to say; see the folds for each."""

    totals: totals.Partial
    findings: findings.Partial


def empty() -> Partial:
    """Return the partial of no line."""
    return Partial(totals=totals.empty(), findings=findings.empty())


def merge(left: Partial, right: Partial) -> Partial:
    """Return two neighbouring stretches as one."""
    return Partial(
        totals=totals.merge(left.totals, right.totals),
        findings=findings.merge(left.findings, right.findings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every block needs to know.

    plans: by source. told: (source, block) -> (row index, how many of its repeats still count), for
    rows that another source has told. since, until: the window, half-open.
    raw_literals: see rules.shape.keyed.
    """

    plans: Mapping[int, Plan]
    told: Mapping[tuple[int, int], tuple[pl.Series, pl.Series]]
    since: datetime | None
    until: datetime | None
    raw_literals: tuple[str, ...]

    def of(self, block: Block) -> Partial:
        """Return the partial of one block."""
        rows, duplicates = self.lines(block)
        parts = understood(rows)
        other = sum(int((part["kind"] == Kind.OTHER.value).sum()) for part in parts)
        told = rows.filter(pl.col("text").is_not_null())
        return Partial(
            totals=totals.absorb(
                totals.empty(),
                totals.Batch(
                    source=block.source,
                    rows=told,
                    lines=block.lines,
                    other=other,
                    blank=rows.height - told.height,
                    duplicates=duplicates,
                    invalid_bytes=block.invalid_bytes,
                    cut=len(block.cut),
                ),
            ),
            findings=findings.absorb(findings.empty(), self._batch(parts)),
        )

    def lines(self, block: Block) -> tuple[pl.DataFrame, int]:
        """Return the records of a block that count, with their address, and how many lines do not."""
        rows = records(block, self.plans[block.source])
        rows = rows.with_columns(
            pl.lit(block.source, dtype=pl.UInt32).alias("source"),
            pl.lit(block.number, dtype=pl.UInt32).alias("block"),
        )
        duplicates = 0
        if (told := self.told.get((block.source, block.number))) is not None:
            before = rows.height
            repeat = rows["repeat"].scatter(*told)
            rows = rows.with_columns(repeat).filter(pl.col("repeat") > 0)
            duplicates = before - rows.height
        return self._inside(rows), duplicates

    def _inside(self, rows: pl.DataFrame) -> pl.DataFrame:
        tests = []
        if self.since is not None:
            tests.append(pl.col("time") >= self.since)
        if self.until is not None:
            tests.append(pl.col("time") < self.until)
        if not tests:
            return rows
        # What has no time cannot be outside: it stays, so that nothing unread goes unsaid.
        return rows.filter(pl.all_horizontal(tests) | pl.col("time").is_null())

    def _batch(self, parts: list[pl.DataFrame]) -> findings.Batch:
        rows = detailed(part.filter(~pl.col("everyday")) for part in parts)
        connects = [
            part.filter(pl.col("kind") == Kind.CONNECT.value).select("host", "program", "pid", "row")
            for part in parts
        ]
        return findings.Batch(
            rows=keyed(rows, self.raw_literals),
            connects=pl.concat(connects) if connects else _NO_CONNECTS,
            keys=KEY,
        )


_NO_CONNECTS = pl.DataFrame(schema={"host": pl.String, "program": pl.String, "pid": pl.Int64, "row": pl.UInt32})
