"""Whole local days out of the memory: what the verbs say of them, and since when there is something to say.

In: an open store. Out: `Recalled`, from which a report asks its periods. Never: a log; a day that was put down by a
version whose records have another shape: it is named, and passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, TypeVar

from logscan.analyses import flow
from logscan.model.baseline import Hour
from logscan.model.hours import both
from logscan.model.own import OwnMail
from logscan.model.problems import Problem
from logscan.model.report import Stretch
from logscan.model.settings import Settings
from logscan.parsers.zone import zone
from logscan.pipeline.logs.grounds import SYSLOG
from logscan.pipeline.memory.kept import Kept, nothing
from logscan.pipeline.memory.telling import Told, told
from logscan.store.codec import form, packed, unpacked
from logscan.store.store import Store

#: Kinds of parts: all of a stretch; since when each group of logs has told something in it; what its hours brought.
KEPT: Final = "kept"
SINCE: Final = "since"
HOURS: Final = "hours"

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """When each group of logs (`Ground.group`) first told something in a stretch, and when the stretch ended. own: IDs of own mails."""

    groups: Mapping[str, datetime]
    last: datetime | None
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """What the hours of a stretch brought."""

    hours: tuple[Hour, ...]


@dataclass(slots=True)
class Recalled:
    """A memory that can be asked.

    settings: how it is told. problems: of reading tonight, and of what cannot be told; complete when all periods were
    asked for. since: group of logs -> when the memory of it begins. covered: first and last time.
    """

    store: Store
    settings: Settings
    problems: list[Problem] = field(default_factory=list)
    since: dict[str, datetime] = field(default_factory=dict)
    covered: tuple[datetime | None, datetime | None] = (None, None)

    def __post_init__(self) -> None:
        last: datetime | None = None
        for each in _read(self.store, SINCE, Since, date.min, date.max):
            for group, begin in each.groups.items():
                self.since[group] = min(begin, self.since.get(group, begin))
            if each.last is not None:
                last = each.last if last is None else max(last, each.last)
        self.covered = (min(self.since.values(), default=None), last)

    @property
    def zone(self) -> tzinfo:
        """In which days are days."""
        return zone(self.settings.zone).info

    def hours(self, until: datetime) -> list[Hour]:
        """Return what all hours until then brought, in order; of a day in several stretches the sums."""
        found: dict[datetime, Hour] = {}
        for each in _read(self.store, HOURS, Hours, date.min, until.astimezone(self.zone).date()):
            for hour in each.hours:
                known = found.get(hour.start.astimezone(UTC))
                found[hour.start.astimezone(UTC)] = hour if known is None else both(known, hour)
        # A zone goes to the disk as an offset; the local clock is asked again.
        ordered = (
            replace(hour, start=at.astimezone(self.zone)) for at, hour in sorted(found.items()) if at < until
        )
        return list(ordered)

    def own_mails(self, period: Stretch) -> int:
        """Return how many of logscan's own mails are not counted in a period of whole days."""
        days = whole_days(period, self.zone)
        if days is None:
            return 0
        return len(frozenset[str]().union(*(each.own for each in _read(self.store, SINCE, Since, *days))))

    def holds(self, period: Stretch) -> bool:
        """Return whether the memory can tell of a period: of whole local days, on one of which something was put down."""
        days = whole_days(period, self.zone)
        return days is not None and any(days[0] <= day <= days[1] for day in self.store.days())

    def told(self, period: Stretch, now: datetime, *, top: int, proving: bool = False) -> Told:
        """Return what the verbs say of a period of whole days, all of it. now: by the clock. top: names in each list."""
        days = whole_days(period, self.zone)
        several = [] if days is None else list(self._kept(*days))
        settings = replace(self.settings, now=min(now, period.until))
        return told(period, several or [nothing()], settings, top=top, problems=self.problems, whole=proving)

    def _kept(self, first: date, last: date) -> Iterator[Kept]:
        known = form(Kept)
        for part in self.store.parts(KEPT, first, last):
            if part.form == known:
                yield unpacked(Kept, part.body)
            elif not any(problem.where == _where(part.day) for problem in self.problems):
                self.problems.append(
                    Problem(
                        where=_where(part.day),
                        reason="was put down by another version of logscan, and cannot be told",
                        help="run once with --rebuild while the logs of that day are there",
                    )
                )


def parts_of(kept: Kept, day: Stretch, local: tzinfo, own: Sequence[OwnMail]) -> dict[str, tuple[str, bytes]]:
    """Return what the store keeps of a stretch of a local day: kind -> form, body."""
    groups: dict[str, datetime] = {}
    lasts = []
    for index, log in enumerate(kept.scan_grounds.logs):
        sums = kept.scan.totals.sources.get(index)
        if sums is None or sums.first is None or sums.last is None:
            continue
        groups[log.group] = min(sums.first, groups.get(log.group, sums.first))
        lasts.append(sums.last)
    ids = frozenset(one.message_id for one in own if one.first < day.until and one.last >= day.since)
    since = Since(groups=groups, last=max(lasts, default=None), own=ids)
    brought = Hours(hours=tuple(flow.hourly(kept.flow.flow, (day.since, day.until), local)))
    return {
        KEPT: (form(Kept), packed(kept)),
        SINCE: (form(Since), packed(since)),
        **({HOURS: (form(Hours), packed(brought))} if SYSLOG in groups else {}),
    }


def whole_days(period: Stretch, local: tzinfo) -> tuple[date, date] | None:
    """Return the first and the last local day of a period, None where it does not consist of whole ones."""
    first, end = (time.astimezone(local).replace(tzinfo=None) for time in (period.since, period.until))
    midnight = datetime.min.time()
    if first.time() != midnight or end.time() != midnight:
        return None
    return first.date(), end.date() - timedelta(days=1)


def _read(store: Store, kind: str, record: type[Record], first: date, last: date) -> Iterator[Record]:
    known = form(record)
    for part in store.parts(kind, first, last):
        if part.form == known:
            yield unpacked(record, part.body)


def _where(day: date) -> str:
    return f"memory of {day.isoformat()}"
