"""The main job: every log once, in order, into a report.

In: paths, settings. Out: `model.findings.Report`. Never: a log that ends silently unread.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import polars as pl

from logscan.analyses import attempts, blind, outages
from logscan.analyses import totals as counting
from logscan.engine.threads import Gatherer, spread
from logscan.model.findings import Report
from logscan.model.outages import Limits
from logscan.model.problems import NothingRead
from logscan.model.settings import Settings
from logscan.packs.load import Pack, load
from logscan.pipeline.failures.blamed import blamed
from logscan.pipeline.failures.brief import brief
from logscan.pipeline.failures.failing import Case, Known
from logscan.pipeline.lines import work
from logscan.pipeline.lines.settled import whole
from logscan.pipeline.logs.inputs import assumptions_of, doubts, inputs_of, totals_of
from logscan.pipeline.logs.reading import Reading, Tick, rereading_all
from logscan.pipeline.logs.survey import Survey, covered, nothing_inside, refuse_nothing, survey
from logscan.pipeline.verdicts.blindness import spots
from logscan.pipeline.verdicts.ledger import Account, Ledger, too_many_kinds
from logscan.pipeline.verdicts.reach import Heard, reach, reaching
from logscan.pipeline.verdicts.scenes import scene_of
from logscan.pipeline.verdicts.verdict import Court, judged_by, verdict
from logscan.rules.match import raw_literals, trusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one reading of all logs comes to; see the folds and `Ledger` for each."""

    totals: counting.Partial
    signs: blind.Partial
    account: Account
    attempts: attempts.Answer
    outages: outages.Partial


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """A report, and what it was made of, for questions that go further."""

    report: Report
    answer: Answer
    reading: Reading
    found: Survey
    pack: Pack
    case: Case


def report(paths: Sequence[str], settings: Settings, tick: Tick | None = None) -> Report:
    """Scan the logs that `paths` mean. Raises NothingRead when there is not a line to be had."""
    return scanned(paths, settings, tick).report


def scanned(
    paths: Sequence[str],
    settings: Settings,
    tick: Tick | None = None,
    *,
    proving: bool = False,
    claims: Collection[str] | None = None,
    limits: Limits | None = None,
) -> Scanned:
    """Scan the logs that `paths` mean. Raises NothingRead as `report` does.

    proving: see work.Work. claims: which blind spots are looked for; None: all. limits: what is an outage.
    """
    started, generated = time.monotonic(), datetime.now(UTC)
    pack = trusted(load(settings.patterns))
    found = survey(paths, settings)
    refuse_nothing(found, paths)
    reading, result = whole(
        found, settings, lambda reading: _read(reading, pack, settings, tick, proving=proving)
    )
    made, judged = _report(result, reading, found, pack, settings, generated, started, claims)
    known = Known(
        pack=pack,
        patterns=settings.patterns,
        partial=outages.finish(result.outages),
        judged=judged,
        sources=tuple(result.totals.sources.values()),
        limits=limits or Limits(),
        as_of=made.as_of,
        covered=(made.totals.first, made.totals.last) if made.totals.first and made.totals.last else None,
        titles={finding.rule: finding.explanation.title for finding in made.findings},
        locate=reading.locate,
        lang=settings.lang,
        zone=found.zone.info,
    )
    case = Case(known=known)
    shown = brief(case) if claims is None else ()
    told = replace(made, findings=blamed(made.findings, case), outages=shown)
    return Scanned(report=told, answer=result, reading=reading, found=found, pack=pack, case=case)


def _read(reading: Reading, pack: Pack, settings: Settings, tick: Tick | None, *, proving: bool) -> Answer:
    shared = work.Work.of(reading, settings, raw_literals=raw_literals(pack.cards.values()), proving=proving)

    failing = Gatherer(outages.merge, outages.empty())
    gatherer = Gatherer(counting.merge, counting.empty())
    signs, kept = blind.empty(), attempts.empty()
    ledger = Ledger(pack.cards)
    noted = spread(reading.bundles(tick=tick), rereading_all(shared.note_all), settings.jobs)
    for partial in spread(work.grouped(noted), shared.judge, settings.jobs, ahead=1):
        gatherer.add(partial.totals)
        ledger.add(partial.findings)
        signs = blind.merge(signs, partial.blind)
        kept = attempts.merge(kept, partial.attempts)
        failing.add(partial.outages)
    return Answer(
        totals=gatherer.total(),
        signs=signs,
        account=ledger.close(),
        attempts=attempts.finish(kept),
        outages=failing.total(),
    )


def _report(
    result: Answer,
    reading: Reading,
    found: Survey,
    pack: Pack,
    settings: Settings,
    generated: datetime,
    started: float,
    claims: Collection[str] | None,
) -> tuple[Report, pl.DataFrame]:
    counted, account = result.totals, result.account
    totals = totals_of(counted, reading)
    as_of = settings.now or totals.last
    court = Court(
        pack=pack, lang=settings.lang, as_of=as_of, quiet_s=settings.quiet_s, locate=reading.locate,
        patterns=settings.patterns,
    )  # fmt: skip
    judged = judged_by(account.sums, court)
    made, unexplained = verdict(account.sums, court, judged)
    far = reach(
        Heard(
            kept=result.attempts, judged=judged, examples=account.sums.examples, pack=pack, patterns=settings.patterns, lang=settings.lang,
            zone=found.zone.info, reading=reading,
        )
    )  # fmt: skip
    assumed = assumptions_of(reading.plans, found)
    scene = scene_of(
        reading.logs, found, settings, assumed, signs=result.signs, found=account.sums, counted=counted
    )
    problems = [
        *found.problems,
        *reading.problems,
        *doubts(reading.plans, reading.logs),
        *too_many_kinds(account),
        *(() if totals.events or totals.unparsed else nothing_inside(found, settings)),
    ]
    if not totals.lines and not found.outside:
        raise NothingRead("not a line could be read", tuple(problems))
    report = Report(
        as_of=as_of,
        generated=generated,
        elapsed_s=time.monotonic() - started,
        inputs=inputs_of(counted, reading, found, problems),
        totals=totals,
        assumptions=assumed,
        blind_spots=spots(scene, pack, settings.lang, claims),
        findings=reaching(made, far),
        blast_radius=far,
        unexplained=unexplained,
        problems=tuple(sorted(set(problems))),
        window=(settings.since, settings.until),
        covered=covered(found),
    )
    return report, judged
