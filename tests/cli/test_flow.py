"""`logscan flow`: the contract's JSON, CSV, options and exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli

LOG = "sample-logs/real/A/logs/mail.log"
UTC = ("--tz", "UTC", "--year", "2026")
TOTALS = [
    "received", "delivered", "forwarded", "deferred", "deferrals",
    "bounced", "expired", "canceled", "rejected", "reject_warnings",
    "held", "discarded", "bytes_received", "bytes_delivered", "senders",
    "sending_domains", "recipients", "recipient_domains", "messages_real", "internal",
    "filtered", "recovered", "still_deferred", "expired_recipients", "reject_lines",
    "auth_failures", "connections",
]  # fmt: skip


@pytest.fixture
def document(cli: Cli) -> dict[str, Any]:
    ran = cli("flow", LOG, *UTC, "--format", "json", "--top", "5")
    assert (ran.code, ran.err) == (0, "")
    loaded: dict[str, Any] = json.loads(ran.out)
    return loaded


def test_the_json_has_the_contracts_keys(document: dict[str, Any]) -> None:
    assert document["schema"] == "logscan.flow/1"
    assert list(document["totals"]) == TOTALS
    wanted = ["totals", "per_hour", "per_day", "top", "rejects", "tls", "auth", "delay_percentiles"]
    assert [key for key in document if key in wanted] == wanted
    assert {"inputs", "problems", "assumptions", "blind_spots", "as_of"} <= set(document)
    assert list(document["top"]) == [
        "senders", "recipients", "sending_domains", "recipient_domains", "clients",
    ]  # fmt: skip
    hour = ["start", "received", "delivered", "deferrals", "bounced", "rejected"]
    assert [list(each) for each in document["per_hour"] + document["per_day"]] == [hour, hour]
    named = ["name", "messages", "recipients", "bytes"]
    for top in document["top"].values():
        assert 0 < len(top) <= 5
        assert all(list(each) == named for each in top)
    assert all(list(each)[:4] == ["cause", "stage", "count", "clients"] for each in document["rejects"])
    assert all(list(each)[:3] == ["level", "protocol", "count"] for each in document["tls"])
    assert all(list(each) == ["client_ip", "user", "count"] for each in document["auth"])
    stages = ["before_qmgr", "in_qmgr", "connection", "transmission", "total"]
    assert list(document["delay_percentiles"]) == stages
    assert all(
        list(each) == ["p50", "p90", "p95", "p98", "max"] for each in document["delay_percentiles"].values()
    )


def test_nothing_is_null(document: dict[str, Any]) -> None:
    assert all(isinstance(count, int) for count in document["totals"].values())


def test_the_text_says_what_was_handed_over_and_not_seen_again(cli: Cli, document: dict[str, Any]) -> None:
    assert document["unreturned"] == 1  # a program that keeps an archive
    text = " ".join(cli("flow", LOG, *UTC).out.split())
    assert "not seen again, so counted as delivered: 1." in text
    assert "44 recipients returned for age" in text


def test_the_csv_says_the_same(cli: Cli, document: dict[str, Any]) -> None:
    ran = cli("flow", LOG, *UTC, "--format", "csv", "--top", "5")
    header, *rows = csv.reader(io.StringIO(ran.out))
    assert header == ["section", "name", "measure", "value"]
    totals = {row[2]: row[3] for row in rows if row[0] == "totals"}
    assert totals == {name: str(count) for name, count in document["totals"].items()}
    top = document["top"]["senders"][0]
    assert ["top_senders", top["name"], "messages", str(top["messages"])] in rows
    hour = document["per_hour"][0]
    assert ["per_hour", hour["start"], "delivered", str(hour["delivered"])] in rows


def test_hours_have_the_zones_offset(cli: Cli) -> None:
    ran = cli("flow", LOG, "--tz", "Asia/Kolkata", "--year", "2026", "--format", "json")
    document = json.loads(ran.out)
    assert [each["start"] for each in document["per_hour"]] == ["2026-11-24T03:00:00+05:30"]
    assert [each["start"] for each in document["per_day"]] == ["2026-11-24T00:00:00+05:30"]


def test_compat_begins_with_its_grand_totals(cli: Cli) -> None:
    ran = cli("flow", LOG, *UTC, "--compat", "pflogsumm-1.1.5")
    recorded = Path("tests/pflogsumm/recorded/logs-mail.log.txt").read_text(encoding="utf-8")
    totals = recorded.partition("\nPer-Hour")[0]
    assert ran.code == 0
    assert ran.out.startswith(totals)
    later = cli("flow", LOG, *UTC, "--compat", "pflogsumm-1.3.0")
    assert "removed (canceled)" in later.out
    assert "could not be run to compare" in later.err
    assert not ran.err


def test_compat_is_text_only(cli: Cli) -> None:
    ran = cli("flow", LOG, "--compat", "pflogsumm-1.1.5", "--format", "json")
    assert ran.code == 2
    assert cli("flow", LOG, "--compat", "pflogsumm-9").code == 2


def test_why_differs_is_part_of_every_form(cli: Cli) -> None:
    document = json.loads(cli("flow", LOG, *UTC, "--why-differs", "--format", "json").out)
    assert document["compat"] == "pflogsumm-1.1.5"
    keys = ["measure", "theirs", "ours", "count", "reason", "example"]
    assert document["differences"]
    assert all(list(each) == keys for each in document["differences"])
    assert any(each["example"] and each["example"]["line"] > 0 for each in document["differences"])
    rows = list(csv.reader(io.StringIO(cli("flow", LOG, *UTC, "--why-differs", "--format", "csv").out)))
    assert sum(row[0] == "differences" for row in rows) == len(document["differences"])
    text = cli("flow", LOG, *UTC, "--why-differs", "--compat", "pflogsumm-1.3.0").out
    assert "could not be run to compare" in text


def test_from_standard_input(cli: Cli) -> None:
    data = Path("sample-logs/quiet/mail.log").read_bytes()
    plain = json.loads(cli("flow", "sample-logs/quiet/mail.log", *UTC, "--format", "json").out)
    piped = json.loads(cli("flow", "-", *UTC, "--format", "json", stdin=data).out)
    assert piped["totals"] == plain["totals"]
    assert piped["inputs"][0]["path"] == "-"
    assert cli("flow", "-", *UTC, "--why-differs", stdin=data).code == 0


def test_exit_codes(cli: Cli, tmp_path: Path) -> None:
    assert cli("flow", tmp_path / "gone").code == 3
    outside = cli("flow", LOG, *UTC, "--since", "2027-01-01")
    assert outside.code == 0
    assert outside.out.startswith("no line lies between")
    torn = tmp_path / "torn.log.gz"
    torn.write_bytes(Path("sample-logs/real/A/logs/mail-iso.log.gz").read_bytes()[:-2000])
    assert cli("flow", torn, *UTC).code == 0
    for options in ((), ("--compat", "pflogsumm-1.1.5"), ("--why-differs",)):
        assert cli("flow", torn, *UTC, "--strict", *options).code == 4
