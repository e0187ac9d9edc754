"""Records with tables in them come back from the disk as they were, and nothing else comes back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal, assert_series_equal

from logscan.pipeline.memory.kept import Kept
from logscan.store.codec import form, packed, unpacked


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """A record in a record."""

    when: datetime | None
    names: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    """A record with everything that partials hold."""

    table: pl.DataFrame
    maybe: pl.DataFrame | None
    series: pl.Series
    by_name: dict[str, pl.DataFrame]
    by_index: Mapping[int, Inner]
    pairs: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wider:
    """As `Inner`, with a field more."""

    when: datetime | None
    names: frozenset[str]
    more: int = 0


TABLE = pl.DataFrame(
    {
        "time": pl.Series([datetime(2026, 1, 1, tzinfo=UTC), None], dtype=pl.Datetime("us", "UTC")),
        "hash": pl.Series([2**64 - 1, 0], dtype=pl.UInt64),
        "text": ["\x1b[31m=cmd\x00", None],
        "delays": pl.Series([[0.1, 2.0], None], dtype=pl.List(pl.Float64)),
    }
)


def outer(maybe: pl.DataFrame | None) -> Outer:
    return Outer(
        table=TABLE,
        maybe=maybe,
        series=pl.Series("minute", [1, 2, 3]),
        by_name={"empty": TABLE.clear(), "bare": pl.DataFrame()},
        by_index={3: Inner(when=datetime(2026, 1, 1, 1, 2, 3, 4, tzinfo=UTC), names=frozenset({"a", "b"}))},
        pairs=((1, "x"), (2, "y")),
    )


@pytest.mark.parametrize("maybe", [None, TABLE])
def test_a_record_comes_back_as_it_was(maybe: pl.DataFrame | None) -> None:
    record = outer(maybe)
    again = unpacked(Outer, packed(record))
    assert_frame_equal(again.table, record.table)
    assert again.maybe is None if maybe is None else again.maybe is not None and again.maybe.equals(maybe)
    assert_series_equal(again.series, record.series)
    assert again.by_name["empty"].schema == TABLE.schema
    assert again.by_name["bare"].shape == (0, 0)
    assert (again.by_index, again.pairs) == (record.by_index, record.pairs)


def test_the_form_follows_every_field_of_every_record_inside() -> None:
    assert form(Outer) == form(Outer)
    assert len({form(Outer), form(Inner), form(Wider)}) == 3


def test_the_form_is_the_same_in_every_run() -> None:
    """It is compared with what another process has written."""
    asked = "from logscan.store.codec import form; from logscan.pipeline.memory.kept import Kept; print(form(Kept))"
    runs = [
        subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1] == f"{form(Kept)}\n"


@pytest.mark.parametrize("data", [b"", b"\xff\xff", b"\x80\x04N."])
def test_what_is_no_record_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        unpacked(Inner, data)
