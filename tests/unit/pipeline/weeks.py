"""Five weeks of a small mail server, line by line: everyday mail, and a Tuesday on which things go wrong.

`python -m tests.unit.pipeline.weeks` writes sample-logs/weeks, which the README shows; a test compares.
Every day mail comes and goes, and one address does not exist. On Mondays a newsletter fills mailboxes. On Tuesday
2026-11-24 another server finds that our address has no name, a block list has it, and the signer is down for some minutes.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

FIRST, LAST = date(2026, 10, 20), date(2026, 11, 24)
#: File -> its last day; logs are rotated on Sundays.
FILES = {"mail.log.2.gz": date(2026, 11, 15), "mail.log.1": date(2026, 11, 22), "mail.log": LAST}

PARTNERS = ("partner.example", "baker.example", "school.example", "cinema.example", "printer.example")
UNKNOWN = "550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table"
FULL = "452 4.2.2 The email account that you tried to reach is over quota"
NAMELESS = "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.25]"
LISTED = "554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using zen.spamhaus.org"


class Day:
    """The lines of one day."""

    def __init__(self, day: date) -> None:
        self.midnight = datetime.combine(day, time(), tzinfo=UTC)
        self.lines: list[tuple[datetime, int, str]] = []
        self.mails = 0

    def text(self) -> Iterator[str]:
        for _, _, line in sorted(self.lines):
            yield line

    def say(self, at: datetime, program: str, text: str) -> None:
        self.lines.append((at, len(self.lines), f"{at.isoformat()} mail {program}: {text}\n"))

    def mail(self, minute: int, to: str, *, reply: str | None = None, status: str = "sent") -> None:
        """Add a mail of ours to `to`, signed; what the other server says of it."""
        at = self.midnight + timedelta(minutes=minute, seconds=self.mails % 50)
        self.mails += 1
        qid, domain = f"{at:%d%m}{self.mails:04X}A1", to.rpartition("@")[2]
        said = (reply or f"250 2.0.0 Ok: queued as {self.mails:05X}").replace("{to}", to)
        relay, dsn = f"mx1.{domain}[198.51.100.20]", said.split()[1]
        told = said if status == "sent" else f"host {relay} said: {said} (in reply to RCPT TO command)"
        client = "desk7.office.example[192.0.2.77]"
        self.say(
            at,
            "postfix/submission/smtpd[2101]",
            f"{qid}: client={client}, sasl_method=PLAIN, sasl_username=anna",
        )
        self.say(at, "postfix/cleanup[2104]", f"{qid}: message-id=<{qid}@office.example>")
        self.say(at, "opendkim[871]", f"{qid}: DKIM-Signature field added (s=mail2026, d=office.example)")
        self.say(
            at,
            "postfix/qmgr[902]",
            f"{qid}: from=<anna@office.example>, size={1500 + 37 * self.mails}, nrcpt=1 (queue active)",
        )
        after = at + timedelta(seconds=2)
        self.say(
            after,
            "postfix/smtp[2107]",
            f"{qid}: to=<{to}>, relay={relay}:25, delay=1.2, delays=0.1/0.01/0.6/0.49, dsn={dsn}, status={status} ({told})",
        )
        if status == "bounced":
            self.say(after, "postfix/bounce[2110]", f"{qid}: sender non-delivery notification: {qid}B")
        if status != "deferred":
            self.say(after, "postfix/qmgr[902]", f"{qid}: removed")


def day(of: date) -> Day:
    """Return a day."""
    made = Day(of)
    for number in range(6 if of.weekday() > 4 else 16):
        made.mail(480 + 30 * number + of.day, f"someone{number}@{PARTNERS[number % len(PARTNERS)]}")
    made.mail(700, f"typo{of.day}@partner.example", reply=UNKNOWN, status="bounced")
    if of.weekday() == 0:
        for number in range(12):
            made.mail(840 + number, f"reader{number}@mailbox.example", reply=FULL, status="bounced")
    if of == LAST:
        _tuesday(made)
    return made


def _tuesday(made: Day) -> None:
    for number in range(14):
        made.mail(600 + 7 * number, f"client{number}@strict.example", reply=NAMELESS, status="deferred")
    for number in range(9):
        made.mail(640 + 5 * number, f"order{number}@shop.example", reply=LISTED, status="bounced")
    for number in range(4):
        at = made.midnight + timedelta(minutes=720 + number)
        made.say(
            at,
            "postfix/submission/smtpd[2101]",
            "warning: connect to Milter service inet:127.0.0.1:8891: Connection refused",
        )


def write(folder: Path, last: date = LAST) -> list[Path]:
    """Write the logs up to a day, rotated as a server does."""
    folder.mkdir(parents=True, exist_ok=True)
    begin, made = FIRST, []
    for name, end in FILES.items():
        days = [begin + timedelta(days=step) for step in range((min(end, last) - begin).days + 1)]
        data = "".join(line for one in days for line in day(one).text()).encode()
        begin = end + timedelta(days=1)
        if data:
            place = folder / name
            place.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
            made.append(place)
    return made


if __name__ == "__main__":
    write(Path(__file__).parents[3] / "sample-logs" / "weeks")
