"""What a chart says to who cannot see it: its name, a sentence with the main numbers, a table of all of them.

In: `Data`, phrases. Out: plain strings. Never: escapes (that is the form's business); matplotlib.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from logscan.reports.charts.data import Causes, Coverage, Data, Stages, Traffic, Week
from logscan.reports.wording import Wording

#: Rows of a table of hours; of more, the chart and the table of days tell enough.
ROWS: Final = 50

_NAMED: Final = {
    Traffic: "traffic",
    Causes: "causes",
    Stages: "stages",
    Week: "week",
    Coverage: "coverage",
}
#: Names of all charts.
NAMES: Final = tuple(_NAMED.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Column heads, and rows whose first cell names the row."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def name(data: Data) -> str:
    """Return the chart's name in files and ids."""
    return _NAMED[type(data)]


def title(data: Data, words: Wording) -> str:
    """Return what stands over the chart."""
    if isinstance(data, Traffic) and data.daily:
        return words.say("charts_traffic_daily")
    if isinstance(data, Causes) and len(data.days) == 1:
        return words.say("charts_causes_one")
    return words.say(f"charts_{name(data)}")


def empty(data: Data) -> bool:
    """Return whether there is nothing to draw."""
    match data:
        case Traffic():
            return not any((*data.received, *data.delivered, *data.rejected))
        case Causes():
            return not any(any(series.values) for series in data.series)
        case Stages():
            return not data.stages
        case Week():
            return not any(map(any, data.counts))
        case Coverage():
            return not data.rows


def summary(data: Data, words: Wording) -> str:
    """Return the main numbers in a sentence or two."""
    if empty(data):
        return words.say("charts_said_none")
    match data:
        case Traffic():
            return _traffic(data, words)
        case Causes():
            return _causes(data, words)
        case Stages():
            said = _stages(data, words)
            return words.say("charts_semicolon").join(said) + words.say("charts_stop")
        case Week():
            return _week(data, words)
        case Coverage():
            said = _coverage(data, words)
            return words.say("charts_semicolon").join(said) + words.say("charts_stop")


def table(data: Data, words: Wording) -> Table | None:
    """Return all numbers; None where they are too many, or stand in the page as a table of their own."""
    match data:
        case Traffic() if len(data.starts) <= ROWS or data.daily:
            return _traffic_table(data, words)
        case Causes():
            return Table(
                heads=(words.say("charts_column_day"), *(series.label for series in data.series)),
                rows=tuple(
                    (day.isoformat(), *(f"{series.values[at]:,}" for series in data.series))
                    for at, day in enumerate(data.days)
                ),
            )
        case Stages():
            return Table(
                heads=_heads(words, "column_stage", "p50", "p90", "p95", "max"),
                rows=tuple((one.label, *map(seconds, (one.p50, one.p90, one.p95, one.max))) for one in data.stages),
            )  # fmt: skip
        case Week():
            return Table(
                heads=(words.say("charts_column_hour"), *(f"{hour:02d}" for hour in range(24))),
                rows=tuple(
                    (words.say(f"charts_weekday_{day}"), *(f"{count:,}" if count else "" for count in hours))
                    for day, hours in zip(data.weekdays, data.counts, strict=True)
                ),
            )
        case Coverage():
            return Table(
                heads=_heads(words, "column_domain", "column_mails", "signed", "column_share"),
                rows=tuple(
                    (
                        row.label,
                        f"{row.mails:,}",
                        "?" if row.signed is None else f"{row.signed:,}",
                        percent(row.signed, row.mails) or words.say("charts_unknown"),
                    )
                    for row in data.rows
                ),
            )
    return None


def _traffic_table(data: Traffic, words: Wording) -> Table:
    heads = _heads(words, "column_day" if data.daily else "column_hour", "received", "delivered", "rejected")
    counts = zip(data.starts, data.received, data.delivered, data.rejected, strict=True)
    rows = tuple((_start(start, data), *map(_count, numbers)) for start, *numbers in counts)
    if not any(data.usual):
        return Table(heads=heads, rows=rows)
    usual = (f"{edges[0]:,.0f}–{edges[1]:,.0f}" if edges else "" for edges in data.usual)  # noqa: RUF001  a dash between numbers
    return Table(
        heads=(*heads, words.say("charts_usual")),
        rows=tuple((*row, cell) for row, cell in zip(rows, usual, strict=True)),
    )


def seconds(value: float) -> str:
    """Return a delay in the unit that leaves few digits.

    >>> seconds(0), seconds(0.012), seconds(1.25), seconds(90), seconds(5400), seconds(200000)
    ('0 s', '0.01 s', '1.2 s', '1.5 min', '1.5 h', '2.3 d')
    """
    if not value:
        return "0 s"
    for unit, label in ((86400, "d"), (3600, "h"), (60, "min")):
        if value >= unit:
            return f"{value / unit:.1f} {label}".replace(".0 ", " ")
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s".replace(".0 ", " ")


def percent(part: int | None, whole: int) -> str | None:
    """Return a share in per cent, 100 only when it is all; None when it is not known.

    >>> percent(99_999, 100_000), percent(1, 3), percent(None, 3)
    ('99.9 %', '33.3 %', None)
    """
    if part is None or not whole:
        return None
    tenths = 1000 * part // whole
    return f"{tenths // 10}.{tenths % 10} %" if tenths % 10 else f"{tenths // 10} %"


def _heads(words: Wording, *keys: str) -> tuple[str, ...]:
    return tuple(words.say(f"charts_{key}") for key in keys)


def _traffic(data: Traffic, words: Wording) -> str:
    most = max(count or 0 for count in data.received)
    said = words.say(
        "charts_said_traffic_daily" if data.daily else "charts_said_traffic", received=_sum(data.received), delivered=_sum(data.delivered),
        rejected=_sum(data.rejected), first=_start(data.starts[0], data), last=_end(data),
        zone=data.zone, most=most, busiest=_start(data.starts[data.received.index(most)], data),
    )  # fmt: skip
    if any(data.usual):
        known = [
            (count, edges)
            for count, edges in zip(data.received, data.usual, strict=True)
            if edges and count is not None
        ]
        outside = sum(not edges[0] <= count <= edges[1] for count, edges in known)
        said = f"{said} {words.say('charts_said_usual', known=len(known), outside=outside)}"
    if not data.outages:
        return said
    begin, end = (f"{moment:%Y-%m-%d %H:%M}" for moment in data.outages[0])
    key = "charts_said_outages_one" if len(data.outages) == 1 else "charts_said_outages"
    return f"{said} {words.say(key, count=len(data.outages), begin=begin, end=end)}"


def _count(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _sum(counts: Sequence[int | None]) -> int:
    return sum(count or 0 for count in counts)


def _start(start: datetime, data: Traffic) -> str:
    return f"{start:%Y-%m-%d}" if data.daily else f"{start:%Y-%m-%d %H:%M}"


def _end(data: Traffic) -> str:
    return f"{data.starts[-1]:%Y-%m-%d}" if data.daily else f"{data.starts[-1]:%Y-%m-%d %H}:59"


def _causes(data: Causes, words: Wording) -> str:
    days = [sum(series.values[at] for series in data.series) for at in range(len(data.days))]
    most = max(days)
    causes = words.say("comma").join(f"{series.label} {sum(series.values):,}" for series in data.series)
    if len(data.days) == 1:
        return words.say(
            "charts_said_causes_one", total=sum(days), day=data.days[0].isoformat(), causes=causes
        )
    return words.say("charts_said_causes", total=sum(days), first=data.days[0].isoformat(),
                     last=data.days[-1].isoformat(), causes=causes, most=most,
                     worst=data.days[days.index(most)].isoformat())  # fmt: skip


def _week(data: Week, words: Wording) -> str:
    most, day, hour = max(
        (count, -day, -hour)
        for day, hours in zip(data.weekdays, data.counts, strict=True)
        for hour, count in enumerate(hours)
    )
    return words.say("charts_said_week", total=sum(map(sum, data.counts)), most=most,
                     day=words.say(f"charts_weekday_{-day}"), hour=f"{-hour:02d}", zone=data.zone)  # fmt: skip


def _stages(data: Stages, words: Wording) -> list[str]:
    return [
        words.say("charts_said_stage", stage=one.label, p50=seconds(one.p50), p95=seconds(one.p95),
                  max=seconds(one.max))
        for one in data.stages
    ]  # fmt: skip


def _coverage(data: Coverage, words: Wording) -> list[str]:
    return [
        words.say("charts_said_unknown", label=row.label)
        if row.signed is None
        else words.say("charts_said_signed", label=row.label, signed=row.signed, mails=row.mails,
                       share=percent(row.signed, row.mails) or words.say("charts_unknown"))
        for row in data.rows
    ]  # fmt: skip
