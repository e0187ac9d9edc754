"""Dovecot, Courier, saslauthd, ExtMail: whose lines they take, and what a client cannot make them say.

Their lines, field by field, are in tests/shapes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logscan.model.settings import Settings
from logscan.model.vocabulary import Kind, Severity
from logscan.parsers.detect import detect
from logscan.parsers.families import courier, dovecot, extmail, saslauthd
from logscan.parsers.family import Family, families
from logscan.pipeline.events import Events
from tests.unit.parsers.families.said import event, understood

FAMILIES = (dovecot.FAMILY, courier.FAMILY, saslauthd.FAMILY, extmail.FAMILY)
OWN = """\
Nov 24 06:00:01 master: Info: Dovecot v2.3.19.1 (9b53102964) starting up for imap, lmtp (core dumps disabled)
Nov 24 06:00:02 imap-login: Info: Login: user=<pia>, method=PLAIN, rip=203.0.113.40, lip=192.0.2.10, mpid=4711, TLS, session=<Ga6PAAZhMs9/AAAB>
Nov 24 06:00:03 imap(pia)<4711><Ga6PAAZhMs9/AAAB>: Error: open(/var/mail/pia) failed: Permission denied (euid=1001(pia))
Nov 24 06:00:04 lmtp(4712): Info: Connect from 127.0.0.1
Nov 24 06:00:05 lmtp(pia)<4712><370uO3SWBWvQbgAAg+zDdQ:T2:R2>: Info: msgid=<1@kestrel.example>: saved mail to INBOX
"""


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("dovecot", "dovecot"),
        ("auth", "dovecot"),
        ("imapd", "courier"),
        ("imapd-ssl", "courier"),
        ("pop3d", "courier"),
        ("courierd", "courier"),
        ("authdaemond", "courier"),
        ("authdaemond.mysql", "courier"),
        ("maildrop", "courier"),
        ("imaplogin", "courier"),
        ("saslauthd", "saslauthd"),
        ("extmail", "extmail"),
        ("extmailer", None),
        ("cyrus/imapd", None),
        ("testsaslauthd", None),
        ("dovecotish", None),
    ],
)
def test_whose_program_it_is(program: str, name: str | None) -> None:
    claims = [
        family.name
        for family in families()
        if family.programs is not None and pl.Series([program]).str.contains(f"^(?:{family.programs})$")[0]
    ]
    assert claims == ([] if name is None else [name])


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@given(texts=st.lists(st.text(), max_size=6))
def test_any_text_keeps_its_row_and_gets_a_kind(family: Family, texts: list[str]) -> None:
    rows = understood(family, *texts)
    assert rows["text"].to_list() == texts
    assert set(rows["kind"]) <= set(Kind)
    assert set(rows["severity"]) <= set(Severity)
    assert not rows.select(pl.col("direction", "reason", "everyday").null_count()).sum_horizontal().sum()


@given(
    user=st.lists(
        st.sampled_from(
            [
                "a",
                "<",
                ">",
                ", ",
                "rip=198.51.100.9",
                "lip=",
                "method=PLAIN",
                "user=<",
                "(auth failed, 1 attempts",
            ]
        ),
        max_size=8,
    ).map("".join)
)
@example(user="x>, method=PLAIN, rip=198.51.100.9, lip=y")
def test_a_name_that_a_client_typed_changes_neither_kind_nor_address(user: str) -> None:
    tail = "method=PLAIN, rip=203.0.113.40, lip=192.0.2.10, TLS, session=<Ga6PAAZhMs9/AAAB>"
    refused = event(
        dovecot.FAMILY, f"imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<{user}>, {tail}"
    )
    assert (refused["kind"], refused["client_ip"], refused.get("sasl_user", "")) == (
        "auth-failure",
        "203.0.113.40",
        user,
    )
    entered = event(dovecot.FAMILY, f"imap-login: Login: user=<{user}>, {tail}")
    assert (entered["kind"], entered["client_ip"]) == ("connect", "203.0.113.40")


@given(
    st.lists(
        st.sampled_from(["a", ", ", "ip=[198.51.100.9]", "] ", "[realm=x]", "LOGIN", "port=[1]"]), max_size=8
    ).map("".join)
)
@example(user="x, ip=[198.51.100.9]")
@example(user="x] [service=y] [realm=z")
def test_the_last_address_is_couriers_and_the_realm_saslauthds(user: str) -> None:
    refused = event(courier.FAMILY, f"LOGIN FAILED, user={user}, ip=[::ffff:203.0.113.40]")
    assert (refused["kind"], refused["client_ip"], refused.get("sasl_user", "")) == (
        "auth-failure",
        "203.0.113.40",
        user,
    )
    checked = event(
        saslauthd.FAMILY,
        f"do_auth         : auth failure: [user={user}] [service=smtp] [realm=tern.example] [mech=pam] [reason=no]",
    )
    assert (checked["kind"], checked["sasl_user"]) == ("auth-failure", f"{user}@tern.example")


@pytest.mark.parametrize(
    "message",
    ["x: save failed to INBOX", "x>: saved mail to Trash", "y msgid=<z"],
)
def test_a_message_id_does_not_change_what_became_of_the_mail(message: str) -> None:
    saved = event(dovecot.FAMILY, f"lmtp(pia)<1><a>: msgid=<{message}>: saved mail to INBOX")
    assert (saved["kind"], saved["recipient"], saved.get("message_id")) == ("delivery", "pia", None)


def test_a_message_id_makes_no_login() -> None:
    said = event(
        dovecot.FAMILY,
        "lmtp(pia)<1><a>: sieve: msgid=x (auth failed, 1 attempts in 2 secs: sent vacation response",
    )
    assert said["kind"] == "client"


@pytest.mark.parametrize("level", ["Error", "Warning", "Fatal", "Panic"])
def test_what_dovecot_calls_bad_is_never_everyday(level: str) -> None:
    rows = understood(
        dovecot.FAMILY,
        *(
            f"imap(pia)<1><a>: {level}: {words}"
            for words in ("Logged out", "Connection closed", "expunge: x", "anything")
        ),
    )
    assert not rows["everyday"].any()
    assert rows["kind"].unique().to_list() == [level.lower()]


def test_its_own_log_is_read(tmp_path: Path) -> None:
    own = detect(OWN.encode())
    assert own is not None
    assert own.name == "dovecot"
    Path(tmp_path, "dovecot.log").write_text(OWN, encoding="utf-8")
    read = Events([str(tmp_path)], Settings(zone="UTC", year=2026))
    rows = pl.concat(list(read)).to_dicts()
    assert read.problems == ()
    assert [(row["kind"], row["daemon"], row["program"], row["host"]) for row in rows] == [
        ("lifecycle", "master", "dovecot", None),
        ("connect", "imap-login", "dovecot", None),
        ("error", "imap", "dovecot", None),
        ("connect", "lmtp", "dovecot", None),
        ("delivery", "lmtp", "dovecot", None),
    ]
    assert rows[0]["time"] == datetime(2026, 11, 24, 6, 0, 1, tzinfo=UTC)
    assert rows[4]["message_id"] == "1@kestrel.example"


def test_its_own_log_with_a_date() -> None:
    dated = OWN.replace("Nov 24 ", "2026-11-24 ")
    own = detect(dated.encode())
    assert own is not None
    assert own.name == "dovecot-dated"
    wrong = detect(OWN.replace("Nov 24 ", "2026-13-45 ").encode())
    assert wrong is None
