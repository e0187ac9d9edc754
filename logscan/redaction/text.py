"""The text of a block -> the same text with pseudonyms.

In: whole lines. Out: as many lines. Never: a line looked at by Python one by one: Polars cuts the text into pieces, Python sees
each distinct piece once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from logscan.model.safety import escape
from logscan.redaction.grammar import ODD, PLAIN, TOKEN
from logscan.redaction.masks import Masks

#: Stands between what is not cut out, while the pieces are changed. No text has it: it was escaped before.
_CUT: Final = "\x00"
#: Lines that are cut at once: the pieces of some text take ten times its memory.
PORTION: Final = 10_000
#: Everything that is not plain text of an everyday log: only lines with such are looked at by `escape`.
_UNUSUAL: Final = r"[^ -~\t]"
#: What a crash, an editor or `journalctl -o json-seq` leaves in front of a line; readers pass over it.
_BEFORE: Final = "\x00\x1e\ufeff"
_ESCAPED: Final = r"\\u[0-9A-Fa-f]{4}|\\/"
_ONE_ESCAPE: Final = re.compile(r"(\\\\)|\\u([0-9A-Fa-f]{4})|\\(/)")


def hidden(lines: pl.Series, masks: Masks) -> str:
    """Return the lines with pseudonyms, each ended by a newline, fit for any terminal."""
    return "".join(_hidden(some, masks) for some in _portions(lines))


def gather(lines: pl.Series, masks: Masks) -> None:
    """Have `masks` see every piece of the lines, so that it knows the names in them."""
    for some in _portions(lines):
        _told(cut(_text(some))[0], masks)


def _portions(lines: pl.Series) -> Iterator[pl.Series]:
    return (lines.slice(begin, PORTION) for begin in range(0, len(lines), PORTION))


def _hidden(lines: pl.Series, masks: Masks) -> str:
    pieces, between = cut(_text(lines))
    told = pieces.replace_strict(*_told(pieces, masks), return_dtype=pl.String) if len(pieces) else pieces
    woven = pl.DataFrame([between[:-1].alias("between"), told.alias("told")])
    said = woven.select(pl.concat_str("between", "told")).to_series()
    return f"{said.str.join('').item()}{between[-1]}"


def _text(lines: pl.Series) -> str:
    return "\n".join(_safe(lines)) + "\n"


def cut(text: str) -> tuple[pl.Series, pl.Series]:
    """Return the pieces of a text that may be somebody's, and what stands between them: one more."""
    whole = pl.Series([text])
    pieces = whole.str.extract_all(TOKEN).explode(empty_as_null=False)
    return pieces, whole.str.replace_all(TOKEN, _CUT).str.split(_CUT).explode()


def _told(pieces: pl.Series, masks: Masks) -> tuple[pl.Series, pl.Series]:
    """Return the distinct pieces, and what is printed in their place."""
    distinct = pieces.unique()
    plain = distinct.str.contains(PLAIN) & ~distinct.str.contains(ODD)
    others = distinct.filter(~plain)
    words = distinct.filter(plain)
    told = pl.Series([masks.of(piece) for piece in others], dtype=pl.String)
    return pl.concat([words, others]), pl.concat([_words(words, masks), told])


def _words(words: pl.Series, masks: Masks) -> pl.Series:
    """Return plain words, those that are names hidden."""
    places = [place for place, word in enumerate(words) if "-" in word or word.casefold() in masks.known]
    return words.clone().scatter(places, [masks.word(words[place]) for place in places])


def _safe(lines: pl.Series) -> pl.Series:
    """Return the lines without what a terminal would act on, and JSON without escapes for what needs none."""
    odd = lines.str.contains(_UNUSUAL).arg_true()
    if len(odd):
        lines = lines.clone().scatter(odd, [_visible(line) for line in lines.gather(odd)])
    escaped = (lines.str.contains(r"^\s*\{") & lines.str.contains(_ESCAPED)).arg_true()
    if len(escaped):
        lines = lines.clone().scatter(escaped, [_unescaped(line) for line in lines.gather(escaped)])
    return lines


def _visible(line: str) -> str:
    return "\t".join(escape(part) for part in line.lstrip(_BEFORE).split("\t"))


def _unescaped(line: str) -> str:
    """Return a JSON document in which letters and brackets are themselves: `\\u003c` would hide an address."""

    def one(found: re.Match[str]) -> str:
        if found[3]:
            return "/"
        if not found[2]:
            return found[0]
        code = int(found[2], 16)
        plain = code >= 0x20 and code not in (0x22, 0x5C) and not 0xD800 <= code < 0xE000
        character = chr(code)
        return character if plain and escape(character) == character else found[0]

    return _ONE_ESCAPE.sub(one, line)
