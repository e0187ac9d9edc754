"""What 1.3.0 is known to do otherwise: from its documentation and from reports of others; it is in no distribution yet.

The cases are those in which 1.1.5 and 1.3.0 part: late refusals, forwards, orphans, folded domains, expired mail.
"""

from __future__ import annotations

import pytest

from tests.pflogsumm import program

AT = "Mar  1 10:00:00 mx1 postfix/"
CLIENT = f"{AT}smtpd[1]: 4A1B2C3D4E: client=mx.sub.host.co.uk[192.0.2.1]\n"
SIZE = f"{AT}qmgr[2]: 4A1B2C3D4E: from=<a@mail.host.example.com>, size=1000, nrcpt=1 (queue active)\n"
REMOVED = f"{AT}qmgr[2]: 4A1B2C3D4E: removed\n"


def sent(to: str = "b@sub.a.co.uk", status: str = "sent (250 ok)", tls: str = "") -> str:
    return (
        f"{AT}smtp[3]: 4A1B2C3D4E: to=<{to}>, relay=r[192.0.2.9]:25, delay=1, delays=1/0/0/0, {tls}"
        f"dsn=2.0.0, status={status}\n"
    )


def late(number: int) -> str:
    return (
        f"{AT}smtpd[1]: 4A1B2C3D4E: reject: RCPT from mx.sub.host.co.uk[192.0.2.1]: 550 5.1.1 <x{number}@y>: no; "
        f"from=<a@x> to=<x{number}@y> proto=ESMTP helo=<h>\n"
    )


def numbers(text: str, version: str) -> dict[str, str]:
    lines = program.grand_totals(program.ours(text, version=version)).splitlines()
    return {words.strip(): count for count, _, words in (line.strip().partition(" ") for line in lines)}


@pytest.mark.parametrize(("version", "received", "volume"), [("1.1.5", "1", "1000"), ("1.3.0", "-1", "0")])
def test_recipients_refused_after_the_first(version: str, received: str, volume: str) -> None:
    found = numbers(CLIENT + late(1) + late(2) + SIZE + sent() + REMOVED, version)
    assert (found["received"], found["bytes received"]) == (received, volume)
    assert found["delivered"] == "1"


@pytest.mark.parametrize(("version", "volume"), [("1.1.5", "1000"), ("1.3.0", "0")])
def test_a_forward_makes_its_sibling_lose_its_size(version: str, volume: str) -> None:
    found = numbers(CLIENT + SIZE + sent(status="sent (forwarded as 4A1B2C3D4F)") + sent(), version)
    assert (found["forwarded"], found["delivered"], found["bytes delivered"]) == ("1", "1", volume)


@pytest.mark.parametrize(("version", "received"), [("1.1.5", "1"), ("1.3.0", "0")])
def test_a_delivery_whose_beginning_lies_outside_counts_against_received(version: str, received: str) -> None:
    stray = sent().replace("4A1B2C3D4E", "4A1B2C3D4A")
    assert numbers(CLIENT + SIZE + sent() + REMOVED + stray, version)["received"] == received


def test_without_any_size_nothing_is_an_orphan() -> None:
    assert numbers(CLIENT + sent(), "1.3.0")["received"] == "1"


def test_domains_are_folded() -> None:
    text = (
        CLIENT
        + SIZE
        + sent()
        + sent("c@other.sub.a.co.uk")
        + sent("d@x.mail.example.com")
        + sent("e@example.com")
    )
    assert numbers(text, "1.1.5")["recipient hosts/domains"] == "4"
    assert numbers(text, "1.3.0")["recipient hosts/domains"] == "3"


def test_mail_that_was_canceled_or_expired() -> None:
    canceled = f"{AT}cleanup[4]: 4A1B2C3D4E: removed (canceled)\n"
    expired = f"{AT}qmgr[2]: 4A1B2C3D4F: from=<a@x>, status=expired, returned to sender\n"
    found = numbers(CLIENT + canceled + expired, "1.3.0")
    assert (found["received"], found["removed (canceled)"], found["expired"]) == ("0", "1", "1")
    assert "expired" not in numbers(CLIENT + canceled + expired, "1.1.5")


def test_a_repeated_line_counts_nothing_there() -> None:
    inner = sent(status="bounced (no)").partition(": ")[2].strip()
    text = f"{AT}smtp[3]: message repeated 2 times: [ {inner}]\n"
    assert numbers(text, "1.3.0")["bounced"] == "0"


def test_it_knows_the_tls_field() -> None:
    text = CLIENT + SIZE + sent(tls="tls=dane, ")
    assert (numbers(text, "1.1.5")["delivered"], numbers(text, "1.3.0")["delivered"]) == ("0", "1")


def test_stamps_with_a_priority_and_without_an_offset() -> None:
    text = CLIENT.replace("Mar  1 10:00:00", "<22>2026-03-01T10:00:00.5")
    assert (numbers(text, "1.1.5")["received"], numbers(text, "1.3.0")["received"]) == ("0", "1")


def test_refusals_of_checks_take_the_mail_back() -> None:
    reject = (
        f"{AT}cleanup[4]: 4A1B2C3D4E: reject: header Subject: x from h[192.0.2.1]; from=<a@x> to=<b@y>: no\n"
    )
    hold = reject.replace("reject:", "hold:").replace("4A1B2C3D4E", "4A1B2C3D4F")
    found = numbers(CLIENT + reject + hold, "1.3.0")
    assert (found["received"], found["rejected (100%)"], found["held"]) == ("0", "1", "1")
    warned = reject.replace("reject:", "warning:")
    assert numbers(warned, "1.1.5")["reject warnings"] == "1"
    assert numbers(warned, "1.3.0")["reject warnings"] == "0"


def test_large_numbers_get_their_unit() -> None:
    text = CLIENT + SIZE.replace("size=1000", "size=601000")
    assert numbers(text, "1.1.5")["bytes received"] == "586k"
