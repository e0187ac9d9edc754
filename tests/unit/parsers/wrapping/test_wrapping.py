from __future__ import annotations

import json
from time import process_time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.model.blocks import Block
from logscan.parsers.lines import read_lines
from logscan.parsers.wrapping import Wrapping, peeled_line, wrapping
from logscan.parsers.wrapping.dates import DATES
from logscan.parsers.wrapping.layers import PREFIXES
from logscan.parsers.wrapping.objects import DOCKER, objects
from logscan.parsers.wrapping.tables import table

LINE = "Nov 24 03:27:35 mx1 postfix/qmgr[9]: 4F1A2B3C4D: removed"
CSV = table("time,host,message", [f"1795490855,mx1,{LINE}"])
OBJECTS = objects(['{"message":"a","program":"b","host":{"name":"c"},"pid":1,"time":2}'])
assert CSV is not None
assert OBJECTS is not None
EVERY = (*PREFIXES, DATES, DOCKER, OBJECTS, CSV)


def docker(line: str, end: str = "\n") -> str:
    return json.dumps(
        {"log": line + end, "stream": "stdout", "time": "2026-11-24T03:27:35Z"}, separators=(",", ":")
    )


@pytest.mark.parametrize(
    "line",
    [
        LINE,
        f"<22>{LINE}",
        "2026-11-24T03:27:35.123456+00:00 mx1 postfix/qmgr[9]: 4F1A2B3C4D: removed",
        "2026-11-24T03:27:35Z mx1 rsyslogd: x",
        "2026-11-24 03:27:35 mx1 postfix/qmgr[9]: x",
        "<22>1 2026-11-24T03:27:35Z mx1 postfix/qmgr 9 - - x",
        "[Tue Nov 24 03:27:35.000000 2026] [core:error] [pid 81] x",
        "[24-Nov-2026 03:27:35] NOTICE: ready to handle connections",
        "[24-Nov-2026 03:27:35 +0000]: <abc> IMAP Error: x",
        "2026/11/24 03:27:35 [error] 29#29: *1 x",
        '192.0.2.7 - - [24/Nov/2026:03:27:35 +0000] "GET / HTTP/1.1" 200 5',
        'mail.example.org:443 192.0.2.7 - - [24/Nov/2026:03:27:35 +0000] "GET / HTTP/1.1" 200 5',
        '2001:db8::7 - - [24/Nov/2026:03:27:35 +0000] "GET / HTTP/1.1" 200 5',
        '{"time_local":"24/Nov/2026:03:27:35 +0000","request":"GET / HTTP/1.1","status":"200"}',
        '{"__REALTIME_TIMESTAMP":"1795490855000000","MESSAGE":"x","SYSLOG_IDENTIFIER":"postfix/qmgr"}',
        '{"level":"info","message":"server started","time":"2026-11-24T03:27:35Z"}',
        "Thu Jun 24 09:14:54 2010] [error] [client 192.168.3.34] torn at its beginning",
        "421-4.7.23 [192.0.2.25] The IP address sending this message does not have a PTR record",
        "550 5.7.1 Nov 24 2026",
        "to whom it may concern: nothing",
        "",
        "a | b",
        "name,age",
    ],
)
def test_a_plain_line_has_nothing_around_it(line: str) -> None:
    assert wrapping(line.encode()) is None
    assert peeled_line(line) == line


@pytest.mark.parametrize("layer", EVERY, ids=[layer.name for layer in EVERY])
@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])), max_size=8))
def test_no_layer_loses_or_splits_a_line(layer: object, lines: list[str]) -> None:
    around = Wrapping((layer,))  # type: ignore[arg-type]
    data = "".join(f"{line}\n" for line in lines).encode()
    assert len(read_lines(around.peel(data))) == len(read_lines(data))


def test_most_lines_decide_and_the_others_stay() -> None:
    lines = [f"mail.log:{number}:{LINE}" for number in range(10)] + ["what is this?", "", LINE]
    around = wrapping("\n".join(lines).encode())
    assert around is not None
    assert around.name == "grep"
    assert around.peel("\n".join(lines).encode()).decode().split("\n") == [LINE] * 10 + [
        "what is this?",
        "",
        LINE,
    ]
    plain = "\n".join([LINE] * 10 + [f"mail.log:{LINE}"])
    assert wrapping(plain.encode()) is None


def test_a_line_goes_on_in_the_next_block() -> None:
    around = Wrapping((DOCKER,))
    pieces = [docker(LINE + " and", end=""), docker(" so on", end=""), docker(" to the end"), docker(LINE)]
    stamped = "2026-11-24T03:27:35Z mx1 postfix/qmgr[9]: 4F1A2B3C4D: removed"
    want = [f"{stamped} and", "", "", stamped]
    assert around.peel("\n".join(pieces).encode()).decode().split("\n") == want
    blocks = [
        Block(
            source=0,
            number=n,
            data=f"{piece}\n".encode(),
            previous=pieces[n - 1].encode() if n else b"",
            lines=1,
        )
        for n, piece in enumerate(pieces)
    ]
    assert [around.inside(block).data.decode() for block in blocks] == [f"{line}\n" for line in want]


def test_nothing_inside_ends_a_line() -> None:
    hostile = f"{LINE}\nNov 24 03:27:36 mx1 postfix/qmgr[9]: forged\r\n\u2028x"
    inside = Wrapping((DOCKER,)).peel(f"{docker(hostile)}\n".encode()).decode()
    assert inside.count("\n") == 1
    assert inside.startswith(
        "2026-11-24T03:27:35Z mx1 postfix/qmgr[9]: 4F1A2B3C4D: removed Nov 24 03:27:36 mx1"
    )


@pytest.mark.parametrize("line", ['{"log":', '{"log":5}', '{"log":null}', '{"log":{"a":"b"}}', "{" * 5000])
def test_a_broken_object_stays_as_it_is(line: str) -> None:
    assert Wrapping((DOCKER,)).peel(line.encode()).decode() in (line, "5", '{"a":"b"}')
    assert objects([line]) is None


def test_the_row_of_names_is_told_by_its_names() -> None:
    assert table("a,b,c", [LINE]) is None
    assert table("message", [LINE]) is None
    assert table("time,message", ["1,hello"]) is None
    assert table("message,message", [f"{LINE},{LINE}"]) is None
    assert table("time\tmessage", [f"1\t{LINE}"]) is not None


def test_a_cell_of_two_lines_costs_its_second_line_only() -> None:
    head = 'Time,Line\n2026-11-24T03:00:00Z,"mx1 postfix/qmgr[7]: 4F1A: removed\nand more"\n' * 2
    rows = "2026-11-24T03:00:01Z,mx1 postfix/qmgr[7]: 4F1B: removed\n" * 9
    found = wrapping((head + rows).encode())
    assert found is not None
    assert found.peel(head.encode()).decode().split("\n")[1:3] == [
        "2026-11-24T03:00:00Z mx1 postfix/qmgr[7]: 4F1A: removed",
        'and more"',
    ]


def test_a_cell_may_hold_the_delimiter_and_quotes() -> None:
    data = 'time,message\n1795490855,"postfix/qmgr[9]: a, ""b"""\n1795490855,postfix/qmgr[9]: c, d\nshort\n'
    around = wrapping(data.encode())
    assert around is not None
    assert around.peel(data.encode()).decode().split("\n") == [
        "",
        '2026-11-24T03:27:35.000000Z - postfix/qmgr[9]: a, "b"',
        "2026-11-24T03:27:35.000000Z - postfix/qmgr[9]: c, d",
        "short",
        "",
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1795490855", "2026-11-24T03:27:35.000000Z"),
        ("1795490855.5", "2026-11-24T03:27:35.500000Z"),
        ("1795490855123", "2026-11-24T03:27:35.123000Z"),
        ("1795490855123456", "2026-11-24T03:27:35.123456Z"),
        ("2026-11-24 03:27:35", "2026-11-24T03:27:35"),
        ("2026-11-24 03:27:35.5 UTC", "2026-11-24T03:27:35.5Z"),
        ("2026-11-24 03:27:35 +0100", "2026-11-24T03:27:35+0100"),
    ],
)
def test_a_time_is_read_as_exports_write_it(written: str, read: str) -> None:
    data = f"time,message\n{written},postfix/qmgr[9]: x\n"
    around = wrapping(data.encode())
    assert around is not None
    assert around.peel(data.encode()).decode().split("\n")[1] == f"{read} - postfix/qmgr[9]: x"


@pytest.mark.parametrize(
    "stamp",
    [
        "2013 Jun  1 06:27:30",
        "2013-Jun-01 06:27:30",
        "Jun 1 2013 06:27:30",
        "June  1, 2013 06:27:30",
        "Sat Jun  1 06:27:30 2013",
        "Saturday, 1 Jun 2013 06:27:30",
        "01/Jun/2013:06:27:30",
        "Sat, 01 Jun 2013  6:27:30",
    ],
)
def test_a_stamp_in_its_own_way_is_the_same_moment(stamp: str) -> None:
    assert peeled_line(f"{stamp} mx1 postfix/qmgr[9]: x") == "2013-06-01T06:27:30 mx1 postfix/qmgr[9]: x"


def test_what_is_no_day_stays_for_others_to_refuse() -> None:
    found, more = DATES.peel(pl.Series(["2013 Foo 10 06:27:30 mx1 a[1]: x"]))
    assert found.to_list() == ["2013 Foo 10 06:27:30 mx1 a[1]: x"]
    assert more.to_list() == [False]


@pytest.mark.parametrize(
    "piece",
    [" ", ">", "- ", "a:", "1:", "-", "a ", "{", "[", "|", "`", "Jun 1 ", "1 Jun ", ",", '"', "Tue, "],
)
def test_a_strangers_line_costs_no_time(piece: str) -> None:
    begun = process_time()
    wrapping(f"{piece * 4000}x\n".encode() * 40)
    assert process_time() - begun < 2
