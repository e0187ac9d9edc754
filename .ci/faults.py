"""Plants faults, one at a time in each of two copies of the checkout; the tests that each names must turn red.

In: .ci/faults.toml; `--green`: its tests were just seen green. Out: exit 1 when a fault goes unnoticed, cannot be planted any more, or when
its tests are red without it. Never: touches the checkout.

Tests that stay green whatever the code does prove nothing; this proves that ours do not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parent.parent
AT_ONCE = 2
LEAST = 5  # fewer faults than this is a fault
GREEN, RED = 0, 1  # pytest's exit codes for "all passed" and "some failed"; others mean that it could not run


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: in `file`, `old` (which occurs once) becomes `new`; `tests` must see it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def faults() -> tuple[Fault, ...]:
    """Return what .ci/faults.toml lists."""
    table = tomllib.loads((ROOT / ".ci" / "faults.toml").read_text(encoding="utf-8"))
    return tuple(Fault(**{**fault, "tests": tuple(fault["tests"])}) for fault in table.get("fault", []))


def copy_checkout(target: Path) -> None:
    """Copy every file that is tracked, or new and not ignored."""
    command = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def pytest(copy: Path, tests: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run `tests` in the copy: its code is found before any installed one, here and in programs it starts."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        *tests,
    ]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=copy, env=environment, check=False, capture_output=True, text=True)


def plant(copy: Path, fault: Fault) -> str | None:
    """Run the fault's tests with the fault in the code; return what is wrong, None when they turned red."""
    place = copy / fault.file
    if not place.is_file():
        return f"{fault.file} is gone: mend .ci/faults.toml"
    before = place.read_text(encoding="utf-8")
    if before.count(fault.old) != 1:
        return (
            f"{fault.file} holds the old text {before.count(fault.old)} times, not once: mend .ci/faults.toml"
        )
    place.write_text(before.replace(fault.old, fault.new), encoding="utf-8")
    try:
        run = pytest(copy, fault.tests)
    finally:
        place.write_text(before, encoding="utf-8")
    if run.returncode == RED:
        return None
    if run.returncode == GREEN:
        return "nobody noticed"
    return f"pytest could not run (exit {run.returncode}):\n{run.stdout[-2000:]}{run.stderr[-2000:]}"


def main() -> int:
    """Plant every fault; 1 unless each turned a test red."""
    listed = faults()
    if len(listed) < LEAST:
        print(f"only {len(listed)} faults are listed, {LEAST} are wanted")
        return 1
    failed = False
    with tempfile.TemporaryDirectory(prefix="logscan-faults-") as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(AT_ONCE):
            copies.put(Path(folder, str(number)))
            copy_checkout(Path(folder, str(number)))
        tests = tuple(sorted({test for fault in listed for test in fault.tests}))
        run = None if "--green" in sys.argv else pytest(Path(folder, "0"), tests)
        if run is not None and run.returncode != GREEN:
            print(f"without any fault the tests are not green:\n{run.stdout[-4000:]}{run.stderr[-2000:]}")
            return 1

        def planted(fault: Fault) -> tuple[str | None, float]:
            copy, begin = copies.get(), time.monotonic()
            try:
                return plant(copy, fault), time.monotonic() - begin
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            for fault, (wrong, seconds) in zip(listed, pool.map(planted, listed), strict=True):
                failed |= wrong is not None
                print(f"{seconds:6.1f} s  {fault.name}: {wrong or 'seen'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
