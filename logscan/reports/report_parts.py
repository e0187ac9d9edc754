"""What stands in a nightly report, part by part, for every form that people read.

In: `Nightly`, phrases. Out: parts of a few sorts of blocks, in plain strings. Never: escapes (that is the form's business);
an empty part; a number of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

from logscan.model.bounces import Group, Queued
from logscan.model.findings import Evidence, Finding
from logscan.model.flow import Named
from logscan.model.report import UNKNOWN, Nightly
from logscan.packs.reach import steps
from logscan.reports import bounced, outage_words, sentences, usual_words
from logscan.reports import report_words as say
from logscan.reports.flow_json import totals
from logscan.reports.flow_text import size
from logscan.reports.report_words import Voice
from logscan.reports.wording import Wording

#: How much of each is shown unasked.
CHANGES: Final = 15
ODD: Final = 10
FINDINGS: Final = 5
CAUSES: Final = 2
STEPS: Final = 4
GROUPS: Final = 8
WAITING: Final = 5
SERVICES: Final = 6
ROOTS: Final = 3
NAMES: Final = 5
OUTAGES: Final = 3
_BYTES: Final = frozenset({"bytes_received", "bytes_delivered"})
_PERCENTILES: Final = ("p50", "p90", "p95", "p98", "max")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """A paragraph. strong: one that must not be overlooked. label: what stands before it."""

    text: str
    strong: bool = False
    faint: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A table. right: columns of numbers. title: above it. head: empty where it explains itself."""

    rows: tuple[tuple[str, ...], ...]
    head: tuple[str, ...] = ()
    right: frozenset[int] = frozenset()
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Things in order, below a label."""

    label: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Lines of logs."""

    lines: tuple[Evidence, ...]


Block = Prose | Rows | Steps | Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A title and what stands below it."""

    title: str
    blocks: tuple[Block, ...]


def parts(report: Nightly, voice: Voice, *, verbose: bool = False) -> list[Part]:
    """Return all parts of a day that was not quiet, in their order. verbose: every row, and notices explained too."""
    words = voice.words
    if report.light == UNKNOWN:
        return [Part(title=words.say("night_trust"), blocks=tuple(_trust(report, words, verbose=verbose)))]
    made = (
        ("night_changes", changes(report, words, verbose=verbose)),
        ("night_findings", _findings(report, words, verbose=verbose)),
        ("night_bounces", _bounces(report, words, verbose=verbose)),
        ("night_queued", _queued(report, words, verbose=verbose)),
        ("night_outages", _outages(report, words, verbose=verbose)),
        ("night_flow", _flow(report, voice)),
        ("night_security", _security(report, voice)),
        ("night_trust", _trust(report, words, verbose=verbose)),
    )
    listed = ((words.say(title), tuple(blocks)) for title, blocks in made)
    return [Part(title=title, blocks=blocks) for title, blocks in listed if blocks]


def changes(report: Nightly, words: Wording, *, verbose: bool = False) -> Iterator[Block]:
    """Yield what changed, what was not as usual, and what that was compared with."""
    told = say.told(report.changes)
    shown = told if verbose else told[:CHANGES]
    if shown:
        yield Rows(rows=tuple(say.row(one, words) for one in shown), right=frozenset({1}))
    if len(shown) < len(told):
        yield Prose(text=words.say("more", count=len(told) - len(shown)), faint=True)
    odd = usual_words.rows(report, words)
    if odd:
        most = len(odd) if verbose else ODD
        heads = tuple(words.say(f"night_column_{name}") for name in ("when", "what"))
        yield Rows(title=words.say("night_odd"), head=heads, rows=odd[:most])
        if most < len(odd):
            yield Prose(text=words.say("more", count=len(odd) - most), faint=True)
    marks = [key for key in ("both", "weekday") if any(one.against == key for one in shown)]
    legend = [words.say(f"night_by_{key}_means") for key in marks]
    usual = [said] if (said := usual_words.history(report, words)) else []
    yield Prose(text=" ".join([*say.history(report, words), *legend, *usual]))
    if told and any(one.change.kind in {"worse", "better"} for one in told):
        yield Prose(text=say.rule(report, words), faint=True)


# --- findings ------------------------------------------------------------------------------------


def _findings(report: Nightly, words: Wording, *, verbose: bool) -> Iterator[Block]:
    loud = sentences.loud(report.scan)
    shown = report.scan.findings if verbose else loud[:FINDINGS]
    for finding in shown:
        yield from _finding(finding, words, verbose=verbose)
    if shown and not verbose:
        yield Prose(text=words.say("night_steps"), faint=True)
    if len(shown) < len(loud):
        rest = loud[len(shown) :]
        rows = tuple(
            (words.say(one.severity.value), sentences.times(one.count, words), one.explanation.title)
            for one in rest
        )
        yield Rows(rows=rows, right=frozenset({1}))
        yield Prose(text=words.say("night_findings_more", count=len(rest)), faint=True)
    for group in report.scan.unexplained[:NAMES]:
        often = sentences.times(group.count, words)
        yield Prose(text=f"{often}: {group.program}: {group.template}", label=words.say(group.severity.value))
        yield Proof(lines=(group.example,))
    minor = len(report.scan.findings) - len(loud)
    if minor and not verbose:
        yield Prose(text=words.counted("night_minor", minor), faint=True)


def _finding(finding: Finding, words: Wording, *, verbose: bool) -> Iterator[Block]:
    said = finding.explanation
    yield Prose(text=f"{said.title} ({finding.rule})", label=words.say(finding.severity.value), strong=True)
    state = sentences.state(finding, words)
    often = sentences.often(finding, words)
    yield Prose(text=f"{often}; {state}" if state else often)
    yield Prose(text=said.meaning, label=words.say("means"))
    why, steps = (None, None) if verbose else (CAUSES, STEPS)
    verify = said.verify if verbose else ()
    for key, items in (("why", said.likely_causes[:why]), ("do", said.remedy[:steps]), ("verify", verify)):
        if items:
            yield Steps(label=words.say(key), items=items)
    yield Proof(lines=tuple(finding.evidence[:1]))


# --- bounces -------------------------------------------------------------------------------------


def _bounces(report: Nightly, words: Wording, *, verbose: bool) -> Iterator[Block]:
    answer = report.bounces
    if not answer.recipients:
        yield Prose(text=words.say("night_no_bounces"))
        return
    mails = words.counted("mails", answer.messages)
    recipients = words.counted("recipients", answer.recipients)
    yield Prose(text=words.say("bounces_total", mails=mails, recipients=recipients))
    for one in answer.blast_radius:
        yield Prose(text=bounced.statement(one, answer, words), strong=True)
        if todo := steps(one, words.phrases):
            yield Steps(label=words.say("do"), items=tuple(todo))
    head = (words.say("night_column_recipients"), words.say("night_column_what"))
    most = None if verbose else GROUPS
    for table, title, last, rows in (
        ("by_cause", "", "night_column_became", answer.by_cause),
        (
            "by_provider",
            "night_providers",
            "night_column_causes",
            [one for one in answer.by_provider if one.key],
        ),
        ("by_domain", "night_domains", "night_column_causes", answer.by_domain),
    ):
        if rows:
            yield Rows(
                title=words.say(title) if title else "",
                head=(*head, words.say(last)),
                rows=tuple(_group(table, one, report, words) for one in rows[:most]),
                right=frozenset({0}),
            )
        if most is not None and len(rows) > most:
            yield Prose(text=words.say("more", count=len(rows) - most), faint=True)


def _group(table: str, group: Group, report: Nightly, words: Wording) -> tuple[str, ...]:
    name = group.key or ""
    if table == "by_cause":
        name = bounced.title(group.cause, words)
    elif table == "by_provider":
        name = report.bounces.names.get(name, name)
    else:
        name = name or words.say("bounces_no_domain")
    return f"{group.recipients:,}", name, bounced.briefly(table, group, words)


def _queued(report: Nightly, words: Wording, *, verbose: bool) -> Iterator[Block]:
    waiting = report.bounces.still_queued
    if not waiting:
        return
    time = words.clock(report.as_of)[:16]
    key = "night_queued_count_one" if len(waiting) == 1 else "night_queued_count"
    yield Prose(text=words.say(key, count=len(waiting), time=time))
    shown = waiting if verbose else waiting[:WAITING]
    head = tuple(words.say(f"night_column_{name}") for name in ("queue_id", "recipient", "waits"))
    yield Rows(head=head, rows=tuple(_waits(one, report, words) for one in shown))
    if len(shown) < len(waiting):
        yield Prose(text=words.say("more", count=len(waiting) - len(shown)), faint=True)


def _waits(one: Queued, report: Nightly, words: Wording) -> tuple[str, ...]:
    said = [words.say("night_queued_since", since=words.clock(one.since)[:16])] if one.since else []
    said += [bounced.title(one.cause, words)] if one.cause else []
    said.append(bounced.deadline(one, report.as_of, words))
    return one.queue_id, one.recipient or words.say("bounces_nobody"), "; ".join(said)


# --- outages -------------------------------------------------------------------------------------


def _outages(report: Nightly, words: Wording, *, verbose: bool) -> Iterator[Block]:
    found = report.outages
    told = outage_words.stories(found)
    if not told:
        yield Prose(text=outage_words.none(found, words))
        return
    yield Prose(text=outage_words.headline(found, words), strong=True)
    behind = [root for root in found.roots if not root.own]
    for root in behind if verbose else behind[:ROOTS]:
        said = f"{root.title} ({root.rule}); {outage_words.cost(root, words)}"
        yield Prose(text=said, label=words.say("outages_root"))
    shown = told if verbose else told[:SERVICES]
    for story in shown:
        total = outage_words.total(story.outages, words)
        title = f": {story.said.title}" if story.said else ""
        yield Prose(text=f"{total}{title}", label=story.rhythm.service, strong=True)
        rows = story.outages if verbose else story.outages[-OUTAGES:]
        yield Rows(
            rows=tuple(
                (
                    outage_words.when(one, words),
                    "; ".join(
                        part
                        for part in (outage_words.much(one, words), outage_words.ending(one, words))
                        if part
                    ),
                )
                for one in rows
            )
        )
        if story.rhythm.outages > 1:
            beat = words.say("comma").join(outage_words.beat(story, words))
            yield Prose(text=beat, label=words.say("outages_rhythm"))
    if len(shown) < len(told):
        yield Prose(text=words.say("night_outages_more", count=len(told) - len(shown)), faint=True)


# --- traffic -------------------------------------------------------------------------------------


def _flow(report: Nightly, voice: Voice) -> Iterator[Block]:
    words, flow = voice.words, voice.flow
    sums = totals(report.flow)
    past = (
        {field.name: getattr(report.before.sums, field.name) for field in fields(report.before.sums)}
        if report.before
        else {}
    )
    weeks = [
        {field.name: getattr(one.sums, field.name) for field in fields(one.sums)} for one in report.weekday
    ]
    rows = []
    for name, value in sums.items():
        before = past.get(name)
        usual = [week[name] for week in weeks if name in week]
        if not (value or before or any(usual)):
            continue
        row = [flow.say(name), _amount(name, value)]
        row += [_amount(name, before)] if report.before else []
        row += [_amount(name, sum(usual) / len(usual) if usual else None)] if weeks else []
        rows.append(tuple(row))
    head = ["", words.say("night_now")]
    head += [words.say("night_before")] if report.before else []
    head += [words.say("night_usual")] if weeks else []
    if rows:
        yield Rows(head=tuple(head), rows=tuple(rows), right=frozenset(range(1, len(head))))
    delays = tuple(
        (flow.say(f"delay_{one.stage}"), *(_seconds(getattr(one, name)) for name in _PERCENTILES))
        for one in report.flow.delays
        if one.count
    )
    if delays:
        right = frozenset(range(1, 6))
        yield Rows(title=words.say("night_delays"), head=("", *_PERCENTILES), rows=delays, right=right)
    for field in fields(report.flow.top):
        named = getattr(report.flow.top, field.name)[:NAMES]
        if named:
            yield _top(field.name, named, voice)


def _top(name: str, named: Sequence[Named], voice: Voice) -> Rows:
    head = (*(voice.flow.say(f"column_{column}") for column in ("messages", "recipients", "bytes")), "")
    rows = tuple(
        (f"{one.messages:,}", f"{one.recipients:,}", size(one.bytes), one.name or "<>") for one in named
    )
    return Rows(title=voice.words.say(f"night_top_{name}"), head=head, rows=rows, right=frozenset({0, 1, 2}))


def _amount(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return size(value) if name in _BYTES else say.count(value)


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}"


def _security(report: Nightly, voice: Voice) -> Iterator[Block]:
    words = voice.words
    yield Prose(text=say.signed(report, words))
    yield Prose(text=" ".join(say.encryption(report, voice)))
    yield Prose(text=say.logins(report, words))


def _trust(report: Nightly, words: Wording, *, verbose: bool) -> Iterator[Block]:
    for sentence in say.unread(report, words):
        yield Prose(text=sentence)
    samples = report.scan.totals.unparsed_samples
    if samples:
        yield Proof(lines=samples if verbose else samples[:2])
