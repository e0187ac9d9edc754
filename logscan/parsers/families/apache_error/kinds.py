"""What a record of an Apache error log says, and how bad it is.

For: every record. In: the column `text`. Out: `kinds`, which adds `kind`, `severity`, `everyday`.
Never: lets a client's words decide; a message is recognised by how it begins.

The level decides unless the words are known: `fastcgi-error` for what concerns a FastCGI, CGI or
mod_proxy_fcgi back end, `lifecycle` (always info) for starts and stops, `error` for the few disasters
that are logged as notice. Lines without a level are a worker's or httpd's own standard error; words of
trouble make them an `error` of severity warning, for nobody said how bad they are.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Kind, Severity
from logscan.parsers.families.apache_error.anatomy import BEFORE, mark, message, module

_BACKEND_MODULES: Final = ("fastcgi", "fcgid", "proxy_fcgi", "cgi", "cgid")

#: A back end's trouble that core, mod_proxy or a nameless module tells.
_BACKEND: Final = (
    rf"{BEFORE}(?:FastCGI:|mod_fcgid:|(?:proxy: )?FCGI:|ap_proxy_connect_backend disabling worker"
    r"|Premature end of script headers|End of script output before headers|malformed header from script"
    r"|Script timed out before returning headers|Timeout waiting for output from CGI script"
    r"|exec of '|couldn't (?:create|spawn) child process|Options ExecCGI is off"
    r"|file permissions deny server execution)"
)
#: mod_proxy_fcgi's, where an ErrorLogFormat leaves the module out.
_FCGI_CODES: Final = r"^(?:\([^)]*\)[^:]*: )?AH(?:0105[5-9]|010[67][0-9]|0253[4-9]): "
#: Said by CGI modules about a URL that a client made up.
_NO_BACKEND: Final = (
    rf"{BEFORE}(?:script not found or unable to stat|attempt to invoke directory as script"
    r"|attempt to include NPH CGI script)"
)

#: Starts, stops and what belongs to them.
_LIFECYCLE: Final = (
    rf"{BEFORE}(?:Apache\S* .*configured -- resuming normal operations"
    r"|Command line: |Server built: |caught \S+, shutting down|Graceful restart requested"
    r"|\S+ received\.\s+(?:Doing graceful restart|Attempting to restart)|removed PID file "
    r"|suEXEC mechanism enabled|Digest: (?:generating secret|done)|Init(?::|ializing)"
    r"|mod_ssl/\S+ compiled against|ModSecurity\b.* (?:configured|loaded|compiled)"
    # mod_fastcgi logs its starts as warnings, mod_fcgid's process ends are everyday life.
    r"|FastCGI: (?:process manager initialized|wrapper mechanism enabled|Termination event received)"
    r'|FastCGI:.* server "[^"]*" (?:\(uid \d+, gid \d+\) )?(?:re)?started \(pid \d+\)'
    r'|FastCGI:.* server "[^"]*" has remained running for more than'
    r'|FastCGI: restarting old server |FastCGI: \(dynamic\) server "[^"]*" \(pid \d+\) termination signaled'
    r"|FastCGI:.* server \"[^\"]*\" \(pid \d+\) terminated by calling exit with status '0'"
    r"|mod_fcgid: Process manager \d+ (?:started|stopped)|mod_fcgid: server .*\bstarted$"
    r"|mod_fcgid: process .*\(\d+\) exit\([^)]*\), (?:terminated by calling exit|get stop signal)"
    r"|mod_fcgid: cleanup zombie process)"
)

#: Worse than the level that they are logged with.
_CRASH: Final = (
    rf"{BEFORE}(?:child pid \d+ exit signal|seg fault or similar nasty error"
    r"|mod_fcgid: process .*\(\d+\) exit\([^)]*\), get (?:unexpected )?signal \d+"
    # mod_fcgid found it dead: it has not killed it itself
    r"|mod_fcgid: process .*\(\d+\) exit\((?:connect error|server exited)\), get stop signal 9\b"
    r"|piped log program .* failed|piped_log_spawn|make_sock: (?:could not bind|unable to listen)"
    r"|(?:Pre-c|C)onfiguration (?:check )?(?:failed|Failed)|Unable to open logs|Syntax error on line \d+ of)"
)
_BUSY: Final = rf"{BEFORE}server seems busy"

#: A line inside a traceback, to which mod_fcgid gives a header of its own: what it is part of is told by the first.
_INNER: Final = r"^mod_fcgid: stderr: {3,}\S"

#: Words of trouble in a line that nobody gave a level.
_TROUBLE: Final = (
    r"(?i)error|fail|fatal|cannot|can't|could not|couldn't|unable|no such|not found|denied|refused|abort"
    r"|traceback|exception|segmentation|out of memory|timed? ?out|undefined|invalid|corrupt|panic|killed|warning"
)

#: What mod_fastcgi's `incomplete headers` is the echo of, when it stands right before it.
_ECHOED: Final = r'FastCGI: (?:failed to connect to server "|comm with server "[^"]*" aborted: idle timeout)'

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


def _by_level(index: int) -> pl.Expr:
    words = {level: pair[index].value for level, pair in _LEVELS.items()}
    default = (Kind.OTHER, Severity.INFO)[index].value
    return pl.col("level").replace_strict(words, default=default, return_dtype=pl.String)


def _classified(distinct: pl.DataFrame) -> pl.DataFrame:
    """Return mark, message, kind, severity for distinct pairs of mark and message."""
    said, level = pl.col("message"), pl.col("level")
    logged = pl.col("mark").str.extract("^(.*):")
    known = distinct.with_columns(
        pl.col("mark").str.extract("([^:]*)$").alias("level"), module(logged, said).alias("module")
    ).with_columns(
        level.str.contains("^(?:debug|trace)").fill_null(False).alias("quiet"),
        said.str.contains(_CRASH).alias("crash"),
        (
            level.is_in(["warn", "notice", "info"])
            & said.str.contains(_LIFECYCLE)
            & ~said.str.contains(_CRASH)
        ).alias("lifecycle"),
        ((level == "info") & said.str.contains(_BUSY)).alias("busy"),
        (
            (pl.col("module").is_in(_BACKEND_MODULES) & ~said.str.contains(_NO_BACKEND))
            | said.str.contains(_BACKEND)
            | said.str.contains(_FCGI_CODES)
        ).alias("backend"),
        said.str.contains(_INNER).alias("inner"),
        (level.is_null() & (said.str.contains(_TROUBLE) | said.str.contains(_BACKEND))).alias("trouble"),
    )
    kind = (
        pl.when(pl.col("quiet")).then(pl.lit(Kind.OTHER.value))
        .when(pl.col("lifecycle")).then(pl.lit(Kind.LIFECYCLE.value))
        .when(pl.col("backend")).then(pl.lit(Kind.FASTCGI_ERROR.value))
        .when(pl.col("crash") | pl.col("trouble")).then(pl.lit(Kind.ERROR.value))
        .when(pl.col("busy")).then(pl.lit(Kind.WARNING.value))
        .otherwise(_by_level(0))
    )  # fmt: skip
    severity = (
        pl.when(pl.col("quiet") | pl.col("lifecycle") | pl.col("inner")).then(pl.lit(Severity.INFO.value))
        .when(pl.col("crash") & ~level.is_in(["emerg", "alert", "crit"]).fill_null(False))
        .then(pl.lit(Severity.ERROR.value))
        .when(pl.col("trouble")).then(pl.lit(Severity.WARNING.value))
        .otherwise(_by_level(1))
    )  # fmt: skip
    return known.select("mark", "message", kind.alias("kind"), severity.alias("severity"))


def kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `kind`, `severity` and `everyday` (never: an error log holds no chatter).

    The same messages come again and again, so each distinct one is judged once.
    """
    key = frame.select(mark().alias("mark"), message().alias("message"))
    judged = key.join(
        _classified(key.unique()), on=["mark", "message"], how="left", nulls_equal=True, maintain_order="left"
    )
    echo = frame.select(_echo()).to_series() if "before" in frame.columns else pl.lit(False)
    return frame.with_columns(
        judged["kind"],
        pl.when(echo).then(pl.lit(Severity.INFO.value)).otherwise(judged["severity"]).alias("severity"),
        pl.lit(False).alias("everyday"),
    )


def _echo() -> pl.Expr:
    """True where mod_fastcgi says once more, in general words, what the line before said exactly.

    After every failed connect and every idle timeout it adds `incomplete headers (0 bytes)` for the
    same request: not another failure, and not a worker that closed the connection.
    """
    said = pl.col("text").str.contains("FastCGI: incomplete headers (", literal=True)
    cause = pl.col("before").str.contains(_ECHOED)
    client = r"\[client ([^\]]+)\]"
    same = pl.col("text").str.extract(client, 1) == pl.col("before").str.extract(client, 1)
    server = r'server "([^"]*)"'
    return (
        said
        & cause
        & same
        & (pl.col("text").str.extract(server, 1) == pl.col("before").str.extract(server, 1))
    )
