"""What every Postfix line is: the hot path.

In: records with `program` and `text`. Out: the same with `kind`, `severity` and `everyday`.
`everyday` is true for what a healthy server writes all day: the kinds of vocabulary.EVERYDAY,
unless the line tells of trouble (a failed TLS handshake is of kind tls), and mail sent.
Never: takes a line apart; believes a word that a stranger may have written.

Most of a log is a few kinds of line, each the voice of one daemon. They are told by cheap looks at
that daemon's lines; what is left goes to `classify`, which alone could decide every line: a test
holds the two against each other.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.parsers.families.postfix.classify import classify
from logscan.parsers.families.postfix.grammar import ID, TAG
from logscan.parsers.families.postfix.verdicts import CODE, dressed

_ENCRYPTED: Final = r"^(?:Anonymous|Untrusted|Trusted|Verified) TLS connection established (?:from|to) "


def kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with kind, severity and everyday for every row; rows and order stay."""
    codes = quick(frame)
    rest = codes.eq(0).arg_true()
    if rest.len():
        codes = codes.scatter(rest, classify(frame.select("program", "text")[rest]))
    return frame.with_columns(dressed(codes))


def quick(frame: pl.DataFrame) -> pl.Series:
    """Return the verdict numbers that are cheap to know; 0 where a closer look is needed."""
    text = pl.col("text")
    codes = frame.select(
        pl.when(text.str.starts_with("connect from "))
        .then(CODE["connect"])
        .when(text.str.starts_with("disconnect from "))
        .then(CODE["disconnect"])
        .otherwise(0)
        .fill_null(0)
        .cast(pl.UInt8)
        .alias("code")
    ).to_series()
    rest = codes.eq(0)
    at = rest.arg_true()
    texts, program = frame["text"].filter(rest), frame["program"].filter(rest)
    cleanup, smtpd, qmgr = (program.str.ends_with(f"/{daemon}") for daemon in ("cleanup", "smtpd", "qmgr"))
    postsuper = program.str.ends_with("/postsuper")
    voices = (
        (cleanup, _message_id),
        (smtpd, _client),
        (qmgr, _queue),
        (~(cleanup | smtpd | qmgr | postsuper), _delivery),
        (~(cleanup | qmgr), _encrypted),
    )
    for voice, decide in voices:
        rows = voice.arg_true()
        if rows.len():
            found = decide(texts.gather(rows))
            known = found.fill_null(0) > 0
            codes = codes.scatter(at.gather(rows).filter(known), found.filter(known))
    return codes


def _verdict(holds: pl.Series, name: str) -> pl.Series:
    return holds.cast(pl.UInt8) * CODE[name]


def _message_id(texts: pl.Series) -> pl.Series:
    return _verdict(texts.str.contains(rf"^{TAG}: message-id="), "message-id")


def _client(texts: pl.Series) -> pl.Series:
    return _verdict(texts.str.contains(rf"^{TAG}: client="), "client")


def _encrypted(texts: pl.Series) -> pl.Series:
    return _verdict(texts.str.contains(_ENCRYPTED), "tls")


def _queue(texts: pl.Series) -> pl.Series:
    text = pl.col("text")
    removed = text.str.contains(rf"^{TAG}: removed$")
    queued = text.str.ends_with(" (queue active)") & text.str.contains(rf"^{TAG}: from=<")
    return _first(texts, ("removed", removed), ("queued", queued))


def _delivery(texts: pl.Series) -> pl.Series:
    # A recipient or a reply may hold `status=sent (`. The one true status= is always there, so
    # where there is just one it is that. Quoted recipients, which may hold anything and might be
    # all that is left of a line that was cut, take the long way.
    text = pl.col("text")
    plain = (
        text.str.contains(rf"^{ID}: to=<")
        & (text.str.count_matches(" status=", literal=True) == 1)
        & ~text.str.contains('to=<"', literal=True)
        & text.str.ends_with(")")
    )
    sent = text.str.contains(", status=sent (", literal=True)
    codes = _first(texts, ("sent", plain & sent), ("failed", plain))
    rows = codes.eq(CODE["failed"]).arg_true()
    if rows.len():
        failed = texts.gather(rows).str.contains(r", status=(?:deferred|bounced) \(")
        codes = codes.scatter(rows, _verdict(failed, "failed"))
    return codes


def _first(texts: pl.Series, first: tuple[str, pl.Expr], second: tuple[str, pl.Expr]) -> pl.Series:
    code = pl.when(first[1]).then(CODE[first[0]]).when(second[1]).then(CODE[second[0]]).otherwise(0)
    return texts.alias("text").to_frame().select(code.cast(pl.UInt8).alias("code")).to_series()
