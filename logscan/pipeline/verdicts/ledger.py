"""The sums of all blocks: exact, and in bounded memory whatever a log holds.

In: partials of `analyses.findings`, in order. Out: `Sums`, what a verdict is made of.
Never: forgets a line that a card explains; depends on where blocks are cut.

Mails, recipients, sessions and names are counted in tables that spill to disk. Shapes are told apart up to a number
that no real log comes near; who writes a million sentences that differ in one word each gets beyond. Then the cards
are asked at once about a shape that is one too many: what a card explains is counted with that card's other lines,
what no card explains and is loud is counted as untold, and the rest would not be shown anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

import polars as pl

from logscan.analyses import findings
from logscan.engine.spill import Spill
from logscan.model.problems import Problem
from logscan.packs.schema import Card
from logscan.pipeline.verdicts.verdict import LOUD_SEVERITIES, Sums
from logscan.rules.match import match

#: Shapes that are told apart: the first so many, in the order of the logs.
MOST_SHAPES: Final = 20_000

#: Tables of `findings.Partial` that are keyed by shape and something of the log's -> how they spill.
_KEYS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]] = {
    "mails": (("shape", "hash"), ("hash",), ()),
    "pairs": (("shape", "hash"), ("hash",), ()),
    "sessions": (("shape", "conn", "serial"), ("conn", "serial"), ()),
    "names": (("shape", "dimension", "name"), ("name",), ("count",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a ledger comes to. untold: loud lines of shapes beyond those told apart, which no card explains."""

    sums: Sums
    untold: int


def too_many_kinds(account: Account) -> tuple[Problem, ...]:
    """Return what to say about lines that are counted but not listed."""
    if not account.untold:
        return ()
    lines = "1 line is" if account.untold == 1 else f"{account.untold} lines are"
    return (
        Problem(
            where="unexplained",
            reason=f"the logs say more than {MOST_SHAPES} different things; {lines} of further kinds that no card"
            " explains, and not listed",
            help="what cards explain is complete; a log in which hardly two lines say the same holds a stranger's"
            " words: read a shorter period with --since and --until",
            unreadable=False,
        ),
    )


class Ledger:
    """Takes partials one after the other, as they come in the logs."""

    def __init__(self, cards: Mapping[str, Card], *, most: int = MOST_SHAPES) -> None:
        self._cards = cards
        self._most = most
        self._sums = findings.empty()  # shapes, examples, connects; the other tables stay empty
        self._tables = {name: Spill(by, split, sums) for name, (by, split, sums) in _KEYS.items()}
        self._stand_ins: dict[str, int] = {}  # rule -> the shape under which its shapes too many are counted
        self._untold = 0

    def add(self, partial: findings.Partial) -> None:
        """Take what the next stretch of the logs says."""
        partial = replace(partial, sessions=findings.later(partial.sessions, self._sums.connects))
        late = self._too_many(partial.shapes)
        if late.height:
            partial = self._gathered(partial, late)
        partial = _own(partial)
        for name, table in self._tables.items():
            table.add(getattr(partial, name))
        empty = findings.empty()
        self._sums = findings.merge(
            self._sums, replace(partial, **{name: getattr(empty, name) for name in self._tables})
        )

    def close(self) -> Account:
        """Return the sums of all that was taken."""
        ordered = findings.finish(self._sums)
        tables = {field.name: getattr(ordered, field.name) for field in fields(ordered)}
        return Account(sums=_Books(**{**tables, **self._tables}), untold=self._untold)

    def _too_many(self, shapes: pl.DataFrame) -> pl.DataFrame:
        known = self._sums.shapes
        if not shapes.width or known.height + shapes.height <= self._most:
            return shapes.clear()
        new = shapes.join(known, on="shape", how="anti") if known.width else shapes
        room = self._most + len(self._stand_ins) - known.height
        return new.sort("place", "shape").slice(max(room, 0))

    def _gathered(self, partial: findings.Partial, late: pl.DataFrame) -> findings.Partial:
        """Return the partial with its late shapes under their rules' stand-ins, or gone."""
        judged = match(late, self._cards).sort("place", "shape")
        loud = judged.filter(pl.col("rule").is_null() & pl.col("severity").is_in(LOUD_SEVERITIES))
        self._untold += int(loud["count"].sum())
        for rule, shape in judged.drop_nulls("rule").select("rule", "shape").iter_rows():
            self._stand_ins.setdefault(rule, shape)
        stand_ins = pl.DataFrame(
            list(self._stand_ins.items()), schema={"rule": pl.String, "to": pl.UInt64}, orient="row"
        )
        moved = judged.select("shape", "rule", late=pl.lit(value=True)).join(stand_ins, on="rule", how="left")
        moved = moved.drop("rule")
        # The first line of a shape says what the shape is, also of a stand-in.
        tables = {"shapes": partial.shapes.sort("place"), "examples": partial.examples}
        tables |= {name: getattr(partial, name) for name in self._tables}
        return replace(partial, **{name: _moved(table, moved) for name, table in tables.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Books:
    shapes: pl.DataFrame
    examples: pl.DataFrame
    connects: pl.DataFrame
    mails: Spill
    pairs: Spill
    sessions: Spill
    names: Spill


def _own(partial: findings.Partial) -> findings.Partial:
    """Return the partial free of the text of its lines: a string that was gathered keeps all of them in memory."""
    tables = {field.name: getattr(partial, field.name) for field in fields(partial)}
    return replace(
        partial,
        **{
            name: table.with_columns(pl.col(pl.String) + "") if table.width else table
            for name, table in tables.items()
        },
    )


def _moved(table: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    if not table.height:
        return table
    known = table.join(moved, on="shape", how="left", maintain_order="left")
    return (
        known.filter(~pl.col("late").fill_null(value=False) | pl.col("to").is_not_null())
        .with_columns(shape=pl.coalesce("to", "shape"))
        .select(table.columns)
    )
