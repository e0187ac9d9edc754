"""The numbers of mail traffic, as `flow` tells them.

In: nothing. Out: frozen records shaped like the contract's JSON; every list is in its final order.
Never: a zero for what nobody counted: that is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from logscan.model.findings import Evidence, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """What became of mail; see CONTRACT's Counting.

    messages_real: received, without what came back from a filter or another Postfix of the same host, and without what
    was put back into the queue. filtered: recipients of mail handed to such.

    recovered: mails that were deferred, and in the end sent to every recipient who had to wait. still_deferred: mails
    with a recipient who waits (on hold, too). What is neither was returned, or deleted.
    """

    messages_real: int
    internal: int
    filtered: int
    recovered: int
    still_deferred: int
    expired_recipients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The totals that lines and queue IDs tell by themselves. bytes_*: sizes as qmgr told them."""

    received: int
    delivered: int
    forwarded: int
    deferred: int
    deferrals: int
    bounced: int
    expired: int
    canceled: int
    rejected: int
    reject_warnings: int
    held: int
    discarded: int
    bytes_received: int
    bytes_delivered: int
    senders: int
    sending_domains: int
    recipients: int
    recipient_domains: int
    reject_lines: int
    auth_failures: int
    connections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """An hour or a day. start: its beginning in the assumed zone, with that zone's offset then."""

    start: datetime
    received: int = 0
    delivered: int = 0
    deferrals: int = 0
    bounced: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One name's share. messages: mails. recipients: pairs of mail and recipient.

    bytes: size times recipients; for senders and clients once a mail.
    """

    name: str
    messages: int
    recipients: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """The names with most mails: messages descending, then bytes, then name."""

    senders: tuple[Named, ...] = ()
    recipients: tuple[Named, ...] = ()
    sending_domains: tuple[Named, ...] = ()
    recipient_domains: tuple[Named, ...] = ()
    clients: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """Refusals of one cause at one stage. clients: how many. top_clients: those with most, and their counts."""

    cause: str
    stage: str | None
    count: int
    clients: int
    top_clients: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """TLS connections of one level and protocol; direction: inbound or outbound."""

    level: str | None
    protocol: str
    count: int
    direction: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logins:
    """Failed logins of one client with one name, None where Postfix does not tell it."""

    client_ip: str | None
    user: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """Delays of one stage in seconds: the smallest value that so many per cent do not exceed. count: deliveries."""

    stage: str
    count: int
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p98: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One reason why another program's number is not ours.

    measure: the number. theirs, ours: the whole of it. count: how much of the difference this reason explains, theirs
    less ours. reason: a sentence. example: a line that shows it.
    """

    measure: str
    theirs: int
    ours: int
    count: int
    reason: str
    example: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Everything that `flow` says.

    read: what was read, without findings. unreturned: recipients handed to a program or a server of this machine of whom
    nothing came back; they are among the delivered. differences: None unless asked for.
    """

    read: Report
    sums: Sums
    tracked: Tracked
    per_hour: tuple[Period, ...]
    per_day: tuple[Period, ...]
    top: Top
    rejects: tuple[Refusals, ...]
    tls: tuple[Encryption, ...]
    auth: tuple[Logins, ...]
    delays: tuple[Delays, ...]
    unreturned: int = 0
    compat: str | None = None
    differences: tuple[Difference, ...] | None = None
