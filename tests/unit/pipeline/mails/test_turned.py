"""A restriction of ours that turns a partner away is named with the exact exception; what strangers claim proves nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from logscan.model.bounces import Statement
from tests.unit.pipeline.made_mail import BEGIN, Log

NAMELESS = "450 4.7.25 Client host rejected: cannot find your hostname, [{ip}]"
LISTED = (
    "554 5.7.1 Service unavailable; Client host [{ip}] blocked using bl.example.net; https://bl.example.net/"
)


def refuse(
    log: Log, said: str, *, ip: str = "198.51.100.77", name: str = "unknown", domain: str = "partner.example"
) -> None:
    log.mails += 1
    log.say(
        BEGIN + timedelta(minutes=log.mails), "smtpd",
        f"NOQUEUE: reject: RCPT from {name}[{ip}]: {said.replace('{ip}', ip)}; from=<b@{domain}> to=<a@example.org> "
        f"proto=ESMTP helo=<mail.{domain}>",
    )  # fmt: skip


def found(log: Log, folder: Path) -> list[Statement]:
    return [one for one in log.answer(folder).blast_radius if one.what == "we_refuse"]


def test_a_partner_whose_address_has_no_name(tmp_path: Path) -> None:
    log = Log()
    for number in range(2):
        log.sent(f"u{number}@partner.example", ip="198.51.100.9")
    refuse(log, NAMELESS)
    refuse(log, NAMELESS)
    [one] = found(log, tmp_path)
    assert one.values == {
        "domain": "partner.example", "restriction": "reject_unknown_client_hostname", "refusals": 2, "taken": 2,
        "ip": "198.51.100.77",
    }  # fmt: skip
    assert one.scope == {"domains": ("partner.example",), "clients": ("198.51.100.77",)}
    assert one.since == BEGIN + timedelta(minutes=3)
    assert "cannot find your hostname" in one.evidence[0].text


@pytest.mark.parametrize(
    ("said", "restriction"),
    [
        (LISTED, "reject_rbl_client bl.example.net"),
        ("450 4.7.1 Client host rejected: cannot find your reverse hostname, [{ip}]", "reject_unknown_reverse_client_hostname"),
        ("450 4.7.1 <mail>: Helo command rejected: Host not found", "reject_unknown_helo_hostname"),
        ("504 5.5.2 <mail>: Helo command rejected: need fully-qualified hostname", "reject_non_fqdn_helo_hostname"),
        ("501 5.5.2 <m_>: Helo command rejected: Invalid name", "reject_invalid_helo_hostname"),
        ("450 4.1.8 <b@partner.example>: Sender address rejected: Domain not found", "reject_unknown_sender_domain"),
        ("450 4.1.7 <b@partner.example>: Sender address rejected: unverified address: x", "reject_unverified_sender"),
    ],
)  # fmt: skip
def test_the_restriction_is_told_by_its_words(tmp_path: Path, said: str, restriction: str) -> None:
    log = Log()
    for number in range(2):
        log.sent(f"u{number}@partner.example")
        refuse(log, said, name="mail.partner.example", ip="203.0.113.8")
    assert [one.values["restriction"] for one in found(log, tmp_path)] == [restriction]


@pytest.mark.parametrize(
    "what", ["once", "we never write", "a stranger claims the domain", "a right refusal", "words in brackets"]
)
def test_nothing_is_said_without_evidence(tmp_path: Path, what: str) -> None:
    log = Log()
    for number in range(2):
        log.sent(f"u{number}@{'other' if what == 'we never write' else 'partner'}.example")
    for _ in range(1 if what == "once" else 2):
        if what == "a stranger claims the domain":
            refuse(log, LISTED, ip="203.0.113.99", name="dyn.stranger.example")
        elif what == "a right refusal":
            refuse(
                log,
                "550 5.1.1 <a@example.org>: Recipient address rejected: User unknown in local recipient table",
            )
        elif what == "words in brackets":
            refuse(
                log,
                "554 5.7.1 <Client host rejected: cannot find your hostname>: Helo command rejected: Access denied",
            )
        else:
            refuse(log, NAMELESS)
    assert found(log, tmp_path) == []
