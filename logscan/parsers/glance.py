"""Everyday lines at a glance: one regular expression over the line instead of taking it apart.

For: speed. Nine lines of ten are what a healthy server writes all day; of those a scan needs to know
only how many, when, by whom. In: a `Block` and its `Plan`. Out: a `Glance`, or where that would not
be sound the whole block's records as parsers.lines gives them.
Never: an everyday line that the long road would understand otherwise; a test holds the two against
each other, line by line. What is not recognised is left to the long road.

Sound means: the block's lines are of its log's usual format; none repeats or goes on with the line before it; none
belongs to a family that looks back, or holds several records.

Syslog's lines are recognised behind their stamp, by what their families say of `program[pid]: text`; a log that one server
writes alone by its format's `Look`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from logscan.model.blocks import Block
from logscan.parsers import lines, repeats, syslog, tagged
from logscan.parsers.family import Family, Look, families
from logscan.parsers.folding import any_goes_on
from logscan.parsers.journal_text import GOES_ON

#: Lines of a block that are asked for the names of its hosts.
_ASKED: Final = 16
#: A block of which less than this share can be read at a glance takes the long road at once.
_WORTH: Final = 0.5
#: About so many lines of a block tell whether it is far from that.
_TRIED: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What one look at a block tells.

    times: the moments of all its lines, null where there is none. bodies: the lines behind the stamp.
    everyday: family -> which lines are its everyday ones. begins: the rows of those that begin a session.
    names: the hosts that they may be from; none where the log is one server's own. left: row, column, raw, time of lines whose header is a
    usual one, still to be taken apart by `lines.settle`. odd: records of all other lines.
    known: which lines are as `Look.whole` has them, everyday or not; None: that was not asked for.
    """

    times: pl.Series
    bodies: pl.Series
    everyday: Mapping[str, pl.Series]
    begins: pl.Series
    names: tuple[str, ...]
    left: pl.DataFrame
    odd: pl.DataFrame
    known: pl.Series | None = None

    def within(self, inside: pl.Series) -> Glance:
        """Return the glance at those lines for which `inside` holds; `left` and `odd` stay."""
        narrowed = {family: mask & inside for family, mask in self.everyday.items()}
        known = None if self.known is None else self.known & inside
        begins = self.begins.filter(inside.gather(self.begins))
        return replace(self, everyday=narrowed, begins=begins, known=known)

    def when(self, family: str) -> pl.Series:
        """Return the moments of a family's everyday lines."""
        return self.times.filter(self.everyday[family])

    def hosts(self) -> frozenset[str]:
        """Return the hosts that wrote everyday lines."""
        seen = pl.any_horizontal(*self.everyday.values())
        bodies = pl.select(seen.alias("seen")).to_series()
        if not bodies.any():
            return frozenset()
        names = [name for name in self.names if not syslog.names_nobody(name)]
        if len(self.names) == 1:
            return frozenset(names)
        said = self.bodies.filter(bodies)
        return frozenset(name for name in names if said.str.starts_with(f"{name} ").any())

    def sessions(self) -> pl.DataFrame:
        """Return row, host, program, pid of the everyday lines that begin a session."""
        tags = syslog.tagged(syslog.halves(self.bodies.gather(self.begins)).get_column("head"))
        return tags.select("host", "program", "pid").insert_column(0, self.begins.alias("row"))


def glance(block: Block, plan: lines.Plan, *, whole: bool = False) -> Glance | pl.DataFrame:
    """Look at a block. As for `lines.records`, each block of a source must come by, once.

    whole: tell only lines of which all is known by their look; see family.Look. Syslog's do not hold still for that.
    Raises clock.YearConflict: the source must be read again, with a new plan.
    """
    speakers = families()
    with plan.guarded():
        context = repeats.context(block, plan.said)
        frame = lines.read_lines(context + block.data)
        seen = None
        if not context and not lines.goes_behind(block):
            if plan.main is None or plan.main.everyday is None:
                seen = None if whole else _seen(frame, block, plan, speakers)
            elif not repeats.may_echo(block.data):
                seen = _seen_own(frame, block, plan, speakers, whole=whole)
        return lines.dated(frame, block, plan, speakers, context=context) if seen is None else seen


def _seen(frame: pl.DataFrame, block: Block, plan: lines.Plan, speakers: Sequence[Family]) -> Glance | None:
    main = plan.main
    if main is None or frame.is_empty() or (shape := tagged.SHAPES.get(main.name)) is None:
        return None
    raw = frame.get_column("raw")
    naive, bodies = shape.cut(raw, raw.item(0)[: syslog.STAMP_MAX])
    stamped = naive.is_not_null()
    names = _names(bodies, stamped)
    if not names:
        return None
    begins_with = f"^(?:{'|'.join(map(re.escape, names))}) "
    # a look at some lines spares a block of nothing but failures the look at all of them
    some = bodies.gather_every(max(1, len(bodies) // _TRIED))
    tried, others = _everyday(some, begins_with, [one for one in speakers if one.everyday is not None])
    if len(some) - len(others) < _WORTH / 2 * len(some):
        return None
    # the most talkative first: the others are asked about what it leaves
    talkers = sorted((one for one in speakers if one.name in tried), key=lambda one: -tried[one.name].sum())
    everyday, rows = _everyday(bodies, begins_with, talkers)
    if not stamped.all():
        everyday = {family: mask & stamped for family, mask in everyday.items()}
        rows = pl.concat([rows, (~stamped).arg_true()]).unique().sort()
    if len(raw) - len(rows) < _WORTH * len(raw):
        return None
    rest = frame[rows]
    usual = syslog.usual(bodies.gather(rows)) & stamped.gather(rows)
    left, odd = rest.filter(usual), rest.filter(~usual)
    told = lines.taken(odd, plan, speakers)
    if _unsound(told, speakers):
        return None
    plan.open.give(block.number + 1, True)
    moments = _moments(naive, lines.LACK[main.stamp], told, block, plan)
    begins = _begins(bodies, begins_with, everyday, speakers)
    return Glance(
        times=moments,
        bodies=bodies,
        everyday=everyday,
        begins=begins,
        names=names,
        left=left.with_columns(moments.gather(left["row"]).alias("time")),
        odd=lines.timed(told, moments.gather(told["row"])),
    )


def _seen_own(
    frame: pl.DataFrame, block: Block, plan: lines.Plan, speakers: Sequence[Family], *, whole: bool
) -> Glance | None:
    """The same for a log that one server writes alone: no host, no program, and no session begins in it."""
    main = plan.main
    owner = next((name for own, name in lines.formats(speakers) if own is main), None)
    if main is None or main.everyday is None or owner is None or lines.folds(plan, speakers)[0] is not None:
        return None
    raw = frame.get_column("raw")
    look = main.everyday
    some = raw.gather_every(max(1, len(raw) // _TRIED))
    if frame.is_empty() or some.str.contains(look.whole if whole else look.looks).sum() < _WORTH / 2 * len(
        some
    ):
        return None
    naive = look.times(raw)
    known = raw.str.contains(look.whole) & naive.is_not_null() if whole else None
    plain = (
        raw.str.contains(look.looks) & naive.is_not_null() if known is None else _unfailed(raw, known, look)
    )
    if plain.sum() < _WORTH * len(raw):
        return None
    told = lines.taken(frame.filter(~plain), plan, speakers)
    if _unsound(told, speakers):
        return None
    moments = _moments(naive, lines.LACK[main.stamp], told, block, plan)
    return Glance(
        times=moments,
        bodies=raw,
        everyday={owner: plain},
        begins=pl.Series(dtype=pl.UInt32),
        names=(),
        left=frame.clear().with_columns(moments.clear().alias("time")),
        odd=lines.timed(told, moments.gather(told["row"])),
        known=known,
    )


def _unfailed(raw: pl.Series, known: pl.Series, look: Look) -> pl.Series:
    """Return which of the known lines are everyday ones."""
    maybe = (known & raw.str.contains(look.failed, literal=True)).arg_true()
    return known.clone().scatter(maybe, raw.gather(maybe).str.contains(look.looks)) if len(maybe) else known


def _everyday(
    bodies: pl.Series, begins_with: str, speakers: Sequence[Family]
) -> tuple[dict[str, pl.Series], pl.Series]:
    """Return family -> which lines look like its everyday ones, and the rows of those that look like nobody's.

    speakers: families that say how those look. No line is of two of them: each says by which programs.
    """
    masks: dict[str, pl.Series] = {}
    asked, rows = bodies, pl.int_range(len(bodies), dtype=pl.UInt32, eager=True)
    for family in speakers:
        told = asked.str.contains(f"{begins_with}(?:{family.everyday})")
        if len(told) == len(bodies):
            masks[family.name] = told
        else:
            none = pl.repeat(False, len(bodies), dtype=pl.Boolean, eager=True)
            masks[family.name] = none.scatter(rows.filter(told), True)
        asked, rows = asked.filter(~told), rows.filter(~told)
    return masks, rows


def _names(bodies: pl.Series, stamped: pl.Series) -> tuple[str, ...]:
    """Return the distinct hosts of some lines here and there."""
    rows = stamped.arg_true()
    if not len(rows):
        return ()
    places = {index * (len(rows) - 1) // max(1, _ASKED - 1) for index in range(_ASKED)}
    asked = (bodies.item(int(rows.item(place))) for place in places)
    return tuple(sorted({found[1] for body in asked if (found := syslog.HOST_FIRST.match(body))}))


def _unsound(odd: pl.DataFrame, speakers: Sequence[Family]) -> bool:
    back = [family.name for family in speakers if family.looks_back]
    several = pl.col("column") > 0
    # what repeats the line before it has no tag, so it is never among the usual ones
    echoes = pl.col("raw").str.contains(repeats.ECHO, literal=True)
    found = odd.select((several | echoes | pl.col("family").is_in(back)).any()).item()
    return bool(found) or any_goes_on(odd, GOES_ON)


def _moments(naive: pl.Series, lacking: int, odd: pl.DataFrame, block: Block, plan: lines.Plan) -> pl.Series:
    """Return the moments of all lines: those of the odd ones are what their own formats say."""
    lack = pl.repeat(lacking, len(naive), dtype=pl.UInt8, eager=True)
    if odd.height:
        naive = naive.scatter(odd["row"], odd["time"])
        lack = lack.scatter(odd["row"], odd["lack"])
    return lines.moments(naive, lack, plan.calendar, block.number)


def _begins(
    bodies: pl.Series, begins_with: str, everyday: Mapping[str, pl.Series], speakers: Sequence[Family]
) -> pl.Series:
    """Return the rows of the everyday lines that begin a session. A search for a literal spares most of them the regex."""
    found = [pl.Series(dtype=pl.UInt32)]
    for family in speakers:
        if family.everyday is not None and family.opens is not None:
            told = everyday[family.name] & bodies.str.contains(family.opens.literal, literal=True)
            rows = told.arg_true()
            begins = bodies.gather(rows).str.contains(f"{begins_with}(?:{family.opens.pattern})")
            found.append(rows.filter(begins))
    return pl.concat(found).sort()
