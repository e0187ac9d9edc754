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
from typing import Final

import polars as pl

from logscan.analyses.flow import returns
from logscan.analyses.flow.returns import STAGES, Returns

#: What a line says of its queue ID.
ENTERED, QUEUED, DEFERRED, SENT, REMOVED, OTHER, FORWARDED, BOUNCED, EXPIRED, WRITTEN, GIVEN = range(11)
#: GIVEN: sent, but perhaps to a filter that gives the mail back.
_ATTEMPTS: Final = (DEFERRED, SENT, FORWARDED, BOUNCED, GIVEN)
_MINUTE: Final = 60_000_000

#: key: of host and queue ID. at: place in the order of the logs. when: microseconds since 1970.
EVENT: Final[dict[str, pl.DataType]] = {
    "key": pl.UInt64(),
    "at": pl.UInt64(),
    "what": pl.UInt8(),
    "when": pl.Int64(),
    "name": pl.String(),  # client, sender, recipient
    "size": pl.Int64(),  # of a mail in bytes; of what is GIVEN the row of its gift
    "number": pl.Int64(),  # recipients of a mail, or how many times the line stands for; a client's way (see returns)
    "link": pl.UInt64(),  # of cleanup's line its Message-ID, of a client's the key of its orig_queue_id
}
#: What an event that is `GIVEN` has besides. call: the key of the next queue ID, else null. here: to something on this
#: machine. d0 to d4: see returns.
GIFT: Final[dict[str, pl.DataType]] = {
    "at": pl.UInt64(),
    "when": pl.Int64(),
    "host": pl.UInt64(),
    "recipient": pl.String(),
    "number": pl.Int64(),
    "call": pl.UInt64(),
    "here": pl.Boolean(),
    **dict.fromkeys(STAGES, pl.Int64()),
}
#: A mail, or a piece of one. before, behind: it may go on there. at, minute: when it entered. written: cleanup told of it.
#: begun, since: place and time of its first line. way, origin, alike, back: see returns.
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
    "begun": pl.UInt64(),
    "since": pl.Int64(),
    "way": pl.UInt8(),
    "origin": pl.UInt64(),
    "alike": pl.UInt64(),
    "back": pl.Boolean(),
}
#: A recipient of a piece. copies: how often it was sent for good. put_off: deferrals. taken: sent or forwarded, ever.
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
_GIFT_OF: Final = {"key": pl.UInt64(), "before": pl.Boolean(), **GIFT}
_NAMED: Final[dict[str, pl.DataType]] = {
    "name": pl.String(),
    "messages": pl.Int64(),
    "recipients": pl.Int64(),
    "bytes": pl.Int64(),
}
#: table -> its columns: the key, and what is added up; of `first` the least counts. untaken: mails that qmgr never saw.
#: deferred: of mails deferred, recovered, and still_deferred, and of expired_recipients. unreturned: hand-overs that were deliveries;
#: delays: how many of them took so long in which stage.
SUMS: Final[dict[str, dict[str, pl.DataType]]] = {
    "received": {"minute": pl.Int64(), "received": pl.Int64(), "bytes": pl.Int64()},
    "senders": _NAMED,
    "clients": _NAMED,
    "recipients": _NAMED,
    "domains": _NAMED,
    "deferred": {"what": pl.String(), "deferred": pl.Int64()},
    "internal": {"what": pl.String(), "count": pl.Int64()},
    "untaken": {"what": pl.String(), "count": pl.Int64(), "first": pl.UInt64()},
    "unreturned": {"minute": pl.Int64(), "count": pl.Int64(), "here": pl.Int64()},
    "delays": {"us": pl.Int64(), **dict.fromkeys(STAGES, pl.Int64())},
}


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
        gifts=pl.DataFrame(schema=_GIFT_OF),
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
        rows.filter(pl.col("what").is_in(_ATTEMPTS))
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
        open_.select(*PIECE), replace(_returns(over, copies, given), spans=spans)
    )
    return Threads(
        sums=added(_summed(over, copies), delivered),
        pieces=waiting,
        copies=_of_pieces(copies, open_, COPY),
        gifts=_of_pieces(given, open_, _GIFT_OF),
        returns=found,
        sealed=pieces.filter(~pl.col("before") | ~pl.col("behind"))["key"].unique(),
    )


def _met(pieces: pl.DataFrame, handed: Returns) -> tuple[pl.DataFrame, Returns, dict[str, pl.DataFrame]]:
    """Return the same once hand-overs and returns have met, and the sums of those that were deliveries."""
    open_ = pieces.with_row_index("row").filter("entered")
    maybe = _returned(open_)
    found, back = returns.met(handed, maybe)
    if open_.height:
        pieces = pieces.with_columns(pieces["back"].scatter(open_["row"], back))
    found, done = returns.settled(found, maybe)
    return pieces, found, _delivered(done) if done.height else {}


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
                ("at", pl.col("at_")), ("minute", pl.col("when_") // _MINUTE), ("client", pl.col("name_")),
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
    handed = returns.together(left.returns, right.returns, _returns(over, copies, gifts))
    waiting, found, delivered = _met(open_.select(*PIECE), handed)
    return Threads(
        sums=added(left.sums, right.sums, _summed(over, copies), delivered),
        pieces=waiting,
        copies=_of_pieces(copies, open_, COPY),
        gifts=_of_pieces(gifts, open_, _GIFT_OF),
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
    all_ = returns.together(threads.returns, _returns(pieces, copies, gifts))
    found, _ = returns.met(all_, all_.returned.clear())
    return Closed(
        sums=added(threads.sums, _summed(pieces, copies), _delivered(found.handed)),
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


def _domain() -> pl.Expr:
    return pl.col("recipient").str.extract("@([^@]*)$").str.to_lowercase()


def _summed(over: pl.DataFrame, copies: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return what mails come to. copies: of `COPY`, with the piece; of other mails too."""
    received = over.filter(pl.col("entered") & pl.col("queued"))
    size, nrcpt = pl.col("size").fill_null(0), pl.col("nrcpt").fill_null(0)
    sums = {"messages": pl.len().cast(pl.Int64), "recipients": nrcpt.sum(), "bytes": size.sum()}
    sent = copies.filter(pl.col("copies") > 0).join(over.select("piece", size), on="piece")
    count, volume = pl.col("copies").sum(), (pl.col("size") * pl.col("copies")).sum()
    mails = {"messages": pl.col("piece").n_unique().cast(pl.Int64), "recipients": count, "bytes": volume}
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
        "domains": sent.group_by(_domain().alias("name")).agg(**mails),
        "deferred": _put_off(over, copies),
        "internal": internal.select(pl.lit("mails").alias("what"), pl.len().cast(pl.Int64).alias("count")),
        "untaken": untaken.select(
            pl.lit("mails").alias("what"),
            pl.len().cast(pl.Int64).alias("count"),
            pl.col("at").min().alias("first"),
        ),
    }


def _delivered(handed: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return what hand-overs come to that were deliveries: nothing came back. All that is left of a mail's together."""
    number = pl.col("number")

    def named(name: str) -> pl.DataFrame:
        return handed.group_by(pl.col(name).alias("name")).agg(
            pl.col("begun").filter(~pl.col(f"sure_{name}")).n_unique().cast(pl.Int64).alias("messages"),
            number.sum().alias("recipients"),
            (number * pl.col("size")).sum().alias("bytes"),
        )

    took = [
        handed.group_by(pl.col(stage).alias("us")).agg(number.sum().alias(stage)).drop_nulls("us")
        for stage in STAGES
    ]
    return {
        "recipients": named("recipient"),
        "domains": named("domain"),
        "unreturned": handed.group_by((pl.col("when") // _MINUTE).alias("minute")).agg(
            number.sum().alias("count"), number.filter("here").sum().alias("here")
        ),
        "delays": pl.concat(took, how="diagonal").select(
            "us", *(pl.col(stage).fill_null(0) for stage in STAGES)
        ),
    }


def _returned(pieces: pl.DataFrame) -> pl.DataFrame:
    """Return pieces that a client began as `returns.RETURNED`."""
    received = (pl.col("entered") & pl.col("queued")).alias("received")
    return pieces.filter("entered").with_columns(received).select(*returns.RETURNED)


def _returns(over: pl.DataFrame, copies: pl.DataFrame, gifts: pl.DataFrame) -> Returns:
    """Return what mails that are over handed on, and which may be one come back."""
    nothing = returns.empty()
    handed = _handed(over, copies, gifts) if gifts.height else nothing.handed
    return replace(nothing, handed=handed, returned=_returned(over))


def _handed(over: pl.DataFrame, copies: pl.DataFrame, gifts: pl.DataFrame) -> pl.DataFrame:
    domain = _domain().alias("domain")
    sure = copies.filter(pl.col("copies") > 0).select("piece", "recipient", domain)
    rows = gifts.join(
        over.select("piece", "key", "since", "begun", "alike", "size"), on="piece"
    ).with_columns(domain)
    for name in ("recipient", "domain"):
        known = sure.select("piece", name, pl.lit(value=True).alias(f"sure_{name}")).unique()
        rows = rows.join(known, on=["piece", name], how="left", nulls_equal=True)
    named = pl.col("call").is_not_null()
    columns = {
        "rule": pl.when(named).then(returns.NAMED).otherwise(returns.ALIKE),
        "call": pl.when(named).then("call").when("here").then("alike"),
        "sure_recipient": pl.col("sure_recipient").fill_null(value=False),
        "sure_domain": pl.col("sure_domain").fill_null(value=False),
        "size": pl.col("size").fill_null(0),
    }
    return rows.select(
        *(columns.get(name, pl.col(name)).cast(dtype).alias(name) for name, dtype in returns.HANDED.items())
    )


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
