"""Frozen records with tables in them <-> bytes for the disk.

In: a dataclass of plain values, records, tables and series. Out: MessagePack; a table is an Arrow stream in it, compressed.
Never: pickle: what is read can make nothing but the record that was asked for.

`form` names the shape of a record's class, so that bytes of another version are known before they are read.
"""

from __future__ import annotations

import hashlib
import re
from io import BytesIO
from typing import Any, Final, TypeVar

import msgspec
import polars as pl

Record = TypeVar("Record")

#: Raised when what bytes of the same form mean has changed.
EDITION: Final = 1


def packed(record: object) -> bytes:
    """Return a record as bytes."""
    return msgspec.msgpack.encode(record, enc_hook=_table_out)


def unpacked(kind: type[Record], data: bytes) -> Record:
    """Return the record again. Raises ValueError for bytes that are none of `kind`."""
    return msgspec.msgpack.decode(data, type=kind, dec_hook=_table_in)


def form(kind: type) -> str:
    """Return what names the shape of a record's class: its fields and those of all records in it, and their types."""
    # How a default is made is written with its place in memory, which differs from run to run.
    said = re.sub(r" at 0x[0-9a-f]+", "", repr(msgspec.inspect.type_info(kind)))
    return hashlib.sha256(f"{EDITION}\0{said}".encode()).hexdigest()[:16]


def _table_out(value: object) -> Any:
    if isinstance(value, pl.Series):
        return _stream(value.to_frame())
    if isinstance(value, pl.DataFrame):
        return _stream(value)
    raise NotImplementedError(f"{type(value).__name__} has no form on disk")


def _table_in(kind: type, value: Any) -> Any:
    if kind not in (pl.DataFrame, pl.Series) or not isinstance(value, bytes):
        raise NotImplementedError(f"{kind.__name__} has no form on disk")
    # A table without a column has no Arrow stream.
    table = pl.read_ipc_stream(BytesIO(value)) if value else pl.DataFrame()
    return table if kind is pl.DataFrame else table.to_series()


def _stream(table: pl.DataFrame) -> bytes:
    if not table.width:
        return b""
    packed = BytesIO()
    table.rechunk().write_ipc_stream(packed, compression="zstd")
    return packed.getvalue()
