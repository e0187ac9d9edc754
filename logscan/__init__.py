"""logscan: what is wrong with mail or webmail, since when, who is affected, why, what to do.

The face, lazy (PEP 562): naming a function imports what it needs, `import logscan` nothing.
"""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["__version__", "events", "explain", "scan"]

_HOMES = {"scan": "logscan.pipeline.scan", "events": "logscan.pipeline.events", "explain": "logscan.pipeline.explain"}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        import importlib  # noqa: PLC0415

        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
