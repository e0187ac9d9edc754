"""What is usual and what was not, for a program.

In: `Nightly`, phrases for its sentences. Out: a part of the report's document, keys in a fixed order. Never: NaN, Infinity; an
expectation where there is no history for one.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from logscan.model.baseline import Anomaly, Baseline, Usual
from logscan.model.report import Nightly
from logscan.reports import usual_words
from logscan.reports.flow_json import period_start
from logscan.reports.json import number, stamp
from logscan.reports.wording import Wording

#: Hours of a period whose expectations are listed one by one.
HOURS: Final = 8 * 24


def document(report: Nightly, words: Wording) -> dict[str, Any] | None:
    """Return the contract's `baseline`; None where no hour could be asked about."""
    told = report.baseline
    if told is None:
        return None
    return {
        "enough": told.enough,
        "history": {
            "days": told.days,
            "needed": told.guide.days,
            "first": stamp(told.first),
            "last": stamp(told.last),
        },
        "said": usual_words.history(report, words) or None,
        "rule": {name: number(value) for name, value in asdict(told.guide).items()},
        "judged": list(told.judged),
        "hours": told.hours,
        "anomalies": [_anomaly(one, words) for one in told.anomalies],
        "expected": _expected(told),
    }


def _anomaly(one: Anomaly, words: Wording) -> dict[str, Any]:
    return {
        "metric": one.metric,
        "direction": one.direction,
        "weight": one.weight,
        "since": stamp(one.since),
        "until": stamp(one.until),
        "seen": number(one.seen),
        "usual": number(one.usual),
        "low": number(one.low),
        "high": number(one.high),
        "count": one.count,
        "of": one.of,
        "score": number(one.score),
        "whole_days": one.whole_days,
        "holiday": one.holiday,
        "text": usual_words.said(one, words),
    }


def _expected(told: Baseline) -> list[dict[str, Any]]:
    """Return expectations by metric: their hours one by one, but for long periods."""
    metrics: dict[str, list[Usual]] = {}
    for one in told.usual:
        metrics.setdefault(one.metric, []).append(one)
    return [
        {
            "metric": name,
            "like": min(one.like for one in found),
            "hours": [_hour(one) for one in found] if told.hours <= HOURS else None,
        }
        for name, found in metrics.items()
    ]


def _hour(one: Usual) -> dict[str, Any]:
    return {
        "start": period_start(one.start),
        "median": number(one.median),
        "low": number(one.low),
        "high": number(one.high),
    }
