"""`flow --compat pflogsumm-1.1.5` prints what the program prints.

The reports in `recorded` are the program's own, of the sample logs; where it is installed (Debian: apt-get install
pflogsumm), it is run beside ours on random logs too.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pflogsumm import program

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SAMPLES = sorted((ROOT / "sample-logs/real/A/logs").glob("*mail*")) + [
    ROOT / "sample-logs/real/A/logs" / name for name in ("syslog.gz", "journal-short-iso.log.gz", "php-fpm.log")
] + [ROOT / "sample-logs/quiet/mail.log"]  # fmt: skip
#: When the reports were recorded: it decides the year of what has none.
RECORDED = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


installed = pytest.mark.skipif(
    program.version() != "1.1.5",
    reason="pflogsumm 1.1.5 is not installed (Debian: apt-get install pflogsumm)",
)


def text_of(path: Path) -> str:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return data.decode("utf-8", "replace")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_samples_are_as_the_program_printed_them(sample: Path) -> None:
    recorded = (HERE / "recorded" / f"{sample.parent.name}-{sample.name}.txt").read_text(encoding="utf-8")
    report = program.ours(text_of(sample), cuts=3, now=RECORDED)
    assert program.grand_totals(report) == program.grand_totals(recorded)
    assert program.ordered(report) == program.ordered(recorded)


@installed
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_the_program_still_prints_that(sample: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    log = tmp_path / "log"
    log.write_text(text_of(sample), encoding="utf-8")
    recorded = HERE / "recorded" / f"{sample.parent.name}-{sample.name}.txt"
    report = program.theirs(log)
    if request.config.getoption("--bless"):
        recorded.write_text(report, encoding="utf-8")
    now = datetime.now(UTC)
    if (now.year, now.month) == (RECORDED.year, RECORDED.month):  # its year is the clock's
        assert program.ordered(recorded.read_text(encoding="utf-8")) == program.ordered(report)
    assert program.ordered(program.ours(text_of(sample), now=now)) == program.ordered(report)


ID = st.sampled_from(["4A1B2C3D4E", "4A1B2C3D4F", "4jYSvC1fMnzp3qy", "NOQUEUE"])
ADDRESS = st.sampled_from(
    [
        "",
        "a@x.example",
        "A@X.Example",
        "b@sub.y.example",
        "root",
        "a@x@y.example",
        "ü@Ü.example",
        "@x.example",
        "0",
    ]
)
HOST = st.sampled_from(
    [
        "mx.x.example[192.0.2.1]",
        "unknown[192.0.2.2]",
        "unknown[unknown]",
        "mail.host.co.uk[2001:db8::1]",
        "localhost[127.0.0.1]",
        "A.B.Com[192.0.2.9]",
        "[192.0.2.3]",
        "nobody",
        "h.example/192.0.2.4",
        "0[192.0.2.1]",
    ]
)
SERVICE = st.sampled_from(
    [
        "postfix/smtpd",
        "postfix/submission/smtpd",
        "postfix/smtps/smtpd",
        "postfix/submissions/smtpd",
        "postfix-out/smtpd",
        "postfix/postscreen",
        "postfix/cleanup",
        "postfix/qmgr",
        "postfix/smtp",
        "postfix/local",
        "postfix/pickup",
        "postfix/master",
        "postfix",
        "postfix/postfix-script",
        "postfix-script",
        "dovecot",
    ]
)
SIZE = st.sampled_from(["0", "1", "1000", "600000", "700000000"])
DELAY = st.sampled_from(["0", "0.05", "0.15", "1.25", "61", "7200", "3e2", "x"])
STATUS = st.sampled_from(
    [
        "sent (250 2.0.0 Ok: queued as 4jYSvC1fMnzp3qz)",
        "sent (forwarded as 4A1B2C3D4F)",
        "deferred (connect to x: y)",
        "bounced (host x said: 550 5.1.1 no)",
        "sent",
        "undeliverable (x)",
        "deferred (x) forwarded as x",
        "deferred",
    ]
)


@st.composite
def body(draw: st.DrawFn) -> str:
    queue_id, address = draw(ID), draw(ADDRESS)
    other, host = draw(ADDRESS), draw(HOST)
    envelope = f"from=<{address}> to=<{other}> proto=ESMTP helo=<h>"
    return draw(
        st.sampled_from(
            [
                f"{queue_id}: client={host}",
                f"{queue_id}: client={host}, sasl_method=PLAIN, sasl_username={address}",
                f"{queue_id}: uid=0 from=<{address}>",
                f"{queue_id}: sender={address}",
                f"{queue_id}: from=<{address}>, size={draw(SIZE)}, nrcpt=2 (queue active)",
                f"{queue_id}: to=<{address}>, relay={host}:25, delay={draw(DELAY)}, delays=0/0/0/0, dsn=2.0.0, status={draw(STATUS)}",
                f"{queue_id}: to=<{address}>, orig_to=<{other}>, relay=local, conn_use=2, delay={draw(DELAY)}, status={draw(STATUS)}",
                f"{queue_id}: to=<{address}>, relay={host}, delay=1, delays=0/0/0/0, tls=dane, dsn=2.0.0, status={draw(STATUS)}",
                f"{queue_id}: removed",
                f"{queue_id}: message-id=<x>",
                f"NOQUEUE: reject: RCPT from {host}: 554 5.7.1 <{other}>: Relay access denied; {envelope}",
                f"{queue_id}: reject_warning: RCPT from {host}: 450 4.7.1 <{other}>: x; {envelope}",
                f"{queue_id}: hold: RCPT from {host}: <{other}>: x; {envelope}",
                f"{queue_id}: discard: RCPT from {host}: <{other}>: x; {envelope}",
                f"{queue_id}: reject: header Subject: hold: body x from {host}; {envelope}: no",
                f"{queue_id}: warning: header Subject: x from {host}; {envelope}: look",
                f"{queue_id}: milter-reject: END-OF-MESSAGE from {host}: 5.7.1 no; {envelope}",
                f"{queue_id}: hold: body x from {host}; {envelope}",
                f"reject: RCPT from {host}: 554 x; {envelope}",
                "warning: header x: discard: y",
                f"connect from {host}",
                "fatal: x",
            ]
        )
    )  # fmt: skip


@st.composite
def line(draw: st.DrawFn) -> str:
    day, hour = draw(st.sampled_from([1, 2, 12])), draw(st.sampled_from([0, 7, 23]))
    month = draw(st.sampled_from(["Nov", "Dec", "Jan"]))
    number = {"Nov": 11, "Dec": 12, "Jan": 1}[month]
    iso = f"2026-{number:02}-{day:02}T{hour:02}:00:00"
    stamp = draw(
        st.sampled_from(
            [f"{month} {day:>2} {hour:02}:00:00"] * 3
            + [f"{iso}+01:00", f"{iso}.123Z", f"{iso}+0100", iso, f"<22>{iso}Z"]
        )
    )
    service, text = draw(SERVICE), draw(body())
    pid = draw(st.sampled_from(["[12]", ""]))
    solaris = draw(st.sampled_from(["", "", "[ID 197553 mail.info] "]))
    return f"{stamp} mx1 {service}{pid}: {solaris}{text}"


@installed
@settings(max_examples=60)
@given(st.lists(line(), max_size=40), st.integers(1, 4))
def test_random_logs_are_counted_as_the_program_counts_them(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], cuts: int
) -> None:
    text = "".join(f"{each}\n" for each in lines)
    log = tmp_path_factory.mktemp("random") / "log"
    log.write_text(text, encoding="utf-8")
    report, own = program.theirs(log), program.ours(text, cuts=cuts)
    assert program.grand_totals(own) == program.grand_totals(report)
    assert program.ordered(own) == program.ordered(report)


@installed
def test_traffic_of_the_benchmark_is_counted_as_the_program_counts_it(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    made = [sys.executable, str(ROOT / "bench/generate.py"), "mail", str(log), "--lines", "40000"]
    subprocess.run(made, check=True, capture_output=True, timeout=120)
    report, own = program.theirs(log), program.ours(text_of(log), cuts=7)
    assert program.grand_totals(own) == program.grand_totals(report)
    assert program.ordered(own) == program.ordered(report)
