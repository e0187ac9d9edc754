"""Everyday lines, as the fold that looks for signs in them wants to have them.

In: a glance, or the parts of a block. Out: `blind.Chatter`. Never: takes a line apart that is not asked
for; copies everyday lines of families on whose lines there are no signs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from logscan.analyses import blind
from logscan.analyses.blind import SPEAKERS, Chatter
from logscan.model.vocabulary import Family, Kind
from logscan.parsers.glance import Glance
from logscan.pipeline.lines.road import Part


def seen(glance: Glance) -> Iterator[Chatter]:
    """Yield the lines of each family that were told to be everyday ones at a glance."""
    for family, mask in glance.everyday.items():
        if family in SPEAKERS:
            yield _seen(glance, family, mask)


def _seen(glance: Glance, family: str, mask: pl.Series) -> Chatter:
    lines = glance.bodies.filter(mask)

    def when(at: pl.Series) -> pl.Series:
        return glance.times.gather(mask.arg_true().gather(at))

    return Chatter(family=family, lines=lines, whole=lines.gather, when=when, glanced=True)


def heard(parts: Iterable[Part]) -> Iterator[Chatter]:
    """Yield the everyday records of each family on whose lines there may be signs."""
    for part in parts:
        if (family := part.family) in SPEAKERS:
            yield _heard(part, str(family))


def signs_of(parts: Iterable[Part], *, everyday: bool = True) -> blind.Partial:
    """Return what lines that are not taken apart show: signs on everyday ones, and what the system's logger says."""
    signs = blind.empty()
    for part in parts:
        if part.family == Family.SYSLOGD:
            said = part.where(part.said["kind"] == Kind.WARNING.value)
            signs = blind.absorb(signs, blind.Batch(rows=said))
        elif everyday and part.family in SPEAKERS:
            signs = blind.absorb(signs, blind.Batch(chatter=[_heard(part, str(part.family))]))
    return signs


def _heard(part: Part, family: str) -> Chatter:
    rows = part.places.filter(part.said["everyday"])

    def whole(at: pl.Series) -> pl.Series:
        said = part.records.select("program", "text")[rows.gather(at)]
        return said.select(pl.format("- {}: {}", "program", "text")).to_series()

    def when(at: pl.Series) -> pl.Series:
        return part.records["time"].gather(rows.gather(at))

    return Chatter(family=family, lines=part.records["raw"].gather(rows), whole=whole, when=when)
