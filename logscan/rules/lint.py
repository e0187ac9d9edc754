"""Static checks of rule cards: one check, one code; all faults at once, each with place and help.

In: a pack. Out: `Fault`s, sorted. Never: runs a card on a line (that is pipeline.trial).

    C01 id               C02 literal            C03 does not compile   C04 matches the empty string
    C05 nested repeats   C06 dialects differ    C07 real address       C08 names an unknown card
    C09 unknown slot     C10 no reference       C11 translation        C12 unknown family
    C13 id has vanished  C14 capture            C15 catch-all          C16 line break in a text
    C17 a TODO is left   C18 derived twice
"""

from __future__ import annotations

import ipaddress
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from logscan.model.vocabulary import Family
from logscan.packs.load import Pack, is_ui
from logscan.packs.locate import ours
from logscan.packs.schema import DERIVED_SLOTS, SLOTS, Card, Text, text_of
from logscan.packs.texts import digest
from logscan.rules.match import regex_error

#: Networks that examples may use: RFC 5737, RFC 3849, RFC 1918, loopback, link-local, unspecified.
_EXAMPLE_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "10.0.0.0/8", "172.16.0.0/12",
        "192.168.0.0/16", "127.0.0.0/8", "::1/128", "fe80::/10", "0.0.0.0/32", "::/128",
    )
)  # fmt: skip
_MAIL_DOMAIN = re.compile(r"[\w.+=-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_EXAMPLE_DOMAIN = re.compile(
    r"(?i)(?:^|\.)(?:example(?:\.(?:com|net|org))?|test|invalid|localhost|localdomain|local|lan)$"
)
_IPV4 = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.]*\d)")
_SLOT = re.compile(r"\{([a-z_]+)\}")
_DIALECT = re.compile(r"\[\[:|&&|~~|\\[zZhxpPuU]|\(\?[a-zA-Z]*[xauL]|\(\?<[a-zA-Z]|\(\?P[=>]")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fault:
    """What is wrong with a card: which card, which check, what it saw, what to do."""

    card: str
    code: str
    reason: str
    help: str


Check = Callable[[Card, Pack], Iterator[tuple[str, str]]]
CHECKS: dict[str, Check] = {}


def _check(code: str) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        CHECKS[code] = check
        return check

    return register


def lint(pack: Pack, locked: frozenset[str] = frozenset()) -> tuple[Fault, ...]:
    """Return every fault of the pack's cards. locked: ids that were once published."""
    faults = [
        Fault(card=card.id, code=code, reason=reason, help=help_)
        for card in pack.cards.values()
        for code, check in CHECKS.items()
        if code not in card.allow
        for reason, help_ in check(card, pack)
    ]
    faults += [
        Fault(card=name, code="C13", reason="the id has vanished", help="bring the card back as retired")
        for name in locked - pack.cards.keys()
    ]
    for lang, table in pack.texts.items():
        faults += [
            Fault(
                card=name, code="C11", reason=f"{lang} speaks of a card that is not there", help="remove it"
            )
            for name in table.keys() - pack.cards.keys()
            if not is_ui(name)
        ]
    return tuple(sorted(faults))


@_check("C01")
def _id(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+", card.id):
        yield f"the id {card.id!r} is not words of a-z, 0-9 and hyphens, joined by dots", "rename the file"


@_check("C02")
def _literal(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    if not card.match.literal and card.derived is None:
        yield "has no literal", "name words that every matching reason holds; the regex runs only on those"
    for literal in card.match.literal:
        if not re.search(r"[A-Za-z]{3}", literal):
            yield f"the literal {literal!r} holds no word", "take words that the software prints"


@_check("C03")
def _compiles(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    for name, pattern in _every_pattern(card):
        if (wrong := regex_error(pattern)) is not None:
            yield (
                f"{name} does not compile: {wrong[:400]}",
                "no lookaround, no back-references: it is Rust's dialect; and short",
            )
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # what it warns of is C06
                re.compile(pattern)
        except re.error as error:
            yield f"{name} does not compile in Python: {error}", "stay with what both dialects accept"


@_check("C04")
def _empty(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    pattern = card.match.reason
    if pattern is None or regex_error(pattern) is not None:
        return
    if bool(pl.Series([""]).str.contains(pattern)[0]):
        yield "the regex matches the empty string", "make at least one part of it required"


@_check("C05")
def _nested(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    for name, pattern in _patterns(card):
        if nested_repeat(pattern):
            yield f"{name} repeats a repeat without bound", "bound one of the two repeats"


@_check("C06")
def _dialect(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    for name, pattern in _patterns(card):
        if found := _DIALECT.search(pattern.replace("\\\\", "")):
            yield f"{name} uses {found[0]!r}, which dialects read differently", "write it out"


@_check("C07")
def _addresses(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    for example in (*card.hits, *card.misses):
        text = example.line or example.reply or ""
        for found in _IPV4.findall(text):
            if not _example_address(found):
                yield f"{found} is not an example address", "use 192.0.2.x, 198.51.100.x, 203.0.113.x"
        for domain in _MAIL_DOMAIN.findall(text):
            if not _EXAMPLE_DOMAIN.search(domain):
                yield f"@{domain} is not an example domain", "use names below .example, or example.org"


@_check("C08")
def _names(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    for other in (*card.caused_by, *card.over):
        if other not in pack.cards:
            yield f"names the card {other}, which is not there", "mend the id"


@_check("C09")
def _slots(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    known = {*SLOTS, *card.captures} if card.derived is None else {*DERIVED_SLOTS}
    for text in _all_texts(card, pack):
        for slot in _SLOT.findall(" ".join(_sentences(text))):
            if slot not in known:
                yield f"{{{slot}}} is neither a capture nor a column", "add it to [capture] or mend its name"


@_check("C10")
def _references(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    if not card.references and not card.text.limits:
        yield "has no reference", "add one, or say in text.limits why there is none"


@_check("C11")
def _translation(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    for lang in pack.texts.keys() - {"en"}:
        table = pack.texts[lang].get(card.id)
        if table is None:
            # Only our own cards are translated; a site's own may be English alone.
            if "ui" in pack.texts[lang] and _is_ours(card, pack):
                yield f"has no {lang} text", f"add it below patterns/texts/{lang}"
            continue
        if table.get("of") != digest(card):
            yield (
                f"its {lang} text is of another English text",
                f'translate anew, then: of = "{digest(card)}"',
            )
        text = text_of(table)
        for name in ("likely_causes", "remedy", "verify"):
            if len(getattr(text, name)) != len(getattr(card.text, name)):
                yield f"{lang} has another number of {name}", "translate item by item"


@_check("C12")
def _family(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    for family in card.match.words.get("family", ()):
        if family not in set(Family):
            yield f"no parser family is called {family}", f"one of {', '.join(Family)}"


@_check("C14")
def _captures(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    for name, pattern in card.captures.items():
        if regex_error(pattern) is not None:
            continue
        try:
            groups = re.compile(pattern).groups
        except re.error:
            continue
        if groups != 1:
            yield (
                f"capture {name} has {groups} groups",
                "exactly one group is taken; write (?:...) for the others",
            )


@_check("C15")
def _catch_all(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    pattern = card.match.reason
    if pattern is None or regex_error(pattern) is not None:
        return
    if len(re.sub(r"\\.|\[[^\]]*\]|\(\?[a-zA-Z:P<>]*|[^A-Za-z]", "", pattern)) < 4:
        yield "the regex holds hardly a letter: it catches what it does not know", "name the words"


@_check("C16")
def _breaks(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    for text in _all_texts(card, pack):
        for sentence in _sentences(text):
            if "\n" in sentence.strip("\n") or sentence != sentence.strip() or "  " in sentence:
                yield f"line break or double blank in {sentence[:40]!r}", "one paragraph a string; forms wrap"


@_check("C17")
def _unfinished(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    texts = [*card.match.literal, *(example.why for example in card.misses)]
    texts += [sentence for text in _all_texts(card, pack) for sentence in _sentences(text)]
    for sentence in texts:
        if re.search(r"\bTODO\b", sentence):
            yield f"is not finished: {sentence[:60]!r}", "write what it asks for"


@_check("C18")
def _derived(card: Card, pack: Pack) -> Iterator[tuple[str, str]]:
    twins = [one for one in pack.cards.values() if one.derived == card.derived and one.id != card.id]
    if card.derived is None or not twins:
        return
    if not _is_ours(card, pack) or all(_is_ours(one, pack) for one in twins):
        reason = f"{twins[0].id} tells of the statement {card.derived!r} already"
        yield reason, "one card for each kind of statement"


def nested_repeat(pattern: str) -> bool:
    """Return whether a group that repeats without bound holds a repeat without bound.

    >>> nested_repeat("(a+)+b"), nested_repeat("(?:a+ b){1,3}")
    (True, False)
    """
    stack: list[bool] = []
    unbounded = False
    position, in_class = 0, False
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            position += 2
            continue
        if in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
            position += pattern[position + 1 : position + 2] in ("]", "^")
        elif character == "(":
            stack.append(unbounded)
            unbounded = False
        elif character == ")":
            repeated = re.match(r"[*+]|\{\d*,\}", pattern[position + 1 :]) is not None
            if unbounded and repeated:
                return True
            unbounded = unbounded or (stack.pop() if stack else False)
        elif character in "*+" or re.match(r"\{\d*,\}", pattern[position:]):
            unbounded = True
        position += 1
    return False


def _patterns(card: Card) -> Iterator[tuple[str, str]]:
    """Yield those patterns of a card that compile: the others are C03, and nothing else is asked of them."""
    return ((name, pattern) for name, pattern in _every_pattern(card) if regex_error(pattern) is None)


def _every_pattern(card: Card) -> Iterator[tuple[str, str]]:
    if card.match.reason is not None:
        yield "match.reason", card.match.reason
    for name, pattern in card.captures.items():
        yield f"capture.{name}", pattern


def _example_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return True
    return any(address in network for network in _EXAMPLE_NETWORKS if network.version == address.version)


def _is_ours(card: Card, pack: Pack) -> bool:
    return card.origin.startswith(str(ours()))


def _all_texts(card: Card, pack: Pack) -> Iterator[Text]:
    yield card.text
    for table in pack.texts.values():
        if card.id in table:
            yield text_of(table[card.id])


def _sentences(text: Text) -> tuple[str, ...]:
    return (text.title, text.meaning, *text.likely_causes, *text.remedy, *text.verify, text.limits)
