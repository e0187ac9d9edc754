"""The nouns of failed and delayed mail: a case, what groups of them come to, what waits, how far it reaches.

For: `bounces`. In: nothing. Out: frozen records shaped like the contract's JSON, and the columns of tables of cases.
Never: text that was escaped for some form (that is the form's business); a sentence (reports.bounced has them).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

import polars as pl

from logscan.model.columns import TIME
from logscan.model.findings import Assumptions, BlindSpot, Evidence, Input
from logscan.model.messages import Searched
from logscan.model.problems import Problem

#: Source, block, row of a line.
Place = tuple[int, int, int]

#: What became of a recipient that was refused or put off at least once.
FAILED: Final = "failed"
WAITING: Final = "waiting"
RECOVERED: Final = "recovered"
QUEUED: Final = "queued"  # waits, and nothing failed yet

#: One row per mail and recipient that was refused or put off at least once, or waits. mail: a number, the same for all rows of a
#: mail. queue_id: the last one. outcome: one of the four above. provider: an id; group: the whole that it is
#: part of. host, ip, port: the server that was asked last. by: the daemon. origin,
#: origin_name: who handed the mail in, as ORIGINS has it. deliveries: attempts that failed. first,
#: last: of these. at_*: the place of the first one.
_CASE: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "mail": pl.Int64,
    "queue_id": pl.String,
    "sender": pl.String,
    "recipient": pl.String,
    "domain": pl.String,
    "outcome": pl.String,
    "cause": pl.String,
    "nature": pl.String,
    "fault": pl.String,
    "rule": pl.String,
    "provider": pl.String,
    "group": pl.String,
    "host": pl.String,
    "ip": pl.String,
    "port": pl.Int64,
    "by": pl.String,
    "reply": pl.String,
    "origin": pl.String,
    "origin_name": pl.String,
    "deliveries": pl.Int64,
    "first": TIME,
    "last": TIME,
    "received": TIME,
    "cut": pl.Boolean,
    "held": pl.Boolean,
    "at_source": pl.Int64,
    "at_block": pl.Int64,
    "at_row": pl.Int64,
}
CASES: Final = pl.Schema(_CASE)

#: Mail by who handed it in, added up. sort: `login`, `local` (sendmail(1) on this machine) or `other`; name: the login, or the
#: local sender. network: of the client, 192.0.2.0/24 or 2001:db8::/48, in short. at_*: the place of the line on which the first
#: one was handed in.
_ORIGIN: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "sort": pl.String,
    "name": pl.String,
    "network": pl.String,
    "sender": pl.String,
    "mails": pl.Int64,
    "recipients": pl.Int64,
    "first": TIME,
    "last": TIME,
    "at_source": pl.Int64,
    "at_block": pl.Int64,
    "at_row": pl.Int64,
}
ORIGINS: Final = pl.Schema(_ORIGIN)

#: Refusals by us whose restriction is known, added up. domain: of the sender, as it says. name: of the client, verified. at_*: the
#: place of the first one.
_TURNED: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "domain": pl.String,
    "ip": pl.String,
    "name": pl.String,
    "restriction": pl.String,
    "cause": pl.String,
    "count": pl.Int64,
    "first": TIME,
    "last": TIME,
    "at_source": pl.Int64,
    "at_block": pl.Int64,
    "at_row": pl.Int64,
}
TURNED: Final = pl.Schema(_TURNED)

#: Attempts of smtp(8) by server and domain, added up by hour; those that failed by minute. group: of the server's provider.
#: taken: the server took the mail. answered: it was there, and said something or hung up. cause: of what was not taken.
_TRY: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "relay": pl.String,
    "group": pl.String,
    "domain": pl.String,
    "taken": pl.Boolean,
    "cause": pl.String,
    "answered": pl.Boolean,
    "count": pl.Int64,
    "first": TIME,
    "last": TIME,
}
TRIES: Final = pl.Schema(_TRY)

#: A failed attempt as a scan keeps it. shape: what a card explains. mail: a hash. out: it went to another server, or was to.
#: address: one of ours that the reply may name. answered: as in TRIES. at_*: its place.
_FAILURE: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "shape": pl.UInt64,
    "mail": pl.UInt64,
    "recipient": pl.String,
    "host": pl.String,
    "ip": pl.String,
    "port": pl.Int64,
    "out": pl.Boolean,
    "answered": pl.Boolean,
    "address": pl.String,
    "time": TIME,
    "count": pl.Int64,
    "at_source": pl.Int64,
    "at_block": pl.Int64,
    "at_row": pl.Int64,
}
FAILURES: Final = pl.Schema(_FAILURE)

#: A delivery that another server took, as a scan keeps it: its line, not taken apart.
_TAKEN: Final[dict[str, pl.DataType | type[pl.DataType]]] = {"time": TIME, "line": pl.String}
TAKEN: Final = pl.Schema(_TAKEN)

#: A refusal of ours as a scan keeps it; see pipeline.turned for what is made of it.
_TURNABLE: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "kind": pl.String,
    "reply": pl.String,
    "sender": pl.String,
    "client_ip": pl.String,
    "client_name": pl.String,
    "repeat": pl.Int64,
    "time": TIME,
    "source": pl.UInt32,
    "block": pl.UInt32,
    "row": pl.UInt32,
}
TURNABLE: Final = pl.Schema(_TURNABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cases that have something in common; counts as the contract defines them.

    key: the cause, the provider's id or the domain; None where there is none. cause, nature, fault: of most of its
    recipients. causes: all of them, by recipients. failed, waiting: recipients.
    """

    key: str | None
    cause: str
    nature: str
    fault: str
    messages: int
    recipients: int
    deliveries: int
    domains: int
    first: datetime | None
    last: datetime | None
    failed: int = 0
    waiting: int = 0
    causes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """Recipients whose mail failed or waits, by the local day of the last attempt. causes: most first, then by name."""

    day: date
    causes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When a waiting mail is given up: at the first attempt that fails after `earliest`, at `latest`.

    source: default, option or postconf.
    """

    earliest: datetime
    latest: datetime
    lifetime_s: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A recipient whose mail waits. attempts: None when the logs do not show them. source: queue or log."""

    queue_id: str
    sender: str | None
    recipient: str | None
    since: datetime | None
    attempts: int | None
    last_reply: str | None
    cause: str | None
    bounces_at: Deadline | None
    source: str
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """How far a trouble reaches, said only where the logs show it.

    what: which sentence of reports.bounced. values: what stands in it. scope: whom it concerns: providers, hosts, domains,
    recipients, addresses, users. places: source, block, row of lines that prove it; evidence: these lines.
    """

    what: str
    cause: str
    scope: Mapping[str, tuple[str, ...]]
    since: datetime | None
    values: Mapping[str, str | int] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    before: datetime | None = None  # when receivers began to refuse us, later than this
    caused_by: tuple[str, ...] = ()  # accounts of ours that brought it about
    rules: tuple[str, ...] = ()  # that explain the failures it is about

    @property
    def kind(self) -> str:
        """What it says, whatever else it knows of the matter."""
        return self.what.removesuffix("_refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounces:
    """Everything `bounces` says. recovered: by cause, what was put off and arrived all the same; no trouble."""

    by_cause: tuple[Group, ...]
    by_provider: tuple[Group, ...]
    by_domain: tuple[Group, ...]
    recovered: tuple[Group, ...]
    still_queued: tuple[Queued, ...]
    blast_radius: tuple[Statement, ...]
    messages: int
    recipients: int
    inputs: tuple[Input, ...]
    searched: Searched
    problems: tuple[Problem, ...]
    assumptions: Assumptions
    as_of: datetime | None
    names: Mapping[str, str] = field(default_factory=dict)  # provider's id -> its name
    links: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # provider's id -> where postmasters turn to
    blind_spots: tuple[BlindSpot, ...] = ()
    per_day: tuple[Daily, ...] = ()  # without a gap between days
