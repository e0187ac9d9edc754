"""A log that was rotated in the middle of an outage tells of the same outages as the log in one piece."""

from __future__ import annotations

from pathlib import Path

import pytest

from logscan.model.outages import Limits, OutageReport
from logscan.model.settings import Settings
from logscan.pipeline import outages

LOGS = Path(__file__).parents[2] / "sample-logs" / "real" / "A" / "logs"
SETTINGS = Settings(zone="UTC", year=2026)


def told(folder: Path) -> tuple[object, ...]:
    report: OutageReport = outages.report([str(folder)], SETTINGS, Limits())
    found = [(one.service, one.begin, one.last, one.end, one.failures, one.root) for one in report.outages]
    return found, [(one.service, one.failures, one.succeeded) for one in report.rates]


@pytest.mark.parametrize("name", ["apache-access.log", "apache-error.log"])
def test_rotating_a_log_changes_no_outage(name: str, tmp_path: Path) -> None:
    lines = (LOGS / name).read_bytes().splitlines(keepends=True)
    whole, rotated = tmp_path / "whole", tmp_path / "rotated"
    whole.mkdir()
    rotated.mkdir()
    (whole / name).write_bytes(b"".join(lines))
    cuts = [len(lines) * number // 7 for number in range(8)]
    for number in range(7):
        suffix = f".{6 - number}" if number < 6 else ""
        (rotated / f"{name}{suffix}").write_bytes(b"".join(lines[cuts[number] : cuts[number + 1]]))
    assert told(rotated) == told(whole)
