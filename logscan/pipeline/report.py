"""One period by scan, outages, flow and bounces, and what is different from periods before it.

In: paths, settings, which periods. Out: `model.report.Nightly`. Never: a count of its own; a comparison with a period that the
logs do not cover.

Every verb reads the logs for itself, once for each period (docs/adr/0022); scan and outages share a reading.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from logscan.analyses.changes import Entry, Name, Table, changes, ordered
from logscan.model.bounces import Bounces
from logscan.model.findings import Report
from logscan.model.flow import Flow
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
from logscan.model.vocabulary import Cause, Family, Severity
from logscan.packs.load import Pack
from logscan.parsers.family import families
from logscan.parsers.lines import formats
from logscan.pipeline import bounces, flow, outages
from logscan.pipeline.logs.grounds import SYSLOG
from logscan.pipeline.logs.reading import Tick
from logscan.pipeline.logs.survey import Survey, covered, refuse_nothing, survey
from logscan.pipeline.mails.own import own_mail
from logscan.pipeline.scan import Scanned, scanned
from logscan.pipeline.signing import coverage
from logscan.sources.streams import keep_standard_input

#: Names in each list.
TOP: Final = 5
#: How long before a period a mail may have begun that is still delivered in it.
BACK: Final = timedelta(days=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the verbs say of one period."""

    period: Stretch
    read: Scanned
    flow: Flow
    bounces: Bounces


@dataclass(frozen=True, slots=True)
class _Logs:
    """Where the logs are, how they are read, and since when each group of them goes."""

    paths: Sequence[str]
    settings: Settings
    since: Mapping[str, datetime]
    tick: Tick | None

    def of(self, period: Stretch, now: datetime, *, proving: bool = False) -> _Told:
        """Ask the verbs of a period, as of its end."""
        settings = replace(self.settings, since=period.since, until=period.until, now=min(now, period.until))
        return _Told(
            period=period,
            read=scanned(self.paths, settings, self.tick, proving=proving),
            flow=flow.flow(self.paths, settings, self.tick, top=TOP),
            bounces=bounces.bounces(self.paths, settings, tick=self.tick),
        )

    def groups(self, period: Stretch) -> frozenset[str]:
        """Return the groups of logs that cover a period from its beginning."""
        return frozenset(group for group, since in self.since.items() if since <= period.since)


def report(
    paths: Sequence[str], settings: Settings, asked: Asked, rule: Rule, tick: Tick | None = None
) -> Nightly:
    """Return what the logs that `paths` mean tell of a period. Raises NothingRead when there is not a line to be had."""
    clock, generated = time.monotonic(), datetime.now(UTC)
    found = survey(paths, replace(settings, since=None, until=None))
    refuse_nothing(found, paths)
    if "-" in paths:
        keep_standard_input()
    settings = _knowing_own(paths, settings, asked)
    logs = _Logs(paths, settings, _since(found), tick)
    told = logs.of(asked.period, asked.now, proving=True)
    earlier = _Earlier(logs=logs, now=told, asked=asked, rule=rule)
    before, back = earlier.before(), earlier.weekday()
    seen = outages.told(told.read)
    return Nightly(
        period=asked.period,
        length=asked.length,
        light=light(told.read.report),
        flow=told.flow,
        bounces=told.bounces,
        outages=seen,
        compared_to=(before.compared, *((back.compared,) if asked.weekday else ())),
        changes=ordered((*before.changes, *back.changes)),
        signed=_signed(told, logs, asked),
        rule=rule,
        logs=covered(found),
        generated=generated,
        elapsed_s=time.monotonic() - clock,
        before=next((past for past in before.past), None),
        weekday=back.past,
        own_mails=_own_mails(settings, asked.period),
    )


def _knowing_own(paths: Sequence[str], settings: Settings, asked: Asked) -> Settings:
    """Return settings that say where logscan's own mails stand: found once, for all periods."""
    if not settings.sent:
        return settings
    since = min(period.since for period in (asked.period, asked.before, *asked.weekday))
    window = replace(settings, since=since - BACK, until=asked.period.until)
    return replace(settings, own=own_mail(survey(paths, window), window))


def _own_mails(settings: Settings, period: Stretch) -> int:
    """Return of how many own mails lines in the period were passed over."""
    return len(
        {one.message_id for one in settings.own if one.first < period.until and one.last >= period.since}
    )


def light(told: Report) -> str:
    """Return the light: red for a critical finding, yellow for what is to be done, unexplained or unread."""
    worst = min((finding.severity.rank for finding in told.findings), default=len(Severity))
    if worst <= Severity.CRITICAL.rank:
        return RED
    if worst <= Severity.WARNING.rank or told.unexplained:
        return YELLOW
    if not told.totals.events:
        return UNKNOWN
    return YELLOW if any(problem.unreadable for problem in told.problems) else GREEN


# --- what was before -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    compared: Compared
    changes: tuple[Change, ...]
    past: tuple[Past, ...]


class _Earlier:
    """Periods before ours; each is read once, whoever asks for it."""

    def __init__(self, *, logs: _Logs, now: _Told, asked: Asked, rule: Rule) -> None:
        self._logs, self._asked, self._rule, self._now = logs, asked, rule, now
        # What a group that begins within our period tells may be new, if others can be asked.
        self._table = self._counted(now, frozenset(logs.since))
        self._read: dict[Stretch, _Told] = {}

    def before(self) -> _Compared:
        """Compare with the period before."""
        return self._with((self._asked.before,), BEFORE)

    def weekday(self) -> _Compared:
        """Compare with the same weekday of the weeks before."""
        return self._with(self._asked.weekday, WEEKDAY)

    def _with(self, periods: Sequence[Stretch], against: str) -> _Compared:
        told = [(period, self._told(period)) for period in periods if self._logs.groups(period)]
        read = [(one, self._logs.groups(period)) for period, one in told if one.read.report.totals.events]
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

    def _counted(self, told: _Told, groups: frozenset[str]) -> Table:
        entries = dict(_entries(told, frozenset(self._logs.since)))
        return Table(seconds=told.period.seconds, groups=groups, entries=entries)

    def _told(self, period: Stretch) -> _Told:
        if period not in self._read:
            self._read[period] = self._logs.of(period, self._asked.now)
        return self._read[period]


def _since(found: Survey) -> dict[str, datetime]:
    """Return since when each group of logs goes: families that have logs of their own, and all the others."""
    owners = {own.name: owner for own, owner in formats(families())}
    since: dict[str, datetime] = {}
    for log in (*found.logs, *found.outside):
        group, begin = owners.get(log.format.name) or SYSLOG, log.begin
        if begin is not None:
            since[group] = min(begin, since.get(group, begin))
    return since


def _entries(told: _Told, groups: frozenset[str]) -> Iterator[tuple[Name, Entry]]:
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


def _signed(told: _Told, logs: _Logs, asked: Asked) -> Signed:
    settings = replace(
        logs.settings,
        since=asked.period.since,
        until=asked.period.until,
        now=min(asked.now, asked.period.until),
    )
    answer = told.read.answer
    heard = any(source.families.get(Family.OPENDKIM.value) for source in answer.totals.sources.values())
    return coverage(logs.paths, settings, answer.signs.signs, heard=heard)
