"""`logscan report --install-timer`: the same call again, by systemd."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from logscan.app.timer.units import MARK
from logscan.cli.timer import program
from tests.cli.conftest import ROOT, Cli, Ran
from tests.unit.app.timer.test_quoting import read


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder for units; root is a user here."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "etc"))
    return tmp_path / "etc" / "systemd" / "user"


def command(ran: Ran) -> list[str]:
    """Return the words that systemd would start, without the program's."""
    assert ran.code == 0, ran.err
    found = re.search(r"^ExecStart=(.*)$", ran.out, re.MULTILINE)
    assert found is not None
    words = read(found[1])
    assert tuple(words[: len(program())]) == program()
    return words[len(program()) :]


def test_the_call_is_carried_over_with_its_paths_whole(cli: Cli) -> None:
    words = [
        "--since=-24h",
        "-o",
        'x/a b%$".html',
        "--format",
        "html",
        "--fail-on=error",
        "--strict",
        "--patterns",
        "patterns",
    ]
    ran = cli("report", "--install-timer", "--dry-run", *words, "journal", "mail.log*")
    assert command(ran) == [
        "--config=", "report", "--format=html", "--fail-on=error", "--since=-24h", "--strict", f"--patterns={ROOT}/patterns",
        f'--output={ROOT}/x/a b%$".html', "--", "journal", f"{ROOT}/mail.log*",
    ]  # fmt: skip


def test_what_is_carried_over_is_understood(cli: Cli) -> None:
    first = cli(
        "report",
        "--install-timer",
        "--dry-run",
        "--period",
        "week",
        "--tz",
        "UTC",
        "-q",
        "--charts",
        "c",
        "/var/log",
    )
    assert "OnCalendar=Mon " in first.out
    words = command(first)
    again = cli(*words[:2], "--install-timer", "--dry-run", *words[2:])
    assert again.out == first.out


def test_what_stands_in_a_file_is_read_by_the_service_itself(cli: Cli, tmp_path: Path) -> None:
    config = tmp_path / "logscan.toml"
    config.write_text('[report]\nformat = "html"\noutput = "/srv/www/x.html"\nquiet = true\n')
    config.chmod(0o644)
    ran = cli("--config", config, "report", "--no-quiet", "--install-timer", "--dry-run")
    assert command(ran) == [f"--config={config}", "report", "--no-quiet"]
    if "ProtectSystem" in ran.out:  # root's
        assert re.search("^ReadWritePaths=-/srv", ran.out, re.MULTILINE)


def test_a_service_speaks_the_language_of_who_asked_for_it(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert command(cli("report", "--install-timer", "--dry-run"))[-1] == "--lang=zh"
    assert command(cli("report", "--install-timer", "--dry-run", "--lang", "en"))[-1] == "--lang=en"


def test_a_dry_run_writes_nothing(cli: Cli, folder: Path) -> None:
    ran = cli("report", "--install-timer", "--dry-run")
    assert f"# {folder}/logscan-report.service\n{MARK}" in ran.out
    assert f"# {folder}/logscan-report.timer\n{MARK}" in ran.out
    assert not folder.exists()


def test_the_units_are_written_and_what_to_type_is_said(cli: Cli, folder: Path) -> None:
    ran = cli("report", "--install-timer")
    assert ran.code == 0
    assert f"written: {folder}/logscan-report.service\nwritten: {folder}/logscan-report.timer\n" in ran.out
    assert "systemctl --user daemon-reload && systemctl --user enable --now logscan-report.timer" in ran.out
    assert "loginctl enable-linger" in ran.out
    for name in ("service", "timer"):
        path = folder / f"logscan-report.{name}"
        assert path.read_text().startswith(MARK)
        assert path.stat().st_mode & 0o777 == 0o644
    assert cli("report", "--install-timer").out.count("as it was: ") == 2
    changed = cli("report", "--install-timer", "--strict").out
    assert (changed.count("written: "), changed.count("as it was: ")) == (1, 1)
    assert "--strict" in (folder / "logscan-report.service").read_text()
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("foreign", ["text", "empty", "mask"])
def test_what_somebody_else_wrote_stays_and_nothing_else_is_written(
    cli: Cli, folder: Path, foreign: str
) -> None:
    folder.mkdir(parents=True)
    path = folder / "logscan-report.timer"
    if foreign == "mask":
        path.symlink_to("/dev/null")
    else:
        path.write_text("[Timer]\n" if foreign == "text" else "")
    ran = cli("report", "--install-timer")
    assert ran.code == 2
    assert f"{path} was not written by logscan and stays as it is" in ran.err
    assert [one.name for one in folder.iterdir()] == [path.name]
    assert path.is_symlink() == (foreign == "mask")


def test_a_folder_that_cannot_be_made_is_told(cli: Cli, folder: Path) -> None:
    folder.parent.parent.mkdir(parents=True)
    folder.parent.write_text("a file")
    ran = cli("report", "--install-timer")
    assert ran.code == 2
    assert "--install-timer: cannot write into" in ran.err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--dry-run"], "--dry-run belongs to --install-timer"),
        (["--install-timer", "-"], "standard input of a timer"),
        (["--install-timer", "--tz", "Nowhere/X"], "no time zone"),
        (["--install-timer", "--since", "whenever"], "--since: "),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_would_fail_every_morning_is_refused_now(
    cli: Cli, folder: Path, words: list[str], reason: str
) -> None:
    ran = cli("report", *words)
    assert ran.code == 2
    assert reason in ran.err
    assert not folder.exists()


def test_a_program_that_is_installed_is_started_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "bin" / "logscan"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    monkeypatch.setattr(sys, "argv", [str(script)])
    assert program()[1:] == ("-P", "-m", "logscan")
    script.chmod(0o755)
    assert program() == (str(script),)


def test_neither_option_has_a_place_in_a_file(cli: Cli, tmp_path: Path) -> None:
    config = tmp_path / "logscan.toml"
    config.write_text("[report]\ninstall-timer = true\n")
    config.chmod(0o644)
    ran = cli("--config", config, "report")
    assert ran.code == 2
    assert "install-timer: there is no such key" in ran.err
