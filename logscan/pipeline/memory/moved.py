"""What was counted of some logs, as if others had been read before them.

In: partials whose rows name their log by an index from 0. Out: the same with the indexes moved on. Never: looks at what
a column means: places are known by the columns' names, and a test knows that every number of 64 bits is one or a hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, TypeVar

import polars as pl

from logscan.analyses import totals

Record = TypeVar("Record")

#: Columns that are the index of a log.
_INDEX: Final = frozenset({"source", "at_source"})
#: Columns of UInt64 that hold it in their upper bits, and in which: analyses.flow.batch.place, analyses.findings.
_UPPER: Final[Mapping[str, int]] = {"at": 48, "begun": 48, "last_at": 48, "first": 48, "place": 40}


def moved(record: Record, by: int) -> Record:
    """Return a record of tables as if `by` logs had been read before its own."""
    return record if by == 0 else _moved(record, by)


def _moved(value: Any, by: int) -> Any:
    if isinstance(value, pl.DataFrame):
        return table(value, by)
    if isinstance(value, totals.Partial):
        return replace(value, sources={index + by: each for index, each in value.sources.items()})
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{field.name: _moved(getattr(value, field.name), by) for field in fields(value)}
        )
    if isinstance(value, dict):
        return {name: _moved(each, by) for name, each in value.items()}
    return value


def table(rows: pl.DataFrame, by: int) -> pl.DataFrame:
    """Return a table's rows as if `by` logs had been read before theirs."""
    return rows.with_columns(
        *(
            (pl.col(name) + pl.lit(by, dtype=dtype)).alias(name)
            for name, dtype in rows.schema.items()
            if name in _INDEX
        ),
        *(
            (pl.col(name) + pl.lit(by << _UPPER[name], dtype=pl.UInt64)).alias(name)
            for name, dtype in rows.schema.items()
            if name in _UPPER and dtype == pl.UInt64
        ),
    )
