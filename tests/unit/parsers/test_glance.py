"""The glance agrees with the long road on every line of every log here, and on lines made to fool it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.model.blocks import Block
from logscan.parsers import lines, syslog
from logscan.parsers.clock import Calendar
from logscan.parsers.glance import Glance, glance
from logscan.parsers.zone import Zone
from logscan.pipeline.lines.road import understood

ROOT = Path(__file__).parents[3] / "sample-logs"
LOGS = sorted(
    path
    for path in ROOT.rglob("*")
    if path.suffix in {".log", ".warn", ".err"}
    and (path.read_bytes()[:3].isalpha() or path.read_bytes()[:4].isdigit())
)
FORMS = {"bsd": syslog.BSD, "rfc3339": syslog.RFC3339}
PLACE = ["row", "column"]


def plan(form: str) -> lines.Plan:
    zone = Zone(name="UTC", source="option", info=UTC)
    calendar = Calendar(modified=datetime(2026, 12, 31, tzinfo=UTC), zone=zone, option=2026)
    return lines.Plan(main=FORMS[form], calendar=calendar)


def block(data: bytes) -> Block:
    return Block(source=0, number=0, data=data, previous=b"", lines=data.count(b"\n"))


def form_of(data: bytes) -> str:
    return "rfc3339" if data[:1].isdigit() else "bsd"


def check(data: bytes, *, must_glance: bool = False) -> int:
    """Hold both roads against each other. Out: how many lines were told at a glance."""
    form = form_of(data)
    long = lines.records(block(data), plan(form))
    seen = glance(block(data), plan(form))
    if isinstance(seen, pl.DataFrame):
        assert not must_glance
        assert seen.equals(long)
        return 0
    everyday = everyday_by_family(long)
    hosts: set[str] = set()
    count = 0
    for family, mask in seen.everyday.items():
        told = long.filter(pl.col("row").is_in(mask.arg_true().implode()))
        assert told["family"].to_list() == [family] * int(mask.sum())
        assert set(told["row"]) <= everyday.get(family, set())
        assert told["time"].to_list() == seen.when(family).to_list()
        assert told["repeat"].to_list() == [1] * told.height
        hosts |= set(told["host"])
        count += told.height
    assert seen.hosts() == hosts
    check_sessions(seen, long)
    settled = lines.settle(seen.left, form).select(list(lines.RECORD))
    rest = pl.concat([settled, seen.odd]).sort(PLACE)
    known = pl.select(pl.any_horizontal(*seen.everyday.values())).to_series().arg_true()
    assert rest.equals(long.filter(~pl.col("row").is_in(known.implode())).sort(PLACE))
    return count


def everyday_by_family(records: pl.DataFrame) -> dict[str, set[int]]:
    return {
        str(part.records["family"][int(part.places[0])]): set(
            part.records["row"].gather(part.places).filter(part.said["everyday"])
        )
        for part in understood(records)
        if len(part.places)
    }


def check_sessions(seen: Glance, long: pl.DataFrame) -> None:
    told = long.filter(pl.col("row").is_in(seen.begins.implode()))
    assert seen.sessions().equals(told.select("row", "host", "program", "pid"))
    everyday = pl.select(pl.any_horizontal(*seen.everyday.values())).to_series()
    begun = long.filter(pl.col("text").str.starts_with("connect from ").fill_null(value=False))
    assert set(begun["row"]) & set(everyday.arg_true()) == set(seen.begins)


@pytest.mark.parametrize("path", LOGS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_glance_agrees_with_the_long_road(path: Path) -> None:
    check(path.read_bytes())


def test_most_of_a_mail_log_is_told_at_a_glance() -> None:
    path = next(path for path in LOGS if path.name == "mail.log" and "quiet" not in path.parts)
    data = path.read_bytes()
    assert check(data) > 0.5 * data.count(b"\n")


HEAD = {"bsd": "Nov 24 03:27:35 ", "rfc3339": "2026-11-24T03:27:35.123456+01:00 "}
BODIES = (
    "mx1 postfix/smtpd[1]: connect from a.example[192.0.2.1]",
    "mx1 postfix/submission/smtpd[1]: connect from unknown[2001:db8::1]",
    "mx2 postfix/smtpd[1]: disconnect from a.example[192.0.2.1] ehlo=1 quit=1 commands=2",
    "mx1 postfix/smtpd[1]: 4A6F01B2C3: client=a.example[192.0.2.1], sasl_username=x",
    "mx1 postfix/cleanup[1]: 4A6F01B2C3: message-id=<a@b.example>",
    "mx1 postfix/qmgr[1]: 4A6F01B2C3: from=<a@b.example>, size=1, nrcpt=1 (queue active)",
    "mx1 postfix-out/qmgr[1]: 3ZqXbc1T2yz4Rj: removed",
    (
        "mx1 postfix/smtp[1]: 4A6F01B2C3: to=<a@b.example>, relay=mx.b.example[192.0.2.2]:25, delay=0.5,"
        " delays=0.1/0.1/0.1/0.2, dsn=2.0.0, status=sent (250 ok)"
    ),
    (
        "mx1 postfix/smtp[1]: 4A6F01B2C3: to=<a@b.example>, relay=none, delay=0.5,"
        " delays=0.1/0.1/0.1/0.2, dsn=4.4.1, status=deferred (connect to x[192.0.2.2]:25: Connection refused)"
    ),
    "mx1 postfix/smtp[1]: Untrusted TLS connection established to mx.b.example[192.0.2.2]:25: TLSv1.3",
    "mx1 postfix/bounce[1]: 4A6F01B2C3: sender non-delivery notification: 4A6F01B2C4",
    "mx1 opendkim[1]: 4A6F01B2C3: DKIM-Signature field added (s=mail, d=b.example)",
    "mx1 opendkim[1]: 4A6F01B2C3: a.example [192.0.2.1] not internal",
    "mx1 opendkim[1]: 4A6F01B2C3: s=mail d=b.example SSL error:0200009F",
    "mx1 postfix/smtpd[1]: NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 450 4.7.1 no; from=<> to=<x@y.example>",
)
#: What strangers, editors and truncation put into lines.
INSERTED = (
    " ", '"', "<", ">", ": ", "removed", " status=bounced (", "status=sent (", ", relay=", "=", "\t", "\0",
    "é", "\u202e", "warning: ", "[", "]", "(", ")", "postfix/qmgr[1]: ", "NOQUEUE: ", "mx1 ",
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    body = draw(st.sampled_from(BODIES))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(body)))
        body = draw(st.sampled_from([body[:at] + piece + body[at:] for piece in INSERTED] + [body[:at]]))
    return body


@given(form=st.sampled_from(sorted(HEAD)), strange=st.lists(mutated(), max_size=12))
def test_lines_made_to_fool_it(form: str, strange: list[str]) -> None:
    head = HEAD[form]
    usual = [BODIES[number % 4] for number in range(len(strange) + 4)]
    text = "".join(
        f"{head}{body}\n" for pair in zip(usual, [*strange, *BODIES[:4]], strict=True) for body in pair
    )
    check(text.encode())


def test_where_it_is_not_sound_the_long_road_is_taken() -> None:
    first = (HEAD["bsd"] + BODIES[0] + "\n") * 4
    assert check(first.encode(), must_glance=True) == 4
    echo = first + HEAD["bsd"] + "mx1 last message repeated 3 times\n"
    assert check(echo.encode()) == 0
    apache = first + "[Tue Nov 24 03:27:35.1 2026] [core:error] [pid 1:tid 2] AH00001: x\n"
    assert check(apache.encode()) == 0
