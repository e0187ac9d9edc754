"""Cards on shapes: which card, if any, explains each distinct shape.

In: a table of shapes (columns `shape.KEY`), the cards. Out: the same with `rule`, a card's id
or null, and `rivals`, how many other cards matched without saying which should win.
Never: sees a line twice; runs a regex where a literal has already said no.

Literals of all cards are looked for in one pass; a card's regex then runs on its candidates only.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial

import polars as pl

from logscan.model.problems import PackError, Problem
from logscan.model.vocabulary import Severity
from logscan.packs.cache import once
from logscan.packs.load import Pack
from logscan.packs.locate import ours
from logscan.packs.schema import WORD_COLUMNS, Card


def raw_literals(cards: Iterable[Card]) -> tuple[str, ...]:
    """Return the literals of the cards that must see the unmasked reason."""
    return tuple(sorted({text for card in cards if card.match.raw for text in card.match.literal}))


#: Characters of a regex, and groups in groups in it. Ours have at most 600, and four; beyond lies what is slow to
#: compile, or too deep for Python.
LONGEST_REGEX = 4000
DEEPEST_REGEX = 50


@cache
def regex_error(pattern: str) -> str | None:
    """Return why `pattern` is refused, by Rust's regex engine or for its size; None when it is taken."""
    if len(pattern) > LONGEST_REGEX:
        return f"it has {len(pattern)} characters, more than {LONGEST_REGEX}"
    opened = itertools.accumulate({"(": 1, ")": -1}.get(character, 0) for character in pattern)
    if max(opened, default=0) > DEEPEST_REGEX:
        return f"its groups are nested deeper than {DEEPEST_REGEX}"
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError as error:
        return " ".join(str(error).split())
    return None


def _short(wrong: str) -> str:
    """Return what the engine says without most of the regex, which it quotes."""
    return wrong if len(wrong) <= 400 else f"{wrong[:200]} ... {wrong[-200:]}"


def refuse_broken(cards: Iterable[Card]) -> None:
    """Raise PackError, with every one of them, when a card's regex does not compile."""
    problems = tuple(
        Problem(
            where=card.origin,
            reason=f"the regex does not compile: {_short(wrong)}",
            help="see: logscan rules lint",
        )
        for card in cards
        for pattern in (card.match.reason, *card.captures.values())
        if pattern is not None and (wrong := regex_error(pattern)) is not None
    )
    if problems:
        raise PackError(problems)


def trusted(pack: Pack) -> Pack:
    """Return the pack. Raises PackError for cards of the user's own that cannot run; CI has tried ours."""
    home = str(ours())
    own = [card for card in pack.cards.values() if not card.origin.startswith(home)]
    # compiling 450 regexes takes a tenth of a second; another Polars may take another view of them
    if own:
        regexes = repr([(card.match.reason, sorted(card.captures.items())) for card in own])
        key = hashlib.sha256(f"{pl.__version__}\0{regexes}".encode("utf-8", "surrogateescape")).hexdigest()
        once("regexes", key, partial(refuse_broken, own))
    return pack


def match(shapes: pl.DataFrame, cards: Mapping[str, Card]) -> pl.DataFrame:
    """Return `shapes` with `rule` (String, null where nothing matches) and `rivals` (UInt32)."""
    indexed = shapes.with_row_index("shape_index")
    hits = _hits(indexed, list(cards.values()))
    best = _resolve(hits, cards)
    return (
        indexed.join(best, on="shape_index", how="left", maintain_order="left")
        .drop("shape_index")
        .with_columns(pl.col("rivals").fill_null(0))
    )


def matches(shapes: pl.DataFrame, cards: Sequence[Card]) -> list[list[str]]:
    """Return, for every shape, the ids of all cards that match it, sorted; for trial and lint."""
    hits = _hits(shapes.with_row_index("shape_index"), list(cards))
    found: list[list[str]] = [[] for _ in range(shapes.height)]
    for index, rule in hits.sort("shape_index", "rule").iter_rows():
        found[index].append(rule)
    return found


def _hits(indexed: pl.DataFrame, cards: list[Card]) -> pl.DataFrame:
    """Return (shape_index, rule) for every match."""
    words = {name: indexed[name].to_list() for name in WORD_COLUMNS if name in indexed.columns}
    found: list[int] = []
    rules: list[str] = []
    for number, rows in _candidates(indexed, cards).items():
        card = cards[number]
        # Words are equal or not, in any language: a few rows are looked at here, in Python, because an
        # expression per card costs a thousandth of a second. Only the regex is Polars' business.
        left = [row for row in rows if _says(words, row, card)]
        if left and card.match.reason is not None:
            reasons = indexed["raw_reason" if card.match.raw else "masked"].gather(left)
            left = pl.Series(left).filter(reasons.str.contains(card.match.reason).fill_null(False)).to_list()
        found += left
        rules += [card.id] * len(left)
    return pl.DataFrame(
        {"shape_index": found, "rule": rules}, schema={"shape_index": pl.UInt32, "rule": pl.String}
    )


def _says(words: Mapping[str, list[str | int | None]], row: int, card: Card) -> bool:
    return all(str(words[name][row]) in allowed for name, allowed in card.match.words.items())


def _candidates(indexed: pl.DataFrame, cards: list[Card]) -> dict[int, pl.Series]:
    """Return, by the card's place in `cards`, the rows whose reason holds one of its literals."""
    found: dict[int, pl.Series] = {}
    for column, raw in (("masked", False), ("raw_reason", True)):
        owners: dict[str, list[int]] = {}
        for number, card in enumerate(cards):
            for literal in card.match.literal if card.match.raw is raw else ():
                owners.setdefault(literal.lower(), []).append(number)
        if owners and indexed.height:
            found |= _holding(indexed, column, owners)
    return found


def _holding(indexed: pl.DataFrame, column: str, owners: Mapping[str, list[int]]) -> dict[int, pl.Series]:
    """Return, by number, the rows whose `column` holds one of the literals that the number owns."""
    found = (
        indexed.select(
            pl.col("shape_index"),
            pl.col(column)
            .str.to_lowercase()
            .str.extract_many(list(owners), overlapping=True)
            .alias("literal"),
        )
        .explode("literal", empty_as_null=False)
        .drop_nulls()
        .unique()
    )
    table = pl.DataFrame(
        [(literal, number) for literal, numbers in owners.items() for number in numbers],
        schema={"literal": pl.String, "card": pl.UInt32},
        orient="row",
    )
    pairs = found.join(table, on="literal").select("card", "shape_index").unique().sort("card", "shape_index")
    return {
        int(number): part["shape_index"]
        for (number,), part in pairs.partition_by("card", as_dict=True, maintain_order=True).items()
    }


def _resolve(hits: pl.DataFrame, cards: Mapping[str, Card]) -> pl.DataFrame:
    """Return one (shape_index, rule, rivals) per shape: `over` first, then severity, then id."""
    grouped = hits.group_by("shape_index").agg(pl.col("rule").sort())
    rows = [(index, *_best(rules, cards)) for index, rules in grouped.iter_rows()]
    return pl.DataFrame(
        rows, schema={"shape_index": pl.UInt32, "rule": pl.String, "rivals": pl.UInt32}, orient="row"
    )


def winner(rules: Sequence[str], cards: Mapping[str, Card]) -> str:
    """Return the one of several matching cards that explains: `over` first, then severity, then id."""
    return _best(rules, cards)[0]


def _best(rules: Sequence[str], cards: Mapping[str, Card]) -> tuple[str, int]:
    beaten = {loser for rule in rules for loser in cards[rule].over}
    left = sorted(
        (rule for rule in rules if rule not in beaten),
        key=lambda rule: (Severity(cards[rule].severity).rank, rule),
    ) or sorted(rules)
    return left[0], len(left) - 1
