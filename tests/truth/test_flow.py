"""The numbers of `flow` are what the driver of the servers did and saw."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from logscan.model.flow import Flow
from logscan.pipeline.flow import compared, flow
from tests.truth.reading import REAL, SETTINGS, Json, truth

TRUTH = truth("A")
LOG = str(REAL / "A/logs/mail.log")
MAILS: list[Json] = TRUTH["messages"]
FATES: list[Json] = [fate for mail in MAILS for fate in mail["recipients"].values()]
REFUSED: Counter[str] = Counter(refusal["reason"] for refusal in TRUTH["rejects"])
SEEN: dict[str, int] = {reply: row["count"] for reply, row in TRUTH["refusals_seen_by_clients"].items()}


@pytest.fixture(scope="module")
def counted() -> Flow:
    return flow([LOG], SETTINGS, top=1000)


def mails_with(final: str) -> int:
    return sum(any(fate["final"] == final for fate in mail["recipients"].values()) for mail in MAILS)


def test_every_deferral_and_every_mail_that_was_put_off(counted: Flow) -> None:
    assert counted.sums.deferrals == sum(fate.get("deferrals", 0) for fate in FATES) == 214
    put_off = sum(any(fate.get("deferrals") for fate in mail["recipients"].values()) for mail in MAILS)
    assert counted.sums.deferred == put_off == 62


def test_mails_returned_for_their_age_and_discarded(counted: Flow) -> None:
    assert counted.sums.expired == mails_with("expired") == 42
    assert counted.sums.discarded == mails_with("discarded") == 2


def test_what_became_of_mail_that_had_to_wait(counted: Flow) -> None:
    waited = [[fate for fate in mail["recipients"].values() if fate.get("deferrals")] for mail in MAILS]
    sent = sum(bool(fates) and all(fate["final"] == "sent" for fate in fates) for fates in waited)
    assert counted.tracked.recovered == sent == 19
    queued = [mail for mail in TRUTH["final_queue"] if mail["queue_name"] == "deferred"]
    assert counted.tracked.still_deferred == len(queued) == 1
    expired = sum(fate["final"] == "expired" for fate in FATES)
    assert counted.tracked.expired_recipients == expired == 44


def ours(mail: Json) -> set[str]:
    """Return the queue IDs of a mail on our server."""
    ids = mail["queue_ids"]
    told = {each["queue_id"] for each in ids.get("all", []) if each["instance"] != "remote"}
    return told | ({ids["ours"]} if ids.get("ours") else set())


def test_a_mail_is_one_however_many_queue_ids_it_took(counted: Flow) -> None:
    said = (REAL / "A/logs/mail.log").read_text(encoding="utf-8")
    queued = set(re.findall(r"qmgr\[\d+\]: (\w+): from=.* \(queue active\)", said))
    taken = [mail for mail in MAILS if ours(mail) & queued]
    let_in = [
        refusal for refusal in TRUTH["rejects"] if refusal.get("accepted_qid")
    ]  # it had hoped for a refusal
    assert (len(taken), len(let_in)) == (404, 3)
    assert counted.tracked.messages_real == len(taken) + len(let_in) == 407
    assert counted.sums.received - 407 == 27


def test_what_a_filter_or_another_instance_gave_back_is_delivered_once(counted: Flow) -> None:
    filtered = [mail for mail in MAILS if mail["scenario"] in {"content-filter", "normal-out-filter"}]
    by_filter = sum(len(mail["recipients"]) for mail in filtered)
    said = (REAL / "A/logs/mail.log").read_text(encoding="utf-8")
    instances = re.findall(
        r"postfix-out/smtp\[\d+\]: .*\[192\.0\.2\.25\]:25, .*status=sent .* queued as", said
    )
    assert (by_filter, len(instances)) == (9, 22)
    assert counted.tracked.filtered == by_filter + len(instances)
    assert counted.sums.delivered + 31 == 591 == said_sent(said)
    assert sum(each.delivered for each in counted.per_hour) == counted.sums.delivered
    assert sum(each.recipients for each in counted.top.recipients) == counted.sums.delivered


def said_sent(said: str) -> int:
    """Return the recipients of which a line says that they were sent to, forwards aside."""
    again = [int(times) - 1 for times in re.findall(r"repeated (\d+) times: \[ \w+: to=.*status=sent", said)]
    return len(re.findall(r"status=sent \((?!forwarded as )", said)) + sum(again)


def test_bounces(counted: Flow) -> None:
    # Two senders could not be told of their bounces: those notices bounced too.
    told = sum(fate["final"] == "bounced" for fate in FATES)
    nowhere = [mail for mail in MAILS if mail["sender"].startswith(("bounce-1234=", "ghost@"))]
    assert (counted.sums.bounced, told, len(nowhere)) == (48, 46, 2)
    assert counted.sums.bounced == told + len(nowhere)


def test_held_by_queue_id(counted: Flow) -> None:
    held = [mail for mail in MAILS if "hold" in mail["scenario"]]
    again = [mail for mail in held if mail["scenario"] == "header-hold-requeue"]
    assert counted.sums.held == len(held) + len(again) == 7  # requeued, it was held once more


def test_failed_logins_by_client(counted: Flow) -> None:
    reasons = ("sasl-failure", "sasl-backend-down")
    assert counted.sums.auth_failures == sum(REFUSED[reason] for reason in reasons) == 19
    clients = Counter(r["client"] for r in TRUTH["rejects"] if r["reason"] in reasons)
    told: Counter[str] = Counter()
    for login in counted.auth:
        told[str(login.client_ip)] += login.count
    assert told == clients


@pytest.mark.parametrize(
    ("cause", "stage", "reasons"),
    [
        ("ptr-missing", "RCPT", ("no-ptr",)),
        ("helo-invalid", "RCPT", ("helo-is-me", "helo-localhost", "helo-not-fqdn", "helo-invalid")),
        ("milter-unavailable", "MAIL", ("milter-unavailable",)),  # three lines each
        ("message-too-big", "MAIL", ("size-declared",)),
        ("domain-unknown", "RCPT", ("sender-domain-not-found",)),
        ("local-config", "RCPT", ("config-unknown-restriction", "config-missing-map")),
        ("local-resources", "MAIL", ("insufficient-storage",)),
    ],
)
def test_refusals_of_a_cause_are_those_that_were_played(
    counted: Flow, cause: str, stage: str, reasons: tuple[str, ...]
) -> None:
    [mine] = [each for each in counted.rejects if (each.cause, each.stage) == (cause, stage)]
    assert mine.count == sum(REFUSED[reason] for reason in reasons)
    clients = {r["client"] for r in TRUTH["rejects"] if r["reason"] in reasons}
    assert mine.clients <= len(clients)


def test_unknown_users_are_as_many_as_the_clients_read(counted: Flow) -> None:
    reply = "550 5.1.1 <>: Recipient address rejected: User unknown in local recipient table"
    [mine] = [each for each in counted.rejects if each.cause == "user-unknown"]
    assert mine.count == SEEN[reply] == 33


def test_the_same_traffic_in_another_form_counts_the_same(counted: Flow) -> None:
    for log in ("mail-iso.log.gz", "mail-reduced.log.gz"):
        other = flow([str(REAL / "A/logs" / log)], SETTINGS, top=1000)
        assert other.sums == counted.sums
        assert other.tracked == counted.tracked
        assert other.rejects == counted.rejects
        assert other.top == counted.top


def test_a_copy_beside_the_log_changes_nothing(counted: Flow) -> None:
    both = flow([LOG, str(REAL / "A/logs/mail-iso.log.gz")], SETTINGS, top=1000)
    assert (both.sums, both.tracked) == (counted.sums, counted.tracked)
    assert both.read.totals.duplicates_dropped > 6000


def test_what_differs_adds_up(counted: Flow) -> None:
    for version in ("1.1.5", "1.3.0"):
        both = compared([LOG], SETTINGS, version, top=1000)
        assert both.sums == counted.sums
        assert both.differences
        sums: Counter[str] = Counter()
        for each in both.differences:
            sums[each.measure] += each.count
            assert each.ours == getattr(both.sums, each.measure)
        doubled = {
            each.measure: each
            for each in both.differences
            if each.reason.startswith("content filter doubled")
        }
        assert doubled["delivered"].count == 9  # it knows nothing of the other instance
        example = doubled["delivered"].example
        assert example is not None
        assert "relay=127.0.0.1[127.0.0.1]:10024" in example.text
        assert set(doubled) == {"delivered", "bytes_delivered"}
        for each in both.differences:
            assert sums[each.measure] == each.theirs - each.ours
        assert all(each.reason and "{" not in each.reason for each in both.differences)
        for example in (each.example for each in both.differences if each.example is not None):
            line = (REAL / "A/logs/mail.log").read_text(encoding="utf-8").splitlines()[example.line - 1]
            assert example.text == line


def test_a_file_told_twice_is_a_difference(counted: Flow) -> None:
    both = compared([LOG, str(REAL / "A/logs/mail-iso.log.gz")], SETTINGS, "1.1.5", top=5)
    told = [each for each in both.differences or () if "another file tells the same line" in each.reason]
    assert {each.measure for each in told} >= {"received", "delivered", "deferrals", "bounced", "rejected"}
    assert both.sums == counted.sums
