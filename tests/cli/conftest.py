"""Ways to call the command line: in this process, which is quick, or as a program of its own, which is whole."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from logscan.cli.exits import guarded
from logscan.cli.main import command

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


#: Arguments, standard input -> what came of it.
Cli = Callable[..., Ran]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Return a function that runs the command line in this process, as `main` does."""

    def run(*arguments: str | Path, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["logscan", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = guarded(command)
        said = capsys.readouterr()
        return Ran(int(code), said.out, said.err)

    return run


#: Arguments, standard input, changes of the environment -> what came of it.
Program = Callable[..., Ran]


@pytest.fixture
def program() -> Program:
    """Return a function that starts the program for itself."""

    def run(*arguments: str | Path, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Ran:
        ran = subprocess.run(
            [sys.executable, "-m", "logscan", *map(str, arguments)],
            cwd=ROOT, env={**os.environ, **(env or {})}, input=stdin, capture_output=True, check=False, timeout=120,
        )  # fmt: skip
        return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())

    return run


# --- logs ----------------------------------------------------------------------------------------


@pytest.fixture
def quiet() -> Path:
    """A log of a healthy server."""
    return ROOT / "sample-logs" / "quiet" / "mail.log"


@pytest.fixture
def founding() -> Path:
    """The pasted excerpt that asked for this program: two records on one line, one error."""
    return ROOT / "sample-logs" / "founding" / "error.log"


@pytest.fixture
def fastcgi() -> Path:
    return ROOT / "sample-logs" / "real" / "mod_fastcgi" / "error.log"


@pytest.fixture
def junk(tmp_path: Path) -> Path:
    """A text that is no log."""
    path = tmp_path / "poem.txt"
    path.write_text("Shall I compare thee to a summer's day?\nThou art more lovely and more temperate.\n")
    return path
