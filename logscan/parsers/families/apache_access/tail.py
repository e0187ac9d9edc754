"""What an access log adds to the combined format: times, the back end, the virtual host.

For: `duration`, `backend`, `vhost` of logs whose format nobody told us. In: the words between size and referer,
and those behind the user agent. Out: `told`. Never: a number whose unit is not certain; the
words of a quoted field that stands alone, for a client may have written them (X-Forwarded-For).

The grammar, first what has a name, then what has a form of its own:
`rt=0.123`, `request_time=0.123`: seconds. `D=1500`, `us=1500`, `1500us`, `**0/1500**`, `0/1500`, `0 1500`: microseconds.
`0.123`: nginx's request_time, the upstream's times behind it. One whole number of 1000 or more behind everything:
Apache's %D; a smaller one may be seconds (%T) as well, so it says nothing, and neither do the two
of `%I %O`. `upstream=A`, `unix:/path`, `192.0.2.1:80`: the back end. A bare name with a dot: the host.
"""

from __future__ import annotations

from typing import Final

import polars as pl

_QUOTED: Final = r'(?:[^"\\]|\\.)*'
_ALONE: Final = rf'(^|\s)"{_QUOTED}"'
#: The very last resort: a quoted number with three decimals is how nginx prints its times.
_QUOTED_TIME: Final = r'(?:^|\s)"([0-9]+\.[0-9]{3})"'

_NAME: Final = r"(?:^|[\s,;|])"
_SECONDS: Final = rf'{_NAME}(?:rt|request_time|req_time|reqtime|duration|took)[=:]"?([0-9]+\.[0-9]+)'
_MICROS: Final = rf'{_NAME}(?:D|us|usec|micros|time_us|duration_us)[=:]"?([0-9]+)\b'
_MILLIS: Final = rf'{_NAME}(?:ms|msec|time_ms|duration_ms)[=:]"?([0-9]+)\b'
_UNIT_MICROS: Final = r"(?:^|\s)(?:[a-z_]+[=:])?([0-9]+)us(?:\s|$)"
_UNIT_MILLIS: Final = r"(?:^|\s)(?:[a-z_]+[=:])?([0-9]+)ms(?:\s|$)"
_DECIMAL: Final = r"(?:^|\s)([0-9]+\.[0-9]{1,6})(?:[\s,]|$)"
_PAIR: Final = r"(?:^|\s)(?:\*\*)?(?P<whole>[0-9]{1,6})/(?P<micros>[0-9]{1,12})(?:\*\*)?(?:\s|$)"
#: Numbers without anything else between and behind them.
_NUMBERS: Final = r"(?:^|\s)(?:(?P<a>[0-9]{1,12}) )??(?:(?P<b>[0-9]{1,12}) )?(?P<c>[0-9]{1,12})\s*$"

_BACKEND: Final = rf'{_NAME}(?:upstream_addr|upstream|uaddr|backend|to)[=:]\s*"?([^\s",]+(?:, [^\s",]+)*)'
#: Tried one after the other; the last one gave the answer.
_LAST: Final = r"([^,\s]+)$"
_SOCKET: Final = r"(?:^|\s)(unix:/[^\s,:]+|[0-9]{1,3}(?:\.[0-9]{1,3}){3}:[0-9]{1,5}|\[[0-9A-Fa-f:]+\]:[0-9]{1,5})(?:[\s,:]|$)"
_HOST: Final = (
    rf'{_NAME}(?:host|vhost|server_name|sn|http_host)[=:]"?([A-Za-z0-9.-]+)'
    r"|(?:^|\s)((?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]*)(?::[0-9]+)?(?:\s|$)"
)
_THOUSAND: Final = 1000
_MILLION: Final = 1_000_000


def told(more: pl.Series) -> pl.DataFrame:
    """Return `duration` in seconds, `backend` and `vhost` of the words that a format adds; null where unknown."""
    if not (more.fill_null("") != "").any():
        nothing = pl.Series([None], dtype=pl.String)
        return pl.DataFrame(
            {
                "duration": nothing.cast(pl.Float64).new_from_index(0, len(more)),
                "backend": nothing.new_from_index(0, len(more)),
                "vhost": nothing.new_from_index(0, len(more)),
            }
        )
    words = more.alias("more").to_frame()
    bare = pl.col("more").str.replace_all(_ALONE, "$1").str.strip_chars(" ").alias("bare")
    words = words.with_columns(bare)
    words = words.with_columns(
        pl.col("bare").str.extract_groups(_PAIR).alias("_pair"),
        pl.col("bare").str.extract_groups(_NUMBERS).alias("_numbers"),
    ).unnest("_pair", "_numbers")
    return words.select(
        _duration().alias("duration"),
        _backend().alias("backend"),
        pl.coalesce(pl.col("bare").str.extract(_HOST, 1), pl.col("bare").str.extract(_HOST, 2)).alias(
            "vhost"
        ),
    )


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int64, strict=False)


def _read(pattern: str, per_second: int = 1) -> pl.Expr:
    return pl.col("bare").str.extract(pattern).cast(pl.Float64, strict=False) / per_second


def _duration() -> pl.Expr:
    pair = pl.when(_number("micros") // _MILLION == _number("whole")).then(_number("micros") / _MILLION)
    last = _number("c")
    # %T %D, the same time twice; or %D alone, or behind %I %O
    twice = pl.col("a").is_null() & pl.col("b").is_not_null() & (last // _MILLION == _number("b"))
    alone = pl.col("b").is_null() | pl.col("a").is_not_null()
    micros = pl.when((twice | alone) & (last >= _THOUSAND)).then(last / _MILLION)
    zero = pl.when(alone & (last == 0)).then(0.0)
    return pl.coalesce(
        _read(_SECONDS),
        _read(_MICROS, _MILLION),
        _read(_MILLIS, _THOUSAND),
        _read(_UNIT_MICROS, _MILLION),
        _read(_UNIT_MILLIS, _THOUSAND),
        _read(_DECIMAL),
        pair,
        micros,
        zero,
        pl.col("more").str.extract(_QUOTED_TIME).cast(pl.Float64, strict=False),
    )


def _backend() -> pl.Expr:
    named = pl.col("bare").str.extract(_BACKEND)
    last = named.str.extract(_LAST).str.strip_chars_end(":")
    return pl.coalesce(pl.when(named != "-").then(last), pl.col("bare").str.extract(_SOCKET))
