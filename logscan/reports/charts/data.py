"""What charts show: small tables of numbers with their labels.

In: nothing. Out: frozen records. Never: a colour, a place on a page; a zero for what nobody counted: that is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A row of counts. label: in the reader's language, or from a log."""

    label: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Mails hour by hour or day by day, without a gap.

    starts: beginnings of the hours or days, in the zone that is shown; zone: its name. Counts: None where the logs do not
    reach. outages: stretches that are shaded. daily: days, not hours. usual: between what 19 of 20 such hours receive; None
    where nobody knows; empty where nobody was asked.
    """

    starts: tuple[datetime, ...]
    received: tuple[int | None, ...]
    delivered: tuple[int | None, ...]
    rejected: tuple[int | None, ...]
    outages: tuple[tuple[datetime, datetime], ...]
    zone: str
    daily: bool = False
    usual: tuple[tuple[float, float] | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """Recipients whose mail came back, by cause and day. series: those with most first; each as long as `days`."""

    days: tuple[date, ...]
    series: tuple[Series, ...]
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Delays of one stage, in seconds: so many per cent of `count` deliveries took no longer."""

    label: str
    count: int
    p50: float
    p90: float
    p95: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """Delays, stage by stage in the order of a delivery."""

    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Failures by weekday and hour (24). weekdays: those that the period has, 0 is Monday; as long as counts."""

    weekdays: tuple[int, ...]
    counts: tuple[tuple[int, ...], ...]
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Outgoing mails of one domain, or of all. signed: None: the signer does not log what it signs."""

    label: str
    mails: int
    signed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of outgoing mail bears our DKIM signature."""

    rows: tuple[Signed, ...]


Data = Traffic | Causes | Stages | Week | Coverage
