"""A sheet of matplotlib with our looks: colours, margins, legend, scales.

In: sizes in points, words. Out: figures and axes. Never: pyplot or a user's matplotlibrc; a formula read from a
label (`$`); a layout that depends on the fonts of this machine: every place is computed here.

A sheet is as wide as a phone, so that its words are no smaller than the page's on a phone. One point is one unit
of the SVG.
"""

from __future__ import annotations

import logging
import threading
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, Literal

logging.getLogger("matplotlib").setLevel(
    logging.ERROR
)  # a cache that cannot be written is no news for a mail

import matplotlib as mpl  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.patches import Rectangle  # noqa: E402

from logscan.model.safety import escape  # noqa: E402

WIDTH: Final = 360.0
SIZE: Final = 12.0
LINE: Final = 18.0
MARGIN: Final = 4.0

#: The page's own, and what Okabe and Ito found to be told apart by every eye. charts.css knows them by these
#: values and has others for the dark.
INK: Final = "#1d232c"
GRID: Final = "#dddad3"
PAPER: Final = "#ffffff"
SHADE: Final = "#f3dcd2"
BLUE: Final = "#0072b2"
VERMILION: Final = "#d55e00"
GREEN: Final = "#009e73"
ORANGE: Final = "#e69f00"
PURPLE: Final = "#cc79a7"
SKY: Final = "#56b4e9"
YELLOW: Final = "#f0e442"
GREY: Final = "#b4b9c2"

#: Fonts of PNGs, the first that has a character: matplotlib brings the first, the others speak Chinese.
FONTS: Final = (
    "DejaVu Sans", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Noto Sans CJK JP", "Droid Sans Fallback",
)  # fmt: skip

_STYLE: Final[dict[Any, Any]] = {
    "axes.edgecolor": INK,
    "axes.facecolor": "none",
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "figure.dpi": 72.0,
    "figure.facecolor": "none",
    "font.size": SIZE,
    "hatch.linewidth": 0.8,
    "path.simplify": False,  # what is left out would depend on the version
    "svg.fonttype": "none",
    "svg.hashsalt": "logscan",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
}


#: matplotlib has one set of looks for all threads.
_LOCK: Final = threading.RLock()


@contextmanager
def ours() -> Iterator[None]:
    """Within it matplotlib knows our looks only; afterwards it is as it was."""
    from matplotlib.font_manager import fontManager  # noqa: PLC0415  reads a cache of all fonts

    there = set(fontManager.get_font_names())
    with _LOCK, mpl.rc_context(), warnings.catch_warnings():
        # An SVG takes the reader's fonts; for a PNG `readable` was asked before.
        warnings.filterwarnings("ignore", message=".*[Gg]lyph.*missing")
        mpl.rcdefaults()
        mpl.rcParams.update({**_STYLE, "font.family": [name for name in FONTS if name in there]})
        yield


def readable(text: str) -> bool:
    """Return whether the fonts of this machine have every character, so that a PNG can show it."""
    from matplotlib import font_manager  # noqa: PLC0415
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415

    left = {ord(character) for character in text}
    for name in FONTS:
        if not left:
            break
        if name in font_manager.fontManager.get_font_names():
            left -= FT2Font(font_manager.findfont(name)).get_charmap().keys()
    return not left


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of the legend: a line or a patch as it is drawn, and its label."""

    label: str
    color: str
    hatch: str = ""
    dashes: Literal["-", "--", ":", "none"] | None = None  # None: a patch
    marker: str = ""


def shown(text: str, width: float, size: float = SIZE) -> str:
    """Return a label fit to be drawn: harmless, and cut in its middle where it would be wider than `width` points."""
    safe = escape(text)
    if wide(safe, size) <= width:
        return safe
    for kept in range(len(safe) - 1, 1, -1):
        tail = kept // 3
        cut = f"{safe[: kept - tail]}…{safe[len(safe) - tail :] if tail else ''}"
        if wide(cut, size) <= width:
            return cut
    return "…"


def wide(text: str, size: float = SIZE) -> float:
    """Return about how many points wide a text is, in fonts that are not known."""
    return size * sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.56 for letter in text)


def rows(keys: Iterable[Key]) -> list[list[tuple[float, Key]]]:
    """Return the legend's entries line by line, each with how far from the left it begins."""
    lines: list[list[tuple[float, Key]]] = [[]]
    at = MARGIN
    for key in keys:
        need = 26 + wide(shown(key.label, WIDTH - 40)) + 14
        if lines[-1] and at + need - 14 > WIDTH:
            lines.append([])
            at = MARGIN
        lines[-1].append((at, key))
        at += need
    return [line for line in lines if line]


class Sheet:
    """A figure that is filled from the top: title, legend, then axes of a given height.

    title: None: whoever shows it says it. height: of the axes. left, right, below: room for what stands beside them.
    """

    def __init__(
        self,
        height: float,
        *,
        title: str | None = None,
        keys: Sequence[Key] = (),
        left: float = 46,
        right: float = 10,
        below: float = 2 * LINE + 4,
        above: float = LINE + 8,
    ) -> None:
        legend = rows(keys)
        head = (LINE + 8 if title else 0) + len(legend) * LINE
        self.height = MARGIN + head + above + height + below
        self.figure = Figure(figsize=(WIDTH / 72, self.height / 72))
        top = self.height - MARGIN
        if title:
            self.write(
                MARGIN, top - LINE / 2, shown(title, WIDTH / 1.15, SIZE + 1.5), size=SIZE + 1.5, weight="bold"
            )
            top -= LINE + 8
        for line in legend:
            for at, key in line:
                self._key(at, top - LINE / 2, key)
            top -= LINE
        self.above = top - above
        self.bottom = below
        self.axes: Axes = self.figure.add_axes(
            (left / WIDTH, below / self.height, (WIDTH - left - right) / WIDTH, height / self.height)
        )
        for side in ("top", "right"):
            self.axes.spines[side].set_visible(False)
        self.axes.tick_params(length=3, pad=4, labelsize=SIZE)

    def write(
        self, x: float, y: float, text: str, *, size: float = SIZE, weight: str = "normal", ha: str = "left"
    ) -> None:
        """Write at a place in points, counted from the lower left."""
        self.figure.text(
            x / WIDTH, y / self.height, text, fontsize=size, fontweight=weight, ha=ha, va="center_baseline"
        )

    def units(self, across: str, up: str) -> None:
        """Write what the axes count: across, below them in the middle; up, above their left end."""
        self.write(WIDTH / 2, LINE / 2, shown(across, WIDTH - 20), ha="center")
        if up:
            self.write(MARGIN, self.above + LINE / 2 + 2, shown(up, WIDTH - 20))

    def below(self, x: float, text: str) -> None:
        """Write what belongs to a place of the horizontal axis below its tick's label."""
        low, high = self.axes.get_xlim()
        box = self.axes.get_position()
        at = (box.x0 + box.width * (x - low) / (high - low)) * WIDTH
        need = wide(text) / 2
        self.write(min(max(at, need), WIDTH - need), self.bottom - LINE - 9, text, ha="center")

    def square(self, x: float, y: float, side: float, color: str) -> None:
        """Draw a square around a place in points."""
        self.figure.add_artist(
            Rectangle(
                ((x - side / 2) / WIDTH, (y - side / 2) / self.height), side / WIDTH, side / self.height,
                transform=self.figure.transFigure, facecolor=color, edgecolor=INK, linewidth=0.5,
            )
        )  # fmt: skip

    def _key(self, x: float, y: float, key: Key) -> None:
        where = self.figure.transFigure
        if key.dashes is None:
            self.figure.add_artist(
                Rectangle(
                    (x / WIDTH, (y - 5.5) / self.height), 20 / WIDTH, 11 / self.height, transform=where,
                    facecolor=key.color, edgecolor=INK, linewidth=0.6, hatch=key.hatch * 2,
                )
            )  # fmt: skip
        else:
            self.figure.add_artist(
                Line2D(
                    [x / WIDTH, (x + 10) / WIDTH, (x + 20) / WIDTH], [y / self.height] * 3, transform=where,
                    color=key.color, linestyle=key.dashes, linewidth=1.6, marker=key.marker, markersize=5,
                    markevery=[1],
                )
            )  # fmt: skip
        self.write(x + 25, y, shown(key.label, WIDTH - 40))


def ticks(most: float, steps: int = 4) -> list[int]:
    """Return round numbers from 0 to `most` or just beyond, with about so many steps between them.

    >>> ticks(93), ticks(1), ticks(0)
    ([0, 25, 50, 75, 100], [0, 1], [0, 1])
    """
    most = max(1, ceil(most))
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size // 2 if size > 1 else 0, 5 * size):
            if step and step * steps >= most:
                return list(range(0, (-(-most // step) + 1) * step, step))
        size *= 10


def short(count: int) -> str:
    """Return a count in few characters.

    >>> short(9999), short(25000), short(1500000)
    ('9,999', '25k', '1.5M')
    """
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if count >= max(unit, 10_000):
            return f"{count / unit:.10g}{name}"
    return f"{count:,}"


def counted(axes: Axes, most: float) -> list[int]:
    """Give the vertical axis whole numbers, and lines across; return where they are."""
    places = ticks(most)
    axes.set_ylim(0, places[-1])
    axes.set_yticks(places, [short(place) for place in places])
    for place in places[1:]:
        axes.axhline(place, color=GRID, linewidth=0.7, zorder=0)
    return places


def spread(count: int, most: int) -> list[int]:
    """Return which of `count` things in a row get a label, when there is room for `most`.

    >>> spread(5, 9), spread(9, 4)
    ([0, 1, 2, 3, 4], [0, 3, 6])
    """
    return list(range(0, count, max(1, ceil(count / most))))
