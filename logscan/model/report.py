"""The nouns of `report`: one period, what the verbs say of it, and what is different from before.

In: nothing. Out: frozen records, shaped like the contract's JSON; every list is in its final order.
Never: a number that scan, flow, bounces or outages would not give; text that was escaped for some form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from logscan.model.baseline import Anomaly, Baseline
from logscan.model.bounces import Bounces
from logscan.model.findings import Report
from logscan.model.flow import Flow, Sums
from logscan.model.outages import OutageReport
from logscan.model.problems import Problem

#: Lights, the worst first: something is down; something is to be done; nothing can be said; all is well.
RED: Final = "red"
YELLOW: Final = "yellow"
UNKNOWN: Final = "unknown"
GREEN: Final = "green"

#: What a period is compared with: the one before it, and the same weekday of the last weeks.
BEFORE: Final = "before"
WEEKDAY: Final = "weekday"

#: Kinds of change, in the order of their weight.
KINDS: Final = ("new", "worse", "better", "gone")
#: What changes, in the order of their weight.
SUBJECTS: Final = ("finding", "cause", "destination", "unexplained")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Stretch:
    """A half-open period in UTC."""

    since: datetime
    until: datetime

    @property
    def seconds(self) -> float:
        """Its length; a local day may have 23 or 25 hours."""
        return (self.until - self.since).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to tell of, and what to compare it with.

    length: day, week, month or window. weekday: the same days of the weeks before, the newest first; of a week the
    weeks before; empty where that means nothing. now: by the clock.
    """

    period: Stretch
    length: str
    before: Stretch
    weekday: tuple[Stretch, ...]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a number is worse or better, and not merely another; told in analyses.changes.

    deviations: of the difference of two counts, in standard deviations of pure chance. factor: between the rates.
    least: subject -> the smaller counts are passed over in silence. loud: severities whose findings count from the first.
    weeks: how many of the last ones are looked at.
    """

    deviations: float = 3.0
    factor: float = 1.5
    least: Mapping[str, int] = field(
        default_factory=lambda: {"finding": 10, "cause": 3, "destination": 5, "unexplained": 3}
    )
    loud: tuple[str, ...] = ("critical", "error", "warning")
    weeks: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What the period was compared with.

    against: before or weekday. asked: for which periods, the newest first. periods: those of them that the logs cover.
    missing: groups of logs (`syslog`, `apache-error`, ...) that do not reach back to the newest of them.
    """

    against: str
    asked: tuple[Stretch, ...]
    periods: tuple[Stretch, ...]
    missing: tuple[str, ...] = ()

    @property
    def wanted(self) -> int:
        """How many periods were asked for."""
        return len(self.asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that is different. before: of several periods the mean; both as counts per period of this length.

    against: before or weekday. subject, key: finding and its rule, cause, destination and its domain, unexplained and its
    template. title: for people. severity: of a finding.
    """

    kind: str
    against: str
    subject: str
    key: str
    title: str
    before: float
    now: int
    severity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """DKIM on outgoing mail. mails: handed to other hosts; signed: of those; None: the logs do not tell, see `why`.

    why: silent (opendkim does not log successes), absent (no line of opendkim), none-sent (nothing went out).
    """

    mails: int | None = None
    signed: int | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The totals of a period to compare with, for a column beside ours."""

    period: Stretch
    sums: Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Nightly:
    """Everything that `report` says.

    length: day, week, month or window. light: see above. outages.scanned is what scan says: `scan` is its short name.
    logs: first and last time of all logs, whatever was asked. before: of the period before, None where the logs do not
    reach. weekday: of the same weekdays, the newest first. baseline: what the hours usually bring, and which did not; None where
    the logs tell of no whole hour. own_mails: how many of logscan's own
    mails are not counted.
    """

    period: Stretch
    length: str
    light: str
    flow: Flow
    bounces: Bounces
    outages: OutageReport
    compared_to: tuple[Compared, ...]
    changes: tuple[Change, ...]
    signed: Signed
    rule: Rule
    logs: tuple[datetime | None, datetime | None]
    generated: datetime
    elapsed_s: float
    before: Past | None = None
    weekday: tuple[Past, ...] = ()
    baseline: Baseline | None = None
    own_mails: int = 0

    @property
    def odd(self) -> tuple[Anomaly, ...]:
        """What was not as usual, as far as there is history to say so."""
        return self.baseline.anomalies if self.baseline else ()

    @property
    def scan(self) -> Report:
        """What scan says of the period."""
        return self.outages.scanned

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What one of the readings could not read, each once, in order."""
        return tuple(sorted({*self.scan.problems, *self.bounces.problems}))

    @property
    def as_of(self) -> datetime | None:
        """As of when `ongoing` and `still queued` are meant: now, and never after the end of the period."""
        return self.scan.as_of
