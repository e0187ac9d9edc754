"""Failed and delayed mail of all logs: why, to whom, what waits, how far it reaches.

In: paths, settings, the queue. Out: `model.bounces.Bounces`. Never: records of mail of which nothing failed; a mail judged
before all of it is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from itertools import chain
from typing import Final, Protocol

import polars as pl

from logscan.analyses import accounts, blast, blind, refusing, totals
from logscan.analyses import bounces as grouping
from logscan.engine.threads import spread
from logscan.model.bounces import CASES, TRIES, TURNED, Bounces, Place, Statement
from logscan.model.findings import BlindSpot, Evidence
from logscan.model.messages import Searched
from logscan.model.problems import NothingRead, Problem
from logscan.model.settings import Settings
from logscan.model.vocabulary import Family, Kind
from logscan.packs.load import load
from logscan.packs.providers import Providers, load_providers
from logscan.pipeline.lines.chatter import signs_of
from logscan.pipeline.lines.judged import Judge
from logscan.pipeline.lines.road import detailed, understood
from logscan.pipeline.lines.settled import backwards, settled
from logscan.pipeline.lines.tallied import counted
from logscan.pipeline.lines.work import Work
from logscan.pipeline.logs.answered import lines_of
from logscan.pipeline.logs.grounds import Grounds, grounds_of
from logscan.pipeline.logs.inputs import not_understood, strays
from logscan.pipeline.logs.lookup import lines_at
from logscan.pipeline.logs.reading import Bundle, Reading, Tick, rereading_all
from logscan.pipeline.logs.survey import Survey, nothing_inside, refuse_nothing, survey
from logscan.pipeline.mails.cases import Casebook, failing_lines, origins, tries
from logscan.pipeline.mails.lives import alive, lean, own
from logscan.pipeline.mails.turned import shown, turned
from logscan.pipeline.mails.waiting import Lifetimes, asked_here, by_log, by_queue
from logscan.pipeline.verdicts.blindness import BOUNCES, spots
from logscan.pipeline.verdicts.scene import Counts
from logscan.pipeline.verdicts.scenes import scene_of
from logscan.rules.match import trusted
from logscan.sources.postqueue import LIVE, Entry, queue
from logscan.sources.streams import keep_standard_input
from logscan.tracking import mail

#: Whose lines tell of mails.
FAMILIES: Final = (Family.POSTFIX, Family.OPENDKIM)
#: Rows that wait before those of finished mails are let go.
HELD: Final = 120_000
#: Lines on which deliveries failed whose text is kept as proof, and how much of each.
LINES: Final = 20_000
CHARACTERS: Final = 600

Span = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """What a bundle says beside its mails: whom we turned away.

    lines: source, block, row, raw of the first line of each. span: of all records. unparsed: how many nobody understood.
    totals, signs, deferrals: from which is seen what these logs cannot show.
    """

    turned: pl.DataFrame
    lines: pl.DataFrame
    span: Span
    unparsed: Counter[int]
    totals: totals.Partial
    signs: blind.Partial
    deferrals: int


class Taking(Protocol):
    """Takes mails as they come to their end, then those that have not come to it."""

    def take(self, done: mail.Mail) -> None: ...

    def close(self, left: mail.Partial) -> None: ...


@dataclass(slots=True)
class Run:
    """One reading of all logs: folds, and what is kept beside them."""

    judge: Judge
    book: Casebook
    providers: Providers
    groups: grouping.Partial = field(default_factory=grouping.empty)
    reach: blast.Partial = field(default_factory=blast.empty)
    senders: accounts.Partial = field(default_factory=accounts.empty)
    ours: refusing.Partial = field(default_factory=refusing.empty)
    lines: dict[Place, str] = field(default_factory=dict)
    counted: Counter[int] = field(default_factory=Counter)
    unparsed: Counter[int] = field(default_factory=Counter)
    totals: totals.Partial = field(default_factory=totals.empty)
    signs: blind.Partial = field(default_factory=blind.empty)
    deferrals: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def take(self, done: mail.Mail) -> None:
        """Add mails to which nothing can be added any more."""
        cases = self.book.cases(done)
        self.groups = grouping.absorb(self.groups, cases)
        tried = tries(done, self.providers)
        self.reach = blast.absorb(self.reach, blast.Batch(cases=cases, tries=tried))
        none = pl.DataFrame(schema=TURNED)
        self.ours = refusing.absorb(self.ours, refusing.Batch(turned=none, tries=tried))
        self.senders = accounts.absorb(self.senders, accounts.Batch(origins=origins(done), cases=cases))

    def close(self, left: mail.Partial) -> None:
        """Add the mails that were not over when the logs were."""
        self.take(mail.finish(left))

    def statements(self) -> tuple[Statement, ...]:
        """What can be said of how far it reaches; refusals point back to an account that brought them about."""
        taken = accounts.finish(self.senders)
        names = tuple(one.scope["users"][0] for one in taken)
        reach = (_after(one, taken, names) for one in blast.finish(self.reach))
        return (*taken, *reach, *refusing.finish(self.ours))

    def pass_by(self, span: Span) -> None:
        """Look at the clock: of a compressed log nobody knows when it ends until it does."""
        self.first = min((time for time in (self.first, span[0]) if time), default=None)
        self.last = max((time for time in (self.last, span[1]) if time), default=None)

    def note(self, rows: pl.DataFrame, away: Away) -> None:
        """Keep the lines of failures, of very many the first ones; and whom we turned away."""
        refused = ((place[:3], place[3]) for place in away.lines.iter_rows())
        for place, raw in chain(failing_lines(rows), refused):
            if len(self.lines) >= LINES:
                break
            self.lines[place] = (raw or "")[:CHARACTERS]
        none = pl.DataFrame(schema=TRIES)
        self.ours = refusing.absorb(self.ours, refusing.Batch(turned=away.turned, tries=none))

    def look_up(self, reading: Reading) -> None:
        """Keep the lines too on which accounts that are named handed mail in: among all of these they are few."""
        named = {place for one in accounts.finish(self.senders) for place in one.places}
        texts = lines_at(reading, sorted(named - self.lines.keys()))
        self.lines |= {place: text[:CHARACTERS] for place, text in texts.items()}

    @property
    def cases(self) -> pl.DataFrame:
        """All cases: `model.bounces.CASES`."""
        return pl.concat([pl.DataFrame(schema=CASES), *self.groups.tables])


@dataclass(frozen=True, slots=True)
class _Both:
    """Two that take mails."""

    one: Taking
    other: Taking

    def take(self, done: mail.Mail) -> None:
        self.one.take(done)
        self.other.take(done)

    def close(self, left: mail.Partial) -> None:
        self.take(mail.finish(left))


def _after(one: Statement, taken: Sequence[Statement], names: tuple[str, ...]) -> Statement:
    """Return a statement that names the accounts whose mail came before it, where it is one of reputation."""
    if one.cause not in accounts.REPUTATION or one.since is None:
        return one
    earlier = [
        name
        for name, account in zip(names, taken, strict=True)
        if account.since is not None and account.since <= one.since
    ]
    return replace(one, caused_by=tuple(earlier))


def bounces(
    paths: Sequence[str],
    settings: Settings,
    *,
    lifetimes: Lifetimes | None = None,
    queue_at: str | None = None,
    tick: Tick | None = None,
    beside: Taking | None = None,
    found: Survey | None = None,
) -> Bounces:
    """Read the logs that `paths` mean.

    queue_at: see sources.postqueue. beside: who is shown all mails, too, signatures and all. found: which logs they are, if that is known.
    Raises NothingRead when there is not a line to be had, UsageError when the queue cannot be read.
    """
    lifetimes = lifetimes or Lifetimes()
    entries = queue(queue_at) if queue_at is not None else None
    run = started(settings)
    into = run if beside is None else _Both(run, beside)
    reading, found = read(paths, settings, run, into, tick, signed=beside is not None, found=found)
    run.look_up(reading)
    if not paths or queue_at == LIVE:
        lifetimes = asked_here(lifetimes, run.totals.hosts)
    return told(run, grounds_of(reading, found), settings, found.zone.info, lifetimes, entries)


def told(
    run: Run,
    grounds: Grounds,
    settings: Settings,
    zone: tzinfo,
    lifetimes: Lifetimes | None = None,
    entries: tuple[Sequence[Entry], Sequence[Problem]] | None = None,
) -> Bounces:
    """Return what a run says of logs that are closed. entries: of the queue, and what of it could not be read."""
    lifetimes = lifetimes or Lifetimes()
    answer, cases = grouping.finish(run.groups, zone), run.cases
    waiting = (
        by_log(cases, lifetimes) if entries is None else by_queue(entries[0], cases, run.judge, lifetimes)
    )
    problems = _problems(grounds, settings, run, entries[1] if entries else ())
    grounds = replace(grounds, assumed=replace(grounds.assumed, lifetime_source=lifetimes.source))
    searched = _searched(grounds, run)
    return Bounces(
        by_cause=answer.by_cause,
        by_provider=answer.by_provider,
        by_domain=answer.by_domain,
        recovered=answer.recovered,
        still_queued=waiting,
        blast_radius=tuple(_proved(one, run, grounds) for one in run.statements()),
        messages=answer.messages,
        recipients=answer.recipients,
        inputs=lines_of(grounds, run.counted, problems, run.unparsed),
        searched=searched,
        problems=problems,
        assumptions=grounds.assumed,
        blind_spots=_blind(run, grounds, settings, zone),
        as_of=settings.now or searched.last,
        names={one.id: one.name for one in run.providers.by_id.values()},
        links={one.id: one.links for one in run.providers.by_id.values() if one.links},
        per_day=answer.per_day,
    )


def examined(
    paths: Sequence[str], settings: Settings, tick: Tick | None = None
) -> tuple[Run, Reading, Survey]:
    """Return what one reading of the logs that `paths` mean comes to, how they were read, and which they are."""
    run = started(settings)
    reading, found = read(paths, settings, run, run, tick)
    run.look_up(reading)
    return run, reading, found


def started(settings: Settings) -> Run:
    """Return a run that has not read a line."""
    providers = load_providers(settings.patterns)
    judge = Judge(trusted(load(settings.patterns)), settings.patterns)
    return Run(judge=judge, book=Casebook(judge, providers), providers=providers)


def read(
    paths: Sequence[str],
    settings: Settings,
    run: Run,
    into: Taking,
    tick: Tick | None = None,
    *,
    signed: bool = False,
    found: Survey | None = None,
) -> tuple[Reading, Survey]:
    """Read the logs that `paths` mean: what is not a mail's into `run`, the mails `into` that.

    signed: mails come with what OpenDKIM says of them. found: which logs they are, if that is known.

    Raises NothingRead when there is not a line to be had.
    """
    found = found or survey(paths, settings)
    refuse_nothing(found, paths)
    if "-" in paths:
        keep_standard_input()
    reading = settled(found, settings, {})
    lives = _lives(Work.of(reading, settings), FAMILIES if signed else FAMILIES[:1])
    bundles = spread(reading.bundles(tick=tick), rereading_all(lives), settings.jobs)
    _read(bundles, run, into, early=not backwards(found))
    return reading, found


def _read(
    bundles: Iterable[tuple[Bundle, pl.DataFrame, Away]], run: Run, into: Taking, *, early: bool
) -> None:
    partial, most = mail.empty(), HELD
    for bundle, rows, away in bundles:
        for block in bundle:
            run.counted[block.source] += block.lines
        run.unparsed += away.unparsed
        run.pass_by(away.span)
        run.totals = totals.merge(run.totals, away.totals)
        run.signs = blind.merge(run.signs, away.signs)
        run.deferrals += away.deferrals
        if not rows.height or "queue_id" not in rows.columns:
            continue
        judged = run.judge.ruled(rows)
        run.note(judged, away)
        partial = mail.absorb(partial, judged)
        if partial.height > most and early:
            done, partial = mail.release(partial)
            most = max(HELD, 2 * partial.height)  # mail that waits for days is not looked at with each block
            into.take(done)
    into.close(partial)


def _lives(work: Work, whose: Sequence[Family]) -> Callable[[Bundle], tuple[Bundle, pl.DataFrame, Away]]:
    """Return what makes of a bundle the rows that tell of a mail's life. whose: Postfix, and whoever else."""

    def of(bundle: Bundle) -> tuple[Bundle, pl.DataFrame, Away]:
        records = work.rows(bundle)
        span = records.select(pl.col("time").min().alias("first"), pl.col("time").max().alias("last")).row(0)
        parts = understood(records, {block.source: block.previous for block in bundle})
        rows = detailed(alive(part) for part in parts if part.family == Family.POSTFIX.value)
        table = turned(rows)
        told = rows
        if others := [part for part in parts if part.family in whose[1:]]:
            told = detailed([rows, *(alive(part) for part in others)])
        return (
            bundle,
            lean(told),
            Away(
                turned=own(table),
                lines=own(shown(rows, table)),
                span=span,
                unparsed=not_understood(records),
                totals=counted(bundle, records, parts, {}),
                deferrals=_deferrals(rows),
                signs=blind.absorb(signs_of(parts, everyday=False), blind.Batch(rows=rows)),
            ),
        )

    return of


def _deferrals(rows: pl.DataFrame) -> int:
    if not {"kind", "status", "repeat"} <= set(rows.columns):
        return 0
    put_off = (pl.col("kind") == Kind.DELIVERY.value) & (pl.col("status") == "deferred")
    return int(rows.filter(put_off)["repeat"].fill_null(1).sum())


def _blind(run: Run, grounds: Grounds, settings: Settings, zone: tzinfo) -> tuple[BlindSpot, ...]:
    """Return what these logs cannot show of failures."""
    deferred = pl.DataFrame(
        {
            "family": [Family.POSTFIX.value], "kind": [Kind.DELIVERY.value], "status": ["deferred"],
            "count": [run.deferrals],
        }
    )  # fmt: skip
    scene = scene_of(
        grounds, settings, zone, signs=run.signs, found=Counts(shapes=deferred), counted=run.totals
    )
    return spots(scene, load(settings.patterns), settings.lang, BOUNCES)


def _proved(one: Statement, run: Run, grounds: Grounds) -> Statement:
    """Return a statement with its lines instead of their places."""
    lines = []
    for place in one.places:
        if place in run.lines:
            file, line = grounds.locate(*place)
            lines.append(Evidence(file=file, line=line, time=None, text=run.lines[place]))
    return replace(one, evidence=tuple(lines))


def _problems(
    grounds: Grounds, settings: Settings, run: Run, wrong: Iterable[Problem]
) -> tuple[Problem, ...]:
    unsure = strays(run.unparsed, [log.path for log in grounds.logs])
    outside = () if run.counted.total() else nothing_inside(grounds.covered, settings)
    problems = tuple(sorted({*grounds.problems, *unsure, *outside, *wrong}))
    if not run.counted.total() and not grounds.skipped:
        raise NothingRead("not a line could be read", problems)
    return problems


def _searched(grounds: Grounds, run: Run) -> Searched:
    """Return where was searched: the times of the logs, as far as is known."""
    times = [time for time in (*grounds.covered, run.first, run.last) if time is not None]
    return Searched(
        files=tuple(dict.fromkeys(log.path for log in grounds.logs)),
        lines=run.counted.total(),
        first=min(times, default=None),
        last=max(times, default=None),
    )
