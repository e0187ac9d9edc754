"""The graph of causes on its own: what is reached, what is furthest behind, what is left open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.analyses.causes import BEFORE, LONGEST, SLACK, Case, Episode, Graph, Sign, open_ends, party

START = datetime(2026, 3, 2, 8, tzinfo=UTC)

GRAPH = Graph(
    causes={
        "page": ("closed", "refused"),
        "closed": ("lost", "segfault"),
        "refused": ("stopped", "failed"),
        "lost": ("db-stopped",),
        "failed": ("segfault",),
    },
    symptoms=frozenset({"page", "closed", "refused", "lost", "failed"}),
    lasting=frozenset({"stopped", "db-stopped"}),
    family={
        "page": "apache-access", "closed": "apache-error", "refused": "apache-error", "lost": "apache-error",
        "stopped": "php-fpm", "db-stopped": "mysql", "segfault": "kernel", "failed": "systemd",
    },
)  # fmt: skip


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def episode(rules: Mapping[str, int], *, half: float = 30, worked: float | None = None) -> Episode:
    return Episode(
        rules=rules, begin=at(0), half=at(half), worked=None if worked is None else at(worked),
        parties=frozenset({"php-fpm"}), entities=frozenset({"a.fcgi"}),
    )  # fmt: skip


def case(starts: Mapping[str, Sequence[datetime]] | None = None, **signs: Sign | list[Sign]) -> Case:
    listed = {
        rule.replace("_", "-"): sign if isinstance(sign, list) else [sign] for rule, sign in signs.items()
    }
    return Case(graph=GRAPH, signs=listed, starts=starts or {})


def sign(seconds: float, party: str | None = "php-fpm", entity: str | None = None) -> Sign:
    return Sign(time=at(seconds), party=party, entity=entity)


def test_a_symptom_alone_is_its_own_root_and_undecided() -> None:
    verdict = case().verdict(episode({"refused": 5}))
    assert (verdict.root.rule, verdict.root.own, verdict.root.time) == ("refused", True, at(0))
    assert (verdict.others, verdict.decided) == ((), False)


def test_the_furthest_comes_first_and_what_lies_between_after_it() -> None:
    made = case(lost=sign(-1, None), db_stopped=sign(-2, "mysql"))
    verdict = made.verdict(episode({"closed": 5}))
    assert [link.rule for link in (verdict.root, *verdict.others)] == ["db-stopped", "lost"]
    assert verdict.decided


def test_of_the_failures_own_cards_the_one_behind_the_others_is_the_root() -> None:
    verdict = case().verdict(episode({"closed": 5, "lost": 1, "page": 5}))
    assert (verdict.root.rule, verdict.root.own, verdict.others) == ("lost", True, ())


def test_what_explains_less_than_half_is_not_the_root() -> None:
    few = case(segfault=sign(1)).verdict(episode({"closed": 2, "refused": 5}, half=0))
    assert few.root.rule == "refused"
    most = case(segfault=sign(1)).verdict(episode({"closed": 5, "refused": 2}, half=0))
    assert most.root.rule == "segfault"


@pytest.mark.parametrize(
    ("seconds", "reached"),
    [(-BEFORE.total_seconds(), True), (-BEFORE.total_seconds() - 1, False), (30 + SLACK.total_seconds(), True), (36, False)],
    ids=["five minutes before", "earlier", "when half had failed", "later"],
)  # fmt: skip
def test_when_a_cause_may_be_logged(seconds: float, reached: bool) -> None:  # noqa: FBT001
    verdict = case(segfault=sign(seconds)).verdict(episode({"closed": 4}))
    assert (verdict.root.rule == "segfault") is reached


@pytest.mark.parametrize(
    ("seconds", "worked", "start", "reached"),
    [
        (-7200, None, None, True),
        (-LONGEST.total_seconds() - 1, None, None, False),
        (-7200, -9000, None, True),
        (-7200, -600, None, False),
        (-7200, None, -3600, False),
        (-60, None, -30, False),
        (-60, None, 20, True),
    ],
    ids=["lasts", "a day at most", "nothing worked since", "it worked since", "started since", "just restarted", "started later"],
)  # fmt: skip
def test_what_lasts(seconds: float, worked: float | None, start: float | None, reached: bool) -> None:  # noqa: FBT001
    made = case({} if start is None else {"php-fpm": [at(start)]}, stopped=sign(seconds))
    verdict = made.verdict(episode({"refused": 4}, worked=worked))
    assert (verdict.root.rule == "stopped") is reached


@pytest.mark.parametrize(
    ("seconds", "reached"),
    [(-6 * 86400, True), (-8 * 86400, False), (60, False)],
    ids=["within a week", "long ago", "afterwards"],
)
def test_what_others_remember_holds_though_something_worked_since(seconds: float, reached: bool) -> None:  # noqa: FBT001
    graph = Graph(
        causes={"blocked": ("stolen",)}, symptoms=frozenset(), lasting=frozenset(), remembered=frozenset({"stolen"}),
        family={"blocked": "postfix", "stolen": "postfix"},
    )  # fmt: skip
    known = Case(graph=graph, signs={"stolen": [Sign(time=at(seconds)), Sign(time=at(seconds + 5))]})
    verdict = known.verdict(episode({"blocked": 5}, worked=-10))
    assert (verdict.root.rule == "stolen") is reached
    if reached:
        assert verdict.root.time == at(seconds)
        assert verdict.decided


def test_of_what_lasts_the_last_time_before_is_told() -> None:
    made = case(stopped=[sign(-90), sign(-60), sign(20)])
    assert made.verdict(episode({"refused": 4})).root.time == at(-60)


@pytest.mark.parametrize(
    ("found", "reached"),
    [(sign(-1, "mysql"), False), (sign(-1, None), True), (sign(-1, None, "b.fcgi"), False), (sign(-1, None, "a.fcgi"), True)],
    ids=["another program", "no program", "another back end", "this back end"],
)  # fmt: skip
def test_whom_it_is_about(found: Sign, reached: bool) -> None:  # noqa: FBT001
    assert (case(segfault=found).verdict(episode({"closed": 4})).root.rule == "segfault") is reached


def test_systemd_repeats_what_the_kernel_did_by_the_name_of_the_unit() -> None:
    made = case(failed=sign(-1), segfault=sign(-2, "dispatch.fcgi"))
    assert made.verdict(episode({"refused": 4})).root.rule == "segfault"


def test_the_kernel_knows_fifteen_letters_of_a_name() -> None:
    long = Episode(
        rules={"closed": 3}, begin=at(0), half=at(9), parties=frozenset({"dispatch-webmail.fcgi"}), entities=frozenset()
    )  # fmt: skip
    assert case(segfault=sign(-1, "dispatch-webmai")).verdict(long).root.rule == "segfault"
    assert case(segfault=sign(-1, "dispatch")).verdict(long).root.rule == "closed"


def test_cards_in_a_circle_come_to_an_end() -> None:
    circle = Graph(
        causes={"a": ("b",), "b": ("a",)}, symptoms=frozenset({"a", "b"}), lasting=frozenset(), family={"a": "x", "b": "y"}
    )  # fmt: skip
    verdict = Case(graph=circle).verdict(episode({"a": 3, "b": 2}))
    assert verdict.root.rule in {"a", "b"}


def test_what_is_left_open_is_told_the_nearest_first_and_not_beyond_kernel_and_systemd() -> None:
    assert open_ends(GRAPH, "refused") == [(1, "failed"), (1, "stopped")]
    assert open_ends(GRAPH, "page") == [(2, "failed"), (2, "segfault"), (2, "stopped"), (3, "db-stopped")]


@given(
    st.dictionaries(st.sampled_from(sorted(GRAPH.symptoms)), st.integers(1, 9), min_size=1),
    st.lists(st.tuples(st.sampled_from(sorted(GRAPH.named)), st.integers(-400, 60)), max_size=12),
    st.randoms(),
)
def test_the_order_in_which_logs_were_read_changes_nothing(
    rules: dict[str, int], seen: list[tuple[str, int]], random: Random
) -> None:
    def verdict(rules: Mapping[str, int], seen: Sequence[tuple[str, int]]) -> object:
        signs: dict[str, list[Sign]] = {}
        for rule, seconds in seen:
            signs.setdefault(rule, []).append(sign(seconds, None))
        ordered = {rule: sorted(some) for rule, some in signs.items()}
        return Case(graph=GRAPH, signs=ordered).verdict(episode(rules))

    shuffled, other = random.sample(seen, len(seen)), random.sample(sorted(rules.items()), len(rules))
    assert verdict(rules, seen) == verdict(dict(other), shuffled)


@pytest.mark.parametrize(
    ("name", "family", "wanted"),
    [
        ("The PHP 8.2 FastCGI Process Manager", "systemd", "php-fpm"),
        ("postfix@-.service", "systemd", "postfix"),
        ("perl5.36", "kernel", "perl"),
        ("python3.11", "kernel", "python"),
        ("apache2", "systemd", "apache"),
        ("opendkim", "kernel", "opendkim"),
        (None, "apache-error", None),
        (None, "dovecot", "dovecot"),
        ("man-db.service", "systemd", "man-db"),
    ],
)
def test_names_of_programs(name: str | None, family: str, wanted: str | None) -> None:
    assert party(name, family) == wanted
