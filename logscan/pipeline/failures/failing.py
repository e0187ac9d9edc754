"""The outages of some logs, whoever asks: `outages`, which has looked for what proves an end, or `scan`, which has not.

In: `Known`: the fold of outages, what the cards say of each shape, what was read. Out: outages, rates.
Never: reads a log; decides what an outage is (analyses.outages.runs does) or what is behind it (analyses.causes does).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from logscan.analyses import causes
from logscan.analyses import outages as fold
from logscan.analyses.outages import runs, services, silence
from logscan.analyses.outages.fold import ADDRESS
from logscan.analyses.totals import SourceTotals
from logscan.model.findings import Evidence
from logscan.model.outages import Limits, Outage, Rate
from logscan.model.vocabulary import Cause, Severity
from logscan.packs.load import Pack
from logscan.packs.schema import Card
from logscan.pipeline.failures.roots import Roots, roots, serving
from logscan.pipeline.failures.wide import PROVIDER, RESOLVER, inside, wide
from logscan.pipeline.verdicts.senders import NOBODY, Senders
from logscan.pipeline.verdicts.verdict import Locate

EVIDENCE = 6
#: Lines about what is behind an outage, beside those about itself.
PROOFS = 3
#: A restart may be logged a little before the last failure: clocks and buffers differ.
SLACK = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What outages are made of.

    patterns: folders of the user's own. partial: finished. judged: the shapes with their cards. sources: what each log held. covered: first and last time.
    concluded: what no line tells of, and no fold of outages holds.
    titles: what the cards of these logs say, in short. locate: see pipeline.verdict.
    """

    pack: Pack
    patterns: tuple[str, ...]
    partial: fold.Partial
    judged: pl.DataFrame
    sources: Sequence[SourceTotals]
    limits: Limits
    as_of: datetime | None
    covered: tuple[datetime, datetime] | None
    titles: Mapping[str, str]
    locate: Locate
    lang: str
    zone: tzinfo
    concluded: Senders = NOBODY


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that is known, and what follows from it."""

    known: Known

    @property
    def cards(self) -> Mapping[str, Card]:
        """Return all cards by id."""
        return self.known.pack.cards

    @property
    def partial(self) -> fold.Partial:
        """Return what was collected."""
        return self.known.partial

    @property
    def limits(self) -> Limits:
        """Return the thresholds."""
        return self.known.limits

    @cached_property
    def ruled(self) -> pl.DataFrame:
        """Return `services.RULED`: what the cards say of each shape that one explains."""
        judged = self.known.judged
        if not judged.height:
            return pl.DataFrame(schema=dict.fromkeys(services.RULED, pl.String) | {"shape": pl.UInt64})
        words = {
            "cause": {name: card.cause for name, card in self.cards.items()},
            "weight": {name: card.severity for name, card in self.cards.items()},
        }
        said = [
            pl.col("rule").replace_strict(table, default=None, return_dtype=pl.String).alias(column)
            for column, table in words.items()
        ]
        return judged.filter(pl.col("rule").is_not_null()).with_columns(said).select(services.RULED)

    @cached_property
    def told(self) -> services.Points:
        """Return the failures, each with the service whose it is."""
        return services.points(self.partial, self.ruled)

    @cached_property
    def lines(self) -> Mapping[str, pl.DataFrame]:
        """Return service -> examples of its failures (fold.examples, rule), in order of time."""
        return _lines(self.partial, self.told, self.ruled)

    @cached_property
    def roots(self) -> Roots:
        """Return what is behind failures."""
        known = self.known
        return roots(
            self.partial, self.ruled, self.told.points, known.sources, known.pack, known.lang, known.zone,
            known.concluded,
        )  # fmt: skip

    @cached_property
    def signs(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return card -> its lines, of those that another card names as its cause, in order of time."""
        return {**_signs(self.partial, self.ruled, self.cards), **self.known.concluded.lines}

    @cached_property
    def _restarts(self) -> pl.DataFrame:
        """Return what started or reloaded, in order of time."""
        wanted = pl.col("what").is_in(["start", "graceful", "reload"])
        return self.partial.marks.filter(wanted).sort("time", *ADDRESS)

    def ours(self, rule: str) -> bool:
        """Return whether it is we who must act on what a card tells of somebody else's server."""
        return self.cards[rule].fault == "us"

    def outages(self) -> tuple[list[Outage], list[Rate]]:
        """Return the outages in order of time, and what stays a rate."""
        found, rates = self.stretches
        made = [self.outage(run) for run in found] + list(self._silences())
        return sorted(made, key=lambda one: (one.begin, one.service)), [self._rate(one) for one in rates]

    @cached_property
    def stretches(self) -> tuple[list[runs.Run], list[runs.Run]]:
        """Return the stretches of failures that are outages, and those that are a rate, before anybody asks why."""
        strangers = services.strangers(self.partial, self.ruled)
        found, rates = runs.outages(self.told, self.partial.proofs, self._daemons(), self.limits, strangers)
        shared = list(wide(self.told.points, self.partial.proofs, self.known.patterns, self.limits))
        return [run for run in found if not inside(run, shared)] + shared, rates

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

    def _silences(self) -> Iterable[Outage]:
        mail = self.partial.proofs.filter(pl.col("key").str.starts_with("mail:") & pl.col("ok"))
        minutes = dict(mail.group_by("unit").agg(pl.col("n").sum()).iter_rows())
        covered = self.known.covered
        if covered is None:
            return
        for begin, end in silence.silences(minutes, covered, self.limits.gap_s, self.known.zone):
            last = end or covered[1]
            yield Outage(
                id=_identity("silence", begin), service="mail", kind="silence", begin=begin, last=last, end=end,
                ongoing=end is None, duration_s=(last - begin).total_seconds(), failures=0, requests_failed=0,
                clients=None, succeeded=0, rules=(), cause=Cause.UNKNOWN.value,
                end_reason="success" if end else "log-ends",
            )  # fmt: skip

    def outage(self, run: runs.Run) -> Outage:
        """Return an outage with what is behind it, what ended it and the lines that prove it."""
        as_of = self.known.as_of or run.last
        quiet = (as_of - run.last).total_seconds()
        ongoing = run.end is None and quiet <= self.limits.gap_s
        until = run.end or (max(as_of, run.last) if ongoing else run.last)
        verdict = self.roots.verdict(_episode(run))
        rules = _telling(run.rules, self.cards)
        if verdict.root.own:
            rules = [verdict.root.rule, *(rule for rule in rules if rule != verdict.root.rule)]
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
            caused_by=tuple(self._named(link) for link in _behind_it(verdict)),
            root=self._named(verdict.root),
            undecided=None
            if theirs(run.service, run.kind) and not self.ours(verdict.root.rule)
            else self.roots.undecided(verdict, run.begin, serving(run.service, run.kind)[1]),
            recovered_by=self._recovered(run),
            evidence=(*self._proofs(verdict), *self._evidence(run)),
        )

    def _recovered(self, run: runs.Run) -> tuple[str, str] | None:
        """Return the last start or reload of what stands behind the service, before it worked again."""
        if run.end is None or run.kind in {"destination", "dns"}:
            return None
        begin = max(run.begin + timedelta(microseconds=1), run.last - SLACK)
        near = during(self._restarts, begin, run.end + timedelta(seconds=1)).to_dicts()
        fitting = [row for row in near if _behind(row["who"], run)]
        if not fitting:
            return None
        row = max(fitting, key=lambda row: (row["what"] == "start", _address(row)))
        return row["what"], row["who"]

    def _named(self, link: causes.Link) -> tuple[str, datetime, str]:
        return link.rule, link.time, self.known.titles[link.rule]

    def _proofs(self, verdict: causes.Verdict) -> Iterable[Evidence]:
        """Yield the lines of what is behind an outage, in order of time."""
        found = {
            _address(row): row
            for link in _behind_it(verdict)[:PROOFS]
            for row in [row for row in self.signs.get(link.rule, ()) if row["time"] >= link.time][:1]
        }
        for _, row in sorted(found.items()):
            yield self.line(row)

    def line(self, row: Mapping[str, Any]) -> Evidence:
        """Return a line as evidence."""
        file, line = self.known.locate(row["source"], row["block"], row["row"])
        return Evidence(file=file, line=line, time=row["time"], text=row["text"], column=row["column"])

    def _evidence(self, run: runs.Run) -> Iterable[Evidence]:
        """Yield the first line, the last, and the first of each card, in order of time."""
        names = [run.service]
        if run.service.startswith(PROVIDER):
            names = [f"domain {name}" for name in sorted(run.names)]
        inside = [during(self.lines[name], run.begin, run.last) for name in names if name in self.lines]
        if not inside:
            return
        lines = inside[0] if len(inside) == 1 else pl.concat(inside).sort("time", *ADDRESS)
        first = lines.unique("rule", keep="first", maintain_order=True).sort("time", *ADDRESS)
        rows = pl.concat([lines.head(1), lines.tail(1), first.head(EVIDENCE - 2)]).to_dicts()
        # records that are glued on one line are one line to look at
        chosen = {_address(row)[:4]: row for row in rows}
        for _, row in sorted(chosen.items()):
            yield self.line(row)


def during(lines: pl.DataFrame, begin: datetime, last: datetime | None = None) -> pl.DataFrame:
    """Return the lines from `begin` to `last`, of a table in order of time."""
    time = lines["time"]
    low = int(time.search_sorted(begin, side="left"))
    high = len(time) if last is None else int(time.search_sorted(last, side="right"))
    return lines.slice(low, high - low)


def _lines(partial: fold.Partial, told: services.Points, ruled: pl.DataFrame) -> dict[str, pl.DataFrame]:
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
    return {str(service): part for (service,), part in by_service.items()} | {RESOLVER: unknown}


def _address(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (row["time"], *(row[name] for name in ADDRESS))


def _signs(
    partial: fold.Partial, ruled: pl.DataFrame, cards: Mapping[str, Card]
) -> dict[str, list[dict[str, Any]]]:
    """Return lines of cards that another one names as its cause, in order of time."""
    named = sorted({name for card in cards.values() for name in card.caused_by})
    columns = ("shape", "time", "text", *ADDRESS)
    lines = pl.concat([partial.examples.select(columns), partial.marks.select(columns)])
    found = (
        lines.join(ruled.select("shape", "rule").filter(pl.col("rule").is_in(named)), on="shape")
        .unique(("rule", *ADDRESS), maintain_order=True)
        .sort("time", *ADDRESS)
    )
    by_rule = found.partition_by("rule", as_dict=True, maintain_order=True)
    return {str(rule): part.to_dicts() for (rule,), part in by_rule.items()}


def theirs(service: str, kind: str) -> bool:
    """Return whether it is about somebody else's servers, of which nothing more can be known here."""
    return kind in {"destination", "dns"} and service != RESOLVER


def _episode(run: runs.Run) -> causes.Episode:
    parties, strangers = serving(run.service, run.kind)
    return causes.Episode(
        rules=run.rules, begin=run.begin, half=run.half, worked=run.worked,
        parties=parties, strangers=strangers, entities=frozenset(map(causes.entity, run.names)),
    )  # fmt: skip


def _behind_it(verdict: causes.Verdict) -> list[causes.Link]:
    """Return what is behind an outage and not among its own failures, what is furthest first."""
    root = [] if verdict.root.own else [verdict.root]
    return [*root, *verdict.others]


def _identity(service: str, begin: datetime) -> str:
    return hashlib.sha256(f"{service}\0{begin.isoformat()}".encode()).hexdigest()[:8]


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
