"""Mails -> cases: what was refused or put off, why, by whom, and what came of it.

In: `tracking.mail.Mail`, whose deliveries were judged. Out: tables of `model.bounces.CASES` and `TRIES`.
Never: makes records of mail of which nothing failed; takes the last word of a mail for its cause when that is only that it
was too old.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import count
from typing import Any, Final

import polars as pl

from logscan.analyses import accounts
from logscan.model.bounces import CASES, FAILED, ORIGINS, QUEUED, RECOVERED, TRIES, WAITING
from logscan.model.messages import Attempt, Internal, Message, Recipient, Status
from logscan.model.vocabulary import Cause, Kind
from logscan.packs.causes import Ruling
from logscan.packs.providers import Providers
from logscan.pipeline.lines.deliveries import TAKEN, answered, failed_delivery
from logscan.pipeline.lines.judged import SUSPENDED, Judge
from logscan.rules.causes import nature
from logscan.tracking.mail import Mail
from logscan.tracking.messages import told

_OUTCOME: Final = {
    Status.BOUNCED: FAILED,
    Status.EXPIRED: FAILED,
    Status.DELETED: FAILED,
    Status.UNKNOWN: FAILED,
    Status.DEFERRED: WAITING,
    Status.HELD: WAITING,
    Status.QUEUED: WAITING,
}
#: What is told though no attempt failed in these logs.
_LEFT: Final = (Status.QUEUED, Status.HELD, Status.EXPIRED)
_NEVER: Final = Attempt(time=None, queue_id="", status="expired", by="")
_RELAY: Final = re.compile(r"([^\[]*)\[([^\]]*)\](?::(\d+))?")
#: Daemons that speak to another server, or for one that does.
_OUTWARD: Final = ("smtp", "relay", "error", "retry", "qmgr", "nqmgr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that an attempt went to; nothing of it is known when no line names one."""

    host: str | None = None
    ip: str | None = None
    port: int | None = None


class Casebook:
    """Makes cases of mails, and numbers the mails."""

    def __init__(self, judge: Judge, providers: Providers) -> None:
        self._judge = judge
        self._providers = providers
        self._numbers = count()

    def cases(self, mail: Mail) -> pl.DataFrame:
        """Return the cases of all mails in `mail`."""
        rows: list[dict[str, Any]] = []
        for message in told(troubled(mail)):
            number = next(self._numbers)
            if message.internal is Internal.PROBE:
                continue
            rows += (case for one in message.recipients if (case := self._case(number, message, one)))
        return pl.DataFrame(rows, schema=CASES, orient="row")

    def _case(self, number: int, message: Message, one: Recipient) -> dict[str, Any] | None:
        failed = [attempt for attempt in one.attempts if attempt.status not in TAKEN]
        if not failed and one.status not in _LEFT:
            return None
        last = failed[-1] if failed else _NEVER
        ruling = self._ruling(failed)
        server = server_of(next((a.relay for a in reversed(failed) if a.relay), None))
        domain = domain_of(one.recipient or one.orig_recipient)
        outward = last.by in _OUTWARD
        provider = self._provider(server, ruling, domain) if outward else None
        place = failed[0].place if failed else None
        times = [attempt.time for attempt in failed if attempt.time is not None]
        return {
            "mail": number,
            "queue_id": last.queue_id or message.queue_ids[-1],
            "sender": message.sender,
            "recipient": one.recipient,
            "domain": domain,
            "outcome": _OUTCOME.get(one.status, RECOVERED)
            if failed or one.status is Status.EXPIRED
            else QUEUED,
            "cause": ruling.cause,
            "nature": nature(ruling, last.dsn),
            "fault": ruling.fault,
            "rule": last.rule,
            "provider": provider,
            "group": self._providers.group(provider) if provider else None,
            "host": server.host,
            "ip": server.ip,
            "port": server.port,
            "by": last.by,
            "reply": last.reply,
            "origin": "login" if message.sasl_user else "local" if message.local else "other",
            "origin_name": message.sasl_user or (message.sender if message.local else None),
            "deliveries": sum(attempt.repeat for attempt in failed),
            "first": min(times, default=None),
            "last": max(times, default=None),
            "received": message.received,
            "cut": message.cut,
            "held": one.status is Status.HELD,
            "at_source": place.source if place else None,
            "at_block": place.block if place else None,
            "at_row": place.row if place else None,
        }

    def _ruling(self, failed: Sequence[Attempt]) -> Ruling:
        """Return what is made of the last attempt that says something of its own."""
        for attempt in reversed(failed):
            if attempt.rule is not None and attempt.rule != SUSPENDED:
                return self._judge.ruling(attempt.rule)
            if attempt.rule is None and attempt.reply:
                break  # it says something, and nobody knows what
        expired = all(attempt.status == "expired" for attempt in failed)
        return self._judge.ruling_of(Cause.EXPIRED if expired else Cause.UNKNOWN)

    def _provider(self, server: Server, ruling: Ruling, domain: str | None) -> str | None:
        """Return whose server it is: told by its name, by its words where it has none, by the domain where it has neither."""
        if server.host:
            return self._providers.of_host(server.host) or ruling.provider
        return ruling.provider or self._providers.of_domain(domain)


def troubled(mail: Mail) -> Mail:
    """Return only the mails of which a delivery failed, or that were given up or wait."""
    hit = mail.rows.filter(failed_delivery() | (pl.col("kind") == Kind.EXPIRED.value))
    held = mail.rows.filter(pl.col("kind") == Kind.HOLD.value)["thread"].unique()
    waits = (pl.col("queued") | pl.col("thread").is_in(held.implode())) & ~pl.col("ended")
    roots = mail.threads.filter(pl.col("thread").is_in(hit["thread"].unique().implode()) | waits)[
        "root"
    ].unique()
    threads = mail.threads.filter(pl.col("root").is_in(roots.implode()))
    mine = threads["thread"].implode()
    return Mail(
        rows=mail.rows.filter(pl.col("thread").is_in(mine)),
        threads=threads,
        links=mail.links.filter(pl.col("child").is_in(mine)),
    )


def server_of(relay: str | None) -> Server:
    """Return what `host[192.0.2.1]:25` names.

    >>> server_of("mx.example.org[192.0.2.1]:25")
    Server(host='mx.example.org', ip='192.0.2.1', port=25)
    """
    found = _RELAY.fullmatch(relay or "")
    if found is None:
        return Server()
    host, ip, port = found.groups()
    return Server(
        host=host or None, ip=ip if outside(ip) is not None else None, port=int(port) if port else None
    )


def outside(ip: str | None) -> bool | None:
    """Return whether an address is another machine's, None for what is no address."""
    try:
        return not ip_address((ip or "").removeprefix("IPv6:")).is_loopback
    except ValueError:
        return None


def domain_of(address: str | None) -> str | None:
    """Return the domain of an address in small letters, None where it has none.

    >>> domain_of('"a@b"@Example.org')
    'example.org'
    """
    domain = (address or "").rpartition("@")[2].lower().rstrip(".") if "@" in (address or "") else ""
    return domain or None


# --- all attempts, added up ----------------------------------------------------------------------


def tries(mail: Mail, providers: Providers) -> pl.DataFrame:
    """Return the attempts that went to other servers, added up: `model.bounces.TRIES`."""
    out = pl.col("program").str.contains(r"(?:^|/)(?:smtp|relay)$")
    taken = pl.col("status") == "sent"
    rows = mail.rows.filter(
        (pl.col("kind") == Kind.DELIVERY.value) & out.fill_null(value=False) & pl.col("status").is_not_null()
    ).select(
        "relay",
        pl.col("recipient").str.extract(r"@([^@]+)$", 1).str.to_lowercase().alias("domain"),
        taken.alias("taken"),
        pl.when(~taken).then("cause").alias("cause"),
        (taken | answered()).fill_null(value=False).alias("answered"),
        pl.when(taken)
        .then(pl.col("when").dt.truncate("1h"))
        .otherwise(pl.col("when").dt.truncate("1m"))
        .alias("minute"),
        pl.col("repeat").fill_null(1).alias("count"),
        pl.col("when").alias("first"),
        pl.col("when").alias("last"),
    )
    table = _added(rows, "relay", "domain", "taken", "cause", "answered", "minute").drop("minute")
    relays = table["relay"].unique().to_list()
    found = [providers.of_host(server_of(relay).host) for relay in relays]
    groups = pl.DataFrame(
        {"relay": relays, "group": [providers.group(one) if one else None for one in found]},
        schema={"relay": pl.String, "group": pl.String},
    )
    joined = table.join(groups, on="relay", how="left", nulls_equal=True)
    return joined.select(pl.col(name).cast(dtype) for name, dtype in TRIES.items())


def origins(mail: Mail) -> pl.DataFrame:
    """Return who handed the mails in, added up: `model.bounces.ORIGINS`."""
    roots = mail.threads.filter(pl.col("thread") == pl.col("root")).select("thread", "local")
    client = (
        mail.rows.filter(pl.col("kind") == Kind.CLIENT.value)
        .join(roots, on="thread")
        .unique("thread", keep="first", maintain_order=True)
    )
    if not client.height:
        return pl.DataFrame(schema=ORIGINS)
    queued = (
        mail.rows.filter(pl.col("kind") == Kind.QUEUED.value, pl.col("nrcpt").is_not_null())
        .group_by("thread")
        .agg(pl.col("nrcpt").max().alias("written"), pl.col("sender").first().alias("envelope"))
    )
    login = pl.col("sasl_user").is_not_null()
    here = pl.col("local").fill_null(value=False)
    named = client.join(queued, on="thread").select(
        pl.when(login)
        .then(pl.lit("login"))
        .when(here)
        .then(pl.lit("local"))
        .otherwise(pl.lit("other"))
        .alias("sort"),
        pl.when(login).then("sasl_user").when(here).then("envelope").alias("name"),
        pl.when(login).then(network()).alias("network"),
        pl.when(login | here).then("envelope").alias("sender"),
        pl.lit(1, dtype=pl.Int64).alias("mails"),
        pl.col("written").alias("recipients"),
        pl.col("when").alias("first"),
        pl.col("when").alias("last"),
        *(pl.col(name).alias(f"at_{name}") for name in ("source", "block", "row")),
    )
    sums = accounts.added(named)
    return sums.select(pl.col(name).cast(dtype) for name, dtype in ORIGINS.items())


def network() -> pl.Expr:
    """Return the network of a client's address: three numbers of four, or three groups of eight; null for no address."""
    four = pl.col("client_ip").str.extract(r"^(\d+\.\d+\.\d+)\.\d+$", 1)
    return pl.coalesce(four, pl.col("client_ip").str.extract(r"^((?:[0-9a-fA-F]*:){1,3})", 1))


def _added(table: pl.DataFrame, *keys: str) -> pl.DataFrame:
    return table.group_by(keys, maintain_order=True).agg(
        pl.col("count").sum(), pl.col("first").min(), pl.col("last").max()
    )


def failing_lines(rows: pl.DataFrame) -> Iterator[tuple[tuple[int, int, int], str]]:
    """Yield the place and the text of every line on which a delivery failed."""
    if not {"kind", "status", "raw"} <= set(rows.columns):
        return
    table = rows.filter(failed_delivery()).select("source", "block", "row", "raw")
    for source, block, row, raw in table.iter_rows():
        yield (source, block, row), raw
