"""A few lines by their places, read once more.

In: a reading, places. Out: the lines' texts. Never: reads further than the last of them; standard input again.
"""

from __future__ import annotations

from collections.abc import Iterable

from logscan.pipeline.logs.reading import Reading

#: Characters of a line that are shown.
SHOWN = 2000

#: Source, block, row.
Place = tuple[int, int, int]


def lines_at(reading: Reading, places: Iterable[Place]) -> dict[Place, str]:
    """Return the lines at `places`; those of standard input are not found again."""
    wanted: dict[int, dict[int, set[int]]] = {}
    for source, number, row in places:
        if reading.logs[source].source.identity is not None:
            wanted.setdefault(source, {}).setdefault(number, set()).add(row)
    found: dict[Place, str] = {}
    for source, blocks in sorted(wanted.items()):
        for block in reading.afresh().blocks([source]):
            rows = blocks.get(block.number, set())
            if rows:
                lines = block.data.split(b"\n", max(rows) + 1)
                found |= {
                    (source, block.number, row): lines[row].decode(errors="replace")[:SHOWN] for row in rows
                }
            if block.number >= max(blocks):
                break
    return found
