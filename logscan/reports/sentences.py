"""What every form for people says in the same words: what was read, how often, since when, whom.

In: parts of a `Report`, phrases. Out: plain strings in the reader's language.
Never: escapes (that is the form's business); knows a form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from logscan.model.findings import Affected, Assumptions, Evidence, Finding, Reach, Report, Tally
from logscan.model.problems import Problem
from logscan.model.vocabulary import Cause, Direction, Severity
from logscan.reports.wording import Wording

#: What is worse than this is explained in full even without --verbose.
EXPLAINED = Severity.WARNING
NAMES = 5
PROOFS = 3

_LINK = re.compile(r"https://[\w.~:/?#\[\]@!$&()*+,;=%-]+", re.ASCII)


def loud(report: Report) -> list[Finding]:
    """Return the findings that are explained unasked, in their order."""
    return [finding for finding in report.findings if finding.severity.rank <= EXPLAINED.rank]


def calm(report: Report, words: Wording) -> str | None:
    """Return the good news, as far as it can be told; None when there is something to look at."""
    if loud(report) or report.unexplained or also_far(report) or not report.totals.events:
        return None
    return words.say("quiet_in_part" if doubtful(report) else "quiet")


def doubtful(report: Report) -> bool:
    """Return whether something was not read or not understood."""
    return bool(report.totals.unparsed) or any(problem.unreadable for problem in report.problems)


def tally(report: Report) -> list[tuple[Severity, int]]:
    """Return how many findings there are of each severity, the highest first, without zeros."""
    counts = [(level, sum(finding.severity is level for finding in report.findings)) for level in Severity]
    return [(level, count) for level, count in counts if count]


# --- what was read -------------------------------------------------------------------------------


def window_empty(report: Report, words: Wording) -> str | None:
    """Return that nothing lies in the period asked for, where that is so."""
    if not any(report.window) or report.totals.events or report.totals.unparsed:
        return None
    since, until = (words.clock(time) if time else "..." for time in report.window)
    covered = {"first": words.clock(report.covered[0]), "last": words.clock(report.covered[1])}
    return words.say("window_empty", since=since, until=until, **covered)


def amount(report: Report, words: Wording) -> str:
    """Return how many files, lines and events were read."""
    files = sum(item.format is not None for item in report.inputs)
    counts = (("files", files), ("lines", report.totals.lines), ("events", report.totals.events))
    return words.say("comma").join(words.counted(key, count) for key, count in counts)


def understood(report: Report, words: Wording) -> str:
    """Return how many lines were not understood, or that all were."""
    unparsed = report.totals.unparsed
    return words.counted("not_understood", unparsed) if unparsed else words.say("all_understood")


def assumed(zone: Assumptions, words: Wording) -> str:
    """Return the zone and the year that the logs did not say, and who said them."""
    year = zone.year_source
    parts = [words.say("zone", zone=zone.zone, source=words.say(f"zone_{zone.zone_source}"))]
    if year is not None:
        parts.append(words.say("year", year=str(zone.year), source=words.say(f"year_{year}")))
    return "; ".join(parts)


def also(report: Report, words: Wording) -> str:
    """Return what was counted otherwise than line by line; empty when nothing was."""
    totals = report.totals
    counts = (
        ("duplicates", totals.duplicates_dropped),
        ("repeated", totals.repeated_expanded),
        ("invalid", totals.invalid_bytes),
    )
    return "; ".join(words.counted(key, count) for key, count in counts if count)


def alike(problems: Sequence[Problem], words: Wording) -> list[tuple[bool, str]]:
    """Return (unreadable, sentence) per problem; files with which the same is wrong share one."""
    groups: dict[tuple[bool, str, str], list[str]] = {}
    for problem in problems:
        groups.setdefault((problem.unreadable, problem.reason, problem.help), []).append(problem.where)
    return [
        (unreadable, f"{_some(places, words)}: {reason}; {help_}")
        for (unreadable, reason, help_), places in groups.items()
    ]


def _some(places: Sequence[str], words: Wording) -> str:
    shown = ", ".join(places[:NAMES])
    return shown if len(places) <= NAMES else f"{shown}, {words.say('more', count=len(places) - NAMES)}"


# --- a finding -----------------------------------------------------------------------------------


def often(finding: Finding, words: Wording) -> str:
    """Return how often it happened, to how many, and since when."""
    parts = [times(finding.count, words)]
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
    return ", ".join(parts)


def times(count: int, words: Wording) -> str:
    """Return `once` or `N times`."""
    return words.say("count_once") if count == 1 else words.say("count_times", count=count)


def state(finding: Finding, words: Wording) -> str:
    """Return whether it goes on; empty for a start or a stop, which neither goes on nor ends."""
    if finding.cause == Cause.SERVICE_LIFECYCLE:
        return ""
    return words.say("ongoing") if finding.ongoing else words.say("over", last=words.clock(finding.last))


def briefly(finding: Finding, words: Wording) -> str:
    """Return the same for a table."""
    if finding.ongoing and finding.cause != Cause.SERVICE_LIFECYCLE:
        return words.say("ongoing")
    return words.say("until", last=words.clock(finding.last))


def concerned(affected: Affected) -> Iterator[tuple[str, Tally]]:
    """Yield (the phrase for what it is, counts) for everything that is concerned."""
    for key, tally in (
        ("backends", affected.backends),
        ("relays", affected.relays),
        ("domains", affected.domains),
        ("recipient_names", affected.recipients),
        ("clients", affected.clients),
    ):
        if tally.top:
            yield key, tally


def reach(finding: Finding, words: Wording) -> list[str]:
    """Return whose servers it is about, and how far it reaches, as far as that is known."""
    whose = [words.say("provider", provider=finding.provider)] if finding.provider else []
    return [*whose, *finding.reach]


def also_far(report: Report) -> list[Reach]:
    """Return what is said of how far a trouble reaches that stands under no finding."""
    return [one for one in report.blast_radius if not one.rules]


def more_of_failures(report: Report, words: Wording) -> str:
    """Return who knows more, where deliveries to others failed that are explained; else nothing."""
    failed = any(one.direction == Direction.OUTBOUND and one.deliveries for one in loud(report))
    return words.say("reach_bounces") if failed else ""


def rest(tally: Tally, shown: int) -> int:
    """Return the sum of what is left when the first `shown` names are shown."""
    return sum(count for _, count in tally.top[shown:]) + tally.others


def proofs(evidence: Sequence[Evidence], limit: int = PROOFS) -> Sequence[Evidence]:
    """Return the first lines and the last, so that begin and end are both proved."""
    return evidence if len(evidence) <= limit else (*evidence[: limit - 1], evidence[-1])


def links(references: Sequence[str]) -> list[str]:
    """Return the references that may become links: pages on the web, in an alphabet that needs no care."""
    return [reference for reference in references if _LINK.fullmatch(reference)]
