"""Rule cards on paper: the list, one card's page, and what is wrong with some.

In: cards and their words. Out: text or JSON. Never: judges a card.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from logscan.model.vocabulary import Severity
from logscan.packs.schema import Card, Text
from logscan.reports.json import dumps
from logscan.reports.paper import Cell, Paper
from logscan.reports.text import STYLE


class Complaint(Protocol):
    """A fault of rules.lint or of pipeline.trial."""

    @property
    def card(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def help(self) -> str: ...


def listing(cards: Sequence[tuple[Card, Text]], paper: Paper, *, form: str) -> None:
    """Write one line per card, or a JSON array."""
    if form == "json":
        paper.raw(dumps([_summary(card, text) for card, text in cards]) + "\n")
        return
    rows: list[list[Cell]] = [
        [(card.severity, STYLE[Severity(card.severity)]), card.id, text.title] for card, text in cards
    ]
    paper.rows(rows, indent=0)


def page(card: Card, text: Text, paper: Paper) -> None:
    """Write everything that a card says, its examples too."""
    paper.line((text.title, "bold"))
    rows: list[list[Cell]] = [
        ["id", card.id],
        ["severity", (card.severity, STYLE[Severity(card.severity)])],
        ["cause", f"{card.cause} ({card.nature}; the move is with: {card.fault})"],
        ["what", text.meaning],
        *_items("why", text.likely_causes),
        *_items("do", text.remedy),
        *_items("verify", text.verify),
    ]
    if text.limits:
        rows.append(["but", text.limits])
    if card.derived is not None:
        rows.append(
            ["seen in", "many lines together, never in one; what others answer afterwards points back to it"]
        )
    rows += _items("see", card.references)
    rows += [["hit", example.line or example.reply or ""] for example in card.hits]
    rows += [["miss", f"{example.line or example.reply}  ({example.why})"] for example in card.misses]
    paper.rows(rows)
    paper.line("")


def complaints(faults: Sequence[Complaint], checked: str, paper: Paper) -> None:
    """Write every fault with its help, and how much was checked."""
    for fault in faults:
        paper.prose((fault.card, "bold"), f"  {fault.code}  {fault.reason}")
        paper.rows([["help:", fault.help]])
    paper.line(f"{checked}: ", f"{len(faults)} faults" if faults else ("all good", "green"))


def _items(label: str, items: Sequence[str]) -> list[list[Cell]]:
    return [[label if number == 1 else "", item] for number, item in enumerate(items, 1)]


def _summary(card: Card, text: Text) -> dict[str, object]:
    return {
        "id": card.id,
        "severity": card.severity,
        "cause": card.cause,
        "nature": card.nature,
        "fault": card.fault,
        "provider": card.provider,
        "direction": list(card.match.words.get("direction", ())),
        "title": text.title,
        "status": card.status,
        "since": card.since,
    }
