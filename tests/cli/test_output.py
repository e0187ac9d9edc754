"""Where output goes and how it looks: files whole or not at all, languages, colours, more or less words."""

from __future__ import annotations

import json
import os
import pty
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Cli, Program

UTC = ("--tz", "UTC", "--year", "2026")
CHINESE = re.compile(r"[\u4e00-\u9fff]{2,}")
#: A foreground or a background; bold and dim are no colours.
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3|4|9|10)\d[;m]")


# --- -o FILE -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["scan", "events", "explain", "flow", "rules"])
def test_a_file_gets_what_the_pipe_would_get(cli: Cli, tmp_path: Path, fastcgi: Path, command: str) -> None:
    arguments: tuple[str | Path, ...] = {
        "scan": ("scan", fastcgi, "--tz", "UTC"),
        "events": ("events", fastcgi, "--tz", "UTC", "--format", "csv"),
        "flow": ("flow", "sample-logs/quiet/mail.log", "--tz", "UTC", "--format", "csv"),
        "explain": ("explain", "550 5.1.1 <a@b.example>: User unknown"),
        "rules": ("rules", "list"),
    }[command]
    target = tmp_path / "out.txt"
    ran = cli(*arguments, "-o", target)
    assert (ran.code, ran.out) == (0, "")
    assert target.read_text(encoding="utf-8") == cli(*arguments).out != ""
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]


def test_a_file_is_readable_as_other_files_are(cli: Cli, tmp_path: Path, founding: Path) -> None:
    target, beside = tmp_path / "report.json", tmp_path / "beside"
    beside.touch()
    assert cli("scan", founding, "--format", "json", "-o", target).code == 0
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(beside.stat().st_mode)


def test_a_file_is_replaced_only_by_a_whole_one(cli: Cli, tmp_path: Path, founding: Path, junk: Path) -> None:
    target = tmp_path / "report.txt"
    target.write_text("yesterday's report\n")
    assert cli("scan", junk, "-o", target).code == 3
    assert cli("scan", founding, "--since", "whenever", "-o", target).code == 2
    assert target.read_text() == "yesterday's report\n"
    assert cli("scan", founding, "-o", target).code == 0
    assert "FastCGI" in target.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["poem.txt", "report.txt"]


def test_a_report_is_written_where_findings_make_the_exit_code_1(
    cli: Cli, tmp_path: Path, founding: Path
) -> None:
    assert cli("scan", founding, "--fail-on", "error", "-o", tmp_path / "report.txt").code == 1
    assert (tmp_path / "report.txt").stat().st_size > 0


@pytest.mark.parametrize("target", ["no/such/folder/report.txt", "."])
@pytest.mark.parametrize("form", ["text", "parquet"])
def test_a_place_that_cannot_be_written_is_told(
    cli: Cli, tmp_path: Path, founding: Path, target: str, form: str
) -> None:
    command = "scan" if form == "text" else "events"
    ran = cli(command, founding, "--format", form, "-o", tmp_path / target)
    assert (ran.code, ran.out) == (2, "")
    assert "cannot write" in ran.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["scan", "events"])
def test_a_place_that_cannot_be_written_is_told_before_anything_is_read(
    cli: Cli, tmp_path: Path, command: str
) -> None:
    """Not after an hour of reading: that there is no such log would be told by then."""
    ran = cli(command, tmp_path / "no.log", "-o", tmp_path / "no" / "report.txt")
    assert (ran.code, ran.out) == (2, "")
    assert "cannot write" in ran.err


def test_the_folder_that_is_read_may_be_written_to(cli: Cli, tmp_path: Path, quiet: Path) -> None:
    (tmp_path / "mail.log").write_bytes(quiet.read_bytes())
    assert cli("scan", tmp_path, "--format", "json", "-o", tmp_path / "report.json").code == 0
    (read,) = json.loads((tmp_path / "report.json").read_text())["inputs"]
    assert read["path"] == str(tmp_path / "mail.log")


def test_what_is_no_file_is_written_to_and_not_replaced(cli: Cli, tmp_path: Path, founding: Path) -> None:
    """A device such as /dev/null, here a pipe with a name."""
    target = tmp_path / "pipe"
    os.mkfifo(target)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(target.read_bytes()))
    reader.start()
    ran = cli("scan", founding, "--format", "json", "-o", target)
    reader.join(30)
    assert ran.code == 0
    assert stat.S_ISFIFO(target.stat().st_mode)
    assert json.loads(got[0])["schema"] == "logscan.scan/1"


def test_a_link_stays_a_link(cli: Cli, tmp_path: Path, founding: Path) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old\n")
    link.symlink_to(real)
    assert cli("scan", founding, "-o", link).code == 0
    assert link.is_symlink()
    assert "FastCGI" in real.read_text()


def test_a_hyphen_is_standard_output(cli: Cli, founding: Path) -> None:
    assert cli("scan", founding, "-o", "-").out == cli("scan", founding).out


# --- languages -----------------------------------------------------------------------------------


def test_chinese(cli: Cli, fastcgi: Path) -> None:
    ran = cli("scan", fastcgi, "--tz", "UTC", "--lang", "zh")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert CHINESE.search(lines[0])
    assert CHINESE.search(lines[1])
    titles = [line for line in lines if line.startswith(("严重", "错误", "CRITICAL", "ERROR"))]
    assert titles
    assert all(CHINESE.search(line) for line in titles)
    assert "all quiet" not in ran.out.lower()


def test_the_program_s_own_words_are_all_in_chinese(cli: Cli, fastcgi: Path, quiet: Path, junk: Path) -> None:
    english = cli("scan", fastcgi, quiet, junk, *UTC, "-v").out
    chinese = cli("scan", fastcgi, quiet, junk, *UTC, "-v", "--lang", "zh").out
    own = re.compile(
        r"^(?:  (?:what|why|do|verify|concerns|but) |.*(?:still going on|over: nothing|every line understood))"
    )
    assert [line for line in english.splitlines() if own.search(line)]
    assert not [line for line in chinese.splitlines() if own.search(line)]


@pytest.mark.parametrize(
    ("env", "chinese"),
    [
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LC_ALL": "zh_TW.UTF-8", "LANG": "en_US.UTF-8"}, True),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, False),
        ({"LANG": "de_DE.UTF-8"}, False),
    ],
)
def test_the_locale_chooses(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, founding: Path, env: dict[str, str], *, chinese: bool
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert bool(CHINESE.search(cli("scan", founding).out)) is chinese
    assert not CHINESE.search(cli("scan", founding, "--lang", "en").out)


def test_lang_c_is_no_crash(program: Program, founding: Path) -> None:
    """A locale without umlauts and hanzi, and Python told to be strict about it."""
    env = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    for arguments in (("scan", founding), ("explain", "550 5.1.1 x"), ("rules", "list")):
        ran = program(*arguments, "--lang", "zh", env=env)
        assert ran.code == 0, ran.err
        assert CHINESE.search(ran.out)


def test_json_has_the_cards_words_in_the_asked_language(cli: Cli, founding: Path) -> None:
    finding = json.loads(cli("scan", founding, "--format", "json", "--lang", "zh").out)["findings"][0]
    for key in ("title", "meaning"):
        assert CHINESE.search(finding[key])
    assert finding["cause"] == "backend-crash"


# --- colours -------------------------------------------------------------------------------------


def test_a_pipe_gets_no_colours_unless_asked(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, founding: Path
) -> None:
    plain = cli("scan", founding).out
    assert "\x1b" not in plain
    coloured = cli("scan", founding, "--color", "always").out
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert coloured != plain
    assert cli("scan", founding, "--color", "never").out == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert cli("scan", founding).out == plain
    assert COLOUR.search(cli("scan", founding, "--color", "always").out)


def on_a_terminal(*arguments: str, **env: str) -> str:
    leader, follower = pty.openpty()
    run = [sys.executable, "-m", "logscan", *arguments]
    with subprocess.Popen(
        run, cwd=ROOT, env={**os.environ, "TERM": "xterm-256color", **env}, stdin=subprocess.DEVNULL,
        stdout=follower, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        os.close(follower)
        got = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:  # Linux says EIO when nobody is there any more
                break
            if not piece:
                break
            got += piece
    os.close(leader)
    assert process.returncode == 0
    return got.decode()


def test_a_terminal_gets_colours_unless_it_says_no(founding: Path) -> None:
    assert COLOUR.search(on_a_terminal("scan", "-q", str(founding)))
    assert not COLOUR.search(on_a_terminal("scan", "-q", str(founding), NO_COLOR="1"))
    assert "\x1b[" not in on_a_terminal("scan", "-q", str(founding), "--color", "never")


# --- more or less --------------------------------------------------------------------------------


def test_quiet_is_a_glance_and_verbose_tells_all(cli: Cli, fastcgi: Path) -> None:
    less, usual, more = (cli("scan", fastcgi, "--tz", "UTC", *option).out for option in (["-q"], [], ["-v"]))
    assert less.splitlines() == usual.splitlines()[: len(less.splitlines())]
    assert len(less.splitlines()) < 20
    assert len(less) < len(usual) < len(more)
    assert "fastcgi.mod-fastcgi.lifecycle" not in usual
    assert "`-v`" in usual
    assert "`-v`" not in more


def test_a_quiet_log_says_so_in_three_lines(cli: Cli, quiet: Path) -> None:
    for option in ([], ["-v"], ["-q"]):
        lines = cli("scan", quiet, *UTC, *option).out.splitlines()
        assert len(lines) == 3
        assert lines[2] == "All quiet: nothing at warning or above."
    document = json.loads(cli("scan", quiet, *UTC, "--format", "json").out)
    assert not [f for f in document["findings"] if f["severity"] not in ("notice", "info")]
    assert not document["unexplained"]
    assert document["totals"]["other"] == 0


def test_as_of_is_now(cli: Cli, founding: Path) -> None:
    def ongoing(*options: str) -> bool:
        return bool(
            json.loads(cli("scan", founding, "--tz", "UTC", "--format", "json", *options).out)["findings"][0][
                "ongoing"
            ]
        )

    assert ongoing()
    assert ongoing("--now", "2010-06-24 09:20")
    assert not ongoing("--now", "2010-06-24 10:20")
    document = json.loads(
        cli("scan", founding, "--tz", "UTC", "--format", "json", "--now", "2010-06-24 09:20").out
    )
    assert document["as_of"] == "2010-06-24T09:20:00Z"
