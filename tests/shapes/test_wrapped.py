"""What can stand around a log line, by the road that a user's logs take: each shape is a log of its own."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from logscan.model.settings import Settings
from logscan.parsers.wrapping.dates import DATES
from logscan.parsers.wrapping.layers import PREFIXES
from logscan.pipeline.events import Events
from logscan.pipeline.scan import report
from logscan.reports.json import document, dumps

SHAPES: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("wrapped.toml").read_text("utf-8"))[
    "shape"
]
#: Of a syslog header: what a shape does not name is unknown.
HEADER = ("time", "host", "program", "pid")


@pytest.mark.parametrize("shape", SHAPES, ids=[shape["title"] for shape in SHAPES])
def test_what_is_inside_is_read(shape: dict[str, Any], tmp_path: Path) -> None:
    log = tmp_path / "some.log"
    log.write_text(shape["log"].lstrip("\n") + "\n", encoding="utf-8")
    settings = Settings(zone="UTC", year=2026)
    rows = [row for frame in Events([str(log)], settings) for row in frame.iter_rows(named=True)]
    want = shape["fields"]
    if "program" in want:
        want = dict.fromkeys(HEADER) | want
    assert {name: rows[-1].get(name) for name in want} == want
    said = json.loads(dumps(document(report([str(log)], settings))))
    assert [form["format"] for form in said["inputs"]] == [shape["form"]]
    assert said["totals"]["unparsed"] == 0


def test_every_layer_has_its_shape() -> None:
    named = {name for shape in SHAPES for name in shape["form"].split("+")}
    assert named >= {layer.name for layer in (*PREFIXES, DATES)} | {
        "docker-json",
        "json",
        "csv",
        "headless",
        "iso-local",
    }
