"""What docs/operation.md says is so: its commands run, its units and its reference are what the program makes.

Nothing of this machine is touched: /etc, /var and /usr in the commands lead into a folder of the test, and what would
change the system (systemctl, usermod) is a name that does nothing.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from logscan.app.config.check import settings_in
from logscan.app.timer.units import Job, units
from logscan.cli.configured import tree_of
from logscan.cli.main import command
from tests.cli.conftest import Cli
from tests.docs.test_readme import rendered

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operation.md"
TEXT = PAGE.read_text(encoding="utf-8")
LOGS = ROOT / "sample-logs" / "weeks"

NOTHING = ("usermod", "systemctl", "journalctl", "loginctl", "chgrp")
#: The call of the page whose units it shows.
SHOWN = Job(
    command=(
        "/usr/bin/logscan", "report", "--only-if=problems",
        "--prometheus=/var/lib/prometheus/node-exporter/logscan.prom", "--", "/var/log",
    ),
    folders=("/var/lib/prometheus/node-exporter",),
)  # fmt: skip


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Path]:
    """A small machine: logs of some weeks, a program of this name, and nothing that could be harmed."""
    for folder in ("etc/systemd/system", "var/tmp", "var/lib/prometheus", "bin", "home"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "var/log").mkdir()
    for name in ("mail.log", "mail.log.1"):
        shutil.copy(LOGS / name, tmp_path / "var/log" / name)
    program = tmp_path / "bin" / "logscan"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m logscan "$@"\n')
    for name in NOTHING:
        (tmp_path / "bin" / name).write_text("#!/bin/sh\n")
    for path in (tmp_path / "bin").iterdir():
        path.chmod(0o755)
    yield tmp_path
    assert not [path for path in tmp_path.rglob(".logscan*") if path.is_file()]


def run(machine: Path, script: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a script in which this machine's folders are the little machine's."""
    moved = re.sub(r"(?<![\w.])/(?=(?:etc|var)/)", f"{machine}/", script)
    moved = moved.replace("/usr/bin/logscan", str(machine / "bin" / "logscan"))
    return subprocess.run(
        ["bash", "-c", f"umask 022\n{moved}"],
        cwd=machine / "home",
        env={
            "PATH": f"{machine / 'bin'}:/usr/bin:/bin", "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "TZ": "UTC",
            "HOME": str(machine / "home"), "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"], "LOGSCAN_CONFIG": "", **more,
        },
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


# --- commands ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", blocks("sh"), ids=lambda text: " ".join(text.split()[:4]))
def test_commands_run(block: str, machine: Path) -> None:
    # As root, --install-timer would write into this machine's /etc.
    fake = "import os, sys; os.geteuid = lambda: 1000; sys.argv[0] = 'logscan'; from logscan.cli.main import main; main()"
    (machine / "bin" / "logscan").write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(fake)} "$@"\n'
    )
    for name in ("service", "timer"):
        (machine / f"etc/systemd/system/logscan-report.{name}").write_text("")
    (machine / "var/lib/prometheus/node-exporter").mkdir()
    done = run(machine, f"set -e -o pipefail\n{block}" if "exit" not in block else block)
    assert (done.returncode, done.stderr) == (0, "") or "exit" in block, done.stderr
    assert not re.search(r"Traceback|not found|Usage:", done.stdout + done.stderr)
    if "--install-timer" in block:
        assert (machine / "home/.config/systemd/user/logscan-report.timer").is_file()
    if "--prometheus" in block and "--install-timer" not in block:
        text = (machine / "var/lib/prometheus/node-exporter/logscan.prom").read_text()
        names = set(re.findall(r"\blogscan_\w+", blocks("yaml")[0]))
        assert len(names) == 2
        assert names <= set(re.findall(r"^(logscan_\w+)", text, re.MULTILINE))
    if "exit" in block:
        # What yesterday was is the clock's business: any code of a plugin will do.
        assert done.returncode in range(4)
        assert done.stdout.startswith("LOGSCAN ")


def test_the_template_of_the_page_is_a_file_that_is_read(machine: Path) -> None:
    done = run(
        machine,
        "logscan config --template > /etc/logscan.toml; chmod 644 /etc/logscan.toml; logscan --config /etc/logscan.toml config",
    )
    assert (done.returncode, done.stdout) == (0, f"# {machine}/etc/logscan.toml: read\n")


def test_a_script_that_must_not_depend_on_files_does_not(machine: Path) -> None:
    own = machine / "home/.config/logscan.toml"
    own.parent.mkdir()
    own.write_text('[scan]\nformat = "csv"\n')
    (block,) = [block for block in blocks("sh") if "export LOGSCAN_CONFIG=" in block]
    done = run(machine, f"unset LOGSCAN_CONFIG\n{block}")
    assert done.returncode == 0, done.stderr
    assert json.loads((machine / "var/tmp/findings.json").read_text())["schema"] == "logscan.scan/1"
    assert run(machine, "unset LOGSCAN_CONFIG\nlogscan scan /var/log").returncode == 2


def test_the_crontab_s_lines_run_and_a_quiet_night_prints_nothing(machine: Path) -> None:
    (table,) = blocks("cron")
    settings = dict(re.findall(r"^([A-Z_]+)=(.*)$", table, re.MULTILINE))
    assert settings["PATH"].split(":")[:1] == ["/usr/local/sbin"]
    lines = [line for line in table.splitlines() if re.match(r"[\d*]", line)]
    assert len(lines) == 2
    for line in lines:
        minute, hour, day, month, weekday, user, words = re.split(r" +", line, maxsplit=6)
        assert (int(hour), day, month, user) == (6, "*", "*", "root")
        assert 25 < int(minute) < 60
        assert weekday in "*1"
        assert "%" not in words
        quiet = f"{words} --tz UTC --now '2026-11-20 06:00'"
        done = run(machine, quiet)
        assert (done.returncode, done.stderr) == (0, "")
        assert (done.stdout == "") == ("--only-if" in words)


def test_the_plugin_s_commands_run() -> None:
    (nagios,), (icinga,) = blocks("nagios"), blocks("icinga")
    line = re.search(r"command_line +(.*)", nagios)
    array = re.search(r"command = \[(.*)\]", icinga)
    assert line is not None
    assert array is not None
    assert "$" not in nagios  # a macro to Nagios
    assert shlex.split(line[1]) == json.loads(f"[{array[1]}]")


def test_the_plugin_s_command_ends_as_a_plugin(machine: Path) -> None:
    line = re.search(r"command_line +(.*)", blocks("nagios")[0])
    assert line is not None
    done = run(machine, f"{line[1]} --tz UTC --now '2026-11-24 15:00'")
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (2, 1, "")
    assert done.stdout.startswith("LOGSCAN CRITICAL - ")


# --- what is shown -----------------------------------------------------------------------------------


def shown() -> str:
    made = "".join(
        f"```ini\n# /etc/systemd/system/{name}\n{text}```\n\n" for name, text in units(SHOWN).items()
    )
    return f"<!-- units -->\n\n{made}<!-- end of units -->\n"


def test_the_units_of_the_page_are_what_is_made(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--bless"):
        text = PAGE.read_text(encoding="utf-8")
        new = re.sub(
            r"<!-- units -->\n(.*?<!-- end of units -->\n)?",
            lambda _: shown(),
            text,
            count=1,
            flags=re.DOTALL,
        )
        PAGE.write_text(new, encoding="utf-8")
    assert shown() in PAGE.read_text(encoding="utf-8")


def test_the_call_of_the_page_makes_them(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logscan.cli.timer.program", lambda: ("/usr/bin/logscan",))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(
        "logscan.cli.timer._folders", lambda _: iter(SHOWN.folders)
    )  # it is not on this machine
    monkeypatch.delenv("LOGSCAN_CONFIG")
    call = next(line for block in blocks("sh") for line in block.splitlines() if line.endswith("--dry-run"))
    ran = cli(*shlex.split(call)[1:])
    for text in units(SHOWN).values():
        assert text in ran.out


@pytest.mark.parametrize("number", range(len(blocks("console"))))
def test_the_reference_is_what_is_printed(
    number: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    block = blocks("console")[number]
    wanted = rendered(block, tmp_path)
    if request.config.getoption("--bless"):
        PAGE.write_text(PAGE.read_text(encoding="utf-8").replace(block, wanted), encoding="utf-8")
        return
    assert block == wanted


def test_the_example_of_a_file_holds() -> None:
    (text,) = blocks("toml")
    tomllib.loads(text)
    assert len(settings_in(text, tree_of(command), "x")) == 5


# --- rotation ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [
        ("mail.log", "mail.log.1", "mail.log.2.gz"),
        ("mail.log", "mail.log-20261122", "mail.log-20261115.gz"),
        ("mail.log", "mail.log.1.gz", "mail.log.2.gz"),
        ("mail.log", "old/mail.log.1", "old/mail.log.2.gz"),
    ],
    ids=["create", "dateext", "compress", "olddir"],
)
def test_however_logs_are_rotated_they_are_one_timeline(
    cli: Cli, tmp_path: Path, names: tuple[str, ...]
) -> None:
    def told(*paths: Path) -> dict[str, object]:
        ran = cli("scan", *paths, "--tz", "UTC", "--year", "2026", "--format", "json")
        assert ran.code == 0, ran.err
        document = json.loads(ran.out)
        assert len(document["inputs"]) == 3
        findings = [(one["rule"], one["count"], one["first"], one["last"]) for one in document["findings"]]
        return {"totals": document["totals"], "findings": findings}

    for source, name in zip(("mail.log", "mail.log.1", "mail.log.2.gz"), names, strict=True):
        content = (LOGS / source).read_bytes()
        content = gzip.decompress(content) if source.endswith(".gz") else content
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    folders = {tmp_path / Path(name).parent for name in names}
    assert told(*folders) == told(LOGS)
