"""What OpenDKIM tells syslog: signed, verified or not, and why; keys, sockets, start and stop.

For: a mail that left unsigned or that a receiver rejects for its signature. In: records of the
program `opendkim`. Out: `FAMILY`. Never: takes a line for a verdict that it is not.

`dkim-signed` is only `DKIM-Signature field added`, `dkim-verified` only `DKIM verification
successful`, `dkim-failed` a mail that was not signed or a signature that did not hold, with the reason.
What OpenDKIM notes of a client's mail without any verdict (`not internal`, `not authenticated`,
`no signature data`, `SSL ` with nothing behind it, which is written for good and bad signatures
alike) is kind `client`, everyday. `LogResults` lines (`result="..."`) say the same once more. Its own trouble (key, socket, milter) is `error`.
Source: OpenDKIM 2.10 and 2.11, opendkim/opendkim.c and libopendkim.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers.family import Family
from logscan.parsers.sayings import QUEUE_ID, Saying, judged, saying

#: Before any queue ID is known, OpenDKIM calls the mail by this name.
_QUEUE_ID: Final = rf"^(?:({QUEUE_ID})|\(unknown-jobid\)): "
#: The names of jobs, keys and files that may stand before the words.
_JOB: Final = r"(?s)^(?:[^ :]+: )?"

_SIGNED: Final = rf"{_JOB}[A-Za-z-]+ field added \(s="
_NEUTRAL: Final = rf"{_JOB}(?:s=\S* d=\S* (?:a=\S* )?)?SSL ?$"


_RESULT: Final = r"signature=\S+ domain=\S* selector=\S* result="

#: Names of a program, a file or a key, which hold no blank.
_NAMES: Final = r"(?:[^ ]+: ){0,3}"

#: The first that matches counts. The words are OpenDKIM's own; where a stranger's text follows
#: (`can't parse From: header value '...'`), it cannot reach the beginning.
_RULES: Final = (
    # With `LogResults yes`, one line for each signature, beside the words below.
    saying(Kind.DKIM_VERIFIED, Severity.INFO, rf'{_RESULT}"no signature error"', everyday=True),
    saying(Kind.DKIM_FAILED, Severity.NOTICE, _RESULT),
    saying(
        Kind.LIFECYCLE,
        Severity.INFO,
        r"OpenDKIM Filter\b.* (?:starting|terminating with status 0\b)",
        r"configuration reloaded from",
        r"cache: \d+ quer",
        r"exited with status 0\b",
    ),
    saying(Kind.LIFECYCLE, Severity.ERROR, r"OpenDKIM Filter\b.* terminating with status"),
    saying(Kind.ERROR, Severity.ERROR, r"(?:exited with status|terminated with signal) \d+"),
    saying(
        Kind.WARNING,
        Severity.WARNING,
        r"can't (?:configure DKIM library: .*; continuing|enable coredumps)",
        r"WARNING: ",
        r"using ChangeRootDirectory",
        r"statistics recording failed",
        r'"X-Header" deprecated',
        rf"{_NAMES}settings found for deprecated value",
    ),
    saying(
        Kind.FATAL,
        Severity.ERROR,
        rf"{_NAMES}(?:configuration error at line|milter socket must be specified)",
        r"maximum restart (?:count|rate) exceeded",
        r"can't configure DKIM library: ",
    ),
    # Keys.
    saying(
        Kind.ERROR,
        Severity.ERROR,
        rf"{_NAMES}key data is not secure",
        r"error (?:loading|requesting) key",
        r"can't load key from",
        r"key '[^']*'(?: |:)",
        r"KeyTable entry for",
        r"signing table references unknown key",
        r"error reading signing table",
        r"failed to (?:load/apply default key|add (?:signature|default))",
        r"could not find valid key record",
        r"private key ",
        r"signature (?:generation|processing) (?:failed|error)",
        r"dkim_sign\(\) failed",
    ),
    # A mail that was not signed.
    saying(
        Kind.DKIM_FAILED,
        Severity.NOTICE,
        r"no signing (?:table|domain|subdomain) match for",
        r"no MTA name match",
        r"no macros match",
        r"cannot find identity header",
        r"can't (?:determine (?:message sender|sender address)|parse )",
        r"d=/i= mismatch",
        r"RFC5322 header requirement error",
    ),
    saying(
        Kind.CLIENT,
        Severity.INFO,
        r"not POP authenticated",
        r"skipping signing of mail to",
        r"domain '.*' exempted",
        r"BodyLengthDB matched",
        r"ignoring (?:\d+ signature|signature from|header field)",
        r"allowed by reputation of",
        r"no reputation data available",
        everyday=True,
    ),
    # A signature that did not hold.
    saying(
        Kind.DKIM_FAILED,
        Severity.NOTICE,
        r"(?:s=\S* d=\S* (?:a=\S* )?)?SSL .*\S",
        r"bad signature data",
        r"key retrieval failed",
        r"key revoked",
        r"(?:s=\S* d=\S*:? )?(?:signature |body hash |header list )",
        r"signing key too small",
        r"key not found in DNS",
        r"no key\b",
        r"unknown key ",
        r"all signatures ignored",
    ),
    # Policy.
    saying(
        Kind.WARNING,
        Severity.WARNING,
        r"external host .* attempted to send as",
        r"rate limit for .* exceeded",
        r"(?:would be |\S+ )?blocked by reputation of",
        r"ignoring reload signal",
        r"failed to (?:remove|parse) ",
        r"(?:can't verify|error handling) VBR",
        r"reputation query for",
    ),
)
#: OpenDKIM logs nearly all of its other texts as errors; these words are in them.
_TROUBLE: Final = (
    r"(?i)fail|error|can't|cannot|could not|unable|invalid|denied|malloc|corrupt|unknown|no such|illegal"
    r"|not available|overflow|exceeded|missing|too (?:large|much|small)|\w\([^)]*\):|unavailable|wrong"
    r"|requires|advised|incompatible|terminating|\busers\b|not owned|requeueing|deferred"
)


def _rare(text: pl.Series) -> pl.DataFrame:
    """Return kind, severity, everyday of texts that are not everyday chatter."""
    said = text.alias("text").to_frame().select(_said()).to_series()
    return judged(said, (*_RULES, Saying(words=_TROUBLE, kind=Kind.ERROR, severity=Severity.ERROR)))


def _said() -> pl.Expr:
    """The words without the queue ID."""
    return pl.col("text").str.replace(_QUEUE_ID, "")


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `kind`, `severity` and `everyday`: true for what a healthy server writes."""
    text = pl.col("text")
    chatter = (
        text.str.ends_with("] not internal")
        | text.str.ends_with(": not authenticated")
        | text.str.ends_with(": no signature data")
        | text.str.contains(_NEUTRAL)
    )
    kind = (
        pl.when(text.str.contains(_SIGNED)).then(pl.lit(Kind.DKIM_SIGNED.value))
        .when(chatter).then(pl.lit(Kind.CLIENT.value))
        .when(text.str.ends_with(": DKIM verification successful")).then(pl.lit(Kind.DKIM_VERIFIED.value))
    )  # fmt: skip
    out = frame.with_columns(
        kind.alias("kind"),
        pl.lit(Severity.INFO.value).alias("severity"),
        pl.lit(True).alias("everyday"),
    )
    rare = out["kind"].is_null()
    if not rare.any():
        return out
    known, at = _rare(out["text"].filter(rare)), rare.arg_true()
    return out.with_columns(out[name].scatter(at, known[name]) for name in known.columns)


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction, queue_id, dkim_domain, dkim_selector, client and reason."""
    text = frame.select(pl.col("text"), _said().alias("said"))
    said = pl.col("said")
    # The client that is not ours: `mail.example.org [192.0.2.1] not internal`; a nameless one
    # has its address in brackets for a name.
    client = said.str.extract_groups(r"^(?P<name>\S+) \[(?P<ip>[0-9A-Fa-f:.]+)\] not internal$").struct
    name = client.field("name")
    signature = (
        r"^(?:(?:[A-Za-z-]+ field added|key retrieval failed|key revoked) \(|)s=([^ ,)]+),? d=([^ ,):]+)"
    )
    result = said.str.extract_groups(
        r"^signature=\S+ (?P<words>domain=(?P<domain>\S*) selector=(?P<selector>\S*) result=.*)$"
    ).struct
    new = text.select(
        pl.lit(Direction.LOCAL.value).alias("direction"),
        pl.col("text").str.extract(_QUEUE_ID).alias("queue_id"),
        pl.coalesce(said.str.extract(signature, 2), result.field("domain")).alias("dkim_domain"),
        pl.coalesce(said.str.extract(signature, 1), result.field("selector")).alias("dkim_selector"),
        pl.when(~name.str.starts_with("[")).then(name).alias("client_name"),
        client.field("ip").alias("client_ip"),
        # the signature's own letters would make every line a shape of its own
        pl.coalesce(result.field("words"), said).alias("reason"),
    )
    return frame.with_columns(*new.get_columns())


#: See `_kinds`; the ends of lines are compared from where the queue ID ends.
_EVERYDAY: Final = (
    rf"opendkim\[[0-9]{{1,10}}\]: {QUEUE_ID}: "
    r"(?:DKIM-Signature field added \(s=|DKIM verification successful$|not authenticated$|no signature data$"
    r"|[^ ]+ \[[0-9A-Fa-f:.]+\] not internal$)"
)

FAMILY: Final = Family(
    name=Name.OPENDKIM, programs=r"^opendkim$", kinds=_kinds, fields=_fields, everyday=_EVERYDAY
)
