"""A reading whose years are right from its first line on: what was told of a mail cannot be taken back.

In: a survey, settings. Out: `Reading`. Never: reads logs twice whose stamps have a year.
"""

from __future__ import annotations

from logscan.engine.threads import spread
from logscan.model.settings import Settings
from logscan.pipeline.reading import Reading, Reread, rereading_all
from logscan.pipeline.survey import Survey
from logscan.pipeline.work import Work


def settled(found: Survey, settings: Settings, firsts: dict[int, int]) -> Reading:
    """Return a reading in which no `Reread` is to be feared. firsts: years by log; what is found out is put in."""

    def fresh() -> Reading:
        return Reading(logs=found.logs, settings=settings, zone=found.zone, firsts=firsts)

    while settings.year is None and found.yearless:
        trial = fresh()
        walk = Work(plans=trial.plans, told={}, since=None, until=None, raw_literals=())
        try:
            for _ in spread(trial.bundles(found.yearless), rereading_all(walk.rows), settings.jobs):
                pass
            trial.finish()
            break
        except Reread as again:
            firsts[again.index] = again.first
    return fresh()
