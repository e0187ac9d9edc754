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


def hop(queue_id: str, client: str, to: str, relay: str, said: str) -> list[str]:
    begin = f"Nov  1 00:00:0{len(queue_id) % 10} mx1 postfix"
    return [
        f"{begin}/smtpd[12]: {queue_id}: client={client}",
        f"{begin}/cleanup[13]: {queue_id}: message-id=<m1@x.example>",
        f"{begin}/qmgr[14]: {queue_id}: from=<a@x.example>, size=1000, nrcpt=1 (queue active)",
        f"{begin}/smtp[15]: {queue_id}: to=<{to}>, relay={relay}, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent ({said})",
        f"{begin}/qmgr[14]: {queue_id}: removed",
    ]


@pytest.mark.parametrize("said", ["250 2.0.0 Ok: queued as BBBBBB2", "250 2.0.0 Ok"])
@pytest.mark.parametrize("version", ["1.1.5", "1.3.0"])
def test_what_a_filter_gave_back_counts_twice_there(
    tmp_path_factory: pytest.TempPathFactory, said: str, version: str
) -> None:
    log = tmp_path_factory.mktemp("filter") / "mail.log"
    first = hop("AAAAAA1", "mx.x.example[192.0.2.1]", "b@y.example", "127.0.0.1[127.0.0.1]:10024", said)
    second = hop("BBBBBB2", "localhost[127.0.0.1]", "b@y.example", "mx.y.example[192.0.2.2]:25", "250 Ok")
    log.write_text(
        "".join(f"{each}\n" for each in [*first[:3], *second[:1], *first[3:], *second[1:]]), encoding="utf-8"
    )
    both = compared([str(log)], HERE, version)
    assert (both.tracked.messages_real, both.tracked.filtered, both.sums.delivered) == (1, 1, 1)
    assert both.sums.received == 2
    counts = {each.measure: each.count for each in both.differences or ()}
    assert counts == {"delivered": 1, "bytes_delivered": 1000}
    for each in both.differences or ():
        assert each.reason.startswith("content filter doubled")
        assert each.example is not None
        assert "AAAAAA1: to=<b@y.example>" in each.example.text


def test_a_filter_that_another_name_hides_is_in_neither_count(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    log = tmp_path_factory.mktemp("filter") / "mail.log"
    first = hop(
        "AAAAAA1",
        "mx.x.example[192.0.2.1]",
        "b@y.example",
        "127.0.0.1[127.0.0.1]:10024",
        "250 Ok: queued as BBBBBB2",
    )
    second = hop("BBBBBB2", "localhost[127.0.0.1]", "b@y.example", "mx.y.example[192.0.2.2]:25", "250 Ok")
    hidden = [each.replace(" postfix/", " postfix-in/") for each in first]
    log.write_text(
        "".join(f"{each}\n" for each in [*hidden[:3], *second[:1], *hidden[3:], *second[1:]]),
        encoding="utf-8",
    )
    both = compared([str(log)], HERE, "1.1.5")
    assert (both.tracked.filtered, both.sums.delivered) == (1, 1)
    assert "delivered" not in {each.measure for each in both.differences or ()}
