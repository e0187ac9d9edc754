"""The key of pseudonyms, from what the user gave for it.

In: the name of a file, a text, or nothing. Out: a `Key`. Never: an error that shows the key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from logscan.model.problems import UsageError
from logscan.redaction.key import Key

#: Bytes that a key must have at least, and as many of a file as are read.
SHORTEST: Final = 12
_MOST: Final = 1 << 20


def key_of(given: str | None) -> Key:
    """Return the key: the content of the file `given`, else the text itself; for None one that nobody knows.

    Raises UsageError for a file that cannot be read, for a path that leads nowhere, and for a short key.
    """
    if given is None:
        return Key.random()
    try:
        is_file = bool(given) and Path(given).exists()
    except (OSError, ValueError):
        is_file = False
    if not is_file and "/" in given:
        raise UsageError("--key: there is no such file; a key that is a text has no slash")
    secret = _content(given) if is_file else given.encode("utf-8", "surrogateescape")
    if len(secret) < SHORTEST:
        raise UsageError(f"--key: at least {SHORTEST} characters, or somebody could try all of them")
    return Key(secret)


def _content(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST).strip()
    except OSError as error:
        raise UsageError(f"--key: cannot read {path}: {error.strerror}") from error
