"""What became of each queue ID: who sent it, how big it was, to whom it went.

For: sums that one line does not tell: bytes delivered, mails deferred, mails that were received.
In: events of queue IDs in order. Out: `Threads`: sums of the mails that are over, and pieces of the others.
Never: more than a number for a mail that is over; an ID that was used again taken for the first mail.

A thread begins with `client=` or pickup's `uid=` (or behind `removed`), and ends with `removed`. A stretch
of the logs cuts the threads at its ends: such pieces are joined by `merge`. `sealed` are the IDs of which a
thread began or ended inside the stretch: a piece before it and a piece behind it are never one mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from logscan.analyses.flow import returns
from logscan.analyses.flow.ended import came_in, delivered, returns_of, summed
from logscan.analyses.flow.kept import (
    ATTEMPTS,
    COPY,
    DEFERRED,
    ENTERED,
    EXPIRED,
    FORWARDED,
    GIFT,
    GIFT_OF,
    GIVEN,
    MINUTE,
    PIECE,
    QUEUED,
    REMOVED,
    SENT,
    SUMS,
    WRITTEN,
)
from logscan.analyses.flow.returns import Returns


@dataclass(frozen=True, slots=True, kw_only=True)
class Threads:
    """Sums of mails that are over (`SUMS`), pieces of the others with their recipients, and what is sealed.

    gifts: of the pieces (`GIFT`, key, before). returns: hand-overs and returns of the mails that are over.
    """

    sums: dict[str, pl.DataFrame]
    pieces: pl.DataFrame
    copies: pl.DataFrame
    gifts: pl.DataFrame
    returns: Returns
    sealed: pl.Series


def empty() -> Threads:
    """Return the threads of no line."""
    return Threads(
        sums={name: pl.DataFrame(schema=schema) for name, schema in SUMS.items()},
        pieces=pl.DataFrame(schema=PIECE),
        copies=pl.DataFrame(schema=COPY),
        gifts=pl.DataFrame(schema=GIFT_OF),
        returns=returns.empty(),
        sealed=pl.Series("key", dtype=pl.UInt64),
    )


def of(events: pl.DataFrame, gifts: pl.DataFrame, spans: pl.DataFrame) -> Threads:
    """Return the threads of a stretch's events, which may be in any order.

    gifts: `GIFT` of those that are `GIVEN`, in order. spans: `returns.SPAN`.
    """
    if events.is_empty():
        return empty()
    rows = events.sort("key", "at").with_columns(new=pl.col("key") != pl.col("key").shift(1))
    removed = pl.col("what") == REMOVED
    # A thread begins where another key does, with `client=`, and behind `removed`.
    begins = pl.col("new").fill_null(True) | (pl.col("what") == ENTERED) | removed.shift(1)
    rows = rows.with_columns(begins.fill_null(True).cum_sum().alias("piece"))
    pieces = _pieces(rows)
    copies = (
        rows.filter(pl.col("what").is_in(ATTEMPTS))
        .group_by("piece", pl.col("name").alias("recipient"))
        .agg(
            pl.col("number").filter(pl.col("what") == SENT).sum().alias("copies"),
            pl.col("number").filter(pl.col("what") == DEFERRED).sum().alias("put_off"),
            pl.col("what").is_in((SENT, FORWARDED, GIVEN)).any().alias("taken"),
            pl.col("what").last().alias("last"),
            pl.col("at").last().alias("last_at"),
        )
    )
    given = rows.filter(pl.col("what") == GIVEN).select("piece", pl.col("size").cast(pl.UInt32).alias("gift"))
    given = given.join(gifts.with_row_index("gift"), on="gift")
    going = pl.col("before") | pl.col("behind")
    over, open_ = pieces.filter(~going), pieces.filter(going)
    waiting, found, delivered = _met(
        open_.select(*PIECE), replace(returns_of(over, copies, given), spans=spans)
    )
    return Threads(
        sums=added(summed(over, copies), delivered),
        pieces=waiting,
        copies=_of_pieces(copies, open_, COPY),
        gifts=_of_pieces(given, open_, GIFT_OF),
        returns=found,
        sealed=pieces.filter(~pl.col("before") | ~pl.col("behind"))["key"].unique(),
    )


def _met(pieces: pl.DataFrame, handed: Returns) -> tuple[pl.DataFrame, Returns, dict[str, pl.DataFrame]]:
    """Return the same once hand-overs and returns have met, and the sums of those that were deliveries."""
    open_ = pieces.with_row_index("row").filter("entered")
    maybe = came_in(open_)
    found, back = returns.met(handed, maybe)
    if open_.height:
        pieces = pieces.with_columns(pieces["back"].scatter(open_["row"], back))
    found, done = returns.settled(found, maybe)
    return pieces, found, delivered(done) if done.height else {}


def _pieces(rows: pl.DataFrame) -> pl.DataFrame:
    what = pl.col("what")
    queued = what == QUEUED

    def first(name: str, mask: pl.Expr) -> pl.Expr:
        return pl.col(name).filter(mask).first()

    # A line of a client's is the first of its piece.
    entry = ("at", "when", "name", "number", "link")
    pieces = rows.group_by("piece", maintain_order=True).agg(
        pl.col("key").first(),
        (what.first() == ENTERED).alias("entered"),
        (what.last() == REMOVED).alias("ended"),
        *(pl.col(name).first().alias(f"{name}_") for name in entry),
        pl.col("when").min().alias("since"),
        queued.any().alias("queued"),
        first("name", queued).alias("sender"),
        first("size", queued).alias("size"),
        first("number", queued).alias("nrcpt"),
        pl.col("number").filter(what == DEFERRED).sum().alias("deferrals"),
        (what == EXPIRED).any().alias("expired"),
        (what == WRITTEN).any().alias("written"),
        pl.col("link").filter((what == WRITTEN) & pl.col("link").is_not_null()).first().alias("alike"),
    ).with_columns(
        pl.col("at_").alias("begun"),
        pl.lit(value=False).alias("back"),
        *(
            pl.when("entered").then(value).alias(name)
            for name, value in (
                ("at", pl.col("at_")), ("minute", pl.col("when_") // MINUTE), ("client", pl.col("name_")),
                ("way", pl.col("number_").cast(pl.UInt8)), ("origin", pl.col("link_")),
            )
        ),
    )  # fmt: skip
    first_of_key = (pl.col("key") != pl.col("key").shift(1)).fill_null(True)
    last_of_key = (pl.col("key") != pl.col("key").shift(-1)).fill_null(True)
    return pieces.with_columns(
        (first_of_key & ~pl.col("entered")).alias("before"), (last_of_key & ~pl.col("ended")).alias("behind")
    )


def merge(left: Threads, right: Threads) -> Threads:
    """Return two neighbouring stretches as one, `left` before `right`."""
    lefts, left_copies, left_gifts = _numbered(left, 0)
    rights, right_copies, right_gifts = _numbered(right, lefts.height)
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
    gifts = pl.concat([left_gifts, right_gifts.with_columns(pl.col("piece").replace(renamed))])
    going = pl.col("before") | pl.col("behind")
    over, open_ = pieces.filter(~going), pieces.filter(going)
    handed = returns.together(left.returns, right.returns, returns_of(over, copies, gifts))
    waiting, found, delivered = _met(open_.select(*PIECE), handed)
    return Threads(
        sums=added(left.sums, right.sums, summed(over, copies), delivered),
        pieces=waiting,
        copies=_of_pieces(copies, open_, COPY),
        gifts=_of_pieces(gifts, open_, GIFT_OF),
        returns=found,
        sealed=pl.concat([left.sealed, right.sealed]).unique(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """All threads. filtered: `returns.FILTERED`. back: mails that were received before."""

    sums: dict[str, pl.DataFrame]
    filtered: pl.DataFrame
    back: int


def closed(threads: Threads) -> Closed:
    """Return the sums of all threads, as if none went on outside the logs."""
    pieces, copies, gifts = _numbered(threads, 0)
    all_ = returns.together(threads.returns, returns_of(pieces, copies, gifts))
    found, _ = returns.met(all_, all_.returned.clear())
    return Closed(
        sums=added(threads.sums, summed(pieces, copies), delivered(found.handed)),
        filtered=found.filtered,
        back=returns.came_back(found, pl.concat([threads.sealed, pieces["key"]])),
    )


def added(*several: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return tables of sums as one. A table may be missing."""
    return {
        name: pl.concat([pl.DataFrame(schema=schema), *(sums[name] for sums in several if name in sums)])
        .group_by(next(iter(schema)))
        .agg(
            pl.col(column).min() if column == "first" else pl.col(column).sum() for column in list(schema)[1:]
        )
        for name, schema in SUMS.items()
    }


def _numbered(threads: Threads, first: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return pieces, copies, gifts with the number of the piece; a key has one with `before` at most, and one without."""
    pieces = threads.pieces.with_row_index("piece", offset=first)
    on = ["key", "before"]
    number = pieces.select("piece", *on)
    return (
        pieces,
        threads.copies.join(number, on=on).select("piece", *list(COPY)[2:]),
        threads.gifts.join(number, on=on).select("piece", *GIFT),
    )


def _joined(both: pl.DataFrame) -> pl.DataFrame:
    known = ("sender", "size", "nrcpt")
    return both.select(
        "piece", "key", "before", pl.col("behind_").alias("behind"), "entered", "at", "minute", "client",
        pl.col("queued") | pl.col("queued_"),
        *(pl.when("queued").then(name).otherwise(f"{name}_").alias(name) for name in known),
        pl.col("deferrals") + pl.col("deferrals_"),
        pl.col("expired") | pl.col("expired_"), pl.col("written") | pl.col("written_"),
        "begun", pl.min_horizontal("since", "since_"), "way", "origin", pl.coalesce("alike", "alike_"),
        pl.col("back") | pl.col("back_"),
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


def _of_pieces(rows: pl.DataFrame, pieces: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return rows.join(pieces.select("piece", "key", "before"), on="piece").select(*schema)
