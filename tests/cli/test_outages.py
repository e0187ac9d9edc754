"""`logscan outages` as a command: forms, options, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

LOGS = Path(__file__).parents[2] / "sample-logs"
WEB = (LOGS / "real" / "mod_fastcgi" / "access.log", LOGS / "real" / "mod_fastcgi" / "error.log")
QUIET = LOGS / "quiet"

KEYS = [
    "schema", "version", "generated", "elapsed_s", "as_of", "inputs", "totals", "assumptions", "blind_spots", "outages",
    "roots", "thresholds", "recurrences", "rates", "problems",
]  # fmt: skip
OUTAGE = [
    "id", "service", "kind", "begin", "end", "last_failure", "ongoing", "duration_s", "failures", "requests_failed",
    "clients", "succeeded", "rules", "cause", "caused_by", "root", "undecided", "end_reason", "recovered_by", "evidence",
]  # fmt: skip
RECURRENCE = [
    "service", "outages", "mean_between_s", "mean_duration_s", "pattern", "pattern_kind", "chance", "period_s", "hours",
    "weekdays", "follows", "speaks_for", "last", "next_expected",
]  # fmt: skip


def test_the_document_is_the_contracts(cli: Cli) -> None:
    ran = cli("outages", *WEB, "--tz", "UTC", "--gap", "1.4", "--format", "json")
    document = json.loads(ran.out)
    assert (ran.code, list(document), document["schema"]) == (0, KEYS, "logscan.outages/1")
    assert {tuple(outage) for outage in document["outages"]} == {tuple(OUTAGE)}
    assert {tuple(one) for one in document["recurrences"]} == {tuple(RECURRENCE)}
    assert document["thresholds"] == {
        "gap_s": 1.4, "min_failures": 3, "recovered_after": 30, "min_share": 0.1,
    }  # fmt: skip
    assert [len(document["recurrences"][0][name]) for name in ("hours", "weekdays")] == [24, 7]
    assert len({outage["id"] for outage in document["outages"]}) == 10


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((*WEB, "--fail-on", "critical"), 1),
        ((*WEB,), 0),
        ((QUIET, "--fail-on", "info"), 0),
        ((QUIET / "none.log",), 3),
        ((*WEB, "--gap", "0"), 2),
        ((*WEB, "--min-failures", "0"), 2),
        ((*WEB, "--format", "csv"), 2),
        ((LOGS / "real" / "mod_fastcgi", "--strict"), 4),  # truth.json is no log
    ],
    ids=["grave", "plain", "quiet", "missing", "gap", "failures", "form", "strict"],
)
def test_exit_codes(arguments: tuple[str | Path, ...], code: int, cli: Cli) -> None:
    assert cli("outages", *arguments, "--tz", "UTC").code == code


def test_options_change_the_answer_and_stand_in_it(cli: Cli) -> None:
    ran = cli("outages", *WEB, "--tz", "UTC", "--gap", "900", "--min-failures", "12")
    assert "an outage: at least 12 failures, 10 % or more of what was tried, at most 15 min apart" in ran.out
    assert "2 outages of 2 services" in ran.out


def test_what_is_good_is_said(cli: Cli) -> None:
    ran = cli("outages", QUIET, "--tz", "UTC", "--year", "2026")
    assert "No outage in these logs." in ran.out


def test_a_window_without_a_line(cli: Cli) -> None:
    ran = cli("outages", *WEB, "--tz", "UTC", "--since", "2030-01-01")
    assert ran.code == 0
    assert ran.out.startswith("no line lies between")


def test_the_page_goes_whole_into_a_file(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "outages.html"
    assert cli("outages", *WEB, "--tz", "UTC", "--format", "html", "-o", target).code == 0
    page = target.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>\n")
