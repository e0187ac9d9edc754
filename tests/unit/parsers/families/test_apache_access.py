"""Access logs: what was asked, and how it ended."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.parsers.families.apache_access import FAMILY, combined

REAL = Path("sample-logs/real")
LOGS = (REAL / "A/logs/apache-access.log", REAL / "mod_fastcgi/access.log")
FORMAT = FAMILY.formats[0]
STAMP = "[24/Nov/2026:03:27:40 +0000]"


def table(*lines: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"row": range(len(lines)), "column": [0] * len(lines), "raw": lines},
        schema={"row": pl.UInt32, "column": pl.UInt32, "raw": pl.String},
    )


def understood(*lines: str) -> pl.DataFrame:
    return FAMILY.fields(FAMILY.kinds(FORMAT.split(table(*lines))))


def event(line: str) -> dict[str, Any]:
    ours = {"row", "column", "raw", "kind", "direction"}
    found = understood(line).row(0, named=True)
    return {name: value for name, value in found.items() if value is not None and name not in ours}


def looks(line: str) -> bool:
    return bool(table(line).select(FORMAT.looks).item())


SHAPES: list[tuple[str, dict[str, Any]]] = [
    (  # common
        f'192.0.2.1 - - {STAMP} "GET /index.html HTTP/1.0" 200 2326',
        {"client_ip": "192.0.2.1", "method": "GET", "url": "/index.html", "http_status": 200, "bytes": 2326},
    ),
    (  # combined
        f'192.0.2.1 - - {STAMP} "GET /a?b=c HTTP/1.1" 200 293 "http://www.example.org/" "curl/7.88.1"',
        {
            "client_ip": "192.0.2.1",
            "method": "GET",
            "url": "/a?b=c",
            "http_status": 200,
            "bytes": 293,
            "referer": "http://www.example.org/",
            "user_agent": "curl/7.88.1",
        },
    ),
    (  # vhost_combined
        f'mail.example.org:443 192.0.2.1 - - {STAMP} "POST /x HTTP/2.0" 503 299 "-" "-"',
        {
            "vhost": "mail.example.org",
            "client_ip": "192.0.2.1",
            "method": "POST",
            "url": "/x",
            "http_status": 503,
            "bytes": 299,
        },
    ),
    (
        f'mail.example.org 2001:db8::1 - bob {STAMP} "GET / HTTP/1.1" 200 1',
        {
            "vhost": "mail.example.org",
            "client_ip": "2001:db8::1",
            "method": "GET",
            "url": "/",
            "http_status": 200,
            "bytes": 1,
        },
    ),
    (
        f'mail.example.org:80 client.example.net - - {STAMP} "GET / HTTP/1.1" 304 -',
        {
            "vhost": "mail.example.org",
            "client_name": "client.example.net",
            "method": "GET",
            "url": "/",
            "http_status": 304,
        },
    ),
    (
        f'::1 - - {STAMP} "OPTIONS * HTTP/1.0" 200 - "-" "Apache (internal dummy connection)"',
        {
            "client_ip": "::1",
            "method": "OPTIONS",
            "url": "*",
            "http_status": 200,
            "user_agent": "Apache (internal dummy connection)",
        },
    ),
    (
        f'::ffff:192.0.2.1 - - {STAMP} "GET / HTTP/1.1" 200 1',
        {
            "client_ip": "::ffff:192.0.2.1",
            "method": "GET",
            "url": "/",
            "http_status": 200,
            "bytes": 1,
        },
    ),
    (
        f'host.example.net - - {STAMP} "GET / HTTP/1.1" 200 1',
        {"client_name": "host.example.net", "method": "GET", "url": "/", "http_status": 200, "bytes": 1},
    ),
    (
        f'192.0.2.1 ident bob {STAMP} "GET / HTTP/1.1" 401 1',
        {"client_ip": "192.0.2.1", "method": "GET", "url": "/", "http_status": 401, "bytes": 1},
    ),
    (
        f'192.0.2.1 - john q. public {STAMP} "GET / HTTP/1.1" 401 1',
        {"client_ip": "192.0.2.1", "method": "GET", "url": "/", "http_status": 401, "bytes": 1},
    ),
    (
        f'192.0.2.1 - jürgen {STAMP} "GET / HTTP/1.1" 200 1',
        {"client_ip": "192.0.2.1", "method": "GET", "url": "/", "http_status": 200, "bytes": 1},
    ),
    (  # quotes escaped by the server
        f'192.0.2.1 - - {STAMP} "GET /\\"x HTTP/1.1" 404 1 "-" "bot/2.1; +http://bot.example/\\"x\\" \\\\"',
        {
            "client_ip": "192.0.2.1",
            "method": "GET",
            "url": '/"x',
            "http_status": 404,
            "bytes": 1,
            "user_agent": 'bot/2.1; +http://bot.example/"x" \\',
        },
    ),
    (  # TLS on a plain port
        f'192.0.2.1 - - {STAMP} "\\x16\\x03\\x01\\x02" 400 484 "-" "-"',
        {"client_ip": "192.0.2.1", "http_status": 400, "bytes": 484},
    ),
    (f'192.0.2.1 - - {STAMP} "-" 408 - "-" "-"', {"client_ip": "192.0.2.1", "http_status": 408}),
    (f'192.0.2.1 - - {STAMP} "" 400 0', {"client_ip": "192.0.2.1", "http_status": 400, "bytes": 0}),
    (
        f'192.0.2.1 - - {STAMP} "NONSENSE" 400 464 "-" "-"',
        {"client_ip": "192.0.2.1", "http_status": 400, "bytes": 464},
    ),
    (
        f'192.0.2.1 - - {STAMP} "GET /" 200 1',
        {"client_ip": "192.0.2.1", "method": "GET", "url": "/", "http_status": 200, "bytes": 1},
    ),
    (
        f'192.0.2.1 - - {STAMP} "GET /a b c HTTP/1.1" 400 1',
        {"client_ip": "192.0.2.1", "method": "GET", "url": "/a b c", "http_status": 400, "bytes": 1},
    ),
    (
        f'192.0.2.1 - - {STAMP} "VERSION-CONTROL /dav HTTP/1.1" 405 1',
        {
            "client_ip": "192.0.2.1",
            "method": "VERSION-CONTROL",
            "url": "/dav",
            "http_status": 405,
            "bytes": 1,
        },
    ),
    (  # more fields than combined has
        f'192.0.2.1 - - {STAMP} "GET / HTTP/1.1" 502 157 "-" "UA" "198.51.100.7" 0.004',
        {
            "client_ip": "192.0.2.1",
            "method": "GET",
            "url": "/",
            "http_status": 502,
            "bytes": 157,
            "user_agent": "UA",
            "duration": 0.004,
        },
    ),
    (  # cut off
        f'192.0.2.1 - - {STAMP} "GET /cut',
        {"client_ip": "192.0.2.1", "method": "GET", "url": "/cut"},
    ),
    (
        f'192.0.2.1 - - {STAMP} "GET / HTTP/1.1" 500',
        {"client_ip": "192.0.2.1", "method": "GET", "url": "/", "http_status": 500},
    ),
]


@pytest.mark.parametrize(("line", "expected"), SHAPES, ids=[shape[0] for shape in SHAPES])
def test_shape(line: str, expected: dict[str, Any]) -> None:
    assert looks(line)
    found = event(line)
    status = expected.get("http_status", 0)
    assert found.pop("time") == datetime(2026, 11, 24, 3, 27, 40, tzinfo=UTC)
    assert found.pop("text") == line
    failed = status >= 500
    assert found.pop("severity") == ("error" if failed else "info")
    assert found.pop("everyday") is not failed
    assert found.pop("reason").startswith("HTTP")
    assert found == expected


def test_the_reason_has_no_query() -> None:
    line = f'192.0.2.1 - - {STAMP} "GET /cgi/index.cgi?sid=1&x=2 HTTP/1.1" 500 1 "-" "-"'
    assert event(line)["reason"] == "HTTP 500 GET /cgi/index.cgi"


@pytest.mark.parametrize(
    ("stamp", "hour", "minute"), [("+0000", 3, 27), ("+0800", 19, 27), ("-0330", 6, 57), ("+0100", 2, 27)]
)
def test_offsets(stamp: str, hour: int, minute: int) -> None:
    time = event(f'192.0.2.1 - - [24/Nov/2026:03:27:40 {stamp}] "GET / HTTP/1.1" 200 1')["time"]
    assert (time.hour, time.minute) == (hour, minute)


def test_a_day_that_no_calendar_has_gives_no_time() -> None:
    assert "time" not in event('192.0.2.1 - - [31/Feb/2026:03:27:40 +0000] "GET / HTTP/1.1" 200 1')


@pytest.mark.parametrize(
    "user",
    [
        "[24/Nov/1999:00:00:00 +0000]",
        'x [24/Nov/1999:00:00:00 +0000] \\"GET / HTTP/1.1\\" 500 1',
        "[",
    ],
)
def test_a_user_name_cannot_forge_time_or_status(user: str) -> None:
    found = event(f'192.0.2.1 - {user} {STAMP} "GET /real HTTP/1.1" 401 1 "-" "-"')
    assert (found["time"].year, found["url"], found["http_status"]) == (2026, "/real", 401)
    assert found["everyday"] is True


@pytest.mark.parametrize(
    ("asked", "referer", "agent"),
    [
        ('GET /\\" 500 1 HTTP/1.1', "-", "-"),
        ("GET / HTTP/1.1", '\\" 503 ', "-"),
        ("GET / HTTP/1.1", "-", '" 599 '.replace('"', '\\"')),
        ("GET / HTTP/1.1", "5", "500 "),
    ],
)
def test_a_client_cannot_forge_a_server_error(asked: str, referer: str, agent: str) -> None:
    found = event(f'192.0.2.1 - - {STAMP} "{asked}" 200 5 "{referer}" "{agent}"')
    assert (found["severity"], found["everyday"], found["http_status"]) == ("info", True, 200)


def test_what_crashes_and_editors_leave() -> None:
    line = f'192.0.2.1 - - {STAMP} "GET / HTTP/1.1" 200 1 "-" "-"'
    for dirty in (f"\x00\x00{line}", f"\ufeff{line}", f"{line}\r"):
        assert looks(dirty)
        assert event(dirty) == event(line)


@pytest.mark.parametrize(
    "line",
    [
        f'Nov 24 03:27:39 web1 nginx: 192.0.2.1 - - {STAMP} "GET / HTTP/1.1" 200 1',
        f'2026-11-24T03:27:39+00:00 web1 nginx: 192.0.2.1 - - {STAMP} "GET / HTTP/1.1" 200 1',
        f"192.0.2.1 - - {STAMP} no quotes",
        f'{STAMP} "GET / HTTP/1.1" 200 1',
        "[Tue Nov 24 03:36:34.575328 2026] [core:error] [pid 1] x",
        "[24-Nov-2026 03:31:08] NOTICE: x",
        "",
    ],
)
def test_other_peoples_lines(line: str) -> None:
    assert not looks(line)


@pytest.mark.parametrize("path", LOGS, ids=str)
def test_every_real_line_is_known(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert table(*lines).select(FORMAT.looks.all()).item()
    out = understood(*lines)
    assert out["row"].to_list() == list(range(len(lines)))
    assert set(out["kind"]) == {"http-request"}
    for name in ("time", "client_ip", "http_status", "bytes"):
        assert out[name].null_count() == 0, name
    assert out.filter(pl.col("url").is_null())["text"].str.contains('"NONSENSE" 400').all()
    expected = (out["http_status"] < 500).to_list()
    assert out["everyday"].to_list() == expected
    assert (out["severity"] == "info").to_list() == expected


def test_requests_agree_with_the_truth() -> None:
    truth = json.loads((REAL / "mod_fastcgi/truth.json").read_text())["requests"]
    out = understood(*LOGS[1].read_text().splitlines())
    said = Counter(zip(out["url"], out["http_status"], strict=True))
    assert said == Counter((request["path"], request["code"]) for request in truth)


def test_requests_of_the_other_rig_agree_with_the_truth() -> None:
    truth = json.loads((REAL / "A/truth.json").read_text())["fcgi"]
    column = truth["columns"].index
    asked = Counter((r[column("src")], r[column("path")], r[column("status")]) for r in truth["requests"])
    out = understood(*LOGS[0].read_text().splitlines())
    said = Counter(zip(out["client_ip"], out["url"], out["http_status"], strict=True))
    # Raw bytes stand otherwise in the truth; one request for /x.php was the driver's own probe.
    assert {key for key in asked - said if key[1].startswith("/")} == set()
    assert sorted(str(url) for _, url, _ in said - asked) == ["/", "/x.php", "None"]


def test_both_ways_to_take_a_line_apart_agree() -> None:
    lines = pl.Series(
        [line for path in LOGS for line in path.read_text().splitlines()] + [s[0] for s in SHAPES]
    )
    assert combined._parts(lines).equals(combined._exact(lines))
    assert 1000 < combined._quick(lines)["fits"].sum() < len(lines)


WORDS = st.text(st.sampled_from('"\\ -[]5:/.aGET+0?\r\x00é'), max_size=12)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS, WORDS), min_size=1, max_size=4))
def test_both_ways_agree_on_rubbish(parts: list[tuple[str, str, str, str]]) -> None:
    lines = [f'1.2.3.4 - {a} {STAMP} "GET {b} HTTP/1.1" 200 1 "{c}" "{d}"' for a, b, c, d in parts]
    lines += [f'{a} {STAMP} "{b}" {c}"{d}"' for a, b, c, d in parts]
    series = pl.Series(lines)
    assert combined._parts(series).equals(combined._exact(series))


@given(st.lists(st.text(), max_size=8))
def test_any_text_is_taken_and_keeps_its_place(texts: list[str]) -> None:
    out = FAMILY.fields(FAMILY.kinds(pl.DataFrame({"text": texts}, schema={"text": pl.String})))
    assert out["text"].to_list() == texts
    assert out["everyday"].null_count() == 0


def escaped(text: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", text)


FIELD = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20).filter(
    lambda t: t != "-"
)


@given(FIELD, FIELD, st.integers(100, 599), st.integers(0, 2**40))
def test_what_a_server_writes_is_what_we_read(url: str, agent: str, status: int, size: int) -> None:
    line = f'192.0.2.1 - - {STAMP} "GET /{escaped(url)} HTTP/1.1" {status} {size} "-" "{escaped(agent)}"'
    assert looks(line)
    found = event(line)
    assert (found["url"], found["user_agent"]) == (f"/{url}", agent)
    assert (found["http_status"], found["bytes"], found["everyday"]) == (status, size, status < 500)
