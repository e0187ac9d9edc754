"""Everything that a record of an Apache error log holds.

For: rules, analyses and `events`. In: the column `text`. Out: `fields`.
Never: a back end or URL from anywhere but its place in the server's own sentence.
"""

from __future__ import annotations

import re
from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction
from logscan.parsers import php
from logscan.parsers.families.apache_error.anatomy import BEFORE, NUMBER, head, message, module

_HOST: Final = r"^[A-Za-z0-9.-]+(?::\d+)?$"
#: A host behind the level, before any words of the message.
_ASIDE_HOST: Final = (
    r"^(?:[^\[ ]+ )?(?:\[[^\[\]]*\] ){1,4}?\[(?:vhost|server|host) ([A-Za-z0-9.-]+)(?::[0-9]+)?\]"
)
_V4: Final = r"^(\d{1,3}(?:\.\d{1,3}){3})(?::(\d+))?$"
_V6_BRACKETS: Final = r"^\[([0-9A-Fa-f:.]+)\](?::(\d+))?$"
#: 2.4 puts `:port` behind the address; what is left must still be an address.
_V6_PORT: Final = r"^([0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*):(\d{1,5})$"
_V6: Final = r"^[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$"

#: The first group that matches is the back end.
_BACKENDS: Final = (
    rf'{BEFORE}FastCGI:.*?server "([^"]+)"',
    rf"{BEFORE}(?:(?:End of script output before|Premature end of script|Script timed out before returning) headers): (.+)$",
    rf"{BEFORE}(?:proxy: )?\w+: attempt to connect to (\S+) \(",
    rf"{BEFORE}(?:\w+: )?failed to make connection to backend: (\S+)",
    rf"{BEFORE}malformed header from script(?: '([^']+)'|\. Bad header=.*: (\S+)$)",
    rf"{BEFORE}mod_fcgid: (?:(?:process|server) (\S+?)\(\d+\) (?:exit\(|started)|(\S+) took longer than)",
    rf"{BEFORE}mod_fcgid: (?:can't (?:run|apply process slot for)|spawn process) (\S+)",
    rf"{BEFORE}mod_fcgid: don't know how to spawn (?:wrapper )?child process: (\S+)",
    rf"{BEFORE}(?:Error dispatching request to|Failed [Ww]riting (?:Request|Environment) to) ([^\s:]\S*):",
    rf"{BEFORE}(?:\w+: )?(?:disabled|failed to acquire) connection for \(([^)]+)\)",
    rf"{BEFORE}ap_proxy_connect_backend disabling worker for \(([^)]+)\)",
    rf"{BEFORE}(?:stderr from (\S+): |Timeout waiting for output from CGI script (\S+)|exec of '([^']+)' failed)",
    rf"{BEFORE}error reading (?:status line|response) from remote server (\S+)",
)
_UNIX: Final = rf"{BEFORE}\w+: attempt to connect to Unix domain socket (\S+) \("

_URLS: Final = (
    rf"{BEFORE}invalid URI path \((.*)\)$",
    rf"{BEFORE}access to (\S+) (?:failed|denied)",
    rf"{BEFORE}all workers are busy\.\s+Unable to serve (\S+)",
    rf"{BEFORE}Error reading from remote server returned by (\S+)$",
)
_REQUEST: Final = rf"{BEFORE}(?:Invalid URI in request|Cannot map) '?([A-Z_-]+) (\S+)(?: HTTP/\d\.\d)?"


def _first(column: str, patterns: tuple[str, ...]) -> pl.Expr:
    """The first group that holds something, in the order of `patterns`."""
    return pl.coalesce(
        pl.col(column).str.extract(pattern, group)
        for pattern in patterns
        for group in range(1, _groups(pattern) + 1)
    )


def _groups(pattern: str) -> int:
    return re.compile(pattern).groups


def _peer() -> tuple[pl.Expr, ...]:
    """`client_ip`, `client_port`, `client_name` of `[client ..]`."""
    is_client = pl.col("who") == "client"
    peer = pl.when(is_client).then(pl.col("peer"))
    v6_port = pl.when(pl.col("new").is_not_null() | pl.col("pid").is_not_null()).then(peer)
    ip = pl.coalesce(
        peer.str.extract(_V4, 1),
        peer.str.extract(_V6_BRACKETS, 1),
        v6_port.str.extract(_V6_PORT, 1),
        peer.str.extract(rf"({_V6})", 1),
    )
    port = pl.coalesce(
        peer.str.extract(_V4, 2), peer.str.extract(_V6_BRACKETS, 2), v6_port.str.extract(_V6_PORT, 2)
    )
    name = pl.when(ip.is_null() & ~peer.is_in(["", "unknown"])).then(peer.str.replace(r":\d+$", ""))
    return (
        ip.alias("client_ip"),
        port.cast(pl.Int64, strict=False).alias("client_port"),
        name.alias("client_name"),
    )


def _told(distinct: pl.DataFrame) -> pl.DataFrame:
    """Return what distinct messages say: message, has_peer -> clean, referer, number, backend, url, method.

    What follows the first `, referer: ` is the referer: a client's own header cannot lengthen a
    reason. Only records with a client have one.
    """
    # an ErrorLogFormat may write it without the colon
    message = pl.col("message").str.replace(r", referer (https?://\S+)$", ", referer: $1")
    pair = message.str.splitn(", referer: ", 2).struct
    clean = distinct.with_columns(
        pl.when("has_peer").then(pair[0]).otherwise("message").alias("clean"),
        pl.when("has_peer").then(pair[1]).alias("referer"),
    )
    unix = pl.lit("unix:") + pl.col("clean").str.extract(_UNIX)
    return clean.with_columns(
        pl.col("clean").str.extract(NUMBER).alias("number"),
        pl.coalesce(unix, _first("clean", _BACKENDS)).alias("backend"),
        pl.coalesce(_first("clean", _URLS), pl.col("clean").str.extract(_REQUEST, 2)).alias("url"),
        pl.col("clean").str.extract(_REQUEST, 1).alias("method"),
    )


def fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction, module, client, errno, referer, backend, url, method, vhost, reason.

    `reason` is `(errno)text: `, then the message with its AH code, without client and referer.
    """
    said = frame.select(message().alias("message")).to_series()
    part = head(frame["text"], said).with_columns(said, pl.col("who").is_not_null().alias("has_peer"))
    key = ["message", "has_peer"]
    told = _told(part.select(key).unique())
    prefix = pl.col("prefix").str.strip_chars(" []").str.replace("^(?:vhost|server) ", "")
    aside = frame["text"].str.extract(_ASIDE_HOST)
    remote = pl.when(pl.col("who") == "remote").then(pl.col("peer"))
    new = part.join(told, on=key, how="left", maintain_order="left").select(
        pl.lit(Direction.LOCAL.value).alias("direction"),
        module(pl.col("module"), pl.col("message")).alias("module"),
        *_peer(),
        pl.coalesce(pl.col("os").str.extract(NUMBER), pl.col("number"))
        .cast(pl.Int64, strict=False)
        .alias("errno"),
        pl.col("referer"),
        pl.coalesce("backend", remote).alias("backend"),
        pl.col("url"),
        pl.col("method"),
        pl.coalesce(pl.when(prefix.str.contains(_HOST)).then(prefix.str.replace(r":\d+$", "")), aside).alias(
            "vhost"
        ),
        php.whole(pl.concat_str(pl.col("os").fill_null(""), pl.col("clean"))).alias("reason"),
    )
    return frame.with_columns(*new.get_columns())
