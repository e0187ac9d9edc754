"""What a remote server did to us, taken apart: its reply, the code, the stage, who it was.

In: lines with `reason`, the words of smtp(8) or lmtp(8) about one server. Out: the same with reply,
smtp_code, stage, and relay_* where the line does not have them yet.
Never: reads a code or a stage that the remote wrote into its own text.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.parsers.families.postfix.grammar import PEER, first_match, peer

_AGAIN: Final = r"(?s)^(?:delivery temporarily suspended: )?"
#: Who, and what it said or what we were doing.
_PATTERNS: Final = (
    rf"{_AGAIN}(?P<about>host) {PEER} (?P<said>said): (?P<reply>.*)$",
    rf"{_AGAIN}(?P<about>host) {PEER} (?P<greeting>refused to talk to me): (?P<reply>.*)$",
    rf"{_AGAIN}(?P<about>SASL) authentication failed; server {PEER} said: (?P<reply>.*)$",
    rf"{_AGAIN}(?P<about>lost) connection with {PEER} while (?P<doing>.*)$",
    rf"{_AGAIN}(?P<about>conversation) with {PEER} timed out while (?P<doing>.*)$",
    rf"{_AGAIN}(?P<about>connect) to {PEER}: .*$",
    rf"{_AGAIN}(?P<about>[A-Z].*|message size [0-9]+ exceeds size limit [0-9]+ of) (?:host|server) {PEER}(?:: .*)?$",
)
#: Postfix appends the stage, so the last parenthesis is Postfix's, whatever stands in the reply.
_COMMAND: Final = r" \(in reply to ([^()]+)\)$"
_STAGES: Final = {
    "MAIL FROM": "MAIL",
    "RCPT TO": "RCPT",
    "end of DATA": "END-OF-MESSAGE",
    "end of data": "END-OF-MESSAGE",
    "message body": "DATA",
    "initial server greeting": "CONNECT",
    "initial protocol handshake": "EHLO",
}
CODE: Final = r"^([245][0-9]{2})(?:[- ]|$)"
ENHANCED: Final = r"^(?:[245][0-9]{2}[- ])?([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[ ]|$)"


def taken(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines whose whole reason is the reply of a server that took the mail."""
    reply = pl.when(pl.col("reason").str.contains(CODE)).then(pl.col("reason"))
    return _coded(lines.with_columns(reply.alias("reply")))


def refused(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines with what their reason tells about a server that did not.

    In: lines with reason, and relay_name, relay_ip, relay_port or none of the three.
    """
    said = pl.col("said").is_not_null()
    reply = pl.col("reply")
    found = (
        first_match(lines["reason"], _PATTERNS, "about")
        .with_columns(
            pl.when(said).then(reply.str.extract(_COMMAND, 1)).alias("command"),
            pl.when(said).then(reply.str.replace(_COMMAND, "")).otherwise(reply).alias("reply"),
        )
        .with_columns(_stage())
    )
    theirs = found.select(peer("relay")).get_columns()
    # lmtp(8) may speak through a socket: host[private/dovecot-lmtp].
    socket = found.select(
        pl.when(pl.col("ip").str.contains("/", literal=True)).then(pl.col("ip")).alias("backend")
    )
    if "relay_name" in lines.columns:
        absent = lines["relay_name"].is_null() & lines["relay_ip"].is_null()
        theirs = [
            lines.select(
                pl.when(absent).then(column).otherwise(pl.col(column.name)).alias(column.name)
            ).to_series()
            for column in theirs
        ]
    return _coded(lines.with_columns(*theirs, found["stage"], found["reply"], socket["backend"]))


def _coded(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(pl.col("reply").str.extract(CODE, 1).cast(pl.Int64).alias("smtp_code"))


def _stage() -> pl.Expr:
    command = pl.col("command").str.replace(r" command$", "")
    doing = pl.col("doing").str.extract(
        r"^(?:sending|receiving the|performing the) (end of data|message body|MAIL FROM|RCPT TO|"
        r"initial server greeting|initial protocol handshake|[A-Z]+)",
        1,
    )
    word = pl.coalesce(command, doing)
    return (
        pl.when(pl.col("greeting").is_not_null())
        .then(pl.lit("CONNECT"))
        .when(pl.col("about") == "SASL")
        .then(pl.lit("AUTH"))
        .otherwise(word.replace(_STAGES))
        .alias("stage")
    )
