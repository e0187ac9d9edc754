"""Which rows of a log another log has told already: each event counts once across files.

In: for each source, in canonical order, its rows in file order: `key` (what they say, hashed), `repeat` (how
many lines they stand for), `at` (when). Out: for each row how many of its repeats still count, 0 for none.
Never: knows what a key is made of; drops one of two equal lines of one file; changes a partial in place.

Law: for each key, what survives in all sources together is the most that any one source holds. So two
equal lines of one file are two events, the same line in mail.log and mail.err is one, and totals do not
depend on the order of the sources. In a later source the first rows of a key are those told already.

Logs are in the order of time, more or less, and equal keys have equal times. So a block is compared only
with what other sources tell of its own stretch of time, and logs that do not overlap cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

KEY: Final = "key"
REPEAT: Final = "repeat"
AT: Final = "at"

_SOURCE: Final = "source"
_SMALL = 64 * 1024  # rows; smaller runs are put together, so that many small blocks stay few runs


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Rows that one source told, and their stretch of time. timeless: rows whose `at` is null."""

    source: int
    rows: pl.DataFrame
    first: int
    last: int
    timeless: bool = False

    def meets(self, other: _Run) -> bool:
        if self.timeless or other.timeless:
            return self.timeless and other.timeless
        return self.first <= other.last and other.first <= self.last

    def within(self, other: _Run) -> pl.DataFrame:
        """Return the rows that lie in the stretch of another run: no others can be equal."""
        if self.timeless or (other.first <= self.first and self.last <= other.last):
            return self.rows
        return self.rows.filter(pl.col(AT).is_between(other.first, other.last))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was told so far, by the sources that are done with and by the one being read.

    Memory: 24 bytes for each row that is to be remembered, 20 when `at` is an Int32.
    """

    source: int = 0  # the number of the source being read
    runs: tuple[_Run, ...] = ()

    def absorb(self, rows: pl.DataFrame, *, last: bool = False) -> tuple[pl.Series, Seen]:
        """Take the next rows of the source being read.

        rows: `key` UInt64, `repeat` (integer, at least 1), `at` (integer of any unit, null where unknown; equal
        keys have equal `at`), in file order; any stretch, a block for instance.
        Without `at` the result is the same, but every block is compared with everything told.
        last: no source that follows can hold these rows (there is none, or it is of another time), so only
        what was told before is kept in mind. Make the largest source the last, and memory follows the others.
        Out: `repeat` Int64, for each row how many of its repeats count (0: drop it), and what is seen now.
        Cutting a source into other stretches changes nothing.
        """
        when = pl.col(AT) if AT in rows.columns else pl.lit(None, pl.Int64).alias(AT)
        rows = rows.select(KEY, pl.col(REPEAT).cast(pl.Int64), when)
        parts = [(rows, None)] if not rows[AT].null_count() else _by_time(rows)
        left = rows[REPEAT]
        runs = self.runs
        for part, places in parts:
            if part.is_empty():
                continue
            run = _run(self.source, part)
            known, surviving = self._compare(run)
            if surviving is not None:
                left = surviving if places is None else _replaced(left, places, surviving)
            if not last:
                runs = _with(runs, run)
            elif known is not None and not (again := part.filter(known)).is_empty():
                runs = _with(runs, _run(self.source, again))
        return left, Seen(source=self.source, runs=runs)

    def close(self) -> Seen:
        """Return what is seen when the source being read has ended and another begins."""
        return Seen(source=self.source + 1, runs=self.runs)

    def own(self) -> Seen:
        """Return what the source being read told: all of it, or with `last` what others told too."""
        return Seen(source=self.source, runs=tuple(run for run in self.runs if run.source == self.source))

    def _compare(self, run: _Run) -> tuple[pl.Series | None, pl.Series | None]:
        """Return which rows of `run` were told before, and what survives of each; None: none, and all."""
        told = _gather((other for other in self.runs if other.source != self.source), run)
        if told.is_empty():
            return None, None
        rows = run.rows
        known = rows[KEY].is_in(told[KEY].implode())
        if not known.any():
            return None, None
        here = _gather((other for other in self.runs if other.source == self.source), run)
        # a known row that stands alone was told; only the others need to be counted
        several = rows[KEY].is_duplicated() | (rows[REPEAT] > 1)
        if not here.is_empty():
            several |= rows[KEY].is_in(here[KEY].implode())
        left = rows[REPEAT] * ~known
        several &= known
        if several.any():
            left = _replaced(left, several.arg_true(), _surplus(rows.filter(several), told, here))
        return known, left


def at_once(rows: pl.DataFrame) -> pl.Series:
    """Return of all sources' rows together what `Seen.absorb` gives for one after the other.

    rows: `rank` (the number of the source in the order in which they are told), `key`, `repeat`, in the order
    of rank and then of the file. For many small sources; of large ones it would hold everything at once.
    """
    repeat = pl.col(REPEAT).cast(pl.Int64)
    most = (
        rows.group_by("rank", KEY)
        .agg(repeat.sum().alias("told"))
        .sort("rank")
        .with_columns(pl.col("told").cum_max().shift(1).over(KEY).fill_null(0))
    )
    beyond = repeat.cum_sum().over("rank", KEY) - pl.col("told")
    return (
        rows.join(most, on=["rank", KEY], how="left", maintain_order="left")
        .select((beyond.clip(0) - (beyond - repeat).clip(0)).alias(REPEAT))
        .to_series()
    )


def survivors(sources: Sequence[pl.DataFrame]) -> tuple[pl.Series, ...]:
    """Return, for each source in order, what `Seen.absorb` gives for all its rows at once."""
    seen = Seen()
    kept: list[pl.Series] = []
    for number, rows in enumerate(sources, 1):
        left, seen = seen.absorb(rows, last=number == len(sources))
        kept.append(left)
        seen = seen.close()
    return tuple(kept)


def _replaced(series: pl.Series, places: pl.Series, values: pl.Series) -> pl.Series:
    # scatter writes in place
    return series.clone().scatter(places, values)


def _by_time(rows: pl.DataFrame) -> list[tuple[pl.DataFrame, pl.Series | None]]:
    """Return the rows with and those without a time, each with their places."""
    timeless = rows[AT].is_null()
    return [(rows.filter(mask), mask.arg_true()) for mask in (~timeless, timeless)]


def _run(source: int, rows: pl.DataFrame) -> _Run:
    first, last = rows[AT].min(), rows[AT].max()
    if not isinstance(first, int) or not isinstance(last, int):
        return _Run(source=source, rows=rows, first=0, last=0, timeless=True)
    return _Run(source=source, rows=rows, first=first, last=last)


def _with(runs: tuple[_Run, ...], run: _Run) -> tuple[_Run, ...]:
    """Return the runs and one more, put together with smaller ones of the same source before it."""
    while (
        runs
        and (before := runs[-1]).source == run.source
        and before.timeless == run.timeless
        and before.rows.height <= run.rows.height
        and before.rows.height + run.rows.height <= _SMALL
    ):
        run = _Run(
            source=run.source,
            rows=pl.concat([before.rows, run.rows], rechunk=True),
            first=min(before.first, run.first),
            last=max(before.last, run.last),
            timeless=run.timeless,
        )
        runs = runs[:-1]
    return (*runs, run)


def _gather(runs: Iterable[_Run], asked: _Run) -> pl.DataFrame:
    """Return the rows that may equal some of the asked ones, with the source of each."""
    found = [
        run.within(asked).with_columns(pl.lit(run.source, pl.UInt32).alias(_SOURCE))
        for run in runs
        if run.meets(asked)
    ]
    return pl.concat(found) if found else asked.rows.clear()


def _surplus(rows: pl.DataFrame, told: pl.DataFrame, here: pl.DataFrame) -> pl.Series:
    """Return of each row how many repeats lie beyond what was told: those that are counted higher."""
    keys = rows[KEY].unique().implode()
    most = (
        told.filter(pl.col(KEY).is_in(keys))
        .group_by(_SOURCE, KEY)
        .agg(pl.col(REPEAT).sum())
        .group_by(KEY)
        .agg(pl.col(REPEAT).max().alias("told"))
    )
    before = here.filter(pl.col(KEY).is_in(keys)).group_by(KEY).agg(pl.col(REPEAT).sum().alias("before"))
    repeat = pl.col(REPEAT)
    after = repeat.cum_sum().over(KEY) + pl.col("before").fill_null(0)
    beyond = after - pl.col("told")
    return (
        rows.select(KEY, REPEAT)
        .join(most, on=KEY, how="left", maintain_order="left")
        .join(before, on=KEY, how="left", maintain_order="left")
        .select((beyond.clip(0) - (beyond - repeat).clip(0)).alias(REPEAT))
        .to_series()
    )
