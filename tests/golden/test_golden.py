"""Reports as plain files: what `cmd` prints is `expected`; `pytest --bless` rewrites, git shows what changed."""

from __future__ import annotations

import io
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from logscan.cli.exits import guarded
from logscan.cli.main import command
from logscan.model.version import __version__

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CASES = sorted(path.name for path in HERE.iterdir() if (path / "cmd").is_file())

#: What differs from run to run or from version to version.
MOVING = re.compile(r'"(generated|elapsed_s|version)": [^\n]*')
#: How matplotlib's versions write a drawing; what a chart says stands before it, and tests/unit/reports/charts looks at the rest.
DRAWING = re.compile(r'(<svg class="chart".*?</desc>).*?</svg>', re.DOTALL)
VERSION = re.compile(rf"\blogscan {re.escape(__version__)}(?![\w.])")


@pytest.fixture
def printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[[str], str]:
    """Return a function that runs a command line in this process, with a home of its own, and gives what it prints."""
    monkeypatch.chdir(ROOT)
    for name, value in {"HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}.items():
        monkeypatch.setenv(name, value)
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)

    def run(line: str) -> str:
        monkeypatch.setattr(sys, "argv", ["logscan", *shlex.split(line)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        capsys.readouterr()
        assert guarded(command) == 0
        said = capsys.readouterr()
        shown = DRAWING.sub(r"\1...</svg>", MOVING.sub(r'"\1": "-",', said.out))
        return VERSION.sub("logscan VERSION", shown) + said.err

    return run


@pytest.mark.parametrize("case", CASES)
def test_report_is_as_it_was(
    case: str, printed: Callable[[str], str], request: pytest.FixtureRequest
) -> None:
    folder = HERE / case
    now = printed((folder / "cmd").read_text(encoding="utf-8"))
    if request.config.getoption("--bless"):
        (folder / "expected").write_text(now, encoding="utf-8")
    assert (folder / "expected").read_text(encoding="utf-8") == now
