"""The real pflogsumm, and its report without what is in no order."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import polars as pl

from logscan.analyses import pflogsumm as fold
from logscan.reports import pflogsumm as form

PROGRAM = shutil.which("pflogsumm", path="/usr/sbin:/usr/bin:/bin")

#: Where the details begin, which are not imitated.
_DETAILS = "message deferral detail"
_HOSTS = re.compile(r"^Host/Domain Summary: ")


def version() -> str:
    """Return the version of the installed program, empty where there is none."""
    if PROGRAM is None:
        return ""
    done = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


def theirs(log: Path) -> str:
    """Return what the program prints, up to its details."""
    assert PROGRAM is not None
    done = subprocess.run(
        [PROGRAM, "--detail", "-1", str(log)],
        env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},  # the clock may be moved: it guesses years by it
        capture_output=True,
        check=True,
    )
    return done.stdout.decode("utf-8", "replace").partition(f"\n{_DETAILS}")[0]


def ours(text: str, *, cuts: int = 1, now: datetime | None = None, version: str = "1.1.5") -> str:
    """Return our report on a log, which is read in `cuts` pieces."""
    raw = pl.Series("raw", text.split("\n"), dtype=pl.String)
    edges = [len(raw) * cut // cuts for cut in range(cuts + 1)]
    partial = fold.empty()
    for low, high in pairwise(edges):
        places = pl.Series(range(low, high), dtype=pl.UInt64)
        partial = fold.merge(partial, fold.absorb(fold.empty(), (fold.seen(raw[low:high], version), places)))
    summary = fold.finish(partial, now or datetime.now(UTC), version)
    return "".join(f"{line}\n" for line in (*form.totals(summary), *form.tables(summary)))


def grand_totals(report: str) -> str:
    """Return the section of the Grand Totals: nothing in it depends on an order."""
    return report.partition("\nPer-")[0]


def ordered(report: str) -> list[str]:
    """Return a report's lines, those of its tables of hosts sorted: there ties are in no order."""
    lines: list[str] = []
    block: list[str] = []
    inside = False
    for line in report.rstrip("\n").split("\n"):
        inside = bool(_HOSTS.match(line)) or (inside and line != "")
        if inside:
            block.append(line)
        else:
            lines += [*sorted(block), line]
            block = []
    return [*lines, *sorted(block)]
