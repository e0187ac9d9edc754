"""What to do about a statement of how far a trouble reaches: its steps, in the reader's words.

In: a `Statement`, phrases of patterns/texts/<lang>/bounces.toml. Out: steps in order. Never: a value of a log in a command
that a shell would act on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from logscan.model.bounces import Statement
from logscan.packs.texts import fill_command

#: Statements that say what to do, and in how many steps; what is filled in there.
STEPS: Final = {"login": 4, "form": 4, "we_refuse": 3}
_FILLED: Final = ("user", "sender", "ip")
_RESTRICTION: Final = re.compile(r"reject_[a-z_]{1,60}(?: [A-Za-z0-9._-]{1,255})?", re.ASCII)


def steps(one: Statement, phrases: Mapping[str, str]) -> list[str]:
    """Return what to do about a statement, in order; nothing where that stands with the cause."""
    kind = one.kind
    values = {name: [str(value)] for name, value in one.values.items() if name in _FILLED}
    restriction = str(one.values.get("restriction", ""))
    texts = [phrases[f"remedy_{kind}_{step}"] for step in range(1, STEPS.get(kind, 0) + 1)]
    if _RESTRICTION.fullmatch(restriction):  # two words, of which a shell does not mind either
        texts = [text.replace("{restriction}", restriction) for text in texts]
    return [fill_command(text, values) for text in texts]
