"""An operating system's refusal -> a `Problem` that says what to do about it.

In: a path and the OSError, or the kind of thing that is no file. Out: `Problem`.
Never: tries again; looks into the file.
"""

from __future__ import annotations

import errno
import grp
import os
import stat
from pathlib import Path

from logscan.model.problems import Problem

_HELP = {
    errno.ENOENT: "check the spelling; a rotation may have renamed it while it was searched for: run again",
    errno.ENOTDIR: "check the spelling: a part of the path is a file and no folder",
    errno.ELOOP: "the symbolic link leads back to itself: `ls -l` shows where it points",
    errno.EIO: "the disk reports errors: look at `dmesg` and at the health of the disk before anything else",
    errno.EISDIR: "name the folder itself, it will be searched",
    errno.EMFILE: "too many files are open: raise `ulimit -n`",
    errno.ESTALE: "the network file system lost the file: run again",
}


def refused(path: str, error: OSError, *, unreadable: bool = True) -> Problem:
    """Return what the operating system said about `path`, in words, and what helps."""
    if isinstance(error, PermissionError):
        return Problem(where=path, reason="permission denied", help=_permission(path), unreadable=unreadable)
    reason = error.strerror or str(error)
    return Problem(
        where=path,
        reason=reason[:1].lower() + reason[1:],
        help=_HELP.get(error.errno or 0, f"`ls -l {path}` shows what is there"),
        unreadable=unreadable,
    )


def no_file(path: str, mode: int, *, unreadable: bool = True) -> Problem:
    """Return why a pipe, a socket or a device is not read."""
    kinds = (
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    )
    kind = next((name for test, name in kinds if test(mode)), "no regular file")
    return Problem(
        where=path,
        reason=f"it is {kind}, not a log file",
        help="to read what another program writes, pipe it: `PROGRAM | logscan scan -`",
        unreadable=unreadable,
    )


def _permission(path: str) -> str:
    """Name the group that may read the first thing on the way to `path` that we may not."""
    whole = Path(path).absolute()
    for part in (*reversed(whole.parents), whole):
        try:
            is_folder = part.is_dir()
            needed = os.X_OK if part != whole else os.R_OK | os.X_OK if is_folder else os.R_OK
            if os.access(part, needed, effective_ids=os.access in os.supports_effective_ids):
                continue
            status = part.stat()
            group = grp.getgrgid(status.st_gid).gr_name
        except (OSError, KeyError):
            break
        readable = status.st_mode & (stat.S_IXGRP if is_folder else stat.S_IRGRP)
        if readable and group != "root":
            return (
                f"run as root, or join the group {group}: `sudo usermod -aG {group} $USER`, then log in again"
            )
        break
    return "run as root, for example with sudo"
