"""Which failures of a service are one outage, and when was it over?

In: `Points`, the proofs, starts and stops, `Limits`. Out: `Run`s: outages in order of time, and what stays a rate.
Never: calls a few failures among many successes an outage.

The rule, in one place. Failures of a service belong together until more than `gap_s` passes between two of
them, or until `recovered_after` requests in a row succeeded. They are an outage when there are at least
`min_failures` of them, and at least `min_share` of what was tried from the first to the last failed. What is
less is a failure rate. Failures further apart than `gap_s` still are one outage where nothing succeeded between
them, although success would have been logged: a server that is asked twice a day and never answers
has one outage.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from logscan.analyses.outages.fold import DESTINATION
from logscan.analyses.outages.services import Points
from logscan.model.outages import Limits

#: Who may tell of a failure.
SIDES: Final = ("error", "access", "mail", "to")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Failures of one service that belong together.

    begin, last: of the first and the last failure. end: of the first success after it, None: none is in the logs.
    told: side -> failed requests, sessions or deliveries that it tells of; clients: distinct ones. succeeded: between begin and last.
    rules: rule -> lines. proved: whether success of this service would be in the logs. half: when half of the failures
    had been. worked: the last success before begin. names: back ends, parts of a site and domains that its lines name.
    sole: the client, where there is only one.
    """

    service: str
    kind: str
    begin: datetime
    last: datetime
    end: datetime | None
    told: Mapping[str, int]
    clients: int
    succeeded: int
    rules: Mapping[str, int]
    proved: bool
    half: datetime
    worked: datetime | None = None
    sole: str | None = None
    names: frozenset[str] = frozenset()

    @property
    def failures(self) -> int:
        """How much failed: error log and access log tell of the same requests."""
        return max(1, *self.told.values())


class Proofs:
    """The proofs of one service, for questions about times."""

    #: Runs of several logs and keys overlap: of this many before a moment, the one that ends last counts.
    _NEAR = 64

    def __init__(self, tracks: Iterable[pl.DataFrame] = (), *, logged: bool = False) -> None:
        """Take `fold.PROOFS` of the service, each key's in the order of the logs.

        logged: its successes would be there, even where there is none.
        """
        self._logged = logged
        self._tracks: list[_Track] = []
        good: list[tuple[datetime, datetime, int]] = []
        for track in tracks:
            by_source: dict[int, list[tuple[bool, datetime, datetime]]] = {}
            for source, ok, first, last, n in track.select("source", "ok", "first", "last", "n").iter_rows():
                by_source.setdefault(source, []).append((ok, first, last))
                if ok:
                    good.append((first, last, n))
            self._tracks += map(_Track, by_source.values())
        good.sort()
        self._first = [first for first, _, _ in good]
        self._counts = [(n, last) for _, last, n in good]

    def __bool__(self) -> bool:
        return self._logged or bool(self._first)

    @property
    def total(self) -> int:
        """How many successes there are."""
        return sum(n for n, _ in self._counts)

    def between(self, begin: datetime, end: datetime) -> int:
        """Return how many successes lie between two failures, as far as runs of them lie there whole.

        A slow request is logged late and makes its run begin early. Stamps of one second do not tell which came
        first: what is of the second failure's does not count.
        """
        until = end.replace(microsecond=0)
        low, high = bisect_right(self._first, begin), bisect_left(self._first, until)
        return sum(n for n, last in self._counts[low:high] if last < until)

    def before(self, begin: datetime) -> datetime | None:
        """Return the last success that surely came before an outage's first failure."""
        place = bisect_left(self._first, begin)
        near = range(max(0, place - self._NEAR), place)
        return max(
            (last if (last := self._counts[at][1]) < begin else self._first[at] for at in near), default=None
        )

    def after(self, begin: datetime, last: datetime) -> datetime | None:
        """Return the first success after an outage's last failure.

        By the order of a log's lines where failures stand among them, by their times elsewhere.
        """
        found = [time for track in self._tracks if (time := track.after(begin, last)) is not None]
        return max(min(found), last) if found else None


class _Track:
    """The proofs of one log and key, in the order of its lines."""

    #: A slow request is logged late. Of this many interruptions before a moment, the one logged last counts.
    _LATE = 64

    def __init__(self, runs: Sequence[tuple[bool, datetime, datetime]]) -> None:
        self._runs = runs
        self._failed = sorted((first, at, last) for at, (ok, first, last) in enumerate(runs) if not ok)
        self._begins = [first for first, _, _ in self._failed]
        good = [(first, last) for ok, first, last in runs if ok]
        self._good_begins = sorted(first for first, _ in good)
        self._good_ends = sorted(last for _, last in good)

    def after(self, begin: datetime, last: datetime) -> datetime | None:
        """Return the first success behind the failures from `begin` to `last`."""
        upto = bisect_right(self._begins, last)
        recent = self._failed[max(0, upto - self._LATE) : upto]
        interrupted = max((at for _, at, end in recent if end >= begin), default=None)
        if interrupted is None:
            # of a run that began before the failure, only its last line surely came behind it
            begun, ended = bisect_right(self._good_begins, last), bisect_right(self._good_ends, last)
            return min(
                [*self._good_begins[begun : begun + 1], *self._good_ends[ended : ended + 1]], default=None
            )
        floor = last.replace(microsecond=0)
        for at in range(interrupted + 1, len(self._runs)):
            ok, first, end = self._runs[at]
            if ok and end >= floor:
                return max(first, floor)
        return None


def outages(
    points: Points,
    proofs: pl.DataFrame,
    up: Mapping[str, Sequence[tuple[datetime, str]]],
    limits: Limits,
    strangers: frozenset[str] = frozenset(),
) -> tuple[list[Run], list[Run]]:
    """Return the outages in order of time, and, one for each service, what stays a rate.

    `succeeded` of a rate counts all that these logs hold. up: by service, its starts and stops (`start`, `stop`), where these decide, in order of time.
    strangers: clients whose failures alone, where nobody ever succeeded, are no outage.
    """
    runs: list[Run] = []
    rates: list[Run] = []
    keys: dict[str, list[str]] = {}
    for service, key in points.keys.iter_rows():
        keys.setdefault(service, []).append(key)
    by_key = {
        str(key): part
        for (key,), part in proofs.partition_by("key", as_dict=True, maintain_order=True).items()
    }
    delivers = proofs.filter(pl.col("ok") & pl.col("key").str.starts_with(DESTINATION)).height > 0
    for (service,), mine in points.points.partition_by("service", as_dict=True, maintain_order=True).items():
        name = str(service)
        if up.get(name):
            runs += _of_daemon(name, mine, up[name], limits)
            continue
        own = keys.get(name, [])
        # of a mail to somebody it is known that it would be logged, even if none ever arrived
        logged = delivers and bool(own) and all(key.startswith(DESTINATION) for key in own)
        known = Proofs((by_key[key] for key in own if key in by_key), logged=logged)
        made = [_run(name, group, known) for group in _groups(_rows(mine), known, limits)]
        made = _continued(made, known)
        grave = [run for run in made if _grave(run, limits) and (known.total or run.sole not in strangers)]
        runs += grave
        lone = [run for run in made if run not in grave]
        if lone:
            rates.append(_rate(lone, known))
    return sorted(runs, key=lambda run: (run.begin, run.service)), sorted(
        rates, key=lambda rate: (-rate.failures, rate.service)
    )


_Row = tuple[
    datetime, datetime, datetime, str, str | None, int, int, int, str, str, str | None, str | None, str | None
]


def _rows(mine: pl.DataFrame) -> list[_Row]:
    """Return a service's points in order of time. Few or many, they are looked at one by one: a service may have two."""
    columns = (
        "first",
        "last",
        "second",
        "side",
        "client",
        "shape",
        "n",
        "lines",
        "rule",
        "kind",
        "backend",
        "place",
        "entity",
    )
    return list(mine.sort("first", "shape", "client").select(columns).iter_rows())


def _groups(rows: Sequence[_Row], known: Proofs, limits: Limits) -> Iterator[Sequence[_Row]]:
    """Yield the points that belong together, by gap and by recovery."""
    gap = timedelta(seconds=limits.gap_s)
    begin, reach = 0, rows[0][1]
    for at, (first, last, *_) in enumerate(rows):
        if first > reach and (first - reach > gap or known.between(reach, first) >= limits.recovered_after):
            yield rows[begin:at]
            begin = at
        reach = max(reach, last)
    yield rows[begin:]


def _run(service: str, rows: Sequence[_Row], known: Proofs) -> Run:
    begin, last = rows[0][0], max(row[1] for row in rows)
    # what the access log says of a failure says nothing of its cause
    ruled = [row for row in rows if row[3] != "access"] or rows
    rules: dict[str, int] = {}
    for row in ruled:
        rules[row[8]] = rules.get(row[8], 0) + row[7]
    kinds = {row[9] for row in rows}
    return Run(
        service=service,
        kind="destination" if len(kinds) > 1 else kinds.pop(),
        begin=begin,
        last=last,
        end=known.after(begin, last),
        told=_told(rows),
        clients=len({row[4] for row in rows} - {None}),
        succeeded=known.between(begin, last),
        rules=dict(sorted(rules.items())),
        proved=bool(known),
        half=_half(ruled),
        worked=known.before(begin),
        sole=_only({row[4] for row in rows}),
        names=frozenset(name for row in rows for name in row[10:] if name is not None),
    )


def _only(clients: set[str | None]) -> str | None:
    return next(iter(clients)) if len(clients) == 1 else None


def _half(rows: Sequence[_Row]) -> datetime:
    """Return when half of the lines had been written."""
    total, so_far = sum(row[7] for row in rows), 0
    for row in rows:
        so_far += row[7]
        if 2 * so_far >= total:
            return row[0]
    return rows[-1][0]


def _told(rows: Sequence[_Row]) -> dict[str, int]:
    """Return, by side, how many requests failed: lines of one second and client that differ tell of one."""
    told = dict.fromkeys(SIDES, 0)
    lines: dict[tuple[str, datetime, str | None], dict[int, int]] = {}
    for _, _, second, side, client, shape, n, *_ in rows:
        if side in {"to", "access"}:
            told[side] += n
        else:
            shapes = lines.setdefault((side, second, client), {})
            shapes[shape] = shapes.get(shape, 0) + n
    for (side, _, _), shapes in lines.items():
        told[side] += max(shapes.values())
    return told


def _grave(run: Run, limits: Limits) -> bool:
    share = run.failures / (run.failures + run.succeeded)
    return run.failures >= limits.min_failures and share >= limits.min_share


def _continued(runs: Sequence[Run], known: Proofs) -> list[Run]:
    """Join runs between which nothing succeeded, though it would have been logged."""
    joined: list[Run] = []
    for run in runs:
        older = joined[-1] if joined else None
        # stamps of one second do not tell which came first
        moment = run.begin.replace(microsecond=0)
        if older is not None and known and (older.end is None or older.end >= moment):
            joined[-1] = _both(older, run, known)
        else:
            joined.append(run)
    return joined


def _both(older: Run, run: Run, known: Proofs) -> Run:
    return replace(
        run,
        begin=older.begin,
        end=known.after(older.begin, run.last),
        told=_sum(older.told, run.told),
        clients=max(older.clients, run.clients),
        succeeded=older.succeeded + run.succeeded,
        rules=_sum(older.rules, run.rules),
        half=older.half if older.failures >= run.failures else run.half,
        worked=older.worked,
        sole=_only({older.sole, run.sole}),
        names=older.names | run.names,
    )


def _sum(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    return {name: left.get(name, 0) + right.get(name, 0) for name in sorted({*left, *right})}


def _rate(lone: Sequence[Run], known: Proofs) -> Run:
    rules: Mapping[str, int] = {}
    told: Mapping[str, int] = {}
    for run in lone:
        rules, told = _sum(rules, run.rules), _sum(told, run.told)
    return replace(
        lone[0],
        last=max(run.last for run in lone),
        told=told,
        rules=rules,
        succeeded=known.total,
        proved=bool(known),
    )


def _of_daemon(
    service: str, mine: pl.DataFrame, changes: Sequence[tuple[datetime, str]], limits: Limits
) -> Iterator[Run]:
    """Yield the times in which a daemon was down and failed to start.

    A stop and a start alone are somebody's work. changes: at least one.
    """
    for begin, end in _downs(changes):
        inside = pl.lit(value=True) if begin is None else pl.col("first") >= begin
        inside &= pl.lit(value=True) if end is None else pl.col("first") < end
        group = mine.filter(inside)
        if not group.height:
            continue
        run = _run(service, _rows(group), Proofs())
        if run.failures >= limits.min_failures:
            yield replace(run, begin=min(begin or run.begin, run.begin), end=end, proved=True)


def _downs(changes: Sequence[tuple[datetime, str]]) -> Iterator[tuple[datetime | None, datetime | None]]:
    """Yield (stop, start) of each time in which a daemon did not run; None: outside of the logs."""
    since: datetime | None = None
    is_down = changes[0][1] == "start"
    for time, what in changes:
        if what == "start" and is_down:
            yield since, time
        elif what == "stop" and not is_down:
            since = time
        is_down = what == "stop"
    if is_down:
        yield since, None
