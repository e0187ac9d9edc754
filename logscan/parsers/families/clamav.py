"""What ClamAV's programs tell syslog: a virus data base that is old, a scanner that died, a milter without one.

For: mail that a virus scanner holds up. In: records of `clamd`, `freshclam`, `clamav-milter`. Out: `FAMILY`.
Never: the name of a file or a virus as a word that decides; what counts stands before it.

`FOUND` is a remark, kind `warning`, severity notice: finding viruses is what a scanner is for.
Source: ClamAV 0.97 to 1.4, clamd/, freshclam/, clamav-milter/, shared/output.c.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers.family import Family
from logscan.parsers.sayings import judged, saying

#: Its own stamp, where LogTime is on beside syslog; and the marks of its own levels.
_OWN: Final = r"^(?:[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d \d{4} -> )?[!^*~$]?"

_SAYINGS: Final = (
    saying(
        Kind.WARNING,
        Severity.WARNING,
        r"(?:LibClamAV )?Warning: \*{0,3} *The virus database is older",
        r"WARNING: Your ClamAV installation is OUTDATED",
        r"(?:ERROR|Error): (?:Can't|Could not|Couldn't|Failed to) (?:download|get|read|connect|resolve|query)",
        r"(?:ERROR|Error|WARNING): (?:Update failed|Database update|FreshClam|DownloadManager|getpatch|get[a-z_]*:)",
    ),
    saying(Kind.FATAL, Severity.CRITICAL, r"ERROR: No clamd server appears to be available"),
    saying(
        Kind.FATAL,
        Severity.ERROR,
        r"(?i)(?:LibClamAV )?(?:fatal|error): .*(?:allocate|memory|malformed database|no supported database)",
    ),
    saying(Kind.ERROR, Severity.ERROR, r"(?:LibClamAV )?(?:ERROR|Error): "),
    saying(Kind.WARNING, Severity.INFO, r"(?:LibClamAV )?(?:WARNING|Warning): "),
    saying(Kind.WARNING, Severity.NOTICE, r".{1,4000}: \S{1,400}(?:\([0-9a-f]{32}:\d+\))? FOUND$"),
    saying(
        Kind.LIFECYCLE,
        Severity.INFO,
        r"(?:SelfCheck|Self checking|clamd daemon|Reading databases|Loaded \d+|Database |ClamAV update process|daily|main|bytecode|safebrowsing)",
        r"(?:Received signal|Pid file removed|--- Stopped|\+\+\+ Started|Listening daemon|Socket file removed|Running as user)",
        r"(?:Waiting for|Log file size|LOCAL|TCP|UNIX|Unix socket|Limits|Archive|BlockMax|Algorithmic|Portable|ELF|Mail files|PDF|HTML|OLE2|SWF|XMLDOCS|HWP3|Heuristic|Detection|Bounce|Phishing)",
        everyday=True,
    ),
)


def _said(frame: pl.DataFrame) -> pl.Series:
    """The words without a stamp and a mark of their own."""
    return frame["text"].str.replace(_OWN, "")


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with `kind`, `severity` and `everyday`."""
    return frame.hstack(judged(_said(frame), _SAYINGS).get_columns())


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction and reason."""
    return frame.with_columns(pl.lit(Direction.LOCAL.value).alias("direction"), _said(frame).alias("reason"))


#: Without `everyday`: the glance at every line of every log would pay for a few lines of some.
FAMILY: Final = Family(
    name=Name.CLAMAV, programs=r"^(?:clamd|freshclam|clamav-milter)$", kinds=_kinds, fields=_fields
)
