"""One life of one queue ID: which rows belong together, and where an ID that is used again begins anew.

In: rows of `digest.DIGEST`, in the order of the log. Out: the same with `thread`; a table of threads; and
`links`, which thread gave its mail on to which.
Never: Python for a row; a thread that depends on how the log was cut into pieces.

An ID is looked at per host, not per instance: a transport may have a syslog name of its own
(`postfix-192.0.2.3/smtp`) and would tear its mail in two, while two instances of a machine never hold the
same ID at once but by a one in a million chance: it is made of microseconds and a file's number.

Whether two neighbouring rows of an ID belong together depends on these two alone, so a log may be cut anywhere.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Kind
from logscan.tracking.digest import BEFOREHAND, SIGNED

#: How far out of order two lines may be: daemons write side by side, syslog delivers by chance.
SLACK: Final = pl.duration(seconds=10)
#: How long before its `client=` smtpd may say what will become of the mail.
AHEAD: Final = pl.duration(minutes=5)
#: How long after its sister's delivery a mail may come back from a filter that names no queue ID.
RETURN: Final = pl.duration(minutes=10)

#: A mailbox server says that the mail lies in the mailbox; what a rule of its owner sends on is another mail.
_SAVED: Final = r" Saved\)?$"
_ENDS: Final = tuple(kind.value for kind in (Kind.REMOVED, Kind.DELETED, Kind.REQUEUED))
_BEHIND: Final = tuple(kind.value for kind in (Kind.DELIVERY, Kind.BOUNCE_NOTICE, Kind.EXPIRED))
#: Addresses of this very machine.
LOOPBACK: Final = r"^(?:127\.|::1$|::ffff:127\.)"


def threaded(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `rows` by host, queue ID and time, with `thread`, a number; those of no queue ID are left out.

    In: `DIGEST`. Out: the same and `thread` (UInt32), `at` (place in `rows`), `when` (time, never null).
    """
    rows = _adopted(rows.with_row_index("at").with_columns(pl.col("time").forward_fill().alias("when")))
    rows = rows.filter(pl.col("queue_id").is_not_null()).sort("host", "queue_id", "when", "rank", "at")
    anew = rows.select(_begins().fill_null(value=True).alias("anew")).to_series()
    return rows.drop("rank").with_columns(anew.cum_sum().cast(pl.UInt32).alias("thread"))


def _adopted(rows: pl.DataFrame) -> pl.DataFrame:
    """Give what smtpd said before there was a queue ID to the next mail that it queued, behind its `client=`."""
    orphan = pl.col("queue_id").is_null() & pl.col("kind").is_in(BEFOREHAND)
    rows = rows.with_columns(pl.col("at").alias("rank"))
    if not rows.select(orphan.any()).item():
        return rows
    client = (pl.col("kind") == Kind.CLIENT.value) & pl.col("queue_id").is_not_null()
    process = ("host", "program", "pid")
    spoken = rows.filter(orphan | client).sort(*process, "when", "at")
    ahead = {
        name: pl.when(client).then(pl.col(source)).backward_fill().over(*process).alias(name)
        for name, source in (("of", "queue_id"), ("then", "when"), ("behind", "at"))
    }
    found = (
        spoken.with_columns(*ahead.values())
        .filter(orphan & pl.col("of").is_not_null() & (pl.col("then") - pl.col("when") <= AHEAD))
        .select("at", "of", "then", "behind")
    )
    return (
        rows.join(found, on="at", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("queue_id", "of").alias("queue_id"),
            pl.coalesce("then", "when").alias("when"),
            pl.coalesce("behind", "at").alias("rank"),
        )
        .drop("of", "then", "behind")
    )


def _begins() -> pl.Expr:
    """Whether a row begins another thread than the row before it."""
    kind, before = pl.col("kind"), pl.col("kind").shift(1)
    other = (pl.col("queue_id") != pl.col("queue_id").shift(1)) | pl.col("host").ne_missing(
        pl.col("host").shift(1)
    )
    long = (pl.col("when") - pl.col("when").shift(1)) > SLACK
    client, message_id = (kind == word.value for word in (Kind.CLIENT, Kind.MESSAGE_ID))
    ended = before.is_in(_ENDS)
    born = client & (long | ended | (before == Kind.CLIENT.value) | before.is_in(_BEHIND))
    written = message_id & (ended | (long & (before.is_in(_BEHIND) | (before == Kind.QUEUED.value))))
    return other | born | written | (ended & long)


def summed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per thread: its ID, its host, first and last time, what is known of its mail.

    In: what `threaded` gives. Out: thread, host, queue_id, program, first, last, client (time of `client=`),
    local (of sendmail(1)), client_ip, message_id, orig_queue_id, and what has been seen of it: mail, ended,
    queued.
    """
    kind = pl.col("kind")
    client, signed = kind == Kind.CLIENT.value, kind.is_in(SIGNED)
    postfix = ~signed
    # a session that ended in its DATA is no mail; nor is what pickup puts back while a milter is down
    spoken = postfix & ~client & (kind != Kind.MESSAGE_ID.value)
    put_off = (kind == Kind.MILTER_REJECT.value) & pl.col("dsn").str.starts_with("4.").fill_null(value=False)
    return (
        rows.group_by("thread", maintain_order=True)
        .agg(
            pl.col("host").first(),
            pl.col("queue_id").first(),
            pl.col("program").filter(postfix).first(),
            pl.col("when").min().alias("first"),
            pl.col("when").max().alias("last"),
            pl.col("when").filter(client).first().alias("client"),
            (client & pl.col("client_ip").is_null() & pl.col("sender").is_not_null()).any().alias("local"),
            pl.col("client_ip").filter(client).first(),
            pl.col("message_id").drop_nulls().first(),
            pl.col("orig_queue_id").drop_nulls().first(),
            (spoken & ~put_off).any().alias("mail"),
            (spoken & put_off).any().alias("put_off"),
            postfix.any().alias("postfix"),
            kind.is_in(_ENDS).any().alias("ended"),
            (kind == Kind.QUEUED.value).any().alias("queued"),
        )
        .filter("postfix")
        .with_columns(pl.col("mail") | (pl.col("put_off") & ~pl.col("local")))
        .drop("postfix", "put_off")
    )


# --- from thread to thread ---------------------------------------------------------------------------


def links(rows: pl.DataFrame, threads: pl.DataFrame) -> pl.DataFrame:
    """Return child, parent, what: which thread gave its mail on to which, each child once.

    what: filter, relay, forward or requeue, as `model.messages.Passage`; or `notice`, a mail that Postfix
    wrote about the parent's, with Postfix's `word` for it.
    """
    found = pl.concat([_named(rows, threads), _origin(threads), _returned(rows, threads)])
    return (
        found.filter(pl.col("child") != pl.col("parent"))
        .sort("child", "rank", "apart", "parent")
        .unique("child", keep="first", maintain_order=True)
        .select("child", "parent", "what", "word")
    )


_LINK: Final = {
    "child": pl.UInt32, "parent": pl.UInt32, "what": pl.String, "word": pl.String, "rank": pl.Int32,
    "apart": pl.Duration("us"),
}  # fmt: skip


def _named(rows: pl.DataFrame, threads: pl.DataFrame) -> pl.DataFrame:
    """Links that the parent's own line names: forwarded as, queued as, notification."""
    parents = threads.select(pl.col("thread").alias("parent"), pl.col("message_id").alias("parents_id"))
    said = rows.filter(pl.col("next_id").is_not_null()).select(
        pl.col("thread").alias("parent"),
        pl.col("host").alias("from"),
        *("at", "kind", "when", "delay", "relay", "what", "next_id"),
    )
    child = threads.select(
        pl.col("thread").alias("child"),
        pl.col("queue_id").alias("next_id"),
        *("host", "first", "message_id"),
    )
    pairs = said.join(parents, on="parent").join(child, on="next_id")
    spent = pl.duration(microseconds=(pl.col("delay").fill_null(0) * 1_000_000).cast(pl.Int64))
    here = pl.col("host").eq_missing(pl.col("from"))
    notice, forward = pl.col("kind") == Kind.BOUNCE_NOTICE.value, pl.col("what") == "forward"
    near = pl.col("first").is_between(pl.col("when") - spent - SLACK, pl.col("when") + SLACK)
    alike = (pl.col("message_id") == pl.col("parents_id")).fill_null(value=True)
    loop = pl.col("relay").str.contains(r"\[(?:127\.|::1\]|::ffff:127\.)").fill_null(value=False)
    what = (
        pl.when(notice).then(pl.lit("notice"))
        .when(forward).then(pl.lit("forward"))
        .when(here & loop).then(pl.lit("filter"))
        .otherwise(pl.lit("relay"))
    )  # fmt: skip
    # a filter may write a Message-ID where there was none; a stranger's queue ID proves nothing
    sure = pl.when(notice | forward).then(here).otherwise(alike | (here & loop))
    apart = pl.col("first") - pl.col("when")
    return _links(
        pairs.filter(near & sure).filter(apart.abs() == apart.abs().min().over("at")),
        what=what,
        word=pl.when(notice).then("what"),
        rank=pl.when(notice).then(3).otherwise(pl.when(here).then(0).otherwise(1)),
        apart=apart,
    )


def _origin(threads: pl.DataFrame) -> pl.DataFrame:
    """Links that the child's own line names: orig_queue_id."""
    child = threads.filter(pl.col("orig_queue_id").is_not_null()).select(
        pl.col("thread").alias("child"), "host", "first", "local", pl.col("orig_queue_id").alias("of")
    )
    parent = threads.select(
        pl.col("thread").alias("parent"), pl.col("queue_id").alias("of"), pl.col("host").alias("from"),
        pl.col("first").alias("since"),
    )  # fmt: skip
    pairs = child.join(parent, on="of").filter(pl.col("since") <= pl.col("first") + SLACK)
    here = pl.col("host").eq_missing(pl.col("from"))
    latest = pl.col("since") == pl.col("since").max().over("child", here)
    what = (
        pl.when(pl.col("local")).then(pl.lit("requeue"))
        .when(here).then(pl.lit("filter"))
        .otherwise(pl.lit("relay"))
    )  # fmt: skip
    return _links(
        pairs.filter(latest),
        what=what,
        word=pl.lit(None, dtype=pl.String),
        rank=pl.when(here).then(0).otherwise(2),
        apart=pl.col("first") - pl.col("since"),
    )


def _returned(rows: pl.DataFrame, threads: pl.DataFrame) -> pl.DataFrame:
    """Links by Message-ID: given to a filter that names no queue ID, and soon back over loopback or sendmail(1)."""
    back = pl.col("local") | pl.col("client_ip").str.contains(LOOPBACK).fill_null(value=False)
    child = threads.filter(
        back & pl.col("message_id").is_not_null() & pl.col("orig_queue_id").is_null()
    ).select(pl.col("thread").alias("child"), "host", "message_id", "first")
    piped = pl.col("program").str.ends_with("/pipe") | pl.col("relay").str.contains(
        r"\[(?:127\.|::1\]|::ffff:127\.)"
    )
    given = rows.filter(
        (pl.col("kind") == Kind.DELIVERY.value)
        & (pl.col("status") == "sent")
        & pl.col("next_id").is_null()
        & ~pl.col("reply").str.contains(_SAVED).fill_null(value=False)
        & piped.fill_null(value=False)
    ).select(pl.col("thread").alias("parent"), "when", "delay")
    parent = given.join(
        threads.select(
            pl.col("thread").alias("parent"), "host", "message_id", pl.col("first").alias("since")
        ),
        on="parent",
    )
    pairs = child.join(parent, on=["host", "message_id"])
    spent = pl.duration(microseconds=(pl.col("delay").fill_null(0) * 1_000_000).cast(pl.Int64))
    soon = (
        (pl.col("first") >= pl.col("since"))
        & (pl.col("first") >= pl.col("when") - spent - SLACK)
        & (pl.col("first") <= pl.col("when") + RETURN)
    )
    later = (pl.col("since") < pl.col("first")) | (pl.col("parent") < pl.col("child"))
    return _links(
        pairs.filter(soon & later),
        what=pl.lit("filter"),
        word=pl.lit(None, dtype=pl.String),
        rank=pl.lit(4),
        apart=pl.col("first") - pl.col("when"),
    )


def _links(
    pairs: pl.DataFrame, *, what: pl.Expr, word: pl.Expr, rank: pl.Expr, apart: pl.Expr
) -> pl.DataFrame:
    """Return pairs as links. apart: of several parents of equal rank, the one that is nearest counts."""
    return pairs.select(
        "child",
        "parent",
        what.alias("what"),
        word.alias("word"),
        rank.cast(pl.Int32).alias("rank"),
        apart.abs().alias("apart"),
    ).cast(_LINK)  # type: ignore[arg-type]


def rooted(threads: pl.DataFrame, passed: pl.DataFrame) -> pl.DataFrame:
    """Return the threads with `root`: the thread in which their mail began, by the links in `passed`."""
    up = dict(zip(passed["child"].to_list(), passed["parent"].to_list(), strict=True))
    roots = {}
    for child, parent in up.items():
        seen, at = [child], parent
        while at in up and at not in seen:
            seen.append(at)
            at = up[at]
        roots[child] = min(seen[seen.index(at) :]) if at in seen else at  # whoever forges a circle gets one
    root = pl.col("thread").replace_strict(
        list(roots), list(roots.values()), default=pl.col("thread"), return_dtype=pl.UInt32
    )
    return threads.with_columns((root if roots else pl.col("thread")).alias("root"))
