"""All that is known when the logs have been read, for whoever draws conclusions from it.

In: finished folds, what was found. Out: `Scene`. Never: a conclusion; a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from typing import Protocol

import polars as pl

from logscan.analyses import blind, totals
from logscan.analyses.totals import SourceTotals
from logscan.engine.spill import Keys, parts_of
from logscan.pipeline.logs.grounds import Journal


class Found(Protocol):
    """What is noteworthy, counted by shape; see `analyses.findings.Partial`."""

    @property
    def shapes(self) -> pl.DataFrame:
        """With the columns of `shape.KEY` that claims ask for, count, first."""

    @property
    def names(self) -> Keys:
        """Names that lines of a shape hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The same of whoever counts only some kinds of line, and for claims about these."""

    shapes: pl.DataFrame
    names: Keys = field(
        default_factory=lambda: pl.DataFrame(
            schema={"shape": pl.UInt64, "dimension": pl.String, "name": pl.String}
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One log as it was found; nothing that changes when a log is cut into several files.

    group: SYSLOG, or the family that has log files of its own. yearless: its stamps are. emptied: the file
    that goes on with it after a rotation has not a byte.
    """

    group: str
    yearless: bool = False
    emptied: bool = False


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All that is known when the logs have been read.

    logs: by source. guessed: a year or zone was assumed that
    nobody asked for. as_of: the moment that "now" is; None when the reader asked for an end of his own.
    zone: in which times are shown. journal: None when the systemd journal was not read.
    """

    signs: blind.Partial
    found: Found
    totals: totals.Partial
    logs: Mapping[int, Log] = field(default_factory=dict)
    guessed: bool = False
    as_of: datetime | None = None
    zone: tzinfo = UTC
    journal: Journal | None = None

    @cached_property
    def families(self) -> Mapping[str, int]:
        """How many events each family has."""
        counts: dict[str, int] = {}
        for source in self.totals.sources.values():
            for family, count in source.families.items():
                counts[family] = counts.get(family, 0) + count
        return counts

    @cached_property
    def backend_names(self) -> pl.DataFrame:
        """Return shape and name of every back end that a line names."""
        parts = (part.filter(pl.col("dimension") == "backends") for part in parts_of(self.found.names))
        none = pl.DataFrame(schema={"shape": pl.UInt64, "name": pl.String})
        return pl.concat([none, *(part.select("shape", "name") for part in parts)])

    @property
    def events(self) -> int:
        """How many events there are in all."""
        return sum(self.families.values())

    def seen(self, name: str) -> int:
        """How often a sign was seen, up to its `enough`."""
        return self.signs.signs.get(name, 0)

    def usual(self, name: str) -> bool:
        """Whether a sign was seen often."""
        return self.seen(name) >= blind.SIGNS[name].enough

    def any_of(self, families: Iterable[str]) -> int:
        """How many events these families have."""
        return sum(self.families.get(name, 0) for name in families)

    def count(self, masked: str = "", **columns: str | Sequence[str]) -> int:
        """How many noteworthy lines hold a regex when they are masked, and have these values."""
        return int(self.where(masked, **columns)["count"].sum())

    def where(self, masked: str = "", **columns: str | Sequence[str]) -> pl.DataFrame:
        """Return the shapes of these lines."""
        shapes = self.found.shapes
        if not shapes.width:
            return pl.DataFrame(schema={"shape": pl.UInt64, "count": pl.Int64})
        tests = [pl.lit(value=True)]
        if masked:
            tests.append(pl.col("masked").str.contains(masked))
        for name, value in columns.items():
            tests.append(pl.col(name).is_in([value] if isinstance(value, str) else list(value)))
        return shapes.filter(pl.all_horizontal(tests))

    def backends(self, shapes: pl.DataFrame) -> frozenset[str]:
        """Return the back ends that lines of these shapes name. The names of a big log are not gone through for none."""
        if not shapes.height:
            return frozenset()
        return frozenset(self.backend_names.join(shapes.select("shape"), on="shape", how="semi")["name"])

    def span(self, group: str) -> tuple[datetime, datetime] | None:
        """Return the first and the last time of a group of logs."""
        firsts, lasts = [], []
        for source in self.of(group):
            firsts += [source.first] if source.first is not None else []
            lasts += [source.last] if source.last is not None else []
        return (min(firsts), max(lasts)) if firsts and lasts else None

    def of(self, group: str) -> list[SourceTotals]:
        """Return the sums of a group of logs."""
        return [
            source
            for index, source in sorted(self.totals.sources.items())
            if index in self.logs and self.logs[index].group == group
        ]
