"""When `report` remembers, and what its options say about it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

WEEKS = Path(__file__).parents[2] / "sample-logs" / "weeks"
COMMON = ["--tz", "UTC", "--now", "2026-11-20 06:00", "--quiet"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a log of eight days."""
    path = tmp_path / "mail.log"
    lines = (WEEKS / "mail.log.1").read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "2026-11-12" <= line[:10] <= "2026-11-19"))
    return path


def test_with_state_it_remembers_and_tells_the_same(cli: Cli, log: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    first = cli("report", *COMMON, log, "--state", str(state), "--format", "json")
    again = cli("report", *COMMON, log, "--state", str(state), "--format", "json")
    read = cli("report", *COMMON, log, "--no-memory", "--format", "json")
    assert (first.code, again.code, read.code) == (0, 0, 0)
    documents = [json.loads(one.out) for one in (first, again, read)]
    assert [one["flow"]["totals"] for one in documents[1:]] == [documents[0]["flow"]["totals"]] * 2
    assert [one["changes"] for one in documents[1:]] == [documents[0]["changes"]] * 2
    assert documents[0]["baseline"]["history"]["days"] > documents[2]["baseline"]["history"]["days"]
    assert (state / "state.sqlite").exists()


def test_a_month_comes_out_of_the_memory(cli: Cli, log: Path, tmp_path: Path) -> None:
    arguments = ("--period", "month", "--date", "2026-11-05", "--format", "json")
    told = [
        json.loads(cli("report", *COMMON, log, *more, *arguments).out)
        for more in (("--state", str(tmp_path)), ("--no-memory",))
    ]
    assert [one["period"] for one in told[:1]] == [told[1]["period"]]
    # The month goes on: as much of it as is over is told from the logs, whole days or not.
    assert told[0]["flow"]["totals"] == told[1]["flow"]["totals"]


def test_whoever_names_a_path_leaves_no_trace(
    cli: Cli, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert cli("report", *COMMON, log).code == 0
    assert not list(tmp_path.rglob("state.sqlite"))


def test_a_service_has_a_memory(cli: Cli, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "given"))
    assert cli("report", *COMMON, log).code == 0
    assert (tmp_path / "given" / "state.sqlite").exists()


@pytest.mark.parametrize("option", ["--rebuild", "--private"])
def test_options_of_a_memory_need_one(option: str, cli: Cli, log: Path, tmp_path: Path) -> None:
    told = cli("report", *COMMON, log, option, "--no-memory", "--state", str(tmp_path))
    assert told.code == 2
    assert "--no-memory" in told.err


def test_standard_input_is_no_log_that_grows(cli: Cli, tmp_path: Path) -> None:
    told = cli("report", *COMMON, "-", "--state", str(tmp_path))
    assert told.code == 2
    assert "--state" in told.err


def test_five_weeks_are_the_least(cli: Cli, log: Path, tmp_path: Path) -> None:
    assert cli("report", *COMMON, log, "--state", str(tmp_path), "--retention", "35").code == 2
