"""A card's words in the reader's language, with what the log says filled in.

In: a card, a language, values. Out: `Explanation`. Never: escapes (that is the form's business).

A missing translation falls back to English, text by text. `{name}` in a text is replaced by
the captured value; where the log gave none, by its name in capitals, as manuals do.

Remedies and checks are pasted into a shell, and the values were written by strangers: there only
a value that no shell acts on is filled in, and one value, not a list.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from logscan.model.findings import Explanation
from logscan.packs.load import Pack
from logscan.packs.schema import Card, Text, text_of

_SLOT = re.compile(r"\{([a-z_]+)\}")
_SHELL_SAFE = re.compile(r"[A-Za-z0-9_./:@%+=\[\]-]{1,255}")

#: Distinct values that prose shows.
SHOWN = 3

#: Slot -> its values in the order of the log.
Values = Mapping[str, Sequence[str]]


def digest(card: Card) -> str:
    """Return what a translation's `of` must say to be up to date with the English text."""
    text = card.text
    parts = (
        text.title, text.meaning, *text.likely_causes, "\1", *text.remedy, "\2", *text.verify, text.limits,
    )  # fmt: skip
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def words(card: Card, lang: str, pack: Pack) -> Text:
    """Return the card's words in `lang`, English for each text that is not translated."""
    table = pack.texts.get(lang, {}).get(card.id, {})
    english = {part.name: getattr(card.text, part.name) for part in fields(Text)}
    return text_of({**english, **table})


def fill(text: str, values: Values) -> str:
    """Return prose with its slots filled, with a few values each.

    >>> fill("dig -x {ip}", {"ip": ["192.0.2.1"]}), fill("dig -x {ip}", {})
    ('dig -x 192.0.2.1', 'dig -x IP')
    """
    return _SLOT.sub(lambda slot: _prose(values.get(slot[1], ())) or slot[1].upper(), text)


def fill_command(text: str, values: Values) -> str:
    """Return a command with its slots filled, each with its first value that is safe in a shell.

    >>> fill_command("postmap -q {recipient}", {"recipient": ["'; reboot;'@x.example", "a@x.example"]})
    'postmap -q a@x.example'
    >>> fill_command("postmap -q {recipient}", {"recipient": ["-x; reboot"]})
    'postmap -q RECIPIENT'
    """
    return _SLOT.sub(lambda slot: _safe(values.get(slot[1], ())) or slot[1].upper(), text)


def _prose(values: Sequence[str]) -> str:
    return ", ".join(values[:SHOWN]) + (", ..." if len(values) > SHOWN else "")


def _safe(values: Sequence[str]) -> str | None:
    # What begins with a hyphen would be taken for an option.
    return next((v for v in values if _SHELL_SAFE.fullmatch(v) and not v.startswith("-")), None)


def explain(card: Card, lang: str, pack: Pack, values: Values) -> Explanation:
    """Return the card's explanation in `lang` with `values` filled in."""
    text = words(card, lang, pack)
    return Explanation(
        title=fill(text.title, values),
        meaning=fill(text.meaning, values),
        likely_causes=tuple(fill(item, values) for item in text.likely_causes),
        remedy=tuple(fill_command(item, values) for item in text.remedy),
        verify=tuple(fill_command(item, values) for item in text.verify),
        references=card.references,
        limits=fill(text.limits, values),
    )


def ui(lang: str, pack: Pack) -> Mapping[str, Any]:
    """Return the program's own words in `lang`; `[ui]` of texts/<lang>."""
    return {**pack.texts["en"]["ui"], **pack.texts.get(lang, {}).get("ui", {})}


def ui_part(name: str, lang: str, pack: Pack) -> Mapping[str, str]:
    """Return the program's own words about one thing in `lang`; `["ui.<name>"]` of texts/<lang>.

    Raises KeyError when there are none.
    """
    key = f"ui.{name}"
    return {**pack.texts["en"][key], **pack.texts.get(lang, {}).get(key, {})}
