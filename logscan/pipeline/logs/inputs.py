"""What every answer says of the logs that it comes from: which they were, what was assumed, and not sure.

In: a survey, the plans of its logs, what was counted. Out: `searched_of`, `aside_of`, `assumptions_of`, `doubts`,
`strays`. Never: a number that nobody counted: that is None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from logscan.model.findings import Assumptions, Input
from logscan.model.problems import Problem
from logscan.parsers.lines import Plan
from logscan.pipeline.logs.survey import Log, Survey

#: Sources of a year, the surest first.
_WEAKNESS: Final = ("option", "log", "weekday", "modified")


def searched_of(
    found: Survey,
    lines: Mapping[int, int],
    problems: Sequence[Problem],
    unparsed: Mapping[int, int] | None = None,
) -> tuple[Input, ...]:
    """Return the same of logs of which not every line was taken apart.

    lines: how many there are, by log. unparsed: how many were not understood; None where lines were passed over unread.
    """
    told = {problem.where: problem.reason for problem in problems}
    read = []
    for index, log in enumerate(found.logs):
        read.append(
            Input(
                path=log.source.path, format=log.form, family=None, lines=lines.get(index, 0), events=None,
                unparsed=None if unparsed is None else unparsed.get(index, 0), first=log.begin, last=log.span.last, compression=log.source.compression,
                problem=told.get(log.source.path),
            )
        )  # fmt: skip
    return tuple(sorted((*read, *aside_of(found)), key=lambda item: item.path))


def aside_of(found: Survey) -> Iterator[Input]:
    """Yield the logs that were found and are not read."""
    for log in found.outside:
        yield _unread(log.source.path, log.source.compression, log, "outside the window")
    for source in found.foreign:
        yield _unread(source.path, source.compression, None, "no known log format")
    for source in found.empty:
        yield _unread(source.path, source.compression, None, None)


def _unread(path: str, compression: str | None, log: Log | None, problem: str | None) -> Input:
    return Input(
        path=path,
        format=log.form if log else None,
        family=None,
        lines=0,
        events=0,
        unparsed=0,
        first=log.begin if log else None,
        last=log.span.last if log else None,
        compression=compression,
        problem=problem,
    )


def doubts(plans: Mapping[int, Plan], logs: Sequence[Log]) -> Iterator[Problem]:
    """Yield what is not sure about times."""
    for index, plan in plans.items():
        yield from plan.calendar.problems(logs[index].source.path)


def assumptions_of(
    plans: Mapping[int, Plan], found: Survey, lifetime_source: str | None = None
) -> Assumptions:
    """Return what was assumed because the logs do not say it; of several years the least sure one."""
    years = [plan.calendar for plan in plans.values() if plan.calendar.year is not None]
    weakest = max(years, key=lambda c: _WEAKNESS.index(str(c.year_source)), default=None)
    return Assumptions(
        zone=found.zone.name,
        zone_source=found.zone.source,
        year=weakest.year if weakest else None,
        year_source=str(weakest.year_source) if weakest else None,
        lifetime_source=lifetime_source,
    )


def strays(unparsed: Mapping[int, int], paths: Sequence[str]) -> Iterator[Problem]:
    """Yield what to say of lines that nobody understood. unparsed: how many, by log. paths: of all logs."""
    for index, count in unparsed.items():
        if count:
            yield Problem(
                where=paths[index],
                reason=f"{count} line{' was' if count == 1 else 's were'} not understood, and no event",
                help="logscan scan shows examples",
                unreadable=False,
            )


def not_understood(rows: pl.DataFrame) -> Counter[int]:
    """Return how many records of each source nobody understood."""
    odd = rows.filter(pl.col("family").is_null() & pl.col("text").is_not_null())
    return Counter(dict(odd["source"].value_counts().iter_rows()))
