"""Where the rule packs lie: in the installed wheel, else beside the checkout, then the user's.

In: folders that the user named. Out: folders, ours first.
Never: opens a card.

An editable install copies a stale snapshot of a force-included folder, which nothing reads:
so the wheel's folder counts only when it is there, and a checkout uses `patterns/` itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

#: Where an administrator keeps cards of the site's own.
SITE = Path("/etc/logscan/patterns.d")


def ours() -> Path:
    """Return the folder with logscan's own cards."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "_patterns"
    return shipped if shipped.is_dir() else package.parent / "patterns"


def folders(extra: Iterable[str] = ()) -> tuple[Path, ...]:
    """Return every folder to read, ours first, then the site's, then `extra` in order."""
    site = (SITE,) if SITE.is_dir() else ()
    return (ours(), *site, *(Path(folder) for folder in extra))


def cache_home() -> Path | None:
    """Return the folder for caches by the XDG rules, None when there is no home to hold it.

    A relative path is not valid there and counts for nothing: it would be below any current folder.
    """
    base, home = os.environ.get("XDG_CACHE_HOME", ""), os.environ.get("HOME", "")
    if Path(base).is_absolute():
        return Path(base) / "logscan"
    return Path(home) / ".cache" / "logscan" if Path(home).is_absolute() else None
