"""Where a command's output goes: the terminal, a pipe, or a file that appears whole or not at all.

In: the shared options. Out: a stream. Never: half a file.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from logscan.cli.options import Common
from logscan.model.problems import UsageError

#: Characters of a file's name in that of the file beside it; a name must not grow too long.
_NAMED = 100


@contextmanager
def opened(common: Common) -> Iterator[TextIO]:
    """Yield the stream that the output goes to."""
    if common.output in (None, "-", "/dev/stdout"):
        if hasattr(sys.stdout, "reconfigure"):
            # LANG=C must not turn a Chinese title into a crash.
            sys.stdout.reconfigure(encoding="utf-8", errors="replace")
        yield sys.stdout
        return
    with whole(Path(str(common.output))) as place, place.open("w", encoding="utf-8", newline="\n") as stream:
        yield stream


@contextmanager
def packed(common: Common) -> Iterator[Path]:
    """Yield a path whose bytes become the output, for forms that cannot be written piece by piece."""
    if common.output not in (None, "-"):
        with whole(Path(str(common.output))) as place:
            yield place
        return
    with tempfile.TemporaryDirectory(prefix="logscan-") as folder:
        place = Path(folder) / "output"
        yield place
        with place.open("rb") as made:
            shutil.copyfileobj(made, sys.stdout.buffer)
        sys.stdout.flush()


def refuse_unwritable(common: Common) -> None:
    """Raise UsageError when the output could not be written: before an hour of reading, not behind it.

    Nothing stays behind, so a folder that is read may be the one that is written to.
    """
    if common.output in (None, "-", "/dev/stdout"):
        return
    target = Path(str(common.output))
    if not _plain(target):
        if not os.access(target, os.W_OK):
            raise UsageError(f"cannot write {target}: {os.strerror(errno.EACCES)}")
        return
    handle, name = _beside(Path(os.path.realpath(target)))
    os.close(handle)
    Path(name).unlink()


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Yield a path beside `target` that takes its place when the block ends well.

    A link stays, and the file that it leads to is replaced. A device or a pipe is `target` itself: it is
    written to and never replaced, for root could do away with /dev/null. Raises UsageError.
    """
    target = Path(os.path.realpath(target)) if target.is_symlink() and _plain(target) else target
    if not _plain(target):
        yield target
        return
    handle, name = _beside(target)
    os.close(handle)
    place = Path(name)
    try:
        yield place
        umask = os.umask(0)
        os.umask(umask)
        place.chmod(0o666 & ~umask)
        place.replace(target)
    finally:
        place.unlink(missing_ok=True)


def _beside(target: Path) -> tuple[int, str]:
    """Make a file beside `target`: its descriptor and its path. Raises UsageError."""
    try:
        return tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:_NAMED]}.")
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror}") from error


def _plain(target: Path) -> bool:
    """Return whether `target` is a file, or could become one. Raises UsageError for a folder."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return True
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise UsageError(f"cannot write {target}: it is a folder")
    return stat.S_ISREG(mode)
