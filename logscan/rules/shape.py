r"""The mask: what in a reason differs from case to case is replaced by its type.

In: rows with the columns of `KEY`. Out: the same with `masked`; a *shape* is one distinct
tuple of `KEY`. Rules run on shapes, so their cost does not grow with the log.
Never: looks at a card.

The mask is part of the rule language. In this order:
`<addr>` an address, with or without its brackets; `<arg>` another word in angle brackets;
`<url>`; `<path>` an absolute path; `<file>` a file name; `<time>`; `<ip>`; `<host>` a dotted
name, except a block list's after `using`, `listed at` and the like; `s=<sel>` a DKIM selector;
`<qid>` a queue ID; `<n>` a number. What tells one error from another stays: reply codes (three
digits from 2, 4 or 5), enhanced status codes (4.7.1), error numbers in parentheses ((104)),
digits glued to letters (AH01075, S3150). `<>` stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from logscan.model.columns import SCHEMA

#: Everything that a card may name, and therefore everything that tells two shapes apart.
#: `raw_reason` is null but for reasons that hold a literal of a card with `raw = true`.
KEY: Final = (
    "family",
    "kind",
    "direction",
    "severity",
    "status",
    "daemon",
    "stage",
    "dsn",
    "module",
    "errno",
    "smtp_code",
    "http_status",
    "masked",
    "raw_reason",
)

#: Stand for the dots of a block list's name, and for the hyphen of `550-` in a reply of several
#: lines, while host names are masked; around a mask that was made already, for its brackets.
_HELD_DOT, _HELD_HYPHEN, _OPEN, _CLOSE = "\ue000", "\ue003", "\ue001", "\ue002"

#: What begins an address whose local part holds `=`, as SRS, BATV and VERP write it; elsewhere `name=` goes before.
_REWRITTEN = r"(?:(?i:SRS[01]|(?:ms)?prvs1?|btv1|bounces?|owner|return|verp)[=+-]|[\w.-]*[+\d][\w.+-]*=)"
_HOST = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]\b\.?"
_LISTED = r"(?i)\b(?:using|listed (?:in|at|by|on))\s[a-z0-9_\ue000-]+"
_MASKS = "addr|url|path|file|time|ip|host|n|arg|sel|qid"
_FILE = (
    r"(^|[^\w.-])[\w-]+\.(?:fcgi|cgi|php|rb|conf|db|sock|log)([^\w.-]|\.[^a-z]|\.?$)",
    "${1}<file>${2}",
)
#: These endings are countries too: mx.wp.pl is a host, and so is wp.pl before an address or behind `name=`.
_FILE_OR_HOST = (
    r"(^|[^\w.=-])[\w-]+\.(?:pl|pm|py|so|cf)([^\w.\[-]|\.[^a-z]|\.?$)",
    "${1}<file>${2}",
)
#: What a text must hold before a file name is looked for in it.
_ENDINGS = (
    ".fcgi", ".cgi", ".php", ".rb", ".conf", ".db", ".sock", ".log", ".pl", ".pm", ".py", ".so", ".cf",
)  # fmt: skip
_SMALL = (
    r"(^|[^\w.(<])(?:\d{1,2}|[0136-9]\d\d)([^\w.>)]|[.)](?:\D|$)|$)",
    "${1}<n>${2}",
)


@dataclass(frozen=True, slots=True)
class _Step:
    """Make `changes`, (pattern, by), one after the other in texts that hold one of `needs`.

    Most texts are spared the search.
    """

    needs: tuple[str, ...]
    changes: tuple[tuple[str, str], ...]

    def apply(self, texts: pl.Series) -> pl.Series:
        holds = _holding(texts, self.needs)
        if not holds.any():
            return texts
        changed = pl.col(texts.name)
        for pattern, by in self.changes:
            changed = changed.str.replace_all(pattern, by)
        if holds.all():
            return texts.to_frame().select(changed).to_series()
        return texts.scatter(holds.arg_true(), texts.filter(holds).to_frame().select(changed).to_series())


def _step(needs: str | tuple[str, ...], *changes: tuple[str, str]) -> _Step:
    return _Step(needs if isinstance(needs, tuple) else (needs,), changes)


def _holding(texts: pl.Series, needs: tuple[str, ...]) -> pl.Series:
    """Tell which texts hold one of the literals."""
    if needs == ("",):
        return pl.repeat(True, len(texts), dtype=pl.Boolean, eager=True)
    if len(needs) == 1:
        return texts.str.contains(needs[0], literal=True)
    return texts.str.contains_any(list(needs))


#: One after the other, `_NAMES` then `_NUMBERS`. Rust's regex has no lookaround: what must be spared is held back first.
_NAMES: Final = (
    _step("@", (r"<[^<>]*@[^<>]*>", "<addr>")),
    _step("http", (r"\bhttps?://[^\s;,)\"'>]+", "<url>")),
    _step(
        "@",
        (
            rf"(?:{_REWRITTEN}[^\s<>\"'()\[\],;:]*|[^\s<>\"'()\[\]=,;:]+)@(?:\[[0-9A-Fa-f.:IPv]+\]|[A-Za-z0-9._-]*[A-Za-z0-9])",
            "<addr>",
        ),
    ),
    _step(
        "/",
        (r"\"/[^\"]*\"", '"<path>"'),
        (r"'/[^']*'", "'<path>'"),
        (r"/(?:[\w.+@%-]+/)+[\w.+@%-]*", "<path>"),
    ),
    # Twice: a match takes the character that the next one would begin with.
    _step(_ENDINGS, _FILE, _FILE, _FILE_OR_HOST, _FILE_OR_HOST),
    _step(":", (r"\b\d{1,2}:\d\d:\d\d\b", "<time>")),
    _step(".", (r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", "<ip>")),
    _step(":", (r"(?i)(?:IPv6:)?\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}(?:%\w+)?", "<ip>")),
    _step("::", (r"(^|[\s\[(=])::(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})*)?\b", "${1}<ip>")),
    # A name of a list has at most five labels.
    _step(
        ("sing ", "isted ", "SING ", "ISTED "),
        *((rf"({_LISTED})\.([A-Za-z0-9_-])", f"${{1}}{_HELD_DOT}${{2}}"),) * 4,
    ),
    _step("-", (r"(^|\s)([245]\d\d)-", f"${{1}}${{2}}{_HELD_HYPHEN}")),
    _step(".", (rf"\b{_HOST}", "<host>")),
    _step(_HELD_DOT, (_HELD_DOT, ".")),
    _step(_HELD_HYPHEN, (_HELD_HYPHEN, "-")),
)
_NUMBERS: Final = (
    # <word>: an argument, unless it is one of the masks just made.
    _step(
        "<",
        (rf"<({_MASKS})>", f"{_OPEN}${{1}}{_CLOSE}"),
        (r"<(?:[^<>\s\ue001]+(?:\ue001ip\ue002[^<>]*)?|\ue001(?:host|ip|file)\ue002)>", "<arg>"),
    ),
    _step(_OPEN, (_OPEN, "<")),
    _step(_CLOSE, (_CLOSE, ">")),
    _step("s=", (r"\bs=[^\s,;)]+", "s=<sel>")),
    _step((" as ", "id ", "ID "), (r"\b(queued as|forwarded as|id|ID) [0-9A-Za-z]{5,}\b", "${1} <qid>")),
    _step(
        "",
        (r"\b[0-9A-F]{8,}\b", "<qid>"),
        (r"\b[0-9][0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{11,}\b", "<qid>"),
    ),
    _step(".", (r"(^|[\s(=])\d+\.\d+([^.\d]|$)", "${1}<n>${2}")),
    # Twice: a match takes the character that the next one would begin with.
    _step("", (r"\b\d{4,}\b", "<n>"), _SMALL, _SMALL),
    _step(
        ("s", "B"),
        (r"(^|[^\w.(<])\d+(?:\.\d+)?([^\w.>)-]*\b(?:s|sec|seconds?|bytes|KB|MB|ms)\b)", "${1}<n>${2}"),
    ),
    _step("(", (r"\((\d+)([^\d)])", "(<n>${2}")),
)


def keyed(frame: pl.DataFrame, raw_literals: Sequence[str] = ()) -> pl.DataFrame:
    """Return `frame` with every column of `KEY` and `shape`, the hash of them (UInt64).

    In: rows with any of the columns; missing ones count as null, `reason` too (lines of nobody's family).
    raw_literals: what the cards with `raw = true` look for; reasons that hold one keep their
    unmasked text in `raw_reason`, so that those cards see it.
    """
    if "reason" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias("reason"))
    reason = frame["reason"].fill_null("")
    raw = pl.lit(None, dtype=pl.String)
    if raw_literals:
        holds = pl.col("reason").str.contains_any(list(raw_literals), ascii_case_insensitive=True)
        raw = pl.when(holds).then("reason")
    have = set(frame.columns)
    absent = [pl.lit(None, dtype=SCHEMA[name]).alias(name) for name in KEY[:-2] if name not in have]
    frame = frame.with_columns(masked(reason).alias("masked"), raw.alias("raw_reason"), *absent)
    return frame.with_columns(pl.struct(KEY).hash().alias("shape"))


def masked(texts: pl.Series) -> pl.Series:
    """Return the texts with everything that differs from case to case masked.

    Each distinct text is masked once, and once more distinct when addresses and hosts are gone: what
    remains of ten thousand refusals of as many clients is a few dozen texts.
    """
    for steps in (_NAMES, _NUMBERS):
        texts = _each_once(texts, steps)
    return texts.alias("masked")


def _each_once(texts: pl.Series, steps: Sequence[_Step]) -> pl.Series:
    texts = texts.alias("text")
    distinct = texts.unique()
    found = distinct.clone()  # scatter writes in place
    for step in steps:
        found = step.apply(found)
    table = pl.DataFrame([distinct, found.alias("masked")])
    joined = texts.to_frame().join(table, on="text", how="left", nulls_equal=True, maintain_order="left")
    return joined["masked"]
