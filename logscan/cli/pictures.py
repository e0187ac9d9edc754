"""Charts as files in a folder, each whole or not at all.

In: a folder, file names and their bytes. Out: files. Never: a file of a name that is not in the list; a picture of another night
left beside those of this one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from logscan.cli.output import whole
from logscan.model.problems import UsageError


def refuse_unready(folder: str | None) -> None:
    """Make the folder, and raise UsageError when nothing could be written there: before an hour of reading."""
    if folder is None:
        return
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--charts: cannot make {folder}: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"--charts: cannot write into {folder}")


def save(folder: str, pictures: Mapping[str, bytes], names: Iterable[str]) -> None:
    """Write `pictures`; take away those of `names` that are not among them. Raises UsageError."""
    for name, picture in pictures.items():
        with whole(Path(folder) / name) as place:
            place.write_bytes(picture)
    for name in names:
        if name not in pictures:
            (Path(folder) / name).unlink(missing_ok=True)
