"""What every Postfix line is: the hot path.

In: records with `program` and `text`. Out: the same with `kind`, `severity` and `everyday`.
`everyday` is true for what a healthy server writes all day: the kinds of vocabulary.EVERYDAY,
unless the line tells of trouble (a failed TLS handshake is of kind tls), and mail sent.
Never: takes a line apart; believes a word that a stranger may have written.

Most of a log is seven kinds of line. They are told by a few cheap looks (no regex on every line
but the queue ID's); what is left goes to `classify`, which alone could decide every line: a test
holds the two against each other.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.parsers.families.postfix.classify import classify
from logscan.parsers.families.postfix.grammar import TAG
from logscan.parsers.families.postfix.verdicts import CODE, dressed

_TEXT: Final = pl.col("text")
#: What follows the first ": ", as much of it as tells the kind; it stays inside the string view.
_AHEAD: Final = 11


def kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with kind, severity and everyday for every row; rows and order stay."""
    codes = _everyday(frame)
    rest = codes.eq(0).arg_true()
    if rest.len():
        codes = codes.scatter(rest, classify(frame.select("program", "text")[rest]))
    return frame.with_columns(dressed(codes))


def _everyday(frame: pl.DataFrame) -> pl.Series:
    # The number of a verdict, or 0 where a closer look is needed.
    looks = frame.select(
        ahead=_TEXT.str.slice(_TEXT.str.find(": ", literal=True) + 2, _AHEAD),
        tagged=_TEXT.str.contains(rf"^{TAG}: "),
        connect=_TEXT.str.starts_with("connect from "),
        disconnect=_TEXT.str.starts_with("disconnect from "),
        active=_TEXT.str.ends_with(" (queue active)"),
        removed=_TEXT.str.ends_with(": removed") & ~pl.col("program").str.ends_with("/postsuper"),
    )
    ahead = pl.col("ahead")
    delivery = pl.col("tagged") & ahead.str.starts_with("to=<")
    known = looks.select(
        code=pl.when(pl.col("connect"))
        .then(CODE["connect"])
        .when(pl.col("disconnect"))
        .then(CODE["disconnect"])
        .when(~pl.col("tagged"))
        .then(0)
        .when(ahead == "message-id=")
        .then(CODE["message-id"])
        .when(ahead.str.starts_with("client="))
        .then(CODE["client"])
        .when((ahead == "removed") & pl.col("removed"))
        .then(CODE["removed"])
        .otherwise(0)
        .fill_null(0)
        .cast(pl.UInt8),
        delivery=delivery.fill_null(False),
        queued=(pl.col("tagged") & ahead.str.starts_with("from=<") & pl.col("active")).fill_null(False),
    )
    codes = known["code"]
    for name, decide in (("queued", _queued), ("delivery", _sent)):
        rows = known[name].arg_true()
        if rows.len():
            codes = codes.scatter(rows, decide(frame["text"].gather(rows)))
    return codes


def _queued(texts: pl.Series) -> pl.Series:
    return (
        texts.str.contains(r", size=[0-9]+, nrcpt=[0-9]+ \(queue active\)$").cast(pl.UInt8) * CODE["queued"]
    )


def _sent(texts: pl.Series) -> pl.Series:
    # A recipient or a reply may hold `status=sent (`. The one true status= is always there, so
    # where there is just one it is that. Quoted recipients, which may hold anything and might be
    # all that is left of a line that was cut, take the long way.
    text = pl.col("text")
    sent = (
        text.str.contains(", status=sent (", literal=True)
        & (text.str.count_matches(" status=", literal=True) == 1)
        & ~text.str.contains('to=<"', literal=True)
        & text.str.ends_with(")")
    )
    return texts.alias("text").to_frame().select(sent.cast(pl.UInt8) * CODE["sent"]).to_series()
