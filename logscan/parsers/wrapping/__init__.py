"""What stands around log lines: a container's record, a prefix of a tool, a table that they were exported into.

For: logs that did not come from a log file. In: a log's head, then its blocks. Out: `wrapping`, what is around the
lines, outermost layer first; `Wrapping.peel`, the lines as their server wrote them.
Never: another number of lines; a line of its own making where the wrapped one can be read as it is.

Everything behind this sees plain log lines, so no parser knows of containers.
"""

from __future__ import annotations

from logscan.parsers.wrapping.layers import Layer
from logscan.parsers.wrapping.wrapping import Wrapping, peeled_line, wrapping

__all__ = ["Layer", "Wrapping", "peeled_line", "wrapping"]
