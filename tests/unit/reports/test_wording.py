"""The program's own words: numbers, times, singular and plural, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from logscan.packs.load import load
from logscan.packs.texts import ui
from logscan.reports.wording import Wording

NIGHT = datetime(2026, 11, 24, 16, 27, 38, 999_999, tzinfo=UTC)
ENGLISH = Wording(phrases=ui("en", load()), zone=UTC)
CHINESE = Wording(phrases=ui("zh", load()), zone=ZoneInfo("Asia/Shanghai"))


def test_numbers_have_thousands_separators() -> None:
    assert ENGLISH.say("not_understood", count=1_234_567) == "1,234,567 lines not understood"
    assert ENGLISH.say("year", year="2026", source="x") == "year 2026 (x)"


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 mails"), (1, "1 mail"), (2, "2 mails"), (1000, "1,000 mails")]
)
def test_one_thing_is_singular(count: int, said: str) -> None:
    assert ENGLISH.counted("mails", count) == said


def test_a_language_may_do_without_a_singular() -> None:
    words = Wording(phrases={"mails": "{count} 封"}, zone=UTC)
    assert words.counted("mails", 1) == "1 封"


def test_times_are_in_the_readers_zone_to_the_second() -> None:
    assert ENGLISH.clock(NIGHT) == "2026-11-24 16:27:38"
    assert CHINESE.clock(NIGHT) == "2026-11-25 00:27:38"
    assert (
        Wording(phrases={}, zone=timezone(timedelta(hours=-3, minutes=-30))).clock(NIGHT)
        == "2026-11-24 12:57:38"
    )
    assert ENGLISH.clock(None) == "?"


def test_a_period_within_a_day_names_it_once() -> None:
    later = NIGHT + timedelta(hours=2)
    assert ENGLISH.span(NIGHT, later) == "2026-11-24 16:27:38 to 18:27:38"
    assert ENGLISH.span(NIGHT - timedelta(hours=17), NIGHT) == "2026-11-23 23:27:38 to 2026-11-24 16:27:38"


def test_which_day_it_is_depends_on_the_zone() -> None:
    earlier = NIGHT - timedelta(hours=2)
    assert ENGLISH.span(earlier, NIGHT) == "2026-11-24 14:27:38 to 16:27:38"
    assert CHINESE.span(earlier, NIGHT) == "2026-11-24 22:27:38 至 2026-11-25 00:27:38"


@pytest.mark.parametrize(("first", "last"), [(None, None), (NIGHT, None), (None, NIGHT)])
def test_without_times_there_is_no_period(first: datetime | None, last: datetime | None) -> None:
    assert ENGLISH.span(first, last) == "no time stamp read"


def test_a_phrase_that_is_not_there_is_a_bug() -> None:
    with pytest.raises(KeyError):
        ENGLISH.say("nonsense")
