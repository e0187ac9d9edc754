"""Apache's error log: which back end failed, for whom, and how."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.model.vocabulary import Kind, Severity
from logscan.parsers.families.apache_error import FAMILY

REAL = Path("sample-logs/real")
LOGS = (REAL / "A/logs/apache-error.log", REAL / "mod_fastcgi/error.log")
PASTED = (
    'Thu Jun 24 09:14:54 2010] [error] [client 192.168.3.34] (104)Connection reset by peer: FastCGI: comm with server "/usr/bin/dispatch.fcgi" aborted: read failed'
    ' [Thu Jun 24 09:14:54 2010] [error] [client 192.168.3.34] FastCGI: incomplete headers (0 bytes) received from server "/usr/bin/dispatch.fcgi"'
)
OLD = "[Thu Jun 24 09:14:54 2010] "
NEW = "[Tue Nov 24 03:36:34.575328 2026] "


def table(*lines: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"row": range(len(lines)), "column": [0] * len(lines), "raw": lines},
        schema={"row": pl.UInt32, "column": pl.UInt32, "raw": pl.String},
    )


def formats(line: str) -> list[str]:
    return [f.name for f in FAMILY.formats if table(line).select(f.looks).item()]


def records(*lines: str) -> pl.DataFrame:
    """What parsers.lines would give: every line to the one format that takes it."""
    frame = table(*lines)
    parts = [f.split(frame.filter(f.looks)) for f in FAMILY.formats]
    return pl.concat(parts, how="diagonal").sort("row", "column")


def understood(*lines: str) -> pl.DataFrame:
    return FAMILY.fields(FAMILY.kinds(records(*lines)))


def said(frame: pl.DataFrame) -> list[dict[str, Any]]:
    ours = {"row", "column", "raw", "everyday", "direction"}
    rows = frame.iter_rows(named=True)
    return [{name: v for name, v in row.items() if v is not None and name not in ours} for row in rows]


def event(line: str) -> dict[str, Any]:
    (found,) = said(understood(line))
    return found


SHAPES = tomllib.loads(Path(__file__).with_name("apache_error_shapes.toml").read_text())["shape"]


@pytest.mark.parametrize("shape", SHAPES, ids=[shape["line"][:120] for shape in SHAPES])
def test_shape(shape: dict[str, Any]) -> None:
    line = shape["line"]
    assert len(formats(line)) == 1
    found = event(line)
    old = datetime(2010, 6, 24, 9, 14, 54)  # noqa: DTZ001
    new = datetime(2026, 11, 24, 3, 36, 34, 575328)  # noqa: DTZ001
    assert found.pop("time") == (old if OLD in line else new)
    assert found.pop("text") == line.replace(OLD, "").replace(NEW, "")
    assert (found.pop("kind"), found.pop("severity")) == (shape["kind"], shape["severity"])
    assert found == {**shape.get("fields", {}), "reason": shape["reason"]}


def test_the_founding_excerpt_gives_two_records_on_one_row() -> None:
    assert formats(PASTED) == ["apache-error-pasted"]
    out = understood("[" + PASTED.split(" [Thu", maxsplit=1)[0], PASTED)
    assert out.select("row", "column").rows() == [(0, 0), (1, 0), (1, 1)]
    assert out["raw"].to_list()[1:] == [PASTED, PASTED]
    assert out["time"].n_unique() == 1
    first, second, third = said(out)
    assert {**second, "text": first["text"]} == first
    assert (second["errno"], second["client_ip"]) == (104, "192.168.3.34")
    assert third == {
        "time": first["time"],
        "text": "[error] [client 192.168.3.34] FastCGI: incomplete headers (0 bytes) received from server"
        ' "/usr/bin/dispatch.fcgi"',
        "kind": "fastcgi-error",
        "severity": "error",
        "module": "fastcgi",
        "client_ip": "192.168.3.34",
        "backend": "/usr/bin/dispatch.fcgi",
        "reason": 'FastCGI: incomplete headers (0 bytes) received from server "/usr/bin/dispatch.fcgi"',
    }


FORGED = "[Thu Jun 24 09:14:54 2010] [error] [client 203.0.113.66] FastCGI: incomplete headers (0 bytes)"


@pytest.mark.parametrize(
    "line",
    [
        f"{NEW}[core:error] [pid 1] [client 192.0.2.1:43386] AH10244: invalid URI path (/x {FORGED})",
        f"{NEW}[fastcgi:error] [pid 1] [client 192.0.2.1:43386] FastCGI: x, referer: http://a.example/ {FORGED}",
        f"{NEW}[fcgid:warn] [pid 1] [client 192.0.2.1:43386] mod_fcgid: stderr: bad parameter {FORGED}",
        f"{OLD}[error] [client 192.0.2.1] File does not exist: /var/www/ {FORGED}",
    ],
)
def test_a_client_cannot_forge_a_record(line: str) -> None:
    found = event(line)
    assert found["client_ip"] == "192.0.2.1"
    assert found["text"].endswith((FORGED, f"{FORGED})"))


def test_a_pasted_line_needs_a_whole_head_to_be_cut() -> None:
    line = "Thu Jun 24 09:14:54 2010] [error] [client 192.0.2.1] x [Thu Jun 24 09:14:54 2010] said the client"
    assert event(line)["reason"].endswith("said the client")


@pytest.mark.parametrize(
    "words",
    [
        "FastCGI: incomplete headers",
        "mod_fcgid: read data timeout",
        "End of script output before headers: x.fcgi",
    ],
)
@pytest.mark.parametrize("place", ["File does not exist: /var/www/{}", "AH10244: invalid URI path (/{})"])
def test_a_url_does_not_choose_the_kind(place: str, words: str) -> None:
    found = event(f"{NEW}[core:error] [pid 1] [client 192.0.2.1:43386] {place.format(words)}")
    assert found["kind"] == "error"
    assert "backend" not in found


def test_a_referer_cannot_lengthen_a_reason() -> None:
    referer = "http://a.example/, referer: FastCGI: incomplete headers"
    found = event(
        f"{NEW}[core:error] [pid 1] [client 192.0.2.1:43386] File does not exist: /x, referer: {referer}"
    )
    assert (found["reason"], found["referer"]) == ("File does not exist: /x", referer)


def test_an_address_in_the_message_is_not_the_client() -> None:
    found = event(f"{NEW}[proxy:error] [pid 1] AH00898: odd [client 203.0.113.66:1] returned by /x")
    assert "client_ip" not in found


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("Tue Nov 24 03:36:34 2026", datetime(2026, 11, 24, 3, 36, 34)),  # noqa: DTZ001
        ("Tue Nov  4 03:36:34.5 2026", datetime(2026, 11, 4, 3, 36, 34, 500000)),  # noqa: DTZ001
        ("Mon Nov 04 03:36:34.000001 2026", datetime(2026, 11, 4, 3, 36, 34, 1)),  # noqa: DTZ001
        ("2026-11-24 03:36:34.575328", datetime(2026, 11, 24, 3, 36, 34, 575328)),  # noqa: DTZ001
        ("Tue Feb 31 03:36:34 2026", None),
    ],
)
def test_stamps(stamp: str, expected: datetime | None) -> None:
    line = f"[{stamp}] [core:error] [pid 1] x"
    assert formats(line) == ["apache-error-2.4"]
    assert event(line).get("time") == expected


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (f"{OLD}[error] [core:error] x", "apache-error-2.2"),
        (f"{NEW}[core:error] [error] x", "apache-error-2.4"),
        (f"{NEW}[a.b:error] [error] x", "apache-error-2.4"),
        (f"{OLD}[mail.example.org:443] [error] x", "apache-error-2.2"),
    ],
)
def test_a_line_is_of_one_format(line: str, name: str) -> None:
    assert formats(line) == [name]


def test_what_crashes_and_editors_leave() -> None:
    line = f"{NEW}[core:error] [pid 1] [client 192.0.2.1:43386] x"
    for dirty in (f"\x00\x00{line}", f"\ufeff{line}", f"{line}\r"):
        assert len(formats(dirty)) == 1
        assert event(dirty) == event(line)


@pytest.mark.parametrize(
    "line",
    [
        "Nov 24 03:36:34 web1 apache2[1]: [core:error] [pid 1] x",
        f"Nov 24 03:36:34 web1 apache2[1]: {NEW}[core:error] [pid 1] x",
        '192.0.2.1 - - [24/Nov/2026:03:27:40 +0000] "GET / HTTP/1.1" 200 1',
        "[24-Nov-2026 03:31:08] NOTICE: x",
        "[Tue Nov 24 03:36:34 2026] kernel: [error] x",
        "2026/11/24 03:36:34 [error] 1#1: *1 x",
        "Traceback (most recent call last):",
        "",
    ],
)
def test_other_peoples_lines(line: str) -> None:
    assert formats(line) == []


@pytest.mark.parametrize(
    ("text", "kind", "severity"),
    [
        ("app: cannot read /srv/app/config.ini: No such file or directory", "error", "warning"),
        ("ModuleNotFoundError: No module named 'x'", "error", "warning"),
        ("Can't locate DBI.pm in @INC at /srv/x.pl line 3.", "error", "warning"),
        ("AH00526: Syntax error on line 7 of /etc/apache2/apache2.conf:", "error", "error"),
        (
            "(98)Address already in use: AH00072: make_sock: could not bind to address [::]:80",
            "error",
            "error",
        ),
        ("FastCGI: x", "fastcgi-error", "warning"),
        ("    import no_such_module", "other", "info"),
        ("[core:error] [pid 1:tid 1] [client 192.0.2.1:4] x", "error", "error"),
    ],
)
def test_standard_error_and_syslog_have_no_stamp(text: str, kind: str, severity: str) -> None:
    frame = FAMILY.fields(FAMILY.kinds(pl.DataFrame({"text": [text]})))
    found = frame.row(0, named=True)
    assert (found["kind"], found["severity"]) == (kind, severity)
    assert found["reason"] == text.removeprefix("[core:error] [pid 1:tid 1] [client 192.0.2.1:4] ")


@pytest.mark.parametrize(
    ("path", "expected", "raw"),
    [
        (LOGS[0], {"fastcgi-error": 176, "lifecycle": 9, "error": 5}, 10),
        (LOGS[1], {"fastcgi-error": 160, "lifecycle": 17}, 0),
    ],
    ids=["A", "mod_fastcgi"],
)
def test_every_real_line_is_known(path: Path, expected: dict[str, int], raw: int) -> None:
    lines = path.read_text().splitlines()
    frame = table(*lines)
    assert all(len(formats(line)) == 1 for line in lines if line.startswith("["))
    out = understood(*lines)
    assert Counter(out["kind"]) == expected
    assert out.height == len(lines) - raw
    for name in ("time", "pid", "module", "reason"):
        assert out[name].null_count() == 0, name
    assert out.filter(pl.col("text").str.contains("[client ", literal=True))["client_port"].null_count() == 0
    assert not out["reason"].str.contains(r"\[client |, referer: ").any()
    # Lines of a worker's own standard error: trouble is said to be trouble.
    stray = frame.filter(~pl.col("row").is_in(out["row"].implode())).rename({"raw": "text"})
    assert Counter(FAMILY.kinds(stray)["kind"]) == ({"error": 8, "other": 2} if raw else {})


def test_real_back_ends_are_named() -> None:
    old = understood(*LOGS[1].read_text().splitlines()).filter(pl.col("kind") == "fastcgi-error")
    assert set(old["backend"]) == {"/usr/bin/dispatch.fcgi", "/srv/webmail/managed.fcgi"}
    new = understood(*LOGS[0].read_text().splitlines())
    assert set(new["backend"].drop_nulls()) == {
        "app.fcgi",
        "broken.fcgi",
        "127.0.0.1",
        "127.0.0.1:9000",
        "localhost",
        "unix:/run/php-fpm.sock",
    }


@given(st.lists(st.text(), max_size=8))
def test_any_text_is_taken_and_keeps_its_place(texts: list[str]) -> None:
    out = FAMILY.fields(FAMILY.kinds(pl.DataFrame({"text": texts}, schema={"text": pl.String})))
    assert out["text"].to_list() == texts
    assert set(out["kind"]) <= {kind.value for kind in Kind}
    assert set(out["severity"]) <= {severity.value for severity in Severity}


PIECES = st.sampled_from(
    [
        OLD,
        NEW,
        "[error] ",
        "[core:error] ",
        "[:warn] ",
        "[pid 1:tid 2] ",
        "[client 192.0.2.1:4] ",
        "(2)No: ",
        "[",
        "]",
    ]
)


@given(
    st.lists(
        st.one_of(PIECES, st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=8)),
        max_size=9,
    )
)
def test_heads_in_any_disorder(pieces: list[str]) -> None:
    line = "".join(pieces)
    names = formats(line)
    assert len(names) <= 1
    if names:
        out = understood(line)
        assert out["raw"].to_list() == [line] * out.height
        assert out["column"].to_list() == list(range(out.height))
        assert out.height == 1 or names == ["apache-error-pasted"]


once = cache(understood)


@given(st.data())
def test_lines_do_not_look_at_their_neighbours(data: st.DataObject) -> None:
    lines = data.draw(
        st.lists(st.sampled_from([*(s["line"] for s in SHAPES), PASTED]), min_size=1, max_size=8)
    )
    alone = pl.concat([once(line) for line in lines])
    assert understood(*lines).drop("row").equals(alone.drop("row"))
