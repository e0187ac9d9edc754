"""Access logs whose lines are JSON objects, as nginx (`escape=json`) and Apache formats write them.

For: the same events as of the combined format. In: lines that are one flat object. Out: `FORMAT`'s split,
`parts`. Never: a key from within a value; a `"` in a value is escaped, so none can pose as one.

Nobody agreed on names, so each field is looked for under those that are in use.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.parsers.family import LineFormat, Stamp
from logscan.parsers.stamps import iso_times

#: field -> its names, the most telling first.
_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "stamp": (
        "time_iso8601",
        "@timestamp",
        "timestamp",
        "time_local",
        "time",
        "datetime",
        "date",
        "ts",
        "msec",
    ),
    "client": ("remote_addr", "remote_ip", "client_ip", "clientip", "remote_host", "client", "ip", "host_ip"),
    "request": ("request", "request_line", "requestLine"),
    "method": ("request_method", "method", "verb", "http_method"),
    "url": ("request_uri", "uri", "url", "path", "request_path"),
    "http_status": ("status", "http_status", "status_code", "response_code", "response", "code"),
    "bytes": ("body_bytes_sent", "bytes_sent", "bytes", "size", "response_size", "length"),
    "referer": ("http_referer", "http_referrer", "referer", "referrer"),
    "user_agent": ("http_user_agent", "user_agent", "useragent", "userAgent", "agent"),
    "duration": ("request_time", "duration", "response_time", "rt", "time_taken"),
    "backend": ("upstream_addr", "upstream", "backend"),
    "vhost": ("server_name", "vhost", "http_host", "host", "virtualhost"),
}
_STRING: Final = r'"((?:[^"\\]|\\.)*)"'
_LOOKS: Final = r'^\s*\{.*[{,]\s*"(?:request|request_uri|request_method|method|uri|url|path|verb|request_line|requestLine)"\s*:'
_STATUS: Final = rf'[{{,]\s*"(?:{"|".join(_KEYS["http_status"])})"\s*:\s*"?[0-9]{{3}}\b'

_COMMON: Final = "%d/%b/%Y:%H:%M:%S %z"
_EPOCH: Final = r"^[0-9]{10}(?:\.[0-9]{1,9})?$"
_EPOCH_MILLIS: Final = r"^[0-9]{13}$"
_IP_LIST: Final = r"^([^,\s]+)"


def value(key: str) -> pl.Expr:
    """The value of a key of the object in `text`: a string without its quotes, a number, null for nothing."""
    string = pl.col("text").str.extract(rf'[{{,]\s*"{key}"\s*:\s*{_STRING}')
    number = pl.col("text").str.extract(rf'[{{,]\s*"{key}"\s*:\s*(-?[0-9][0-9.eE+-]*)')
    return pl.coalesce(string, number)


def found(field: str) -> pl.Expr:
    """The first of a field's names that says something; nginx writes `-` or nothing for nothing."""
    values = (value(key) for key in _KEYS[field])
    return pl.coalesce(pl.when(~each.is_in(["", "-"])).then(each) for each in values)


def failed(text: pl.Series) -> pl.Series:
    """Which lines are objects that tell of a server error."""
    if not text.str.starts_with("{").any():
        return pl.repeat(False, len(text), dtype=pl.Boolean, eager=True)
    status = found("http_status").str.contains("^5[0-9]{2}$").fill_null(value=False)
    return text.alias("text").to_frame().select(pl.col("text").str.starts_with("{") & status).to_series()


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `time` (UTC; null where it cannot be read) and `text`, the whole line."""
    out = frame.with_columns(pl.col("raw").str.strip_suffix("\r").alias("text"))
    return out.with_columns(_times(out.select(found("stamp")).to_series()).alias("time"))


def _times(stamps: pl.Series) -> pl.Series:
    stamp = stamps.alias("stamp").to_frame()
    seconds = pl.when(pl.col("stamp").str.contains(_EPOCH)).then(pl.col("stamp"))
    millis = pl.when(pl.col("stamp").str.contains(_EPOCH_MILLIS)).then(pl.col("stamp"))
    micros = pl.coalesce(
        (seconds.cast(pl.Float64, strict=False) * 1_000_000).round(),
        millis.cast(pl.Float64, strict=False) * 1000,
    )
    return stamp.select(
        pl.coalesce(
            iso_times(stamps).dt.replace_time_zone("UTC"),
            pl.col("stamp").str.to_datetime(_COMMON, time_unit="us", time_zone="UTC", strict=False),
            micros.cast(pl.Int64).cast(pl.Datetime("us", "UTC")),
        )
    ).to_series()


def parts(text: pl.Series) -> pl.DataFrame:
    """Return head (the client), request, method, url, http_status, bytes, referer, user_agent, duration, backend, vhost."""
    columns = [found(field).alias(field) for field in _KEYS if field != "stamp"]
    out = text.alias("text").to_frame().select(columns)
    # `127.0.0.1:9000, 127.0.0.1:9001`: tried one after the other; the last one gave the answer
    last = pl.col("backend").str.extract(r"([^,\s]+)\s*$").str.strip_chars_end(":")
    return out.with_columns(
        pl.col("client").str.extract(_IP_LIST).alias("head"),
        pl.col("duration").cast(pl.Float64, strict=False),
        last.alias("backend"),
        pl.col("vhost").str.replace(r":\d+$", ""),
        *(_plain(name) for name in ("request", "url", "referer", "user_agent")),
    ).drop("client")


def _plain(name: str) -> pl.Expr:
    r"""The value with `\/`, `\"` and `\\` as they were; `\n` and `\u0016` stay spelled out."""
    return pl.col(name).str.replace_all(r'\\(["\\/])', "$1").alias(name)


FORMAT: Final = LineFormat(
    name="access-json",
    stamp=Stamp.ZONED,
    looks=pl.col("raw").str.contains(_LOOKS) & pl.col("raw").str.contains(_STATUS),
    split=_split,
)
