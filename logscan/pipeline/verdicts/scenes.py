"""A scene of a reading that has come to its end, for any command.

In: what was found, read, assumed; sums. Out: `Scene`. Never: reads a log.
"""

from __future__ import annotations

from collections.abc import Sequence

from logscan.analyses import blind, totals
from logscan.model.findings import Assumptions
from logscan.model.settings import Settings
from logscan.parsers.family import Stamp, families
from logscan.parsers.journal import JSON
from logscan.parsers.lines import formats
from logscan.pipeline.logs.survey import Log, Survey
from logscan.pipeline.verdicts.scene import SYSLOG, Found, Journal, Scene
from logscan.pipeline.verdicts.scene import Log as Seen


def scene_of(
    logs: Sequence[Log],
    survey: Survey,
    settings: Settings,
    assumed: Assumptions,
    *,
    signs: blind.Partial,
    found: Found,
    counted: totals.Partial,
) -> Scene:
    """Return all that is known. counted: by the indexes of `logs`."""
    owners = {own.name: owner for own, owner in formats(families())}
    emptied = {source.path for source in survey.empty}
    seen = {
        index: Seen(
            group=owners.get(log.format.name) or SYSLOG,
            yearless=log.format.stamp is Stamp.YEARLESS,
            emptied=log.source.rotation in emptied,
        )
        for index, log in enumerate(logs)
    }
    times = [source.last for source in counted.sources.values() if source.last is not None]
    return Scene(
        signs=blind.finish(signs),
        found=found,
        totals=counted,
        logs=seen,
        guessed=guessed(assumed),
        # Whoever asks for an end of his own knows that there is more behind it.
        as_of=None if settings.until else settings.now or max(times, default=None),
        zone=survey.zone.info,
        journal=journal(logs),
    )


def guessed(assumed: Assumptions) -> bool:
    """Whether a year or a zone was assumed that nobody asked for."""
    return assumed.year_source in {"modified", "weekday"} or assumed.zone_source == "system"


def journal(logs: Sequence[Log]) -> Journal | None:
    """Return what is known of the systemd journal, if logs were read from it."""
    mine = [log for log in logs if log.source.journal is not None or log.format is JSON]
    if not mine:
        return None
    volatile = all(log.source.journal is not None and log.source.journal.volatile for log in mine)
    return Journal(volatile=volatile, since=min((log.begin for log in mine if log.begin), default=None))
