"""The normalised events of logs, table by table.

In: paths, settings. Out: `Events`, an iterable of tables with exactly `model.columns.SCHEMA`.
Never: more than a few blocks in memory; an event that another log has told already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import polars as pl

from logscan.engine.threads import spread
from logscan.model.columns import complete
from logscan.model.problems import NothingRead, Problem
from logscan.model.settings import Settings
from logscan.pipeline.lines.road import detailed, understood
from logscan.pipeline.lines.settled import settled
from logscan.pipeline.lines.work import Work
from logscan.pipeline.logs.inputs import doubts, not_understood, strays
from logscan.pipeline.logs.reading import Bundle, Reading, Tick
from logscan.pipeline.logs.survey import covered, nothing_inside, refuse_nothing, survey


class Events:
    """All events of some logs, in canonical order of the logs. problems: complete after the last table."""

    def __init__(self, paths: Sequence[str], settings: Settings, tick: Tick | None = None) -> None:
        self._settings = settings
        self._tick = tick
        self._survey = survey(paths, settings)
        self.problems: tuple[Problem, ...] = self._survey.problems
        refuse_nothing(self._survey, paths)
        self._firsts: dict[int, int] = {}

    def __iter__(self) -> Iterator[pl.DataFrame]:
        # A wrong year shows only while reading. Tables that were handed on cannot be taken back, so
        # the years are settled first, on the logs that have none.
        reading = settled(self._survey, self._settings, self._firsts)
        work = Work.of(reading, self._settings)
        told = False
        lines = dict.fromkeys(range(len(reading.logs)), 0)
        unparsed: Counter[int] = Counter()
        bundles = reading.bundles(tick=self._tick)
        for bundle, table, left in spread(bundles, told_events(work), self._settings.jobs):
            places = [_place(reading, block.source, lines[block.source]) for block in bundle]
            for block in bundle:
                lines[block.source] += block.lines
            unparsed += left
            if table.height:
                told = True
                yield complete(_placed(table, places))
        unsure = (
            *doubts(reading.plans, reading.logs),
            *strays(unparsed, [log.source.path for log in reading.logs]),
        )
        outside = () if told or unparsed.total() else nothing_inside(covered(self._survey), self._settings)
        self.problems = tuple(sorted({*self._survey.problems, *reading.problems, *unsure, *outside}))
        if not any(lines.values()) and not self._survey.outside:
            raise NothingRead("not a line could be read", self.problems)


_Place = tuple[int, str, int]


def _place(reading: Reading, source: int, before: int) -> _Place:
    # A name may hold bytes that are no text; Polars does not take their lone surrogates.
    path = reading.logs[source].source.path.encode("utf-8", "surrogateescape")
    return source, path.decode("utf-8", "replace"), before


def _placed(table: pl.DataFrame, places: Sequence[_Place]) -> pl.DataFrame:
    """Return the table with file and line; places: source, its path, lines of it that came before."""
    sources, paths, before = zip(*places, strict=True)
    if len(places) == 1:
        file, shift = pl.lit(paths[0]), pl.lit(before[0])
    else:
        source = pl.col("source")
        file = source.replace_strict(sources, paths, return_dtype=pl.String)
        shift = source.replace_strict(sources, before, return_dtype=pl.Int64)
    return table.with_columns(
        file.alias("file"), (pl.col("row").cast(pl.Int64) + shift.cast(pl.Int64) + 1).alias("line")
    )


def told_events(work: Work) -> Callable[[Bundle], tuple[Bundle, pl.DataFrame, Counter[int]]]:
    """Return what makes of a bundle its events, and how many lines of each source are none."""

    def of(bundle: Bundle) -> tuple[Bundle, pl.DataFrame, Counter[int]]:
        rows = work.rows(bundle)
        previous = {block.source: block.previous for block in bundle}
        parts = understood(rows, bundle[0].previous if len(bundle) == 1 else previous)
        return bundle, detailed(part.all() for part in parts), not_understood(rows)

    return of
