"""Lines that are JSON objects with a log line inside: Docker's json-file, what shippers and loggers write.

In: lines. Out: `DOCKER`, a layer; `objects`, the layer of others. Never: an object that is an event of its own, as an access log's or the journal's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import polars as pl

from logscan.parsers.wrapping.layers import Layer, inside
from logscan.parsers.wrapping.lines import BEGIN, TAG, tidied

#: part -> the keys under which it is found, the most telling first.
_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "line": (
        "log", "message", "msg", "MESSAGE", "line", "event.original", "textPayload", "jsonPayload.message", "_raw",
        "_msg", "_source.message", "full_message", "short_message", "body",
    ),
    "time": (
        "time", "@timestamp", "timestamp", "ISODATE", "DATE", "ts", "date", "_time", "_source.@timestamp", "datetime",
    ),
    "host": ("host.hostname", "host.name", "hostname", "host", "HOST", "source_host", "fromhost"),
    "program": ("program", "PROGRAM", "ident", "app", "appname", "app_name", "syslogtag", "process.name", "tag"),
    "pid": ("pid", "PID", "procid", "process.pid"),
    "speaker": ("stream",),
}  # fmt: skip
#: Of an object that has one of these the line is not all: families read them.
_EVENTS: Final = ("__REALTIME_TIMESTAMP", "request", "request_uri", "remote_addr")

_DOCKER: Final = '{"log":'
_DOCKER_KEYS: Final = {"line": ("log",), "time": ("time",), "speaker": ("stream",)}
_INSIDE: Final = f"(?:{BEGIN}|{TAG})"


def objects(lines: Sequence[str]) -> Layer | None:
    """Return the layer of objects with the keys that some of `lines` have; None if most hold no log line."""
    if not lines[0].startswith("{"):
        return None
    found = [read for read in map(_read, lines) if read is not None]
    if 2 * len(found) <= len(lines):
        return None
    keys = {
        part: tuple(key for key in known if any(_get(read, key) is not None for read in found))
        for part, known in _KEYS.items()
    }
    return Layer(
        name="json",
        tells=lambda line: _read(line) is not None,
        peel=partial(_peel, keys={part: known for part, known in keys.items() if known}),
    )


def _read(line: str) -> dict[str, Any] | None:
    """Return an object that holds a log line, or a message beside its program; None for anything else."""
    if not line.startswith("{"):
        return None
    try:
        read = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict) or any(key in read for key in _EVENTS) or _is_code(read.get("status")):
        return None
    said = next((value for key in _KEYS["line"] if (value := _get(read, key)) is not None), None)
    if not isinstance(said, str):
        return None
    named = any(_get(read, key) is not None for key in _KEYS["program"])
    return read if named or re.match(_INSIDE, said) else None


def _is_code(status: Any) -> bool:
    """Whether this is HTTP's status, not a shipper's word for a level."""
    return isinstance(status, int) or (isinstance(status, str) and status.isdecimal())


def _get(read: Any, key: str) -> Any:
    for name in _names(key):
        read = read.get(name) if isinstance(read, dict) else None
    return read


def _names(key: str) -> list[str]:
    return [key] if key.startswith("@") else key.split(".")


def _peel(lines: pl.Series, *, keys: Mapping[str, Sequence[str]]) -> tuple[pl.Series, pl.Series]:
    frame = lines.alias("raw").to_frame()

    def value(part: str) -> pl.Expr:
        paths = ("$" + "".join(f"['{name}']" for name in _names(key)) for key in keys.get(part, ()))
        found = [pl.col("raw").str.json_path_match(path) for path in paths]
        return pl.coalesce(*found, pl.lit(None, dtype=pl.String)).alias(part)

    parts = frame.select(value(part) for part in _KEYS)
    # Docker cuts a line after 16 kB; only the last piece ends with a line feed
    docker = frame.select(pl.col("raw").str.starts_with(_DOCKER)).to_series()
    more = docker & ~parts["line"].str.ends_with("\n")
    return inside(tidied(parts).with_columns(more.alias("more")), lines)


DOCKER: Final = Layer(
    name="docker-json", tells=lambda line: line.startswith(_DOCKER), peel=partial(_peel, keys=_DOCKER_KEYS)
)
