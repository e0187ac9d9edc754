"""More shapes than are told apart: what cards explain stays complete, and where blocks are cut changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from logscan.analyses import findings as fold
from logscan.model.columns import SCHEMA
from logscan.model.findings import Finding, Unexplained
from logscan.packs.load import Pack
from logscan.packs.schema import Card, Match, Text
from logscan.pipeline.verdicts.ledger import Ledger, too_many_kinds
from logscan.pipeline.verdicts.verdict import Court, verdict
from logscan.rules.shape import KEY, keyed

Line = tuple[str, str, int, str | None, str]

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
CONNECTS: dict[str, Any] = {
    "host": pl.String, "program": pl.String, "pid": pl.Int64, "source": pl.UInt32, "block": pl.UInt32, "row": pl.UInt32
}  # fmt: skip
ROW: dict[str, Any] = {
    **{
        name: SCHEMA[name]
        for name in ("time", "host", "program", "daemon", "instance", "family", "kind", "direction", "severity", "pid")
    },
    **{name: SCHEMA[name] for name in ("queue_id", "recipient", "client_ip", "reason", "repeat")},
    "source": pl.UInt32, "block": pl.UInt32, "row": pl.UInt32, "column": pl.UInt32, "raw": pl.String,
}  # fmt: skip

WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath")
#: What is said, in one word more; how loud; by which process; of which mail; for whom.
line: st.SearchStrategy[Line] = st.tuples(
    st.builds(
        "{} {}".format, st.sampled_from(["refused for", "mailbox full of", "odd"]), st.sampled_from(WORDS)
    ),
    st.sampled_from(["warning", "notice"]),
    st.sampled_from([11, 12]),
    st.sampled_from([None, "AAAAAA", "BBBBBB"]),
    st.sampled_from(["a@x.example", "b@y.example"]),
)


def card(name: str, literal: str) -> Card:
    text = Text(title=name, meaning="")
    match = Match(words={}, literal=(literal,))
    return Card(
        id=name, since="0.1", status="stable", severity="error", cause="policy", nature="soft", fault="us", match=match,
        text=text,
    )  # fmt: skip


CARDS = {each.id: each for each in (card("x.refused", "refused"), card("x.full", "mailbox full"))}


def partial(lines: Sequence[Line], first: int) -> fold.Partial:
    rows = [
        {
            "time": START + timedelta(minutes=first + index), "host": "mx1", "program": "postfix/smtpd", "daemon": "smtpd",
            "instance": "postfix", "family": "postfix", "kind": "delivery", "direction": "inbound", "severity": severity,
            "pid": pid, "queue_id": queue_id, "recipient": recipient, "client_ip": "192.0.2.1", "reason": reason,
            "repeat": 1, "source": 0, "block": 0, "row": first + index, "column": 0, "raw": reason,
        }
        for index, (reason, severity, pid, queue_id, recipient) in enumerate(lines)
    ]  # fmt: skip
    # Each process begins a session with every third line.
    begun = [
        ("mx1", "postfix/smtpd", spoken[2], 0, 0, first + index)
        for index, spoken in enumerate(lines)
        if (first + index) % 3 == 0
    ]
    batch = fold.Batch(
        rows=keyed(pl.DataFrame(rows, schema=ROW)),
        connects=pl.DataFrame(begun, schema=CONNECTS, orient="row"),
        keys=KEY,
    )
    return fold.absorb(fold.empty(), batch)


Judged = tuple[tuple[Finding, ...], tuple[Unexplained, ...], int]


def judged(lines: Sequence[Line], cuts: Sequence[int], most: int) -> Judged:
    ledger = Ledger(CARDS, most=most)
    edges = sorted({0, len(lines), *(min(cut, len(lines)) for cut in cuts)})
    for begin, end in pairwise(edges):
        ledger.add(partial(lines[begin:end], begin))
    account = ledger.close()
    court = Court(
        pack=Pack(cards=CARDS, texts={}), lang="en", as_of=None, quiet_s=900, locate=lambda *_: ("x", 1)
    )
    return *verdict(account.sums, court), account.untold


many = st.lists(line, max_size=40)
cuts = st.lists(st.integers(0, 40), max_size=5)


@given(many, cuts, st.integers(0, 12))
def test_where_blocks_are_cut_changes_nothing(lines: list[Line], cuts: list[int], most: int) -> None:
    assert judged(lines, cuts, most) == judged(lines, [], most)


@given(many, cuts, st.integers(0, 12))
def test_what_a_card_explains_is_complete_and_what_none_explains_is_counted(
    lines: list[Line], cuts: list[int], most: int
) -> None:
    made, unexplained, untold = judged(lines, cuts, most)
    complete, all_unexplained, none = judged(lines, [], 10_000)
    assert none == 0

    def without_evidence(findings: Sequence[Finding]) -> list[Finding]:
        return [replace(finding, evidence=()) for finding in findings]

    assert without_evidence(made) == without_evidence(complete)
    assert all(finding.evidence for finding in made)
    loud = sum(line[1] == "warning" and line[0].startswith("odd") for line in lines)
    assert sum(group.count for group in unexplained) + untold == loud
    assert set(unexplained) <= set(all_unexplained)


def test_what_is_not_listed_is_said() -> None:
    lines: list[Line] = [(f"odd {word}", "warning", 11, None, "a@x.example") for word in WORDS]
    ledger = Ledger(CARDS, most=3)
    ledger.add(partial(lines, 0))
    account = ledger.close()
    (problem,) = too_many_kinds(account)
    assert account.untold == 5
    assert "5 lines are of further kinds" in problem.reason
    assert not problem.unreadable
    assert not too_many_kinds(replace(account, untold=0))
    assert "1 line is of further kinds" in too_many_kinds(replace(account, untold=1))[0].reason
