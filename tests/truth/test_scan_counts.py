"""Mails and recipients of a scan's findings are those that tracking finds, mail by mail."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from logscan.model.settings import Settings
from logscan.pipeline.scan import report
from logscan.pipeline.trace import Trace

LOGS = Path(__file__).parents[2] / "sample-logs" / "real"
SETTINGS = Settings(zone="UTC", year=2026, jobs=2)


@pytest.mark.parametrize("name", ["A/logs/mail.log"])
def test_a_finding_counts_what_tracking_counts(name: str) -> None:
    place = str(LOGS / name)
    mails: dict[str, set[int]] = defaultdict(set)
    pairs: dict[str, set[tuple[int, str | None]]] = defaultdict(set)
    deliveries: dict[str, int] = defaultdict(int)
    trace = Trace([place], SETTINGS, None, lifetime_s=432_000, lifetime_source="default")
    for number, mail in enumerate(trace.messages()):
        for one in mail.recipients:
            for attempt in one.attempts:
                if attempt.rule is not None:
                    mails[attempt.rule].add(number)
                    pairs[attempt.rule].add((number, one.recipient))
                    deliveries[attempt.rule] += attempt.repeat
    found = {one.rule: one for one in report([place], SETTINGS).findings if one.deliveries}
    assert len(found) > 30
    counted = {rule: (one.messages, one.recipients, one.deliveries) for rule, one in found.items()}
    assert counted == {rule: (len(mails[rule]), len(pairs[rule]), deliveries[rule]) for rule in found}
