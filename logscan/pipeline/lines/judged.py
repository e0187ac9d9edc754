"""Rows of events with their cause, every failed attempt with one: the card's, else what text or code say.

In: rows as the road gives them. Out: the same with `rule` and `cause`; `ruling` tells more of a rule.
Never: asks cards or tables twice about one shape; takes `delivery temporarily suspended` for a cause.

`rule` is a card's id, or `text.<id>`, `enhanced.<code>`, `local.<code>`, `reply.<code>` of patterns/causes. A line that
says that a delivery was suspended repeats what went wrong before: its own words are left out, and the rest is
judged as if the attempt itself had said it. SUSPENDED is the rule where nothing is left to judge.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.problems import PackError, Problem
from logscan.model.vocabulary import Direction, Kind
from logscan.packs.causes import Causes, Ruling, load_causes
from logscan.packs.load import Pack
from logscan.rules.causes import broken, grounded, ruled
from logscan.rules.match import match, raw_literals
from logscan.rules.shape import KEY, keyed

#: The rule of a delivery that was put off because another one had failed, and does not say how.
SUSPENDED: Final = "suspended"
_AGAIN: Final = r"^delivery temporarily suspended: "
#: What of a suspended delivery's quotation says nothing.
_MUTE: Final = r"^(?:unknown reason|(?:first )?delivery (?:attempt )?fail|transport is unavailable|.{0,3}$)"
_CODE: Final = r"(?:^|said: |talk to me: )([245]\d\d)[ -]"
_TAKEN: Final = ("sent", "deliverable")


class Judge:
    """The cards of a pack and the tables behind them. Raises PackError for a table that cannot run."""

    def __init__(self, pack: Pack, patterns: tuple[str, ...] = ()) -> None:
        self._cards = pack.cards
        self._causes: Causes = load_causes(patterns)
        if patterns and (wrong := broken(self._causes)):
            raise PackError(
                tuple(
                    Problem(where=f"causes: {name}", reason="the regex does not compile", help="mend `says`")
                    for name in wrong
                )
            )
        self._raw = raw_literals(pack.cards.values())
        self._known: dict[int, str | None] = {}

    def ruling(self, rule: str | None) -> Ruling:
        """Return what is made of a rule; of none, and of SUSPENDED, that nothing is known."""
        if rule is None or rule == SUSPENDED:
            return self._causes.ruling("unknown")
        if rule in self._cards:
            card = self._cards[rule]
            return Ruling(cause=card.cause, nature=card.nature, fault=card.fault, provider=card.provider)
        return ruled(rule, self._causes)

    def ruling_of(self, cause: str) -> Ruling:
        """Return what a cause is where no reply says more."""
        return self._causes.ruling(cause)

    def ruled(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return `rows` with `rule` and `cause`; both null where nothing failed or nothing is known."""
        nothing = [pl.lit(None, dtype=pl.String).alias(name) for name in ("rule", "cause")]
        if not {"kind", "status"} <= set(rows.columns):
            return rows.with_columns(nothing)
        failed = (pl.col("kind") == Kind.DELIVERY.value) & ~pl.col("status").is_in(_TAKEN)
        rows = rows.with_row_index("at_")
        asked = rows.filter(failed.fill_null(value=False))
        if not asked.height:
            return rows.drop("at_").with_columns(nothing)
        shaped = keyed(_quoted(asked), self._raw)
        self._ask(shaped)
        rules = [self._known[shape] for shape in shaped["shape"].to_list()]
        causes = {
            rule: self.ruling(rule).cause for rule in set(rules) if rule is not None and rule != SUSPENDED
        }
        found = pl.DataFrame(
            {
                "at_": shaped["at_"],
                "rule": pl.Series(rules, dtype=pl.String),
                "cause": pl.Series([causes.get(rule or "") for rule in rules], dtype=pl.String),
            }
        )
        return rows.join(found, on="at_", how="left", maintain_order="left").drop("at_")

    def _ask(self, shaped: pl.DataFrame) -> None:
        new = shaped.unique("shape").filter(~pl.col("shape").is_in(list(self._known)))
        if not new.height:
            return
        found = match(new.select("shape", *KEY), self._cards).select("shape", "rule", *KEY)
        left = grounded(found.filter(pl.col("rule").is_null()).drop("rule"), self._causes)
        self._known.update(found.select("shape", "rule").iter_rows())
        mute = pl.when(pl.col("masked").str.contains(f"(?i){_MUTE}")).then(pl.lit(SUSPENDED))
        self._known.update(left.select("shape", pl.coalesce(mute, "ground")).iter_rows())


def _quoted(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows as if what a suspended delivery quotes had been said to it."""
    rows = rows.with_columns(
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in _NEEDED.items() if name not in rows.columns
    )
    again = pl.col("reason").str.contains(_AGAIN).fill_null(value=False)
    if not rows.select(again.any()).item():
        return rows
    reason = pl.col("reason").str.replace(_AGAIN, "")
    outbound = pl.col("direction") == Direction.OUTBOUND.value
    return rows.with_columns(
        pl.when(again).then(reason).otherwise("reason").alias("reason"),
        pl.when(again & outbound).then(pl.lit("smtp")).otherwise("daemon").alias("daemon"),
        pl.when(again)
        .then(pl.coalesce("smtp_code", reason.str.extract(_CODE, 1).cast(pl.Int64)))
        .otherwise("smtp_code")
        .alias("smtp_code"),
    )


_NEEDED: Final = {"reason": pl.String, "direction": pl.String, "daemon": pl.String, "smtp_code": pl.Int64}
