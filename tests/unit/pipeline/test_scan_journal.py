"""Scanning the journal: where its records are, what it cannot show, what is said when it cannot be read."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logscan.model.findings import Report
from logscan.model.problems import NothingRead
from logscan.model.settings import Settings
from logscan.pipeline.scan import report
from logscan.sources import journald

LOGS = Path(__file__).parents[3] / "sample-logs" / "real" / "A" / "logs"
REMOTE = Path("/usr/lib/systemd/systemd-journal-remote")
pytestmark = pytest.mark.skipif(
    shutil.which("journalctl") is None or not REMOTE.exists(),
    reason="journalctl or systemd-journal-remote is not installed (apt install systemd-journal-remote)",
)


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Return what stands for /var/log/journal and /run/log/journal, with nothing in them."""
    monkeypatch.setattr(journald, "KEPT", str(tmp_path / "var"))
    monkeypatch.setattr(journald, "VOLATILE", str(tmp_path / "run"))
    return tmp_path / "var", tmp_path / "run"


def fill(home: Path) -> None:
    machine = home / "3d1219c7c4c5404aaa1f6d2a48adfda4"
    machine.mkdir(parents=True)
    export = gzip.decompress((LOGS / "journal-export-tail.bin.gz").read_bytes())
    made = [str(REMOTE), "-o", str(machine / "system.journal"), "-"]
    subprocess.run(made, input=export, check=True, capture_output=True)


def spots(found: Report) -> set[str]:
    return {spot.missing for spot in found.blind_spots or ()}


def test_the_live_journal_is_a_log_like_any_other(homes: tuple[Path, Path]) -> None:
    fill(homes[0])
    found = report(["journal"], Settings())
    assert (found.totals.lines, found.totals.events, found.totals.unparsed) == (300, 300, 0)
    (read,) = found.inputs
    assert (read.path, read.format, read.family, read.problem) == ("journal", "journal-json", "postfix", None)
    proofs = [proof for finding in found.findings for proof in finding.evidence]
    assert {proof.file for proof in proofs} == {"journal"}
    assert all(1 <= proof.line <= 300 for proof in proofs)
    assert found.problems == ()


def test_a_volatile_journal_is_a_blind_spot_and_one_that_is_kept_is_none(homes: tuple[Path, Path]) -> None:
    fill(homes[1])
    volatile = report(["journal"], Settings())
    assert any("/run/log" in spot or "start" in spot for spot in spots(volatile))
    homes[1].rename(homes[0])
    kept = report(["journal"], Settings())
    assert len(spots(volatile) - spots(kept)) == 1


def test_a_window_outside_says_what_the_journal_covers(homes: tuple[Path, Path]) -> None:
    fill(homes[0])
    found = report(["journal"], Settings(since=datetime(2027, 1, 1, tzinfo=UTC)))
    assert found.totals.events == 0
    first, last = found.covered
    assert first == datetime(2026, 11, 24, 3, 29, 51, 918080, UTC)
    assert last is not None
    assert last.replace(microsecond=0) == datetime(2026, 11, 24, 3, 31, 36, tzinfo=UTC)
    assert "no line lies in this window" in found.problems[0].reason


def test_a_journal_beside_a_mail_log_tells_its_lines_once(homes: tuple[Path, Path]) -> None:
    fill(homes[0])
    mail = report([str(LOGS / "mail.log")], Settings(zone="UTC", year=2026))
    both = report([str(LOGS / "mail.log"), "journal"], Settings(zone="UTC", year=2026))
    assert both.totals.events == mail.totals.events
    assert both.totals.duplicates_dropped == 300
    assert [(f.rule, f.count) for f in both.findings] == [(f.rule, f.count) for f in mail.findings]


def test_messages_that_journalctl_left_out_are_a_problem(tmp_path: Path) -> None:
    record = {"MESSAGE": None, "SYSLOG_IDENTIFIER": "x", "__REALTIME_TIMESTAMP": "1795490991000000"}
    log = tmp_path / "journal.json"
    log.write_text((json.dumps(record) + "\n") * 2)
    (problem,) = report([str(log)], Settings()).problems
    assert "2 records have no text" in problem.reason
    assert "--all" in problem.help


def test_a_journal_that_cannot_be_read_is_nothing_read(homes: tuple[Path, Path]) -> None:
    fill(homes[0])
    (file,) = homes[0].rglob("*.journal")
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(NothingRead) as caught:
        report(["journal"], Settings())
    assert caught.value.problems[0].reason.startswith("journalctl: ")
