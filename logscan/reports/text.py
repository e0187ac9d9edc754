"""A report for a person at a terminal, at three in the morning.

In: `Report`, phrases, a `Paper`. Out: text: first what was read and how far it can be trusted,
then everything at a glance, then finding by finding what it is, why, what to do, and the proof.
Never: decides what is a finding or in which order they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from logscan.model.findings import Affected, Evidence, Finding, Report, Tally, Unexplained
from logscan.model.problems import Problem
from logscan.model.vocabulary import Cause, Severity
from logscan.reports.paper import Cell, Paper, Piece
from logscan.reports.wording import Wording

STYLE = {
    Severity.CRITICAL: "bold white on red",
    Severity.ERROR: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.NOTICE: "bold cyan",
    Severity.INFO: "dim",
}

#: What is worse than this is explained in full even without --verbose.
EXPLAINED = Severity.WARNING
PROOFS = 3
NAMES = 5
UNEXPLAINED = 10


def write(
    report: Report, paper: Paper, words: Wording, *, verbose: bool = False, quiet: bool = False
) -> None:
    """Write the whole report. verbose: explain notices and information too. quiet: glance only."""
    trust(report, paper, words)
    loud = [f for f in report.findings if f.severity.rank <= EXPLAINED.rank]
    if not loud and not report.unexplained and report.totals.events:
        doubt = report.totals.unparsed or any(problem.unreadable for problem in report.problems)
        paper.line((words.say("quiet_in_part"), "bold") if doubt else (words.say("quiet"), "bold green"))
    if report.findings:
        _glance(report.findings, paper, words)
    if quiet:
        return
    for finding in report.findings if verbose else loud:
        _finding(finding, paper, words)
    if not verbose and len(loud) < len(report.findings):
        paper.line("")
        paper.line((words.say("minor"), "dim"))
    _unexplained(report.unexplained, paper, words)
    _unparsed(report.totals.unparsed_samples, paper, words)
    _blind(report, paper, words)


def trust(report: Report, paper: Paper, words: Wording) -> None:
    """Write what was read, of when, with which assumptions, and what was not."""
    totals = report.totals
    if _nothing_in_window(report):
        since, until = (words.clock(time) if time else "..." for time in report.window)
        covered = {"first": words.clock(report.covered[0]), "last": words.clock(report.covered[1])}
        paper.prose((words.say("window_empty", since=since, until=until, **covered), "bold yellow"))
    files = sum(item.format is not None for item in report.inputs)
    understood = (
        words.counted("not_understood", totals.unparsed) if totals.unparsed else words.say("all_understood")
    )
    counts = (("files", files), ("lines", totals.lines), ("events", totals.events))
    read = words.say("comma").join(words.counted(key, count) for key, count in counts)
    paper.prose(
        read,
        words.say("comma"),
        (understood, "bold yellow" if totals.unparsed else ""),
        "; ",
        words.span(totals.first, totals.last),
    )
    paper.prose((_assumed(report, words), "dim"))
    if extra := _also(report, words):
        paper.prose((extra, "dim"))
    paper.rows(_problems(report.problems, words), indent=0)


def _problems(problems: Sequence[Problem], words: Wording) -> list[list[Cell]]:
    """Return a row per problem; files with which the same is wrong share one."""
    alike: dict[tuple[bool, str, str], list[str]] = {}
    for problem in problems:
        alike.setdefault((problem.unreadable, problem.reason, problem.help), []).append(problem.where)
    return [
        [
            (words.say("problem"), "bold yellow") if unreadable else (words.say("note"), "dim"),
            f"{_some(places, words)}: {reason}; {help_}",
        ]
        for (unreadable, reason, help_), places in alike.items()
    ]


def _some(places: Sequence[str], words: Wording) -> str:
    shown = ", ".join(places[:NAMES])
    return shown if len(places) <= NAMES else f"{shown}, {words.say('more', count=len(places) - NAMES)}"


def _nothing_in_window(report: Report) -> bool:
    return any(report.window) and not report.totals.events and not report.totals.unparsed


def _assumed(report: Report, words: Wording) -> str:
    assumed = report.assumptions
    parts = [words.say("zone", zone=assumed.zone, source=words.say(f"zone_{assumed.zone_source}"))]
    if assumed.year_source is not None:
        source = words.say(f"year_{assumed.year_source}")
        parts.append(words.say("year", year=str(assumed.year), source=source))
    return "; ".join(parts)


def _also(report: Report, words: Wording) -> str:
    totals = report.totals
    counts = (
        ("duplicates", totals.duplicates_dropped),
        ("repeated", totals.repeated_expanded),
        ("invalid", totals.invalid_bytes),
    )
    return "; ".join(words.counted(key, count) for key, count in counts if count)


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
        [(words.say("caused_by"), "dim"), "", f"{text} ({rule}, {words.clock(time)})"]
        for rule, time, text in finding.caused_by
    ]
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
    often = words.say("count_once") if finding.count == 1 else words.say("count_times", count=finding.count)
    parts = [often]
    parts += [
        words.counted(key, count)
        for key, count in (
            ("mails", finding.messages),
            ("recipients", finding.recipients),
            ("sessions", finding.sessions),
        )
        if count
    ]
    if finding.first != finding.last:
        parts.append(words.say("since", first=words.clock(finding.first)))
    elif finding.first is not None:
        parts.append(words.say("at", first=words.clock(finding.first)))
    if finding.cause == Cause.SERVICE_LIFECYCLE:  # a start or a stop neither goes on nor ends
        return [", ".join(parts)]
    state = words.say("ongoing") if finding.ongoing else words.say("over", last=words.clock(finding.last))
    return [", ".join(parts), "; ", (state, "bold" if finding.ongoing else "")]


def _concerned(affected: Affected, words: Wording) -> Iterable[str]:
    for key, tally in (
        ("backends", affected.backends),
        ("relays", affected.relays),
        ("domains", affected.domains),
        ("recipient_names", affected.recipients),
        ("clients", affected.clients),
    ):
        if tally.top:
            yield f"{words.say(key)}: {_tally(tally, words)}"


def _tally(tally: Tally, words: Wording) -> str:
    shown = [f"{name} {count:,}" for name, count in tally.top[:NAMES]]
    rest = sum(count for _, count in tally.top[NAMES:]) + tally.others
    if rest:
        shown.append(words.say("others", count=rest))
    return ", ".join(shown)


def numbered(label: str, items: Sequence[str]) -> list[list[Cell]]:
    """Return rows for a list: the label once, then the items, numbered where there are several."""
    return [
        [(label if index == 1 else "", "dim"), f"{index}." if len(items) > 1 else "", item]
        for index, item in enumerate(items, 1)
    ]


def proofs(evidence: Sequence[Evidence], limit: int = PROOFS) -> Sequence[Evidence]:
    """Return the first lines and the last, so that begin and end are both proved."""
    return evidence if len(evidence) <= limit else (*evidence[: limit - 1], evidence[-1])


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


def _blind(report: Report, paper: Paper, words: Wording) -> None:
    if not report.blind_spots:
        return
    paper.line("")
    paper.line((words.say("blind"), "bold"))
    for spot in report.blind_spots:
        paper.rows([["-", f"{spot.missing}: {spot.why}; {spot.remedy}"]])
