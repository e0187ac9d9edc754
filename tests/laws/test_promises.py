"""What a report promises its reader, tried on whole logs; CI plants a fault against each (.ci/faults.toml)."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from logscan.model.findings import Evidence, Report
from logscan.model.settings import Settings
from logscan.pipeline.scan import report

ROOT = Path(__file__).parents[2]
REAL = ROOT / "sample-logs" / "real"
SETTINGS = Settings(zone="UTC", year=2026)


def refused(queue_id: str, recipient: str) -> str:
    return (
        f"Nov 24 03:00:00 mx1 postfix/smtp[7]: {queue_id}: to=<{recipient}>, relay=mx.b.example[198.51.100.1]:25, "
        "delay=1, delays=0/0/1/0, dsn=4.7.1, status=deferred (host mx.b.example[198.51.100.1] said: 450 4.7.1 "
        "Client host rejected: cannot find your hostname, [192.0.2.25] (in reply to RCPT TO command))\n"
    )


def evidence(made: Report) -> list[Evidence]:
    quoted = [line for finding in made.findings for line in finding.evidence]
    return quoted + [group.example for group in made.unexplained]


def command(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    run = [sys.executable, "-m", "logscan", *arguments, "--tz", "UTC", "--year", "2026"]
    return subprocess.run(run, cwd=ROOT, check=False, capture_output=True, timeout=120)


@pytest.mark.parametrize("name", ["A/logs/mail.log", "mod_fastcgi/error.log", "A/logs/apache-error.log"])
def test_evidence_stands_where_it_says(name: str) -> None:
    lines = (REAL / name).read_text(encoding="utf-8").split("\n")
    quoted = evidence(report([str(REAL / name)], SETTINGS))
    assert len(quoted) > 10
    for line in quoted:
        assert lines[line.line - 1] == line.text


def test_evidence_stands_where_it_says_in_small_blocks_and_archives(tmp_path: Path) -> None:
    text = (REAL / "A/logs/mail.log").read_bytes()
    archive = tmp_path / "mail.log.gz"
    archive.write_bytes(gzip.compress(text))
    lines = text.decode().split("\n")
    settings = Settings(zone="UTC", year=2026, block_bytes=50_000)
    for line in evidence(report([str(archive)], settings)):
        assert lines[line.line - 1] == line.text


def test_names_of_files_change_nothing_but_the_places(tmp_path: Path) -> None:
    """Two logs that begin in the same second: which is first must not be told by their names."""
    texts = [refused("4F1A2B3C4D", "a@b.example"), refused("4F1A2B3C4E", "c@b.example")]
    said = []
    for number, order in enumerate((texts, texts[::-1])):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, text in zip(("one.log", "two.log"), order, strict=True):
            (folder / name).write_text(text, encoding="ascii")
        made = report([str(folder)], SETTINGS)
        said.append([line.text for line in evidence(made)])
        assert len(said[-1]) == 2
    assert said[0] == said[1]


def test_a_truncated_archive_is_read_and_told(tmp_path: Path) -> None:
    whole = gzip.compress((REAL / "mod_fastcgi/error.log").read_bytes())
    archive = tmp_path / "error.log.gz"
    archive.write_bytes(whole[: len(whole) // 2])
    made = report([str(archive)], SETTINGS)
    assert made.totals.lines > 10
    assert [problem.where for problem in made.problems if problem.unreadable] == [str(archive)]
    assert command("scan", str(archive)).returncode == 0
    assert command("scan", str(archive), "--strict").returncode == 4


def test_a_missing_file_is_told_beside_what_was_read(tmp_path: Path) -> None:
    made = report([str(REAL / "mod_fastcgi/error.log"), str(tmp_path / "nowhere.log")], SETTINGS)
    assert made.findings
    assert [problem.where for problem in made.problems] == [str(tmp_path / "nowhere.log")]


def test_no_cell_of_a_table_acts_on_a_spreadsheet_or_a_terminal(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    helo = "=HYPERLINK(1)\x1b[31m"
    log.write_text(
        "Nov 24 03:00:00 mx1 postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 450 4.7.1 <x>: Helo "
        f"command rejected: Host not found; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<{helo}>\n"
        "Nov 24 03:00:01 mx1 postfix/smtpd[7]: =1+1\n",
        encoding="utf-8",
    )
    run = command("events", str(log), "--format", "csv")
    assert run.returncode == 0, run.stderr.decode()
    assert b"\x1b" not in run.stdout
    rows = list(csv.reader(io.StringIO(run.stdout.decode())))
    assert len(rows) == 3
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "\t", "\r"))]
    assert [cell for row in rows for cell in row if cell == "'=1+1"]


def test_no_line_of_a_log_acts_on_a_terminal(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_text(
        "Nov 24 03:00:00 mx1 postfix/smtpd[7]: fatal: \x1b]0;owned\x07 \u202egnp.exe\n", encoding="utf-8"
    )
    for form in ("text", "json"):
        run = command("scan", str(log), "--format", form)
        assert run.returncode == 0, run.stderr.decode()
        assert not {"\x1b", "\x07", "\u202e"} & set(run.stdout.decode())
        assert "owned" in run.stdout.decode()
    assert json.loads(run.stdout)["totals"]["lines"] == 1
