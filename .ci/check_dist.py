"""What the wheel and the sdist must hold and must not: check_dist.py WHEEL SDIST.

In: two archives and the checkout that they were built from. Out: exit 1 with a line per fault.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from logscan.packs import load

ROOT = Path(__file__).resolve().parent.parent
STRANGERS = ("tests/", "sample-logs/", "bench/", "docs/", ".ci/", "patterns/")


def tracked(*folders: str) -> set[str]:
    """Return the files of the checkout below `folders`: tracked ones, and new ones not ignored."""
    command = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z", "--", *folders]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}


def wheel_faults(path: Path) -> list[str]:
    """Return what is wrong with the wheel."""
    with zipfile.ZipFile(path) as wheel:
        names = set(wheel.namelist())
        rules = json.loads(wheel.read("logscan/_patterns/rules.json"))
        entry = next(name for name in names if name.endswith("/entry_points.txt"))
        scripts = wheel.read(entry).decode()
    wanted = tracked("logscan") | {f"logscan/_{name}" for name in tracked("patterns")} | {"logscan/py.typed"}
    faults = [f"wheel lacks {name}" for name in sorted(wanted - names)]
    faults += [f"wheel must not hold {name}" for name in sorted(names) if name.startswith(STRANGERS)]
    if not any(name.endswith("/licenses/LICENSE") for name in names):
        faults.append("wheel lacks the licence")
    if not any(name.endswith(".data/data/share/man/man1/logscan.1") for name in names):
        faults.append("wheel lacks the manual page")
    if "logscan = logscan.cli.main:main" not in scripts:
        faults.append("wheel has no logscan command")
    cards, problems = load.read_cards(ROOT / "patterns")
    texts, more = load.read_texts(ROOT / "patterns")
    faults += [f"{problem.where}: {problem.reason}" for problem in problems + more]
    if rules != {"cards": cards, "texts": texts}:
        faults.append("rules.json is not what the cards say")
    if not cards:
        faults.append("there is no card")
    return faults


def sdist_faults(path: Path) -> list[str]:
    """Return what is wrong with the sdist."""
    with tarfile.open(path) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    wanted = tracked("logscan", "patterns", "tests", "sample-logs", "docs", "bench", "requirements")
    wanted |= {
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Makefile",
        "hatch_build.py",
        "pyproject.toml",
    }
    return [f"sdist lacks {name}" for name in sorted(wanted - names)]


def main() -> int:
    """Print every fault; 1 when there is one."""
    wheel, sdist = (Path(argument) for argument in sys.argv[1:])
    faults = wheel_faults(wheel) + sdist_faults(sdist)
    print("\n".join(faults) or f"{wheel.name} and {sdist.name} hold what they should")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
