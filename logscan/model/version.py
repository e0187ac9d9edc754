"""Which logscan this is.

In: nothing. Out: `__version__`, which the build reads from here (pyproject.toml, tool.hatch.version).
Never: imports anything, so that the build and everyone may read it.
"""

from __future__ import annotations

__version__ = "0.1.0"
