"""Outages for a program: the contract's JSON.

In: `OutageReport`, phrases for the sentences. Out: one document, keys in the contract's order.
Never: NaN, Infinity, a made-up zero.
"""

from __future__ import annotations

from typing import Any

from logscan.model.findings import Evidence
from logscan.model.outages import OutageReport, Rate, Root
from logscan.reports import outage_words as say
from logscan.reports.json import document as scan_document
from logscan.reports.json import number, stamp, undecided
from logscan.reports.json import outage as entry
from logscan.reports.wording import Wording

#: What every document carries, in this order.
_HEAD = ("version", "generated", "elapsed_s", "as_of", "inputs", "totals", "assumptions", "blind_spots")


def document(report: OutageReport, words: Wording) -> dict[str, Any]:
    """Return `logscan.outages/1` as the contract has it."""
    scanned = scan_document(report.scanned)
    limits = report.limits
    return {
        "schema": "logscan.outages/1",
        **{name: scanned[name] for name in _HEAD},
        "outages": [
            entry(one, None if one.recovered_by is None else say.mark(*one.recovered_by, words))
            for one in report.outages
        ],
        "roots": [_root(one) for one in report.roots],
        "thresholds": {
            "gap_s": number(limits.gap_s),
            "min_failures": limits.min_failures,
            "recovered_after": limits.recovered_after,
            "min_share": number(limits.min_share),
        },
        "recurrences": [_recurrence(one, words) for one in _ordered(report)],
        "rates": [_rate(one) for one in report.rates],
        "problems": scanned["problems"],
    }


def _root(root: Root) -> dict[str, Any]:
    return {
        "rule": root.rule,
        "cause": root.cause,
        "time": stamp(root.time),
        "text": root.title,
        "failures": root.failures,
        "services": list(root.services),
        "outages": list(root.outages),
        "symptoms": list(root.symptoms),
        "undecided": undecided(root.undecided),
        "evidence": [_line(line) for line in root.evidence],
    }


def _line(line: Evidence) -> dict[str, Any]:
    return {"file": line.file, "line": line.line, "time": stamp(line.time), "text": line.text}


def _ordered(report: OutageReport) -> list[say.Story]:
    """Return the services, the one with most outages first."""
    stories = {story.rhythm.service: story for story in say.stories(report)}
    return [stories[rhythm.service] for rhythm in report.rhythms]


def _recurrence(story: say.Story, words: Wording) -> dict[str, Any]:
    rhythm = story.rhythm
    return {
        "service": rhythm.service,
        "outages": rhythm.outages,
        "mean_between_s": number(rhythm.mean_between_s),
        "mean_duration_s": number(rhythm.mean_duration_s),
        "pattern": say.pattern(rhythm, words),
        "pattern_kind": rhythm.pattern,
        "chance": number(rhythm.chance),
        "period_s": number(rhythm.period_s),
        "hours": list(rhythm.hours),
        "weekdays": list(rhythm.weekdays),
        "follows": say.follows(rhythm, words),
        "speaks_for": say.clues(story, words),
        "last": stamp(rhythm.last),
        "next_expected": stamp(rhythm.next_expected),
    }


def _rate(rate: Rate) -> dict[str, Any]:
    tried = None if rate.succeeded is None else rate.failures + rate.succeeded
    return {
        "service": rate.service,
        "kind": rate.kind,
        "failures": rate.failures,
        "succeeded": rate.succeeded,
        "share": None if tried is None else number(rate.failures / tried),
        "first": stamp(rate.first),
        "last": stamp(rate.last),
        "rules": list(rate.rules),
    }
