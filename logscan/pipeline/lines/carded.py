"""Rows of events with the card that explains each: for whoever tells of single lines.

In: rows as the road gives them. Out: the same with `rule` and `cause`. Never: asks the cards twice about one shape.
"""

from __future__ import annotations

import polars as pl

from logscan.model.vocabulary import Kind
from logscan.packs.load import Pack
from logscan.rules.match import match, raw_literals
from logscan.rules.shape import KEY, keyed

#: What a card may have something to say about.
_ASKED = tuple(
    kind.value
    for kind in (
        Kind.DELIVERY,
        Kind.REJECT,
        Kind.MILTER_REJECT,
        Kind.HOLD,
        Kind.DISCARD,
        Kind.DKIM_FAILED,
    )
)


class Cards:
    """The cards of a pack, asked about each distinct shape once."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._raw = raw_literals(pack.cards.values())
        self._known: dict[int, tuple[str | None, str | None]] = {}

    def ruled(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return `rows` with `rule` and `cause`, null where no card speaks."""
        nothing = [pl.lit(None, dtype=pl.String).alias(name) for name in ("rule", "cause")]
        if not rows.height or "kind" not in rows.columns:
            return rows.with_columns(nothing)
        status = pl.col("status") if "status" in rows.columns else pl.lit(None, dtype=pl.String)
        asked = pl.col("kind").is_in(_ASKED) & ~(status.is_in(["sent", "deliverable"]).fill_null(value=False))
        places = rows.select(asked.fill_null(value=False).alias("asked")).to_series().arg_true()
        if not places.len():
            return rows.with_columns(nothing)
        shaped = keyed(rows[places], self._raw)
        self._ask(shaped)
        shapes = shaped["shape"].to_list()
        rules = pl.Series([self._known[shape][0] for shape in shapes], dtype=pl.String)
        causes = pl.Series([self._known[shape][1] for shape in shapes], dtype=pl.String)
        table = pl.DataFrame({"at_": places, "rule": rules, "cause": causes})
        return (
            rows.with_row_index("at_")
            .join(
                table.with_columns(pl.col("at_").cast(pl.UInt32)), on="at_", how="left", maintain_order="left"
            )
            .drop("at_")
        )

    def _ask(self, shaped: pl.DataFrame) -> None:
        new = shaped.unique("shape").filter(~pl.col("shape").is_in(list(self._known)))
        if not new.height:
            return
        cards = self._pack.cards
        for shape, rule in match(new.select("shape", *KEY), cards).select("shape", "rule").iter_rows():
            self._known[shape] = (rule, cards[rule].cause) if rule else (None, None)
