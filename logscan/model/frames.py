"""Tables for the public face: Polars -> pandas, column by column, without pyarrow.

In: a Polars table of the types that our tables have. Out: a pandas table of the same rows and columns,
whose types depend on those of the columns alone: not on their content, nor on what else is installed.
Never: imports pyarrow, which Polars' own `to_pandas` needs and logscan does not depend on; guesses at a
type that it does not know.

What is unknown is pd.NA, but pd.NaT among times and durations, and None among lists. A float that is no
number is unknown too, because versions of pandas disagree about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    import pandas as pd

_WORDS: Final = (pl.String, pl.Categorical, pl.Enum)
_INTEGERS: Final = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64)
_FLOATS: Final = (pl.Float32, pl.Float64)
_TIMES: Final = (pl.Datetime, pl.Date, pl.Duration)

#: Strings are made once each where they recur so often, by which rows are counted for each of them.
_RECURRING: Final = 4


def to_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """Return `frame` as a pandas table, its rows numbered from 0; it shares no memory with `frame`.

    String, Categorical, Enum -> string, in Python's memory; Int8 ... UInt64, Float32, Float64, Boolean
    -> the nullable types of these names; Datetime -> datetime64 of the same unit and zone; Date ->
    datetime64[s]; Duration -> timedelta64 of the same unit; List -> object, Python lists.
    Raises TypeError, which names the column, for any other type.

    >>> table = to_pandas(pl.DataFrame({"host": ["mx1", None], "pid": [None, 7]}))
    >>> [str(dtype) for dtype in table.dtypes], int(table["pid"].sum())
    (['string', 'Int64'], 7)
    """
    import pandas as pd  # noqa: PLC0415

    columns = {column.name: _converted(column) for column in frame}
    return pd.DataFrame(columns, index=pd.RangeIndex(frame.height), copy=False)


def _converted(column: pl.Series) -> Any:
    import pandas as pd  # noqa: PLC0415

    if column.dtype in _WORDS:
        # The storage is said: pandas itself would choose pyarrow where that happens to be installed.
        return pd.array(_strings(column.cast(pl.String)), dtype=pd.StringDtype("python"))
    if column.dtype in _INTEGERS:
        return pd.arrays.IntegerArray(*_masked(column, 0))
    if column.dtype in _FLOATS:
        return pd.arrays.FloatingArray(*_masked(column.fill_nan(None), 0.0))
    if column.dtype == pl.Boolean:
        return pd.arrays.BooleanArray(*_masked(column, False))
    if column.dtype in _TIMES:
        times = pd.Series(column.to_numpy(writable=True), copy=False)
        zone = getattr(column.dtype, "time_zone", None)
        return times.dt.tz_localize("UTC").dt.tz_convert(zone) if zone else times
    if column.dtype == pl.List:
        return pd.Series(column.to_list(), dtype=object)
    raise TypeError(f"column {column.name!r}: no type of pandas is known for {column.dtype}")


def _masked(column: pl.Series, filler: float) -> tuple[Any, Any]:
    """Return the values, `filler` where there is none, and where that is."""
    return column.fill_null(filler).to_numpy(writable=True), column.is_null().to_numpy(writable=True)


def _strings(column: pl.Series) -> Any:
    """Return the strings as Python's. Hosts, programs and kinds recur: each is made once and shared."""
    if column.n_unique() * _RECURRING > len(column):
        return column.to_numpy()
    words = column.unique().drop_nulls()
    codes = column.cast(pl.Enum(words)).to_physical().cast(pl.Int64).fill_null(len(words))
    return words.extend_constant(None, 1).to_numpy()[codes.to_numpy()]
