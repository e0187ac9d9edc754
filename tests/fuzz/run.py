"""Fuzz one target for some seconds with atheris: python -m tests.fuzz.run TARGET SECONDS [CORPUS]

In: a target of tests/fuzz/targets.py. Out: exit code 0, or a traceback and the input that broke the law, in the
current folder as crash-*; what it was becomes a line of the parser's own tests.
Never: part of the suite: atheris has its own requirements (requirements/fuzz.txt).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

SEEDS, LONGEST = 24, 3000
INSTRUMENTED = ["logscan.parsers", "logscan.pipeline.lines.road", "logscan.rules.shape"]


def main() -> None:
    """Run until the time is up or the law is broken."""
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415  has requirements of its own

    with atheris.instrument_imports(include=INSTRUMENTED):
        from tests.fuzz.targets import seeds, targets  # noqa: PLC0415

    name, seconds = sys.argv[1:3]
    target = targets()[name]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(sys.argv[3] if len(sys.argv) > 3 else folder)
        place.mkdir(exist_ok=True)
        # A run costs milliseconds however few lines it has: few seeds of many lines.
        given = list(seeds(name))
        for number in range(SEEDS):
            (place / f"seed-{number:02}").write_bytes(b"".join(given[number::SEEDS])[:LONGEST])
        options = [
            f"-max_total_time={seconds}",
            f"-max_len={LONGEST}",
            "-timeout=30",
            "-rss_limit_mb=2048",
            "-print_final_stats=1",
        ]
        atheris.Setup([sys.argv[0], *options, str(place)], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
