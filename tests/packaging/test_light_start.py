"""What a command must not load: heavy packages make a small command slow."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"polars", "pandas", "matplotlib", "rich", "numpy", "jinja2", "jsonschema", "dateutil"}
REPLY = "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.25]"

#: Runs the command line as a user would, then prints which top-level packages were imported.
PROBE = """
import json, sys
from logscan.cli.main import main
sys.argv = ["logscan", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
finally:
    print("\\n" + json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded(*arguments: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return set(json.loads(run.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["scan", "--help"],
        ["flow", "--help"],
        ["report", "--help"],
        ["rules", "--help"],
        ["completion", "bash"],
    ],
    ids=" ".join,
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert loaded(*arguments) & HEAVY == set()


@pytest.mark.parametrize(
    "words", ["logscan ", "logscan scan --", "logscan rules show postfix", "logscan scan --tz E"]
)
def test_a_shell_does_not_wait_for_anything_heavy(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_LOGSCAN_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    assert loaded() & HEAVY == set()


def test_a_page_loads_jinja_and_a_text_does_not() -> None:
    log = "sample-logs/founding/error.log"
    assert "jinja2" not in loaded("scan", log, "--tz", "UTC")
    assert "jinja2" in loaded("scan", log, "--tz", "UTC", "--format", "html", "-o", "/dev/null")


def test_explain_and_scan_load_neither_pandas_nor_matplotlib() -> None:
    log = "sample-logs/real/mod_fastcgi/error.log"
    for arguments in (["explain", REPLY], ["scan", log, "--tz", "UTC", "--year", "2026"]):
        modules = loaded(*arguments)
        assert "polars" in modules  # the probe does see what is loaded
        assert modules & {"pandas", "matplotlib"} == set(), arguments


def test_importing_the_face_loads_nothing_heavy() -> None:
    code = "import logscan, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert set(run.stdout.split()) & HEAVY == set()
