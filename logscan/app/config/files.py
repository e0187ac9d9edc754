"""Which configuration files there are, and whether they may be believed.

In: the environment, the file that a user named. Out: paths and text.
Never: reads what somebody else may have written: it could name folders of cards, files to write to, routes for mail.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logscan.model.problems import ConfigError, Problem

#: The file of the administrator.
SYSTEM: Final = Path("/etc/logscan.toml")
#: The environment variable that names a file as --config does.
VARIABLE: Final = "LOGSCAN_CONFIG"
#: Bytes. A file of this size is none that a person wrote.
LARGEST: Final = 1 << 20

_NONE: Final = "--config '' (or LOGSCAN_CONFIG set to nothing) runs without any file."


def places(environ: Mapping[str, str], named: str | None) -> tuple[Path, ...]:
    """Return the files to look for, the weakest first. named: by --config; nothing else is looked for then.

    An empty name, of --config or in the variable, means no file at all.
    """
    wanted = environ.get(VARIABLE) if named is None else named
    if wanted is not None:
        return (Path(wanted),) if wanted else ()
    own = _own(environ)
    return (SYSTEM,) if own is None else (SYSTEM, own)


def asked_for(environ: Mapping[str, str], named: str | None) -> bool:
    """Return whether somebody named the file, so that it must be there."""
    return named is not None or VARIABLE in environ


def _own(environ: Mapping[str, str]) -> Path | None:
    """Return the user's file by the XDG rules, in which a relative folder counts for nothing."""
    base, home = environ.get("XDG_CONFIG_HOME", ""), environ.get("HOME", "")
    if Path(base).is_absolute():
        return Path(base) / "logscan.toml"
    return Path(home) / ".config" / "logscan.toml" if Path(home).is_absolute() else None


def text_of(path: Path, *, named: bool) -> str | None:
    """Return what stands in `path`, None when it is not there and nobody named it.

    Raises ConfigError when it cannot be read, is no file, is not UTF-8 or may not be believed.
    """
    try:
        # A pipe that nobody writes to must not hold every command up.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | (0 if named else os.O_NONBLOCK))
    except OSError as error:
        if not named and error.errno in (errno.ENOENT, errno.ENOTDIR):
            return None
        raise _refused(path, f"cannot be read: {error.strerror}", _NONE) from error
    try:
        _believe(path, os.fstat(handle), named=named)
        with os.fdopen(handle, "rb", closefd=False) as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}", _NONE) from error
    finally:
        os.close(handle)
    if len(content) > LARGEST:
        raise _refused(path, "is larger than any configuration", _NONE)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refused(
            path, f"is not UTF-8 (line {line})", "Save it as UTF-8; TOML is nothing else."
        ) from error


def _believe(path: Path, state: os.stat_result, *, named: bool) -> None:
    """Raise ConfigError when somebody else may have written the file.

    A device or pipe that was named is taken: /dev/null, or `<(...)` of a shell. Whoever names a file vouches for its owner.
    """
    if not stat.S_ISREG(state.st_mode):
        if named and not stat.S_ISDIR(state.st_mode):
            return
        raise _refused(path, "is no file", _NONE)
    if state.st_mode & stat.S_IWOTH:
        raise _refused(path, "can be written by everybody, so it may hold anybody's wishes", "chmod o-w it.")
    if not named and state.st_uid not in (0, os.geteuid()):
        reason = f"belongs to user {state.st_uid}, who is neither root nor you"
        raise _refused(path, reason, f"chown it, or name it: --config FILE. {_NONE}")


def _refused(path: Path, reason: str, way_out: str) -> ConfigError:
    return ConfigError((Problem(where=str(path), reason=reason, help=way_out),))
