"""The shapes of what is said around mail and webmail, field by field, by the road that a user's logs take.

In: host.toml, and the log beside it. Out: each line is one event of its family, with these columns and no others, and
is everyday or not.

host/mariadb-error.log was written by MariaDB 10.11 while it was started, refused logins and clients, filled and damaged
tables, was stopped, started twice, crashed, and started with too little memory and a wrong option. Only paths and the
kernel's version were changed.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from logscan.model.blocks import Block
from logscan.model.columns import SCHEMA
from logscan.model.vocabulary import Family, Kind
from logscan.parsers.clock import Calendar
from logscan.parsers.detect import detect
from logscan.parsers.lines import Plan, records
from logscan.parsers.zone import Zone
from logscan.pipeline.lines.road import detailed, understood
from logscan.sources.lines import clean

HERE = Path(__file__).parent
SHAPES = tomllib.loads((HERE / "host.toml").read_text())["shape"]
AT = datetime(2026, 11, 24, 3, 27, 35, tzinfo=UTC)
#: Of a header, or the same for all.
PLAIN = {"time", "host", "program", "text", "repeat", "direction"}
AROUND = {Family.KERNEL, Family.SYSTEMD, Family.CRON, Family.CLOCK, Family.MYSQL}

Row = dict[str, Any]


def events(text: str) -> list[Row]:
    data, _ = clean(text.encode())
    calendar = Calendar(
        modified=datetime(2026, 11, 25, tzinfo=UTC),
        zone=Zone(name="UTC", source="option", info=UTC),
        option=2026,
    )
    block = Block(source=0, number=0, data=data, previous=b"", lines=data.count(b"\n"))
    parts = understood(records(block, Plan(main=detect(data), calendar=calendar)))
    return detailed(part.all() for part in parts).to_dicts()


@pytest.mark.parametrize(
    "shape", SHAPES, ids=[f"{at}-{shape['family']}" for at, shape in enumerate(SHAPES, 1)]
)
def test_line_is_one_event_with_these_columns_and_no_others(shape: Row) -> None:
    (row,) = events(shape["line"] + "\n")
    said = {name: row[name] for name in SCHEMA if name not in PLAIN and row.get(name) is not None}
    want = {name: value for name, value in shape.items() if name not in {"line", "everyday"}}
    assert said == want
    assert row["everyday"] is shape.get("everyday", False)
    assert row["direction"] == "local"
    assert row["time"] == AT
    assert row["text"].split("\n")[0] in shape["line"]


@cache
def by_family() -> Counter[str]:
    return Counter(shape["family"] for shape in SHAPES)


def test_the_table_is_worth_the_name() -> None:
    assert set(by_family()) == AROUND
    assert by_family()["kernel"] >= 50
    assert by_family()["systemd"] >= 35
    assert by_family()["mysql"] >= 25
    assert len({shape["line"] for shape in SHAPES}) == len(SHAPES) >= 120


def test_nothing_of_weight_is_of_kind_other() -> None:
    assert [
        shape["line"]
        for shape in SHAPES
        if shape["kind"] == Kind.OTHER and shape["severity"] in {"warning", "error", "critical"}
    ] == []


@pytest.mark.parametrize("name", ["syslog", "error"])
def test_lines_are_the_same_events_among_others(name: str) -> None:
    """One log of all lines of syslog, one of MySQL's: no line takes another's place or format."""
    mine = [shape for shape in SHAPES if shape["line"].startswith("Nov ") == (name == "syslog")]
    rows = events("".join(shape["line"] + "\n" for shape in mine))
    assert [row["reason"] for row in rows] == [shape.get("reason") for shape in mine]
    assert [row["kind"] for row in rows] == [shape["kind"] for shape in mine]
    assert {row["time"] for row in rows} == {AT}


def test_a_crash_that_is_stamped_with_the_time_of_day_alone_has_none() -> None:
    log = (
        "2026-11-24T03:27:30.000000Z 0 [Note] /usr/sbin/mysqld: ready for connections.\n"
        "Version: '5.7.44'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306  MySQL Community Server (GPL)\n"
        "03:27:35 UTC - mysqld got signal 11 ;\n"
        "This could be because you hit a bug. It is also possible that this binary\n"
        "or one of the libraries it was linked against is corrupt, improperly built,\n"
        "\n"
        "key_buffer_size=16777216\n"
        "It is possible that mysqld could use up to \n"
        "Thread pointer: 0x0\n"
        "/usr/sbin/mysqld(my_print_stacktrace+0x3b)[0xe8f6eb]\n"
        "2026-11-24T03:27:37.000000Z mysqld_safe Number of processes running now: 0\n"
    )
    rows = events(log)
    assert [(row["kind"], row["time"] is None) for row in rows] == [
        ("lifecycle", False),
        ("panic", True),
        ("error", False),
    ]
    assert rows[1]["severity"] == "critical"
    assert "my_print_stacktrace" in rows[1]["text"]
    assert pl.Series([rows[1]["reason"]]).str.contains("mysqld got signal 11").all()


def test_every_line_of_a_real_log_is_understood() -> None:
    """Crash dump and start belong to their records; what is of weight has a kind, and nothing lacks a time."""
    text = (HERE / "host" / "mariadb-error.log").read_text()
    rows = events(text)
    stamped = sum(line[:4] in {"2026", "2611"} for line in text.splitlines())
    assert len(rows) == stamped
    assert all(row["time"] is not None for row in rows)
    weight = Counter((row["kind"], row["severity"]) for row in rows if not row["everyday"])
    assert weight["panic", "critical"] == 1
    assert weight["auth-failure", "notice"] == 1
    assert sum("Too many connections" in row["reason"] and row["kind"] == "error" for row in rows) == 3
    (crash,) = [row for row in rows if row["kind"] == "panic"]
    assert crash["text"].endswith(
        "Kernel version: Linux version 6.1.0-27-amd64 (debian-kernel@lists.debian.org)"
    )
    assert {row["kind"] for row in rows if row["severity"] == "info" and not row["everyday"]} == {"lifecycle"}


def test_what_innodb_says_without_a_stamp_is_its_own_event() -> None:
    rows = events(
        "261124  3:27:35  InnoDB: Initializing buffer pool, size = 128.0M\n"
        "InnoDB: mmap(137363456 bytes) failed; errno 12\n"
        "261124  3:27:35  InnoDB: Fatal error: cannot allocate memory for the buffer pool\n"
        "261124  3:27:35 [ERROR] Plugin 'InnoDB' init function returned error.\n"
    )
    assert [(row["kind"], row["severity"]) for row in rows] == [
        ("other", "info"),
        ("fatal", "critical"),
        ("fatal", "critical"),
        ("fatal", "critical"),
    ]
