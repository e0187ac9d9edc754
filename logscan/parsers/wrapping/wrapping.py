"""What is around the lines of a log, and the lines without it.

In: the head of a log. Out: `wrapping`, its `Wrapping` or None. Never: a look at more than some lines of a log that has
nothing around its lines, which is nearly every one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final

import polars as pl

from logscan.model.blocks import Block
from logscan.parsers.lines import read_lines
from logscan.parsers.wrapping.dates import DATES
from logscan.parsers.wrapping.layers import ESCAPED, PREFIXES, Layer
from logscan.parsers.wrapping.lines import PLAIN
from logscan.parsers.wrapping.objects import DOCKER, objects
from logscan.parsers.wrapping.tables import table

#: Lines of a log that are asked: the first ones, and some between there and the end of the head, for whoever starts a
#: program logs its greeting too. Characters of each.
_FIRST: Final = 10
_LATER: Final = 30
_WIDTH: Final = 4096
#: Layers around one another at most: compose's names around stamps around dates of an own kind.
_DEEPEST: Final = 4
#: Share of the lines that must have a layer, and of those that are plain for there to be none.
_MOST: Final = 0.5

_PLAIN: Final = re.compile(PLAIN)
#: What no logger writes by itself: asked even where lines look plain.
_SURE: Final = tuple(layer for layer in PREFIXES if layer.name in ("cri", "stamped"))
_LAYERS: Final = (DOCKER, DATES, *PREFIXES)


@dataclass(frozen=True, slots=True)
class Wrapping:
    """The layers around the lines of a log, the outermost first."""

    layers: tuple[Layer, ...]

    @property
    def name(self) -> str:
        """The layers' names, as an input's format shows them: `compose+stamped`."""
        return "+".join(layer.name for layer in self.layers)

    def peel(self, data: bytes, previous: bytes = b"") -> bytes:
        """Return lines without their layers, as many as they were. In: whole lines of valid UTF-8.

        previous: the line before them, wrapped; it may go on in the first one. Of a line that goes on in further
        ones the first piece is kept, as of any line that is too long.
        """
        if not data:
            return data
        lines = pl.concat([read_lines(previous)["raw"][:1], read_lines(data)["raw"]])
        before = len(lines) - len(read_lines(data))
        cut = pl.repeat(value=False, n=len(lines), eager=True)
        for layer in self.layers:
            lines, more = layer.peel(lines)
            cut = cut | more.shift(1, fill_value=False)
        lines = lines.zip_with(~cut, pl.Series([""]))[before:]
        text = "\n".join(lines.to_list())
        return (text + "\n" if data.endswith(b"\n") else text).encode()

    def inside(self, block: Block) -> Block:
        """Return the block with its lines as their server wrote them."""
        return replace(
            block,
            data=self.peel(block.data, block.previous),
            previous=self.peel(block.previous),
            following=self.peel(block.following),
        )


def wrapping(head: bytes) -> Wrapping | None:
    """Return what is around most lines of a log's head, None where it is nothing.

    In: whole lines of valid UTF-8.
    """
    lines = list(_some(head))
    layers: list[Layer] = []
    while lines and len(layers) < _DEEPEST:
        layer = _outermost(lines)
        if layer is None or layer in layers:
            break
        layers.append(layer)
        lines = [line for line in layer.peel(pl.Series(lines))[0].to_list() if line.strip()]
    if b"&lt;" in head and ESCAPED.tells("\n".join(lines)):
        layers.append(ESCAPED)
    return Wrapping(tuple(layers)) if layers else None


def peeled_line(line: str) -> str:
    """Return a single line without what is around it, as it is where that is nothing."""
    found = wrapping(line.encode("utf-8", "replace"))
    if found is None:
        return line
    return reduce(lambda lines, layer: layer.peel(lines)[0], found.layers, pl.Series([line])).item()  # type: ignore[no-any-return]


def _some(head: bytes) -> Iterator[str]:
    lines = [line for line in head.split(b"\n") if line.strip()]
    later = lines[_FIRST :: max(1, (len(lines) - _FIRST) // _LATER)]
    for line in lines[:_FIRST] + later:
        yield line[:_WIDTH].decode(errors="replace").removesuffix("\r")


def _outermost(lines: Sequence[str]) -> Layer | None:
    plain = sum(_PLAIN.match(line) is not None for line in lines) > _MOST * len(lines)
    for layer in _SURE if plain else _LAYERS:
        if sum(map(layer.tells, lines)) > _MOST * len(lines):
            return layer
    # the rows of a table look plain when they begin with their time
    return (None if plain else objects(lines)) or table(lines[0], list(lines[1:]))
