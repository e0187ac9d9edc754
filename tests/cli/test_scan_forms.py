"""`scan --format html` and `markdown`: on a terminal, in a pipe, in a file; the same exit codes as every form."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Cli

UTC = ("--tz", "UTC", "--year", "2026")
BEGIN = {"html": "<!doctype html>\n<html lang=", "markdown": "# "}
FORMS = tuple(BEGIN)


@pytest.mark.parametrize("form", FORMS)
def test_it_is_whole_and_ends_in_a_line(cli: Cli, fastcgi: Path, form: str) -> None:
    ran = cli("scan", fastcgi, *UTC, "--format", form)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(BEGIN[form])
    assert ran.out.endswith("\n")
    assert not ran.out.endswith("\n\n")
    assert "\x1b" not in ran.out


@pytest.mark.parametrize("form", FORMS)
def test_a_file_holds_what_a_pipe_gets(cli: Cli, fastcgi: Path, tmp_path: Path, form: str) -> None:
    target = tmp_path / "report"
    printed = cli("scan", fastcgi, *UTC, "--format", form).out
    ran = cli("scan", fastcgi, *UTC, "--format", form, "-o", target)
    assert (ran.code, ran.out) == (0, "")
    assert target.read_text(encoding="utf-8") == printed


@pytest.mark.parametrize("form", FORMS)
def test_colour_is_none_of_its_business(cli: Cli, fastcgi: Path, form: str) -> None:
    printed = [cli("scan", fastcgi, *UTC, "--format", form, "--color", c).out for c in ("always", "never")]
    assert printed[0] == printed[1]


@pytest.mark.parametrize("form", FORMS)
def test_a_terminal_gets_it_too(quiet: Path, form: str) -> None:
    reader, terminal = pty.openpty()
    command = [sys.executable, "-m", "logscan", "scan", str(quiet), *UTC, "--format", form, "--quiet"]
    with subprocess.Popen(command, cwd=ROOT, stdout=terminal, stderr=subprocess.DEVNULL) as run:
        os.close(terminal)
        said = b""
        while piece := _read(reader):
            said += piece
    os.close(reader)
    assert run.returncode == 0
    assert said.replace(b"\r\n", b"\n").decode().startswith(BEGIN[form])


def _read(reader: int) -> bytes:
    try:
        return os.read(reader, 65536)
    except OSError:  # Linux's way to say that the other end is closed
        return b""


@pytest.mark.parametrize("form", FORMS)
def test_exit_codes_are_those_of_every_form(
    cli: Cli, fastcgi: Path, quiet: Path, junk: Path, form: str
) -> None:
    as_form = ("--format", form)
    assert cli("scan", fastcgi, *UTC, *as_form, "--fail-on", "error").code == 1
    assert cli("scan", quiet, *UTC, *as_form, "--fail-on", "error").code == 0
    assert cli("scan", quiet, junk, *UTC, *as_form, "--strict").code == 4
    assert cli("scan", junk, *as_form).code == 3


def test_other_forms_are_a_usage_error(cli: Cli, quiet: Path) -> None:
    for form in ("parquet", "csv", "md", "HTML "):
        ran = cli("scan", quiet, "--format", form)
        assert ran.code == 2
        assert "'text', 'json', 'html', 'markdown'" in ran.err


@pytest.mark.parametrize("form", FORMS)
def test_the_language_is_the_one_asked_for(cli: Cli, fastcgi: Path, form: str) -> None:
    assert "日志报告" in cli("scan", fastcgi, *UTC, "--format", form, "--lang", "zh").out
    assert "Log report" in cli("scan", fastcgi, *UTC, "--format", form).out


@pytest.mark.parametrize("form", FORMS)
def test_times_are_in_the_zone_of_the_logs(cli: Cli, fastcgi: Path, form: str) -> None:
    ran = cli("scan", fastcgi, "--tz", "Asia/Shanghai", "--format", form)
    assert "2026-11-24 03:36:34" in ran.out
    assert "Asia/Shanghai" in ran.out
