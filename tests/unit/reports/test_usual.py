"""What a report says of hours that were not as usual, in every form."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from logscan.model.baseline import HIGH, LOW, NOTICE, WARNING, Anomaly, Baseline, Guide, Usual
from logscan.model.flow import Period
from logscan.model.report import GREEN, UNKNOWN, YELLOW, Nightly
from logscan.reports import prometheus, report_charts, report_json, status, usual_words
from logscan.reports.charts import drawings, svg, telling
from logscan.reports.json import dumps
from tests.unit.reports import made
from tests.unit.reports.made_night import PERIOD, SINCE, markdown, night, text, voice
from tests.unit.reports.test_report import samples

HOUR = timedelta(hours=1)
QUIET = made.quiet(assumptions=replace(made.REPORT.assumptions, year=None, year_source=None))


def odd(
    metric: str, begin: int, end: int, seen: float, usual: tuple[float, float, float], **other: object
) -> Anomaly:
    low, middle, high = usual
    values: dict[str, object] = {"direction": HIGH, "weight": WARNING, "score": 6.5} | other
    return Anomaly(
        metric=metric, since=SINCE + begin * HOUR, until=SINCE + end * HOUR, seen=seen, usual=middle, low=low, high=high,
        **values,  # type: ignore[arg-type]
    )  # fmt: skip


ANOMALIES = (
    odd("silence", 12, 14, 0, (287.4, 570.9, 984), direction=LOW),
    odd("received", 0, 24, 1204, (2100, 2800, 3700), direction=LOW, whole_days=True),
    odd("bounced", 15, 17, 0.265, (0.004, 0.017, 0.051), count=246, of=927),
    odd("deferrals", 15, 24, 0.5, (0.004, 0.04, 0.1), count=50, of=100),
    odd("delay", 22, 26, 25.7, (1.8, 2.8, 4.5)),
    odd("rejected", 3, 4, 99_000, (10, 50, 200), weight=NOTICE),
    odd("auth_failures", 3, 4, 5000, (1, 5, 20), weight=NOTICE),
    odd("delivered", 0, 48, 12, (80, 100, 140), direction=LOW, weight=NOTICE, holiday=True),
)
USUAL = tuple(
    Usual(metric="received", start=SINCE + at * HOUR, median=40.0 + at, low=20.0, high=70.0 + at, like=8) for at in range(24)
)  # fmt: skip
TOLD = Baseline(
    enough=True, days=41, guide=Guide(), first=SINCE - 41 * 24 * HOUR, last=SINCE, judged=("silence", "received", "bounced"), hours=24,
    anomalies=ANOMALIES, usual=USUAL,
)  # fmt: skip
LACKING = Baseline(enough=False, days=3, guide=Guide(), hours=24)


def calm(told: Baseline | None, light: str = GREEN) -> Nightly:
    report = night(QUIET, light=light, changes=(), baseline=told)
    reaching = tuple(replace(one, missing=()) for one in report.compared_to)
    return replace(report, bounces=replace(report.bounces, still_queued=()), compared_to=reaching)


def flat(report: Nightly) -> str:
    return " ".join(text(report).split())


# --- words ---------------------------------------------------------------------------------------


def test_every_sort_of_anomaly_is_said_with_what_is_usual() -> None:
    report = night(baseline=TOLD)
    assert usual_words.rows(report, voice(report).words) == (
        ("2026-11-24 12:00 to 14:00", "nothing at all; usually 287 to 984 mails"),
        ("2026-11-24", "received 1,204; usually 2,100 to 3,700"),
        ("2026-11-24 15:00 to 17:00", "bounced 26.5 % (246 of 927); usually 1.7 %, at most 5.1 %"),
        ("2026-11-24 15:00 to 24:00", "put off 50 % (50 of 100 tries); usually 4 %, at most 10 %"),
        ("2026-11-24 22:00 to 11-25 02:00", "one mail of ten took longer than 25.7 s; usually 2.8 s, at most 4.5 s"),
        ("2026-11-24 03:00 to 04:00", "refused 99,000; usually 50, at most 200"),
        ("2026-11-24 03:00 to 04:00", "failed logins 5,000; usually 5, at most 20"),
        ("2026-11-24 to 2026-11-25", "delivered 12; usually 80 to 140; as on a quiet day of the week: a holiday?"),
    )  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_text_and_markdown_hold_them_all(lang: str) -> None:
    report = night(baseline=TOLD)
    shown, page = text(report, lang=lang), markdown(report, lang=lang)
    assert max(cell_len(line) for line in shown.splitlines()) <= 80
    for number in ("1,204", "246", "25.7", "99,000"):
        assert number in shown
        assert number in page


def test_of_many_the_gravest_are_shown() -> None:
    many = replace(
        TOLD, anomalies=tuple(odd("rejected", at, at + 1, 100, (1, 2, 3)) for at in range(0, 24, 2))
    )
    shown = text(night(baseline=many))
    assert shown.count("refused 100;") == 10
    assert "and 2 more" in shown
    assert text(night(baseline=many), verbose=True).count("refused 100;") == 12


def test_how_much_history_there_is() -> None:
    assert "Not enough history to say what is usual: 3 of 14 days." in flat(calm(LACKING))
    assert "Hour by hour as usual, by 41 days of history." in flat(calm(replace(TOLD, anomalies=())))
    assert "usual" not in flat(calm(None))
    assert "usual" not in flat(night(QUIET, light=UNKNOWN, baseline=LACKING))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("told", [LACKING, replace(TOLD, anomalies=())])
def test_a_quiet_day_stays_short(told: Baseline, lang: str) -> None:
    assert len(text(calm(told), lang=lang).splitlines()) <= 6


def test_a_yellow_light_for_nothing_but_odd_hours_says_why() -> None:
    report = calm(TOLD, YELLOW)
    first = (
        "YELLOW Nothing known is wrong, but it was not as usual: 2026-11-24 12:00 to 14:00: nothing at all;"
    )
    assert flat(report).startswith(first)
    assert "not as usual: 2026-11-24 12:00" in status.line(report, voice(report).words)
    known = night(baseline=TOLD)
    assert text(known).startswith("YELLOW  To be done: The frobnicator is unplugged.")


# --- numbers -------------------------------------------------------------------------------------


def test_json_has_expectation_and_anomalies() -> None:
    report = night(baseline=TOLD)
    told = json.loads(dumps(report_json.document(report, voice(report).words)))["baseline"]
    assert told["history"] == {
        "days": 41, "needed": 14, "first": "2026-10-14T00:00:00Z", "last": "2026-11-24T00:00:00Z",
    }  # fmt: skip
    assert told["anomalies"][2] == {
        "metric": "bounced", "direction": "high", "weight": "warning", "since": "2026-11-24T15:00:00Z",
        "until": "2026-11-24T17:00:00Z", "seen": 0.265, "usual": 0.017, "low": 0.004, "high": 0.051, "count": 246, "of": 927,
        "score": 6.5, "whole_days": False, "holiday": False, "text": "bounced 26.5 % (246 of 927); usually 1.7 %, at most 5.1 %",
    }  # fmt: skip
    (expected,) = told["expected"]
    assert (expected["metric"], expected["like"], len(expected["hours"])) == ("received", 8, 24)
    assert expected["hours"][1] == {
        "start": "2026-11-24T01:00:00+00:00",
        "median": 41,
        "low": 20,
        "high": 71,
    }
    assert told["rule"]["days"] == 14


def test_json_without_history_and_of_a_long_period() -> None:
    words = voice(night()).words
    assert report_json.document(night(), words)["baseline"] is None
    lacking = report_json.document(night(baseline=LACKING), words)["baseline"]
    assert (lacking["enough"], lacking["history"]["days"], lacking["anomalies"]) == (False, 3, [])
    assert lacking["said"] == "Not enough history to say what is usual: 3 of 14 days."
    long = report_json.document(night(baseline=replace(TOLD, hours=744)), words)["baseline"]
    assert long["expected"][0]["hours"] is None


def test_the_numbers_for_prometheus() -> None:
    found = samples(night(baseline=TOLD))
    assert found["logscan_baseline_history_days"] == 41
    assert found["logscan_baseline_enough"] == 1
    assert found['logscan_unusual_hours{metric="silence",direction="low"}'] == 2
    assert found['logscan_unusual_hours{metric="received",direction="high"}'] == 0
    assert found['logscan_unusual_hours{metric="received",direction="low"}'] == 24
    assert found['logscan_mail_usual{measure="received"}'] == sum(40 + at for at in range(24))
    assert 'logscan_unusual_hours{metric="delay",direction="high"}' not in found
    lacking = samples(night(baseline=LACKING))
    assert lacking["logscan_baseline_enough"] == 0
    assert not any(name.startswith("logscan_unusual") for name in lacking)
    assert "baseline" not in prometheus.text(night())


# --- the band ------------------------------------------------------------------------------------


def busy(told: Baseline | None) -> Nightly:
    report = night(baseline=told)
    totals = replace(report.flow.read.totals, first=SINCE, last=SINCE + 24 * HOUR)
    per_hour = tuple(Period(start=SINCE + at * HOUR, received=30 * at) for at in range(24))
    return replace(
        report, flow=replace(report.flow, read=replace(made.REPORT, totals=totals), per_hour=per_hour)
    )


def test_the_band_of_what_is_usual_stands_behind_the_traffic() -> None:
    words = voice(night()).words
    data, bare = (
        report_charts.traffic(report.flow, report.outages, PERIOD, words, report.baseline)
        for report in (busy(TOLD), busy(None))
    )
    assert data.usual[3] == (20.0, 73.0)
    assert bare.usual == ()
    drawn, plain = (
        svg.inline(drawings.figure(one, words), name="c", title="t", summary="s") for one in (data, bare)
    )
    assert drawn == svg.inline(drawings.figure(data, words), name="c", title="t", summary="s")
    assert "usually received" in drawn
    assert "usually received" not in plain
    assert drawn.count("<path") > plain.count("<path")
    assert "22 of 24 hours received less or more than usual." in telling.summary(data, words)
    table = telling.table(data, words)
    assert table is not None
    assert table.heads[-1] == "usually received"
    assert table.rows[3][-1] == "20–73"  # noqa: RUF001


def test_hours_of_which_nothing_is_known_have_no_band() -> None:
    words = voice(night()).words
    gaps = replace(TOLD, usual=tuple(one for one in USUAL if one.start.hour not in {5, 6}))
    report = busy(gaps)
    data = report_charts.traffic(report.flow, report.outages, PERIOD, words, report.baseline)
    assert (data.usual[5], data.usual[7]) == (None, (20.0, 77.0))
    table = telling.table(data, words)
    assert table is not None
    assert table.rows[5][-1] == ""
    whole = busy(TOLD)
    full = report_charts.traffic(whole.flow, whole.outages, PERIOD, words, whole.baseline)
    once, twice = (
        svg.inline(drawings.figure(one, words), name="c", title="t", summary="s") for one in (full, data)
    )
    assert twice.count("<path") == once.count("<path") + 1


def test_a_month_is_drawn_without_it() -> None:
    words = voice(night()).words
    month = replace(PERIOD, until=datetime(2026, 12, 24, tzinfo=UTC))
    report = busy(TOLD)
    assert report_charts.traffic(report.flow, report.outages, month, words, report.baseline).usual == ()
