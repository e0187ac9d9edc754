"""The journal's four shapes of one traffic, and mail.log of the same hours: the same events, the same answers.

In: sample-logs/real/A. Out: who said what in which second is equal, and so is what scan makes of it; evidence is lines that a
person can read, at places that are true.
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import polars as pl
import pytest

from logscan.pipeline.events import Events
from logscan.pipeline.scan import report
from logscan.reports.json import document
from tests.truth.reading import REAL, SETTINGS, Json

LOGS = REAL / "A" / "logs"
JSON, ALL_FIELDS, EXPORT, SHORT, MAIL = (
    LOGS / name
    for name in (
        "journal.json.gz",
        "journal-all-fields-head.json.gz",
        "journal-export-tail.bin.gz",
        "journal-short-iso.log.gz",
        "mail.log",
    )
)
REMOTE = Path("/usr/lib/systemd/systemd-journal-remote")
#: What is in the journal and not in mail.log.
OTHERS = ("systemd-journald", "rsyslogd")
KEY = ("time", "program", "pid", "text")


def events(*paths: Path) -> pl.DataFrame:
    read = Events([str(path) for path in paths], SETTINGS)
    found = pl.concat(list(read))
    assert read.problems == ()
    return found


def said(path: Path) -> pl.DataFrame:
    """Return who said what in which second, of mail's programs."""
    second = pl.col("time").dt.truncate("1s")
    text = pl.col("text").str.strip_chars_end(" ")
    rows = events(path).filter(~pl.col("program").is_in(OTHERS))
    return rows.with_columns(second, text).select(KEY)


def scan(*paths: Path) -> Json:
    made: Json = document(report([str(path) for path in paths], SETTINGS))
    return made


@pytest.fixture
def first_3500(tmp_path: Path) -> Path:
    """Return the lines of the short output that journal.json.gz has."""
    lines = gzip.decompress(SHORT.read_bytes()).splitlines(keepends=True)[:3500]
    path = tmp_path / "short.log"
    path.write_bytes(b"".join(lines))
    return path


def test_json_and_mail_log_say_the_same_in_the_same_second() -> None:
    journal = said(JSON)
    assert journal.height == 3497
    assert journal.equals(said(MAIL).head(3497))


@pytest.mark.parametrize("path", [ALL_FIELDS, EXPORT], ids=lambda path: path.name)
def test_every_field_and_the_export_are_the_same_stretch_of_mail_log(path: Path) -> None:
    stretch = said(path)
    assert stretch.height == 300
    mail = said(MAIL)
    begin = mail.with_row_index().filter(pl.col("text") == stretch["text"][0])["index"][0]
    assert stretch.equals(mail.slice(begin, 300))


def test_all_shapes_give_the_same_answers(first_3500: Path) -> None:
    by_rule = [
        {
            finding["rule"]: (finding["count"], finding["messages"], finding["affected"], finding["severity"])
            for finding in scan(path)["findings"]
        }
        for path in (JSON, first_3500)
    ]
    assert len(by_rule[0]) > 40
    assert by_rule[0] == by_rule[1]
    pair = [scan(path) for path in (ALL_FIELDS, EXPORT)]
    assert [finding["rule"] for finding in pair[0]["findings"]] == [
        finding["rule"] for finding in pair[1]["findings"]
    ]
    assert [made["totals"]["unparsed"] for made in pair] == [0, 0]


def test_what_two_shapes_tell_counts_once(first_3500: Path) -> None:
    alone = scan(first_3500)["totals"]
    both = scan(first_3500, JSON)["totals"]
    assert both["duplicates_dropped"] == 3500
    assert both["events"] == alone["events"]


def test_evidence_is_what_journalctl_would_show_at_a_true_place() -> None:
    lines = gzip.decompress(JSON.read_bytes()).decode().splitlines()
    short = gzip.decompress(SHORT.read_bytes()).decode().splitlines()
    shown = [proof for finding in scan(JSON)["findings"] for proof in finding["evidence"]]
    assert len(shown) > 50
    for proof in shown:
        record = json.loads(lines[proof["line"] - 1])
        assert proof["text"].endswith(f": {record['MESSAGE']}") or len(proof["text"]) >= 500
        stamp, host, rest = short[proof["line"] - 1].split(" ", 2)
        assert proof["text"][:19] == stamp[:19]
        assert proof["text"].split(" ", 2)[1:] == [host, rest] or len(proof["text"]) >= 500


def test_places_in_an_export_are_where_records_begin() -> None:
    lines = gzip.decompress(EXPORT.read_bytes()).split(b"\n")
    for number in events(EXPORT)["line"]:
        assert lines[number - 1].startswith(b"__CURSOR=")


@pytest.mark.skipif(
    shutil.which("journalctl") is None or not REMOTE.exists(),
    reason="journalctl or systemd-journal-remote is not installed (apt install systemd-journal-remote)",
)
@pytest.mark.parametrize(
    ("output", "more"),
    [
        *((output, ()) for output in ("json", "json-seq", "json-sse", "export", "short", "short-full")),
        *(
            (output, ())
            for output in ("short-iso", "short-iso-precise", "short-precise", "short-unix", "with-unit")
        ),
        ("json", ("--all",)),
        ("json", ("--output-fields=MESSAGE,_PID,SYSLOG_IDENTIFIER,SYSLOG_PID,_HOSTNAME",)),
        ("short-full", ("--utc",)),
    ],
)
def test_whatever_journalctl_writes_says_the_same(output: str, more: tuple[str, ...], tmp_path: Path) -> None:
    journal = tmp_path / "system.journal"
    subprocess.run(
        [REMOTE, "-o", journal, "-"],
        input=gzip.decompress(EXPORT.read_bytes()),
        check=True,
        capture_output=True,
    )
    asked = ["journalctl", "--no-pager", f"--file={journal}", f"--output={output}", *more]
    saved = tmp_path / "saved.log"
    saved.write_bytes(subprocess.run(asked, check=True, capture_output=True, env={"TZ": "UTC"}).stdout)
    want = said(journal)
    assert want.height == 300
    assert said(saved).equals(want)


@pytest.mark.skipif(
    shutil.which("journalctl") is None or not REMOTE.exists(),
    reason="journalctl or systemd-journal-remote is not installed (apt install systemd-journal-remote)",
)
@pytest.mark.parametrize("output", ["json-pretty", "verbose", "short-monotonic", "short-delta", "cat"])
def test_what_it_writes_that_cannot_be_used_is_said(output: str, tmp_path: Path) -> None:
    journal = tmp_path / "system.journal"
    subprocess.run(
        [REMOTE, "-o", journal, "-"],
        input=gzip.decompress(EXPORT.read_bytes()),
        check=True,
        capture_output=True,
    )
    asked = ["journalctl", "--no-pager", f"--file={journal}", f"--output={output}"]
    done = subprocess.run(asked, check=False, capture_output=True)
    saved = tmp_path / "saved.log"
    saved.write_bytes(done.stdout or b"[ 2679.926201 <    0.000100>] mx1 postfix/qmgr[1]: hello\n")
    (problem,) = scan(saved, MAIL)["problems"]
    assert problem["where"] == str(saved)
    assert "journalctl -o json" in problem["help"]
