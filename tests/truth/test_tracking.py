"""Every message of the real logs: its queue IDs, one row per recipient, and nothing that the truth does not have."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest

from logscan.model.messages import Message, Passage, Recipient, Status
from logscan.pipeline.trace import Trace
from tests.truth.reading import REAL, SETTINGS, Json, moment, truth

#: Copies that the server makes for itself (always_bcc, recipient_bcc_maps): in no envelope of the driver.
COPIES = "archive@harborlight.example"
#: Queue IDs that the driver did not look for: postsuper -r gives a new one.
REQUEUED = "header-hold-requeue"

LOGS = ("A/logs/mail.log", "A/logs/mail-iso.log.gz", "A/logs/mail-reduced.log.gz")


@cache
def traced(*names: str, query: str | None = None) -> tuple[Message, ...]:
    paths = [str(REAL / name) for name in names]
    return tuple(Trace(paths, SETTINGS, query, lifetime_s=432_000, lifetime_source="default").messages())


@cache
def told() -> tuple[Json, ...]:
    return tuple(truth("A")["messages"])


def ours(true: Json) -> set[str]:
    ids = true["queue_ids"]
    every = {one["queue_id"] for one in ids.get("all", ()) if one["instance"] != "remote"}
    return every | {ids[key] for key in ("ours", "out") if key in ids}


def mail_of(true: Json, messages: tuple[Message, ...]) -> Message | None:
    """Return the one mail that is meant: a short queue ID may be used again within minutes."""
    ids, sent = ours(true), moment(true["time"])
    near = [m for m in messages if m.received is not None and abs(m.received - sent) < timedelta(seconds=45)]
    if ids:
        found = [mail for mail in near if ids & set(mail.queue_ids)]
    else:  # refused after DATA: only the sender and the recipient tell
        names = set(true["recipients"])
        found = [
            m for m in near if m.sender == true["sender"] and names & {r.recipient for r in m.recipients}
            and any(r.status is Status.REJECTED for r in m.recipients)
        ]  # fmt: skip
    assert len(found) <= 1, (true["scenario"], found)
    return found[0] if found else None


def rows_of(mail: Message, recipient: str) -> list[Recipient]:
    exact = [row for row in mail.recipients if row.recipient == recipient]
    return exact or [row for row in mail.recipients if row.orig_recipient == recipient]


@pytest.mark.parametrize("log", LOGS)
def test_every_message_has_the_right_queue_ids(log: str) -> None:
    messages, seen = traced(log), 0
    for true in told():
        mail = mail_of(true, messages)
        if not ours(true):
            continue
        assert mail is not None, true["scenario"]
        seen += 1
        extra = set(mail.queue_ids) - ours(true)
        assert ours(true) <= set(mail.queue_ids)
        assert not extra or true["scenario"] == REQUEUED, (true["scenario"], extra)
    assert seen > 400


@pytest.mark.parametrize("log", LOGS)
def test_every_recipient_has_one_row_with_its_fate(log: str) -> None:
    messages, seen = traced(log), 0
    for true in told():
        mail = mail_of(true, messages)
        if mail is None:
            assert not ours(true)
            continue
        names = set()
        for name, fate in true["recipients"].items():
            rows = rows_of(mail, name)
            assert {row.status.value for row in rows} == {fate["final"]}, (true["scenario"], name, rows)
            assert {row.deferrals for row in rows} == {fate.get("deferrals", 0)}, (true["scenario"], name)
            assert all(row.final == (fate["final"] not in {"deferred", "held"}) for row in rows)
            names |= {row.recipient for row in rows}
            if fate["final"] in {"bounced", "expired", "deferred"}:
                dsn = fate.get("dsn_seen") or fate.get("dsn")
                assert {row.dsn for row in rows} <= {dsn}, (true["scenario"], name)
                _same_reply(rows[0].reply, fate)
            seen += 1
        left = [row for row in mail.recipients if row.recipient not in names]
        assert all(_explained(row, mail) for row in left), (true["scenario"], left)
        assert len({row.recipient for row in mail.recipients}) == len(mail.recipients)
    assert seen > 510


def _same_reply(said: str | None, fate: Json) -> None:
    """Hold the reply against what the sender was told; local(8) tells him less than the log, an errno's name."""
    reply = " ".join((said or "").split())
    seen = " ".join((fate.get("text_seen") or "").partition("; ")[2].split())
    known = [text for text in (seen, fate.get("text_seen"), fate.get("text")) if text]
    shown = [text.partition(" (")[0] for text in known]  # the driver's own remarks stand in parentheses
    assert any(text[:40] in reply or reply[:60] in text for text in shown), (reply, known)
    assert reply


def _explained(row: Recipient, mail: Message) -> bool:
    """Whether a row that no envelope has is one that Postfix made of another: a copy, a forward, a redirection."""
    if row.recipient == COPIES:
        return True
    forwards = any(hop.what is Passage.FORWARD for hop in mail.hops)
    redirected = any(other.status is Status.REDIRECTED for other in mail.recipients)
    return forwards or redirected


@pytest.mark.parametrize("log", LOGS)
def test_there_is_no_message_that_the_truth_does_not_have(log: str) -> None:
    messages = traced(log)
    known = {id(mail) for true in told() if (mail := mail_of(true, messages)) is not None}
    refused = {reject["sender"] for reject in truth("A")["rejects"]}  # the driver kept these apart
    for mail in messages:
        assert id(mail) in known or mail.internal is not None or mail.sender in refused, mail


def test_what_postfix_wrote_is_told_apart_and_names_its_mail() -> None:
    messages = traced("A/logs/mail.log")
    notices = {notice.queue_id for mail in messages for notice in mail.notices}
    written = {queue_id for mail in messages if mail.internal is not None for queue_id in mail.queue_ids}
    assert len(notices) == 83
    assert notices <= written
    by_id = {one["original_queue_id"] for one in truth("A")["dsns"] if one.get("original_queue_id")}
    assert by_id <= {mail.queue_ids[0] for mail in messages if mail.notices} | {
        queue_id for mail in messages if mail.notices for queue_id in mail.queue_ids
    }


def test_the_hops_on_another_server_belong_to_the_mail_when_its_log_is_there() -> None:
    messages, checked = traced("A/logs/mail.log", "A/logs/remote-maillog"), 0
    for true in told():
        mail = mail_of(true, messages)
        remote = {one["queue_id"] for one in true["queue_ids"].get("all", ()) if one["instance"] == "remote"}
        if mail is None or not remote:
            continue
        assert remote <= set(mail.queue_ids), (true["scenario"], remote, mail.queue_ids)
        for name, fate in true["recipients"].items():
            assert {row.status.value for row in rows_of(mail, name)} == {fate["final"]}
        checked += 1
    assert checked > 150


def test_signatures_are_told_with_their_mail() -> None:
    signed = [
        mail for mail in traced("A/logs/mail.log") if any(said.result == "signed" for said in mail.dkim)
    ]
    assert len(signed) > 200
    assert {said.domain for mail in signed for said in mail.dkim if said.result == "signed"} >= {
        "harborlight.example"
    }


@pytest.mark.parametrize("number", range(0, 425, 25))
def test_a_query_finds_what_reading_all_of_it_finds(number: int) -> None:
    true = told()[number]
    expected = mail_of(true, traced("A/logs/mail.log"))
    if expected is None:
        return
    for query in (expected.queue_ids[0], expected.message_id):
        found = traced("A/logs/mail.log", query=query) if query else ()
        mail = mail_of(true, found) if query else expected
        assert mail is not None
        assert mail.recipients == expected.recipients or [
            (row.recipient, row.status, len(row.attempts)) for row in mail.recipients
        ] == [(row.recipient, row.status, len(row.attempts)) for row in expected.recipients]
