"""Mails as records, for whoever tells of single ones.

In: `mail.Mail`. Out: `model.messages.Message`, by first sight. Never: reads a log; decides a status (outcome).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import polars as pl

from logscan.model.messages import (
    Attempt,
    Dkim,
    Hop,
    Internal,
    Mark,
    Message,
    Notice,
    Passage,
    Place,
    Recipient,
)
from logscan.model.vocabulary import Kind
from logscan.tracking.digest import SIGNED
from logscan.tracking.mail import Mail
from logscan.tracking.outcome import Said, Thread, Tried, recipients

_DECIDE: Final = tuple(
    kind.value
    for kind in (
        Kind.HOLD, Kind.RELEASED, Kind.DISCARD, Kind.REDIRECT, Kind.REJECT, Kind.MILTER_REJECT,
        Kind.EXPIRED, Kind.DELETED, Kind.REQUEUED,
    )
)  # fmt: skip
_RESULT: Final = {
    Kind.DKIM_SIGNED.value: "signed",
    Kind.DKIM_VERIFIED.value: "verified",
    Kind.DKIM_FAILED.value: "failed",
}
_PROBED: Final = ("deliverable", "undeliverable")
_BACK: Final = r"\[(?:127\.|::1\]|::ffff:127\.)"

Row = dict[str, Any]
#: Child thread -> its parent, how it came to be, and Postfix's word for a notice.
Links = Mapping[int, tuple[int, str, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The rows of one mail by what they tell, and its threads, parents before children."""

    threads: Sequence[Row]
    rows: Mapping[str, Sequence[Row]]


def told(mail: Mail, *, bare: bool = False) -> Iterator[Message]:
    """Yield every mail, by first sight. bare: also a `client=` of which nothing came."""
    written = mail.links.filter(pl.col("what") == "notice")["child"].implode()
    notices = mail.threads.filter(pl.col("root").is_in(written))
    mine = pl.col("thread").is_in(notices["thread"].implode())
    about = _told(Mail(rows=mail.rows.filter(mine), threads=notices, links=mail.links), bare=True)
    fates = {message.queue_ids[0]: message.recipients[-1] for message in about if message.recipients}
    for message in _told(mail, bare=bare):
        yield _with_fates(message, fates) if message.notices else message


def _with_fates(message: Message, fates: Mapping[str, Recipient]) -> Message:
    """Return the mail with what became of the notices about it."""
    return replace(
        message,
        notices=tuple(
            replace(notice, recipient=fate.recipient, status=fate.status)
            if (fate := fates.get(notice.queue_id))
            else notice
            for notice in message.notices
        ),
    )


def _told(mail: Mail, *, bare: bool) -> Iterator[Message]:
    up = {child: (parent, what, word) for child, parent, what, word in mail.links.iter_rows()}
    begun = mail.threads.filter(pl.col("thread") == pl.col("root")).sort("first", "thread")
    rank = begun.select("root", pl.int_range(pl.len(), dtype=pl.UInt32).alias("rank_"))
    threads = mail.threads.join(rank, on="root").sort("rank_", "first", "thread")
    rows = mail.rows.join(threads.select("thread", "rank_"), on="thread").sort("rank_", "when", "at")
    rows = _small(
        rows.with_columns(pl.int_range(pl.len()).alias("at"))
    )  # in some logs the newest line stands first
    by_rank = groupby(rows.iter_rows(named=True), key=itemgetter("rank_"))
    for (_, members), (_, mine) in zip(
        groupby(threads.iter_rows(named=True), key=itemgetter("rank_")), by_rank, strict=True
    ):
        ours = list(members)
        if bare or any(thread["mail"] for thread in ours):
            by_sort: dict[str, list[Row]] = defaultdict(list)
            for row in mine:
                by_sort[_sort_of(row["kind"])].append(row)
            root = ours[0]["root"]
            yield _message(root, _Parts(threads=_ordered(root, ours, up), rows=by_sort), up)


def _small(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the columns that records are made of."""
    handed = pl.col("program").str.ends_with("/pipe") | pl.col("relay").str.contains(_BACK)
    return rows.select(
        pl.all().exclude("host", "orig_queue_id", "when"),
        pl.col("program").str.extract(r"([^/]*)$", 1).alias("by"),
        handed.fill_null(value=False).alias("handed"),
    )


def _sort_of(kind: str) -> str:
    if kind in SIGNED:
        return "signed"
    return "said" if kind in _DECIDE else kind


def _ordered(root: int, members: Sequence[Row], up: Links) -> list[Row]:
    """Return the threads of a mail, each behind the one that it came from."""
    children: dict[int, list[Row]] = defaultdict(list)
    for thread in members:
        if thread["thread"] != root:
            children[up[thread["thread"]][0]].append(thread)
    first = next(thread for thread in members if thread["thread"] == root)
    ordered, waiting = [], [first]
    while waiting:
        thread = waiting.pop(0)
        ordered.append(thread)
        waiting += children.pop(thread["thread"], [])
    return ordered


def _message(root: int, parts: _Parts, up: Links) -> Message:
    rows, threads = parts.rows, parts.threads
    first = threads[0]
    client = next((r for r in rows[Kind.CLIENT.value] if r["thread"] == root), None)
    queued = next((r for r in rows[Kind.QUEUED.value] if r["thread"] == root), None) or {}
    said = [r for r in rows["said"] if r["thread"] == root and r["sender"] is not None]
    sender = next((r["sender"] for r in (queued, client or {}, *said) if r.get("sender") is not None), None)
    ends = [r["time"] for r in rows[Kind.REMOVED.value]]
    ends += [r["time"] for r in rows["said"] if r["kind"] == Kind.DELETED.value]
    mine = [row for group in rows.values() for row in group]
    return Message(
        queue_ids=tuple(dict.fromkeys(thread["queue_id"] for thread in threads)),
        message_id=next((thread["message_id"] for thread in threads if thread["message_id"]), None),
        sender=sender,
        client_name=client["client_name"] if client else None,
        client_ip=client["client_ip"] if client else None,
        sasl_user=client["sasl_user"] if client else None,
        size=queued.get("size"),
        nrcpt=queued.get("nrcpt"),
        received=min((r["time"] for r in mine if r["thread"] == root and r["time"]), default=None),
        removed=max((end for end in ends if end), default=None) if all(t["ended"] for t in threads) else None,
        hops=tuple(_hop(thread, parts, up) for thread in threads),
        recipients=recipients([_thread(thread, parts, up) for thread in threads]),
        dkim=tuple(_dkim(row) for row in rows["signed"]),
        notices=tuple(
            Notice(
                time=row["time"],
                queue_id=row["next_id"],
                kind=row["what"] or "sender non-delivery",
                place=_place(row),
            )
            for row in rows[Kind.BOUNCE_NOTICE.value]
            if row["next_id"]
        ),
        marks=tuple(
            Mark(
                time=row["time"],
                queue_id=row["queue_id"],
                what=row["kind"],
                reply=row["reply"],
                rule=row["rule"],
                place=_place(row),
            )
            for row in sorted((*rows["said"], *rows[Kind.REMOVED.value]), key=itemgetter("at"))
        ),
        internal=_internal(root, sender, client, parts, up),
        cut=client is None and not rows[Kind.MESSAGE_ID.value],
        local=bool(first["local"]),
        places=tuple(dict.fromkeys(_place(row) for row in sorted(mine, key=lambda row: int(row["at"])))),
    )


def _hop(thread: Row, parts: _Parts, up: Links) -> Hop:
    link = up.get(thread["thread"]) if thread is not parts.threads[0] else None
    parent = next((t["queue_id"] for t in parts.threads if link and t["thread"] == link[0]), None)
    rows = (row for group in parts.rows.values() for row in group if row["thread"] == thread["thread"])
    begun = min(rows, key=itemgetter("at"))
    return Hop(
        time=thread["first"],
        queue_id=thread["queue_id"],
        what=Passage(link[1]) if link and link[1] != "notice" else Passage.RECEIVED,
        host=thread["host"],
        instance=(thread["program"] or "").partition("/")[0] or None,
        parent=parent,
        place=_place(begun),
    )


def _internal(
    root: int,
    sender: str | None,
    client: Row | None,
    parts: _Parts,
    up: Links,
) -> Internal | None:
    link = up.get(root)
    if link is not None and link[1] == "notice":
        word = link[2] or ""
        if word.startswith("sender"):
            return (
                Internal.DELAY
                if "delay" in word
                else Internal.NOTICE
                if "status" in word
                else Internal.BOUNCE
            )
        return Internal.NOTICE
    if any(row["status"] in _PROBED for row in parts.rows[Kind.DELIVERY.value]):
        return Internal.PROBE
    written = client is None and any(row["thread"] == root for row in parts.rows[Kind.MESSAGE_ID.value])
    nobody = sender == "" or (sender or "").startswith("double-bounce@")
    return Internal.NOTICE if written and nobody else None


def _thread(thread: Row, parts: _Parts, up: Links) -> Thread:
    number = thread["thread"]
    onward = {
        other["thread"]: (Passage(up[other["thread"]][1]), other["queue_id"])
        for other in parts.threads
        if other["thread"] in up and up[other["thread"]][0] == number and up[other["thread"]][1] != "notice"
    }
    return Thread(
        number=number,
        tried=[_tried(row) for row in parts.rows[Kind.DELIVERY.value] if row["thread"] == number],
        said=[
            Said(
                at=row["at"],
                kind=row["kind"],
                recipient=row["recipient"],
                reply=row["reply"],
                dsn=row["dsn"],
                rule=row["rule"],
                cause=row["cause"],
            )
            for row in parts.rows["said"]
            if row["thread"] == number
        ],
        onward=onward,
        ended=bool(thread["ended"]),
        queued=bool(thread["queued"]),
        nrcpt=max(
            (r["nrcpt"] for r in parts.rows[Kind.QUEUED.value] if r["thread"] == number and r["nrcpt"]),
            default=None,
        ),
    )


def _tried(row: Row) -> Tried:
    return Tried(
        at=row["at"],
        recipient=row["recipient"],
        orig_recipient=row["orig_recipient"],
        forward=row["what"] == "forward",
        handed=bool(row["handed"]),
        attempt=Attempt(
            time=row["time"],
            queue_id=row["queue_id"],
            status=row["status"] or "unknown",
            by=row["by"],
            relay=row["relay"],
            dsn=row["dsn"],
            reply=row["reply"],
            delay=row["delay"],
            delays=tuple(row["delays"] or ()),
            rule=row["rule"],
            cause=row["cause"],
            child=row["next_id"],
            repeat=row["repeat"] or 1,
            place=_place(row),
        ),
    )


def _dkim(row: Row) -> Dkim:
    return Dkim(
        time=row["time"],
        result=_RESULT[row["kind"]],
        domain=row["domain"],
        selector=row["selector"],
        detail=row["reply"],
        place=_place(row),
    )


def _place(row: Row) -> Place:
    return Place(source=row["source"], block=row["block"], row=row["row"])
