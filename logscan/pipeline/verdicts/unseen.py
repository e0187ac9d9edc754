"""What logs cannot show of the few mails that were asked for.

In: a survey, what was assumed, what was found. Out: `model.findings.BlindSpot`. Never: looks through the logs for it: a trace
reads few lines, so only what these, and the logs' ends, show is claimed.
"""

from __future__ import annotations

from logscan.model.findings import Assumptions, BlindSpot
from logscan.packs.load import Pack
from logscan.parsers.family import Stamp
from logscan.pipeline.logs.grounds import journal
from logscan.pipeline.logs.survey import Survey
from logscan.pipeline.verdicts.blindness import spot
from logscan.pipeline.verdicts.scenes import guessed


def unseen(
    survey: Survey, assumed: Assumptions, begun_before: int, pack: Pack, lang: str
) -> tuple[BlindSpot, ...]:
    """Return it, the gravest first. begun_before: mails whose first lines are not there."""
    read = journal(survey.logs)
    yearless = any(log.format.stamp is Stamp.YEARLESS for log in survey.logs)
    claims = (
        ("journal-boot", read is not None and read.volatile),
        ("mail-begins-late", begun_before > 0),
        ("no-year", yearless and guessed(assumed)),
    )
    values = {"mails": (f"{begun_before:,}",)}
    return tuple(spot(name, values, pack, lang) for name, holds in claims if holds)
