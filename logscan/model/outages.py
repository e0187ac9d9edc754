"""The nouns of `outages`: what failed, from when to when, and with which rhythm.

In: nothing. Out: frozen records, shaped like the contract's JSON; every list is in its final order.
Never: text that was escaped for some form (that is the form's business).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from logscan.model.failures import Evidence, Outage, Undecided
from logscan.model.findings import Report

__all__ = ["Follows", "Limits", "Outage", "OutageReport", "Rate", "Rhythm", "Root"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Thresholds; the rule is told in analyses.outages.runs.

    gap_s: seconds. recovered_after: successes in a row. min_share: of what was tried, 0 to 1. Thirty in a row: with one
    request in ten failing that is a chance of 4 %.
    """

    gap_s: float = 900.0
    min_failures: int = 3
    recovered_after: int = 30
    min_share: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Follows:
    """What outages of a service regularly come after: hits of them.

    what, who: as in `Outage.recovered_by`, or logrotate. at_s: None: within `within_s` after it; else at that
    distance, give or take `within_s`.
    """

    what: str
    who: str
    hits: int
    within_s: float
    at_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often a service fails, and whether there is a pattern in it.

    pattern: few, none, period, daily or weekly; spread_s: half of the outages lie within it; at: how far in the day or
    the week, 0 to 1, by the local clock. chance: how likely it is none, corrected for all patterns that were
    looked for. hours, weekdays (Monday first): how many outages began then, in the assumed zone.
    """

    service: str
    kind: str
    outages: int
    mean_between_s: float | None
    mean_duration_s: float | None
    pattern: str
    chance: float | None
    period_s: float | None
    spread_s: float | None
    at: float | None
    hours: tuple[int, ...]
    weekdays: tuple[int, ...]
    follows: Follows | None
    last: datetime
    next_expected: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A service that fails now and then, which is no outage. succeeded: in these logs; None: not logged."""

    service: str
    kind: str
    failures: int
    succeeded: int | None
    first: datetime
    last: datetime
    rules: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """What is behind one or several outages, its symptoms folded under it.

    time: of its first line. outages: their ids, in order of time; services: whose they are. own: it is what the first of them
    failed with, nothing else is known to be behind it. undecided: of the first outage for which it is.
    """

    rule: str
    cause: str
    title: str
    time: datetime
    own: bool
    failures: int
    services: tuple[str, ...]
    outages: tuple[str, ...]
    symptoms: tuple[str, ...] = ()
    undecided: Undecided | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageReport:
    """Everything `outages` says. roots: what is ours first, then by what it cost. scanned: what was read, and the findings whose cards explain the outages."""

    scanned: Report
    outages: tuple[Outage, ...]
    rhythms: tuple[Rhythm, ...]
    rates: tuple[Rate, ...]
    roots: tuple[Root, ...]
    limits: Limits
