"""The parts of an Apache error record behind its time stamp.

For: kinds and fields, which must agree. In: the column `text`. Out: `message`, `mark`, `head`.
Never: reads what a client sent before what the server put in front of it; every part is
anchored at the beginning of the text.
Source: httpd 2.2 and 2.4 server/log.c (do_errorlog_default and its predecessor).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.parsers.families.apache_error.header import LEVEL, MODULE, PREFIX

#: (104) ... Windows writes `(OS 10061)`, resolvers `(EAI 2)`.
_OS: Final = r"\((?:OS |EAI )?-?[0-9]+\)"

#: What an ErrorLogFormat may put around the level: thread, ids of the connection and the request, the host.
#: A bare id of the connection is one only before an id with a letter.
_ASIDE: Final = (
    r"(?:\[(?:tid [0-9]+|(?:vhost|server|host) [^\[\]]*)\] ?"
    r"|(?:\[[A-Za-z0-9+/@-]{8,30}\] ?)?\[[RCL]:[^\[\]]*\] ?)"
)
_PID: Final = r"(?:\[pid (?P<pid>[0-9]+)(?::tid [0-9]+)?\] ?)"

#: 2.2: [level] [client A] (errno)text: message
#: 2.4: [module:level] [pid N:tid M] file.c(1): (errno)text: [client A:port] AH00000: message
#: Lines of mod_proxy have no client, or `[remote A:port]`, the back end; ids of the connection and
#: the request `[C:..] [R:..]` may be configured.
_HEAD: Final = (
    rf"(?s)^(?P<prefix>{PREFIX})??(?:\[(?:pid|tid) [^\[\]]*\] ?){{0,2}}"
    rf"\[(?:(?P<module>{MODULE})(?P<new>:))?(?P<level>{LEVEL})\] ?"
    rf"(?:{_PID}|{_ASIDE})*"
    r"(?:[A-Za-z0-9_.-]+\.[ch](?:pp)?\([0-9]+\): ?)?"
    rf"(?:(?P<os>{_OS}[^\[]*?: )?\[(?P<who>client|remote) (?P<peer>\[[^\[\]]*\](?::[0-9]+)?|[^\[\]]*)\] ?)?"
)
_MARK: Final = rf"^{PREFIX}??(?:\[(?:pid|tid) [^\[\]]*\] ?){{0,2}}\[((?:{MODULE}:)?{LEVEL})\]"

#: What may stand before the words of a message.
BEFORE: Final = rf"(?s)^(?:{_OS}[^:]*: )?(?:AH[0-9]+: )?"
NUMBER: Final = r"^\((?:OS )?([0-9]+)\)"

#: mod_fastcgi logs without a module in 2.2 and, some lines, in 2.4 (`[:warn]`): its own words tell.
_SPEAKERS: Final = {"FastCGI": "fastcgi", "mod_fcgid": "fcgid", "proxy": "proxy"}
_SPEAKER: Final = rf"^(?:{_OS}[^:]*: )?(FastCGI|mod_fcgid|proxy):"


#: `[client %a]` with an unescaped blank, of a line that has no client: httpd leaves the beginning.
_HALF_CLIENT: Final = rf"(?s)^(?P<os>(?:{_OS}[^\[]*?: )?)\[client (?P<code>AH[0-9]+: )"


def message() -> pl.Expr:
    """What follows level, process and client, with the referer; the whole text where no level stands."""
    return pl.col("text").str.replace(_HEAD, "").str.replace(_HALF_CLIENT, "$os$code")


def mark() -> pl.Expr:
    """`module:level`, `:level` or `level` as the text has it, else null."""
    return pl.col("text").str.extract(_MARK)


def module(logged: pl.Expr, said: pl.Expr) -> pl.Expr:
    """The module as logged, or the one whose own words the message `said` begins with."""
    speaker = said.str.extract(_SPEAKER).replace_strict(_SPEAKERS, default=None, return_dtype=pl.String)
    return pl.coalesce(pl.when(~logged.is_in(["", "-"])).then(logged), speaker)


def head(text: pl.Series, said: pl.Series) -> pl.DataFrame:
    """Return prefix, module, new, level, pid, os, who, peer: what stands before the messages `said`.

    All null where no level stands. new: ":" when the level has a module before it, as 2.4 writes it.
    os: `(errno)text: ` when it stands before the client.
    """
    before = pl.col("text").str.head(text.str.len_chars() - said.str.len_chars())
    return text.alias("text").to_frame().select(before.str.extract_groups(_HEAD)).unnest("text")
