"""Events in their forms: nothing lost, nothing made up, nothing that acts."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.model.columns import SCHEMA, complete
from logscan.reports.paper import Paper
from logscan.reports.tables import write_csv, write_jsonl, write_parquet, write_text
from tests.examples import scaled

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
Row = dict[str, Any]
FULL: Row = {
    "time": NOON, "host": "mx1", "program": "postfix/smtp", "pid": 7, "kind": "delivery", "queue_id": "AAAAAA",
    "recipient": "a@b.example", "delay": 0.1, "delays": [0.1, 0.2, None, 4.0], "repeat": 1, "text": "AAAAAA: to=<a@b.example>",
    "file": "mail.log", "line": 9, "sender": "",
}  # fmt: skip


def table(*rows: Row) -> pl.DataFrame:
    names = {name for row in rows for name in row}
    schema: dict[str, Any] = {name: dtype for name, dtype in SCHEMA.items() if name in names}
    return complete(pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema))


def written(write: Callable[[Iterable[pl.DataFrame], Paper], None], *tables: pl.DataFrame) -> str:
    stream = io.StringIO()
    write(tables, Paper(stream, color="never"))
    return stream.getvalue()


def harmless(text: str) -> bool:
    # Cn is not looked at: a character that Python does not know yet may be one that Polars knows.
    return not {unicodedata.category(character) for character in text if character != "\n"} & {
        "Cc",
        "Cf",
        "Cs",
        "Co",
    }


# --- JSON Lines ----------------------------------------------------------------------------------


def test_an_event_is_an_object_and_the_unknown_is_absent() -> None:
    [line] = written(write_jsonl, table(FULL)).splitlines()
    assert json.loads(line) == {**FULL, "time": "2026-11-24T12:00:00Z"}
    assert "null" not in line.replace("0.2,null", "")
    keys = list(json.loads(line))
    assert keys == [name for name in SCHEMA if name in FULL]


def test_microseconds_where_there_are_any() -> None:
    times = [NOON, NOON.replace(microsecond=120_000), None]
    lines = written(write_jsonl, table(*({"time": time, "text": "x"} for time in times))).splitlines()
    assert [json.loads(line).get("time") for line in lines] == [
        "2026-11-24T12:00:00Z", "2026-11-24T12:00:00.120000Z", None,
    ]  # fmt: skip


def test_nothing_known_is_an_empty_object() -> None:
    assert written(write_jsonl, table({"text": None})) == "{}\n"
    assert written(write_jsonl) == written(write_jsonl, table(FULL).clear()) == ""


@pytest.mark.parametrize(
    "text", ['"a":null,', '","kind":null,"', "null", "\\", '\\"', "},{", ",}", '"reason":null}']
)
def test_what_a_line_says_of_null_stays(text: str) -> None:
    [line] = written(write_jsonl, table({"text": text, "reason": text, "line": 1})).splitlines()
    assert json.loads(line) == {"reason": text, "text": text, "line": 1}


texts = st.none() | st.text(max_size=20)
events = st.lists(
    st.fixed_dictionaries(
        {
            "time": st.none()
            | st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
            "host": texts,
            "text": texts,
            "file": texts,
            "pid": st.none() | st.integers(-(2**63), 2**63 - 1),
            "delay": st.none() | st.floats(0, 1e9, allow_subnormal=False),
            "delays": st.none() | st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=4, max_size=4),
        }
    ),
    max_size=5,
)


@settings(max_examples=scaled(30))
@given(events)
def test_json_lines_say_every_event_and_act_on_nothing(rows: list[Row]) -> None:
    said = written(write_jsonl, *([table(*rows)] if rows else []))
    assert harmless(said)
    read = [json.loads(line) for line in said.splitlines()]
    wanted = [{name: row[name] for name in SCHEMA if row.get(name) is not None} for row in rows]
    for row in wanted:
        if "time" in row:
            row["time"] = row["time"].isoformat().replace("+00:00", "Z")
    assert [{**row, "delay": None, "delays": None} for row in read] == [
        {**row, "delay": None, "delays": None} for row in wanted
    ]
    for got, want in zip(read, wanted, strict=True):
        assert got.get("delay") == pytest.approx(want.get("delay"))
        assert got.get("delays") == (pytest.approx(want["delays"]) if "delays" in want else None)


# --- CSV -----------------------------------------------------------------------------------------


def rows_of(said: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(said)))


def test_csv_has_a_header_once_and_every_column() -> None:
    said = written(write_csv, table(FULL), table(FULL))
    assert said.splitlines()[0] == ",".join(SCHEMA)
    first, second = rows_of(said)
    assert first == second
    assert {name: value for name, value in first.items() if value} == {
        "time": "2026-11-24T12:00:00Z", "host": "mx1", "program": "postfix/smtp", "pid": "7", "kind": "delivery",
        "queue_id": "AAAAAA", "recipient": "a@b.example", "delay": "0.1", "delays": "0.1/0.2/4.0", "repeat": "1",
        "text": "AAAAAA: to=<a@b.example>", "file": "mail.log", "line": "9",
    }  # fmt: skip


def test_no_event_is_a_header() -> None:
    assert written(write_csv) == ",".join(SCHEMA) + "\n"


@settings(max_examples=scaled(30))
@given(events)
def test_csv_is_read_back_and_acts_on_nothing(rows: list[Row]) -> None:
    said = written(write_csv, *([table(*rows)] if rows else []))
    assert harmless(said)
    read = rows_of(said)
    assert len(read) == len(rows)
    for got in read:
        assert not [
            value
            for name, value in got.items()
            if SCHEMA[name] == pl.String and value.startswith(("=", "+", "-", "@"))
        ]


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "\x1b[31m", "a\nb", '"', ","],
    ids=ascii,
)
def test_no_cell_is_a_formula_and_none_breaks_a_line(cell: str) -> None:
    said = written(write_csv, table({**FULL, "text": cell, "sender": cell}))
    assert len(said.splitlines()) == 2
    [row] = rows_of(said)
    assert not row["text"].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert row["text"] == row["sender"]
    assert harmless(said)


# --- Parquet -------------------------------------------------------------------------------------


def test_parquet_is_the_tables_as_they_are(tmp_path: Path) -> None:
    target = tmp_path / "events.parquet"
    tables = [table(FULL), table({"text": "\x1b[31m=1"}), table(FULL, FULL)]
    write_parquet(tables, target)
    assert pl.read_parquet(target).equals(pl.concat(tables))
    write_parquet([], target)
    assert pl.read_parquet(target).schema == SCHEMA
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.parquet"]


# --- text ----------------------------------------------------------------------------------------


def test_text_is_one_line_an_event() -> None:
    said = written(write_text, table(FULL, {"text": "what", "file": "x.log", "line": 2}))
    assert said.splitlines() == [
        "2026-11-24T12:00:00Z delivery        postfix/smtp AAAAAA AAAAAA: to=<a@b.example>  (mail.log:9)",
        "?                    ?                what  (x.log:2)",
    ]


@given(events)
def test_text_acts_on_nothing(rows: list[Row]) -> None:
    said = written(write_text, *([table(*rows)] if rows else []))
    assert harmless(said)
    assert len(said.splitlines()) == len(rows)
