"""What README shows is what logscan prints: every console block is run; `--bless` rewrites them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from logscan.cli.exits import Exit
from logscan.cli.main import COMMANDS
from logscan.cli.rules.group import COMMANDS as RULES

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(block: str) -> list[str]:
    return [line[2:] for line in block.splitlines() if line.startswith("$ ")]


def output(command: str, home: Path) -> str:
    # `logscan` is this checkout's, whatever is installed.
    script = f'logscan() {{ "{sys.executable}" -m logscan "$@"; }}; {command}'
    keep = {name: value for name, value in os.environ.items() if name in {"PATH", "SYSTEMROOT", "TZ"}}
    environment = {
        **keep,
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "LOGSCAN_CONFIG": "",
    }
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def rendered(block: str, home: Path) -> str:
    return "".join(f"$ {command}\n{output(command, home)}" for command in commands(block))


BLOCKS = [match[1] for match in BLOCK.finditer(README.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_readme_shows_what_is_printed(number: int, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    wanted = rendered(BLOCKS[number], tmp_path)
    if request.config.getoption("--bless"):
        text = README.read_text(encoding="utf-8")
        README.write_text(text.replace(BLOCKS[number], wanted), encoding="utf-8")
        return
    assert BLOCKS[number] == wanted


def test_every_command_is_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8") + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    missing = [name for name in COMMANDS if f"logscan {name}" not in text]
    missing += [f"rules {name}" for name in RULES if not re.search(rf"rules {name}|rules list.*{name}", text)]
    assert not missing


def test_every_exit_code_is_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    assert {code for code in Exit if f"| {int(code)} |" in text} == set(Exit)
