"""What every form says of outages in the same words: how long, how much failed, with which rhythm.

In: parts of an `OutageReport`, phrases. Out: plain strings in the reader's language, and the services in their
final order. Never: escapes (that is the form's business); knows a form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from logscan.model.findings import Explanation, Finding, Undecided
from logscan.model.outages import Limits, Outage, OutageReport, Rate, Rhythm, Root
from logscan.reports.wording import Wording

#: Services that are named beside what is behind their outages.
SERVICES = 4
#: Outages of which something may be concluded.
REPEATED = 3
#: Odds beyond this are not told apart.
SURE = 1_000_000

#: Names of software as people write them, from our families.
_WHO = {
    "apache-error": "Apache", "nginx-error": "nginx", "php-fpm": "php-fpm", "opendkim": "OpenDKIM",
    "opendmarc": "OpenDMARC", "postfix": "Postfix",
}  # fmt: skip
#: Kinds whose start or reload is not ours to log.
_OTHERS = {"destination", "dns", "silence"}
_UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One service. finding: whose card explains it best; None for a silence. again: another story told that card."""

    rhythm: Rhythm
    outages: tuple[Outage, ...]
    finding: Finding | None
    again: bool = False

    @property
    def said(self) -> Explanation | None:
        """What the card says of it."""
        return self.finding.explanation if self.finding else None


def stories(report: OutageReport) -> list[Story]:
    """Return the services: webmail and what else is ours before destinations, then by outages and their length."""
    found = {finding.rule: finding for finding in report.scanned.findings}
    made = []
    for rhythm in report.rhythms:
        mine = tuple(outage for outage in report.outages if outage.service == rhythm.service)
        made.append(Story(rhythm=rhythm, outages=mine, finding=_leading(mine, found)))
    told: set[str] = set()
    ordered = []
    for story in sorted(made, key=_weight):
        rule = story.finding.rule if story.finding else ""
        ordered.append(replace(story, again=rule in told))
        told |= {rule} if rule else set()
    return ordered


def _leading(outages: Sequence[Outage], found: dict[str, Finding]) -> Finding | None:
    weights: dict[str, int] = {}
    for outage in outages:
        for rule in outage.rules[:1]:
            weights[rule] = weights.get(rule, 0) + outage.failures
    for rule in sorted(weights, key=lambda rule: (-weights[rule], rule)):
        if rule in found:
            return found[rule]
    return None


def _weight(story: Story) -> tuple[object, ...]:
    theirs = story.rhythm.kind in _OTHERS and story.rhythm.service.startswith("domain ")
    total = sum(outage.duration_s or 0 for outage in story.outages)
    return (theirs, -story.rhythm.outages, -total, story.rhythm.service)


def explained_rates(report: OutageReport) -> list[tuple[Finding, Rate]]:
    """Return what explains the services that fail now and then, each card once."""
    found = {finding.rule: finding for finding in report.scanned.findings}
    made: dict[str, tuple[Finding, Rate]] = {}
    for one in report.rates:
        finding = next((found[rule] for rule in one.rules if rule in found), None)
        if finding is not None:
            made.setdefault(finding.rule, (finding, one))
    return list(made.values())


def before(story: Story) -> list[tuple[str, datetime | None, str]]:
    """Return what is behind the outages of a service, each card once, with its last time; what is behind most first."""
    last: dict[str, tuple[str, datetime | None, str]] = {}
    weights: dict[str, int] = {}
    for outage in story.outages:
        for place, (rule, time, text) in enumerate(outage.caused_by):
            last[rule] = (rule, time, text)
            # the first of them is furthest behind
            weights[rule] = weights.get(rule, 0) + outage.failures * (2 if place == 0 else 1)
    return [last[rule] for rule in sorted(last, key=lambda rule: (-weights[rule], rule))]


def clues(story: Story, words: Wording) -> list[str]:
    """Return what the rhythm and the ends of its outages speak for, and the cure that follows from it."""
    rhythm, closed = story.rhythm, [outage for outage in story.outages if outage.end is not None]
    if rhythm.kind in _OTHERS:
        return []
    told = []
    if rhythm.follows is not None:
        told.append(words.say("clue_follows", what=mark(rhythm.follows.what, rhythm.follows.who, words)))
    elif rhythm.pattern in {"period", "daily", "weekly", "none"}:
        told.append(words.say("clue_none" if rhythm.pattern == "none" else f"clue_{rhythm.pattern}"))
    started = sum(outage.recovered_by is not None for outage in closed)
    if started:
        told.append(words.say("clue_started", count=started, all=len(closed)))
    elif len(closed) >= REPEATED:
        told.append(words.say("clue_alone", count=len(closed)))
    return told


def undecided(story: Story) -> Undecided | None:
    """Return what may be behind the last outage of a service of which the logs do not tell it."""
    return next((outage.undecided for outage in reversed(story.outages) if outage.undecided), None)


def candidates(open_: Undecided, words: Wording) -> list[str]:
    """Return what may be behind it, each but the first with an `or`."""
    texts = [one.text for one in open_.candidates]
    return [*texts[:1], *(words.say("outages_or", what=text) for text in texts[1:])]


def cost(root: Root, words: Wording) -> str:
    """Return how much failed because of it, and where."""
    shown = words.say("comma").join(root.services[:SERVICES])
    if len(root.services) > SERVICES:
        shown += words.say("comma") + words.say("more", count=len(root.services) - SERVICES)
    return words.say(
        "outages_root_costs", failures=words.counted("outages_failures", root.failures), services=shown
    )


def brief(outage: Outage, words: Wording) -> str:
    """Return an outage of which a scan knows no end."""
    return words.say(
        "outages_brief_row",
        begin=words.clock(outage.begin),
        last=words.clock(outage.last),
        failures=words.counted("outages_failures", outage.failures),
    )


# --- sentences -----------------------------------------------------------------------------------


def duration(seconds: float, words: Wording) -> str:
    """Return a length of time in its largest unit and the next one, where that adds something."""
    left = max(0, round(seconds))
    largest = next((at for at, (_, size) in enumerate(_UNITS) if left >= size), len(_UNITS) - 1)
    parts: list[str] = []
    for key, size in _UNITS[largest : largest + 2]:
        count, left = divmod(left, size)
        if count or not parts:
            parts.append(words.say(key, count=count))
    return " ".join(parts)


def rule(limits: Limits, words: Wording) -> str:
    """Return what an outage is here."""
    return words.say(
        "outages_rule",
        failures=limits.min_failures,
        share=f"{100 * limits.min_share:g}",
        gap=duration(limits.gap_s, words)
        if limits.gap_s >= 10
        else words.say("seconds", count=f"{limits.gap_s:g}"),
        row=limits.recovered_after,
    )


def headline(report: OutageReport, words: Wording) -> str:
    """Return how many outages of how many services there are."""
    return words.say(
        "outages_of",
        outages=words.counted("outages_count", len(report.outages)),
        services=words.counted("outages_services", len(report.rhythms)),
    )


def none(report: OutageReport, words: Wording) -> str:
    """Return the good news, as far as it can be told."""
    scanned = report.scanned
    doubtful = scanned.totals.unparsed or any(problem.unreadable for problem in scanned.problems)
    calm = words.say("outages_none_in_part" if doubtful else "outages_none")
    return calm if report.rates else f"{calm} {words.say('outages_nothing')}"


def when(outage: Outage, words: Wording) -> str:
    """Return from when to when."""
    begin = words.clock(outage.begin)
    if outage.end is not None:
        same = outage.begin.astimezone(words.zone).date() == outage.end.astimezone(words.zone).date()
        end = words.clock(outage.end)
        return words.say("outages_from_to", begin=begin, end=end[11:] if same else end)
    if outage.ongoing:
        return words.say("outages_since", begin=begin)
    return words.say("outages_last", begin=begin, last=words.clock(outage.last)[11:])


def much(outage: Outage, words: Wording) -> str:
    """Return how much failed and for whom."""
    if outage.kind == "silence":
        return words.say("outages_silence")
    parts = [words.counted("outages_failures", outage.failures)]
    if outage.clients:
        parts.append(words.counted("outages_clients", outage.clients))
    if outage.succeeded:
        parts.append(words.say("outages_between", count=outage.succeeded))
    return words.say("comma").join(parts)


def ending(outage: Outage, words: Wording) -> str:
    """Return what ended it, or that nothing did; empty where it just came back."""
    if outage.ongoing:
        return words.say("outages_open")
    if outage.end is None:
        return words.say("outages_silent")
    if outage.recovered_by is not None:
        return words.say("outages_recovered", what=mark(*outage.recovered_by, words))
    return ""


def alone(outages: Sequence[Outage], words: Wording) -> str | None:
    """Return that what is ours came back without a start or a reload in these logs, where it always did."""
    closed = [outage for outage in outages if outage.end is not None]
    if not closed or any(outage.recovered_by or outage.kind in _OTHERS for outage in closed):
        return None
    return words.counted("outages_alone", len(closed))


def mark(what: str, who: str, words: Wording) -> str:
    """Return a start or a reload in words."""
    return words.say(f"mark_{what}", who=_WHO.get(who, who))


def pattern(rhythm: Rhythm, words: Wording) -> str:
    """Return the rhythm as a sentence, with the number it rests on and what chance would do."""
    if rhythm.pattern in {"few", "none"}:
        return words.counted(f"pattern_{rhythm.pattern}", rhythm.outages)
    at = rhythm.at or 0.0
    turn = at * 7 if rhythm.pattern == "weekly" else at
    minutes = round(turn % 1 * 24 * 60)
    return words.say(
        f"pattern_{rhythm.pattern}",
        count=rhythm.outages,
        period=duration(rhythm.period_s or 0, words),
        spread=duration(rhythm.spread_s or 0, words),
        odds=min(SURE, round(1 / max(rhythm.chance or 0.0, 1 / SURE))),
        clock=f"{minutes // 60 % 24:02d}:{minutes % 60:02d}",
        weekday=words.say(f"weekday_{int(turn) % 7}"),
    )


def follows(rhythm: Rhythm, words: Wording) -> str | None:
    """Return what its outages regularly come after."""
    found = rhythm.follows
    if found is None:
        return None
    return words.say(
        "after_soon" if found.at_s is None else "after_always",
        hits=found.hits,
        count=rhythm.outages,
        within=duration(found.within_s, words),
        at=duration(found.at_s or 0, words),
        what=mark(found.what, found.who, words),
    )


def beat(story: Story, words: Wording) -> list[str]:
    """Return everything about the rhythm: the pattern, the averages, what precedes, what ends it, what is to come."""
    rhythm = story.rhythm
    parts = [pattern(rhythm, words)]
    if rhythm.mean_between_s is not None:
        between = duration(rhythm.mean_between_s, words)
        if rhythm.mean_duration_s is None:
            parts.append(words.say("outages_mean_open", between=between))
        else:
            lasted = duration(rhythm.mean_duration_s, words)
            parts.append(words.say("outages_mean", between=between, duration=lasted))
    if (after := follows(rhythm, words)) is not None:
        parts.append(after)
    if (unaided := alone(story.outages, words)) is not None:
        parts.append(unaided)
    if rhythm.next_expected is not None:
        parts.append(words.say("outages_next", time=words.clock(rhythm.next_expected)[:16]))
    return parts


def rate(one: Rate, words: Wording) -> str:
    """Return how often a service fails that has no outage."""
    failures = words.counted("outages_failures", one.failures)
    span = {"span": words.span(one.first, one.last)}
    if one.first.replace(microsecond=0) == one.last.replace(microsecond=0):
        span = {"span": words.clock(one.first)}
    if one.succeeded is None:
        return words.say("outages_rate_alone", failures=failures, **span)
    share = 100 * one.failures / (one.failures + one.succeeded)
    return words.say("outages_rate", failures=failures, succeeded=one.succeeded, share=f"{share:.2g}", **span)


def total(outages: Sequence[Outage], words: Wording) -> str:
    """Return how many they are, and how long in all."""
    return words.say(
        "outages_in_all",
        count=words.counted("outages_count", len(outages)),
        duration=duration(sum(outage.duration_s or 0 for outage in outages), words),
    )


def stretch(report: OutageReport) -> tuple[datetime, datetime] | None:
    """Return the period that a timeline shows: all that was read, and the outages whole."""
    totals = report.scanned.totals
    ends = [outage.end or outage.last for outage in report.outages]
    firsts = [outage.begin for outage in report.outages]
    firsts += [totals.first] if totals.first else []
    ends += [totals.last] if totals.last else []
    return (min(firsts), max(ends)) if firsts and ends else None


def shares(outage: Outage, period: tuple[datetime, datetime]) -> tuple[float, float]:
    """Return where an outage begins and ends in a period, 0 to 1."""
    length = max((period[1] - period[0]).total_seconds(), 1.0)
    begin = (outage.begin - period[0]).total_seconds() / length
    until = period[1] if outage.ongoing else outage.end or outage.last
    return begin, min(1.0, (until - period[0]).total_seconds() / length)
