"""`--why-differs` leaves nothing out: on any lines the reasons add up to the whole difference."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.model.flow import Sums
from logscan.model.settings import Settings
from logscan.pipeline.flow import compared, compat, flow
from tests.examples import scaled
from tests.pflogsumm.made_up import line

HERE = Settings(zone="UTC", year=2026, now=datetime(2026, 12, 31, tzinfo=UTC))


@settings(max_examples=scaled(12))
@given(st.lists(line(), min_size=1, max_size=30), st.sampled_from(["1.1.5", "1.3.0"]))
def test_the_reasons_add_up(tmp_path_factory: pytest.TempPathFactory, lines: list[str], version: str) -> None:
    log = tmp_path_factory.mktemp("random") / "mail.log"
    head = "Nov  1 00:00:00 mx1 postfix/smtpd[12]: connect from mx.x.example[192.0.2.1]\n"
    log.write_text(head + "".join(f"{each}\n" for each in lines), encoding="utf-8")
    both = compared([str(log)], HERE, version)
    assert both.sums == flow([str(log)], HERE).sums
    theirs = compat([str(log)], HERE, version)[0].totals
    names = {"reject warnings": "reject_warnings", "removed (canceled)": "canceled"}
    sums: Counter[str] = Counter()
    for each in both.differences or ():
        sums[each.measure] += each.count
    for name, count in theirs.items():
        measure = names.get(name, name).replace("hosts/domains", "domains").replace(" ", "_")
        if measure in {field.name for field in fields(Sums)}:
            assert sums[measure] == count - getattr(both.sums, measure), measure
