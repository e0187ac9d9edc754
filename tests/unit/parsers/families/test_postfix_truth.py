"""Fields against the truth that the rig wrote down without looking at logs."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import polars as pl

from tests.unit.parsers.families.postfix_lines import REAL, parsed, records


@cache
def _truth() -> dict[str, Any]:
    truth: dict[str, Any] = json.loads((REAL / "truth.json").read_text("utf-8"))
    return truth


@cache
def _rows() -> pl.DataFrame:
    return parsed(records("mail.log"))


def _sent_by_us() -> list[tuple[str, dict[str, Any]]]:
    """(queue ID, message) for every message of the truth that entered one of our queues."""
    messages = (
        (message["queue_ids"].get("out" if message["via"] == "out" else "ours"), message)
        for message in _truth()["messages"]
    )
    return [(queue_id, message) for queue_id, message in messages if queue_id]


def _deliveries(queue_id: str, recipient: str) -> list[dict[str, Any]]:
    own = (pl.col("queue_id") == queue_id) & (pl.col("kind") == "delivery")
    theirs = (pl.col("recipient") == recipient) | (pl.col("orig_recipient") == recipient).fill_null(False)
    return _rows().filter(own & theirs).to_dicts()


def test_every_recipient_fared_as_it_did() -> None:
    checked = 0
    for queue_id, message in _sent_by_us():
        for recipient, fate in message["recipients"].items():
            attempts = _deliveries(queue_id, recipient)
            deferred = [a for a in attempts if a["status"] == "deferred"]
            assert len(deferred) == fate.get("deferrals", 0), (queue_id, recipient)
            if fate["final"] in {"sent", "bounced"} and not message["scenario"].startswith("content-filter"):
                assert attempts[-1]["status"] == fate["final"], (queue_id, recipient)
            if "dsn_seen" in fate and fate["final"] == "bounced":
                assert attempts[-1]["dsn"] == fate["dsn_seen"], (queue_id, recipient)
            if fate["final"] == fate["expected"] == "sent" and fate.get("dsn"):
                assert attempts[-1]["dsn"] == fate["dsn"], (queue_id, recipient)
            checked += 1
    assert checked > 500


def test_what_a_remote_said_is_what_the_bounce_quotes() -> None:
    checked = 0
    for queue_id, message in _sent_by_us():
        for recipient, fate in message["recipients"].items():
            said = fate.get("text_seen", "")
            if fate["final"] == "bounced" and said.startswith("smtp; "):
                last = _deliveries(queue_id, recipient)[-1]
                assert (last["reply"], last["smtp_code"]) == (said[6:], int(said[6:9])), (queue_id, recipient)
                checked += 1
    assert checked > 10


def test_deferrals_have_the_reasons_that_the_queue_showed() -> None:
    checked = 0
    for queue_id, message in _sent_by_us():
        for recipient, fate in message["recipients"].items():
            # The queue's listing drops the blank that a command's last line left.
            reasons = {
                a["reason"].rstrip() for a in _deliveries(queue_id, recipient) if a["status"] == "deferred"
            }
            assert set(fate.get("deferral_reasons", ())) <= reasons, (queue_id, recipient)
            checked += len(fate.get("deferral_reasons", ()))
    assert checked > 50


def test_remote_queue_ids_stand_in_the_replies() -> None:
    checked = 0
    for queue_id, message in _sent_by_us():
        for recipient, fate in message["recipients"].items():
            if "remote_queue_id" in fate and not message["scenario"].startswith("content-filter"):
                replies = [a["reply"] for a in _deliveries(queue_id, recipient) if a["status"] == "sent"]
                if replies and replies[0] and "127.0.0.1" not in replies[0]:
                    assert replies == [f"250 2.0.0 Ok: queued as {fate['remote_queue_id']}"]
                    checked += 1
    assert checked > 200


def test_expired_mail_is_the_truths() -> None:
    expired = set(_rows().filter(pl.col("kind") == "expired")["queue_id"])
    fates = {
        queue_id: {fate["final"] for fate in message["recipients"].values()}
        for queue_id, message in _sent_by_us()
    }
    assert {queue_id for queue_id, finals in fates.items() if "expired" in finals} == expired


def test_senders_sizes_and_message_ids() -> None:
    rows = _rows()
    ids = dict(rows.filter(pl.col("kind") == "message-id").select("queue_id", "message_id").iter_rows())
    senders = dict(rows.filter(pl.col("kind") == "queued").select("queue_id", "sender").iter_rows())
    checked = 0
    for queue_id, message in _sent_by_us():
        if message["via"] != "out" and message["scenario"].startswith(
            ("normal", "odd-message-id", "user-unknown")
        ):
            assert ids[queue_id] == (message["message_id"] or None)
            assert senders[queue_id] == message["sender"]
            checked += 1
    assert checked > 50


def test_every_refusal_of_the_truth_is_a_row() -> None:
    rows = _rows().filter(pl.col("kind").is_in(["reject", "milter-reject"]))
    have = set(rows.select("client_ip", "stage", "sender", "recipient", "reply").iter_rows())
    missing = [
        refusal
        for refusal in _truth()["rejects"]
        if refusal["stage"] == "RCPT"
        and refusal["rcpt"]
        and (refusal["client"], "RCPT", refusal["sender"], refusal["rcpt"], refusal["reply"]) not in have
    ]
    assert missing == []


def test_failed_logins_are_the_truths() -> None:
    seen = sum(
        1
        for refusal in _truth()["rejects"]
        if refusal["reply"].startswith(("535 5.7.8", "454 4.7.0 Temporary auth"))
    )
    failures = _rows().filter(pl.col("kind") == "auth-failure")
    assert int(failures["repeat"].sum()) == seen


def test_children_are_real_queue_ids() -> None:
    rows = _rows()
    born = set(rows.filter(pl.col("kind").is_in(["message-id", "client"]))["queue_id"])
    children = rows.filter(pl.col("child_queue_id").is_not_null())
    assert set(children["child_queue_id"]) <= born
    assert {"bounce-notice", "delivery"} <= set(children["kind"])
    assert set(rows["orig_queue_id"].drop_nulls()) <= born
