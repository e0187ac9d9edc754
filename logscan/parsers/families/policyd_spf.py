"""What the SPF policy servers beside Postfix tell syslog, the one in Python and the one in Perl.

For: a mail that was refused or put off for SPF, a policy server that breaks. In: records of the
programs `policyd-spf` and `policy-spf`. Out: `FAMILY`. Never: the refusal itself, which Postfix logs.

A verdict that lets the mail pass is kind `client`, everyday, but for those that tell of trouble: fail
and softfail are remarks on a client, kind `warning`, severity info; a permerror is the sender domain's broken
record, the same with severity notice; a temperror is the DNS's silence, kind `lookup-failed`. A verdict
that refuses the mail or puts it off is kind `warning`, severity notice, with the reply that it orders.
Source: pypolicyd-spf 1.3, 2.x and spf-engine 2.9, 3.x; postfix-policyd-spf-perl 2.0x.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers.family import Family
from logscan.parsers.sayings import QUEUE_ID, judged, saying

#: A queue ID, or the place where there is none: `: SPF pass (...)`, `: prepend ...`.
_ID: Final = rf"^(?:({QUEUE_ID}))?: "
_ACTION: Final = "(?:Policy action=)?"
#: Where a verdict stands: in a header that is put on top, or by itself.
_VERDICT: Final = rf"(?:{_ACTION}(?i:prepend) Received-SPF: |SPF )?"
_PREPEND: Final = rf"{_ACTION}(?i:prepend) "
_END: Final = r"(?:[ ;(]|$)"

_SAYINGS: Final = (
    saying(
        Kind.CLIENT,
        Severity.INFO,
        rf"{_VERDICT}(?i:pass|none|neutral){_END}",
        rf"{_PREPEND}(?:Authentication-Results: \S+; (?:spf=(?:pass|none|neutral)\b|none\b)|X-Comment: )",
        rf"{_ACTION}(?i:dunno)\b",
        r"handler \S+: (?:is decisive|DUNNO)",
        r"testing: stripped sender=",
        everyday=True,
    ),
    saying(
        Kind.WARNING,
        Severity.INFO,
        rf"{_VERDICT}(?i:fail|softfail){_END}",
        rf"{_PREPEND}Authentication-Results: \S+; spf=(?:fail|softfail)\b",
    ),
    saying(
        Kind.WARNING,
        Severity.NOTICE,
        rf"{_VERDICT}(?i:permerror){_END}",
        rf"{_PREPEND}Authentication-Results: \S+; spf=permerror\b",
        rf"{_ACTION}[245]\d\d ",
        rf"{_ACTION}(?i:reject|defer(?:_if_permit|_if_reject)?)\b",
    ),
    saying(
        Kind.LOOKUP_FAILED,
        Severity.NOTICE,
        rf"{_VERDICT}(?i:temperror|error){_END}",
        rf"{_PREPEND}Authentication-Results: \S+; spf=temperror\b",
    ),
    saying(
        Kind.ERROR,
        Severity.ERROR,
        r"ERROR: ",
        r"Traceback \(most recent call last\)",
        r"(?:[A-Za-z_]+\.)*[A-Z][A-Za-z]*(?:Error|Exception)\b",
        r"Unhandled Exception",
        r"(?i:fatal|unable|cannot|can't|could not)\b",
        r"(?:unrecognized|unknown) request type",
    ),
    saying(Kind.WARNING, Severity.WARNING, r"(?i:warning)\b", r"ignoring garbage: ", r"Received extra data"),
    saying(Kind.LIFECYCLE, Severity.INFO, r"Starting\b", r"Normal exit", r"Config: ", r"Read line: "),
)

#: As the one in Python writes it, and the one in Perl. HELO name and sender are the client's choice: with a
#: semicolon in one of them nothing is believed.
_RECEIVED: Final = (
    r"(?s)(?:\bidentity=[a-z]+; |\()client-ip=(?P<ip>[0-9A-Fa-f:.]+); helo=(?P<helo>[^ ;]*); "
    r"envelope-from=(?P<sender>[^;]*); receiver=[^;]*$"
)
_RECEIVED_PERL: Final = (
    r"(?s)\bidentity=[a-z]+; envelope-from=\"?(?P<perl_sender>[^;\"]*)\"?; helo=(?P<perl_helo>[^ ;]*); "
    r"client-ip=(?P<perl_ip>[0-9A-Fa-f:.]+)$"
)
_REPLY: Final = rf"(?s)^{_ACTION}(?P<reply>(?P<code>[245]\d\d) (?:(?P<dsn>[245]\.\d{{1,3}}\.\d{{1,3}}) )?.*)$"
#: Where the reply sends whom it refuses.
_WHY: Final = r"\?s=(?P<identity>[a-z]+);id=(?P<id>[^;]*);ip=(?P<why_ip>[0-9A-Fa-f:.]+);r=[^;]*$"
_PERL_SENDER: Final = r"\): Envelope-from: ([^ ]+)$"
#: What a card can use: not the letters of one client.
_SPOKEN: Final = (
    r"(?s)^(.*?)(?:;? identity=[a-z]+; client-ip=| receiver=[^;]*; identity=[a-z]+; envelope-from="
    r"| smtp\.(?:mailfrom|helo)=|: Envelope-from: ).*$"
)


def _said(frame: pl.DataFrame) -> pl.Series:
    """The words without the queue ID or the place for it."""
    return frame.select(pl.col("text").str.replace(_ID, "")).to_series()


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `kind`, `severity` and `everyday`."""
    return frame.hstack(judged(_said(frame), _SAYINGS).get_columns())


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction, queue_id, client_ip, helo, sender, reply with its codes, reason."""
    said = _said(frame)
    patterns = (_RECEIVED, _RECEIVED_PERL, _REPLY, _WHY)
    found = pl.concat(
        [said.str.extract_groups(pattern).struct.unnest() for pattern in patterns], how="horizontal"
    ).with_columns(
        said.alias("said"),
        said.str.extract(_PERL_SENDER, 1).alias("perl"),
        pl.when(pl.col("identity").is_in(["mfrom", "mailfrom"])).then(pl.col("id")).alias("mfrom"),
        pl.when(pl.col("identity") == "helo").then(pl.col("id")).alias("greeting"),
    )
    sender = pl.coalesce("sender", "perl_sender", "mfrom", "perl").str.replace("%40", "@", literal=True)
    helo = pl.coalesce("helo", "perl_helo", "greeting")
    return frame.with_columns(
        pl.lit(Direction.LOCAL.value).alias("direction"),
        pl.col("text").str.extract(_ID, 1).alias("queue_id"),
        *found.select(
            pl.coalesce("ip", "perl_ip", "why_ip").alias("client_ip"),
            pl.when(helo != "").then(helo).alias("helo"),
            pl.when(sender == "<>").then(pl.lit("")).otherwise(sender).alias("sender"),
            pl.col("code").cast(pl.Int64).alias("smtp_code"),
            pl.col("dsn"),
            pl.col("reply"),
            pl.coalesce(pl.col("said").str.extract(_SPOKEN, 1), pl.col("said")).alias("reason"),
        ).get_columns(),
    )


#: Without `everyday`: the glance at every line of every log would pay for a few lines of some.
FAMILY: Final = Family(
    name=Name.POLICYD_SPF,
    programs=r"^(?:postfix/)?(?:(?:postfix-|python-)?policyd-spf(?:-perl|-python)?|policy-?spf)$",
    kinds=_kinds,
    fields=_fields,
)
