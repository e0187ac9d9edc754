"""A run of the program as the kernel saw it: how it ended, what it said, how much memory and time it took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

#: Resident memory that no input may exceed.
MOST_MB = 700
#: How much longer than a normal log of the same size a hostile one may take.
TIMES = 3.0
#: What a run may cost beside: starting, cards that are compiled, a busy machine.
FLOOR_S = 4.0
#: A normal line; a log of shorter ones is measured by its lines.
LINE_BYTES = 150


@dataclass(frozen=True, kw_only=True)
class Measured:
    """cpu: seconds of the processor. peak_mb: resident memory at its highest."""

    code: int
    out: str
    err: str
    cpu: float
    peak_mb: float

    @property
    def document(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.out)
        return read


def measured(*arguments: str | Path, timeout: float = 240, before: Sequence[str] = ()) -> Measured:
    """Run the program to its end. before: what starts it, setpriv for instance."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            [*before, sys.executable, "-m", "logscan", *map(str, arguments)],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        alarm = threading.Timer(timeout, process.kill)
        alarm.start()
        _, status, usage = os.wait4(process.pid, 0)
        alarm.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        for stream in (out, err):
            stream.seek(0)
        said = [stream.read().decode() for stream in (out, err)]
    return Measured(
        code=process.returncode,
        out=said[0],
        err=said[1],
        cpu=usage.ru_utime + usage.ru_stime,
        peak_mb=usage.ru_maxrss / 1024,
    )


def size_mb(path: Path) -> float:
    """Return the size of a log in megabytes of normal lines: its bytes, or its lines where those are short."""
    size = lines = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            size += len(piece)
            lines += piece.count(b"\n")
    return max(size, lines * LINE_BYTES) / 1e6
