"""What keeps the machine's clock right, and when it had to be set: chrony, ntpd, OpenNTPD, systemd-timesyncd.

For: logs in which time jumps: sessions that end before they begin, keys and tickets that are not yet valid.
In: records of these programs. Out: `FAMILY`. Never: the ordinary life of a time server; it is everyday.

A step is kind `warning`, severity notice. Source: chrony 1.2x to 4.5 (local.c, reference.c), ntp 4.2 (ntp_loopfilter.c,
ntpdate.c), OpenNTPD (ntp.c, ntpd.c), systemd 213 to 257 (src/timesync).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers.family import Family
from logscan.parsers.sayings import judged, saying

_SAYINGS: Final = (
    saying(
        Kind.WARNING,
        Severity.NOTICE,
        r"System clock wrong by -?[0-9.]+ seconds",
        r"System clock was stepped by -?[0-9.]+ seconds",
        r"(?:Forward|Backward) time jump detected",
        r"time (?:reset|stepped by) [+-]?[0-9.]+",
        r"step time server \S+ offset [+-]?[0-9.]+ sec",
        r"clock_step: ",
        r"set local clock to .* \(offset -?[0-9.]+s\)",
        r"System time changed\. Resyncing",
        r"System clock time (?:advanced|unset or jumped backwards|changed)",
    ),
    saying(
        Kind.LIFECYCLE,
        Severity.INFO,
        r"(?:chronyd|ntpd) (?:version )?\S+ (?:starting|exiting)",
        r"chronyd exiting",
        r"ntpd exiting on signal",
        r"ntp engine (?:ready|exiting)",
        everyday=True,
    ),
    saying(Kind.OTHER, Severity.INFO, "", everyday=True),
)


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with kind, severity and everyday: false for a step."""
    return frame.hstack(judged(frame["text"], _SAYINGS).get_columns())


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction and reason."""
    return frame.with_columns(
        pl.lit(Direction.LOCAL.value).alias("direction"), pl.col("text").alias("reason")
    )


FAMILY: Final = Family(
    name=Name.CLOCK, programs=r"chronyd|ntpd|ntpdate|sntp|systemd-timesyncd", kinds=_kinds, fields=_fields
)
