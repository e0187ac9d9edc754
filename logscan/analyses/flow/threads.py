"""What became of each queue ID: who sent it, how big it was, to whom it went.

For: sums that one line does not tell: bytes delivered, mails deferred, mails that were received.
In: events of queue IDs in order. Out: `Threads`: sums of the mails that are over, and pieces of the others.
Never: more than a number for a mail that is over; an ID that was used again taken for the first mail.

A thread begins with `client=` or pickup's `uid=` (or behind `removed`), and ends with `removed`. A stretch
of the logs cuts the threads at its ends: such pieces are joined by `merge`. `sealed` are the IDs of which a
thread began or ended inside the stretch: a piece before it and a piece behind it are never one mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

#: What a line says of its queue ID.
ENTERED, QUEUED, DEFERRED, SENT, REMOVED, OTHER, FORWARDED, BOUNCED, EXPIRED, WRITTEN = range(10)
_ATTEMPTS: Final = (DEFERRED, SENT, FORWARDED, BOUNCED)

#: key: of host, instance and queue ID. at: place in the order of the logs. minute: since 1970.
EVENT: Final[dict[str, pl.DataType]] = {
    "key": pl.UInt64(),
    "at": pl.UInt64(),
    "what": pl.UInt8(),
    "minute": pl.Int64(),
    "name": pl.String(),  # client, sender, recipient
    "size": pl.Int64(),
    "number": pl.Int64(),  # recipients of a mail, or how many times the line stands for
}
#: A mail, or a piece of one. before, behind: it may go on there. at, minute: when it entered. written: cleanup told of it.
PIECE: Final[dict[str, pl.DataType]] = {
    "key": pl.UInt64(),
    "before": pl.Boolean(),
    "behind": pl.Boolean(),
    "entered": pl.Boolean(),
    "at": pl.UInt64(),
    "minute": pl.Int64(),
    "client": pl.String(),
    "queued": pl.Boolean(),
    "sender": pl.String(),
    "size": pl.Int64(),
    "nrcpt": pl.Int64(),
    "deferrals": pl.Int64(),
    "expired": pl.Boolean(),
    "written": pl.Boolean(),
}
#: A recipient of a piece. copies: how often it was sent. put_off: deferrals. taken: sent or forwarded, ever.
#: last, last_at: the last attempt and its place.
COPY: Final[dict[str, pl.DataType]] = {
    "key": pl.UInt64(),
    "before": pl.Boolean(),
    "recipient": pl.String(),
    "copies": pl.Int64(),
    "put_off": pl.Int64(),
    "taken": pl.Boolean(),
    "last": pl.UInt8(),
    "last_at": pl.UInt64(),
}
_NAMED: Final[dict[str, pl.DataType]] = {
    "name": pl.String(),
    "messages": pl.Int64(),
    "recipients": pl.Int64(),
    "bytes": pl.Int64(),
}
#: table -> its columns: the key, and what is added up; of `first` the least counts. untaken: mails that qmgr never saw.
#: deferred: of mails deferred, recovered, and still_deferred, and of expired_recipients.
SUMS: Final[dict[str, dict[str, pl.DataType]]] = {
    "received": {"minute": pl.Int64(), "received": pl.Int64(), "bytes": pl.Int64()},
    "senders": _NAMED,
    "clients": _NAMED,
    "recipients": _NAMED,
    "domains": _NAMED,
    "deferred": {"what": pl.String(), "deferred": pl.Int64()},
    "internal": {"what": pl.String(), "count": pl.Int64()},
    "untaken": {"what": pl.String(), "count": pl.Int64(), "first": pl.UInt64()},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Threads:
    """Sums of mails that are over (`SUMS`), pieces of the others with their recipients, and what is sealed."""

    sums: dict[str, pl.DataFrame]
    pieces: pl.DataFrame
    copies: pl.DataFrame
    sealed: pl.Series


def empty() -> Threads:
    """Return the threads of no line."""
    return Threads(
        sums={name: pl.DataFrame(schema=schema) for name, schema in SUMS.items()},
        pieces=pl.DataFrame(schema=PIECE),
        copies=pl.DataFrame(schema=COPY),
        sealed=pl.Series("key", dtype=pl.UInt64),
    )


def of(events: pl.DataFrame) -> Threads:
    """Return the threads of a stretch's events, which may be in any order."""
    if events.is_empty():
        return empty()
    rows = events.sort("key", "at").with_columns(new=pl.col("key") != pl.col("key").shift(1))
    removed = pl.col("what") == REMOVED
    # A thread begins where another key does, with `client=`, and behind `removed`.
    begins = pl.col("new").fill_null(True) | (pl.col("what") == ENTERED) | removed.shift(1)
    rows = rows.with_columns(begins.fill_null(True).cum_sum().alias("piece"))
    pieces = _pieces(rows)
    copies = (
        rows.filter(pl.col("what").is_in(_ATTEMPTS))
        .group_by("piece", pl.col("name").alias("recipient"))
        .agg(
            pl.col("number").filter(pl.col("what") == SENT).sum().alias("copies"),
            pl.col("number").filter(pl.col("what") == DEFERRED).sum().alias("put_off"),
            pl.col("what").is_in((SENT, FORWARDED)).any().alias("taken"),
            pl.col("what").last().alias("last"),
            pl.col("at").last().alias("last_at"),
        )
    )
    going = pl.col("before") | pl.col("behind")
    open_ = pieces.filter(going)
    return Threads(
        sums=added(_summed(pieces.filter(~going), copies)),
        pieces=open_.select(*PIECE),
        copies=_of_pieces(copies, open_),
        sealed=pieces.filter(~pl.col("before") | ~pl.col("behind"))["key"].unique(),
    )


def _pieces(rows: pl.DataFrame) -> pl.DataFrame:
    what = pl.col("what")
    queued = what == QUEUED

    def first(name: str, mask: pl.Expr) -> pl.Expr:
        return pl.col(name).filter(mask).first()

    pieces = rows.group_by("piece", maintain_order=True).agg(
        pl.col("key").first(),
        (what.first() == ENTERED).alias("entered"),
        (what.last() == REMOVED).alias("ended"),
        first("at", what == ENTERED).alias("at"),
        first("minute", what == ENTERED).alias("minute"),
        first("name", what == ENTERED).alias("client"),
        queued.any().alias("queued"),
        first("name", queued).alias("sender"),
        first("size", queued).alias("size"),
        first("number", queued).alias("nrcpt"),
        pl.col("number").filter(what == DEFERRED).sum().alias("deferrals"),
        (what == EXPIRED).any().alias("expired"),
        (what == WRITTEN).any().alias("written"),
    )
    first_of_key = (pl.col("key") != pl.col("key").shift(1)).fill_null(True)
    last_of_key = (pl.col("key") != pl.col("key").shift(-1)).fill_null(True)
    return pieces.with_columns(
        (first_of_key & ~pl.col("entered")).alias("before"), (last_of_key & ~pl.col("ended")).alias("behind")
    )


def merge(left: Threads, right: Threads) -> Threads:
    """Return two neighbouring stretches as one, `left` before `right`."""
    lefts, left_copies = _numbered(left, 0)
    rights, right_copies = _numbered(right, lefts.height)
    both = lefts.filter("behind").join(rights.filter("before"), on="key", suffix="_")
    renamed = dict(zip(both["piece_"], both["piece"], strict=True))
    # What nothing goes on with; and what cannot go on, because its ID was used anew in between.
    cut, ended = (pl.col("key").is_in(side.sealed.implode()) for side in (right, left))
    left_alone = lefts.join(both, on="piece", how="anti").with_columns(pl.col("behind") & ~cut)
    right_alone = rights.join(both.select(piece="piece_"), on="piece", how="anti").with_columns(
        pl.col("before") & ~ended
    )
    pieces = pl.concat([_joined(both), left_alone, right_alone])
    copies = _one_each(left_copies, right_copies.with_columns(pl.col("piece").replace(renamed)))
    going = pl.col("before") | pl.col("behind")
    over, open_ = pieces.filter(~going), pieces.filter(going)
    return Threads(
        sums=added(left.sums, right.sums, _summed(over, copies)),
        pieces=open_.select(*PIECE),
        copies=_of_pieces(copies, open_),
        sealed=pl.concat([left.sealed, right.sealed]).unique(),
    )


def closed(threads: Threads) -> dict[str, pl.DataFrame]:
    """Return the sums of all threads, as if none went on outside the logs."""
    pieces, copies = _numbered(threads, 0)
    return added(threads.sums, _summed(pieces, copies))


def added(*several: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return tables of sums as one."""
    return {
        name: pl.concat(sums[name] for sums in several)
        .group_by(next(iter(schema)))
        .agg(
            pl.col(column).min() if column == "first" else pl.col(column).sum() for column in list(schema)[1:]
        )
        for name, schema in SUMS.items()
    }


def _numbered(threads: Threads, first: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return pieces and copies with the number of the piece; a key has one with `before` at most, and one without."""
    pieces = threads.pieces.with_row_index("piece", offset=first)
    on = ["key", "before"]
    mine = threads.copies.join(pieces.select("piece", *on), on=on)
    return pieces, mine.select("piece", *list(COPY)[2:])


def _joined(both: pl.DataFrame) -> pl.DataFrame:
    known = ("sender", "size", "nrcpt")
    return both.select(
        "piece", "key", "before", pl.col("behind_").alias("behind"), "entered", "at", "minute", "client",
        pl.col("queued") | pl.col("queued_"),
        *(pl.when("queued").then(name).otherwise(f"{name}_").alias(name) for name in known),
        pl.col("deferrals") + pl.col("deferrals_"),
        pl.col("expired") | pl.col("expired_"), pl.col("written") | pl.col("written_"),
    )  # fmt: skip


def _one_each(*copies: pl.DataFrame) -> pl.DataFrame:
    return (
        pl.concat(copies)
        .group_by("piece", "recipient")
        .agg(
            pl.col("copies", "put_off").sum(),
            pl.col("taken").any(),
            pl.col("last").sort_by("last_at").last(),
            pl.col("last_at").max(),
        )
    )


def _of_pieces(copies: pl.DataFrame, pieces: pl.DataFrame) -> pl.DataFrame:
    return copies.join(pieces.select("piece", "key", "before"), on="piece").select(*COPY)


def _summed(over: pl.DataFrame, copies: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return what mails come to. copies: of `COPY`, with the piece; of other mails too."""
    received = over.filter(pl.col("entered") & pl.col("queued"))
    size, nrcpt = pl.col("size").fill_null(0), pl.col("nrcpt").fill_null(0)
    sums = {"messages": pl.len().cast(pl.Int64), "recipients": nrcpt.sum(), "bytes": size.sum()}
    sent = copies.filter(pl.col("copies") > 0).join(over.select("piece", size), on="piece")
    count, volume = pl.col("copies").sum(), (pl.col("size") * pl.col("copies")).sum()
    mails = {"messages": pl.col("piece").n_unique().cast(pl.Int64), "recipients": count, "bytes": volume}
    domain = pl.col("recipient").str.extract("@([^@]*)$").str.to_lowercase()
    # cleanup speaks of every new mail; of this one no client did
    internal = over.filter(pl.col("written") & ~pl.col("entered") & pl.col("queued"))
    untaken = over.filter(pl.col("entered") & ~pl.col("queued"))
    return {
        "received": received.group_by("minute").agg(
            pl.len().cast(pl.Int64).alias("received"), size.sum().alias("bytes")
        ),
        "senders": received.group_by(pl.col("sender").alias("name")).agg(**sums),
        "clients": received.group_by(pl.col("client").alias("name")).agg(**sums),
        "recipients": sent.group_by(pl.col("recipient").alias("name")).agg(**mails),
        "domains": sent.group_by(domain.alias("name")).agg(**mails),
        "deferred": _put_off(over, copies),
        "internal": internal.select(pl.lit("mails").alias("what"), pl.len().cast(pl.Int64).alias("count")),
        "untaken": untaken.select(
            pl.lit("mails").alias("what"),
            pl.len().cast(pl.Int64).alias("count"),
            pl.col("at").min().alias("first"),
        ),
    }


def _put_off(over: pl.DataFrame, copies: pl.DataFrame) -> pl.DataFrame:
    """Return how many mails were deferred, and what came of their recipients: see `SUMS`.

    A piece with `behind` is one of which no end was seen, once all stretches are together: it waits.
    """
    pairs = copies.filter(pl.col("put_off") > 0).join(over.select("piece", "behind", "expired"), on="piece")
    open_ = ~pl.col("taken") & (pl.col("last") == DEFERRED)
    mails = pairs.group_by("piece").agg(
        pl.col("taken").all().alias("recovered"),
        (open_ & pl.col("behind") & ~pl.col("expired")).any().alias("still_deferred"),
    )
    counts = {
        "deferred": over.select((pl.col("deferrals") > 0).sum()).item(),
        "recovered": mails["recovered"].sum(),
        "still_deferred": mails["still_deferred"].sum(),
        "expired_recipients": pairs.select((open_ & pl.col("expired")).sum()).item(),
    }
    return pl.DataFrame({"what": list(counts), "deferred": list(counts.values())}, schema=SUMS["deferred"])
