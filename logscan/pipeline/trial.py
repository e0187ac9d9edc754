"""A card's examples by the real road: line, parser, event, match.

In: a pack, the ids to try. Out: `Failure`s, sorted. Never: a shortcut that a log would not take.

    T01 hit not caught   T02 miss caught   T03 caught twice   T04 wrong fields   T05 not a line of any log
    T06 an everyday line, which a scan does not look at
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from logscan.packs.load import Pack
from logscan.packs.schema import Card, Example
from logscan.pipeline.lines.pasted import Judged, judged
from logscan.rules.match import refuse_broken


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Failure:
    """An example that does not do what its card says."""

    card: str
    code: str
    reason: str
    help: str


def trial(pack: Pack, ids: Iterable[str] = ()) -> tuple[Failure, ...]:
    """Return every failing example of the cards `ids`, of all cards when there are none.

    Raises PackError when a card's regex does not compile.
    """
    refuse_broken(pack.cards.values())
    chosen = [pack.cards[name] for name in ids] or list(pack.cards.values())
    trials = [
        (card, kind, number, example)
        for card in chosen
        for kind, examples in (("hit", card.hits), ("miss", card.misses))
        for number, example in enumerate(examples, 1)
    ]
    results = judged([example.line or example.reply or "" for *_, example in trials], pack)
    return tuple(
        sorted(
            failure
            for (card, kind, number, example), result in zip(trials, results, strict=True)
            for failure in _check(card, f"{kind} {number}", kind, example, result, pack)
        )
    )


def _check(
    card: Card, name: str, kind: str, example: Example, result: Judged, pack: Pack
) -> Iterator[Failure]:
    def fail(code: str, reason: str, help_: str) -> Failure:
        return Failure(card=card.id, code=code, reason=f"{name} {reason}", help=help_)

    if not result.events:
        yield fail("T05", "is not a line of any log that is known", "give the whole line, with its header")
        return
    caught = {rule for event in result.events for rule in event.rules}
    if kind == "miss":
        if card.id in caught:
            yield fail("T02", "is caught", f"narrow the pattern; the masked reason is: {_masked(result)}")
        return
    if card.id not in caught:
        yield fail("T01", "is not caught", _why_not(card, result))
        return
    rivals = sorted(
        rule
        for event in result.events
        if card.id in event.rules
        for rule in event.rules
        if rule != card.id and rule not in card.over and card.id not in pack.cards[rule].over
    )
    if rivals:
        help_ = f'narrow one pattern, or write over = ["{rivals[0]}"] if this card should win'
        yield fail("T03", f"is also caught by {', '.join(rivals)}", help_)
    event = next(event for event in result.events if card.id in event.rules)
    if event.row.get("everyday"):
        yield fail("T06", "is an everyday line, which a scan does not look at", "match what is wrong instead")
    for field, wanted in example.expect.items():
        got = event.captured(card).get(field, event.row.get(field))
        if got != wanted:
            yield fail(
                "T04", f"gives {field} = {got!r}, not {wanted!r}", "mend the expectation or the pattern"
            )


def _masked(result: Judged) -> str:
    return "; ".join(str(event.row.get("masked")) for event in result.events)


def _why_not(card: Card, result: Judged) -> str:
    parts: list[str] = []
    for event in result.events:
        for column, words in card.match.words.items():
            value = event.row.get(column)
            if str(value) not in words:
                parts.append(f"{column} is {value!r}, not {' or '.join(words)}")
        masked, pattern = str(event.row.get("masked")), card.match.reason
        if not any(literal.lower() in masked.lower() for literal in card.match.literal):
            parts.append("no literal is in the masked reason")
        raw = str(event.row.get("reason"))
        if pattern and not _finds(pattern, masked):
            also = ", though it does match the text before masking" if _finds(pattern, raw) else ""
            parts.append(f"the regex does not match the masked reason{also}")
        parts.append(f"the masked reason is: {masked}")
    return "; ".join(parts)


def _finds(pattern: str, text: str) -> bool:
    found: Any = pl.Series([text]).str.contains(pattern)[0]
    return bool(found)
