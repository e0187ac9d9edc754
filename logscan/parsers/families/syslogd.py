"""What loggers say of themselves: rsyslog, journald, syslog-ng. Above all, that lines were thrown away.

For: a log that has holes. In: records of these programs. Out: `FAMILY`.
Never: takes what a logger quotes of others' lines for its own words: a notice is known by its beginning.

Lines that were lost are kind `warning`: every count of this log is then too small, and what a daemon
said in its worst minutes is what a limit of lines per minute loses first. Everything else is everyday.
Source: rsyslog 5 to 8 (runtime/ratelimit.c, plugins/imuxsock, plugins/imjournal), systemd
(src/journal/journald-server.c, journald-rate-limit), syslog-ng (Log statistics are left alone).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers.family import Family

#: rsyslog 5 to 7 puts the number of the message behind its name: rsyslogd-2177.
_PROGRAMS: Final = r"rsyslogd(?:-[0-9]+)?|systemd-journal(?:d)?|journal|syslog-ng|syslogd"

_MODULE: Final = r"im[a-z0-9]+(?:\[[^\]]*\])?"
_LOST: Final = (
    # rsyslog; before 6.1: `imuxsock begins to drop messages from pid 7 due to rate-limiting`
    rf"^{_MODULE}(?: from <[^>]*>)?: (?:[0-9]+ messages lost|begin to drop messages) due to rate-limiting",
    rf"^{_MODULE} (?:begins to drop messages|lost [0-9]+ messages) from pid [0-9]+ due to rate-limiting",
    r"^[^ :]+ from <[^>]*>: (?:[0-9]+ messages lost|begin to drop messages) due to rate-limiting",
    # journald
    r"^Suppressed [0-9]+ messages from ",
    r"^Missed [0-9]+ kernel messages",
    r"^Forwarding to syslog missed [0-9]+ messages",
)
_LIFECYCLE: Final = (
    r'^(?:\[origin software="rsyslogd" .*\] )?(?:re)?start(?:ed)?$',
    r'^\[origin software="rsyslogd" .*\] (?:exiting on signal|rsyslogd was HUPed)',
    r"^(?:Journal (?:started|stopped)|Collecting audit messages is (?:en|dis)abled\.)$",
    r"^(?:Runtime|System|User) Journal \(",
    r"^(?:Received client request to |Received SIG|Time spent on flushing to |Rotating )",
    r"^syslog-ng (?:starting up|shutting down)",
)


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with kind, severity and everyday: false for a notice of lost lines."""
    text = pl.col("text")
    lost = text.str.contains("|".join(_LOST)).fill_null(value=False)
    lifecycle = text.str.contains("|".join(_LIFECYCLE)).fill_null(value=False)
    kind = (
        pl.when(lost).then(pl.lit(Kind.WARNING.value))
        .when(lifecycle).then(pl.lit(Kind.LIFECYCLE.value))
        .otherwise(pl.lit(Kind.OTHER.value))
    )  # fmt: skip
    severity = pl.when(lost).then(pl.lit(Severity.WARNING.value)).otherwise(pl.lit(Severity.INFO.value))
    return frame.with_columns(
        kind.alias("kind"), severity.alias("severity"), (~lost).fill_null(value=True).alias("everyday")
    )


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction, reason, and as backend whose lines were lost, where that is said."""
    text = pl.col("text")
    whose = pl.coalesce(
        text.str.extract(r"^Suppressed [0-9]+ messages from ([^ ]+)$"),
        text.str.extract(r"^im[a-z0-9]+\[pid: [0-9]+, name: ([^\]]+)\]"),
        text.str.extract(r" from <[^:>]*:([^>]+)>: "),
    )
    return frame.with_columns(
        pl.lit(Direction.LOCAL.value).alias("direction"), text.alias("reason"), whose.alias("backend")
    )


FAMILY: Final = Family(name=Name.SYSLOGD, programs=_PROGRAMS, kinds=_kinds, fields=_fields)
