"""Where logscan keeps what it remembers from one night to the next.

In: what the user gave, the environment. Out: a folder's path. Never: makes it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

#: Of a system's own service, where systemd did not say another.
SYSTEM: Final = Path("/var/lib/logscan")


def state_folder(given: str | None, env: Mapping[str, str]) -> Path:
    """Return the state folder: the given one, else systemd's, else root's or the user's own (XDG).

    >>> state_folder(None, {"STATE_DIRECTORY": "/var/lib/a:/var/lib/b"}).as_posix()
    '/var/lib/a'
    """
    if given:
        return Path(given)
    if first := env.get("STATE_DIRECTORY", "").split(":")[0]:
        return Path(first)
    if os.geteuid() == 0:
        return SYSTEM
    base = env.get("XDG_STATE_HOME") or ""
    if base.startswith("/"):  # the XDG specification: a relative path there is to be ignored
        return Path(base) / "logscan"
    home = env.get("HOME") or os.path.expanduser("~")  # noqa: PTH111  does not raise where there is no home
    return Path(home) / ".local" / "state" / "logscan" if home.startswith("/") else SYSTEM
