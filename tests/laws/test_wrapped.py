"""Whatever stands around the lines of a log, and in whatever blocks it is read, its findings are the same."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from logscan.model.settings import Settings
from logscan.pipeline.scan import report
from tests.laws.test_same_answer import answer

Json = dict[str, Any]

LOG = Path(__file__).parents[2] / "sample-logs" / "real" / "A" / "logs" / "mail.log"


def _stamp(line: str, more: int = 0) -> str:
    moment = datetime.strptime(f"2026 {line[:15]}", "%Y %b %d %H:%M:%S").replace(tzinfo=UTC)
    return f"{moment + timedelta(seconds=more):%Y-%m-%dT%H:%M:%S}"


WRAPS: dict[str, Callable[[int, str], str]] = {
    "docker-json": lambda _, line: json.dumps(
        {"log": line + "\n", "stream": "stdout", "time": _stamp(line) + "Z"}, separators=(",", ":")
    ),
    "cri": lambda _, line: f"{_stamp(line)}Z stdout F {line}",
    "compose": lambda _, line: f"postfix-1  | {line}",
    "compose+stamped": lambda _, line: f"postfix-1  | {_stamp(line)}Z {line}",
    "doubled": lambda _, line: f"{_stamp(line, 3600)}+01:00 {line}",
    "grep": lambda n, line: f"/var/log/mail.log:{n}:{line}",
    "numbered": lambda n, line: f"{n:6}\t{line}",
    "quoted": lambda _, line: f"> {line}",
    "date": lambda _, line: f"2026 {line}",
    "zoneless": lambda _, line: f"{_stamp(line)}{line[15:]}",
    "html": lambda _, line: html.escape(line, quote=False),
    "coloured": lambda _, line: f"\x1b[36mmail-7c9f\x1b[0m \x1b[35mpostfix\x1b[0m {line}",
    "object": lambda _, line: json.dumps(
        {"textPayload": line, "resource": {"type": "gce"}, "status": "info"}
    ),
    # as spreadsheets and Python write it: rows that begin with their time, CR LF
    "csv, timed": lambda n, line: (
        "timestamp,host,message\r"
        if n == 1
        else f'{_stamp(line)}Z,{line[16:].partition(" ")[0]},"{line[16:].partition(" ")[2].replace(chr(34), chr(34) * 2)}"\r'
    ),
    "csv, host inside": lambda n, line: (
        "Time,Line" if n == 1 else f'{_stamp(line)}Z,"{line[16:].replace(chr(34), chr(34) * 2)}"'
    ),
    "csv": lambda n, line: '"time";"line"' if n == 1 else f'"{n}";"{line.replace(chr(34), chr(34) * 2)}"',
}


@cache
def plainly(rows: tuple[str, ...]) -> Json:
    """Return what is found in lines with nothing around them."""
    with TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.log"
        plain.write_text("".join(f"{line}\n" for line in rows), encoding="utf-8")
        found: Json = json.loads(answer([plain]))
    return found


@pytest.mark.parametrize("name", WRAPS)
def test_what_stands_around_the_lines_changes_nothing(name: str, tmp_path: Path) -> None:
    # quotation marks and long replies are in it, notes of repeated lines and several hosts too
    lines = LOG.read_text(encoding="utf-8", errors="replace").splitlines()[:1500]
    wrapped = tmp_path / "wrapped.log"
    rows = ["", *lines] if name.startswith("csv") else lines
    wrapped.write_text(
        "".join(f"{WRAPS[name](n, line)}\n" for n, line in enumerate(rows, 1)), encoding="utf-8"
    )

    want = plainly(tuple(rows))
    for block_bytes in (8 << 20, 7_000):
        found = json.loads(answer([wrapped], block_bytes=block_bytes))
        assert {
            rule["rule"]: (rule["count"], rule["first"], rule["last"], rule["sessions"])
            for rule in found["findings"]
        } == {
            rule["rule"]: (rule["count"], rule["first"], rule["last"], rule["sessions"])
            for rule in want["findings"]
        }
        assert {
            key: found["totals"][key] for key in ("lines", "events", "unparsed", "first", "last", "hosts")
        } == {key: want["totals"][key] for key in ("lines", "events", "unparsed", "first", "last", "hosts")}


def test_what_a_program_prints_before_its_first_line_hides_nothing(tmp_path: Path) -> None:
    lines = LOG.read_text(encoding="utf-8", errors="replace").splitlines()[:600]
    greeting = [f"step {number} of 45 ..." for number in range(45)]
    plain, wrapped = tmp_path / "plain.log", tmp_path / "wrapped.log"
    plain.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    grepped = [*greeting, *(f"/var/log/mail.log:{n}:{line}" for n, line in enumerate(lines, 1))]
    wrapped.write_text("".join(f"{line}\n" for line in grepped), encoding="utf-8")
    found, want = (json.loads(answer([path])) for path in (wrapped, plain))
    assert found["totals"]["unparsed"] == len(greeting)
    assert [found["totals"][key] for key in ("first", "last")] == [
        want["totals"][key] for key in ("first", "last")
    ]
    assert {rule["rule"]: rule["count"] for rule in found["findings"]} == {
        rule["rule"]: rule["count"] for rule in want["findings"]
    }


def test_the_newest_line_first_is_the_same_log(tmp_path: Path) -> None:
    lines = [
        line for line in LOG.read_text("utf-8", "replace").splitlines()[:1500] if "last message" not in line
    ]
    forth, back = tmp_path / "forth.log", tmp_path / "back.log"
    forth.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    back.write_text("".join(f"{line}\n" for line in reversed(lines)), encoding="utf-8")
    found, want = (json.loads(answer([path])) for path in (back, forth))
    for key in ("count", "messages", "recipients", "sessions", "first", "last", "severity"):
        assert {rule["rule"]: rule[key] for rule in found["findings"]} == {
            rule["rule"]: rule[key] for rule in want["findings"]
        }
    assert found["totals"] == want["totals"]
    # its first line is of 03:28, its last one of 03:27: a window before the first one's is not outside
    settings = Settings(zone="UTC", year=2026, until=datetime(2026, 11, 24, 3, 27, 40, tzinfo=UTC))
    assert 0 < report([str(back)], settings).totals.events < len(lines)
