"""A run of the program as the kernel saw it: how it ended, what it said, how much memory and time it took."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
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


#: Starts a program and writes down what it cost. The kernel counts what its parent held into a child's peak, even
#: behind exec, so the parent must be small: a test that runs behind four thousand others is not.
_SMALL = """
import json, os, sys
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
with open(int(sys.argv[1]), "w") as cost:
    json.dump([os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss], cost)
"""


def measured(*arguments: str | Path, timeout: float = 240, before: Sequence[str] = ()) -> Measured:
    """Run the program to its end. before: what starts it, setpriv for instance."""
    command = [*before, sys.executable, "-m", "logscan", *map(str, arguments)]
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        tempfile.TemporaryFile("w+") as cost,
    ):
        process = subprocess.Popen(
            [sys.executable, "-c", _SMALL, str(cost.fileno()), *command], pass_fds=[cost.fileno()],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env={**os.environ, "PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        for stream in (out, err, cost):
            stream.seek(0)
        said = [stream.read().decode() for stream in (out, err)]
        code, cpu, peak_kb = json.loads(cost.read())
    return Measured(
        code=code,
        out=said[0],
        err=said[1],
        cpu=cpu,
        peak_mb=peak_kb / 1024,
    )


def size_mb(path: Path) -> float:
    """Return the size of a log in megabytes of normal lines: its bytes, or its lines where those are short."""
    size = lines = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            size += len(piece)
            lines += piece.count(b"\n")
    return max(size, lines * LINE_BYTES) / 1e6
