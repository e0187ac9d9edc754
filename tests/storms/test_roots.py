"""Every storm: the root is named first, no look-alike gets one, and without its decisive log it becomes undecided.

In: sample-logs/storms with what its drivers saw. The bounds are those of the README; a storm that misses one is named here with
its reason, and must go on missing it, so that nothing is forgotten in this list.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from logscan.model.outages import OutageReport
from tests.storms import judge
from tests.storms.judge import Storm

ALL = {storm.name: storm for storm in judge.storms()}
REAL = sorted(name for name, storm in ALL.items() if not storm.truth["look_alike"])
ALIKE = sorted(ALL.keys() - set(REAL))
TAKEN = sorted(name for name in REAL if ALL[name].truth["decisive"])

#: Nothing that is left tells of a failure: a visitor who gives up while waiting leaves no line.
SILENT = {"apache-workers", "dovecot-logins"}
#: Outages of the truth that no outage of ours is like, by storm, and why.
APART = {
    "dovecot-userip": "it is told for Dovecot as a whole, not by user",
    "fcgid-slots": "the page that ended it was asked for before the last failure, and nobody logs how long it took",
    "resolver-dead": "the resolver's outage begins with the first domain's, a little before the last domain's",
}


@cache
def told(name: str) -> OutageReport:
    return ALL[name].told()


def test_there_are_enough_of_each_kind() -> None:
    assert len(ALL) >= 25
    assert len(ALIKE) >= 6
    assert sum(storm.truth["made_by"] == "real servers" for storm in ALL.values()) >= 15


@pytest.mark.parametrize("name", REAL)
def test_the_root_is_named_first(name: str) -> None:
    storm = ALL[name]
    first = judge.first(told(name))
    assert judge.accepted(first, storm.truth), (first, storm.truth["root"]["words"])


@pytest.mark.parametrize("name", ALIKE)
def test_a_look_alike_has_no_root(name: str) -> None:
    assert told(name).roots == ()
    assert [outage.service for outage in told(name).outages] == []


@pytest.mark.parametrize("name", TAKEN)
def test_without_what_decides_it_is_undecided_and_says_where_to_look(name: str, tmp_path: Path) -> None:
    storm: Storm = ALL[name]
    said = storm.told(storm.without(tmp_path))
    if name in SILENT:
        assert said.outages == ()
        return
    assert said.roots[0].undecided is not None
    look = judge.look(said).lower()
    assert any(word.lower() in look for word in storm.truth["without"]["look_at"]), look


@pytest.mark.parametrize("name", REAL)
def test_outages_begin_and_end_as_the_driver_saw(name: str) -> None:
    missed = judge.missed(told(name), ALL[name].truth)
    if name in APART:
        # stale entries of the list are taken out
        assert len(missed) < len(ALL[name].truth["outages"]) or len(missed) == 1
        return
    assert missed == []


@pytest.mark.parametrize("name", [name for name in REAL if ALL[name].truth["rhythm"] is not None])
def test_rhythm_is_found_where_it_is_and_denied_where_it_is_not(name: str) -> None:
    truth = ALL[name].truth["rhythm"]
    rhythm = told(name).rhythms[0]
    if truth is False:
        assert (rhythm.pattern, rhythm.follows) == ("none", None)
        return
    if truth["period_s"] is not None:
        assert rhythm.pattern in {"period", "daily"}
        assert rhythm.period_s == pytest.approx(truth["period_s"], rel=0.05)
    if truth["follows"] is not None:
        assert rhythm.follows is not None
        assert rhythm.follows.what == truth["follows"]


def test_what_is_known_to_be_undecided_with_all_logs_is_only_what_nobody_logged() -> None:
    """A root beside which nothing is open is the rule: the drivers left the others' causes out of every log."""
    open_ = {name for name in REAL if any(root.undecided for root in told(name).roots[:1])}
    assert open_ <= {
        "fcgid-killed", "founding-26h", "fpm-killed-nginx", "nightly-logrotate", "random-fortnight", "resolver-dead",
        "rhythm-graceful", "rhythm-periodic", "rhythm-random", "saslauthd-missing",
    }  # fmt: skip
