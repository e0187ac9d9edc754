"""What stands before Dovecot's words: the process, whom it serves, the session, how bad it is.

    imap-login: ...                       lmtp(4711): ...            imap(alice): Error: ...
    imap(alice)<4711><Ga6PAAZhMs9/AAAB>: Error: ...                  lmtp(4711, alice): ...

For: kinds and fields, which must cut alike. In: texts. Out: regexes, `words`, the texts behind the prefix.
Never: a user name with a bracket in it believed to end where it says.
"""

from __future__ import annotations

from typing import Final

import polars as pl

_LEVELS: Final = "Debug|Info|Warning|Error|Fatal|Panic"
_PROCESS: Final = r"[a-z][a-z0-9-]{1,31}"
#: Of a session: the process's number, then the session's name, with what LMTP adds to it.
_SESSION: Final = r"(?:<[^<> ]*>){0,4}"
#: Groups: process; who, a number or a user or both; level.
PREFIX: Final = rf"^({_PROCESS})(?:\(([^()]*)\))?{_SESSION}: (?:({_LEVELS}): )?"
#: LMTP's session, which 2.2 writes here; the auth worker's words for who asked.
_ASKER: Final = r"^(?:[A-Za-z0-9+/]{22}(?::[A-Z0-9:]+)?: )?(?:conn unix:[^ ]+ (?:\([^()]*\))?: )?(?:auth-worker<[0-9]+>: )?"


def words(texts: pl.Series) -> pl.Series:
    """Return what is said, without process, level and asker."""
    return texts.str.replace(PREFIX, "").str.replace(_ASKER, "")
