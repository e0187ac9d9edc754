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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import compress
from typing import Final

import polars as pl

from logscan.analyses.outages.fold import DESTINATION
from logscan.analyses.outages.proofs import Proofs, micros
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
        made = _continued(_runs(name, _grouped(_ordered(mine), known, limits), known), known)
        grave = [_grave(run, limits) and bool(known.total or run.sole not in strangers) for run in made]
        runs += compress(made, grave)
        lone = [run for run, is_grave in zip(made, grave, strict=True) if not is_grave]
        if lone:
            rates.append(_rate(lone, known))
    return sorted(runs, key=lambda run: (run.begin, run.service)), sorted(
        rates, key=lambda rate: (-rate.failures, rate.service)
    )


#: A run's number, within its service.
_RUN: Final = "run_"


def _ordered(mine: pl.DataFrame) -> pl.DataFrame:
    """Return a service's points in order of time."""
    return mine.sort("first", "shape", "client")


def _grouped(rows: pl.DataFrame, known: Proofs, limits: Limits) -> pl.DataFrame:
    """Return ordered points with the number of those that belong together, by gap and by recovery."""
    first = rows["first"].to_physical()
    reach = rows["last"].to_physical().cum_max().shift(1)
    begins = (first - reach > micros(timedelta(seconds=limits.gap_s))).fill_null(value=False)
    begins |= (first > reach).fill_null(value=False) & known.recovered(reach, first, limits.recovered_after)
    return rows.with_columns(begins.cum_sum().alias(_RUN))


def _runs(service: str, rows: pl.DataFrame, known: Proofs) -> list[Run]:
    """Return the runs of a service's points, which are numbered and in order of time."""
    # what the access log says of a failure says nothing of its cause
    telling = pl.col("side") != "access"
    ruled = rows.filter(telling | ~telling.any().over(_RUN))
    rules = _by_run(ruled.group_by(_RUN, "rule").agg(pl.col("lines").sum()).sort("rule"))
    told = _told(rows)
    names = rows.select(_RUN, pl.concat_list("backend", "place", "entity").alias("name"))
    named = _by_run(names.explode("name").drop_nulls().unique().with_columns(pl.lit(0)))
    halves = dict(_halves(ruled).iter_rows())
    clients = pl.col("client")
    made = rows.group_by(_RUN, maintain_order=True).agg(
        pl.col("first").first(),
        pl.col("last").max(),
        pl.col("kind").n_unique().alias("kinds"),
        pl.col("kind").first(),
        clients.drop_nulls().n_unique().alias("clients"),
        pl.when(clients.n_unique() == 1).then(clients.first()).alias("sole"),
    )
    return [
        Run(
            service=service,
            kind="destination" if kinds > 1 else kind,
            begin=begin,
            last=last,
            end=known.after(begin, last),
            told=dict.fromkeys(SIDES, 0) | told[number],
            clients=clients,
            succeeded=known.between(begin, last),
            rules=rules[number],
            proved=bool(known),
            half=halves[number],
            worked=known.before(begin),
            sole=sole,
            names=frozenset(named.get(number, ())),
        )
        for number, begin, last, kinds, kind, clients, sole in made.iter_rows()
    ]


def _by_run(rows: pl.DataFrame) -> dict[int, dict[str, int]]:
    """Return run -> name -> number, in the order of the rows: run, name, number."""
    found: dict[int, dict[str, int]] = {}
    for run, name, number in rows.iter_rows():
        found.setdefault(run, {})[name] = number
    return found


def _halves(ruled: pl.DataFrame) -> pl.DataFrame:
    """Return, by run, when half of its lines had been written."""
    so_far, total = pl.col("lines").cum_sum().over(_RUN), pl.col("lines").sum().over(_RUN)
    return (
        ruled.filter(2 * so_far >= total)
        .unique(_RUN, keep="first", maintain_order=True)
        .select(_RUN, "first")
    )


def _told(rows: pl.DataFrame) -> dict[int, dict[str, int]]:
    """Return, by run and side, how many requests failed: lines of one second and client that differ tell of one."""
    each = pl.col("side").is_in(["to", "access"])
    count = pl.col("n").sum()
    event = (_RUN, "side", "second", "client")
    once = rows.filter(~each).group_by(*event, "shape").agg(count).group_by(event).agg(pl.col("n").max())
    both = [table.select(_RUN, "side", "n") for table in (rows.filter(each), once)]
    return _by_run(pl.concat(both).group_by(_RUN, "side").agg(count))


def _only(clients: set[str | None]) -> str | None:
    return next(iter(clients)) if len(clients) == 1 else None


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
        run = _runs(service, _ordered(group).with_columns(pl.lit(0).alias(_RUN)), Proofs())[0]
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
