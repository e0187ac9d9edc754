"""Lines of the common, combined and vhost_combined formats, and what is built on them.

For: most access logs. In: lines; `text`, the whole line. Out: `FORMATS`, `kinds`, `fields`.
Never: trusts a client's quotes; servers escape a `"` inside a field, so `] "` ends the header and
nothing that a client sends can.
Source: httpd's mod_log_config; nginx's ngx_http_log_module (`combined`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.parsers.families.apache_access import objects, tail
from logscan.parsers.family import LineFormat, Look, Stamp
from logscan.parsers.stamps import each_run, iso_times

#: A character of a quoted field, or an escaped one.
_QUOTED: Final = r'(?:[^"\\]|\\.)*'
_STAMP: Final = r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}"
#: nginx's $time_iso8601, Apache's %{%Y-%m-%dT%H:%M:%S%z}t.
_ISO_STAMP: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})? ?(?:[+-]\d\d:?\d\d|Z)"
_ANY_STAMP: Final = rf"(?:{_STAMP}|{_ISO_STAMP})"
_IP: Final = r"^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$"

#: What a crash or an editor leaves in front of a line: NULs, a byte order mark.
_DIRT: Final = "\x00\ufeff"
#: [vhost] client - user; a user name may hold blanks. Or an ident server's answer in place of `-`. A
#: request that came through syslog has more words in front and is syslog's.
_BEFORE: Final = rf"^(?:\S+ (?:\S+ )?- {_QUOTED}|\S+ \S+ \S+ )"
_LOOKS: Final = rf'{_BEFORE}\[{_STAMP}\] "'
_ISO_LOOKS: Final = rf'{_BEFORE}\[{_ISO_STAMP}\] "'
_STAMP_FORMAT: Final = '%d/%b/%Y:%H:%M:%S %z] "'
#: Length of what `_STAMP_FORMAT` reads.
_STAMP_LENGTH: Final = 29

#: What is known of everyday lines at a glance: none of their fields holds a bracket, a quote or a backslash.
_SITE: Final = r"(?:[0-9A-Za-z._-]+:[0-9]+ )?"
_PLAIN: Final = r'[^"\\\x00-\x1f]*'
_BEGINS: Final = (
    rf"^{_SITE}[0-9A-Za-z.:_-]+ - [0-9A-Za-z.@_+-]+ \[[0-9]{{2}}/[A-Z][a-z]{{2}}/[0-9]{{4}}:[0-9:]{{8}} [+-][0-9]{{4}}\] "
    r'"[A-Z]+ /[^ "\\\x00-\x1f]* HTTP/(?:1\.[01]|2(?:\.0)?|3(?:\.0)?)" '
)
_LOOK: Final = f"{_BEGINS}[1-4][0-9]{{2}} "
_WHOLE: Final = rf'{_BEGINS}[1-5][0-9]{{2}} (?:[0-9]+|-)(?: "{_PLAIN}" "{_PLAIN}")?$'

_SERVER_ERROR: Final = rf'^{_QUOTED}"{_QUOTED}" 5\d\d(?: |$)'

#: The whole line; what is missing at the end of a cut line stays null.
_LINE: Final = (
    rf'(?s)^(?P<head>{_QUOTED}?) \[{_ANY_STAMP}\] "(?P<request>{_QUOTED})'
    rf'(?:" (?P<http_status>\d{{3}}|-)(?: (?P<bytes>\d+|-)(?P<mid>(?: [^ "]+)*)'
    rf'(?: "(?P<referer>{_QUOTED})" "(?P<user_agent>{_QUOTED})"(?P<tail>.*))?)?)?'
)
#: What both kinds of lines have of it.
_SAID: Final = ("method", "url", "http_status", "bytes", "referer", "user_agent")
#: What a format adds: between size and referer, and behind the user agent.
_MORE: Final = tuple(pl.col(name).fill_null("").str.strip_chars(" ").alias(name) for name in ("mid", "tail"))
_METHOD: Final = r"^[A-Za-z][A-Za-z_-]{0,31}$"
_VERSIONS: Final = ("HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/2.0", "HTTP/3", "HTTP/3.0")
#: Method and target of a request line; HTTP/0.9 had no version. Binary rubbish does not match.
_REQUEST: Final = r"(?s)^(?P<method>[A-Za-z][A-Za-z_-]{0,31}) (?P<url>.*?)(?: HTTP/\d(?:\.\d)?)?$"

_PARTS: Final = ("head", "method", "url", "http_status", "bytes", "referer", "user_agent", "mid", "tail")


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `time` (UTC; null for a day that no calendar has) and `text`."""
    raw = pl.col("raw")
    dirty = raw.str.ends_with("\r") | raw.str.starts_with("\x00") | raw.str.starts_with("\ufeff")
    if frame.select(dirty.any()).item():
        raw = raw.str.strip_chars_start(_DIRT).str.strip_suffix("\r")
    # The first bracket opens the stamp unless a user name holds one (or a character of more than
    # one byte: `find` counts bytes); those few lines do not parse here and go to the regex.
    near = raw.str.slice(raw.str.find("[", literal=True) + 1, _STAMP_LENGTH)
    out = frame.with_columns(_time(near).alias("time"), raw.alias("text"))
    odd = out["time"].is_null()
    if not odd.any():
        return out
    found = out.filter(odd).select(_time(pl.col("text").str.extract(rf'\[({_STAMP}\] ")'))).to_series()
    return out.with_columns(out["time"].scatter(odd.arg_true(), found))


def _glanced(raw: pl.Series) -> pl.Series:
    """Return the times of everyday lines: each second is read once, whoever asked for what in it."""
    near = pl.col("raw").str.slice(pl.col("raw").str.find("[", literal=True) + 1, _STAMP_LENGTH)
    stamps = raw.alias("raw").to_frame().select(near.fill_null("")).to_series()
    return each_run(
        stamps, lambda each: each.to_frame("_").select(_time(pl.col("_"))).to_series()
    ).dt.replace_time_zone(None)


def _split_iso(frame: pl.DataFrame) -> pl.DataFrame:
    out = frame.with_columns(pl.col("raw").str.strip_chars_start(_DIRT).str.strip_suffix("\r").alias("text"))
    stamps = out.select(pl.col("text").str.extract(rf'\[({_ISO_STAMP})\] "').str.replace(r" ([+-])", "$1"))
    return out.with_columns(iso_times(stamps.to_series()).dt.replace_time_zone("UTC").alias("time"))


def _time(stamp: pl.Expr) -> pl.Expr:
    return stamp.str.to_datetime(_STAMP_FORMAT, time_unit="us", time_zone="UTC", strict=False)


def kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `kind`, `severity` and `everyday`: false for a server error (5xx)."""
    text = pl.col("text")
    out = frame.with_columns(
        pl.lit(Kind.HTTP_REQUEST.value).alias("kind"),
        (text.str.contains('" 5', literal=True) | text.str.starts_with("{"))
        .fill_null(False)
        .alias("everyday"),
    )
    # A client can put `" 5` elsewhere (a referer of `5...`), so the few that have it are read well.
    maybe = out["everyday"].arg_true()
    few = out["text"].gather(maybe)
    failed = few.str.contains(_SERVER_ERROR) | objects.failed(few)
    everyday = pl.repeat(True, frame.height, dtype=pl.Boolean, eager=True).scatter(maybe, ~failed)
    return out.with_columns(
        everyday.alias("everyday"),
        pl.when(everyday)
        .then(pl.lit(Severity.INFO.value))
        .otherwise(pl.lit(Severity.ERROR.value))
        .alias("severity"),
    )


def _exact(text: pl.Series) -> pl.DataFrame:
    """Take lines apart by the regexes. Out: `_PARTS`."""
    line = text.alias("line").to_frame().select(pl.col("line").str.extract_groups(_LINE)).unnest("line")
    out = line.with_columns(pl.col("request").str.extract_groups(_REQUEST)).unnest("request")
    plain = (pl.col(name).str.replace_all(r'\\(["\\])', "$1") for name in ("url", "referer", "user_agent"))
    return out.with_columns(*plain, *_MORE).select(_PARTS)


def _quick(text: pl.Series) -> pl.DataFrame:
    """The same for lines without a backslash, at a fifth of the cost; `fits` tells where it holds."""
    piece = pl.col("line").str.splitn('"', 7).struct
    pieces = text.alias("line").to_frame().select(piece[i].alias(f"p{i}") for i in range(7))
    before, numbers = pl.col("p0"), pl.col("p2").str.splitn(" ", 4).struct  # before it a blank
    words = pl.col("p1").str.splitn(" ", 3).struct
    out = pieces.select(
        before.str.head(-_STAMP_LENGTH - 1).alias("head"),
        words[0].alias("method"),
        words[1].alias("url"),
        numbers[1].alias("http_status"),
        numbers[2].alias("bytes"),
        pl.col("p3").alias("referer"),
        pl.col("p5").alias("user_agent"),
        numbers[3].alias("mid"),
        pl.col("p6").alias("tail"),
        words[2].is_in(_VERSIONS).alias("versioned"),
        before.str.tail(_STAMP_LENGTH + 1).str.contains(rf"^ \[{_STAMP}\] $").alias("stamped"),
        pl.col("p2").str.contains(r"^ (?:\d{3}|-) (?:\d+|-)(?: [^ ]+)* ?$").alias("numbered"),
        (pl.col("p3").is_null() | ((pl.col("p4") == " ") & pl.col("p6").is_not_null())).alias("quoted"),
    )
    known = pl.col("method").str.contains(_METHOD)
    fits = pl.all_horizontal("versioned", "stamped", "numbered", "quoted", known).fill_null(False)
    return out.with_columns(*_MORE).select(
        *_PARTS, (fits & ~text.str.contains("\\", literal=True)).alias("fits")
    )


def _parts(text: pl.Series) -> pl.DataFrame:
    """Take lines apart: the quick way where it fits, the exact one elsewhere."""
    quick = _quick(text)
    odd = ~quick["fits"]
    if not odd.any():
        return quick.select(_PARTS)
    both = pl.concat([quick.select(_PARTS), _exact(text.filter(odd))])
    # Line i stands at i, or behind all of them at the place that it has among the odd ones.
    place = pl.when(odd).then(odd.cum_sum() + (len(odd) - 1)).otherwise(pl.int_range(len(odd)))
    return both[pl.select(place).to_series()]


def _said(name: str) -> pl.Expr:
    """The column, null where the server wrote `-` for nothing."""
    return pl.when(pl.col(name) != "-").then(pl.col(name)).alias(name)


def _who(head: pl.Series) -> pl.DataFrame:
    """`vhost`, `client_ip`, `client_name` from the words before the time stamp.

    vhost_combined puts `name:port` before the client. A user name with blanks makes as many
    words, but then the second one is the identity, which is `-`.
    """
    word = pl.col("head").str.splitn(" ", 4).struct
    words = head.alias("head").to_frame().select(word[i].alias(f"w{i}") for i in range(4))
    first, second = pl.col("w0"), pl.col("w1")
    named = (second.str.contains(_IP) | first.str.contains(r"^[^:]+:\d+$")) & ~first.str.ends_with(",")
    client = words.select(
        pl.when(pl.col("w3").is_not_null() & (second != "-") & named).then(first).alias("vhost"),
        # `203.0.113.5, 192.0.2.1`: who a proxy says it asks for, and the proxy
        first.str.strip_chars_end(","),
        second,
    ).select(
        pl.col("vhost").str.replace(r":\d+$", ""),
        pl.when(pl.col("vhost").is_not_null()).then(second).otherwise(first).alias("client"),
    )
    is_ip = client["client"].str.contains(_IP)
    return client.select(
        "vhost",
        pl.when(is_ip).then(pl.col("client")).alias("client_ip"),
        pl.when(~is_ip & (pl.col("client") != "-")).then(pl.col("client")).alias("client_name"),
    )


def fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with what the request was and how it ended.

    `reason` is `HTTP 503 GET /path` without the query, so that lines of one failure look alike.
    """
    is_object = frame["text"].str.starts_with("{")
    if not is_object.any():
        return frame.with_columns(*_described(_combined(frame["text"])).get_columns())
    both = pl.concat([_combined(frame["text"].filter(~is_object)), _objects(frame["text"].filter(is_object))])
    place = pl.concat([(~is_object).arg_true(), is_object.arg_true()]).arg_sort()
    return frame.with_columns(*_described(both[place]).get_columns())


def _combined(text: pl.Series) -> pl.DataFrame:
    """Return what lines say: vhost, client_ip, client_name, the parts of `_PARTS`, duration, backend."""
    parts = _parts(text)
    more = parts.select(pl.concat_str("mid", "tail", separator=" ").str.strip_chars(" "))
    said = tail.told(more.to_series())
    who = _who(parts["head"])
    vhost = pl.select(pl.coalesce(who["vhost"], said["vhost"]).alias("vhost")).to_series()
    return pl.DataFrame(
        [vhost, who["client_ip"], who["client_name"], said["duration"], said["backend"]]
    ).hstack(parts.select(_SAID).get_columns())


def _objects(text: pl.Series) -> pl.DataFrame:
    """The same of lines that are JSON objects."""
    parts = objects.parts(text)
    request = parts.select(pl.col("request").str.extract_groups(_REQUEST).alias("_")).unnest("_")
    parts = parts.with_columns(
        pl.coalesce(pl.col("method"), request["method"]).alias("method"),
        pl.coalesce(request["url"], pl.col("url")).alias("url"),
    )
    who = _who(parts["head"])
    own = parts.select("vhost", "duration", "backend")
    return pl.DataFrame(
        [own["vhost"], who["client_ip"], who["client_name"], own["duration"], own["backend"]]
    ).hstack(parts.select(_SAID).get_columns())


def _described(parts: pl.DataFrame) -> pl.DataFrame:
    """Return the contract's columns."""
    return parts.select(
        pl.lit(Direction.LOCAL.value).alias("direction"),
        "vhost",
        "client_ip",
        "client_name",
        pl.col("method"),
        pl.col("url"),
        pl.col("http_status").cast(pl.Int64, strict=False),
        pl.col("bytes").cast(pl.Int64, strict=False),
        "duration",
        "backend",
        _said("referer"),
        _said("user_agent"),
        pl.concat_str(
            pl.lit("HTTP"),
            pl.col("http_status"),
            pl.col("method"),
            pl.col("url").str.splitn("?", 2).struct[0],
            separator=" ",
            ignore_nulls=True,
        ).alias("reason"),
    )


FORMATS: Final = (
    LineFormat(
        name="apache-access",
        stamp=Stamp.ZONED,
        looks=pl.col("raw").str.contains(_LOOKS),
        split=_split,
        everyday=Look(looks=_LOOK, whole=_WHOLE, failed='" 5', times=_glanced),
    ),
    LineFormat(
        name="access-iso",
        stamp=Stamp.ZONED,
        looks=pl.col("raw").str.contains(_ISO_LOOKS),
        split=_split_iso,
    ),
    objects.FORMAT,
)
