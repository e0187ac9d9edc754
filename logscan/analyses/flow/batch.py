"""What some blocks say of mail: rows by kind, each with the columns that the folds want.

In: nothing. Out: `WANTED`, `Batch`, `place`. Never: a fold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

_PLACE: Final = ("source", "block", "row", "column")
_RECORD: Final[dict[str, pl.DataType]] = {
    **dict.fromkeys(_PLACE, pl.UInt32()),
    "time": pl.Datetime("us", "UTC"),
    "host": pl.String(),
    "program": pl.String(),
    "pid": pl.Int64(),
    "repeat": pl.Int64(),
}
#: kind -> columns of the events table that its rows must have, besides the record's own.
WANTED: Final[dict[str, dict[str, pl.DataType]]] = {
    "client": {
        "queue_id": pl.String(),
        "client_name": pl.String(),
        "client_ip": pl.String(),
        "direction": pl.String(),
        "orig_queue_id": pl.String(),
    },
    "queued": {
        "queue_id": pl.String(),
        "sender": pl.String(),
        "size": pl.Int64(),
        "nrcpt": pl.Int64(),
    },
    "delivery": {
        "queue_id": pl.String(),
        "recipient": pl.String(),
        "status": pl.String(),
        "delay": pl.Float64(),
        "delays": pl.List(pl.Float64),
        "forwarded": pl.Boolean(),
        "handed": pl.String(),
        "next_id": pl.String(),
    },
    "removed": {"queue_id": pl.String(), "canceled": pl.Boolean()},
    "expired": {"queue_id": pl.String()},
    "message-id": {"queue_id": pl.String(), "message_id": pl.String()},
    "refusal": {
        "action": pl.String(),
        "daemon": pl.String(),
        "queue_id": pl.String(),
        "client_name": pl.String(),
        "client_ip": pl.String(),
        "client_port": pl.Int64(),
        "sender": pl.String(),
        "recipient": pl.String(),
        "stage": pl.String(),
        "cause": pl.String(),
    },
    "connect": {},
    "tls": {"direction": pl.String(), "tls_level": pl.String(), "tls_protocol": pl.String()},
    "auth-failure": {"client_ip": pl.String(), "sasl_user": pl.String()},
}


def _nothing(kind: str) -> pl.DataFrame:
    return pl.DataFrame(schema={**_RECORD, **WANTED[kind]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A stretch's lines of Postfix, by kind: `WANTED`, and the record's place, time, host, program, pid, repeat.

    refusal: kinds reject, milter-reject, hold, discard, and remarks of reject_warning; action: rejected, warned, held or
    discarded; cause: of the contract's list. removed: what ends a queue ID's thread. message_id: cleanup's. handed:
    what took a sent mail may give it back: loop, pipe or named. host: its first label.
    """

    client: pl.DataFrame = field(default_factory=lambda: _nothing("client"))
    queued: pl.DataFrame = field(default_factory=lambda: _nothing("queued"))
    delivery: pl.DataFrame = field(default_factory=lambda: _nothing("delivery"))
    removed: pl.DataFrame = field(default_factory=lambda: _nothing("removed"))
    expired: pl.DataFrame = field(default_factory=lambda: _nothing("expired"))
    message_id: pl.DataFrame = field(default_factory=lambda: _nothing("message-id"))
    refusal: pl.DataFrame = field(default_factory=lambda: _nothing("refusal"))
    connect: pl.DataFrame = field(default_factory=lambda: _nothing("connect"))
    tls: pl.DataFrame = field(default_factory=lambda: _nothing("tls"))
    auth: pl.DataFrame = field(default_factory=lambda: _nothing("auth-failure"))


def place() -> pl.Expr:
    """Return the place of a line as one number: 15 records a line, 2**24 lines a block, 2**20 blocks a source."""
    source, block, row, column = (pl.col(name).cast(pl.UInt64) for name in _PLACE)
    return (source * 2**48 + block * 2**28 + row * 2**4 + column.clip(0, 15)).alias("at")


def placed(at: int) -> tuple[int, int, int]:
    """Return source, block and row of a place.

    >>> placed(3 * 2**48 + 7 * 2**28 + 9 * 2**4)
    (3, 7, 9)
    """
    return at >> 48, at >> 28 & (2**20 - 1), at >> 4 & (2**24 - 1)
