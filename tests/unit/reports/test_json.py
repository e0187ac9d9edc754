"""The contract's JSON: its keys in its order, numbers and times as it has them, nothing made up."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.model.findings import Affected, Evidence, Tally
from logscan.model.version import __version__
from logscan.reports.json import document, dumps, number, stamp
from tests.unit.reports.made import FINDING, FIRST, REPORT, quiet

KEYS = {
    "": "schema version generated elapsed_s as_of inputs totals assumptions blind_spots findings unexplained flow outages problems",
    "inputs": "path format family lines events unparsed first last compression problem",
    "totals": "lines events unparsed other first last hosts duplicates_dropped repeated_expanded invalid_bytes gaps",
    "assumptions": "zone zone_source year_source lifetime_source",
    "blind_spots": "missing why remedy",
    "findings": "rule title severity cause direction nature fault provider count messages recipients deliveries sessions first last ongoing "
    "meaning likely_causes remedy verify references affected caused_by root undecided evidence",
    "affected": "recipients domains clients relays",
    "caused_by": "rule time text",
    "evidence": "file line time text",
    "unexplained": "template program severity count first last example",
    "example": "file line text",
    "problems": "where reason help",
}  # fmt: skip

MADE = document(REPORT)


def place(name: str) -> dict[str, Any]:
    finding = MADE["findings"][0]
    within: dict[str, Any] = {
        "": MADE,
        "affected": finding["affected"],
        "caused_by": finding["caused_by"],
        "evidence": finding["evidence"],
        "example": MADE["unexplained"][0]["example"],
    }
    found = within[name] if name in within else MADE[name]
    return dict(found[0] if isinstance(found, list) else found)


@pytest.mark.parametrize("name", KEYS, ids=lambda name: name or "top")
def test_keys_are_those_of_the_contract_in_its_order(name: str) -> None:
    wanted = KEYS[name].split()
    have = list(place(name))
    assert [key for key in have if key in wanted] == wanted
    assert set(have) - set(wanted) <= {
        *("year", "limits", "backends", "unparsed_samples", "column", "reach", "blast_radius")
    }


def test_values_are_those_of_the_report() -> None:
    assert (MADE["schema"], MADE["version"]) == ("logscan.scan/1", __version__)
    assert MADE["elapsed_s"] == 0.123457
    assert MADE["as_of"] == "2026-11-24T05:00:00.250000Z"
    assert MADE["inputs"][1]["problem"] == "no known log format"
    assert MADE["totals"]["gaps"] == [{"from": "2026-11-24T03:27:38Z", "to": "2026-11-24T05:00:00.250000Z"}]
    assert MADE["totals"]["hosts"] == ["mx1", "mx2"]
    finding = MADE["findings"][0]
    assert (finding["count"], finding["severity"], finding["ongoing"], finding["root"]) == (
        1234,
        "error",
        True,
        False,
    )
    assert finding["affected"]["domains"] == {"x.example": 9, "y.example": 3, "others": 4}
    assert finding["affected"]["clients"] == {}
    assert finding["caused_by"] == [
        {"rule": "site.cat", "time": "2026-11-24T03:27:38Z", "text": "The cat was here"}
    ]
    assert [line["line"] for line in finding["evidence"]] == [7, 8, 9, 12]


def test_what_no_analysis_computes_is_null_not_zero() -> None:
    assert MADE["flow"] is None
    assert MADE["outages"] == []  # nothing failed
    assert MADE["assumptions"]["lifetime_source"] is None
    assert document(quiet())["findings"] == []


def test_a_record_within_a_line_says_which() -> None:
    line = Evidence(file="-", line=1, time=None, text="x", column=1)
    made = document(replace(REPORT, findings=(replace(FINDING, evidence=(line,)),)))
    assert made["findings"][0]["evidence"] == [
        {"file": "-", "line": 1, "time": None, "text": "x", "column": 1}
    ]
    assert "column" not in MADE["findings"][0]["evidence"][0]


def test_others_are_told_only_where_there_are_any() -> None:
    finding = replace(FINDING, affected=Affected(clients=Tally(top=(("a", 1),))))
    made = document(replace(REPORT, findings=(finding,)))
    assert made["findings"][0]["affected"]["clients"] == {"a": 1}


# --- numbers and times ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        (-float("inf"), None),
        (0.1 + 0.2, 0.3),
        (1e-9, 0.0),
        (5, 5),
        (1 / 3, 0.333333),
    ],
)
def test_numbers_are_numbers(value: float | None, said: float | None) -> None:
    assert number(value) == said


def test_not_a_number_is_never_written() -> None:
    assert json.loads(dumps(document(replace(REPORT, elapsed_s=float("nan")))))["elapsed_s"] is None
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps({"x": float("inf")})


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (None, None),
        (FIRST, "2026-11-24T03:27:38Z"),
        (FIRST.replace(microsecond=5), "2026-11-24T03:27:38.000005Z"),
        (FIRST.astimezone(timezone(timedelta(hours=8))), "2026-11-24T03:27:38Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
    ],
)
def test_times_are_rfc_3339_in_utc(time: datetime | None, said: str | None) -> None:
    assert stamp(time) == said


# --- hostile text --------------------------------------------------------------------------------


@given(st.text())
def test_whatever_a_log_says_survives_and_acts_on_nothing(text: str) -> None:
    line = Evidence(file=text, line=1, time=None, text=text)
    said = dumps(document(replace(REPORT, findings=(replace(FINDING, evidence=(line,)),))))
    assert all(character == "\n" or unicodedata.category(character)[0] != "C" for character in said)
    [evidence] = json.loads(said)["findings"][0]["evidence"]
    assert (evidence["file"], evidence["text"]) == (text, text)


@pytest.mark.parametrize(
    "text", ["\x1b[31m", "\u202e", "\x9b", "\x7f", "\ud800", "\U000e0041", "</script>", "严重"], ids=ascii
)
def test_json_lines_are_one_line_each(text: str) -> None:
    said = dumps({"text": text}, indent=None)
    assert "\n" not in said
    assert json.loads(said) == {"text": text}
    assert not {"\x1b", "\u202e", "\x9b", "\x7f", "\ud800", "\U000e0041"} & set(said)


def test_readable_text_stays_readable() -> None:
    assert dumps({"text": "严重 é"}, indent=None) == '{"text": "严重 é"}'
