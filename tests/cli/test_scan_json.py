"""`scan --format json` on real logs: every key of the contract, in its order, nothing made up."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT, Cli

REAL = ROOT / "sample-logs" / "real"

#: CONTRACT: scan --format json. What stands behind + was added to it.
KEYS = {
    "": "schema version generated elapsed_s as_of inputs totals assumptions blind_spots findings + blast_radius unexplained flow outages problems",
    "inputs": "path format family lines events unparsed first last compression problem",
    "totals": "lines events unparsed other first last hosts duplicates_dropped repeated_expanded invalid_bytes gaps + unparsed_samples",
    "assumptions": "zone zone_source + year year_source lifetime_source",
    "findings": "rule title severity cause direction nature fault provider count messages recipients deliveries sessions first last "
    "ongoing meaning likely_causes remedy verify references + limits affected + reach caused_by root undecided evidence",
    "affected": "recipients domains clients relays + backends",
    "evidence": "file line time text",
    "caused_by": "rule time text",
    "unexplained": "template program severity count first last example",
    "example": "file line text",
    "problems": "where reason help",
}  # fmt: skip
CAUSES = {
    "user-unknown",
    "user-disabled",
    "user-moved",
    "mailbox-full",
    "recipient-restricted",
    "domain-unknown",
    "null-mx",
    "dns-failure",
    "connect-timeout",
    "connect-refused",
    "no-route",
    "connection-lost",
    "tls-failure",
    "greylisted",
    "rate-limited",
    "too-many-recipients",
    "auth-spf-dkim",
    "dmarc-reject",
    "ptr-missing",
    "helo-invalid",
    "ip-blocklisted",
    "ip-reputation",
    "sender-rejected",
    "spam-content",
    "virus",
    "attachment-prohibited",
    "message-too-big",
    "content-invalid",
    "policy",
    "relay-denied",
    "remote-system",
    "protocol-error",
    "routing-loop",
    "local-config",
    "lookup-failure",
    "local-delivery",
    "local-resources",
    "milter-unavailable",
    "dkim-signing",
    "dkim-verifying",
    "auth-failure",
    "backend-crash",
    "backend-timeout",
    "backend-unreachable",
    "backend-overload",
    "web-limits",
    "service-lifecycle",
    "abuse",
    "expired",
    "suppressed",
    "unknown",
}


class Numbers:
    """Takes floats apart as they are written."""

    def __init__(self) -> None:
        self.decimals = 0

    def __call__(self, text: str) -> float:
        self.decimals = max(self.decimals, -int(Decimal(text).as_tuple().exponent))
        return float(text)


def refuse(text: str) -> float:
    raise AssertionError(f"{text} is not JSON")


@cache
def scanned(text: str) -> tuple[dict[str, Any], int]:
    numbers = Numbers()
    document: dict[str, Any] = json.loads(text, parse_float=numbers, parse_constant=refuse)
    return document, numbers.decimals


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return {}


@pytest.fixture
def text(cli: Cli, made: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The answer to several real logs at once, and one that cannot be read whole."""
    if not made:
        bad = tmp_path_factory.mktemp("bad") / "poem.txt"
        bad.write_text("Shall I compare thee to a summer's day?\n")
        paths = [REAL / "mod_fastcgi", REAL / "A/logs/mail.log", REAL / "A/logs/apache-error.log", bad]
        ran = cli("scan", *paths, "--tz", "UTC", "--year", "2026", "--format", "json")
        assert ran.code == 0
        made["text"] = ran.out
    return made["text"]


def each(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    findings = document["findings"]
    places: dict[str, list[dict[str, Any]]] = {
        "": [document],
        "affected": [finding["affected"] for finding in findings],
        "evidence": [line for finding in findings for line in finding["evidence"]],
        "caused_by": [cause for finding in findings for cause in finding["caused_by"]],
        "example": [group["example"] for group in document["unexplained"]],
    }
    found = places[name] if name in places else document[name]
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize("name", KEYS, ids=lambda name: name or "top")
def test_every_key_is_there_in_the_contract_s_order(text: str, name: str) -> None:
    document, _ = scanned(text)
    wanted = KEYS[name].replace("+ ", "").split()
    found = each(document, name)
    for item in found:
        assert [key for key in item if key != "column"] == wanted
    assert found or name in ("unexplained", "example", "caused_by")


def test_numbers_and_analyses_that_are_not_built(text: str) -> None:
    document, decimals = scanned(text)
    assert decimals <= 6
    assert document["schema"] == "logscan.scan/1"
    assert document["flow"] is None
    assert all(one["end"] is None and one["succeeded"] is None for one in document["outages"])
    assert document["assumptions"]["lifetime_source"] is None


def test_values_are_words_of_the_contract_s_lists(text: str) -> None:
    document, _ = scanned(text)
    for finding in document["findings"]:
        assert finding["severity"] in ("critical", "error", "warning", "notice", "info")
        assert finding["cause"] in CAUSES
        assert finding["direction"] in ("outbound", "inbound", "local")
        assert finding["nature"] in ("hard", "soft", "local")
        assert finding["fault"] in ("us", "receiver", "recipient", "network", "client", "unknown")
        assert isinstance(finding["ongoing"], bool)
        assert isinstance(finding["root"], bool)
        assert 1 <= len(finding["evidence"]) <= 10
        assert all(len(named) <= 21 for named in finding["affected"].values())
        assert finding["count"] >= len({(line["file"], line["line"]) for line in finding["evidence"]})
        assert finding["messages"] <= finding["recipients"] or not finding["recipients"]
    ranks = [
        ("critical", "error", "warning", "notice", "info").index(f["severity"]) for f in document["findings"]
    ]
    assert ranks == sorted(ranks)


def test_times_are_rfc_3339_in_utc(text: str) -> None:
    document, _ = scanned(text)
    times = [
        document["generated"],
        document["as_of"],
        document["totals"]["first"],
        document["totals"]["last"],
    ]
    times += [time for finding in document["findings"] for time in (finding["first"], finding["last"])]
    times += [line["time"] for line in each(document, "evidence")]
    assert times.count(None) < 10  # what an Apache's children say to standard error has no stamp
    for time in filter(None, times):
        assert time.endswith("Z")
        assert datetime.fromisoformat(time).utcoffset() is not None
    assert document["as_of"] == document["totals"]["last"]


def test_lines_are_all_accounted_for(text: str) -> None:
    document, _ = scanned(text)
    totals, inputs = document["totals"], document["inputs"]
    for key in ("lines", "events", "unparsed"):
        assert totals[key] == sum(entry[key] for entry in inputs)
    assert totals["unparsed"] == 0
    assert [entry["path"] for entry in inputs] == sorted(entry["path"] for entry in inputs)
    poem = next(entry for entry in inputs if entry["path"].endswith("poem.txt"))
    assert (poem["format"], poem["lines"]) == (None, 0)
    assert poem["problem"]
    assert poem["path"] in [problem["where"] for problem in document["problems"]]


def test_the_document_is_one_json_text_that_a_terminal_survives(text: str) -> None:
    assert text.endswith("}\n")
    assert text.count("\n}\n") == 1
    assert not [character for character in set(text) if ord(character) < 32 and character != "\n"]


def test_an_empty_answer_has_every_key_too(cli: Cli, quiet: Path) -> None:
    ran = cli("scan", quiet, "--tz", "UTC", "--year", "2026", "--format", "json", "--since", "2026-03-03")
    document = json.loads(ran.out)
    assert list(document) == KEYS[""].replace("+ ", "").split()
    assert document["findings"] == document["unexplained"] == []
    assert document["totals"]["first"] is None
