"""Every failed recipient of the real logs has the cause that its scenario must have, and nothing else failed."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

from logscan.pipeline.bounces import examined
from tests.truth.reading import REAL, SETTINGS, Json, moment, table, truth

LOGS = ("A/logs/mail.log", "A/logs/mail-iso.log.gz", "A/logs/mail-reduced.log.gz")
OUTCOME = {
    "bounced": "failed",
    "expired": "failed",
    "deferred": "waiting",
    "held": "queued",
    "sent": "recovered",
}

Case = dict[str, Any]


@cache
def cases(log: str) -> tuple[Case, ...]:
    run, _, _ = examined([str(REAL / log)], SETTINGS)
    return tuple(run.cases.iter_rows(named=True))


@cache
def told() -> tuple[Json, ...]:
    return tuple(truth("A")["messages"])


def expected(scenario: str, recipient: str) -> list[str]:
    for pattern, answer in table()["mixed"].get(scenario, {}).items():
        if re.match(pattern, recipient):
            return list(answer["cause"])
    return list(table()["messages"][scenario]["cause"])


def case_of(true: Json, recipient: str, log: str) -> Case | None:
    ids = {one["queue_id"] for one in true["queue_ids"].get("all", ()) if one["instance"] != "remote"}
    ids |= {true["queue_ids"][key] for key in ("ours", "out") if key in true["queue_ids"]}
    sent = moment(true["time"])
    found = [
        case
        for case in cases(log)
        if case["queue_id"] in ids
        and case["recipient"] in (recipient, None)
        and case["received"] is not None
        and abs((case["received"] - sent).total_seconds()) < 45
    ]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize("log", LOGS)
def test_every_failed_or_delayed_recipient_has_its_cause_and_outcome(log: str) -> None:
    seen = 0
    for true in told():
        for recipient, fate in true["recipients"].items():
            if fate["final"] not in OUTCOME or (fate["final"] == "sent" and not fate.get("deferrals")):
                continue
            if not true["queue_ids"] or true["scenario"] == "header-hold-requeue":
                continue  # never queued; queued under an ID that the driver did not look for
            aliased = not [c for c in cases(log) if c["recipient"] == recipient] and fate["final"] != "held"
            if aliased:
                continue  # expanded by an alias: the log names whom it was for
            case = case_of(true, recipient, log)
            assert case is not None, (true["scenario"], recipient)
            assert case["outcome"] == OUTCOME[fate["final"]], (true["scenario"], recipient)
            if fate["final"] != "held":
                assert case["cause"] in expected(true["scenario"], recipient), (true["scenario"], recipient)
                tries = fate.get("deferrals", 0) + (fate["final"] == "bounced")
                assert case["deliveries"] == tries, (true["scenario"], recipient)
            seen += 1
    assert seen >= 100


@pytest.mark.parametrize("log", LOGS)
def test_nothing_failed_that_the_truth_does_not_have(log: str) -> None:
    failed = [case for case in cases(log) if case["outcome"] in ("failed", "waiting")]
    summary = truth("A")["summary"]["recipients_by_final"]
    notices = [case for case in failed if case["sender"] in ("", "double-bounce@mx1.harborlight.example")]
    assert len(failed) - len(notices) <= summary["bounced"] + summary["expired"] + summary["deferred"]
    assert len(failed) >= summary["bounced"] + summary["expired"] + summary["deferred"]
    assert all(case["cause"] != "unknown" for case in failed)


def test_the_same_traffic_in_another_shape_gives_the_same_cases() -> None:
    def key(case: Case) -> tuple[Any, ...]:
        return tuple(
            case[name] for name in ("queue_id", "recipient", "outcome", "cause", "deliveries", "rule")
        )

    first, *others = ({key(case) for case in cases(log)} for log in LOGS)
    for other in others:
        assert other == first


def test_the_journal_beside_the_log_changes_nothing() -> None:
    """They name the host differently, and each line counts once."""
    log, journal = (str(REAL / "A" / "logs" / name) for name in ("mail.log", "journal.json.gz"))
    alone, both = (examined(paths, SETTINGS)[0].cases for paths in ([log], [log, journal]))
    columns = ["queue_id", "recipient", "outcome", "cause", "deliveries"]
    assert both.select(columns).sort(columns).equals(alone.select(columns).sort(columns))


def test_the_end_of_a_compressed_log_is_known() -> None:
    run, _, _ = examined([str(REAL / "A" / "logs" / "mail-iso.log.gz")], SETTINGS)
    assert run.first is not None
    assert run.last is not None
    assert (run.last - run.first).total_seconds() > 200
