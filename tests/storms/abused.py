"""Storms of mail that was not ours to send: accounts in other hands, forms, and senders that look like it and are not.

For: `python -m tests.storms.written`. In: formats of real logs, a seed for each storm. Out: sample-logs/storms/NAME.
Never: the clock; a truth that is read from the lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tests.storms.truth import Truth, stamp
from tests.storms.written import WRITTEN, Book, Span, moment

OURS: Final = "192.0.2.25"
SERVERS: Final = ["Postfix 3.7"]
SETTINGS: Final[dict[str, float]] = {"gap_s": 3600, "min_failures": 3}
#: Domain -> the server that takes its mail.
GOOGLE: Final = "aspmx.l.google.com[198.51.100.26]:25"
MICROSOFT: Final = "{}-example.mail.protection.outlook.com[198.51.100.28]:25"
WORLD: Final = {
    "alder.example": GOOGLE,
    "birch.example": GOOGLE,
    "cedar.example": GOOGLE,
    "dogwood.example": MICROSOFT.format("dogwood"),
    "elder.example": MICROSOFT.format("elder"),
    "fir.example": "mx.fir.example[198.51.100.41]:25",
    "ginkgo.example": "mx1.ginkgo.example[198.51.100.42]:25",
    "hazel.example": "mx.hazel.example[198.51.100.43]:25",
}
GONE: Final = {
    "google": (
        "550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the"
        " recipient's email address for typos or 550 5.1.1 unnecessary spaces. h8 - gsmtp"
    ),
    "outlook": "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "": "550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table",
}
REFUSED: Final = {
    "google": (
        f"550-5.7.1 [{OURS}      12] Our system has detected that this message is 550-5.7.1 likely unsolicited mail. To"
        " reduce the amount of spam sent to Gmail, 550-5.7.1 this message has been blocked. Please visit 550-5.7.1 "
        " https://support.google.com/mail/?p=UnsolicitedMessageError 550 5.7.1  for more information. s1 - gsmtp"
    ),
    "outlook": (
        f"550 5.7.1 Unfortunately, messages from [{OURS}] weren't sent. Please contact your Internet service provider"
        " since part of their network is on our block list (S3140)."
    ),
    "": f"554 5.7.1 Service unavailable; Client host [{OURS}] blocked using zen.example.net",
}


def whose(relay: str) -> str:
    """Which of the tables' answers a server gives."""
    return next((name for name in ("google", "outlook") if name in relay), "")


@dataclass(frozen=True)
class Way:
    """How a mail came in: a login from a client, or a user of this machine."""

    login: str | None = None
    client: str = ""
    uid: int = 0


class Post:
    """Writes mails into a book, and notes what became of them."""

    def __init__(self, book: Book, service: Callable[[str], str], *, filtered: bool = False) -> None:
        self.book, self.service, self.filtered = book, service, filtered
        self.mails = 0

    def send(
        self,
        when: datetime,
        way: Way,
        sender: str,
        recipients: Sequence[str],
        refused: Callable[[str], bool],
        gone: float,
    ) -> None:
        """One mail. refused: which domains' servers want none of ours. gone: which part of its recipients does not exist."""
        ident = self._queue_id()
        self._in(when, ident, way, sender, len(recipients))
        if self.filtered:
            ident = self._through_filter(when, ident, sender, recipients)
        for number, to in enumerate(recipients):
            late = when + timedelta(seconds=1 + number // 20)
            self._out(late, ident, to, refused(to.partition("@")[2]), self.book.random.random() < gone)
        self.say(when + timedelta(seconds=2 + len(recipients) // 20), "qmgr[601]", f"{ident}: removed")

    def say(self, when: datetime, daemon: str, text: str, file: str = "mail.log") -> None:
        self.book.syslog(file, when, f"postfix/{daemon}", text)

    def _queue_id(self) -> str:
        self.mails += 1
        return f"4{self.mails:05X}{0xC0DE + self.mails % 4000:04X}F"

    def _in(self, when: datetime, ident: str, way: Way, sender: str, recipients: int) -> None:
        if way.login is None:
            self.say(when, "pickup[702]", f"{ident}: uid={way.uid} from=<{sender.partition('@')[0]}>")
        else:
            text = f"{ident}: client=unknown[{way.client}], sasl_method=LOGIN, sasl_username={way.login}"
            self.say(when, f"submission/smtpd[{900 + self.mails % 7}]", text, file="submission.log")
        self._cleaned(when, ident, self.mails, sender, recipients)

    def _cleaned(self, when: datetime, ident: str, number: int, sender: str, recipients: int) -> None:
        self.say(when, "cleanup[811]", f"{ident}: message-id=<{number}.{self.book.name}@mx1.example.org>")
        size = 1800 + number % 900
        self.say(
            when, "qmgr[601]", f"{ident}: from=<{sender}>, size={size}, nrcpt={recipients} (queue active)"
        )

    def _through_filter(self, when: datetime, ident: str, sender: str, recipients: Sequence[str]) -> str:
        number, again = self.mails, self._queue_id()
        self.say(when, "smtpd[950]", f"{again}: client=localhost[127.0.0.1]")
        self._cleaned(when, again, number, sender, len(recipients))
        for to in recipients:
            answer = f"250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as {again}"
            relay = "relay=127.0.0.1[127.0.0.1]:10024, delay=0.4, delays=0.1/0/0/0.3, dsn=2.0.0"
            self.say(when, "smtp[870]", f"{ident}: to=<{to}>, {relay}, status=sent ({answer})")
        self.say(when, "qmgr[601]", f"{ident}: removed")
        return again

    def _out(self, when: datetime, ident: str, to: str, refused: bool, gone: bool) -> None:  # noqa: FBT001  two facts
        domain = to.partition("@")[2]
        relay = WORLD[domain]
        head = f"{ident}: to=<{to}>, relay={relay}, delay=1.4, delays=0.1/0.01/0.7/0.6"
        server = relay.removesuffix(":25")
        if refused or gone:
            said = (REFUSED if refused else GONE)[whose(relay)].format(to=to)
            stage = "end of DATA" if refused and whose(relay) == "google" else "RCPT TO"
            dsn = "5.7.1" if refused else "5.1.1"
            text = f"dsn={dsn}, status=bounced (host {server} said: {said} (in reply to {stage} command))"
        else:
            text = "dsn=2.0.0, status=sent (250 2.0.0 OK: queued)"
        self.say(when, f"smtp[{860 + self.mails % 6}]", f"{head}, {text}")
        if refused or not gone:
            self.book.diary.note(self.service(domain), ok=not refused, when=when.timestamp())


def then(refused: Callable[[str, datetime], bool], when: datetime) -> Callable[[str], bool]:
    """Which domains' servers want none of ours at one moment."""
    return lambda domain: refused(domain, when)


PEOPLE: Final = ("ann", "ben", "cleo", "dora", "emil", "finn")


def everyday(
    post: Post, begin: datetime, end: datetime, busy: float, refused: Callable[[str, datetime], bool]
) -> None:
    """The mail of people who work here: each at a desk, sometimes with a phone."""
    book = post.book
    for number, when in enumerate(book.clock(begin, end, busy, night=3)):
        who = book.random.choice(PEOPLE)
        desk = (
            f"203.0.113.{20 + PEOPLE.index(who)}" if number % 5 else f"198.51.100.{200 + PEOPLE.index(who)}"
        )
        domain = list(WORLD)[number % len(WORLD)]
        to = f"{book.random.choice(('li', 'omar', 'rosa', 'tom', 'uma'))}@{domain}"
        way = Way(login=f"{who}@example.org", client=desk)
        post.send(when, way, f"{who}@example.org", [to], then(refused, when), gone=0.004)


def guessed(book: Book, number: int) -> str:
    """An address as somebody makes it up."""
    name = book.random.choice(("info", "sales", "m.weber", "j.smith", "office", "anna", "contact", "k.lee"))
    return f"{name}{book.random.randint(1, 99)}@{list(WORLD)[number % len(WORLD)]}"


def provider(domain: str) -> str:
    """What an outage of a domain is called where its provider's servers are many domains'."""
    return {"google": "provider google", "outlook": "provider microsoft"}.get(
        whose(WORLD[domain]), f"domain {domain}"
    )


def networks(book: Book) -> list[str]:
    """Addresses that those who bought a password come from: of three networks, there are no more for examples."""
    return [
        f"{net}.{book.random.randint(2, 250)}"
        for net in ("192.0.2", "198.51.100", "203.0.113")
        for _ in range(8)
    ]


def _flood(
    post: Post,
    begin: datetime,
    end: datetime,
    every: float,
    way: Callable[[], Way],
    sender: str,
    refused: Callable[[str, datetime], bool],
) -> None:
    when, number = begin, 0
    while when < end:
        to = guessed(post.book, number)
        post.send(when, way(), sender, [to], then(refused, when), gone=0.35)
        when += post.book.around(every)
        number += 1


def account_providers() -> None:
    book = Book("account-providers")
    begin, end = moment("2026-11-16T06:00:00"), moment("2026-11-18T20:00:00")
    spam = Span(moment("2026-11-17T01:40:00"), moment("2026-11-17T07:05:00"))
    google = Span(moment("2026-11-17T03:12:00"), moment("2026-11-17T13:30:00"))
    outlook = Span(moment("2026-11-17T04:01:00"), moment("2026-11-17T16:10:00"))

    def refused(domain: str, when: datetime) -> bool:
        span = {"google": google, "outlook": outlook}.get(whose(WORLD[domain]))
        return span is not None and span.holds(when)

    post = Post(book, provider)
    everyday(post, begin, end, 330, refused)
    clients = networks(book)
    _flood(
        post,
        spam.begin,
        spam.end,
        55,
        lambda: Way(login="emil@example.org", client=book.random.choice(clients)),
        "emil@example.org",
        refused,
    )
    book.write(
        Truth(
            book.name,
            "A stolen password sends for five hours at night; Google and Microsoft refuse all mail until the afternoon.",
            "written",
            SERVERS,
            WRITTEN
            + "A third of the addresses were made up. The password is changed at 07:05; Google takes mail again at 13:30,"
            " Microsoft at 16:10. The submission service has a log of its own, which alone says who logged in.",
            SETTINGS,
            {
                "what": "Somebody else sends with emil's password.",
                "causes": ["abuse"],
                "words": ["postfix.abuse.compromised-account"],
            },
            decisive=["submission.log"],
            look_at=["sasl_username", "submission"],
            events=_events((spam.begin, "the first mail with the stolen password"), (google.begin, "Google refuses"),
                           (outlook.begin, "Microsoft refuses"), (spam.end, "the password is changed")),
        )
    )  # fmt: skip


def account_blocklist() -> None:
    book = Book("account-blocklist")
    begin, end = moment("2026-11-09T05:00:00"), moment("2026-11-10T20:00:00")
    spam = Span(moment("2026-11-09T21:05:00"), moment("2026-11-10T06:30:00"))
    listed = Span(moment("2026-11-10T00:20:00"), moment("2026-11-10T11:00:00"))

    def refused(domain: str, when: datetime) -> bool:
        return not whose(WORLD[domain]) and listed.holds(when)

    post = Post(book, provider, filtered=True)
    everyday(post, begin, end, 330, refused)
    clients = networks(book)
    _flood(
        post,
        spam.begin,
        spam.end,
        110,
        lambda: Way(login="cleo@example.org", client=book.random.choice(clients)),
        "cleo@example.org",
        refused,
    )
    book.write(
        Truth(
            book.name,
            "A stolen password sends at night through a content filter; our address is listed until the next noon.",
            "written",
            [*SERVERS, "amavis"],
            WRITTEN
            + "Every mail passes a filter and goes out under another queue ID. Three domains ask a block list.",
            SETTINGS,
            {
                "what": "Somebody else sends with cleo's password.",
                "causes": ["abuse"],
                "words": ["postfix.abuse.compromised-account"],
            },
            decisive=["submission.log"],
            look_at=["sasl_username", "submission"],
            events=_events((spam.begin, "the first mail with the stolen password"), (listed.begin, "the address is listed"),
                           (spam.end, "the password is changed"), (listed.end, "the address is taken off the list")),
        )
    )  # fmt: skip


def form_mailer() -> None:
    book = Book("form-mailer")
    begin, end = moment("2026-11-23T05:00:00"), moment("2026-11-23T22:00:00")
    spam = Span(moment("2026-11-23T09:40:00"), moment("2026-11-23T12:20:00"))
    google = Span(moment("2026-11-23T11:05:00"), moment("2026-11-23T17:00:00"))

    def refused(domain: str, when: datetime) -> bool:
        return whose(WORLD[domain]) == "google" and google.holds(when)

    post = Post(book, provider)
    everyday(post, begin, end, 330, refused)
    for when in book.clock(begin, end, 1500):  # what the form is for
        post.send(
            when, Way(uid=33), "www-data@mx1.example.org", ["li@fir.example"], lambda _name: False, gone=0
        )
    _flood(post, spam.begin, spam.end, 60, lambda: Way(uid=33), "www-data@mx1.example.org", refused)
    book.write(
        Truth(
            book.name,
            "A contact form sends to whatever address is entered; Google refuses all mail of the server for six hours.",
            "written",
            SERVERS,
            WRITTEN + "The form is switched off at 12:20; Google takes mail again at 17:00.",
            SETTINGS,
            {
                "what": "A form of the web server (uid 33) is abused.",
                "causes": ["abuse"],
                "words": ["postfix.abuse.form-mailer"],
            },
            decisive=["mail.log"],
            or_lines=r"postfix/pickup\[",
            look_at=["pickup"],
            events=_events((spam.begin, "the form is abused"), (google.begin, "Google refuses"), (spam.end, "the form is switched off")),
        )
    )  # fmt: skip


# --- nothing wrong ---------------------------------------------------------------------------------------


def quiet_newsletter() -> None:
    book = Book("quiet-newsletter")
    begin, end = moment("2026-11-16T06:00:00"), moment("2026-11-17T20:00:00")
    post = Post(book, provider)
    everyday(post, begin, end, 400, lambda _domain, _when: False)
    names = [
        f"{name}{number}@{domain}"
        for number in range(12)
        for name in ("kim", "lee", "mo", "pat")
        for domain in WORLD
    ]
    way = Way(login="news@example.org", client="203.0.113.77")
    for number, first in enumerate(range(0, len(names), 16)):
        when = moment("2026-11-17T09:00:00") + timedelta(seconds=40 * number)
        post.send(when, way, "news@example.org", names[first : first + 16], lambda _name: False, gone=0.07)
    _quiet(
        book,
        "A newsletter goes to 384 subscribers, of whom one in fourteen is gone: one login, one network, nobody refuses.",
    )


def quiet_lists() -> None:
    book = Book("quiet-lists")
    begin, end = moment("2026-11-18T06:00:00"), moment("2026-11-19T20:00:00")
    post = Post(book, provider)
    everyday(post, begin, end, 400, lambda _domain, _when: False)
    members = [
        f"{name}{number}@{domain}" for number in range(4) for name in ("kim", "lee", "mo") for domain in WORLD
    ]
    for when in book.clock(begin, end, 9000, night=2):
        post.send(
            when, Way(uid=38), "choir-bounces@lists.example.org", members, lambda _name: False, gone=0.03
        )
    _quiet(book, "A manager of mailing lists hands in by sendmail(1); a few members of its list are gone.")


def _quiet(book: Book, title: str) -> None:
    how = "Nobody is refused, and nothing was abused."
    book.write(Truth(book.name, title, "written", SERVERS, WRITTEN + how, SETTINGS, None, look_alike=True))


def _events(*told: tuple[datetime, str]) -> list[dict[str, object]]:
    return [{"time": stamp(when.timestamp()), "what": what} for when, what in sorted(told)]


STORMS = {
    "account-providers": account_providers,
    "account-blocklist": account_blocklist,
    "form-mailer": form_mailer,
    "quiet-newsletter": quiet_newsletter,
    "quiet-lists": quiet_lists,
}
