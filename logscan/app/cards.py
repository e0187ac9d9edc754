"""What is wrong with cards, and a first draft of one: lint with trial, for commands and CI.

In: folders with cards, a line. Out: faults; TOML. Never: mends a card.
"""

from __future__ import annotations

from logscan.model.problems import UsageError
from logscan.packs.load import load
from logscan.packs.locate import ours
from logscan.pipeline.drafting import draft as _draft
from logscan.pipeline.trial import Failure, trial
from logscan.rules.lint import Fault, lint

LOCK = "ids.lock"


def faults(patterns: tuple[str, ...]) -> tuple[tuple[Fault, ...], int]:
    """Return every static fault, and how many cards were checked."""
    pack = load(patterns)
    lock = ours() / LOCK
    locked = lock.read_text(encoding="utf-8").split() if lock.is_file() else []
    return lint(pack, frozenset(locked)), len(pack.cards)


def tried(patterns: tuple[str, ...], ids: tuple[str, ...]) -> tuple[tuple[Failure, ...], int, int]:
    """Return every failing example, and how many cards and examples were tried."""
    pack = load(patterns)
    unknown = [name for name in ids if name not in pack.cards]
    if unknown:
        raise UsageError(f"no such card: {', '.join(unknown)}")
    chosen = [pack.cards[name] for name in ids] or list(pack.cards.values())
    examples = sum(len(card.hits) + len(card.misses) for card in chosen)
    return trial(pack, ids), len(chosen), examples


def draft(line: str, patterns: tuple[str, ...]) -> str:
    """Return the TOML of a card that catches `line`, with what is left to write marked."""
    return _draft(line, load(patterns))
