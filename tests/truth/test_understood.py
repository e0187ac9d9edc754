"""Every line of the real logs is understood, and one traffic in several shapes gives one answer.

In: sample-logs/real. Out: nothing unparsed, hardly a line of kind other and each of them named
here, no line that two cards claim; the same counts whatever shape, file or neighbour tells them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from logscan.model.findings import Report
from logscan.pipeline.scan import report
from logscan.reports.json import document
from tests.truth.reading import REAL, SETTINGS, EventsOf, Json, ScanOf

#: Log -> its lines, as `wc -l` counts them.
LINES = {
    "A/logs/mail.log": 6061,
    "A/logs/mail-iso.log.gz": 6061,
    "A/logs/mail-reduced.log.gz": 6061,
    "A/logs/mail.warn": 128,
    "A/logs/syslog.gz": 6062,
    "A/logs/remote-maillog": 2106,
    "A/logs/journal-short-iso.log.gz": 6067,
    "A/logs/journal.json.gz": 3500,
    "A/logs/journal-all-fields-head.json.gz": 300,
    "A/logs/apache-error.log": 200,
    "A/logs/apache-access.log": 917,
    "A/logs/php-fpm.log": 15,
    "mod_fastcgi/error.log": 177,
    "mod_fastcgi/access.log": 343,
}
#: Logs of formats that nobody here knows.
UNKNOWN = {
    "tool.log": b"started with 3 workers\nworker 1 says hello\n",
    "numbers.log": b"1 2 3\n4 5 6\n",
    "metrics.json": b'{"metric": "load", "value": 0.25}\n',
}

OURS = ("postfix", "opendkim", "apache-error", "apache-access", "php-fpm", "syslogd")
#: Lines that go on with the record before them: a traceback's insides, raw.
INSIDE = {"A/logs/apache-error.log": 3}


@pytest.mark.parametrize("name", LINES)
def test_no_line_is_unparsed(name: str, scan_of: ScanOf) -> None:
    made = scan_of(name)
    totals = made["totals"]
    assert totals["lines"] == totals["events"] + INSIDE.get(name, 0) == LINES[name]
    assert totals["unparsed"] == totals["invalid_bytes"] == totals["duplicates_dropped"] == 0
    assert made["problems"] == []
    (read,) = made["inputs"]
    assert (read["lines"], read["unparsed"], read["problem"]) == (LINES[name], 0, None)


@pytest.mark.parametrize("name", LINES)
def test_hardly_a_line_is_other(name: str, events_of: EventsOf) -> None:
    events = events_of(name)
    assert set(events["family"]) <= set(OURS)
    for (family,), lines in events.partition_by("family", as_dict=True).items():
        other = lines.filter(pl.col("kind") == "other")
        assert other.height <= lines.height / 100, family
        assert set(other["severity"]) <= {"info", "notice"}, family


def test_no_line_of_our_families_is_of_kind_other(events_of: EventsOf) -> None:
    shapes: set[str] = set()
    for name in LINES:
        other = events_of(name).filter((pl.col("kind") == "other") & pl.col("family").is_in(OURS))
        shapes |= set(other["masked"])
    assert shapes == set()


@pytest.mark.parametrize("name", LINES)
def test_no_line_is_claimed_twice(name: str, events_of: EventsOf) -> None:
    rivals = events_of(name).filter(pl.col("rivals").fill_null(0) > 0)
    assert rivals.select("line", "rule", "masked").rows() == []


@pytest.mark.parametrize("name", [name for name in LINES if name.startswith("A/logs/mail")])
def test_nothing_in_our_mail_log_is_left_unexplained(name: str, scan_of: ScanOf) -> None:
    assert [group["template"] for group in scan_of(name)["unexplained"]] == []


# --- one traffic in several shapes ---------------------------------------------------------------

NUMBERS = ("count", "messages", "recipients", "deliveries", "sessions")
TOTALS = ("events", "unparsed", "other", "repeated_expanded", "invalid_bytes", "gaps")


def counts(made: Json) -> dict[str, Json]:
    """Return what a report says of each rule, but for places and the parts of a second."""
    return {
        finding["rule"]: {
            **{name: finding[name] for name in (*NUMBERS, "severity", "direction", "affected")},
            "first": (finding["first"] or "")[:19],  # a script's raw standard error has no time
            "last": (finding["last"] or "")[:19],
            # the earlier first, which a stamp of seconds does not tell
            "caused_by": sorted(cause["rule"] for cause in finding["caused_by"]),
        }
        for finding in made["findings"]
    }


def totals(made: Json) -> Json:
    return {name: made["totals"][name] for name in TOTALS}


@pytest.mark.parametrize("name", ["A/logs/mail-iso.log.gz", "A/logs/mail-reduced.log.gz"])
def test_three_shapes_of_one_traffic(name: str, scan_of: ScanOf) -> None:
    plain, shaped = scan_of("A/logs/mail.log"), scan_of(name)
    assert len(plain["findings"]) > 90
    assert counts(shaped) == counts(plain)
    assert {**totals(shaped), "lines": shaped["totals"]["lines"]} == {
        **totals(plain),
        "lines": plain["totals"]["lines"],
    }
    assert shaped["totals"]["hosts"] == plain["totals"]["hosts"]


def test_the_journal_tells_the_same(scan_of: ScanOf) -> None:
    """The full name of the host in place of the short one, and no `message repeated`."""
    assert counts(scan_of("A/logs/journal-short-iso.log.gz")) == counts(scan_of("A/logs/mail.log"))


def scan(*paths: Path) -> Json:
    made: Report = report([str(path) for path in paths], SETTINGS)
    return document(made)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return what Debian's rsyslog leaves in /var/log."""
    for name in ("mail.log", "mail.warn", "syslog.gz"):
        shutil.copy(REAL / "A" / "logs" / name, tmp_path / name)
    return tmp_path


def test_a_folder_gives_the_counts_of_its_mail_log(folder: Path, scan_of: ScanOf) -> None:
    alone, made = scan_of("A/logs/mail.log"), scan(folder)
    assert counts(made) == counts(alone)
    # syslog has one line of its own: rsyslogd's start.
    assert made["totals"]["events"] == alone["totals"]["events"] + 1
    assert made["totals"]["other"] == alone["totals"]["other"]
    assert made["totals"]["duplicates_dropped"] == LINES["A/logs/mail.log"] + LINES["A/logs/mail.warn"]
    assert made["totals"]["lines"] == sum(LINES[f"A/logs/{path.name}"] for path in folder.iterdir())
    assert made["totals"]["repeated_expanded"] == alone["totals"]["repeated_expanded"]
    assert made["problems"] == []


def test_a_log_and_its_journal_count_once(scan_of: ScanOf) -> None:
    """The journal drops blanks at the end of a line and spells repeated lines out."""
    journal = scan_of("A/logs/journal-short-iso.log.gz")
    made = scan_of("A/logs/mail.log", "A/logs/journal-short-iso.log.gz")
    assert counts(made) == counts(journal)
    spelled_out = [one["totals"]["events"] + one["totals"]["repeated_expanded"] for one in (made, journal)]
    assert spelled_out[0] == spelled_out[1]


def test_logs_of_different_servers_are_not_each_other_s_copies(scan_of: ScanOf) -> None:
    alone = [
        scan_of(name) for name in ("A/logs/mail.log", "A/logs/remote-maillog", "A/logs/apache-error.log")
    ]
    made = scan_of("A/logs/mail.log", "A/logs/remote-maillog", "A/logs/apache-error.log")
    assert made["totals"]["duplicates_dropped"] == 0
    assert made["totals"]["events"] == sum(one["totals"]["events"] for one in alone)
    for rule in {finding["rule"] for one in alone for finding in one["findings"]}:
        parts = [counts(one)[rule] for one in alone if rule in counts(one)]
        whole = counts(made)[rule]
        assert {name: whole[name] for name in NUMBERS} == {
            name: sum(part[name] for part in parts) for name in NUMBERS
        }


# --- what is not understood is said --------------------------------------------------------------


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "logscan", *map(str, arguments), "--tz", "UTC", "--year", "2026"]
    return subprocess.run(run, check=False, capture_output=True, text=True, timeout=120, cwd=REAL.parents[1])


@pytest.fixture
def unknown(tmp_path: Path) -> Path:
    for name, data in UNKNOWN.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_format_alone_is_nothing_read(name: str, unknown: Path) -> None:
    done = command("scan", unknown / name)
    assert done.returncode == 3
    assert done.stdout == ""
    assert f"{name}: no known log format" in done.stderr
    assert "help: " in done.stderr


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_format_beside_a_log_is_a_problem(name: str, unknown: Path) -> None:
    known = REAL / "A" / "logs" / "php-fpm.log"
    done = command("scan", "--format", "json", "--strict", unknown / name, known)
    assert done.returncode == 4
    made = json.loads(done.stdout)
    (problem,) = made["problems"]
    assert problem["where"] == str(unknown / name)
    assert problem["reason"].startswith("no known log format")
    assert problem["help"]
    read = {Path(item["path"]).name: item["problem"] for item in made["inputs"]}
    assert read == {name: "no known log format", "php-fpm.log": None}
    assert made["totals"]["events"] == LINES["A/logs/php-fpm.log"]


def test_without_strict_it_is_said_and_the_rest_is_told(unknown: Path) -> None:
    shutil.copy(REAL / "A" / "logs" / "php-fpm.log", unknown / "php-fpm.log")
    done = command("scan", unknown)
    assert done.returncode == 0
    said = "".join(done.stdout.split())  # a long path is folded anywhere
    for name in UNKNOWN:
        assert name in said
        assert "noknownlogformat" in said
    assert f"{LINES['A/logs/php-fpm.log']}events" in said
