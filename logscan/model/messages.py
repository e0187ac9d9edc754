"""The nouns of mail tracking: a message, its hops, its recipients, what was tried and what came of it.

For: `trace`, and every analysis that counts mails and not lines. In: nothing. Out: frozen records, shaped
like the contract's JSON. Never: text that was escaped for some form (that is the form's business).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from logscan.model.findings import Assumptions, Evidence, Input
from logscan.model.problems import Problem


class Status(StrEnum):
    """What became of one recipient: the contract's closed list."""

    SENT = "sent"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    EXPIRED = "expired"
    FILTERED = "filtered"
    FORWARDED = "forwarded"
    REDIRECTED = "redirected"
    HELD = "held"
    DISCARDED = "discarded"
    DELETED = "deleted"
    REJECTED = "rejected"
    QUEUED = "queued"
    UNKNOWN = "unknown"

    @property
    def final(self) -> bool:
        """Whether nothing more can happen to the recipient in this Postfix."""
        return self not in {Status.DEFERRED, Status.HELD, Status.QUEUED}


class Passage(StrEnum):
    """How a mail came to its next queue ID; RECEIVED is how it came to its first."""

    RECEIVED = "received"
    FILTER = "filter"  # a content filter on this machine gave it back
    RELAY = "relay"  # another Postfix, of this machine or another, whose log is here too
    FORWARD = "forward"  # .forward, an alias or a list
    REQUEUE = "requeue"  # postsuper -r


class Internal(StrEnum):
    """Mail that Postfix wrote itself."""

    BOUNCE = "bounce"
    DELAY = "delay"
    NOTICE = "notice"  # to the postmaster, or a delivery report that somebody asked for
    PROBE = "probe"  # address verification; never delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a row came from, as `model.columns.INTERNAL` has it."""

    source: int
    block: int
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One line with status=.

    status: Postfix's word. reply: the server's answer, or Postfix's own words where there is none.
    delay: seconds since the mail came. delays: before qmgr, in qmgr, connection, transmission; seconds.
    by: the daemon, smtp, local, pipe. rule, cause: the card that explains the reply, where one was asked.
    child: queue ID that the line names as the next. repeat: how many times the line stands for.
    """

    time: datetime | None
    queue_id: str
    status: str
    by: str
    relay: str | None = None
    dsn: str | None = None
    reply: str | None = None
    delay: float | None = None
    delays: tuple[float, ...] = ()
    rule: str | None = None
    cause: str | None = None
    child: str | None = None
    repeat: int = 1
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One row per mail and recipient.

    recipient: None when the mail waits and no line has named whom it is for. orig_recipient: before
    aliases. attempts: of all hops, in order. The rest is of the last attempt, or of the line that decided.
    """

    recipient: str | None
    orig_recipient: str | None
    status: Status
    relay: str | None = None
    dsn: str | None = None
    reply: str | None = None
    rule: str | None = None
    cause: str | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def final(self) -> bool:
        """Whether nothing more can happen to it in this Postfix."""
        return self.status.final

    @property
    def deferrals(self) -> int:
        """How many attempts were put off."""
        return sum(attempt.repeat for attempt in self.attempts if attempt.status == "deferred")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """What OpenDKIM said of the mail. result: signed, verified or failed; detail: its words."""

    time: datetime | None
    result: str
    domain: str | None
    selector: str | None
    detail: str | None
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A queue ID of the mail: since when, on which host and instance, how it came to be, from which."""

    time: datetime | None
    queue_id: str
    what: Passage
    host: str | None = None
    instance: str | None = None
    parent: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A mail that Postfix wrote about this one. kind: Postfix's words, `sender non-delivery`.

    recipient, status: to whom it went and what became of it; None where the logs do not tell.
    """

    time: datetime | None
    queue_id: str
    kind: str
    recipient: str | None = None
    status: Status | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line of the mail's life that is no attempt. what: `vocabulary.Kind`: hold, released, expired, removed ..."""

    time: datetime | None
    queue_id: str
    what: str
    reply: str | None = None
    rule: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One mail, however many queue IDs it took.

    received: first sight. removed: when its last queue ID was removed, None while one is left, or the
    log ends before. cut: its beginning lies before the logs. internal: what Postfix wrote itself.
    sender: "" is the null sender, None unknown. evidence: its lines, in order.
    """

    queue_ids: tuple[str, ...]
    message_id: str | None
    sender: str | None
    client_name: str | None
    client_ip: str | None
    sasl_user: str | None
    size: int | None
    nrcpt: int | None
    received: datetime | None
    removed: datetime | None
    hops: tuple[Hop, ...]
    recipients: tuple[Recipient, ...]
    dkim: tuple[Dkim, ...] = ()
    notices: tuple[Notice, ...] = ()
    marks: tuple[Mark, ...] = ()
    internal: Internal | None = None
    cut: bool = False
    local: bool = False  # from sendmail(1) on this machine
    places: tuple[Place, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A mail, or one recipient of it, that was refused before it was queued."""

    time: datetime | None
    client_name: str | None
    client_ip: str | None
    stage: str | None
    sender: str | None
    recipient: str | None
    smtp_code: int | None
    dsn: str | None
    reply: str | None
    helo: str | None = None
    rule: str | None = None
    cause: str | None = None
    times: int = 1
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """Where a mail was looked for: paths, lines in all, and the period that the logs cover."""

    files: tuple[str, ...]
    lines: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """The answer of `trace`. query: None for all mail. messages, rejects: by time.

    lifetime_s: after how many seconds a mail is given up. lifetime_source: default or option.
    """

    query: str | None
    messages: tuple[Message, ...]
    rejects: tuple[Refusal, ...]
    searched: Searched
    inputs: tuple[Input, ...]
    problems: tuple[Problem, ...]
    assumptions: Assumptions
    as_of: datetime | None
    lifetime_s: float
    lifetime_source: str
