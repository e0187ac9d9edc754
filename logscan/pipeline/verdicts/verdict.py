"""From sums by shape to findings: cards are asked once, about distinct shapes.

In: the answer of `analyses.findings`, the cards, how an address becomes file and line.
Out: findings in order of severity and weight, and what no card explains.
Never: reads a log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from logscan.analyses import findings as fold
from logscan.engine.spill import Keys, parts_of
from logscan.model.findings import Affected, Evidence, Finding, Tally, Unexplained
from logscan.model.vocabulary import Cause, Direction, Severity
from logscan.packs.load import Pack
from logscan.packs.schema import SLOTS, Card
from logscan.packs.texts import explain
from logscan.pipeline.verdicts.whose import Owners
from logscan.rules.match import match

#: (source, block, row) -> (file, line from 1).
Locate = Callable[[int, int, int], tuple[str, int]]

EVIDENCE = 10
NAMED = 20
#: A shape without a card is shown from this severity on.
LOUD = Severity.WARNING
LOUD_SEVERITIES = [severity.value for severity in Severity if severity.rank <= LOUD.rank]


class Sums(Protocol):
    """What is judged: the tables of `analyses.findings.Partial`, in memory or beyond."""

    @property
    def shapes(self) -> pl.DataFrame: ...
    @property
    def examples(self) -> pl.DataFrame: ...
    @property
    def mails(self) -> Keys: ...
    @property
    def pairs(self) -> Keys: ...
    @property
    def sessions(self) -> Keys: ...
    @property
    def names(self) -> Keys: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Court:
    """What a verdict needs beside the sums."""

    pack: Pack
    lang: str
    as_of: datetime | None
    quiet_s: float
    locate: Locate
    patterns: tuple[str, ...] = ()


def judged_by(sums: Sums, court: Court) -> pl.DataFrame:
    """Return the shapes with the card, if any, that explains each."""
    return match(sums.shapes, court.pack.cards) if sums.shapes.height else sums.shapes


def verdict(
    sums: Sums, court: Court, judged: pl.DataFrame | None = None
) -> tuple[tuple[Finding, ...], tuple[Unexplained, ...]]:
    """Return the findings and the unexplained groups, each in final order. judged: what `judged_by` has found."""
    judged = judged_by(sums, court) if judged is None else judged
    if not judged.height:
        return (), ()
    return _findings(sums, judged, court), _unexplained(sums, judged, court)


def _findings(sums: Sums, judged: pl.DataFrame, court: Court) -> tuple[Finding, ...]:
    ruled = judged.filter(pl.col("rule").is_not_null())
    key = ruled.select("shape", "rule", pl.col("count").alias("weight"))
    if not ruled.height:
        return ()
    totals = ruled.group_by("rule").agg(
        pl.col("count").sum(),
        pl.col("deliveries").sum(),
        pl.col("first").min(),
        pl.col("last").max(),
        # that of most lines, where a card knows two
        pl.col("direction").sort_by("count", "direction", descending=[True, False]).drop_nulls().first(),
    )
    distinct = {
        "messages": _distinct(sums.mails, key, "hash"),
        "recipients": _distinct(sums.pairs, key, "hash"),
        "sessions": _distinct(sums.sessions, key, "conn", "serial"),
    }
    owners = Owners(court.patterns)
    names = _names(sums.names, key, owners)
    examples = _by_rule(sums.examples.join(key, on="shape"))
    built = [
        _finding(row, court, distinct, names.get(row["rule"], {}), examples[row["rule"]], owners)
        for row in totals.sort("rule").iter_rows(named=True)
    ]
    return tuple(sorted(built, key=weight))


def weight(finding: Finding) -> tuple[object, ...]:
    """Return what findings are ordered by: the gravest first, then what is behind others, then what goes on."""
    return (finding.severity.rank, not finding.root, not finding.ongoing, -finding.count, finding.rule)


def _distinct(keys: Keys, key: pl.DataFrame, *columns: str) -> dict[str, int]:
    """Return how many distinct values of `columns` each rule has; what is equal lies in one part."""
    counts: dict[str, int] = {}
    for part in parts_of(keys):
        counted = part.join(key, on="shape").select("rule", *columns).unique().group_by("rule").len()
        for rule, count in counted.iter_rows():
            counts[rule] = counts.get(rule, 0) + count
    return counts


def _names(names: Keys, key: pl.DataFrame, owners: Owners) -> dict[str, dict[str, Tally]]:
    group, ordered = ("rule", "dimension"), ("rule", "dimension", "count", "name")
    descending = [False, False, True, False]
    tops: list[pl.DataFrame] = []
    weights: dict[tuple[str, str], int] = {}
    for part in parts_of(names):
        summed = part.join(key, on="shape").group_by(*group, "name").agg(pl.col("count").sum())
        owners.add(summed.filter(pl.col("dimension") == "relays"))
        for rule, dimension, count in summed.group_by(group).agg(pl.col("count").sum()).iter_rows():
            weights[rule, dimension] = weights.get((rule, dimension), 0) + count
        tops.append(summed.sort(ordered, descending=descending).group_by(group).head(NAMED))
    found: dict[str, dict[str, Tally]] = {}
    if not tops:
        return found
    best = pl.concat(tops).sort(ordered, descending=descending)
    for (rule, dimension), part in best.partition_by(*group, as_dict=True, maintain_order=True).items():
        top = tuple(part.head(NAMED).select("name", "count").iter_rows())
        others = weights[str(rule), str(dimension)] - sum(count for _, count in top)
        found.setdefault(str(rule), {})[str(dimension)] = Tally(top=top, others=others)
    return found


def _by_rule(examples: pl.DataFrame) -> dict[str, pl.DataFrame]:
    ordered = examples.sort("rule", "time", *fold.ADDRESS)
    parts = ordered.partition_by("rule", as_dict=True, maintain_order=True)
    return {str(rule): part for (rule,), part in parts.items()}


def _finding(
    row: Mapping[str, Any],
    court: Court,
    distinct: Mapping[str, Mapping[str, int]],
    names: Mapping[str, Tally],
    examples: pl.DataFrame,
    owners: Owners,
) -> Finding:
    card = court.pack.cards[row["rule"]]
    return Finding(
        rule=card.id,
        severity=Severity(card.severity),
        cause=card.cause,
        direction=row["direction"],
        nature=card.nature,
        fault=card.fault,
        provider=_provider(row, owners) or card.provider,
        count=row["count"],
        deliveries=row["deliveries"],
        messages=distinct["messages"].get(card.id, 0),
        recipients=distinct["recipients"].get(card.id, 0),
        sessions=distinct["sessions"].get(card.id, 0),
        first=row["first"],
        last=row["last"],
        ongoing=card.cause != Cause.SERVICE_LIFECYCLE and ongoing(row["last"], court),
        explanation=explain(card, court.lang, court.pack, slots(card, examples)),
        affected=Affected(**names),
        evidence=_evidence(examples, court.locate),
    )


def _provider(row: Mapping[str, Any], owners: Owners) -> str | None:
    return owners.of(row["rule"], row["count"]) if row["direction"] == Direction.OUTBOUND else None


def ongoing(last: datetime | None, court: Court) -> bool:
    """Return whether what was last seen then goes on as of the court's time."""
    if last is None or court.as_of is None:
        return False
    return (court.as_of - last).total_seconds() < court.quiet_s


def slots(card: Card, examples: pl.DataFrame) -> dict[str, list[str]]:
    """Return what fills the card's slots: distinct values of columns and captures, in order."""
    values = {name: examples[name] for name in SLOTS if name in examples.columns}
    for name, pattern in card.captures.items():
        values[name] = examples["reason"].str.extract(pattern, 1)
    # Examples are few: Python is done with them before Polars has begun.
    distinct = {name: list(dict.fromkeys(filter(None, series.to_list()))) for name, series in values.items()}
    return {name: found for name, found in distinct.items() if found}


def _evidence(examples: pl.DataFrame, locate: Locate) -> tuple[Evidence, ...]:
    """Return the first line, the last, and one of each shape, the heaviest first; in order of time."""
    # Examples come in order of time, and that order decides between shapes of one weight.
    per_shape = examples.sort("weight", descending=True, maintain_order=True).unique(
        "shape", keep="first", maintain_order=True
    )
    ends = pl.concat([examples.head(1), examples.tail(1)])
    chosen = pl.concat([ends, per_shape]).unique(fold.ADDRESS, keep="first", maintain_order=True)
    return tuple(
        line_of(row, locate)
        for row in chosen.head(EVIDENCE).sort("time", *fold.ADDRESS).iter_rows(named=True)
    )


def line_of(row: Mapping[str, Any], locate: Locate) -> Evidence:
    """Return an example as evidence."""
    file, line = locate(row["source"], row["block"], row["row"])
    return Evidence(file=file, line=line, time=row["time"], text=row["raw"], column=row["column"])


def _unexplained(sums: Sums, judged: pl.DataFrame, court: Court) -> tuple[Unexplained, ...]:
    open_ = judged.filter(pl.col("rule").is_null() & pl.col("severity").is_in(LOUD_SEVERITIES))
    if not open_.height:
        return ()
    groups = open_.with_columns(pl.coalesce("daemon", "module", "family").alias("speaker"))
    examples = sums.examples.join(groups.select("shape", "masked", "speaker", "severity"), on="shape").sort(
        "time", *fold.ADDRESS
    )
    first = {
        (row["speaker"], row["masked"], row["severity"]): row
        for row in examples.unique(
            ["speaker", "masked", "severity"], keep="first", maintain_order=True
        ).iter_rows(named=True)
    }
    summed = groups.group_by("speaker", "masked", "severity").agg(
        pl.col("count").sum(), pl.col("first").min(), pl.col("last").max()
    )
    found = [
        Unexplained(
            template=row["masked"],
            program=first[row["speaker"], row["masked"], row["severity"]]["program"] or row["speaker"],
            severity=Severity(row["severity"]),
            count=row["count"],
            first=row["first"],
            last=row["last"],
            example=line_of(first[row["speaker"], row["masked"], row["severity"]], court.locate),
        )
        for row in summed.iter_rows(named=True)
    ]
    return tuple(sorted(found, key=lambda g: (g.severity.rank, -g.count, g.program, g.template)))
