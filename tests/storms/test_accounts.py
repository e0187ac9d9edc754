"""Storms of mail that was not ours to send: `scan` and `bounces` say the same of them, and nothing of what only looks like it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from logscan.model.bounces import Bounces
from logscan.model.findings import Report
from logscan.model.settings import Settings
from logscan.pipeline import scan
from logscan.pipeline.bounces import bounces
from logscan.reports.json import document
from tests.storms import judge
from tests.storms.abused import STORMS

ALL = {storm.name: storm for storm in judge.storms() if storm.name in STORMS}
ABUSED = sorted(name for name, storm in ALL.items() if not storm.truth["look_alike"])
SETTINGS = Settings(zone="Etc/UTC", year=2026, jobs=1)


@cache
def scanned(name: str) -> Report:
    return scan.report([str(ALL[name].folder / "logs")], SETTINGS)


@cache
def bounced(name: str) -> Bounces:
    return bounces([str(ALL[name].folder / "logs")], SETTINGS)


def test_they_are_all_there() -> None:
    assert ALL.keys() == STORMS.keys()
    assert len(ABUSED) == 3


@pytest.mark.parametrize("name", sorted(STORMS))
def test_scan_and_bounces_say_the_same(name: str) -> None:
    ours = {one.kind: one for one in scanned(name).blast_radius if one.cause == "abuse"}
    theirs = {one.kind: one for one in bounced(name).blast_radius if one.cause == "abuse"}
    assert ours.keys() == theirs.keys()
    assert bool(ours) == (name in ABUSED)
    for kind, one in ours.items():
        other = theirs[kind]
        assert (one.since, one.scope) == (other.since, other.scope)
        assert one.numbers == {key: value for key, value in other.values.items() if isinstance(value, int)}
        assert len(one.evidence) >= 6
        assert [(line.file, line.line, line.text) for line in one.evidence] == [
            (line.file, line.line, line.text) for line in other.evidence
        ]


@pytest.mark.parametrize("name", ABUSED)
def test_the_account_stands_first_and_refusals_point_back(name: str) -> None:
    root, *others = scanned(name).findings
    assert root.rule in ALL[name].truth["root"]["words"]
    assert root.root
    refused = [one for one in others if one.cause in {"ip-blocklisted", "ip-reputation"}]
    assert refused
    for one in refused:
        assert [rule for rule, _, _ in one.caused_by] == [root.rule]
        assert not one.root


@pytest.mark.parametrize("name", ABUSED)
def test_json_has_it_as_the_contract_says(name: str) -> None:
    told: dict[str, Any] = json.loads(json.dumps(document(scanned(name))))
    root, *others = told["findings"]
    assert root["caused_by"] == []
    behind = [cause for one in others for cause in one["caused_by"]]
    assert {cause["rule"] for cause in behind} == {root["rule"]}
    assert {cause["time"] for cause in behind} == {root["first"]}
    assert {cause["text"] for cause in behind} == {root["title"]}
    assert root["affected"]["recipients"]
    assert root["affected"]["domains"]


@pytest.mark.parametrize("name", ABUSED)
def test_without_who_handed_in_a_scan_is_undecided_too(name: str, tmp_path: Path) -> None:
    report = scan.report([str(ALL[name].without(tmp_path))], SETTINGS)
    assert not [one for one in report.findings if one.rule.startswith("postfix.abuse.")]
    refused = [one for one in report.findings if one.cause in {"ip-blocklisted", "ip-reputation"}]
    assert refused
    for one in refused:
        assert one.undecided is not None
        assert "postfix.abuse.compromised-account" in one.undecided.candidates[0].rules
        assert any("sasl_username" in where for where in one.undecided.look_at)
