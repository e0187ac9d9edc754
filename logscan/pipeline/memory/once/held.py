"""Which lines between two places of a log are done with, told by their days.

Lines stand nearly in the order of time, but not quite: a host whose clock is fast, one that delivers late. So what is left for
the next run may stand before what was taken. Listing it line by line would have no bound; its rule has.
In: `Cursor.held`. Out: stretches, and back. Never: a place that is not the beginning of a line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines from where the stretch before ends up to `end`, bytes of text.

    Done with are those of days before `until`, and from `beyond` on (which no clock can mean). Days count from 1970.
    """

    end: int
    until: int
    beyond: int

    def done(self, day: int) -> bool:
        """Tell whether a line of that day is done with."""
        return day < self.until or day >= self.beyond


def read(held: str) -> tuple[Stretch, ...]:
    """Return the stretches of `Cursor.held`."""
    return tuple(Stretch(*map(int, part.split(":"))) for part in held.split(",") if part)


def written(stretches: Iterable[Stretch], begin: int, end: int) -> str:
    """Return stretches as `Cursor.held`, as far as they lie between two places."""
    kept: list[Stretch] = []
    for stretch in stretches:
        if begin < min(stretch.end, end):
            cut = replace(stretch, end=min(stretch.end, end))
            begin = cut.end
            same = kept and (kept[-1].until, kept[-1].beyond) == (cut.until, cut.beyond)
            kept = [*kept[:-1], cut] if same else [*kept, cut]
    return ",".join(f"{stretch.end}:{stretch.until}:{stretch.beyond}" for stretch in kept)
