"""How far a trouble reaches is said with evidence, and not a step beyond it. Each statement both ways."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.pipeline.made_mail import BEGIN, REFUSED, TIMED_OUT, Log

BLOCKED = REFUSED.replace(
    "{reply}", "550 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using zen.example.net"
)
FULL = REFUSED.replace("{reply}", "552 5.2.2 mailbox full")
UNFINISHED = {
    "a greeting that did not come": "conversation with {host}[{ip}] timed out while receiving the initial server greeting",
    "it hung up": "lost connection with {host}[{ip}] while receiving the initial server greeting",
}
GONE = REFUSED.replace("{reply}", "550 5.1.1 User unknown")


def silent(log: Log, domains: int, mails: int = 1) -> None:
    for number in range(domains):
        for _ in range(mails):
            log.mail(f"u@d{number}.example", TIMED_OUT, status="deferred", relay="none", dsn="4.4.1",
                     ip=f"198.51.100.{number + 10}")  # fmt: skip


# --- outgoing port 25 ----------------------------------------------------------------------------


def test_every_server_is_silent_so_port_25_is_shut(tmp_path: Path) -> None:
    log = Log()
    log.sent("u@before.example")
    silent(log, 4)
    found = log.statements(tmp_path)["port_25"]
    assert found.since == BEGIN + timedelta(minutes=2)
    assert found.values == {"mails": 4, "hosts": 4, "domains": 4, "tries": 4}
    assert found.cause == "connect-timeout"
    assert len(found.evidence) == 4
    assert "Connection timed out" in found.evidence[0].text
    assert found.evidence[0].line == 9


def test_three_silent_domains_prove_nothing(tmp_path: Path) -> None:
    log = Log()
    silent(log, 3, mails=9)
    assert "port_25" not in log.statements(tmp_path)


@pytest.mark.parametrize(
    "contact", ["sent", "refused", "closed", "a greeting that did not come", "it hung up"]
)
def test_one_word_from_anybody_and_port_25_is_open(tmp_path: Path, contact: str) -> None:
    log = Log()
    silent(log, 9)
    if contact == "sent":
        log.sent("u@after.example")
    elif contact == "refused":
        log.mail("u@after.example", GONE)
    elif contact in UNFINISHED:  # somebody took the call, though nobody said a word
        log.mail("u@after.example", UNFINISHED[contact], status="deferred", dsn="4.4.2")
    else:
        closed = TIMED_OUT.replace("Connection timed out", "Connection refused")
        log.mail("u@after.example", closed, status="deferred", relay="none")
    assert "port_25" not in log.statements(tmp_path)


def test_mail_that_stays_here_says_nothing_about_port_25(tmp_path: Path) -> None:
    log = Log()
    silent(log, 4)
    log.sent("u@example.org", relay="127.0.0.1[127.0.0.1]:10024", daemon="smtp")
    log.sent("u@example.org", relay="local", daemon="local")
    assert "port_25" in log.statements(tmp_path)


# --- one provider --------------------------------------------------------------------------------


def microsoft(log: Log, mails: int, said: str = BLOCKED) -> None:
    for number in range(mails):
        domain = f"m{number % 3}.example"
        log.mail(f"u@{domain}", said, host=f"m{number % 3}-example.mail.protection.outlook.com", dsn="5.7.1")


def others(log: Log, mails: int) -> None:
    for number in range(mails):
        log.sent(f"u@o{number}.example")


def test_only_one_provider_refuses(tmp_path: Path) -> None:
    log = Log()
    microsoft(log, 5)
    others(log, 10)
    found = log.statements(tmp_path)["one_provider"]
    assert found.values == {"mails": 5, "provider": "microsoft", "domains": 3, "elsewhere": 10}
    assert found.scope == {"providers": ("microsoft",), "domains": ("m0.example", "m1.example", "m2.example")}
    assert found.cause == "ip-blocklisted"
    assert found.since == BEGIN + timedelta(minutes=1)


@pytest.mark.parametrize(
    "what",
    [
        "too few",
        "nobody else was asked",
        "another refuses too",
        "another says what nobody understands",
        "users that are gone",
    ],
)
def test_it_is_not_only_one_provider(tmp_path: Path, what: str) -> None:
    log = Log()
    microsoft(log, 4 if what == "too few" else 5, GONE if what == "users that are gone" else BLOCKED)
    if what == "another refuses too":
        log.mail("u@x.example", BLOCKED, host="mx1.yandex.ru")
    elif what == "another says what nobody understands":
        log.mail("u@x.example", REFUSED.replace("{reply}", "550 5.7.1 a zebra says no"), dsn="5.7.1")
    others(log, 9 if what == "nobody else was asked" else 10)
    assert "one_provider" not in log.statements(tmp_path)


def test_what_others_took_before_does_not_count(tmp_path: Path) -> None:
    log = Log()
    others(log, 30)
    microsoft(log, 5)
    others(log, 9)
    assert "one_provider" not in log.statements(tmp_path)


def test_the_provider_is_told_by_the_server_and_not_by_the_domain(tmp_path: Path) -> None:
    log = Log()
    log.mail("u@gmail.com", BLOCKED, host="mx.example.net")
    log.mail("u@company.example", BLOCKED, host="aspmx.l.google.com")
    log.mail(
        "u@hotmail.com", TIMED_OUT.replace("{host}", "x").replace("connect to x[{ip}]:25", "zq"), relay="none"
    )
    assert {group.key: group.recipients for group in log.answer(tmp_path).by_provider} == {
        None: 1, "google": 1, "outlook-com": 1,
    }  # fmt: skip


# --- a relayhost ---------------------------------------------------------------------------------


def relayed(log: Log, said: str, mails: int, domains: int = 3) -> None:
    for number in range(mails):
        log.mail(f"u@d{number % domains}.example", said, host="smtp.office365.com", status="deferred")


def test_all_mail_goes_to_a_relay_and_the_relay_fails(tmp_path: Path) -> None:
    log = Log()
    for number in range(3):
        log.sent(f"u@d{number}.example", host="smtp.office365.com")
    refused = "host {host}[{ip}] refused to talk to me: 421 4.7.0 Try again later"
    relayed(log, refused, 6)
    found = log.statements(tmp_path)
    assert found["relayhost"].values == {"mails": 6, "host": "smtp.office365.com", "domains": 3}
    assert found["relayhost"].since == BEGIN + timedelta(minutes=4)
    assert "one_provider" not in found


@pytest.mark.parametrize("what", ["it takes mail again", "one domain", "another server too", "twice"])
def test_a_relay_is_not_said_to_fail(tmp_path: Path, what: str) -> None:
    log = Log()
    refused = "host {host}[{ip}] refused to talk to me: 421 4.7.0 Try again later"
    relayed(log, refused, 2 if what == "twice" else 6, 1 if what == "one domain" else 3)
    if what == "it takes mail again":
        log.sent("u@d1.example", host="smtp.office365.com")
    if what == "another server too":
        log.mail("u@d1.example", refused, host="mx.other.example", status="deferred")
    if what == "twice":
        log.lines = [line for line in log.lines if "d2.example" not in line]
    assert "relayhost" not in log.statements(tmp_path)


# --- one destination, one mailbox, IPv6, an address ---------------------------------------------


def test_one_destination_is_down(tmp_path: Path) -> None:
    log = Log()
    silent(log, 1, mails=3)
    others(log, 5)
    found = log.statements(tmp_path)["one_destination"]
    assert found.values == {"mails": 3, "domain": "d0.example", "elsewhere": 5}


@pytest.mark.parametrize(("domains", "mails", "taken"), [(1, 2, 9), (2, 3, 9), (1, 3, 4)])
def test_one_destination_is_not_said_to_be_down(tmp_path: Path, domains: int, mails: int, taken: int) -> None:
    log = Log()
    silent(log, domains, mails=mails)
    others(log, taken)
    assert "one_destination" not in log.statements(tmp_path)


def test_one_mailbox_is_full(tmp_path: Path) -> None:
    log = Log()
    log.mail("Full@d.example", FULL)
    log.mail("full@d.example", FULL, status="deferred")
    found = log.statements(tmp_path)["one_mailbox"]
    assert found.scope == {"recipients": ("full@d.example",)}
    assert found.values["mails"] == 2


@pytest.mark.parametrize("to", [["a@d.example"], ["a@d.example", "b@d.example", "a@d.example"]])
def test_it_is_not_one_mailbox(tmp_path: Path, to: list[str]) -> None:
    log = Log()
    for recipient in to:
        log.mail(recipient, FULL)
    assert "one_mailbox" not in log.statements(tmp_path)


def six(log: Log, tries: int, domains: int = 3) -> None:
    unreachable = "connect to {host}[{ip}]:25: Network is unreachable"
    for number in range(tries):
        log.mail(f"u@d{number % domains}.example", unreachable, ip=f"2001:db8::{number % domains + 1}",
                 status="deferred", relay="none")  # fmt: skip


def test_only_ipv6_fails(tmp_path: Path) -> None:
    log = Log()
    six(log, 5)
    others(log, 5)
    found = log.statements(tmp_path)["ipv6_only"]
    assert (found.values["tries"], found.values["domains"], found.values["elsewhere"]) == (5, 3, 5)
    assert found.cause == "no-route"


@pytest.mark.parametrize("what", ["too few", "one domain", "IPv4 fails too", "IPv4 not tried", "IPv6 works"])
def test_it_is_not_only_ipv6(tmp_path: Path, what: str) -> None:
    log = Log()
    six(log, 4 if what == "too few" else 5, 2 if what == "one domain" else 3)
    if what == "IPv4 fails too":
        silent(log, 1)
    if what == "IPv6 works":
        log.sent("u@works.example", ip="2001:db8::99")
    others(log, 4 if what == "IPv4 not tried" else 5)
    assert "ipv6_only" not in log.statements(tmp_path)


def test_the_address_that_refusals_name_is_told(tmp_path: Path) -> None:
    log = Log()
    for number in range(2):
        log.mail(f"u@d{number}.example", BLOCKED)
    found = log.statements(tmp_path)["address"]
    assert found.scope["addresses"] == ("192.0.2.25",)
    assert found.values == {"mails": 2, "address": "192.0.2.25", "domains": 2}


def test_an_address_named_once_or_the_server_s_own_is_not_ours(tmp_path: Path) -> None:
    log = Log()
    log.mail("u@d0.example", BLOCKED)
    theirs = REFUSED.replace("{reply}", "550 5.7.1 [{ip}] blocked using zen.example.net")
    log.mail("u@d1.example", theirs)
    log.mail("u@d2.example", theirs)
    assert "address" not in log.statements(tmp_path)


def test_a_healthy_log_says_nothing(tmp_path: Path) -> None:
    log = Log()
    others(log, 30)
    answer = log.answer(tmp_path)
    assert answer.blast_radius == ()
    assert answer.by_cause == ()
    assert answer.still_queued == ()
    assert (answer.messages, answer.recipients) == (0, 0)


# --- causes over several attempts ----------------------------------------------------------------


def again(log: Log, queue_id: str, to: str, said: str, minutes: int, *, daemon: str = "smtp") -> None:
    log.say(
        BEGIN + timedelta(minutes=minutes), daemon,
        f"{queue_id}: to=<{to}>, relay=none, delay=9, delays=9/0/0/0, dsn=4.0.0, status=deferred ({said})",
    )  # fmt: skip


def test_expired_has_the_cause_of_the_last_deferral_that_says_one(tmp_path: Path) -> None:
    log = Log()
    log.mail("u@d.example", BLOCKED.replace("550 5.7.1", "450 4.7.1"), status="deferred", dsn="4.7.1")
    again(
        log, "000001A1B2", "u@d.example", "delivery temporarily suspended: unknown reason", 60, daemon="error"
    )
    log.say(
        BEGIN + timedelta(minutes=90),
        "qmgr",
        "000001A1B2: from=<a@example.org>, status=expired, returned to sender",
    )
    log.say(BEGIN + timedelta(minutes=90), "qmgr", "000001A1B2: removed")
    [group] = log.answer(tmp_path).by_cause
    assert (group.key, group.recipients, group.deliveries, group.failed) == ("ip-blocklisted", 1, 2, 1)


def test_expired_without_a_deferral_in_these_logs_is_expired(tmp_path: Path) -> None:
    log = Log()
    log.say(BEGIN, "qmgr", "4F1A2B3C4D: from=<a@example.org>, size=900, nrcpt=1 (queue active)")
    log.say(BEGIN, "qmgr", "4F1A2B3C4D: from=<a@example.org>, status=expired, returned to sender")
    log.say(BEGIN, "qmgr", "4F1A2B3C4D: removed")
    answer = log.answer(tmp_path)
    assert [(group.key, group.recipients) for group in answer.by_cause] in ([], [("expired", 1)])


def test_a_deferral_that_went_through_later_is_no_trouble(tmp_path: Path) -> None:
    log = Log()
    greylisted = REFUSED.replace("{reply}", "450 4.2.0 Recipient address rejected: Greylisted")
    log.mail("u@d.example", greylisted, status="deferred", dsn="4.2.0")
    log.say(
        BEGIN + timedelta(minutes=9), "smtp",
        "000001A1B2: to=<u@d.example>, relay=mx.d.example[198.51.100.9]:25, delay=500, delays=499/0/1/0, dsn=2.0.0, "
        "status=sent (250 2.0.0 Ok)",
    )  # fmt: skip
    log.say(BEGIN + timedelta(minutes=9), "qmgr", "000001A1B2: removed")
    answer = log.answer(tmp_path)
    assert answer.by_cause == ()
    assert [(group.key, group.recipients, group.deliveries) for group in answer.recovered] == [
        ("greylisted", 1, 1)
    ]


def test_a_mail_to_several_recipients_is_one_mail(tmp_path: Path) -> None:
    log = Log()
    log.mail("a@d.example", FULL, status="bounced", removed=False)
    said = FULL.replace("{host}", "mx.d.example").replace("{ip}", "198.51.100.9")
    again(log, "000001A1B2", "b@d.example", said, 1)
    answer = log.answer(tmp_path)
    [cause] = answer.by_cause
    assert (cause.messages, cause.recipients, cause.failed, cause.waiting) == (1, 2, 1, 1)
    assert answer.messages == 1
