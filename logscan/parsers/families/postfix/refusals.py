"""What smtpd, postscreen and cleanup refused, held, discarded or diverted, and what they remarked.

In: lines `QID: action: ...` of kinds reject, milter-reject, hold, discard, redirect, warning, and
`proxy-accept`. Out: the same with client, envelope, stage, reply and its codes, reason.
Never: takes the envelope from a reply, a HELO name or a header that a client wrote.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.parsers.families.postfix import replies
from logscan.parsers.families.postfix.grammar import (
    ADDRESS,
    HELO,
    ID,
    PEER,
    TAG,
    address,
    beside,
    direction,
    first_match,
    groups,
    known,
    number,
)

_ENVELOPE: Final = (
    rf"; from=<(?P<sender>{ADDRESS})>(?:,? to=<(?P<recipient>{ADDRESS})>)?(?:,? proto=[A-Za-z]+)?"
    rf"(?:,? helo=<(?P<helo>{HELO})>)?(?:,? sasl_username=<(?P<sasl_user>[^<>]*)>)?"
)
#: smtpd, postscreen and milters: `action: STAGE from client: words; envelope`.
#: Written so that every byte leaves the regex engine one way to go: it is five times as fast then.
_SESSION: Final = (
    r"(?s)^[0-9A-Za-z]+: (?P<action>[a-z_-]+): (?P<stage>[A-Z][A-Z-]*)"
    r"(?: from (?P<name>[^ \[\]]*)\[(?P<ip>[^\] ]*)\])?:(?:(?P<port>[0-9]+):)? (?P<words>.*)$"
)
#: header and body checks: `action: header CONTENT from client; envelope: words`. The content
#: is the sender's, so the last place that fits counts; the words are the administrator's, and
#: hold no `=<` and no odd quote, which they would if that place were inside an address.
_CHECK_HEAD: Final = (
    rf"(?s)^{TAG}: (?P<action>[a-z_-]+): (?P<stage>[a-z][a-z-]*) (?P<content>.*) "
    rf"from (?:{PEER}|(?P<origin>[^ ;\[]+))"
)
_CHECK: Final = (
    _CHECK_HEAD + _ENVELOPE + r'(?:: (?P<words>(?:[^="]|"[^"]*"|=+[^=<"])*))?$',
    _CHECK_HEAD
    + r"; from=<(?P<sender>[^>]*)>(?: to=<(?P<recipient>[^>]*)>)?(?: proto=[A-Za-z]+)?"
    + r"(?: helo=<(?P<helo>[^>]*)>)?(?:: (?P<words>.*))?$",
)
#: Before any mail server was chosen: `reject: connect from [ip]:port: all screening ports busy`.
_BUSY: Final = rf"(?s)^(?P<action>reject): (?P<stage>connect) from {PEER}: (?P<words>.*)$"

#: How the words end. A reply may repeat an address of the client's, so the last envelope counts.
_WITH_ENVELOPE: Final = rf"(?s)^(?P<said>.*){_ENVELOPE}$"
#: What follows the only `; from=<` of a line, as it nearly always is; same remark.
_PLAIN_ENVELOPE: Final = (
    rf"(?s)^(?P<sender>{ADDRESS})>,? (?:to=<(?P<recipient>{ADDRESS})>,? )?proto=[A-Za-z]+"
    rf"(?:,? helo=<(?P<helo>{HELO})>)?$"
)
_LOOSE_ENVELOPE: Final = (
    r"(?s)^(?P<said>.*?); from=<(?P<sender>.*?)>(?:,? to=<(?P<recipient>.*?)>)?,? proto=[A-Za-z]+"
    r"(?:,? helo=<(?P<helo>.*)>)?$"
)
_WITHOUT_SENDER: Final = (
    rf"(?s)^(?P<said>.*?);(?: to=<(?P<recipient>{ADDRESS})>)?(?:,? proto=[A-Za-z]+)(?:,? helo=<(?P<helo>.*)>)?$",
    r"(?s)^(?P<said>.*?);?$",
)
#: Before MAIL there is no envelope: what looks like one there is the client's invention.
_GREETING_STAGES: Final = ("HELO", "EHLO", "STARTTLS", "AUTH")

_QUEUED_AS: Final = rf"\bqueued as ({ID})\b"


def refusals(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines `QID: action: ...` with their columns."""
    found = first_match(lines["text"], (_SESSION, *_CHECK, _BUSY), "action")
    in_session = found["content"].is_null()
    ends = _ends(found, greeting=lines["text"].str.starts_with("NOQUEUE: "))
    said = pl.when(pl.lit(in_session)).then(ends["said"]).otherwise(pl.col("words"))
    envelope = {
        name: pl.when(pl.lit(in_session)).then(ends[name]).otherwise(pl.col(name))
        for name in ("sender", "recipient", "helo", "sasl_user")
    }
    lines = beside(
        lines,
        found.with_columns(pl.col("stage").str.replace("^connect$", "CONNECT")),
        known("name").alias("client_name"),
        address("ip").alias("client_ip"),
        number("port").alias("client_port"),
        known("stage").alias("stage"),
        *(value.alias(name) for name, value in envelope.items()),
        # A check without words of its own, as mime-error is: what it found.
        pl.coalesce(said, _found_by_check()).alias("said"),
        direction("inbound", when=_client_known(), otherwise="local"),
    )
    return _replies(lines.with_columns(pl.coalesce("said", "reason").alias("reason")))


def _ends(found: pl.DataFrame, *, greeting: pl.Series) -> pl.DataFrame:
    early = greeting & found["stage"].is_in(_GREETING_STAGES).fill_null(False)
    words = found["words"]
    ends = _together(
        early, first_match(words.filter(early), _WITHOUT_SENDER, "said"), _envelopes(words.filter(~early))
    )
    absent = [name for name in ("sender", "sasl_user") if name not in ends.columns]
    return ends.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)


def _envelopes(words: pl.Series) -> pl.DataFrame:
    halves = words.str.splitn("; from=<", 2).struct.unnest()
    plain = groups(halves["field_1"], _PLAIN_ENVELOPE).with_columns(halves["field_0"].alias("said"))
    only = words.str.count_matches("; from=<", literal=True) == 1
    sure = (only & plain["sender"].is_not_null()).fill_null(False)
    rest = first_match(words.filter(~sure), (_WITH_ENVELOPE, _LOOSE_ENVELOPE, *_WITHOUT_SENDER), "said")
    return _together(sure, plain.filter(sure), rest)


def _together(mask: pl.Series, where: pl.DataFrame, elsewhere: pl.DataFrame) -> pl.DataFrame:
    # Rows that were parted by `mask`, in their old order.
    parts = [
        where.with_columns(mask.arg_true().alias("at_")),
        elsewhere.with_columns((~mask).arg_true().alias("at_")),
    ]
    return pl.concat(parts, how="diagonal").sort("at_").drop("at_")


def _found_by_check() -> pl.Expr:
    # mime-error tells what is wrong; a header or body is the sender's text, of which this is no place.
    found = pl.lit("mime-error ") + pl.col("content")
    return (
        pl.when(pl.col("stage") == "mime-error")
        .then(found)
        .when(pl.col("content").is_not_null())
        .then(pl.col("stage"))
    )


def _client_known() -> pl.Expr:
    # `from local` is sendmail(1); a proxy filter's answer names no client, but had one.
    return pl.col("ip").is_not_null() | pl.col("action").str.starts_with("proxy-")


def _replies(lines: pl.DataFrame) -> pl.DataFrame:
    code = pl.col("said").str.extract(replies.CODE, 1)
    dsn = pl.col("said").str.extract(replies.ENHANCED, 1)
    return lines.with_columns(
        code.cast(pl.Int64).alias("smtp_code"),
        dsn.alias("dsn"),
        pl.when(code.is_not_null() | dsn.is_not_null()).then(pl.col("said")).alias("reply"),
        pl.when(pl.col("kind") == "client")
        .then(pl.col("said").str.extract(_QUEUED_AS, 1))
        .alias("child_queue_id"),
    ).drop("said")
