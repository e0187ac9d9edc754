"""What a pasted line, reply or code means and what to do.

In: texts, the language, folders with cards. Out: `Explained`, one per text, in order.
Never: an answer that a log with this line would not give.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from logscan.model.findings import Explanation
from logscan.model.vocabulary import Severity
from logscan.packs.load import Pack, load
from logscan.packs.registry import registered
from logscan.packs.schema import SLOTS, Card
from logscan.packs.texts import explain as words
from logscan.pipeline.lines.pasted import Event, Judged, judged
from logscan.rules.match import trusted, winner

_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What one text means; `explanation` is None when nothing is known.

    rule: a card's id, `registry.CODE`, or None. bare: a reply without a log line, which is read
    as a remote's answer to us, but says nothing of direction itself.
    """

    text: str
    rule: str | None
    cause: str | None = None
    direction: str | None = None
    nature: str | None = None
    fault: str | None = None
    provider: str | None = None
    severity: str | None = None
    smtp_code: int | None = None
    dsn: str | None = None
    explanation: Explanation | None = None
    captures: Mapping[str, str] = field(default_factory=dict)
    bare: bool = False
    understood: bool = True


def explain(
    texts: Sequence[str], *, lang: str = "en", patterns: tuple[str, ...] = ()
) -> tuple[Explained, ...]:
    """Explain each text: a whole log line, a bare reply, an enhanced status code, a bare message."""
    pack = trusted(load(patterns))
    return tuple(
        _explained(text, result, pack, lang)
        for text, result in zip(texts, judged(texts, pack, guess=True), strict=True)
    )


def _explained(text: str, result: Judged, pack: Pack, lang: str) -> Explained:
    event = next((event for event in result.events if event.rules), None)
    if event is not None:
        card = pack.cards[winner(event.rules, pack.cards)]
        return _by_card(text, event, card, pack, lang, bare=result.bare)
    row = result.events[0].row if result.events else {}
    code = row.get("dsn") or _code_in(text)
    known = registered(code) if code else None
    return Explained(
        text=text,
        rule=f"registry.{code}" if code else None,
        cause=known.cause if known else None,
        direction=None if result.bare else row.get("direction"),
        nature={"4": "soft", "5": "hard"}.get(code[0]) if code else None,
        fault=None,
        severity=None if result.bare else row.get("severity"),
        smtp_code=row.get("smtp_code"),
        dsn=code,
        explanation=known.explanation if known else None,
        bare=result.bare,
        understood=bool(result.events),
    )


def _by_card(text: str, event: Event, card: Card, pack: Pack, lang: str, *, bare: bool) -> Explained:
    captures = event.captured(card)
    columns = {name: [str(event.row[name])] for name in SLOTS if event.row.get(name) is not None}
    values = columns | {name: [value] for name, value in captures.items()}
    return Explained(
        text=text,
        rule=card.id,
        cause=card.cause,
        direction=None if bare else event.row.get("direction"),
        nature=card.nature,
        fault=card.fault,
        provider=card.provider,
        severity=Severity(card.severity).value,
        smtp_code=event.row.get("smtp_code"),
        dsn=event.row.get("dsn"),
        explanation=words(card, lang, pack, values),
        captures=captures,
        bare=bare,
    )


def _code_in(text: str) -> str | None:
    found = _CODE.search(text)
    return found[1] if found else None
