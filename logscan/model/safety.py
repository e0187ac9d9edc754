"""The one place where text from a log is made harmless before a person's program shows it.

Log lines are written by strangers. `escape` is for terminals and plain text, `csv_cell` for
spreadsheets. HTML has Jinja2's autoescape, JSON its own quoting (plus `json_safe`).
In: any string. Out: one that cannot move a cursor, change a colour, reorder text,
start a formula or break a line.
Never: shortens; decides what is worth showing.
"""

from __future__ import annotations

import re
import unicodedata

#: C0 and C1 controls, DEL, line and paragraph separators, bidi controls, zero-width and other
#: invisible format characters, lone surrogates, private use, noncharacters: Unicode categories
#: Cc, Cf, Cs, Co, Cn, Zl, Zp.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_PLAIN = re.compile(r"[ -~]*")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE_CATEGORIES:
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def escape(text: str) -> str:
    r"""Return `text` with everything that a terminal would act on spelled out.

    >>> escape("\x1b[31mred")
    '\\x1b[31mred'
    """
    if _PLAIN.fullmatch(text):
        return text
    return "".join(map(_visible, text))


def csv_cell(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula: escaped, and behind an apostrophe.

    >>> csv_cell("=HYPERLINK(1)")
    "'=HYPERLINK(1)"
    """
    safe = escape(text)
    return "'" + safe if text.startswith(_FORMULA) else safe


def escape_json(document: str) -> str:
    """Return a JSON document in which no character can act on a terminal.

    `json.dumps` escapes C0 controls itself; DEL, C1 and bidi controls stand only inside strings,
    where `\\u` escapes mean the same.
    """
    return (
        document
        if document.isascii() and "\x7f" not in document
        else _UNSAFE_JSON.sub(_json_escape, document)
    )


def _json_escape(found: re.Match[str]) -> str:
    character = found[0]
    if character == "\n" or unicodedata.category(character) not in _UNSAFE_CATEGORIES:
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


_UNSAFE_JSON = re.compile(r"[^ -~\n]")
