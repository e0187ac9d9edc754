"""A figure as SVG that may stand inside a page, and as PNG.

In: figures. Out: text, bytes; the same figure gives the same ones. Never: an element or an attribute that is not in the
lists below, so nothing that runs or loads; a style attribute, which the page's policy would refuse; an id that
another chart has; a name, a moment, a version.

Colours stay as attributes, which style sheets outweigh: so a page can turn a chart dark.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import escape as quoted
from typing import Final
from xml.etree import ElementTree as ET

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from logscan.model.safety import escape
from logscan.reports.charts.sheet import PAPER, ours

#: Dots in an inch of paper; a sheet is 5.6 inches wide.
DPI: Final = 180

_SVG: Final = "{http://www.w3.org/2000/svg}"
_HREF: Final = "{http://www.w3.org/1999/xlink}href"

_ELEMENTS: Final = frozenset({"g", "path", "rect", "text", "tspan", "use", "defs", "pattern"})
_PLACES: Final = frozenset({"d", "x", "y", "width", "height", "transform", "patternUnits"})
_LOOKS: Final = frozenset(
    {
        "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-dashoffset", "stroke-linejoin",
        "stroke-linecap", "text-anchor", "font-size", "font-weight",
    }
)  # fmt: skip
#: What means nothing when it is said.
_MOOT: Final = frozenset({("stroke-dashoffset", "0"), ("stroke-opacity", "1"), ("font-weight", "400")})

_NUMBER: Final = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_LINK: Final = re.compile(r"url\(#([^)]+)\)")
_SIZE: Final = re.compile(r"(?:^| )([\d.]+)px")


def inline(figure: Figure, *, name: str, title: str, summary: str) -> str:
    """Return the figure as an <svg> for a page. name: that of the chart, unique there; title, summary: what it says."""
    stream = io.BytesIO()
    with ours():
        FigureCanvasSVG(figure).print_svg(stream, metadata={"Date": None})  # type: ignore[no-untyped-call]
    root = ET.fromstring(stream.getvalue())  # noqa: S314  what matplotlib just wrote
    box = _rounded(root.get("viewBox", ""))
    ids = _Ids(name)
    body = "".join(_written(child, ids) for child in root)
    return (
        f'<svg class="chart" viewBox="{box}" role="img" aria-labelledby="{name}-title {name}-desc" '
        f'stroke-linejoin="round" fill="none"><title id="{name}-title">{quoted(escape(title))}</title>'
        f'<desc id="{name}-desc">{quoted(escape(summary))}</desc>{body}</svg>'
    )


def png(figure: Figure) -> bytes:
    """Return the figure as PNG on white, without words about who made it and when."""
    stream = io.BytesIO()
    with ours():
        figure.set_dpi(DPI)
        figure.set_facecolor(PAPER)
        FigureCanvasAgg(figure).print_png(stream, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return stream.getvalue()


class _Ids:
    """Ids of a chart: its name and a number, in the order in which they are met."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: dict[str, str] = {}

    def __call__(self, id_: str) -> str:
        return self._known.setdefault(id_, f"{self._name}-{len(self._known) + 1}")


def _written(element: ET.Element, ids: _Ids) -> str:
    tag = element.tag.removeprefix(_SVG)
    if tag not in _ELEMENTS:
        return ""  # metadata, style, clip paths: nothing that we draw leaves its axes
    inner = quoted(element.text or "") if tag in {"text", "tspan"} else ""
    inner += "".join(_written(child, ids) for child in element)
    attributes = dict(_attributes(element, tag, ids))
    if tag == "path" and attributes.get("fill") == "none" and "stroke" not in attributes:
        return ""  # the ground of the figure, which is the page
    if tag in {"g", "defs"} and not attributes:
        return inner if tag == "g" or not inner else f"<defs>{inner}</defs>"
    said = "".join(f' {name}="{quoted(value)}"' for name, value in attributes.items())
    return f"<{tag}{said}>{inner}</{tag}>" if inner else f"<{tag}{said}/>"


def _attributes(element: ET.Element, tag: str, ids: _Ids) -> Iterator[tuple[str, str]]:
    if tag in {"path", "pattern"} and "id" in element.attrib:
        yield "id", ids(element.attrib["id"])
    if tag == "use":
        yield "href", "#" + ids(element.attrib[_HREF].removeprefix("#"))
    for name, value in element.attrib.items():
        if name in _PLACES and not value.startswith("rotate(-0 "):
            yield name, _rounded(" ".join(value.split()))
        elif name in _LOOKS:
            yield from _look(name, value, ids)
    for rule in element.get("style", "").split(";"):
        name, _, value = (part.strip() for part in rule.partition(":"))
        yield from _look(name, value, ids)


def _look(name: str, value: str, ids: _Ids) -> Iterator[tuple[str, str]]:
    if name == "font" and (size := _SIZE.search(value)):
        if re.search(r"\b(bold|700)\b", value.partition("'")[0]):
            yield "font-weight", "bold"
        name, value = "font-size", size[1]
    if name in _LOOKS and (name, value) not in _MOOT:
        if name == "font-size":
            value = value.removesuffix("px")
        yield name, _LINK.sub(lambda found: f"url(#{ids(found[1])})", _rounded(value))


def _rounded(text: str) -> str:
    return _NUMBER.sub(
        lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip(".").replace("-0", "-0"), text
    )
