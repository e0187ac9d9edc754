"""What small servants of a mail server say, as a list of openings; the first that fits counts.

For: families whose lines are told by their first words. In: texts, `Saying`s. Out: `judged`, kind,
severity and everyday of each; `QUEUE_ID`, the mark before the words.
Never: knows a family.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from logscan.model.vocabulary import Kind, Severity

#: Postfix's queue IDs, short (hexadecimal) and long (base 52 with a `z` before the inode).
QUEUE_ID: Final = r"(?:[0-9A-F]{6,}|[0-9B-DF-HJ-NP-Zb-df-hj-np-z]{10,12}z[0-9B-DF-HJ-NP-Zb-df-hj-np-z]+)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What a text that begins with `words` (a regex) is."""

    words: str
    kind: Kind
    severity: Severity
    everyday: bool = False


def saying(kind: Kind, severity: Severity, *words: str, everyday: bool = False) -> Saying:
    """Return the saying of texts that begin with any of `words`."""
    return Saying(words=f"(?s)^(?:{'|'.join(words)})", kind=kind, severity=severity, everyday=everyday)


def judged(texts: pl.Series, sayings: Sequence[Saying]) -> pl.DataFrame:
    """Return kind, severity and everyday of each text: those of the first saying that fits, else other."""
    said = pl.col("said")
    pairs = [(pl.when(said.str.contains(one.words)), one) for one in sayings]
    kinds = [test.then(pl.lit(one.kind.value)) for test, one in pairs]
    severities = [test.then(pl.lit(one.severity.value)) for test, one in pairs]
    return (
        texts.alias("said")
        .to_frame()
        .select(
            pl.coalesce(*kinds, pl.lit(Kind.OTHER.value)).alias("kind"),
            pl.coalesce(*severities, pl.lit(Severity.INFO.value)).alias("severity"),
            pl.coalesce(*(test.then(pl.lit(one.everyday)) for test, one in pairs), pl.lit(False)).alias(
                "everyday"
            ),
        )
    )
