"""From sums by shape to findings: what is going on, what follows from what, and the lines that prove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from logscan.analyses import findings as fold
from logscan.model.columns import SCHEMA
from logscan.model.findings import Finding, Unexplained
from logscan.model.vocabulary import Severity
from logscan.packs.load import Pack
from logscan.packs.schema import Card, Match, Text
from logscan.pipeline.verdicts.verdict import EVIDENCE, NAMED, Court, slots, verdict
from logscan.rules.shape import KEY, keyed

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ADDRESS: dict[str, Any] = {"source": pl.UInt32, "block": pl.UInt32, "row": pl.UInt32, "column": pl.UInt32}
CONNECT: dict[str, Any] = {
    "host": pl.String, "program": pl.String, "pid": pl.Int64, "source": pl.UInt32, "block": pl.UInt32, "row": pl.UInt32
}  # fmt: skip

Row = dict[str, Any]


def row(minute: float | None, reason: str, **columns: Any) -> Row:
    """Return a noteworthy line at some minute."""
    return {
        "time": None if minute is None else START + minute * MINUTE,
        "host": "mx1",
        "program": "postfix/smtp",
        "daemon": "smtp",
        "family": "postfix",
        "kind": "delivery",
        "direction": "outbound",
        "severity": "warning",
        "reason": reason,
        "repeat": 1,
        **columns,
    }


def card(name: str, literal: str, **changes: Any) -> Card:
    made = Card(
        id=name,
        since="0.1",
        status="stable",
        severity="error",
        cause="policy",
        nature="soft",
        fault="us",
        match=Match(words={}, literal=(literal,)),
        text=Text(title=f"title of {name}", meaning="meaning"),
    )
    return replace(made, **changes)


def sums(rows: Sequence[Row]) -> fold.Answer:
    names = {name for given in (row(0, ""), *rows) for name in given}
    schema: dict[str, Any] = {
        **{name: dtype for name, dtype in SCHEMA.items() if name in names}, **ADDRESS, "raw": pl.String
    }  # fmt: skip
    place = {"source": 0, "block": 0, "column": 0}
    placed = [{**place, "row": index, "raw": f"line {index}", **given} for index, given in enumerate(rows)]
    frame = keyed(pl.DataFrame(placed, schema=schema))
    batch = fold.Batch(rows=frame, connects=pl.DataFrame(schema=CONNECT), keys=KEY)
    return fold.finish(fold.absorb(fold.empty(), batch))


def judge(
    rows: Sequence[Row], *cards: Card, as_of: datetime | None = None, quiet_s: float = 900.0
) -> tuple[tuple[Finding, ...], tuple[Unexplained, ...]]:
    court = Court(
        pack=Pack(cards={each.id: each for each in cards}, texts={}),
        lang="en",
        as_of=as_of,
        quiet_s=quiet_s,
        locate=lambda source, block, line: (f"{source}.log", 1000 * block + line + 1),
    )
    return verdict(sums(rows), court)


def by_rule(found: Sequence[Finding]) -> Mapping[str, Finding]:
    return {finding.rule: finding for finding in found}


REFUSED = card("x.refused", "refused")
FULL = card("x.full", "mailbox full")


def test_nothing_noteworthy_is_no_finding() -> None:
    assert judge([]) == ((), ())
    assert judge([], REFUSED) == ((), ())


def test_a_finding_says_what_its_card_says_and_sums_its_shapes() -> None:
    rows = [
        row(0, "450 refused 10.0.0.1", queue_id="AAAAAA", recipient="a@x.example", instance="postfix"),
        row(
            5,
            "450 refused 10.0.0.2",
            queue_id="AAAAAA",
            recipient="b@x.example",
            instance="postfix",
            repeat=3,
        ),
        row(
            9,
            "550 refused for good",
            queue_id="BBBBBB",
            recipient="a@x.example",
            instance="postfix",
            kind="error",
        ),
    ]
    [finding], unexplained = judge(rows, REFUSED)
    assert unexplained == ()
    assert (finding.rule, finding.severity, finding.cause) == ("x.refused", Severity.ERROR, "policy")
    assert (finding.nature, finding.fault, finding.direction, finding.provider) == (
        "soft",
        "us",
        "outbound",
        None,
    )
    assert (finding.count, finding.deliveries) == (5, 4)
    assert (finding.messages, finding.recipients) == (2, 3)
    assert (finding.first, finding.last) == (START, START + 9 * MINUTE)
    assert finding.explanation.title == "title of x.refused"


# --- going on or over ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes_later", "ongoing"),
    [(0, True), (14.99, True), (15, False), (600, False)],
    ids=["now", "just", "at", "long"],
)
def test_what_was_quiet_for_a_quarter_of_an_hour_is_over(minutes_later: float, ongoing: bool) -> None:  # noqa: FBT001
    [finding], _ = judge(
        [row(0, "refused"), row(30, "refused")], REFUSED, as_of=START + (30 + minutes_later) * MINUTE
    )
    assert finding.ongoing is ongoing


def test_how_long_is_quiet_can_be_said() -> None:
    rows = [row(0, "refused")]
    assert judge(rows, REFUSED, as_of=START + MINUTE, quiet_s=61)[0][0].ongoing
    assert not judge(rows, REFUSED, as_of=START + MINUTE, quiet_s=60)[0][0].ongoing


def test_without_times_nothing_is_going_on() -> None:
    [finding], _ = judge([row(None, "refused")], REFUSED, as_of=START)
    assert not finding.ongoing
    assert (finding.first, finding.last) == (None, None)
    assert not judge([row(0, "refused")], REFUSED)[0][0].ongoing


# --- order ---------------------------------------------------------------------------------------


def test_worst_first_then_what_goes_on_then_the_heaviest_then_by_name() -> None:
    cards = [
        card("a.notice", "one", severity="notice"),
        card("b.error", "two"),
        card("c.over", "three", severity="warning"),
        card("d.ongoing", "four", severity="warning"),
        card("f.heavy", "six", severity="warning"),
        card("g.light", "seven", severity="warning"),
        card("h.light", "eight", severity="warning"),
    ]
    rows = [
        row(0, "one", repeat=99), row(0, "two"), row(0, "three", repeat=50), row(60, "four"),
        row(60, "six", repeat=9), row(60, "seven"), row(60, "eight"),
    ]  # fmt: skip
    found, _ = judge(rows, *cards, as_of=START + 60 * MINUTE)
    assert [finding.rule for finding in found] == [
        "b.error", "f.heavy", "d.ongoing", "g.light", "h.light", "c.over", "a.notice",
    ]  # fmt: skip


# --- evidence ------------------------------------------------------------------------------------


def test_evidence_is_the_first_the_last_and_one_of_each_shape() -> None:
    rows = [row(minute, f"refused by {'abc'[minute % 3] * 9}") for minute in range(30)]
    [finding], _ = judge(rows, REFUSED)
    assert [line.text for line in finding.evidence] == ["line 0", "line 1", "line 2", "line 29"]
    assert [line.line for line in finding.evidence] == [1, 2, 3, 30]
    assert [line.time for line in finding.evidence] == [START + minute * MINUTE for minute in (0, 1, 2, 29)]


def test_evidence_is_at_most_ten_lines_with_both_ends_and_the_heaviest_shapes() -> None:
    words = [f"word{'abcdefghijklmnopqrst'[index]}" for index in range(20)]
    rows = [row(index, f"refused {word}", repeat=index + 1) for index, word in enumerate(words)]
    [finding], _ = judge(rows, REFUSED)
    assert len(finding.evidence) == EVIDENCE == 10
    shown = [int(line.text.removeprefix("line ")) for line in finding.evidence]
    assert shown == [0, *range(11, 20)]


def test_a_single_line_is_its_own_evidence() -> None:
    [finding], _ = judge([row(0, "refused", source=2, block=3, row=4, column=1, raw="as it stood")], REFUSED)
    [line] = finding.evidence
    assert (line.file, line.line, line.column, line.text) == ("2.log", 3005, 1, "as it stood")


def test_evidence_of_one_moment_is_in_order_of_the_log() -> None:
    rows = [row(0, f"refused {word}", row=9 - index) for index, word in enumerate(("one", "two", "three"))]
    [finding], _ = judge(rows, REFUSED)
    assert [line.line for line in finding.evidence] == [8, 9, 10]


def test_a_very_long_line_is_cut() -> None:
    [finding], _ = judge([row(0, "refused", raw="x" * 9000)], REFUSED)
    assert len(finding.evidence[0].text) == fold.EVIDENCE_CHARACTERS


# --- who is concerned ----------------------------------------------------------------------------


def test_the_biggest_names_are_told_and_the_rest_is_summed() -> None:
    rows = [row(0, "refused", recipient=f"u{index:02}@x.example", repeat=30 - index) for index in range(25)]
    [finding], _ = judge(rows, REFUSED)
    tally = finding.affected.recipients
    assert len(tally.top) == NAMED == 20
    assert tally.top[0] == ("u00@x.example", 30)
    assert tally.others == 10 + 9 + 8 + 7 + 6
    assert finding.affected.domains.top == (("x.example", sum(range(6, 31))),)
    assert finding.affected.domains.others == 0
    assert finding.affected.clients.top == ()


def test_equal_counts_are_in_order_of_names() -> None:
    rows = [row(0, "refused", relay_name=name, relay_ip=None) for name in ("b", "c", "a")]
    [finding], _ = judge(rows, REFUSED)
    assert finding.affected.relays.top == (("a", 1), ("b", 1), ("c", 1))


# --- slots ---------------------------------------------------------------------------------------


def test_slots_are_columns_and_captures_each_value_once_in_order() -> None:
    asked = card("x.refused", "refused", captures={"ip": r"\[([0-9.]+)\]", "never": r"(zzz)"})
    examples = pl.DataFrame(
        {
            "reason": ["refused [192.0.2.9]", "refused [192.0.2.1]", "refused [192.0.2.9]", "refused"],
            "recipient": ["b@x.example", None, "", "b@x.example"],
            "host": [None] * 4,
        },
        schema_overrides={"host": pl.String},
    )
    assert slots(asked, examples) == {"ip": ["192.0.2.9", "192.0.2.1"], "recipient": ["b@x.example"]}


def test_texts_are_filled_from_the_lines() -> None:
    asked = card(
        "x.refused",
        "refused",
        captures={"ip": r"\[([0-9.]+)\]"},
        text=Text(title="no name for {ip}", meaning="{recipient} on {host}", remedy=("dig -x {ip}",)),
    )
    [finding], _ = judge([row(0, "refused [192.0.2.9]", recipient="b@x.example")], asked)
    assert finding.explanation.title == "no name for 192.0.2.9"
    assert finding.explanation.meaning == "b@x.example on mx1"
    assert finding.explanation.remedy == ("dig -x 192.0.2.9",)


# --- what no card explains -----------------------------------------------------------------------


def test_what_no_card_explains_is_grouped_by_shape() -> None:
    rows = [
        row(0, "frobnicator 17 is off", pid=1),
        row(3, "frobnicator 18 is off", repeat=4),
        row(1, "widget broken", severity="error", daemon="qmgr", program="postfix/qmgr"),
        row(2, "refused"),
    ]
    found, unexplained = judge(rows, REFUSED)
    assert len(found) == 1
    assert [(group.severity, group.program, group.count, group.template) for group in unexplained] == [
        (Severity.ERROR, "postfix/qmgr", 1, "widget broken"),
        (Severity.WARNING, "postfix/smtp", 5, "frobnicator <n> is off"),
    ]
    group = unexplained[1]
    assert (group.first, group.last) == (START, START + 3 * MINUTE)
    assert (group.example.text, group.example.line) == ("line 0", 1)


@pytest.mark.parametrize("severity", list(Severity))
def test_only_what_is_loud_is_shown(severity: Severity) -> None:
    _, unexplained = judge([row(0, "frobnicator", severity=severity.value)], REFUSED)
    assert bool(unexplained) is (severity.rank <= Severity.WARNING.rank)


def test_shapes_that_differ_in_what_is_not_shown_are_one_group() -> None:
    rows = [row(minute, "frobnicator", dsn=f"4.7.{minute}", smtp_code=450 + minute) for minute in range(3)]
    _, [group] = judge(rows, REFUSED)
    assert group.count == 3


def test_unexplained_groups_have_a_total_order() -> None:
    rows = [
        row(0, word, daemon=daemon, program=f"postfix/{daemon}")
        for word in ("bb", "aa")
        for daemon in ("y", "x")
    ]
    _, groups = judge(rows, REFUSED)
    assert [(group.program, group.template) for group in groups] == [
        ("postfix/x", "aa"), ("postfix/x", "bb"), ("postfix/y", "aa"), ("postfix/y", "bb"),
    ]  # fmt: skip
    assert [g.template for g in judge(rows[::-1], REFUSED)[1]] == [g.template for g in groups]


def test_a_speaker_without_daemon_has_a_name_too() -> None:
    _, [group] = judge(
        [row(0, "script died", daemon=None, program=None, family="apache-error", module="fcgid")], FULL
    )
    assert group.program == "fcgid"
    _, [group] = judge([row(0, "script died", daemon=None, program=None, family="php-fpm")], FULL)
    assert group.program == "php-fpm"
