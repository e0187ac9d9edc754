"""Lines that nobody understands are said by whoever reads them, in text and in JSON: `trace` and `bounces` too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.unit.pipeline.made_mail import REFUSED, Log

ZONE = ("--tz", "UTC")
GONE = REFUSED.replace("{reply}", "550 5.1.1 User unknown")
ODD = ("0000 one that has no header and holds u@gone.example", "no header at all", "{}")


def made(folder: Path, odd: int) -> Path:
    """A log of two mails, with some lines in it that are no log's."""
    log = Log()
    log.mail("u@gone.example", GONE)
    log.sent("u@fine.example")
    lines = log.lines[:3] + list(ODD[:odd]) + log.lines[3:]
    (folder / "mail.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "mail.log"


@pytest.mark.parametrize(
    ("odd", "said"), [(1, "1 line was not understood"), (3, "3 lines were not understood")]
)
@pytest.mark.parametrize("ask", [("bounces",), ("trace", "--all")], ids=lambda ask: ask[0])
def test_they_are_counted(cli: Cli, tmp_path: Path, ask: tuple[str, ...], odd: int, said: str) -> None:
    log = made(tmp_path, odd)
    ran = cli(*ask, log, *ZONE)
    assert ran.code == 0
    assert said in " ".join(ran.out.split())
    found = json.loads(cli(*ask, log, *ZONE, "--format", "json").out)
    assert [one["unparsed"] for one in found["inputs"]] == [odd]
    (problem,) = found["problems"]
    assert problem["where"] == str(log)
    assert problem["reason"].startswith(said)
    assert "scan" in problem["help"]
    assert cli(*ask, log, *ZONE, "--strict").code == 0  # it could be read


def test_a_trace_by_words_says_those_that_hold_the_words(cli: Cli, tmp_path: Path) -> None:
    log = made(tmp_path, 3)
    ran = cli("trace", "u@gone.example", log, *ZONE)
    assert "1 line was not understood" in " ".join(ran.out.split())
    found = json.loads(cli("trace", "u@gone.example", log, *ZONE, "--format", "json").out)
    assert [one["unparsed"] for one in found["inputs"]] == [None]  # the others were passed over unread
    assert [one["reason"].split(",")[0] for one in found["problems"]] == ["1 line was not understood"]
    assert json.loads(cli("trace", "u@fine.example", log, *ZONE, "--format", "json").out)["problems"] == []


@pytest.mark.parametrize("ask", [("bounces",), ("trace", "--all"), ("trace", "u@gone.example")])
def test_where_all_is_understood_nothing_is_said(cli: Cli, tmp_path: Path, ask: tuple[str, ...]) -> None:
    log = made(tmp_path, 0)
    assert "understood" not in cli(*ask, log, *ZONE).out
    assert json.loads(cli(*ask, log, *ZONE, "--format", "json").out)["problems"] == []
