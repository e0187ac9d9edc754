"""Readings whose years are right, though a wrong one shows only while a log is read.

In: a survey, settings. Out: `whole`, for an answer that is made when all is read: it begins again; `settled`, for one
that is handed on meanwhile and cannot be taken back: the years come first; `backwards`, whether a mail's end may come
before its beginning. Never: reads logs twice whose stamps have a year.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from logscan.engine.threads import spread
from logscan.model.settings import Settings
from logscan.pipeline.lines.work import Work
from logscan.pipeline.logs.reading import Reading, Reread, rereading_all
from logscan.pipeline.logs.survey import Survey

Result = TypeVar("Result")


def whole(found: Survey, settings: Settings, read: Callable[[Reading], Result]) -> tuple[Reading, Result]:
    """Return the reading that came to its end, and what `read` made of it."""
    firsts: dict[int, int] = {}
    while True:
        reading = Reading(logs=found.logs, settings=settings, zone=found.zone, firsts=firsts)
        try:
            result = read(reading)
            reading.finish()
        except Reread as again:
            firsts[again.index] = again.first
        else:
            return reading, result


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


def backwards(found: Survey) -> bool:
    """Whether the newest line of a log stands first, so that a mail's end comes before its beginning."""
    spans = [(log.span.first, log.span.last) for log in found.logs]
    return any(first is not None and last is not None and first > last for first, last in spans)
