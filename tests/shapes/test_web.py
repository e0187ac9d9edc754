"""The shapes of web logs: every field of every line as it stands in web.toml, and of the real logs beside it.

The logs in tests/shapes/web were written by nginx 1.22, php-fpm 8.2 and Apache 2.4 on the loopback interface while
they were made to fail: dead and forbidden sockets, hanging, slow, crashing and killed scripts, bodies and
headers too big, a port that was taken. Only paths were changed.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from logscan.model.blocks import Block
from logscan.model.columns import SCHEMA
from logscan.parsers.clock import Calendar
from logscan.parsers.detect import detect
from logscan.parsers.lines import Plan, counts, records
from logscan.parsers.zone import Zone
from logscan.pipeline.lines.road import detailed, understood
from logscan.sources.lines import clean

HERE = Path(__file__).parent
SHAPES = tomllib.loads((HERE / "web.toml").read_text())["shape"]
LOGS = sorted((HERE / "web").iterdir())
#: What every shape has, or what its title and text say already.
PLAIN = ("text", "repeat", "file", "line", "direction")


def text_of(name: str) -> str:
    # nginx writes JSON with whatever bytes a client sent
    return (HERE / "web" / name).read_text(errors="surrogateescape")


def read(text: str) -> tuple[str | None, pl.DataFrame]:
    """Return the table of records of a log, and its format."""
    data, _ = clean(text.encode("utf-8", "surrogateescape"))
    main = detect(data)
    calendar = Calendar(
        modified=datetime(2026, 11, 25, tzinfo=UTC),
        zone=Zone(name="UTC", source="option", info=UTC),
        option=2026,
    )
    block = Block(source=0, number=0, data=data, previous=b"", lines=data.count(b"\n"))
    return main.name if main else None, records(block, Plan(main=main, calendar=calendar))


def events(text: str) -> pl.DataFrame:
    return detailed(part.all() for part in understood(read(text)[1]))


@pytest.mark.parametrize("shape", SHAPES, ids=[shape["title"] for shape in SHAPES])
def test_shape(shape: dict[str, Any]) -> None:
    assert read(shape["text"] + "\n")[0] == shape["format"]
    found = events(shape["text"] + "\n")
    assert found.height == 1
    row = found.row(0, named=True)
    said = {name: row[name] for name in SCHEMA if name not in PLAIN and row.get(name) is not None}
    assert said == shape["fields"]
    assert row["direction"] == "local"
    assert row["text"].count("\n") == shape["text"].count("\n") - shape["text"].count("\n\n")


def test_there_are_many_shapes_and_no_two_are_one() -> None:
    assert len(SHAPES) >= 80
    assert (
        len({shape["title"] for shape in SHAPES}) == len({shape["text"] for shape in SHAPES}) == len(SHAPES)
    )


@pytest.mark.parametrize("log", LOGS, ids=[log.name for log in LOGS])
def test_every_line_of_a_real_log_is_understood(log: Path) -> None:
    _, table = read(text_of(log.name))
    events_, unparsed = counts([table])
    assert unparsed == 0
    assert events_ > 0
    found = events(text_of(log.name))
    assert found["kind"].null_count() == 0
    assert (found["kind"] == "other").sum() == found.filter(pl.col("reason").str.contains(QUIET)).height


#: Said with a level, and worth nothing: the retries of a start.
QUIET = r"^try again to bind\(\)"


def kinds(name: str) -> Counter[str]:
    return Counter(events(text_of(name))["kind"])


def test_the_failures_that_were_made_are_the_ones_that_are_found() -> None:
    assert kinds("nginx-error.log")["fastcgi-error"] == 32
    assert kinds("nginx-error.log")["auth-failure"] == 2
    assert kinds("php-error.log") == {"error": 2, "warning": 6}
    assert kinds("php-slow.log") == {"warning": 5}
    assert kinds("apache-custom-error.log")["fastcgi-error"] == 9


def test_every_spelling_of_apaches_error_log_tells_the_same_story() -> None:
    stories = []
    for name in ("custom", "vhost", "ids"):
        found = events(text_of(f"apache-{name}-error.log"))
        stories.append(found.select("kind", "errno", "backend", "client_ip", "severity").rows())
    assert stories[0] == stories[1] == stories[2]
    assert Counter(row[0] for row in stories[0]) == {"fastcgi-error": 9, "error": 1}


def test_durations_are_the_same_in_every_spelling_of_an_access_log() -> None:
    slow = [
        events(text_of(f"apache-access-{name}.log")).filter(pl.col("duration") > 1)
        for name in ("big", "star", "short")
    ]
    for found in slow:
        assert found["http_status"].to_list() == [500, 504]
        assert [round(seconds) for seconds in found["duration"]] == [1, 2]
    timed, objects = (
        events(text_of(f"access-{name}.log")).select(
            "time", "client_ip", "method", "url", "http_status", "bytes", "duration", "backend", "severity"
        )
        for name in ("timed", "json")
    )
    assert timed.equals(objects)
