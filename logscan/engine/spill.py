"""A table of keys that may grow beyond memory: exact, in memory up to a stated number of keys, then on disk.

In: rows, in any portions: key columns, and columns to be added up. Out: `parts`, every key once, its sums complete.
Never: estimates; forgets a key; leaves a file behind: the file has no name, and is gone with the process.

Keys are laid into parts by the hash of some of their columns, so that whatever shares those is met in one part.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, Final
from weakref import finalize

import polars as pl

#: Keys of one table that stay in memory.
MOST_KEYS: Final = 200_000
#: Parts on disk: of a hundred million keys one part still fits into memory.
PARTS: Final = 32

#: Rows that are gathered before they are added up.
_PORTION: Final = 50_000
_PART = "part"


class Spill:
    """Takes rows and adds them up by key.

    by: the key columns. split: those of them that say in which part a key lies. sums: columns that are added up.
    most: keys kept in memory. Where the disk refuses, they stay in memory all the same.
    """

    def __init__(
        self, by: Sequence[str], split: Sequence[str], sums: Sequence[str] = (), *, most: int = MOST_KEYS
    ) -> None:
        self._by = tuple(by)
        self._split = tuple(split)
        self._sums = tuple(sums)
        self._most = most
        self._frames: list[pl.DataFrame] = []  # the first one is added up already
        self._fresh = 0  # rows of the others
        self._file: IO[bytes] | None = None
        self._runs: list[list[tuple[int, int]]] = [[] for _ in range(PARTS)]  # (offset, bytes) in the file
        self._end = 0  # of the file
        self._refused = False

    @property
    def on_disk(self) -> bool:
        """Whether there were more keys than stay in memory."""
        return self._file is not None

    def add(self, rows: pl.DataFrame) -> None:
        """Take some rows; their columns are the keys and the sums."""
        self._frames.append(rows.select(*self._by, *self._sums))
        self._fresh += rows.height
        if self._fresh <= max(_PORTION, self._frames[0].height):
            return
        summed = self._summed(self._frames)
        self._frames, self._fresh = [summed], 0
        if summed.height > self._most and not self._refused:
            self._to_disk(summed)

    def parts(self) -> Iterator[pl.DataFrame]:
        """Yield every key once, with its sums; what shares its `split` columns comes in one part."""
        left = self._summed(self._frames) if self._frames else None
        if self._file is None:
            if left is not None:
                yield left
            return
        kept = dict(self._apart(left)) if left is not None else {}
        for part, runs in enumerate(self._runs):
            frames = [pl.read_ipc_stream(BytesIO(self._read(*run))) for run in runs]
            frames += [kept[part]] if part in kept else []
            if frames:
                yield self._summed(frames)

    def _summed(self, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
        rows = pl.concat(frames)
        return rows.group_by(self._by).agg(pl.col(name).sum() for name in self._sums)

    def _apart(self, rows: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
        part = (pl.struct(self._split).hash() % PARTS).alias(_PART)
        for (number,), frame in rows.with_columns(part).partition_by(_PART, as_dict=True).items():
            yield int(number), frame.drop(_PART)

    def _to_disk(self, rows: pl.DataFrame) -> None:
        try:
            if self._file is None:
                self._file = TemporaryFile(prefix="logscan-", buffering=0)  # noqa: SIM115  it lives as long as the table
                finalize(self, self._file.close)
            written = [(part, self._write(frame)) for part, frame in self._apart(rows)]
        except OSError:  # no room: what was written without being told is never read
            self._refused = True
            return
        for part, run in written:
            self._runs[part].append(run)
        self._frames = []

    def _write(self, frame: pl.DataFrame) -> tuple[int, int]:
        packed = BytesIO()
        frame.write_ipc_stream(packed, compression="lz4")
        file = self._file
        assert file is not None  # noqa: S101  for the type checker: `_to_disk` opened it
        offset = self._end
        view = packed.getbuffer()
        while view:
            done = os.pwrite(file.fileno(), view, self._end)
            view, self._end = view[done:], self._end + done
        return offset, self._end - offset

    def _read(self, offset: int, size: int) -> bytes:
        file = self._file
        assert file is not None  # noqa: S101  for the type checker: what has runs has a file
        return os.pread(file.fileno(), size, offset)


#: A table of keys, in memory or beyond.
Keys = pl.DataFrame | Spill


def parts_of(keys: Keys) -> Iterator[pl.DataFrame]:
    """Yield a table of keys in parts: one, if it is in memory."""
    if isinstance(keys, pl.DataFrame):
        yield keys
    else:
        yield from keys.parts()
