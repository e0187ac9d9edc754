"""A machine of its own for one storm: network, mounts, processes and host name of this process are private.

For: play.py. In: root on Debian 12, the packages of sample-logs/storms/README.md.
Out: after `enter`, a machine whose /etc and /var can be written without a trace. Never: the network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

UPPER = Path("/mnt")
KEPT = UPPER / "kept"  # the folder of the caller, seen from inside
OUTER_PROC = UPPER / "proc"
COVERED = ("etc", "var", "home", "srv", "usr/local")
STALE = ("log/apache2", "log/nginx", "log/mysql", "lib/apache2/fcgid", "spool/postfix", "lib/postfix", "mail")


def run(*command: str, check: bool = True, stdin: str | None = None) -> str:
    """Run `command` and return what it printed; a failure is told with its words."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, input=stdin)
    if check and done.returncode:
        raise RuntimeError(f"{command}: {done.returncode}: {done.stdout} {done.stderr}")
    return done.stdout + done.stderr


def put(path: str, text: str, mode: int = 0o644, owner: str | None = None) -> None:
    """Write `text` to `path` and make its folders."""
    place = Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    place.chmod(mode)
    if owner:
        shutil.chown(place, owner, owner)


def folder(path: str, owner: str | None = None, mode: int = 0o755) -> None:
    """Make the folder `path`."""
    place = Path(path)
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(mode)
    if owner:
        shutil.chown(place, owner, owner)


def enter(keep: Path, host: str) -> None:
    """Cover everything that servers write, behind /mnt; the process was started by `unshare -n -m -u -p -f`."""
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "tmpfs", "-o", "mode=755,size=600m", "tmpfs", str(UPPER))
    for place in (KEPT, OUTER_PROC):
        place.mkdir()
    run("mount", "--bind", str(keep), str(KEPT))
    run("mount", "--bind", "/proc", str(OUTER_PROC))
    run("mount", "-t", "proc", "proc", "/proc")
    for name in COVERED:
        upper, work = UPPER / "up" / name, UPPER / "work" / name
        upper.mkdir(parents=True)
        work.mkdir(parents=True)
        layers = f"lowerdir=/{name},upperdir={upper},workdir={work}"
        run("mount", "-t", "overlay", "overlay", "-o", layers, f"/{name}")
    _devices()
    for top, mode in (("/run", "755"), ("/tmp", "1777")):  # noqa: S108  it is covered just here
        run("mount", "-t", "tmpfs", "-o", f"mode={mode}", "tmpfs", top)
    for name in STALE:
        place = Path("/var") / name
        if place.exists():
            run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(place))
    for log in Path("/var/log").glob("*"):
        if log.is_file():
            log.unlink()
    _names(host)
    run("ip", "link", "set", "lo", "up")


def _devices() -> None:
    """A /dev of its own, since /dev/log is made there."""
    device = UPPER / "dev"
    device.mkdir()
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(device))
    for name in ("null", "zero", "full", "random", "urandom", "tty", "kmsg"):
        run("cp", "-a", f"/dev/{name}", str(device))
    for name in ("pts", "shm"):
        (device / name).mkdir()
    run("mount", "--rbind", "/dev/pts", str(device / "pts"))
    run("mount", "-t", "tmpfs", "tmpfs", str(device / "shm"))
    for name, target in (("fd", "fd"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        (device / name).symlink_to(f"/proc/self/{target}")
    run("mount", "--rbind", str(device), "/dev")


def _names(host: str) -> None:
    run("hostname", host)
    put("/etc/hostname", host + "\n")
    put("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")
    put("/etc/resolv.conf", "nameserver 127.0.0.53\noptions timeout:2 attempts:1\n")
    zone = Path("/etc/localtime")
    zone.unlink(missing_ok=True)
    zone.symlink_to("/usr/share/zoneinfo/Etc/UTC")
    os.environ.pop("TZ", None)
    time.tzset()


def address(*addresses: str) -> None:
    """Own these addresses."""
    for each in addresses:
        run("ip", "address", "add", f"{each}/{128 if ':' in each else 32}", "dev", "lo", check=False)
