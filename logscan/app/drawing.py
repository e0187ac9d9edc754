"""A report in the form that was asked for; the commands and the face share it.

In: a report, a stream, a form's name. Out: text on the stream. Never: changes the report.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, TextIO

from logscan.model.problems import Problem
from logscan.packs.load import load
from logscan.packs.texts import fill, ui, ui_part
from logscan.packs.texts import words as card_words
from logscan.parsers.zone import zone
from logscan.reports.paper import Paper
from logscan.reports.wording import Wording

if TYPE_CHECKING:  # each command pays for its own forms and nouns, at its first page
    from logscan.model.bounces import Bounces
    from logscan.model.findings import Assumptions, Report
    from logscan.model.flow import Flow
    from logscan.model.outages import OutageReport
    from logscan.model.pflogsumm import Summary
    from logscan.model.report import Nightly
    from logscan.reports import explained, traced
    from logscan.reports.report_words import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How an answer is to look. form: see each. color: auto, always or never. verbose, quiet: more, or less."""

    form: str
    lang: str
    patterns: tuple[str, ...] = ()
    color: str = "auto"
    verbose: bool = False
    quiet: bool = False


def wording(lang: str, local: tzinfo | Assumptions, patterns: tuple[str, ...] = (), *parts: str) -> Wording:
    """Return the program's words in `lang`, and those of some `parts`; times in a zone, or in the assumed one."""
    pack = load(patterns)
    phrases = dict(ui(lang, pack))
    for part in parts:
        phrases.update(ui_part(part, lang, pack))
    if not isinstance(local, tzinfo):
        # The system's zone may have no name that leads back to it.
        local = zone(None if local.zone_source == "system" else local.zone).info
    return Wording(phrases=phrases, zone=local)


def draw(
    report: Report,
    stream: TextIO,
    look: Look,
) -> None:
    """Write `report` on `stream` as `form`: text, json, html or markdown."""
    from logscan.reports import json, markdown, text  # noqa: PLC0415

    paper = Paper(stream, color=look.color)
    if look.form == "json":
        paper.raw(json.dumps(json.document(report)) + "\n")
        return
    words = wording(look.lang, report.assumptions, look.patterns)
    if look.form == "html":
        from logscan.reports import html  # noqa: PLC0415  jinja2 takes as long as a small scan

        paper.raw(html.page(report, words, lang=look.lang, verbose=look.verbose, quiet=look.quiet))
    elif look.form == "markdown":
        paper.raw(markdown.page(report, words, verbose=look.verbose, quiet=look.quiet))
    else:
        text.write(report, paper, words, verbose=look.verbose, quiet=look.quiet)


def draw_flow(
    flow: Flow,
    stream: TextIO,
    look: Look,
) -> None:
    """Write the numbers of mail traffic on `stream` as `form`: text, json or csv."""
    from logscan.reports import flow_csv, flow_json, flow_text, json  # noqa: PLC0415

    paper = Paper(stream, color=look.color)
    if look.form == "json":
        paper.raw(json.dumps(flow_json.document(flow)) + "\n")
    elif look.form == "csv":
        paper.raw(flow_csv.text(flow))
    else:
        flow_text.write(
            flow, paper, wording(look.lang, flow.read.assumptions, look.patterns, "flow"), quiet=look.quiet
        )


def draw_pflogsumm(summary: Summary, stream: TextIO) -> None:
    """Write what pflogsumm would say on `stream`."""
    from logscan.reports import pflogsumm  # noqa: PLC0415

    pflogsumm.write(summary, Paper(stream, color="never"))


def notes(
    summary: Summary,
    problems: Iterable[Problem],
    stream: TextIO,
    look: Look,
) -> None:
    """Write beside pflogsumm's report what it has no place for: what could not be read, and what is not sure."""
    from logscan.model.pflogsumm import CHECKED  # noqa: PLC0415

    paper = Paper(stream, color=look.color)
    for problem in problems:
        paper.line(f"{problem.where}: {problem.reason}; {problem.help}")
    if summary.version not in CHECKED and not look.quiet:
        paper.line(ui_part("flow", look.lang, load(look.patterns))["why_checked"])


def draw_outages(
    report: OutageReport,
    stream: TextIO,
    look: Look,
) -> None:
    """Write outages on `stream` as `form`: text, json or html."""
    from logscan.reports import json, outage_json, outage_text  # noqa: PLC0415

    paper = Paper(stream, color=look.color)
    words = wording(look.lang, report.scanned.assumptions, look.patterns, "outages")
    if look.form == "json":
        paper.raw(json.dumps(outage_json.document(report, words)) + "\n")
    elif look.form == "html":
        from logscan.reports import outage_html  # noqa: PLC0415  jinja2 takes as long as a small scan

        paper.raw(outage_html.page(report, words, lang=look.lang, verbose=look.verbose, quiet=look.quiet))
    else:
        outage_text.write(report, paper, words, verbose=look.verbose, quiet=look.quiet)


def draw_explained(
    results: Iterable[explained.Said],
    stream: TextIO,
    look: Look,
) -> None:
    """Write explanations on `stream`: text, or one JSON object a line."""
    from logscan.reports import explained, json  # noqa: PLC0415

    paper = Paper(stream, color=look.color)
    words = wording(look.lang, UTC, look.patterns)
    for number, result in enumerate(results):
        if look.form == "json":
            paper.raw(json.dumps(explained.document(result), indent=None) + "\n")
            continue
        if number:
            paper.line("")
        explained.write(result, paper, words)


def draw_traced(
    trace: traced.Trace,
    stream: TextIO,
    look: Look,
) -> None:
    """Write the answer of `trace` on `stream`: text, or one JSON document."""
    from logscan.reports import traced  # noqa: PLC0415

    paper = Paper(stream, color=look.color)
    if look.form == "json":
        traced.write_json(trace, paper)
        return
    words, pack = wording(look.lang, trace.assumptions, look.patterns, "trace"), load(look.patterns)

    def title(rule: str) -> str | None:
        card = pack.cards.get(rule)
        return fill(card_words(card, look.lang, pack).title, {}) if card else None

    traced.write(trace, paper, words, title, quiet=look.quiet, verbose=look.verbose)


def draw_bounced(
    answer: Bounces,
    stream: TextIO,
    look: Look,
) -> None:
    """Write the answer of `bounces` on `stream`: text, one JSON document, or CSV."""
    from logscan.reports import bounced  # noqa: PLC0415

    paper = Paper(stream, color=look.color)
    words = wording(look.lang, answer.assumptions, look.patterns, "bounces", "causes")
    if look.form == "json":
        paper.raw(bounced.document(answer, words) + "\n")
    elif look.form == "csv":
        paper.raw(bounced.table(answer, words))
    else:
        bounced.write(answer, paper, words, quiet=look.quiet, verbose=look.verbose)


def report_words(report: Nightly, lang: str, patterns: tuple[str, ...] = ()) -> Voice:
    """Return the words of a nightly report."""
    from logscan.reports.report_words import Voice  # noqa: PLC0415

    assumed = report.scan.assumptions
    return Voice(
        words=wording(lang, assumed, patterns, "outages", "bounces", "causes", "report", "charts", "mail"),
        flow=wording(lang, assumed, patterns, "flow"),
    )


def draw_report(
    report: Nightly,
    stream: TextIO,
    look: Look,
) -> None:
    """Write a nightly report on `stream` as `form`: text, markdown, html or json."""
    from logscan.reports import json, report_json, report_markdown, report_text  # noqa: PLC0415

    voice = report_words(report, look.lang, look.patterns)
    if look.form == "json":
        Paper(stream, color=look.color).raw(json.dumps(report_json.document(report, voice.words)) + "\n")
    elif look.form == "markdown":
        Paper(stream, color=look.color).raw(
            report_markdown.page(report, voice, verbose=look.verbose, quiet=look.quiet)
        )
    elif look.form == "html":
        from logscan.reports import report_html  # noqa: PLC0415  matplotlib and jinja2 take a second

        page = report_html.page(report, voice, lang=look.lang, verbose=look.verbose, quiet=look.quiet)
        Paper(stream, color=look.color).raw(page)
    else:
        paper = Paper(stream, color=look.color, width=report_text.WIDTH)
        report_text.write(report, paper, voice, verbose=look.verbose, quiet=look.quiet)


def draw_status(report: Nightly, stream: TextIO, look: Look, *, unsent: bool = False) -> int:
    """Write a nightly report on `stream` in a plugin's one line. Return the plugin's exit code. unsent: it could not be mailed."""
    from logscan.reports import status  # noqa: PLC0415

    line(status.line(report, report_words(report, look.lang, look.patterns).words, unsent=unsent), stream)
    return status.code(report, unsent=unsent)


def draw_nothing(report: Nightly, stream: TextIO, look: Look, *, only_if: str) -> None:
    """Write on `stream` why a report was not made. only_if: problems or changes."""
    from logscan.reports.report_words import period  # noqa: PLC0415

    words = report_words(report, look.lang, look.patterns).words
    line(words.say(f"night_nothing_{only_if}", period=period(report.period, words)), stream)


def line(text: str, stream: TextIO) -> None:
    """Write one line, harmless."""
    Paper(stream, color="never").line(text)


def report_pictures(report: Nightly, lang: str, patterns: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Return the charts of a nightly report as PNGs by file name; in English where no font here has the language."""
    from logscan.reports.report_pictures import pictures, writable  # noqa: PLC0415  matplotlib takes a second

    words = report_words(report, lang, patterns).words
    if not writable(words.phrases):
        words = report_words(report, "en", patterns).words
    return dict(pictures(report, words))
