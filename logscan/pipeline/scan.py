"""The main job: every log once, in order, into a report.

In: paths, settings. Out: `model.findings.Report`. Never: a log that ends silently unread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo

import polars as pl

from logscan.analyses import attempts, blind, outages
from logscan.analyses import totals as counting
from logscan.engine.threads import Gatherer, spread
from logscan.model.bounces import Place
from logscan.model.findings import Report
from logscan.model.outages import Limits
from logscan.model.problems import NothingRead
from logscan.model.settings import Settings
from logscan.packs.load import Pack, load
from logscan.pipeline.failures.blamed import blamed
from logscan.pipeline.failures.brief import brief
from logscan.pipeline.failures.failing import Case, Known
from logscan.pipeline.lines import work
from logscan.pipeline.lines.settled import backwards, whole
from logscan.pipeline.logs.answered import inputs_of, totals_of
from logscan.pipeline.logs.grounds import Grounds, grounds_of
from logscan.pipeline.logs.lookup import lines_at
from logscan.pipeline.logs.reading import Reading, Tick, rereading_all
from logscan.pipeline.logs.survey import Survey, nothing_inside, refuse_nothing, survey
from logscan.pipeline.verdicts.blindness import spots
from logscan.pipeline.verdicts.ledger import Account, Ledger, too_many_kinds
from logscan.pipeline.verdicts.reach import Heard, Lines, reach, reaching
from logscan.pipeline.verdicts.scenes import scene_of
from logscan.pipeline.verdicts.senders import NOBODY, Asked, Senders, senders
from logscan.pipeline.verdicts.verdict import Court, judged_by, verdict, weight
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
class Telling:
    """How an answer is told. zone: of times. claims: which blind spots are looked for; None: all. limits: what is an outage.

    clock, generated: when the work began, by the monotonic and by the wall clock.
    """

    settings: Settings
    pack: Pack
    zone: tzinfo
    limits: Limits
    claims: Collection[str] | None = None
    clock: float = field(default_factory=time.monotonic)
    generated: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """A report, and what it was made of, for questions that go further."""

    report: Report
    answer: Answer
    grounds: Grounds
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
    found: Survey | None = None,
) -> Scanned:
    """Scan the logs that `paths` mean. Raises NothingRead as `report` does. found: which they are, if that is known.

    proving: see work.Work. claims: which blind spots are looked for; None: all. limits: what is an outage.
    """
    clock, generated = time.monotonic(), datetime.now(UTC)
    pack = trusted(load(settings.patterns))
    found = found or survey(paths, settings)
    refuse_nothing(found, paths)
    reading, answer = whole(
        found, settings, lambda reading: _read(reading, pack, settings, tick, proving=proving)
    )
    telling = Telling(
        settings=settings, pack=pack, zone=found.zone.info, limits=limits or Limits(), claims=claims,
        clock=clock, generated=generated,
    )  # fmt: skip

    def lines(places: Sequence[Place]) -> Mapping[Place, str]:
        return lines_at(reading, places)

    def handed(judged: pl.DataFrame, court: Court) -> Senders:
        return senders(
            Asked(
                kept=answer.attempts, judged=judged, totals=answer.totals, reading=reading, settings=settings,
                court=court, zone=found.zone.info, early=not backwards(found),
            )
        )  # fmt: skip

    return told(answer, grounds_of(reading, found), telling, lines, handed)


def nobody(_judged: pl.DataFrame, _court: Court) -> Senders:
    """Return that nothing is known of accounts in other hands."""
    return NOBODY


def told(
    answer: Answer,
    grounds: Grounds,
    telling: Telling,
    lines: Lines,
    handed: Callable[[pl.DataFrame, Court], Senders] = nobody,
) -> Scanned:
    """Return what an answer says of logs that are closed.

    lines: see `reach.Heard`. handed: the judged shapes -> accounts of ours in other hands.
    Raises NothingRead where there was not a line.
    """
    made, judged, taken = _report(answer, grounds, telling, lines, handed)
    first, last = made.totals.first, made.totals.last
    chains = [log.chain for log in grounds.logs]
    known = Known(
        pack=telling.pack,
        patterns=telling.settings.patterns,
        partial=outages.finish(outages.chained(answer.outages, chains)),
        judged=judged,
        sources=counting.by_log(answer.totals, chains),
        limits=telling.limits,
        as_of=made.as_of,
        covered=(first, last) if first and last else None,
        titles={finding.rule: finding.explanation.title for finding in made.findings},
        locate=grounds.locate,
        lang=telling.settings.lang,
        zone=telling.zone,
        concluded=taken,
    )
    case = Case(known=known)
    shown = brief(case) if telling.claims is None else ()
    full = replace(made, findings=blamed(made.findings, case), outages=shown)
    return Scanned(report=full, answer=answer, grounds=grounds, pack=telling.pack, case=case)


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
    answer: Answer,
    grounds: Grounds,
    telling: Telling,
    lines: Lines,
    handed: Callable[[pl.DataFrame, Court], Senders],
) -> tuple[Report, pl.DataFrame, Senders]:
    settings, account = telling.settings, answer.account
    totals = totals_of(answer.totals, grounds)
    as_of = settings.now or totals.last
    court = Court(
        pack=telling.pack, lang=settings.lang, as_of=as_of, quiet_s=settings.quiet_s, locate=grounds.locate,
        patterns=settings.patterns,
    )  # fmt: skip
    judged = judged_by(account.sums, court)
    made, unexplained = verdict(account.sums, court, judged)
    taken = handed(judged, court)
    made = tuple(sorted((*made, *taken.findings), key=weight))
    far = reach(
        Heard(
            kept=answer.attempts, judged=judged, examples=account.sums.examples, pack=telling.pack,
            patterns=settings.patterns, lang=settings.lang, zone=telling.zone, lines=lines, locate=grounds.locate,
        )
    )  # fmt: skip
    reaches = (*taken.reach, *far)
    scene = scene_of(
        grounds, settings, telling.zone, signs=answer.signs, found=account.sums, counted=answer.totals
    )
    problems = [
        *grounds.problems,
        *too_many_kinds(account),
        *taken.problems,
        *(() if totals.events or totals.unparsed else nothing_inside(grounds.covered, settings)),
    ]
    if not totals.lines and not grounds.skipped:
        raise NothingRead("not a line could be read", tuple(problems))
    report = Report(
        as_of=as_of,
        generated=telling.generated,
        elapsed_s=time.monotonic() - telling.clock,
        inputs=inputs_of(answer.totals, grounds, problems),
        totals=totals,
        assumptions=grounds.assumed,
        blind_spots=spots(scene, telling.pack, settings.lang, telling.claims),
        findings=reaching(made, reaches),
        blast_radius=reaches,
        unexplained=unexplained,
        problems=tuple(sorted(set(problems))),
        window=(settings.since, settings.until),
        covered=grounds.covered,
    )
    return report, judged, taken
