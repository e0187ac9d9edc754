"""Every shipped card keeps what its examples promise, by the road that log lines take."""

from __future__ import annotations

from functools import cache

import pytest

from logscan.packs.load import load
from logscan.pipeline.lines.pasted import Judged, judged
from logscan.pipeline.trial import Failure, trial
from logscan.rules.lint import Fault, lint
from logscan.rules.match import winner

CARDS = load().cards


@cache
def tried() -> tuple[Failure, ...]:
    return trial(load())


@cache
def linted() -> tuple[Fault, ...]:
    return lint(load())


@cache
def hits() -> dict[str, list[Judged]]:
    """Return what became of each card's hits; all are judged at once, because Polars likes company."""
    examples = [(name, hit.line or hit.reply or "") for name, card in CARDS.items() for hit in card.hits]
    found: dict[str, list[Judged]] = {}
    for (name, _), result in zip(examples, judged([text for _, text in examples], load()), strict=True):
        found.setdefault(name, []).append(result)
    return found


@pytest.mark.parametrize("name", CARDS)
def test_examples(name: str) -> None:
    assert [f"{failure.code} {failure.reason}" for failure in tried() if failure.card == name] == []


@pytest.mark.parametrize("name", CARDS)
def test_no_other_card_takes_its_hits(name: str) -> None:
    assert (name in hits()) == (CARDS[name].derived is None)
    for result in hits().get(name, ()):
        assert name in [winner(event.rules, CARDS) for event in result.events if event.rules]


@pytest.mark.parametrize("name", CARDS)
def test_lint(name: str) -> None:
    assert [f"{fault.code} {fault.reason}" for fault in linted() if fault.card == name] == []
