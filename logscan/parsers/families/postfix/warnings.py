"""Warnings, and the kinds of event that Postfix reports as warnings.

In: lines of kind warning, auth-failure, lookup-failed, fatal, error, panic, and refusals for
exceeding a limit. Out: the same with client, server or backend where the line names one.
Never: takes a client from the words of one.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.parsers.families.postfix.deliveries import REMOTE_DAEMONS
from logscan.parsers.families.postfix.grammar import (
    IP,
    PEER,
    beside,
    direction,
    first_match,
    groups,
    known,
    peer,
)

_AUTH: Final = (
    rf"(?s)^{PEER}: SASL (?P<sasl_method>[^ ]*) authentication (?:failed|aborted)"
    r"(?::.*?)??(?:, sasl_username=(?P<sasl_user>.*))?$"
)
_CLIENT: Final = rf"(?P<name>[^ \[\]]*)\[(?P<ip>unknown|{IP})\](?::(?P<port>[0-9]+))?"
_BY_CLIENT: Final = (
    rf"^(?P<by>){_CLIENT}: ",
    rf"^improper command pipelining (?P<by>after) (?P<stage>[^ ]+) from {_CLIENT}(?::|$)",
    rf"^(?P<by>[A-Za-z -]+) from {_CLIENT}(?: in (?P<stage>[A-Z]+) command)?(?::|$| )",
    rf"^[A-Za-z ]+ limit (?P<by>exceeded): [0-9]+ from {_CLIENT} for service ",
)
_ABOUT_SERVER: Final = (
    rf"^(?P<by>)(?:host )?{PEER}:? ",
    rf"^(?P<by>[A-Za-z -]+) from {PEER}: ",
)
_BACKEND: Final = (
    r"^(?P<how>connect to Milter service|milter|SASL: Connect to|connect to (?:mysql|pgsql) server|"
    r"connect to proxy (?:filter|service)|lost connection with proxy|timeout talking to proxy|connect to transport|"
    r"problem talking to (?:server|service)) '?(?P<backend>[^ ']+?)'?(?:: | failed: |$)"
)
_HOSTNAME: Final = (
    rf"^hostname [^ ]+ does not resolve to address (?P<ip>{IP})(?::|$)",
    rf"^(?P<ip>{IP}): (?:address not listed for hostname|hostname) ",
)
_INBOUND_DAEMONS: Final = ("smtpd", "postscreen", "tlsproxy", "qmqpd")


def auth_failures(lines: pl.DataFrame) -> pl.DataFrame:
    """Return failed logins with client, mechanism and the name that was tried."""
    found = groups(lines["reason"], _AUTH)
    user = pl.when(~pl.col("sasl_user").is_in(["", "(unavailable)"])).then(pl.col("sasl_user"))
    return beside(
        lines,
        found,
        *peer("client"),
        known("sasl_method").alias("sasl_method"),
        user.alias("sasl_user"),
        direction("inbound"),
    )


def limits(lines: pl.DataFrame) -> pl.DataFrame:
    """Return clients sent away for exceeding a limit of anvil(8)'s."""
    found = first_match(lines["reason"], _BY_CLIENT, "by")
    return beside(lines, found, *peer("client"), direction("inbound"))


def lookups(lines: pl.DataFrame) -> pl.DataFrame:
    """Return failed lookups.

    Inbound: a client's names do not fit. Outbound: a next hop's do not. Local: a table cannot be asked.
    """
    client = first_match(lines["reason"], _HOSTNAME, "ip")["ip"]
    next_hop = lines["daemon"].is_in(REMOTE_DAEMONS) & lines["reason"].str.contains(
        "^(?:no MX|malformed|numeric)"
    )
    return lines.with_columns(
        client.alias("client_ip"),
        pl.when(pl.lit(lines["reason"].str.contains(r"^hostname |^[^ ]+: (?:address not|hostname )")))
        .then(pl.lit("inbound"))
        .when(pl.lit(next_hop))
        .then(pl.lit("outbound"))
        .otherwise(pl.lit("local"))
        .alias("direction"),
        _backend(lines),
    )


def warnings(lines: pl.DataFrame) -> pl.DataFrame:
    """Return other warnings with the client, server or backend that they name."""
    inbound = lines["daemon"].is_in(_INBOUND_DAEMONS)
    outbound = lines["daemon"].is_in(REMOTE_DAEMONS)
    client = first_match(lines["reason"], _BY_CLIENT, "by")
    server = first_match(lines["reason"], _ABOUT_SERVER, "by")
    about_tls = lines["reason"].str.starts_with("TLS library problem")
    by_client = pl.lit(inbound & client["ip"].is_not_null())
    return lines.with_columns(
        *(
            pl.when(by_client).then(pl.lit(column)).alias(column.name)
            for column in client.select(*peer("client"), known("stage").alias("stage")).get_columns()
        ),
        *(
            pl.when(pl.lit(outbound)).then(pl.lit(column)).alias(column.name)
            for column in server.select(*peer("relay")).get_columns()
        ),
        _backend(lines),
        pl.when(by_client | pl.lit(inbound & about_tls))
        .then(pl.lit("inbound"))
        .when(pl.lit(outbound & (about_tls | server["ip"].is_not_null())))
        .then(pl.lit("outbound"))
        .otherwise(pl.lit("local"))
        .alias("direction"),
    )


def _backend(lines: pl.DataFrame) -> pl.Series:
    return groups(lines["reason"], _BACKEND)["backend"]
