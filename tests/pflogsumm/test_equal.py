"""`flow --compat pflogsumm-1.1.5` prints what the program prints.

The reports in `recorded` are the program's own, of the sample logs; where it is installed (Debian: apt-get install
pflogsumm), it is run beside ours on random logs too.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import scaled
from tests.pflogsumm import program
from tests.pflogsumm.made_up import line

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SAMPLES = sorted((ROOT / "sample-logs/real/A/logs").glob("*mail*")) + [
    ROOT / "sample-logs/real/A/logs" / name for name in ("syslog.gz", "journal-short-iso.log.gz", "php-fpm.log")
] + [ROOT / "sample-logs/quiet/mail.log"]  # fmt: skip
#: When the reports were recorded: it decides the year of what has none.
RECORDED = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


installed = pytest.mark.skipif(
    program.version() != "1.1.5",
    reason="pflogsumm 1.1.5 is not installed (Debian: apt-get install pflogsumm)",
)


def text_of(path: Path) -> str:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return data.decode("utf-8", "replace")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_samples_are_as_the_program_printed_them(sample: Path) -> None:
    recorded = (HERE / "recorded" / f"{sample.parent.name}-{sample.name}.txt").read_text(encoding="utf-8")
    report = program.ours(text_of(sample), cuts=3, now=RECORDED)
    assert program.grand_totals(report) == program.grand_totals(recorded)
    assert program.ordered(report) == program.ordered(recorded)


@installed
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_the_program_still_prints_that(sample: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    log = tmp_path / "log"
    log.write_text(text_of(sample), encoding="utf-8")
    recorded = HERE / "recorded" / f"{sample.parent.name}-{sample.name}.txt"
    report = program.theirs(log)
    if request.config.getoption("--bless"):
        recorded.write_text(report, encoding="utf-8")
    now = datetime.now(UTC)
    if (now.year, now.month) == (RECORDED.year, RECORDED.month):  # its year is the clock's
        assert program.ordered(recorded.read_text(encoding="utf-8")) == program.ordered(report)
    assert program.ordered(program.ours(text_of(sample), now=now)) == program.ordered(report)


@installed
@settings(max_examples=scaled(25))
@given(st.lists(line(), max_size=40), st.integers(1, 4))
def test_random_logs_are_counted_as_the_program_counts_them(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], cuts: int
) -> None:
    text = "".join(f"{each}\n" for each in lines)
    log = tmp_path_factory.mktemp("random") / "log"
    log.write_text(text, encoding="utf-8")
    report, own = program.theirs(log), program.ours(text, cuts=cuts)
    assert program.grand_totals(own) == program.grand_totals(report)
    assert program.ordered(own) == program.ordered(report)


@installed
def test_traffic_of_the_benchmark_is_counted_as_the_program_counts_it(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    made = [sys.executable, str(ROOT / "bench/generate.py"), "mail", str(log), "--lines", "40000"]
    subprocess.run(made, check=True, capture_output=True, timeout=120)
    report, own = program.theirs(log), program.ours(text_of(log), cuts=7)
    assert program.grand_totals(own) == program.grand_totals(report)
    assert program.ordered(own) == program.ordered(report)
