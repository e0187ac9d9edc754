"""What a row of an attempt says: whether it delivered, whether the other server was there.

In: columns of the events table. Out: expressions. Never: looks at more than one row.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Kind

#: Statuses of an attempt that delivered.
TAKEN: Final = ("sent", "deliverable")


def answered() -> pl.Expr:
    """Whether the server was there, as the column `reply` tells: it said a word, or at least took the call."""
    return pl.col("reply").str.contains(r"^(?:[245]\d\d|(?:lost connection|conversation) with )")


def failed_delivery() -> pl.Expr:
    """Whether a row is an attempt that did not deliver."""
    failed = (pl.col("kind") == Kind.DELIVERY.value) & ~pl.col("status").is_in(TAKEN)
    return failed.fill_null(value=False)
