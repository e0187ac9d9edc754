from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.parsers import syslog
from logscan.parsers.family import LineFormat, Stamp
from logscan.parsers.lines import read_lines
from logscan.parsers.syslog import (
    BSD,
    BSD_SHAPE,
    FORMATS,
    ISO_SHAPE,
    RFC3339,
    RFC5424,
    Quick,
    exact,
    exact_rfc5424,
    fast,
    fast_rfc5424,
)

REAL = Path(__file__).parents[3] / "sample-logs" / "real"
LOGS = {
    "A/logs/mail.log": "bsd",
    "A/logs/mail.warn": "bsd",
    "A/logs/remote-maillog": "bsd",
    "A/logs/mail-reduced.log.gz": "bsd",
    "A/logs/syslog.gz": "bsd",
    "A/logs/mail-iso.log.gz": "rfc3339",
    "A/logs/journal-short-iso.log.gz": "rfc3339",
}
BY_NAME = {own.name: own for own in FORMATS}

#: No fields, for a line that a format must leave alone.
NOTHING = (None, None, None, None, None)


def frame(*lines: str) -> pl.DataFrame:
    return read_lines("\n".join(lines).encode())


def fields(own: LineFormat, *lines: str) -> list[tuple[object, ...]]:
    return own.split(frame(*lines)).select("time", "host", "program", "pid", "text").rows()


def at(day: int, h: int, m: int, s: int, micros: int = 0, *, month: int = 11) -> datetime:
    return datetime(2000, month, day, h, m, s, micros)  # noqa: DTZ001


POSTFIX = ("mx1", "postfix/qmgr", 20427, "some text")

BSD_LINES: dict[str, tuple[str, tuple[object, ...]]] = {
    "plain": ("Nov 24 03:27:35 mx1 postfix/qmgr[20427]: some text", (at(24, 3, 27, 35), *POSTFIX)),
    "blank day": ("Nov  1 03:27:35 mx1 postfix/qmgr[20427]: some text", (at(1, 3, 27, 35), *POSTFIX)),
    "zero day": ("Nov 01 03:27:35 mx1 postfix/qmgr[20427]: some text", (at(1, 3, 27, 35), *POSTFIX)),
    "short day": ("Nov 1 03:27:35 mx1 postfix/qmgr[20427]: some text", (at(1, 3, 27, 35), *POSTFIX)),
    "leap day": (
        "Feb 29 03:27:35 mx1 postfix/qmgr[20427]: some text",
        (at(29, 3, 27, 35, month=2), *POSTFIX),
    ),
    "leap second": (
        "Dec 31 23:59:60 mx1 postfix/qmgr[20427]: some text",
        (datetime(2001, 1, 1), *POSTFIX),  # noqa: DTZ001
    ),
    "fraction": (
        "Nov 24 03:27:35.123456 mx1 postfix/qmgr[20427]: some text",
        (at(24, 3, 27, 35, 123456), *POSTFIX),
    ),
    "short fraction": (
        "Nov 24 03:27:35.5 mx1 postfix/qmgr[20427]: some text",
        (at(24, 3, 27, 35, 500000), *POSTFIX),
    ),
    "PRI": ("<22>Nov 24 03:27:35 mx1 postfix/qmgr[20427]: some text", (at(24, 3, 27, 35), *POSTFIX)),
    "NULs of a crash": (
        "\0\0\0Nov 24 03:27:35 mx1 postfix/qmgr[20427]: some text",
        (at(24, 3, 27, 35), *POSTFIX),
    ),
    "byte order mark": (
        "\ufeffNov 24 03:27:35 mx1 postfix/qmgr[20427]: some text",
        (at(24, 3, 27, 35), *POSTFIX),
    ),
    "CRLF": ("Nov 24 03:27:35 mx1 postfix/qmgr[20427]: some text\r", (at(24, 3, 27, 35), *POSTFIX)),
    "no pid": (
        "Nov 24 03:27:35 mx1 rsyslogd: [origin]",
        (at(24, 3, 27, 35), "mx1", "rsyslogd", None, "[origin]"),
    ),
    "no colon": (
        "Nov 24 03:27:35 mx1 postfix/qmgr[20427] some text: more",
        (at(24, 3, 27, 35), "mx1", "postfix/qmgr", 20427, "some text: more"),
    ),
    "bare word": (
        "Nov 24 03:27:35 mx1 logger some text",
        (at(24, 3, 27, 35), "mx1", "logger", None, "some text"),
    ),
    "no blank": ("Nov 24 03:27:35 mx1 a[1]:text", (at(24, 3, 27, 35), "mx1", "a", 1, "text")),
    "no text": ("Nov 24 03:27:35 mx1 a[1]:", (at(24, 3, 27, 35), "mx1", "a", 1, "")),
    "no text, blank": ("Nov 24 03:27:35 mx1 a[1]: ", (at(24, 3, 27, 35), "mx1", "a", 1, "")),
    "more blanks are text": ("Nov 24 03:27:35 mx1 a[1]:   x", (at(24, 3, 27, 35), "mx1", "a", 1, "  x")),
    "pid that is none": ("Nov 24 03:27:35 mx1 a[main]: x", (at(24, 3, 27, 35), "mx1", "a", None, "x")),
    "address as host": ("Nov 24 03:27:35 192.0.2.3 a[1]: x", (at(24, 3, 27, 35), "192.0.2.3", "a", 1, "x")),
    "IPv6 host": ("Nov 24 03:27:35 2001:db8::1 a[1]: x", (at(24, 3, 27, 35), "2001:db8::1", "a", 1, "x")),
    "chained host": (
        "Nov 24 03:27:35 s_mail@mx1/hub a[1]: x",
        (at(24, 3, 27, 35), "s_mail@mx1/hub", "a", 1, "x"),
    ),
    "instance by address": (
        "Nov 24 03:27:35 mx1 postfix-192.0.2.3/smtp[7]: x",
        (at(24, 3, 27, 35), "mx1", "postfix-192.0.2.3/smtp", 7, "x"),
    ),
    "instance by IPv6 address": (
        "Nov 24 03:27:35 mx1 postfix-2001:db8::1/smtp[7]: x: y",
        (at(24, 3, 27, 35), "mx1", "postfix-2001:db8::1/smtp", 7, "x: y"),
    ),
    "service": (
        "Nov 24 03:27:35 mx1 postfix/smtps-in/smtpd[7]: x",
        (at(24, 3, 27, 35), "mx1", "postfix/smtps-in/smtpd", 7, "x"),
    ),
    "path": (
        "Nov 24 03:27:35 mx1 /usr/sbin/cron[7]: x",
        (at(24, 3, 27, 35), "mx1", "/usr/sbin/cron", 7, "x"),
    ),
    "parentheses": (
        "Nov 24 03:27:35 mx1 su(pam_unix)[7]: x",
        (at(24, 3, 27, 35), "mx1", "su(pam_unix)", 7, "x"),
    ),
    "Solaris": (
        "Nov 24 03:27:35 mx1 postfix/smtpd[7]: [ID 197553 mail.info] connect from a",
        (at(24, 3, 27, 35), "mx1", "postfix/smtpd", 7, "connect from a"),
    ),
    "BusyBox": (
        "Nov 24 03:27:35 mx1 mail.info postfix/qmgr[20427]: some text",
        (at(24, 3, 27, 35), *POSTFIX),
    ),
    "FreeBSD, verbose": (
        "Nov 24 03:27:35 <mail.info> mx1 postfix/qmgr[20427]: some text",
        (at(24, 3, 27, 35), *POSTFIX),
    ),
    "header before header": (
        "Nov 24 03:27:36 relay Nov 24 03:27:35 mx1 postfix/qmgr[20427]: some text",
        (at(24, 3, 27, 36), *POSTFIX),
    ),
    "repeated": (
        "Nov 24 03:27:35 mx1 last message repeated 4 times",
        (at(24, 3, 27, 35), "mx1", None, None, "last message repeated 4 times"),
    ),
    "mark": ("Nov 24 03:27:35 mx1 -- MARK --", (at(24, 3, 27, 35), "mx1", None, None, "-- MARK --")),
    "hostile text": (
        "Nov 24 03:27:35 mx1 a[1]: \x1b[31m\u202e<b>=1+1: Nov 24 03:27:35 mx1 b[2]: x",
        (at(24, 3, 27, 35), "mx1", "a", 1, "\x1b[31m\u202e<b>=1+1: Nov 24 03:27:35 mx1 b[2]: x"),
    ),
}

BSD_STRANGERS = {
    "no host": "Nov 24 03:27:35 postfix/qmgr[20427]: some text",
    "kernel without host": "Nov 24 03:27:35 kernel: some text",
    "dovecot's own log": "Nov 24 03:27:35 imap-login: Info: Login: user=<a>",
    "year behind": "Nov 24 03:27:35 2026 mx1 postfix/qmgr[20427]: some text",
    "year before the clock": "Nov 24 2026 03:27:35 mx1 postfix/qmgr[20427]: some text",
    "zone behind": "Nov 24 03:27:35 UTC mx1 postfix/qmgr[20427]: some text",
    "zone behind, no pid": "Nov 24 03:27:35 CET mx1 rsyslogd: some text",
    "no such month": "Nob 24 03:27:35 mx1 postfix/qmgr[20427]: some text",
    "small month": "nov 24 03:27:35 mx1 postfix/qmgr[20427]: some text",
    "no such day": "Nov 31 03:27:35 mx1 postfix/qmgr[20427]: some text",
    "day 0": "Nov  0 03:27:35 mx1 postfix/qmgr[20427]: some text",
    "no such hour": "Nov 24 24:27:35 mx1 postfix/qmgr[20427]: some text",
    "no such minute": "Nov 24 03:60:35 mx1 postfix/qmgr[20427]: some text",
    "no such second": "Nov 24 03:27:61 mx1 postfix/qmgr[20427]: some text",
    "sign for a digit": "Nov 24 03:27:+5 mx1 postfix/qmgr[20427]: some text",
    "other digits": "Nov 24 03:27:3\u0665 mx1 postfix/qmgr[20427]: some text",
    "second header broken": "Nov 24 03:27:36 relay Nov 24 03:27 mx1 some text",
    "two blanks": "Nov 24 03:27:35  mx1 postfix/qmgr[20427]: some text",
    "pid without end": "Nov 24 03:27:35 mx1 postfix/qmgr[20427: some text",
    "pid in the middle": "Nov 24 03:27:35 mx1 postfix[1]qmgr: some text",
    "host in brackets": "Nov 24 03:27:35 [mx1] postfix/qmgr[20427]: some text",
    "nothing but a stamp": "Nov 24 03:27:35",
    "no tag": "Nov 24 03:27:35 mx1",
    "words": "November was cold",
}


@pytest.mark.parametrize(("line", "expected"), BSD_LINES.values(), ids=BSD_LINES.keys())
def test_bsd_lines_give_their_fields(line: str, expected: tuple[object, ...]) -> None:
    assert fields(BSD, line) == [expected]
    # beside a usual line the same, though the roads are tried in another order
    usual, what = BSD_LINES["plain"]
    assert fields(BSD, usual, line, usual) == [what, expected, what]
    assert fields(BSD, line, usual) == [expected, what]
    assert frame(line).select(BSD.looks).item()


@pytest.mark.parametrize("line", BSD_STRANGERS.values(), ids=BSD_STRANGERS.keys())
def test_a_header_that_does_not_validate_gives_nothing(line: str) -> None:
    assert fields(BSD, line) == [NOTHING]
    usual, what = BSD_LINES["plain"]
    assert fields(BSD, usual, line) == [what, NOTHING]


def utc(day: int, h: int = 0, m: int = 0, s: int = 0, micros: int = 0) -> datetime:
    return datetime(2026, 11, day, h, m, s, micros, tzinfo=UTC)


ISO_STAMPS: dict[str, datetime] = {
    "2026-11-24T03:27:35.123456+00:00": utc(24, 3, 27, 35, 123456),
    "2026-11-24T03:27:35.123+00:00": utc(24, 3, 27, 35, 123000),
    "2026-11-24T03:27:35.1Z": utc(24, 3, 27, 35, 100000),
    "2026-11-24T03:27:35.123456789Z": utc(24, 3, 27, 35, 123456),
    "2026-11-24T03:27:35,123456+00:00": utc(24, 3, 27, 35, 123456),
    "2026-11-24T03:27:35+00:00": utc(24, 3, 27, 35),
    "2026-11-24T03:27:35Z": utc(24, 3, 27, 35),
    "2026-11-24T03:27:35z": utc(24, 3, 27, 35),
    "2026-11-24t03:27:35z": utc(24, 3, 27, 35),
    "2026-11-24 03:27:35Z": utc(24, 3, 27, 35),
    "2026-11-24 03:27:35.5+08:00": utc(23, 19, 27, 35, 500000),
    "2026-11-24T03:27:35+08:00": utc(23, 19, 27, 35),
    "2026-11-24T03:27:35+0800": utc(23, 19, 27, 35),
    "2026-11-24T03:27:35+08": utc(23, 19, 27, 35),
    "2026-11-24T03:27:35-03:30": utc(24, 6, 57, 35),
    "2026-11-24T03:27:35.123456-0330": utc(24, 6, 57, 35, 123456),
    "2026-11-24T23:59:60Z": utc(25),
}
ISO_STRANGERS = (
    "2026-11-24T03:27:35",
    "2026-11-24T03:27:35.123456",
    "2026-11-24T03:27:35+24:00",
    "2026-11-24T03:27:35.+12345Z",
    "2026-11-24T03:27:35.Z",
    "2026-02-30T03:27:35Z",
    "2026-13-24T03:27:35Z",
    "2026-11-24T24:27:35Z",
    "2026-11-24T 3:27:35.123456+00:00",
    "0026-11-24T03:27:35.123456+00:00",
    "+026-11-24T03:27:35.123456+00:00",
    "26-11-24T03:27:35Z",
    "2026-11-24T03:27Z",
    "2026-11-24T03:27:35 +0000",
)


@pytest.mark.parametrize(("stamp", "moment"), ISO_STAMPS.items(), ids=str)
@pytest.mark.parametrize("before", ["", "<22>", "\0\0"], ids=repr)
def test_every_spelling_of_an_rfc_3339_stamp(stamp: str, moment: datetime, before: str) -> None:
    line = f"{before}{stamp} mx1 postfix/qmgr[20427]: some text"
    assert fields(RFC3339, line) == [(moment, *POSTFIX)]
    usual = "2026-11-24T03:27:35.000001+00:00 mx1 a[1]: x"
    assert fields(RFC3339, usual, line)[1] == (moment, *POSTFIX)
    assert fields(RFC3339, line, usual)[0] == (moment, *POSTFIX)
    assert frame(line).select(RFC3339.looks).item()


@pytest.mark.parametrize("stamp", ISO_STRANGERS)
def test_what_is_no_rfc_3339_stamp(stamp: str) -> None:
    line = f"{stamp} mx1 postfix/qmgr[20427]: some text"
    assert fields(RFC3339, line) == [NOTHING]
    for usual in ("2026-11-24T03:27:35.000001+00:00 mx1 a[1]: x", "2026-11-24T03:27:35Z mx1 a[1]: x"):
        assert fields(RFC3339, usual, line)[1] == NOTHING


def test_rfc_3339_tags_are_those_of_bsd() -> None:
    for line, (_, *expected) in BSD_LINES.values():
        text = line.lstrip("\0\ufeff").removeprefix("<22>")
        end = text.index(" ", text.index(":"))
        assert fields(RFC3339, "2026-11-24T03:27:35Z" + text[end:]) == [(utc(24, 3, 27, 35), *expected)]


HEAD = "<22>1 2026-11-24T03:27:35.1Z mx1 postfix/qmgr 20427 "
WHEN = utc(24, 3, 27, 35, 100000)
RFC5424_LINES: dict[str, tuple[str, tuple[object, ...]]] = {
    "no data": (HEAD + "- - some text", (WHEN, *POSTFIX)),
    "no PRI": (HEAD.removeprefix("<22>") + "- - some text", (WHEN, *POSTFIX)),
    "message id": (HEAD + "ID47 - some text", (WHEN, *POSTFIX)),
    "rsyslog's two blanks": (HEAD + "- -  some text", (WHEN, *POSTFIX)),
    "byte order mark": (HEAD + "- - \ufeffsome text", (WHEN, *POSTFIX)),
    "data": (HEAD + '- [a@1 b="c" d=""][e@2] some text', (WHEN, *POSTFIX)),
    "data with escapes": (HEAD + r'- [a@1 b="x\]y\"] \\ [q"] some text', (WHEN, *POSTFIX)),
    "no text": (HEAD + "- -", (WHEN, *POSTFIX[:3], "")),
    "data, no text": (HEAD + '- [a@1 b="c"]', (WHEN, *POSTFIX[:3], "")),
    "nil": ("<22>1 - - - - - - some text", (None, None, None, None, "some text")),
    "pid that is none": (HEAD.replace("20427", "main") + "- - x", (WHEN, "mx1", "postfix/qmgr", None, "x")),
    "offset": (
        "<22>1 2026-11-24T03:27:35+08:00 mx1 postfix/qmgr 20427 - - some text",
        (utc(23, 19, 27, 35), *POSTFIX),
    ),
}
RFC5424_STRANGERS = {
    "data without end": HEAD + '- [a@1 b="c" some text',
    "data not quoted": HEAD + "- [a@1 b=c] some text",
    "no data": HEAD + "- some text",
    "no such time": HEAD.replace("11-24", "13-24") + "- - some text",
    "BSD behind PRI": "<22>Nov 24 03:27:35 mx1 postfix/qmgr[20427]: some text",
}


@pytest.mark.parametrize(("line", "expected"), RFC5424_LINES.values(), ids=RFC5424_LINES.keys())
def test_rfc_5424_lines_give_their_fields(line: str, expected: tuple[object, ...]) -> None:
    assert fields(RFC5424, line) == [expected]
    assert frame(line).select(RFC5424.looks).item()
    assert not frame(line).select(RFC3339.looks | BSD.looks).item()


@pytest.mark.parametrize("line", RFC5424_STRANGERS.values(), ids=RFC5424_STRANGERS.keys())
def test_what_is_no_rfc_5424_line(line: str) -> None:
    assert fields(RFC5424, line) == [NOTHING]


@pytest.mark.parametrize("line", ["1 - foo", "12 monkeys", "<a>1 -", "2026-11-24T03:27:35Z mx1 a[1]: x"])
def test_lists_do_not_look_like_rfc_5424(line: str) -> None:
    assert not frame(line).select(RFC5424.looks).item()


def real(path: str) -> pl.DataFrame:
    data = (REAL / path).read_bytes()
    return read_lines(gzip.decompress(data) if path.endswith(".gz") else data)


ROADS: dict[str, tuple[Quick, Callable[[pl.DataFrame], pl.DataFrame]]] = {
    "bsd": (partial(fast, shape=BSD_SHAPE), partial(exact, shape=BSD_SHAPE)),
    "rfc3339": (partial(fast, shape=ISO_SHAPE), partial(exact, shape=ISO_SHAPE)),
    "rfc5424": (fast_rfc5424, exact_rfc5424),
}


def agree(name: str, lines: pl.DataFrame, like: str) -> int:
    """Compare the roads of a format on the rows that the fast one takes; return how many it leaves."""
    quick, slow = ROADS[name]
    taken, left = quick(lines, like=like)
    assert taken.equals(slow(lines).filter(pl.col("row").is_in(taken.get_column("row").implode())))
    assert taken.get_column("text").null_count() == 0
    rows = pl.concat([taken.select(lines.columns), left])
    assert rows.sort("row").equals(lines)
    return left.height


@pytest.mark.parametrize(("path", "name"), LOGS.items(), ids=LOGS.keys())
def test_both_roads_agree_on_every_real_line(path: str, name: str) -> None:
    lines = real(path)
    assert agree(name, lines, lines.item(0, "raw")) == 0  # real lines are usual lines


def test_both_roads_agree_on_every_real_line_as_rfc_5424() -> None:
    lines = real("A/logs/mail-iso.log.gz")
    tag = pl.col("raw").str.replace(r" (\S+)\[(\d+)\]: ", " $1 $2 - - ")
    lines = lines.with_columns(("<22>1 " + tag).alias("raw"))
    assert agree("rfc5424", lines, lines.item(7, "raw")) == 0
    expected = RFC3339.split(real("A/logs/mail-iso.log.gz")).drop("raw")
    assert RFC5424.split(lines).drop("raw").equals(expected)


lines_near_headers = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *(line for line, _ in (*BSD_LINES.values(), *RFC5424_LINES.values())),
                *BSD_STRANGERS.values(),
                *RFC5424_STRANGERS.values(),
            ]
        )
        | st.builds(
            "{} mx1 postfix/qmgr[20427]: some text".format, st.sampled_from([*ISO_STAMPS, *ISO_STRANGERS])
        ),
        st.integers(0, 40),
        st.integers(0, 3),
        st.text("0129 :[]./-+TZ<>\0é", max_size=3),
    ),
    min_size=1,
    max_size=8,
).map(lambda parts: [line[:place] + new + line[place + gone :] for line, place, gone, new in parts])


@given(lines_near_headers)
def test_both_roads_agree_on_spoilt_lines(lines: list[str]) -> None:
    table = frame(*lines)
    for name in ROADS:
        agree(name, table, lines[0])
        agree(name, table, lines[-1])


def test_the_fast_road_is_tried_again_for_lines_of_another_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syslog, "_FEW", 2)
    seen: list[int] = []

    def watched(frame: pl.DataFrame, **known: object) -> pl.DataFrame:
        seen.append(frame.height)
        return exact(frame, **known)  # type: ignore[arg-type]

    monkeypatch.setattr(syslog, "exact", watched)
    usual = [f"{stamp} mx1 a[1]: x" for stamp in ISO_STAMPS if "T" in stamp and ":60" not in stamp]
    lines = [line for line in usual for _ in range(4)]
    assert [row[0] for row in fields(RFC3339, "odd", *lines)][1:] == [
        ISO_STAMPS[line.split()[0]] for line in lines
    ]
    assert sum(seen) < len(lines) / 2


@settings(max_examples=25)
@given(lines_near_headers)
def test_a_split_keeps_rows_and_looks_at_each_line_alone(lines: list[str]) -> None:
    for own in FORMATS:
        together = own.split(frame(*lines))
        assert together.get_column("row").to_list() == list(range(len(lines)))
        alone = [fields(own, line)[0] for line in lines]
        assert together.select("time", "host", "program", "pid", "text").rows() == alone


@given(lines_near_headers)
def test_what_a_format_takes_apart_looks_like_it(lines: list[str]) -> None:
    table = frame(*lines)
    for own in FORMATS:
        taken = own.split(table).get_column("text").is_not_null()
        assert (taken <= table.select(own.looks).to_series()).all()


def test_each_line_is_of_one_format() -> None:
    for path in LOGS:
        votes = real(path).select(own.looks.sum().alias(own.name) for own in FORMATS).row(0)
        assert sorted(votes)[:-1] == [0, 0]


def test_formats_say_what_their_stamps_lack() -> None:
    assert {own.name: own.stamp for own in FORMATS} == {
        "bsd": Stamp.YEARLESS,
        "rfc3339": Stamp.ZONED,
        "rfc5424": Stamp.ZONED,
    }
    for own in FORMATS:
        dtype = own.split(frame("x")).schema["time"]
        assert dtype == pl.Datetime("us", None if own.stamp is Stamp.YEARLESS else "UTC")
        assert own.split(read_lines(b"")).height == 0


def test_a_split_can_say_whose_the_lines_are() -> None:
    lines = [line for line, _ in (*BSD_LINES.values(), *RFC5424_LINES.values())] + list(
        BSD_STRANGERS.values()
    )
    asked: list[object] = []

    def claim(programs: pl.Series) -> pl.Series:
        asked.extend(programs)
        return "of " + programs.fill_null("nobody")

    for name, own in BY_NAME.items():
        asked.clear()
        table = syslog.split(name, frame(*lines), claim)
        assert table.drop("family").equals(own.split(frame(*lines)))
        taken = pl.col("text").is_not_null()
        expected = pl.when(taken).then("of " + pl.col("program").fill_null("nobody"))
        assert table.select((expected.eq_missing(pl.col("family"))).all()).item()
