"""The formats whose records say which program wrote them: syslog's and the systemd journal's.

In: nothing. Out: `FORMATS`, in the order in which they are tried; `SHAPES`, those whose lines can be cut;
`split`, which also tells whose each record is.
Never: a family of its own. Whose a record is follows from its program.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.parsers import journal, journal_text, syslog
from logscan.parsers.family import LineFormat
from logscan.parsers.journal import JSON
from logscan.parsers.syslog import Claim, Shape, Split

FORMATS: Final[tuple[LineFormat, ...]] = (*syslog.FORMATS, *journal_text.FORMATS, JSON)
#: By name.
SHAPES: Final[dict[str, Shape]] = {**syslog.SHAPES, **journal_text.SHAPES, JSON.name: journal.SHAPE}
_SPLITS: Final[dict[str, Split]] = {
    **syslog.SPLITS,
    **journal_text.SPLITS,
    JSON.name: journal.split,
}


def split(name: str, frame: pl.DataFrame, claim: Claim) -> pl.DataFrame:
    """Split as the format `name` of `FORMATS` does, with the column `family`, null where text is."""
    return _SPLITS[name](frame, claim)
