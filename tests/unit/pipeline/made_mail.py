"""Logs of mail that goes out, made line by line: for what depends on who was reached and who was not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from logscan.model.bounces import Bounces, Statement
from logscan.model.settings import Settings
from logscan.pipeline.bounces import bounces

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
SETTINGS = Settings(zone="UTC", jobs=1)
TIMED_OUT = "connect to {host}[{ip}]:25: Connection timed out"
REFUSED = "host {host}[{ip}] said: {reply} (in reply to RCPT TO command)"


@dataclass
class Log:
    """A log that grows by whole mails, one a minute."""

    lines: list[str] = field(default_factory=list)
    mails: int = 0

    def mail(
        self,
        to: str,
        said: str,
        *,
        status: str = "bounced",
        host: str = "",
        ip: str = "198.51.100.9",
        relay: str | None = None,
        dsn: str = "",
        sender: str = "a@example.org",
        user: str | None = None,
        client: str = "203.0.113.5",
        at: datetime | None = None,
        removed: bool | None = None,
        daemon: str = "smtp",
    ) -> datetime:
        """Add a mail to one recipient with one attempt. `{host}` and `{ip}` in `said` are filled in. Return its time."""
        self.mails += 1
        begin = at or BEGIN + timedelta(minutes=self.mails)
        qid = f"{self.mails:06X}A1B2"
        host = host or f"mx.{to.rpartition('@')[2]}"
        line = said.replace("{host}", host).replace("{ip}", ip)
        reached = f"{host}[{ip}]:25" if relay is None else relay
        dsn = dsn or {"sent": "2.0.0", "bounced": "5.0.0", "deferred": "4.0.0"}[status]
        login = f", sasl_method=PLAIN, sasl_username={user}" if user else ""
        self.say(begin, "smtpd", f"{qid}: client=x.example[{client}]{login}")
        self.say(begin, "cleanup", f"{qid}: message-id=<{self.mails}@example.org>")
        self.say(begin, "qmgr", f"{qid}: from=<{sender}>, size=900, nrcpt=1 (queue active)")
        self.say(
            begin, daemon,
            f"{qid}: to=<{to}>, relay={reached}, delay=1, delays=0/0/1/0, dsn={dsn}, status={status} ({line})",
        )  # fmt: skip
        if removed if removed is not None else status != "deferred":
            self.say(begin, "qmgr", f"{qid}: removed")
        return begin

    def sent(self, to: str, **more: str) -> datetime:
        return self.mail(to, "250 2.0.0 Ok: queued as 9F", status="sent", **more)  # type: ignore[arg-type]

    def say(self, at: datetime, daemon: str, text: str) -> None:
        self.lines.append(f"{at.isoformat()} mx1 postfix/{daemon}[7]: {text}")

    def answer(self, folder: Path, **options: object) -> Bounces:
        place = folder / "mail.log"
        place.write_text("\n".join(self.lines) + "\n", encoding="utf-8")
        return bounces([str(place)], SETTINGS, **options)  # type: ignore[arg-type]

    def statements(self, folder: Path) -> dict[str, Statement]:
        return {one.what: one for one in self.answer(folder).blast_radius}
