"""A message's life in the queue: its ID, its sender, its age, its notices.

In: lines of one kind. Out: the same with message_id, sender, size, nrcpt, status, child_queue_id.
Never: a delivery.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.parsers.families.postfix.grammar import ID, beside, direction, groups, number

#: Anchored at the end, where Postfix writes, so the sender may hold anything.
_QUEUED: Final = (
    rf"(?s)^{ID}: from=<(?P<sender>.*)>, size=(?P<size>[0-9]+), nrcpt=(?P<nrcpt>[0-9]+) \(queue [a-z]+\)$"
)
_EXPIRED: Final = rf"(?s)^{ID}: from=<(?P<sender>.*)>, status=(?P<status>[a-z-]+), returned to sender$"
_NOTICE: Final = rf"^{ID}: [a-z -]+ notification: (?P<child>{ID})$"
#: Not `resent-message-id=`: that is another header, and a mail has both.
_MESSAGE_ID: Final = rf"^{ID}: message-id="


def message_ids(lines: pl.DataFrame) -> pl.DataFrame:
    """Return message-id lines with the Message-ID, without its own pair of brackets."""
    text = pl.col("text")
    written = text.str.slice(text.str.find("message-id=", literal=True) + len("message-id="))
    bracketed = written.str.starts_with("<") & written.str.ends_with(">")
    bare = pl.when(bracketed).then(written.str.slice(1, written.str.len_chars() - 2)).otherwise(written)
    return lines.with_columns(
        pl.when(text.str.contains(_MESSAGE_ID) & (bare != "")).then(bare).alias("message_id"),
        direction("local"),
    )


def queued(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines of mail entering the active queue with sender, size and recipients."""
    found = groups(lines["text"], _QUEUED)
    return beside(lines, found, pl.col("sender"), number("size"), number("nrcpt"), direction("local"))


def expired(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines of mail given up for its age."""
    found = groups(lines["text"], _EXPIRED)
    return beside(lines, found, pl.col("sender"), pl.col("status"), direction("local"))


def notices(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines of bounces and delay warnings with the queue ID of the notice."""
    found = groups(lines["text"], _NOTICE)
    return beside(lines, found, pl.col("child").alias("child_queue_id"), direction("local"))
