"""What pflogsumm makes of each line.

In: raw lines. Out: `seen`, a row for every line that it counts as Postfix's, with what it is.
Never: our own parsers: a line that they understand otherwise is what `--why-differs` is about.

Its patterns are Perl's on bytes: `\\s`, `\\d` and `\\w` mean ASCII, and are written out here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

#: Versions whose way of counting is known.
VERSIONS: Final = ("1.1.5", "1.3.0")

_GAP: Final = r"[ \t\n\r\f\x0b]"
_SOLID: Final = r"[^ \t\n\r\f\x0b]"
_WORD: Final = r"[0-9A-Za-z_]"
_SOLARIS: Final = r": \[ID [0-9]+ [^\]]+\] "
_CLASSIC: Final = rf"^(?P<month>...) {{1,2}}(?P<day>[0-9]{{1,2}}) (?P<hour>[0-9]{{2}}):[0-9]{{2}}:[0-9]{{2}} {_SOLID}+ (?P<rest>.+)$"
_ISO: Final = (
    r"^[0-9]{4}-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})T(?P<hour>[0-9]{2}):[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]+)?(?:[+-][0-9]{2}:[0-9]{2}|Z)%s "
    rf"{_SOLID}+ (?P<rest>.+)$"
)
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    )
}
_DAEMON: Final = r"^postfix(?:/(?:smtps|submission))?/(?P<cmd>[^\[:]*).*?: (?P<token>[^: \t\n\r\f\x0b]+)"
_SCRIPT: Final = r"^(?P<cmd>postfix(?:-script)?)(?:\[[0-9]+\])?: (?P<token>[^: \t\n\r\f\x0b]+)"
_CHECK: Final = (
    r"/cleanup\[[0-9]+\]: .*?(?-u:\b)(?P<action>(?:milter-)?reject|warning|hold|discard): "
    r"(?:header|body|END-OF-MESSAGE) "
)
_CLIENT: Final = rf"\[[0-9]+\]: {_WORD}+: client=(.+?)(?:,|$)"
_REFUSAL: Final = rf"\[[0-9]+\]: {_WORD}+: (reject(?:_warning)?|hold|discard): "
#: Where the words of a line begin, behind its queue ID: 1.1.5 looks anywhere, 1.3.0 only there.
_BEGIN: Final = r"^[^ ]+\[[0-9]+\]:? *(?:- )?[0-9A-Za-z]+: "
_SIZE: Final = r"from=<(?P<address>[^>]*)>, size=(?P<size>[0-9]+)"
_DELIVERY: Final = (
    r"to=<(?P<address>[^>]*)>, (?:orig_to=<[^>]*>, )?relay=[^,]+, (?:conn_use=[^,]+, )?"
    rf"delay=(?P<delay>[^,]+), (?:delays=[^,]+, )?%s(?:dsn=[^,]+, )?status=(?P<status>{_SOLID}+)(?P<words>.*)$"
)
#: A sender that is none; the domain of a sender; what stands before that of a recipient.
NOBODY: Final = "from=<>"
SENDING: Final = "^[^@]+@(.+)$"
RECEIVING: Final = "^[^@]+@"
_NUMBER: Final = rf"^{_GAP}*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
_ACTIONS: Final = {
    "reject": "rejected",
    "milter-reject": "rejected",
    "warning": "warned",
    "reject_warning": "warned",
    "hold": "held",
    "discard": "discarded",
}
_HOST: Final = (
    r"^(?P<name>[^\[]*)\[(?P<ip>(?:[0-9]{1,3}\.){3}[0-9]{1,3})\]",
    r"^(?P<name>[^/]*)/(?P<ip>[0-9A-Fa-f.:]+)",
    r"^(?P<name>[^\[(/]*)[\[(/](?P<ip>[^\])]+)[\])]:?[0-9]*$",
)
_FOLDED: Final = r"^(?:.*)\.([^.]+)\.([^.]{3}|[^.]{2,3}\.[^.]{2})$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """rows: of the lines that count as Postfix's, in order.

    index: of the line. month (from 0), day, hour: of its stamp. what: received, sized, delivered, forwarded, deferred,
    bounced, rejected, warned, held, discarded, canceled, expired, late, removed, or null for nothing of these.
    token: what it takes for the queue ID. name: client's domain, sender, recipient.
    number: size. delay: seconds.
    """

    rows: pl.DataFrame


_COLUMNS: Final[dict[str, pl.DataType]] = {
    "index": pl.UInt32(),
    "month": pl.Int64(),
    "day": pl.Int64(),
    "hour": pl.Int64(),
    "token": pl.String(),
    "what": pl.String(),
    "name": pl.String(),
    "number": pl.Int64(),
    "delay": pl.Float64(),
}


def seen(raw: pl.Series, version: str = "1.1.5") -> Seen:
    """Return what `version` of pflogsumm makes of lines."""
    lines = _headed(raw, version)
    if lines.is_empty():
        return Seen(rows=pl.DataFrame(schema=_COLUMNS))
    parts = []
    for chosen, take in _branches(version):
        mask = lines.select(chosen.fill_null(value=False)).to_series()
        mine, lines = lines.filter(mask), lines.filter(~mask)
        if not mine.height:
            continue
        taken, rest = take(mine, version)
        parts.append(_complete(taken))
        lines = pl.concat([lines, rest])
    parts.append(_complete(lines))
    return Seen(rows=pl.concat(parts).sort("index"))


def _complete(rows: pl.DataFrame) -> pl.DataFrame:
    have = set(rows.columns)
    return rows.select(
        (pl.col(name) if name in have else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in _COLUMNS.items()
    )


# --- the beginning of a line ---------------------------------------------------------------------


def _headed(raw: pl.Series, version: str) -> pl.DataFrame:
    """Return index, month, day, hour, rest, cmd, token of the lines that count as Postfix's."""
    texts = raw.alias("raw").to_frame().with_row_index("index")
    texts = texts.filter(pl.col("raw").str.contains("postfix", literal=True).fill_null(value=False))
    if texts.select(pl.col("raw").str.contains(": [ID ", literal=True).any()).item():
        texts = texts.with_columns(pl.col("raw").str.replace(_SOLARIS, ": "))
    classic = _groups(texts, _before(version) + _CLASSIC[1:])
    month = pl.col("month").replace_strict(_MONTHS, default=0, return_dtype=pl.Int64)
    found = [classic.filter(pl.col("day").is_not_null()).with_columns(month)]
    rest = classic.filter(pl.col("day").is_null()).select("index", "raw")
    if rest.height:
        iso = _groups(rest, _before(version) + (_ISO % _optional(version))[1:])
        number = pl.col("month").cast(pl.Int64) - 1
        found.append(iso.filter(pl.col("day").is_not_null()).with_columns(number))
    stamped = pl.concat(found).drop("raw").with_columns(pl.col("day", "hour").cast(pl.Int64))
    return _programmed(stamped).sort("index")


def stamped(raw: pl.Series, version: str = "1.1.5") -> pl.Series:
    """Return whether it takes the beginning of each line for a time stamp and a host."""
    patterns = (_before(version) + _CLASSIC[1:], _before(version) + (_ISO % _optional(version))[1:])
    classic, iso = (raw.str.contains(pattern) for pattern in patterns)
    return classic | iso


def _before(version: str) -> str:
    """1.3.0 takes a priority, and RFC 5424's version, before the stamp."""
    return "^" if version == "1.1.5" else r"^(?:<[0-9]{1,3}>(?:[0-9]* +)?)?"


def _optional(version: str) -> str:
    return "" if version == "1.1.5" else "?"


def _groups(frame: pl.DataFrame, pattern: str, column: str = "raw") -> pl.DataFrame:
    return frame.hstack(frame[column].str.extract_groups(pattern).struct.unnest().get_columns())


def _programmed(stamped: pl.DataFrame) -> pl.DataFrame:
    daemons = _groups(stamped, _DAEMON, "rest")
    known = pl.col("cmd").is_not_null()
    scripts = _groups(daemons.filter(~known).drop("cmd", "token"), _SCRIPT, "rest")
    return pl.concat([daemons.filter(known), scripts.filter(known)])


# --- what it is ----------------------------------------------------------------------------------

_Parted = tuple[pl.DataFrame, pl.DataFrame]
#: Takes lines that it may know and a version: those that it knows, with `what`, and the others.
_Take = Callable[[pl.DataFrame, str], _Parted]
_Branch = tuple[pl.Expr, _Take]


def _nothing(lines: pl.DataFrame, _version: str) -> _Parted:
    return lines, lines.clear()


def _checked(lines: pl.DataFrame, _version: str) -> _Parted:
    """Return refusals of header and body checks and of milters at the end of a mail."""
    action = pl.col("rest").str.extract(_CHECK, 1)
    rows = lines.with_columns(action.replace_strict(_ACTIONS, default=None).alias("what"))
    if _version != "1.1.5":  # a header_checks warning is not counted there
        rows = rows.with_columns(pl.when(pl.col("what") != "warned").then("what").alias("what"))
    known = pl.col("what").is_not_null()
    return rows.filter(known), rows.filter(~known).drop("what")


def _bare(lines: pl.DataFrame, _version: str) -> _Parted:
    """Return refusals of a line without a queue ID: the word stands where the ID would."""
    what = pl.col("token").replace_strict(_ACTIONS, default=None)
    return lines.with_columns(what.alias("what")), lines.clear()


def _served(lines: pl.DataFrame, version: str) -> _Parted:
    """Return what smtpd and postscreen say."""
    client = pl.col("rest").str.extract(_CLIENT, 1)
    rows = lines.with_columns(client.alias("client"))
    received = rows.filter(pl.col("client").is_not_null())
    domain = _domain_of_host(received["client"], version)
    received = received.with_columns(pl.lit("received").alias("what"), domain.alias("name"))
    others = rows.filter(pl.col("client").is_null())
    action = pl.col("rest").str.extract(_REFUSAL, 1).replace_strict(_ACTIONS, default=None)
    others = others.with_columns(action.alias("what"), pl.lit(None, pl.String).alias("name"))
    if version != "1.1.5":
        late = (pl.col("what") == "rejected") & (pl.col("token") != "NOQUEUE")
        others = others.with_columns(pl.when(late).then(pl.lit("late")).otherwise("what").alias("what"))
    return pl.concat([received, others]), lines.clear()


def _queue(lines: pl.DataFrame, version: str) -> _Parted:
    """Return what any other daemon says: sizes first, then deliveries, then pickup."""
    sized = _groups(lines, _anchored(_SIZE, version), "rest")
    if version != "1.1.5":
        sized = sized.with_columns(
            pl.when(pl.col("cmd").is_in(["qmgr", "nqmgr"])).then("address").alias("address")
        )
    known = pl.col("address").is_not_null()
    rest = lines.filter(sized.select(~known).to_series())
    sized = sized.filter(known).with_columns(
        pl.lit("sized").alias("what"),
        pl.col("size").cast(pl.Int64, strict=False).alias("number"),
        _address(pl.col("address")).alias("name"),
    )
    name = pl.when(pl.col("name").is_in(["", "0"])).then(pl.lit(NOBODY)).otherwise("name")
    sized = sized.with_columns(name.alias("name"))
    delivered, rest = _deliveries(rest, version)
    return pl.concat(
        [_complete(sized), _complete(delivered), _complete(_others(rest, version))]
    ), lines.clear()


def _deliveries(lines: pl.DataFrame, version: str) -> _Parted:
    tls = "" if version == "1.1.5" else "(?:tls=[^,]+, )?"
    found = _groups(lines, _anchored(_DELIVERY % tls, version), "rest")
    known = pl.col("status").is_not_null()
    forwarded = r"forwarded as " if version == "1.1.5" else rf"\(forwarded as {_WORD}+\)"
    what = (
        pl.when(pl.col("status") == "sent")
        .then(
            pl.when(pl.col("words").str.contains(forwarded))
            .then(pl.lit("forwarded"))
            .otherwise(pl.lit("delivered"))
        )
        .when(pl.col("status").is_in(["deferred", "bounced"]))
        .then("status")
    )
    rows = found.filter(known).with_columns(
        what.alias("what"),
        _address(pl.col("address")).alias("name"),
        pl.col("delay").str.extract(_NUMBER, 1).cast(pl.Float64, strict=False).fill_null(0.0),
    )
    return rows, lines.filter(found.select(~known).to_series())


def _anchored(pattern: str, version: str) -> str:
    return pattern if version == "1.1.5" else _BEGIN + pattern


def _others(lines: pl.DataFrame, version: str) -> pl.DataFrame:
    rest, cmd = pl.col("rest"), pl.col("cmd")
    picked = (cmd == "pickup") & rest.str.contains(": (?:sender|uid)=")
    received = pl.when(picked).then(pl.lit("received"))
    qmgr = cmd.is_in(["qmgr", "nqmgr"])
    later = (
        pl.when((cmd == "cleanup") & rest.str.contains(rf": {_WORD}+: removed \(canceled\)$"))
        .then(pl.lit("canceled"))
        .when(qmgr & rest.str.ends_with(", status=expired, returned to sender"))
        .then(pl.lit("expired"))
        .when(qmgr & rest.str.contains(rf": {_WORD}+: removed$"))
        .then(pl.lit("removed"))
    )
    what = received if version == "1.1.5" else pl.coalesce(received, later)
    return lines.with_columns(what.alias("what"), pl.when(picked).then(pl.lit("pickup")).alias("name"))


def _branches(version: str) -> tuple[_Branch, ...]:
    """Return the branches in the order in which they are tried; what a branch leaves goes to those behind it."""
    cmd, token = pl.col("cmd"), pl.col("token")
    trouble = (token.is_in(["warning", "fatal", "panic"]), _nothing)
    checks = (cmd == "cleanup", _checked)
    return (
        *((checks, trouble) if version == "1.1.5" else (trouble, checks)),
        (token.is_in(["reject", "reject_warning", "hold", "discard"]), _bare),
        (cmd == "master", _nothing),
        (cmd.is_in(["smtpd", "postscreen"]), _served),
        (cmd.is_not_null(), _queue),
    )


# --- names ---------------------------------------------------------------------------------------


def _lower(text: pl.Expr) -> pl.Expr:
    """Return ASCII letters in lower case: Perl's, in the C locale, leaves others alone."""
    capitals = [chr(code) for code in range(ord("A"), ord("Z") + 1)]
    plain = text.str.contains(r"^[\x00-\x7f]*$")
    small = text.str.replace_many(capitals, [letter.lower() for letter in capitals])
    return pl.when(plain).then(text.str.to_lowercase()).otherwise(small)


def _address(address: pl.Expr) -> pl.Expr:
    """Return an address with what begins at its first @ in lower case."""
    at = address.str.find("@", literal=True)
    return (
        pl.when(at.is_null())
        .then(address)
        .otherwise(
            address.str.head(0)
            + address.str.extract("^([^@]*)", 1)
            + _lower(address.str.extract("(@.*)$", 1))
        )
    )


def _domain_of_host(hosts: pl.Series, version: str) -> pl.Series:
    """Return the domain of `name[address]`, the address where there is no name; null where it is neither."""
    from_each = [hosts.str.extract_groups(pattern).struct.unnest() for pattern in _HOST]
    table = pl.DataFrame(
        {
            name: pl.select(pl.coalesce(*(pl.lit(found[name]) for found in from_each))).to_series()
            if len(hosts)
            else pl.Series(name, dtype=pl.String)
            for name in ("name", "ip")
        }
    )
    name = pl.col("name")
    if version == "1.1.5":
        match = name.str.contains(_FOLDED)
        folded = _lower(name.str.replace(_FOLDED, "${1}.${2}"))
        domain = pl.when(match).then(folded).otherwise(name)
        unnamed = name.is_in(["", "unknown"])
    else:
        domain = fold_domain(name)
        unnamed = name.is_in(["", "unknown"]) | name.str.contains(r"\.(?:in-addr|ip6)\.arpa$")
    return table.select(pl.when(unnamed).then("ip").otherwise(domain).alias("domain")).to_series()


def fold_domain(name: pl.Expr) -> pl.Expr:
    """Return a domain as 1.3.0 shortens it: two labels below the old top-level domains, else one label less of many."""
    plain = _lower(name.str.strip_chars("<>").str.replace(r"^[^@]*@", "").str.replace(r"\.$", ""))
    old = plain.str.extract(r"([^.]+\.(?:com|net|org|gov|mil|edu))$", 1)
    shorter = pl.when(plain.str.count_matches(".", literal=True) >= 3).then(
        plain.str.replace(r"^[^.]*\.", "")
    )
    return pl.coalesce(old, shorter, plain)
