"""Runs commands and says what each cost: wall clock, processor, memory.

In: commands. Out: `Cost`, the best of several rounds.
Never: imports anything big, because a child's peak memory counts what its parent held when it started.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run took: seconds by the clock, seconds of processor (user and system), peak memory in bytes."""

    wall: float
    cpu: float
    peak: int

    @property
    def cores(self) -> float:
        """Processor over wall clock: how many cores were busy on average."""
        return self.cpu / self.wall


Command = Sequence[str] | str


def run(command: Command, environment: Mapping[str, str]) -> Cost:
    """Run `command` (a string goes to the shell) with its output thrown away.

    A pipeline's processor time is that of all its parts, its peak memory that of the largest.
    Raises RuntimeError when it fails.
    """
    shell = isinstance(command, str)
    begin = time.perf_counter()
    with subprocess.Popen(
        command,
        shell=shell,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        said = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(
            f"{command} ended with {process.returncode}: {said.decode(errors='replace')[-2000:]}"
        )
    return Cost(wall=wall, cpu=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss * 1024)


def side_by_side(
    commands: Mapping[str, Command], rounds: int, environment: Mapping[str, str]
) -> dict[str, Cost]:
    """Run all commands once, then all again, `rounds` times; return each one's fastest run."""
    best: dict[str, Cost] = {}
    for _ in range(rounds):
        for name, command in commands.items():
            cost = run(command, environment)
            if name not in best or cost.wall < best[name].wall:
                best[name] = cost
    return best
