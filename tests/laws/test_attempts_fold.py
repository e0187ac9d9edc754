"""The laws of the fold that keeps attempts: cut anywhere, merge in any grouping, the answer stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce
from random import Random

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from logscan.analyses import attempts
from logscan.analyses.attempts import LATEST, Answer, Batch, Partial
from logscan.model.bounces import FAILURES, TAKEN

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def batch(failed: int, minutes: list[int]) -> Batch:
    table = pl.DataFrame({"shape": list(range(failed))}, schema_overrides={"shape": pl.UInt64})
    rows = table.select(
        (pl.col(name) if name == "shape" else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in FAILURES.items()
    )
    times = [BEGIN + timedelta(minutes=minute) for minute in minutes]
    return Batch(
        failed=rows, taken=pl.DataFrame({"time": times, "line": [str(m) for m in minutes]}, schema=TAKEN)
    )


batches = st.lists(
    st.builds(batch, st.integers(0, 4), st.lists(st.integers(0, 500), max_size=2 * LATEST)), max_size=6
)


def same(left: Answer, right: Answer) -> bool:
    if (left.failed is None) != (right.failed is None):
        return False
    equal = left.failed is None or (right.failed is not None and left.failed.equals(right.failed))
    order = TAKEN.names()
    return equal and left.taken.sort(order).equals(right.taken.sort(order))


@given(batches, st.randoms())
def test_any_grouping_gives_the_same_answer(made: list[Batch], random: Random) -> None:
    whole = attempts.finish(reduce(attempts.absorb, made, attempts.empty()))
    parts: list[Partial] = [attempts.absorb(attempts.empty(), one) for one in made]
    while len(parts) > 1:
        at = random.randrange(len(parts) - 1)
        parts[at : at + 2] = [attempts.merge(parts[at], parts[at + 1])]
    assert same(attempts.finish(parts[0] if parts else attempts.empty()), whole)
    times = sorted((time for one in made for time in one.taken["time"]), reverse=True)
    assert sorted(whole.taken["time"], reverse=True) == times[:LATEST]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.randoms())
def test_of_too_many_none_is_kept_wherever_they_are_cut(counts: list[int], random: Random) -> None:
    most = attempts.MOST
    attempts.MOST = 60  # type: ignore[misc]
    try:
        parts = [attempts.absorb(attempts.empty(), batch(count, [])) for count in counts]
        while len(parts) > 1:
            at = random.randrange(len(parts) - 1)
            parts[at : at + 2] = [attempts.merge(parts[at], parts[at + 1])]
        failed = attempts.finish(parts[0]).failed
    finally:
        attempts.MOST = most  # type: ignore[misc]
    assert (failed is None) is (sum(counts) > 60)
    assert failed is None or failed.height == sum(counts)
