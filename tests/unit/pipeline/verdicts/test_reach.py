"""What a scan says of how far a failure reaches: never more than it knows. Each statement both ways."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from logscan.model.findings import Finding, Reach, Report
from logscan.pipeline.scan import report
from tests.unit.pipeline.made_mail import BEGIN, REFUSED, SETTINGS, TIMED_OUT, Log
from tests.unit.pipeline.test_bounces import BLOCKED, FULL, GONE, UNFINISHED, microsoft, others, silent


def scan(log: Log, folder: Path, block_bytes: int = SETTINGS.block_bytes) -> Report:
    place = folder / "mail.log"
    place.write_text("\n".join(log.lines) + "\n", encoding="utf-8")
    return report([str(place)], replace(SETTINGS, block_bytes=block_bytes))


def reach(log: Log, folder: Path, block_bytes: int = SETTINGS.block_bytes) -> dict[str, Reach]:
    return {one.kind: one for one in scan(log, folder, block_bytes).blast_radius}


def finding(log: Log, folder: Path, rule: str) -> Finding:
    return next(one for one in scan(log, folder).findings if one.rule == rule)


# --- whose servers -------------------------------------------------------------------------------


def test_a_finding_names_the_provider_at_whose_servers_it_all_happened(tmp_path: Path) -> None:
    log = Log()
    microsoft(log, 3)
    assert finding(log, tmp_path, "postfix.smtp.blocklisted").provider == "microsoft-365"


def test_nearly_all_is_enough_and_most_is_not(tmp_path: Path) -> None:
    log = Log()
    microsoft(log, 19)
    log.mail("u@x.example", BLOCKED)
    assert finding(log, tmp_path, "postfix.smtp.blocklisted").provider == "microsoft-365"
    log.mail("u@y.example", BLOCKED)
    assert finding(log, tmp_path, "postfix.smtp.blocklisted").provider is None


def test_the_address_does_not_make_the_provider(tmp_path: Path) -> None:
    log = Log()
    log.mail("u@gmail.com", BLOCKED, host="mx.filter.example")
    assert finding(log, tmp_path, "postfix.smtp.blocklisted").provider is None


def test_a_server_that_was_not_reached_is_known_by_its_name(tmp_path: Path) -> None:
    log = Log()
    log.mail(
        "u@x.example", TIMED_OUT, host="aspmx.l.google.com", status="deferred", relay="none", dsn="4.4.1"
    )
    assert finding(log, tmp_path, "postfix.smtp.connect-timed-out").provider == "google"


def test_one_mail_that_two_instances_try_is_one_mail(tmp_path: Path) -> None:
    log = Log()
    at = log.mail("u@x.example", FULL)
    said = log.lines[-2].split("]: ", 1)[1].replace("u@x.example", "v@x.example")
    log.lines.append(f"{at.isoformat()} mx1.example.org postfix-out/smtp[9]: {said}")
    found = finding(log, tmp_path, "postfix.smtp.mailbox-full")
    assert (found.deliveries, found.messages, found.recipients) == (2, 1, 2)


# --- one provider --------------------------------------------------------------------------------


def test_only_one_provider_refuses(tmp_path: Path) -> None:
    log = Log()
    microsoft(log, 5)
    others(log, 10)
    found = reach(log, tmp_path)["one_provider"]
    assert found.numbers == {"mails": 5, "domains": 3, "elsewhere": 10}
    assert found.scope["providers"] == ("microsoft",)
    assert found.rules == ("postfix.smtp.blocklisted",)
    assert found.since == BEGIN + timedelta(minutes=1)
    assert [line.line for line in found.evidence] == [4, 24]  # lines that stand under the finding too
    assert "m0-example.mail.protection.outlook.com" in found.evidence[0].text
    assert found.statement.startswith(
        "Only Microsoft refuses: 5 mails to 3 domains since 2026-03-02 09:01:00"
    )
    assert found.statement in finding(log, tmp_path, "postfix.smtp.blocklisted").reach


@pytest.mark.parametrize(
    "what",
    ["too few", "nobody else was asked", "another refuses too", "another refuses in other words", "gone"],
)
def test_it_is_not_only_one_provider(tmp_path: Path, what: str) -> None:
    log = Log()
    microsoft(log, 4 if what == "too few" else 5, GONE if what == "gone" else BLOCKED)
    if what == "another refuses too":
        log.mail("u@x.example", BLOCKED, host="mx1.yandex.ru")
    elif what == "another refuses in other words":  # no card knows them, the tables of causes do
        log.mail("u@x.example", REFUSED.replace("{reply}", "550 5.7.1 a zebra says no"), dsn="5.7.1")
    others(log, 9 if what == "nobody else was asked" else 12)
    assert "one_provider" not in reach(log, tmp_path)


def test_what_others_took_before_does_not_count(tmp_path: Path) -> None:
    log = Log()
    others(log, 30)
    microsoft(log, 5)
    others(log, 9)
    assert "one_provider" not in reach(log, tmp_path)


def test_what_stays_on_this_machine_was_not_taken_by_others(tmp_path: Path) -> None:
    log = Log()
    microsoft(log, 5)
    for number in range(20):
        log.sent(f"u@o{number}.example", relay="127.0.0.1[127.0.0.1]:25")
        log.sent(f"u@p{number}.example", relay="local", daemon="local")
    assert "one_provider" not in reach(log, tmp_path)


@pytest.mark.parametrize("bytes_", [1, 700, 5000, 1 << 20])
def test_blocks_change_nothing(tmp_path: Path, bytes_: int) -> None:
    log = Log()
    microsoft(log, 5)
    others(log, 60)
    assert reach(log, tmp_path, bytes_)["one_provider"].numbers["elsewhere"] == 32


# --- nothing leaves ------------------------------------------------------------------------------


def test_every_server_is_silent_so_port_25_is_shut(tmp_path: Path) -> None:
    log = Log()
    others(log, 3)
    silent(log, 4)
    log.sent("u@example.org", relay="127.0.0.1[127.0.0.1]:10024")
    found = reach(log, tmp_path)["port_25"]
    assert found.since == BEGIN + timedelta(minutes=4)
    assert found.numbers == {"mails": 4, "hosts": 4, "domains": 4, "tries": 4}
    assert found.rules == ("postfix.smtp.connect-timed-out",)


@pytest.mark.parametrize(
    "contact",
    [
        "sent",
        "sent long before the end",
        "refused",
        "closed",
        "elsewhere",
        "a greeting that did not come",
        "it hung up",
    ],
)
def test_one_word_from_anybody_and_port_25_is_open(tmp_path: Path, contact: str) -> None:
    log = Log()
    silent(log, 9)
    if contact.startswith("sent"):
        log.sent("u@after.example")
    elif contact == "refused":
        log.mail("u@after.example", REFUSED.replace("{reply}", "550 a zebra says no"))
    elif contact == "elsewhere":
        log.sent("u@after.example", daemon="out/smtp")
    elif contact in UNFINISHED:  # somebody took the call, though nobody said a word
        log.mail("u@after.example", UNFINISHED[contact], status="deferred", dsn="4.4.2")
    else:
        closed = TIMED_OUT.replace("Connection timed out", "Connection refused")
        log.mail("u@after.example", closed, status="deferred", relay="none")
    if contact == "sent long before the end":  # more everyday lines than are looked at first
        for number in range(1500):
            log.say(
                BEGIN + timedelta(hours=2, seconds=number),
                "smtpd",
                f"connect from c{number}.example[192.0.2.7]",
            )
    assert "port_25" not in reach(log, tmp_path)


def relayed(log: Log, mails: int, domains: int = 3) -> None:
    refused = "host {host}[{ip}] refused to talk to me: 421 4.7.0 Try again later"
    for number in range(mails):
        log.mail(
            f"u@d{number % domains}.example",
            refused,
            host="out.relay.example",
            status="deferred",
            dsn="4.7.0",
        )


def test_all_mail_goes_one_way_and_that_way_is_shut(tmp_path: Path) -> None:
    log = Log()
    for number in range(40):
        log.sent(f"u@d{number}.example", host="out.relay.example")
    relayed(log, 6)
    found = reach(log, tmp_path)
    assert found["one_way"].numbers == {"mails": 6, "domains": 3}
    assert found["one_way"].scope == {"hosts": ("out.relay.example",)}
    assert "one_provider" not in found


@pytest.mark.parametrize(
    "what", ["it takes mail again", "one domain", "another server too", "another fails too"]
)
def test_a_way_that_is_not_shut(tmp_path: Path, what: str) -> None:
    log = Log()
    if what == "another server too":
        log.sent("u@other.example")
    log.sent("u@d0.example", host="out.relay.example")
    relayed(log, 6, 1 if what == "one domain" else 3)
    if what == "it takes mail again":
        log.sent("u@d0.example", host="out.relay.example")
    elif what == "another fails too":
        log.mail("u@other.example", GONE)
    assert "one_way" not in reach(log, tmp_path)


# --- others --------------------------------------------------------------------------------------


def test_one_destination_and_one_mailbox(tmp_path: Path) -> None:
    log = Log()
    for _ in range(3):
        log.mail("u@down.example", TIMED_OUT, status="deferred", relay="none", dsn="4.4.1")
    for _ in range(2):
        log.mail("full@x.example", FULL)
    others(log, 5)
    found = reach(log, tmp_path)
    assert found["one_destination"].numbers == {"mails": 3, "elsewhere": 5}
    assert found["one_mailbox"].numbers == {"mails": 2}
    assert found["one_mailbox"].scope == {"recipients": ("full@x.example",)}
    log.mail("also@y.example", FULL)
    log.mail("u@down2.example", TIMED_OUT, status="deferred", relay="none", dsn="4.4.1")
    assert not {"one_destination", "one_mailbox"} & set(reach(log, tmp_path))


def six(log: Log) -> None:
    for number in range(6):
        log.mail(
            f"u@d{number % 3}.example", "connect to {host}[{ip}]:25: Network is unreachable", status="deferred",
            relay="none", ip=f"2001:db8:9::{number + 1}", dsn="4.4.1",
        )  # fmt: skip


@pytest.mark.parametrize("what", ["said", "over IPv4 too", "it gets through"])
def test_only_ipv6(tmp_path: Path, what: str) -> None:
    log = Log()
    six(log)
    others(log, 6)
    if what == "over IPv4 too":
        log.mail("u@four.example", TIMED_OUT, status="deferred", relay="none", dsn="4.4.1")
    elif what == "it gets through":
        log.sent("u@six.example", ip="2001:db8:9::77")
    found = reach(log, tmp_path)
    assert ("ipv6_failing" in found) == (what == "said")
    if what == "said":
        assert found["ipv6_failing"].numbers == {"mails": 6, "tries": 6, "domains": 3, "elsewhere": 6}


def test_our_address_is_named_where_refusals_do(tmp_path: Path) -> None:
    log = Log()
    for number in range(2):
        log.mail(f"u@x{number}.example", BLOCKED)
    found = reach(log, tmp_path)["address"]
    assert found.scope["addresses"] == ("192.0.2.25",)


REJECT = (
    "NOQUEUE: reject: RCPT from unknown[198.51.100.44]: 450 4.7.25 Client host rejected: cannot find your hostname,"
    " [198.51.100.44]; from=<boss@partner.example> to=<a@example.org> proto=ESMTP helo=<mail.partner.example>"
)


@pytest.mark.parametrize("domain", ["partner.example", "stranger.example"])
def test_whom_we_write_to_and_turn_away(tmp_path: Path, domain: str) -> None:
    log = Log()
    for number in range(3):
        log.say(BEGIN + timedelta(seconds=number), "smtpd", REJECT)
        log.sent(f"boss@{domain}")
    found = reach(log, tmp_path)
    assert ("we_refuse" in found) is (domain == "partner.example")
    if "we_refuse" in found:
        assert found["we_refuse"].numbers == {"refusals": 3, "taken": 3}
        assert "reject_unknown_client_hostname" in found["we_refuse"].remedy[1]


def test_of_too_much_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logscan.analyses.attempts.MOST", 4)
    log = Log()
    microsoft(log, 5)
    others(log, 10)
    assert not reach(log, tmp_path)
    assert finding(log, tmp_path, "postfix.smtp.blocklisted").provider == "microsoft-365"
