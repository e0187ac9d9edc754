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

#: Stands for a dot in a block list's name while host names are masked.
_HELD_DOT = "\ue000"

#: Stands for the hyphen of `550-` in a reply of several lines, which would make one name with the next word.
_HELD_HYPHEN = "\ue003"
_CONTINUED = r"(^|\s)([245]\d\d)-"
_LISTED = r"(?i)\b(?:using|listed (?:in|at|by|on))\s[a-z0-9_\ue000-]+"
_HOST = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]\b\.?"

#: (pattern, replacement), applied one after the other.
_BEFORE_NUMBERS: Final = (
    (r"<[^<>]*@[^<>]*>", "<addr>"),
    (r"\bhttps?://[^\s;,)\"'>]+", "<url>"),
    (r"[^\s<>\"'()\[\]=,;:]+@(?:\[[0-9A-Fa-f.:IPv]+\]|[A-Za-z0-9._-]*[A-Za-z0-9])", "<addr>"),
    (r"\"/[^\"]*\"", '"<path>"'),
    (r"'/[^']*'", "'<path>'"),
    (r"/(?:[\w.+@%-]+/)+[\w.+@%-]*", "<path>"),
    (r"\b[\w-]+\.(?:fcgi|cgi|php|pl|pm|py|rb|cf|conf|db|sock|so|log)\b", "<file>"),
    (r"\b\d{1,2}:\d\d:\d\d\b", "<time>"),
    (r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", "<ip>"),
    (r"(?i)(?:IPv6:)?\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}(?:%\w+)?", "<ip>"),
    (r"(^|[\s\[(=])::(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})*)?\b", "${1}<ip>"),
)

_AFTER_HOSTS: Final = (
    (r"<[^<>\s]+\[<ip>\]>", "<arg>"),
    (r"\bs=[^\s,;)]+", "s=<sel>"),
    (r"\b(queued as|forwarded as|id|ID) [0-9A-Za-z]{5,}\b", "${1} <qid>"),
    (r"\b[0-9A-F]{8,}\b", "<qid>"),
    (r"\b[0-9][0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{11,}\b", "<qid>"),
    (r"(^|[\s(=])\d+\.\d+([^.\d]|$)", "${1}<n>${2}"),
    (r"\b\d{4,}\b", "<n>"),
    (r"(^|[^\w.(<])(?:\d{1,2}|[0136-9]\d\d)([^\w.>)]|[.)](?:\D|$)|$)", "${1}<n>${2}"),
    (r"(^|[^\w.(<])(?:\d{1,2}|[0136-9]\d\d)([^\w.>)]|[.)](?:\D|$)|$)", "${1}<n>${2}"),
    (r"(^|[^\w.(<])\d+(?:\.\d+)?([^\w.>)-]*\b(?:s|sec|seconds?|bytes|KB|MB|ms)\b)", "${1}<n>${2}"),
    (r"\((\d+)([^\d)])", "(<n>${2}"),
)

#: Words in angle brackets that are masks already, kept apart from `<arg>`.
_MASKS = "addr|url|path|file|time|ip|host|n|arg|sel|qid"


def keyed(frame: pl.DataFrame, raw_literals: Sequence[str] = ()) -> pl.DataFrame:
    """Return `frame` with every column of `KEY` and `shape`, the hash of them (UInt64).

    In: rows with `reason` and any of the other columns; missing ones count as null.
    raw_literals: what the cards with `raw = true` look for; reasons that hold one keep their
    unmasked text in `raw_reason`, so that those cards see it.
    """
    reason = pl.col("reason").fill_null("")
    raw = (
        pl.when(reason.str.contains_any(list(raw_literals), ascii_case_insensitive=True)).then(reason)
        if raw_literals
        else pl.lit(None, dtype=pl.String)
    )
    have = set(frame.columns)
    absent = [pl.lit(None, dtype=SCHEMA[name]).alias(name) for name in KEY[:-2] if name not in have]
    frame = frame.with_columns(masked(reason).alias("masked"), raw.alias("raw_reason"), *absent)
    return frame.with_columns(pl.struct(KEY).hash().alias("shape"))


def masked(text: pl.Expr) -> pl.Expr:
    """Return `text` with everything that differs from case to case masked."""
    for pattern, by in _BEFORE_NUMBERS:
        text = text.str.replace_all(pattern, by)
    text = _hosts(text)
    # <word>: an argument, unless it is one of the masks just made.
    text = text.str.replace_all(rf"<({_MASKS})>", "\ue001${1}\ue002")
    text = text.str.replace_all(
        r"<(?:[^<>\s\ue001]+(?:\ue001ip\ue002[^<>]*)?|\ue001(?:host|ip|file)\ue002)>", "<arg>"
    )
    text = text.str.replace_all("\ue001", "<", literal=True).str.replace_all("\ue002", ">", literal=True)
    for pattern, by in _AFTER_HOSTS:
        text = text.str.replace_all(pattern, by)
    return text


def _hosts(text: pl.Expr) -> pl.Expr:
    # Rust's regex has no lookbehind: a block list's dots are swapped for a private character
    # while host names are masked. Names have at most five labels.
    for _ in range(4):
        text = text.str.replace_all(rf"({_LISTED})\.([A-Za-z0-9_-])", f"${{1}}{_HELD_DOT}${{2}}")
    text = text.str.replace_all(_CONTINUED, f"${{1}}${{2}}{_HELD_HYPHEN}")
    text = text.str.replace_all(rf"\b{_HOST}", "<host>")
    return text.str.replace_all(_HELD_DOT, ".", literal=True).str.replace_all(_HELD_HYPHEN, "-", literal=True)
