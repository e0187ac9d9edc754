"""Records of some lines, with families made up for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl

from logscan.model.blocks import Block
from logscan.parsers.clock import Calendar
from logscan.parsers.family import Family, LineFormat, Stamp
from logscan.parsers.lines import RECORD, Plan, records
from logscan.parsers.syslog import BSD
from logscan.parsers.zone import Zone

UTC_ZONE = Zone(name="UTC", source="option", info=UTC)
BERLIN = Zone(name="Europe/Berlin", source="option", info=ZoneInfo("Europe/Berlin"))
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def same(frame: pl.DataFrame) -> pl.DataFrame:
    return frame


def _split_web(frame: pl.DataFrame) -> pl.DataFrame:
    """`[2026-11-24 03:27:35] text`, and `| ` glues records together."""
    records = frame.with_columns(pl.col("raw").str.split(" | ").alias("piece"))
    places = pl.int_ranges(pl.col("piece").list.len(), dtype=pl.UInt32)
    records = records.with_columns(places.alias("column")).explode("piece", "column")
    head = pl.col("piece").str.extract(r"^\[([^\]]*)\]")
    time = head.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    return records.with_columns(time=time, text=pl.col("piece").str.extract(r"^\[[^\]]*\] (.*)$")).drop(
        "piece"
    )


WEB_FORMAT = LineFormat(
    name="web", stamp=Stamp.LOCAL, looks=pl.col("raw").str.starts_with("["), split=_split_web
)


def owner(name: str) -> Family:
    return Family(name=name, formats=(WEB_FORMAT,), kinds=same, fields=same)


POSTFIX = Family(name="postfix", programs="postfix(?:-[^/]*)?(?:/.*)?", kinds=same, fields=same)
DKIM = Family(name="opendkim", programs="^opendkim$", kinds=same, fields=same)
SPEAKERS = (DKIM, POSTFIX, owner("web"))


def plan(main: LineFormat | None = BSD, zone: Zone = UTC_ZONE, modified: datetime = NOON) -> Plan:
    return Plan(main=main, calendar=Calendar(modified=modified, zone=zone))


def table(
    *lines: str,
    main: LineFormat | None = BSD,
    zone: Zone = UTC_ZONE,
    speakers: Sequence[Family] = SPEAKERS,
    previous: str = "",
) -> pl.DataFrame:
    data = "".join(line + "\n" for line in lines).encode()
    block = Block(source=0, number=0, data=data, previous=previous.encode(), lines=len(lines))
    found = records(block, plan(main, zone), speakers)
    assert dict(found.schema) == RECORD
    return found


def rows(*lines: str, **known: object) -> list[tuple[object, ...]]:
    found = table(*lines, **known)  # type: ignore[arg-type]
    return found.select("program", "pid", "family", "repeat", "text").rows()


def smtp(clock: str, text: str) -> str:
    return f"Nov 24 {clock} mx1 postfix/smtp[7]: {text}"
