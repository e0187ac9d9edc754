"""The numbers of mail traffic: every log once, in order.

In: paths, settings. Out: `model.flow.Flow`; of pflogsumm's count, `Summary`.
Never: a log that ends silently unread; a number that is a guess.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import TypeVar

import polars as pl

from logscan.analyses import differences as differing
from logscan.analyses import flow as fold
from logscan.analyses import pflogsumm
from logscan.engine.threads import Gatherer, spread
from logscan.model.findings import Evidence, Report
from logscan.model.flow import Difference, Flow
from logscan.model.pflogsumm import Summary
from logscan.model.problems import NothingRead, Problem
from logscan.model.settings import Settings
from logscan.model.vocabulary import Family, Kind
from logscan.packs.load import Pack, load
from logscan.packs.texts import ui_part
from logscan.pipeline.counts import beside, counting
from logscan.pipeline.counts.why import Found, Sides, differences
from logscan.pipeline.lines.settled import whole
from logscan.pipeline.lines.work import Work, grouped
from logscan.pipeline.logs.answered import inputs_of, totals_of
from logscan.pipeline.logs.grounds import Grounds, grounds_of
from logscan.pipeline.logs.lookup import lines_at
from logscan.pipeline.logs.reading import Reading, Tick, rereading_all
from logscan.pipeline.logs.survey import Survey, nothing_inside, refuse_nothing, survey
from logscan.pipeline.logs.told import told_before
from logscan.pipeline.verdicts.blindness import FLOW, spots
from logscan.pipeline.verdicts.scene import Counts
from logscan.pipeline.verdicts.scenes import scene_of
from logscan.rules.match import trusted

#: Names in each list, unless asked otherwise.
TOP = 20
#: Lines that are taken apart together: a bundle leaves about a thousand, and its tables wait for them.
JUDGED = (5_000, 5_000)

#: What --compat takes -> the version of pflogsumm that is meant.
COMPAT = {f"pflogsumm-{version}": version for version in pflogsumm.VERSIONS}

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How an answer is told. zone: of hours and days. top: names in each list.

    clock, generated: when the work began, by the monotonic and by the wall clock.
    """

    zone: tzinfo
    top: int = TOP
    clock: float = field(default_factory=time.monotonic)
    generated: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A reading that came to its end."""

    telling: Telling
    found: Survey
    reading: Reading

    @property
    def grounds(self) -> Grounds:
        """What is known of the logs."""
        return grounds_of(self.reading, self.found)


def flow(
    paths: Sequence[str],
    settings: Settings,
    tick: Tick | None = None,
    *,
    top: int = TOP,
    found: Survey | None = None,
) -> Flow:
    """Count what the logs that `paths` mean tell of mail. top: names in each list. found: which they are, if that is known.

    Raises NothingRead when there is not a line to be had.
    """
    read, partial = _whole(paths, settings, lambda reading: _counted(reading, settings, tick), top, found)
    return told(partial, read.grounds, settings, read.telling)


def compat(
    paths: Sequence[str], settings: Settings, version: str, tick: Tick | None = None
) -> tuple[Summary, tuple[Problem, ...]]:
    """Return what pflogsumm of that version would say of the same logs, and what could not be read."""
    read, both = _whole(paths, settings, lambda reading: _beside(reading, settings, version, tick))
    summary = pflogsumm.finish(both.theirs, _clock(settings, read.found.zone.info), version)
    return summary, tuple(sorted({*read.found.problems, *read.reading.problems}))


def compared(
    paths: Sequence[str], settings: Settings, version: str, tick: Tick | None = None, *, top: int = TOP
) -> Flow:
    """Return our count with what parts it from pflogsumm's of that version."""
    pack = trusted(load(settings.patterns))
    read, both = _whole(paths, settings, lambda reading: _beside(reading, settings, version, tick, pack), top)
    ours = both.ours or counting.empty()
    zone = read.found.zone.info
    theirs = pflogsumm.finish(both.theirs, _clock(settings, zone), version)
    answer = fold.finish(ours.flow, zone, top)
    back = pl.col("at").is_in([at for at, _, _ in answer.filtered])
    # What another name hides from it and a filter gave back is in neither count.
    stayed, hidden = both.unsure.filter(~back), both.unsure.filter(back)
    sides = Sides(
        theirs=beside.theirs_in_our_words(theirs.totals),
        answer=answer,
        lines=differing.finish(differing.merge(both.differences, stayed)),
        hidden=frozenset(hidden["at"]),
    )
    found = differences(sides, ui_part("flow", settings.lang, pack))
    shown = lines_at(read.reading, [fold.placed(each.at) for each in found if each.at is not None])
    return replace(
        _flow(answer, _report(ours, answer, read.grounds, settings, read.telling)),
        compat=f"pflogsumm-{version}",
        differences=tuple(_proved(each, read.reading, shown) for each in found),
    )


# --- reading -------------------------------------------------------------------------------------


def _whole(
    paths: Sequence[str],
    settings: Settings,
    read: Callable[[Reading], Result],
    top: int = TOP,
    found: Survey | None = None,
) -> tuple[_Read, Result]:
    """Return what `read` makes of the logs, once their years are right."""
    clock, generated = time.monotonic(), datetime.now(UTC)
    found = found or survey(paths, settings)
    refuse_nothing(found, paths)
    reading, result = whole(found, settings, read)
    telling = Telling(zone=found.zone.info, top=top, clock=clock, generated=generated)
    return _Read(telling=telling, found=found, reading=reading), result


def _counted(reading: Reading, settings: Settings, tick: Tick | None) -> counting.Partial:
    work = Work.of(reading, settings)
    count = counting.Counting(work=work, pack=trusted(load(settings.patterns)))
    gatherer = Gatherer(counting.merge, counting.empty())
    noted = spread(reading.bundles(tick=tick), rereading_all(count.note), settings.jobs)
    for partial in spread(grouped(noted, *JUDGED), count.judge, settings.jobs, ahead=1):
        gatherer.add(partial)
    return gatherer.total()


def _beside(
    reading: Reading, settings: Settings, version: str, tick: Tick | None, pack: Pack | None = None
) -> beside.Beside:
    """Return pflogsumm's count; with a pack, ours beside it."""
    work = Work(plans=reading.plans, told={}, since=None, until=None, raw_literals=())
    comparing = beside.Comparing(
        work=work,
        told={} if pack is None else told_before(reading.afresh(), settings.jobs),
        since=settings.since,
        until=settings.until,
        version=version,
        ours=None if pack is None else counting.Counting(work=work, pack=pack),
    )
    gatherer = Gatherer(beside.merge, beside.empty())
    for partial in spread(reading.bundles(tick=tick), rereading_all(comparing.count), settings.jobs):
        gatherer.add(partial)
    return gatherer.total()


def _clock(settings: Settings, zone: tzinfo) -> datetime:
    """Return the time that pflogsumm takes for the present: the clock's, unless it was asked otherwise."""
    return (settings.now or datetime.now(UTC)).astimezone(zone)


# --- telling -------------------------------------------------------------------------------------


def _proved(found: Found, reading: Reading, shown: Mapping[tuple[int, int, int], str]) -> Difference:
    if found.at is None:
        return found.difference
    place = fold.placed(found.at)
    file, line = reading.locate(*place)
    text = shown.get(place, "")
    return replace(found.difference, example=Evidence(file=file, line=line, time=None, text=text))


def counted(
    paths: Sequence[str], settings: Settings, tick: Tick | None = None, found: Survey | None = None
) -> tuple[counting.Partial, Grounds]:
    """Return what the logs that `paths` mean count up to, and what is known of them, for `told`."""
    read, partial = _whole(paths, settings, lambda reading: _counted(reading, settings, tick), found=found)
    return partial, read.grounds


def told(partial: counting.Partial, grounds: Grounds, settings: Settings, telling: Telling) -> Flow:
    """Return the numbers of logs that are closed."""
    answer = fold.finish(partial.flow, telling.zone, telling.top)
    return _flow(answer, _report(partial, answer, grounds, settings, telling))


def _flow(answer: fold.Answer, read: Report) -> Flow:
    return Flow(
        read=read,
        sums=answer.sums,
        tracked=answer.tracked,
        per_hour=answer.per_hour,
        per_day=answer.per_day,
        top=answer.top,
        rejects=answer.rejects,
        tls=answer.tls,
        auth=answer.auth,
        delays=answer.delays,
        unreturned=answer.unreturned,
    )


def _report(
    partial: counting.Partial, answer: fold.Answer, grounds: Grounds, settings: Settings, telling: Telling
) -> Report:
    counted = partial.totals
    sums = totals_of(counted, grounds)
    outside = () if sums.events or sums.unparsed else nothing_inside(grounds.covered, settings)
    problems = [*grounds.problems, *outside]
    if not sums.lines and not grounds.skipped:
        raise NothingRead("not a line could be read", tuple(problems))
    refused = pl.DataFrame(
        {"family": [Family.POSTFIX.value], "kind": [Kind.REJECT.value], "count": [answer.sums.reject_lines]}
    )
    scene = scene_of(
        grounds, settings, telling.zone, signs=partial.blind, found=Counts(shapes=refused), counted=counted
    )
    return Report(
        as_of=settings.now or sums.last,
        generated=telling.generated,
        elapsed_s=time.monotonic() - telling.clock,
        inputs=inputs_of(counted, grounds, problems),
        totals=sums,
        assumptions=grounds.assumed,
        blind_spots=spots(scene, load(settings.patterns), settings.lang, FLOW),
        findings=(),
        unexplained=(),
        problems=tuple(sorted(set(problems))),
        window=(settings.since, settings.until),
        covered=grounds.covered,
    )
