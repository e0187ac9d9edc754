"""The contract's exit codes: scripts depend on each of them."""

from __future__ import annotations

import gzip
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Cli, Program

UTC = ("--tz", "UTC", "--year", "2026")


# --- 0 and 1 -------------------------------------------------------------------------------------


def test_0_findings_alone_are_no_failure(cli: Cli, founding: Path) -> None:
    assert cli("scan", founding).code == 0


def test_1_findings_at_or_above_fail_on(cli: Cli, founding: Path, quiet: Path) -> None:
    codes = {
        name: cli("scan", founding, "--fail-on", name).code
        for name in ("info", "warning", "error", "critical")
    }
    assert codes == {"info": 1, "warning": 1, "error": 1, "critical": 0}
    assert cli("scan", quiet, *UTC, "--fail-on", "warning").code == 0


def test_1_the_report_is_written_all_the_same(cli: Cli, founding: Path) -> None:
    ran = cli("scan", founding, "--fail-on", "error", "--format", "json")
    assert ran.code == 1
    assert json.loads(ran.out)["findings"][0]["severity"] == "error"


# --- 2 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Usage:"),
        (("scna",), "Did you mean 'scan'"),
        (("xyzzy",), "There are:"),
        (("rules", "xyzzy"), "There are:"),
        (("scan", "--no-such-option"), "No such option"),
        (("scan", "--format", "yaml"), "'yaml'"),
        (("scan", "--since", "the day after the fair"), "--since"),
        (("scan", "--until", "25 o'clock"), "--until"),
        (("scan", "--now", "soon"), "--now"),
        (("scan", "--since", "-3 fortnights"), "--since"),
        (("scan", "--since", "2026-01-02", "--until", "2026-01-01"), "--until"),
        (("scan", "--since", "2026-01-01", "--until", "2026-01-01"), "--until"),
        (("scan", "--tz", "Mars/Olympus_Mons"), "Mars/Olympus_Mons"),
        (("scan", "--year", "26"), "--year"),
        (("scan", "--jobs", "0"), "--jobs"),
        (("scan", "--jobs", "many"), "--jobs"),
        (("scan", "--lang", "tlh"), "'tlh'"),
        (("scan", "--color", "sometimes"), "'sometimes'"),
        (("scan", "--fail-on", "catastrophe"), "'catastrophe'"),
        (("scan", "--patterns", "/no/such/folder"), "/no/such/folder"),
        (("events", "--format", "xlsx"), "'xlsx'"),
        (("explain", ""), "nothing to explain"),
        (("rules", "show", "postfix.smtp.no-reverse-dn"), "Did you mean postfix.smtp.no-reverse-dns"),
        (("rules", "show"), "ID"),
        (("rules", "test", "no.such.card"), "no.such.card"),
        (("rules", "new", "no line of any log"), "whole line"),
    ],
)
def test_2_usage(cli: Cli, quiet: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = cli(*arguments, *([quiet] if arguments[:1] in (("scan",), ("events",)) else []))
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_2_before_a_byte_is_read(cli: Cli, tmp_path: Path) -> None:
    """2 comes before 3: with a wrong option it does not matter that there is nothing to read."""
    assert cli("scan", tmp_path / "nowhere", "--since", "whenever").code == 2
    assert cli("scan", tmp_path / "nowhere", "--patterns", tmp_path / "nothing").code == 2


def test_2_parquet_to_a_terminal(founding: Path) -> None:
    leader, follower = pty.openpty()
    run = [sys.executable, "-m", "logscan", "events", str(founding), "--format", "parquet"]
    with subprocess.Popen(run, cwd=ROOT, stdout=follower, stderr=subprocess.PIPE) as process:
        os.close(follower)
        _, said = process.communicate(timeout=60)
    os.close(leader)
    assert process.returncode == 2
    assert b"Parquet" in said


@pytest.mark.parametrize("arguments", [("--help",), ("scan", "-h"), ("--version",), ("rules", "--help")])
def test_0_help_and_version_go_to_standard_output(cli: Cli, arguments: tuple[str, ...]) -> None:
    ran = cli(*arguments)
    assert ran.code == 0
    assert ran.out
    assert not ran.err


# --- 3 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["scan", "events"])
def test_3_no_such_file(cli: Cli, tmp_path: Path, command: str) -> None:
    ran = cli(command, tmp_path / "nowhere.log")
    assert (ran.code, ran.out) == (3, "")
    assert f"{tmp_path / 'nowhere.log'}: no such file" in ran.err
    assert "help: " in ran.err


@pytest.mark.parametrize("command", ["scan", "events"])
def test_3_an_empty_folder(cli: Cli, tmp_path: Path, command: str) -> None:
    ran = cli(command, tmp_path)
    assert (ran.code, ran.out) == (3, "")
    assert str(tmp_path) in ran.err


@pytest.mark.parametrize("command", ["scan", "events"])
def test_3_only_unknown_formats(cli: Cli, junk: Path, command: str) -> None:
    ran = cli(command, junk)
    assert (ran.code, ran.out) == (3, "")
    assert f"{junk}: no known log format; it begins with: Shall I compare" in ran.err


@pytest.mark.parametrize("command", ["scan", "events"])
def test_3_only_empty_files(cli: Cli, tmp_path: Path, command: str) -> None:
    (tmp_path / "mail.log").touch()
    ran = cli(command, tmp_path / "mail.log")
    assert (ran.code, ran.out) == (3, "")
    assert "empty" in ran.err


def test_3_nothing_on_standard_input(cli: Cli) -> None:
    assert cli("scan", "-").code == 3


def test_3_a_glob_that_fits_nothing(cli: Cli, tmp_path: Path) -> None:
    ran = cli("scan", tmp_path / "*.log")
    assert ran.code == 3
    assert "no file matches" in ran.err


def test_3_a_text_that_nobody_understands(cli: Cli) -> None:
    assert cli("explain", "what is the meaning of life").code == 3


# --- 4 -------------------------------------------------------------------------------------------


def truncated(path: Path, source: Path) -> Path:
    whole = gzip.compress(source.read_bytes())
    path.write_bytes(whole[: len(whole) * 3 // 4])
    return path


@pytest.mark.parametrize("command", ["scan", "events"])
def test_4_a_truncated_archive_is_one_only_with_strict(
    cli: Cli, tmp_path: Path, fastcgi: Path, command: str
) -> None:
    archive = truncated(tmp_path / "error.log.gz", fastcgi)
    loose, strict = cli(command, archive), cli(command, archive, "--strict")
    assert (loose.code, strict.code) == (0, 4)
    assert loose.out.split("\n")[5:] == strict.out.split("\n")[5:]
    assert str(archive) in (loose.out if command == "scan" else loose.err)


@pytest.mark.parametrize("command", ["scan", "events"])
def test_4_a_missing_file_beside_a_good_one(cli: Cli, tmp_path: Path, founding: Path, command: str) -> None:
    assert cli(command, founding, tmp_path / "nowhere").code == 0
    assert cli(command, founding, tmp_path / "nowhere", "--strict").code == 4


def test_4_a_file_of_unknown_format_beside_a_good_one(cli: Cli, junk: Path, founding: Path) -> None:
    assert cli("scan", founding, junk).code == 0
    assert cli("scan", founding, junk, "--strict").code == 4


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_4_a_file_that_may_not_be_read(cli: Cli, tmp_path: Path, founding: Path) -> None:
    closed = tmp_path / "closed.log"
    closed.write_bytes(founding.read_bytes())
    closed.chmod(0)
    ran = cli("scan", founding, closed, "--strict")
    assert ran.code == 4
    assert f"{closed}: Permission denied" in ran.out


def test_4_goes_before_1(cli: Cli, tmp_path: Path, fastcgi: Path) -> None:
    archive = truncated(tmp_path / "error.log.gz", fastcgi)
    assert cli("scan", archive, "--fail-on", "error").code == 1
    assert cli("scan", archive, "--fail-on", "error", "--strict").code == 4


def test_0_strict_minds_nothing_that_is_only_worth_knowing(cli: Cli, quiet: Path) -> None:
    ran = cli("scan", quiet, *UTC, "--strict", "--since", "2026-03-03")
    assert ran.code == 0


# --- the window ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "window", [("--since", "2026-03-03"), ("--until", "2026-03-01"), ("--since", "2030-01-01")]
)
def test_0_a_window_without_lines_says_what_the_logs_cover(
    cli: Cli, quiet: Path, window: tuple[str, str]
) -> None:
    text, document = cli("scan", quiet, *UTC, *window), cli("scan", quiet, *UTC, *window, "--format", "json")
    assert (text.code, document.code) == (0, 0)
    first = " ".join(text.out.split("\n")[:2])
    assert "2026-03-02 08:00:00" in first
    assert "09:06:49" in first
    problems = json.loads(document.out)["problems"]
    assert any(
        "2026-03-02T08:00:00" in problem["reason"] and "09:06:49" in problem["reason"] for problem in problems
    )
    assert json.loads(document.out)["totals"]["events"] == 0


def test_0_a_window_within_the_logs_but_between_lines(cli: Cli, quiet: Path) -> None:
    ran = cli(
        "scan", quiet, *UTC, "--since", "2026-03-02 08:05", "--until", "2026-03-02 08:06", "--format", "json"
    )
    assert ran.code == 0
    document = json.loads(ran.out)
    assert document["totals"]["events"] == 0
    assert any("2026-03-02T08:00:00" in problem["reason"] for problem in document["problems"])


def test_the_window_is_half_open(cli: Cli, quiet: Path) -> None:
    def events(*window: str) -> int:
        return int(json.loads(cli("scan", quiet, *UTC, *window, "--format", "json").out)["totals"]["events"])

    edge = "2026-03-02 08:11:03"
    assert events("--until", edge) + events("--since", edge) == events() == 65


# --- ends from outside ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [("events", "--format", form) for form in ("text", "jsonl", "csv", "parquet")]
    + [("scan", "-v"), ("scan", "--format", "json"), ("rules", "list")],
    ids=" ".join,
)
def test_0_a_closed_pipe_is_success(arguments: tuple[str, ...]) -> None:
    """Much more is said than a pipe holds, so that the program finds it closed."""
    log = ROOT / "sample-logs" / "real" / "A" / "logs" / "mail.log"
    paths = () if arguments[0] == "rules" else (str(log), "--tz", "UTC", "--year", "2026")
    run = [sys.executable, "-m", "logscan", *arguments, *paths]
    with subprocess.Popen(run, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        said = process.stderr.read()
        assert (process.wait(60), said) == (0, b"")


def test_130_after_ctrl_c(quiet: Path, tmp_path: Path) -> None:
    """Standard input that stays open is a scan that has not ended; a report that has not begun is not written."""
    target = tmp_path / "report.txt"
    run = [sys.executable, "-m", "logscan", "scan", "-", "--year", "2026", "-o", str(target)]
    with subprocess.Popen(
        run, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        # More than a pipe holds: when this is written, it is being read.
        process.stdin.write(quiet.read_bytes() * 40)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in said
    assert not list(tmp_path.iterdir())


def test_the_program_hands_its_code_to_the_shell(program: Program, founding: Path) -> None:
    assert program("scan", founding, "--fail-on", "error").code == 1
    ran = program("scan", "/no/such/file")
    assert ran.code == 3
    assert not ran.out
