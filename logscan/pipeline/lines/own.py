"""Records without those of mail that logscan sent itself.

In: records with their times, which queue IDs were ours and when. Out: the others. Never: work where there is no such mail at
the time of the records; a line of another mail that got the same queue ID before or after.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from logscan.model.mails import short_host
from logscan.model.own import OwnMail

#: What may stand before a queue ID: `warning: `.
_BEFORE: Final = r"^(?:[a-z]{4,12}: )?"
_OWN: Final = pl.Schema(
    {
        "queue_id": pl.String(),
        "host": pl.String(),
        "first": pl.Datetime("us", "UTC"),
        "last": pl.Datetime("us", "UTC"),
    }
)


def without(rows: pl.DataFrame, own: Sequence[OwnMail]) -> pl.DataFrame:
    """Return the records that tell of no mail in `own`. rows: host, time, text."""
    if not own or not rows.height:
        return rows
    first, last = rows.select(pl.col("time").min().alias("first"), pl.col("time").max().alias("last")).row(0)
    near = [one for one in own if first is not None and one.first <= last and one.last >= first]
    if not near:
        return rows
    ids = "|".join(sorted({one.queue_id for one in near}))
    named = rows["text"].str.extract(f"{_BEFORE}({ids}): ", 1)
    places = named.is_not_null().arg_true()
    if not len(places):
        return rows
    asked = rows.select(short_host(), "time")[places].with_columns(
        named.gather(places).alias("queue_id"), places.alias("place")
    )
    ours = pl.DataFrame(
        [(one.queue_id, one.host, one.first, one.last) for one in near], schema=_OWN, orient="row"
    )
    pairs = asked.join(ours, on=["queue_id", "host"], nulls_equal=True)
    mine = pairs.filter(pl.col("time").is_between("first", "last"))["place"]
    gone = pl.repeat(False, rows.height, eager=True).scatter(mine, True)
    return rows.filter(~gone)
