"""The nightly page: it says what the text says, runs one script of its own, and lets no stranger in."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings

from logscan.model.bounces import Daily
from logscan.model.findings import Report
from logscan.model.flow import Period
from logscan.model.outages import Outage
from logscan.model.report import BEFORE, GREEN, RED, Nightly, Signed
from logscan.reports import report_html
from logscan.reports.report_html import NIGHTLY_STYLE, SCRIPT
from tests.unit.reports.made import FIRST, LAST, REPORT, quiet
from tests.unit.reports.made_night import CHANGE, OUTAGE, RHYTHM, WAITING, night, text, voice
from tests.unit.reports.test_html import MARKS, Page
from tests.unit.reports.test_markdown import NASTY, nasty

HOURS = tuple(
    Period(start=datetime(2026, 11, 24, hour, tzinfo=UTC), received=hour, delivered=hour // 2, deferrals=1, bounced=2, rejected=3)
    for hour in (3, 4)
)  # fmt: skip


def nightly(scan: Report = REPORT, *, down: Outage = OUTAGE, **other: Any) -> Nightly:
    """Return a report that has every chart."""
    told = night(scan, **other)
    days = (
        Daily(day=date(2026, 11, 24), causes=(("mailbox-full", 3), ("user-unknown", 1))),
        Daily(day=date(2026, 11, 25), causes=()),
    )
    return replace(
        told,
        flow=replace(told.flow, per_hour=HOURS),
        bounces=replace(told.bounces, per_day=days),
        outages=replace(told.outages, outages=(replace(down, kind="milter"),)),
    )


def troubled(text_: str) -> Nightly:
    """Return a report with `text_` wherever something of a log can stand."""
    scan = nasty(text_)
    told = nightly(scan, down=replace(OUTAGE, service=text_), changes=tuple(
        replace(CHANGE, subject=subject, key=text_, title=text_) for subject in ("finding", "destination", "unexplained")
    ))  # fmt: skip
    named = replace(told.flow.top.senders[0], name=text_)
    return replace(
        told,
        flow=replace(
            told.flow,
            top=replace(told.flow.top, senders=(named,)),
            auth=(replace(told.flow.auth[0], client_ip=text_, user=text_),),
            tls=(replace(told.flow.tls[0], protocol=text_),),
        ),
        bounces=replace(
            told.bounces,
            by_domain=(replace(told.bounces.by_domain[0], key=text_),),
            still_queued=(replace(WAITING, queue_id=text_, sender=text_, recipient=text_, last_reply=text_),),
        ),
        outages=replace(told.outages, rhythms=(replace(RHYTHM, service=text_),)),
    )


def made(report: Nightly, *, lang: str = "en", **how: Any) -> str:
    return report_html.page(report, voice(report, lang), lang=lang, **how)


# --- what it says --------------------------------------------------------------------------------


def test_the_verdict_stands_first_and_is_a_word_too() -> None:
    page = Page(made(nightly()))
    words = page.words
    assert words.startswith(
        "YELLOW: Mail report: Tuesday, 2026-11-24 Skip to the findings Mail report: Tuesday, 2026-11-24 mx1, mx2 "
        "YELLOW To be done: The frobnicator is unplugged. Tue 2026-11-24: received 434, delivered 591, bounced 48"
    )
    assert "RED Down, or at risk: The frobnicator is unplugged." in Page(made(nightly(light=RED))).words


def test_its_parts_stand_in_order() -> None:
    page = Page(made(nightly()))
    assert [text_ for tag, text_ in page.texts if tag == "h2"] == [
        "What changed", "In pictures", "What to do", "What failed or waits", "Still queued", "Outages", "Mail",
        "Signing, encryption, logins", "What was read", "Not explained by any card", "Lines that were not understood",
        "What these logs cannot show",
    ]  # fmt: skip


def test_it_has_every_number_of_the_text() -> None:
    """Numbers have one source, so whatever the text says stands here, too."""
    report = nightly()
    words = Page(made(report)).words
    shown = set(re.findall(r"\d[\d,.:-]*\d", text(report)))
    assert {number for number in shown if number not in words} == set()


def test_charts_say_in_words_what_they_show() -> None:
    words = Page(made(nightly())).words
    for wanted in (
        "Traffic per hour 7 received, 3 delivered, 6 rejected from 2026-11-24 00:00 to 2026-11-24 23:59 (UTC)",
        "What came back or waits, by cause and day 4 recipients from 2026-11-24 to 2026-11-25: mailbox full 3, no such",
        "Delay of delivered mail, stage by stage in all: half within 0.50 s",
        "Failures by weekday and hour 6 failures; most on Tue at 03:00: 3 (UTC).",
        "DKIM signatures on outgoing mail outgoing mail: 7 of 8 signed (87.5 %).",
        "The numbers Traffic per hour Hour received delivered rejected 2026-11-24 00:00",
    ):
        assert wanted in words


def test_a_chart_without_anything_to_show_is_left_out() -> None:
    unknown = nightly(signed=Signed(why="silent"))
    assert "DKIM signatures on outgoing mail" not in Page(made(unknown)).words
    assert "DKIM coverage of outgoing mail: unknown" in Page(made(unknown)).words
    empty = replace(unknown.flow, per_hour=(), delays=())
    bare = replace(unknown, flow=empty, bounces=replace(unknown.bounces, per_day=()))
    assert not Page(made(bare)).all("figure")
    assert "In pictures" not in Page(made(bare)).words


def test_what_is_new_is_marked_where_it_is_explained() -> None:
    fresh = replace(CHANGE, kind="new", subject="finding", key="site.frobnicator", title="x", against=BEFORE)
    assert "ERROR new The frobnicator is unplugged" in Page(made(nightly(changes=(fresh,)))).words
    gone = replace(fresh, kind="gone")
    assert "ERROR The frobnicator is unplugged" in Page(made(nightly(changes=(gone,)))).words


def test_the_gravest_stand_open() -> None:
    def opened(**how: Any) -> list[bool]:
        page = Page(made(nightly(replace(REPORT, inputs=())), **how))
        return ["open" in attributes for attributes in page.all("details")]

    plain = opened()
    assert plain.count(True) == 1  # a notice, and the tables of charts, wait for a click
    assert opened(verbose=True).count(True) == 2
    assert opened(quiet=True).count(True) == 0


def test_quiet_is_verdict_changes_charts_and_a_glance() -> None:
    page = Page(made(nightly(), quiet=True))
    assert [text_ for tag, text_ in page.texts if tag == "h2"] == [
        "What changed",
        "In pictures",
        "What to do",
    ]
    assert not page.all("article")
    assert not page.all("input")
    assert "ERROR 1,234 The frobnicator is unplugged" in page.words


def test_a_good_day_is_a_short_page() -> None:
    calm = night(quiet(), light=GREEN, changes=())
    page = Page(made(calm))
    assert "All quiet" in page.words
    assert not page.all("article")
    assert not page.all("input")


def test_chinese_speaks_chinese() -> None:
    page = Page(made(nightly(), lang="zh", verbose=True))
    assert page.all("html") == [{"lang": "zh-Hans"}]
    assert not re.search(r"\b(Search|shown|received|Traffic|Mon|others|signed|What|Evidence)\b", page.words)


def test_the_same_report_gives_the_same_bytes() -> None:
    later = replace(nightly(), generated=LAST + timedelta(days=3), elapsed_s=77.0)
    assert made(nightly()) == made(later)


# --- what it needs -------------------------------------------------------------------------------


def digest(inside: str) -> str:
    return base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()


def test_one_style_and_one_script_are_known_by_their_digests_and_nothing_else_may_run_or_load() -> None:
    source = made(nightly())
    styles = re.findall(r"<style>(.*?)</style>", source, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", source, re.DOTALL)
    (policy,) = [
        meta["content"]
        for meta in Page(source).all("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    assert styles == [NIGHTLY_STYLE]
    assert scripts == [SCRIPT]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest(styles[0])}'; script-src 'sha256-{digest(scripts[0])}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert source.index("Content-Security-Policy") < source.index("<title>")
    assert not re.search(r"url\(|@import|expression", NIGHTLY_STYLE)
    assert not re.search(
        r"innerHTML|insertAdjacent|eval|Function|fetch|XMLHttp|import|document\.write|https?:", SCRIPT
    )


def test_there_is_no_frame_no_form_no_foreign_file_and_no_attribute_that_acts() -> None:
    page = Page(made(nightly()))
    assert not {tag for tag, _ in page.elements} & {
        "link", "img", "image", "iframe", "object", "embed", "form", "base", "audio", "video", "foreignobject", "animate",
    }  # fmt: skip
    for tag, attributes in page.elements:
        acting = [
            name
            for name in attributes
            if name.startswith("on") or name in {"style", "src", "srcset", "xlink:href"}
        ]
        assert not acting, tag
        if tag == "use":
            assert str(attributes["href"]).startswith("#chart-")


def test_what_works_only_with_the_script_is_hidden_without_it() -> None:
    page = Page(made(nightly()))
    (box,) = [attributes for _, attributes in page.elements if attributes.get("id") == "filter"]
    assert "hidden" in box
    assert len(page.all("button")) == 1
    assert [one.get("type") for one in page.all("input")] == ["search", "checkbox", "checkbox"]


def test_no_id_twice_and_every_reference_leads_somewhere() -> None:
    source = made(nightly())
    page = Page(source)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    pointed = [
        one
        for _, attributes in page.elements
        for name in ("aria-labelledby", "href")
        for one in str(attributes.get(name, "")).split()
        if name == "aria-labelledby" or one.startswith("#")
    ]
    pointed += re.findall(r"url\((#[^)]+)\)", source)
    assert {one.lstrip("#") for one in pointed} <= set(ids)


def test_headings_go_down_step_by_step_and_tables_say_what_they_are() -> None:
    page = Page(made(nightly()))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.all("table")) == len(page.all("caption")) > 8
    assert all(head.get("scope") in {"col", "row"} for head in page.all("th"))


# --- what strangers wrote ------------------------------------------------------------------------


@settings(max_examples=3)  # a page with five charts takes as long as a scan
@example("{{ 7*7 }}{% raw %}</style></script>'\"><b onload=x>")
@example(NASTY)
@given(text_=MARKS)
def test_no_text_changes_what_the_page_is_made_of(text_: str) -> None:
    @cache
    def shape(given_: str) -> list[tuple[str, dict[str, str | None]]]:
        # Labels and captions that strangers wrote stand in a few attributes; code between backticks may be.
        return [
            (tag, {name: "" if name == "aria-label" else value for name, value in attributes.items()})
            for tag, attributes in Page(made(troubled(given_))).elements
            if tag not in {"code", "text"}
        ]

    assert shape(text_) == shape("plain")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2028]", made(troubled(text_)))


@pytest.mark.parametrize("first", [FIRST, None])
def test_times_that_are_not_known_break_nothing(first: datetime | None) -> None:
    scan = replace(REPORT, totals=replace(REPORT.totals, first=first, last=first))
    assert made(nightly(scan, logs=(first, first)))
