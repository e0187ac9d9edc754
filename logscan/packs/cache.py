"""Packs as one JSON file, because 500 TOML files take 0.27 s to read and their JSON 0.01 s.

In: a folder, its files, and how to read them. Out: what reading them gives.
Never: wrong because it is stale (the key is names, sizes and times of all files; for the
wheel's own pack the JSON was made at build time and CI compares it); an error because it
cannot be read or written; more than one file for each folder of cards, and one that says that their
regexes compile.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from logscan.model.version import __version__
from logscan.packs.locate import cache_home, ours

#: Raised whenever the JSON's shape changes.
VERSION = 2


def key_of(root: Path, files: Iterable[Path]) -> str:
    """Return a digest of the files' names, sizes and times, and of who reads them."""
    digest = hashlib.sha256(f"{VERSION}\0{__version__}\0{root}".encode("utf-8", "surrogateescape"))
    for path in files:
        try:
            stat = path.stat()
            state = f"{stat.st_size}\0{stat.st_mtime_ns}"
        except OSError as error:  # a link that leads nowhere; the reader will say so
            state = str(error.errno)
        digest.update(f"\0{path}\0{state}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def through(root: Path, files: Iterable[Path], read: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """Return `read(root)`, from the cache when it holds just these files."""
    built = root / "rules.json"
    if root == ours() and built.is_file():  # only a wheel has it
        return dict(json.loads(built.read_text(encoding="utf-8")))
    home = cache_home()
    if home is None or not root.is_dir():
        return read(root)
    name = hashlib.sha256(str(root.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    place, key = home / f"pack-{name}.json", key_of(root, files)
    if (kept := _kept(place, key)) is not None:
        return kept
    tables = read(root)
    _write(place, {"key": key, "tables": tables})
    return tables


def once(name: str, key: str, check: Callable[[], None]) -> None:
    """Call `check`, unless the last call by this name was for the same key and nothing was raised.

    Raises what `check` raises.
    """
    home = cache_home()
    place = None if home is None else home / f"{name}.json"
    if place is not None and _kept(place, key) is not None:
        return
    check()
    if place is not None:
        _write(place, {"key": key, "tables": {}})


def _kept(place: Path, key: str) -> dict[str, Any] | None:
    try:
        document = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    # Whatever it is, only what was written for this very key is believed.
    if not isinstance(document, dict) or document.get("key") != key:
        return None
    tables = document.get("tables")
    return tables if isinstance(tables, dict) else None


def _write(place: Path, document: dict[str, Any]) -> None:
    name: str | None = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=".pack-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False)
        Path(name).replace(place)
    except (OSError, TypeError):  # no room, no right, a date that JSON does not have: it only costs time
        if name is not None:
            with suppress(OSError):
                Path(name).unlink()
