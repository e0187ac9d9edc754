"""What is new, worse, better or gone; and what is only another number."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.analyses.changes import Entry, Name, Table, changes, kind
from logscan.model.report import BEFORE, KINDS, SUBJECTS, Rule

DAY = 86_400.0
RULE = Rule()
TURNED = {"new": "gone", "gone": "new", "worse": "better", "better": "worse", None: None}

counts = st.integers(0, 5_000)
lengths = st.sampled_from([82_800.0, DAY, 90_000.0, 7 * DAY])


def table(
    entries: Mapping[Name, int], *, seconds: float = DAY, groups: frozenset[str] = frozenset({"syslog"})
) -> Table:
    made = {
        name: Entry(count=count, title=name[1], group="syslog") for name, count in entries.items() if count
    }
    return Table(seconds=seconds, groups=groups, entries=made)


def found(now: Table, *past: Table, rule: Rule = RULE) -> list[tuple[str, str]]:
    return [(change.kind, change.key) for change in changes(now, past, BEFORE, rule)]


names = st.dictionaries(st.tuples(st.sampled_from(SUBJECTS), st.sampled_from("abc")), counts)


# --- laws ----------------------------------------------------------------------------------------


@given(names, names, lengths, lengths)
def test_swapping_periods_turns_every_change_round(
    one: dict[Name, int], other: dict[Name, int], first: float, second: float
) -> None:
    here, there = table(one, seconds=first), table(other, seconds=second)
    forth = {(c.subject, c.key): c.kind for c in changes(here, [there], BEFORE, RULE)}
    back = {(c.subject, c.key): c.kind for c in changes(there, [here], BEFORE, RULE)}
    assert back == {name: TURNED[was] for name, was in forth.items()}


@given(names, lengths, st.integers(1, 4))
def test_equal_periods_have_no_change(entries: dict[Name, int], seconds: float, weeks: int) -> None:
    same = table(entries, seconds=seconds)
    assert changes(same, [same] * weeks, BEFORE, RULE) == ()


@given(names, st.lists(names, max_size=4))
def test_the_order_is_total_and_every_thing_changes_once(
    now: dict[Name, int], past: list[dict[Name, int]]
) -> None:
    made = changes(table(now), [table(one) for one in past], BEFORE, RULE)
    order = [KINDS.index(change.kind) for change in made]
    assert order == sorted(order)
    assert len({(change.subject, change.key) for change in made}) == len(made)


@given(counts, counts, st.integers(1, 400))
def test_more_is_never_less_of_a_worsening(now: int, before: int, more: int) -> None:
    if kind(now, [before], [1.0], RULE) in {"worse", "new"}:
        assert kind(now + more, [before], [1.0], RULE) in {"worse", "new"}


@given(st.lists(counts, min_size=1, max_size=4), counts)
def test_what_lies_within_all_that_was_seen_is_no_change(before: list[int], now: int) -> None:
    if min(before) <= now <= max(before) and now:
        assert kind(now, before, [1.0] * len(before), RULE) in {None, "new"}


# --- the rule ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "before", "kind_"),
    [
        (0, [0], None),
        (1, [0], "new"),
        (0, [1], "gone"),
        (14, [9], None),  # as chance has it
        (120, [100], None),  # two standard deviations, and a fifth more
        (1_300, [1_000], None),  # sure, and not half as much again
        (30, [10], "worse"),
        (10, [30], "better"),
        (200, [100], "worse"),
        (60, [10, 12, 55, 9], "worse"),
        (54, [10, 12, 55, 9], None),  # there was such a day
        (0, [10, 12, 0, 9], None),  # there was such a day, too
        (0, [10, 12, 1, 9], "gone"),
        (5, [0, 0, 0, 0], "new"),
    ],
)
def test_numbers(now: int, before: list[int], kind_: str | None) -> None:
    assert kind(now, before, [1.0] * len(before), RULE) == kind_


def test_a_long_period_is_expected_to_hold_more() -> None:
    week, day = table({("cause", "a"): 700}, seconds=7 * DAY), table({("cause", "a"): 100})
    assert found(week, day) == []
    assert found(day, week) == []
    [change] = changes(table({("cause", "a"): 300}), [week], BEFORE, RULE)
    assert (change.kind, change.now, round(change.before, 6)) == ("worse", 300, 100)


def test_little_is_passed_over_but_not_where_somebody_must_act() -> None:
    few = table({("finding", "a"): 2, ("cause", "b"): 2, ("destination", "c"): 4})
    assert found(few, table({})) == []
    grave = Entry(count=1, title="down", group="syslog", severity="critical")
    now = Table(seconds=DAY, groups=frozenset({"syslog"}), entries={("finding", "x"): grave})
    assert found(now, table({})) == [("new", "x")]
    assert found(table({}), now) == [("gone", "x")]


def test_what_nobody_would_have_logged_is_not_new() -> None:
    entry = Entry(count=50, title="502", group="apache-error", severity="error")
    now = Table(
        seconds=DAY, groups=frozenset({"syslog", "apache-error"}), entries={("finding", "web"): entry}
    )
    assert found(now, table({})) == []
    reaching = table({}, groups=frozenset({"syslog", "apache-error"}))
    assert found(now, reaching) == [("new", "web")]
    assert found(now, table({}), reaching) == [("new", "web")]


def test_without_history_there_is_no_change() -> None:
    assert found(table({("cause", "a"): 500})) == []


def test_the_gravest_stands_first() -> None:
    entries = {
        ("finding", "note"): Entry(count=99, title="", group="syslog", severity="notice"),
        ("finding", "bad"): Entry(count=1, title="", group="syslog", severity="critical"),
        ("cause", "a"): Entry(count=500, title="", group="syslog"),
        ("destination", "b"): Entry(count=5, title="", group="syslog"),
        ("destination", "c"): Entry(count=50, title="", group="syslog"),
    }
    now = Table(seconds=DAY, groups=frozenset({"syslog"}), entries=entries)
    assert [key for _, key in found(now, table({}))] == ["bad", "note", "a", "c", "b"]
