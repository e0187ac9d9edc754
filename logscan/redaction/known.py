"""Which names are hidden in prose too, where nothing but the word itself tells that it is one?

In: names that a first reading saw as accounts or log hosts, the words that logs themselves consist of. Out: the names that may be
hidden wherever they stand. Never: a word that a line's meaning hangs on: who logs in as `disconnect` changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import polars as pl

from logscan.redaction import public
from logscan.redaction.grammar import PLAIN
from logscan.redaction.masks import Masks
from logscan.redaction.text import cut, hidden

#: A name that is sought in prose has as many characters, and a letter among them.
SHORTEST: Final = 3
_WORD: Final = re.compile(r"[A-Za-z]{2,}")
_NAME: Final = re.compile(r"[\w.-]*[^\W\d_][\w.-]*")
#: Words of everyday lines, which no example of a card has to hold.
_EVERYDAY: Final = """
    active after anonymous as auth bits bounced bytes cipher client closed command commands configuration connect connected connection
    daemon data deferred delay delays delivered deny digest disconnect disconnected dsn end established exchange expired external field added
    for forwarded from get head held helo ehlo host http https in inbox internal key left level line lines local login logged logout lost mailbox maildir
    message messages method mode new not of ok on opened option options out pid plain post protocol queue queued quit rcpt received
    recipient recipients reload removed reply request return sasl sender sent server session sessions signature signed size slice
    socket ssl start started starting starttls status stop stopped stopping succeeded success system systemd to trusted tls unit
    untrusted user users verification verified version virtual with xforward info debug notice warning error fatal panic crit alert emerg
"""


def known(bare: Iterable[str], structure: frozenset[str]) -> frozenset[str]:
    """Return the names, lower case, that are hidden wherever they stand."""
    return frozenset(
        name
        for name in bare
        if len(name) >= SHORTEST
        and _NAME.fullmatch(name)
        and name not in structure
        and name not in public.ROLES
        and name not in public.LABELS
    )


def structure_of(lines: Iterable[str], patterns: Iterable[str], masks: Masks) -> frozenset[str]:
    """Return the words that logs consist of, lower case.

    lines: examples of log lines; whose names they hold is hidden first. patterns: regular expressions and literals of which every word counts.
    """
    said = hidden(pl.Series(list(lines), dtype=pl.String), masks)
    pieces = cut(said)[0].unique()
    words = pieces.filter(pieces.str.contains(PLAIN)).str.to_lowercase()
    parts = (part for word in words for part in (word, *word.split("-")))
    ours = (word.lower() for pattern in patterns for word in _WORD.findall(pattern))
    return frozenset((*parts, *ours, *_EVERYDAY.split()))
