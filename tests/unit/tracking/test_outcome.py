"""Single mails, line by line: what becomes of a recipient in the cases that traffic seldom has."""

from __future__ import annotations

import pytest

from logscan.model.messages import Internal, Message, Passage, Status
from logscan.tracking import mail
from logscan.tracking.messages import told
from tests.laws.mail_traffic import rows_of

A, B = "4F1A2B3C4D5", "4F1A2B3C4D6"


def line(second: float, program: str, text: str, host: str = "mx1") -> str:
    minutes, seconds = divmod(second, 60)
    hours, minutes = divmod(minutes, 60)
    return f"2026-03-01T{int(hours):02}:{int(minutes):02}:{seconds:09.6f}+00:00 {host} {program}: {text}"


def client(second: float, queue_id: str = A, ip: str = "192.0.2.9", pid: int = 7) -> str:
    return line(second, f"postfix/smtpd[{pid}]", f"{queue_id}: client=c.example.net[{ip}]")


def begun(second: float, queue_id: str = A, nrcpt: int = 1, message_id: str = "m1@example.net") -> list[str]:
    return [
        line(second, "postfix/cleanup[8]", f"{queue_id}: message-id=<{message_id}>"),
        line(
            second,
            "postfix/qmgr[9]",
            f"{queue_id}: from=<s@example.net>, size=10, nrcpt={nrcpt} (queue active)",
        ),
    ]


def tried(second: float, status: str, reply: str, queue_id: str = A, to: str = "r@example.org", by: str = "smtp",
          relay: str = "mx.example.org[198.51.100.1]:25") -> str:  # fmt: skip
    text = (
        f"{queue_id}: to=<{to}>, relay={relay}, delay=1, delays=0/0/1/0, dsn=4.0.0, status={status} ({reply})"
    )
    return line(second, f"postfix/{by}[10]", text)


def removed(second: float, queue_id: str = A) -> str:
    return line(second, "postfix/qmgr[9]", f"{queue_id}: removed")


def mails(*lines: str, bare: bool = False) -> list[Message]:
    return list(told(mail.finish(mail.absorb(mail.empty(), rows_of(list(lines)))), bare=bare))


def fates(message: Message) -> dict[str | None, Status]:
    assert len({row.recipient for row in message.recipients}) == len(message.recipients)
    return {row.recipient: row.status for row in message.recipients}


def test_a_mail_that_waits_and_of_which_no_line_names_a_recipient_is_queued() -> None:
    [message] = mails(client(0), *begun(1, nrcpt=3))
    assert fates(message) == {None: Status.QUEUED}
    assert not message.recipients[0].final


def test_recipients_that_wait_unseen_stand_beside_those_that_were_tried() -> None:
    [message] = mails(client(0), *begun(1, nrcpt=2), tried(2, "sent", "250 ok"))
    assert fates(message) == {"r@example.org": Status.SENT, None: Status.QUEUED}


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ([], Status.HELD),
        ([line(5, "postfix/postsuper[3]", f"{A}: released from hold")], Status.DEFERRED),
        ([line(5, "postfix/postsuper[3]", f"{A}: removed")], Status.DELETED),
    ],
)
def test_the_last_word_of_postsuper_counts(more: list[str], status: Status) -> None:
    held = line(4, "postfix/postsuper[3]", f"{A}: placed on hold")
    [message] = mails(
        client(0),
        *begun(1),
        tried(2, "deferred", "host mx.example.org[198.51.100.1] said: 450 no"),
        held,
        *more,
    )
    assert fates(message) == {"r@example.org": status}


def test_what_smtpd_said_before_there_was_a_queue_id_belongs_to_the_mail_of_its_process() -> None:
    def action(word: str, pid: int) -> str:
        said = (
            f"NOQUEUE: {word}: RCPT from c.example.net[192.0.2.9]: <s@example.net>: Sender address odd; "
            "from=<s@example.net> to=<r@example.org> proto=ESMTP helo=<c.example.net>"
        )
        return line(0.5, f"postfix/smtpd[{pid}]", said)

    for word, status in (("hold", Status.HELD), ("discard", Status.DISCARDED)):
        [message] = mails(
            action(word, 7), client(0.6), line(1, "postfix/cleanup[8]", f"{A}: message-id=<m@x.example>")
        )
        assert fates(message) == {"r@example.org": status}
        assert message.sender == "s@example.net"
    other = mails(action("hold", 6), client(0.6), *begun(1), tried(2, "sent", "250 ok"), removed(3))
    assert [fates(message) for message in other] == [{"r@example.org": Status.SENT}]


def test_a_mail_refused_by_cleanup_is_rejected_and_a_session_that_ended_is_no_mail() -> None:
    said = (
        f"{A}: milter-reject: END-OF-MESSAGE from c.example.net[192.0.2.9]: 5.7.1 Command rejected; "
        "from=<s@example.net> to=<r@example.org> proto=ESMTP helo=<c.example.net>"
    )
    [message] = mails(client(0), line(1, "postfix/cleanup[8]", said))
    assert fates(message) == {"r@example.org": Status.REJECTED}
    ended = [client(0), line(1, "postfix/cleanup[8]", f"{A}: message-id=<m@x.example>")]
    assert mails(*ended) == []
    [bare] = mails(*ended, bare=True)
    assert bare.recipients == ()


def test_mail_that_pickup_puts_back_while_a_milter_is_down_is_no_mail_of_its_own() -> None:
    lines = [
        line(0, "postfix/pickup[4]", f"{A}: uid=0 from=<root>"),
        line(0, "postfix/cleanup[8]", f"{A}: milter-reject: CONNECT from localhost[127.0.0.1]: 4.7.1 Service unavailable - try again later; from=<root>"),
    ]  # fmt: skip
    assert mails(*lines) == []


def test_requeued_mail_goes_on_under_its_new_id() -> None:
    lines = [
        client(0), *begun(1), tried(2, "deferred", "connect to mx.example.org[198.51.100.1]:25: Connection refused"),
        line(3, "postfix/postsuper[3]", f"{A}: requeued"),
        line(60, "postfix/pickup[4]", f"{B}: uid=100 from=<s@example.net> orig_id={A}"),
        *begun(61, B), tried(62, "sent", "250 ok", B), removed(63, B),
    ]  # fmt: skip
    [message] = mails(*lines)
    assert message.queue_ids == (A, B)
    assert [hop.what for hop in message.hops] == [Passage.RECEIVED, Passage.REQUEUE]
    assert fates(message) == {"r@example.org": Status.SENT}
    assert message.recipients[0].deferrals == 1


def test_a_filter_that_gives_nothing_back_for_a_recipient_has_filtered_it() -> None:
    lines = [
        client(0), *begun(1, nrcpt=2),
        client(2, B, "127.0.0.1"), *begun(2, B),
        *(tried(3, "sent", f"250 2.0.0 Ok: queued as {B}", to=to, relay="127.0.0.1[127.0.0.1]:10024") for to in ("r@example.org", "spam@example.org")),
        removed(4), tried(5, "sent", "250 ok", B), removed(6, B),
    ]  # fmt: skip
    [message] = mails(*lines)
    assert fates(message) == {"r@example.org": Status.SENT, "spam@example.org": Status.FILTERED}


def test_a_strangers_queue_id_joins_nothing() -> None:
    lines = [
        client(0), *begun(1), tried(2, "sent", f"250 2.0.0 Ok: queued as {B}"), removed(3),
        client(1, B, "203.0.113.5"), *begun(1.5, B, message_id="other@example.com"),
        tried(4, "sent", "250 ok", B, to="x@example.com"), removed(5, B),
    ]  # fmt: skip
    assert sorted(message.queue_ids for message in mails(*lines)) == [(A,), (B,)]


def test_two_mails_that_name_each_other_are_told_all_the_same() -> None:
    lines = [
        client(0), *begun(0), client(0, B), *begun(0, B),
        tried(1, "sent", f"250 2.0.0 Ok: queued as {B}"), tried(1, "sent", f"250 2.0.0 Ok: queued as {A}", B),
        removed(2), removed(2, B),
    ]  # fmt: skip
    found = mails(*lines)
    assert {queue_id for message in found for queue_id in message.queue_ids} == {A, B}


def test_a_bounce_names_its_notice_and_what_became_of_that() -> None:
    lines = [
        client(0), *begun(1), tried(2, "bounced", "host mx.example.org[198.51.100.1] said: 550 5.1.1 no"),
        line(2, "postfix/cleanup[8]", f"{B}: message-id=<n@mx1.example.net>"),
        line(2, "postfix/bounce[5]", f"{A}: sender non-delivery notification: {B}"),
        line(2, "postfix/qmgr[9]", f"{B}: from=<>, size=10, nrcpt=1 (queue active)"),
        removed(2.5), tried(3, "bounced", "host mx.example.net[198.51.100.1] said: 550 5.1.1 no", B, to="s@example.net"), removed(4, B),
    ]  # fmt: skip
    first, notice = mails(*lines)
    assert (first.internal, notice.internal) == (None, Internal.BOUNCE)
    [told_] = first.notices
    assert (told_.queue_id, told_.status, told_.recipient) == (B, Status.BOUNCED, "s@example.net")
    assert first.queue_ids == (A,)


def test_a_removal_that_is_written_too_early_ends_nothing() -> None:
    lines = [client(0), *begun(1), removed(2), tried(2.5, "sent", "250 ok")]
    [message] = mails(*lines)
    assert fates(message) == {"r@example.org": Status.SENT}
    again = [*lines, client(9), *begun(9.5), tried(10, "sent", "250 ok", to="other@example.org"), removed(11)]
    assert [list(fates(message)) for message in mails(*again)] == [["r@example.org"], ["other@example.org"]]


def test_an_address_probe_is_no_mail_of_anybody() -> None:
    [message] = mails(
        *begun(0), tried(1, "undeliverable", "host mx.example.org[198.51.100.1] said: 550 no"), removed(2)
    )
    assert message.internal is Internal.PROBE


def test_a_late_line_finds_its_mail_though_finished_mail_was_let_go() -> None:
    done, partial = mail.release(mail.absorb(mail.empty(), rows_of([client(0), *begun(1), removed(2)])))
    assert not list(told(done))
    late = mail.absorb(partial, rows_of([tried(2.5, "sent", "250 ok"), client(2000, B), *begun(2001, B)]))
    done, partial = mail.release(late)
    assert [fates(message) for message in told(done)] == [{"r@example.org": Status.SENT}]
    assert [message.queue_ids for message in told(mail.finish(partial))] == [(B,)]
