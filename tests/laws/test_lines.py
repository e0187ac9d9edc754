"""The laws of records: any bytes in, no line lost; cut the text anywhere, the records are the same."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.model.blocks import Block
from logscan.parsers.clock import Calendar, YearConflict
from logscan.parsers.family import Family, LineFormat
from logscan.parsers.lines import RECORD, Plan, counts, records
from logscan.parsers.tagged import FORMATS
from logscan.parsers.zone import Zone
from tests.examples import scaled

BERLIN = Zone(name="Europe/Berlin", source="option", info=ZoneInfo("Europe/Berlin"))
SPEAKERS = (
    Family(name="postfix", programs="postfix/.*", kinds=lambda frame: frame, fields=lambda frame: frame),
)

stamps = st.sampled_from(
    [
        "Nov 24 03:27:35",
        "Nov  1 03:27:35.5",
        "Dec 31 23:59:60",
        "Jan  1 00:00:00",
        "Feb 29 12:00:00",
        "Oct 25 02:30:00",
        "Jul 12 12:00:00",
        "2026-11-24T03:27:35.123456+00:00",
        "2026-11-24T03:27:35.1Z",
        "2026-11-24 03:27:35+0800",
        "<22>1 2026-11-24T03:27:35.1Z",
        "<22>Nov 24 03:27:36",
        "Nov 31 03:27:35",
        "Tue 2026-11-24 03:27:35.5 UTC",
        "Tue 2026-11-24 03:27:35 CET",
        "1795490855.000001",
    ]
)
rest = st.sampled_from(
    [
        "mx1 postfix/smtp[7]: text",
        "mx1 postfix/smtp[7]: message repeated 3 times: [ text]",
        "mx1 cron: text: more",
        "mx1 last message repeated 2 times",
        "mx1 last message repeated 20 times",
        "mx1 -- MARK --",
        "mx1 postfix/smtp 7 - - text",
        "mx1",
        "",
    ]
)
odd = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=12)
journal = st.builds(
    '{{"MESSAGE":{},"__REALTIME_TIMESTAMP":"{}","SYSLOG_IDENTIFIER":{},"_PID":"7"}}'.format,
    st.sampled_from(['"text"', '"a\\nb"', "[104,105]", "null", '"last message repeated 2 times"', '"']),
    st.sampled_from(["1795490855000001", "0"]),
    st.sampled_from(['"postfix/smtp"', "null", '["a","b"]']),
)
REMARK = "-- Boot 94e7a33c13954e289a0835a84a3a5e41 --"
printed = st.sampled_from([REMARK, " " * 40])
blank = st.sampled_from(["", " ", "\t", "\r"])
lines = st.builds("{} {}".format, stamps, rest) | odd | blank | journal | printed
ends = st.sampled_from(["\n", "\n", "\r\n"])
texts = st.lists(st.tuples(lines, ends).map("".join), max_size=12).map("".join) | st.lists(
    st.tuples(lines, ends).map("".join), max_size=12
).map(lambda parts: "".join(parts).removesuffix("\n"))
mains = st.sampled_from([None, *FORMATS])
modified = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def read(text: str, cuts: list[int], main: LineFormat | None, written: datetime) -> tuple[pl.DataFrame, Plan]:
    """Return the records of a whole log, cut before the given lines, with rows counted through."""
    parts = text.encode().split(b"\n")
    whole = [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    first = None
    while True:
        plan = Plan(main=main, calendar=Calendar(modified=written, zone=BERLIN, first=first))
        tables = [pl.DataFrame(schema=RECORD)]
        try:
            for number, begin in enumerate(places[:-1]):
                piece = whole[begin : places[number + 1]]
                previous = whole[begin - 1].removesuffix(b"\n") if begin else b""
                block = Block(
                    source=0, number=number, data=b"".join(piece), previous=previous, lines=len(piece)
                )
                table = records(block, plan, SPEAKERS)
                assert table.get_column("row").to_list() == list(range(len(piece)))
                tables.append(table.with_columns(pl.col("row") + pl.lit(begin, pl.UInt32)))
            plan.calendar.finish()
        except YearConflict as conflict:
            first = conflict.first
            continue
        return pl.concat(tables), plan


@settings(max_examples=scaled(60))
@given(texts, st.lists(st.integers(0, 12), max_size=12), mains, modified)
def test_cutting_the_text_anywhere_gives_the_same_records(
    text: str, cuts: list[int], main: LineFormat | None, written: datetime
) -> None:
    whole, one = read(text, [], main, written)
    pieces, other = read(text, cuts, main, written)
    assert pieces.equals(whole)
    assert (one.calendar.year, one.calendar.problems("x")) == (
        other.calendar.year,
        other.calendar.problems("x"),
    )


@settings(max_examples=scaled(60))
@given(texts, st.permutations([None, *FORMATS]), modified)
def test_the_main_format_only_decides_what_is_tried_first(
    text: str, order: list[LineFormat | None], written: datetime
) -> None:
    assert read(text, [], order[0], written)[0].equals(read(text, [], order[1], written)[0])


@settings(max_examples=scaled(60))
@given(texts | st.binary(max_size=200).map(lambda data: data.decode(errors="replace")), mains, modified)
def test_no_line_is_lost_whatever_the_bytes(text: str, main: LineFormat | None, written: datetime) -> None:
    table, _ = read(text, [], main, written)
    raw = text.split("\n")
    raw = raw if raw[-1] else raw[:-1]
    shown = zip(table.get_column("raw"), (line.removesuffix("\r") for line in raw), strict=True)
    assert all("REALTIME" in line for mine, line in shown if mine != line)  # as journalctl would show it
    events, unparsed = counts([table])
    blanks = sum(not line.strip(" \t\r\x0b\x0c") or line.removesuffix("\r") == REMARK for line in raw)
    assert events + unparsed + blanks == len(raw)
    assert (table.get_column("repeat") >= 1).all()
    lost = table.filter(pl.col("family").is_null())
    assert lost.select("time", "host", "program", "pid").null_count().row(0) == (lost.height,) * 4
    assert lost.filter(pl.col("text").is_not_null()).select((pl.col("text") == pl.col("raw")).all()).item()
