"""What systemd says of the units that mail and webmail consist of; and of the machine's own start.

For: which service died, was started anew, gave up, or was reloaded just before it failed. In: records of the
programs `systemd`, `systemd-oomd`, `systemd-logind`. Out: `FAMILY`. Never: units that mail and webmail can do
without: whatever becomes of them is everyday.

One failure is told by up to five lines: the process that ended, the failed state (in two spellings, of which
one counts), the failed start, the restart. Echoes are lifecycle. `backend` is the unit, or its description where
systemd before 250 says no more.
Source: systemd 204 to 257, src/core (unit.c, service.c, job.c, manager.c), src/oom, src/login.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction, Kind, Severity
from logscan.model.vocabulary import Family as Name
from logscan.parsers import household
from logscan.parsers.family import Family
from logscan.parsers.sayings import judged, saying

_NAME: Final = r"[\w@.:\\-]+\.(?:service|socket|timer|mount|scope|slice|target|path|swap|device)"
#: `apache2.service: `; systemd 219 and before left the colon out here and there.
_UNIT: Final = rf"{_NAME}:? "

_SAYINGS: Final = (
    saying(
        Kind.ERROR,
        Severity.ERROR,
        rf"{_UNIT}A process of this unit has been killed by the OOM killer",
        rf"{_UNIT}systemd-oomd killed [0-9]+ process",
        r"Killed /\S+ due to (?:memory|swap) ",
    ),
    saying(
        Kind.LIFECYCLE,
        Severity.INFO,
        rf"{_UNIT}(?:[Mm]ain|[Cc]ontrol) process exited, code=(?:exited,? status=0\b|killed,? status=15\b)",
    ),
    saying(
        Kind.ERROR,
        Severity.ERROR,
        rf"{_UNIT}(?:[Mm]ain|[Cc]ontrol) process exited, code=(?:exited|killed|dumped)",
    ),
    saying(
        Kind.ERROR,
        Severity.CRITICAL,
        rf"{_UNIT}[Ss]tart request repeated too quickly",
        rf"start request repeated too quickly for {_NAME}",
    ),
    saying(
        Kind.ERROR,
        Severity.ERROR,
        rf"{_UNIT}Failed with result '",
        rf"Unit {_NAME} entered failed state",
        r"Failed to (?:start|reload) ",
        r"Dependency failed for ",
        rf"{_UNIT}Failed at step \w+ spawning ",
        rf"{_UNIT}Failed to (?:execute|run|spawn|load|fork|set up|locate)\b",
    ),
    saying(
        Kind.WARNING,
        Severity.WARNING,
        rf"{_UNIT}Scheduled restart job, restart counter is at [0-9]+",
        rf"{_UNIT}(?:Service )?hold-?off time over, scheduling restart",
        rf"{_UNIT}State '[a-z-]+' timed out",
        rf"{_UNIT}(?:(?:[Ss]tart|[Ss]top|[Rr]eload)(?:-[a-z-]+)?(?: operation)?) timed out",
        rf"{_UNIT}[Ww]atchdog timeout",
    ),
    # said of the clock; every daemon's times may have jumped
    saying(Kind.WARNING, Severity.NOTICE, r"Time has been changed"),
    saying(
        Kind.LIFECYCLE,
        Severity.INFO,
        r"(?:Starting|Started|Stopping|Stopped|Reloading|Reloaded|Finished|Closed|Listening on|Mounted) ",
        rf"{_UNIT}(?:Unit entered failed state|Succeeded\.|Deactivated successfully|Consumed |failed\.$)",
        rf"{_UNIT}Service RestartSec=\S+ expired, scheduling restart",
        rf"{_UNIT}(?:Killing process|Sent signal|Unit process|Found left-over|Supervising process|Triggering OnFailure)",
        rf"{_UNIT}(?:Unit cannot be reloaded|Changed |Installed new job|Got notification)",
        r"Startup finished in ",
        r"System is (?:rebooting|powering down|halting)|Powering off|Rebooting|Power key pressed",
        r"Reload(?:ing\.| requested)|Reexecuting",
    ),
    saying(Kind.OTHER, Severity.INFO, ""),
)
#: About the whole machine, and no user's own manager says them.
_MACHINE: Final = (
    r"^(?:Startup finished in .*\(kernel\)|System is (?:rebooting|powering down|halting)|Powering off|Rebooting"
    r"|Power key pressed|Time has been changed)"
)

_BACKEND: Final = (
    rf"^(?:Unit )?({_NAME}):? ",
    rf"too quickly for ({_NAME})",
    rf"^Killed /(?:\S+/)?({_NAME}) due to ",
    rf"^(?:[A-Z][a-z]+ to (?:start|reload)|Dependency failed for|Listening on|[A-Z][a-z]+) ({_NAME})(?: - |\.|$)",
    # `Started The Apache HTTP Server.`, `Starting LSB: Apache2 web server...`
    r"^(?:Failed to (?:start|reload)|Dependency failed for|Start(?:ing|ed)|Stopp(?:ing|ed)|Reload(?:ing|ed)|Finished) (.+?)\.*$",
)


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with kind, severity and everyday, true for units of no concern to mail and webmail."""
    said = judged(frame["text"], _SAYINGS)
    text = frame["text"]
    matters = text.str.contains(household.WORDS) & ~text.str.contains(f"(?i){household.SESSION}")
    noteworthy = (said["kind"] != Kind.OTHER.value) & (matters | text.str.contains(_MACHINE))
    return frame.with_columns(
        said["kind"], said["severity"], (~noteworthy).fill_null(value=True).alias("everyday")
    )


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with direction, backend (the unit) and reason."""
    text = pl.col("text")
    return frame.with_columns(
        pl.lit(Direction.LOCAL.value).alias("direction"),
        pl.coalesce(*(text.str.extract(pattern, 1) for pattern in _BACKEND)).alias("backend"),
        text.alias("reason"),
    )


FAMILY: Final = Family(
    name=Name.SYSTEMD,
    programs=r"systemd|systemd-(?:oomd|logind|shutdown|sleep|coredump|fsck|udevd|tmpfiles|resolved|networkd)",
    kinds=_kinds,
    fields=_fields,
)
