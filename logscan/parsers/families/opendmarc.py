"""What OpenDMARC tells syslog: the verdict on each mail, its configuration, socket, start and stop.

For: a mail that was refused or quarantined for its author's domain, a filter that does not start.
In: records of the program `opendmarc`. Out: `FAMILY`. Never: the refusal itself, which Postfix logs.

The verdict `QUEUEID: author-domain pass|none|fail` is kind `client`, everyday, when nothing is wrong;
a `fail` is a remark on a client's mail, kind `warning`, severity notice: whether it is also refused
depends on the domain's policy and on RejectFailures. A mail that breaks RFC 5322 is the same. Its own
trouble (DNS, history file, socket) is kind `error`, what keeps it from starting kind `fatal`.
Source: OpenDMARC 1.3 and 1.4, opendmarc/opendmarc.c.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers.family import Family
from logscan.parsers.sayings import QUEUE_ID, judged, saying

#: OpenDMARC puts a colon behind the queue ID nearly everywhere; `ignoring Authentication-Results` has none.
_ID: Final = rf"^(?:({QUEUE_ID})|\(unknown-jobid\)):? "
#: The name of the program or of a file that may stand before the words.
_NAMES: Final = r"(?:[^ ]+: ){0,2}"
#: A domain that the author of the mail wrote; it holds no blank.
_DOMAIN: Final = r"[^ ]+"
#: Trouble of the operating system or of libmilter: a function's name, what came of it.
_CALL: Final = rf"{_NAMES}(?:\[(?:child|parent)\] )?[a-z_]+\(\)"

_SAYINGS: Final = (
    saying(Kind.CLIENT, Severity.INFO, rf"{_DOMAIN} (?:pass|none)$", everyday=True),
    saying(Kind.WARNING, Severity.NOTICE, rf"{_DOMAIN} fail$"),
    saying(
        Kind.CLIENT,
        Severity.INFO,
        r"SPF\([a-z0-9]+\): ",
        r"ignoring (?:Authentication-Results at \d+|connection|mail) from ",
        everyday=True,
    ),
    saying(Kind.WARNING, Severity.INFO, r"ARC (?:pass|fail), "),
    saying(
        Kind.WARNING,
        Severity.NOTICE,
        r"RFC5322 requirement error: ",
        r"multi-valued From field detected",
        r"unable to parse (?:From header field|validated SPF address)",
        r"can't extract SPF address from Authentication-Results",
        r"ignoring invalid \S+ header ",
    ),
    saying(
        Kind.LIFECYCLE,
        Severity.INFO,
        r"OpenDMARC Filter v\S+ (?:starting|terminating with status 0\b)",
        r"(?:additional )?trusted authentication services?: ",
        r"implicit authentication service: ",
        r"configuration reloaded from ",
        r"exited with status 0\b",
    ),
    saying(Kind.LIFECYCLE, Severity.ERROR, r"OpenDMARC Filter v\S+ terminating with status"),
    saying(Kind.ERROR, Severity.ERROR, r"(?:exited with status|terminated with signal) \d+"),
    saying(
        Kind.WARNING,
        Severity.WARNING,
        r"WARNING: ",
        rf"{_NAMES}can't enable coredumps",
        rf"{_NAMES}us(?:e of|ing) ChangeRootDirectory",
        rf"{_NAMES}(?:flock|lockf)\([A-Z_]+\): ",
    ),
    saying(
        Kind.FATAL,
        Severity.ERROR,
        rf"{_NAMES}configuration error at line",
        rf"{_NAMES}required parameter \S+ missing",
        rf"{_NAMES}milter socket must be specified",
        rf"{_NAMES}AutoRestartRate invalid",
        rf"{_NAMES}can't load (?:domain whitelist|ignore list|fake DNS data)",
        rf"{_NAMES}smfi_(?:opensocket|register)\(\) failed",
        rf"{_NAMES}no such (?:user|group)\b",
        r"maximum restart (?:count|rate) exceeded",
        r"opendmarc_policy_library_init\(\) failed",
    ),
    # The DNS did not tell the domain's policy: the mail passes, or is put off.
    saying(Kind.LOOKUP_FAILED, Severity.NOTICE, r"opendmarc_policy_query_dmarc\(.*\) returned status "),
    saying(
        Kind.ERROR,
        Severity.ERROR,
        _CALL,
        r"opendmarc_policy_store_\w+\(\) returned status",
        rf"{_NAMES}(?:fopen|fwrite|pclose|popen|kill|malloc)\(",
        r".* (?:header add|context initialization|socket cleanup) failed",
        r"(?:socket cleanup|DMARC context initialization) failed",
        r"(?:\[parent\] )?socket cleanup failed",
        r"unable to create buffer",
        r"read/parse error",
        r"can't write pid",
        r"ignoring reload signal",
        rf"{_NAMES}(?:error inserting|failed to allocate)",
    ),
)


def _said(frame: pl.DataFrame) -> pl.Series:
    """The words without the queue ID."""
    return frame.select(pl.col("text").str.replace(_ID, "")).to_series()


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `kind`, `severity` and `everyday`."""
    return frame.hstack(judged(_said(frame), _SAYINGS).get_columns())


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction, queue_id and reason, and the sender that SPF was asked about."""
    said = _said(frame)
    return frame.with_columns(
        pl.lit(Direction.LOCAL.value).alias("direction"),
        pl.col("text").str.extract(_ID, 1).alias("queue_id"),
        said.str.extract(r"^SPF\(mailfrom\): ([^ ]+@[^ ]+) [a-z]+$", 1).alias("sender"),
        said.alias("reason"),
    )


#: Without `everyday`: the glance at every line of every log would pay for a few lines of some.
FAMILY: Final = Family(name=Name.OPENDMARC, programs=r"^opendmarc$", kinds=_kinds, fields=_fields)
