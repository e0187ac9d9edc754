"""A card's words in the reader's language, with what the log says filled in.

In: a card, a language, values. Out: `Explanation`. Never: escapes (that is the form's business).

A missing translation falls back to English, text by text. `{name}` in a text is replaced by
the captured value; where the log gave none, by its name in capitals, as manuals do.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from logscan.model.findings import Explanation
from logscan.packs.load import Pack
from logscan.packs.schema import Card, Text, text_of

_SLOT = re.compile(r"\{([a-z_]+)\}")


def digest(card: Card) -> str:
    """Return what a translation's `of` must say to be up to date with the English text."""
    text = card.text
    parts = (
        text.title, text.meaning, *text.likely_causes, "\1", *text.remedy, "\2", *text.verify, text.limits,
    )  # fmt: skip
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def words(card: Card, lang: str, pack: Pack) -> Text:
    """Return the card's words in `lang`, English where there is no translation."""
    table = pack.texts.get(lang, {}).get(card.id)
    return text_of(table) if table else card.text


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with its slots filled.

    >>> fill("dig -x {ip}", {"ip": "192.0.2.1"}), fill("dig -x {ip}", {})
    ('dig -x 192.0.2.1', 'dig -x IP')
    """
    return _SLOT.sub(lambda slot: values.get(slot[1]) or slot[1].upper(), text)


def explain(card: Card, lang: str, pack: Pack, values: Mapping[str, str]) -> Explanation:
    """Return the card's explanation in `lang` with `values` filled in."""
    text = words(card, lang, pack)
    return Explanation(
        title=fill(text.title, values),
        meaning=fill(text.meaning, values),
        likely_causes=tuple(fill(item, values) for item in text.likely_causes),
        remedy=tuple(fill(item, values) for item in text.remedy),
        verify=tuple(fill(item, values) for item in text.verify),
        references=card.references,
        limits=fill(text.limits, values),
    )


def ui(lang: str, pack: Pack) -> Mapping[str, Any]:
    """Return the program's own words in `lang`; `[ui]` of texts/<lang>."""
    return {**pack.texts["en"]["ui"], **pack.texts.get(lang, {}).get("ui", {})}
