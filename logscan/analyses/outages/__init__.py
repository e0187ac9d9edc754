"""When did a service fail, when did it work again, and is there a rhythm in it?

For: `logscan outages`. The fold (`fold`) keeps what may be a failure and what proves that a service works, both
small; cards are asked afterwards, once per shape. Then `services` says whose failure each is, `runs`
makes outages of failures, `rhythm` looks for a pattern in the outages, `silence` for mail that stopped coming.

In: `Batch`. Out: `Partial`; the tables of the parts above.
Never: looks at a card (it is handed what they say); a clock; a random number.
"""

from __future__ import annotations

from logscan.analyses.outages.fold import (
    DESTINATION,
    MARKS,
    PROOFS,
    Batch,
    Partial,
    absorb,
    chained,
    empty,
    finish,
    merge,
)

__all__ = [
    "DESTINATION",
    "MARKS",
    "PROOFS",
    "Batch",
    "Partial",
    "absorb",
    "chained",
    "empty",
    "finish",
    "merge",
]
