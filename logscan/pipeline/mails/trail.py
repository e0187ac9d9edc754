"""From queue ID to queue ID: what the lines that were found tell to look for next.

In: rows of events, a query. Out: `Trail`: words to look for, what has been found. Never: reads a log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from logscan.model.vocabulary import Kind
from logscan.pipeline.lines.road import detailed, understood
from logscan.pipeline.logs.seek import Found
from logscan.tracking.digest import digest
from logscan.tracking.threads import LOOPBACK

#: What a look at the rows of mail needs.
_COLUMNS = ("queue_id", "message_id", "client_ip", "relay_ip", "status", "sender", "orig_queue_id", "next_id")

#: Rows whose fields are read together: there are many columns, and several copies on the way.
ROWS = 8192


class Query(Protocol):
    """What somebody looks for."""

    def rows(self, rows: pl.DataFrame) -> pl.Series:
        """Return which rows of a table of events it means."""


@dataclass(kw_only=True)
class Trail:
    """What is looked for and what has been found. ids: queue IDs, followed. sought: words, looked for."""

    ids: set[str] = field(default_factory=set)
    message_ids: set[str] = field(default_factory=set)
    processes: set[int] = field(default_factory=set)
    sought: set[bytes] = field(default_factory=set)
    found: dict[int, Found] = field(default_factory=dict)

    def new(self) -> tuple[bytes, ...]:
        """Return the words that nobody has looked for yet."""
        words = {queue_id.encode() for queue_id in self.ids}
        words |= {message_id.encode("utf-8", "surrogateescape") for message_id in self.message_ids}
        words |= {f"[{pid}]: NOQUEUE: ".encode() for pid in self.processes}
        return tuple(sorted(words - self.sought))

    def add(self, more: dict[int, Found]) -> None:
        """Take in what another reading found."""
        for index, one in more.items():
            old = self.found.get(index, Found())
            self.found[index] = Found(
                lines=old.lines | one.lines, days=old.days | one.days, counts=old.counts or one.counts
            )

    def follow(self, rows: pl.DataFrame, query: Query) -> None:
        """Note the queue IDs that rows name, until these rows name no new one."""
        if not rows.height or "queue_id" not in rows.columns:
            return
        asked = rows.filter(query.rows(rows) & pl.col("queue_id").is_not_null())
        self.ids |= set(asked["queue_id"].drop_nulls())
        named = links(rows)
        before = -1
        while before != len(self.ids):
            before = len(self.ids)
            for pair in named:
                if not self.ids.isdisjoint(pair):
                    self.ids |= set(pair)
            mails = rows.filter(pl.col("queue_id").is_in(list(self.ids)))
            self.message_ids |= _roundabout(mails)
            if self.message_ids and "message_id" in rows.columns:
                same = rows.filter(pl.col("message_id").is_in(list(self.message_ids)))
                self.ids |= set(same["queue_id"].drop_nulls())
        self.processes |= _unqueued(mails)


def linked(records: pl.DataFrame) -> pl.DataFrame:
    """Return records as rows of events, with `next_id`: the queue ID that a line names as the next one."""
    rows = _fields(records)
    if "source" not in rows.columns:
        return rows
    named = digest(rows).select("source", "block", "row", "next_id").unique(["source", "block", "row"])
    return rows.join(named, on=["source", "block", "row"], how="left", maintain_order="left")


def _fields(rows: pl.DataFrame) -> pl.DataFrame:
    """Return records with their fields, of some after the other: all at once would take several times the memory."""
    parts = []
    previous = b""
    for begin in range(0, max(rows.height, 1), ROWS):
        some = rows.slice(begin, ROWS)
        parts.append(detailed(part.all() for part in understood(some, previous)))
        previous = (some["raw"][-1] if some.height else "").encode()
    return pl.concat(parts, how="diagonal")


def once(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows without those that another log has told: of equal ones, the most that one log has."""
    if rows["source"].n_unique() < 2:
        return rows
    # as told.py has it: short name of the host, whole seconds, no blanks at the end
    key = rows.select(
        pl.struct(
            pl.col("time").dt.truncate("1s"),
            pl.col("host").str.extract(r"^([^.]+)"),
            "program",
            "pid",
            pl.col("text").str.strip_chars_end(" "),
        ).hash().alias("key")
    ).to_series()  # fmt: skip
    counted = rows.with_columns(key).with_columns(
        pl.when(pl.col("host").is_not_null()).then(pl.len().over("key", "source")).alias("times")
    )
    best = (
        pl.col("source")
        .sort_by(pl.col("times"), -pl.col("source").cast(pl.Int64), descending=True)
        .first()
        .over("key")
    )
    return counted.filter(pl.col("host").is_null() | (pl.col("source") == best)).drop("key", "times")


def links(rows: pl.DataFrame) -> list[tuple[str, str]]:
    """Return a queue ID and one that its line names: the next, the one before, a notice."""
    found: list[tuple[str, str]] = []
    for name in ("next_id", "orig_queue_id"):
        if name in rows.columns:
            found += rows.select("queue_id", name).drop_nulls().unique().rows()
    return found


def _roundabout(mails: pl.DataFrame) -> set[str]:
    """Return the Message-IDs of mail that went through a filter which names no queue ID, or came back from one."""
    absent = [name for name in _COLUMNS if name not in mails.columns]
    mails = mails.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
    kind = pl.col("kind")
    loop = pl.col("relay_ip").str.contains(LOOPBACK) | pl.col("program").str.ends_with("/pipe")
    given = (kind == Kind.DELIVERY.value) & (pl.col("status") == "sent") & pl.col("next_id").is_null() & loop
    came = (
        (kind == Kind.CLIENT.value)
        & pl.col("orig_queue_id").is_null()
        & (pl.col("client_ip").str.contains(LOOPBACK) | pl.col("sender").is_not_null())
    )
    round_ = mails.filter((given | came).fill_null(value=False))["queue_id"]
    of = mails.filter(pl.col("queue_id").is_in(round_.implode()) & pl.col("message_id").is_not_null())
    return {text for text in of["message_id"] if len(text) > 5}


def _unqueued(mails: pl.DataFrame) -> set[int]:
    """Return the smtpd processes of mail that was never seen in the queue: perhaps it was held or discarded."""
    queued = mails.filter(pl.col("kind").is_in([Kind.QUEUED.value, Kind.DELIVERY.value]))["queue_id"]
    client = (pl.col("kind") == Kind.CLIENT.value) & pl.col("program").str.ends_with("smtpd")
    return set(mails.filter(client & ~pl.col("queue_id").is_in(queued.implode()))["pid"].drop_nulls())
