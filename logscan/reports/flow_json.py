"""The numbers of mail traffic for a program: the contract's JSON.

In: `Flow`. Out: one document, keys in the contract's order. Never: a zero for what nobody counted (that is null).
"""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final

from logscan.model.flow import Delays, Difference, Flow, Named, Period, Refusals, Sums, Tracked
from logscan.model.version import __version__
from logscan.reports.json import number, read_part

#: Names of the totals in the contract's order.
TOTALS: Final = (
    *(
        field.name
        for field in fields(Sums)
        if field.name not in {"reject_lines", "auth_failures", "connections"}
    ),
    *(field.name for field in fields(Tracked)),
    "reject_lines",
    "auth_failures",
    "connections",
)


def document(flow: Flow) -> dict[str, Any]:
    """Return `logscan.flow/1` as the contract has it."""
    part = read_part(flow.read)
    return {
        "schema": "logscan.flow/1",
        "version": __version__,
        "generated": part["generated"],
        "elapsed_s": part["elapsed_s"],
        "as_of": part["as_of"],
        "inputs": part["inputs"],
        "totals": totals(flow),
        "read": part["totals"],
        "assumptions": part["assumptions"],
        "blind_spots": part["blind_spots"],
        "per_hour": [_period(each) for each in flow.per_hour],
        "per_day": [_period(each) for each in flow.per_day],
        "top": {
            field.name: [_named(each) for each in getattr(flow.top, field.name)] for field in fields(flow.top)
        },
        "rejects": [_refusals(each) for each in flow.rejects],
        "tls": [asdict(each) for each in flow.tls],
        "auth": [asdict(each) for each in flow.auth],
        "delay_percentiles": {each.stage: _delays(each) for each in flow.delays},
        "unreturned": flow.unreturned,
        "compat": flow.compat,
        "differences": None if flow.differences is None else [_difference(each) for each in flow.differences],
        "problems": part["problems"],
    }


def totals(flow: Flow) -> dict[str, int]:
    """Return the totals by name."""
    known = asdict(flow.sums) | asdict(flow.tracked)
    return {name: known[name] for name in TOTALS}


def period_start(time: datetime) -> str:
    """Return RFC 3339 with the offset of the zone in which the hour or day is one."""
    return time.isoformat()


def _period(period: Period) -> dict[str, Any]:
    return {**asdict(period), "start": period_start(period.start)}


def _named(named: Named) -> dict[str, Any]:
    return asdict(named)


def _refusals(refusals: Refusals) -> dict[str, Any]:
    return {**asdict(refusals), "top_clients": dict(refusals.top_clients)}


def _delays(delays: Delays) -> dict[str, Any]:
    return {name: number(getattr(delays, name)) for name in ("p50", "p90", "p95", "p98", "max")}


def _difference(each: Difference) -> dict[str, Any]:
    example = each.example
    shown = None if example is None else {"file": example.file, "line": example.line, "text": example.text}
    return {**asdict(each), "example": shown}
