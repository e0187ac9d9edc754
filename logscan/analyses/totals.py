"""How much was read, from when to when, and what of it was not understood?

In: every line of a block, with what became of it. Out: sums by source, hosts, quiet stretches.
Never: drops a line from the sum: lines = blank + unparsed + lines that hold records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
class Tally:
    """Some records of one source, counted; see `tally`.

    times: their moments. samples: block, row and text of some that were not understood.
    """

    events: int
    families: Mapping[str, int]
    hosts: frozenset[str]
    times: pl.Series
    unparsed: int = 0
    repeated: int = 0
    samples: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A block's lines, or some of its records.

    tallies: of every record that counts, in order. other: how many of them are of kind other. blank: empty
    lines. duplicates: lines that another source has already told. The rest as in `model.blocks.Block`.
    """

    source: int
    tallies: Sequence[Tally]
    other: int
    lines: int = 0
    blank: int = 0
    duplicates: int = 0
    invalid_bytes: int = 0


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


def by_log(partial: Partial, chains: Sequence[str]) -> tuple[SourceTotals, ...]:
    """Return the sums over each log, whose files have a chain in common: chains by source, in order of time."""
    found: dict[str, SourceTotals] = {}
    for index, source in sorted(partial.sources.items()):
        before = found.get(chains[index])
        found[chains[index]] = source if before is None else _join(before, source)
    return tuple(found.values())


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


def tally(rows: pl.DataFrame) -> Tally:
    """Count records: block, row, raw, time, host, family, repeat; family is null for what was not understood."""
    if rows.is_empty():
        return Tally(events=0, families={}, hosts=frozenset(), times=rows["time"])
    unparsed = rows.filter(pl.col("family").is_null())
    events = rows.filter(pl.col("family").is_not_null()) if unparsed.height else rows
    return Tally(
        events=events.height,
        families=dict(events.group_by("family").agg(pl.len()).rows()),
        hosts=frozenset(events["host"].drop_nulls().unique()),
        times=events["time"],
        unparsed=unparsed.height,
        repeated=int((events["repeat"] - 1).sum()),
        samples=tuple(unparsed.head(SAMPLES).select("block", "row", pl.col("raw").str.head(500)).rows()),
    )


def tally_each(rows: pl.DataFrame) -> dict[int, Tally]:
    """Count records as `tally` does, by their column source."""
    understood, owner = pl.col("family").is_not_null(), pl.col("source")
    events = rows.filter(understood)
    unparsed = rows.filter(~understood)
    families: dict[int, dict[str, int]] = {}
    for source, family, count in events.group_by("source", "family").agg(pl.len()).iter_rows():
        families.setdefault(source, {})[family] = count
    hosts: dict[int, set[str]] = {}
    for source, host in events.select("source", "host").drop_nulls().unique().iter_rows():
        hosts.setdefault(source, set()).add(host)
    samples: dict[int, list[tuple[int, int, str]]] = {}
    for source, *sample in (
        unparsed.group_by("source", maintain_order=True)
        .head(SAMPLES)
        .select("source", "block", "row", pl.col("raw").str.head(500))
        .iter_rows()
    ):
        samples.setdefault(source, []).append((sample[0], sample[1], sample[2]))
    sums = rows.group_by(owner).agg(
        understood.sum().cast(pl.Int64).alias("events"),
        (~understood).sum().cast(pl.Int64).alias("unparsed"),
        (pl.col("repeat") - 1).filter(understood).sum().alias("repeated"),
        pl.col("time").filter(understood).alias("times"),
    )
    return {
        source: Tally(
            events=count,
            families=families.get(source, {}),
            hosts=frozenset(hosts.get(source, ())),
            times=times,
            unparsed=odd,
            repeated=repeated,
            samples=tuple(samples.get(source, ())),
        )
        for source, count, odd, repeated, times in zip(*sums.get_columns(), strict=True)
    }


def of_each(batches: Sequence[Batch]) -> Partial:
    """Return the partial of several logs' batches, each of another source."""
    parts = [_of(batch) for batch in batches]
    minutes = [part.minutes for part in parts]
    return Partial(
        sources={index: counted for part in parts for index, counted in part.sources.items()},
        hosts=frozenset().union(*(part.hosts for part in parts)),
        minutes=pl.concat(minutes).unique().sort() if minutes else Partial().minutes,
    )


def _of(batch: Batch) -> Partial:
    families: Counter[str] = Counter()
    for each in batch.tallies:
        families.update(each.families)
    times = [each.times.drop_nulls() for each in batch.tallies]
    counted = SourceTotals(
        lines=batch.lines,
        blank=batch.blank,
        unparsed=sum(each.unparsed for each in batch.tallies),
        events=sum(each.events for each in batch.tallies),
        other=batch.other,
        duplicates=batch.duplicates,
        repeated=sum(each.repeated for each in batch.tallies),
        invalid_bytes=batch.invalid_bytes,
        first=min((low for low in (_time(each.min()) for each in times) if low is not None), default=None),
        last=max((high for high in (_time(each.max()) for each in times) if high is not None), default=None),
        families={name: count for name, count in families.items() if count},
        samples=tuple(sample for each in batch.tallies for sample in each.samples)[:SAMPLES],
    )
    minutes = [_minutes(each) for each in times if len(each)]
    return Partial(
        sources={batch.source: counted},
        hosts=frozenset().union(*(each.hosts for each in batch.tallies)),
        minutes=pl.concat(minutes).unique().sort().alias("minute") if minutes else Partial().minutes,
    )


def _minutes(times: pl.Series) -> pl.Series:
    """Return the distinct minutes of moments. Neighbours mostly share one, and are told apart faster than hashed."""
    minutes = times.dt.epoch("s") // 60
    return minutes.filter((minutes.diff() != 0).fill_null(value=True)).unique()


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
