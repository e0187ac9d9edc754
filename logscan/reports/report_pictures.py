"""The charts of a nightly report as PNGs, for who attaches them or shows them elsewhere.

In: `Nightly`, phrases. Out: names of files and their bytes. Never: a name that anything in a log has a say in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from logscan.model.report import Nightly
from logscan.reports import report_charts
from logscan.reports.charts import drawings, svg, telling
from logscan.reports.charts.sheet import readable
from logscan.reports.wording import Wording

#: Every name that may be written, so that yesterday's picture of what is not there today can go.
FILES: Final = tuple(f"logscan-{name}.png" for name in telling.NAMES)


def pictures(report: Nightly, words: Wording) -> Iterator[tuple[str, bytes]]:
    """Yield (file name, PNG) for each chart that has something to show."""
    for data in report_charts.charts(report, words):
        figure = drawings.figure(data, words, title=telling.title(data, words))
        yield f"logscan-{telling.name(data)}.png", svg.png(figure)


def writable(phrases: Mapping[str, str]) -> bool:
    """Return whether this machine has the fonts for the charts' words; a page has its reader's fonts."""
    return readable("".join(text for key, text in phrases.items() if key.startswith("charts_")))
