"""Names are hidden, how they belong together is not."""

from __future__ import annotations

import pytest

from logscan.redaction.names import Names


def test_a_host_stays_below_its_domain(names: Names) -> None:
    domain = names.host("victim.de")
    assert domain.endswith(".example")
    assert names.host("mx1.victim.de").endswith("." + domain)
    assert names.host("a.b.victim.de").count(".") == domain.count(".") + 2
    assert names.host("victim.com") != domain


def test_a_domain_below_a_second_level_is_a_whole(names: Names) -> None:
    one, other = names.host("acme.co.uk"), names.host("other.co.uk")
    assert one.count(".") == other.count(".") == 1
    assert one != other
    assert names.host("mail.acme.co.uk").endswith("." + one)


def test_an_account_is_the_same_word_everywhere(names: Names) -> None:
    word = names.word("alice")
    assert names.account("alice") == word
    assert names.mailbox("alice@victim.de") == f"{word}@{names.host('victim.de')}"
    assert names.mailbox("alice+news@victim.de").startswith(word + "+")
    assert names.host("alice.victim.de").startswith(word + ".")


def test_case_says_no_more_than_it_did(names: Names) -> None:
    word = names.word("alice")
    assert names.word("ALICE") == word.upper()
    assert names.word("Alice") == word.capitalize()
    assert names.host("VICTIM.DE") == names.host("victim.de").upper()
    assert names.mailbox("ALICE@Victim.De").casefold() == names.mailbox("alice@victim.de")


@pytest.mark.parametrize(
    ("host", "ending"),
    [
        ("gmail.com", "gmail.com"),
        ("victim-de.mail.protection.outlook.com", ".mail.protection.outlook.com"),
        ("c-93-184-216-34.hsd1.il.comcast.net", ".comcast.net"),
    ],
)
def test_a_provider_stays_and_its_customer_does_not(names: Names, host: str, ending: str) -> None:
    found = names.host(host)
    assert found.endswith(ending)
    assert not {"victim", "93", "hsd1"} & set(found.replace("-", ".").split("."))


@pytest.mark.parametrize(
    "host",
    ["zen.spamhaus.org", "bl.spamcop.net", "localhost", "localhost.localdomain", "unknown", "cron.daily"],
)
def test_what_is_everybodys_stays(names: Names, host: str) -> None:
    assert names.host(host) == host


def test_a_customers_zone_of_a_block_list_does_not_stay(names: Names) -> None:
    assert "secretkey" not in names.host("secretkey.zen.dq.spamhaus.net")


def test_an_address_looked_up_backwards_is_the_pseudonym_backwards(names: Names) -> None:
    address = names.addresses.four("93.184.216.34") or ""
    turned = ".".join(reversed(address.split(".")))
    assert names.host("34.216.184.93.in-addr.arpa") == f"{turned}.in-addr.arpa"
    assert names.host("34.216.184.93.zen.spamhaus.org") == f"{turned}.zen.spamhaus.org"


def test_an_ipv6_address_looked_up_backwards_too(names: Names) -> None:
    from ipaddress import ip_address  # noqa: PLC0415

    six = ip_address(names.addresses.six("2a01:4f8:1:2::53") or "")
    assert names.host(ip_address("2a01:4f8:1:2::53").reverse_pointer) == six.reverse_pointer


def test_roles_and_protocols_stay(names: Names) -> None:
    assert names.mailbox("postmaster@victim.de") == f"postmaster@{names.host('victim.de')}"
    assert names.mailbox("MAILER-DAEMON@victim.de").startswith("MAILER-DAEMON@")
    assert names.host("sel._domainkey.victim.de").split(".")[1] == "_domainkey"
    assert names.word("root") == "root"


def test_a_mailbox_at_an_address_and_a_quoted_one(names: Names) -> None:
    address = names.addresses.four("93.184.216.34")
    assert names.mailbox("jane@[93.184.216.34]") == f"{names.word('jane')}@[{address}]"
    assert "jane" not in names.mailbox('"jane doe"@victim.de')
    assert names.mailbox("jane%40victim.de") == names.mailbox("jane@victim.de")


def test_names_are_remembered_where_they_are_accounts_or_log_hosts(names: Names) -> None:
    names.account("Jane")
    names.log_host("mx7.victim.de")
    names.word("other")
    names.host("www.victim.de")
    assert names.bare == {"jane", "mx7"}
