"""The numbers of mail traffic: every log once, in order.

In: paths, settings. Out: `model.flow.Flow`. Never: a log that ends silently unread; a number that is a guess.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from logscan.analyses import flow as counting
from logscan.analyses.flow import Answer
from logscan.engine.threads import Gatherer, spread
from logscan.model.findings import Report
from logscan.model.flow import Flow, Tracked
from logscan.model.problems import NothingRead
from logscan.model.settings import Settings
from logscan.packs.load import load
from logscan.pipeline import counting as counted
from logscan.pipeline.reading import Reading, Reread, Tick, rereading_all
from logscan.pipeline.scan import assumptions_of, doubts, inputs_of, totals_of
from logscan.pipeline.survey import Survey, covered, nothing_inside, refuse_nothing, survey
from logscan.pipeline.told import told_before
from logscan.pipeline.work import Work, grouped
from logscan.rules.match import trusted

#: Names in each list, unless asked otherwise.
TOP = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Started:
    clock: float
    at: datetime


def flow(paths: Sequence[str], settings: Settings, tick: Tick | None = None, *, top: int = TOP) -> Flow:
    """Count what the logs that `paths` mean tell of mail. top: names in each list.

    Raises NothingRead when there is not a line to be had.
    """
    started = _Started(clock=time.monotonic(), at=datetime.now(UTC))
    found = survey(paths, settings)
    refuse_nothing(found, paths)
    firsts: dict[int, int] = {}
    while True:
        reading = Reading(logs=found.logs, settings=settings, zone=found.zone, firsts=firsts)
        try:
            partial = _read(reading, settings, tick)
            reading.finish()
            break
        except Reread as again:
            firsts[again.index] = again.first
    answer = counting.finish(partial.flow, found.zone.info, top)
    read = _report(partial, reading, found, settings, started)
    return _flow(answer, read, tracked=None)


def _read(reading: Reading, settings: Settings, tick: Tick | None) -> counted.Partial:
    work = Work(
        plans=reading.plans,
        told=told_before(reading.afresh(), settings.jobs),
        since=settings.since,
        until=settings.until,
        raw_literals=(),
    )
    count = counted.Counting(work=work, pack=trusted(load(settings.patterns)))
    gatherer = Gatherer(counted.merge, counted.empty())
    noted = spread(reading.bundles(tick=tick), rereading_all(count.note), settings.jobs)
    for partial in spread(grouped(noted), count.judge, settings.jobs, ahead=1):
        gatherer.add(partial)
    return gatherer.total()


def _flow(answer: Answer, read: Report, tracked: Tracked | None) -> Flow:
    return Flow(
        read=read,
        sums=answer.sums,
        tracked=tracked,
        per_hour=answer.per_hour,
        per_day=answer.per_day,
        top=answer.top,
        rejects=answer.rejects,
        tls=answer.tls,
        auth=answer.auth,
        delays=answer.delays,
    )


def _report(
    partial: counted.Partial, reading: Reading, found: Survey, settings: Settings, started: _Started
) -> Report:
    totals = totals_of(partial.totals, reading)
    outside = () if totals.events or totals.unparsed else nothing_inside(found, settings)
    problems = [*found.problems, *reading.problems, *doubts(reading), *outside]
    if not totals.lines and not found.outside:
        raise NothingRead("not a line could be read", tuple(problems))
    return Report(
        as_of=settings.now or totals.last,
        generated=started.at,
        elapsed_s=time.monotonic() - started.clock,
        inputs=inputs_of(partial.totals, reading, found, problems),
        totals=totals,
        assumptions=assumptions_of(reading, found),
        findings=(),
        unexplained=(),
        problems=tuple(sorted(set(problems))),
        window=(settings.since, settings.until),
        covered=covered(found),
    )
