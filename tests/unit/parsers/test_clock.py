from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from unittest.mock import ANY
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from logscan.parsers.clock import (
    Calendar,
    Chain,
    Evidence,
    Reached,
    YearConflict,
    YearSource,
    first_year,
    walk,
)
from logscan.parsers.zone import Zone

UTC_ZONE = Zone(name="UTC", source="option", info=UTC)
BERLIN = Zone(name="Europe/Berlin", source="option", info=ZoneInfo("Europe/Berlin"))
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def stamp(text: str) -> datetime:
    """`11-24` or `11-24 03:27:35`, in the year 2000."""
    return datetime.fromisoformat(f"2000-{text}")


def series(stamps: Sequence[datetime | None]) -> pl.Series:
    return pl.Series(stamps, dtype=pl.Datetime("us"))


def calendar(
    *,
    modified: datetime = NOON,
    zone: Zone = UTC_ZONE,
    option: int | None = None,
    evidence: Evidence | None = None,
    first: int | None = None,
) -> Calendar:
    return Calendar(modified=modified, zone=zone, option=option, evidence=evidence or Evidence(), first=first)


def read(
    stamps: Sequence[datetime | None], cuts: Sequence[int] = (), **known: object
) -> tuple[list[object], Calendar]:
    """Read a whole log, cut into blocks, as often as it takes."""
    places = [0, *sorted(cuts), len(stamps)]
    first, guesses = None, list[int]()
    while True:
        own = calendar(first=first, **known)  # type: ignore[arg-type]
        try:
            dated: list[object] = []
            for number, (begin, end) in enumerate(pairwise(places)):
                dated += own.dated(number, series(stamps[begin:end])).to_list()
            own.finish()
        except YearConflict as conflict:
            guesses.append(conflict.first)
            first = conflict.first
        else:
            assert guesses == sorted(set(guesses), reverse=True)
            return dated, own


def years(*days: str, **known: object) -> list[int | None]:
    dated, _ = read([stamp(day) for day in days], (), **known)
    return [moment.year if isinstance(moment, datetime) else None for moment in dated]


# --- the first year ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "modified", "year"),
    [
        ("11-24 03:27:35", NOON, 2026),
        ("11-24 12:00", NOON, 2026),
        ("01-01", NOON, 2026),
        ("12-31 23:59:59", NOON, 2025),
        ("11-26", NOON, 2025),
        ("11-24 18:00", NOON, 2026),  # a log in UTC on a machine that lives further west
        ("12-31 23:59:59", datetime(2027, 1, 1, tzinfo=UTC), 2026),
        ("01-01", datetime(2027, 1, 1, tzinfo=UTC), 2027),
        ("02-29", NOON, 2024),
        ("02-29", datetime(2024, 2, 29, tzinfo=UTC), 2024),
        ("02-29", datetime(2024, 2, 27, tzinfo=UTC), 2020),
        ("02-29", datetime(1903, 3, 1, tzinfo=UTC), 1896),
    ],
)
def test_the_first_year_is_the_latest_before_the_modification(
    day: str, modified: datetime, year: int
) -> None:
    assert first_year(stamp(day), modified) == (year, YearSource.MODIFIED)


def test_the_users_year_wins_over_all() -> None:
    evidence = Evidence(near=NOON, before=NOON, after=NOON, weekday=1)
    assert first_year(stamp("11-24"), NOON, option=1999, evidence=evidence) == (1999, YearSource.OPTION)


def test_a_dated_line_of_the_log_wins_over_its_modification() -> None:
    evidence = Evidence(near=datetime(2024, 1, 3, tzinfo=UTC))
    assert first_year(stamp("01-01"), NOON, evidence=evidence) == (2024, YearSource.LOG)
    assert first_year(stamp("12-28"), NOON, evidence=evidence) == (2023, YearSource.LOG)
    assert first_year(stamp("02-29"), NOON, evidence=evidence) == (2024, YearSource.LOG)


def test_neighbours_bound_the_year() -> None:
    put_away = Evidence(before=datetime(2025, 8, 2, tzinfo=UTC))
    assert first_year(stamp("07-25"), NOON, evidence=put_away) == (2025, YearSource.LOG)
    assert first_year(stamp("08-25"), NOON, evidence=put_away) == (2024, YearSource.LOG)
    # a neighbour that agrees with the modification is no better source
    later = Evidence(before=datetime(2030, 1, 1, tzinfo=UTC))
    assert first_year(stamp("07-25"), NOON, evidence=later) == (2026, YearSource.MODIFIED)
    older = Evidence(after=datetime(2027, 3, 1, tzinfo=UTC))
    assert first_year(stamp("07-25"), NOON, evidence=older) == (2027, YearSource.LOG)
    assert first_year(stamp("02-27"), NOON, evidence=older) == (2028, YearSource.LOG)
    long_ago = Evidence(after=datetime(2020, 3, 1, tzinfo=UTC))
    assert first_year(stamp("07-25"), NOON, evidence=long_ago) == (2026, YearSource.MODIFIED)


def test_a_weekday_chooses_the_year() -> None:
    thursday = Evidence(weekday=3)
    assert first_year(stamp("06-24"), NOON, evidence=thursday) == (2021, YearSource.WEEKDAY)
    assert date(2021, 6, 24).weekday() == 3


def test_the_modification_is_seen_in_the_logs_zone() -> None:
    new_year = datetime(2026, 12, 31, 20, tzinfo=UTC)
    shanghai, new_york = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
    assert first_year(stamp("01-02 03:00"), new_year, info=shanghai) == (2027, YearSource.MODIFIED)
    assert first_year(stamp("01-02 03:00"), new_year, info=new_york) == (2026, YearSource.MODIFIED)


# --- the walk ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["11-23", "11-24"], [0, 0]),
        (["12-31", "01-01", "01-02"], [0, 1, 1]),
        (["12-31", "01-01", "12-31", "01-01"], [0, 1, 0, 1]),  # a straggler
        (["01-01", "12-31", "01-01"], [0, -1, 0]),
        (["02-10", "03-10", "02-10"], [0, 0, 0]),  # a lone line from elsewhere
        (["12-10", "02-10", "12-11"], [0, 1, 0]),
        (["02-10", "08-01", "02-10", "02-11"], [0, 0, 0, 0]),
        (["11-10", "04-01", "11-10", "12-31", "01-01"], [0, 1, 0, 0, 1]),
        (["01-10", "09-01", "01-10"], [0, 0, 0]),
        (["02-10", "10-20", "10-21", "02-10"], [0, 0, 0, 1]),  # a silence of months
        (["02-10", "08-01", "08-02", "02-10", "02-11"], [0, 0, 0, 1, 1]),
        (["11-24", "10-01", "11-30"], [0, 0, 0]),  # logs laid together in the wrong order
        (["01-24", "12-01", "01-30"], [0, -1, 0]),
        (["01-01", "04-01", "07-01", "10-01", "01-01"], [0, 0, 0, 0, 1]),
        (["02-28", "02-29", "03-01"], [0, 0, 0]),
    ],
)
def test_new_years_are_counted_along_the_days(days: list[str], expected: list[int]) -> None:
    numbers = [stamp(day).timetuple().tm_yday for day in days]
    reached, found = Reached(year=0, day=numbers[0]), []
    for day in numbers:
        reached, year = walk(reached, day)
        found.append(year)
    assert found == expected


days = st.integers(1, 366)


@given(st.lists(days, min_size=1, max_size=12))
def test_taking_a_day_twice_changes_nothing(numbers: list[int]) -> None:
    reached = Reached(year=0, day=numbers[0])
    for day in numbers:
        reached, year = walk(reached, day)
        assert walk(reached, day) == (reached, year)


@given(days, st.lists(st.integers(0, 20), min_size=1, max_size=30), st.data())
def test_one_line_out_of_order_is_no_new_year(start: int, steps: list[int], data: st.DataObject) -> None:
    numbers, expected = [start], [0]
    for step in steps:
        day = numbers[-1] + step
        numbers.append((day - 1) % 366 + 1)
        expected.append(expected[-1] + (day > 366))
    place = data.draw(st.integers(1, len(numbers)))
    reached, found = Reached(year=0, day=start), []
    for index, day in enumerate([*numbers[:place], data.draw(days), *numbers[place:]]):
        reached, year = walk(reached, day)
        if index != place:
            found.append(year)
    assert found == expected


# --- a whole log ---------------------------------------------------------------------------------


def test_a_log_over_new_year() -> None:
    modified = datetime(2027, 1, 2, tzinfo=UTC)
    dated, own = read([stamp("12-31 23:59:59"), None, stamp("01-01 00:00:01")], modified=modified)
    assert dated == [
        datetime(2026, 12, 31, 23, 59, 59),  # noqa: DTZ001
        None,
        datetime(2027, 1, 1, 0, 0, 1),  # noqa: DTZ001
    ]
    assert (own.year, own.year_source) == (2026, YearSource.MODIFIED)
    assert own.problems("mail.log") == ()


def test_a_log_that_goes_beyond_its_modification_began_a_year_earlier() -> None:
    modified = datetime(2027, 1, 10, tzinfo=UTC)
    quarters = ("02-01", "05-01", "08-01", "11-01")
    assert years("01-05", *quarters, "01-09", modified=modified) == [2026] * 5 + [2027]
    # also when only its last line is beyond
    assert years("01-05", "02-05", modified=modified) == [2026, 2026]
    # over several years
    assert years("01-05", *quarters, *quarters, "01-09", modified=modified) == [2025] * 5 + [2026] * 4 + [
        2027
    ]


def test_a_lone_line_from_the_future_is_of_the_past() -> None:
    assert years("11-20", "12-24", "11-21", "11-22") == [2026, 2025, 2026, 2026]
    assert years("11-20", "07-01", "11-20", "11-21") == [2026, 2026, 2026, 2026]
    # also several of one day, with a seam between them
    stamps = [stamp(day) for day in ("11-20", "12-24 01:00", "12-24 02:00", "11-21")]
    assert read(stamps, [2]) == (read(stamps)[0], ANY)
    assert years("11-20", "12-24 01:00", "12-24 02:00", "11-21") == [2026, 2025, 2025, 2026]


def test_a_leap_day_is_evidence() -> None:
    dated = years("02-27", "02-29", "03-01")
    assert dated == [2024, 2024, 2024]
    assert years("12-30", "02-29") == [2023, 2024]


def test_a_leap_day_that_cannot_be_has_no_time() -> None:
    stamps = [stamp("02-28"), stamp("02-29 01:00"), stamp("02-29 02:00"), stamp("03-01")]
    dated, own = read(stamps, option=2026)
    assert [moment is None for moment in dated] == [False, True, True, False]
    assert dated[3] == datetime(2026, 3, 1)  # noqa: DTZ001
    (problem,) = own.problems("mail.log")
    assert problem.where == "mail.log"
    assert not problem.unreadable
    assert problem.reason.startswith("2 lines are of a 29 February")
    assert "--year" in problem.help
    dated, own = read(stamps[1:3], option=2026)
    assert dated == [None, None]


def test_what_the_user_or_the_log_says_is_not_doubted() -> None:
    assert years("01-05", "02-05", "06-05", option=2030) == [2030] * 3
    assert years("12-05", "02-05", option=2030) == [2030, 2031]
    near = Evidence(near=datetime(2030, 1, 5, tzinfo=UTC))
    assert years("01-05", "02-05", evidence=near) == [2030] * 2


def test_a_log_without_stamps_has_no_year() -> None:
    dated, own = read([None, None], cuts=[1])
    assert dated == [None, None]
    assert (own.year, own.year_source) == (None, None)
    assert read([])[0] == []


def test_times_keep_their_type() -> None:
    own = calendar()
    blocks: list[list[datetime | None]] = [[], [None], [stamp("11-24 03:27:35.123456")]]
    for number, stamps in enumerate(blocks):
        assert own.dated(number, series(stamps)).dtype == pl.Datetime("us")
        assert own.moments(series(stamps)).dtype == pl.Datetime("us", "UTC")


def test_doubtful_hours_are_told() -> None:
    own = calendar(zone=BERLIN)
    for day in ("2026-10-25 02:30", "2026-10-25 02:40", "2026-03-29 02:30", "2026-06-01"):
        own.moments(series([datetime.fromisoformat(day)]))
    twice, never = own.problems("mail.log")
    assert twice.reason.startswith("2 lines are of an hour that the clock in Europe/Berlin showed twice")
    assert never.reason.startswith("1 lines are of an hour that the clock in Europe/Berlin skipped")
    assert not twice.unreadable


logs = st.lists(st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2000, 12, 31, 23, 59)), max_size=12)  # noqa: DTZ001
regular = st.tuples(st.integers(1, 366), st.lists(st.integers(-2, 60), max_size=20)).map(
    lambda parts: [
        datetime(2000, 1, 1) + timedelta(days=(parts[0] + sum(parts[1][:count])) % 366)  # noqa: DTZ001
        for count in range(len(parts[1]))
    ]
)


@given(logs | regular, st.data())
def test_cutting_a_log_changes_nothing(stamps: list[datetime | None], data: st.DataObject) -> None:
    modified = data.draw(st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
    cuts = data.draw(st.lists(st.integers(0, len(stamps)), max_size=5))
    whole, own = read(stamps, modified=modified)
    pieces, other = read(stamps, cuts, modified=modified)
    assert pieces == whole
    assert (other.year, other.year_source) == (own.year, own.year_source)
    assert other.problems("x") == own.problems("x")


@given(
    st.dates(date(2001, 3, 1), date(2003, 12, 31)),
    st.lists(st.integers(-2, 60), max_size=20),
    st.integers(0, 300),
)
def test_a_log_without_long_silences_gets_its_years_back(begin: date, steps: list[int], idle: int) -> None:
    truth = [begin]
    for step in steps:
        truth.append(truth[-1] + timedelta(days=step))
    # written to until `idle` days before its modification, and no longer than a year
    modified = max(truth) + timedelta(days=idle)
    assume(max(truth) - begin < timedelta(days=360) and modified - begin < timedelta(days=360))
    stamps = [datetime(2000, day.month, day.day) for day in truth]  # noqa: DTZ001
    dated, _ = read(stamps, modified=datetime(modified.year, modified.month, modified.day, tzinfo=UTC))
    assert dated == [datetime(day.year, day.month, day.day) for day in truth]  # noqa: DTZ001


# --- the chain -----------------------------------------------------------------------------------


def test_blocks_wait_for_the_block_before() -> None:
    modified = datetime(2029, 12, 31, tzinfo=UTC)
    months = [datetime(2000, 1 + month % 12, 15) for month in range(48)]  # noqa: DTZ001
    own = calendar(modified=modified, first=2026)
    with ThreadPoolExecutor(4) as threads:
        # the first block comes last, so the others must wait
        work = [threads.submit(own.dated, number, series([months[number]])) for number in (1, 2, 3)]
        assert not any(block.done() for block in work)
        work.insert(0, threads.submit(own.dated, 0, series([months[0]])))
        work += [threads.submit(own.dated, number, series([months[number]])) for number in range(4, 48)]
        found = [block.result(timeout=20).item().year for block in work]
    assert found == [2026 + month // 12 for month in range(48)]


def test_a_conflict_wakes_all_who_wait() -> None:
    own = calendar(modified=datetime(2027, 1, 10, tzinfo=UTC))
    with ThreadPoolExecutor(2) as threads:
        waiting = threads.submit(own.dated, 1, series([stamp("06-01")]))
        with pytest.raises(YearConflict) as conflict:
            own.dated(0, series([stamp("01-05"), stamp("02-05"), stamp("02-06")]))
        assert conflict.value.first == 2026
        with pytest.raises(YearConflict):
            waiting.result(timeout=20)
    with pytest.raises(YearConflict):
        own.dated(2, series([]))


def test_a_chain_can_be_abandoned() -> None:
    own = calendar()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(own.dated, 7, series([stamp("06-01")]))
        own.abandon(KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            waiting.result(timeout=20)


def test_a_chain_keeps_what_it_was_given() -> None:
    chain = Chain(b"a")
    assert (chain.take(0), chain.last()) == (b"a", b"a")
    chain.give(1, b"b")
    assert (chain.take(0), chain.take(1), chain.last()) == (b"a", b"b", b"b")
    first, second = ValueError("first"), ValueError("second")
    chain.fail(first)
    chain.fail(second)
    with pytest.raises(ValueError, match="first"):
        chain.take(1)
