"""Outages of logs made by hand: what is one, when it begins and ends, whose it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from logscan.model.outages import Limits, OutageReport
from logscan.model.settings import Settings
from logscan.pipeline.outages import report

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
BACKEND = "/usr/bin/dispatch.fcgi"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def request(
    seconds: float, status: int = 200, client: str = "192.0.2.7", path: str = "/extmail/cgi/a"
) -> str:
    return f'{client} - - [{at(seconds):%d/%b/%Y:%H:%M:%S} +0000] "GET {path} HTTP/1.1" {status} 9 "-" "-"'


def refused(seconds: float, client: str = "192.0.2.7", backend: str = BACKEND) -> str:
    return (
        f"[{at(seconds):%a %b %d %H:%M:%S.%f %Y}] [fastcgi:error] [pid 7:tid 7] [client {client}:5000] (111)Connection "
        f'refused: FastCGI: failed to connect to server "{backend}": connect() failed'
    )


def graceful(seconds: float) -> str:
    return (
        f"[{at(seconds):%a %b %d %H:%M:%S.%f %Y}] [mpm_prefork:notice] [pid 1:tid 1] AH00171: Graceful restart "
        "requested, doing restart"
    )


def syslog(seconds: float, program: str, text: str) -> str:
    return f"{at(seconds):%Y-%m-%dT%H:%M:%S.%f+00:00} mx1 {program}[9]: {text}"


def sent(seconds: float, domain: str, status: str = "sent (250 2.0.0 Ok)", dsn: str = "2.0.0") -> str:
    to = f"6AC215528C2: to=<a@{domain}>, relay=mx.{domain}[192.0.2.9]:25, delay=1, delays=0/0/1/0, dsn={dsn}, status={status}"
    return syslog(seconds, "postfix/smtp", to)


def unknown(seconds: float, domain: str) -> str:
    reason = f"(Host or domain name not found. Name service error for name={domain} type=MX: Host not found, try again)"
    to = f"6AC215528C2: to=<a@{domain}>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.3, status=deferred {reason}"
    return syslog(seconds, "postfix/smtp", to)


def told(folder: Path, limits: Limits | None = None, **logs: Iterable[str]) -> OutageReport:
    for name, lines in logs.items():
        (folder / f"{name}.log").write_text("".join(f"{line}\n" for line in lines))
    paths = [str(folder / f"{name}.log") for name in logs]
    return report(paths, Settings(zone="UTC", year=2026), limits or Limits())


def test_an_outage_ends_with_the_first_success_and_not_with_a_restart(tmp_path: Path) -> None:
    down = [600, 610, 620, 640, 650]
    access = [request(s, 500 if s in down else 200) for s in range(0, 900, 10) if not 621 <= s < 640]
    error = [*map(refused, [600.1, 610.1, 620.1]), graceful(630), *map(refused, [640.1, 650.1])]
    [outage] = told(tmp_path, access=access, error=error).outages
    assert (outage.service, outage.kind, outage.cause) == (BACKEND, "webmail", "backend-unreachable")
    assert (outage.begin, outage.last, outage.end) == (at(600), at(650.1), at(660))
    assert (outage.failures, outage.clients, outage.succeeded) == (5, 1, 0)
    assert (outage.end_reason, outage.recovered_by, outage.ongoing) == ("success", None, False)


def test_the_restart_after_the_last_failure_brought_it_back(tmp_path: Path) -> None:
    access = [request(s, 500 if 600 <= s <= 640 else 200) for s in range(0, 900, 10) if s != 650]
    error = [*(refused(s + 0.1) for s in range(600, 641, 10)), graceful(652)]
    [outage] = told(tmp_path, access=access, error=error).outages
    assert outage.recovered_by == ("graceful", "apache-error")


def test_lone_failures_among_successes_are_a_rate(tmp_path: Path) -> None:
    bad = range(0, 6000, 300)
    access = [request(s, 500 if s in bad else 200) for s in range(0, 6000, 3)]
    seen = told(tmp_path, access=access, error=[refused(s + 0.2) for s in bad])
    assert seen.outages == ()
    [rate] = seen.rates
    assert (rate.service, rate.failures, rate.succeeded) == (BACKEND, 20, 1980)


def test_half_of_the_requests_failing_is_an_outage(tmp_path: Path) -> None:
    random = Random(1)  # noqa: S311
    bad = {s for s in range(900, 1800) if random.random() < 0.5}
    access = [request(s, 500 if s in bad else 200) for s in range(3600)]
    [outage] = told(tmp_path, access=access, error=[refused(s + 0.2) for s in sorted(bad)]).outages
    assert outage.failures == len(bad)
    assert at(900) <= outage.begin <= at(905)
    assert at(1795) <= outage.last <= at(1801)


def test_thirty_successes_in_a_row_set_two_outages_apart(tmp_path: Path) -> None:
    bad = [*range(100, 110), *range(145, 155)]
    access = [request(s, 500 if s in bad else 200) for s in range(300)]
    error = [refused(s + 0.2) for s in bad]
    assert [one.begin for one in told(tmp_path, access=access, error=error).outages] == [at(100), at(145)]
    one = told(tmp_path, Limits(recovered_after=40), access=access, error=error)
    assert [each.failures for each in one.outages] == [20]


def test_without_an_access_log_the_gap_decides_and_the_end_is_open(tmp_path: Path) -> None:
    error = [refused(s, client=f"192.0.2.{s % 5}") for s in (0, 5, 10, 2000, 2005, 2011)]
    first, second = told(tmp_path, error=error).outages
    assert (first.end, first.end_reason, first.clients) == (None, "silence", 1)
    assert (second.end, second.end_reason, second.ongoing) == (None, "log-ends", True)


def test_min_failures_and_gap_are_obeyed(tmp_path: Path) -> None:
    error = [refused(s) for s in (0, 5, 100, 105)]
    assert len(told(tmp_path, Limits(gap_s=50, min_failures=2), error=error).outages) == 2
    assert len(told(tmp_path, Limits(gap_s=50, min_failures=3), error=error).outages) == 0
    assert len(told(tmp_path, Limits(gap_s=100, min_failures=3), error=error).outages) == 1


def test_two_lines_of_one_request_are_one_failure(tmp_path: Path) -> None:
    stamp = "[Mon Mar 02 08:00:00.000000 2026] [fastcgi:error] [pid 7:tid 7] [client 192.0.2.7:5000]"
    lines = [
        f'{stamp} (104)Connection reset by peer: FastCGI: comm with server "{BACKEND}" aborted: read failed',
        f'{stamp} FastCGI: incomplete headers (0 bytes) received from server "{BACKEND}"',
    ]
    [rate] = told(tmp_path, error=lines).rates
    assert rate.failures == 1


def test_a_destination_that_never_answers_has_one_outage(tmp_path: Path) -> None:
    gone = "deferred (connect to mx.gone.example[192.0.2.9]:25: Connection timed out)"
    mail = [sent(s, "well.example") for s in range(0, 20_000, 100)]
    mail += [sent(s + 0.5, "gone.example", gone, "4.4.1") for s in (0, 300, 900, 2100, 4500, 8500, 12_500)]
    [outage] = told(tmp_path, mail=sorted(mail)).outages
    assert (outage.service, outage.kind, outage.cause) == (
        "domain gone.example",
        "destination",
        "connect-timeout",
    )
    assert (outage.begin, outage.last, outage.failures) == (at(0.5), at(12_500.5), 7)


def test_a_destination_that_answered_in_between_has_two(tmp_path: Path) -> None:
    gone = "deferred (connect to mx.gone.example[192.0.2.9]:25: Connection timed out)"
    mail = [sent(s, "gone.example", gone, "4.4.1") for s in (0, 10, 20, 5000, 5010, 5020)]
    mail += [sent(s, "gone.example") for s in (600, 6000)]
    seen = told(tmp_path, mail=sorted(mail)).outages
    assert [(one.begin, one.end) for one in seen] == [(at(0), at(600)), (at(5000), at(6000))]


def test_many_unknown_domains_at_once_are_the_resolver(tmp_path: Path) -> None:
    mail = [sent(s, "well.example") for s in range(0, 3000, 60)]
    mail += [unknown(3000 + s, f"d{s}.example") for s in range(8)]
    mail += [sent(s, "well.example") for s in range(3600, 6000, 60)]
    [outage] = told(tmp_path, mail=mail).outages
    assert (outage.service, outage.kind, outage.failures) == ("resolver", "dns", 8)
    assert (outage.begin, outage.end) == (at(3000), at(3600))
    assert outage.evidence


def test_a_stop_and_a_start_by_an_administrator_are_no_outage(tmp_path: Path) -> None:
    mail = [
        syslog(0, "postfix/postfix-script", "stopping the Postfix mail system"),
        syslog(0.1, "postfix/master", "terminating on signal 15"),
        syslog(40, "postfix/postfix-script", "starting the Postfix mail system"),
        syslog(41, "postfix/master", "daemon started -- version 3.7.11, configuration /etc/postfix"),
    ]
    assert told(tmp_path, mail=mail).outages == ()


def test_silence_on_a_day_when_mail_always_comes(tmp_path: Path) -> None:
    random = Random(3)  # noqa: S311
    ended = "disconnect from c.example[192.0.2.3] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5"
    times = sorted(random.uniform(0, 6 * 86_400) for _ in range(9000))
    begin, end = 4 * 86_400.0, 4 * 86_400.0 + 5400
    mail = [syslog(s, "postfix/smtpd", ended) for s in times if not begin <= s < end]
    [outage] = told(tmp_path, mail=mail).outages
    assert (outage.service, outage.kind, outage.failures) == ("mail", "silence", 0)
    assert abs(outage.begin - at(begin)) < timedelta(minutes=10)
    assert outage.end is not None
    assert abs(outage.end - at(end)) < timedelta(minutes=10)


@pytest.mark.parametrize("seed", range(3))
def test_every_night_after_the_graceful_restart(tmp_path: Path, seed: int) -> None:
    random = Random(seed)  # noqa: S311
    access, error = [], []
    for night in range(12):
        begin = night * 86_400 + random.uniform(-600, 600)
        error.append(graceful(begin))
        for turn in range(5):
            access.append(request(begin + 20 + 4 * turn, 500))
            error.append(refused(begin + 20 + 4 * turn + 0.1))
        access += [request(begin + 60 + 600 * turn) for turn in range(100)]
    seen = told(tmp_path, access=access, error=error)
    assert len(seen.outages) == 12
    [rhythm] = seen.rhythms
    assert rhythm.pattern in {"daily", "period"}
    assert rhythm.period_s == pytest.approx(86_400, abs=900)
    assert rhythm.follows is not None
    assert (rhythm.follows.what, rhythm.follows.who, rhythm.follows.hits) == ("graceful", "apache-error", 12)
    assert sum(rhythm.hours) == sum(rhythm.weekdays) == 12
    assert rhythm.next_expected is not None
    assert abs(rhythm.next_expected - at(12 * 86_400)) < timedelta(minutes=30)


def test_a_kill_for_want_of_memory_and_the_unit_that_came_back(tmp_path: Path) -> None:
    """The founding case with the logs that were missing: what killed it, and what started it again."""
    access = [request(s, 500 if 600 <= s <= 660 else 200) for s in range(0, 1200, 10)]
    closed = f'FastCGI: incomplete headers (0 bytes) received from server "{BACKEND}"'
    error = [
        f"[{at(s + 0.3):%a %b %d %H:%M:%S.%f %Y}] [fastcgi:error] [pid 7:tid 7] [client 192.0.2.7:5000] {closed}"
        for s in range(600, 661, 10)
    ]
    killed = "[ 4711.123456] Out of memory: Killed process 812 (dispatch.fcgi) total-vm:812000kB, anon-rss:500000kB"
    host = [
        f"{at(600.1):%Y-%m-%dT%H:%M:%S.%f+00:00} mx1 kernel: {killed}, file-rss:0kB, shmem-rss:0kB, UID:33",
        syslog(640, "systemd", "Started session-8.scope - Session 8 of user root."),
        syslog(665, "systemd", "Started dispatch.service - ExtMail dispatcher."),
        syslog(700, "systemd", "Started opendkim.service - OpenDKIM Milter."),
    ]
    [outage] = told(tmp_path, access=access, error=error, host=host).outages
    assert (outage.service, outage.failures) == (BACKEND, 7)
    assert (outage.begin, outage.end) == (at(600), at(670))
    assert outage.recovered_by == ("start", "dispatch.service")
    assert [rule for rule, _, _ in outage.caused_by] == ["kernel.memory.oom-script"]
    assert outage.caused_by[0][1] == at(600.1)


@pytest.mark.parametrize(
    ("word", "what"),
    [
        ("Starting logrotate.service - Rotate log files...", "logrotate logrotate.service"),
        ("Reloaded apache2.service - The Apache HTTP Server.", "reload apache2.service"),
    ],
    ids=["logrotate", "reload"],
)
def test_what_units_do_every_night_is_seen_to_precede(word: str, what: str, tmp_path: Path) -> None:
    random = Random(5)  # noqa: S311
    nights = [night * 86_400 + random.uniform(0, 40_000) for night in range(10)]
    host = [syslog(begin, "systemd", word) for begin in nights]
    error = [refused(begin + 15 + 2 * turn) for begin in nights for turn in range(4)]
    [rhythm] = told(tmp_path, error=error, host=host).rhythms
    assert rhythm.follows is not None
    assert f"{rhythm.follows.what} {rhythm.follows.who}" == what
    assert rhythm.follows.hits == 10


def test_the_founding_case_is_one_failure_with_a_cure() -> None:
    root = Path(__file__).parents[3] / "sample-logs" / "founding" / "error.log"
    seen = report([str(root)], Settings(zone="UTC"), Limits())
    assert seen.outages == ()
    [rate] = seen.rates
    assert (rate.service, rate.failures, rate.succeeded) == (BACKEND, 1, None)
    assert rate.rules == ("fastcgi.mod-fastcgi.worker-closed",)
    [outage] = report([str(root)], Settings(zone="UTC"), Limits(min_failures=1)).outages
    assert (outage.service, outage.cause, outage.end) == (BACKEND, "backend-crash", None)
