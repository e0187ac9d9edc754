"""Storms that no driver can play within minutes: logs of days, composed line by line.

For: `python -m tests.storms.written`. In: formats of real logs, a seed for each storm. Out: sample-logs/storms/NAME;
the truth is what the composition decided, before any line was written. Never: the clock.
"""

from __future__ import annotations

import gzip
import random
import shutil
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.storms.truth import Diary, Truth, stamp

OUT = Path(__file__).resolve().parents[2] / "sample-logs" / "storms"
LARGE = 60_000
DISPATCH = "/usr/bin/dispatch.fcgi"
PAGES = (
    "/extmail/cgi/index.cgi",
    "/extmail/cgi/folders.cgi?__mode=messages_list",
    "/extmail/cgi/readmsg.cgi?__mode=readmsg_sum",
    "/extmail/cgi/compose.cgi?__mode=edit_top",
)
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0"
WRITTEN = "Written, not played: lines composed by tests/storms/written.py in the formats of real logs. "


def moment(text: str) -> datetime:
    """A time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    """When something failed: from the moment it broke until it worked again."""

    begin: datetime
    end: datetime

    def holds(self, when: datetime) -> bool:
        return self.begin <= when < self.end


class Book:
    """Lines by file, and what the people of the storm saw."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.random = random.Random(zlib.crc32(name.encode()))  # noqa: S311  the same storm again, no secret
        self.lines: dict[str, list[tuple[datetime, int, str]]] = {}
        self.diary = Diary()
        self.count = 0

    def add(self, file: str, when: datetime, line: str) -> None:
        self.count += 1
        self.lines.setdefault(file, []).append((when, self.count, line))

    def around(self, seconds: float) -> timedelta:
        """About `seconds`, give or take an eighth."""
        return timedelta(seconds=self.random.gauss(seconds, seconds / 8))

    # --- lines -------------------------------------------------------------------------------------

    def access(self, when: datetime, client: str, path: str, status: int, size: int = 0) -> None:
        time = when.strftime("%d/%b/%Y:%H:%M:%S +0000")
        size = size or (610 if status >= 500 else self.random.randint(2_000, 19_000))
        line = f'{client} - - [{time}] "GET {path} HTTP/1.1" {status} {size} "-" "{AGENT}"'
        self.add("apache2/access.log", when, line)

    def error22(self, when: datetime, text: str, level: str = "error", client: str = "") -> None:
        """Apache 2.2."""
        who = f" [client {client}]" if client else ""
        self.add("apache2/error.log", when, f"[{when:%a %b %d %H:%M:%S %Y}] [{level}]{who} {text}")

    def error24(self, when: datetime, module: str, text: str, *, client: str = "", before: str = "") -> None:
        """Apache 2.4 with mod_fastcgi, which puts the error of the system before the client."""
        who = f"[client {client}:{self.random.randint(33000, 60000)}] " if client else ""
        pid = 1200 + when.day
        micro = self.random.randint(0, 999999)
        time = f"{when:%a %b %d %H:%M:%S}.{micro:06d} {when:%Y}"
        self.add("apache2/error.log", when, f"[{time}] [{module}] [pid {pid}:tid {pid}] {before}{who}{text}")

    def syslog(self, file: str, when: datetime, program: str, text: str, host: str = "mx1") -> None:
        self.add(file, when, f"{when:%b} {when.day:2d} {when:%H:%M:%S} {host} {program}: {text}")

    # --- people ------------------------------------------------------------------------------------

    def clock(self, begin: datetime, end: datetime, busy: float, night: float = 5) -> Iterator[datetime]:
        """Moments at which somebody does something: every `busy` seconds, `night` times as seldom at night."""
        when = begin
        while True:
            day = 8 <= when.hour < 19 and when.weekday() < 5
            when += timedelta(seconds=self.random.expovariate(1 / (busy if day else busy * night)))
            if when >= end:
                return
            yield when

    def client(self) -> str:
        return f"203.0.113.{self.random.randint(20, 44)}"

    def visits(
        self,
        begin: datetime,
        end: datetime,
        busy: float,
        service: str,
        spans: list[Span],
        fail: Callable[[datetime, str, str], int],
        night: float = 5,
    ) -> None:
        """People who use the webmail; `fail` writes the error lines of a page that fails and returns its status."""
        for when in self.clock(begin, end, busy, night):
            client, page = self.client(), self.random.choice(PAGES)
            broken = any(span.holds(when) for span in spans)
            self.access(when, client, page, fail(when, client, page) if broken else 200)
            self.diary.note(service, ok=not broken, when=when.timestamp())

    # --- the end -----------------------------------------------------------------------------------

    def write(self, truth: Truth) -> None:
        """Write logs and truth."""
        place = OUT / self.name
        shutil.rmtree(place, ignore_errors=True)
        gap, least = truth.settings["gap_s"], int(truth.settings["min_failures"])
        truth.attempts = self.diary.counts()
        truth.outages = [] if truth.look_alike else self.diary.all_outages(gap, least)
        for file, lines in self.lines.items():
            target = place / "logs" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            content = "".join(line + "\n" for _, _, line in sorted(lines)).encode()
            if len(content) > LARGE and file not in truth.decisive:
                target, content = target.with_name(target.name + ".gz"), gzip.compress(content, mtime=0)
            target.write_bytes(content)
        truth.write(place / "truth.json")


def nights(begin: datetime, days: int, hour: int, minute: int) -> list[datetime]:
    """The same time of each day."""
    first = begin.replace(hour=hour, minute=minute, second=1)
    return [first + timedelta(days=day) for day in range(days)]


def cron_daily(book: Book, when: datetime) -> None:
    """What cron writes at 06:25 on Debian."""
    text = "(root) CMD (test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily ))"
    book.syslog("syslog", when, f"CRON[{2000 + when.day}]", text)


# --- the founding case ----------------------------------------------------------------------------------


def founding() -> None:
    book = Book("founding-26h")
    begin, end = moment("2010-06-01T07:00:00"), moment("2010-06-18T20:00:00")
    spans, started = [], begin - timedelta(hours=3)
    while True:
        died = started + timedelta(hours=26) + timedelta(minutes=book.random.gauss(0, 12))
        started = died + timedelta(minutes=book.random.uniform(22, 34))
        if started > end - timedelta(hours=6):
            break
        spans.append(Span(died, started))
        book.syslog(
            "auth.log",
            started,
            "sudo",
            "   admin : TTY=pts/0 ; PWD=/home/admin ; USER=root ; COMMAND=/usr/sbin/dispatch-init restart",
        )

    def fail(when: datetime, client: str, _page: str) -> int:
        head = f'(104)Connection reset by peer: FastCGI: comm with server "{DISPATCH}" aborted: read failed'
        book.error22(when, head, client=client)
        text = f'FastCGI: incomplete headers (0 bytes) received from server "{DISPATCH}"'
        book.error22(when, text, client=client)
        return 500

    book.visits(begin, end, 75, DISPATCH, spans, fail, night=2.5)
    for night in nights(begin, 17, 6, 25):
        cron_daily(book, night)
    book.write(
        Truth(
            book.name,
            "The founding case: dispatch.fcgi under mod_fastcgi dies every 26 hours and is restarted by hand.",
            "written",
            ["Apache 2.2", "mod_fastcgi 2.4"],
            WRITTEN
            + "The worker dies 26 h (give or take 12 minutes) after its start; half an hour later somebody"
            " runs dispatch-init restart. Why it dies stands in none of these logs.",
            {"gap_s": 1800, "min_failures": 3},
            {
                "what": "The worker dispatch.fcgi dies about 26 hours after each start.",
                "causes": ["backend-crash"],
                "words": ["fastcgi.mod-fastcgi.worker-closed"],
            },
            rhythm={"period_s": 26 * 3600 + 28 * 60, "follows": None},
            decisive=["apache2/error.log"],
            look_at=["error.log", "error log", "Apache", "kernel"],
            year=2010,
            events=[{"time": stamp(span.begin.timestamp()), "what": "the worker dies"} for span in spans],
        )
    )


# --- out of memory --------------------------------------------------------------------------------------


def oom() -> None:
    book = Book("oom-dispatch")
    begin, end = moment("2026-11-02T06:00:00"), moment("2026-11-14T20:00:00")
    spans = []
    for day in (2, 3, 5, 6, 9, 11, 12):
        died = moment(f"2026-11-{day:02d}T09:00:00") + timedelta(minutes=book.random.uniform(0, 420))
        spans.append(Span(died, died + timedelta(minutes=book.random.uniform(14, 40))))
    for number, span in enumerate(spans):
        _killed(book, span, 3100 + 77 * number)

    def fail(when: datetime, client: str, _page: str) -> int:
        span = next(span for span in spans if span.holds(when))
        first = (when - span.begin).total_seconds() < 5
        number, word = (104, "Connection reset by peer") if first else (111, "Connection refused")
        what = (
            f'FastCGI: comm with server "{DISPATCH}" aborted: read failed'
            if first
            else f'FastCGI: failed to connect to server "{DISPATCH}": connect() failed'
        )
        book.error24(when, "fastcgi:error", what, client=client, before=f"({number}){word}: ")
        text = f'FastCGI: incomplete headers (0 bytes) received from server "{DISPATCH}"'
        book.error24(when, "fastcgi:error", text, client=client)
        return 500

    book.visits(begin, end, 75, DISPATCH, spans, fail)
    for span in spans:  # somebody was just reading when it died
        client = book.client()
        book.access(span.begin, client, PAGES[2], fail(span.begin, client, PAGES[2]))
        book.diary.note(DISPATCH, ok=False, when=span.begin.timestamp())
    for night in nights(begin, 12, 6, 25):
        cron_daily(book, night)
    book.write(
        Truth(
            book.name,
            "The kernel kills dispatch.fcgi for want of memory on seven working days; it stays dead until started.",
            "written",
            ["Apache 2.4", "mod_fastcgi", "Linux"],
            WRITTEN
            + "The times of the kills were drawn at random within working hours; a unit without Restart="
            " is started by hand 14 to 40 minutes later.",
            {"gap_s": 900, "min_failures": 3},
            {
                "what": "Memory runs out and the kernel kills dispatch.fcgi.",
                "causes": ["local-resources"],
                "words": ["kernel.memory.oom", "systemd.unit.oom-killed"],
            },
            decisive=["kern.log", "syslog"],
            or_lines="oom|Out of memory|status=9/KILL",
            look_at=["kernel", "kern.log", "dmesg", "journal"],
            events=[{"time": stamp(span.begin.timestamp()), "what": "the kernel kills it"} for span in spans],
        )
    )


def _killed(book: Book, span: Span, pid: int) -> None:
    """The lines of one kill and of the start that heals it."""
    up = (span.begin - moment("2026-10-20T04:00:00")).total_seconds()
    group = "/system.slice/extmail-dispatch.service"
    sizes = "total-vm:1812344kB, anon-rss:1523456kB, file-rss:128kB, shmem-rss:0kB,"
    place = f"nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg={group}"
    kernel = (
        "dispatch.fcgi invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0",
        f"oom-kill:constraint=CONSTRAINT_NONE,{place},task=dispatch.fcgi,pid={pid},uid=33",
        f"Out of memory: Killed process {pid} (dispatch.fcgi) {sizes} UID:33 pgtables:3240kB oom_score_adj:0",
        f"oom_reaper: reaped process {pid} (dispatch.fcgi), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
    )
    for number, text in enumerate(kernel):
        book.syslog("kern.log", span.begin, "kernel", f"[{up + number / 500:.6f}] {text}")
    unit = "extmail-dispatch.service"
    for text in (
        f"{unit}: A process of this unit has been killed by the OOM killer.",
        f"{unit}: Main process exited, code=killed, status=9/KILL",
        f"{unit}: Failed with result 'oom-kill'.",
    ):
        book.syslog("syslog", span.begin, "systemd[1]", text)
    book.syslog("syslog", span.end, "systemd[1]", f"Started {unit} - Dispatcher of the webmail.")


# --- a database behind courier --------------------------------------------------------------------------


def courier() -> None:
    book = Book("mysql-courier")
    begin, end = moment("2026-11-10T06:00:00"), moment("2026-11-10T20:00:00")
    span = Span(moment("2026-11-10T10:12:07"), moment("2026-11-10T10:59:31"))
    note = "[Note]"
    for when, text in (
        (span.begin, f"0 {note} /usr/sbin/mariadbd (initiated by: unknown): Normal shutdown"),
        (span.begin + timedelta(seconds=1), f"0 {note} InnoDB: Starting shutdown..."),
        (span.begin + timedelta(seconds=3), f"0 {note} /usr/sbin/mariadbd: Shutdown complete"),
        (
            span.begin + timedelta(seconds=9),
            "0 [ERROR] /usr/sbin/mariadbd: unknown variable 'max_conections=200'",
        ),
        (span.begin + timedelta(seconds=9), "0 [ERROR] Aborting"),
        (span.end, f"0 {note} /usr/sbin/mariadbd: ready for connections."),
    ):
        book.add("mysql/error.log", when, f"{when:%Y-%m-%d %H:%M:%S} {text}")

    def fail(when: datetime, client: str, _page: str) -> int:
        text = (
            "DBI connect('database=extmail;host=127.0.0.1','extmail',...) failed: Can't connect to MySQL server on"
            " '127.0.0.1' (111) at /var/www/extsuite/extmail/libs/Ext/DB.pm line 20"
        )
        book.error24(when, "fcgid:warn", f"mod_fcgid: stderr: {text}", client=client)
        book.error24(when, "core:error", "End of script output before headers: index.cgi", client=client)
        return 500

    book.visits(begin, end, 25, "/extmail", [span], fail)
    for when in book.clock(begin, end, 20):
        _imap(book, when, down=span.holds(when))
    book.write(
        Truth(
            book.name,
            "MySQL does not come back after a restart: authdaemond, then IMAP, then the webmail fail for 47 minutes.",
            "written",
            ["MariaDB 10.11", "Courier authlib 0.71", "Courier IMAP 5", "Apache 2.4"],
            WRITTEN
            + "The database was restarted with a mistyped option and refused to start for 47 minutes.",
            {"gap_s": 900, "min_failures": 3},
            {
                "what": "MariaDB stopped and did not start again: unknown variable in its configuration.",
                "causes": ["service-lifecycle", "local-config", "lookup-failure", "backend-unreachable"],
                "words": ["mysql.server.", "courier.auth.database-down", "fastcgi.app.database"],
            },
            decisive=["mysql/error.log"],
            look_at=["mysql", "MySQL", "MariaDB", "mariadb"],
            events=[{"time": stamp(span.begin.timestamp()), "what": "the database stops"}],
        )
    )


def _imap(book: Book, when: datetime, *, down: bool) -> None:
    """One mail program that asks for mail."""
    user, client = book.random.choice(("pia", "leo", "max", "ida")), book.client()
    port = book.random.randint(33000, 60000)
    where = f"ip=[::ffff:{client}]"
    book.syslog("mail.log", when, "imapd", f"Connection, {where}, port=[{port}]")
    book.diary.note("courier-authdaemon", ok=not down, when=when.timestamp())
    if down:
        text = "failed to connect to mysql server (server=127.0.0.1, userid=extmail): Can't connect to MySQL server"
        book.syslog("mail.log", when, "authdaemond", f"{text} on '127.0.0.1' (111)")
        book.syslog("mail.log", when, "imapd", "authentication error: Input/output error")
        book.syslog("mail.log", when, "imapd", f"Disconnected, {where}, port=[{port}], time=0")
        return
    session = f"user={user}@example.org, {where}, port=[{port}]"
    book.syslog("mail.log", when, "imapd", f"LOGIN, {session}, protocol=IMAP")
    later = when + timedelta(seconds=3)
    text = f"LOGOUT, {session}, headers=0, body=0, rcvd=120, sent=880, time=3"
    book.syslog("mail.log", later, "imapd", text)


# --- every night after logrotate ------------------------------------------------------------------------


def nightly() -> None:
    book = Book("nightly-logrotate")
    begin, end = moment("2026-11-01T00:00:05"), moment("2026-11-15T23:00:00")
    spans = []
    for night in nights(begin, 15, 6, 25):
        cron_daily(book, night)
        reload = night + timedelta(seconds=2)
        book.error24(reload, "mpm_prefork:notice", "AH00171: Graceful restart requested, doing restart")
        text = "AH00163: Apache/2.4.57 (Debian) mod_fastcgi/mod_fastcgi-SNAP-0910052141 configured -- resuming normal"
        book.error24(reload + timedelta(seconds=1), "mpm_prefork:notice", text + " operations")
        spans.append(Span(reload, reload + timedelta(minutes=book.random.uniform(19, 29))))
        book.syslog("syslog", spans[-1].end, "monit[611]", "'dispatch' process is not running")
        book.syslog(
            "syslog", spans[-1].end, "monit[611]", "'dispatch' start: '/usr/sbin/dispatch-init start'"
        )

    def fail(when: datetime, client: str, _page: str) -> int:
        what = f'FastCGI: failed to connect to server "{DISPATCH}": connect() failed'
        book.error24(when, "fastcgi:error", what, client=client, before="(111)Connection refused: ")
        text = f'FastCGI: incomplete headers (0 bytes) received from server "{DISPATCH}"'
        book.error24(when, "fastcgi:error", text, client=client)
        return 500

    book.visits(begin, end, 36, DISPATCH, spans, fail)
    book.write(
        Truth(
            book.name,
            "Every night logrotate reloads Apache, and the dispatcher stays away until a monitor starts it.",
            "written",
            ["Apache 2.4", "mod_fastcgi"],
            WRITTEN
            + "A postrotate script ends the dispatcher at 06:25 with the graceful restart of Apache; a"
            " monitor starts it 19 to 29 minutes later.",
            {"gap_s": 900, "min_failures": 3},
            {
                "what": "The dispatcher ends at the graceful restart of Apache by logrotate, every night.",
                "causes": ["backend-unreachable", "service-lifecycle", "backend-crash"],
                "words": [
                    "apache.lifecycle.graceful",
                    "cron.job.may-reload",
                    "fastcgi.mod-fastcgi.listener-dead",
                ],
            },
            rhythm={"period_s": 86400, "follows": "graceful"},
            decisive=["apache2/error.log", "syslog"],
            or_lines="AH00171|AH00163|CRON",
            look_at=["logrotate", "cron", "Apache", "error.log", "journal", "syslog", "dispatch"],
            events=[{"time": stamp(span.begin.timestamp()), "what": "logrotate"} for span in spans],
        )
    )


# --- at random ------------------------------------------------------------------------------------------


def at_random() -> None:
    book = Book("random-fortnight")
    begin, end = moment("2026-11-02T00:10:00"), moment("2026-11-16T22:00:00")
    spans, when = [], begin
    while True:
        when += timedelta(hours=1.5 + book.random.expovariate(1 / 22))
        if when > end - timedelta(hours=3):
            break
        spans.append(Span(when, when + timedelta(minutes=book.random.uniform(16, 40))))
        when = spans[-1].end
        text = "'dispatch' start: '/usr/sbin/dispatch-init start'"
        book.syslog("syslog", when, "monit[611]", text)

    def fail(when: datetime, client: str, _page: str) -> int:
        what = f'FastCGI: failed to connect to server "{DISPATCH}": connect() failed'
        book.error24(when, "fastcgi:error", what, client=client, before="(111)Connection refused: ")
        text = f'FastCGI: incomplete headers (0 bytes) received from server "{DISPATCH}"'
        book.error24(when, "fastcgi:error", text, client=client)
        return 500

    book.visits(begin, end, 75, DISPATCH, spans, fail, night=2.5)
    for night in nights(begin, 15, 6, 25):
        cron_daily(book, night)
    book.write(
        Truth(
            book.name,
            "The dispatcher of the webmail ends at random times; a monitor starts it again. No rhythm is in it.",
            "written",
            ["Apache 2.4", "mod_fastcgi"],
            WRITTEN + "The waits between the outages are exponential, 22 h on average; a monitor starts the"
            " dispatcher 16 to 40 minutes later. Why it ends stands in none of these logs.",
            {"gap_s": 1200, "min_failures": 3},
            {
                "what": "The dispatcher is gone and nobody listens at its socket; why it ended cannot be known.",
                "causes": ["backend-unreachable", "backend-crash"],
                "words": ["fastcgi.mod-fastcgi.listener-dead"],
            },
            rhythm=False,
            decisive=["apache2/error.log"],
            look_at=["error.log", "error log", "Apache", "kernel"],
            events=[{"time": stamp(span.begin.timestamp()), "what": "the dispatcher ends"} for span in spans],
        )
    )


# --- the disk, then everything --------------------------------------------------------------------------


def disk() -> None:
    book = Book("disk-full")
    begin, end = moment("2026-11-17T05:00:00"), moment("2026-11-17T18:00:00")
    span = Span(moment("2026-11-17T09:31:40"), moment("2026-11-17T10:24:10"))
    for minute in range(0, 52, 9):
        when = span.begin + timedelta(minutes=minute)
        text = "EXT4-fs (vda1): Delayed block allocation failed for inode 262153 at logical offset 0 with max blocks 8"
        book.syslog("kern.log", when, "kernel", f"[{812345.5 + minute * 60:.6f}] {text} with error 28")
        text = "[Warning] InnoDB: Error while writing 16384 zeroes to ./mail/session.ibd starting at offset 4194304"
        book.add("mysql/error.log", when, f"{when:%Y-%m-%d %H:%M:%S} 0 {text}")
        text = "[ERROR] mariadbd: Disk full (/var/lib/mysql/tmp/#sql-temptable-2a1.MAI); waiting for someone to free"
        book.add("mysql/error.log", when, f"{when:%Y-%m-%d %H:%M:%S} 41 {text} some space...")

    def fail(when: datetime, client: str, _page: str) -> int:
        text = "PHP message: PHP Warning:  session_write_close(): write failed: No space left on device (28)"
        book.error24(when, "proxy_fcgi:error", f"AH01071: Got error '{text}'", client=client)
        return 500

    book.visits(begin, end, 25, "/extmail", [span], fail)
    for number, when in enumerate(book.clock(begin, end, 18)):
        _mail(book, when, number, full=span.holds(when))
    book.write(
        Truth(
            book.name,
            "The file system of /var is full for 52 minutes: mail is refused, deliveries, database and webmail fail.",
            "written",
            ["Linux", "Postfix 3.7", "Dovecot 2.3", "MariaDB 10.11", "Apache 2.4"],
            WRITTEN
            + "One file system holds spool, mailboxes, database and sessions; it is full for 52 minutes.",
            {"gap_s": 900, "min_failures": 3},
            {
                "what": "The file system of /var is full.",
                "causes": ["local-resources"],
                "words": [
                    "kernel.disk.full",
                    "postfix.system.insufficient-storage",
                    "postfix.system.spool-full",
                    "dovecot.mailbox.disk-full",
                    "mysql.storage.disk-full",
                ],
            },
            events=[{"time": stamp(span.begin.timestamp()), "what": "nothing is left on /var"}],
        )
    )


def _mail(book: Book, when: datetime, number: int, *, full: bool) -> None:
    """One mail from outside to one of our users."""
    ident = f"{0xA1000 + number:X}"
    client = f"out.alpha.example[203.0.113.{50 + number % 4}]"
    sender, user = "<news@alpha.example>", f"<{('pia', 'leo', 'max')[number % 3]}@example.org>"
    smtpd, pid = f"postfix/smtpd[{900 + number % 5}]", 800
    book.syslog("mail.log", when, smtpd, f"connect from {client}")
    book.diary.note("spool /var/spool/postfix", ok=not full, when=when.timestamp())
    if full:
        text = "warning: not enough free space in mail queue: 0 bytes < 1.5*message size limit"
        book.syslog("mail.log", when, smtpd, text)
        text = f"NOQUEUE: reject: MAIL from {client}: 452 4.3.1 Insufficient system storage; from={sender} proto=ESMTP"
        book.syslog("mail.log", when, smtpd, f"{text} helo=<out.alpha.example>")
        book.syslog("mail.log", when, smtpd, f"disconnect from {client} ehlo=1 mail=0/1 quit=1 commands=2/3")
        if number % 4 == 0:
            text = "Error: write(/var/vmail/pia/dovecot.index.log) failed: No space left on device"
            book.syslog("mail.log", when, f"dovecot: imap(pia@example.org)<{pid}><q{ident}>", text)
        return
    book.syslog("mail.log", when, smtpd, f"{ident}: client={client}")
    book.syslog("mail.log", when, f"postfix/cleanup[{pid}]", f"{ident}: message-id=<{number}@alpha.example>")
    text = f"{ident}: from={sender}, size={1200 + number}, nrcpt=1 (queue active)"
    book.syslog("mail.log", when, "postfix/qmgr[601]", text)
    text = f"disconnect from {client} ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5"
    book.syslog("mail.log", when, smtpd, text)
    text = f"{ident}: to={user}, relay=virtual, delay=0.1, delays=0.06/0.01/0/0.03, dsn=2.0.0, status=sent"
    book.syslog("mail.log", when, f"postfix/virtual[{pid + 1}]", f"{text} (delivered to maildir)")
    book.syslog("mail.log", when, "postfix/qmgr[601]", f"{ident}: removed")


# --- a week in which nothing is wrong -------------------------------------------------------------------


def quiet_week() -> None:
    book = Book("quiet-week")
    begin, end = moment("2026-11-02T00:10:00"), moment("2026-11-08T23:00:00")
    lone = {
        moment(
            "2026-11-02T10:15:12"
        ): "AH01071: Got error 'PHP message: PHP Fatal error:  Uncaught TypeError: round():"
        " Argument #1 ($num) must be of type int|float, string given in /srv/www/roundcube/quota.php:44'",
        moment(
            "2026-11-03T14:40:51"
        ): "AH01071: Got error 'PHP message: PHP Fatal error:  Allowed memory size of"
        " 134217728 bytes exhausted (tried to allocate 20971528 bytes) in /srv/www/roundcube/attachment.php on line 9'",
        moment(
            "2026-11-05T09:02:33"
        ): "AH01071: Got error 'PHP message: PHP Fatal error:  Maximum execution time of 120"
        " seconds exceeded in /srv/www/roundcube/search.php on line 88'",
        moment(
            "2026-11-06T17:20:09"
        ): "AH01071: Got error 'PHP message: PHP Fatal error:  Uncaught ValueError: Path"
        " cannot be empty in /srv/www/roundcube/skin.php:12'",
    }
    for when, text in lone.items():
        client = book.client()
        book.error24(when, "proxy_fcgi:error", text, client=client)
        book.access(when, client, PAGES[0], 500)
        book.diary.note("webmail", ok=False, when=when.timestamp())
    book.visits(begin, end, 45, "webmail", [], lambda _when, _client, _page: 500)
    for night in nights(begin, 7, 6, 25):
        cron_daily(book, night)
        text = "AH00493: SIGUSR1 received.  Doing graceful restart"
        book.error24(night + timedelta(seconds=2), "mpm_event:notice", text)
        text = "AH00489: Apache/2.4.57 (Debian) configured -- resuming normal operations"
        book.error24(night + timedelta(seconds=3), "mpm_event:notice", text)
    book.write(
        Truth(
            book.name,
            "A week of webmail with four lone errors of four causes, and a graceful reload every morning.",
            "written",
            ["Apache 2.4", "PHP-FPM 8.2"],
            WRITTEN + "Four pages of thousands fail, on four days, each for another reason.",
            {"gap_s": 900, "min_failures": 3},
            None,
            look_alike=True,
        )
    )


STORMS = {
    "founding-26h": founding,
    "oom-dispatch": oom,
    "mysql-courier": courier,
    "nightly-logrotate": nightly,
    "random-fortnight": at_random,
    "disk-full": disk,
    "quiet-week": quiet_week,
}


def main() -> int:
    """Write what is asked for, or all."""
    from tests.storms import abused  # noqa: PLC0415  it is made of what stands here

    storms = STORMS | abused.STORMS
    for name in sys.argv[1:] or storms:
        storms[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
