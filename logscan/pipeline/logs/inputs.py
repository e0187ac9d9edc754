"""What every answer says of the logs that it comes from: which they were, what was read, assumed, and not sure.

In: a survey, the plans of its logs, what was counted. Out: `totals_of`, `inputs_of`, `searched_of`, `assumptions_of`,
`doubts`, `strays`. Never: a number that nobody counted: that is None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from logscan.analyses import totals as counting
from logscan.model.findings import Assumptions, Evidence, Input, Totals
from logscan.model.problems import Problem
from logscan.parsers.lines import Plan
from logscan.pipeline.logs.reading import Reading
from logscan.pipeline.logs.survey import Log, Survey

#: Examples of lines that were not understood, in all.
SAMPLES: Final = 5
#: Sources of a year, the surest first.
_WEAKNESS: Final = ("option", "log", "weekday", "modified")


def totals_of(partial: counting.Partial, reading: Reading) -> Totals:
    """Return the sums over all that was read."""
    sources = list(partial.sources.values())
    times = [t for source in sources for t in (source.first, source.last) if t is not None]
    samples = [
        _sample(reading, index, *sample)
        for index, source in sorted(partial.sources.items())
        for sample in source.samples
    ]
    return Totals(
        lines=sum(s.lines for s in sources),
        events=sum(s.events for s in sources),
        unparsed=sum(s.unparsed for s in sources),
        other=sum(s.other for s in sources),
        first=min(times, default=None),
        last=max(times, default=None),
        hosts=tuple(sorted(partial.hosts)),
        duplicates_dropped=sum(s.duplicates for s in sources),
        repeated_expanded=sum(s.repeated for s in sources),
        invalid_bytes=sum(s.invalid_bytes for s in sources),
        gaps=counting.gaps(partial),
        unparsed_samples=tuple(samples[:SAMPLES]),
    )


def _sample(reading: Reading, source: int, block: int, row: int, text: str) -> Evidence:
    file, line = reading.locate(source, block, row)
    return Evidence(file=file, line=line, time=None, text=text)


def inputs_of(
    partial: counting.Partial, reading: Reading, found: Survey, problems: Sequence[Problem]
) -> tuple[Input, ...]:
    """Return every log that was found, read or not, by its path."""
    told = {problem.where: problem.reason for problem in problems}
    read = [_read_input(partial.sources.get(index), log, told) for index, log in enumerate(reading.logs)]
    return _by_path(read, found)


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
    return _by_path(read, found)


def _by_path(read: Sequence[Input], found: Survey) -> tuple[Input, ...]:
    outside = [
        _unread(log.source.path, log.source.compression, log, "outside the window") for log in found.outside
    ]
    foreign = [_unread(s.path, s.compression, None, "no known log format") for s in found.foreign]
    empty = [_unread(s.path, s.compression, None, None) for s in found.empty]
    return tuple(sorted((*read, *outside, *foreign, *empty), key=lambda item: item.path))


def _read_input(source: counting.SourceTotals | None, log: Log, told: dict[str, str]) -> Input:
    source = source or counting.SourceTotals()
    families = sorted(source.families, key=lambda name: (-source.families[name], name))
    return Input(
        path=log.source.path,
        format=log.form,
        family=families[0] if families else None,
        lines=source.lines,
        events=source.events,
        unparsed=source.unparsed,
        first=source.first,
        last=source.last,
        compression=log.source.compression,
        problem=told.get(log.source.path),
    )


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


def strays(unparsed: Mapping[int, int], logs: Sequence[Log]) -> Iterator[Problem]:
    """Yield what to say of lines that nobody understood. unparsed: how many, by log."""
    for index, count in unparsed.items():
        if count:
            yield Problem(
                where=logs[index].source.path,
                reason=f"{count} line{' was' if count == 1 else 's were'} not understood, and no event",
                help="logscan scan shows examples",
                unreadable=False,
            )


def not_understood(rows: pl.DataFrame) -> Counter[int]:
    """Return how many records of each source nobody understood."""
    odd = rows.filter(pl.col("family").is_null() & pl.col("text").is_not_null())
    return Counter(dict(odd["source"].value_counts().iter_rows()))
