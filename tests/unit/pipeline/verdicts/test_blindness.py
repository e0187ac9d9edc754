"""What logs cannot show: each claim with a log that earns it and the nearest one that does not."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from logscan.analyses import blind, findings, totals
from logscan.model.findings import BlindSpot
from logscan.model.settings import Settings
from logscan.packs.load import load
from logscan.packs.texts import ui_part
from logscan.pipeline.logs.grounds import Journal
from logscan.pipeline.scan import report
from logscan.pipeline.verdicts.blindness import CLAIMS, LEAST, spots
from logscan.pipeline.verdicts.scene import Scene
from tests.unit.pipeline.written import NOON, access, bsd, iso

#: Claims of pipeline.unseen, which asks about the mails that were found.
OF_A_TRACE = ("mail-begins-late",)
SETTINGS = Settings(zone="UTC", year=2026, jobs=1)
REAL = Path("sample-logs/real")

#: (program, text), one a minute.
Lines = Sequence[tuple[str, str]]

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def writing(text: str, name: str = "mail.log") -> str:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return writing


def syslog(lines: Lines, start: datetime = NOON, step: timedelta = timedelta(minutes=1)) -> str:
    return "".join(
        iso(start + number * step, text, program=f"{program}[7]")
        for number, (program, text) in enumerate(lines)
    )


def told(*paths: str, settings: Settings = SETTINGS) -> dict[str, BlindSpot]:
    """Return the claims about these logs, by their names."""
    return named(report(paths, settings).blind_spots)


def named(found: tuple[BlindSpot, ...] | None) -> dict[str, BlindSpot]:
    assert found is not None
    made: dict[str, BlindSpot] = {}
    for spot in found:
        (name,) = (name for name, remedy in remedies().items() if remedy == spot.remedy)
        made[name] = spot
    assert list(made) == [name for name in CLAIMS if name in made]
    return made


@cache
def remedies() -> dict[str, str]:
    return {name: ui_part(f"blind.{name}", "en", load())["remedy"] for name in CLAIMS}


def claims(write: Write, lines: Lines) -> set[str]:
    return set(told(write(syslog(lines))))


# --- lines ---------------------------------------------------------------------------------------

QUEUE_ID = "3F1AB42132A"
ABROAD = (
    "postfix/smtp",
    f"{QUEUE_ID}: to=<a@b.example>, relay=mx.b.example[198.51.100.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)",
)
HOME = (
    "postfix/local",
    f"{QUEUE_ID}: to=<a@x.example>, relay=local, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (delivered to mailbox)",
)
OLD = ("postfix/local", f"{QUEUE_ID}: to=<a@x.example>, relay=local, delay=1, status=sent (mailbox)")
DEFERRED = (
    "postfix/smtp",
    (
        f"{QUEUE_ID}: to=<a@b.example>, relay=none, delay={{delay}}, delays=0/0/1/0, dsn=4.4.1, "
        "status=deferred (connect to b.example[198.51.100.9]:25: Connection timed out)"
    ),
)
ENCRYPTED = (
    "postfix/smtp",
    "Trusted TLS connection established to mx.b.example[198.51.100.9]:25: TLSv1.3 with cipher X (256/256 bits)",
)
INBOUND = ("postfix/smtpd", ENCRYPTED[1].replace("to mx", "from mx").replace(":25:", ":"))
STARTTLS = (
    "postfix/smtpd",
    "disconnect from b.example[198.51.100.9] ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7",
)
REFUSED = (
    "postfix/smtpd",
    "disconnect from b.example[198.51.100.9] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4",
)
REJECT = (
    "postfix/smtpd",
    (
        "NOQUEUE: reject: RCPT from b.example[198.51.100.9]: 554 5.7.1 <a@z.example>: Relay access denied; "
        "from=<c@b.example> to=<a@z.example> proto=ESMTP helo=<b.example>"
    ),
)
SUBMITTED = ("postfix/submission/smtpd", f"{QUEUE_ID}: client=pc.x.example[192.0.2.7]")
USER = (SUBMITTED[0], SUBMITTED[1] + ", sasl_method=PLAIN, sasl_username=u@x.example")
SCRIPT = ("postfix/pickup", f"{QUEUE_ID}: uid=33 from=<www-data>")
CRON = ("postfix/pickup", f"{QUEUE_ID}: uid=0 from=<root>")
SIGNED = ("opendkim", f"{QUEUE_ID}: DKIM-Signature field added (s=hl, d=x.example)")
VERIFIED = ("opendkim", f"{QUEUE_ID}: DKIM verification successful")
UNSIGNED = ("opendkim", f"{QUEUE_ID}: no signature data")
WHY = ("opendkim", f"{QUEUE_ID}: b.example [198.51.100.9] not internal")
NO_TABLE = ("opendkim", f"{QUEUE_ID}: no signing table match for 'a@x.example'")
MILTER = ("postfix/smtpd", "warning: connect to Milter service inet:127.0.0.1:8891: Connection refused")
KILLED = ("postfix/master", "warning: process /usr/lib/postfix/sbin/smtpd pid 99 killed by signal 9")
EXITED = ("postfix/master", "warning: process /usr/lib/postfix/sbin/smtpd pid 99 exit status 1")
KERNEL = ("kernel", "Out of memory: Killed process 99 (smtpd)")
CAUGHT = ("postfix/postscreen", "DNSBL rank 5 for [198.51.100.9]:4711")
SCREENED = (
    "postfix/postscreen",
    (
        "NOQUEUE: reject: RCPT from [198.51.100.9]:4711: 550 5.7.1 Service unavailable; client [198.51.100.9] blocked "
        "using zen.example.org; from=<c@b.example>, to=<a@x.example>, proto=ESMTP, helo=<b.example>"
    ),
)
LOST = ("rsyslogd", "imjournal: 4823 messages lost due to rate-limiting (20000 allowed within 600 seconds)")

#: What makes a log long enough, and proves nothing.
FILLER = [("postfix/qmgr", f"{QUEUE_ID}: removed")] * LEAST
HEALTHY = [*FILLER, *[ABROAD, ENCRYPTED, SIGNED, VERIFIED, UNSIGNED, WHY] * 20]


# --- mail ----------------------------------------------------------------------------------------

MAIL: list[tuple[str, Lines, list[Lines]]] = [
    ("lost-lines", [*FILLER, LOST], [FILLER]),
    (
        "kernel",
        [*FILLER, KILLED],
        [[*FILLER, KILLED, KERNEL], [*FILLER, KILLED, ("systemd", "Started x.")], [*FILLER, EXITED]],
    ),
    ("kernel", [*FILLER, MILTER], [[*FILLER, MILTER, KERNEL]]),
    (
        "dkim-absent",
        [*FILLER, *[ABROAD] * 20],
        [
            [*FILLER, *[ABROAD] * 19],
            [*FILLER, *[HOME] * 40],
            [*FILLER, *[ABROAD] * 20, ("opendkim", "OpenDKIM Filter v2.11.0 starting (args: -f)")],
            [*FILLER, *[ABROAD] * 20, ("rspamd", "rspamd_task_write_log: x")],
            [*FILLER, *[ABROAD] * 20, ("amavis", "(1-2) Passed CLEAN")],
        ],
    ),
    (
        "dkim-success",
        [*FILLER, *[ABROAD] * 20, UNSIGNED],
        [
            [*FILLER, *[ABROAD] * 20, UNSIGNED, SIGNED],
            [*FILLER, *[ABROAD] * 20, UNSIGNED, VERIFIED],  # one that only verifies
            [*FILLER, *[HOME] * 40, UNSIGNED],
            [*FILLER, *[ABROAD] * 20],
        ],
    ),
    (
        "dkim-why",
        [*FILLER, SIGNED, *[UNSIGNED] * 5],
        [
            [*FILLER, SIGNED, *[UNSIGNED] * 4],
            [*FILLER, SIGNED, *[UNSIGNED] * 5, WHY],
            [*FILLER, SIGNED, *[UNSIGNED] * 5, NO_TABLE],
            [*FILLER, *[VERIFIED] * 5],  # one that only verifies
        ],
    ),
    (
        "smtp-tls",
        [*FILLER, *[ABROAD] * 20],
        [[*FILLER, *[ABROAD] * 20, ENCRYPTED], [*FILLER, *[ABROAD] * 19], [*FILLER, *[HOME] * 40]],
    ),
    (
        "smtpd-tls",
        [*FILLER, *[STARTTLS] * 5],
        [[*FILLER, *[STARTTLS] * 5, INBOUND], [*FILLER, *[STARTTLS] * 4], [*FILLER, *[REFUSED] * 40]],
    ),
    (
        "refusals",
        [*FILLER, *[REFUSED] * 20],
        [[*FILLER, *[REFUSED] * 20, REJECT], [*FILLER, *[REFUSED] * 19], [*FILLER, *[STARTTLS] * 40]],
    ),
    (
        "postscreen",
        [*FILLER, *[CAUGHT] * 20],
        [[*FILLER, *[CAUGHT] * 20, SCREENED], [*FILLER, *[CAUGHT] * 19]],
    ),
    (
        "submission-user",
        [*FILLER, *[SUBMITTED] * 20],
        [[*FILLER, *[SUBMITTED] * 20, USER], [*FILLER, *[SUBMITTED] * 19]],
    ),
    ("web-script", [*FILLER, *[SCRIPT] * 20], [[*FILLER, *[SCRIPT] * 19], [*FILLER, *[CRON] * 40]]),
    ("old-delays", [*FILLER, *[OLD] * 20], [[*FILLER, *[OLD] * 19], [*FILLER, *[OLD] * 20, HOME]]),
]


@pytest.mark.parametrize(("name", "hit"), [(name, hit) for name, hit, _ in MAIL])
def test_mail_logs_that_lack_it(name: str, hit: Lines, write: Write) -> None:
    assert name in claims(write, hit)


@pytest.mark.parametrize(("name", "miss"), [(name, miss) for name, _, misses in MAIL for miss in misses])
def test_mail_logs_that_do_not(name: str, miss: Lines, write: Write) -> None:
    assert name not in claims(write, miss)


def test_a_healthy_log_has_no_blind_spot(write: Write) -> None:
    assert claims(write, HEALTHY) == set()


@pytest.mark.parametrize("lines", [[*[ABROAD] * 40], [LOST] * 10, [KILLED] * (LEAST - 1)])
def test_of_a_few_lines_nothing_is_claimed(lines: Lines, write: Write) -> None:
    assert claims(write, lines[: LEAST - 1]) == set()


def test_words_of_strangers_prove_nothing(write: Write) -> None:
    """A client may call itself whatever it likes, and so keep a claim from being made, or bring one about."""
    forged = (
        "postfix/smtpd",
        f"{QUEUE_ID}: client=Trusted TLS connection established to x: sasl_username=u[198.51.100.9]",
    )
    assert {"smtp-tls", "dkim-absent"} <= claims(write, [*FILLER, *[ABROAD] * 20, forged])


# --- periods -------------------------------------------------------------------------------------


def waiting(delay: float, count: int = 1) -> list[tuple[str, str]]:
    return [(DEFERRED[0], DEFERRED[1].format(delay=delay))] * count


def test_a_mail_that_is_older_than_the_logs(write: Write) -> None:
    lines = [*FILLER, *waiting(LEAST * 60 + 7200)]
    spot = told(write(syslog(lines)))["begins-late"]
    assert "2 h before the first" in spot.why
    assert "begins-late" not in claims(write, [*FILLER, *waiting(LEAST * 60 + 240)])


def test_logs_that_are_shorter_than_mail_may_wait(write: Write) -> None:
    lines = [*FILLER, *waiting(1, 20)]
    spot = told(write(syslog(lines)))["queue-lifetime"]
    assert "20 times, and the logs cover 69 min;" in spot.why
    assert "queue-lifetime" not in claims(write, lines[:-1])
    assert "queue-lifetime" not in told(write(syslog(lines, step=timedelta(hours=2))))


def test_a_log_that_stops_while_others_go_on(write: Write) -> None:
    mail = write(syslog(FILLER * 10))  # 500 lines in 500 minutes
    late = NOON + timedelta(hours=20)
    web = write("".join(access(late + timedelta(minutes=n)) for n in range(3)), "access.log")
    spot = told(mail, web)["stopped"]
    assert spot.missing == "What happened after 2026-11-24 20:19"
    assert "stopped" not in told(mail)
    now = replace(SETTINGS, now=late)
    assert "stopped" in told(mail, settings=now)
    assert "stopped" not in told(mail, settings=replace(now, until=late))
    assert "stopped" not in told(mail, settings=replace(now, now=NOON + timedelta(hours=14)))
    # one line an hour: ten hours of silence are not a sign yet
    slow = write(syslog(FILLER, step=timedelta(hours=1)), "slow.log")
    assert "stopped" not in told(slow, settings=replace(now, now=NOON + timedelta(hours=60)))


def test_a_log_that_stops_when_it_was_rotated(write: Write) -> None:
    old, new = write(syslog(FILLER * 10), "mail.log.1"), write("", "mail.log")
    found = told(old, new, settings=replace(SETTINGS, now=NOON + timedelta(hours=20)))
    assert {"rotated-away", "stopped"} & set(found) == {"rotated-away"}
    assert found["rotated-away"].missing == "What happened after 2026-11-24 20:19"


def test_stamps_without_year(write: Write) -> None:
    yearless = write(
        "".join(bsd(NOON + timedelta(minutes=n), "x", program="postfix/qmgr[7]") for n in range(LEAST))
    )
    assert "no-year" not in told(yearless)
    assert "no-year" in told(yearless, settings=replace(SETTINGS, year=None))
    assert "no-year" in told(yearless, settings=replace(SETTINGS, zone=None))
    assert "no-year" not in told(write(syslog(FILLER)), settings=Settings(jobs=1))


def test_a_journal_in_memory() -> None:
    scene = Scene(
        signs=blind.finish(blind.empty()),
        found=findings.finish(findings.empty()),
        totals=totals.Partial(sources={0: totals.SourceTotals(families={"postfix": LEAST})}),
    )
    assert spots(scene, load(), "en") == ()
    volatile = replace(scene, journal=Journal(volatile=True))
    assert set(named(spots(volatile, load(), "en"))) == {"journal-boot"}
    assert spots(replace(scene, journal=Journal(volatile=False)), load(), "en") == ()


# --- web -----------------------------------------------------------------------------------------


def apache(*said: str, repeat: int = 1) -> str:
    """Return an error log; what begins without a bracket has no header."""
    lines = []
    for number, text in enumerate(
        [
            *said * repeat,
            *[
                "[mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4.62 configured -- resuming normal operations"
            ]
            * LEAST,
        ]
    ):
        stamp = f"[{NOON + timedelta(minutes=number):%a %b %d %H:%M:%S.000000 %Y}] "
        lines.append((stamp if text.startswith("[") else "") + text + "\n")
    return "".join(lines)


def failing(time: datetime = NOON) -> str:
    return access(time).replace(" 200 ", " 503 ")


CLIENT = "[pid 1:tid 1] [client 192.0.2.1:4711] "
FCGID = f"[fcgid:warn] {CLIENT}mod_fcgid: error reading data, FastCGI server closed connection"
BORN = "[fcgid:info] [pid 1:tid 1] mod_fcgid: server www.x.example:/srv/app.fcgi(99) started"
HEADLESS = f"[core:error] {CLIENT}End of script output before headers: app.fcgi"
FPM = f"[proxy_fcgi:error] {CLIENT}AH01067: Failed to read FastCGI header"
FPM_GONE = f"[proxy:error] {CLIENT}(111)Connection refused: AH00957: FCGI: attempt to connect to 127.0.0.1:9000 (*) failed"
GONE = f'[:error] {CLIENT}(111)Connection refused: FastCGI: failed to connect to server "/usr/bin/dispatch.fcgi": connect() failed'
STARTED = '[:warn] [pid 1:tid 1] FastCGI: server "/usr/bin/dispatch.fcgi" started (pid 99)'
STDERR = f"[fcgid:warn] {CLIENT}mod_fcgid: stderr: Traceback (most recent call last):"
PHP = f"[proxy_fcgi:error] {CLIENT}AH01071: Got error 'PHP message: PHP Fatal error:  Uncaught Error in /srv/x.php:1'"


@pytest.mark.parametrize(
    ("name", "hit", "misses"),
    [
        ("fcgid-level", (FCGID,), [(FCGID, BORN), (FPM,), (STDERR,)]),
        ("app-log", (HEADLESS,), [(HEADLESS, STDERR), (HEADLESS, PHP), (HEADLESS, "ModuleNotFoundError: x"), (FCGID,)]),
        ("external-death", (GONE,), [(GONE, STARTED), (HEADLESS,)]),
        ("fpm-log", (FPM_GONE, FPM), [(FPM,), (HEADLESS,)]),
        ("access-log", (HEADLESS,), [(BORN,)]),
        ("kernel", (GONE,), [(HEADLESS,)]),
    ],
)  # fmt: skip
def test_error_logs(name: str, hit: tuple[str, ...], misses: list[tuple[str, ...]], write: Write) -> None:
    assert name in told(write(apache(*hit, repeat=5), "error.log"))
    assert name not in told(write(apache(*hit, repeat=2), "error.log")) or name == "kernel"
    for miss in misses:
        assert name not in told(write(apache(*miss, repeat=5), "error.log")), miss


def test_the_server_is_named_where_it_is_known(write: Write) -> None:
    spot = told(write(apache(GONE, repeat=5), "error.log"))["external-death"]
    assert "/usr/bin/dispatch.fcgi" in spot.missing


def test_the_other_log_of_a_web_server(write: Write) -> None:
    errors = write(apache(HEADLESS, repeat=5), "error.log")
    served = write("".join(access(NOON + timedelta(minutes=n)) for n in range(LEAST)), "access.log")
    assert "access-log" not in told(errors, served)
    broken = write("".join(failing(NOON + timedelta(minutes=n)) for n in range(LEAST)), "access2.log")
    assert "50 requests" in told(broken)["error-log"].why
    assert "error-log" not in told(broken, errors)
    assert "error-log" not in told(served)


def test_php_fpm_that_keeps_its_children_s_words_to_itself(write: Write) -> None:
    errors = write(apache(FPM, repeat=5), "error.log")
    fpm = "[24-Nov-2026 12:00:00] NOTICE: fpm is running, pid 20557\n"
    said = '[24-Nov-2026 12:00:01] WARNING: [pool www] child 9 said into stderr: "NOTICE: PHP message: x"\n'
    assert "fpm-output" in told(errors, write(fpm, "php-fpm.log"))
    assert "fpm-output" not in told(errors, write(fpm + said, "php-fpm.log"))
    assert "fpm-output" not in told(errors)
    talking = write(apache(FPM, PHP, repeat=5), "error2.log")
    assert "fpm-output" not in told(talking, write(fpm, "php-fpm.log"))
    gone = write(apache(FPM_GONE, FPM, repeat=5), "error3.log")
    assert "fpm-log" not in told(gone, write(fpm, "php-fpm.log"))


def nginx(*said: str, repeat: int = 1) -> str:
    """Return nginx's error log."""
    lines = [*said * repeat, *["signal process started"] * LEAST]
    return "".join(
        f"{NOON + timedelta(minutes=number):%Y/%m/%d %H:%M:%S} [{'error' if number < len(said) * repeat else 'notice'}] "
        f"99#99: {text}\n"
        for number, text in enumerate(lines)
    )


REQUEST = 'client: 192.0.2.1, server: x, request: "GET / HTTP/1.1", upstream: "fastcgi://unix:/run/php/php8.2-fpm.sock:", host: "x"'
CLOSED = f"*5 upstream prematurely closed connection while reading response header from upstream, {REQUEST}"
UNREACHED = f"*5 connect() failed (111: Connection refused) while connecting to upstream, {REQUEST}"
SPEAKS = f'*5 FastCGI sent in stderr: "PHP message: PHP Fatal error:  x" while reading response header from upstream, {REQUEST}'


@pytest.mark.parametrize(
    ("name", "hit", "miss"),
    [
        ("app-log", CLOSED, UNREACHED),
        ("fpm-log", UNREACHED, CLOSED.replace("php/php8.2-fpm", "app")),
        ("access-log", CLOSED, None),
        ("kernel", UNREACHED, CLOSED),
    ],
)
def test_nginx_has_the_same_blind_spots(name: str, hit: str, miss: str | None, write: Write) -> None:
    assert name in told(write(nginx(hit, repeat=5), "error.log"))
    if miss is not None:
        assert name not in told(write(nginx(miss, repeat=5), "error.log"))


def test_behind_nginx_too_the_program_may_speak(write: Write) -> None:
    assert "app-log" not in told(write(nginx(CLOSED, SPEAKS, repeat=5), "error.log"))
    own = "".join(
        f"[24-Nov-2026 12:00:{n:02} UTC] PHP Fatal error:  Uncaught Error in /srv/x.php:1\n"
        for n in range(20)
    )
    closed = write(nginx(CLOSED, repeat=5), "error.log")
    assert "app-log" not in told(closed, write(own, "php_errors.log"))
    fpm = write("[24-Nov-2026 12:00:00] NOTICE: fpm is running, pid 20557\n", "php-fpm.log")
    assert "fpm-output" in told(closed, fpm)
    assert "fpm-output" not in told(closed, fpm, write(own, "php_errors.log"))
    served = write("".join(failing(NOON + timedelta(minutes=n)) for n in range(LEAST)), "access.log")
    assert not {"error-log", "access-log"} & set(told(closed, served))


# --- real logs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["A/logs/mail.log"], {"kernel", "queue-lifetime"}),
        (["A/logs/remote-maillog"], set()),
        (["A/logs/apache-error.log"], {"kernel", "access-log", "fpm-log", "fcgid-level"}),
        (["A/logs/apache-error.log", "A/logs/apache-access.log", "A/logs/php-fpm.log"], {"kernel", "fcgid-level"}),
        (["A/logs"], {"kernel", "queue-lifetime", "fcgid-level"}),
        (["mod_fastcgi/error.log"], {"kernel", "access-log", "external-death"}),
        (["mod_fastcgi"], {"kernel", "external-death"}),
        (["../quiet/mail.log"], set()),
        (["../founding/error.log"], set()),
    ],
)  # fmt: skip
def test_real_logs(names: list[str], found: set[str]) -> None:
    assert set(told(*(str(REAL / name) for name in names))) == found


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*CLAIMS, *OF_A_TRACE])
def test_every_claim_has_its_words_in_both_languages(name: str) -> None:
    english, chinese = (load().texts[lang][f"ui.blind.{name}"] for lang in ("en", "zh"))
    assert set(english) == set(chinese) == {"missing", "why", "remedy"}
    for key, text in english.items():
        assert text.strip() == text != ""
        assert text.endswith(".") == chinese[key].endswith("。") == (key == "why"), key
        assert slots(text) == slots(chinese[key]), key
    assert not slots(english["remedy"])


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_no_words_are_left_over() -> None:
    for lang in ("en", "zh"):
        tables = {name for name in load().texts[lang] if name.startswith("ui.blind.")}
        assert tables == {f"ui.blind.{name}" for name in (*CLAIMS, *OF_A_TRACE)}


def test_every_slot_is_filled_and_the_reader_s_language_is_spoken(write: Write) -> None:
    lines = [*FILLER, *waiting(LEAST * 60 + 7200, 20), LOST, KILLED, *[CAUGHT] * 20]
    path = write(syslog(lines))
    for lang in ("en", "zh"):
        found = report([path], replace(SETTINGS, lang=lang)).blind_spots
        assert found is not None
        assert len(found) == 5
        for spot in found:
            assert not slots(spot.missing) | slots(spot.why)
            for word in ("NOTICES", "LOST", "KILLED", "CAUGHT", "BEFORE", "SPAN", "DEFERRALS"):
                assert word not in spot.why
        assert ("日志" in found[0].why) == (lang == "zh")


def test_times_are_in_the_reader_s_zone(write: Write) -> None:
    late = NOON + timedelta(hours=20)
    settings = replace(SETTINGS, zone="Asia/Shanghai", now=late.astimezone(UTC))
    spot = told(write(syslog(FILLER * 10)), settings=settings)["stopped"]
    assert spot.missing == "What happened after 2026-11-25 04:19"
