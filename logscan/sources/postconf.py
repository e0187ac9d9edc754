"""How long this host's Postfix keeps mail, asked of Postfix itself.

In: nothing. Out: times as `postconf` prints them. Never: a guess: what is not there, fails, or answers otherwise than
expected is None; a word of a stranger's handed to another program: `postconf -hx` with fixed names is all that is run, without a shell.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

#: Units of a number without one, in the order that is asked in; all of Postfix's units, in seconds.
_DEFAULTS: Final = ("d", "d", "s")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_TIME: Final = re.compile(r"([0-9]{1,6})([smhdw]?)", re.ASCII)
_PATIENCE_S: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long a mail waits, one of the null sender, and the longest time between two attempts."""

    mail: timedelta
    bounce: timedelta
    backoff: timedelta


def this_host() -> str:
    """Return the name of this machine, up to its first dot, as syslog has it."""
    return os.uname().nodename.partition(".")[0]


def kept() -> Kept | None:
    """Return how long Postfix keeps mail here, None where nobody can say."""
    try:
        done = subprocess.run(
            ["postconf", "-hx", "maximal_queue_lifetime", "bounce_queue_lifetime", "maximal_backoff_time"],  # noqa: S607  where it lies differs from system to system
            capture_output=True,
            check=False,
            timeout=_PATIENCE_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = done.stdout.decode("ascii", "replace").split("\n")[: len(_DEFAULTS)]
    times = [_time(one.strip(), unit) for one, unit in zip(said, _DEFAULTS, strict=False)]
    if done.returncode or len(times) != len(_DEFAULTS):
        return None
    mail, bounce, backoff = times
    return Kept(mail=mail, bounce=bounce, backoff=backoff) if mail and bounce and backoff else None


def _time(said: str, unit: str) -> timedelta | None:
    """Return `5d` as a time, None for what is none; nothing is kept for no time at all."""
    found = _TIME.fullmatch(said)
    return timedelta(seconds=int(found[1]) * _UNITS[found[2] or unit]) if found else None
