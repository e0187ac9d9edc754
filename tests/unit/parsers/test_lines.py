from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from logscan.model.blocks import Block
from logscan.parsers import headless
from logscan.parsers.family import Family, LineFormat, Stamp, families
from logscan.parsers.journal import JSON
from logscan.parsers.lines import counts, formats, read_lines, records
from logscan.parsers.syslog import BSD, RFC3339
from logscan.parsers.tagged import FORMATS
from tests.unit.parsers.tables import BERLIN, NOON, SPEAKERS, WEB_FORMAT, owner, plan, rows, same, smtp, table

REAL = Path(__file__).parents[3] / "sample-logs" / "real"
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
    line = "Nov 31 03:27:35 mx1 somebody[7]: x"
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


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "postfix/smtpd[812]: connect from a[192.0.2.1]",
            ("postfix/smtpd", 812, "connect from a[192.0.2.1]"),
        ),
        (":35 mx1 postfix/smtpd[812]: x: y", ("postfix/smtpd", 812, "x: y")),
        ("4 03:27:35 mx1 postfix/smtpd[812]: x", ("postfix/smtpd", 812, "x")),
        # a day that does not exist says nothing about who spoke
        ("Nov 31 03:27:35 mx1 postfix/smtpd[812]: x", ("postfix/smtpd", 812, "x")),
        ("postfix/qmgr: 4F1A2B: removed", ("postfix/qmgr", None, "4F1A2B: removed")),
    ],
)
def test_a_line_without_its_header_is_still_its_programs(line: str, expected: tuple[object, ...]) -> None:
    found = table(line)
    assert found.select("program", "pid", "text").rows() == [expected]
    assert found.select("time", "host", "family").rows() == [(None, None, "postfix")]


@pytest.mark.parametrize(
    "line",
    [
        "somebody[7]: x",
        "see postfix/qmgr: it is full",
        "<postfix/smtpd[812]: x",
        'GET "/?q=postfix/smtpd[812]: x"',
        "one two three four five postfix/smtpd[812]: x",
    ],
)
def test_prose_and_strangers_have_no_header(line: str) -> None:
    assert table(line)["family"].to_list() == [None]


def test_in_a_log_whose_owner_takes_what_has_no_header_no_daemon_speaks() -> None:
    known = families()
    apache = next(own for own, _ in formats(known) if own.name == "apache-error-2.4")
    head = "[Tue Nov 24 03:27:35.000000 2026] [core:error] [pid 1] a"
    found = table(head, "postfix/smtpd[812]: x", main=apache, speakers=known)
    assert found["family"].to_list() == ["apache-error", "apache-error"]


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
    assert formats(SPEAKERS) == (
        *((own, None) for own in FORMATS),
        (WEB_FORMAT, "web"),
        (headless.of(SPEAKERS), None),
    )


# --- real logs -----------------------------------------------------------------------------------

REAL_LOGS = {
    "mail.log": (BSD, 6061, 6064),
    "mail.warn": (BSD, 128, 131),
    "remote-maillog": (BSD, 2106, 2106),
    "mail-reduced.log.gz": (BSD, 6061, 6064),
    "syslog.gz": (BSD, 6062, 6065),
    "mail-iso.log.gz": (RFC3339, 6061, 6064),
    "journal-short-iso.log.gz": (RFC3339, 6067, 6067),
    "journal.json.gz": (JSON, 3500, 3500),
    "journal-all-fields-head.json.gz": (JSON, 300, 300),
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
