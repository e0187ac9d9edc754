from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.parsers import syslog
from logscan.parsers.family import Stamp
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
from tests.examples import scaled
from tests.unit.parsers.header_lines import (
    BSD_LINES,
    BSD_STRANGERS,
    ISO_STAMPS,
    ISO_STRANGERS,
    NOTHING,
    POSTFIX,
    RFC5424_LINES,
    RFC5424_STRANGERS,
    fields,
    frame,
    utc,
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


@settings(max_examples=scaled(25))
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
        assert not any(sorted(votes)[:-1])


def test_formats_say_what_their_stamps_lack() -> None:
    assert {own.name: own.stamp for own in FORMATS} == {
        "bsd": Stamp.YEARLESS,
        "rfc3339": Stamp.ZONED,
        "rfc5424": Stamp.ZONED,
        "iso-local": Stamp.LOCAL,
    }
    for own in FORMATS:
        dtype = own.split(frame("x")).schema["time"]
        assert dtype == pl.Datetime("us", "UTC" if own.stamp is Stamp.ZONED else None)
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
        table = syslog.SPLITS[name](frame(*lines), claim)
        assert table.drop("family").equals(own.split(frame(*lines)))
        taken = pl.col("text").is_not_null()
        expected = pl.when(taken).then("of " + pl.col("program").fill_null("nobody"))
        assert table.select((expected.eq_missing(pl.col("family"))).all()).item()
