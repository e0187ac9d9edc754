"""Roundcube's logs: errors, sendmail, userlogins, and whatever else it writes in their form.

For: why users of the webmail cannot log in, read or send. In: lines of its logs folder, or what it
says to syslog. Out: `FAMILY`. Never: believes an address that a client may have made up
(X-Forwarded-For) where the server's own view stands beside it.

`[24-Nov-2026 03:27:35 +0100]: <session> IMAP Error: Login failed for ...`; before 1.0 there was no session. A
message may have several lines (SQL, stack traces): everything without a stamp goes on with it.
Source: Roundcube 0.5 to 1.6, rcube.php (write_log, raise_error), rcmail.php (log_login), rcmail_sendmail.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers import php
from logscan.parsers.family import Family, GoesOn, LineFormat, Stamp

_STAMP: Final = r"[0-9]{2}-[A-Z][a-z]{2}-[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})? [+-][0-9]{4}"
_LOOKS: Final = rf"^\[{_STAMP}\]: "

_SESSION: Final = r"^(?:errors: |userlogins: |sendmail: )?(?:<[^<>\s]*> )?"
_LABEL: Final = r"^([A-Z]+) (?:Error|Warning)\b"
_WARNING: Final = r"^[A-Z]+ Warning\b"
_LOGIN: Final = r"^Failed login for (.*) from (\S+?)(?:\(.*\))? in session \S+ ?\(error: (-?[0-9]+)\)\s*$"
_LOGGED_IN: Final = r"^Successful login for (.*) \(ID: [0-9]+\) from (\S+?)(?:\(.*\))? in session \S+\s*$"
_REFUSED: Final = (
    r"^(?:IMAP|POP3) Error: Login failed for (.*?) (?:against \S+ )?from [0-9A-Fa-f.:]*[0-9A-Fa-f]\b"
)
_REFUSED_FROM: Final = r"^(?:IMAP|POP3) Error: Login failed for .* from ([0-9A-Fa-f.:]*[0-9A-Fa-f])\b"
_SENT: Final = r"(?s)^User (\S*) \[([^\]]*)\]; Message (?:(<[^<>]*>) )?for (.*?); ?(.*)$"
_MESSAGE_ID: Final = r"^<(.*)>$"
#: Where it happened and during which request, always at the end.
_WHERE: Final = r"(?s)(?: in (\S+) on line [0-9]+)? \(([A-Z]+) ([^\s()]*)\)\s*$"
_SERVER: Final = r"(?:Could not connect to|Failed to connect to server:?|against) ((?:(?:ssl|tls)://)?[A-Za-z0-9_.:\[\]-]+[A-Za-z0-9\]])"
_CODE: Final = r"\(Code: ([0-9]{3})\)"
_DB_ERRNO: Final = r"^DB Error: (?:SQLSTATE\[\w+\] )?\[([0-9]{3,5})\]"

_DOWN: Final = (
    r"^(?:DB Error: (?:.*(?:Connection refused|No such file or directory|gone away|Access denied|Unknown database|"
    r"Too many connections|unable to open database|readonly database|could not connect|server closed))"
    r"|IMAP Error: .*Could not connect to|(?:SMTP|IMAP) Error: .*(?:Connection refused|timed out))"
)


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `time` (UTC) and `text`, from the session on."""
    halves = pl.col("raw").str.strip_suffix("\r").str.splitn("]: ", 2).struct
    return frame.with_columns(
        halves[0]
        .str.slice(1)
        .str.to_datetime("%d-%b-%Y %H:%M:%S%.f %z", time_unit="us", time_zone="UTC", strict=False)
        .alias("time"),
        halves[1].alias("text"),
    )


def _said(frame: pl.DataFrame) -> pl.Series:
    return frame.select(pl.col("text").str.replace(_SESSION, "").alias("said")).to_series()


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `kind`, `severity` and `everyday`: a login that worked, a mail handed over."""
    said = pl.col("said")
    php_kind, php_severity = php.loudest(said)
    everyday = said.str.contains(_LOGGED_IN) | (
        said.str.contains(_SENT) & said.str.contains(r"; 250: |; 250\b")
    )
    down = said.str.contains(_DOWN)
    failed = said.str.contains(_LOGIN) | (said.str.contains(_REFUSED) & ~down)
    unsent = said.str.contains(_SENT) & said.str.contains(r"; [45][0-9]{2}\b")
    label = said.str.extract(_LABEL)
    kind = (
        pl.when(everyday).then(pl.lit(Kind.OTHER.value))
        .when(failed).then(pl.lit(Kind.AUTH_FAILURE.value))
        .when(unsent | said.str.contains(_WARNING)).then(pl.lit(Kind.WARNING.value))
        .when(label.is_not_null()).then(pl.lit(Kind.ERROR.value))
        .otherwise(pl.coalesce(php_kind, pl.lit(Kind.OTHER.value)))
    )  # fmt: skip
    severity = (
        pl.when(everyday).then(pl.lit(Severity.INFO.value))
        .when(failed).then(pl.lit(Severity.NOTICE.value))
        .when(down).then(pl.lit(Severity.CRITICAL.value))
        .when(unsent | said.str.contains(_WARNING)).then(pl.lit(Severity.WARNING.value))
        .when(label.is_not_null()).then(pl.lit(Severity.ERROR.value))
        .otherwise(pl.coalesce(php_severity, pl.lit(Severity.INFO.value)))
    )  # fmt: skip
    new = (
        _said(frame)
        .to_frame()
        .select(kind.alias("kind"), severity.alias("severity"), everyday.alias("everyday"))
    )
    return frame.with_columns(*new.get_columns())


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with who, from where, what for and why.

    Of a login: sasl_user, client_ip. Of a mail: sasl_user, client_ip, recipient, message_id, reply. Of an
    error: module (imap, smtp, db, php ...), backend (the server that it is about), method, url, reason.
    """
    said = pl.col("said")
    user = [said.str.extract(words, 1) for words in (_LOGIN, _LOGGED_IN, _REFUSED, _SENT)]
    client = [said.str.extract(_LOGIN, 2), said.str.extract(_LOGGED_IN, 2)]
    client += [said.str.extract(_REFUSED_FROM, 1), said.str.extract(_SENT, 2)]
    message_id = said.str.extract(_SENT, 3).str.extract(_MESSAGE_ID)
    reply = said.str.extract(_SENT, 5)
    code = pl.coalesce(said.str.extract(_CODE), reply.str.extract(r"^([245][0-9]{2})\b"))
    new = (
        _said(frame)
        .to_frame()
        .select(
            pl.lit(Direction.LOCAL.value).alias("direction"),
            pl.coalesce(*user).alias("sasl_user"),
            pl.coalesce(*client).alias("client_ip"),
            message_id.alias("message_id"),
            said.str.extract(_SENT, 4).str.strip_chars("<>").alias("recipient"),
            pl.when(reply != "").then(reply).alias("reply"),
            code.cast(pl.Int64, strict=False).alias("smtp_code"),
            said.str.extract(_LABEL).str.to_lowercase().alias("module"),
            said.str.extract(_DB_ERRNO).cast(pl.Int64, strict=False).alias("errno"),
            said.str.extract(_SERVER).alias("backend"),
            said.str.extract(_WHERE, 2).alias("method"),
            said.str.extract(_WHERE, 3).alias("url"),
            php.said(said.str.replace(_WHERE, "")).alias("reason"),
        )
    )
    return frame.with_columns(*new.get_columns())


FAMILY: Final = Family(
    name=Name.ROUNDCUBE,
    programs=r"^roundcube(?:mail)?$",
    formats=(
        LineFormat(
            name="roundcube",
            stamp=Stamp.ZONED,
            looks=pl.col("raw").str.contains(_LOOKS),
            split=_split,
            goes_on=GoesOn(),
        ),
    ),
    kinds=_kinds,
    fields=_fields,
)
