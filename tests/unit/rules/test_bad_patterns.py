"""One broken card per fault: the folders of tests/bad-patterns are the lint's manual."""

from __future__ import annotations

from pathlib import Path

import pytest

from logscan.packs.load import load
from logscan.pipeline.trial import trial
from logscan.rules.lint import CHECKS, lint

BAD = Path(__file__).parents[2] / "bad-patterns"
FOLDERS = sorted(path.name for path in BAD.iterdir())


@pytest.mark.parametrize("name", FOLDERS)
def test_each_broken_card_is_caught_by_its_check(name: str) -> None:
    pack = load((str(BAD / name),))
    own = {card.id for card in pack.cards.values() if card.origin.startswith(str(BAD))}
    found = lint(pack) if name.startswith("C") else trial(pack, sorted(own))
    faults = [fault for fault in found if fault.card in own]
    assert {fault.code for fault in faults} == {name[:3]}
    assert all(fault.help for fault in faults)


def test_a_pattern_that_matches_only_before_masking_is_told_so() -> None:
    pack = load((str(BAD / "T01-raw-but-not-masked"),))
    failure = trial(pack, ["test.card"])[0]
    assert "though it does match the text before masking" in failure.help


def test_every_static_check_has_its_broken_card() -> None:
    assert set(CHECKS) <= {name[:3] for name in FOLDERS}


def test_an_id_that_was_published_must_not_vanish() -> None:
    faults = lint(load(), frozenset({"postfix.smtp.was-here-once"}))
    assert [fault.code for fault in faults if fault.card == "postfix.smtp.was-here-once"] == ["C13"]
