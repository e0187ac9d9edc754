"""What postgrey tells syslog: who was put off, who passed and why; its data base, start and stop.

For: a mail that is late because it was greylisted, and whether it came back. In: records of the
program `postgrey`. Out: `FAMILY`. Never: the refusal itself, which Postfix logs.

`action=pass` is kind `client`, everyday. `action=greylist` is a remark on a client, kind `warning`,
severity info: it is what greylisting is for. Its own trouble carries `warning: ` or `fatal: `.
Source: postgrey 1.2x to 1.37; Net::Server's words at start and stop.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers.family import Family
from logscan.parsers.sayings import QUEUE_ID, judged, saying

#: Since Postfix tells a policy server the queue ID, postgrey logs it.
_ID: Final = rf"^({QUEUE_ID}): "
_DAY: Final = r"(?:\d{4}/\d{2}/\d{2}-\d{2}:\d{2}:\d{2} )?"

_SAYINGS: Final = (
    saying(Kind.CLIENT, Severity.INFO, r"action=pass, ", everyday=True),
    saying(Kind.WARNING, Severity.INFO, r"action=greylist, "),
    saying(Kind.WARNING, Severity.NOTICE, r"action="),
    saying(Kind.FATAL, Severity.ERROR, rf"{_DAY}(?:fatal: |FATAL: |ERROR: |Can't connect to )"),
    saying(Kind.ERROR, Severity.ERROR, r"(?i)error(?: in)?\b", r"Couldn't (?:unlink|open|close|become)"),
    saying(
        Kind.WARNING,
        Severity.WARNING,
        r"warning: ",
        r"unrecognized request type: ",
        r"ignoring garbage: ",
        r"Pid_file .* already exists",
    ),
    saying(
        Kind.LIFECYCLE,
        Severity.INFO,
        rf"{_DAY}postgrey \(type Net::Server",
        rf"{_DAY}Server closing!",
        rf"{_DAY}Process Backgrounded",
        r"Binding (?:to|open file descriptor) ",
        r"Setting (?:gid|uid) to ",
        r"Group Not Defined|User Not Defined",
        r"Pid_file created",
        r"HUP received",
        r"Re-exec server during HUP",
        r"(?:start|stop)ing!?",
        r"cleaning (?:up|main|clients) ",
        r"(?:read|reload)ing whitelists",
        r"whitelisted: ",
        r"rm /|removing \d+ ",
    ),
)

#: postgrey writes the client's name and address first; sender and recipient are the client's words,
#: each of which could hold the next mark, so the whole is anchored at both ends.
_DECISION: Final = (
    r"(?s)^(?P<reason>action=[a-z]+, reason=.*?), client_name=(?P<name>[^ ,]*), "
    r"client_address=(?P<ip>[0-9A-Fa-f:.]+)(?:/\d+)?(?:, sender=(?P<sender>.*?))?, recipient=(?P<recipient>.*)$"
)


def _said(frame: pl.DataFrame) -> pl.Series:
    """The words without the queue ID."""
    return frame.select(pl.col("text").str.replace(_ID, "")).to_series()


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `kind`, `severity` and `everyday`."""
    return frame.hstack(judged(_said(frame), _SAYINGS).get_columns())


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction, queue_id, client, sender, recipient and reason.

    Sender and recipient stay null where the client's words hold the mark between the two.
    """
    said = _said(frame)
    found = said.str.extract_groups(_DECISION).struct.unnest()
    decided = found["ip"].is_not_null()
    sure = said.str.count_matches(", recipient=", literal=True) == 1
    # a null sender is told by an empty word or by no word at all
    sender = pl.when(pl.lit(decided & sure)).then(pl.col("sender").fill_null(""))
    return frame.with_columns(
        pl.lit(Direction.LOCAL.value).alias("direction"),
        pl.col("text").str.extract(_ID, 1).alias("queue_id"),
        *found.select(
            pl.when(~pl.col("name").is_in(["", "unknown"])).then(pl.col("name")).alias("client_name"),
            pl.col("ip").alias("client_ip"),
            sender.alias("sender"),
            pl.when(pl.lit(sure) & (pl.col("recipient") != "")).then(pl.col("recipient")).alias("recipient"),
            pl.coalesce(pl.col("reason"), pl.lit(said)).alias("reason"),
        ).get_columns(),
    )


#: Without `everyday`: the glance at every line of every log would pay for a few lines of some.
FAMILY: Final = Family(name=Name.POSTGREY, programs=r"^postgrey$", kinds=_kinds, fields=_fields)
