"""A scene of a reading that has come to its end, for any command.

In: grounds, sums. Out: `Scene`. Never: reads a log.
"""

from __future__ import annotations

from datetime import tzinfo

from logscan.analyses import blind, totals
from logscan.model.findings import Assumptions
from logscan.model.settings import Settings
from logscan.pipeline.logs.grounds import Grounds
from logscan.pipeline.verdicts.scene import Found, Log, Scene


def scene_of(
    grounds: Grounds,
    settings: Settings,
    zone: tzinfo,
    *,
    signs: blind.Partial,
    found: Found,
    counted: totals.Partial,
) -> Scene:
    """Return all that is known. counted: by the indexes of the grounds' logs."""
    seen = {
        index: Log(group=log.group, yearless=log.yearless, emptied=log.emptied)
        for index, log in enumerate(grounds.logs)
    }
    times = [source.last for source in counted.sources.values() if source.last is not None]
    return Scene(
        signs=blind.finish(signs),
        found=found,
        totals=counted,
        logs=seen,
        guessed=guessed(grounds.assumed),
        # Whoever asks for an end of his own knows that there is more behind it.
        as_of=None if settings.until else settings.now or max(times, default=None),
        zone=zone,
        journal=grounds.journal,
    )


def guessed(assumed: Assumptions) -> bool:
    """Whether a year or a zone was assumed that nobody asked for."""
    return assumed.year_source in {"modified", "weekday"} or assumed.zone_source == "system"
