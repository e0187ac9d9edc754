"""Lines that are JSON objects with a log line inside: Docker's json-file, what shippers and loggers write.

In: lines. Out: `DOCKER` and `OBJECTS`, layers. Never: an object that is an event of its own, as an access log's or the journal's.
"""

from __future__ import annotations

import json
import re
from typing import Final

import polars as pl

from logscan.parsers.wrapping.layers import Layer, inside
from logscan.parsers.wrapping.lines import BEGIN, TAG, tidied

#: part -> the keys under which it is found, the most telling first.
_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "line": ("log", "message", "msg", "MESSAGE", "line", "event.original"),
    "time": ("time", "@timestamp", "timestamp", "ISODATE", "DATE", "ts", "date"),
    "host": ("host.hostname", "host.name", "hostname", "host", "HOST", "source_host", "fromhost"),
    "program": ("program", "PROGRAM", "ident", "app", "appname", "app_name", "syslogtag", "process.name", "tag"),
    "pid": ("pid", "PID", "procid", "process.pid"),
    "speaker": ("stream",),
}  # fmt: skip
#: Of an object that has one of these the line is not all: families read them.
_EVENTS: Final = ("__REALTIME_TIMESTAMP", "request", "request_uri", "remote_addr", "status")

_DOCKER: Final = '{"log":'
_INSIDE: Final = re.compile(f"(?:{BEGIN}|{TAG})")


def _tells(line: str) -> bool:
    if not line.startswith("{"):
        return False
    try:
        read = json.loads(line)
    except (ValueError, RecursionError):
        return False
    if not isinstance(read, dict) or any(key in read for key in _EVENTS):
        return False
    said = next((read[key] for key in _KEYS["line"] if key in read), None)
    if not isinstance(said, str):
        return False
    return any(key in read for key in _KEYS["program"]) or _INSIDE.match(said) is not None


def _value(part: str) -> pl.Expr:
    return pl.coalesce(pl.col("raw").str.json_path_match(_path(key)) for key in _KEYS[part]).alias(part)


def _path(key: str) -> str:
    names = [key] if key.startswith("@") else key.split(".")
    return "$" + "".join(f"['{name}']" for name in names)


def _peel(lines: pl.Series) -> tuple[pl.Series, pl.Series]:
    frame = lines.alias("raw").to_frame()
    parts = frame.select(_value(part) for part in _KEYS)
    # Docker cuts a line after 16 kB; only the last piece ends with a line feed
    docker = frame.select(pl.col("raw").str.starts_with(_DOCKER)).to_series()
    more = docker & ~parts["line"].str.ends_with("\n")
    return inside(tidied(parts).with_columns(more.alias("more")), lines)


DOCKER: Final = Layer(name="docker-json", tells=lambda line: line.startswith(_DOCKER), peel=_peel)
OBJECTS: Final = Layer(name="json", tells=_tells, peel=_peel)
