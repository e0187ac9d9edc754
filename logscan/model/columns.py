"""The events table: every column declared once.

In: nothing. Out: `EVENT`, the columns in the order of the contract, with type and meaning;
`SCHEMA`, the same as a Polars schema; `INTERNAL`, columns that tables carry between rooms
and that no user sees.
Never: a column that is not in the contract shown to a user.

Polars is imported here and nowhere above `cli`, so `logscan --help` does not load this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

TIME: Final = pl.Datetime("us", "UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its name in the contract, its Polars type, what it means."""

    name: str
    dtype: pl.DataType
    meaning: str


def _column(name: str, dtype: object, meaning: str) -> Column:
    return Column(name=name, dtype=dtype() if isinstance(dtype, type) else dtype, meaning=meaning)  # type: ignore[arg-type]


EVENT: Final[tuple[Column, ...]] = (
    _column("time", TIME, "when, in UTC, microseconds where the log has them"),
    _column("host", pl.String, "host as logged"),
    _column("program", pl.String, "program as logged, postfix/submission/smtpd"),
    _column("daemon", pl.String, "last component of the program, smtpd"),
    _column("instance", pl.String, "first component, postfix or postfix-out"),
    _column("pid", pl.Int64, "process id"),
    _column("family", pl.String, "whose log: vocabulary.Family, or the bare program"),
    _column("kind", pl.String, "what the line says: vocabulary.Kind"),
    _column("direction", pl.String, "vocabulary.Direction"),
    _column("severity", pl.String, "vocabulary.Severity of the line itself"),
    _column("queue_id", pl.String, "Postfix queue ID, short or long"),
    _column("orig_queue_id", pl.String, "queue ID before re-injection or requeue"),
    _column("message_id", pl.String, "Message-ID without its angle brackets"),
    _column("client_name", pl.String, "name of the connected client, null when unknown"),
    _column("client_ip", pl.String, "address of the connected client"),
    _column("client_port", pl.Int64, "port of the connected client"),
    _column("helo", pl.String, "HELO or EHLO name"),
    _column("sasl_user", pl.String, "authenticated user"),
    _column("sasl_method", pl.String, "SASL mechanism"),
    _column("sender", pl.String, "envelope sender; empty string is the null sender"),
    _column("recipient", pl.String, "envelope recipient"),
    _column("orig_recipient", pl.String, "recipient before aliases and rewriting"),
    _column("conn_use", pl.Int64, "deliveries over this connection so far"),
    _column("tls_level", pl.String, "Anonymous, Untrusted, Trusted, Verified"),
    _column("tls_protocol", pl.String, "TLSv1.3"),
    _column("relay_name", pl.String, "next hop: host name, local, virtual or a transport's word"),
    _column("relay_ip", pl.String, "next hop: address"),
    _column("relay_port", pl.Int64, "next hop: port"),
    _column("status", pl.String, "status= of a delivery: sent, deferred, bounced, expired ..."),
    _column("dsn", pl.String, "enhanced status code, 4.7.1"),
    _column("smtp_code", pl.Int64, "three-digit SMTP reply code"),
    _column("reply", pl.String, "the SMTP reply that was given, from its code on"),
    _column("delay", pl.Float64, "seconds from arrival to this attempt's end"),
    _column("delays", pl.List(pl.Float64), "before qmgr, in qmgr, connection, transmission; seconds"),
    _column("size", pl.Int64, "message size in bytes"),
    _column("nrcpt", pl.Int64, "number of recipients"),
    _column("stage", pl.String, "SMTP stage: CONNECT, EHLO, MAIL, RCPT, DATA, END-OF-MESSAGE ..."),
    _column("child_queue_id", pl.String, "queue ID that this line gives birth to"),
    _column("dkim_domain", pl.String, "d= of a DKIM signature"),
    _column("dkim_selector", pl.String, "s= of a DKIM signature"),
    _column("module", pl.String, "Apache module; library for others"),
    _column("errno", pl.Int64, "operating system's or APR's error number"),
    _column("http_status", pl.Int64, "HTTP status"),
    _column("method", pl.String, "HTTP method"),
    _column("url", pl.String, "HTTP request target"),
    _column("bytes", pl.Int64, "HTTP response size in bytes"),
    _column("duration", pl.Float64, "seconds that a request or a process took"),
    _column("vhost", pl.String, "virtual host"),
    _column("referer", pl.String, "HTTP referer"),
    _column("user_agent", pl.String, "HTTP user agent"),
    _column("backend", pl.String, "FastCGI server, socket or address that failed"),
    _column("reason", pl.String, "the part of the line that says why; cards match it, masked"),
    _column("repeat", pl.Int64, "how many times the line stands for"),
    _column("text", pl.String, "what follows the header"),
    _column("file", pl.String, "path, - for standard input"),
    _column("line", pl.Int64, "line in the decompressed text, from 1"),
)

#: Where a row came from: index of its source in canonical order, block in the
#: source, line in the block from 0, record within the line from 0.
INTERNAL: Final[tuple[Column, ...]] = (
    _column("source", pl.UInt32, "index in canonical order"),
    _column("block", pl.UInt32, "number of the block in its source"),
    _column("row", pl.UInt32, "line in the block, from 0"),
    _column("column", pl.UInt32, "record within the line, from 0"),
    _column("raw", pl.String, "the line as read"),
)

SCHEMA: Final[pl.Schema] = pl.Schema({column.name: column.dtype for column in EVENT})

#: What parsers.lines gives for every record; a family gets these and adds its own.
HEADER: Final[tuple[str, ...]] = ("time", "host", "program", "pid", "family", "repeat", "text")


def complete(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with every column of `SCHEMA`, in order and of its type, missing ones null.

    In: rows with any subset of the columns. Out: the same rows, exactly `SCHEMA`.
    """
    have = set(frame.columns)
    return frame.select(
        pl.col(name).cast(dtype) if name in have else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in SCHEMA.items()
    )
