"""Lets Python sleep under faketime; on PYTHONPATH in that stage of CI only.

faketime moves the wall clock. The monotonic clock has to stay, or waits with a timeout would last two years
(glibc's sem_clockwait is not faked). But then libfaketime computes a deadline in the past for
clock_nanosleep, which time.sleep uses, and it fails with EINVAL. A lock's timed wait has neither fault.
"""

from __future__ import annotations

import threading
import time
from typing import SupportsIndex


def sleep(seconds: float | SupportsIndex, /) -> None:
    """Do what time.sleep does."""
    length = float(seconds)
    if length < 0:
        raise ValueError("sleep length must be non-negative")
    threading.Event().wait(length)


time.sleep = sleep
