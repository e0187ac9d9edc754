"""What a PATH may be, cards of one's own, and how many threads."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from logscan.cli.exits import Exit
from tests.cli.conftest import Cli, Program

STORMS = Path(__file__).resolve().parents[2] / "sample-logs" / "storms"
UTC = ("--tz", "UTC", "--year", "2026")


def scan(cli: Cli, *arguments: str | Path, stdin: bytes = b"") -> dict[str, Any]:
    ran = cli("scan", *arguments, "--tz", "UTC", "--format", "json", stdin=stdin)
    assert ran.code == 0, ran.err
    document: dict[str, Any] = json.loads(ran.out)
    return document


def findings(document: dict[str, Any]) -> list[tuple[str, int]]:
    return [(finding["rule"], finding["count"]) for finding in document["findings"]]


PACKED: dict[str | None, Callable[[bytes], bytes]] = {
    None: bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize("compression", PACKED, ids=str)
def test_standard_input_packed_or_not(cli: Cli, fastcgi: Path, compression: str | None) -> None:
    document = scan(cli, "-", stdin=PACKED[compression](fastcgi.read_bytes()))
    assert findings(document) == findings(scan(cli, fastcgi))
    assert [entry["path"] for entry in document["inputs"]] == ["-"]
    assert document["inputs"][0]["compression"] == compression
    quoted = [line for finding in document["findings"] for line in finding["evidence"]]
    assert {line["file"] for line in quoted} == {"-"}


def test_standard_input_without_year(cli: Cli, quiet: Path) -> None:
    """A log without year on a pipe may have to be read twice."""
    assert scan(cli, "-", stdin=quiet.read_bytes())["totals"]["events"] == 65


def test_standard_input_beside_files(cli: Cli, founding: Path, fastcgi: Path) -> None:
    document = scan(cli, founding, "-", stdin=fastcgi.read_bytes())
    assert sorted(entry["path"] for entry in document["inputs"]) == ["-", str(founding)]
    assert document["totals"]["events"] == 179


def test_standard_input_twice_is_standard_input(cli: Cli, fastcgi: Path) -> None:
    assert scan(cli, "-", "-", stdin=fastcgi.read_bytes())["totals"]["events"] == 177


def test_standard_input_as_a_program_gets_it(program: Program, fastcgi: Path) -> None:
    ran = program("scan", "-", "--tz", "UTC", "-q", stdin=gzip.compress(fastcgi.read_bytes()))
    assert ran.code == 0
    assert "177 lines" in ran.out


def test_globs_folders_and_files_may_be_mixed(
    cli: Cli, tmp_path: Path, fastcgi: Path, founding: Path, quiet: Path
) -> None:
    folder = tmp_path / "apache2"
    folder.mkdir()
    shutil.copy(fastcgi, folder / "error.log")
    shutil.copy(founding, tmp_path / "one.log")
    shutil.copy(quiet, tmp_path / "two.log")
    document = scan(cli, tmp_path / "*.log", folder, tmp_path / "one.log", "--year", "2026")
    assert [Path(entry["path"]).name for entry in document["inputs"]] == ["error.log", "one.log", "two.log"]
    assert document["totals"]["events"] == 177 + 2 + 65


def test_a_rotated_set_is_one_timeline(cli: Cli, tmp_path: Path, fastcgi: Path) -> None:
    lines = fastcgi.read_bytes().splitlines(keepends=True)
    (tmp_path / "error.log.2.gz").write_bytes(gzip.compress(b"".join(lines[:60])))
    (tmp_path / "error.log.1").write_bytes(b"".join(lines[60:120]))
    (tmp_path / "error.log").write_bytes(b"".join(lines[120:]))
    assert findings(scan(cli, tmp_path)) == findings(scan(cli, fastcgi))


def test_a_line_beyond_all_measure_is_read_and_told(cli: Cli, tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_text(f"Nov 24 03:00:00 mx1 postfix/smtpd[7]: fatal: {'x' * 200_000}\n")
    document = scan(cli, log, "--year", "2026")
    assert document["totals"]["events"] == 1
    assert all(len(group["example"]["text"]) < 20_000 for group in document["unexplained"])


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_jobs_change_nothing(cli: Cli, fastcgi: Path, jobs: str) -> None:
    wanted, got = scan(cli, fastcgi), scan(cli, fastcgi, "--jobs", jobs)
    for document in (wanted, got):
        del document["generated"], document["elapsed_s"]
    assert got == wanted


# --- cards of one's own --------------------------------------------------------------------------

CARD = """
since = "0.1"
status = "stable"
severity = "critical"
cause = "local-resources"
nature = "local"
fault = "us"
[match]
family = "postfix"
kind = "fatal"
direction = "local"
literal = ["the cat sat on"]
[text]
title = "The cat sat on {thing}"
meaning = "The cat has found a warm place, and whatever lies below it will not be read until the cat has left."
likely_causes = ["it is warm"]
remedy = ["feed it"]
verify = ["look"]
limits = "what the cat thinks"
[capture]
thing = \'\'\'sat on (\\w+)\'\'\'
[[hit]]
line = "Nov 24 03:00:00 mx1 postfix/master[7]: fatal: the cat sat on it"
[[miss]]
line = "Nov 24 03:00:00 mx1 postfix/master[7]: fatal: the dog"
why = "a dog"
"""


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    log = tmp_path / "mail.log"
    log.write_text("Nov 24 03:00:00 mx1 postfix/master[7]: fatal: the cat sat on spool\n")
    return log


def card(folder: Path, text: str = CARD) -> Path:
    (folder / "site").mkdir(parents=True)
    (folder / "site" / "cat.toml").write_text(text)
    return folder


def test_a_card_of_one_s_own(cli: Cli, tmp_path: Path, cat: Path) -> None:
    assert not scan(cli, cat, "--year", "2026")["findings"]
    own = card(tmp_path / "own")
    document = scan(cli, cat, "--year", "2026", "--patterns", own)
    assert [(f["rule"], f["title"]) for f in document["findings"]] == [("site.cat", "The cat sat on spool")]
    assert not document["unexplained"]
    assert "The cat sat on spool" in cli("explain", cat.read_text(), "--patterns", own).out
    assert cli("rules", "show", "site.cat", "--patterns", own).code == 0
    assert cli("rules", "test", "site.cat", "--patterns", own).code == 0


def test_several_folders_with_cards(cli: Cli, tmp_path: Path, cat: Path) -> None:
    own = card(tmp_path / "own")
    more = tmp_path / "more"
    (more / "other").mkdir(parents=True)
    (more / "other" / "dog.toml").write_text(CARD.replace("the cat sat on", "the dog lay down"))
    ran = cli("rules", "list", "--format", "json", "--patterns", own, "--patterns", more)
    assert {"site.cat", "other.dog"} <= {entry["id"] for entry in json.loads(ran.out)}
    assert findings(scan(cli, cat, "--year", "2026", "--patterns", own, "--patterns", more)) == [
        ("site.cat", 1)
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('severity = "critical"', 'severity = "awful"'), "severity"),
        (("[match]", "[match"), "is not TOML"),
        (('nature = "local"\n', ""), "'nature' is a required property"),
        (
            ('literal = ["the cat sat on"]', 'literal = ["the cat sat on"]\nreason = "cat(?!nip)"'),
            "does not compile",
        ),
        (("thing = '''sat on (\\w+)'''", "thing = '''sat on (\\w+'''"), "does not compile"),
    ],
)
@pytest.mark.parametrize("command", ["scan", "explain"])
def test_a_broken_card_of_one_s_own_is_told_with_its_place(
    cli: Cli, tmp_path: Path, cat: Path, change: tuple[str, str], said: str, command: str
) -> None:
    assert change[0] in CARD
    own = card(tmp_path / "own", CARD.replace(*change))
    ran = cli(command, cat if command == "scan" else cat.read_text(), "--patterns", own)
    assert (ran.code, ran.out) == (2, "")
    assert str(own / "site" / "cat.toml") in ran.err
    assert said in ran.err
    assert "help: " in ran.err
    assert "Traceback" not in ran.err


def test_every_broken_card_is_told_at_once(cli: Cli, tmp_path: Path, cat: Path) -> None:
    own = card(tmp_path / "own", CARD.replace("[match]", "[match"))
    (own / "site" / "dog.toml").write_text(CARD.replace("severity", "gravity"))
    ran = cli("scan", cat, "--patterns", own)
    assert ran.code == 2
    assert "cat.toml" in ran.err
    assert "dog.toml" in ran.err


def test_two_cards_with_one_id(cli: Cli, tmp_path: Path, cat: Path) -> None:
    own, again = card(tmp_path / "own"), card(tmp_path / "again")
    ran = cli("scan", cat, "--patterns", own, "--patterns", again)
    assert ran.code == 2
    assert "has the id of" in ran.err


def test_a_line_too_long_to_keep_is_told(cli: Cli, tmp_path: Path) -> None:
    """Whatever is not read is said, with the place; `--strict` makes it an exit code."""
    log = tmp_path / "mail.log"
    log.write_text("Nov 24 03:00:00 mx1 postfix/qmgr[9]: " + "x" * 70_000 + "\n")
    for command in ("scan", "events"):
        ran = cli(command, log, "--tz", "UTC", "--year", "2026", "--strict")
        assert ran.code == Exit.INCOMPLETE
        assert "1 line is longer than 64 kB" in " ".join((ran.out + ran.err).split())


def test_events_says_what_it_did_not_understand(cli: Cli, tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_text("Nov 24 03:00:00 mx1 postfix/qmgr[9]: 4F1A2B3C4D: removed\nwhat is this\nand this\n")
    ran = cli("events", log, "--tz", "UTC", "--year", "2026", "--format", "jsonl")
    assert len(ran.out.splitlines()) == 1
    assert "2 lines were not understood" in ran.err


def test_on_standard_input_it_is_said_that_nobody_looked_who_handed_mail_in(cli: Cli) -> None:
    log = STORMS / "form-mailer" / "logs" / "mail.log"
    piped, read = scan(cli, "-", stdin=log.read_bytes()), scan(cli, log)
    form = "postfix.abuse.form-mailer"
    assert form in dict(findings(read))
    assert form not in dict(findings(piped))
    assert [problem["help"] for problem in piped["problems"]] == [
        "give scan the file instead, or ask: logscan bounces -"
    ]
    assert read["problems"] == []
