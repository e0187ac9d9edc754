"""Which recipients were handed to a content filter that gave the mail back, and which mails are such a mail come back?

In: hand-overs of mails that are over, and threads that a client began. Out: `Returns`.
Never: a mail that came back where no line of these logs says so; an answer that depends on which half was read first.

A hand-over has an opening: the moments in which the mail may come back. Whatever comes back in it and answers its
call, has come back for it. The call is

    NAMED   the queue ID in the reply                     the thread of that ID
    ALIKE   where it names none, the mail's Message-ID    a thread of that ID, from this machine, by SMTP or sendmail(1)
    ORIGIN  its own queue ID, too                         a thread whose client= names it as orig_queue_id

That is a question of "is there any": so it does not matter when the two are laid side by side. What has found its
answer is summed up and let go, but for the opening, in which another thread may still come back; and so is what
can find none any more, because the log has been read from before its opening until behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import polars as pl

#: How a client reached us: by the network, from this machine by SMTP, by sendmail(1).
ELSEWHERE, LOOP, LOCAL = range(3)
NAMED, ALIKE, ORIGIN = range(3)

_SECOND: Final = 1_000_000
#: Lines of one machine may be so much out of order.
SLACK: Final = 10 * _SECOND
#: A filter that names no queue ID may keep a mail so long.
KEPT: Final = 600 * _SECOND

STAGES: Final = ("d0", "d1", "d2", "d3", "d4")
#: A recipient's hand-over. key, call: hashes of a queue ID, a Message-ID. since, begun: time and place of the mail's
#: first line; when, at: of this. sure_*: the mail was delivered to that name or domain for good, too. Times and delays (d4:
#: in all) in microseconds, size in bytes. number: how many times the line stands for. here: to something on this
#: machine.
HANDED: Final[dict[str, pl.DataType]] = {
    "key": pl.UInt64(),
    "host": pl.UInt64(),
    "rule": pl.UInt8(),
    "call": pl.UInt64(),
    "since": pl.Int64(),
    "begun": pl.UInt64(),
    "when": pl.Int64(),
    "at": pl.UInt64(),
    "recipient": pl.String(),
    "domain": pl.String(),
    "sure_recipient": pl.Boolean(),
    "sure_domain": pl.Boolean(),
    "size": pl.Int64(),
    "number": pl.Int64(),
    "here": pl.Boolean(),
    **dict.fromkeys(STAGES, pl.Int64()),
}
#: A thread that a client began. alike: of its Message-ID. received: it counts as received. back: it is a mail come back.
RETURNED: Final[dict[str, pl.DataType]] = {
    "key": pl.UInt64(),
    "origin": pl.UInt64(),
    "alike": pl.UInt64(),
    "since": pl.Int64(),
    "begun": pl.UInt64(),
    "way": pl.UInt8(),
    "received": pl.Boolean(),
    "back": pl.Boolean(),
}
#: When something that answers may come back: behind (low, begun), until high.
OPENING: Final[dict[str, pl.DataType]] = {
    "rule": pl.UInt8(),
    "call": pl.UInt64(),
    "low": pl.Int64(),
    "begun": pl.UInt64(),
    "high": pl.Int64(),
}
#: From when to when a host's lines in a log have been read.
SPAN: Final[dict[str, pl.DataType]] = {
    "host": pl.UInt64(),
    "source": pl.UInt64(),
    "first": pl.Int64(),
    "last": pl.Int64(),
}

#: Hand-overs that are none of delivery: place of the line, recipients, bytes.
FILTERED: Final[dict[str, pl.DataType]] = {"at": pl.UInt64(), "number": pl.Int64(), "bytes": pl.Int64()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """handed: what has not come back yet. openings, filtered: of what has. returned: of threads that are over."""

    handed: pl.DataFrame
    returned: pl.DataFrame
    openings: pl.DataFrame
    filtered: pl.DataFrame
    spans: pl.DataFrame


def empty() -> Returns:
    """Return what no thread says."""
    schemas = {
        "handed": HANDED,
        "returned": RETURNED,
        "openings": OPENING,
        "filtered": FILTERED,
        "spans": SPAN,
    }
    return Returns(**{name: pl.DataFrame(schema=schema) for name, schema in schemas.items()})


def together(*several: Returns) -> Returns:
    """Return neighbouring stretches as one, before calls and answers have met."""
    spans = pl.concat(each.spans for each in several)
    return Returns(
        handed=pl.concat(each.handed for each in several),
        returned=pl.concat(each.returned for each in several),
        openings=pl.concat(each.openings for each in several).unique(),
        spans=spans.group_by("host", "source").agg(pl.col("first").min(), pl.col("last").max()),
        filtered=pl.concat(each.filtered for each in several),
    )


def met(returns: Returns, open_: pl.DataFrame) -> tuple[Returns, pl.Series]:
    """Return the same once calls and answers have been laid side by side, and which of the open threads came back.

    open_: `RETURNED` of threads that are not over; one that is may have begun to answer long ago.
    """
    height = returns.returned.height
    threads = pl.concat([returns.returned, open_])
    on = ("rule", "call")
    known = returns.openings.with_columns(pl.lit(None, pl.UInt32).alias("of"))
    calls = pl.concat([known, _calls(returns.handed)])
    if calls.is_empty() or threads.is_empty():
        return returns, open_["back"]
    answers = _answers(threads, calls)
    calls = calls.join(answers, on=on, how="semi")
    if calls.is_empty():
        return returns, open_["back"]
    both = pl.concat([answers, calls], how="diagonal")
    called = pl.col("high").is_not_null()
    # An answer at the very place of a call stands before it: it is that mail itself.
    both = both.with_columns(called.alias("called")).sort(*on, "low", "begun", "called")
    both = both.with_columns(
        pl.when(~called).then("low").backward_fill().over(on).alias("next"),
        pl.col("high").cum_max().forward_fill().over(on).alias("until"),
    )
    answered = both.filter(called & (pl.col("next") <= pl.col("high")) & pl.col("of").is_not_null())
    back = threads["back"] | _rows_of(
        threads, both.filter(~called & (pl.col("low") <= pl.col("until")))["by"]
    )
    gone = _rows_of(returns.handed, answered["of"])
    found = answered.filter(pl.col("rule") != ORIGIN).select(*OPENING)
    done = replace(
        returns,
        handed=returns.handed.filter(~gone),
        returned=returns.returned.with_columns(back.head(height).alias("back")),
        openings=pl.concat([returns.openings, found]).unique(),
        filtered=pl.concat([returns.filtered, _filtered(returns.handed.filter(gone))]),
    )
    return done, back.tail(open_.height)


def settled(returns: Returns, open_: pl.DataFrame) -> tuple[Returns, pl.DataFrame]:
    """Return the same without the hand-overs of mails from which nothing can come back any more, and these.

    All of a mail's at once: it is one mail to a domain, however many of its recipients live there.
    """
    if returns.handed.is_empty():
        return returns, returns.handed
    waiting = (
        open_.filter((pl.col("way") != ELSEWHERE) & pl.col("alike").is_null())["since"].drop_nulls().sort()
    )
    calls = _calls(returns.handed)
    # A thread that has not told its Message-ID yet may answer any call for one.
    at = waiting.search_sorted(calls["low"], side="left")
    next_ = waiting.gather(at.clip(upper_bound=max(len(waiting) - 1, 0))) if len(waiting) else None
    unsure = pl.lit(value=False)
    if next_ is not None:
        unsure = (pl.col("rule") == ALIKE) & pl.lit(at < len(waiting)) & (pl.lit(next_) <= pl.col("high"))
    hosts = returns.handed.select("host", (pl.col("at") // 2**48).alias("source")).with_row_index("of")
    read = (
        calls.with_columns(unsure.alias("unsure"))
        .join(hosts, on="of")
        .join(returns.spans, on=["host", "source"], how="left")
    )
    inside = (pl.col("low") - SLACK > pl.col("first")) & (pl.col("high") + SLACK < pl.col("last"))
    held = read.filter(~(inside & ~pl.col("unsure")).fill_null(value=False))["of"]
    waits = returns.handed.with_columns(_rows_of(returns.handed, held).alias("waits"))
    over = waits.select((~pl.col("waits")).all().over("begun")).to_series()
    return replace(returns, handed=returns.handed.filter(~over)), returns.handed.filter(over)


def came_back(returns: Returns, keys: pl.Series) -> int:
    """Return how many of the received mails are one come back. keys: of all threads."""
    rows = returns.returned.filter("received")
    named = pl.col("origin").is_in(keys.implode()).fill_null(value=False)
    return int(rows.select((pl.col("back") | named).sum()).item())


# --- calls and answers -----------------------------------------------------------------------------


def _calls(handed: pl.DataFrame) -> pl.DataFrame:
    """Return the openings of hand-overs, with their row as `of`."""
    rows = handed.with_row_index("of")
    early = pl.col("when") - pl.col("d4").fill_null(0) - SLACK
    later = pl.max_horizontal(early, "since")
    alike = pl.col("rule") == ALIKE
    high = pl.col("when") + pl.when(alike).then(KEPT).otherwise(SLACK)
    called = rows.select(
        "rule",
        "call",
        pl.when(alike).then(later).otherwise(early).alias("low"),
        # of two lines of one second, the first in the log is the first
        pl.when(alike & (later == pl.col("since"))).then("begun").otherwise(0).alias("begun"),
        high.alias("high"),
        "of",
    )
    origin = rows.select(
        pl.lit(ORIGIN).alias("rule"),
        pl.col("key").alias("call"),
        early.alias("low"),
        pl.lit(0).alias("begun"),
        (pl.col("when") + KEPT).alias("high"),
        "of",
    )
    schema = OPENING | {"of": pl.UInt32()}
    both = [
        table.select(pl.col(name).cast(dtype) for name, dtype in schema.items()) for table in (called, origin)
    ]
    return pl.concat(both).drop_nulls()


def _answers(returned: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """Return which of some calls threads answer by name, and when, with their row as `by`."""
    here = (pl.col("way") != ELSEWHERE) & pl.col("origin").is_null()
    rules = (
        (NAMED, "key", pl.lit(value=True)),
        (ALIKE, "alike", here),
        (
            ORIGIN,
            "origin",
            pl.col("way") != LOCAL,
        ),  # of sendmail(1) it is a mail that was put back into the queue
    )
    rows = returned.with_row_index("by")
    called = {rule: calls.filter(pl.col("rule") == rule)["call"].unique() for rule, _, _ in rules}
    tables = [
        rows.filter(test & pl.col(call).is_in(called[rule].implode())).select(
            pl.lit(rule, pl.UInt8).alias("rule"),
            pl.col(call).alias("call"),
            pl.col("since").alias("low"),
            "begun",
            "by",
        )
        for rule, call, test in rules
    ]
    return pl.concat(tables).drop_nulls()


def _rows_of(table: pl.DataFrame, rows: pl.Series) -> pl.Series:
    """Return which rows of a table are among `rows`."""
    none = pl.Series([False], dtype=pl.Boolean).new_from_index(0, table.height)
    return none.scatter(rows.unique(), values=True)


def _filtered(gone: pl.DataFrame) -> pl.DataFrame:
    return gone.select("at", "number", (pl.col("number") * pl.col("size")).alias("bytes"))
