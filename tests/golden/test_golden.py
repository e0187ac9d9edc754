"""Reports as plain files: what `cmd` prints is `expected`; `pytest --bless` rewrites, git shows what changed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from logscan.model.version import __version__

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CASES = sorted(path.name for path in HERE.iterdir() if (path / "cmd").is_file())

#: What differs from run to run or from version to version.
MOVING = re.compile(r'"(generated|elapsed_s|version)": [^\n]*')
#: How matplotlib's versions write a drawing; what a chart says stands before it, and tests/unit/reports/charts looks at the rest.
DRAWING = re.compile(r'(<svg class="chart".*?</desc>).*?</svg>', re.DOTALL)
VERSION = re.compile(rf"\blogscan {re.escape(__version__)}(?![\w.])")


def printed(command: str, home: Path) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-m", "logscan", *shlex.split(command)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    shown = DRAWING.sub(r"\1...</svg>", MOVING.sub(r'"\1": "-",', done.stdout))
    return VERSION.sub("logscan VERSION", shown) + done.stderr


@pytest.mark.parametrize("case", CASES)
def test_report_is_as_it_was(case: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    folder = HERE / case
    now = printed((folder / "cmd").read_text(encoding="utf-8"), tmp_path)
    if request.config.getoption("--bless"):
        (folder / "expected").write_text(now, encoding="utf-8")
    assert (folder / "expected").read_text(encoding="utf-8") == now
