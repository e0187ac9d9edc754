"""What was refused before it was queued: one refusal of the several lines that a client got for it.

In: rows of events, with the cards that explain them. Out: `model.messages.Refusal`, by time.
Never: a mail that is in the queue; a refusal of the whole mail by cleanup, which has a queue ID and a story.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl

from logscan.model.messages import Place, Refusal
from logscan.model.vocabulary import Family, Kind

#: How far apart the lines of one refusal may be.
SESSION = timedelta(minutes=1)

_REFUSED = (Kind.REJECT.value, Kind.MILTER_REJECT.value)
_WHOLE = ("DATA", "END-OF-MESSAGE", "BDAT")


def refused(rows: pl.DataFrame) -> pl.Series:
    """Return which rows refuse a mail, or one recipient of it, that was not queued."""
    absent = [
        pl.lit(None, dtype=pl.String).alias(name)
        for name in ("queue_id", "daemon", "stage")
        if name not in rows.columns
    ]
    early = pl.col("queue_id").is_null() | (
        (pl.col("daemon") != "cleanup") & ~pl.col("stage").is_in(_WHOLE).fill_null(value=False)
    )
    refused = (pl.col("family") == Family.POSTFIX.value) & pl.col("kind").is_in(_REFUSED) & early
    return rows.with_columns(absent).select(refused.fill_null(value=False).alias("refused")).to_series()


_REFUSAL = (
    "time", "client_name", "client_ip", "stage", "sender", "recipient", "smtp_code", "dsn", "reply", "helo",
    "rule", "cause", "repeat", "host", "program", "pid", "reason", "source", "block", "row",
)  # fmt: skip


def refusals(rows: pl.DataFrame) -> tuple[Refusal, ...]:
    """Return refusals; the several lines that one client got for one mail are one."""
    absent = [pl.lit(None).alias(name) for name in _REFUSAL if name not in rows.columns]
    made: list[Refusal] = []
    open_: dict[tuple[object, ...], int] = {}
    for row in rows.with_columns(absent).select(_REFUSAL).iter_rows(named=True):
        reply = row["reply"] or row["reason"]
        key = (row["host"], row["program"], row["pid"], row["client_ip"], reply)
        place = Place(source=row["source"], block=row["block"], row=row["row"])
        one = Refusal(
            time=row["time"], client_name=row["client_name"], client_ip=row["client_ip"], stage=row["stage"],
            sender=row["sender"], recipient=row["recipient"], smtp_code=row["smtp_code"], dsn=row["dsn"],
            reply=reply, helo=row["helo"], rule=row["rule"], cause=row["cause"], times=row["repeat"] or 1,
            place=place,
        )  # fmt: skip
        at = open_.get(key)
        if at is not None and _same(made[at], one):
            old = made[at]
            made[at] = replace(one, times=old.times + one.times, time=old.time, place=old.place)
        else:
            open_[key] = len(made)
            made.append(one)
    return tuple(made)


def _same(old: Refusal, new: Refusal) -> bool:
    if old.time is not None and new.time is not None and new.time - old.time > SESSION:
        return False
    return all(
        a is None or b is None or a == b
        for a, b in ((old.sender, new.sender), (old.recipient, new.recipient))
    )
