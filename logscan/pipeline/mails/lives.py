"""What is kept of a line that tells of a mail's life, until the mail is finished.

In: parts and rows as the road gives them. Out: the same, narrowed. Never: drops a line that tracking needs.
"""

from __future__ import annotations

import polars as pl

from logscan.model.mails import short_host
from logscan.model.vocabulary import Kind
from logscan.pipeline.lines.deliveries import failed_delivery
from logscan.pipeline.lines.road import Part
from logscan.tracking.digest import LIFE, SIGNED


def alive(part: Part) -> pl.DataFrame:
    """Return the records of a part that tell of a mail's life, or of its signature."""
    return part.where(part.said["kind"].is_in([*LIFE, *SIGNED]))


def lean(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the text of those lines only that are looked at again, free of the block that they came in."""
    if not {"raw", "text", "status", "host"} <= set(rows.columns):
        return rows
    notice = pl.col("kind") == Kind.BOUNCE_NOTICE.value
    short = rows.with_columns(
        pl.when(failed_delivery()).then("raw").alias("raw"),
        pl.when(notice).then("text").alias("text"),
        short_host(),
    )
    return own(short)


def own(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table of strings of its own: one that was gathered keeps all the text around it in memory."""
    return table.with_columns(pl.col(pl.String) + "")
