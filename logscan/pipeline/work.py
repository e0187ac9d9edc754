"""Blocks -> partials: the stretch of the river that runs in several threads.

In: a `Block`, how its source is read, the window, which lines another source has told already.
Out: `Noted`, the few rows of a block that are not everyday; of several blocks' together, `Partial`.
Never: state shared between blocks but for the calendar's.

Two steps, because the exact work on the few rows has a cost per call (each regex is compiled
anew) that is as large as the work itself for the rows of one block: measured in docs/adr.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from logscan.analyses import findings, totals
from logscan.model.blocks import Block
from logscan.model.vocabulary import Kind
from logscan.parsers.lines import Plan, records
from logscan.pipeline.road import detailed, understood
from logscan.rules.shape import KEY, keyed

#: Noteworthy rows that are judged together, and the most blocks that may wait for that.
JUDGED = 20_000
GROUPED = 8


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
class Noted:
    """What is noteworthy in a block: its rows by family, with kind; and the count of everything."""

    totals: totals.Partial
    parts: tuple[pl.DataFrame, ...]
    connects: pl.DataFrame


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

    def note(self, block: Block) -> Noted:
        """Return what is noteworthy in one block, and the count of everything else."""
        rows, duplicates = self.lines(block)
        parts = understood(rows, block.previous)
        told = rows.filter(pl.col("text").is_not_null())
        connects = [part.of_kind(Kind.CONNECT, _CONNECT) for part in parts]
        return Noted(
            totals=totals.absorb(
                totals.empty(),
                totals.Batch(
                    source=block.source,
                    rows=told,
                    lines=block.lines,
                    other=sum(part.count(Kind.OTHER) for part in parts),
                    blank=rows.height - told.height,
                    duplicates=duplicates,
                    invalid_bytes=block.invalid_bytes,
                ),
            ),
            parts=tuple(part.noteworthy() for part in parts),
            connects=pl.concat(connects) if connects else _NO_CONNECTS,
        )

    def judge(self, noted: Sequence[Noted]) -> Partial:
        """Return the partial of some neighbouring blocks."""
        counted = totals.empty()
        for each in noted:
            counted = totals.merge(counted, each.totals)
        by_family: dict[str, list[pl.DataFrame]] = {}
        for part in (part for each in noted for part in each.parts if part.height):
            by_family.setdefault(part["family"][0], []).append(part)
        rows = detailed(pl.concat(parts, how="diagonal") for parts in by_family.values())
        batch = findings.Batch(
            rows=keyed(rows, self.raw_literals),
            connects=pl.concat([each.connects for each in noted]),
            keys=KEY,
        )
        return Partial(totals=counted, findings=findings.absorb(findings.empty(), batch))

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


def grouped(noted: Iterable[Noted], rows: int = JUDGED) -> Iterator[list[Noted]]:
    """Yield neighbouring blocks together until they have some `rows` noteworthy rows."""
    group: list[Noted] = []
    for each in noted:
        group.append(each)
        if sum(part.height for one in group for part in one.parts) >= rows or len(group) >= GROUPED:
            yield group
            group = []
    if group:
        yield group


_CONNECT = ("host", "program", "pid", "source", "block", "row")
_NO_CONNECTS = pl.DataFrame(
    schema={
        "host": pl.String, "program": pl.String, "pid": pl.Int64,
        "source": pl.UInt32, "block": pl.UInt32, "row": pl.UInt32,
    }
)  # fmt: skip
