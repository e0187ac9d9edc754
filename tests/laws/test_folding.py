"""Records of several lines: cut a log anywhere, and the same records come out, with the same text."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logscan.model.blocks import FOLLOWING, Block
from logscan.model.problems import Problem
from logscan.parsers.clock import Calendar
from logscan.parsers.family import LineFormat, families
from logscan.parsers.lines import INDENTED, RECORD, Plan, counts, records
from logscan.parsers.tagged import FORMATS as TAGGED
from logscan.parsers.zone import Zone
from logscan.sources.blocks import cut_blocks, looking_ahead
from tests.examples import scaled

UTC_ZONE = Zone(name="UTC", source="option", info=UTC)
FORMATS = [own for family in families() for own in family.formats if own.goes_on is not None]

heads = st.sampled_from(
    [
        '2026/11/24 03:27:36 [error] 9#9: *1 FastCGI sent in stderr: "PHP message: PHP Fatal error:  Uncaught E in /x:1',
        "2026/11/24 03:27:37 [notice] 9#9: exit",
        "[24-Nov-2026 03:27:35 UTC] PHP Fatal error:  Uncaught Error: no in /srv/www/x.php:1",
        "[24-Nov-2026 03:27:35 Europe/Berlin] hello",
        "[24-Nov-2026 03:27:35] PHP Warning:  x in /srv/www/x.php on line 1",
        "[24-Nov-2026 03:27:35]  [pool www] pid 7",
        '[24-Nov-2026 03:27:35] WARNING: [pool www] child 7 said into stderr: "PHP Fatal error:  Uncaught E in /x:1"',
        "[24-Nov-2026 03:27:35 +0100]: <abc> DB Error: [2002] Connection refused",
        "[Tue Nov 24 03:27:35 2026] [error] [client 192.0.2.1] PHP Fatal error:  Uncaught Error in /x.php:1",
        "[Tue Nov 24 03:27:35.5 2026] [core:notice] [pid 7] AH00094: Command line: '/usr/sbin/apache2'",
    ]
)
more = st.sampled_from(
    [
        "Stack trace:",
        "#0 {main}",
        '  thrown in /srv/www/x.php on line 1" while reading response header from upstream, client: 192.0.2.1',
        "script_filename = /srv/www/slow.php",
        "[0x00007f13c88150c0] sleep() /srv/www/slow.php:2",
        "PHP Fatal error:  Uncaught Error: raw in /srv/www/x.php:1",
        "just words",
        "x" * 5000,
        "",
        " ",
    ]
)
lines = st.lists(heads | more | more, max_size=14)


def read(text: list[str], cuts: list[int], main: LineFormat, *, end: str = "\n") -> pl.DataFrame:
    """Return the records of a log, cut before the given lines, with rows counted through."""
    whole = [(line + end).encode() for line in text]
    places = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    plan = Plan(main=main, calendar=Calendar(modified=datetime(2026, 11, 25, tzinfo=UTC), zone=UTC_ZONE))
    tables = [pl.DataFrame(schema=RECORD)]
    for number, begin in enumerate(places[:-1]):
        stop = places[number + 1]
        block = Block(
            source=0,
            number=number,
            data=b"".join(whole[begin:stop]),
            previous=whole[begin - 1].removesuffix(b"\n") if begin else b"",
            lines=stop - begin,
            following=ahead(whole[stop:]),
        )
        table = records(block, plan)
        tables.append(table.with_columns(pl.col("row") + pl.lit(begin, pl.UInt32)))
    return pl.concat(tables)


def ahead(behind: list[bytes]) -> bytes:
    """Return as much of what follows as a block may count on, and not a line more."""
    known: list[bytes] = []
    for line in behind:
        if sum(map(len, known)) >= FOLLOWING:
            break
        known.append(line)
    return b"".join(known)


@settings(max_examples=scaled(50))
@given(
    lines,
    st.lists(st.integers(0, 14), max_size=14),
    st.sampled_from(FORMATS),
    st.sampled_from(["\n", "\r\n"]),
)
def test_cutting_a_log_anywhere_gives_the_same_records(
    text: list[str], cuts: list[int], main: LineFormat, end: str
) -> None:
    assert read(text, cuts, main, end=end).equals(read(text, [], main, end=end))


printed = st.lists(
    st.sampled_from(
        [
            "Nov 24 03:27:36 mx1 php[7]: PHP Fatal error: x",
            "2026-11-24T03:27:36+0000 mx1 postfix/smtp[7]: text",
            "Tue 2026-11-24 03:27:36 UTC mx1 unknown: é",
            " " * 18 + "goes on",
            " " * 30 + "goes on",
            " " * 60,
            " " * 20 + "z" * 5000,
            "  goes nowhere",
            "-- Reboot --",
            "",
        ]
    ),
    max_size=14,
)


BSD_FORM = next(form for form in TAGGED if form.name == "bsd")


@settings(max_examples=scaled(40))
@example(["Nov 24 03:27:36 mx1 php[7]: x", "-- Reboot --", " " * 18 + "goes on"], [1], BSD_FORM, "\r\n")
@example(["Nov 24 03:27:36 mx1 php[7]: x", "", "", " " * 18 + "goes on"], [1, 2], BSD_FORM, "\r\n")
@given(
    printed,
    st.lists(st.integers(0, 14), max_size=14),
    st.sampled_from([form for form in TAGGED if form.name in INDENTED]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_cutting_what_journalctl_printed_anywhere_gives_the_same_records(
    text: list[str], cuts: list[int], main: LineFormat, end: str
) -> None:
    whole = read(text, [], main, end=end)
    assert read(text, cuts, main, end=end).equals(whole)
    assert whole["raw"].to_list() == text
    heads = sum(" mx1 " in line for line in text)
    assert counts([whole])[0] == heads
    # an indented line is lost only where what stands before it is no record
    opened = False
    for line, own, said in zip(text, whole["family"], whole["text"], strict=True):
        if " mx1 " in line or line == "  goes nowhere":
            opened = " mx1 " in line
        elif line.strip() and line.startswith(" " * 18):
            assert (own, said) == (None, None if opened else line)


@settings(max_examples=scaled(25))
@given(lines, st.sampled_from(FORMATS))
def test_no_line_is_lost_and_none_is_told_twice(text: list[str], main: LineFormat) -> None:
    table = read(text, [], main)
    assert table["raw"].to_list() == text
    events, unparsed = counts([table])
    assert unparsed == 0
    told = table.filter(pl.col("text").is_not_null())
    assert told.height == events == told["row"].n_unique()
    # a line stands in the text of one record at the most, and what is in no record is blank or too much
    assert told["text"].str.count_matches("\n").sum() <= len(text) - events


def test_a_record_keeps_only_so_much_of_what_goes_on_and_the_rest_is_still_its_own() -> None:
    head = "[24-Nov-2026 03:27:35 UTC] PHP Fatal error:  Uncaught Error: no in /srv/www/x.php:1"
    text = [head, *(f"#{number} " + "y" * 100 for number in range(1000)), head]
    main = next(own for own in FORMATS if own.name == "php-error")
    whole = read(text, [], main)
    assert counts([whole]) == (2, 0)
    size = len(whole["text"][0])
    assert FOLLOWING - 300 < size < FOLLOWING + 200
    for cuts in ([1], [500], [1, 2, 3, 700, 701], list(range(0, 1001, 7))):
        assert read(text, cuts, main).equals(whole)


@pytest.mark.parametrize("block_bytes", [1, 50, 1000, 100_000])
def test_blocks_know_what_follows_them(block_bytes: int) -> None:
    text = b"".join(b"%d %s\n" % (number, b"z" * (number % 90)) for number in range(1500))
    pieces = (text[at : at + 777] for at in range(0, len(text), 777))
    found = list(looking_ahead(cut_blocks(pieces, 0, block_bytes, "a.log")))
    assert not any(isinstance(item, Problem) for item in found)
    blocks = [item for item in found if isinstance(item, Block)]
    assert b"".join(block.data for block in blocks) == text
    at = 0
    for block in blocks:
        at += len(block.data)
        assert text[at:].startswith(block.following)
        assert len(block.following) >= min(FOLLOWING, len(text) - at)
        assert not block.following or block.following.endswith(b"\n")
        assert len(block.following) < FOLLOWING + 100
