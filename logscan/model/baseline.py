"""What hours usually bring, and which of them brought something else.

In: nothing. Out: frozen records. Never: a sentence, a colour; a zero for an hour that no log tells of: that is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

#: Numbers that are judged, in the order in which they are told.
METRICS: Final = (
    "silence", "received", "delivered", "bounced", "deferrals", "delay", "rejected", "auth_failures",
)  # fmt: skip
#: Those that are shares: a count of tries.
SHARES: Final = ("bounced", "deferrals")
#: Directions.
HIGH: Final = "high"
LOW: Final = "low"
#: Weights: one asks for a look, the other is worth a line.
WARNING: Final = "warning"
NOTICE: Final = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What one hour brought; the counts are those of flow's `per_hour`.

    start: its beginning by the local clock, with that zone's offset then: two hours of a night when the clock is put back
    differ in it. All counts None: the logs do not tell of this hour (leaving it out says the same). Zero: they were read
    up to its end, and nothing was there. auth_failures, connections, delay_p90: None where nobody counted them by the
    hour. delay_p90: seconds that nine of ten recipients who got their mail in this hour did not wait longer than;
    None, too, where nobody got any.
    """

    start: datetime
    received: int | None = None
    delivered: int | None = None
    deferrals: int | None = None
    bounced: int | None = None
    rejected: int | None = None
    auth_failures: int | None = None
    connections: int | None = None
    delay_p90: float | None = None

    @property
    def covered(self) -> bool:
        """Whether the logs tell of it."""
        return self.received is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What an hour of the period should have brought, by the hours like it.

    metric: one of METRICS. median: the expectation: a count, a share from 0 to 1, or seconds. low, high: 19 of 20 such hours
    lie between. like: hours that it was taken from.
    """

    metric: str
    start: datetime
    median: float
    low: float
    high: float
    like: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """A stretch that brought something else. direction: high or low.

    since, until: half-open, with the local offset. seen, usual, low, high: as in `Usual`, over the whole stretch: sums, a
    share of all tries, the median of seconds. count, of: of a share, what it is made of; else None. score: its
    distance from what is usual, in standard deviations of hours (or days) like these. whole_days: the stretch is no matter of
    single hours. holiday: as little as on the quiet days of a week. weight: warning or notice.
    """

    metric: str
    direction: str
    since: datetime
    until: datetime
    seen: float
    usual: float
    low: float
    high: float
    score: float
    weight: str
    count: int | None = None
    of: int | None = None
    whole_days: bool = False
    holiday: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """What it takes, told in analyses.baseline.

    days: of history that there must be. weeks: how far back it is looked at. score: standard deviations that hours must be
    off; days_score: that days must, of which there are fewer. factor: seen and usual must differ by; days_factor: the
    mails of whole days; knocks_factor: refusals and failed logins. gamble: how likely an hour without anything may be and still be a
    silence; expected: mails that it must lack (outages' own measure of a silence).
    """

    days: int = 14
    weeks: int = 8
    score: float = 4.5
    days_score: float = 3.8
    factor: float = 2.0
    days_factor: float = 1.5
    knocks_factor: float = 3.0
    gamble: float = 1e-6
    expected: float = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What is usual, and what was not.

    enough: whether there was history to say so; else `usual` and `anomalies` are empty. days: local days of history at least half of
    whose hours are known, of the `guide.days` that it takes. first, last: beginning and end of the hours that were
    looked at. judged: metrics that could be, others had no history. hours: of the period, that the logs tell of.
    """

    enough: bool
    days: int
    guide: Guide
    first: datetime | None = None
    last: datetime | None = None
    judged: tuple[str, ...] = ()
    hours: int = 0
    anomalies: tuple[Anomaly, ...] = ()
    usual: tuple[Usual, ...] = ()

    @property
    def warns(self) -> bool:
        """Whether something asks for a look."""
        return any(one.weight == WARNING for one in self.anomalies)
