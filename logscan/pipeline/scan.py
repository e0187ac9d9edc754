"""The main job: every log once, in order, into a report.

In: paths, settings. Out: `model.findings.Report`. Never: a log that ends silently unread.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from logscan.analyses import blind, outages
from logscan.analyses import totals as counting
from logscan.engine.threads import Gatherer, spread
from logscan.model.findings import Assumptions, Evidence, Input, Report, Totals
from logscan.model.problems import NothingRead, Problem
from logscan.model.settings import Settings
from logscan.packs.load import Pack, load
from logscan.parsers.family import Stamp, families
from logscan.parsers.journal import JSON
from logscan.parsers.lines import formats
from logscan.pipeline import work
from logscan.pipeline.blindness import spots
from logscan.pipeline.ledger import Account, Ledger, too_many_kinds
from logscan.pipeline.reading import Reading, Reread, Tick, rereading_all
from logscan.pipeline.scene import SYSLOG, Journal, Scene
from logscan.pipeline.scene import Log as Seen
from logscan.pipeline.survey import Log, Survey, covered, nothing_inside, refuse_nothing, survey
from logscan.pipeline.told import told_before
from logscan.pipeline.verdict import Court, verdict
from logscan.rules.match import raw_literals, trusted

#: Examples of lines that were not understood, in all.
SAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one reading of all logs comes to; see the folds and `Ledger` for each."""

    totals: counting.Partial
    signs: blind.Partial
    account: Account
    outages: outages.Partial | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """A report, and what it was made of, for questions that go further."""

    report: Report
    answer: Answer
    reading: Reading
    found: Survey
    pack: Pack


def report(paths: Sequence[str], settings: Settings, tick: Tick | None = None) -> Report:
    """Scan the logs that `paths` mean. Raises NothingRead when there is not a line to be had."""
    return scanned(paths, settings, tick).report


def scanned(
    paths: Sequence[str], settings: Settings, tick: Tick | None = None, *, proving: bool = False
) -> Scanned:
    """Scan the logs that `paths` mean. proving: see work.Work. Raises NothingRead as `report` does."""
    started, generated = time.monotonic(), datetime.now(UTC)
    pack = trusted(load(settings.patterns))
    found = survey(paths, settings)
    refuse_nothing(found, paths)
    firsts: dict[int, int] = {}
    while True:
        reading = Reading(logs=found.logs, settings=settings, zone=found.zone, firsts=firsts)
        try:
            result = _read(reading, pack, settings, tick, proving=proving)
            reading.finish()
            break
        except Reread as again:
            firsts[again.index] = again.first
    made = _report(result, reading, found, pack, settings, generated, started)
    return Scanned(report=made, answer=result, reading=reading, found=found, pack=pack)


def _read(reading: Reading, pack: Pack, settings: Settings, tick: Tick | None, *, proving: bool) -> Answer:
    shared = work.Work(
        plans=reading.plans,
        told=told_before(reading.afresh(), settings.jobs),
        since=settings.since,
        until=settings.until,
        raw_literals=raw_literals(pack.cards.values()),
        proving=proving,
    )

    failing = Gatherer(outages.merge, outages.empty())
    gatherer = Gatherer(counting.merge, counting.empty())
    signs = blind.empty()
    ledger = Ledger(pack.cards)
    noted = spread(reading.bundles(tick=tick), rereading_all(shared.note_all), settings.jobs)
    for partial in spread(work.grouped(noted), shared.judge, settings.jobs, ahead=1):
        gatherer.add(partial.totals)
        ledger.add(partial.findings)
        signs = blind.merge(signs, partial.blind)
        if partial.outages is not None:
            failing.add(partial.outages)
    return Answer(
        totals=gatherer.total(),
        signs=signs,
        account=ledger.close(),
        outages=failing.total() if proving else None,
    )


def _report(
    result: Answer,
    reading: Reading,
    found: Survey,
    pack: Pack,
    settings: Settings,
    generated: datetime,
    started: float,
) -> Report:
    counted, account = result.totals, result.account
    totals = totals_of(counted, reading)
    as_of = settings.now or totals.last
    court = Court(pack=pack, lang=settings.lang, as_of=as_of, quiet_s=settings.quiet_s, locate=reading.locate)
    made, unexplained = verdict(account.sums, court)
    assumed = assumptions_of(reading, found)
    problems = [
        *found.problems,
        *reading.problems,
        *doubts(reading),
        *too_many_kinds(account),
        *(() if totals.events or totals.unparsed else nothing_inside(found, settings)),
    ]
    if not totals.lines and not found.outside:
        raise NothingRead("not a line could be read", tuple(problems))
    return Report(
        as_of=as_of,
        generated=generated,
        elapsed_s=time.monotonic() - started,
        inputs=inputs_of(counted, reading, found, problems),
        totals=totals,
        assumptions=assumed,
        blind_spots=spots(_scene(result, reading, found, settings, assumed), pack, settings.lang),
        findings=made,
        unexplained=unexplained,
        problems=tuple(sorted(set(problems))),
        window=(settings.since, settings.until),
        covered=covered(found),
    )


def _scene(
    result: Answer,
    reading: Reading,
    found: Survey,
    settings: Settings,
    assumed: Assumptions,
) -> Scene:
    owners = {own.name: owner for own, owner in formats(families())}
    emptied = {source.path for source in found.empty}
    logs = {
        index: Seen(
            group=owners.get(log.format.name) or SYSLOG,
            yearless=log.format.stamp is Stamp.YEARLESS,
            emptied=log.source.rotation in emptied,
        )
        for index, log in enumerate(reading.logs)
    }
    times = [source.last for source in result.totals.sources.values() if source.last is not None]
    return Scene(
        signs=blind.finish(result.signs),
        found=result.account.sums,
        totals=result.totals,
        logs=logs,
        guessed=assumed.year_source in {"modified", "weekday"} or assumed.zone_source == "system",
        # Whoever asks for an end of his own knows that there is more behind it.
        as_of=None if settings.until else settings.now or max(times, default=None),
        zone=found.zone.info,
        journal=_journal(reading),
    )


def _journal(reading: Reading) -> Journal | None:
    """Return what is known of the systemd journal, if logs were read from it."""
    logs = [log for log in reading.logs if log.source.journal is not None or log.format is JSON]
    if not logs:
        return None
    volatile = all(log.source.journal is not None and log.source.journal.volatile for log in logs)
    return Journal(volatile=volatile, since=min((log.begin for log in logs if log.begin), default=None))


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


def doubts(reading: Reading) -> Iterator[Problem]:
    """Yield what is not sure about times."""
    for index, plan in reading.plans.items():
        yield from plan.calendar.problems(reading.logs[index].source.path)


def inputs_of(
    partial: counting.Partial, reading: Reading, found: Survey, problems: Sequence[Problem]
) -> tuple[Input, ...]:
    """Return every log that was found, read or not, by its path."""
    told = {problem.where: problem.reason for problem in problems}
    read = [_read_input(partial.sources.get(index), log, told) for index, log in enumerate(reading.logs)]
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


def assumptions_of(reading: Reading, found: Survey) -> Assumptions:
    """Return what was assumed because the logs do not say it."""
    years = [plan.calendar for plan in reading.plans.values() if plan.calendar.year is not None]
    weakest = max(years, key=lambda c: list(_WEAKNESS).index(str(c.year_source)), default=None)
    return Assumptions(
        zone=found.zone.name,
        zone_source=found.zone.source,
        year=weakest.year if weakest else None,
        year_source=str(weakest.year_source) if weakest else None,
    )


#: Sources of a year, the surest first.
_WEAKNESS = ("option", "log", "weekday", "modified")
