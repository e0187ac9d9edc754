"""A report for a person at a terminal, at three in the morning.

In: `Report`, phrases, a `Paper`. Out: text: first what was read and how far it can be trusted,
then everything at a glance, then finding by finding what it is, why, what to do, and the proof.
Never: decides what is a finding or in which order they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from logscan.model.findings import (
    Affected,
    Assumptions,
    BlindSpot,
    Evidence,
    Finding,
    Report,
    Tally,
    Unexplained,
)
from logscan.model.problems import Problem
from logscan.model.vocabulary import Severity
from logscan.reports import outage_brief, sentences
from logscan.reports.paper import Cell, Paper, Piece
from logscan.reports.sentences import NAMES, proofs
from logscan.reports.wording import Wording

STYLE = {
    Severity.CRITICAL: "bold white on red",
    Severity.ERROR: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.NOTICE: "bold cyan",
    Severity.INFO: "dim",
}

UNEXPLAINED = 10
BLIND_SPOTS = 5


def write(
    report: Report, paper: Paper, words: Wording, *, verbose: bool = False, quiet: bool = False
) -> None:
    """Write the whole report. verbose: explain notices and information too. quiet: glance only."""
    trust(report, paper, words)
    loud = sentences.loud(report)
    if calm := sentences.calm(report, words):
        good = (calm, "bold" if sentences.doubtful(report) else "bold green")
        paper.line(good, *_blind_briefly(report, words, verbose=verbose))
    if report.findings:
        _glance(report.findings, paper, words)
    if quiet:
        return
    outage_brief.write(report.outages, paper, words)
    for finding in report.findings if verbose else loud:
        _finding(finding, paper, words)
    if not verbose and len(loud) < len(report.findings):
        paper.line("")
        paper.line((words.say("minor"), "dim"))
    _reach(report, paper, words)
    _unexplained(report.unexplained, paper, words)
    _unparsed(report.totals.unparsed_samples, paper, words)
    if loud or report.unexplained or verbose:  # where all is quiet, their number has been said
        blind(report.blind_spots or (), paper, words, verbose=verbose)


def trust(report: Report, paper: Paper, words: Wording) -> None:
    """Write what was read, of when, with which assumptions, and what was not."""
    if empty := sentences.window_empty(report, words):
        paper.prose((empty, "bold yellow"))
    paper.prose(
        sentences.amount(report, words),
        words.say("comma"),
        (sentences.understood(report, words), "bold yellow" if report.totals.unparsed else ""),
        "; ",
        words.span(report.totals.first, report.totals.last),
    )
    heading(report.assumptions, report.problems, paper, words, extra=sentences.also(report, words))


def heading(
    assumed: Assumptions, problems: Sequence[Problem], paper: Paper, words: Wording, *, extra: str = ""
) -> None:
    """Write what every answer says of its logs: zone and year, something extra, what was not read."""
    paper.prose((sentences.assumed(assumed, words), "dim"))
    if extra:
        paper.prose((extra, "dim"))
    told(problems, paper, words)


def told(problems: Sequence[Problem], paper: Paper, words: Wording) -> None:
    """Write what was not read, and what is not sure."""
    rows: list[list[Cell]] = [
        [(words.say("problem"), "bold yellow") if unreadable else (words.say("note"), "dim"), sentence]
        for unreadable, sentence in sentences.alike(problems, words)
    ]
    paper.rows(rows, indent=0)


def _glance(findings: Sequence[Finding], paper: Paper, words: Wording) -> None:
    paper.line("")
    rows: list[list[Cell]] = [
        [
            (words.say(f.severity.value), STYLE[f.severity]),
            f"{f.count:,}x",
            f.explanation.title,
        ]
        for f in findings
    ]
    paper.rows(rows, indent=0)


def _finding(finding: Finding, paper: Paper, words: Wording) -> None:
    said = finding.explanation
    paper.line("")
    paper.prose(
        (words.say(finding.severity.value), STYLE[finding.severity]), "  ", (said.title, "bold"),
        "  ", (finding.rule, "dim"),
    )  # fmt: skip
    paper.rows([[_how_often(finding, words)]])
    rows: list[list[Cell]] = []
    rows += [
        [(words.say("concerns") if index == 0 else "", "dim"), "", names]
        for index, names in enumerate(_concerned(finding.affected, words))
    ]
    rows += [
        [(words.say("reach") if index == 0 else "", "dim"), "", far]
        for index, far in enumerate(sentences.reach(finding, words))
    ]
    rows += [
        [(words.say("caused_by"), "dim"), "", f"{text} ({rule}, {words.clock(time)})"]
        for rule, time, text in finding.caused_by
    ]
    rows += outage_brief.open_ends(finding.undecided, words)
    rows.append([(words.say("means"), "dim"), "", said.meaning])
    rows += numbered(words.say("why"), said.likely_causes)
    rows += numbered(words.say("do"), said.remedy)
    rows += numbered(words.say("verify"), said.verify)
    if said.limits:
        rows.append([(words.say("limits"), "dim"), "", said.limits])
    paper.rows(rows, gap=1)
    for line in proofs(finding.evidence):
        paper.line("  ", (f"{line.file}:{line.line}", "cyan"), "  ", line.text)


def _how_often(finding: Finding, words: Wording) -> list[Piece]:
    often, state = sentences.often(finding, words), sentences.state(finding, words)
    return [often, "; ", (state, "bold" if finding.ongoing else "")] if state else [often]


def _concerned(affected: Affected, words: Wording) -> Iterable[str]:
    for key, tally in sentences.concerned(affected):
        yield f"{words.say(key)}: {_tally(tally, words)}"


def _tally(tally: Tally, words: Wording) -> str:
    shown = [f"{name} {count:,}" for name, count in tally.top[:NAMES]]
    if rest := sentences.rest(tally, NAMES):
        shown.append(words.say("others", count=rest))
    return ", ".join(shown)


def numbered(label: str, items: Sequence[str]) -> list[list[Cell]]:
    """Return rows for a list: the label once, then the items, numbered where there are several."""
    return [
        [(label if index == 1 else "", "dim"), f"{index}." if len(items) > 1 else "", item]
        for index, item in enumerate(items, 1)
    ]


def _reach(report: Report, paper: Paper, words: Wording) -> None:
    """Write what stands under no finding, and what to do about it; and who knows more of failures."""
    if left := sentences.also_far(report):
        paper.line("")
        paper.line((words.say("reach_more"), "bold"))
    for one in left:
        paper.rows([[("*", "bold red"), (one.statement, "bold")]], gap=1)
        paper.rows([[f"{number}.", step] for number, step in enumerate(one.remedy, start=1)], indent=4, gap=1)
    if more := sentences.more_of_failures(report, words):
        paper.line("")
        paper.prose((more, "dim"))


def _unexplained(groups: Sequence[Unexplained], paper: Paper, words: Wording) -> None:
    if not groups:
        return
    paper.line("")
    paper.prose((words.say("unexplained"), "bold"), "  ", (words.say("unexplained_hint"), "dim"))
    for group in groups[:UNEXPLAINED]:
        example = group.example
        paper.rows(
            [
                [
                    (words.say(group.severity.value), STYLE[group.severity]),
                    f"{group.count:,}x",
                    f"{group.program}: {group.template}",
                ]
            ]
        )
        paper.line("    ", (f"{example.file}:{example.line}", "cyan"), "  ", example.text)
    if len(groups) > UNEXPLAINED:
        paper.line("  ", words.say("more", count=len(groups) - UNEXPLAINED))


def _unparsed(samples: Sequence[Evidence], paper: Paper, words: Wording) -> None:
    if not samples:
        return
    paper.line("")
    paper.line((words.say("unparsed"), "bold"))
    for line in samples:
        paper.line("  ", (f"{line.file}:{line.line}", "cyan"), "  ", line.text)


def _blind_briefly(report: Report, words: Wording, *, verbose: bool) -> list[Piece]:
    """Return how many things these logs cannot show, for the line of the good news."""
    if verbose or not report.blind_spots:
        return []
    return [("  " + words.counted("blind_count", len(report.blind_spots)), "dim")]


def blind(spots: Sequence[BlindSpot], paper: Paper, words: Wording, *, verbose: bool) -> None:
    """Write what these logs cannot show, the gravest first. verbose: all of it."""
    if not spots:
        return
    shown = spots if verbose else spots[:BLIND_SPOTS]
    paper.line("")
    paper.line((words.say("blind"), "bold"))
    for spot in shown:
        paper.rows([["-", (spot.missing, "bold")], ["", spot.why]])
        paper.rows([[(words.say("do"), "dim"), spot.remedy]], indent=5)
    if len(shown) < len(spots):
        paper.line("  ", (words.say("blind_more", count=len(spots) - len(shown)), "dim"))
