"""What pflogsumm says of a log, before it is laid out.

In: nothing. Out: `Summary`. Never: a number of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Versions that ours was held against.
CHECKED = ("1.1.5",)
#: Columns of its tables by hour and day.
COLUMNS = ("received", "delivered", "deferred", "bounced", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A recipient domain: mails sent, their bytes, deferrals, mean and longest delay in seconds."""

    name: str
    sent: int
    bytes: int
    deferrals: int
    mean: float
    longest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A name with its mails and bytes."""

    name: str
    messages: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The numbers.

    totals: by the words of its Grand Totals. hours: 24 rows of `COLUMNS`. days: (year, month from 0, day) -> the
    columns, up to the last one that was touched. unsized: queue ID, recipient.
    """

    version: str
    totals: Mapping[str, int]
    day_count: int
    hours: tuple[tuple[int, ...], ...]
    days: Mapping[tuple[int, int, int], tuple[int, ...]] = field(default_factory=dict)
    recipient_domains: tuple[Delivered, ...] = ()
    sending_domains: tuple[Share, ...] = ()
    senders: tuple[Share, ...] = ()
    recipients: tuple[Share, ...] = ()
    unsized: tuple[tuple[str, str], ...] = ()
