"""Access logs at a glance: what is told and what is proved is what the long road tells, line by line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.analyses import outages
from logscan.model.blocks import Block
from logscan.model.vocabulary import Family
from logscan.parsers import lines
from logscan.parsers.clock import Calendar
from logscan.parsers.families.apache_access import combined
from logscan.parsers.glance import Glance, glance
from logscan.parsers.zone import Zone
from logscan.pipeline.lines.road import understood
from logscan.pipeline.lines.successes import glimpsed, successes
from logscan.pipeline.lines.work import Work

ROOT = Path(__file__).parents[4] / "sample-logs"
LOGS = sorted(path for path in ROOT.rglob("*access*.log*") if path.suffix in {".log", ".1"})
AT = "[02/Mar/2026:08:00:00 +0000]"
USUAL = (
    f'192.0.2.1 - - {AT} "GET /extmail/cgi/a?b=1 HTTP/1.1" 200 9 "-" "Mozilla/5.0 (X11)"',
    f'2001:db8::1 - joe@example.org {AT} "POST /extmail HTTP/1.0" 304 -',
    f'mail.example.org:443 192.0.2.1 - - {AT} "GET /a/b HTTP/2" 200 9 "-" "-"',
    f'192.0.2.2 - - {AT} "GET /?q=/x/y HTTP/1.1" 403 9 "-" "-"',
    f'192.0.2.2 - - {AT} "GET /extmail/x HTTP/1.1" 500 9 "-" "-"',
)
STRANGE = (
    f'192.0.2.1 - joe doe {AT} "GET /extmail HTTP/1.0" 200 9 "-" "-"',
    f'192.0.2.1, 192.0.2.9 - - {AT} "GET /extmail HTTP/1.0" 200 9 "-" "-"',
    f'host.example:80 - - {AT} "GET /extmail HTTP/1.1" 200 9 "-" "-"',
    f'host.example:80 - - - {AT} "GET /extmail HTTP/1.1" 200 9 "-" "-"',
    f'192.0.2.1 - - {AT} "GET /a/b HTTP/1.1" 200 9 "-" "-" mail.example.org',
    f'192.0.2.1 - - {AT} "GET /a/b HTTP/1.1" 200 9 "-" "-" "mail.example.org" 0.003',
    f'192.0.2.1 - - {AT} "GET https://mail.example.org/a/b HTTP/1.1" 200 9 "-" "-"',
    f'192.0.2.1 - - {AT} "\\x16\\x03" 400 9 "-" "-"',
    f'192.0.2.1 - - {AT} "GET /;x=1?y#z HTTP/2.0" 502 9 "" 5" "a b c"',
    f'192.0.2.1 - - {AT} "GET / HTTP/1.1" 500 9 "/ HTTP/1.1\\" 200 9" "-"',
    f'192.0.2.1 - - {AT} "GET / HTTP/1.1" 200 9 "5 " 5" 5"',
    f'192.0.2.1 - - {AT} "GET /x HTTP/1.1" 200 9 "-" "" 500 9"',
    f'192.0.2.1 - - {AT} "GET /{"x" * 300}/y HTTP/1.1" 200 9 "-" "-"',
    f'192.0.2.1 - - {AT} "GET /nothing',
    '192.0.2.1 - - [31/Feb/2026:08:00:00 +0000] "GET /a HTTP/1.1" 200 9 "-" "-"',
    '192.0.2.1 - - [02/Mar/2026:08:00:61 +0530] "GET /a HTTP/1.1" 200 9 "-" "-"',
    '192.0.2.1 - - [02/Mar/2026:08:00:59 -0530] "GET /a HTTP/1.1" 200 9 "-" "-"',
    "[Mon Mar 02 08:00:00.1 2026] [core:error] [pid 1:tid 2] [client 192.0.2.1:5] AH00001: x",
    '{"time": "2026-03-02T08:00:00Z", "status": 500, "request": "GET /a HTTP/1.1"}',
    "",
    "Mar  2 08:00:00 mx1 postfix/smtpd[1]: connect from a.example[192.0.2.1]",
)
#: What strangers, editors and truncation put into lines.
INSERTED = (
    " ", '"', "\\", '" 5', '" 200 9', "[", "] ", "-", ":", "/", "?", ";", "#", "\t", "\0", "é", "\u202e", " - - ", "HTTP/1.1",
    AT, "5", ",", "\r",
)  # fmt: skip


def plan() -> lines.Plan:
    zone = Zone(name="UTC", source="option", info=UTC)
    calendar = Calendar(modified=datetime(2026, 12, 31, tzinfo=UTC), zone=zone, option=2026)
    return lines.Plan(main=combined.FORMATS[0], calendar=calendar)


def block(data: bytes) -> Block:
    return Block(source=0, number=0, data=data, previous=b"", lines=data.count(b"\n"))


def placed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.lit(0, pl.UInt32).alias("source"), pl.lit(0, pl.UInt32).alias("block"))


def check(data: bytes) -> int:
    """Hold both roads against each other, without and with proofs. Out: how many lines the glance knew."""
    one = block(data)
    long = placed(lines.records(one, plan()))
    parts = understood(long)
    for seen in (glance(one, plan()), glance(one, plan(), whole=True)):
        if isinstance(seen, pl.DataFrame):
            assert placed(seen).equals(long)
            continue
        mask = seen.everyday[Family.APACHE_ACCESS]
        told = long.filter(pl.col("row").is_in(mask.arg_true().implode()))
        assert set(told["family"]) <= {Family.APACHE_ACCESS.value}
        assert told["time"].to_list() == seen.when(Family.APACHE_ACCESS).to_list()
        assert set(told["row"]) <= everyday(long)
        assert placed(seen.odd).equals(long.filter(~pl.col("row").is_in(mask.arg_true().implode())))
        assert seen.hosts() == frozenset()
        assert not seen.left.height
        assert not seen.sessions().height
    if isinstance(seen, pl.DataFrame):
        return 0
    glimpse = glimpsed(seen, one)
    assert glimpse is not None
    both = successes(understood(placed(seen.odd)), glimpse)
    assert both.equals(successes(parts))
    return int(glimpse.known.sum())


def everyday(records: pl.DataFrame) -> set[int]:
    return {
        row
        for part in understood(records)
        for row in part.records["row"].gather(part.places).filter(part.said["everyday"])
    }


@pytest.mark.parametrize("path", LOGS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_glance_agrees_with_the_long_road(path: Path) -> None:
    check(path.read_bytes())


def test_most_of_an_access_log_is_known_at_a_glance() -> None:
    data = (ROOT / "real" / "mod_fastcgi" / "access.log").read_bytes()
    assert check(data) > 0.9 * data.count(b"\n")


def test_usual_and_strange_lines() -> None:
    # a family that looks back has no line here
    every = [*USUAL * 6, *(line for line in STRANGE if "AH00001" not in line)]
    assert check("".join(f"{line}\n" for line in every).encode()) >= len(USUAL) * 6
    for line in STRANGE:
        check("".join(f"{one}\n" for one in (*USUAL, line, *USUAL)).encode())


@st.composite
def mutated(draw: st.DrawFn) -> str:
    line = draw(st.sampled_from([*USUAL, *STRANGE]))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(line)))
        line = draw(st.sampled_from([line[:at] + piece + line[at:] for piece in INSERTED] + [line[:at]]))
    return line


@given(st.lists(mutated(), max_size=12))
def test_lines_made_to_fool_it(strange: list[str]) -> None:
    usual = [USUAL[number % len(USUAL)] for number in range(2 * len(strange) + 2)]
    check("".join(f"{line}\n" for line in [*usual, *strange, *usual[:1]]).encode())


def test_what_is_outside_of_the_window_proves_nothing() -> None:
    data = "".join(
        f'192.0.2.1 - - [02/Mar/2026:08:{minute:02}:00 +0000] "GET /a HTTP/1.1" {500 if minute % 7 == 3 else 200} 9 "-" "-"\n'
        for minute in range(40)
    ).encode()
    work = Work(
        plans={0: plan()}, told={}, since=datetime(2026, 3, 2, 8, 10, tzinfo=UTC),
        until=datetime(2026, 3, 2, 8, 30, tzinfo=UTC), raw_literals=(), proving=True,
    )  # fmt: skip
    partial = work.judge([work.note(block(data))])
    proofs = outages.finish(partial.outages).proofs
    assert dict(proofs.group_by("ok").agg(pl.col("n").sum()).iter_rows()) == {True: 17, False: 3}
    assert partial.totals.sources[0].events == 20


def test_a_log_of_nothing_but_failures_takes_the_long_road() -> None:
    data = (USUAL[4] + "\n").encode() * 50
    assert isinstance(glance(block(data), plan()), pl.DataFrame)
    mostly = (USUAL[0] + "\n").encode() * 50 + data[: len(data) // 5]
    seen = glance(block(mostly), plan())
    assert isinstance(seen, Glance)
    assert seen.known is None
