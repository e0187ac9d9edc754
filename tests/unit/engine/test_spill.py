from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.engine import spill
from logscan.engine.spill import Spill, parts_of

SCHEMA = {"shape": pl.UInt64, "name": pl.String, "count": pl.Int64}
Rows = list[tuple[int, str, int]]

rows = st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abcdefgh"), st.integers(1, 5)), max_size=30)


def table(portions: list[Rows], *, most: int) -> Spill:
    made = Spill(("shape", "name"), ("name",), ("count",), most=most)
    for portion in portions:
        made.add(pl.DataFrame(portion, schema=SCHEMA, orient="row"))
    return made


def sums(made: Spill) -> dict[tuple[int, str], int]:
    found: dict[tuple[int, str], int] = {}
    for part in made.parts():
        for shape, name, count in part.iter_rows():
            assert (shape, name) not in found, "a key came twice"
            found[shape, name] = count
    return found


def expected(portions: list[Rows]) -> dict[tuple[int, str], int]:
    found: dict[tuple[int, str], int] = {}
    for shape, name, count in (row for portion in portions for row in portion):
        found[shape, name] = found.get((shape, name), 0) + count
    return found


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "_PORTION", 5)


@given(st.lists(rows, max_size=12), st.integers(0, 12))
def test_sums_are_exact_in_memory_and_on_disk(portions: list[Rows], most: int) -> None:
    assert sums(table(portions, most=most)) == expected(portions)


@given(st.lists(rows, min_size=4, max_size=12))
def test_what_shares_the_split_columns_comes_in_one_part(portions: list[Rows]) -> None:
    met: dict[str, int] = {}
    for number, part in enumerate(table(portions, most=0).parts()):
        for name in part["name"]:
            assert met.setdefault(name, number) == number


MANY: list[Rows] = [[(number, str(number), 1)] * 2 for number in range(100)]


def test_parts_can_be_asked_for_again() -> None:
    made = table(MANY, most=10)
    assert made.on_disk
    assert sums(made) == sums(made) == expected(MANY)
    assert not table(MANY, most=100).on_disk


def test_the_file_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = table(MANY, most=10)
    assert made.on_disk
    assert not list(tmp_path.iterdir())
    assert sums(made) == expected(MANY)


@pytest.mark.parametrize("after", [0, 3, 40])
def test_a_full_disk_costs_memory_and_no_key(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    written: list[Any] = []
    real = Spill._write

    def write(self: Spill, frame: pl.DataFrame) -> tuple[int, int]:
        if len(written) >= after:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(frame)
        return real(self, frame)

    monkeypatch.setattr(Spill, "_write", write)
    assert sums(table(MANY, most=10)) == expected(MANY)
    assert len(written) == after


def test_keys_without_sums_are_counted_once() -> None:
    made = Spill(("shape", "name"), ("name",), most=2)
    for _ in range(4):
        made.add(pl.DataFrame([(1, "a"), (1, "b"), (2, "a")], schema={"shape": pl.UInt64, "name": pl.String}, orient="row"))  # fmt: skip
    assert sorted(row for part in made.parts() for row in part.iter_rows()) == [(1, "a"), (1, "b"), (2, "a")]


def test_a_table_in_memory_is_one_part() -> None:
    frame = pl.DataFrame({"a": [1]})
    assert list(parts_of(frame)) == [frame]
    assert list(Spill(("a",), ("a",)).parts()) == []
