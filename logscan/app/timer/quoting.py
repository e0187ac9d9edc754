"""A command as systemd reads it in ExecStart=, whatever its arguments hold.

In: arguments. Out: one line. Never: a sign that systemd would act on: no specifier (%), no variable ($), no escape,
no end of the line, no second command (;).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_NAMED: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "%": "%%"}


def line_of(command: Sequence[str]) -> str:
    r"""Return `command` for ExecStart=. In the program's own path systemd looks for no variables.

    >>> print(line_of(["/usr/bin/logscan", "report", "--since=-24h", "/srv/a b/100%.log"]))
    /usr/bin/logscan report --since=-24h "/srv/a b/100%%.log"
    """
    program, *arguments = command
    return " ".join((quoted(program), *(quoted(argument).replace("$", "$$") for argument in arguments)))


def quoted(word: str) -> str:
    """Return one word, between quotes where it needs them."""
    plain = word.isascii() and word and all(sign.isalnum() or sign in "/._=:,@+-$" for sign in word)
    return word if plain else f'"{"".join(map(_sign, word))}"'


def _sign(sign: str) -> str:
    if sign in _NAMED:
        return _NAMED[sign]
    if sign.isprintable():
        return sign
    # What is not printed, and the bytes of a file's name that are no UTF-8.
    return "".join(f"\\x{byte:02x}" for byte in sign.encode("utf-8", "surrogateescape"))
