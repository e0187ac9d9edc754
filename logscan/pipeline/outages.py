"""From logs to outages: the scan's road, with an eye on what works.

In: paths, settings, thresholds. Out: `model.outages.OutageReport`. Never: a second reading of the logs.

What was scanned is kept beside the outages: their causes and cures are the words of its findings' cards.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from logscan.model.outages import Limits, Outage, OutageReport, Root
from logscan.model.settings import Settings
from logscan.pipeline.failures.failing import Case, during, theirs
from logscan.pipeline.failures.rhythms import rhythms
from logscan.pipeline.logs.reading import Tick
from logscan.pipeline.scan import Scanned, scanned
from logscan.pipeline.verdicts.blindness import OUTAGES


def report(
    paths: Sequence[str], settings: Settings, limits: Limits, tick: Tick | None = None
) -> OutageReport:
    """Return the outages in the logs that `paths` mean. Raises NothingRead as the scan does."""
    return told(scanned(paths, settings, tick, proving=True, claims=OUTAGES, limits=limits))


def told(read: Scanned) -> OutageReport:
    """Return the outages in what was scanned, proving."""
    case = read.case
    found, rates = case.outages()
    return OutageReport(
        scanned=read.report,
        outages=tuple(found),
        rhythms=tuple(rhythms(case.known, found)),
        rates=tuple(rates),
        roots=tuple(folded(case, found)),
        limits=case.limits,
    )


def folded(case: Case, found: Sequence[Outage]) -> list[Root]:
    """Return what is behind the outages: what is ours before others' servers, then by what it cost."""
    by_rule: dict[str, list[Outage]] = {}
    for outage in found:
        if outage.root is not None:
            by_rule.setdefault(outage.root[0], []).append(outage)
    made = [_root(case, rule, mine) for rule, mine in by_rule.items()]
    far = {outage.id for outage in found if theirs(outage.service, outage.kind)}
    return sorted(made, key=lambda one: (far.issuperset(one.outages), -one.failures, one.time, one.rule))


def _root(case: Case, rule: str, mine: Sequence[Outage]) -> Root:
    first = mine[0]
    time = first.root[1] if first.root is not None and first.root[1] is not None else first.begin
    lines = (
        [] if rule in first.rules else [row for row in case.signs.get(rule, ()) if row["time"] >= time][:1]
    )
    lines_of = case.lines.get(first.service)
    own = (
        []
        if lines_of is None
        else during(lines_of, first.begin).filter(pl.col("rule") == rule).head(1).to_dicts()
    )
    symptoms = dict.fromkeys(name for outage in mine for name in outage.rules if name != rule)
    return Root(
        rule=rule,
        cause=case.cards[rule].cause,
        title=case.known.titles[rule],
        time=time,
        own=rule in first.rules,
        failures=sum(outage.failures for outage in mine),
        services=tuple(dict.fromkeys(outage.service for outage in mine)),
        outages=tuple(outage.id for outage in mine),
        symptoms=tuple(symptoms),
        undecided=next((outage.undecided for outage in mine if outage.undecided), None),
        evidence=tuple(case.line(row) for row in lines or own) or first.evidence[:1],
    )
