"""What a rule card is: its fields, and how a table read from TOML becomes one.

In: a mapping as tomllib (or the JSON cache) gives it, already valid by `card.schema.json`.
Out: frozen `Card`s. Never: reads a file; judges quality (that is rules.lint).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Columns that `[match]` may name as a word or a list of words (equal to one of them).
WORD_COLUMNS = (
    "family",
    "kind",
    "direction",
    "status",
    "daemon",
    "severity",
    "stage",
    "dsn",
    "module",
    "errno",
    "smtp_code",
    "http_status",
)


#: Columns of the matched events that fill `{name}` in every card's texts, beside its captures.
SLOTS = (
    "host",
    "queue_id",
    "sender",
    "recipient",
    "client_name",
    "client_ip",
    "relay_name",
    "relay_ip",
    "backend",
    "dkim_domain",
    "dkim_selector",
    "sasl_user",
)

#: What fills `{name}` in the texts of a derived card.
DERIVED_SLOTS = ("user", "sender")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """When a card applies: every condition must hold.

    words: column -> allowed words (WORD_COLUMNS). reason: Rust regex searched for in the
    masked reason. literal: strings of which the masked reason holds at least one, exactly as
    written (letter case does not matter); it goes before the regex. raw: search the unmasked reason.
    """

    words: Mapping[str, tuple[str, ...]]
    reason: str | None = None
    literal: tuple[str, ...] = ()
    raw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A card's words in one language."""

    title: str
    meaning: str
    likely_causes: tuple[str, ...] = ()
    remedy: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    limits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A line that the card must catch (hit) or must leave (miss).

    line: a whole log line, or reply: a bare SMTP reply; exactly one of them.
    expect: columns and captures that the hit must give. why: what a miss is instead.
    """

    line: str | None = None
    reply: str | None = None
    expect: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One known situation: how it looks, what it means, what to do, and its proof.

    id: its path below patterns/, with dots. captures: name -> Rust regex whose first group is
    taken from the unmasked reason, for `{name}` in the texts. caused_by: cards that may be behind it. symptom: it
    tells that something failed and not why. lasting: what it tells of lasts until the same program is started.
    derived: the kind of statement (`model.bounces.Statement`) that it tells of, where no line does and no example can.
    behind: causes of what other servers answer afterwards because of it.
    """

    id: str
    since: str
    status: str
    severity: str
    cause: str
    nature: str
    fault: str
    match: Match
    text: Text
    provider: str | None = None
    captures: Mapping[str, str] = field(default_factory=dict)
    references: tuple[str, ...] = ()
    caused_by: tuple[str, ...] = ()
    symptom: bool = False
    lasting: bool = False
    derived: str | None = None
    behind: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    allow: Mapping[str, str] = field(default_factory=dict)
    hits: tuple[Example, ...] = ()
    misses: tuple[Example, ...] = ()
    origin: str = ""


def _words(value: Any) -> tuple[str, ...]:
    return tuple(str(v) for v in (value if isinstance(value, list) else [value]))


def text_of(table: Mapping[str, Any]) -> Text:
    """Return the words of a `[text]` table or of one language's table."""
    return Text(
        title=table["title"],
        meaning=table["meaning"],
        likely_causes=tuple(table.get("likely_causes", ())),
        remedy=tuple(table.get("remedy", ())),
        verify=tuple(table.get("verify", ())),
        limits=table.get("limits", ""),
    )


def _example(table: Mapping[str, Any]) -> Example:
    return Example(
        line=table.get("line"),
        reply=table.get("reply"),
        expect=dict(table.get("expect", {})),
        why=table.get("why", ""),
    )


def card_of(identity: str, table: Mapping[str, Any], *, origin: str = "") -> Card:
    """Return the card that `table` describes. origin: the file it was read from."""
    match = table["match"]
    return Card(
        id=identity,
        since=table["since"],
        status=table["status"],
        severity=table["severity"],
        cause=table["cause"],
        nature=table["nature"],
        fault=table["fault"],
        provider=table.get("provider"),
        match=Match(
            words={name: _words(match[name]) for name in WORD_COLUMNS if name in match},
            reason=match.get("reason"),
            literal=_words(match.get("literal", [])),
            raw=bool(match.get("raw", False)),
        ),
        text=text_of(table["text"]),
        captures=dict(table.get("capture", {})),
        references=tuple(table.get("references", ())),
        caused_by=tuple(table.get("caused_by", ())),
        symptom=bool(table.get("symptom", False)),
        lasting=bool(table.get("lasting", False)),
        derived=table.get("derived"),
        behind=tuple(table.get("behind", ())),
        over=tuple(table.get("over", ())),
        allow=dict(table.get("allow", {})),
        hits=tuple(_example(e) for e in table.get("hit", ())),
        misses=tuple(_example(e) for e in table.get("miss", ())),
        origin=origin,
    )
