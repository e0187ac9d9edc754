"""One drawing for each kind of chart.

In: `Data`, phrases. Out: a figure. Never: something that only its colour tells: lines differ in dashes and markers,
areas in their hatching, counts in the size of their square.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import nan, sqrt
from typing import Final

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from logscan.reports.charts import sheet
from logscan.reports.charts.data import Causes, Coverage, Data, Signed, Stage, Stages, Traffic, Week
from logscan.reports.charts.sheet import INK, LINE, WIDTH, Key, Sheet, counted, ours, shown, spread
from logscan.reports.charts.telling import percent
from logscan.reports.wording import Wording

#: What is told apart of a stack: colours of neighbours differ in lightness, too.
FILLS: Final = (
    (sheet.BLUE, ""), (sheet.ORANGE, "//"), (sheet.SKY, "\\\\"), (sheet.VERMILION, "--"),
    (sheet.YELLOW, "xx"), (sheet.PURPLE, "||"), (sheet.GREY, "++"),
)  # fmt: skip

#: Marks of the scale of delays: seconds, and their names.
_SECONDS: Final = ((0.01, "10 ms"), (0.1, "0.1 s"), (1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"),
                   (3600, "1 h"), (36000, "10 h"), (86400, "1 d"), (864000, "10 d"))  # fmt: skip
_SHORTEST: Final = 0.01

#: Up to so many hours, each tick is an hour; beyond, a day.
SHORT: Final = 50

#: Sizes of the squares of a week, from a quarter of the greatest count to all of it, and their colours.
_LEVELS: Final = (sheet.SKY, sheet.ORANGE, sheet.VERMILION)


def figure(data: Data, words: Wording, *, title: str | None = None) -> Figure:
    """Return the drawing of `data`. title: None where the page that it stands on has one."""
    with ours():
        match data:
            case Traffic():
                return traffic(data, words, title).figure
            case Causes():
                return causes(data, words, title).figure
            case Stages():
                return stages(data, words, title).figure
            case Week():
                return week(data, words, title).figure
            case Coverage():
                return coverage(data, words, title).figure


# --- traffic -------------------------------------------------------------------------------------


def traffic(data: Traffic, words: Wording, title: str | None) -> Sheet:
    """Draw three lines over the hours, before the band of what is usually received, and shade outages."""
    lines = (
        (data.received, Key(words.say("charts_received"), sheet.BLUE, dashes="-", marker="o")),
        (data.delivered, Key(words.say("charts_delivered"), sheet.GREEN, dashes="--", marker="s")),
        (data.rejected, Key(words.say("charts_rejected"), sheet.VERMILION, dashes=":", marker="^")),
    )
    keys = [key for _, key in lines]
    if any(data.usual):
        keys.append(Key(words.say("charts_usual"), sheet.GRID))
    if data.outages:
        keys.append(Key(words.say("charts_outage"), sheet.SHADE, hatch="//"))
    paper = Sheet(150, title=title, keys=keys, below=3 * LINE + 4 if _short(data) else 2 * LINE + 4)
    hours = len(data.starts)
    axes = paper.axes
    axes.set_xlim(0, hours)
    most = max((count or 0 for values, _ in lines for count in values), default=0)
    counted(axes, max(most, *(high for _, high in filter(None, data.usual)), 0))
    for places in _stretches(data):
        band = [data.usual[at] or (0.0, 0.0) for at in places]
        # From edge to edge of its hours, so that a single one is seen.
        across = [places[0], *(at + 0.5 for at in places), places[-1] + 1]
        lows, highs = ([edge[0], *edge, edge[-1]] for edge in zip(*band, strict=True))
        axes.fill([*across, *reversed(across)], [*lows, *reversed(highs)], facecolor=sheet.GRID, edgecolor=INK,
                  linewidth=0.4, zorder=0.4)  # fmt: skip
    for begin, end in data.outages:
        # What lasts minutes must still be seen, at the edge too.
        least = hours / 200
        left = min(max(0, _hour(data, begin)), hours - least)
        right = min(max(_hour(data, end), left + least), hours)
        axes.axvspan(left, right, facecolor=sheet.SHADE, edgecolor=INK, linewidth=0.5,
                     hatch="////", zorder=0.5)  # fmt: skip
    for values, key in lines:
        known = [at for at, count in enumerate(values) if count is not None]
        every = max(1, len(known) // 12)
        axes.plot(
            [at + 0.5 for at in range(hours)], [nan if count is None else count for count in values],
            color=key.color, linestyle=key.dashes, linewidth=1.6, marker=key.marker, markersize=4.5,
            markevery=known[::every], clip_on=False,
        )  # fmt: skip
    _hours(paper, data)
    paper.units(
        words.say("charts_time", zone=data.zone),
        words.say("charts_mails_day" if data.daily else "charts_mails_hour"),
    )
    return paper


def _stretches(data: Traffic) -> list[list[int]]:
    """Return the hours of which it is known what is usual, those in a row together."""
    made: list[list[int]] = []
    for at, edges in enumerate(data.usual):
        if edges is None:
            continue
        if made and made[-1][-1] == at - 1:
            made[-1].append(at)
        else:
            made.append([at])
    return made


def _short(data: Traffic) -> bool:
    return not data.daily and len(data.starts) <= SHORT


def _hour(data: Traffic, moment: datetime) -> float:
    return (moment - data.starts[0]).total_seconds() / (86400 if data.daily else 3600)


def _hours(paper: Sheet, data: Traffic) -> None:
    days = [at for at, start in enumerate(data.starts) if data.daily or start.hour == 0]
    if _short(data):
        every = 4 if len(data.starts) > 12 else 1 if len(data.starts) <= 6 else 2
        places = [at for at, start in enumerate(data.starts) if start.hour % every == 0]
        names = [f"{data.starts[at]:%H}:00" for at in places]
        for at, start in enumerate(data.starts):
            if start.hour == 0 or at == 0:
                paper.below(at, f"{start:%Y-%m-%d}" if at < len(data.starts) - 2 else "")
    else:
        places = [days[at] for at in spread(len(days), 8)]
        names = [f"{data.starts[at]:%m-%d}" for at in places]
    paper.axes.set_xticks(places, names)


# --- bounces -------------------------------------------------------------------------------------


def causes(data: Causes, words: Wording, title: str | None) -> Sheet:
    """Draw a stack for each day; of a single day, a bar for each cause."""
    if len(data.days) == 1:
        return _one_day(data, words, title)
    keys = [
        Key(series.label, color, hatch) for series, (color, hatch) in zip(data.series, FILLS, strict=False)
    ]
    paper = Sheet(150, title=title, keys=keys)
    base = [0] * len(data.days)
    for series, key in zip(data.series, keys, strict=True):
        paper.axes.bar(range(len(base)), series.values, width=0.74, bottom=base, color=key.color,
                       edgecolor=INK, linewidth=0.6, hatch=key.hatch * 2, zorder=2)  # fmt: skip
        base = [below + value for below, value in zip(base, series.values, strict=True)]
    counted(paper.axes, max(base, default=0))
    # One day's stack is not as wide as the paper.
    wide = max(len(base), 5) - len(base)
    paper.axes.set_xlim(-0.6 - wide / 2, len(base) - 0.4 + wide / 2)
    places = spread(len(base), 8)
    paper.axes.set_xticks(places, [f"{data.days[at]:%m-%d}" for at in places])
    paper.units(words.say("charts_day", zone=data.zone), words.say("charts_recipients_day"))
    return paper


def _one_day(data: Causes, words: Wording, title: str | None) -> Sheet:
    """Draw a bar below each name: causes have long ones."""
    rows = list(reversed(data.series))
    high, left, right = 36.0, 8.0, 48.0
    paper = Sheet(high * len(rows), title=title, left=left, right=right, above=4)
    paper.axes.set_ylim(-0.5, len(rows) - 0.5)
    paper.axes.set_yticks([])
    places = sheet.ticks(max(series.values[0] for series in rows))
    paper.axes.set_xlim(0, places[-1])
    paper.axes.set_xticks(places, [sheet.short(place) for place in places])
    paper.axes.barh([at - 0.22 for at in range(len(rows))], [series.values[0] for series in rows], height=0.38,
                    color=sheet.BLUE, edgecolor=INK, linewidth=0.6, zorder=2)  # fmt: skip
    for at, series in enumerate(rows):
        middle = paper.bottom + high * (at + 0.5)
        paper.write(left + 4, middle + high * 0.22, shown(series.label, WIDTH - 20))
        share = series.values[0] / places[-1]
        end = left + share * (WIDTH - left - right)
        paper.write(end + 5, middle - high * 0.22, sheet.short(series.values[0]))
    paper.units(words.say("charts_recipients"), "")
    return paper


# --- delays --------------------------------------------------------------------------------------


def stages(data: Stages, words: Wording, title: str | None) -> Sheet:
    """Draw a row for each stage on a logarithmic scale, a mark for each percentile."""
    marks = (
        ("p50", Key(words.say("charts_p50"), sheet.BLUE, dashes="none", marker="o")),
        ("p90", Key(words.say("charts_p90"), sheet.GREEN, dashes="none", marker="s")),
        ("p95", Key(words.say("charts_p95"), sheet.ORANGE, dashes="none", marker="^")),
        ("max", Key(words.say("charts_max"), sheet.VERMILION, dashes="none", marker="D")),
    )
    rows = list(reversed(data.stages))
    paper = Sheet(26.0 * len(rows), title=title, keys=[key for _, key in marks], left=104, right=22, above=8)
    axes = paper.axes
    axes.set_xscale("log")
    most = max((stage.max for stage in rows), default=1)
    last = next(
        (at for at, (seconds, _) in enumerate(_SECONDS) if seconds >= most and at >= 2), len(_SECONDS) - 1
    )
    axes.set_xlim(_SHORTEST, max(_SECONDS[last][0], most))
    axes.set_ylim(-0.5, len(rows) - 0.5)
    scale = _SECONDS[: last + 1]
    _ = [axes.axvline(seconds, color=sheet.GRID, linewidth=0.7, zorder=0) for seconds, _ in scale]
    named = [scale[at] for at in spread(len(scale), 4)]
    axes.set_xticks([seconds for seconds, _ in named], [name for _, name in named])
    axes.set_xticks([], minor=True)
    axes.set_yticks(range(len(rows)), [shown(stage.label, 94) for stage in rows])
    for row, stage in enumerate(rows):
        axes.plot([_at(stage, "p50"), _at(stage, "max")], [row, row], color=INK, linewidth=0.8, zorder=1)
        for name, key in marks:
            axes.plot([_at(stage, name)], [row], color=key.color, marker=key.marker, markersize=7, linestyle="none",
                      markeredgecolor=INK, markeredgewidth=0.6, clip_on=False, zorder=3)  # fmt: skip
    paper.units(words.say("charts_delay"), "")
    return paper


def _at(stage: Stage, name: str) -> float:
    return max(_SHORTEST, float(getattr(stage, name)))


# --- failures in the week ------------------------------------------------------------------------


def week(data: Week, words: Wording, title: str | None) -> Sheet:
    """Draw a square for each hour of the week; its area is the count, and its colour says it again."""
    most = max((count for day in data.counts for count in day), default=0)
    shares = sorted({max(1, most // 4), max(1, most // 2), most}) if most else []
    paper = Sheet(15.0 * len(data.weekdays), title=title, left=60, above=LINE + 12)
    axes = paper.axes
    axes.set_xlim(-0.5, 23.5)
    axes.set_ylim(len(data.weekdays) - 0.5, -0.5)
    axes.set_yticks(range(len(data.weekdays)), [words.say(f"charts_weekday_{day}") for day in data.weekdays])
    axes.set_xticks(range(0, 24, 3), [f"{hour:02d}" for hour in range(0, 24, 3)])
    axes.tick_params(length=0)
    for edge in ("left", "bottom"):
        axes.spines[edge].set_visible(False)
    for row in range(len(data.weekdays) + 1):
        axes.axhline(row - 0.5, color=sheet.GRID, linewidth=0.7, zorder=0)
    for column in range(0, 25, 3):
        axes.axvline(column - 0.5, color=sheet.GRID, linewidth=0.7, zorder=0)
    for day, hours in enumerate(data.counts):
        for hour, count in enumerate(hours):
            if count:
                side = _side(count, most)
                axes.add_patch(Rectangle((hour - side / 2, day - side / 2), side, side, facecolor=_level(count, most),
                                         edgecolor=INK, linewidth=0.5, zorder=2))  # fmt: skip
    _sizes(paper, shares, most, words)
    paper.units(words.say("charts_hour", zone=data.zone), "")
    return paper


def _side(count: int, most: int) -> float:
    return 0.2 + 0.72 * sqrt(count / most)


def _level(count: int, most: int) -> str:
    return _LEVELS[min(2, 3 * count // (most + 1))]


def _sizes(paper: Sheet, shares: Sequence[int], most: int, words: Wording) -> None:
    at = sheet.MARGIN
    y = paper.above + LINE / 2 + 6
    paper.write(at, y, words.say("charts_failures"))
    at += sheet.wide(words.say("charts_failures")) + 12
    for count in shares:
        side = 14.0 * _side(count, most)
        paper.square(at + 7, y, side, _level(count, most))
        paper.write(at + 18, y, f"{count:,}")
        at += 30 + sheet.wide(f"{count:,}")


# --- signatures ----------------------------------------------------------------------------------


def coverage(data: Coverage, words: Wording, title: str | None) -> Sheet:
    """Draw a bar from 0 to 100 % for each domain: signed, not signed, or not known."""
    signed = Key(words.say("charts_signed"), sheet.BLUE)
    bare = Key(words.say("charts_unsigned"), sheet.ORANGE, hatch="//")
    unknown = Key(words.say("charts_unknown"), sheet.GREY, hatch="++")
    keys = [signed, bare] if any(row.signed is not None for row in data.rows) else []
    keys += [unknown] if any(row.signed is None for row in data.rows) else []
    rows = list(reversed(data.rows))
    paper = Sheet(26.0 * len(rows), title=title, keys=keys, left=112, right=58, above=8)
    axes = paper.axes
    axes.set_xlim(0, 100)
    axes.set_ylim(-0.5, len(rows) - 0.5)
    axes.set_xticks([0, 50, 100], ["0 %", "50 %", "100 %"])
    axes.set_yticks(range(len(rows)), [shown(row.label, 102) for row in rows])
    for at, row in enumerate(rows):
        for left, width, key in _parts(row, signed, bare, unknown):
            axes.barh([at], [width], left=left, height=0.58, color=key.color, edgecolor=INK, linewidth=0.6,
                      hatch=key.hatch * 2, zorder=2)  # fmt: skip
        y = paper.bottom + 26.0 * (at + 0.5)
        paper.write(WIDTH - 52, y, percent(row.signed, row.mails) or "?")
    paper.units(words.say("charts_share"), "")
    return paper


def _parts(row: Signed, signed: Key, bare: Key, unknown: Key) -> list[tuple[float, float, Key]]:
    if row.signed is None or not row.mails:
        return [(0, 100, unknown)]
    share = 100 * row.signed / row.mails
    return [part for part in ((0, share, signed), (share, 100 - share, bare)) if part[1] > 0]
