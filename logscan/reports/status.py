"""A nightly report in one line, for Nagios, Icinga and their kin.

In: `Nightly`, phrases. Out: one line, `LOGSCAN OK - sentence | performance data`, and the code that a plugin ends with.
Never: a second line; a bar in the sentence, for what follows one is data.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from logscan.model.report import GREEN, RED, UNKNOWN, YELLOW, Nightly
from logscan.model.safety import escape
from logscan.reports import report_words as say
from logscan.reports.wording import Wording

#: Light -> a plugin's word and exit code.
STATES: Final = {GREEN: ("OK", 0), YELLOW: ("WARNING", 1), RED: ("CRITICAL", 2), UNKNOWN: ("UNKNOWN", 3)}
SEVERITIES: Final = ("critical", "error", "warning")


def line(report: Nightly, words: Wording, *, unsent: bool = False) -> str:
    """Return the line, without its end. unsent: the report could not be mailed, which is a failure whatever it says."""
    state, _ = STATES[report.light]
    if unsent:
        state = f"{STATES[UNKNOWN][0]} - {words.say('mail_status')} {state}"
    said = [say.verdict(report, words), say.mail(report, words)]
    if changed := say.changed(report, words):
        said.append(changed)
    sentence = escape(" ".join(said)).replace("|", "/")
    return f"LOGSCAN {state} - {sentence} | {' '.join(_data(report))}"


def failure(reason: str) -> str:
    """Return the line of a report that could not be made."""
    return f"LOGSCAN UNKNOWN - {escape(reason).replace('|', '/')}"


def code(report: Nightly, *, unsent: bool = False) -> int:
    """Return what a plugin ends with."""
    return STATES[UNKNOWN if unsent else report.light][1]


def _data(report: Nightly) -> list[str]:
    counts = Counter(finding.severity.value for finding in report.scan.findings)
    sums = report.flow.sums
    data = [f"{name}={counts[name]};;;0" for name in SEVERITIES]
    data += [
        f"{name}={getattr(sums, name)};;;0" for name in ("received", "delivered", "bounced", "deferrals")
    ]
    data.append(f"rejected={sums.rejected};;;0")
    data.append(f"queued={len(report.bounces.still_queued)};;;0")
    data.append(f"outages={len(report.outages.outages)};;;0")
    data += [
        f"delay_p95={one.p95:g}s;;;0"
        for one in report.flow.delays
        if one.stage == "total" and one.p95 is not None
    ]
    data.append(f"not_understood={report.scan.totals.unparsed};;;0")
    return data
