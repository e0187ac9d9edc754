"""How much mail came, went, waited and was refused, by hour, name and cause?

In: `Batch`, Postfix's lines by kind, with the few columns that counting needs. Out: `Answer`, tables in
their final order. Never: follows a mail to its next queue ID (that is tracking's); looks at a card.

Three folds: of lines (`fold`), of queue IDs (`threads`), of clients' sessions (`sessions`).
"""

from __future__ import annotations

from logscan.analyses.flow.batch import Batch, place, placed
from logscan.analyses.flow.fold import Partial, absorb, empty, measures, merge
from logscan.analyses.flow.hourly import hourly
from logscan.analyses.flow.result import Answer, finish

__all__ = [
    "Answer", "Batch", "Partial", "absorb", "empty", "finish", "hourly", "measures", "merge", "place", "placed",
]  # fmt: skip
