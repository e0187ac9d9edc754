"""Lines with pseudonyms, as they come.

In: texts whose control characters were spelled out before they were cut into pieces (redaction.text does that, for a name may hide
between such). Out: the same. Never: wrapped, coloured, or held back.
"""

from __future__ import annotations

from collections.abc import Iterable

from logscan.reports.paper import Paper


def write(texts: Iterable[str], paper: Paper) -> None:
    """Write texts of whole lines."""
    for text in texts:
        paper.raw(text)
