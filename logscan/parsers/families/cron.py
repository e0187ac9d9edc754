"""What cron, anacron and logrotate start: the neighbours that tell who reloads a web server every night.

For: the failure of 06:25 (Debian's cron.daily) or 00:00. In: records of cron, crond, anacron, run-parts, logrotate.
Out: `FAMILY`. Never: takes a job's command for more than its words.

A job is kind `lifecycle`, severity info, and everyday unless it may touch mail, web or their logs. What goes wrong
in cron itself is a notice; a logrotate that gave up is a warning.
Source: Vixie cron 3.0 of Debian, cronie 1.4 to 1.7, BusyBox crond, anacron 2.3, logrotate 3.7 to 3.22.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers import household
from logscan.parsers.family import Family
from logscan.parsers.sayings import judged, saying

_SAYINGS: Final = (
    saying(
        Kind.LIFECYCLE,
        Severity.INFO,
        r"\([^)]*\) (?:CMD|CMDOUT|CMDEND|INFO|RELOAD|STARTUP|BEGIN EDIT|END EDIT|REPLACE|LIST|DELETE|REBOOT)\b",
        r"USER \S+ pid +[0-9]+ cmd ",
        r"\(CRON\) (?:info|INFO|STARTUP|STARTING) ",
        r"\(/etc/cron\.[a-z]+\) (?:starting|finished) ",
        r"(?:starting|finished) \S+$",
        r"Anacron (?:[0-9.]+ )?started|Will run job `|Jobs will be executed|Job `[^']*' (?:started|terminated$)|Normal exit",
    ),
    saying(
        Kind.ERROR,
        Severity.NOTICE,
        r"\(CRON\) (?:error|ERROR|DEATH) ",
        r"\([^)]*\) (?:MAIL \(mailed .* status|FAILED|ERROR|ORPHAN|WRONG |BAD FILE|PAM ERROR|MISSING|INSECURE)",
        r"Job `[^']*' terminated \((?:exit status|signal)",
        r"(?:Authentication token|Authentication failure|CAN'T OPEN|can't )",
        r"pam_unix\(cron:account\): ",
    ),
    saying(Kind.ERROR, Severity.WARNING, r"ALERT exited abnormally", r"error: "),
    saying(Kind.OTHER, Severity.INFO, ""),
)
_NIGHTLY: Final = r"(?:cron\.(?:daily|weekly|monthly)|\brestart\b|\breload\b|\bgraceful\b|\bkill(?:all)?\b|systemctl|service )"


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with kind, severity and everyday, true for jobs that touch neither mail nor web."""
    text = frame["text"]
    said = judged(text, _SAYINGS)
    touches = text.str.contains(household.WORDS) | text.str.contains(_NIGHTLY)
    job = said["kind"] == Kind.LIFECYCLE.value
    everyday = (job & ~touches) | (said["kind"] == Kind.OTHER.value)
    return frame.with_columns(
        said["kind"], said["severity"], everyday.fill_null(value=True).alias("everyday")
    )


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction and reason."""
    return frame.with_columns(
        pl.lit(Direction.LOCAL.value).alias("direction"), pl.col("text").alias("reason")
    )


FAMILY: Final = Family(
    name=Name.CRON,
    programs=r"(?i)(?:/usr/sbin/)?(?:cron|crond|anacron|fcron|crontab|logrotate|run-parts(?:\(\S*\))?)",
    kinds=_kinds,
    fields=_fields,
)
