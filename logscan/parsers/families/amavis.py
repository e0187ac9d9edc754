"""What amavis tells syslog: which mail it let pass, blocked and why; trouble with its scanners and with Postfix.

For: mail that waits behind a filter, or that vanished in it. In: records of the program `amavis`.
Out: `FAMILY`. Never: Postfix's own account of the hand-over, which stands in its lines.

`Passed ...` is kind `client`, everyday; `Blocked ...` is a remark on a mail, kind `warning`, severity notice: blocking is
what a filter is for. amavis marks trouble itself: `(!)` is an error, `(!!)` means that mail is not checked or not taken.
Source: amavisd-new 2.4 to 2.13, the log template of README.customize and do_log's levels.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers.family import Family
from logscan.parsers.sayings import QUEUE_ID, judged, saying

#: Process and mail, `(01234-01)` or `(01234-01-2)`: what stands before the words of one mail.
_MAIL: Final = r"^\([0-9]{1,7}(?:-[0-9]{1,5}){1,2}\) "
#: A mail's second line and those behind it, where the first was too long.
_CONTINUED: Final = r"\.\.\."

_SAYINGS: Final = (
    saying(Kind.CLIENT, Severity.INFO, "Passed ", everyday=True),
    saying(Kind.WARNING, Severity.NOTICE, "Blocked "),
    saying(Kind.ERROR, Severity.ERROR, r"\(!!\)"),
    saying(Kind.WARNING, Severity.WARNING, r"\(!\)"),
    saying(Kind.FATAL, Severity.ERROR, "(?:Can't|Could not|Unable to|Error in|Config file) "),
    saying(Kind.OTHER, Severity.INFO, _CONTINUED, everyday=True),
    saying(
        Kind.LIFECYCLE,
        Severity.INFO,
        r"(?:starting|Starting)[. ]",
        r"Net::Server: ",
        r"(?:Found|No) (?:decoder|\$|ext program|secondary av scanner)",
        r"Using (?:primary|secondary|internal) ",
        r"Module |Amavis::|user=|Perl version|INFO: |logging initialized|ANTI-[A-Z]+ code|Valid PID file",
        r"extra modules loaded|SpamControl: |SA info: |bind to |Creating db in |initializing Mail::SpamAssassin",
        r"Deleting db files|child_finish_hook|TIMING|load: |size: |rusage|sd_notify|Removing PID file",
        everyday=True,
    ),
)

#: Sender and recipients are strangers' words: each stands in angle brackets, which amavis quotes inside.
_VERDICT: Final = (
    r"(?s)^(?P<verdict>(?:Passed|Blocked) [A-Z][A-Z0-9-]*)(?: \((?P<what>[^()]*(?:\([^()]*\)[^()]*)*)\))?"
    r"(?: \{(?P<action>[A-Za-z,]*)\})?, (?:[A-Z]+ )?(?:LOCAL )?(?:\[(?P<ip>[0-9A-Fa-f:.]{2,45})\](?::\d{1,5})? )?"
    r"(?:\[[0-9A-Fa-f:.]{2,45}\] )?<(?P<sender>[^<>]*)> -> <(?P<recipient>[^<>]*)>"
)
_QUEUE_ID: Final = rf", Queue-ID: ({QUEUE_ID}),"
_CHILD: Final = rf", queued_as: ({QUEUE_ID})(?:[,/]|$)"
_SIZE: Final = r", size: (\d{1,12}),"
_TOOK: Final = r", (\d{1,9}) ms$"
#: Where the part ends that tells one kind of trouble: behind it stand mails, files and Perl's line numbers.
_PLACE: Final = r"(?s) at \(?\S+\)? line \d+.*$"


def _said(frame: pl.DataFrame) -> pl.Series:
    """The words without the process and the number of the mail."""
    return frame["text"].str.replace(_MAIL, "")


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `kind`, `severity` and `everyday`."""
    return frame.hstack(judged(_said(frame), _SAYINGS).get_columns())


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction, queue_id, child_queue_id, client_ip, sender, recipient, size, duration (s), reason.

    recipient: of a mail for several the first. reason of a verdict: the verdict, what was found, and what was done.
    """
    said = _said(frame)
    found = said.str.extract_groups(_VERDICT).struct.unnest()
    told = found["verdict"].is_not_null()
    what = pl.when(pl.col("what").is_not_null()).then(pl.format(" ({})", "what")).otherwise(pl.lit(""))
    action = (
        pl.when(pl.col("action").is_not_null())
        .then(pl.concat_str(pl.lit(" {"), "action", pl.lit("}")))
        .otherwise(pl.lit(""))
    )
    tail = pl.DataFrame({"said": said, "told": told})
    mine = pl.when(pl.col("told"))
    return frame.with_columns(
        pl.lit(Direction.LOCAL.value).alias("direction"),
        *tail.select(
            mine.then(pl.col("said").str.extract(_QUEUE_ID, 1)).alias("queue_id"),
            mine.then(pl.col("said").str.extract(_CHILD, 1)).alias("child_queue_id"),
            mine.then(pl.col("said").str.extract(_SIZE, 1).cast(pl.Int64)).alias("size"),
            mine.then(pl.col("said").str.extract(_TOOK, 1).cast(pl.Float64) / 1000).alias("duration"),
        ).get_columns(),
        *found.select(
            pl.col("ip").alias("client_ip"),
            "sender",
            pl.when(pl.col("recipient") != "").then("recipient").alias("recipient"),
            pl.coalesce(pl.concat_str("verdict", what, action), pl.lit(said.str.replace(_PLACE, ""))).alias(
                "reason"
            ),
        ).get_columns(),
    )


#: Without `everyday`: the glance at every line of every log would pay for a few lines of some.
FAMILY: Final = Family(
    name=Name.AMAVIS, programs=r"^(?:amavis|amavisd|amavisd-new)$", kinds=_kinds, fields=_fields
)
