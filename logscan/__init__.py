"""logscan: what is wrong with mail or webmail, since when, who is affected, why, what to do.

The face, lazy (PEP 562): naming a function imports what it needs, `import logscan` next to nothing.

In: the name of a function or a type. Out: it, from the room where it lives.
Never: imported by anything inside; a name that is not in `__all__`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logscan.model.version import __version__

if TYPE_CHECKING:
    from logscan.app.face import bounces, events, explain, flow, outages, scan, trace
    from logscan.model.findings import Finding, Report
    from logscan.model.problems import LogscanError, Problem

__all__ = [
    "Finding",
    "LogscanError",
    "Problem",
    "Report",
    "__version__",
    "bounces",
    "events",
    "explain",
    "flow",
    "outages",
    "scan",
    "trace",
]

_HOMES = {
    "Finding": "logscan.model.findings",
    "LogscanError": "logscan.model.problems",
    "Problem": "logscan.model.problems",
    "Report": "logscan.model.findings",
    "bounces": "logscan.app.face",
    "events": "logscan.app.face",
    "explain": "logscan.app.face",
    "flow": "logscan.app.face",
    "outages": "logscan.app.face",
    "scan": "logscan.app.face",
    "trace": "logscan.app.face",
}


if not TYPE_CHECKING:  # or every misspelt name would have a type

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415

        found: object = getattr(import_module(_HOMES[name]), name)
        globals()[name] = found  # so that this is asked once
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
