"""The nouns of a report: what scan found, what it could not explain, what it read.

In: nothing. Out: frozen records, shaped like the contract's JSON; every list is in its final order.
Never: text that was escaped for some form (that is the form's business).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from logscan.model.failures import Candidate, Evidence, Outage, Undecided
from logscan.model.problems import Problem
from logscan.model.vocabulary import Severity

__all__ = [
    "Affected",
    "Assumptions",
    "BlindSpot",
    "Candidate",
    "Evidence",
    "Explanation",
    "Finding",
    "Input",
    "Outage",
    "Report",
    "Tally",
    "Totals",
    "Undecided",
    "Unexplained",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The biggest counts of something, and how many more there were.

    top: (name, count), count descending then name, at most 20. others: sum of the rest.
    """

    top: tuple[tuple[str, int], ...] = ()
    others: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """Whom a finding concerns."""

    recipients: Tally = Tally()
    domains: Tally = Tally()
    clients: Tally = Tally()
    relays: Tally = Tally()
    backends: Tally = Tally()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A card's words in the asked language, placeholders filled in."""

    title: str
    meaning: str
    likely_causes: tuple[str, ...] = ()
    remedy: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    limits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, or worth knowing; counts as the contract defines them."""

    rule: str
    severity: Severity
    cause: str
    direction: str
    nature: str
    fault: str
    provider: str | None
    count: int
    messages: int
    recipients: int
    deliveries: int
    sessions: int
    first: datetime | None
    last: datetime | None
    ongoing: bool
    explanation: Explanation
    affected: Affected
    evidence: tuple[Evidence, ...]
    caused_by: tuple[tuple[str, datetime | None, str], ...] = ()
    root: bool = True
    reach: tuple[str, ...] = ()  # statements of Reach that are about it
    undecided: Undecided | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a trouble reaches, said only where the logs show it, in the reader's language.

    kind: which statement it is. scope: whom it concerns: providers, hosts, domains, recipients, addresses, clients, users.
    rules: of the findings that it is about.
    """

    kind: str
    statement: str
    cause: str
    scope: Mapping[str, tuple[str, ...]]
    since: datetime | None
    numbers: Mapping[str, int]
    evidence: tuple[Evidence, ...] = ()
    remedy: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unexplained:
    """Lines of one shape at warning or above, or failed deliveries, that no card explains."""

    template: str
    program: str
    severity: Severity
    count: int
    first: datetime | None
    last: datetime | None
    example: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One log as it was read. events, unparsed: None where nobody counted them."""

    path: str
    format: str | None
    family: str | None
    lines: int
    events: int | None
    unparsed: int | None
    first: datetime | None
    last: datetime | None
    compression: str | None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What was read in all. lines = events of one record each + unparsed, before duplicates go."""

    lines: int
    events: int
    unparsed: int
    other: int
    first: datetime | None
    last: datetime | None
    hosts: tuple[str, ...]
    duplicates_dropped: int
    repeated_expanded: int
    invalid_bytes: int
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    unparsed_samples: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What was assumed because the logs do not say it.

    zone: IANA name or offset. zone_source: option, system, log.
    year_source: option, log, modified, weekday; None when every stamp had its year.
    """

    zone: str
    zone_source: str
    year: int | None = None
    year_source: str | None = None
    lifetime_source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpot:
    """What these logs cannot show, and the setting that changes it.

    why: whole sentences. missing, remedy: without a full stop; the remedy may be a row of commands.
    """

    missing: str
    why: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything `scan` says, in whatever form it is then drawn.

    outages: in short, see pipeline.brief. blind_spots: None while nobody has looked for them. window: what was asked for, half-open. covered: first and last time of the logs, whatever was asked.
    """

    as_of: datetime | None
    generated: datetime
    elapsed_s: float
    inputs: tuple[Input, ...]
    totals: Totals
    assumptions: Assumptions
    findings: tuple[Finding, ...]
    unexplained: tuple[Unexplained, ...]
    problems: tuple[Problem, ...]
    blind_spots: tuple[BlindSpot, ...] | None = None
    blast_radius: tuple[Reach, ...] = ()
    outages: tuple[Outage, ...] = ()
    window: tuple[datetime | None, datetime | None] = (None, None)
    covered: tuple[datetime | None, datetime | None] = (None, None)
