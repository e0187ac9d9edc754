"""From options as people write them to settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from logscan.app.asking import cores, settings_of
from logscan.model.problems import UsageError
from logscan.model.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Asked:
    since: str | datetime | None = None
    until: str | datetime | None = None
    tz: str | None = "UTC"
    year: int | None = None
    now: str | datetime | None = None
    jobs: int | None = None
    language: str = "en"
    patterns: tuple[str, ...] = ()


NOTHING = Asked()


def test_who_asks_for_nothing_gets_the_defaults() -> None:
    assert settings_of(NOTHING) == Settings(zone="UTC", jobs=cores())
    assert cores() >= 1


def test_everything_else_is_handed_on() -> None:
    asked = Asked(year=2024, jobs=3, language="zh", patterns=("a", "b"), tz="Asia/Shanghai")
    made = settings_of(asked)
    assert (made.year, made.jobs, made.lang, made.patterns, made.zone) == (
        2024,
        3,
        "zh",
        ("a", "b"),
        "Asia/Shanghai",
    )


def test_times_without_zone_are_in_the_zone_that_was_asked_for() -> None:
    written = settings_of(Asked(since="2026-11-24 03:00", until="2026-11-24 04:00", tz="Asia/Shanghai"))
    meant = settings_of(
        Asked(since=datetime(2026, 11, 24, 3), until=datetime(2026, 11, 24, 4), tz="Asia/Shanghai")  # noqa: DTZ001
    )
    assert (written.since, written.until) == (meant.since, meant.until)
    assert written.since == datetime(2026, 11, 23, 19, tzinfo=UTC)


def test_times_with_a_zone_keep_it() -> None:
    east = timezone(timedelta(hours=8))
    made = settings_of(Asked(now=datetime(2026, 11, 24, 3, tzinfo=east), tz="America/New_York"))
    assert made.now == datetime(2026, 11, 23, 19, tzinfo=UTC)
    assert made.now is not None
    assert made.now.tzinfo is UTC


def test_words_are_said_as_of_now_and_now_may_be_said() -> None:
    asked = Asked(since="yesterday", until="-1h", now="2026-11-24 10:00")
    made = settings_of(asked)
    assert made.since == datetime(2026, 11, 23, tzinfo=UTC)
    assert made.until == datetime(2026, 11, 24, 9, tzinfo=UTC)
    with_moment = replace(asked, now=datetime(2026, 11, 24, 10, tzinfo=UTC))
    assert settings_of(with_moment) == made


@pytest.mark.parametrize("until", ["2026-11-24", "2026-11-23"])
def test_a_window_that_holds_nothing_is_refused(until: str) -> None:
    with pytest.raises(UsageError, match=r"--since \(2026-11-24.*is not before --until"):
        settings_of(Asked(since="2026-11-24", until=until))


def test_an_empty_time_is_no_wish_for_everything() -> None:
    """A script whose variable is empty must not scan all there is."""
    with pytest.raises(UsageError, match="--since"):
        settings_of(Asked(since=""))


def test_options_are_named_as_they_were_written() -> None:
    with pytest.raises(UsageError, match="--until: cannot read"):
        settings_of(Asked(until="soon"))
    with pytest.raises(UsageError, match=r"^until: cannot read"):
        settings_of(Asked(until="soon"), mark="")


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="Mars/Olympus"):
        settings_of(Asked(tz="Mars/Olympus"))
