"""The nightly page in a real browser: charts that can be read, a filter that works and is not needed, nothing fetched."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from logscan.app.drawing import report_words
from logscan.app.periods import Wish, asked
from logscan.model.findings import Explanation
from logscan.model.report import Nightly, Rule
from logscan.model.settings import Settings
from logscan.model.vocabulary import Severity
from logscan.pipeline.report import report
from logscan.reports import report_html
from tests.browser.conftest import Browser, Seen
from tests.browser.test_page import HOSTILE, outside
from tests.unit.reports.made import FINDING, NOTICE, REPORT
from tests.unit.reports.test_report_html import nightly, troubled

WIDTHS = (360, 768, 1280)
NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)


def page(told: Nightly, lang: str = "en") -> str:
    return report_html.page(told, report_words(told, lang), lang=lang)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    settings = Settings(zone="UTC", lang="zh", now=NOW)
    weeks = report(("sample-logs/weeks",), settings, asked(Wish(length="month"), NOW, UTC, 0), Rule())
    third = replace(
        FINDING, severity=Severity.WARNING, explanation=Explanation(title="Whiskers", meaning="A cat.")
    )
    scan = replace(REPORT, findings=(FINDING, third, NOTICE))
    return {
        "weeks.html": page(weeks, "zh"),
        "made.html": page(nightly(scan)),
        "hostile.html": page(troubled(HOSTILE)),
    }


@pytest.fixture(scope="module")
def looks(browser: Browser, pages: dict[str, str]) -> dict[str, Seen]:
    return {
        "light": browser.look(pages, WIDTHS, find="wHISk  cat"),
        "dark": browser.look(pages, (360, 1280), dark=True, find="wHISk  cat"),
        "off": browser.look(pages, (360,), scripts=False),
    }


@pytest.fixture(params=["light", "dark", "off"])
def seen(request: pytest.FixtureRequest, looks: dict[str, Seen]) -> Seen:
    return looks[request.param]


def test_no_rule_of_its_policy_is_broken_and_nothing_is_asked_for(seen: Seen) -> None:
    # With scripts off, the browser says that there was one; nothing else is said.
    assert [line for line in seen.console if "allow-scripts" not in line] == []
    assert outside(seen) == []
    assert [frame["loaded"] for frame in seen.frames if frame["loaded"]] == []


def test_it_is_never_wider_than_the_window(seen: Seen) -> None:
    assert {(f["page"], f["width"]): f["scroll"] for f in seen.frames if f["scroll"] > f["width"]} == {}


def test_everything_can_be_read(seen: Seen) -> None:
    """Contrast of at least 4.5, charts' words included."""
    assert {
        (f["page"], f["width"]): f["contrast"]["found"] for f in seen.frames if f["contrast"]["found"]
    } == {}
    for frame in seen.frames:
        for chart in frame["charts"]:
            assert chart["smallest"] >= 10, frame["width"]
            assert chart["outside"] == 0
            assert chart["width"] <= frame["width"]
            assert len(chart["fills"]) == 1  # the page's ink, light or dark


def test_charts_have_a_name_and_a_sentence(seen: Seen) -> None:
    for frame in seen.frames:
        assert len(frame["charts"]) >= 4
        for title, sentence in (chart["named"] for chart in frame["charts"]):
            assert title
            assert len(sentence) > len(title)


def test_words_of_charts_are_light_in_the_dark(looks: dict[str, Seen]) -> None:
    fills = {
        scheme: {
            fill for frame in looks[scheme].frames for chart in frame["charts"] for fill in chart["fills"]
        }
        for scheme in ("light", "dark")
    }
    assert fills == {"light": {"rgb(29, 35, 44)"}, "dark": {"rgb(227, 230, 235)"}}


def test_the_filter_filters(looks: dict[str, Seen]) -> None:
    frames = [f for scheme in ("light", "dark") for f in looks[scheme].frames if f["page"] == "made.html"]
    assert frames
    for frame in frames:
        assert frame["filter"] == {
            "hidden": False,
            "states": [
                [["error", "warning", "notice"], "3 of 3 shown"],
                [["warning"], "1 of 3 shown"],
                [["warning", "notice"], "2 of 3 shown"],
                [["error", "warning", "notice"], "3 of 3 shown"],
            ],
            # Whatever else opened them before: a click opens all or closes all.
            "unfolded": [False, True],
        }


def test_without_scripts_everything_is_there_and_nothing_that_does_not_work(looks: dict[str, Seen]) -> None:
    for frame in looks["off"].frames:
        assert frame["ran"] is None
        if frame["page"] == "made.html":
            assert frame["filter"] == {"hidden": True, "shown": 3}
            assert "Search" not in frame["text"]
            assert "The frobnicator is unplugged" in frame["text"]


def test_hostile_lines_stay_text(seen: Seen) -> None:
    plain = {tag for f in seen.frames if f["page"] == "made.html" for tag in f["elements"]}
    for frame in (f for f in seen.frames if f["page"] == "hostile.html"):
        assert frame["ran"] is None
        assert set(frame["elements"]) <= plain
        assert frame["text"].count("<img src=http://evil.example/i.png onerror=ran=2>") > 10
        assert r"\u202egnp.exe\x1b[31m" in frame["text"]


def test_on_paper_there_is_no_filter_and_what_is_folded_stays_so(
    browser: Browser, pages: dict[str, str]
) -> None:
    said = " ".join(browser.printed(pages["made.html"], dark=True).split())
    assert "The frobnicator is unplugged" in said
    assert "Somebody tripped over the cable." in said  # among the first, which stand open
    assert "mails per hour" in said  # a chart's words are words
    assert "Search" not in said
    assert "of 3 shown" not in said
