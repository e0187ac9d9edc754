from __future__ import annotations

import gzip
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from logscan.model.blocks import Block
from logscan.parsers.clock import Calendar, YearConflict
from logscan.parsers.family import Family, LineFormat, Stamp
from logscan.parsers.lines import RECORD, Plan, counts, formats, read_lines, records
from logscan.parsers.syslog import BSD, FORMATS, RFC3339
from logscan.parsers.zone import Zone

REAL = Path(__file__).parents[3] / "sample-logs" / "real"
UTC_ZONE = Zone(name="UTC", source="option", info=UTC)
BERLIN = Zone(name="Europe/Berlin", source="option", info=ZoneInfo("Europe/Berlin"))
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def same(frame: pl.DataFrame) -> pl.DataFrame:
    return frame


def _split_web(frame: pl.DataFrame) -> pl.DataFrame:
    """`[2026-11-24 03:27:35] text`, and `| ` glues records together."""
    records = frame.with_columns(pl.col("raw").str.split(" | ").alias("piece"))
    places = pl.int_ranges(pl.col("piece").list.len(), dtype=pl.UInt32)
    records = records.with_columns(places.alias("column")).explode("piece", "column")
    head = pl.col("piece").str.extract(r"^\[([^\]]*)\]")
    time = head.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    return records.with_columns(time=time, text=pl.col("piece").str.extract(r"^\[[^\]]*\] (.*)$")).drop(
        "piece"
    )


WEB_FORMAT = LineFormat(
    name="web", stamp=Stamp.LOCAL, looks=pl.col("raw").str.starts_with("["), split=_split_web
)


def owner(name: str) -> Family:
    return Family(name=name, formats=(WEB_FORMAT,), kinds=same, fields=same)


POSTFIX = Family(name="postfix", programs="postfix(?:-[^/]*)?(?:/.*)?", kinds=same, fields=same)
DKIM = Family(name="opendkim", programs="^opendkim$", kinds=same, fields=same)
SPEAKERS = (DKIM, POSTFIX, owner("web"))


def plan(main: LineFormat | None = BSD, zone: Zone = UTC_ZONE, modified: datetime = NOON) -> Plan:
    return Plan(main=main, calendar=Calendar(modified=modified, zone=zone))


def table(
    *lines: str,
    main: LineFormat | None = BSD,
    zone: Zone = UTC_ZONE,
    speakers: Sequence[Family] = SPEAKERS,
    previous: str = "",
) -> pl.DataFrame:
    data = "".join(line + "\n" for line in lines).encode()
    block = Block(source=0, number=0, data=data, previous=previous.encode(), lines=len(lines))
    found = records(block, plan(main, zone), speakers)
    assert dict(found.schema) == RECORD
    return found


def rows(*lines: str, **known: object) -> list[tuple[object, ...]]:
    found = table(*lines, **known)  # type: ignore[arg-type]
    return found.select("program", "pid", "family", "repeat", "text").rows()


def smtp(clock: str, text: str) -> str:
    return f"Nov 24 {clock} mx1 postfix/smtp[7]: {text}"


# --- lines ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a", ["a"]),
        (b"a\n", ["a"]),
        (b"a\n\nb\n\n", ["a", "", "b", ""]),
        (b"a\r\nb\r", ["a", "b"]),
        (b"a\r\r\nb\rc\n", ["a\r", "b\rc"]),
        ("a\u2028b\x0bc\x0cd\x85e\x1cf\n".encode(), ["a\u2028b\x0bc\x0cd\x85e\x1cf"]),
        (b"\xef\xbb\xbfa\n", ["\ufeffa"]),
        (b'"a\n"b","\n\0\n', ['"a', '"b","', "\0"]),
        (b"# a\n,,\n", ["# a", ",,"]),
    ],
)
def test_only_a_line_feed_ends_a_line(data: bytes, lines: list[str]) -> None:
    frame = read_lines(data)
    assert frame.get_column("raw").to_list() == lines
    assert frame.get_column("row").to_list() == list(range(len(lines)))
    assert frame.schema == {"row": pl.UInt32, "column": pl.UInt32, "raw": pl.String}


# --- headers -------------------------------------------------------------------------------------


def test_a_record_has_all_its_columns() -> None:
    found = table(smtp("03:27:35", "some text"))
    assert found.row(0, named=True) == {
        "row": 0,
        "column": 0,
        "raw": smtp("03:27:35", "some text"),
        "time": datetime(2026, 11, 24, 3, 27, 35, tzinfo=UTC),
        "host": "mx1",
        "program": "postfix/smtp",
        "pid": 7,
        "family": "postfix",
        "repeat": 1,
        "text": "some text",
    }


def test_stamps_without_zone_are_of_the_calendars() -> None:
    lines = [smtp("03:27:35", "a"), "[2026-07-01 12:00:00] b", "2026-07-01T12:00:00+00:00 mx1 c[1]: c"]
    expected = [
        datetime(2026, 11, 24, 2, 27, 35, tzinfo=UTC),
        datetime(2026, 7, 1, 10, tzinfo=UTC),
        datetime(2026, 7, 1, 12, tzinfo=UTC),
    ]
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2], [1], [2], [1, 2]):
        found = table(*(lines[index] for index in order), zone=BERLIN)
        assert found.get_column("time").to_list() == [expected[index] for index in order]


@pytest.mark.parametrize("main", [None, *FORMATS, WEB_FORMAT])
def test_a_mixed_file_is_read_whatever_is_its_main_format(main: LineFormat | None) -> None:
    lines = [
        "[2026-07-01 12:00:00] web",
        "<22>1 2026-07-01T12:00:00Z mx1 opendkim 3 - - five",
        "what is this?",
        smtp("03:27:35", "bsd"),
        "",
        "2026-07-01T12:00:00Z mx1 rsyslogd: iso",
        " \t\r",
    ]
    assert rows(*lines, main=main) == [
        (None, None, "web", 1, "web"),
        ("opendkim", 3, "opendkim", 1, "five"),
        (None, None, None, 1, "what is this?"),
        ("postfix/smtp", 7, "postfix", 1, "bsd"),
        (None, None, None, 1, None),
        ("rsyslogd", None, "rsyslogd", 1, "iso"),
        (None, None, None, 1, None),
    ]
    found = table(*lines, main=main)
    assert found.get_column("row").to_list() == list(range(7))
    assert found.get_column("time").null_count() == 3
    assert counts([found, found]) == (8, 2)


def test_a_header_of_the_main_format_that_fails_is_tried_as_others_then_unparsed() -> None:
    line = "Nov 31 03:27:35 mx1 postfix/smtp[7]: x"
    anything = LineFormat(
        name="anything",
        stamp=Stamp.LOCAL,
        looks=pl.col("raw").str.starts_with("Nov"),
        split=lambda frame: frame.with_columns(
            time=pl.lit(None, pl.Datetime("us")), text=pl.col("raw") + "!"
        ),
    )
    assert rows(line) == [(None, None, None, 1, line)]
    other = Family(name="other", formats=(anything,), kinds=same, fields=same)
    assert rows(line, speakers=(other,)) == [(None, None, "other", 1, line + "!")]


def test_records_glued_on_one_line_share_its_row() -> None:
    found = table(
        "", "[2026-07-01 12:00:00] a | [2026-07-01 12:00:01] b", smtp("03:27:35", "c"), main=WEB_FORMAT
    )
    assert found.select("row", "column", "text").rows() == [
        (0, 0, None),
        (1, 0, "a"),
        (1, 1, "b"),
        (2, 0, "c"),
    ]
    assert found.get_column("time").to_list()[2] == datetime(2026, 7, 1, 12, 0, 1, tzinfo=UTC)
    assert counts([found]) == (2, 0)


@pytest.mark.parametrize("name", ["apache-error", "php-fpm"])
def test_what_others_write_into_an_error_log_is_its_owners(name: str) -> None:
    lines = ("[2026-07-01 12:00:00] a", "Traceback (most recent call last):", "", '  File "x"')
    found = rows(*lines, main=WEB_FORMAT, speakers=(owner(name),))
    assert [(family, text) for _, _, family, _, text in found] == [
        (name, "a"),
        (name, "Traceback (most recent call last):"),
        (None, None),
        (name, '  File "x"'),
    ]
    # but in an access log, or where the log is somebody else's, it is not understood
    assert rows(lines[1], main=WEB_FORMAT, speakers=(owner("apache-access"),))[0][2] is None
    assert rows(lines[1], main=BSD, speakers=(owner(name),))[0][2] is None


@pytest.mark.parametrize(
    ("program", "family"),
    [
        ("postfix/smtp", "postfix"),
        ("postfix-out/smtp", "postfix"),
        ("postfix-192.0.2.3/smtp", "postfix"),
        ("postfix", "postfix"),
        ("postfixer", "postfixer"),
        ("opendkim", "opendkim"),
        ("opendkim2", "opendkim2"),
        ("systemd-journald", "systemd-journald"),
        ("/usr/sbin/cron", "cron"),
        ("amavis/worker", "amavis"),
        ("(systemd)", "systemd"),
        ("web", "syslog"),  # it does not write what the family of that name understands
    ],
)
def test_a_line_is_its_programs_familys(program: str, family: str) -> None:
    for line in (
        f"Nov 24 03:27:35 mx1 {program}[7]: x",
        f"Nov 24 03:27:35 mx1 {program}[7] x",
        f"<22>1 2026-07-01T12:00:00Z mx1 {program} 7 - - x",
    ):
        assert rows(line) == [(program, 7, family, 1, "x")]


def test_a_line_without_program_is_syslogs() -> None:
    assert rows("Nov 24 03:27:35 mx1 -- MARK --") == [(None, None, "syslog", 1, "-- MARK --")]
    assert rows("<22>1 2026-07-01T12:00:00Z mx1 - - - - x", main=None) == [(None, None, "syslog", 1, "x")]


def test_formats_are_tried_in_a_fixed_order() -> None:
    assert formats(SPEAKERS) == (*((own, None) for own in FORMATS), (WEB_FORMAT, "web"))


# --- repeated lines ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("message repeated 4 times: [ a [b] c]", (4, "a [b] c")),
        ("message repeated 4 times: [a]", (4, "a")),
        ("message repeated 12 times: [ cut off", (12, "cut off")),
        ("message repeated 0 times: [ a]", (1, "a")),
        ("message repeated 4 times: []", (4, "")),
        ("message repeated 99999999999 times: [ a]", (1, "message repeated 99999999999 times: [ a]")),
        ("message repeated often", (1, "message repeated often")),
        ("a message repeated 4 times: [ b]", (1, "a message repeated 4 times: [ b]")),
        ("Last message 'a 'b'' repeated 3 times, suppressed by syslog-ng on mx1", (3, "a 'b'")),
        ("Last message was lost", (1, "Last message was lost")),
    ],
)
def test_a_message_can_say_how_often_it_came(text: str, expected: tuple[int, str]) -> None:
    assert [row[3:] for row in rows(smtp("03:27:35", text), smtp("03:27:36", "x"))] == [expected, (1, "x")]


def test_a_repeated_line_is_the_line_before_it() -> None:
    first, last = smtp("03:27:35", "a"), "Nov 24 03:28:05 mx1 last message repeated 3 times"
    expected = ("postfix/smtp", 7, "postfix", 3, "a")
    assert rows(first, last) == [(*expected[:3], 1, "a"), expected]
    assert table(first, last).get_column("raw").to_list() == [first, last]
    assert table(first, last).get_column("time").to_list()[1] == datetime(2026, 11, 24, 3, 28, 5, tzinfo=UTC)
    # blank lines and earlier repetitions do not count as the line before
    assert rows(first, "", last, last)[2:] == [expected, expected]
    # a wrapped message is unwrapped first
    assert rows(smtp("03:27:35", "message repeated 9 times: [ a]"), last)[1] == expected
    # nobody knows what a line that was not understood said
    unknown = (None, None, "syslog", 1, "last message repeated 3 times")
    assert rows("what?", last) == [(None, None, None, 1, "what?"), unknown]
    assert rows(last) == [unknown]
    assert rows(last, first)[0] == unknown


def test_a_repeated_line_at_the_beginning_of_a_block_is_the_last_one_of_the_block_before() -> None:
    lines = [smtp("03:27:35", "a"), *["Nov 24 03:28:05 mx1 last message repeated 3 times"] * 2, "", " "]
    lines += [lines[1], smtp("03:27:36", "b"), lines[1]]
    whole = table(*lines)
    assert whole.get_column("text").to_list() == ["a", "a", "a", None, None, "a", "b", "b"]
    one = plan()
    found = []
    for number, line in enumerate(lines):
        previous = lines[number - 1].encode() if number else b""
        block = Block(source=0, number=number, data=line.encode() + b"\n", previous=previous, lines=1)
        found.append(records(block, one, SPEAKERS).with_columns(pl.lit(number, pl.UInt32).alias("row")))
    assert pl.concat(found).equals(whole)
    assert table(*lines[1:], previous=lines[0]).get_column("text").to_list()[0] == "a"


@pytest.mark.parametrize(
    "stamp", ["Nov 31 00:00:00", "Nov  0 00:00:00", "2026-02-29T00:00:00Z", "<1>Nov 39 00:00:00"]
)
def test_a_repetition_on_a_day_that_does_not_exist_is_not_understood_at_a_seam_either(stamp: str) -> None:
    odd, last = (
        f"{stamp} mx1 last message repeated 3 times",
        "Nov 24 00:00:00 mx1 last message repeated 2 times",
    )
    expected = [(None, None, None, 1, odd), (None, None, "syslog", 1, last.partition("mx1 ")[2])]
    assert rows(smtp("03:27:35", "a"), odd, last)[1:] == expected
    assert rows(last, previous=odd) == expected[1:]


def test_text_that_speaks_of_repetition_is_text() -> None:
    lines = (smtp("03:27:35", "a"), smtp("03:27:36", "last message repeated 3 times"))
    assert [row[3:] for row in rows(*lines)] == [(1, "a"), (1, "last message repeated 3 times")]


# --- threads -------------------------------------------------------------------------------------


def blocks(data: bytes, size: int) -> list[Block]:
    lines = data.splitlines(keepends=True)
    pieces = [lines[begin : begin + size] for begin in range(0, len(lines), size)]
    return [
        Block(
            source=0,
            number=number,
            data=b"".join(piece),
            previous=pieces[number - 1][-1].rstrip(b"\n") if number else b"",
            lines=len(piece),
        )
        for number, piece in enumerate(pieces)
    ]


def test_threads_and_blocks_give_the_same_records() -> None:
    data = (REAL / "A/logs/mail.log").read_bytes()
    whole = records(blocks(data, 1 << 20)[0], plan(), SPEAKERS)
    one = plan()
    with ThreadPoolExecutor(4) as threads:
        tables = list(threads.map(lambda block: records(block, one, SPEAKERS), blocks(data, 100)))
    names = [name for name in RECORD if name != "row"]
    assert pl.concat(tables).select(names).equals(whole.select(names))
    one.calendar.finish()
    assert one.calendar.year == 2026


def test_a_conflict_of_years_is_for_the_caller() -> None:
    lines = ["Jan  5 00:00:00 mx1 a[1]: x", "Feb  5 00:00:00 mx1 a[1]: x", "Mar  5 00:00:00 mx1 a[1]: x"]
    data = "\n".join(lines).encode()
    one = plan(modified=datetime(2027, 1, 10, tzinfo=UTC))
    with ThreadPoolExecutor(1) as threads:
        last = Block(source=0, number=1, data=data, previous=b"", lines=3)
        waiting = threads.submit(records, last, one, SPEAKERS)
        with pytest.raises(YearConflict):
            records(Block(source=0, number=0, data=data, previous=b"", lines=3), one, SPEAKERS)
        with pytest.raises(YearConflict):
            waiting.result(timeout=20)


def test_a_fault_in_one_block_wakes_those_who_wait() -> None:
    def fail(_: pl.DataFrame) -> pl.DataFrame:
        raise ZeroDivisionError

    broken = LineFormat(name="broken", stamp=Stamp.LOCAL, looks=pl.col("raw") == "x", split=fail)
    speakers = (Family(name="broken", formats=(broken,), kinds=same, fields=same),)
    one = plan()
    with ThreadPoolExecutor(1) as threads:
        second = Block(source=0, number=1, data=b"y\n", previous=b"x", lines=1)
        waiting = threads.submit(records, second, one, speakers)
        with pytest.raises(ZeroDivisionError):
            records(Block(source=0, number=0, data=b"x\n", previous=b"", lines=1), one, speakers)
        with pytest.raises(ZeroDivisionError):
            waiting.result(timeout=20)


# --- real logs -----------------------------------------------------------------------------------

REAL_LOGS = {
    "mail.log": (BSD, 6061, 6064),
    "mail.warn": (BSD, 128, 131),
    "remote-maillog": (BSD, 2106, 2106),
    "mail-reduced.log.gz": (BSD, 6061, 6064),
    "syslog.gz": (BSD, 6062, 6065),
    "mail-iso.log.gz": (RFC3339, 6061, 6064),
    "journal-short-iso.log.gz": (RFC3339, 6067, 6067),
}


def real(name: str) -> bytes:
    data = (REAL / "A/logs" / name).read_bytes()
    return gzip.decompress(data) if name.endswith(".gz") else data


@pytest.mark.parametrize(("name", "expected"), REAL_LOGS.items(), ids=REAL_LOGS.keys())
def test_every_line_of_the_real_logs_is_understood(name: str, expected: tuple[LineFormat, int, int]) -> None:
    main, lines, events = expected
    data = real(name)
    found = records(Block(source=0, number=0, data=data, previous=b"", lines=lines), plan(main), SPEAKERS)
    assert counts([found]) == (lines, 0)
    assert found.height == lines == data.count(b"\n")
    assert found.get_column("repeat").sum() == events
    assert found.select("time", "host", "program", "family").null_count().row(0) == (0, 0, 0, 0)
    assert found.get_column("pid").null_count() == (name == "syslog.gz")  # rsyslogd's own line has none
    families = set(found.get_column("family"))
    assert families <= {"postfix", "opendkim", "rsyslogd", "systemd-journald"}
    assert found.select(pl.col("time").dt.date().unique()).to_series().to_list() == [NOON.date()]


def test_two_shapes_of_one_log_give_the_same_events() -> None:
    shapes = [
        records(Block(source=0, number=0, data=real(name), previous=b"", lines=0), plan(main), SPEAKERS)
        for name, main in (("mail.log", BSD), ("mail-iso.log.gz", RFC3339))
    ]
    names = ["host", "program", "pid", "family", "repeat", "text"]
    assert shapes[0].select(names).equals(shapes[1].select(names))
    seconds = shapes[1].get_column("time").dt.truncate("1s")
    assert (shapes[0].get_column("time") == seconds).all()
