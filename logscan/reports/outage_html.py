"""Outages as one HTML file: timeline, the hours at which they begin, the story of each service.

In: `OutageReport`, phrases, the language's tag. Out: a page that holds all it needs and no script.
Never: a word that was not escaped twice; anything that a browser would load or run (see reports/html.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from logscan.model.outages import OutageReport
from logscan.model.version import __version__
from logscan.reports import outage_words, sentences
from logscan.reports.html import STYLE, TAGS, TEMPLATES, environment, policy
from logscan.reports.outage_words import Story
from logscan.reports.wording import Wording

OUTAGE_STYLE = STYLE + (TEMPLATES / "outages.css").read_text(encoding="utf-8")
POLICY = policy(OUTAGE_STYLE)

#: Outages of one service that are listed; the earlier ones are counted.
LISTED = 50
#: What is behind outages, of which so many are told.
ROOTS = 12
#: Units of a track from end to end, and the least that is drawn.
TRACK = 1000
LEAST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A stretch of a track, in its units, and what it says when it is pointed at."""

    at: int
    width: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How many outages began in one hour of one weekday. level: 0 to 4, for its colour."""

    count: int
    level: int
    title: str


def page(
    report: OutageReport, words: Wording, *, lang: str, verbose: bool = False, quiet: bool = False
) -> str:
    """Return the whole page. verbose: every outage. quiet: the timeline only."""
    told = outage_words.stories(report)
    return environment().get_template("outages.html.j2").render(
        report=report,
        scanned=report.scanned,
        told=told,
        words=words,
        say=words.say,
        o=outage_words,
        s=sentences,
        lang=TAGS[lang],
        quiet=quiet,
        verbose=verbose,
        style=Markup(OUTAGE_STYLE),  # noqa: S704  our own files
        policy=Markup(POLICY),  # noqa: S704  our own words
        version=__version__,
        bars={story.rhythm.service: bars(story, report, words) for story in told},
        heat=heat(report, words),
        track=TRACK,
        most=ROOTS,
        listed=None if verbose else LISTED,
    )  # fmt: skip


def bars(story: Story, report: OutageReport, words: Wording) -> list[Bar]:
    """Return where the outages of a service lie on its track."""
    period = outage_words.stretch(report)
    if period is None:
        return []
    made = []
    for outage in story.outages:
        begin, end = outage_words.shares(outage, period)
        at = min(TRACK - LEAST, round(begin * TRACK))
        width = max(LEAST, min(TRACK, round(end * TRACK)) - at)
        made.append(Bar(at=at, width=width, title=outage_words.when(outage, words)))
    return made


def heat(report: OutageReport, words: Wording) -> list[tuple[str, list[Cell]]]:
    """Return (weekday, 24 cells), Monday first: when all outages began, in the assumed zone."""
    counts = [[0] * 24 for _ in range(7)]
    for outage in report.outages:
        local = outage.begin.astimezone(words.zone)
        counts[local.weekday()][local.hour] += 1
    most = max(map(max, counts))
    return [
        (words.say(f"weekday_{day}"), _cells(day, hours, most, words)) for day, hours in enumerate(counts)
    ]


def _cells(day: int, hours: Sequence[int], most: int, words: Wording) -> list[Cell]:
    name = words.say(f"weekday_{day}")
    return [
        Cell(
            count=count,
            level=-(-4 * count // most) if most else 0,
            title=words.say("outages_heat_cell", day=name, hour=f"{hour:02d}", count=count),
        )
        for hour, count in enumerate(hours)
    ]
