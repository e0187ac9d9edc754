"""Polars -> pandas without pyarrow: what comes out says what went in, and its types never depend on the rows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.model.columns import SCHEMA, complete
from logscan.model.frames import to_pandas
from tests.examples import scaled

ROOT = Path(__file__).parents[3]
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")

#: Polars type -> (name of the pandas type, what a cell may hold).
moments = st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001  hypothesis wants them naive
    datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)
TYPES: dict[str, tuple[Any, str, st.SearchStrategy[Any]]] = {
    "String": (pl.String, "string", st.text(max_size=6)),
    "Enum": (pl.Enum(["sent", "deferred"]), "string", st.sampled_from(["sent", "deferred"])),
    "Categorical": (pl.Categorical(), "string", st.sampled_from(["sent", "deferred"])),
    "Int8": (pl.Int8, "Int8", st.integers(-(2**7), 2**7 - 1)),
    "Int16": (pl.Int16, "Int16", st.integers(-(2**15), 2**15 - 1)),
    "Int32": (pl.Int32, "Int32", st.integers(-(2**31), 2**31 - 1)),
    "Int64": (pl.Int64, "Int64", st.integers(-(2**63), 2**63 - 1)),
    "UInt8": (pl.UInt8, "UInt8", st.integers(0, 2**8 - 1)),
    "UInt16": (pl.UInt16, "UInt16", st.integers(0, 2**16 - 1)),
    "UInt32": (pl.UInt32, "UInt32", st.integers(0, 2**32 - 1)),
    "UInt64": (pl.UInt64, "UInt64", st.integers(0, 2**64 - 1)),
    "Float32": (pl.Float32, "Float32", st.floats(allow_nan=False, width=32)),
    "Float64": (pl.Float64, "Float64", st.floats(allow_nan=False)),
    "Boolean": (pl.Boolean, "boolean", st.booleans()),
    "Datetime": (pl.Datetime("us", "UTC"), "datetime64[us, UTC]", moments),
    "Naive": (pl.Datetime("us"), "datetime64[us]", moments.map(lambda moment: moment.replace(tzinfo=None))),
    "Date": (pl.Date, "datetime64[s]", st.dates(date(1, 1, 2), date(9999, 12, 30))),
    "Duration": (pl.Duration("us"), "timedelta64[us]", st.timedeltas(timedelta(-99999), timedelta(99999))),
    "List": (pl.List(pl.Float64), "object", st.lists(st.none() | st.floats(allow_nan=False), max_size=4)),
}
SCHEMA_OF_ALL = pl.Schema({name: dtype for name, (dtype, _, _) in TYPES.items()})
rows = st.lists(
    st.fixed_dictionaries({name: st.none() | cell for name, (_, _, cell) in TYPES.items()}), max_size=6
)


def plain(cell: Any) -> Any:
    """Return what a cell of a pandas table says, as Polars would say it in `to_dicts`."""
    if isinstance(cell, list):
        return cell
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return None
    return (
        cell.to_pydatetime()
        if isinstance(cell, pd.Timestamp)
        else getattr(cell, "to_pytimedelta", lambda: cell)()
    )


def dicts(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{name: plain(table[name].iloc[row]) for name in table.columns} for row in range(len(table))]


@settings(max_examples=scaled(50))
@given(rows)
def test_the_rows_are_those_of_the_polars_table(given_rows: list[dict[str, Any]]) -> None:
    frame = pl.DataFrame(given_rows, schema=SCHEMA_OF_ALL)
    made = dicts(to_pandas(frame))
    for row in made:
        row["Date"] = row["Date"].date() if row["Date"] else None  # pandas has days as moments
    assert made == frame.to_dicts()


@settings(max_examples=scaled(30))
@given(rows)
def test_types_depend_on_nothing_but_types(given_rows: list[dict[str, Any]]) -> None:
    table = to_pandas(pl.DataFrame(given_rows, schema=SCHEMA_OF_ALL))
    assert [str(dtype) for dtype in table.dtypes] == [name for _, name, _ in TYPES.values()]
    assert list(table.columns) == list(TYPES)
    assert list(table.index) == list(range(len(given_rows)))


@given(st.lists(st.none() | st.sampled_from(["postfix/smtp", "postfix/qmgr", ""]), max_size=60))
def test_strings_that_recur_are_the_same_strings(words: list[str | None]) -> None:
    table = to_pandas(pl.DataFrame({"program": pl.Series(words, dtype=pl.String)}))
    assert [plain(cell) for cell in table["program"]] == words


def test_a_string_that_recurs_is_one_object() -> None:
    programs = to_pandas(pl.DataFrame({"program": ["postfix/smtp[x]"] * 100}))["program"]
    assert len({id(program) for program in programs.to_numpy(object)}) == 1


@pytest.mark.parametrize("rows_of", [pl.DataFrame.clear, lambda frame: frame.head(1)], ids=["none", "one"])
def test_every_column_of_the_contract_has_its_type(rows_of: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    wanted = {pl.String: "string", pl.Int64: "Int64", pl.Float64: "Float64", pl.List: "object"}
    table = to_pandas(rows_of(complete(pl.DataFrame({"text": ["x"]}))))
    for name, dtype in SCHEMA.items():
        expected = "datetime64[us, UTC]" if dtype == pl.Datetime else wanted[dtype.base_type()]
        assert str(table[name].dtype) == expected, name
    assert list(table.columns) == list(SCHEMA)


def test_a_table_without_columns() -> None:
    assert to_pandas(pl.DataFrame()).shape == (0, 0)


def test_each_type_has_its_own_way_to_say_unknown() -> None:
    frame = pl.DataFrame([dict.fromkeys(TYPES)], schema=SCHEMA_OF_ALL)
    table = to_pandas(frame)
    assert table["String"][0] is table["Int64"][0] is table["Float64"][0] is table["Boolean"][0] is pd.NA
    assert table["Datetime"][0] is table["Date"][0] is table["Duration"][0] is pd.NaT
    assert table["List"][0] is None
    assert bool(table.isna().all(axis=None))


def test_what_is_no_number_is_unknown() -> None:
    table = to_pandas(pl.DataFrame({"delay": [1.5, float("nan"), float("inf"), None]}))
    assert [plain(cell) for cell in table["delay"]] == [1.5, None, float("inf"), None]
    assert table["delay"].isna().tolist() == [False, True, False, True]


def test_zones_stay_and_moments_too() -> None:
    frame = pl.DataFrame({"time": [NOON, None]}, schema={"time": pl.Datetime("us", "Asia/Shanghai")})
    times = to_pandas(frame)["time"]
    assert str(times.dtype) == "datetime64[us, Asia/Shanghai]"
    assert times[0] == NOON
    assert times[0].isoformat() == "2026-11-24T20:00:00+08:00"
    assert times[0].to_pydatetime().astimezone(SHANGHAI).hour == 20


def test_both_sides_of_a_clock_that_went_back_stay_apart() -> None:
    hours = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]  # 02:30 in Berlin, twice
    frame = pl.DataFrame({"time": hours}, schema={"time": pl.Datetime("us", "Europe/Berlin")})
    said = [time.isoformat() for time in to_pandas(frame)["time"]]
    assert said == ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_units_of_time_stay(unit: Any) -> None:
    frame = pl.DataFrame(
        {"time": [NOON], "delay": [timedelta(milliseconds=3)]},
        schema={"time": pl.Datetime(unit, "UTC"), "delay": pl.Duration(unit)},
    )
    table = to_pandas(frame)
    assert [str(dtype) for dtype in table.dtypes] == [f"datetime64[{unit}, UTC]", f"timedelta64[{unit}]"]
    assert (table["time"][0], table["delay"][0]) == (NOON, timedelta(milliseconds=3))


def test_lists_of_one_length_are_no_matrix() -> None:
    table = to_pandas(pl.DataFrame({"delays": [[0.1, 0.2], [0.3, 0.4], None]}))
    assert table["delays"].tolist() == [[0.1, 0.2], [0.3, 0.4], None]


def test_a_user_may_write_into_the_table_and_changes_nothing_else() -> None:
    frame = pl.DataFrame(
        {"pid": [1, 2], "host": ["a", "b"], "time": [NOON, NOON], "delay": [0.5, 0.5], "on": [True, False]}
    )
    before = frame.clone()
    table = to_pandas(frame)
    table.loc[0, "pid"] = 9
    table.loc[0, "host"] = "z"
    table.loc[0, "time"] = pd.NaT
    table.loc[0, "delay"] = 9.5
    table.loc[0, "on"] = pd.NA
    assert dicts(table)[0] == {"pid": 9, "host": "z", "time": None, "delay": 9.5, "on": None}
    assert frame.equals(before)


@pytest.mark.parametrize(
    "dtype", [pl.Struct({"a": pl.Int64}), pl.Binary, pl.Time, pl.Null, pl.Decimal(10, 2)], ids=str
)
def test_a_type_that_is_not_known_is_refused_by_name(dtype: Any) -> None:
    with pytest.raises(TypeError, match="column 'odd'"):
        to_pandas(pl.DataFrame({"odd": pl.Series([None], dtype=dtype)}))


def test_pandas_can_count_with_it() -> None:
    frame = pl.DataFrame(
        {"kind": ["reject", "delivery", "reject"], "delay": [None, 2.5, 0.5], "time": [NOON] * 3}
    )
    table = to_pandas(frame)
    assert table.groupby("kind")["delay"].sum().to_dict() == {"delivery": 2.5, "reject": 0.5}
    assert table[table["kind"] == "reject"].index.tolist() == [0, 2]
    assert table.set_index("time").resample("1h").size().tolist() == [3]


def test_pyarrow_is_not_asked_for() -> None:
    """Where pyarrow cannot be imported, nothing is missing; where it can, nothing differs."""
    code = (
        "import sys\n"
        "class Bar:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'pyarrow': raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Bar())\n"
        "import polars as pl\n"
        "from logscan.model.frames import to_pandas\n"
        "assert 'pandas' not in sys.modules\n"
        "table = to_pandas(pl.DataFrame({'s': ['a', None], 'i': [1, None], 'l': [[1.0], None]}))\n"
        "assert not [name for name in sys.modules if name.startswith('pyarrow')]\n"
        "print(*(repr(d) for d in table.dtypes), table['s'].dtype.storage, sep='|')\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().endswith("|Int64Dtype()|dtype('O')|python")


def test_a_large_table_is_quick() -> None:
    # CPU seconds, and many times what it takes: this is a net below a loop over rows, not a benchmark.
    import time  # noqa: PLC0415

    count = 210_000
    number = pl.int_range(count, eager=True)
    frame = pl.DataFrame(
        {
            "time": NOON + number.cast(pl.Duration("ms")),
            "host": ("mx" + (number % 3).cast(pl.String)),
            "program": ("postfix/" + (number % 20).cast(pl.String)),
            "pid": number,
            "queue_id": ("4Bx" + (number // 3).cast(pl.String)),
            "kind": ("k" + (number % 9).cast(pl.String)),
            "delay": number / 7,
            "text": ("to=<somebody@example.org>, number " + number.cast(pl.String)),
        }
    )
    to_pandas(frame.head(10))
    begin = time.process_time()
    table = to_pandas(frame)
    assert time.process_time() - begin < 1.5
    assert table.shape == (count, 8)
