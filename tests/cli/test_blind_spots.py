"""What logs cannot show: every document carries it, each command says what matters to it, and nothing unproven."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.unit.pipeline.made_mail import BEGIN, TIMED_OUT, Log
from tests.unit.pipeline.written import bsd

ZONE = ("--tz", "UTC")
COMMANDS = (("scan",), ("flow",), ("bounces",), ("outages",), ("trace", "--all"), ("trace", "u@d0.example"))
LOST = "imuxsock begins to drop messages from pid 77 due to rate-limiting"
DROPPED = "imuxsock lost 1234 messages from pid 77 due to rate-limiting"


def written(folder: Path, lines: Sequence[str]) -> Path:
    (folder / "mail.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "mail.log"


def missing(cli: Cli, log: Path, *ask: str, zone: Sequence[str] = ZONE) -> list[str]:
    found = json.loads(cli(*ask, log, *zone, "--format", "json").out)
    assert all(list(spot) == ["missing", "why", "remedy"] for spot in found["blind_spots"])
    return [spot["missing"] for spot in found["blind_spots"]]


def sound() -> Log:
    """Mail that leaves over TLS."""
    log = Log()
    for number in range(30):
        at = log.sent(f"u@d{number}.example")
        log.say(
            at, "smtp",
            f"Trusted TLS connection established to mx.d{number}.example[198.51.100.9]:25: TLSv1.3 with cipher X",
        )  # fmt: skip
    return log


@pytest.mark.parametrize("ask", COMMANDS)
def test_a_log_that_shows_all_has_an_empty_list(cli: Cli, tmp_path: Path, ask: Sequence[str]) -> None:
    found = missing(cli, written(tmp_path, sound().lines), *ask)
    assert found == (["Whether mail leaves with a DKIM signature"] if ask == ("scan",) else [])


def test_lines_that_the_logger_threw_away_are_missing_everywhere_but_in_a_trace(
    cli: Cli, tmp_path: Path
) -> None:
    log = sound()
    for said in (LOST, DROPPED):
        log.lines.append(f"{(BEGIN + timedelta(hours=1)).isoformat()} mx1 rsyslogd: {said}")
    path = written(tmp_path, log.lines)
    for ask in (("scan",), ("flow",), ("bounces",), ("outages",)):
        assert "Lines that the logger threw away" in missing(cli, path, *ask), ask
    text = " ".join(cli("flow", path, *ZONE).out.split())
    assert "What these logs cannot show" in text
    assert "Lines that the logger threw away" in text
    assert "Lines that the logger" not in cli("flow", path, *ZONE, "--quiet").out


def test_flow_misses_what_its_tables_would_hold(cli: Cli, tmp_path: Path) -> None:
    log = Log()
    for number in range(30):
        log.sent(f"u@d{number}.example")
    assert missing(cli, written(tmp_path, log.lines), "flow") == ["Whether mail leaves encrypted"]
    assert missing(cli, written(tmp_path, log.lines), "bounces") == []


def test_bounces_misses_how_mail_that_waits_ended_and_began(cli: Cli, tmp_path: Path) -> None:
    log = Log()
    for number in range(20):
        log.mail(f"u@d{number}.example", TIMED_OUT, status="deferred", relay="none", dsn="4.4.1")
    path = written(tmp_path, log.lines)
    assert missing(cli, path, "bounces") == ["How mail that was put off ended"]
    assert "Deliveries were put off 20 times" in " ".join(cli("bounces", path, *ZONE).out.split())
    path = written(tmp_path, [line.replace("delay=1,", "delay=90000,") for line in log.lines])
    assert missing(cli, path, "bounces")[0].startswith("The beginning of some mails")


@pytest.mark.parametrize("ask", [("trace", "--all"), ("trace", "000002A1B2")])
def test_a_trace_misses_the_beginning_of_its_own_mail_only(
    cli: Cli, tmp_path: Path, ask: Sequence[str]
) -> None:
    log = sound()
    path = written(tmp_path, log.lines)
    assert missing(cli, path, *ask) == []
    path = written(
        tmp_path, [line for line in log.lines if not re.search("A1B2: (?:client|message-id|from)=", line)]
    )
    (found,) = missing(cli, path, *ask)
    assert found.startswith("How these mails began")
    text = " ".join(cli(*ask, path, *ZONE).out.split())
    assert f"The first lines of {30 if '--all' in ask else 1} of these mails" in text


@pytest.mark.parametrize("ask", COMMANDS)
def test_who_guesses_the_zone_says_so(cli: Cli, tmp_path: Path, ask: Sequence[str]) -> None:
    lines = [
        bsd(BEGIN + timedelta(seconds=number), line.split(": ", 1)[1], program=line.split(" ")[2][:-1])
        for number, line in enumerate(sound().lines)
    ]
    path = written(tmp_path, [line.rstrip("\n") for line in lines])
    assert "The year and the time zone of each line" in missing(cli, path, *ask, zone=())
    assert "The year and the time zone of each line" not in missing(
        cli, path, *ask, zone=("--tz", "UTC", "--year", "2026")
    )
