"""A nightly report for node_exporter's textfile collector.

In: `Nightly`. Out: text in Prometheus' exposition format, names and order stable. Never: a label whose values strangers
make up: severities, causes, stages and the like are closed lists; a sample for what nobody counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from logscan.model.baseline import HIGH, LOW, METRICS
from logscan.model.report import GREEN, KINDS, RED, UNKNOWN, YELLOW, Nightly
from logscan.model.version import __version__
from logscan.model.vocabulary import Severity
from logscan.reports.flow_json import totals

OUTAGES: Final = ("webmail", "milter", "destination", "daemon", "dns", "resource", "silence")
_BOTH: Final = ("received", "delivered")
_COUNTED: Final = ("received", "delivered", "rejected")
_LIGHTS: Final = (GREEN, YELLOW, RED, UNKNOWN)
_QUANTILES: Final = {"p50": "0.5", "p90": "0.9", "p95": "0.95", "p98": "0.98", "max": "1"}


@dataclass(frozen=True, slots=True)
class _Metric:
    """One family of samples: labels, value."""

    name: str
    help: str
    samples: tuple[tuple[Mapping[str, str], float], ...]


def text(report: Nightly) -> str:
    """Return the whole file."""
    lines: list[str] = []
    for metric in (*_run(report), *_found(report), *_mail(report), *_usual(report), *_outages(report)):
        if not metric.samples:
            continue
        name = f"logscan_{metric.name}"
        lines += [f"# HELP {name} {metric.help}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labels(labels)} {_value(value)}" for labels, value in metric.samples]
    return "\n".join(lines) + "\n"


def _one(name: str, help_: str, value: float | None, **labels: str) -> _Metric:
    return _Metric(name, help_, () if value is None else ((labels, value),))


def _run(report: Nightly) -> Iterator[_Metric]:
    yield _one("report_info", "The version that made this report.", 1, version=__version__)
    yield _one(
        "report_last_run_timestamp_seconds", "When this report was made.", report.generated.timestamp()
    )
    yield _one("report_run_seconds", "How long it took.", report.elapsed_s)
    begin, end = report.period.since.timestamp(), report.period.until.timestamp()
    yield _one(
        "report_period_begin_timestamp_seconds", "Beginning of the period that all numbers are of.", begin
    )
    yield _one("report_period_end_timestamp_seconds", "End of that period.", end)
    lights = tuple(({"light": light}, float(light == report.light)) for light in _LIGHTS)
    yield _Metric("report_light", "1 for the light that the report shows.", lights)
    read = report.scan
    yield _one("report_lines", "Lines that were read.", read.totals.lines)
    yield _one("report_lines_not_understood", "Lines that were not understood.", read.totals.unparsed)
    unread = sum(problem.unreadable for problem in read.problems)
    yield _one("report_unreadable_inputs", "Inputs that could not be read in full.", unread)


def _found(report: Nightly) -> Iterator[_Metric]:
    found = Counter(finding.severity for finding in report.scan.findings)
    samples = tuple(({"severity": level.value}, float(found[level])) for level in Severity)
    yield _Metric("report_findings", "Findings by severity.", samples)
    yield _one(
        "report_unexplained",
        "Shapes of errors and warnings that no card explains.",
        len(report.scan.unexplained),
    )
    changed = Counter((change.against, change.kind) for change in report.changes)
    samples = tuple(
        ({"against": one.against, "kind": kind}, float(changed[one.against, kind]))
        for one in report.compared_to
        if one.periods
        for kind in KINDS
    )
    yield _Metric("report_changes", "What is different from earlier periods, where the logs reach.", samples)


def _mail(report: Nightly) -> Iterator[_Metric]:
    counted = tuple(({"measure": name}, float(value)) for name, value in totals(report.flow).items())
    yield _Metric("mail", "The totals of logscan flow.", counted)
    delays = tuple(
        ({"stage": one.stage, "quantile": quantile}, value)
        for one in report.flow.delays
        for name, quantile in _QUANTILES.items()
        if one.count and (value := getattr(one, name)) is not None
    )
    yield _Metric("mail_delay_seconds", "Delays of deliveries by stage; quantile 1 is the longest.", delays)
    causes = tuple(
        ({"cause": group.cause, "outcome": outcome}, float(count))
        for group in sorted(report.bounces.by_cause, key=lambda group: group.cause)
        for outcome, count in (("failed", group.failed), ("waiting", group.waiting))
    )
    yield _Metric("mail_failing_recipients", "Recipients whose delivery failed or waits, by cause.", causes)
    queued = len(report.bounces.still_queued)
    yield _one("mail_queued_recipients", "Recipients that waited at the end of the period.", queued)
    signed = report.signed
    if signed.signed is not None:
        yield _one("mail_outgoing", "Mails that other hosts took, for DKIM.", signed.mails)
        yield _one("mail_outgoing_signed", "Those of them that were signed.", signed.signed)


def _usual(report: Nightly) -> Iterator[_Metric]:
    told = report.baseline
    if told is None:
        return
    yield _one("baseline_history_days", "Days of history that tell what is usual.", told.days)
    yield _one("baseline_enough", "1 where they suffice.", float(told.enough))
    if not told.enough:
        return
    hours: Counter[tuple[str, str]] = Counter()
    for one in told.anomalies:
        hours[one.metric, one.direction] += round((one.until - one.since).total_seconds() / 3600)
    samples = tuple(
        ({"metric": name, "direction": way}, float(hours[name, way]))
        for name in METRICS
        if name in told.judged
        for way in ((HIGH, LOW) if name in _BOTH else (LOW,) if name == "silence" else (HIGH,))
    )
    yield _Metric("unusual_hours", "Hours of the period that were not as usual.", samples)
    usual: dict[str, float] = {}
    for each in told.usual:
        if each.metric in _COUNTED:
            usual[each.metric] = usual.get(each.metric, 0.0) + each.median
    totals_ = tuple(({"measure": name}, usual[name]) for name in _COUNTED if name in usual)
    yield _Metric("mail_usual", "What the hours of the period that the logs cover usually bring.", totals_)


def _outages(report: Nightly) -> Iterator[_Metric]:
    found = report.outages.outages
    count = Counter(one.kind for one in found)
    ongoing = Counter(one.kind for one in found if one.ongoing)
    seconds = {kind: sum(one.duration_s or 0.0 for one in found if one.kind == kind) for kind in OUTAGES}
    for name, help_, of in (
        ("outages", "Outages by kind.", count),
        ("outages_ongoing", "Outages that go on at the end of the period.", ongoing),
        ("outage_seconds", "How long they were in all.", seconds),
    ):
        yield _Metric(name, help_, tuple(({"kind": kind}, float(of[kind])) for kind in OUTAGES))


def _labels(labels: Mapping[str, str]) -> str:
    """Return labels in braces, as the format has them: backslash, quote and line feed escaped."""
    if not labels:
        return ""
    shown = (f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return "{" + ",".join(shown) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _value(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
