"""Sentences about outages, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from logscan.model.outages import Follows, Limits, Outage, OutageReport, Rate, Rhythm
from logscan.packs.load import load
from logscan.packs.texts import ui, ui_part
from logscan.reports import outage_html, outage_words
from logscan.reports.wording import Wording
from tests.unit.reports.made import FIRST, LAST, REPORT

BEGIN = datetime(2026, 3, 2, 23, 50, tzinfo=UTC)


def words(lang: str = "en", zone: str = "UTC") -> Wording:
    return Wording(phrases={**ui(lang, load()), **ui_part("outages", lang, load())}, zone=ZoneInfo(zone))


def outage(begin: datetime = BEGIN, minutes: float = 20, **other: object) -> Outage:
    end = begin + timedelta(minutes=minutes)
    given: dict[str, object] = {
        "id": "x", "service": "/srv/a.fcgi", "kind": "webmail", "begin": begin, "last": end - timedelta(minutes=1),
        "end": end, "ongoing": False, "duration_s": 60.0 * minutes, "failures": 7, "requests_failed": 7, "clients": 2,
        "succeeded": 0, "rules": ("site.frobnicator",), "cause": "backend-crash", "end_reason": "success",
    }  # fmt: skip
    return Outage(**{**given, **other})  # type: ignore[arg-type]


def rhythm(pattern: str = "none", **other: object) -> Rhythm:
    given: dict[str, object] = {
        "service": "/srv/a.fcgi", "kind": "webmail", "outages": 9, "mean_between_s": 93_600.0, "mean_duration_s": 1200.0,
        "pattern": pattern, "chance": 0.00001, "period_s": 93_600.0, "spread_s": 720.0, "at": None, "hours": (0,) * 24,
        "weekdays": (0,) * 7, "follows": None, "last": BEGIN, "next_expected": None,
    }  # fmt: skip
    return Rhythm(**{**given, **other})  # type: ignore[arg-type]


def made(*outages: Outage, rates: tuple[Rate, ...] = ()) -> OutageReport:
    return OutageReport(
        scanned=REPORT,
        outages=outages,
        rhythms=(rhythm(),) if outages else (),
        rates=rates,
        roots=(),
        limits=Limits(),
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"), (0.4, "0 s"), (59.6, "1 min"), (61, "1 min 1 s"), (3600, "1 h"), (3725, "1 h 2 min"),
        (93_600, "1 d 2 h"), (86_400 * 40 + 59, "40 d"), (86_400 + 120, "1 d"),
    ],
)  # fmt: skip
def test_lengths_of_time(seconds: float, said: str) -> None:
    assert outage_words.duration(seconds, words()) == said


def test_when_it_was() -> None:
    said = outage_words.when
    assert said(outage(), words()) == "2026-03-02 23:50:00 to 2026-03-03 00:10:00"
    assert said(outage(), words(zone="Asia/Shanghai")) == "2026-03-03 07:50:00 to 08:10:00"
    assert said(outage(end=None, ongoing=True), words()) == "since 2026-03-02 23:50:00"
    assert said(outage(end=None), words()) == "2026-03-02 23:50:00, last failure 00:09:00"


def test_what_ended_it() -> None:
    said = outage_words.ending
    assert said(outage(recovered_by=("graceful", "apache-error")), words()) == (
        "worked again after: graceful restart of Apache"
    )
    assert said(outage(), words()) == ""
    assert said(outage(end=None, ongoing=True), words()) == "goes on"
    assert said(outage(end=None), words()) == "open: nobody asked again"
    unaided = outage_words.alone
    assert unaided([outage()], words()) == "came back without a start or a reload that these logs would show"
    assert unaided([outage(), outage(recovered_by=("start", "php-fpm"))], words()) is None
    assert unaided([outage(kind="destination")], words()) is None
    assert unaided([outage(end=None)], words()) is None


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (rhythm("few", outages=1), "one outage tells no pattern; it takes five"),
        (rhythm("few", outages=4), "4 outages tell no pattern; it takes five"),
        (rhythm("none"), "no pattern in 9 outages: chance would spread them like this"),
        (
            rhythm("period"),
            "every 1 d 2 h, half of them within 12 min of it (9 outages; were it chance, 1 log of 100,000 would look so)",
        ),
        (
            rhythm("daily", at=0.26736, chance=0.0),
            "daily around 06:25, half of them within 12 min of it (9 outages; were it chance, 1 log of 1,000,000 would look so)",
        ),
        (
            rhythm("weekly", at=6.5 / 7),
            "weekly around Sunday 12:00, half of them within 12 min of it (9 outages; were it chance, 1 log of 100,000 would look so)",
        ),
    ],
    ids=["one", "few", "none", "period", "daily", "weekly"],
)
def test_patterns(one: Rhythm, said: str) -> None:
    assert outage_words.pattern(one, words()) == said
    assert outage_words.pattern(one, words("zh")) != said


def test_what_precedes_and_what_is_to_come() -> None:
    soon = Follows(what="graceful", who="apache-error", hits=8, within_s=60, at_s=None)
    always = Follows(what="start", who="php-fpm", hits=9, within_s=90, at_s=5400)
    story = outage_words.Story(
        rhythm=rhythm("none", follows=soon, next_expected=LAST), outages=(outage(), outage()), finding=None
    )
    assert outage_words.beat(story, words()) == [
        "no pattern in 9 outages: chance would spread them like this",
        "on average every 1 d 2 h, for 20 min",
        "8 of 9 began within 1 min after: graceful restart of Apache",
        "came back 2 times without a start or a reload that these logs would show",
        "next expected around 2026-11-24 05:00",
    ]
    assert outage_words.follows(rhythm(follows=always), words()) == (
        "9 of 9 began 1 h 30 min (give or take 1 min 30 s) after: start of php-fpm"
    )


def test_rates() -> None:
    one = Rate(service="x", kind="webmail", failures=3, succeeded=2997, first=FIRST, last=LAST)
    assert outage_words.rate(one, words()) == (
        "3 failures and 2,997 successes in these logs (0.1 %), 2026-11-24 03:27:38 to 05:00:00"
    )


def test_a_service_is_told_by_the_card_of_most_failures() -> None:
    [story] = outage_words.stories(made(outage()))
    assert story.finding is not None
    assert story.finding.rule == "site.frobnicator"


def test_good_news_only_of_what_was_understood() -> None:
    assert outage_words.none(made(), words()).startswith("No outage in")


def test_bars_and_heat_lie_where_outages_are() -> None:
    first, last = FIRST, LAST
    begin = first + (last - first) / 2
    seen = made(outage(begin, minutes=1), outage(begin + timedelta(minutes=10), minutes=0.001))
    [story] = outage_words.stories(seen)
    one, two = outage_html.bars(story, seen, words())
    assert (one.at, two.width) == (500, outage_html.LEAST)
    assert one.at + one.width < two.at
    grid = outage_html.heat(seen, words(zone="Asia/Shanghai"))
    assert grid[0][0] == "Monday"
    hot = [
        (day, hour, cell.count, cell.level)
        for day, cells in grid
        for hour, cell in enumerate(cells)
        if cell.count
    ]
    assert hot == [("Tuesday", 12, 2, 4)]


def test_both_languages_have_the_same_phrases_with_the_same_slots() -> None:
    english, chinese = (load().texts[lang]["ui.outages"] for lang in ("en", "zh"))
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        slots = {piece.split("}")[0] for piece in text.split("{")[1:]}
        assert {piece.split("}")[0] for piece in chinese[key].split("{")[1:]} == slots, key
