"""Which numbers would pflogsumm give for these lines?

For: who changes over, and must see that nothing is lost. In: raw lines in order. Out: `model.pflogsumm.Summary`.
Never: a number of ours: it counts lines in its own way, and so does this, oddities included.

Written from what its documentation and its output show, and held against the program itself where it is installed.
"""

from __future__ import annotations

from logscan.analyses.pflogsumm.fold import Partial, absorb, empty, merge
from logscan.analyses.pflogsumm.lines import VERSIONS, Seen, seen, stamped
from logscan.analyses.pflogsumm.result import finish

__all__ = ["VERSIONS", "Partial", "Seen", "absorb", "empty", "finish", "merge", "seen", "stamped"]
