"""Folders of TOML into cards and texts, every problem at once.

In: folders. Out: a frozen `Pack`. Never: matches a line; writes (the cache does).

A card's id is its path: patterns/postfix/smtp/no-reverse-dns.toml = postfix.smtp.no-reverse-dns.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from logscan.model.problems import PackError, Problem
from logscan.packs import cache as json_cache
from logscan.packs.locate import folders
from logscan.packs.schema import Card, card_of

#: Folders below a pack's root that hold no cards.
NOT_CARDS = frozenset({"texts", "registry", "providers", "formats", "causes"})

#: Texts of a card that are lists.
LISTS = frozenset({"likely_causes", "remedy", "verify"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Every card by id, in order of ids, and the translations: language -> id -> table."""

    cards: Mapping[str, Card]
    texts: Mapping[str, Mapping[str, Mapping[str, Any]]]


def card_files(root: Path) -> tuple[Path, ...]:
    """Return the card files below `root`, sorted."""
    return tuple(
        path
        for path in sorted(root.rglob("*.toml"))
        if path.relative_to(root).parts[0] not in NOT_CARDS and not path.name.startswith(("_", "."))
    )


def identity(root: Path, path: Path) -> str:
    """Return the id that a card at `path` has."""
    return ".".join(path.relative_to(root).with_suffix("").parts)


def read_table(path: Path) -> dict[str, Any] | Problem:
    """Return what a TOML file holds, or why it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        return Problem(where=str(path), reason=error.strerror or str(error), help="make the file readable")
    except UnicodeDecodeError as error:
        return Problem(where=str(path), reason=f"is not UTF-8: {error.reason}", help="save it as UTF-8")
    except tomllib.TOMLDecodeError as error:
        return Problem(where=str(path), reason=f"is not TOML: {error}", help="mend the place it names")


@cache
def _validator() -> Any:
    # jsonschema is imported here: cached packs are loaded without it.
    import json  # noqa: PLC0415

    from jsonschema import Draft202012Validator  # noqa: PLC0415

    schema = json.loads(Path(__file__).with_name("card.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema)


def faults(path: Path, table: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Return every way in which `table` is not a card."""
    return tuple(
        Problem(
            where=f"{path}: {'.'.join(str(part) for part in error.absolute_path) or '(top)'}",
            reason=error.message,
            help="see logscan/packs/card.schema.json and CONTRIBUTING",
        )
        for error in sorted(_validator().iter_errors(table), key=lambda e: [str(p) for p in e.absolute_path])
    )


def read_cards(root: Path) -> tuple[dict[str, dict[str, Any]], tuple[Problem, ...]]:
    """Return the valid card tables below `root` by id, and what is wrong with the others."""
    if not root.is_dir():
        return {}, (Problem(where=str(root), reason="is not a folder", help="name a folder with cards"),)
    tables: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for path in card_files(root):
        table = read_table(path)
        if isinstance(table, Problem):
            problems.append(table)
        elif "." in "".join(path.relative_to(root).with_suffix("").parts):
            reason = "has a dot in its name, which its id would take for a folder"
            problems.append(Problem(where=str(path), reason=reason, help="rename it"))
        elif wrong := faults(path, table):
            problems.extend(wrong)
        else:
            tables[identity(root, path)] = table
    return tables, tuple(problems)


def read_texts(root: Path) -> tuple[dict[str, dict[str, dict[str, Any]]], tuple[Problem, ...]]:
    """Return the translations below `root`/texts: texts/<lang>.toml and texts/<lang>/*.toml."""
    texts: dict[str, dict[str, dict[str, Any]]] = {}
    problems: list[Problem] = []
    base = root / "texts"
    for path in sorted(base.rglob("*.toml")) if base.is_dir() else ():
        table = read_table(path)
        if isinstance(table, Problem):
            problems.append(table)
            continue
        problems.extend(_odd_texts(path, table))
        lang = path.relative_to(base).parts[0].removesuffix(".toml")
        texts.setdefault(lang, {}).update(table)
    return texts, tuple(problems)


def is_ui(name: str) -> bool:
    """Tell whether a table of texts holds the program's own words: `ui`, `ui.blind...`; else a card's."""
    return name == "ui" or name.startswith("ui.")


def _odd_texts(path: Path, table: Mapping[str, Any]) -> Iterator[Problem]:
    for name, words in table.items():
        # The program's own words have names of a card's lists among their keys.
        lists = frozenset[str]() if is_ui(name) else LISTS
        right = isinstance(words, dict) and all(
            isinstance(value, list) and all(isinstance(item, str) for item in value)
            if key in lists
            else isinstance(value, str)
            for key, value in words.items()
        )
        if not right:
            reason = "is not a table of texts and lists of texts"
            yield Problem(where=f"{path}: {name}", reason=reason, help="see patterns/texts/zh")


def _read(root: Path) -> dict[str, Any]:
    cards, problems = read_cards(root)
    texts, more = read_texts(root)
    if problems or more:
        raise PackError(problems + more)
    return {"cards": cards, "texts": texts}


@cache
def load(extra: tuple[str, ...] = ()) -> Pack:
    """Return the cards of logscan, of the site and of the folders `extra`.

    Raises PackError with every problem when a card cannot be read, or when two folders
    hold the same id.
    """
    cards: dict[str, Card] = {}
    texts: dict[str, dict[str, Mapping[str, Any]]] = {}
    problems: list[Problem] = []
    for root in folders(extra):
        tables = json_cache.through(root, card_and_text_files(root), _read)
        for name, table in tables["cards"].items():
            path = root.joinpath(*name.split(".")).with_suffix(".toml")
            if name in cards:
                reason = f"has the id of {cards[name].origin}"
                problems.append(Problem(where=str(path), reason=reason, help="rename one of them"))
            cards[name] = card_of(name, table, origin=str(path))
        for lang, by_id in tables["texts"].items():
            texts.setdefault(lang, {}).update(by_id)
    if problems:
        raise PackError(tuple(problems))
    return Pack(cards=dict(sorted(cards.items())), texts=texts)


def card_and_text_files(root: Path) -> Iterable[Path]:
    """Return every file that a pack is read from, sorted; the cache's key is made of them."""
    return sorted(path for path in root.rglob("*.toml") if not path.name.startswith(("_", ".")))
