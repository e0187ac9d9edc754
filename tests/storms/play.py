"""Play storms on real servers: `python -m tests.storms.play [NAME...]`; root, Debian 12.

For: who makes sample-logs/storms anew. In: names of storms; none: all. Out: sample-logs/storms/NAME.
Never: a server of the machine itself; everything happens in namespaces (sandbox.py).
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

from tests.storms import box, mail, web
from tests.storms import lab as labs
from tests.storms.sandbox import KEPT, enter

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "sample-logs" / "storms"
STORMS = {**web.STORMS, **mail.STORMS, **box.STORMS}
LARGE = 60_000  # bytes; what is larger and not decisive is compressed, so that all storms stay below 4 MB
LEFT_OUT = (
    "apt",
    "journal",
    "dpkg.log",
    "alternatives.log",
    "private",
    "fontconfig.log",
    "faillog",
    "lastlog",
)


def outer(name: str) -> int:
    """Start the storm in its own namespaces and wait."""
    place = OUT / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.storms.play", "--inside", name]
    return subprocess.run(
        ["nice", "-n", "10", "unshare", "-n", "-m", "-u", "-p", "-f", "--kill-child", *command],
        check=False,
        cwd=ROOT,
    ).returncode


def inside(name: str) -> None:
    """Play one storm and keep its logs and its truth."""
    host = "web1" if name in web.STORMS else "mx1"
    enter(OUT / name, host)
    lab = labs.Lab(name, zlib.crc32(name.encode()))
    truth = STORMS[name](lab)
    lab.finish()
    truth.events = lab.events
    truth.attempts = lab.diary.counts()
    gap, least = truth.settings["gap_s"], int(truth.settings["min_failures"])
    truth.outages = [] if truth.look_alike else lab.diary.all_outages(gap, least)
    keep(set(truth.decisive))
    truth.write(KEPT / "truth.json")


def keep(decisive: set[str]) -> None:
    """Copy /var/log; what is `decisive` stays readable."""
    logs = KEPT / "logs"
    for path in sorted(Path("/var/log").rglob("*")):
        inner = path.relative_to("/var/log")
        if not path.is_file() or inner.parts[0] in LEFT_OUT or not path.stat().st_size:
            continue
        target = logs / inner
        target.parent.mkdir(parents=True, exist_ok=True)
        content = path.read_bytes()
        if len(content) > LARGE and str(inner) not in decisive:
            target = target.with_name(target.name + ".gz")
            content = gzip.compress(content, mtime=0)
        target.write_bytes(content)


def main() -> int:
    """Play what is asked for, one after the other."""
    names = sys.argv[1:]
    if names[:1] == ["--inside"]:
        inside(names[1])
        return 0
    return max(outer(name) for name in names or STORMS)


if __name__ == "__main__":
    sys.exit(main())
