"""The causes of failed attempts as a scan knows them: its cards, and where it matters what text or code say.

In: shapes with their cards, `model.bounces.FAILURES`. Out: tables of shape, rule, cause. Never: asks the tables of texts
about a shape that a card explains, or that no attempt has.
"""

from __future__ import annotations

import polars as pl

from logscan.packs.causes import load_causes
from logscan.packs.load import Pack
from logscan.rules.causes import grounded, ruled


def by_card(judged: pl.DataFrame, pack: Pack) -> pl.DataFrame:
    """Return shape, rule, cause of all shapes; null where no card explains one."""
    causes = {name: card.cause for name, card in pack.cards.items()}
    cause = pl.col("rule").replace_strict(causes, default=None, return_dtype=pl.String)
    return judged.select("shape", "rule", cause.alias("cause"))


def unexplained(judged: pl.DataFrame, failed: pl.DataFrame) -> bool:
    """Return whether some attempts failed for what no card explains."""
    return _open(judged, failed).height > 0


def by_text(
    rules: pl.DataFrame, judged: pl.DataFrame, failed: pl.DataFrame, patterns: tuple[str, ...]
) -> pl.DataFrame:
    """Return `rules`, what `by_card` gave, with the causes that text or code tell of the others."""
    causes = load_causes(patterns)
    found = grounded(_quoting(_open(judged, failed)), causes).select("shape", "ground").drop_nulls()
    told = {one: ruled(one, causes).cause for one in found["ground"].unique()}
    other = found.select(
        "shape", pl.col("ground").replace_strict(told, return_dtype=pl.String).alias("other")
    )
    joined = rules.join(other, on="shape", how="left")
    return joined.select("shape", "rule", pl.coalesce("cause", "other").alias("cause"))


def _open(judged: pl.DataFrame, failed: pl.DataFrame) -> pl.DataFrame:
    return judged.filter(pl.col("rule").is_null()).join(failed, on="shape", how="semi")


def _quoting(shapes: pl.DataFrame) -> pl.DataFrame:
    """Return shapes as if what a suspended delivery quotes had been said to it."""
    return shapes.with_columns(pl.col("masked").str.replace("^delivery temporarily suspended: ", ""))
