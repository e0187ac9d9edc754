"""What a scan keeps of deliveries, so that it can be told how far a trouble reaches. A fold: see model.fold.

In: attempts that failed, the last ones that other servers took, refusals of ours. Out: the same of all logs.
Never: more rows than stated; a part of them: of what is too much nothing is kept, and nothing is said of it.

A scan takes failed attempts apart anyway, and of those that worked only recognises the lines. The last that worked,
by time, tell what many questions need: whether anybody took mail since, and that others took some meanwhile. The last
of two stretches are among the last of each, so where the logs were cut changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from logscan.model.bounces import FAILURES, TAKEN, TURNABLE

#: Failed attempts, or refusals, that are kept: a million everyday lines come with some ten thousand.
MOST: Final = 200_000
#: Attempts that were taken, of which the last ones are kept.
LATEST: Final = 32
#: Tables that are laid together before it goes on.
_MANY: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What some blocks say. failed, taken, away: tables of the schemas of model.bounces that they are named after."""

    failed: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FAILURES))
    taken: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TAKEN))
    away: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TURNABLE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Rows of a stretch in order. height: how many there were; above MOST none is left."""

    tables: tuple[pl.DataFrame, ...] = ()
    height: int = 0

    def and_(self, later: Kept) -> Kept:
        """Return two neighbouring stretches as one."""
        height = self.height + later.height
        if height > MOST:
            return Kept(height=height)
        tables = (*self.tables, *later.tables)
        return Kept(tables=tables if len(tables) < _MANY else (pl.concat(tables),), height=height)

    def table(self, schema: pl.Schema) -> pl.DataFrame | None:
        """Return all rows, None where there were too many."""
        return None if self.height > MOST else pl.concat([pl.DataFrame(schema=schema), *self.tables])


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """What a stretch of the logs has to say."""

    failed: Kept = Kept()
    away: Kept = Kept()
    taken: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TAKEN))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """failed, away: None where there were too many to keep. taken: the last ones, by time."""

    failed: pl.DataFrame | None
    away: pl.DataFrame | None
    taken: pl.DataFrame


def empty() -> Partial:
    """Return the partial of no line."""
    return Partial()


def absorb(partial: Partial, batch: Batch) -> Partial:
    """Return `partial` with one more batch."""
    return merge(
        partial, Partial(failed=_kept(batch.failed), away=_kept(batch.away), taken=latest(batch.taken))
    )


def merge(left: Partial, right: Partial) -> Partial:
    """Return two neighbouring stretches as one."""
    return Partial(
        failed=left.failed.and_(right.failed),
        away=left.away.and_(right.away),
        taken=latest(pl.concat([left.taken, right.taken])) if right.taken.height else left.taken,
    )


def finish(partial: Partial) -> Answer:
    """Return the tables."""
    return Answer(
        failed=partial.failed.table(FAILURES), away=partial.away.table(TURNABLE), taken=latest(partial.taken)
    )


def again(answer: Answer) -> Partial:
    """Return the partial of a stretch whose answer this is."""

    def kept(table: pl.DataFrame | None) -> Kept:
        return Kept(height=MOST + 1) if table is None else _kept(table)

    return Partial(failed=kept(answer.failed), away=kept(answer.away), taken=answer.taken)


def latest(taken: pl.DataFrame) -> pl.DataFrame:
    """Return the last LATEST rows by time, and what parts those of one moment."""
    if taken.height <= LATEST:
        return taken
    return taken.sort(TAKEN.names(), nulls_last=False).tail(LATEST)


def _kept(table: pl.DataFrame) -> Kept:
    return Kept(tables=(table,), height=table.height) if table.height else Kept()
