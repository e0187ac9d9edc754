"""What the forms of a nightly report say, and that they say the same."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.cells import cell_len

from logscan.model.outages import Root
from logscan.model.report import (
    BEFORE,
    GREEN,
    RED,
    UNKNOWN,
    WEEKDAY,
    YELLOW,
    Compared,
    Nightly,
    Signed,
    Stretch,
)
from logscan.packs.load import load
from logscan.reports import prometheus, report_json, report_words, status
from logscan.reports.json import dumps
from tests.unit.reports import made
from tests.unit.reports.made_night import CHANGE, DAY, MONDAY, SINCE, markdown, night, text, voice

QUIET = made.quiet(assumptions=replace(made.REPORT.assumptions, year=None, year_source=None))


def calm(**other: Any) -> Nightly:
    """Return a report of a day on which nothing is to be done."""
    report = night(QUIET, light=GREEN, changes=(), **other)
    return replace(report, bounces=replace(report.bounces, still_queued=()))


# --- text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("verbose", [False, True])
def test_text_has_eighty_columns(lang: str, *, verbose: bool) -> None:
    shown = text(night(), lang=lang, verbose=verbose)
    assert max(cell_len(line) for line in shown.splitlines()) <= 80


def test_the_verdict_stands_first() -> None:
    first = text(night()).splitlines()[0]
    assert first == "YELLOW  To be done: The frobnicator is unplugged."
    assert text(night(light=RED)).startswith("RED  Down, or at risk: ")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_quiet_day_is_three_to_six_lines(lang: str) -> None:
    reaching = tuple(replace(one, missing=()) for one in night().compared_to)
    assert 3 <= len(text(calm(compared_to=reaching), lang=lang).splitlines()) <= 6
    parts = (SINCE - DAY, SINCE + DAY / 2)
    assert len(text(calm(compared_to=reaching, logs=parts), lang=lang).splitlines()) <= 6


def test_parts_stand_in_the_contracts_order() -> None:
    titles = [line for line in text(night()).splitlines() if re.match(r"[A-Z][a-z]+", line)][-8:]
    assert titles == [
        "What changed", "What to do", "What failed or waits", "Still queued", "Outages", "Mail", "Signing, encryption, logins",
        "What could not be read or understood",
    ]  # fmt: skip


def test_what_is_not_known_is_said() -> None:
    for why, words in (("silent", "opendkim does not log successes"), ("absent", "no line of opendkim")):
        shown = text(night(signed=Signed(why=why)))
        assert "unknown" in shown
        assert words in " ".join(shown.split())
        assert "0 %" not in shown
    assert "7 of 8 outgoing mails signed (87.5 %)" in text(night())


def test_a_change_is_told_once_whatever_it_was_found_against() -> None:
    shown = text(night())
    assert shown.count("failed or waiting deliveries: mailbox full") == 1
    assert "1.5 → 4" in shown
    assert "[+] against the weeks before too." in " ".join(shown.split())
    assert "[w]" in text(night(changes=(replace(CHANGE, against=WEEKDAY),)))
    assert "3 standard deviations" in " ".join(shown.split())


def test_how_far_back_is_said() -> None:
    shown = " ".join(text(night()).split())
    assert "Compared with Monday, 2026-11-23 and 1 of the last 4 Tuesdays." in shown
    assert "Not compared, for these logs do not reach back: apache-error." in shown
    none = tuple(Compared(against=against, asked=(MONDAY,), periods=()) for against in (BEFORE, WEEKDAY))
    shown = " ".join(text(night(compared_to=none, changes=(), before=None, weekday=())).split())
    assert "Not enough history to compare: the logs begin at 2026-10-25 00:00." in shown
    some = (none[0], night().compared_to[1])
    assert "Not enough history to compare with Monday, 2026-11-23." in " ".join(
        text(night(compared_to=some)).split()
    )


def test_logs_that_cover_the_period_in_part() -> None:
    logs = (SINCE - DAY, SINCE + timedelta(hours=9))
    assert "Of this period the logs cover only 2026-11-24 00:00 to 09:00." in text(calm(logs=logs))
    assert "cover only" not in text(calm())


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (Stretch(since=SINCE, until=SINCE + DAY), "Tuesday, 2026-11-24"),
        (Stretch(since=SINCE, until=SINCE + 7 * DAY), "2026-11-24 to 2026-11-30"),
        (Stretch(since=SINCE, until=SINCE + DAY / 2), "2026-11-24 00:00 to 2026-11-24 12:00"),
    ],
)
def test_periods_have_names(period: Stretch, said: str) -> None:
    assert report_words.period(period, voice(night()).words) == said


def test_what_is_behind_outages_is_said() -> None:
    root = Root(
        rule="site.power", cause="local-config", title="No power", time=SINCE, own=False, failures=4, services=("domain example.net",),
        outages=("1",),
    )  # fmt: skip
    report = night()
    rooted = replace(report, outages=replace(report.outages, roots=(root,)))
    assert "No power (site.power)" in text(rooted)
    own = replace(report, outages=replace(report.outages, roots=(replace(root, own=True),)))
    assert "No power" not in text(own)


# --- all forms -----------------------------------------------------------------------------------


def test_markdown_has_the_same_parts() -> None:
    page = markdown(night())
    titles = re.findall(r"^## (.*)$", page, re.MULTILINE)
    shown = text(night()).splitlines()
    assert len(titles) == 8
    assert all(title in shown for title in titles)
    assert "| worse | 1.5 → 4 | failed or waiting deliveries: mailbox full \\[+\\] |" in page


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("light", [RED, YELLOW, GREEN, UNKNOWN])
def test_every_form_can_be_drawn_of_every_light(light: str, lang: str) -> None:
    for scan in (made.REPORT, QUIET):
        report = night(scan, light=light)
        for verbose in (False, True):
            assert text(report, lang=lang, verbose=verbose)
            assert markdown(report, lang=lang, verbose=verbose)
        assert text(report, lang=lang, quiet=True).count("\n") <= 8
        assert status.line(report, voice(report, lang).words).count("\n") == 0


def test_json_holds_the_documents_of_the_commands() -> None:
    document = json.loads(dumps(report_json.document(night(), voice(night()).words)))
    assert document["schema"] == "logscan.report/1"
    schemas = {name: document[name]["schema"] for name in ("scan", "flow", "bounces", "outages")}
    assert schemas == {name: f"logscan.{name}/1" for name in schemas}
    assert document["changes"][0] == {
        "kind": "worse", "what": "cause mailbox-full", "before": 1.5, "now": 4, "against": "before", "subject": "cause",
        "key": "mailbox-full", "title": "mailbox full", "severity": None,
    }  # fmt: skip
    assert document["dkim"] == {"outgoing": 8, "signed": 7, "share": 0.875, "why": None}
    unknown = report_json.document(night(signed=Signed(why="silent")), voice(night()).words)
    assert unknown["dkim"] == {"outgoing": None, "signed": None, "share": None, "why": "silent"}
    assert document["period"] == {
        "since": "2026-11-24T00:00:00Z",
        "until": "2026-11-25T00:00:00Z",
        "length": "day",
    }


def test_both_languages_have_all_phrases_with_the_same_slots() -> None:
    english, chinese = (load().texts[lang]["ui.report"] for lang in ("en", "zh"))
    # Chinese has no plural.
    assert {key for key in english if not key.endswith("_one")} <= chinese.keys() <= english.keys()
    for key, phrase in chinese.items():
        assert set(re.findall(r"\{(\w+)", phrase)) == set(re.findall(r"\{(\w+)", english[key])), key


# --- one line ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("light", "state", "code"),
    [(GREEN, "OK", 0), (YELLOW, "WARNING", 1), (RED, "CRITICAL", 2), (UNKNOWN, "UNKNOWN", 3)],
)
def test_the_line_of_a_plugin(light: str, state: str, code: int) -> None:
    report = night(light=light)
    line = status.line(report, voice(report).words)
    assert line.startswith(f"LOGSCAN {state} - ")
    assert status.code(report) == code
    sentence, _, data = line.partition(" | ")
    assert "|" not in sentence + data
    for item in data.split(" "):
        assert re.fullmatch(r"[a-z_0-9]+=[0-9.]+s?;;;0", item), item
    assert "received=434;;;0" in data
    assert "delay_p95=2.25s;;;0" in data


def test_a_bar_in_a_title_begins_no_data() -> None:
    said = replace(made.EXPLANATION, title="a | b=1;;; \n\x1b[31m")
    report = night(replace(made.REPORT, findings=(replace(made.FINDING, explanation=said),)))
    line = status.line(report, voice(report).words)
    assert line.count("|") == 1
    assert line.isprintable()
    assert status.failure("no\n|such").count("|") == 0


# --- Prometheus ----------------------------------------------------------------------------------

_SAMPLE = re.compile(r'(logscan_[a-z0-9_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)+)\})? (-?[0-9.]+|NaN)')


def samples(report: Nightly) -> dict[str, float]:
    found: dict[str, float] = {}
    known: set[str] = set()
    for line in prometheus.text(report).splitlines():
        if line.startswith("# HELP "):
            known.add(line.split(" ")[2])
            continue
        if line.startswith("# TYPE "):
            assert line.split(" ")[2] in known
            assert line.endswith(" gauge")
            continue
        match = _SAMPLE.fullmatch(line)
        assert match is not None, line
        assert match[1] in known
        key = line.rpartition(" ")[0]
        assert key not in found, key
        found[key] = float(match[3])
    return found


def test_the_numbers_for_prometheus() -> None:
    report = night()
    found = samples(report)
    assert found['logscan_mail{measure="received"}'] == 434
    assert found['logscan_report_light{light="yellow"}'] == 1
    assert found['logscan_report_light{light="red"}'] == 0
    assert found["logscan_report_last_run_timestamp_seconds"] == report.generated.timestamp()
    assert found['logscan_mail_failing_recipients{cause="mailbox-full",outcome="failed"}'] == 3
    assert found['logscan_mail_delay_seconds{stage="total",quantile="0.95"}'] == 2.25
    assert found['logscan_outages_ongoing{kind="destination"}'] == 1
    assert found['logscan_report_changes{against="before",kind="worse"}'] == 1
    assert prometheus.text(report).endswith("\n")


def test_what_nobody_counted_has_no_sample() -> None:
    found = samples(night(signed=Signed(why="silent"), compared_to=(), changes=()))
    assert not [name for name in found if "outgoing" in name or "changes" in name]


def test_no_stranger_makes_a_label() -> None:
    evil = 'x"} 1\nlogscan_mail{measure="received'
    report = night()
    groups = (replace(report.bounces.by_domain[0], key=evil),)
    hostile = replace(
        report,
        bounces=replace(report.bounces, by_domain=groups),
        changes=(replace(CHANGE, subject="destination", key=evil, title=evil),),
    )
    assert "x" not in {name.partition('"')[2].partition('"')[0] for name in samples(hostile)}
    assert set(samples(hostile)) == set(samples(report))


def test_times_keep_their_zone() -> None:
    assert report_words.count(0.04) == "0"
    assert report_words.count(9.96) == "10"
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    assert voice(night()).words.clock(moment) == "2026-11-24 00:00:00"
