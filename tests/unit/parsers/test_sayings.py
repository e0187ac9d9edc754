"""Openings and what they mean: the first that fits counts."""

from __future__ import annotations

import polars as pl

from logscan.model.vocabulary import Kind, Severity
from logscan.parsers.sayings import QUEUE_ID, judged, saying

SAYINGS = (
    saying(Kind.CLIENT, Severity.INFO, "pass", "none", everyday=True),
    saying(Kind.WARNING, Severity.NOTICE, "pass it on", "fail"),
)


def test_the_first_that_fits_counts() -> None:
    texts = pl.Series(["pass it on", "fail", "none\nfail", "a pass", ""])
    assert judged(texts, SAYINGS).rows() == [
        ("client", "info", True),
        ("warning", "notice", False),
        ("client", "info", True),
        ("other", "info", False),
        ("other", "info", False),
    ]


def test_no_texts_give_no_rows() -> None:
    assert judged(pl.Series([], dtype=pl.String), SAYINGS).shape == (0, 3)


def test_queue_ids_are_short_or_long() -> None:
    ids = pl.Series(["9C1E2A40F31", "4mQzBx3TgDz9c7", "9C1E2", "kestrel.example", "NOQUEUE"])
    assert ids.str.contains(f"^{QUEUE_ID}$").to_list() == [True, True, False, False, False]
