"""`events`: the contract's keys in their order, in four forms that say the same."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.conftest import ROOT, Cli

REAL = ROOT / "sample-logs" / "real"
YEAR = ("--tz", "UTC", "--year", "2026")

#: CONTRACT: events.
KEYS = [
    "time",
    "host",
    "program",
    "daemon",
    "instance",
    "pid",
    "family",
    "kind",
    "direction",
    "severity",
    "queue_id",
    "orig_queue_id",
    "message_id",
    "client_name",
    "client_ip",
    "client_port",
    "helo",
    "sasl_user",
    "sasl_method",
    "sender",
    "recipient",
    "orig_recipient",
    "conn_use",
    "tls_level",
    "tls_protocol",
    "relay_name",
    "relay_ip",
    "relay_port",
    "status",
    "dsn",
    "smtp_code",
    "reply",
    "delay",
    "delays",
    "size",
    "nrcpt",
    "stage",
    "child_queue_id",
    "dkim_domain",
    "dkim_selector",
    "module",
    "errno",
    "http_status",
    "method",
    "url",
    "bytes",
    "duration",
    "vhost",
    "referer",
    "user_agent",
    "backend",
    "reason",
    "repeat",
    "text",
    "file",
    "line",
]
KINDS = {
    "connect",
    "connect-failed",
    "disconnect",
    "lost-connection",
    "postscreen",
    "tls",
    "client",
    "message-id",
    "queued",
    "delivery",
    "reject",
    "hold",
    "discard",
    "redirect",
    "milter-reject",
    "bounce-notice",
    "removed",
    "released",
    "requeued",
    "deleted",
    "expired",
    "auth-failure",
    "lookup-failed",
    "dkim-signed",
    "dkim-verified",
    "dkim-failed",
    "fastcgi-error",
    "http-request",
    "lifecycle",
    "warning",
    "fatal",
    "panic",
    "error",
    "other",
}


def events(cli: Cli, *arguments: str | Path, form: str = "jsonl") -> str:
    ran = cli("events", *arguments, "--format", form, *YEAR)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


@pytest.fixture
def some(tmp_path: Path) -> Path:
    """A log with a bit of everything: five hundred lines, in the middle of things."""
    lines = (REAL / "A" / "logs" / "mail.log").read_bytes().splitlines(keepends=True)
    path = tmp_path / "mail.log"
    path.write_bytes(b"".join(lines[4700:5200]))
    return path


@pytest.mark.parametrize(
    "name",
    ["A/logs/apache-access.log", "A/logs/apache-error.log", "A/logs/php-fpm.log", "mod_fastcgi/error.log"],
)
def test_json_lines_have_the_contract_s_keys_in_order(cli: Cli, name: str) -> None:
    lines = (REAL / name).read_bytes().splitlines()
    # a traceback's further lines go on with the record before
    inside = 3 if lines.count(b"Traceback (most recent call last):") else 0
    check_keys(events(cli, REAL / name), len(lines) - inside)


def test_json_lines_of_mail_have_the_contract_s_keys_in_order(cli: Cli, some: Path) -> None:
    check_keys(events(cli, some), 500)


def check_keys(out: str, lines: int) -> None:
    found = [json.loads(line) for line in out.splitlines()]
    assert len(found) >= lines
    for event in found:
        assert [key for key in KEYS if key in event] == list(event)
        assert None not in event.values()
        assert event["kind"] in KINDS
        assert event.get("direction") in (None, "outbound", "inbound", "local")
        assert event["severity"] in ("critical", "error", "warning", "notice", "info")
        if "time" in event:
            assert event["time"].endswith("Z")
            assert datetime.fromisoformat(event["time"]).year == 2026
        if "delays" in event:
            assert len(event["delays"]) == 4


def test_the_place_is_in_the_decompressed_text(cli: Cli, tmp_path: Path, some: Path) -> None:
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(some.read_bytes()))
    some_lines = some.read_text().splitlines()
    some.unlink()
    for event in map(json.loads, events(cli, packed).splitlines()):
        assert event["file"] == str(packed)
        assert event["text"] in some_lines[event["line"] - 1] or event["repeat"] > 1


def test_records_on_one_line_share_its_number(cli: Cli, founding: Path) -> None:
    found = [json.loads(line) for line in events(cli, founding).splitlines()]
    assert [(event["line"], event["kind"], event["backend"]) for event in found] == [
        (1, "fastcgi-error", "/usr/bin/dispatch.fcgi")
    ] * 2
    assert found[0]["errno"] == 104
    assert "errno" not in found[1]
    assert found[0]["time"] == "2010-06-24T09:14:54Z"


def test_csv_has_a_header_and_every_event(cli: Cli, some: Path) -> None:
    rows = list(csv.reader(io.StringIO(events(cli, some, form="csv"))))
    assert rows[0] == KEYS
    assert {len(row) for row in rows} == {len(KEYS)}
    found = [json.loads(line) for line in events(cli, some).splitlines()]
    assert len(rows) - 1 == len(found)
    for row, event in zip(rows[1:], found, strict=True):
        for name, cell in zip(KEYS, row, strict=True):
            if isinstance(event.get(name), str):
                assert cell.removeprefix("'") == event[name]
            elif name == "delays" and name in event:
                assert [float(part) for part in cell.split("/")] == event[name]
            elif name in event:
                assert float(cell) == event[name]
            else:
                assert cell == ""


def test_parquet_is_what_json_lines_say(cli: Cli, tmp_path: Path, some: Path) -> None:
    target = tmp_path / "events.parquet"
    assert cli("events", some, "--format", "parquet", "-o", target, *YEAR).code == 0
    table = pl.read_parquet(target)
    assert table.columns == KEYS
    assert table.schema["time"] == pl.Datetime("us", "UTC")
    assert table.schema["delays"] == pl.List(pl.Float64)
    assert table.schema["line"] == pl.Int64
    said = [json.loads(line) for line in events(cli, some).splitlines()]
    assert [known(row) for row in table.iter_rows(named=True)] == said


def known(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without what is unknown, its time as JSON Lines write it."""
    time = row["time"]
    if isinstance(time, datetime):
        row["time"] = time.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {key: value for key, value in row.items() if value is not None}


def test_parquet_into_a_pipe(founding: Path) -> None:
    run = [sys.executable, "-m", "logscan", "events", str(founding), "--format", "parquet", "--tz", "UTC"]
    out = subprocess.run(run, cwd=ROOT, capture_output=True, check=True, timeout=60).stdout
    assert pl.read_parquet(io.BytesIO(out)).height == 2


def test_text_is_one_line_an_event(cli: Cli, some: Path) -> None:
    lines = events(cli, some, form="text").splitlines()
    found = [json.loads(line) for line in events(cli, some).splitlines()]
    assert len(lines) == len(found)
    for line, event in zip(lines, found, strict=True):
        assert line.startswith(event["time"])
        assert event["kind"] in line
        assert line.endswith(f"({event['file']}:{event['line']})")


@pytest.mark.parametrize("form", ["jsonl", "csv", "text", "parquet"])
def test_a_window_without_events(cli: Cli, tmp_path: Path, quiet: Path, form: str) -> None:
    target = tmp_path / "out"
    ran = cli("events", quiet, *YEAR, "--since", "2026-03-03", "--format", form, "-o", target)
    assert ran.code == 0
    assert "2026-03-02" in ran.err
    if form == "csv":
        assert target.read_text() == ",".join(KEYS) + "\n"
    elif form == "parquet":
        assert pl.read_parquet(target).height == 0
        assert pl.read_parquet(target).columns == KEYS
    else:
        assert target.read_text() == ""


def test_an_event_that_several_files_tell_is_one(cli: Cli, tmp_path: Path, some: Path) -> None:
    warn = tmp_path / "mail.warn"
    warn.write_bytes(
        b"".join(line for line in some.read_bytes().splitlines(keepends=True) if b"warning: " in line)
    )
    alone = events(cli, some)
    assert [json.loads(line)["text"] for line in events(cli, some, warn).splitlines()] == [
        json.loads(line)["text"] for line in alone.splitlines()
    ]
