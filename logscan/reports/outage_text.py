"""Outages for a person at a terminal: a timeline, then the story of each service.

In: `OutageReport`, phrases, a `Paper`. Out: text. Never: decides what is an outage.
"""

from __future__ import annotations

from collections.abc import Sequence

from logscan.model.findings import Explanation
from logscan.model.outages import Outage, OutageReport
from logscan.reports import outage_words as say
from logscan.reports.outage_brief import open_ends
from logscan.reports.outage_words import Story
from logscan.reports.paper import Cell, Paper
from logscan.reports.sentences import proofs
from logscan.reports.text import blind, numbered, trust
from logscan.reports.wording import Wording

#: Width of the timeline, and of a service's name beside it.
TRACK = 48
NAME = 34
#: Outages of one service that are listed; services whose story is told; rates.
LISTED = 8
STORIES = 15
TRACKS = 30
RATES = 10
ROOTS = 6
_FAILED, _FINE = "█", "·"


def write(
    report: OutageReport, paper: Paper, words: Wording, *, verbose: bool = False, quiet: bool = False
) -> None:
    """Write the whole report. verbose: every outage and every rate. quiet: the timeline only."""
    trust(report.scanned, paper, words)
    paper.prose((say.rule(report.limits, words), "dim"))
    paper.line("")
    told = say.stories(report)
    if told:
        paper.line((say.headline(report, words), "bold"))
        _timeline(report, told, paper, words)
    else:
        paper.prose((say.none(report, words), "bold" if report.rates else "bold green"))
    if quiet:
        return
    _roots(report, paper, words, verbose=verbose)
    shown = told if verbose else told[:STORIES]
    for story in shown:
        _story(story, paper, words, verbose=verbose)
    if len(shown) < len(told):
        paper.line("")
        paper.line((words.say("outages_stories_more", count=len(told) - len(shown)), "dim"))
    _rates(report, paper, words, verbose=verbose)
    if told or report.rates:
        blind(report.scanned.blind_spots or (), paper, words, verbose=verbose)


def _timeline(report: OutageReport, told: Sequence[Story], paper: Paper, words: Wording) -> None:
    period = say.stretch(report)
    if period is None:
        return
    first, last = (words.clock(time) for time in period)
    rows: list[list[Cell]] = [["", (f"{first:<{TRACK - len(last)}}{last}", "dim"), ""]]
    for story in told[:TRACKS]:
        cells = [False] * TRACK
        for outage in story.outages:
            begin, end = say.shares(outage, period)
            low = min(TRACK - 1, int(begin * TRACK))
            for at in range(low, max(low + 1, min(TRACK, round(end * TRACK)))):
                cells[at] = True
        track = "".join(_FAILED if failed else _FINE for failed in cells)
        rows.append([_name(story.rhythm.service), (track, "red"), say.total(story.outages, words)])
    paper.rows(rows, indent=0)
    if len(told) > TRACKS:
        paper.line((words.say("more", count=len(told) - TRACKS), "dim"))


def _roots(report: OutageReport, paper: Paper, words: Wording, *, verbose: bool) -> None:
    """Write what is behind the outages, the root first, its symptoms under it, with the line that proves it."""
    shown = report.roots if verbose else report.roots[:ROOTS]
    if not shown:
        return
    paper.line("")
    paper.line((words.say("outages_roots"), "bold"))
    for root in shown:
        paper.prose("  ", (root.title, "bold"), "  ", (f"{root.rule}, {words.clock(root.time)}", "dim"))
        rows: list[list[Cell]] = [[say.cost(root, words)]]
        if root.symptoms:
            symptoms = words.say("comma").join(root.symptoms)
            rows.append([(words.say("outages_root_symptoms", rules=symptoms), "dim")])
        if root.undecided is not None:
            rows.append(
                [f"{words.say('outages_undecided')}: {'; '.join(say.candidates(root.undecided, words))}"]
            )
        paper.rows(rows, indent=4)
        for line in proofs(root.evidence):
            paper.line("    ", (f"{line.file}:{line.line}", "cyan"), "  ", line.text)
    if len(shown) < len(report.roots):
        paper.line("  ", words.say("more", count=len(report.roots) - len(shown)))


def _name(service: str) -> str:
    return service if len(service) <= NAME else f"{service[: NAME - 1]}…"


def _story(story: Story, paper: Paper, words: Wording, *, verbose: bool) -> None:
    rhythm = story.rhythm
    paper.line("")
    title = story.said.title if story.said else words.say("outages_silence")
    paper.prose(
        (rhythm.service, "bold red"), "  ", (words.say(f"outages_kind_{rhythm.kind}"), "dim"), "  ", (title, "bold"),
        "  ", (story.finding.rule if story.finding else "", "dim"),
    )  # fmt: skip
    shown = story.outages if verbose else story.outages[-LISTED:]
    if len(shown) < len(story.outages):
        paper.line("  ", (words.counted("outages_more", len(story.outages) - len(shown)), "dim"))
    paper.rows([_row(outage, words) for outage in shown])
    rows: list[list[Cell]] = [
        [(words.say("outages_rhythm") if index == 0 else "", "dim"), "", sentence]
        for index, sentence in enumerate(say.beat(story, words))
    ]
    rows += [
        [
            (words.say("outages_root") if index == 0 else "", "dim"),
            "",
            f"{text} ({rule}, {words.clock(time)})",
        ]
        for index, (rule, time, text) in enumerate(say.before(story))
    ]
    rows += open_ends(say.undecided(story), words)
    rows += [
        [(words.say("outages_clues") if index == 0 else "", "dim"), "", sentence]
        for index, sentence in enumerate(say.clues(story, words))
    ]
    # One card may explain a dozen destinations: its words are said once.
    rows += [] if story.again else _said(story.said, words)
    paper.rows(rows, gap=1)
    for line in proofs(shown[-1].evidence):
        paper.line("  ", (f"{line.file}:{line.line}", "cyan"), "  ", line.text)


def _row(outage: Outage, words: Wording) -> list[Cell]:
    length = say.duration(outage.duration_s or 0, words)
    told = [part for part in (say.much(outage, words), say.ending(outage, words)) if part]
    return [say.when(outage, words), (length, "bold"), "; ".join(told)]


def _said(said: Explanation | None, words: Wording) -> list[list[Cell]]:
    if said is None:
        return []
    rows: list[list[Cell]] = [[(words.say("means"), "dim"), "", said.meaning]]
    rows += numbered(words.say("why"), said.likely_causes)
    rows += numbered(words.say("do"), said.remedy)
    rows += numbered(words.say("verify"), said.verify)
    if said.limits:
        rows.append([(words.say("limits"), "dim"), "", said.limits])
    return rows


def _rates(report: OutageReport, paper: Paper, words: Wording, *, verbose: bool) -> None:
    shown = report.rates if verbose else report.rates[:RATES]
    if not shown:
        return
    paper.line("")
    paper.line((words.say("outages_rates"), "bold"))
    paper.rows([[_name(one.service), say.rate(one, words)] for one in shown])
    if len(shown) < len(report.rates):
        paper.line("  ", words.say("more", count=len(report.rates) - len(shown)))
    if report.outages and not verbose:
        return
    # Where nothing is an outage, what failed is all there is to explain.
    for finding, one in say.explained_rates(report):
        paper.line("")
        paper.prose(
            (one.service, "bold"), "  ", (finding.explanation.title, "bold"), "  ", (finding.rule, "dim")
        )
        paper.rows(_said(finding.explanation, words), gap=1)
        for line in proofs(one.evidence):
            paper.line("  ", (f"{line.file}:{line.line}", "cyan"), "  ", line.text)
