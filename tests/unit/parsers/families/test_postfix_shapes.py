"""Every shape of line, column by column: the tables in postfix/*.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from logscan.model.columns import SCHEMA
from logscan.model.vocabulary import Direction, Kind, Severity
from tests.unit.parsers.families.postfix_lines import parsed, table

TABLES = Path(__file__).parent / "postfix"
LINES: list[dict[str, Any]] = [
    {"table": path.stem, **line}
    for path in sorted(TABLES.glob("*.toml"))
    for line in tomllib.loads(path.read_text("utf-8"))["line"]
]


@cache
def _rows() -> list[dict[str, Any]]:
    frame = table([line["text"] for line in LINES], [line["program"] for line in LINES])
    return parsed(frame).to_dicts()


def test_the_tables_are_worth_the_name() -> None:
    assert len(LINES) >= 240
    assert {line["table"] for line in LINES} >= {"deliveries", "forged", "refusals", "warnings"}


@pytest.mark.parametrize("at", range(len(LINES)), ids=lambda at: f"{LINES[at]['table']}-{at}")
def test_line_gives_these_columns_and_no_others(at: int) -> None:
    line, row = LINES[at], _rows()[at]
    want = {name: value for name, value in line.items() if name not in {"table", "why"}}
    want.setdefault("reason", line["text"])
    want["daemon"] = line["program"].rpartition("/")[2]
    want["instance"] = line["program"].partition("/")[0]
    got = {name: value for name, value in row.items() if value is not None and name != "row"}

    assert got == want


def test_columns_have_the_types_of_the_contract() -> None:
    frame = parsed(table([line["text"] for line in LINES], [line["program"] for line in LINES]))
    for name, dtype in frame.schema.items():
        if name not in {"row", "everyday"}:
            assert dtype == SCHEMA[name], name
    assert frame.schema["everyday"] == pl.Boolean


def test_words_are_those_of_the_closed_lists() -> None:
    assert {row["kind"] for row in _rows()} <= set(Kind)
    assert {row["severity"] for row in _rows()} <= set(Severity)
    assert {row["direction"] for row in _rows()} <= set(Direction)


def test_a_line_is_the_same_alone_and_among_others() -> None:
    # fields() runs on any subset: nothing may leak from one row into another.
    for at in range(0, len(LINES), 5):
        alone = parsed(table([LINES[at]["text"]], [LINES[at]["program"]])).to_dicts()[0]
        among = {name: value for name, value in _rows()[at].items() if value is not None}
        assert {name: value for name, value in alone.items() if value is not None} == {**among, "row": 0}


@pytest.mark.parametrize(
    ("program", "daemon", "instance"),
    [
        ("postfix/smtpd", "smtpd", "postfix"),
        ("postfix/submission/smtpd", "smtpd", "postfix"),
        ("postfix/smtps-in/smtpd", "smtpd", "postfix"),
        ("postfix-out/smtp", "smtp", "postfix-out"),
        ("postfix-192.0.2.3/smtp", "smtp", "postfix-192.0.2.3"),
        ("postfix", "postfix", "postfix"),
    ],
)
def test_program_gives_daemon_and_instance(program: str, daemon: str, instance: str) -> None:
    row = parsed(table(["fatal: no"], program)).to_dicts()[0]
    assert (row["daemon"], row["instance"]) == (daemon, instance)
