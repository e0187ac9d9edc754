from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.model.problems import UsageError
from logscan.parsers.zone import Doubt, to_utc, zone

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
DTYPE = pl.Datetime("us")


def naive(*stamps: str) -> pl.Series:
    return pl.Series([datetime.fromisoformat(stamp) for stamp in stamps], dtype=DTYPE)


def clocks(moments: pl.Series) -> list[str]:
    return [moment.strftime("%d %H:%M:%S") for moment in moments]


@pytest.mark.parametrize(
    ("option", "name", "offset"),
    [
        ("Europe/Berlin", "Europe/Berlin", 1),
        ("europe/berlin", "Europe/Berlin", 1),
        ("UTC", "UTC", 0),
        ("utc", "UTC", 0),
        ("Z", "UTC", 0),
        ("+08:00", "UTC+08:00", 8),
        ("+0800", "UTC+08:00", 8),
        ("-3", "UTC-03:00", -3),
        ("UTC+8", "UTC+08:00", 8),
        ("Etc/GMT-8", "Etc/GMT-8", 8),
    ],
)
def test_the_user_names_a_zone(option: str, name: str, offset: int) -> None:
    found = zone(option, {"TZ": "America/New_York"})
    assert (found.name, found.source) == (name, "option")
    assert found.info.utcoffset(datetime(2026, 1, 1)) == timedelta(hours=offset)  # noqa: DTZ001


@pytest.mark.parametrize(
    "option", ["", "Mars/Olympus", "/etc/localtime", "../../etc/passwd", "Europe", "+25:99", "8"]
)
def test_what_is_no_zone_is_refused(option: str) -> None:
    with pytest.raises(UsageError, match="Europe/Berlin"):
        zone(option)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (":Europe/Berlin", "Europe/Berlin"),
        ("UTC0", "UTC"),
        ("CST-8", "UTC+08:00"),  # POSIX counts westwards
        ("<-03>3", "UTC-03:00"),
    ],
)
def test_tz_is_the_systems_zone(said: str, name: str, tmp_path: Path) -> None:
    found = zone(environ={"TZ": said}, root=tmp_path)
    assert (found.name, found.source) == (name, "system")


def test_a_tz_that_is_not_understood_is_no_guess(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--tz"):
        zone(environ={"TZ": "CET-1CEST,M3.5.0,M10.5.0/3"}, root=tmp_path)


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    return tmp_path / "etc"


def test_localtime_goes_before_timezone(etc: Path) -> None:
    (etc / "timezone").write_text("America/New_York\n")
    assert zone(environ={}, root=etc.parent).name == "America/New_York"
    (etc / "localtime").symlink_to("/usr/share/zoneinfo/Asia/Shanghai")
    assert zone(environ={}, root=etc.parent).name == "Asia/Shanghai"
    assert zone(environ={"TZ": ""}, root=etc.parent).name == "Asia/Shanghai"


def test_a_tz_that_is_a_path_is_read(etc: Path) -> None:
    (etc / "here").symlink_to("/usr/share/zoneinfo/Asia/Tokyo")
    assert zone(environ={"TZ": ":/etc/here"}, root=etc.parent).name == "Asia/Tokyo"


def test_a_copied_localtime_is_known_by_its_rules(etc: Path) -> None:
    rules = next(
        path for folder in zoneinfo.TZPATH if (path := Path(folder, "Asia/Kathmandu")).is_file()
    ).read_bytes()
    (etc / "localtime").write_bytes(rules)
    found = zone(environ={}, root=etc.parent)
    assert found.name in ("Asia/Kathmandu", "Asia/Katmandu")
    assert found.info.utcoffset(datetime(2026, 1, 1)) == timedelta(hours=5, minutes=45)  # noqa: DTZ001


@pytest.mark.parametrize("content", [None, b"", b"no zone\xff"])
def test_a_system_that_says_nothing_is_on_utc(etc: Path, content: bytes | None) -> None:
    if content is not None:
        (etc / "localtime").write_bytes(content)
        (etc / "timezone").write_bytes(content)
    found = zone(environ={}, root=etc.parent)
    assert (found.name, found.source) == ("UTC", "system")


def test_summer_and_winter() -> None:
    moments, doubt = to_utc(naive("2026-07-01 12:00", "2026-12-01 12:00:00.000001"), BERLIN)
    assert moments.to_list() == [
        datetime(2026, 7, 1, 10, tzinfo=UTC),
        datetime(2026, 12, 1, 11, 0, 0, 1, tzinfo=UTC),
    ]
    assert doubt == Doubt()


def test_an_hour_that_the_clock_showed_twice_is_the_earlier_one() -> None:
    local = naive(*(f"2026-10-25 {clock}" for clock in ("01:59:59", "02:00", "02:59:59", "03:00", "23:59")))
    moments, doubt = to_utc(local, BERLIN)
    assert clocks(moments) == ["24 23:59:59", "25 00:00:00", "25 00:59:59", "25 02:00:00", "25 22:59:00"]
    assert doubt == Doubt(ambiguous=2)


def test_an_hour_that_the_clock_skipped_is_read_as_if_it_had_not() -> None:
    local = naive(*(f"2026-03-29 {clock}" for clock in ("01:59:59", "02:00", "02:59:59", "03:00", "23:59")))
    moments, doubt = to_utc(local, BERLIN)
    assert clocks(moments) == ["29 00:59:59", "29 01:00:00", "29 01:59:59", "29 01:00:00", "29 21:59:00"]
    assert doubt == Doubt(missing=2)


def test_clocks_that_turn_at_midnight() -> None:
    havana = zoneinfo.ZoneInfo(
        "America/Havana"
    )  # 8 March 2026: 00:00 becomes 01:00; 1 November: 01:00, 00:00
    moments, doubt = to_utc(naive("2026-03-07 23:59:59", "2026-03-08 00:30", "2026-03-08 01:00"), havana)
    assert clocks(moments) == ["08 04:59:59", "08 05:30:00", "08 05:00:00"]
    assert doubt == Doubt(missing=1)
    cairo = zoneinfo.ZoneInfo("Africa/Cairo")  # 29 October 2026 at 24:00 becomes 23:00
    moments, doubt = to_utc(naive("2026-10-29 22:59:59", "2026-10-29 23:30", "2026-10-30 00:00"), cairo)
    assert clocks(moments) == ["29 19:59:59", "29 20:30:00", "29 22:00:00"]
    assert doubt == Doubt(ambiguous=1)


def test_what_has_no_time_keeps_none() -> None:
    local = naive("2026-07-01 12:00", "2026-12-01 12:00").extend(pl.Series([None], dtype=DTYPE))
    assert to_utc(local, BERLIN)[0].null_count() == 1
    for series in (pl.Series([None, None], dtype=DTYPE), pl.Series([], dtype=DTYPE)):
        for info in (UTC, BERLIN):
            moments, doubt = to_utc(series, info)
            assert moments.to_list() == series.to_list()
            assert moments.dtype == pl.Datetime("us", "UTC")
            assert doubt == Doubt()


infos: st.SearchStrategy[tzinfo] = st.sampled_from(
    [
        UTC,
        timezone(timedelta(hours=-3, minutes=-30)),
        *map(
            zoneinfo.ZoneInfo,
            (
                "Europe/Berlin",
                "America/New_York",
                "Australia/Lord_Howe",
                "Asia/Shanghai",
                "America/Sao_Paulo",
            ),
        ),
    ]
)
# around the turns of 2018 in all of them
times = st.datetimes(datetime(2018, 1, 1), datetime(2018, 12, 31)) | st.sampled_from(  # noqa: DTZ001
    ["2018-03-25 02:30", "2018-10-28 02:30", "2018-03-11 02:30", "2018-11-04 00:30", "2018-04-01 01:45"]
).map(datetime.fromisoformat)


@given(st.lists(times, max_size=8), infos)
def test_moments_are_those_of_python(stamps: list[datetime], info: tzinfo) -> None:
    moments, doubt = to_utc(pl.Series(stamps, dtype=DTYPE), info)
    aware = [stamp.replace(tzinfo=info) for stamp in stamps]
    assert moments.to_list() == [stamp.astimezone(UTC) for stamp in aware]
    ahead = [stamp.utcoffset() for stamp in aware]
    behind = [stamp.replace(fold=1).utcoffset() for stamp in aware]
    assert doubt.ambiguous == sum(one > two for one, two in zip(ahead, behind, strict=True) if one and two)
    assert doubt.missing == sum(one < two for one, two in zip(ahead, behind, strict=True) if one and two)
