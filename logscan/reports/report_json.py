"""A nightly report for a program: the contract's JSON.

In: `Nightly`, phrases for its sentences. Out: one document, keys in the contract's order; the documents of scan, flow,
bounces and outages are those commands' own. Never: NaN, Infinity, a made-up zero.
"""

from __future__ import annotations

from typing import Any

from logscan.model.report import Change, Compared, Nightly, Rule, Signed, Stretch
from logscan.model.version import __version__
from logscan.reports import bounced, flow_json, outage_json, usual_json
from logscan.reports import json as scan_json
from logscan.reports import report_words as say
from logscan.reports.json import number, stamp
from logscan.reports.wording import Wording


def document(report: Nightly, words: Wording) -> dict[str, Any]:
    """Return `logscan.report/1` as the contract has it."""
    read = scan_json.read_part(report.scan)
    return {
        "schema": "logscan.report/1",
        "version": __version__,
        "generated": stamp(report.generated),
        "elapsed_s": number(report.elapsed_s),
        "as_of": stamp(report.as_of),
        "period": {**_stretch(report.period), "length": report.length},
        "light": report.light,
        "verdict": say.verdict(report, words),
        "inputs": read["inputs"],
        "totals": read["totals"],
        "assumptions": read["assumptions"],
        "blind_spots": read["blind_spots"],
        "logs": {"first": stamp(report.logs[0]), "last": stamp(report.logs[1])},
        "compared_to": [_compared(one) for one in report.compared_to],
        "rule": _rule(report.rule),
        "changes": [_change(one, words) for one in report.changes],
        "baseline": usual_json.document(report, words),
        "dkim": _signed(report.signed),
        "own_mails": report.own_mails,
        "scan": scan_json.document(report.scan),
        "flow": flow_json.document(report.flow),
        "bounces": bounced.record(report.bounces, words),
        "outages": outage_json.document(report.outages, words),
        "problems": scan_json.problems(report.problems),
    }


def _stretch(stretch: Stretch) -> dict[str, Any]:
    return {"since": stamp(stretch.since), "until": stamp(stretch.until)}


def _compared(one: Compared) -> dict[str, Any]:
    return {
        "against": one.against,
        "wanted": one.wanted,
        "asked": [_stretch(each) for each in one.asked],
        "periods": [_stretch(each) for each in one.periods],
        "enough_history": bool(one.periods),
        "missing": list(one.missing),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "deviations": number(rule.deviations),
        "factor": number(rule.factor),
        "least": dict(rule.least),
        "loud": list(rule.loud),
        "weeks": rule.weeks,
    }


def _change(one: Change, words: Wording) -> dict[str, Any]:
    title = bounced.title(one.key, words) if one.subject == "cause" else one.title
    return {
        "kind": one.kind,
        "what": f"{one.subject} {one.key}",
        "before": number(one.before),
        "now": one.now,
        "against": one.against,
        "subject": one.subject,
        "key": one.key,
        "title": title,
        "severity": one.severity,
    }


def _signed(signed: Signed) -> dict[str, Any]:
    known = signed.mails and signed.signed is not None
    return {
        "outgoing": signed.mails,
        "signed": signed.signed,
        "share": number((signed.signed or 0) / (signed.mails or 1)) if known else None,
        "why": signed.why,
    }
