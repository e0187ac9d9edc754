"""The systemd journal: which files hold it, and what journalctl prints of them.

In: files and folders of the journal; the period that is asked for. Out: `Source`s whose bytes are the lines of
`journalctl -o json`; `pieces`, those bytes, and a `Problem` for whatever journalctl complains of.
Never: another program than journalctl; a shell; a file name that journalctl takes for an option or a pattern; a
program that goes on when nobody reads it.

All programs' records are asked for, not only those of mail: the kernel and systemd say why a daemon died, packs may hold
cards for any program, and a list of names would pass over in silence whoever is not on it (docs/adr/0011).
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

from logscan.model.blocks import Journal, Source
from logscan.model.problems import Problem
from logscan.sources.compression import READ_MOST, Pieces
from logscan.sources.lines import first_lines, last_lines

#: The place of what is read from this machine's journal, and the word that asks for it.
LIVE: Final = "journal"
#: Where a journal is kept for good, and where it is until the next start of the machine.
KEPT: Final = "/var/log/journal"
VOLATILE: Final = "/run/log/journal"

#: With these bytes a file of the journal begins.
MAGIC: Final = b"LPKSHHRH"

_PROGRAM: Final = "journalctl"
#: What parsers.journal reads; the address and time of a record come by themselves.
_FIELDS: Final = "MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_COMM,_HOSTNAME,_PID,_SOURCE_REALTIME_TIMESTAMP,__REALTIME_TIMESTAMP"
_ALWAYS: Final = ("--no-pager", "--output=json", "--all", f"--output-fields={_FIELDS}")
#: journalctl's answer must not depend on who asks.
_ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "", "TZ": "UTC"}

#: How much more than the period that was asked for is read: a record may come late.
_SLACK: Final = timedelta(days=1)
_SAMPLE: Final = 64 * 1024
_LAST: Final = 20  # records whose stamps tell when the journal ends
_SAID: Final = 4096  # bytes of complaints that are read

_RIGHTS: Final = ("not seeing messages", "insufficient permissions")
_JOIN: Final = "run as root, or join the group that may read it: `sudo usermod -aG systemd-journal $USER` (or adm), then log in again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The half-open window that is asked for, in UTC; None: open."""

    since: datetime | None = None
    until: datetime | None = None


ALWAYS: Final = Period()


def installed() -> bool:
    """Tell whether there is a journalctl to ask."""
    return shutil.which(_PROGRAM) is not None


def missing(where: str) -> Problem:
    """Return what to say of a journal that cannot be read for want of the program."""
    return Problem(
        where=where,
        reason="it is the systemd journal, and there is no program journalctl here to read it",
        help="where there is one: `journalctl -o json --all > journal.json`, then `logscan scan journal.json`",
    )


def holds(folder: str) -> bool:
    """Tell whether a folder such as /var/log/journal holds files of a machine's journal."""
    return next(_files(folder), None) is not None


def live(roots: Sequence[str], period: Period = ALWAYS) -> Source | Problem | None:
    """Return this machine's journal; None where none of the folders holds one, a Problem if it cannot be read.

    roots: `KEPT` and `VOLATILE`, or what stands for the first.
    """
    there = [root for root in roots if holds(root)]
    if not there:
        return None
    if not installed():
        return missing(there[0])
    # as of now, so that a second reading sees no more than the first
    now = datetime.now(UTC) + timedelta(seconds=1)
    period = replace(period, until=min(now, period.until + _SLACK) if period.until else now)
    where = ("--merge",) if len(there) > 1 else (f"--directory={Path(there[0]).absolute()}",)
    journal = Journal(arguments=(*where, *_window(period)), volatile=roots[0] not in there)
    return _source(LIVE, where, journal, [path for root in there for path in _files(root)])


def stored(path: str, period: Period = ALWAYS) -> Source | Problem:
    """Return the journal that a file, or the files of a folder, hold."""
    if not installed():
        return missing(path)
    whole = Path(path).absolute()
    folder = whole.is_dir()
    # glob: journalctl reads a pattern there
    where = (f"--directory={whole}" if folder else f"--file={glob.escape(str(whole))}",)
    if period.until is not None:
        period = replace(period, until=period.until + _SLACK)
    journal = Journal(
        arguments=(*where, *_window(period)), volatile=str(whole).startswith(f"{VOLATILE}{os.sep}")
    )
    return _source(path, where, journal, sorted(whole.glob("*.journal*")) if folder else [whole])


def pieces(journal: Journal, where: str, *more: str) -> Pieces:
    """Yield what journalctl prints, then a Problem for each of its complaints. Ends it when nobody reads on.

    where: the path that problems name. more: further arguments.
    """
    with TemporaryFile() as said:
        try:
            process = _start((*_ALWAYS, *journal.arguments, *more), said)
        except OSError as error:
            yield Problem(
                where=where,
                reason=f"journalctl cannot be started: {error.strerror}",
                help=f"`{_PROGRAM} --version` should work",
            )
            return
        assert process.stdout is not None  # noqa: S101  for the type checker: it is a pipe
        try:
            while piece := os.read(process.stdout.fileno(), READ_MOST):
                yield piece
            code = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
            process.stdout.close()
            process.wait()
        said.seek(0)
        yield from _complaints(said.read(_SAID).decode(errors="replace"), code, where)


def _start(arguments: Sequence[str], said: IO[bytes]) -> subprocess.Popen[bytes]:
    environment = {"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT}
    return subprocess.Popen(  # noqa: S603  no shell; every argument is an option with its value
        [shutil.which(_PROGRAM) or _PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=said,
        env=environment,
    )


def _complaints(said: str, code: int, where: str) -> Iterator[Problem]:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if any(mark in line for mark in _RIGHTS for line in lines):
        yield Problem(
            where=where,
            reason="the journal was not shown in full: other users' and the system's records are closed to this user",
            help=_JOIN,
        )
        return
    if code:
        lines = lines or [f"it ended with code {code}"]
    for line in dict.fromkeys(lines[:5]):
        yield Problem(
            where=where,
            reason=f"journalctl: {line[:200]}",
            help="`journalctl --verify` tells whether the files are sound; what could be read of them was read",
        )


def _window(period: Period) -> Iterator[str]:
    if period.since is not None:
        yield f"--since=@{int((period.since - _SLACK).timestamp())}"
    if period.until is not None:
        yield f"--until=@{int(period.until.timestamp())}"


def _source(path: str, where: tuple[str, ...], journal: Journal, files: Sequence[Path]) -> Source | Problem:
    """Return the source whose first and last records are known; a Problem where there is none because of one."""
    whole = replace(journal, arguments=where)
    head, trouble = _beginning(pieces(whole, path))
    if not head and trouble is not None:
        return trouble
    end = b"".join(piece for piece in pieces(whole, path, f"--lines={_LAST}") if isinstance(piece, bytes))
    found = [status for file in files if (status := _status(file)) is not None]
    first = _status(files[0].parent if len(files) != 1 else files[0]) if files else None
    return Source(
        path=path,
        compression=None,
        size=sum(status.st_size for status in found),
        identity=(first.st_dev, first.st_ino) if first is not None else (0, 0),
        modified=datetime.fromtimestamp(max((status.st_mtime for status in found), default=0), UTC),
        head=head,
        tail=last_lines(end, whole=True),
        rotation=path,
        journal=journal,
    )


def _beginning(printed: Pieces) -> tuple[bytes, Problem | None]:
    data, trouble = b"", None
    for piece in printed:
        if isinstance(piece, Problem):
            trouble = trouble or piece
            continue
        data += piece
        if len(data) > _SAMPLE:
            printed.close()
            return first_lines(data, _SAMPLE, whole=False), None
    return first_lines(data, _SAMPLE, whole=True) if data else b"", trouble


def _files(folder: str) -> Iterator[Path]:
    """Yield the files of a journal: `/var/log/journal/<machine>/system.journal` and its like."""
    try:
        machines = sorted(Path(folder).iterdir())
    except OSError:
        return
    for machine in machines:
        try:
            yield from sorted(path for path in machine.iterdir() if path.suffix == ".journal")
        except OSError:
            continue


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
