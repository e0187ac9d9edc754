"""On which line of a TOML file does a key stand? tomllib does not tell.

In: TOML text that was read without an error. Out: places of tables and keys -> lines.
Never: guesses; what is written in an uncommon way (inside of an inline table) has no line.
"""

from __future__ import annotations

import re
from typing import Final

_PART: Final = r"""(?:[A-Za-z0-9_-]+|"[^"\\]*"|'[^']*')"""
_NAME: Final = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE: Final = re.compile(rf"\s*\[\s*({_NAME})\s*\]\s*(?:#.*)?$")
_KEY: Final = re.compile(rf"\s*({_NAME})\s*=(.*)$")
_LONG: Final = ('"""', "'''")


def lines_of(text: str) -> dict[tuple[str, ...], int]:
    """Return where each table and each key begins, counted from 1."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    within: str | None = None  # of a text of several lines: the quotes that end it
    for number, line in enumerate(text.split("\n"), 1):
        if within is not None:
            within = None if line.count(within) % 2 else within
            continue
        if header := _TABLE.match(line):
            table = _parts(header[1])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_parts(key[1])), number)
            within = next((quotes for quotes in _LONG if key[2].count(quotes) % 2), None)
    return found


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, name))
