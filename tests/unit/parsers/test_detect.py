from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.model.blocks import Source
from logscan.parsers.clock import Evidence, YearSource
from logscan.parsers.detect import Span, detect, evidence, first_time, last_time, may_hold, span
from logscan.parsers.family import Family, LineFormat, Stamp
from logscan.parsers.journal import JSON
from logscan.parsers.syslog import BSD, FORMATS, RFC3339, RFC5424
from logscan.parsers.zone import Zone

REAL = Path(__file__).parents[3] / "sample-logs" / "real"
UTC_ZONE = Zone(name="UTC", source="option", info=UTC)
BERLIN = Zone(name="Europe/Berlin", source="option", info=ZoneInfo("Europe/Berlin"))
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def same(frame: pl.DataFrame) -> pl.DataFrame:
    return frame


def _split_web(frame: pl.DataFrame) -> pl.DataFrame:
    head = pl.col("raw").str.extract(r"^\[([^\]]*)\]")
    time = head.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    return frame.with_columns(time=time, text=pl.col("raw").str.extract(r"^\[[^\]]*\] (.*)$"))


WEB = LineFormat(name="web", stamp=Stamp.LOCAL, looks=pl.col("raw").str.starts_with("["), split=_split_web)
SPEAKERS = (Family(name="web", formats=(WEB,), kinds=same, fields=same),)

BSD_LINE = "Nov 24 03:27:35 mx1 a[1]: x\n"
ISO_LINE = "2026-11-24T03:27:35+00:00 mx1 a[1]: x\n"
WEB_LINE = "[2026-11-24 03:27:35] x\n"


def source(
    head: str | bytes = b"", tail: str | bytes = b"", *, modified: datetime = NOON, path: str = "mail.log"
) -> Source:
    return Source(
        path=path,
        compression=None,
        size=None,
        identity=None,
        modified=modified,
        head=head.encode() if isinstance(head, str) else head,
        tail=tail.encode() if isinstance(tail, str) else tail,
        rotation="mail.log",
    )


def lines(*stamps: str) -> str:
    return "".join(f"{stamp} mx1 a[1]: x\n" for stamp in stamps)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


# --- the format ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (BSD_LINE, BSD),
        (ISO_LINE, RFC3339),
        ("<22>1 2026-11-24T03:27:35Z mx1 a 1 - - x\n", RFC5424),
        (WEB_LINE, WEB),
        (BSD_LINE.strip(), BSD),
        (BSD_LINE.replace("\n", "\r\n") * 3, BSD),
        ("\n\n \n" + BSD_LINE, BSD),
        (BSD_LINE * 2 + ISO_LINE, BSD),
        (BSD_LINE + ISO_LINE * 2, RFC3339),
        (BSD_LINE + ISO_LINE, RFC3339),  # the order of the formats
        (BSD_LINE + "Traceback\n" * 8, BSD),
        (WEB_LINE + "[x\n" * 8, WEB),
        ("\0" * 20 + BSD_LINE, BSD),  # a crash
    ],
)
def test_most_lines_decide(head: str, expected: LineFormat) -> None:
    assert detect(head.encode(), SPEAKERS) is expected


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\n\n",
        b"[half a web line\n" * 5,
        b"Nov 24 03:27:35 imap-login: Info: Login: user=<a>\n",
        b"# comment\nkey = value\n",
        BSD_LINE.encode() + b"Dear all,\n" * 20,
        BSD_LINE.encode() + b"\0" * 100,
        BSD_LINE.encode() + bytes(range(256)) * 4,
        b"\x1f\x8b\x08\0" + random.Random(7).randbytes(4096),  # noqa: S311
    ],
)
def test_what_is_no_log_has_no_format(head: bytes) -> None:
    assert detect(head, SPEAKERS) is None


def test_a_bad_byte_is_no_reason() -> None:
    assert detect(BSD_LINE.replace(": x", ": M\xfcller").encode("latin-1") * 3, SPEAKERS) is BSD


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mail.log", BSD),
        ("mail.warn", BSD),
        ("remote-maillog", BSD),
        ("mail-iso.log.gz", RFC3339),
        ("journal-short-iso.log.gz", RFC3339),
        ("journal.json.gz", JSON),
        ("journal-export-tail.bin.gz", None),
    ],
)
def test_real_logs(name: str, expected: LineFormat | None) -> None:
    data = (REAL / "A/logs" / name).read_bytes()
    head = gzip.decompress(data) if name.endswith(".gz") else data
    assert detect(head[: 1 << 16], SPEAKERS) is expected


@given(st.binary(max_size=300))
def test_any_bytes_can_be_asked(head: bytes) -> None:
    detect(head, SPEAKERS)
    for own in (None, *FORMATS):
        span(source(head, head), own, BERLIN, speakers=SPEAKERS)


# --- the span ------------------------------------------------------------------------------------


def test_ends_of_a_log_with_full_dates() -> None:
    found = span(
        source("what?\n" + ISO_LINE, "2026-11-25T00:00:00+01:00 mx1 a[1]: x\n\nwhat?\n"),
        RFC3339,
        BERLIN,
        speakers=SPEAKERS,
    )
    assert found == Span(
        first=datetime(2026, 11, 24, 3, 27, 35, tzinfo=UTC),
        last=utc(2026, 11, 24, 23),
        year=None,
        year_source=None,
        written=NOON,
    )


def test_ends_in_the_zone_of_the_log() -> None:
    found = span(source(WEB_LINE, WEB_LINE), WEB, BERLIN, speakers=SPEAKERS)
    assert found.first == found.last == datetime(2026, 11, 24, 2, 27, 35, tzinfo=UTC)


def test_the_first_and_the_last_line_that_have_a_time() -> None:
    log = source(
        lines("Nov 20 00:00:00", "Nov 21 00:00:00"), lines("Nov 23 00:00:00", "Nov 22 00:00:00") + "?"
    )
    assert first_time(log, BSD, UTC_ZONE) == utc(2026, 11, 20)
    assert last_time(log, BSD, UTC_ZONE) == utc(2026, 11, 22)
    assert last_time(source(log.head), BSD, UTC_ZONE) is None
    assert first_time(source("?"), None, UTC_ZONE) is None


@pytest.mark.parametrize(
    ("first", "last", "modified", "expected"),
    [
        ("Nov 20 00:00:00", "Nov 24 00:00:00", NOON, (utc(2026, 11, 20), utc(2026, 11, 24))),
        ("Dec 20 00:00:00", "Jan  2 00:00:00", utc(2027, 1, 3), (utc(2026, 12, 20), utc(2027, 1, 2))),
        # a straggler of the old year
        ("Jan  1 00:00:00", "Dec 31 00:00:00", utc(2027, 1, 1), (utc(2027, 1, 1), utc(2026, 12, 31))),
        # it was copied later
        ("Dec 20 00:00:00", "Jan  2 00:00:00", utc(2027, 9, 3), (utc(2026, 12, 20), utc(2027, 1, 2))),
        # the way through the year is longer than the file's time
        ("Sep  1 00:00:00", "Mar  1 00:00:00", NOON, (utc(2025, 9, 1), utc(2026, 3, 1))),
    ],
)
def test_years_of_both_ends(
    first: str, last: str, modified: datetime, expected: tuple[datetime, datetime]
) -> None:
    found = span(source(lines(first), lines(last), modified=modified), BSD, UTC_ZONE)
    assert (found.first, found.last) == expected
    assert (found.year, found.year_source) == (expected[0].year, YearSource.MODIFIED)


def test_the_users_year_is_that_of_the_first_line() -> None:
    log = source(lines("Dec 20 00:00:00"), lines("Jan  2 00:00:00"))
    found = span(log, BSD, UTC_ZONE, year=2010)
    assert (found.first, found.last) == (utc(2010, 12, 20), utc(2011, 1, 2))
    assert (found.year, found.year_source) == (2010, YearSource.OPTION)
    near = Evidence(near=utc(2015, 1, 1))
    assert span(log, BSD, UTC_ZONE, known=near).last == utc(2015, 1, 2)


def test_a_head_that_goes_beyond_the_modification_is_of_the_year_before() -> None:
    log = source(lines("Jan  5 00:00:00", "Feb  5 00:00:00", "Mar  5 00:00:00"), modified=utc(2027, 1, 10))
    assert span(log, BSD, UTC_ZONE).first == utc(2026, 1, 5)


# --- windows -------------------------------------------------------------------------------------


def windowed(
    first: datetime | None,
    last: datetime | None,
    *,
    source: YearSource | None = None,
    written: datetime = NOON,
) -> Span:
    return Span(first=first, last=last, year=None, year_source=source, written=written)


def test_files_outside_a_window_can_be_left_out() -> None:
    dated = windowed(utc(2026, 11, 10), utc(2026, 11, 12))
    assert may_hold(dated, None, None)
    assert may_hold(dated, utc(2026, 11, 11), None)
    assert may_hold(dated, utc(2026, 11, 13), None)  # a day of slack
    assert not may_hold(dated, utc(2026, 11, 13, 1), None)
    assert may_hold(dated, None, utc(2026, 11, 9, 1))
    assert not may_hold(dated, None, utc(2026, 11, 9))


def test_what_is_not_known_is_not_left_out() -> None:
    assert may_hold(windowed(None, None), NOON, NOON)
    # no tail: the modification bounds the end, if it is not before the beginning
    assert not may_hold(windowed(utc(2026, 11, 10), None), NOON + 3 * DAY, None)
    assert may_hold(windowed(utc(2026, 11, 10), None), NOON + DAY, None)
    assert may_hold(windowed(utc(2027, 11, 10), None), utc(2030, 1, 1), None)
    # a guessed year may be too late, so the beginning may lie before the window's end
    guessed = windowed(utc(2026, 11, 10), utc(2026, 11, 12), source=YearSource.MODIFIED)
    assert may_hold(guessed, None, utc(2025, 1, 1))
    assert not may_hold(guessed, NOON, None)
    # from a known first year on, a log may have gone on for years
    long = windowed(utc(2020, 11, 10), utc(2020, 11, 12), source=YearSource.OPTION)
    assert may_hold(long, utc(2024, 1, 1), None)
    assert not may_hold(windowed(utc(2026, 11, 10), utc(2026, 11, 12), source=YearSource.OPTION), NOON, None)


# --- what files of one log know of each other ----------------------------------------------------


def test_dates_in_names_and_lines_bound_the_years_of_neighbours() -> None:
    files = [
        source(lines("Nov 20 00:00:00"), path="/var/log/mail.log-20241201.gz"),
        source(lines("Dec  2 00:00:00"), path="/var/log/mail.log-2024-12-08"),
        source(ISO_LINE, path="/var/log/mail.log.1"),
        source(lines("Nov 25 00:00:00") + ISO_LINE, path="/var/log/mail.log"),
    ]
    found = evidence(files, UTC_ZONE, SPEAKERS)
    moment = datetime(2026, 11, 24, 3, 27, 35, tzinfo=UTC)
    assert found == (
        Evidence(before=utc(2024, 12, 2)),
        Evidence(before=utc(2024, 12, 9), after=utc(2024, 12, 1)),
        Evidence(near=moment, before=moment, after=utc(2024, 12, 8)),
        Evidence(near=moment, after=moment),
    )
    years = [span(file, BSD, UTC_ZONE, known=known).year for file, known in zip(files, found, strict=True)]
    assert years == [2024, 2024, None, 2026]


def test_names_without_a_date_say_nothing() -> None:
    for path in ("mail.log.1", "mail.log-20261399", "mail.log-1764000000", "/20260101/mail.log"):
        assert evidence([source(path=path)], BERLIN, SPEAKERS) == (Evidence(),)


def test_local_dates_are_evidence_too() -> None:
    (found,) = evidence([source("?\n" + WEB_LINE + BSD_LINE)], BERLIN, SPEAKERS)
    assert found == Evidence(near=datetime(2026, 11, 24, 2, 27, 35, tzinfo=UTC))


def test_a_line_of_another_stamp_makes_no_log_headless() -> None:
    usual = [
        f"Nov 24 06:00:{number:02} mx1 postfix/smtpd[812]: connect from unknown[192.0.2.7]"
        for number in range(20)
    ]
    other = "2026-11-24T06:00:30+00:00 mx1 postfix/smtpd[812]: disconnect from unknown[192.0.2.7]"
    assert detect("\n".join([*usual, other]).encode()) is BSD
