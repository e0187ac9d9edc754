"""nginx's error log: what its workers, its back ends and its own start had to say.

For: outages of a webmail behind nginx, and why. In: lines of error.log, or what nginx said to syslog or
to a terminal. Out: `FAMILY`. Never: takes a client's words for the server's where nginx puts them apart.

`text` begins with the level, `[error] 123#123: *45 connect() ...`. nginx writes what a FastCGI server
says on standard error as it comes, so one record may have several lines: everything without a
stamp goes on with the record before it.
Source: nginx 1.0 to 1.31, src/core/ngx_log.c, src/http/ngx_http_request.c (ngx_http_log_error_handler),
ngx_http_upstream.c, ngx_http_fastcgi_module.c.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers import php
from logscan.parsers.family import Family, GoesOn, LineFormat, Stamp

_STAMP: Final = r"[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
_LEVEL: Final = r"(?:emerg|alert|crit|error|warn|notice|info|debug)"
#: What a crash or an editor leaves in front of a line: NULs, a byte order mark.
_DIRT: Final = "\x00\ufeff"
_LOOKS: Final = rf"^[{_DIRT}]*{_STAMP} \[{_LEVEL}\] "
#: `nginx -t` and what a unit's journal has of a start that failed.
_BARE: Final = rf"^nginx: (?:\[{_LEVEL}\] |(?:the )?configuration file )"
_STAMP_LENGTH: Final = 19

#: syslog may pass the stamp and the name again.
_HEAD: Final = (
    rf"^(?:{_STAMP} )?(?:nginx: )?\[(?P<level>{_LEVEL})\] (?:(?P<pid>[0-9]+)#[0-9]+: )?(?:\*[0-9]+ )?"
)
#: What nginx adds about the request. A path in the message may hold the same words, unescaped and
#: without end; a client can spoil the fields of its own line with that, and of no other.
_CONTEXT: Final = (
    r"(?s), client: (?P<client>[^,\"\s]+)(?:, server: (?P<server>[^,\"]*))?"
    r"(?:, request: \"(?P<request>.*?)\")?(?:, subrequest: \"(?P<sub>.*?)\")?"
    r"(?:, upstream: \"(?P<upstream>.*?)\")?(?:, host: \"(?P<host>[^\"]*)\")?"
    r"(?:, referrer: \"(?P<referer>.*)\")?\s*$"
)
#: Behind the message, whatever comes of the context.
_BEHIND: Final = r"(?s), (?:client: \S|server: [^,\"]*, request: \"|upstream: \"|request: \"[A-Z]+ ).*$"
_REQUEST: Final = r"(?s)^(?P<method>[A-Za-z][A-Za-z_-]{0,31}) (?P<url>.*?)(?: HTTP/\d(?:\.\d)?)?$"
_IP: Final = r"^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$"

#: `_`, nothing, or before the request is known the address that it came in at.
_NO_NAME: Final = r"^(?:_?|[0-9.]+(?::[0-9]+)?|\[[0-9A-Fa-f:.]+\](?::[0-9]+)?)$"

_ERRNO: Final = r"(?:failed|timed out|is not found|is forbidden) \(([0-9]+): "
#: `fastcgi://unix:/run/php.sock:`, `http://127.0.0.1:8080/path`, a name given by `upstream`.
_SOCKET: Final = r"^(?:[a-z]+://)?(unix:[^:]+)"
_ADDRESS: Final = r"^(?:[a-z]+://)?(\[[0-9A-Fa-f:.]+\](?::[0-9]+)?|[^/\s\[\]]+)"
_CONNECTING: Final = r"^connect\(\) to (\S+) failed"

#: A back end's trouble.
_BACKEND: Final = (
    r"(?s)^(?:FastCGI sent in stderr: |upstream |no live upstreams|no suitable upstream|too many upstream|no upstream"
    r"|invalid (?:number of )?upstream|connect\(\) to \S+ failed .* while connecting to upstream"
    r"|an upstream response is buffered|connect\(\) failed .* while connecting to upstream)"
    r"|while (?:connecting to|sending (?:request|to)|reading (?:response header from|upstream)|proxying)[a-z ,]*upstream"
    r"|while (?:connecting to|reading response header from|sending request to|reading|SSL handshaking to) upstream"
    r"|could not be resolved .*upstream"
)
#: The server's own trouble, whatever it was about to do.
_FULL: Final = r"^[0-9]+ worker_connections are not enough|\((?:24|23|28): "
#: A reload, a rotation, a planned end: everyday life of a server.
_LIFECYCLE: Final = (
    r"^(?:signal (?:process started|[0-9]+ \(SIG[A-Z0-9]+\) received)|start (?:worker|cache manager|cache loader) process"
    r"|(?:gracefully )?(?:exiting|shutting down)|exit$|worker process [0-9]+ exited with code 0"
    r"|(?:cache manager|cache loader) process [0-9]+ exited with code 0|unknown process [0-9]+ exited with code 0"
    r"|cache manager exited|reconfiguring|reopening logs|changing binary|using the \"|nginx/[0-9]|built by |built with "
    r"|OS: |getrlimit\(|using inherited sockets|start new binary process|sigio|BIO|new binary process [0-9]+ exited"
    r"|http file cache: |the configuration file .* syntax is ok|configuration file .* test is successful)"
)
#: A worker died, or a start failed: logged as notice, or in words that every level may have.
_CRASH: Final = r"^(?:worker process|cache manager process|cache loader process) [0-9]+ exited (?:on signal|with (?:fatal )?code [1-9])"
_NO_LOGIN: Final = (
    r"^user \".*\": password mismatch|^user \".*\" was not found in |^no user/password was provided"
)
#: What clients do: they hang up, they knock with broken TLS, they ask for what is not there.
_CLIENT: Final = (
    r"(?s)^(?:client (?:sent|closed|timed out|prematurely)|SSL_(?:do_handshake|read|shutdown)\(\) failed .* while (?:SSL handshaking|"
    r"processing HTTP/2|waiting for request|keepalive|closing|reading client|in )|peer closed connection in SSL handshake"
    r"|(?:recv|send|writev|accept4?)\(\) failed \((?:104|32|103): |access forbidden by rule|invalid method|no host in request"
    r"|open\(\) \".*\" failed \(2: |\".*\" (?:is not found \(2: |is forbidden \()|directory index of \".*\" is forbidden"
    r"|could not find named location|limiting (?:requests|connections)|delaying request"
    r"|open socket #[0-9]+ left in connection|aborting$|connection reset by peer|client intended to send too large)"
)

#: level -> kind, severity
_LEVELS: Final = {
    "emerg": (Kind.FATAL, Severity.CRITICAL),
    "alert": (Kind.FATAL, Severity.CRITICAL),
    "crit": (Kind.FATAL, Severity.CRITICAL),
    "error": (Kind.ERROR, Severity.ERROR),
    "warn": (Kind.WARNING, Severity.WARNING),
    "notice": (Kind.OTHER, Severity.INFO),
    "info": (Kind.OTHER, Severity.INFO),
}


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `time` (naive, local), `pid` and `text`, from the level on."""
    line = _clean()
    return frame.with_columns(
        line.str.slice(0, _STAMP_LENGTH)
        .str.to_datetime("%Y/%m/%d %H:%M:%S", time_unit="us", strict=False)
        .alias("time"),
        line.str.slice(_STAMP_LENGTH + 1).alias("text"),
    ).with_columns(_pid())


def _split_bare(frame: pl.DataFrame) -> pl.DataFrame:
    none = pl.lit(None, dtype=pl.Datetime("us")).alias("time")
    return frame.with_columns(none, _clean().str.strip_prefix("nginx: ").alias("text")).with_columns(_pid())


def _clean() -> pl.Expr:
    return pl.col("raw").str.strip_chars_start(_DIRT).str.strip_suffix("\r")


def _pid() -> pl.Expr:
    return pl.col("text").str.extract(r"^\[[a-z]+\] ([0-9]+)#").cast(pl.Int64, strict=False).alias("pid")


def _parts(text: pl.Series) -> pl.DataFrame:
    """Return level, pid, and `said`: the message with what follows it, the whole text where no level stands."""
    head = pl.col("text").str.extract_groups(_HEAD)
    return (
        text.alias("text")
        .to_frame()
        .select(head.alias("_"), pl.col("text").str.replace(_HEAD, "").alias("said"))
        .unnest("_")
    )


def _message() -> pl.Expr:
    """What nginx says, without what follows about the request."""
    alone = pl.col("said").str.replace(_CONTEXT, "")
    whole = alone.str.len_bytes() == pl.col("said").str.len_bytes()
    return pl.when(whole).then(alone.str.replace(_BEHIND, "")).otherwise(alone)


def _level(place: int) -> pl.Expr:
    words = {level: pair[place].value for level, pair in _LEVELS.items()}
    default = (Kind.OTHER, Severity.INFO)[place].value
    return pl.col("level").replace_strict(words, default=default, return_dtype=pl.String)


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `kind`, `severity` and `everyday` (never)."""
    part = _parts(frame["text"]).with_columns(_message().alias("message"))
    message = pl.col("message")
    _, php_severity = php.loudest(message)
    stderr = message.str.starts_with("FastCGI sent in stderr: ")
    quiet = pl.col("level") == "debug"
    lifecycle = pl.col("level").fill_null("info").is_in(["notice", "info"]) & message.str.contains(_LIFECYCLE)
    backend = message.str.contains(_BACKEND) & ~message.str.contains(_FULL)
    crash = message.str.contains(_CRASH)
    login = message.str.contains(_NO_LOGIN)
    noise = message.str.contains(_CLIENT) & ~backend
    kind = (
        pl.when(quiet).then(pl.lit(Kind.OTHER.value))
        .when(lifecycle).then(pl.lit(Kind.LIFECYCLE.value))
        .when(backend).then(pl.lit(Kind.FASTCGI_ERROR.value))
        .when(login).then(pl.lit(Kind.AUTH_FAILURE.value))
        .when(crash).then(pl.lit(Kind.ERROR.value))
        .when(noise & pl.col("level").is_in(["crit", "alert"])).then(pl.lit(Kind.WARNING.value))
        .otherwise(_level(0))
    )  # fmt: skip
    severity = (
        pl.when(quiet | lifecycle).then(pl.lit(Severity.INFO.value))
        .when(stderr & php_severity.is_not_null()).then(php_severity)
        .when(stderr).then(pl.lit(Severity.WARNING.value))
        .when(crash).then(pl.lit(Severity.ERROR.value))
        .when((noise | login) & ~pl.col("level").is_in(["notice", "info"])).then(pl.lit(Severity.NOTICE.value))
        .otherwise(_level(1))
    )  # fmt: skip
    new = part.select(kind.alias("kind"), severity.alias("severity"), pl.lit(value=False).alias("everyday"))
    return frame.with_columns(*new.get_columns())


def _backend() -> pl.Expr:
    """Socket or address, without scheme, path and the colon behind a socket's path."""
    told = pl.coalesce("upstream", pl.col("message").str.extract(_CONNECTING))
    return pl.coalesce(told.str.extract(_SOCKET), told.str.extract(_ADDRESS))


def _vhost() -> pl.Expr:
    """The server's name; where it has none, the name that the client asked for."""
    server = pl.when(~pl.col("server").str.contains(_NO_NAME)).then(pl.col("server"))
    return pl.coalesce(server, pl.col("host").str.replace(r":\d+$", ""))


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction, client, errno, method, url, vhost, referer, backend, reason.

    `reason` is the message with `while connecting to upstream`, without what follows about the request
    and without a stack trace.
    """
    part = _parts(frame["text"])
    said = part["said"]
    around = said.alias("said").to_frame().select(pl.col("said").str.extract_groups(_CONTEXT).alias("_"))
    whole = pl.concat([part, around.unnest("_")], how="horizontal").with_columns(
        _message().alias("message"),
        # a line that was cut has no end to tell the parts by
        pl.when(pl.col("client").is_null())
        .then(pl.col("said").str.extract(r', upstream: "([^"]*)"'))
        .otherwise("upstream")
        .alias("upstream"),
    )
    whole = whole.with_columns(pl.col("request").str.extract_groups(_REQUEST).alias("_r")).unnest("_r")
    is_ip = pl.col("client").str.contains(_IP)
    new = whole.select(
        pl.lit(Direction.LOCAL.value).alias("direction"),
        pl.when(is_ip).then(pl.col("client")).alias("client_ip"),
        pl.when(~is_ip & ~pl.col("client").str.starts_with("unix:"))
        .then(pl.col("client"))
        .alias("client_name"),
        pl.col("message").str.extract(_ERRNO).cast(pl.Int64, strict=False).alias("errno"),
        pl.col("method"),
        pl.col("url"),
        _vhost().alias("vhost"),
        pl.col("referer"),
        _backend().alias("backend"),
        pl.col("pid").cast(pl.Int64, strict=False),
        php.said(pl.col("message")).alias("reason"),
    )
    if "pid" in frame.columns:
        new = new.with_columns(pl.coalesce(new["pid"], frame["pid"]).alias("pid"))
    return frame.with_columns(*new.get_columns())


FAMILY: Final = Family(
    name=Name.NGINX_ERROR,
    programs=r"^nginx$",
    formats=(
        LineFormat(
            name="nginx-error",
            stamp=Stamp.LOCAL,
            looks=pl.col("raw").str.contains(_LOOKS),
            split=_split,
            goes_on=GoesOn(),
        ),
        LineFormat(
            name="nginx-error-bare",
            stamp=Stamp.LOCAL,
            looks=pl.col("raw").str.contains(_BARE),
            split=_split_bare,
        ),
    ),
    kinds=_kinds,
    fields=_fields,
)
