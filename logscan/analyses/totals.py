"""How much was read, from when to when, and what of it was not understood?

In: every line of a block, with what became of it. Out: sums by source, hosts, quiet stretches.
Never: drops a line from the sum: lines = blank + unparsed + lines that hold records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import polars as pl

#: Examples of unparsed lines kept for each source.
SAMPLES = 5

#: A pause is a gap when it is longer than this, and far beyond the log's usual pauses.
GAP_AT_LEAST = timedelta(hours=1)
GAP_TIMES_USUAL = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTotals:
    """Sums over one source; records lie within the window, the rest does not ask for it."""

    lines: int = 0
    blank: int = 0
    unparsed: int = 0
    events: int = 0
    other: int = 0
    duplicates: int = 0
    repeated: int = 0
    invalid_bytes: int = 0
    first: datetime | None = None
    last: datetime | None = None
    families: Mapping[str, int] = field(default_factory=dict)
    samples: tuple[tuple[int, int, str], ...] = ()  # (block, row, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A block's lines.

    rows: block, row, raw, time, host, family, repeat of every record that counts, in order; family is null
    for what was not understood. other: how many of them are of kind other. blank: empty lines.
    duplicates: lines that another source has already told. The rest as in `model.blocks.Block`.
    """

    source: int
    rows: pl.DataFrame
    lines: int
    other: int
    blank: int
    duplicates: int
    invalid_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """Sums over a stretch. minutes: the distinct minutes (since 1970) that have a line, sorted."""

    sources: Mapping[int, SourceTotals] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()
    minutes: pl.Series = field(default_factory=lambda: pl.Series("minute", dtype=pl.Int64))


def empty() -> Partial:
    """Return the partial of no line."""
    return Partial()


def absorb(partial: Partial, batch: Batch) -> Partial:
    """Return `partial` with one more block."""
    return merge(partial, _of(batch))


def merge(left: Partial, right: Partial) -> Partial:
    """Return two neighbouring stretches as one, `left` before `right`."""
    sources = dict(left.sources)
    for index, later in right.sources.items():
        sources[index] = _join(sources[index], later) if index in sources else later
    return Partial(
        sources=sources,
        hosts=left.hosts | right.hosts,
        minutes=pl.concat([left.minutes, right.minutes]).unique().sort(),
    )


def finish(partial: Partial) -> Partial:
    """Return the partial itself: its sums are the answer; see `gaps`."""
    return partial


def gaps(partial: Partial) -> tuple[tuple[datetime, datetime], ...]:
    """Return the stretches without any line that are far longer than this log's usual pauses."""
    pauses = partial.minutes.diff().slice(1)
    if not len(pauses):
        return ()
    usual = pauses.quantile(0.95, "nearest")
    limit = max(GAP_AT_LEAST.total_seconds() / 60, GAP_TIMES_USUAL * float(usual or 0))
    found = []
    for index in (pauses > limit).arg_true():
        begin, end = partial.minutes[index], partial.minutes[index + 1]
        epoch = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        found.append((epoch + timedelta(minutes=begin), epoch + timedelta(minutes=end)))
    return tuple(found)


def _of(batch: Batch) -> Partial:
    rows = batch.rows
    unparsed = rows.filter(pl.col("family").is_null())
    events = rows.filter(pl.col("family").is_not_null())
    families = events.group_by("family").agg(pl.len()).rows()
    totals = SourceTotals(
        lines=batch.lines,
        blank=batch.blank,
        unparsed=unparsed.height,
        events=events.height,
        other=batch.other,
        duplicates=batch.duplicates,
        repeated=int((events["repeat"] - 1).sum()),
        invalid_bytes=batch.invalid_bytes,
        first=_time(events["time"].min()),
        last=_time(events["time"].max()),
        families=dict(families),
        samples=tuple(unparsed.head(SAMPLES).select("block", "row", pl.col("raw").str.head(500)).rows()),
    )
    return Partial(
        sources={batch.source: totals},
        hosts=frozenset(events["host"].drop_nulls().unique()),
        minutes=(events["time"].drop_nulls().dt.epoch("s") // 60).unique().sort().alias("minute"),
    )


def _time(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _join(left: SourceTotals, right: SourceTotals) -> SourceTotals:
    sums = ("lines", "blank", "unparsed", "events", "other", "duplicates", "repeated", "invalid_bytes")
    families = dict(left.families)
    for family, count in right.families.items():
        families[family] = families.get(family, 0) + count
    return replace(
        left,
        **{name: getattr(left, name) + getattr(right, name) for name in sums},
        first=min((t for t in (left.first, right.first) if t is not None), default=None),
        last=max((t for t in (left.last, right.last) if t is not None), default=None),
        families=families,
        samples=(*left.samples, *right.samples)[:SAMPLES],
    )
