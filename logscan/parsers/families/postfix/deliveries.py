"""Delivery attempts: one line, one recipient, one outcome.

In: lines of kind delivery. Out: the same with recipient, relay, delays, status, dsn, reason and
what replies.py finds in the reason.
Never: takes a field from inside an address or a remote's reply.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.parsers.families.postfix import replies
from logscan.parsers.families.postfix.grammar import (
    ADDRESS,
    ID,
    address,
    beside,
    direction,
    first_match,
    known,
    number,
)

_TAIL: Final = (
    r"(?P<relay>[^,]+), (?:conn_use=(?P<conn_use>[0-9]+), )?delay=(?P<delay>[0-9.]+), "
    r"delays=(?P<delays>[0-9./]+), (?:tls=(?P<tls>[^ ,]+), )?(?:[a-z_]+=[^ ,]*, )*?"
    r"dsn=(?P<dsn>[0-9]\.[0-9]+\.[0-9]+), (?:tls=(?P<late_tls>[^ ,]+), )?"
    r"status=(?P<status>[A-Za-z-]+) \((?P<reason>.*)$"
)
#: As every Postfix since 3.5 writes it.
STRICT: Final = (
    rf"(?s)^{ID}: to=<(?P<recipient>{ADDRESS})>, (?:orig_to=<(?P<orig_recipient>{ADDRESS})>, )?relay=" + _TAIL
)
#: Addresses of older releases, bare: the first place where the rest fits ends them. What opens
#: with a quote and fails to close it was cut, and nothing inside it is Postfix's word.
_BARE: Final = r'(?:[^"].*?)?'
_LOOSE: Final = (
    rf"(?s)^{ID}: to=<(?P<recipient>{_BARE})>, (?:orig_to=<(?P<orig_recipient>{_BARE})>, )?relay=" + _TAIL
)
#: Lines in which something is missing or foreign. `QID: status=deferred (bounce failed)`.
_TORN: Final = (
    rf"(?s)^{ID}: to=<(?P<recipient>{_BARE})>, .*?[, ]status=(?P<status>[A-Za-z-]+) \((?P<reason>.*)$",
    rf"(?s)^{ID}: to=<(?P<recipient>){_BARE}, status=(?P<status>[A-Za-z-]+) \((?P<reason>.*)$",
    rf"(?s)^{ID}: (?P<recipient>)status=(?P<status>[A-Za-z-]+) \((?P<reason>.*)$",
)
PATTERNS: Final = (STRICT, _LOOSE, *_TORN)
#: STRICT for nearly all lines, written so that every byte leaves the regex engine one way to go:
#: it is three times as fast then. What it leaves goes to the others.
_USUAL: Final = (
    rf"(?s)^[0-9A-Za-z]+: to=<(?P<recipient>{ADDRESS})>, (?:orig_to=<(?P<orig_recipient>{ADDRESS})>, )?"
    r"relay=(?P<relay>[^,]+), (?:conn_use=(?P<conn_use>[0-9]+), )?delay=(?P<delay>[0-9.]+), "
    r"delays=(?P<delays>[0-9./]+), dsn=(?P<dsn>[0-9]\.[0-9]+\.[0-9]+), "
    r"status=(?P<status>[A-Za-z-]+) \((?P<reason>.*)$"
)

#: Daemons that speak to another server; everything else delivers here.
REMOTE_DAEMONS: Final = ("smtp", "lmtp")

#: error(8) and qmgr(8) repeat what was wrong with a next hop; the trouble stays the remote's.
_SUSPENDED: Final = (
    r"^delivery temporarily suspended: (?:connect to |host |lost connection with |conversation with "
    r"|Host or domain name not found|TLS is required|Cannot start TLS|Server certificate |SASL )"
)

_QUEUED_AS: Final = rf"(?s)^.*\bqueued as ({ID})\b"
_LOOPBACK: Final = r"^(?:127\.|::1$|::ffff:127\.)"


def outcome(texts: pl.Series) -> pl.Series:
    """Return the status of each delivery line, null where there is none."""
    return first_match(texts, PATTERNS, "status")["status"]


def deliveries(lines: pl.DataFrame) -> pl.DataFrame:
    """Return delivery lines with their columns."""
    found = first_match(lines["text"], (_USUAL, *PATTERNS), "status")
    relay = r"^([^\[]*)\[([^\]]*)\](?::([0-9]+))?$"
    bare = pl.col("relay").str.contains(r"\[", literal=False)
    found = found.with_columns(
        pl.when(bare).then(pl.col("relay").str.extract(relay, 1)).otherwise(pl.col("relay")).alias("name"),
        pl.col("relay").str.extract(relay, 2).alias("ip"),
        pl.col("relay").str.extract(relay, 3).alias("port"),
        # The parenthesis that closes the reason; gone when the line was cut.
        pl.col("reason").str.replace(r"\)$", ""),
    )
    remote = lines["daemon"].is_in(REMOTE_DAEMONS) | found["reason"].str.contains(_SUSPENDED).fill_null(False)
    lines = beside(
        lines,
        found,
        pl.when(pl.col("recipient") != "").then(pl.col("recipient")).alias("recipient"),
        pl.col("orig_recipient"),
        pl.when(pl.col("name") != "none").then(known("name")).alias("relay_name"),
        address("ip").alias("relay_ip"),
        number("port").alias("relay_port"),
        number("conn_use"),
        pl.col("delay").cast(pl.Float64, strict=False),
        _four_delays(),
        pl.coalesce("tls", "late_tls").alias("tls_level"),
        pl.col("dsn"),
        pl.col("status"),
        pl.col("reason"),
    )
    lines = lines.with_columns(direction("outbound", when=pl.lit(remote), otherwise="local"))
    # Where a server took the mail, the reason is its reply outright.
    taken = (
        lines.select(pl.col("status").is_in(["sent", "deliverable"]).fill_null(False)).to_series() & remote
    )
    return pl.concat(
        [_children(replies.taken(lines.filter(taken))), _forwards(replies.refused(lines.filter(~taken)))],
        how="diagonal",
    )


def _four_delays() -> pl.Expr:
    four = pl.col("delays").str.split("/").cast(pl.List(pl.Float64), strict=False)
    return pl.when(four.list.len() == 4).then(four).alias("delays")


def _children(lines: pl.DataFrame) -> pl.DataFrame:
    # A filter on this very machine tells the next queue ID in its reply; a remote's ID is its own.
    here = lines["relay_ip"].str.contains(_LOOPBACK).fill_null(False)
    filtered = lines.filter(here).with_columns(
        pl.col("reply").str.extract(_QUEUED_AS, 1).alias("child_queue_id")
    )
    return pl.concat([lines.filter(~here), filtered], how="diagonal")


def _forwards(lines: pl.DataFrame) -> pl.DataFrame:
    forwarded = pl.col("reason").str.extract(rf"^forwarded as ({ID})$", 1)
    return lines.with_columns(pl.when(pl.col("direction") == "local").then(forwarded).alias("child_queue_id"))
