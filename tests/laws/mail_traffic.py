"""Made-up mail traffic and what is true of it: queue IDs used again, filters, forwards, bounces, two hosts.

Lines of one mail come in order but for jitter; mails overlap. Short IDs come from a small pool, and one is used
again as soon as its mail has been removed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import polars as pl

from logscan.model.blocks import Block
from logscan.parsers.clock import Calendar
from logscan.parsers.lines import Plan, records
from logscan.parsers.zone import Zone
from logscan.pipeline.lines.road import detailed, understood

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """What is true of one mail: its queue IDs in order, and recipient -> status, number of deferrals."""

    queue_ids: tuple[str, ...]
    recipients: dict[str, tuple[str, int]]


@dataclass
class Traffic:
    """Lines with their moments, and the truth."""

    random: Random
    lines: list[tuple[float, str]] = field(default_factory=list)
    truth: list[Told] = field(default_factory=list)
    free: dict[str, list[str]] = field(default_factory=dict)
    busy: list[tuple[float, str, str]] = field(default_factory=list)
    at: float = 0.0
    rest: float = 0.0

    def say(self, at: float, host: str, program: str, text: str) -> None:
        stamp = (BEGIN + timedelta(seconds=at)).isoformat(timespec="microseconds")
        self.lines.append((at, f"{stamp} {host} {program}[{self.random.randint(1, 9)}]: {text}"))

    def queue_id(self, host: str, until: float) -> str:
        """Return an ID that is free, often one that was used before."""
        back = [busy for busy in self.busy if busy[0] + self.rest < self.at and busy[1] == host]
        for busy in back:
            self.busy.remove(busy)
            self.free.setdefault(host, []).append(busy[2])
        pool = self.free.setdefault(host, [])
        if pool and self.random.random() < 0.7:
            found = pool.pop(self.random.randrange(len(pool)))
        else:
            found = f"{self.random.getrandbits(44):011X}"
        self.busy.append((until, host, found))
        return found

    def mail(self) -> None:
        kind = self.random.choice(
            ["plain", "plain", "filter", "forward", "bounce", "relay", "expired", "waits", "later", "sister"]
        )
        getattr(self, f"_{kind}")()

    def _begin(
        self, host: str, until: float, client: str = "out.example.net[192.0.2.9]", instance: str = "postfix"
    ) -> str:
        queue_id, at = self.queue_id(host, self.at + until), self.at
        self.say(at, host, f"{instance}/smtpd", f"{queue_id}: client={client}")
        return queue_id

    def _queued(
        self, at: float, host: str, queue_id: str, message_id: str, nrcpt: int, instance: str = "postfix"
    ) -> None:
        self.say(at + 0.1, host, f"{instance}/cleanup", f"{queue_id}: message-id=<{message_id}>")
        self.say(
            at + 0.2,
            host,
            f"{instance}/qmgr",
            f"{queue_id}: from=<s@example.net>, size=1000, nrcpt={nrcpt} (queue active)",
        )

    def _deliver(self, at: float, host: str, queue_id: str, to: str, status: str, reply: str, *, by: str = "postfix/smtp",
                 relay: str = "mx.example.org[198.51.100.1]:25", orig: str = "") -> None:  # fmt: skip
        dsn = {"sent": "2.0.0", "deferred": "4.7.1", "bounced": "5.1.1"}[status]
        orig = f"orig_to=<{orig}>, " if orig else ""
        self.say(
            at,
            host,
            by,
            f"{queue_id}: to=<{to}>, {orig}relay={relay}, delay=0.5, delays=0.1/0.1/0.1/0.2, dsn={dsn}, status={status} ({reply})",
        )

    def _names(self) -> list[str]:
        return [
            f"r{self.random.randrange(1000)}x{index}@example.org"
            for index in range(self.random.randint(1, 3))
        ]

    def _id(self) -> str:
        return f"{self.random.getrandbits(60):x}@example.net"

    def _plain(self) -> None:
        host, names, at = self.random.choice(["mx1", "mx2"]), self._names(), self.at
        queue_id = self._begin(host, 3)
        self._queued(at, host, queue_id, self._id(), len(names))
        for name in names:
            self._deliver(at + 1, host, queue_id, name, "sent", "250 2.0.0 Ok: queued as 4jYSvC1fMnzp3qy")
        self.say(at + 2, host, "postfix/qmgr", f"{queue_id}: removed")
        self.truth.append(Told((queue_id,), dict.fromkeys(names, ("sent", 0))))

    def _waits(self) -> None:
        host, [name, *_], at, tries = "mx1", self._names(), self.at, self.random.randint(1, 3)
        queue_id = self._begin(host, 1e9)
        self._queued(at, host, queue_id, self._id(), 1)
        for number in range(tries):
            self._deliver(
                at + 1 + 300 * number,
                host,
                queue_id,
                name,
                "deferred",
                "host mx.example.org[198.51.100.1] said: 450 4.7.1 Later (in reply to RCPT TO command)",
            )
        self.truth.append(Told((queue_id,), {name: ("deferred", tries)}))

    def _later(self) -> None:
        """Of some recipients the first has to wait, once, and the mail with it."""
        host, names, at = "mx2", self._names(), self.at
        queue_id = self._begin(host, 305)
        self._queued(at, host, queue_id, self._id(), len(names))
        later = "host mx.example.org[198.51.100.1] said: 450 4.7.1 Later (in reply to RCPT TO command)"
        self._deliver(at + 1, host, queue_id, names[0], "deferred", later)
        for name in names[1:]:
            self._deliver(at + 1, host, queue_id, name, "sent", "250 2.0.0 Ok")
        self._deliver(at + 301, host, queue_id, names[0], "sent", "250 2.0.0 Ok")
        self.say(at + 302, host, "postfix/qmgr", f"{queue_id}: removed")
        self.truth.append(Told((queue_id,), dict.fromkeys(names, ("sent", 0)) | {names[0]: ("sent", 1)}))

    def _expired(self) -> None:
        host, [name, *_], at = "mx2", self._names(), self.at
        queue_id = self._begin(host, 605)
        self._queued(at, host, queue_id, self._id(), 1)
        for number in range(2):
            self._deliver(
                at + 1 + 600 * number,
                host,
                queue_id,
                name,
                "deferred",
                "connect to mx.example.org[198.51.100.1]:25: Connection timed out",
                relay="none",
            )
        self.say(
            at + 602,
            host,
            "postfix/qmgr",
            f"{queue_id}: from=<s@example.net>, status=expired, returned to sender",
        )
        self._notice(at + 602, host, queue_id)
        self.say(at + 603, host, "postfix/qmgr", f"{queue_id}: removed")
        self.truth.append(Told((queue_id,), {name: ("expired", 2)}))

    def _bounce(self) -> None:
        host, names, at = "mx1", self._names(), self.at
        queue_id = self._begin(host, 4)
        self._queued(at, host, queue_id, self._id(), len(names))
        for name in names:
            self._deliver(
                at + 1,
                host,
                queue_id,
                name,
                "bounced",
                "host mx.example.org[198.51.100.1] said: 550 5.1.1 No such user (in reply to RCPT TO command)",
            )
        self._notice(at + 2, host, queue_id)
        self.say(at + 3, host, "postfix/qmgr", f"{queue_id}: removed")
        self.truth.append(Told((queue_id,), dict.fromkeys(names, ("bounced", 0))))

    def _notice(self, at: float, host: str, about: str) -> None:
        queue_id = self.queue_id(host, at - self.at + 5 + self.at)
        self.say(at, host, "postfix/cleanup", f"{queue_id}: message-id=<{self._id()}>")
        self.say(at + 0.1, host, "postfix/bounce", f"{about}: sender non-delivery notification: {queue_id}")
        self.say(at + 0.2, host, "postfix/qmgr", f"{queue_id}: from=<>, size=2000, nrcpt=1 (queue active)")
        self._deliver(
            at + 1,
            host,
            queue_id,
            "s@example.net",
            "sent",
            "delivered to mailbox",
            by="postfix/local",
            relay="local",
        )
        self.say(at + 2, host, "postfix/qmgr", f"{queue_id}: removed")

    def _filter(self) -> None:
        host, names, at, message_id = self.random.choice(["mx1", "mx2"]), self._names(), self.at, self._id()
        first = self._begin(host, 4)
        self._queued(at, host, first, message_id, len(names))
        second = self._begin_at(at + 0.5, host, 8, "localhost[127.0.0.1]")
        self._queued(at + 0.5, host, second, message_id, len(names))
        for name in names:
            self._deliver(
                at + 1,
                host,
                first,
                name,
                "sent",
                f"250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as {second}",
                relay="127.0.0.1[127.0.0.1]:10024",
            )
        self.say(at + 1.5, host, "postfix/qmgr", f"{first}: removed")
        for name in names:
            self._deliver(
                at + 2, host, second, name, "sent", "delivered to mailbox", by="postfix/local", relay="local"
            )
        self.say(at + 3, host, "postfix/qmgr", f"{second}: removed")
        self.truth.append(Told((first, second), dict.fromkeys(names, ("sent", 0))))

    def _sister(self) -> None:
        """A filter that is a program and says no queue ID; the mail comes back by sendmail(1)."""
        host, [name, *_], at, message_id = "mx1", self._names(), self.at, self._id()
        first = self._begin(host, 4)
        self._queued(at, host, first, message_id, 1)
        second = self.queue_id(host, self.at + 9)
        self.say(at + 0.6, host, "postfix/pickup", f"{second}: uid=200 from=<s@example.net>")
        self._queued(at + 0.6, host, second, message_id, 1)
        self._deliver(
            at + 1,
            host,
            first,
            name,
            "sent",
            "delivered via filter service",
            by="postfix/pipe",
            relay="filter",
        )
        self.say(at + 1.5, host, "postfix/qmgr", f"{first}: removed")
        self._deliver(at + 3, host, second, name, "sent", "250 2.0.0 Ok: queued as 4jYSvC1fMnzp3qy")
        self.say(at + 4, host, "postfix/qmgr", f"{second}: removed")
        self.truth.append(Told((first, second), {name: ("sent", 0)}))

    def _forward(self) -> None:
        host, [name, *_], at, message_id = "mx1", self._names(), self.at, self._id()
        first = self._begin(host, 4)
        self._queued(at, host, first, message_id, 1)
        second = self.queue_id(host, self.at + 8)
        self.say(at + 0.6, host, "postfix/cleanup", f"{second}: message-id=<{message_id}>")
        self._deliver(
            at + 0.7, host, first, name, "sent", f"forwarded as {second}", by="postfix/local", relay="local"
        )
        self.say(
            at + 0.8,
            host,
            "postfix/qmgr",
            f"{second}: from=<s@example.net>, size=1000, nrcpt=1 (queue active)",
        )
        self.say(at + 1, host, "postfix/qmgr", f"{first}: removed")
        self._deliver(at + 2, host, second, "home@example.com", "sent", "250 2.0.0 Ok", orig=name)
        self.say(at + 3, host, "postfix/qmgr", f"{second}: removed")
        self.truth.append(Told((first, second), {name: ("forwarded", 0), "home@example.com": ("sent", 0)}))

    def _relay(self) -> None:
        """From an instance to the main one, then from mx1 to mx2, whose log is here too."""
        names, at, message_id = self._names(), self.at, self._id()
        first = self._begin("mx1", 4, "localhost[127.0.0.1]", "postfix-out")
        self._queued(at, "mx1", first, message_id, len(names), "postfix-out")
        second = self._begin_at(at + 0.5, "mx2", 8, "mx1.example.net[192.0.2.1]")
        self._queued(at + 0.5, "mx2", second, message_id, len(names))
        for name in names:
            self._deliver(
                at + 1,
                "mx1",
                first,
                name,
                "sent",
                f"250 2.0.0 Ok: queued as {second}",
                by="postfix-192.0.2.3/smtp",
            )
        self.say(at + 1.5, "mx1", "postfix-out/qmgr", f"{first}: removed")
        for name in names:
            self._deliver(
                at + 2,
                "mx2",
                second,
                name,
                "sent",
                "delivered to maildir",
                by="postfix/virtual",
                relay="virtual",
            )
        self.say(at + 3, "mx2", "postfix/qmgr", f"{second}: removed")
        self.truth.append(Told((first, second), dict.fromkeys(names, ("sent", 0))))

    def _begin_at(self, at: float, host: str, until: float, client: str) -> str:
        queue_id = self.queue_id(host, self.at + until)
        self.say(at, host, "postfix/smtpd", f"{queue_id}: client={client}")
        return queue_id


def traffic(seed: int, mails: int, jitter: float = 0.0, rest: float = 0.0) -> Traffic:
    """Return some mails. jitter: how many seconds a line may come too late. rest: how long an ID is not used again."""
    made = Traffic(random=Random(seed), rest=rest)  # noqa: S311  traffic, not secrets
    for _ in range(mails):
        made.mail()
        made.at += made.random.choice([0.3, 1.7, 20.0, 700.0])
    shaken = [
        (at + made.random.uniform(0, jitter), index, line) for index, (at, line) in enumerate(made.lines)
    ]
    made.lines = [(at, line) for at, _, line in sorted(shaken)]
    return made


def rows_of(lines: list[str]) -> pl.DataFrame:
    """Return lines as events, by the road that a log takes."""
    data = "".join(f"{line}\n" for line in lines).encode()
    block = Block(source=0, number=0, data=data, previous=b"", lines=len(lines))
    years = Calendar(modified=BEGIN, zone=Zone(name="UTC", source="option", info=UTC), option=2026)
    table = records(block, Plan(main=None, calendar=years))
    place = [pl.lit(0, dtype=pl.UInt32).alias(name) for name in ("source", "block")]
    return detailed(part.all() for part in understood(table.with_columns(place)))
