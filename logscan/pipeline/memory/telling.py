"""Some remembered days, told by scan, flow and bounces as if their logs had been read at once.

In: what was kept of neighbouring stretches, settings. Out: `Told`. Never: a log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import polars as pl

from logscan.analyses import accounts, attempts, blast, blind, outages, refusing, totals
from logscan.model.bounces import CASES, Bounces, Place
from logscan.model.findings import Evidence
from logscan.model.flow import Flow
from logscan.model.outages import Limits
from logscan.model.problems import Problem
from logscan.model.report import Signed, Stretch
from logscan.model.settings import Settings
from logscan.packs.load import load
from logscan.parsers.zone import zone
from logscan.pipeline import bounces, flow, scan
from logscan.pipeline.counts import counting
from logscan.pipeline.logs.grounds import Grounds
from logscan.pipeline.memory.kept import Kept, KeptMail, account, ground, joined, laid
from logscan.pipeline.signing import counted, coverage_of
from logscan.pipeline.verdicts.senders import NOBODY, Senders, concluded
from logscan.pipeline.verdicts.verdict import Court
from logscan.rules.match import trusted
from logscan.tracking import mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the verbs say of a period. signed: None where nobody has looked."""

    period: Stretch
    read: scan.Scanned
    flow: Flow
    bounces: Bounces
    signed: Signed | None = None


def told(
    period: Stretch,
    several: Sequence[Kept],
    settings: Settings,
    *,
    top: int,
    problems: Sequence[Problem] = (),
    whole: bool = True,
) -> Told:
    """Return what is told of a period. several: its stretches in order. problems: of reading, which are told, too.

    whole: with outages in short and blind spots, for which nobody asks where it is only compared with another period.
    """
    settings = replace(settings, since=period.since, until=period.until)
    each = joined(several)
    mails = laid(one.mail for one in each)
    unsure = mail.finish(mail.Partial(tables=(mails.rows,)))
    run = bounces.started(settings)
    _fill(run, mails)
    run.take(unsure)
    read = _scan(each, run, settings, problems, whole=whole)
    return Told(
        period=period,
        read=read,
        flow=_flow(each, settings, top, problems),
        bounces=_bounces(each, run, settings, problems),
        signed=coverage_of(mails.signing.and_(counted(unsure)), read.answer),
    )


def _grounds(several: Iterable[Grounds], settings: Settings, problems: Sequence[Problem]) -> Grounds:
    """Return the grounds of all stretches, in the zone that is asked for now."""
    every, local = ground(several), zone(settings.zone)
    return replace(
        every,
        problems=(*every.problems, *problems),
        assumed=replace(every.assumed, zone=local.name, zone_source=local.source),
    )


def _scan(
    each: Sequence[Kept], run: bounces.Run, settings: Settings, problems: Sequence[Problem], *, whole: bool
) -> scan.Scanned:
    pack = trusted(load(settings.patterns))
    answer = scan.Answer(
        totals=reduce(totals.merge, (one.scan.totals for one in each)),
        signs=reduce(blind.merge, (one.scan.signs for one in each)),
        account=account(pack.cards, (one.scan for one in each)),
        attempts=attempts.finish(reduce(attempts.merge, (attempts.again(one.scan.attempts) for one in each))),
        outages=reduce(outages.merge, (one.scan.outages for one in each)),
    )
    telling = scan.Telling(
        settings=settings,
        pack=pack,
        zone=zone(settings.zone).info,
        limits=Limits(),
        claims=None if whole else (),
    )
    grounds = _grounds((one.scan_grounds for one in each), settings, problems)
    texts = run.lines

    def lines(places: Sequence[Place]) -> dict[Place, str]:
        return {place: texts[place] for place in places if place in texts}

    def handed(judged: pl.DataFrame, court: Court) -> Senders:
        if judged.is_empty():
            return NOBODY
        found = accounts.found(run.senders)
        shown = lines([place for one in found for place in one.statement.places])
        proofs = {place: _proof(grounds, place, text) for place, text in shown.items()}
        return concluded(found, answer.attempts, judged, court, telling.zone, proofs)

    return scan.told(answer, grounds, telling, lines, handed)


def _proof(grounds: Grounds, place: Place, text: str) -> Evidence:
    file, line = grounds.locate(*place)
    return Evidence(file=file, line=line, time=None, text=text)


def _texts(kept: KeptMail) -> dict[Place, str]:
    return {(source, block, row): text for source, block, row, text in kept.lines.iter_rows()}


def _flow(each: Sequence[Kept], settings: Settings, top: int, problems: Sequence[Problem]) -> Flow:
    partial = reduce(counting.merge, (one.flow for one in each))
    grounds = _grounds((one.flow_grounds for one in each), settings, problems)
    return flow.told(partial, grounds, settings, flow.Telling(zone=zone(settings.zone).info, top=top))


def _bounces(
    each: Sequence[Kept], run: bounces.Run, settings: Settings, problems: Sequence[Problem]
) -> Bounces:
    grounds = _grounds((one.mail_grounds for one in each), settings, problems)
    return bounces.told(run, grounds, settings, zone(settings.zone).info)


def _fill(run: bounces.Run, kept: KeptMail) -> None:
    """Let a run know what it would know if it had read the logs."""
    none = pl.DataFrame(schema=CASES)
    run.reach = blast.absorb(run.reach, blast.Batch(cases=none, tries=kept.tries))
    run.senders = accounts.absorb(run.senders, accounts.Batch(origins=kept.origins, cases=none))
    run.ours = refusing.absorb(run.ours, refusing.Batch(turned=kept.turned, tries=kept.tries))
    run.lines.update(_texts(kept))
    run.counted.update(kept.lines_read)
    run.unparsed.update(kept.unparsed)
    run.totals, run.signs, run.deferrals = kept.totals, kept.signs, kept.deferrals
    run.pass_by((kept.first, kept.last))
