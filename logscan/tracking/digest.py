"""What tracking keeps of a table of events: the rows that tell of a mail, and of them few columns.

In: rows with the columns of the events table, and `source, block, row`. Out: a table of `DIGEST`, in the same
order. Never: a line that no mail's way depends on.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.mails import short_host
from logscan.model.vocabulary import Family, Kind

#: Lines of a queue ID that tell its mail's way.
LIFE: Final = tuple(
    kind.value
    for kind in (
        Kind.CLIENT,
        Kind.MESSAGE_ID,
        Kind.QUEUED,
        Kind.DELIVERY,
        Kind.HOLD,
        Kind.DISCARD,
        Kind.REDIRECT,
        Kind.REJECT,
        Kind.MILTER_REJECT,
        Kind.BOUNCE_NOTICE,
        Kind.REMOVED,
        Kind.RELEASED,
        Kind.REQUEUED,
        Kind.DELETED,
        Kind.EXPIRED,
    )
)
SIGNED: Final = tuple(kind.value for kind in (Kind.DKIM_SIGNED, Kind.DKIM_VERIFIED, Kind.DKIM_FAILED))
#: Of these, smtpd writes some before there is a queue ID: they concern the mail that it is about to queue.
BEFOREHAND: Final = tuple(kind.value for kind in (Kind.HOLD, Kind.DISCARD, Kind.REDIRECT))
_REFUSED: Final = tuple(kind.value for kind in (Kind.REJECT, Kind.MILTER_REJECT))
#: The stages at which a refusal by smtpd is one of the whole mail, and not of one recipient.
_WHOLE: Final = ("DATA", "END-OF-MESSAGE", "BDAT")

_TYPES: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "time": pl.Datetime("us", "UTC"),
    "host": pl.String,
    "program": pl.String,
    "pid": pl.Int64,
    "kind": pl.String,
    "queue_id": pl.String,
    "next_id": pl.String,  # queue ID that the line names as the next, or the one that is written about it
    "orig_queue_id": pl.String,
    "message_id": pl.String,
    "client_name": pl.String,
    "client_ip": pl.String,
    "sasl_user": pl.String,
    "sender": pl.String,
    "recipient": pl.String,
    "orig_recipient": pl.String,
    "relay": pl.String,
    "status": pl.String,
    "dsn": pl.String,
    "reply": pl.String,
    "delay": pl.Float64,
    "delays": pl.List(pl.Float64),
    "size": pl.Int64,
    "nrcpt": pl.Int64,
    "domain": pl.String,
    "selector": pl.String,
    "what": pl.String,  # of a notice Postfix's words; of a delivery `forward` or `hop`, where it names a next ID
    "rule": pl.String,
    "cause": pl.String,
    "repeat": pl.Int64,
    "source": pl.UInt32,
    "block": pl.UInt32,
    "row": pl.UInt32,
}
#: What tracking keeps of a row.
DIGEST: Final = pl.Schema(_TYPES)

_ID: Final = r"(?:[0-9A-F]{6,}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,}z[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]+)"
#: A filter repeats the answer of the server behind it: the last one counts.
_QUEUED_AS: Final = rf"(?s)^.*\bqueued as ({_ID})\b"
_NOTICE: Final = r"^[0-9A-Za-z]+: ([a-z][a-z /-]*?) notification: "


def digest(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `rows` that tell of a mail, as `DIGEST`. Columns that are missing are null."""
    absent = {name: dtype for name, dtype in _NEEDED.items() if name not in rows.columns}
    rows = rows.with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in absent.items())
    mine = rows.filter(_tells())
    return mine.select(**_columns()).select(pl.col(name).cast(dtype) for name, dtype in DIGEST.items())


def _tells() -> pl.Expr:
    kind, named = pl.col("kind"), pl.col("queue_id").is_not_null()
    refused = kind.is_in(_REFUSED)
    whole = (pl.col("daemon") == "cleanup") | pl.col("stage").is_in(_WHOLE)
    life = named & kind.is_in(LIFE) & (~refused | whole)
    before = ~named & kind.is_in(BEFOREHAND) & pl.col("pid").is_not_null()
    postfix = (pl.col("family") == Family.POSTFIX.value) & (life | before)
    signed = (pl.col("family") == Family.OPENDKIM.value) & named & kind.is_in(SIGNED)
    return (postfix | signed).fill_null(value=False)


def _columns() -> dict[str, pl.Expr]:
    same = {name: pl.col(name) for name in DIGEST if name not in _MADE}
    delivery, notice = (pl.col("kind") == kind.value for kind in (Kind.DELIVERY, Kind.BOUNCE_NOTICE))
    taken = delivery & (pl.col("status") == "sent")
    forwarded = delivery & pl.col("reason").str.starts_with("forwarded as ")
    said = pl.when(taken).then(pl.col("reason").str.extract(_QUEUED_AS, 1))
    next_id = pl.coalesce("child_queue_id", said)
    signed = pl.col("kind").is_in(SIGNED)
    ruled = pl.col("kind").is_in([*BEFOREHAND, *_REFUSED]) & (pl.col("daemon") != "postsuper")
    return same | {
        "host": short_host(),
        "next_id": next_id,
        "relay": _relay(),
        "reply": pl.coalesce("reply", pl.when(delivery | signed | ruled).then("reason")),
        "domain": pl.col("dkim_domain"),
        "selector": pl.col("dkim_selector"),
        "what": pl.when(notice)
        .then(pl.col("text").str.extract(_NOTICE, 1))
        .when(forwarded)
        .then(pl.lit("forward"))
        .when(delivery & next_id.is_not_null())
        .then(pl.lit("hop")),
    }


def _relay() -> pl.Expr:
    name, ip, port = pl.col("relay_name"), pl.col("relay_ip"), pl.col("relay_port")
    server = pl.concat_str(
        name.fill_null(""),
        pl.lit("["),
        ip,
        pl.lit("]"),
        pl.when(port.is_not_null()).then(pl.lit(":") + port.cast(pl.String)).otherwise(pl.lit("")),
    )
    return pl.when(ip.is_not_null()).then(server).otherwise(name)


_MADE: Final = ("next_id", "relay", "reply", "domain", "selector", "what")
_NEEDED: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    **{name: dtype for name, dtype in DIGEST.items() if name not in _MADE},
    "family": pl.String,
    "daemon": pl.String,
    "stage": pl.String,
    "reason": pl.String,
    "text": pl.String,
    "reply": pl.String,
    "relay_name": pl.String,
    "relay_ip": pl.String,
    "relay_port": pl.Int64,
    "child_queue_id": pl.String,
    "dkim_domain": pl.String,
    "dkim_selector": pl.String,
}
