"""An account in other hands is named when guessed addresses give it away, and only then."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from logscan.model.bounces import Statement
from tests.unit.pipeline.made_mail import BEGIN, REFUSED, Log

GONE = REFUSED.replace("{reply}", "550 5.1.1 User unknown")
LISTED = REFUSED.replace(
    "{reply}", "554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using zen.example.net"
)


def flood(log: Log, *, mails: int = 50, gone: int = 10, networks: int = 3, user: str | None = "eve") -> None:
    for number in range(mails):
        client, at = f"203.0.{number % networks}.7", BEGIN + timedelta(minutes=number)
        to, sender = f"u{number}@d{number % 9}.example", "eve@example.org"
        if number < gone:
            log.mail(to, GONE, dsn="5.1.1", user=user, client=client, at=at, sender=sender)
        else:
            log.mail(to, "250 2.0.0 Ok", status="sent", user=user, client=client, at=at, sender=sender)


def good(log: Log, mails: int, gone: int = 0) -> None:
    for number in range(mails):
        if number < gone:
            log.mail(f"u{number}@good.example", GONE, dsn="5.1.1", user="ann")
        else:
            log.mail(f"u{number}@good.example", "250 2.0.0 Ok", status="sent", user="ann")


def named(log: Log, folder: Path) -> dict[str, Statement]:
    return {one.what: one for one in log.answer(folder).blast_radius}


def test_a_login_that_guesses_addresses_from_many_networks(tmp_path: Path) -> None:
    log = Log()
    good(log, 20)
    flood(log)
    found = named(log, tmp_path)["login"]
    assert found.scope == {"users": ("eve",)}
    assert found.values == {
        "user": "eve", "sender": "eve@example.org", "mails": 50, "recipients": 50, "unknown": 10, "networks": 3,
    }  # fmt: skip
    assert found.since == BEGIN
    assert found.cause == "abuse"
    handed, gone = found.evidence[:2], found.evidence[2:]
    assert [line.text.partition("client=")[2][:22] for line in handed] == [
        "x.example[203.0.0.7], ",
        "x.example[203.0.1.7], ",
    ]
    assert len(gone) == 5
    assert all("User unknown" in line.text for line in gone)


@pytest.mark.parametrize(
    ("flooded", "others"),
    [
        ({"mails": 49}, 0),
        ({"gone": 9}, 0),
        ({"mails": 110}, 0),
        ({"networks": 2}, 0),
        ({"user": None}, 0),
        ({}, 5),
    ],
    ids=["few recipients", "few unknown", "a small part", "few networks", "no login", "all others do so too"],
)
def test_nobody_is_named_without_evidence(tmp_path: Path, flooded: dict[str, int], others: int) -> None:
    log = Log()
    good(log, 20, others)
    flood(log, **flooded)  # type: ignore[arg-type]
    assert not {"login", "login_refused", "form"} & set(named(log, tmp_path))


def test_it_is_in_other_hands_since_it_guesses_and_not_since_it_writes(tmp_path: Path) -> None:
    log = Log()
    for day in range(3):
        log.mail(
            "friend@good.example", "250 Ok", status="sent", user="eve", at=BEGIN - timedelta(days=day + 1)
        )
    flood(log)
    found = named(log, tmp_path)["login"]
    assert found.since == BEGIN
    assert found.values["mails"] == 53


def test_refusals_that_begin_later_point_back_to_the_account(tmp_path: Path) -> None:
    log = Log()
    flood(log)
    for number in range(3):
        at = BEGIN + timedelta(hours=2, minutes=number)
        log.mail(f"z{number}@z{number}.example", LISTED, dsn="5.7.1", user="ann", at=at)
    found = named(log, tmp_path)
    assert found["login_refused"].before == BEGIN + timedelta(hours=2)
    assert found["address"].caused_by == ("eve",)


def refused(log: Log, user: str, mails: int = 3) -> None:
    for number in range(mails):
        at = BEGIN - timedelta(minutes=60 - number)
        log.mail(
            f"z{number}@z{number}.example",
            LISTED,
            dsn="5.7.1",
            user=user,
            at=at,
            sender=f"{user}@example.org",
        )


def test_who_found_addresses_gone_only_after_its_mail_was_refused_is_not_named(tmp_path: Path) -> None:
    log = Log()
    refused(log, "eve")
    flood(log)
    assert not {"login", "login_refused"} & set(named(log, tmp_path))


@pytest.mark.parametrize(("user", "mails"), [("eve", 2), ("ann", 30)], ids=["now and then", "others"])
def test_a_refusal_now_and_then_and_those_of_others_hide_nobody(
    tmp_path: Path, user: str, mails: int
) -> None:
    log = Log()
    refused(log, user, mails)
    flood(log, mails=60, gone=15)
    found = named(log, tmp_path)["login"]
    assert found.before is None
    assert found.values["unknown"] == 15


def test_a_form_on_this_machine(tmp_path: Path) -> None:
    log = Log()
    flood(log, user=None)
    log.lines = [
        line.replace("smtpd[7]", "pickup[7]").partition("client=")[0] + "uid=33 from=<www-data>"
        if "client=" in line
        else line
        for line in log.lines
    ]
    found = named(log, tmp_path)["form"]
    assert found.values["user"] == "eve@example.org"
    assert (found.values["recipients"], found.values["unknown"]) == (50, 10)
