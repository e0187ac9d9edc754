"""The one door through which text reaches a terminal or a pipe.

In: pieces of text with styles. Out: the same on a stream, escaped, wrapped, coloured if asked.
Never: markup, highlighting or emoji codes of rich are read from the text; anything unescaped.

Log lines are written by strangers: everything that is printed goes through `escape` here, so no
caller can forget it. A test looks for prints that go around this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TextIO

from rich.console import Console
from rich.text import Text

from logscan.model.safety import escape

#: Wrapped prose is not wider than this, so that it stays readable.
WIDEST = 110
PIPED = 100


#: What colours a stream is said to have; rich finds out for itself where it may.
_COLOURS: dict[str, Literal["auto", "standard"] | None] = {
    "auto": "auto",
    "always": "standard",
    "never": None,
}

Piece = str | tuple[str, str]
Cell = Piece | list[Piece]


class Paper:
    """A stream that takes hostile text.

    color: auto, always or never. On a pipe the width is fixed, so that output does not depend on
    the terminal it was not written to.
    """

    def __init__(self, stream: TextIO, *, color: str = "auto", width: int | None = None) -> None:
        terminal = stream.isatty()
        self._console = Console(
            file=stream,
            force_terminal=True if color == "always" else (None if color == "auto" else False),
            no_color={"always": False, "never": True}.get(color),  # auto: NO_COLOR decides
            color_system=_COLOURS[color],
            width=width or (None if terminal else PIPED),
            markup=False,
            highlight=False,
            emoji=False,
            legacy_windows=False,
        )
        self.width = min(self._console.width, WIDEST)
        # without styles rich would take a text apart for nothing, which takes longer than all that was found out
        self._plain = self._console.color_system is None

    def line(self, *pieces: Piece) -> None:
        """Write one line, however long; it is not wrapped."""
        self._print(_text(pieces))

    def prose(self, *pieces: Piece) -> None:
        """Write a paragraph, wrapped at words."""
        for line in self._wrapped(_text(pieces), self.width):
            self._print(line)

    def rows(self, rows: Sequence[Sequence[Cell]], *, indent: int = 2, gap: int = 2) -> None:
        """Write rows in aligned columns; the last one is wrapped below its own beginning."""
        cells = [[_text([cell] if isinstance(cell, str | tuple) else cell) for cell in row] for row in rows]
        if not cells:
            return
        widths = [max(row[index].cell_len for row in cells) + gap for index in range(len(cells[0]) - 1)]
        left = indent + sum(widths)
        for row in cells:
            head = Text(" " * indent)
            for cell, width in zip(row, widths, strict=False):
                head.append_text(cell).append(" " * (width - cell.cell_len))
            for line in self._wrapped(row[-1], max(self.width - left, 20)):
                self._print(head.append_text(line))
                head = Text(" " * left)

    def _wrapped(self, text: Text, width: int) -> Sequence[Text]:
        plain = text.plain
        if len(plain) <= width and plain.isascii() and "\n" not in plain and "\t" not in plain:
            return [text]
        return list(text.wrap(self._console, width, overflow="fold")) or [Text()]

    def _print(self, line: Text) -> None:
        line.rstrip()  # what nobody sees is in the way of who copies it
        if not self._plain or "\t" in line.plain:
            self._console.print(line, soft_wrap=True)
            return
        self._console.file.write(line.plain + "\n")
        self._console.file.flush()

    def raw(self, text: str) -> None:
        """Write what a format of its own has made safe already: JSON, CSV, HTML."""
        self._console.file.write(text)

    def flush(self) -> None:
        """Hand on what was written."""
        self._console.file.flush()


def _text(pieces: Sequence[Piece]) -> Text:
    text = Text()
    for piece in pieces:
        words, style = (piece, "") if isinstance(piece, str) else piece
        text.append(escape(words), style=style)
    return text
