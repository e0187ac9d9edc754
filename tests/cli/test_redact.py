"""`redact`: lines on standard output, what to know on standard error, the exit codes of the contract."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli, Program

YEAR = ("--tz", "UTC", "--year", "2026")
KEY = ("--key", "a key for tests")
LINE = b"2026-11-24T03:27:43+00:00 mx7 postfix/smtpd[1]: connect from pc.victim.de[93.184.216.34]\n"


def test_lines_come_out_and_a_warning_beside_them(cli: Cli, quiet: Path) -> None:
    ran = cli("redact", quiet, *YEAR)
    assert ran.code == 0
    before = quiet.read_text().splitlines()
    assert [line.split("]: ")[0].split()[0:3] for line in ran.out.splitlines()] == [
        line.split("]: ")[0].split()[0:3] for line in before
    ]
    assert "office.example" not in ran.out
    assert ran.err.startswith(f"{len(before)} lines printed, 0 of them not understood. Read them")


def test_a_key_makes_runs_agree_and_none_keeps_them_apart(cli: Cli, quiet: Path) -> None:
    assert cli("redact", quiet, *YEAR, *KEY).out == cli("redact", quiet, *YEAR, *KEY).out
    assert cli("redact", quiet, *YEAR).out != cli("redact", quiet, *YEAR).out


def test_standard_input_is_read_though_logs_are_read_twice(program: Program) -> None:
    ran = program("redact", "-", stdin=LINE * 3)
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 3
    assert "victim" not in ran.out
    assert ran.err.startswith("3 lines printed")


def test_yearless_standard_input_too(program: Program) -> None:
    ran = program(
        "redact", "-", "--quiet", stdin=b"Nov 24 03:27:43 mx7 postfix/smtpd[1]: connect from x.de[1.2.3.4]\n"
    )
    assert (ran.code, len(ran.out.splitlines()), ran.err) == (0, 1, "")


def test_the_output_is_a_file_whole_or_not_at_all(cli: Cli, quiet: Path, tmp_path: Path) -> None:
    target = tmp_path / "public.log"
    ran = cli("redact", quiet, *YEAR, *KEY, "-o", target, "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert target.read_text() == cli("redact", quiet, *YEAR, *KEY).out
    assert cli("redact", quiet, "-o", tmp_path / "no" / "where").code == 2


def test_what_cannot_be_read_is_said(cli: Cli, quiet: Path, junk: Path, tmp_path: Path) -> None:
    ran = cli("redact", quiet, junk, tmp_path / "absent.log", *YEAR)
    assert ran.code == 0
    assert "absent.log: " in ran.err
    assert "poem.txt: no known log format" in ran.err
    assert "summer" not in ran.out
    assert cli("redact", quiet, junk, *YEAR, "--strict").code == 4
    assert cli("redact", junk).code == 3
    assert cli("redact", tmp_path / "absent.log").code == 3


def test_a_bad_key_is_a_usage_error(cli: Cli, quiet: Path) -> None:
    ran = cli("redact", quiet, "--key", "secret")
    assert ran.code == 2
    assert "secret" not in ran.err


def test_help_says_what_stays(cli: Cli) -> None:
    said = " ".join(cli("redact", "--help").out.split())
    for word in ("--key", "nobody can find out a name by trying", "free text stays", "large providers"):
        assert word in said


def test_an_empty_window_is_said_and_no_error(cli: Cli, quiet: Path) -> None:
    ran = cli("redact", quiet, *YEAR, "--since", "2026-05-01")
    assert (ran.code, ran.out) == (0, "")
    assert "no line lies in this window" in ran.err
