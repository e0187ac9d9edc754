"""The outages that a scan can tell of without having looked for what succeeded: begin, last failure, failures.

In: a `failing.Case` of a scan. Out: outages without an end. Never: outages of other people's servers, or of a page
that failed now and then among many: only successes tell these from an outage, and `outages` counts them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from logscan.analyses.outages.runs import Run
from logscan.analyses.totals import SourceTotals
from logscan.model.outages import Outage
from logscan.model.vocabulary import Family
from logscan.pipeline.failures.failing import Case

#: Kinds whose failures our own software tells.
_OWN: Final = frozenset({"webmail", "milter", "daemon", "resource"})


def brief(case: Case) -> tuple[Outage, ...]:
    """Return the outages in order of time, as far as failures alone tell them."""
    found, _ = case.stretches
    told = (
        case.outage(run) for run in found if run.kind in _OWN and not _partly(run) and not _drowned(run, case)
    )
    short = (
        replace(
            one, end=None, end_reason=None, succeeded=None, duration_s=None, recovered_by=None, clients=None
        )
        for one in told
    )
    return tuple(sorted(short, key=lambda one: (one.begin, one.service)))


def _partly(run: Run) -> bool:
    """Return whether it is one daemon of Postfix some of whose work failed; how much, only successes tell."""
    _, slash, daemon = run.service.partition("/")
    return run.kind == "daemon" and bool(slash) and daemon != "master"


def _drowned(run: Run, case: Case) -> bool:
    """Return whether so many requests come that these failures are few, were they spread evenly over the access logs."""
    if run.kind != "webmail":
        return False
    requests = sum(_rate(source) for source in case.known.sources)
    length = (run.last - run.begin).total_seconds()
    return run.failures < case.limits.min_share * requests * length


def _rate(source: SourceTotals) -> float:
    """Return requests a second of an access log."""
    count = source.families.get(Family.APACHE_ACCESS.value, 0)
    if not count or source.first is None or source.last is None:
        return 0.0
    return count / max(1.0, (source.last - source.first).total_seconds())
