"""The laws of the findings fold: cut the rows anywhere, merge in any grouping, the answer is the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import pairwise
from random import Random

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from logscan.analyses import findings as fold
from logscan.model.columns import TIME
from logscan.rules.shape import KEY, keyed

Lines = Sequence[tuple[object, ...]]

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

#: (what, minute, pid, client, queue ID, recipient): connects are told from rows by `what`.
line = st.tuples(
    st.sampled_from(["connect", "reject", "delivery"]),
    st.integers(0, 5),
    st.sampled_from([11, 12]),
    st.sampled_from(["192.0.2.1", "192.0.2.2"]),
    st.sampled_from([None, "AAAAAA", "BBBBBB"]),
    st.sampled_from(["a@x.example", "b@y.example"]),
)


def batch(lines: Lines, first: int) -> fold.Batch:
    frame = (
        pl.DataFrame(
            [
                {
                    "row": first + index,
                    "column": 0,
                    "source": 0,
                    "block": 0,
                    "time": START + timedelta(minutes=minute),  # type: ignore[arg-type]
                    "host": "mx1",
                    "instance": "postfix",
                    "program": "postfix/smtpd",
                    "daemon": "smtpd",
                    "pid": pid,
                    "kind": what,
                    "severity": "notice",
                    "client_ip": client,
                    "queue_id": queue_id,
                    "recipient": recipient,
                    "reason": f"refused {minute}" if what == "reject" else "failed",
                    "repeat": 1,
                    "raw": f"line {first + index}",
                }
                for index, (what, minute, pid, client, queue_id, recipient) in enumerate(lines)
            ],
            schema_overrides={
                "time": TIME,
                "row": pl.UInt32,
                "column": pl.UInt32,
                "source": pl.UInt32,
                "block": pl.UInt32,
                "queue_id": pl.String,
                "recipient": pl.String,
                "client_ip": pl.String,
                "reason": pl.String,
            },
            schema=None,
        )
        if lines
        else pl.DataFrame()
    )
    if not lines:
        return fold.Batch(rows=pl.DataFrame(), connects=_no_connects(), keys=KEY)
    rows = keyed(frame.filter(pl.col("kind") != "connect"))
    connects = frame.filter(pl.col("kind") == "connect").select(
        "host", "program", "pid", "source", "block", "row"
    )
    return fold.Batch(rows=rows, connects=connects, keys=KEY)


def _no_connects() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "host": pl.String,
            "program": pl.String,
            "pid": pl.Int64,
            "source": pl.UInt32,
            "block": pl.UInt32,
            "row": pl.UInt32,
        }
    )


def answer(partial: fold.Partial) -> dict[str, list[tuple[object, ...]]]:
    finished = fold.finish(partial)
    return {
        name: getattr(finished, name).rows()
        for name in ("shapes", "examples", "mails", "pairs", "sessions", "connects", "names")
    }


def of(lines: Lines, first: int = 0) -> fold.Partial:
    return fold.absorb(fold.empty(), batch(lines, first))


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


def test_a_process_serves_one_client_after_another() -> None:
    lines = [
        ("connect", 0, 11, "192.0.2.1", None, "a@x.example"),
        ("reject", 0, 11, "192.0.2.1", None, "a@x.example"),
        ("reject", 0, 11, "192.0.2.1", None, "b@y.example"),
        ("connect", 0, 11, "192.0.2.1", None, "a@x.example"),
        ("reject", 0, 11, "192.0.2.1", None, "a@x.example"),
    ]
    split = fold.merge(of(lines[:2]), of(lines[2:], 2))
    assert sorted(fold.finish(split).sessions["serial"]) == [1, 2]
