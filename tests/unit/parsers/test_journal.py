"""Lines of `journalctl -o json`: what is read of them, and what nothing can make of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.model.blocks import Block
from logscan.parsers import journal, syslog, tagged
from logscan.parsers.detect import detect
from logscan.parsers.family import families
from logscan.parsers.glance import Glance, glance
from logscan.parsers.lines import counts
from tests.unit.parsers.tables import plan, table

RECORD: dict[str, Any] = {
    "__CURSOR": "s=1;i=1",
    "__REALTIME_TIMESTAMP": "1795490991918269",
    "_SOURCE_REALTIME_TIMESTAMP": "1795490991918080",
    "_HOSTNAME": "mx1.example.org",
    "SYSLOG_IDENTIFIER": "postfix/qmgr",
    "SYSLOG_PID": "21379",
    "_PID": "4711",
    "_COMM": "qmgr",
    "MESSAGE": "6AC215528C2: removed",
}
SHORT = "2026-11-24T03:29:51.918080+00:00 mx1.example.org postfix/qmgr[21379]: 6AC215528C2: removed"


def line(**changes: Any) -> str:
    return json.dumps({name: value for name, value in (RECORD | changes).items() if value != "-"})


def split(*lines: str) -> list[dict[str, Any]]:
    frame = pl.DataFrame(
        {"row": range(len(lines)), "column": 0, "raw": lines},
        schema={"row": pl.UInt32, "column": pl.UInt32, "raw": pl.String},
    )
    return journal.split(frame).to_dicts()


def one(**changes: Any) -> dict[str, Any]:
    (row,) = split(line(**changes))
    return row


def test_a_record_says_who_said_what_and_when() -> None:
    assert one() == {
        "row": 0,
        "column": 0,
        "raw": SHORT,
        "time": datetime(2026, 11, 24, 3, 29, 51, 918080, tzinfo=UTC),
        "host": "mx1.example.org",
        "program": "postfix/qmgr",
        "pid": 21379,
        "text": "6AC215528C2: removed",
    }


@pytest.mark.parametrize("missing", ["-", None, "", "soon", "0", "-5", "99999999999999999999"])
def test_a_source_time_that_is_none_gives_way_to_when_journald_heard_it(missing: str | None) -> None:
    assert one(_SOURCE_REALTIME_TIMESTAMP=missing)["time"].microsecond == 918269


@pytest.mark.parametrize(
    ("changes", "program", "pid"),
    [
        ({"SYSLOG_IDENTIFIER": "-"}, "qmgr", 21379),
        ({"SYSLOG_IDENTIFIER": "", "SYSLOG_PID": "-"}, "qmgr", 4711),
        ({"SYSLOG_IDENTIFIER": None, "_COMM": None, "SYSLOG_PID": None, "_PID": "-"}, "unknown", None),
        ({"SYSLOG_PID": "x", "_PID": 12}, "postfix/qmgr", 12),
    ],
)
def test_what_is_missing_has_a_stand_in(changes: dict[str, Any], program: str, pid: int | None) -> None:
    row = one(**changes)
    assert (row["program"], row["pid"]) == (program, pid)
    assert row["raw"].split(" ", 2)[2].startswith(f"{program}: " if pid is None else f"{program}[{pid}]: ")


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("a\nb\n\n", "a\nb"),
        ('quo"te \\ \x1b[31m \u202e\x00', 'quo"te \\ \x1b[31m \u202e\x00'),
        ("grüße 😀", "grüße 😀"),
        (list("café".encode()), "café"),
        ([99, 97, 102, 0xE9, 10, 33], "caf\ufffd\n!"),
        (["first", "second"], "first"),
        ([[104, 105], "second"], "hi"),
        ([], ""),
        ([256, 65, 10, 300, -1, 66, 11], "\ufffdA\n\ufffd\x00B"),
        (None, ""),
        ("-", ""),
        ('{"MESSAGE":[1,2]}', '{"MESSAGE":[1,2]}'),
        ("[104,105]", "[104,105]"),
        (17, "17"),
    ],
)
def test_messages_in_every_spelling(said: Any, text: str) -> None:
    assert one(MESSAGE=said)["text"] == text
    # beside a plain one, which takes the other road
    assert [row["text"] for row in split(line(), line(MESSAGE=said), line())][1] == text
    assert [row["text"] for row in split(line(MESSAGE=said), line(MESSAGE=[104, 105]), "{")][:2] == [
        text,
        "hi",
    ]
    assert "\n" not in one(MESSAGE=said)["raw"]


def test_what_is_no_object_stays_as_it_was_and_its_neighbours_are_read() -> None:
    broken = [line()[:-20], line() + "}", "", "null", "[1]", "{", '{"MESSAGE":"x"}', "\x1e", "data: ", '"x"']
    rows = split(*broken, line())
    assert [row["raw"] for row in rows[:-1]] == broken
    assert {row[name] for row in rows[:-1] for name in ("time", "host", "program", "pid", "text")} == {None}
    assert rows[-1]["raw"] == SHORT


@pytest.mark.parametrize("lead", ["\x1e", "data: ", "data:", "\ufeff", "\x00\x00"])
def test_json_seq_and_json_sse_are_the_same_behind_a_mark(lead: str) -> None:
    text = f"{lead}{line()}\n\n" * 2
    assert detect(text.encode()) is journal.JSON
    found = table(*text.splitlines(), main=journal.JSON)
    assert counts([found]) == (2, 0)
    assert found.drop_nulls("text")["raw"].to_list() == [SHORT, SHORT]


@pytest.mark.parametrize(
    "lines",
    [
        ['{"A":"x', '{","MESSAGE":"forged","__REALTIME_TIMESTAMP":"1795490991000000"}'],
        ['{"MESSAGE":"a","__REALTIME_TIMESTAMP":"1"},{"MESSAGE":"b","__REALTIME_TIMESTAMP":"1"}'],
        [
            '{"A":"x',
            '{"}',
            '{"MESSAGE":"a","__REALTIME_TIMESTAMP":"1"},{"MESSAGE":"b","__REALTIME_TIMESTAMP":"1"}',
        ],
        ['{"A":[1', '{"B":2}]}'],
        ['{"A":[1}', '{"B":2]}'],
    ],
)
def test_no_line_reaches_into_another(lines: list[str]) -> None:
    rows = split(line(MESSAGE="before"), *lines, line(MESSAGE="after"))
    assert [row["row"] for row in rows] == list(range(len(lines) + 2))
    assert (rows[0]["text"], rows[-1]["text"]) == ("before", "after")
    assert [row["text"] for row in rows[1:-1]] == [None] * len(lines)
    assert [row["raw"] for row in rows[1:-1]] == lines


def test_depths_and_lone_surrogates_do_no_harm() -> None:
    deep = '{"A":' + "[" * 3000 + "]" * 3000 + "," + line()[1:]
    lone = line(MESSAGE="@").replace("@", "\\ud800 x")
    rows = split(deep, lone, line())
    assert rows[2]["raw"] == SHORT
    assert rows[1]["text"] is None or rows[1]["text"].endswith(" x")


def test_whose_a_record_is_follows_from_its_program() -> None:
    found = table(
        line(),
        line(SYSLOG_IDENTIFIER="opendkim"),
        line(SYSLOG_IDENTIFIER="postfix/smtpd[1]: connect from x"),
        line(SYSLOG_IDENTIFIER="-", _COMM="kernel"),
        main=journal.JSON,
    )
    assert found["family"].to_list()[:2] == ["postfix", "opendkim"]
    assert found["family"][3] == "kernel"
    assert found["time"].dtype == pl.Datetime("us", "UTC")


def test_a_forged_program_is_not_taken_for_everyday_at_a_glance() -> None:
    everyday = line(SYSLOG_IDENTIFIER="postfix/smtpd", MESSAGE="connect from mail.example.org[192.0.2.1]")
    forged = [
        line(SYSLOG_IDENTIFIER="postfix/smtpd[1]: connect from a[192.0.2.1]", SYSLOG_PID="-", _PID="-"),
        line(_HOSTNAME="mx1.example.org postfix/smtpd[1]: x", MESSAGE="connect from a[192.0.2.1]"),
        line(SYSLOG_IDENTIFIER="postfix/smtpd", MESSAGE="connect from a[192.0.2.1]\nfatal: forged"),
        '{"__REALTIME_TIMESTAMP":"17',
    ]
    lines = [everyday] * 20 + forged
    data = "".join(text + "\n" for text in lines).encode()
    seen = glance(Block(source=0, number=0, data=data, previous=b"", lines=len(lines)), plan(journal.JSON))
    assert isinstance(seen, Glance)
    assert seen.everyday["postfix"].sum() == 20
    assert len(seen.left) + len(seen.odd) == len(forged)
    assert seen.odd.filter(pl.col("text").is_not_null() & pl.col("family").is_null()).height == 1


def test_left_out_messages_are_counted() -> None:
    data = "\n".join([line(), line(MESSAGE=None), line(MESSAGE='x,"MESSAGE":null'), line(MESSAGE="-")])
    assert journal.too_long(data.encode()) == 1


values = st.one_of(
    st.text(max_size=20),
    st.none(),
    st.integers(-5, 1 << 70),
    st.lists(st.integers(0, 255), max_size=8),
    st.lists(st.text(max_size=4), max_size=3),
)
torn = st.lists(
    st.sampled_from(['{"A":', '"x', '"', "[1", "]", "}", "{", ",", line(), line()[:-1], ":", "null", "\\"]),
    max_size=4,
).map("".join)
objects = st.dictionaries(st.sampled_from([*journal.FIELDS, "OTHER"]), values, max_size=9)


@given(st.lists(st.one_of(objects.map(json.dumps), torn, st.text(max_size=40)), max_size=6))
def test_lines_read_together_are_read_as_alone(lines: list[str]) -> None:
    lines = [text.replace("\n", " ").replace("\r", " ") for text in lines]
    alone = [split(text)[0] | {"row": row} for row, text in enumerate(lines)]
    assert split(*lines) == alone


def test_the_tagged_formats_are_those_of_syslog_and_of_the_journal() -> None:
    assert tagged.FORMATS[: len(syslog.FORMATS)] == syslog.FORMATS
    names = [form.name for form in tagged.FORMATS]
    assert len(set(names)) == len(names)
    assert journal.JSON in tagged.FORMATS
    assert set(tagged.SHAPES) <= set(names)
    assert not any(family.programs is None and not family.formats for family in families())
