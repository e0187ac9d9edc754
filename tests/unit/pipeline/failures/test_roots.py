"""What is behind failures, in logs made by hand: chains across logs, what lasts, what is undecided, what is no cause."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logscan.analyses.causes import Graph
from logscan.model.outages import Limits, OutageReport
from logscan.model.settings import Settings
from logscan.packs.load import load
from logscan.packs.texts import ui_part
from logscan.pipeline.failures.roots import graph, serving, witness
from logscan.pipeline.outages import report
from logscan.pipeline.scan import report as scan

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
DISPATCH = "/usr/bin/dispatch.fcgi"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def sys(seconds: float, program: str, text: str) -> str:
    pid = "" if program == "kernel" else "[9]"
    return f"{at(seconds):%Y-%m-%dT%H:%M:%S.%f+00:00} mx1 {program}{pid}: {text}"


def error(seconds: float, module: str, text: str, client: str = "192.0.2.7") -> str:
    return f"[{at(seconds):%a %b %d %H:%M:%S.%f %Y}] [{module}:error] [pid 7:tid 7] [client {client}:5000] {text}"


def refused(seconds: float, backend: str = DISPATCH) -> str:
    return error(
        seconds,
        "fastcgi",
        f'(111)Connection refused: FastCGI: failed to connect to server "{backend}": connect() failed',
    )


def closed(seconds: float) -> str:
    return error(
        seconds, "fastcgi", f'FastCGI: incomplete headers (0 bytes) received from server "{DISPATCH}"'
    )


def proxied(seconds: float) -> str:
    """PHP-FPM behind mod_proxy_fcgi refuses."""
    stamp = f"[{at(seconds):%a %b %d %H:%M:%S.%f %Y}]"
    return (
        f"{stamp} [proxy:error] [pid 7:tid 7] (111)Connection refused: AH00957: FCGI: attempt to connect to 127.0.0.1:9000 (127.0.0.1:9000) failed\n"
        f"{stamp} [proxy_fcgi:error] [pid 7:tid 7] [client 192.0.2.7:5000] AH01079: failed to make connection to backend: 127.0.0.1"
    )


def fpm(seconds: float, text: str) -> str:
    return f"[{at(seconds):%d-%b-%Y %H:%M:%S}] NOTICE: {text}"


def page(seconds: float, status: int = 200, path: str = "/extmail/cgi/a") -> str:
    return f'192.0.2.7 - - [{at(seconds):%d/%b/%Y:%H:%M:%S} +0000] "GET {path} HTTP/1.1" {status} 9 "-" "-"'


def milter(seconds: float, port: int = 8891) -> str:
    return sys(
        seconds,
        "postfix/smtpd",
        f"warning: connect to Milter service inet:127.0.0.1:{port}: Connection refused",
    )


def killed(seconds: float, victim: str) -> str:
    return sys(
        seconds,
        "kernel",
        f"Out of memory: Killed process 4321 ({victim}) total-vm:812345kB, anon-rss:623456kB, file-rss:0kB",
    )


def told(folder: Path, **logs: Iterable[str]) -> OutageReport:
    for name, lines in logs.items():
        (folder / f"{name}.log").write_text("".join(f"{line}\n" for line in lines))
    paths = [str(folder / f"{name}.log") for name in logs]
    return report(paths, Settings(zone="UTC", year=2026), Limits())


def behind(seen: OutageReport) -> tuple[str, list[str], bool]:
    """Return the root of the only outage, what is named beside it, whether it is decided."""
    [outage] = seen.outages
    assert outage.root is not None
    return outage.root[0], [rule for rule, _, _ in outage.caused_by], outage.undecided is None


DOWN = [refused(600 + step) for step in range(0, 60, 10)]


# --- chains -------------------------------------------------------------------------------------------


def test_the_kernel_killed_it_and_the_root_comes_first_with_its_line(tmp_path: Path) -> None:
    seen = told(tmp_path, error=[closed(599), *DOWN], kern=[killed(598, "dispatch.fcgi")])
    assert behind(seen) == ("kernel.memory.oom-script", ["kernel.memory.oom-script"], True)
    [root] = seen.roots
    assert (root.rule, root.services, root.cause) == (
        "kernel.memory.oom-script",
        (DISPATCH,),
        "local-resources",
    )
    assert "Killed process" in root.evidence[0].text
    assert "Killed process" in seen.outages[0].evidence[0].text
    assert root.symptoms[0].startswith("fastcgi.mod-fastcgi.")


def test_from_the_data_base_to_the_login_to_the_webmail(tmp_path: Path) -> None:
    mysql = [
        f"{at(100):%Y-%m-%d %H:%M:%S} 0 [Note] /usr/sbin/mariadbd (initiated by: unknown): Normal shutdown"
    ]
    mail = [
        line
        for step in range(110, 300, 20)
        for line in (
            sys(
                step,
                "authdaemond",
                "failed to connect to mysql server (server=127.0.0.1, userid=extmail): Can't connect to MySQL server on '127.0.0.1' (111)",
            ),
            sys(step + 0.1, "imapd", "authentication error: Input/output error"),
        )
    ]
    cube = [
        f"[{at(step):%d-%b-%Y %H:%M:%S +0000}]: <a1b2c3> IMAP Error: Login failed for anna against 127.0.0.1 from 192.0.2.7. Could not connect to 127.0.0.1:143: Connection refused"
        for step in range(115, 300, 20)
    ]
    seen = told(tmp_path, mysql=mysql, mail=mail, roundcube=cube)
    assert {outage.root[0] for outage in seen.outages if outage.root} == {"mysql.server.lifecycle"}
    assert len(seen.roots) == 1
    assert "courier" in seen.roots[0].services


def test_a_signer_that_was_stopped_hours_ago_is_still_behind_it(tmp_path: Path) -> None:
    mail = [sys(0, "opendkim", "OpenDKIM Filter v2.11.0 terminating with status 0, errno = 0")]
    mail += [milter(9000 + step) for step in range(5)]
    assert behind(told(tmp_path, mail=mail)) == (
        "opendkim.service.stopped",
        ["opendkim.service.stopped"],
        True,
    )


def test_what_was_started_again_since_is_behind_nothing(tmp_path: Path) -> None:
    mail = [
        sys(0, "opendkim", "OpenDKIM Filter v2.11.0 terminating with status 0, errno = 0"),
        sys(2, "opendkim", "OpenDKIM Filter v2.11.0 starting (args: -f)"),
        *(milter(60 + step) for step in range(5)),
    ]
    root, others, decided = behind(told(tmp_path, mail=mail))
    assert (root, others, decided) == ("postfix.smtpd.milter-unavailable", [], False)


def test_what_worked_since_was_not_down(tmp_path: Path) -> None:
    """An hour ago OpenDKIM was stopped; mail has gone through since, so somebody has started it."""
    mail = [sys(0, "opendkim", "OpenDKIM Filter v2.11.0 terminating with status 0, errno = 0")]
    mail += [
        sys(
            step,
            "postfix/smtpd",
            "disconnect from mx.example.org[192.0.2.9] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5",
        )
        for step in range(600, 3600, 60)
    ]
    mail += [milter(3700 + step) for step in range(5)]
    root, others, _ = behind(told(tmp_path, mail=mail))
    assert (root, others) == ("postfix.smtpd.milter-unavailable", [])


def test_php_fpm_was_stopped(tmp_path: Path) -> None:
    seen = told(
        tmp_path,
        error=map(proxied, range(100, 160, 10)),
        fpm=[fpm(98, "Terminating ..."), fpm(98, "exiting, bye-bye!")],
    )
    assert behind(seen)[0] == "php.fpm.stopped"


def test_a_unit_that_failed_is_behind_the_program_of_its_name_only(tmp_path: Path) -> None:
    failed = "opendkim.service: Failed with result 'exit-code'."
    mail = [sys(59, "systemd", failed), *(milter(60 + step) for step in range(5))]
    assert behind(told(tmp_path, mail=mail))[0] == "systemd.unit.failed"
    other = [
        sys(59, "systemd", failed.replace("opendkim", "dovecot")),
        *(milter(60 + step) for step in range(5)),
    ]
    assert behind(told(tmp_path, mail=other))[0] == "postfix.smtpd.milter-unavailable"


def test_unsigned_mail_is_refused_because_the_signer_stopped(tmp_path: Path) -> None:
    reply = "550-5.7.26 This mail has been blocked because the sender is unauthenticated. 550 5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM."
    mail = [sys(0, "opendkim", "OpenDKIM Filter v2.11.0 terminating with status 0, errno = 0")]
    mail += [
        sys(
            10 + step, "postfix/smtp",
            f"6AC215528C2: to=<a@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.26]:25, delay=1, delays=0/0/1/0, dsn=5.7.26, status=bounced (host gmail-smtp-in.l.google.com[192.0.2.26] said: {reply} (in reply to end of DATA command))",
        )
        for step in range(5)
    ]  # fmt: skip
    seen = told(tmp_path, mail=mail)
    assert behind(seen)[0] == "opendkim.service.stopped"
    assert seen.outages[0].service == "provider google"


# --- what is no cause ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        killed(598, "mysqld"),
        killed(200, "dispatch.fcgi"),
        killed(640, "dispatch.fcgi"),
        sys(598, "kernel", "php-fpm8.2[77]: segfault at 0 ip 00007f2b1c0a1b2c sp 00007ffd5a3e2f10 error 4 in opcache.so[7f2b1c08a000+42000]"),
    ],
    ids=["another program", "it has worked since", "most had failed before", "not behind this one"],
)  # fmt: skip
def test_a_line_that_is_near_is_not_therefore_a_cause(tmp_path: Path, line: str) -> None:
    access = [page(s, 500 if 600 <= s < 660 else 200) for s in range(0, 900, 10)]
    root, others, decided = behind(told(tmp_path, error=DOWN, kern=[line], access=access))
    assert (root, others, decided) == ("fastcgi.mod-fastcgi.listener-dead", [], False)


def test_errors_of_one_back_end_are_not_behind_those_of_another(tmp_path: Path) -> None:
    lost = "FastCGI: server \"/srv/b.fcgi\" stderr: DBI connect failed: Can't connect to local MySQL server through socket '/run/mysqld.sock' (2)"
    other = [error(595 + step, "fastcgi", lost, "192.0.2.8") for step in range(0, 9, 3)]
    seen = told(tmp_path, error=[*other, *DOWN])
    roots = {outage.service: outage.root[0] for outage in seen.outages if outage.root}
    assert roots[DISPATCH] == "fastcgi.mod-fastcgi.listener-dead"


# --- undecided ---------------------------------------------------------------------------------------------


def test_who_was_not_heard_is_asked_first_and_who_was_silent_to_speak_up(tmp_path: Path) -> None:
    quiet = sys(0, "kernel", "EXT4-fs (vda1): mounted filesystem with ordered data mode.")
    [alone] = told(tmp_path, error=DOWN).outages
    [heard] = told(tmp_path, error=DOWN, kern=[quiet]).outages
    assert alone.undecided is not None
    assert heard.undecided is not None
    assert alone.undecided.look_at[0].startswith("the kernel's log: not among these logs; look at kern.log")
    assert "there and says nothing" in next(
        line for line in heard.undecided.look_at if line.startswith("the kernel's")
    )
    assert not any("kernel.memory.oom-script" in one.rules for one in heard.undecided.candidates)
    assert heard.undecided.look_at[0].startswith("systemd's journal")


def test_a_log_that_begins_too_late_tells_nothing(tmp_path: Path) -> None:
    late = sys(3600, "kernel", "EXT4-fs (vda1): mounted filesystem with ordered data mode.")
    [outage] = told(tmp_path, error=DOWN, kern=[late]).outages
    assert outage.undecided is not None
    assert "begins only at 2026-03-02 09:00:00" in outage.undecided.look_at[0]


def test_with_the_access_log_alone_the_error_log_is_asked_for(tmp_path: Path) -> None:
    access = [page(s, 500 if 600 <= s < 660 else 200) for s in range(0, 900, 10)]
    root, _, decided = behind(told(tmp_path, access=access))
    assert (root, decided) == ("apache.access.server-error", False)
    [outage] = told(tmp_path, access=access).outages
    assert outage.undecided is not None
    assert outage.undecided.look_at[0].startswith("the error log of the web server")


def test_in_chinese(tmp_path: Path) -> None:
    (tmp_path / "error.log").write_text("".join(f"{line}\n" for line in DOWN))
    [outage] = report([str(tmp_path / "error.log")], Settings(zone="UTC", lang="zh"), Limits()).outages
    assert outage.undecided is not None
    assert outage.undecided.look_at[0].startswith("内核日志")


def test_scan_and_outages_say_the_same(tmp_path: Path) -> None:
    logs = {"error": [closed(599), *DOWN], "kern": [killed(598, "dispatch.fcgi")]}
    [outage] = told(tmp_path, **logs).outages
    scanned = scan([str(tmp_path / "error.log"), str(tmp_path / "kern.log")], Settings(zone="UTC"))
    found = {finding.rule: finding for finding in scanned.findings}
    assert found["fastcgi.mod-fastcgi.listener-dead"].caused_by == outage.caused_by
    assert not found["fastcgi.mod-fastcgi.listener-dead"].root
    assert found["kernel.memory.oom-script"].root
    [brief] = scanned.outages
    assert (brief.begin, brief.last, brief.failures, brief.root) == (
        outage.begin,
        outage.last,
        outage.failures,
        outage.root,
    )
    assert (brief.end, brief.end_reason, brief.succeeded, brief.duration_s) == (None, None, None, None)


# --- the cards' graph ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cards() -> Graph:
    return graph(load().cards)


def test_no_card_is_behind_itself(cards: Graph) -> None:
    done: set[str] = set()

    def visit(rule: str, trail: tuple[str, ...]) -> None:
        assert rule not in trail, " <- ".join((*trail, rule))
        if rule not in done:
            for cause in cards.causes.get(rule, ()):
                visit(cause, (*trail, rule))
            done.add(rule)

    for rule in cards.causes:
        visit(rule, ())


def test_every_symptom_names_what_may_be_behind_it(cards: Graph) -> None:
    assert [rule for rule in sorted(cards.symptoms) if not cards.causes.get(rule)] == []


def test_every_witness_has_its_words_in_every_language(cards: Graph) -> None:
    asked = {witness(rule, cards.family[rule]) for rule in cards.named}
    for lang in ("en", "zh"):
        have = {name.removeprefix("ui.roots.") for name in load().texts[lang] if name.startswith("ui.roots.")}
        assert asked - have <= {"apache-access", "cron", "clock"}
        for name in have:
            assert set(ui_part(f"roots.{name}", lang, load())) == {"name", "where", "more", "what"}


@pytest.mark.parametrize(
    ("service", "kind", "program", "stranger"),
    [
        ("unix:/run/php/php8.2-fpm.sock", "webmail", "php-fpm", None),
        (DISPATCH, "webmail", "dispatch.fcgi", "php-fpm"),
        ("127.0.0.1:9000", "webmail", "php-fpm", None),
        ("127.0.0.1:9001", "webmail", ".fcgi", None),
        ("milter inet:127.0.0.1:8893", "milter", "opendmarc", "opendkim"),
        ("milter unix:/run/opendkim/opendkim.sock", "milter", "opendkim", "opendmarc"),
        ("milter inet:127.0.0.1:9999", "milter", "opendkim", None),
        ("dovecot", "daemon", "dovecot", None),
        ("resolver", "dns", "unbound", None),
    ],
)
def test_who_serves_what(service: str, kind: str, program: str, stranger: str | None) -> None:
    own, strangers = serving(service, kind)
    assert program in own
    assert strangers == (frozenset({stranger}) if stranger else frozenset())
