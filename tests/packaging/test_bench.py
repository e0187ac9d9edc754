"""The benchmark's logs are what they claim: sized, repeatable, threaded, and understood."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

GENERATE = Path(__file__).parents[2] / "bench" / "generate.py"
PROBLEM = re.compile(
    r"status=(?!sent)|NOQUEUE: reject|warning: |lost connection after|timeout after|SSL_accept|\]: connect to "
)


def generated(kind: str, out: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, str(GENERATE), kind, str(out), *arguments],
        check=True,
        capture_output=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path = tmp_path_factory.mktemp("bench") / "mail.log"
    generated("mail", path, "--lines", "40000")
    return path.read_text(encoding="ascii").splitlines()


def test_it_has_the_lines_and_the_share_of_problems_asked_for(log: list[str]) -> None:
    assert len(log) == 40_000
    share = sum(bool(PROBLEM.search(line)) for line in log) / len(log)
    assert 0.04 < share < 0.06


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        generated("mail", tmp_path / name, "--lines", "3000", "--seed", "7")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_queue_ids_run_from_client_to_removed(log: list[str]) -> None:
    threads: dict[str, list[str]] = defaultdict(list)
    for line in log:
        if found := re.match(r"[^\]]+\]: ([0-9A-F]{10,12}): (.*)", line):
            threads[found[1]].append(found[2])
    whole = [thread for thread in threads.values() if thread[-1] == "removed"]
    assert len(whole) > 0.85 * len(threads)
    for thread in whole:
        text = "\n".join(thread)
        assert thread[0].startswith(("client=", "message-id=")), text
        assert text.count("message-id=<") == 1, text
        assert "(queue active)" in text, text
        assert "status=" in text, text


def test_failures_have_as_many_wordings_as_asked_for(tmp_path: Path) -> None:
    generated("mail", tmp_path / "log", "--lines", "60000", "--problems", "0.15", "--shapes", "100")
    decided = re.findall(r"decided by (\w+ \w+ \w+)", (tmp_path / "log").read_text(encoding="ascii"))
    assert len(set(decided)) == 100 - 18


def test_every_line_is_understood(tmp_path: Path) -> None:
    """By logscan itself: a benchmark on lines that are skipped would measure nothing."""
    generated("mail", tmp_path / "mail.log", "--lines", "5000")
    generated("web", tmp_path / "web", "--lines", "5000")
    command = [
        sys.executable,
        "-m",
        "logscan",
        "scan",
        str(tmp_path),
        "--tz",
        "UTC",
        "--year",
        "2026",
        "--format",
        "json",
    ]
    run = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=120, cwd=GENERATE.parents[1]
    )
    assert run.returncode == 0, run.stderr[-2000:]
    totals = json.loads(run.stdout)["totals"]
    assert totals["unparsed"] == 0
    assert totals["other"] == 0
    assert totals["lines"] > 9_900
