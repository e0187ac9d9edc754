"""A report for a program: the contract's JSON.

In: `Report`. Out: one document, keys in the contract's order, times in RFC 3339 UTC.
Never: NaN, Infinity, a float with more than 6 decimals; a made-up zero for what no analysis
computes yet (that is null).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from logscan.model.findings import (
    Affected,
    Assumptions,
    BlindSpot,
    Evidence,
    Finding,
    Input,
    Reach,
    Report,
    Tally,
    Totals,
    Undecided,
    Unexplained,
)
from logscan.model.outages import Outage
from logscan.model.problems import Problem
from logscan.model.safety import escape_json
from logscan.model.version import __version__


def document(report: Report) -> dict[str, Any]:
    """Return `logscan.scan/1` as the contract has it."""
    part = read_part(report)
    told = part.pop("problems")
    return {
        "schema": "logscan.scan/1",
        "version": __version__,
        **part,
        "findings": [_finding(finding) for finding in report.findings],
        "blast_radius": [_reach(one) for one in report.blast_radius],
        "unexplained": [_unexplained(group) for group in report.unexplained],
        "flow": None,
        "outages": [outage(one, None) for one in report.outages],
        "problems": told,
    }


def read_part(report: Report) -> dict[str, Any]:
    """Return what every document carries: what was read, what was assumed, what could not be read."""
    return {
        "generated": stamp(report.generated),
        "elapsed_s": number(report.elapsed_s),
        "as_of": stamp(report.as_of),
        "inputs": inputs(report.inputs),
        "totals": _totals(report.totals),
        "assumptions": assumptions(report.assumptions),
        "blind_spots": None if report.blind_spots is None else blind_spots(report.blind_spots),
        "problems": problems(report.problems),
    }


def inputs(read: Sequence[Input]) -> list[dict[str, Any]]:
    """Return the contract's `inputs`; what nobody counted is null."""
    return [_input(item) for item in read]


def assumptions(assumed: Assumptions) -> dict[str, Any]:
    """Return the contract's `assumptions`."""
    return {
        "zone": assumed.zone,
        "zone_source": assumed.zone_source,
        "year": assumed.year,
        "year_source": assumed.year_source,
        "lifetime_source": assumed.lifetime_source,
    }


def problems(told: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return the contract's `problems`."""
    return [{"where": p.where, "reason": p.reason, "help": p.help} for p in told]


def blind_spots(spots: Sequence[BlindSpot]) -> list[dict[str, Any]]:
    """Return the contract's `blind_spots`."""
    return [{"missing": spot.missing, "why": spot.why, "remedy": spot.remedy} for spot in spots]


def dumps(value: Any, *, indent: int | None = 2) -> str:
    """Return JSON that is safe on a terminal too: controls and bidi characters are escaped."""
    return escape_json(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent))


def stamp(time: datetime | None) -> str | None:
    """Return RFC 3339 in UTC, microseconds only where there are any.

    >>> stamp(datetime(2026, 11, 24, 3, 27, 38, tzinfo=UTC))
    '2026-11-24T03:27:38Z'
    """
    if time is None:
        return None
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def number(value: float | None) -> float | None:
    """Return a float fit for JSON: at most 6 decimals, nothing for what is not a number."""
    return None if value is None or not math.isfinite(value) else round(value, 6)


def _input(item: Input) -> dict[str, Any]:
    return {
        "path": item.path,
        "format": item.format,
        "family": item.family,
        "lines": item.lines,
        "events": item.events,
        "unparsed": item.unparsed,
        "first": stamp(item.first),
        "last": stamp(item.last),
        "compression": item.compression,
        "problem": item.problem,
    }


def _totals(totals: Totals) -> dict[str, Any]:
    return {
        "lines": totals.lines,
        "events": totals.events,
        "unparsed": totals.unparsed,
        "other": totals.other,
        "first": stamp(totals.first),
        "last": stamp(totals.last),
        "hosts": list(totals.hosts),
        "duplicates_dropped": totals.duplicates_dropped,
        "repeated_expanded": totals.repeated_expanded,
        "invalid_bytes": totals.invalid_bytes,
        "gaps": [{"from": stamp(begin), "to": stamp(end)} for begin, end in totals.gaps],
        "unparsed_samples": [_evidence(line) for line in totals.unparsed_samples],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    said = finding.explanation
    return {
        "rule": finding.rule,
        "title": said.title,
        "severity": finding.severity.value,
        "cause": finding.cause,
        "direction": finding.direction,
        "nature": finding.nature,
        "fault": finding.fault,
        "provider": finding.provider,
        "count": finding.count,
        "messages": finding.messages,
        "recipients": finding.recipients,
        "deliveries": finding.deliveries,
        "sessions": finding.sessions,
        "first": stamp(finding.first),
        "last": stamp(finding.last),
        "ongoing": finding.ongoing,
        "meaning": said.meaning,
        "likely_causes": list(said.likely_causes),
        "remedy": list(said.remedy),
        "verify": list(said.verify),
        "references": list(said.references),
        "limits": said.limits or None,
        "affected": _affected(finding.affected),
        "reach": list(finding.reach),
        "caused_by": [cause(link) for link in finding.caused_by],
        "root": finding.root,
        "undecided": undecided(finding.undecided),
        "evidence": [_evidence(line) for line in finding.evidence],
    }


def _reach(one: Reach) -> dict[str, Any]:
    return {
        "statement": one.statement,
        "cause": one.cause,
        "scope": {name: list(names) for name, names in one.scope.items()},
        "since": stamp(one.since),
        "evidence": [_evidence(line) | {"text": line.text or None} for line in one.evidence],
        "kind": one.kind,
        "remedy": list(one.remedy),
        "rules": list(one.rules),
        "numbers": dict(one.numbers),
    }


def cause(link: tuple[str, datetime | None, str] | None) -> dict[str, Any] | None:
    """Return the contract's entry of `caused_by`."""
    if link is None:
        return None
    rule, time, text = link
    return {"rule": rule, "time": stamp(time), "text": text}


def undecided(open_: Undecided | None) -> dict[str, Any] | None:
    """Return what may be behind a failure and where to look; null where its cause is known."""
    if open_ is None:
        return None
    return {
        "candidates": [{"text": one.text, "rules": list(one.rules)} for one in open_.candidates],
        "look_at": list(open_.look_at),
    }


def outage(one: Outage, recovered_by: str | None) -> dict[str, Any]:
    """Return the contract's entry of `outages`. recovered_by: in words."""
    return {
        "id": one.id,
        "service": one.service,
        "kind": one.kind,
        "begin": stamp(one.begin),
        "end": stamp(one.end),
        "last_failure": stamp(one.last),
        "ongoing": one.ongoing,
        "duration_s": number(one.duration_s),
        "failures": one.failures,
        "requests_failed": one.requests_failed,
        "clients": one.clients,
        "succeeded": one.succeeded,
        "rules": list(one.rules),
        "cause": one.cause,
        "caused_by": [cause(link) for link in one.caused_by],
        "root": cause(one.root),
        "undecided": undecided(one.undecided),
        "end_reason": one.end_reason,
        "recovered_by": recovered_by,
        "evidence": [_evidence(line) for line in one.evidence],
    }


def _affected(affected: Affected) -> dict[str, Any]:
    return {
        "recipients": _tally(affected.recipients),
        "domains": _tally(affected.domains),
        "clients": _tally(affected.clients),
        "relays": _tally(affected.relays),
        "backends": _tally(affected.backends),
    }


def _tally(tally: Tally) -> Mapping[str, int]:
    named = dict(tally.top)
    return {**named, "others": tally.others} if tally.others else named


def _evidence(line: Evidence) -> dict[str, Any]:
    place: dict[str, Any] = {
        "file": line.file,
        "line": line.line,
        "time": stamp(line.time),
        "text": line.text,
    }
    return {**place, "column": line.column} if line.column else place


def _unexplained(group: Unexplained) -> dict[str, Any]:
    return {
        "template": group.template,
        "program": group.program,
        "severity": group.severity.value,
        "count": group.count,
        "first": stamp(group.first),
        "last": stamp(group.last),
        "example": {"file": group.example.file, "line": group.example.line, "text": group.example.text},
    }
