"""Does a log grow at its end, line by line? Only then it can be gone on with.

In: a log and where to go on in it. Out: `refused`, the Problem of one that does not.
Never: a look at more than its beginning; at any of a log that was read before.
"""

from __future__ import annotations

from typing import Final

from logscan.model.problems import Problem
from logscan.parsers.detect import ends_of_each
from logscan.pipeline.logs.survey import Log
from logscan.sources.cursors import Due

_TABLE: Final = "csv"
#: So many more steps back than ahead make a log whose newest line stands first.
_MOSTLY: Final = 4
#: Fewer steps back may be of a line or two that came late.
_SOME: Final = 4
_WHY: Final = "a memory follows logs that grow at their end"


def refused(log: Log, due: Due) -> Problem | None:
    """Return why a log cannot be gone on with, None if it can."""
    if due.cursor is not None:
        return None
    if log.wrapping is not None and _TABLE in log.wrapping.name.split("+"):
        return _problem(log, "it is a table with a row of names")
    if _newest_first(log):
        return _problem(log, "its newest line stands first")
    return None


def _newest_first(log: Log) -> bool:
    """Tell whether nearly all steps in time are backwards at the beginning, and the last line is before the first."""
    first, last = log.span.first, log.span.last
    if first is not None and last is not None and first <= last:
        return False
    steps = ends_of_each([log.source], log.format)[0].head.naive.drop_nulls().to_physical().diff()
    back, ahead = int((steps < 0).sum()), int((steps > 0).sum())
    return back >= _SOME and back > _MOSTLY * ahead


def _problem(log: Log, what: str) -> Problem:
    return Problem(
        where=log.source.path,
        reason=f"{what}: {_WHY}",
        help="report on it without --state; or keep it out of the folder that is named",
    )
