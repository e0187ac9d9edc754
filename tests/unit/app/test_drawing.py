"""A report in the form that was asked for, in the zone that was assumed."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from logscan.app.drawing import Look, draw, draw_explained
from logscan.model.settings import Settings
from logscan.pipeline.explain import explain
from logscan.pipeline.scan import report

LINE = "Nov 24 03:27:39 mx1 postfix/smtpd[7]: warning: frobnicator is off\n"


@pytest.fixture
def log(tmp_path: Path) -> str:
    place = tmp_path / "mail.log"
    place.write_text(LINE, encoding="ascii")
    return str(place)


def drawn(log: str, zone: str | None, form: str = "text") -> str:
    stream = io.StringIO()
    draw(report([log], Settings(zone=zone, year=2026, jobs=1)), stream, Look(form=form, lang="en"))
    return stream.getvalue()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "+08:00", "-0330", "UTC+8", "america/new_york"])
def test_times_are_shown_in_the_zone_of_the_stamps(log: str, zone: str) -> None:
    said = drawn(log, zone)
    assert "2026-11-24 03:27:39" in said
    assert "(as asked)" in said


@pytest.mark.parametrize("variable", ["UTC-8", "CST-8", "Asia/Shanghai", ":Asia/Shanghai"])
def test_and_in_the_systems_whatever_its_name(
    log: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", variable)
    assert "2026-11-24 03:27:39" in drawn(log, None)
    assert json.loads(drawn(log, None, "json"))["totals"]["first"] == "2026-11-23T19:27:39Z"


def test_json_is_one_document(log: str) -> None:
    document = json.loads(drawn(log, "UTC", "json"))
    assert document["schema"] == "logscan.scan/1"
    assert document["unexplained"][0]["example"]["text"] == LINE.rstrip("\n")


@pytest.mark.parametrize("form", ["text", "json"])
def test_explanations_follow_one_another(form: str) -> None:
    stream = io.StringIO()
    draw_explained(explain(["5.1.1", "nobody knows this"]), stream, Look(form=form, lang="en"))
    said = stream.getvalue()
    if form == "json":
        assert [json.loads(line)["rule"] for line in said.splitlines()] == ["registry.5.1.1", None]
    else:
        first, second = said.split("\n\n")
        assert first.startswith("5.1.1\n")
        assert second == "nobody knows this\n  Nothing is known about this.\n"
