"""What each finding follows from: the graph of causes, asked about every stretch of failures.

In: findings, a `failing.Case`. Out: the findings with `caused_by`, `root`, `undecided`, in their final order.
Never: says more than `outages` would of the same lines: both ask `analyses.causes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from logscan.analyses.causes import BEFORE, SLACK, Episode, Link, Verdict, entity, party
from logscan.model.findings import Finding, Undecided
from logscan.model.vocabulary import Direction, Severity
from logscan.pipeline.failures.failing import Case
from logscan.pipeline.failures.roots import serving
from logscan.pipeline.verdicts.verdict import weight

#: Failures further apart than this are looked at one by one.
APART: Final = timedelta(minutes=15)
#: Causes of one finding that are told.
TOLD: Final = 5


@dataclass(slots=True)
class _Blame:
    """What was found behind a card's lines. lines: of them, those with a cause. causes: card -> (lines, first time)."""

    lines: int = 0
    causes: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def add(self, found: Iterable[tuple[str, datetime]], lines: int) -> None:
        """Add what is behind some lines."""
        known = dict(found)
        self.lines += lines if known else 0
        for rule, time in known.items():
            before, first = self.causes.get(rule, (0, time))
            self.causes[rule] = (before + lines, min(first, time))


def blamed(findings: Sequence[Finding], case: Case) -> tuple[Finding, ...]:
    """Return the findings with what is behind them, in their final order."""
    by_rule = {finding.rule: finding for finding in findings}
    blames: dict[str, _Blame] = {}
    for episode in _episodes(case, by_rule.keys()):
        for rule, found in case.roots.case.behind(episode).items():
            known = [(cause, time) for cause, time in found.items() if cause in by_rule]
            blames.setdefault(rule, _Blame()).add(known, episode.rules[rule])
    for finding in [finding for finding in findings if finding.rule not in blames]:
        near = dict(_meanwhile(finding, by_rule, case))
        behind = {
            rule: time
            for cause in near
            if cause in blames
            for rule, (_, time) in blames[cause].causes.items()
        }
        blames[finding.rule] = _Blame()
        blames[finding.rule].add((behind | near).items(), finding.count)
        for rule, since, lines in _afterwards(finding, case):
            blames[finding.rule].add([(rule, since)], lines)
    told = (_told(finding, blames[finding.rule], case) for finding in findings)
    return tuple(sorted(told, key=weight))


def _meanwhile(
    finding: Finding, by_rule: Mapping[str, Finding], case: Case
) -> Iterator[tuple[str, datetime]]:
    """Yield what its card names and what was logged at the same time, of lines whose every time a scan does not keep."""
    if finding.first is None or finding.last is None:
        return
    for rule in case.cards[finding.rule].caused_by:
        cause = by_rule.get(rule)
        if cause is None or cause.first is None or cause.last is None:
            continue
        lasts = case.cards[rule].lasting or cause.last >= finding.first - BEFORE
        if lasts and cause.first <= finding.first + SLACK:
            yield rule, cause.first


def _afterwards(finding: Finding, case: Case) -> Iterator[tuple[str, datetime, int]]:
    """Yield what was concluded, since when, and the lines that came after it, where most of a finding's lines did."""
    concluded = case.known.concluded
    for rule in case.roots.case.graph.causes.get(finding.rule, ()):
        if rule in concluded.times:
            since = concluded.times[rule][0]
            part = concluded.since(finding, since)
            if part >= 0.5:
                yield rule, since, round(part * finding.count)


def _told(finding: Finding, blame: _Blame, case: Case) -> Finding:
    ordered = sorted(blame.causes.items(), key=lambda item: (-item[1][0], item[1][1], item[0]))
    links = tuple((rule, time, case.known.titles[rule]) for rule, (_, time) in ordered[:TOLD])
    root = 2 * blame.lines < finding.count
    return replace(finding, caused_by=links, root=root, undecided=_undecided(finding, blame, case))


def _undecided(finding: Finding, blame: _Blame, case: Case) -> Undecided | None:
    """Return what may be behind it, where its lines tell only that something failed, and nothing tells why."""
    symptoms = case.roots.case.graph.symptoms
    if finding.first is not None and not blame.causes:
        later = case.known.concluded.unheard or finding.first
        open_ = case.roots.anonymous(finding.rule, max(finding.first, later))
        if open_ is not None and case.known.concluded.since(finding, later) >= 0.5:
            return open_
    theirs = finding.direction == Direction.OUTBOUND.value and not case.ours(finding.rule)
    quiet = finding.severity.rank > Severity.WARNING.rank
    if finding.rule not in symptoms or finding.first is None or theirs or quiet:
        return None
    if not symptoms.issuperset(blame.causes):
        return None
    furthest = max(blame.causes, key=lambda rule: (blame.causes[rule][0], rule), default=finding.rule)
    verdict = Verdict(root=Link(rule=furthest, time=finding.first), decided=False)
    backends = [name for name, _ in finding.affected.backends.top]
    strangers = [serving(name, "webmail")[1] for name in backends if finding.cause.startswith("backend-")]
    return case.roots.undecided(
        verdict, finding.first, frozenset.intersection(*strangers) if strangers else frozenset()
    )


def _episodes(case: Case, there: Iterable[str]) -> Iterator[Episode]:
    """Yield stretches of failures: of one service, or of one card whose lines are no service's."""
    graph = case.roots.case.graph
    linked = [rule for rule in there if graph.causes.get(rule)]
    points = case.told.points.filter(pl.col("rule").is_in(linked))
    columns = ("service", "kind", "rule", "first", "lines", "backend", "entity")
    apart = (
        case.partial.failures.join(case.ruled.select("shape", "rule"), on="shape")
        .filter(pl.col("rule").is_in(linked))
        .join(case.told.points.select("shape", "second", "source").unique(), on=["shape", "second", "source"], how="anti")
        .select(
            ("card " + pl.col("rule")).alias("service"), pl.lit("").alias("kind"), "rule", "first",
            pl.col("n").alias("lines"), "backend", "entity",
        )
    )  # fmt: skip
    rows = pl.concat([points.select(columns), apart.select(columns)]).sort("service", "first", "rule")
    begins = (pl.col("first") - pl.col("first").shift(1).over("service") > APART).fill_null(value=True)
    told = rows.with_columns(begins.cum_sum().over("service").alias("stretch"))
    stretches = told.group_by("service", "stretch", maintain_order=True).agg(
        pl.col("kind").first(),
        pl.col("first").min().alias("begin"),
        pl.col("first").quantile(0.5, "lower").alias("half"),
        pl.col("backend", "entity").drop_nulls().unique(),
    )
    cards = told.group_by("service", "stretch", "rule").agg(pl.col("lines").sum()).sort("rule")
    rules: dict[tuple[str, int], dict[str, int]] = {}
    for service, stretch, rule, lines in cards.iter_rows():
        rules.setdefault((service, stretch), {})[rule] = lines
    for row in stretches.iter_rows(named=True):
        parties, strangers = serving(row["service"], row["kind"])
        # what the kernel or systemd says is about the program that it names
        named = {party(name) for name in row["backend"]} - {None} if not row["kind"] else set()
        yield Episode(
            rules=rules[row["service"], row["stretch"]], begin=row["begin"], half=row["half"],
            parties=parties | {name for name in named if name is not None},
            strangers=strangers, entities=frozenset(map(entity, [*row["backend"], *row["entity"]])),
        )  # fmt: skip
