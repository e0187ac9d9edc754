"""From logs to outages: the scan's road, with an eye on what works.

In: paths, settings, thresholds. Out: `model.outages.OutageReport`. Never: a second reading of the logs.

What was scanned is kept beside the outages: their causes and cures are the words of its findings' cards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from logscan.analyses import outages as fold
from logscan.analyses.outages import rhythm, runs, services, silence
from logscan.analyses.outages.fold import ADDRESS
from logscan.model.findings import Evidence
from logscan.model.outages import Follows, Limits, Outage, OutageReport, Rate, Rhythm
from logscan.model.settings import Settings
from logscan.model.vocabulary import Cause, Severity
from logscan.packs.schema import Card
from logscan.pipeline.blindness import OUTAGES
from logscan.pipeline.reading import Tick
from logscan.pipeline.scan import Scanned, scanned
from logscan.rules.match import match

EVIDENCE = 6
#: How long before an outage its cause may have been logged; and after, for clocks and buffers differ.
BEFORE, SLACK = timedelta(minutes=5), timedelta(seconds=5)
#: Domains that must be unknown at once before the resolver is blamed and not they.
MANY = 3
RESOLVER = "resolver"


def report(
    paths: Sequence[str], settings: Settings, limits: Limits, tick: Tick | None = None
) -> OutageReport:
    """Return the outages in the logs that `paths` mean. Raises NothingRead as the scan does."""
    return told(scanned(paths, settings, tick, proving=True, claims=OUTAGES), limits)


def told(read: Scanned, limits: Limits) -> OutageReport:
    """Return the outages in what was scanned, proving."""
    assert read.answer.outages is not None  # noqa: S101  for the type checker: it was asked for
    case = _case(read, fold.finish(read.answer.outages), limits)
    found, rates = case.outages()
    return OutageReport(
        scanned=read.report,
        outages=tuple(found),
        rhythms=tuple(case.rhythms(found)),
        rates=tuple(rates),
        limits=limits,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """All that is known.

    told: failures with their rule. lines: service -> examples of its failures (fold.examples, rule), in order of time.
    around: rule, time of what is no service's failure.
    """

    read: Scanned
    partial: fold.Partial
    told: services.Points
    lines: Mapping[str, list[dict[str, Any]]]
    around: pl.DataFrame
    limits: Limits
    zone: tzinfo

    @property
    def cards(self) -> Mapping[str, Card]:
        return self.read.pack.cards

    def outages(self) -> tuple[list[Outage], list[Rate]]:
        """Return the outages in order of time, and what stays a rate."""
        found, rates = runs.outages(self.told, self.partial.proofs, self._daemons(), self.limits)
        found += self._resolver()
        covered = [run for run in found if run.service == RESOLVER]
        found = [run for run in found if not _inside(run, covered)]
        made = [self._outage(run) for run in found] + list(self._silences())
        return sorted(made, key=lambda one: (one.begin, one.service)), [self._rate(one) for one in rates]

    def _rate(self, run: runs.Run) -> Rate:
        return Rate(
            service=run.service,
            kind=run.kind,
            failures=run.failures,
            succeeded=run.succeeded if run.proved else None,
            first=run.begin,
            last=run.last,
            rules=tuple(_telling(run.rules, self.cards)),
            evidence=tuple(self._evidence(run)),
        )

    def _daemons(self) -> dict[str, list[tuple[datetime, str]]]:
        """Return, by instance of Postfix, when it started and stopped."""
        changes: dict[str, list[tuple[datetime, str]]] = {}
        masters = self.told.points.filter(pl.col("service").str.ends_with("/master"))["instance"].unique()
        for instance in masters.drop_nulls().sort():
            own = self.partial.marks.filter(
                (pl.col("who") == instance)
                & pl.col("what").is_in(["start", "stop"])
                # postfix-script says `starting` before it is tried; the master says that it was done
                & pl.col("text").str.contains("master")
            )
            changes[f"{instance}/master"] = list(own.select("time", "what").iter_rows())
        return changes

    def _resolver(self) -> list[runs.Run]:
        """Many domains that could not be looked up at once are one outage, of the resolver."""
        dns = self.told.points.filter((pl.col("cause") == Cause.DNS_FAILURE.value) & (pl.col("side") == "to"))
        if dns["entity"].n_unique() < MANY:
            return []
        moved = services.Points(
            points=dns.with_columns(pl.lit(RESOLVER).alias("service"), pl.lit("dns").alias("kind")),
            keys=pl.DataFrame({"service": [RESOLVER], "key": [RESOLVER]}),
        )
        sent = self.partial.proofs.filter(pl.col("key").str.starts_with("to:") & pl.col("ok"))
        found, _ = runs.outages(moved, sent.with_columns(pl.lit(RESOLVER).alias("key")), {}, self.limits)
        return [
            run
            for run in found
            if dns.filter(pl.col("first").is_between(run.begin, run.last))["entity"].n_unique() >= MANY
        ]

    def _silences(self) -> Iterable[Outage]:
        mail = self.partial.proofs.filter(pl.col("key").str.starts_with("mail:") & pl.col("ok"))
        minutes = dict(mail.group_by("unit").agg(pl.col("n").sum()).iter_rows())
        covered = self._covered()
        if covered is None:
            return
        for begin, end in silence.silences(minutes, covered, self.limits.gap_s, self.zone):
            last = end or covered[1]
            yield Outage(
                id=_identity("silence", begin), service="mail", kind="silence", begin=begin, last=last, end=end,
                ongoing=end is None, duration_s=(last - begin).total_seconds(), failures=0, requests_failed=0,
                clients=None, succeeded=0, rules=(), cause=Cause.UNKNOWN.value,
                end_reason="success" if end else "log-ends",
            )  # fmt: skip

    def _covered(self) -> tuple[datetime, datetime] | None:
        totals = self.read.report.totals
        return (totals.first, totals.last) if totals.first and totals.last else None

    def _outage(self, run: runs.Run) -> Outage:
        as_of = self.read.report.as_of or run.last
        quiet = (as_of - run.last).total_seconds()
        ongoing = run.end is None and quiet <= self.limits.gap_s
        until = run.end or (max(as_of, run.last) if ongoing else run.last)
        rules = _telling(run.rules, self.cards)
        return Outage(
            id=_identity(run.service, run.begin),
            service=run.service,
            kind=run.kind,
            begin=run.begin,
            last=run.last,
            end=run.end,
            ongoing=ongoing,
            duration_s=(until - run.begin).total_seconds(),
            failures=run.failures,
            requests_failed=run.failures,
            clients=run.clients or None,
            succeeded=run.succeeded,
            rules=tuple(rules),
            cause=self.cards[rules[0]].cause,
            end_reason="success" if run.end else "log-ends" if ongoing else "silence",
            caused_by=tuple(self._causes(run)),
            recovered_by=self._recovered(run),
            evidence=tuple(self._evidence(run)),
        )

    def _recovered(self, run: runs.Run) -> tuple[str, str] | None:
        """Return the last start or reload of what stands behind the service, before it worked again."""
        if run.end is None or run.kind in {"destination", "dns"}:
            return None
        near = self.partial.marks.filter(
            pl.col("what").is_in(["start", "graceful", "reload"])
            & (pl.col("time") > run.begin)
            & (pl.col("time") <= run.end + timedelta(seconds=1))
            & (pl.col("time") >= run.last - SLACK)
            & pl.col("who").is_in([who for who in self.partial.marks["who"].unique() if _behind(who, run)])
        ).sort(pl.col("what") == "start", "time", *ADDRESS)
        if not near.height:
            return None
        row = near.row(-1, named=True)
        return row["what"], row["who"]

    def _causes(self, run: runs.Run) -> Iterable[tuple[str, datetime | None, str]]:
        """Yield what the cards name as a cause of these, where it was logged shortly before or meanwhile.

        A failure of a service, this or another one, is no cause here: it has a story of its own.
        """
        named = {name for rule in run.rules for name in self.cards[rule].caused_by} - run.rules.keys()
        if not named:
            return
        seen = (
            self.around.filter(
                pl.col("rule").is_in(sorted(named))
                & pl.col("time").is_between(run.begin - BEFORE, run.last + SLACK)
            )
            .group_by("rule")
            .agg(pl.col("time").min())
            .sort("time", "rule")
        )
        titles = {finding.rule: finding.explanation.title for finding in self.read.report.findings}
        for rule, time in seen.iter_rows():
            yield rule, time, titles[rule]

    def _evidence(self, run: runs.Run) -> Iterable[Evidence]:
        """Yield the first line, the last, and the first of each card, in order of time."""
        mine = self.lines.get(run.service, [])
        lines = [row for row in mine if run.begin <= row["time"] <= run.last]
        per_rule = {row["rule"]: row for row in reversed(lines)}
        first = sorted(per_rule.values(), key=_address)[: EVIDENCE - 2]
        # records that are glued on one line are one line to look at
        chosen = {_address(row)[:4]: row for row in (*lines[:1], *lines[-1:], *first)}
        for _, row in sorted(chosen.items()):
            file, line = self.read.reading.locate(row["source"], row["block"], row["row"])
            yield Evidence(file=file, line=line, time=row["time"], text=row["text"], column=row["column"])

    # --- rhythm ----------------------------------------------------------------------------------

    def rhythms(self, found: Sequence[Outage]) -> Iterable[Rhythm]:
        """Yield one for each service, the one with most outages first."""
        by_service: dict[str, list[Outage]] = {}
        for outage in found:
            by_service.setdefault(outage.service, []).append(outage)
        ordered = sorted(by_service.items(), key=lambda item: (-len(item[1]), item[0]))
        marks: dict[str, list[datetime]] = {}
        for time, what, who in self.partial.marks.select("time", "what", "who").iter_rows():
            if what in {"graceful", "reload", "logrotate", "daily", "start"}:
                marks.setdefault(f"{what} {who}", []).append(time)
        for service, mine in ordered:
            yield self._rhythm(service, mine, marks)

    def _rhythm(
        self, service: str, mine: Sequence[Outage], marks: Mapping[str, Sequence[datetime]]
    ) -> Rhythm:
        spans = [rhythm.Span(begin=one.begin, last=one.last, end=one.end) for one in mine]
        covered = self._covered() or (spans[0].begin, spans[-1].last)
        found = rhythm.rhythm(spans, marks, covered, self.limits.gap_s, self.zone)
        begins = [one.begin.astimezone(self.zone) for one in mine]
        between = [(b.begin - a.begin).total_seconds() for a, b in pairwise(mine)]
        closed = [one.duration_s for one in mine if one.end is not None]
        ongoing = mine[-1].ongoing
        return Rhythm(
            service=service,
            kind=mine[-1].kind,
            outages=len(mine),
            mean_between_s=sum(between) / len(between) if between else None,
            mean_duration_s=sum(closed) / len(closed) if closed else None,
            pattern=found.pattern,
            chance=found.p,
            period_s=found.period_s,
            spread_s=found.spread_s,
            at=found.at,
            hours=tuple(sum(time.hour == hour for time in begins) for hour in range(24)),
            weekdays=tuple(sum(time.weekday() == day for time in begins) for day in range(7)),
            follows=None if found.follows is None else _follows(found.follows),
            last=mine[-1].begin,
            next_expected=None if ongoing else self._upcoming(found),
        )

    def _upcoming(self, found: rhythm.Found) -> datetime | None:
        as_of, at = self.read.report.as_of, found.next
        if at is None or as_of is None or found.period_s is None or found.period_s <= 0:
            return at
        # What was expected and did not come makes the pattern doubtful, not the next turn wrong.
        missed = max(0, int((as_of - at).total_seconds() // found.period_s) + (as_of > at))
        return at + timedelta(seconds=missed * found.period_s)


def _case(read: Scanned, partial: fold.Partial, limits: Limits) -> _Case:
    shapes = read.answer.account.sums.shapes
    if shapes.height:
        judged = match(shapes, read.pack.cards).filter(pl.col("rule").is_not_null())
    else:
        judged = pl.DataFrame(schema=dict.fromkeys(services.RULED, pl.String) | {"shape": pl.UInt64})
    causes = {name: card.cause for name, card in read.pack.cards.items()}
    cause = pl.col("rule").replace_strict(causes, default=None, return_dtype=pl.String)
    ruled = judged.with_columns(cause.alias("cause")).select(services.RULED)
    told = services.points(partial, ruled)
    return _Case(
        read=read,
        partial=partial,
        told=told,
        lines=_lines(partial, told, ruled),
        around=_around(partial, told, ruled),
        limits=limits,
        zone=read.found.zone.info,
    )


def _lines(
    partial: fold.Partial, told: services.Points, ruled: pl.DataFrame
) -> dict[str, list[dict[str, Any]]]:
    """Return the examples of each service's failures, in order of time; those of unknown domains are the resolver's too."""
    identity = ["shape", "backend", "place", "entity", "instance"]
    owners = told.points.select("service", "cause", "side", *identity).unique()
    lines = (
        partial.examples.join(owners, on=identity, nulls_equal=True)
        .join(ruled.select("shape", "rule"), on="shape")
        .sort("time", *ADDRESS, "service")
    )
    by_service = lines.partition_by("service", as_dict=True, maintain_order=True)
    unknown = lines.filter((pl.col("cause") == Cause.DNS_FAILURE.value) & (pl.col("side") == "to"))
    made = {str(service): part.to_dicts() for (service,), part in by_service.items()}
    return made | {RESOLVER: unknown.to_dicts()}


def _address(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (row["time"], *(row[name] for name in ADDRESS))


def _around(partial: fold.Partial, told: services.Points, ruled: pl.DataFrame) -> pl.DataFrame:
    """Return rule, time of what was logged and is no service's failure: what may have caused one."""
    when = pl.concat(
        [
            partial.failures.select("shape", pl.col("first").alias("time")),
            partial.marks.select("shape", "time"),
        ]
    )
    others = ruled.select("shape", "rule").join(told.points, on="shape", how="anti")
    return when.join(others, on="shape").select("rule", "time")


def _identity(service: str, begin: datetime) -> str:
    return hashlib.sha256(f"{service}\0{begin.isoformat()}".encode()).hexdigest()[:8]


def _inside(run: runs.Run, covers: Sequence[runs.Run]) -> bool:
    """Return whether it is one domain's share of an outage of the resolver."""
    return run.kind == "dns" and any(
        run is not cover and run.service != RESOLVER and cover.begin <= run.begin and run.last <= cover.last
        for cover in covers
    )


def _telling(rules: Mapping[str, int], cards: Mapping[str, Card]) -> list[str]:
    """Return the cards, first what is behind the most frequent one, then the more frequent, the graver.

    Behind it is a card that it names as its cause and that these lines match too, and so on.
    """
    by_weight = sorted(rules, key=lambda rule: (-rules[rule], Severity(cards[rule].severity).rank, rule))
    root, seen = by_weight[0], {by_weight[0]}
    while causes := [rule for rule in by_weight if rule in cards[root].caused_by and rule not in seen]:
        root = causes[0]
        seen.add(root)
    return [root, *(rule for rule in by_weight if rule != root)]


def _behind(who: str, run: runs.Run) -> bool:
    """Return whether the start of `who`, a family, an instance, a back end or a unit of systemd, may have brought it back."""
    name = who.removesuffix(".service")
    if run.kind == "webmail":
        own = {run.service, PurePosixPath(run.service).stem, "apache-error", "nginx-error", "php-fpm"}
        return name in own | {"apache2", "httpd", "nginx"} or (
            name.startswith("php") and name.endswith("fpm")
        )
    if run.kind == "milter":
        return name in {"opendkim", "opendmarc"}
    instance = run.service.rsplit("/", 1)[-1] if run.kind == "resource" else run.service.partition("/")[0]
    return name in {instance, "postfix", f"postfix@{instance}", "postfix@-"}


def _follows(found: rhythm.Follows) -> Follows:
    what, _, who = found.what.partition(" ")
    return Follows(what=what, who=who, hits=found.hits, within_s=found.within_s, at_s=found.at_s)
