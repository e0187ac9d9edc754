"""The shapes of the systemd journal, field by field as in journal.toml, by the road that a user's logs take."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from logscan.model.blocks import Block
from logscan.model.settings import Settings
from logscan.parsers.clock import Calendar
from logscan.parsers.detect import detect
from logscan.parsers.lines import Plan, records
from logscan.parsers.zone import Zone
from logscan.pipeline.events import Events

SHAPES = tomllib.loads(Path(__file__).with_suffix("").with_name("journal.toml").read_text(encoding="utf-8"))[
    "shape"
]
#: What a shape's title and text say already, or what is the same for all.
PLAIN = {"reason", "repeat", "file", "line", "direction", "text"}


def shown(text: str) -> str:
    """Return what a reader is shown of a record."""
    data = f"{text}\n".encode()
    zone = Zone(name="UTC", source="option", info=UTC)
    calendar = Calendar(modified=datetime(2026, 11, 25, tzinfo=UTC), zone=zone)
    block = Block(source=0, number=0, data=data, previous=b"", lines=data.count(b"\n"))
    (raw, *_) = records(block, Plan(main=detect(data), calendar=calendar))["raw"]
    return str(raw)


@pytest.mark.parametrize("shape", SHAPES, ids=[shape["title"] for shape in SHAPES])
def test_shape(shape: dict[str, Any], tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(shape["text"] + "\n", encoding="utf-8")
    read = Events([str(log)], Settings(zone="UTC", year=2026))
    (row,) = pl.concat(list(read)).to_dicts()
    assert read.problems == ()
    fields = {name: value for name, value in row.items() if value is not None and name not in PLAIN}
    others = {name: fields.pop(name) for name in ("kind", "severity") if name not in shape["fields"]}
    assert fields == shape["fields"]
    assert set(others.values()) <= {"other", "info", None}
    assert row["line"] == 1
    if "said" in shape:
        assert row["text"] == shape["said"]
    if "raw" in shape:
        assert shown(shape["text"]) == shape["raw"]


def test_no_two_shapes_are_one() -> None:
    assert (
        len({shape["title"] for shape in SHAPES}) == len({shape["text"] for shape in SHAPES}) == len(SHAPES)
    )
