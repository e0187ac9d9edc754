"""Pasted lines take the road of a log's lines, whatever is around them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.packs.load import Pack, load
from logscan.pipeline.lines.pasted import judged, reply
from tests.examples import scaled

PACK = load()
NO_PTR = "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.25]"
DELIVERY = (
    "Nov 24 03:27:39 mx1 postfix/smtp[8]: AAAAAB: to=<a@b.example>, relay=mx.b.example[198.51.100.1]:25, delay=1, "
    f"delays=0/0/1/0, dsn=4.7.1, status=deferred (host mx.b.example[198.51.100.1] said: {NO_PTR} (in reply to RCPT TO command))"
)
GLUED = (
    "Thu Jun 24 09:14:54 2010] [error] [client 192.168.3.34] (104)Connection reset by peer: FastCGI: comm with server "
    '"/usr/bin/dispatch.fcgi" aborted: read failed [Thu Jun 24 09:14:54 2010] [error] [client 192.168.3.34] FastCGI: '
    'incomplete headers (0 bytes) received from server "/usr/bin/dispatch.fcgi"'
)


def test_a_line_is_what_it_would_be_in_a_log() -> None:
    [line] = judged([DELIVERY], PACK)
    [event] = line.events
    assert not line.bare
    assert (event.row["queue_id"], event.row["recipient"], event.row["direction"]) == (
        "AAAAAB",
        "a@b.example",
        "outbound",
    )
    assert event.rules == ("postfix.smtp.no-reverse-dns",)
    assert event.captured(PACK.cards[event.rules[0]]) == {"ip": "192.0.2.25"}


def test_a_bare_reply_is_a_remotes_answer_to_us() -> None:
    [line] = judged([NO_PTR], PACK)
    [event] = line.events
    assert line.bare
    assert (event.row["smtp_code"], event.row["dsn"], event.row["status"]) == (450, "4.7.1", "deferred")
    assert event.rules == ("postfix.smtp.no-reverse-dns",)


@pytest.mark.parametrize(
    ("text", "code", "dsn", "status"),
    [
        ("250 2.0.0 Ok: queued as 4BxZ01", 250, "2.0.0", "sent"),
        ("421 Service not available", 421, None, "deferred"),
        ("550 5.1.1 <a@b.example>: User unknown", 550, "5.1.1", "bounced"),
        ("550-5.7.26 one line\n550 5.7.26 and another", 550, "5.7.26", "bounced"),
        ("  550   5.1.1   spaced", 550, "5.1.1", "bounced"),
        ("550", 550, None, "bounced"),
        ("5.7.26", None, "5.7.26", "bounced"),
        ("4.2.2 mailbox full", None, "4.2.2", "deferred"),
    ],
    ids=["success", "no dsn", "both", "two lines", "blanks", "code alone", "dsn alone", "dsn and words"],
)
def test_replies_and_codes(text: str, code: int | None, dsn: str | None, status: str) -> None:
    [line] = judged([text], PACK)
    [event] = line.events
    assert line.bare
    assert (event.row["smtp_code"], event.row["dsn"], event.row["status"]) == (code, dsn, status)


@pytest.mark.parametrize(
    "text", ["", " ", "hello", "5501", "55 5.1.1", "5.1", "650 no", "1.2.3", "5.1.1.1", "2026-11-24"]
)
def test_what_is_no_reply(text: str) -> None:
    assert reply(text) is None
    [line] = judged([text], PACK)
    assert line.events == ()
    assert not line.bare


def test_an_excerpt_that_lost_its_bracket_is_two_events() -> None:
    [line] = judged([GLUED], PACK)
    assert len(line.events) == 2
    assert all(event.rules for event in line.events)
    assert {event.row["backend"] for event in line.events} == {"/usr/bin/dispatch.fcgi"}


def test_a_text_of_several_lines_is_one_text() -> None:
    broken = DELIVERY.replace(" said: ", " said:\n    ").replace("rejected: ", "rejected:\r\n")
    [line] = judged([broken], PACK)
    assert line.events[0].rules == ("postfix.smtp.no-reverse-dns",)


def test_without_header_the_known_speakers_are_tried_if_asked() -> None:
    text = DELIVERY.split(": ", 1)[1]
    [without], [with_] = judged([text], PACK), judged([text], PACK, guess=True)
    assert without.events == ()
    assert with_.events[0].rules == ("postfix.smtp.no-reverse-dns",)
    assert not with_.bare
    [nobody] = judged(["the moon is full"], PACK, guess=True)
    assert nobody.events == ()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            "imap-login: Disconnected (auth failed, 1 attempts in 5 secs): user=<pia>, method=PLAIN, rip=203.0.113.40, lip=192.0.2.10",
            "dovecot.login.refused",
        ),
        ("LOGIN FAILED, user=pia@tern.example, ip=[::ffff:203.0.113.40]", "courier.login.refused"),
        ("maildir over quota.", "courier.mailbox.quota"),
        (
            "do_auth         : auth failure: [user=pia] [service=smtp] [realm=] [mech=pam]",
            "saslauthd.auth.refused",
        ),
    ],
)
def test_mailbox_servers_are_among_the_known_speakers(text: str, rule: str) -> None:
    [found] = judged([text], PACK, guess=True)
    assert found.events[0].rules == (rule,)


def test_texts_keep_their_places() -> None:
    texts = ["nothing", DELIVERY, "", NO_PTR, GLUED, DELIVERY]
    made = judged(texts, PACK)
    assert [len(line.events) for line in made] == [0, 1, 0, 1, 2, 1]
    assert [line.bare for line in made] == [False, False, False, True, False, False]
    assert judged([], PACK) == []


@settings(max_examples=scaled(40))
@given(st.lists(st.text(max_size=40) | st.sampled_from([DELIVERY, NO_PTR, GLUED]), max_size=4))
def test_whatever_is_pasted_has_an_answer_of_its_own_alone(texts: list[str]) -> None:
    together = judged(texts, PACK)
    assert len(together) == len(texts)
    for text, line in zip(texts, together, strict=True):
        [alone] = judged([text], PACK)
        assert [event.rules for event in alone.events] == [event.rules for event in line.events]
        assert alone.bare == line.bare


@pytest.mark.parametrize(
    "text", ["\x00", "\ud800", "550 \x1b[31m", "a\u2028b", "550 5.1.1 \udcff", "x" * 200_000], ids=ascii
)
def test_hostile_texts_are_texts(text: str) -> None:
    [line] = judged([text], PACK, guess=len(text) < 1000)
    assert len(line.events) <= 1


def test_without_cards_nothing_is_explained() -> None:
    [line] = judged([DELIVERY], Pack(cards={}, texts={}))
    assert [event.rules for event in line.events] == [()]
