"""A nightly report as one HTML file: verdict, changes, charts, findings with their evidence, tables.

In: `Nightly`, phrases, the language's tag. Out: a page that holds all it needs. Never: a word that was not escaped
twice (see reports/html.py); a script but the one that is part of this program and that the policy knows by its digest;
anything that is lost without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from markupsafe import Markup

from logscan.model.report import Nightly
from logscan.model.safety import escape
from logscan.model.version import __version__
from logscan.reports import outage_words, report_charts, report_words, sentences
from logscan.reports.charts import drawings, svg, telling
from logscan.reports.charts.telling import Table
from logscan.reports.html import INPUTS, NAMES, STYLE, TAGS, TEMPLATES, UNEXPLAINED, environment, policy
from logscan.reports.report_parts import Block, Part, parts
from logscan.reports.report_words import Voice
from logscan.reports.wording import Wording

NIGHTLY_STYLE: Final = STYLE + (TEMPLATES / "nightly.css").read_text(encoding="utf-8")
SCRIPT: Final = (TEMPLATES / "report.js").read_text(encoding="utf-8")
POLICY: Final = policy(NIGHTLY_STYLE, SCRIPT)

#: What a mail gets instead: colours in place of names for them, nothing that runs, pictures that come along.
MAIL_STYLE: Final = (TEMPLATES / "mail.css").read_text(encoding="utf-8")
MAIL_POLICY: Final = f"img-src cid:; {policy(MAIL_STYLE)}"
#: Dots that a picture is wide, where a style sheet does not reach.
PICTURE: Final = 448

#: Findings that stand open, the gravest ones; a click opens the others.
OPEN: Final = 3

#: Parts that this page lays out in its own way, and where the others stand.
_OWN: Final = ("night_findings", "night_trust")
_ABOVE: Final = ("night_changes",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part with its id in the page."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """What is different in a mail. notes: first of all. pictures: name of a chart -> content ID of its PNG."""

    notes: tuple[str, ...] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing, and its numbers where they fit into a table."""

    title: str
    svg: Markup
    table: Table | None


def page(
    report: Nightly,
    voice: Voice,
    *,
    lang: str,
    verbose: bool = False,
    quiet: bool = False,
    mailed: Mailed | None = None,
) -> str:
    """Return the whole page. verbose: every finding stands open, every row is there. quiet: verdict, changes, charts and a glance only.

    voice.words holds the phrases of `charts` and `causes`, too. mailed: for a mail, whose readers have no script, no SVG, and
    not every style.
    """
    words = voice.words
    above, below = _sections(parts(report, voice, verbose=verbose), words)
    return environment().get_template("nightly.html.j2").render(
        nightly=report,
        report=report.scan,
        words=words,
        say=words.say,
        s=sentences,
        o=outage_words,
        n=report_words,
        period=words.span(report.scan.totals.first, report.scan.totals.last),
        title=words.say("night_title", period=report_words.period(report.period, words)),
        lang=TAGS[lang],
        verbose=verbose,
        quiet=quiet,
        above=above,
        below=() if quiet else below,
        charts=list(_charts(report, words) if mailed is None else _pictured(report, words, mailed.pictures)),
        mailed=mailed,
        marks=_marks(report, words),
        loud=sentences.loud(report.scan)[:OPEN],
        tally=sentences.tally(report.scan),
        kind=lambda block: type(block).__name__.lower(),
        style=Markup(NIGHTLY_STYLE if mailed is None else MAIL_STYLE),  # noqa: S704  our own files
        script=Markup(SCRIPT if mailed is None else ""),  # noqa: S704  our own file
        policy=Markup(POLICY if mailed is None else MAIL_POLICY),  # noqa: S704  our own words
        version=__version__,
        most={"names": NAMES, "unexplained": UNEXPLAINED, "inputs": INPUTS},
    )  # fmt: skip


def _sections(found: list[Part], words: Wording) -> tuple[list[Section], list[Section]]:
    own, above = ({words.say(key) for key in keys} for keys in (_OWN, _ABOVE))
    made = [
        Section(id=f"part-{number}", title=part.title, blocks=part.blocks)
        for number, part in enumerate(found, 1)
        if part.title not in own
    ]
    return [one for one in made if one.title in above], [one for one in made if one.title not in above]


def _charts(report: Nightly, words: Wording) -> Iterator[Chart]:
    for data in report_charts.charts(report, words):
        title = telling.title(data, words)
        drawn = svg.inline(
            drawings.figure(data, words),
            name=f"chart-{telling.name(data)}",
            title=title,
            summary=telling.summary(data, words),
        )
        # svg.inline escapes every label, and knows no element that would run or load.
        yield Chart(title=title, svg=Markup(drawn), table=telling.table(data, words))  # noqa: S704


def _pictured(report: Nightly, words: Wording, pictures: Mapping[str, str]) -> Iterator[Chart]:
    """Yield the charts whose pictures come along; what they say stands beside them for who sees no picture."""
    for data in report_charts.charts(report, words):
        if (cid := pictures.get(telling.name(data))) is not None:
            shown = Markup('<img src="cid:{}" alt="{}" width="{}">').format(
                cid, escape(telling.summary(data, words)), PICTURE
            )
            yield Chart(title=telling.title(data, words), svg=shown, table=telling.table(data, words))


def _marks(report: Nightly, words: Wording) -> Mapping[str, str]:
    """Return what is new or worse among the findings, by rule."""
    return {
        one.change.key: words.say(f"night_kind_{one.change.kind}")
        for one in reversed(report_words.told(report.changes))
        if one.change.subject == "finding" and one.change.kind in {"new", "worse"}
    }
