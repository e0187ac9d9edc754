"""`logscan report` as a command: forms, options, exit codes."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Program, Ran

LOGS = Path(__file__).parents[2] / "sample-logs"
WEEKS = LOGS / "weeks"
QUIET = LOGS / "quiet"
#: Of the same logs what holds the Tuesday, and the quiet Thursday before: each report reads its logs for every period again.
BAD, GOOD = WEEKS / "mail.log", WEEKS / "mail.log.1"
TUESDAY = ("--tz", "UTC", "--now", "2026-11-25 06:00")
THURSDAY = ("--tz", "UTC", "--now", "2026-11-20 06:00")

KEYS = [
    "schema", "version", "generated", "elapsed_s", "as_of", "period", "light", "verdict", "inputs", "totals", "assumptions", "blind_spots",
    "logs", "compared_to", "rule", "changes", "baseline", "dkim", "own_mails", "scan", "flow", "bounces", "outages", "problems",
]  # fmt: skip


# --- what it prints ------------------------------------------------------------------------------


def test_the_document_is_the_contracts(cli: Cli) -> None:
    ran = cli("report", WEEKS, *TUESDAY, "--format", "json")
    document = json.loads(ran.out)
    assert (ran.code, list(document), document["schema"]) == (0, KEYS, "logscan.report/1")
    assert document["as_of"] == "2026-11-25T00:00:00Z"
    assert document["light"] == "red"
    assert {tuple(change)[:4] for change in document["changes"]} == {("kind", "what", "before", "now")}
    assert {change["kind"] for change in document["changes"]} == {"new", "gone"}
    assert [one["against"] for one in document["compared_to"]] == ["before", "weekday"]
    assert document["scan"]["totals"] == document["totals"]
    assert document["flow"]["totals"]["bounced"] == 10
    assert len(document["bounces"]["still_queued"]) == 14
    assert document["outages"]["as_of"] == document["as_of"]


def test_without_a_date_it_is_yesterday_by_the_clock(cli: Cli, tmp_path: Path) -> None:
    yesterday = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    log = tmp_path / "mail.log"
    line = f"{yesterday.isoformat()} mx1 postfix/postfix-script[7]: starting the Postfix mail system\n"
    log.write_text(line)
    ran = cli("report", log, "--tz", "UTC", "--format", "json")
    document = json.loads(ran.out)
    assert document["period"]["since"] == f"{yesterday:%Y-%m-%d}T00:00:00Z"
    assert document["totals"]["events"] == 1


def test_a_date_a_week_a_month_a_window(cli: Cli) -> None:
    def period(*arguments: str) -> tuple[str, str, str]:
        ran = cli("report", BAD, *TUESDAY, "--format", "json", *arguments)
        assert ran.code == 0, ran.err
        found = json.loads(ran.out)["period"]
        return found["since"][:13], found["until"][:13], found["length"]

    assert period("--date", "2026-11-20") == ("2026-11-20T00", "2026-11-21T00", "day")
    assert period("--period", "week") == ("2026-11-16T00", "2026-11-23T00", "week")
    assert period("--period", "month", "--date", "2026-10-25") == ("2026-10-01T00", "2026-11-01T00", "month")
    assert period("--since", "2026-11-24 10:00", "--until", "2026-11-24 12:00") == (
        "2026-11-24T10",
        "2026-11-24T12",
        "window",
    )


def test_it_can_be_read_from_a_pipe(cli: Cli) -> None:
    data = (WEEKS / "mail.log").read_bytes()
    ran = cli("report", "-", *TUESDAY, "--format", "json", stdin=data)
    document = json.loads(ran.out)
    assert document["flow"]["totals"]["received"] == 40
    assert document["flow"]["totals"]["received"] == len(document["bounces"]["still_queued"]) + 10 + 16


def test_words_of_another_language(cli: Cli) -> None:
    ran = cli("report", GOOD, *THURSDAY, "--lang", "zh")
    assert ran.out.startswith("绿  一切平静")


# --- quiet when there is nothing -----------------------------------------------------------------


@pytest.mark.parametrize("only_if", ["problems", "changes"])
def test_nothing_is_printed_and_that_is_said(only_if: str, cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    ran = cli("report", GOOD, *THURSDAY, "--only-if", only_if, "-o", target)
    assert (ran.code, ran.out) == (0, "")
    assert f"--only-if {only_if}" in ran.err
    assert not target.exists()


@pytest.mark.parametrize("only_if", ["problems", "changes"])
def test_a_bad_day_is_told_all_the_same(only_if: str, cli: Cli) -> None:
    ran = cli("report", BAD, *TUESDAY, "--only-if", only_if)
    assert ran.out.startswith("RED")
    assert ran.err == ""


def test_without_history_a_problem_is_a_change(cli: Cli) -> None:
    ran = cli("report", LOGS / "real" / "A" / "logs" / "mail.log", "--tz", "UTC", "--year", "2026",
              "--now", "2026-11-25 06:00", "--only-if", "changes")  # fmt: skip
    assert ran.out.startswith("RED")
    quiet = cli(
        "report", QUIET, "--tz", "UTC", "--year", "2026", "--now", "2026-03-03 06:00", "--only-if", "changes"
    )
    assert quiet.out == ""


# --- for machines --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "code", "begin"),
    [
        ("2026-11-20 06:00", 0, "LOGSCAN OK - "),
        ("2026-11-25 06:00", 2, "LOGSCAN CRITICAL - "),
        ("2026-12-09", 3, "LOGSCAN UNKNOWN - "),
    ],
    ids=["ok", "critical", "silent"],
)
def test_a_plugins_line(now: str, code: int, begin: str, cli: Cli) -> None:
    ran = cli("report", BAD if now == TUESDAY[-1] else GOOD, "--tz", "UTC", "--now", now, "--status-line")
    assert ran.code == code
    assert ran.out.startswith(begin)
    assert ran.out.count("\n") == 1
    assert " | critical=" in ran.out


def test_a_plugin_warns(cli: Cli) -> None:
    ran = cli("report", BAD, *TUESDAY, "--since", "2026-11-24 10:00", "--until",
              "2026-11-24 11:50", "--status-line")  # fmt: skip
    assert (ran.code, ran.out[:15]) == (1, "LOGSCAN WARNING")


@pytest.mark.parametrize(
    "arguments",
    [("none.log",), (BAD, "--only-if", "changes"), (BAD, "--format", "json"), (BAD, "--format", "yaml"), (BAD, "--nonsense"),
     (BAD, "--date", "2040-01-01"), (BAD, "--date", "Nimmerleinstag"), (BAD, "--prometheus", "/no/such/folder/x.prom")],
    ids=["missing", "only-if", "form", "unknown form", "option", "future", "never", "folder"],
)  # fmt: skip
def test_a_plugin_has_one_code_for_every_failure(arguments: tuple[str | Path, ...], cli: Cli) -> None:
    ran = cli("report", *arguments, *TUESDAY, "--status-line")
    assert ran.code == 3
    assert ran.out.startswith("LOGSCAN UNKNOWN - ")
    assert ran.out.count("\n") == 1


def test_numbers_for_prometheus_appear_whole(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "logscan.prom"
    target.write_text("old")
    ran = cli("report", GOOD, *THURSDAY, "--prometheus", target, "--only-if", "problems")
    assert (ran.code, ran.out) == (0, "")  # said to nobody, and yet written
    assert 'logscan_report_light{light="green"} 1\n' in target.read_text()
    assert re.search(
        r"^# TYPE logscan_report_last_run_timestamp_seconds gauge$", target.read_text(), re.MULTILINE
    )
    assert [place.name for place in tmp_path.iterdir()] == ["logscan.prom"]
    umask = os.umask(0)
    os.umask(umask)
    assert target.stat().st_mode & 0o777 == 0o666 & ~umask  # node_exporter is another user


def test_what_fails_leaves_the_old_numbers(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "logscan.prom"
    target.write_text("old")
    assert cli("report", tmp_path / "none.log", "--prometheus", target).code == 3
    assert target.read_text() == "old"


# --- exit codes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((BAD, *TUESDAY), 0),
        ((BAD, *TUESDAY, "--fail-on", "critical"), 1),
        ((BAD, *TUESDAY, "--fail-on", "critical", "--only-if", "problems"), 1),
        ((GOOD, *THURSDAY, "--fail-on", "warning"), 0),
        ((BAD, "--tz", "UTC", "--now", "2026-12-09"), 0),
        ((WEEKS / "none.log",), 3),
        ((BAD, "--period", "year"), 2),
        ((BAD, *TUESDAY, "--date", "2027-01-01"), 2),
        ((BAD, *TUESDAY, "--date", "2026-11-24", "--since", "yesterday"), 2),
        ((BAD, *TUESDAY, "--period", "day", "--until", "yesterday"), 2),
        ((BAD, *TUESDAY, "--prometheus", "/"), 2),
    ],
    ids=[
        "plain",
        "grave",
        "grave only",
        "well",
        "silent",
        "missing",
        "year",
        "future",
        "two periods",
        "day",
        "folder",
    ],
)
def test_exit_codes(arguments: tuple[str | Path, ...], code: int, cli: Cli) -> None:
    assert cli("report", *arguments).code == code


def test_what_cannot_be_read_is_told_and_strict_minds(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mail.log").write_bytes((WEEKS / "mail.log").read_bytes())
    (tmp_path / "mail.log.1.gz").write_bytes((WEEKS / "mail.log.2.gz").read_bytes()[:9000])
    ran = cli("report", tmp_path, *TUESDAY, "--date", "2026-11-08")
    assert ran.code == 0
    told = "".join(ran.out.split())  # a long path is broken between two lines
    assert "mail.log.1.gz" in told
    # who reads the first lines only learns it too
    assert "Not everything was read" in " ".join(" ".join(ran.out.splitlines()[:6]).split())
    assert not ran.out.startswith("GREEN")
    assert cli("report", tmp_path, *TUESDAY, "--date", "2026-11-08", "--strict").code == 4


def test_a_period_without_a_line_says_what_there_is(cli: Cli) -> None:
    ran = cli("report", BAD, "--tz", "UTC", "--now", "2026-12-09")
    assert ran.out.startswith("UNKNOWN  no line lies between 2026-12-08 00:00:00 and 2026-12-09 00:00:00")
    assert "the logs cover 2026-11-23 08:23:00 to 2026-11-24 15:54:17" in " ".join(ran.out.split())
    assert "received" not in ran.out


def test_a_closed_pipe_is_success(program: Program) -> None:
    ran: Ran = program("report", GOOD, *THURSDAY, "--quiet")
    assert ran.code == 0
    assert ran.out.startswith("GREEN")


# --- page and pictures ---------------------------------------------------------------------------


def test_a_page_and_its_charts_as_pictures(cli: Cli, tmp_path: Path) -> None:
    page, charts = tmp_path / "report.html", tmp_path / "charts"
    ran = cli("report", BAD, *TUESDAY, "--format", "html", "-o", page, "--charts", charts)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    source = page.read_text(encoding="utf-8")
    assert source.startswith("<!doctype html>")
    assert source.count('<svg class="chart"') == 5
    names = sorted(path.name for path in charts.iterdir())
    assert names == [f"logscan-{name}.png" for name in ("causes", "coverage", "stages", "traffic", "week")]
    assert all(path.read_bytes().startswith(b"\x89PNG\r\n") for path in charts.iterdir())


def test_charts_that_cannot_be_written_are_refused_before_anything_is_read(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = cli("report", tmp_path / "not-there", "--charts", tmp_path / "file")
    assert ran.code == 2
    assert "--charts: cannot make" in ran.err
