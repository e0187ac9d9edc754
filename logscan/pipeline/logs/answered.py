"""What was read, as every answer says it: sums, and every log that there was.

In: `Grounds`, what was counted of its logs. Out: `totals_of`, `inputs_of`. Never: a number that nobody counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from logscan.analyses import totals as counting
from logscan.analyses.totals import SourceTotals
from logscan.model.findings import Evidence, Input, Totals
from logscan.model.problems import Problem
from logscan.pipeline.logs.grounds import Ground, Grounds

#: Examples of lines that were not understood, in all.
SAMPLES: Final = 5


def totals_of(partial: counting.Partial, grounds: Grounds) -> Totals:
    """Return the sums over all that was read."""
    sources = list(partial.sources.values())
    times = [t for source in sources for t in (source.first, source.last) if t is not None]
    samples = [
        _sample(grounds, index, *sample)
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


def _sample(grounds: Grounds, source: int, block: int, row: int, text: str) -> Evidence:
    file, line = grounds.locate(source, block, row)
    return Evidence(file=file, line=line, time=None, text=text)


def inputs_of(partial: counting.Partial, grounds: Grounds, problems: Sequence[Problem]) -> tuple[Input, ...]:
    """Return every log that was found, read or not, by its path; one that was read in stretches is one."""
    told = {problem.where: problem.reason for problem in problems}
    stretches: dict[str, list[tuple[Ground, SourceTotals]]] = {}
    for index, log in enumerate(grounds.logs):
        stretches.setdefault(log.path, []).append((log, partial.sources.get(index) or SourceTotals()))
    read = [_read_input(path, each, told) for path, each in stretches.items()]
    return by_path(read, grounds)


def lines_of(
    grounds: Grounds,
    lines: Mapping[int, int],
    problems: Sequence[Problem],
    unparsed: Mapping[int, int],
) -> tuple[Input, ...]:
    """Return the same where nobody counted the events. lines, unparsed: how many there are, by log."""
    told = {problem.where: problem.reason for problem in problems}
    stretches: dict[str, list[int]] = {}
    for index, log in enumerate(grounds.logs):
        stretches.setdefault(log.path, []).append(index)
    read = []
    for path, mine in stretches.items():
        logs = [grounds.logs[index] for index in mine]
        read.append(
            Input(
                path=path, format=logs[0].form, family=None, lines=sum(lines.get(index, 0) for index in mine),
                events=None, unparsed=sum(unparsed.get(index, 0) for index in mine), first=_first(log.begin for log in logs),
                last=_last(log.last for log in logs), compression=logs[0].compression, problem=told.get(path),
            )
        )  # fmt: skip
    return by_path(read, grounds)


def by_path(read: Iterable[Input], grounds: Grounds) -> tuple[Input, ...]:
    """Return logs that were read and those that were not; what was read on another day was read."""
    mine = list(read)
    known = {one.path for one in mine}
    aside = {one.path: one for one in grounds.aside if one.path not in known}
    return tuple(sorted((*mine, *aside.values()), key=lambda item: item.path))


def _read_input(path: str, each: Sequence[tuple[Ground, SourceTotals]], told: Mapping[str, str]) -> Input:
    log, sums = each[0][0], [source for _, source in each]
    families: dict[str, int] = {}
    for source in sums:
        for name, count in source.families.items():
            families[name] = families.get(name, 0) + count
    return Input(
        path=path,
        format=log.form,
        family=min(families, key=lambda name: (-families[name], name), default=None),
        lines=sum(source.lines for source in sums),
        events=sum(source.events for source in sums),
        unparsed=sum(source.unparsed for source in sums),
        first=_first(source.first for source in sums),
        last=_last(source.last for source in sums),
        compression=log.compression,
        problem=told.get(path),
    )


def _first(times: Iterable[datetime | None]) -> datetime | None:
    return min(_known(times), default=None)


def _last(times: Iterable[datetime | None]) -> datetime | None:
    return max(_known(times), default=None)


def _known(times: Iterable[datetime | None]) -> Iterator[datetime]:
    return (time for time in times if time is not None)
