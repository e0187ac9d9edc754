"""Sessions: who connected, who went, who left in the middle, over which encryption.

In: lines of one kind. Out: the same with client_* or relay_*, direction and what else they hold.
Never: a refusal (refusals.py), a delivery (deliveries.py).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.parsers.families.postfix import replies
from logscan.parsers.families.postfix.deliveries import REMOTE_DAEMONS
from logscan.parsers.families.postfix.grammar import (
    ADDRESS,
    ID,
    IP,
    PEER,
    TAG,
    address,
    beside,
    direction,
    first_match,
    groups,
    known,
    number,
    peer,
)

_CLIENT: Final = (
    rf"(?s)^{TAG}: client={PEER}(?:, sasl_method=(?P<sasl_method>[^, ]+))?"
    rf"(?:, sasl_username=(?P<sasl_user>.*?))?(?:, sasl_sender=(?P<sasl_sender>.*?))?"
    rf"(?:, orig_queue_id=(?P<orig_queue_id>{ID}))?(?:, orig_client=[^ ]*)?$"
)
_PICKUP: Final = (
    rf"(?s)^{ID}: uid=[0-9]+ from=<(?P<sender>{ADDRESS})>(?: orig_id=(?P<orig_queue_id>{ID}))?$",
    rf"(?s)^{ID}: uid=[0-9]+ from=<(?P<sender>.*?)>(?: orig_id=(?P<orig_queue_id>{ID}))?$",
)
_LEFT: Final = (
    rf"^(?:{TAG}: )?(?P<ended>[A-Za-z][A-Za-z<> ]*) after (?P<stage>[^ ]+)(?: \([0-9]+ bytes\))? from {PEER}$",
)
_ENCRYPTED: Final = (
    rf"^(?:(?P<tls_level>[A-Z][a-z]+) )?TLS connection (?:established|reused) (?P<way>from|to) {PEER}"
    r"(?: to [^ ]+)?: (?P<tls_protocol>[^ ]+) with cipher "
)
_TLS_SUBJECT: Final = (
    "SSL_(?:accept|connect) error|setting up TLS connection|certificate verification failed|"
    "certificate peer name verification failed|TLS SNI [^ ]+|Server certificate could not be verified|"
    f"{TAG}: abort: TLS"
)
_TLS: Final = (
    _ENCRYPTED,
    rf"^(?:{_TLS_SUBJECT}) (?P<way>from|to|for) {PEER}",
    rf"^(?P<way>){PEER}:? ",
    rf"^(?:DIS)?CONNECT (?P<way>(?:from|to)?) ?{PEER}$",
    rf"^TLS handshake failed for service=[^ ]+ peer=(?P<way>){PEER}$",
    rf"^TLSRPT: status=[a-z]+, domain=[^ ,]+, receiving_mx=(?P<way>){PEER}",
)
_POSTSCREEN: Final = (
    rf"^[A-Za-z :.0-9-]*?\[(?P<ip>{IP})\]:(?P<port>[0-9]+)(?: after (?P<stage>[A-Z-]+))?",
    rf"^addr (?P<ip>{IP}) listed by domain ",
    rf"^PENALTY [0-9]+ for (?P<ip>{IP})$",
)


def greetings(lines: pl.DataFrame) -> pl.DataFrame:
    """Return `connect from` and `disconnect from` lines with the client."""
    found = groups(lines["text"], rf"^(?:dis)?connect from {PEER}")
    return beside(lines, found, *peer("client"), direction("inbound"))


def clients(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines of kind client with where the mail came from: smtpd, qmqpd and pickup."""
    # `uid=33 from=<www-data>`: sendmail(1) on this machine.
    found = pl.concat(
        [
            groups(lines["text"], _CLIENT),
            first_match(lines["text"], _PICKUP, "sender").rename({"orig_queue_id": "id"}),
        ],
        how="horizontal",
    )
    return beside(
        lines,
        found,
        *peer("client"),
        pl.col("sasl_method"),
        pl.when(pl.col("sasl_user") != "").then(pl.col("sasl_user")).alias("sasl_user"),
        pl.col("sender"),
        pl.coalesce("orig_queue_id", "id").alias("orig_queue_id"),
        direction("local", when=pl.col("sender").is_not_null(), otherwise="inbound"),
    )


def lost(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines of kind lost-connection: a client's session or one of ours to a server."""
    ours = lines["daemon"].is_in(REMOTE_DAEMONS)
    outbound = servers(lines.filter(ours))
    inbound = lines.filter(~ours)
    found = first_match(inbound["text"], _LEFT, "ended")
    inbound = beside(inbound, found, *peer("client"), pl.col("stage"), direction("inbound"))
    return pl.concat([outbound, inbound], how="diagonal")


def servers(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines about a server we could not use: connect-failed, and lost-connection of smtp."""
    dsn = pl.col("reply").str.extract(replies.ENHANCED, 1).alias("dsn")
    return replies.refused(lines).with_columns(dsn, direction("outbound"))


def encryption(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines of kind tls with level, protocol and the other side."""
    found = first_match(lines["text"], _TLS, "way")
    to_server = pl.coalesce(
        pl.when(pl.col("way").is_in(["from", "to"])).then(pl.col("way") == "to"),
        pl.lit(lines["daemon"].is_in(REMOTE_DAEMONS)),
    )
    return beside(
        lines,
        found,
        *(pl.when(~to_server).then(column).alias(column.meta.output_name()) for column in peer("client")),
        *(pl.when(to_server).then(column).alias(column.meta.output_name()) for column in peer("relay")),
        pl.col("tls_level"),
        pl.col("tls_protocol"),
        direction("outbound", when=to_server, otherwise="inbound"),
    )


def screened(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines of postscreen(8) and dnsblog(8) with the client's address and port."""
    found = first_match(lines["text"], _POSTSCREEN, "ip")
    return beside(
        lines,
        found,
        address("ip").alias("client_ip"),
        number("port").alias("client_port"),
        known("stage").alias("stage"),
        direction("inbound"),
    )
