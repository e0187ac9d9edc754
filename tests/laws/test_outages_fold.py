"""The laws of the outages fold: cut the lines anywhere, merge in any grouping, the answer is the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import pairwise
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.analyses import outages as fold
from logscan.analyses.outages.fold import ADDRESS
from logscan.model.columns import TIME
from logscan.model.outages import Limits
from logscan.model.settings import Settings
from logscan.pipeline.outages import report
from logscan.rules.shape import keyed

START = datetime(2026, 11, 24, 3, 59, 30, tzinfo=UTC)
ROOT = Path(__file__).parents[2] / "sample-logs"

#: (what, second, source, who)
line = st.tuples(
    st.sampled_from(["request", "error", "delivery", "lifecycle", "reject"]),
    st.integers(0, 90),
    st.sampled_from([0, 1]),
    st.sampled_from(["x", "y"]),
    st.booleans(),
)
Lines = Sequence[tuple[str, int, int, str, bool]]


def batch(lines: Lines, first: int) -> fold.Batch:
    if not lines:
        return fold.Batch()
    places = [
        {
            "source": source,
            "block": 0,
            "row": first + index,
            "column": 0,
            "time": START + timedelta(seconds=second),
        }
        for index, (_, second, source, _, _) in enumerate(lines)
    ]
    schema = dict.fromkeys(ADDRESS, pl.UInt32) | {"time": TIME}
    said = [
        {
            "family": "apache-error", "kind": {"request": "http-request", "error": "fastcgi-error"}.get(what, what),
            "client_ip": f"192.0.2.{second % 3}", "backend": f"/srv/{who}.fcgi", "url": f"/{who}/page?{second}",
            "recipient": f"a@{who}.example", "reason": "Graceful restart requested" if what == "lifecycle" else what,
            "repeat": 1, "raw": f"line {first + index}",
        }
        for index, (what, second, _, who, _) in enumerate(lines)
    ]  # fmt: skip
    at = pl.DataFrame(places, schema=schema)
    rows = keyed(at.hstack(pl.DataFrame(said)))
    keys = pl.Series("key", [("to:" if what == "delivery" else "web:/") + who for what, *_, who, _ in lines])
    proofs = at.with_columns(keys, pl.Series("ok", [ok for *_, ok in lines]), pl.lit(1).alias("n"))
    return fold.Batch(rows=rows, proofs=proofs)


def of(lines: Lines, first: int = 0) -> fold.Partial:
    return fold.absorb(fold.empty(), batch(lines, first))


def answer(partial: fold.Partial) -> dict[str, list[tuple[object, ...]]]:
    finished = fold.finish(partial)
    tables = ("failures", "examples", "proofs", "marks")
    return {name: getattr(finished, name).rows() for name in tables}


@given(st.lists(line, max_size=25), st.lists(st.integers(0, 25), max_size=4), st.randoms())
def test_any_cut_and_any_grouping_give_the_same_answer(lines: Lines, cuts: list[int], random: Random) -> None:
    edges = sorted({0, len(lines), *(min(cut, len(lines)) for cut in cuts)})
    parts = [of(lines[begin:end], begin) for begin, end in pairwise(edges)]
    whole = answer(of(lines))
    assert answer(reduce(fold.merge, parts, fold.empty())) == whole
    while len(parts) > 1:
        at = random.randrange(len(parts) - 1)
        parts[at : at + 2] = [fold.merge(parts[at], parts[at + 1])]
    assert answer(parts[0] if parts else fold.empty()) == whole


@given(st.lists(line, max_size=12), st.lists(line, max_size=12))
def test_absorbing_is_merging(lines: Lines, more: Lines) -> None:
    left, right = of(lines), batch(more, len(lines))
    absorbed = fold.absorb(left, right)
    assert answer(absorbed) == answer(fold.merge(left, fold.absorb(fold.empty(), right)))


def test_proofs_do_not_grow_with_the_lines() -> None:
    steady = [("request", at // 60, 0, "x", True) for at in range(5400)]
    assert of(steady).proofs["unit"].dt.minute().to_list() == [59, 0]  # 90 seconds, from 3:59:30
    once = of([("request", 10, 0, "x", True)] * 5000)
    assert once.proofs.select("n").rows() == [(5000,)]


@pytest.mark.parametrize("block", [3_000, 50_000])
@pytest.mark.parametrize(
    "names",
    [
        ("real/mod_fastcgi/access.log", "real/mod_fastcgi/error.log"),
        ("real/A/logs/mail-iso.log.gz", "real/A/logs/apache-error.log", "real/A/logs/apache-access.log"),
    ],
    ids=["web", "mail"],
)
def test_blocks_of_any_size_and_any_number_of_threads(names: tuple[str, ...], block: int) -> None:
    paths = [str(ROOT / name) for name in names]
    limits = Limits(gap_s=2.5)
    whole = report(paths, Settings(zone="UTC", year=2026, jobs=1), limits)
    cut = report(paths[::-1], Settings(zone="UTC", year=2026, jobs=3, block_bytes=block), limits)
    assert cut.outages == whole.outages
    assert cut.rates == whole.rates
    assert cut.rhythms == whole.rhythms
