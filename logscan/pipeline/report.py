"""One period by scan, outages, flow and bounces, and what is different from periods before it.

In: paths, settings, which periods; or a memory. Out: `model.report.Nightly`. Never: a count of its own; a comparison with a period that the
logs do not cover.

Without a memory every verb reads the logs for itself, once for each period (docs/adr/0022); scan and outages share a reading.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, Protocol

from logscan.analyses.baseline import baseline
from logscan.analyses.changes import Entry, Name, Table, changes, ordered
from logscan.model.baseline import Baseline, Hour
from logscan.model.findings import Report
from logscan.model.hours import hours
from logscan.model.own import OwnMail
from logscan.model.report import (
    BEFORE,
    GREEN,
    RED,
    UNKNOWN,
    WEEKDAY,
    YELLOW,
    Asked,
    Change,
    Compared,
    Nightly,
    Past,
    Rule,
    Signed,
    Stretch,
)
from logscan.model.settings import Settings
from logscan.model.vocabulary import Cause, Severity
from logscan.packs.load import Pack
from logscan.parsers.family import families
from logscan.parsers.lines import formats
from logscan.pipeline import bounces, flow, outages
from logscan.pipeline.logs.grounds import SYSLOG
from logscan.pipeline.logs.reading import Tick
from logscan.pipeline.logs.survey import Survey, covered, narrowed, refuse_nothing, survey
from logscan.pipeline.mails.own import own_mail
from logscan.pipeline.memory.telling import Told
from logscan.pipeline.scan import scanned
from logscan.pipeline.signing import Counting, coverage_of
from logscan.sources.streams import keep_standard_input

#: Names in each list.
TOP: Final = 5
#: How long before a period a mail may have begun that is still delivered in it.
BACK: Final = timedelta(days=6)


class Teller(Protocol):
    """Where periods are told from: logs, or a memory of them."""

    @property
    def since(self) -> Mapping[str, datetime]:
        """Since when there is something to be told by each group of logs."""

    @property
    def covered(self) -> tuple[datetime | None, datetime | None]:
        """First and last time of all that there is, whatever is asked."""

    @property
    def zone(self) -> tzinfo:
        """In which days are days."""

    def hours(self, until: datetime) -> Sequence[Hour]:
        """Return what all hours until then brought, where that is remembered; nothing where it would have to be read."""

    def own_mails(self, period: Stretch) -> int:
        """Return how many of logscan's own mails are not counted."""

    def told(self, period: Stretch, now: datetime, *, top: int, proving: bool = False) -> Told:
        """Ask the verbs of a period, as of its end. proving: it is the one that the report is about."""


@dataclass(frozen=True, slots=True)
class _Logs:
    """Where the logs are, how they are read, and since when each group of them goes."""

    paths: Sequence[str]
    settings: Settings
    found: Survey
    since: Mapping[str, datetime]
    covered: tuple[datetime | None, datetime | None]
    zone: tzinfo
    tick: Tick | None

    def hours(self, until: datetime) -> Sequence[Hour]:  # noqa: ARG002
        return ()

    def own_mails(self, period: Stretch) -> int:
        return own_mails(self.settings.own, period)

    def told(self, period: Stretch, now: datetime, *, top: int, proving: bool = False) -> Told:
        settings = replace(self.settings, since=period.since, until=period.until, now=min(now, period.until))
        found, signing = narrowed(self.found, self.paths, settings), Counting()
        # What a period is only compared with has no use for outages in short, nor for blind spots.
        claims = None if proving else ()
        read = scanned(self.paths, settings, self.tick, proving=proving, claims=claims, found=found)
        beside = signing if proving else None
        made = bounces.bounces(self.paths, settings, tick=self.tick, beside=beside, found=found)
        return Told(
            period=period,
            read=read,
            flow=flow.flow(self.paths, settings, self.tick, top=top, found=found),
            bounces=made,
            signed=coverage_of(signing.count, read.answer) if proving else None,
        )


def report(
    paths: Sequence[str], settings: Settings, asked: Asked, rule: Rule, tick: Tick | None = None
) -> Nightly:
    """Return what the logs that `paths` mean tell of a period. Raises NothingRead when there is not a line to be had."""
    clock = time.monotonic()
    found = survey(paths, replace(settings, since=None, until=None))
    refuse_nothing(found, paths)
    if "-" in paths:
        keep_standard_input()
    settings = _knowing_own(paths, found, settings, asked)
    logs = _Logs(paths, settings, found, _since(found), covered(found), found.zone.info, tick)
    return nightly(logs, asked, rule, clock)


def nightly(teller: Teller, asked: Asked, rule: Rule, clock: float) -> Nightly:
    """Return what is told of a period. clock: when the work began, by the monotonic clock."""
    generated = datetime.now(UTC)
    told = teller.told(asked.period, asked.now, top=TOP, proving=True)
    earlier = _Earlier(teller=teller, now=told, asked=asked, rule=rule)
    before, back = earlier.before(), earlier.weekday()
    usual = _usual(teller, told, earlier.read())
    return Nightly(
        period=asked.period,
        length=asked.length,
        light=light(told.read.report, usual),
        flow=told.flow,
        bounces=told.bounces,
        outages=outages.told(told.read),
        compared_to=(before.compared, *((back.compared,) if asked.weekday else ())),
        changes=ordered((*before.changes, *back.changes)),
        signed=told.signed or Signed(),
        rule=rule,
        logs=teller.covered,
        generated=generated,
        elapsed_s=time.monotonic() - clock,
        before=next((past for past in before.past), None),
        weekday=back.past,
        baseline=usual,
        own_mails=teller.own_mails(asked.period),
    )


def _knowing_own(paths: Sequence[str], found: Survey, settings: Settings, asked: Asked) -> Settings:
    """Return settings that say where logscan's own mails stand: found once, for all periods."""
    if not settings.sent:
        return settings
    since = min(period.since for period in (asked.period, asked.before, *asked.weekday))
    window = replace(settings, since=since - BACK, until=asked.period.until)
    return replace(settings, own=own_mail(narrowed(found, paths, window), window))


def own_mails(own: Sequence[OwnMail], period: Stretch) -> int:
    """Return of how many own mails lines in the period were passed over."""
    return len({one.message_id for one in own if one.first < period.until and one.last >= period.since})


def light(told: Report, usual: Baseline | None = None) -> str:
    """Return the light: red for a critical finding, yellow for what is to be done, unexplained, unread or unusual."""
    worst = min((finding.severity.rank for finding in told.findings), default=len(Severity))
    if worst <= Severity.CRITICAL.rank:
        return RED
    if worst <= Severity.WARNING.rank or told.unexplained:
        return YELLOW
    if not told.totals.events:
        return UNKNOWN
    if usual is not None and usual.warns:
        return YELLOW
    return YELLOW if any(problem.unreadable for problem in told.problems) else GREEN


# --- what was before -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    compared: Compared
    changes: tuple[Change, ...]
    past: tuple[Past, ...]


class _Earlier:
    """Periods before ours; each is read once, whoever asks for it."""

    def __init__(self, *, teller: Teller, now: Told, asked: Asked, rule: Rule) -> None:
        self._teller, self._asked, self._rule, self._now = teller, asked, rule, now
        # What a group that begins within our period tells may be new, if others can be asked.
        self._table = self._counted(now, frozenset(teller.since))
        self._read: dict[Stretch, Told] = {}

    def before(self) -> _Compared:
        """Compare with the period before."""
        return self._with((self._asked.before,), BEFORE)

    def weekday(self) -> _Compared:
        """Compare with the same weekday of the weeks before."""
        return self._with(self._asked.weekday, WEEKDAY)

    def read(self) -> tuple[Told, ...]:
        """Return what was told of the periods that have been asked for, and that logs of mail cover."""
        return tuple(one for period, one in self._read.items() if SYSLOG in self._groups(period))

    def _with(self, periods: Sequence[Stretch], against: str) -> _Compared:
        told = [(period, self._told(period)) for period in periods if self._groups(period)]
        read = [(one, self._groups(period)) for period, one in told if one.read.report.totals.events]
        newest = frozenset[str]().union(*(groups for _, groups in read[:1]))
        return _Compared(
            compared=Compared(
                against=against,
                periods=tuple(one.period for one, _ in read),
                asked=tuple(periods),
                missing=tuple(sorted(self._table.groups - newest)) if read else (),
            ),
            changes=changes(self._table, [self._counted(*one) for one in read], against, self._rule),
            past=tuple(
                Past(period=one.period, sums=one.flow.sums) for one, groups in read if SYSLOG in groups
            ),
        )

    def _groups(self, period: Stretch) -> frozenset[str]:
        """Return the groups of logs that cover a period from its beginning."""
        return frozenset(group for group, since in self._teller.since.items() if since <= period.since)

    def _counted(self, told: Told, groups: frozenset[str]) -> Table:
        entries = dict(_entries(told, frozenset(self._teller.since)))
        return Table(seconds=told.period.seconds, groups=groups, entries=entries)

    def _told(self, period: Stretch) -> Told:
        if period not in self._read:
            self._read[period] = self._teller.told(period, self._asked.now, top=TOP)
        return self._read[period]


def _usual(teller: Teller, told: Told, past: Sequence[Told]) -> Baseline | None:
    """Return what is usual, by the hours that are remembered, or those of earlier periods that were read anyway."""
    begin, (_, last) = teller.since.get(SYSLOG), teller.covered
    if begin is None or last is None:
        return None

    def known(one: Told) -> Iterator[Hour]:
        inside = max(begin, one.period.since), min(last, one.period.until)
        return hours(one.flow.per_hour, inside, teller.zone)

    if remembered := teller.hours(told.period.until):
        mine = [hour for hour in remembered if hour.start >= told.period.since]
        return baseline(remembered, mine) if mine else None
    mine = list(known(told))
    return baseline((hour for one in past for hour in known(one)), mine) if mine else None


def _since(found: Survey) -> dict[str, datetime]:
    """Return since when each group of logs goes: families that have logs of their own, and all the others."""
    owners = {own.name: owner for own, owner in formats(families())}
    since: dict[str, datetime] = {}
    for log in (*found.logs, *found.outside):
        group, begin = owners.get(log.format.name) or SYSLOG, log.begin
        if begin is not None:
            since[group] = min(begin, since.get(group, begin))
    return since


def _entries(told: Told, groups: frozenset[str]) -> Iterator[tuple[Name, Entry]]:
    """Yield what can change. groups: of logs, that there are."""
    pack = told.read.pack
    for finding in told.read.report.findings:
        if finding.cause != Cause.SERVICE_LIFECYCLE or finding.severity.rank <= Severity.WARNING.rank:
            yield (
                ("finding", finding.rule),
                Entry(
                    count=finding.count,
                    title=finding.explanation.title,
                    group=_group(finding.rule, pack, groups),
                    severity=finding.severity.value,
                ),
            )
    for group in told.bounces.by_cause:
        yield ("cause", group.cause), Entry(count=group.recipients, title=group.cause, group=SYSLOG)
    for group in told.bounces.by_domain:
        if group.key:
            yield ("destination", group.key), Entry(count=group.recipients, title=group.key, group=SYSLOG)
    for one in told.read.report.unexplained:
        name = f"{one.program}: {one.template}"
        yield ("unexplained", name), Entry(count=one.count, title=name, group=SYSLOG, severity=None)


def _group(rule: str, pack: Pack, groups: frozenset[str]) -> str:
    """Return the group of logs in which a card's lines stand: those of its family, where there are any."""
    named = pack.cards[rule].match.words.get("family", ())
    return next((family for family in named if family in groups), SYSLOG)
