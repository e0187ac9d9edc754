"""The storms of sample-logs: what each truth.json must have, and that its logs are fit to be shown.

In: sample-logs/storms. What logscan says of them is tested elsewhere.
"""

from __future__ import annotations

import gzip
import ipaddress
import json
import re
from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from logscan.model.vocabulary import Cause
from tests.storms.truth import Diary

ROOT = Path(__file__).parents[2]
STORMS = ROOT / "sample-logs" / "storms"
NAMES = sorted(place.name for place in STORMS.iterdir() if place.is_dir())
MADE = ("real servers", "written")
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
MOMENT_OR_NONE = {"anyOf": [MOMENT, {"type": "null"}]}
WORDS = {"type": "array", "items": {"type": "string", "minLength": 1}}


def closed(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """An object with these keys, all but the optional ones needed, and no others."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": sorted(required),
        "additionalProperties": False,
    }


SCHEMA = closed(
    {
        "name": {"enum": NAMES},
        "title": {"type": "string", "minLength": 20},
        "made_by": {"enum": list(MADE)},
        "servers": {**WORDS, "minItems": 1},
        "how": {"type": "string", "minLength": 40},
        "year": {"type": "integer", "minimum": 1995},
        "tz": {"const": "Etc/UTC"},
        "settings": closed(
            {
                "gap_s": {"type": "number", "exclusiveMinimum": 0},
                "min_failures": {"type": "integer", "minimum": 1},
            }
        ),
        "look_alike": {"type": "boolean"},
        "root": {
            "anyOf": [
                {"type": "null"},
                closed(
                    {
                        "what": {"type": "string", "minLength": 15},
                        "causes": {
                            "type": "array",
                            "minItems": 1,
                            "items": {"enum": [cause.value for cause in Cause]},
                        },
                        "words": {**WORDS, "minItems": 1},
                    }
                ),
            ]
        },
        "outages": {
            "type": "array",
            "items": closed(
                {
                    "service": {"type": "string"},
                    "begin": MOMENT,
                    "end": MOMENT_OR_NONE,
                    "first_asked": MOMENT,
                    "in_log": {"type": "boolean"},
                }
            ),
        },
        "rhythm": {
            "anyOf": [
                {"type": "null"},
                {"const": False},
                closed({"period_s": {"type": ["number", "null"]}, "follows": {"type": ["string", "null"]}}),
            ]
        },
        "decisive": WORDS,
        "or_lines": {"anyOf": [{"type": "null"}, {"type": "string", "format": "regex"}]},
        "without": closed({"look_at": WORDS}),
        "events": {"type": "array", "items": closed({"time": MOMENT, "what": {"type": "string"}})},
        "attempts": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "items": {"type": "integer"},
            },
        },
    }
)
# Documentation networks (RFC 5737), loopback, and "any"
ALLOWED = [
    ipaddress.ip_network(each)
    for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "127.0.0.0/8", "0.0.0.0/32")
]
# Places that only the maker's machine has; /home/admin and the like belong to the stories
STRANGE = re.compile(r"/(?:root|mnt|opt)/|venv|site-packages|debian\.org|sample-logs")


@cache
def truth(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((STORMS / name / "truth.json").read_text())
    return told


@cache
def logs(name: str) -> dict[str, str]:
    """The text of each log of a storm, by its name below logs/ without .gz."""
    found = {}
    for path in sorted((STORMS / name / "logs").rglob("*")):
        if path.is_file():
            raw = path.read_bytes()
            text = gzip.decompress(raw) if path.suffix == ".gz" else raw
            found[path.relative_to(STORMS / name / "logs").as_posix().removesuffix(".gz")] = text.decode()
    return found


# --- all of them ----------------------------------------------------------------------------------------


def test_there_are_enough() -> None:
    made = Counter(truth(name)["made_by"] for name in NAMES)
    assert len(NAMES) >= 25
    assert made["real servers"] >= 15
    assert sum(truth(name)["look_alike"] for name in NAMES) >= 7


def test_they_are_small() -> None:
    assert sum(path.stat().st_size for path in STORMS.rglob("*") if path.is_file()) < 4_000_000


def test_rhythm_is_there_to_be_found_and_to_be_denied() -> None:
    rhythms = [truth(name)["rhythm"] for name in NAMES]
    assert sum(isinstance(each, dict) and each["period_s"] is not None for each in rhythms) >= 2
    assert sum(isinstance(each, dict) and each["follows"] == "graceful" for each in rhythms) >= 2
    assert False in rhythms


# --- each -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_schema(name: str) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(truth(name))
    assert truth(name)["name"] == name


@pytest.mark.parametrize("name", NAMES)
def test_a_look_alike_has_no_root_and_a_storm_has_one(name: str) -> None:
    told = truth(name)
    assert (told["root"] is None) == told["look_alike"]
    if told["look_alike"]:
        assert (told["outages"], told["decisive"], told["rhythm"]) == ([], [], None)
    else:
        assert told["outages"]


@pytest.mark.parametrize("name", NAMES)
def test_words_are_rules_or_begin_some(name: str) -> None:
    ids = (ROOT / "patterns" / "ids.lock").read_text().split()
    words = truth(name)["root"]["words"] if truth(name)["root"] else []
    assert [word for word in words if not any(each.startswith(word) for each in ids)] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_is_decisive_is_there_and_can_be_taken_away(name: str) -> None:
    told = truth(name)
    for file in told["decisive"]:
        assert (STORMS / name / "logs" / file).is_file()
    if told["decisive"]:
        assert told["without"]["look_at"]
        left = set(logs(name)) - set(told["decisive"])
        assert left or told["or_lines"]
    if told["or_lines"]:
        lines = [line for file in told["decisive"] for line in logs(name)[file].splitlines()]
        hit = [line for line in lines if re.search(told["or_lines"], line)]
        assert 0 < len(hit) < len(lines)


@pytest.mark.parametrize("name", NAMES)
def test_outages_are_in_order_and_at_least_as_long_as_nothing(name: str) -> None:
    told = truth(name)
    begun: dict[str, datetime] = {}
    for outage in told["outages"]:
        begin = datetime.fromisoformat(outage["begin"])
        assert datetime.fromisoformat(outage["first_asked"]) <= begin
        assert outage["end"] is None or datetime.fromisoformat(outage["end"]) > begin
        assert begin > begun.get(outage["service"], datetime.min.replace(tzinfo=begin.tzinfo))
        begun[outage["service"]] = begin


@pytest.mark.parametrize("name", NAMES)
def test_success_stands_before_and_after(name: str) -> None:
    told = truth(name)
    assert sum(good for good, _ in told["attempts"].values()) >= 60
    for service in {outage["service"] for outage in told["outages"]}:
        assert told["attempts"][service][0] >= 15
        assert told["attempts"][service][1] >= told["settings"]["min_failures"]
    assert all(outage["end"] for outage in told["outages"])


@pytest.mark.parametrize("name", NAMES)
def test_a_rhythm_has_outages_enough(name: str) -> None:
    if truth(name)["rhythm"] is not None:
        assert len(truth(name)["outages"]) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_logs_name_nobody_and_no_place(name: str) -> None:
    assert logs(name)
    for file, text in logs(name).items():
        assert text.strip(), file
        found = set(re.findall(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", text))
        strangers = [
            each
            for each in found
            if not re.fullmatch(
                r"1[0-4]\d\.0\.0\.0|2\.3\.19\.1", each
            )  # versions of a browser and of Dovecot
            and not any(ipaddress.ip_address(each) in net for net in ALLOWED)
        ]
        assert strangers == [], file
        assert STRANGE.findall(text) == [], file


# --- the diary ------------------------------------------------------------------------------------------


def test_diary() -> None:
    diary = Diary()
    for when, ok in ((1, True), (2, False), (3, False), (4, False), (9, True), (20, False), (21, True)):
        diary.note("webmail", ok=ok, when=when, asked=when - 0.5)
    assert diary.outages("webmail", gap=5, least=3) == [
        {
            "service": "webmail",
            "begin": "1970-01-01T00:00:02.000Z",
            "end": "1970-01-01T00:00:09.000Z",
            "first_asked": "1970-01-01T00:00:01.500Z",
        }
    ]
    assert diary.counts() == {"webmail": [3, 4]}
    diary.note("imap", ok=False, when=1)
    diary.note("imap", ok=False, when=100)
    assert diary.outages("imap", gap=5, least=2)[0]["end"] is None
    assert diary.outages("webmail", gap=16, least=4)[0]["end"] == "1970-01-01T00:00:21.000Z"
