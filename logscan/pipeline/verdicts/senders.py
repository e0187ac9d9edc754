"""Accounts of ours in other hands, for a scan: asked about only where the failures call for it.

In: what a scan kept of failed attempts, its shapes with their cards, a reading. Out: `Senders`: statements like those of
`bounces`, findings with the cards that are `derived` from them. Never: follows mails without a suspicion; counts of its
own, for these are `analyses.accounts`'.

Three steps, each dearer than the one before: enough recipients that do not exist, which a scan knows, in long logs many more
of them in some hour than in others; a login or local sender that may have written to them (`mails.suspects`, half a
scan at most); all mails followed (`mails.followed`, four scans).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

import polars as pl

from logscan.analyses import accounts, attempts
from logscan.analyses.accounts import Account, Thresholds
from logscan.analyses.totals import Partial as Totals
from logscan.model.blocks import Source
from logscan.model.bounces import Place
from logscan.model.findings import Affected, Evidence, Finding, Reach, Tally
from logscan.model.problems import Problem
from logscan.model.settings import Settings
from logscan.model.vocabulary import Cause, Direction, Family, Severity
from logscan.packs.load import Pack
from logscan.packs.schema import Card
from logscan.packs.texts import explain
from logscan.pipeline.lines.judged import Judge
from logscan.pipeline.logs.lookup import lines_at
from logscan.pipeline.logs.reading import Reading
from logscan.pipeline.mails.followed import followed
from logscan.pipeline.mails.suspects import Question, heard, suspected
from logscan.pipeline.verdicts.reach import worded
from logscan.pipeline.verdicts.said import by_card, by_text, unexplained
from logscan.pipeline.verdicts.verdict import EVIDENCE, NAMED, Court, ongoing


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """What is known of accounts of ours in other hands.

    reach: what is said of each, the one with most recipients first. findings: one for each card that tells of some. times: by card, when recipients of its accounts turned out not to exist, in order. lines: some of these lines, as
    `failing.Case.signs` has them. attempts: rule, time, count of all that failed, where they were kept. unheard: since when
    recipients turned out not to exist to whom nobody knows who wrote: it was before others began to refuse us.
    """

    reach: tuple[Reach, ...] = ()
    findings: tuple[Finding, ...] = ()
    times: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    lines: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    attempts: pl.DataFrame | None = None
    unheard: datetime | None = None
    problems: tuple[Problem, ...] = ()

    def since(self, finding: Finding, time: datetime) -> float:
        """Return which part of a finding's attempts failed at `time` or later, 0 where that is not known."""
        if self.attempts is None:
            return 1.0 if finding.first is not None and finding.first >= time else 0.0
        mine = self.attempts.filter(pl.col("rule") == finding.rule)
        later = mine.filter(pl.col("time") >= time)
        return int(later["count"].sum()) / max(1, int(mine["count"].sum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked about. totals: of what was read. early: see `mails.followed`."""

    kept: attempts.Answer
    judged: pl.DataFrame
    totals: Totals
    reading: Reading
    settings: Settings
    court: Court
    zone: tzinfo
    early: bool


NOBODY: Final = Senders()
_GONE: Final = Problem(
    where="-",
    reason="many recipients do not exist; who wrote to them was not looked for, because a stream is read but once",
    help="give scan the file instead, or ask: logscan bounces -",
    unreadable=False,
)
#: Lines of logs that are short enough to be looked through in any case; else these lines must be this part of all, or so
#: many times as many in some hour as in the one in the middle, by number.
LONG: Final = 250_000
MANY: Final = 0.01
BURST: Final = 4.0
#: How long before refusals unknown recipients may be behind them, and of how many it is asked who wrote to them.
NEAR: Final = timedelta(days=1)
SAMPLE: Final = 20


def senders(asked: Asked, limits: Thresholds | None = None) -> Senders:
    """Return the accounts that gave themselves away."""
    limits = limits or Thresholds()
    cards = derived(asked.court.pack)
    logs = _logs(asked)
    if not cards or not logs or asked.judged.is_empty():
        return NOBODY
    enough, unknown = _unknown(asked, limits)
    if not enough:
        return NOBODY
    only = [index for index in logs if _again(asked.reading.logs[index].source)]
    if len(only) < len(logs):
        return replace(NOBODY, problems=(_GONE,))
    question = Question(
        mails=unknown,
        hosts=sorted(asked.totals.hosts),
        only=only,
        whole=asked.settings.since is None and asked.settings.until is None,
    )
    if suspected(asked.reading, question, limits):
        judge = Judge(asked.court.pack, asked.settings.patterns)
        told = followed(asked.reading.afresh(), asked.settings, judge, only, early=asked.early)
        if found := accounts.found(told, limits):
            texts = _texts(found, asked.reading)
            return concluded(found, asked.kept, asked.judged, asked.court, asked.zone, texts)
    since = _unheard(asked, only, limits)
    return replace(NOBODY, unheard=since, attempts=_attempts(asked.kept, asked.judged))


def derived(pack: Pack) -> dict[str, Card]:
    """Return the cards that tell of a statement, by its kind; of several the first by id."""
    return {card.derived: card for card in reversed(list(pack.cards.values())) if card.derived is not None}


def _logs(asked: Asked) -> list[int]:
    """Return the logs with lines of Postfix."""
    return [
        index
        for index, source in sorted(asked.totals.sources.items())
        if source.families.get(Family.POSTFIX.value)
    ]


def _again(source: Source) -> bool:
    return source.identity is not None or source.journal is not None


def _unknown(asked: Asked, limits: Thresholds) -> tuple[bool, pl.DataFrame | None]:
    """Return whether enough recipients do not exist, and by mail how many; None where there were too many to keep."""
    failed = asked.kept.failed
    rules = by_card(asked.judged, asked.court.pack)
    gone = pl.col("cause") == Cause.USER_UNKNOWN.value
    if failed is None:  # more than two hundred thousand
        lines = asked.judged.join(rules.filter(gone), on="shape", how="semi")["count"].sum()
        return lines >= limits.unknown, None
    known = failed.join(rules.filter(gone), on="shape", how="semi")
    may = failed.join(rules.filter(gone | pl.col("rule").is_null()), on="shape", how="semi")
    if may.height < limits.unknown or not _stands_out(known["time"], asked, limits):
        return False, None
    if unexplained(asked.judged, may):
        rules = by_text(rules, asked.judged, may, asked.settings.patterns)
    told = failed.join(rules, on="shape").drop_nulls("mail")
    refused = pl.col("cause").is_in(accounts.REPUTATION)
    mails = told.group_by("mail").agg(
        pl.col("recipient").filter(mask).n_unique().cast(pl.Int64).alias(name)
        for name, mask in (("unknown", gone), ("refused", refused))
    )
    enough = int(mails["unknown"].sum()) >= limits.unknown
    return enough, mails.filter((pl.col("unknown") > 0) | (pl.col("refused") > 0))


def _stands_out(times: pl.Series, asked: Asked, limits: Thresholds) -> bool:
    """Return whether logs are short, or these times many among its lines, or many more in some hour than in most."""
    lines = sum(source.lines for source in asked.totals.sources.values())
    if lines <= LONG or times.len() >= MANY * lines:
        return True
    hours = (asked.totals.minutes // 60).n_unique()
    counts = sorted(times.drop_nulls().dt.truncate("1h").value_counts()["count"].to_list())
    usual = ([0] * (hours - len(counts)) + counts)[hours // 2] if counts else 0
    return max(counts, default=0) >= max(limits.unknown, BURST * usual)


def _unheard(asked: Asked, only: Sequence[int], limits: Thresholds) -> datetime | None:
    """Return since when recipients did not exist to whom it is not known who wrote, before we began to be refused."""
    failed = asked.kept.failed
    if failed is None:
        return None
    told = failed.join(by_card(asked.judged, asked.court.pack), on="shape").rename({"time": "first"})
    refused = accounts.wave(told.filter("out", pl.col("cause").is_in(accounts.REPUTATION)))
    unknown = told.filter(pl.col("cause") == Cause.USER_UNKNOWN.value).sort("first", *_AT)
    if refused is not None:
        unknown = unknown.filter(pl.col("first").is_between(refused - NEAR, refused, closed="left"))
    if refused is None or unknown.n_unique(["mail", "recipient"]) < limits.unknown:
        return None
    places = [place for place in unknown.select(_AT).head(SAMPLE).iter_rows() if place[0] in only]
    lines = lines_at(asked.reading, places).values()
    asked_about = {found[1] for line in lines if (found := _OF.search(line)) is not None}
    known = heard(asked.reading, only, asked_about)
    return unknown["first"].item(0) if 2 * len(known) < len(asked_about) else None


_AT: Final = ("at_source", "at_block", "at_row")
_OF: Final = re.compile(r"([0-9A-Za-z]{5,32}): to=<")


# --- as findings -----------------------------------------------------------------------------------


def concluded(
    found: Sequence[Account],
    kept: attempts.Answer,
    judged: pl.DataFrame,
    court: Court,
    zone: tzinfo,
    texts: Mapping[Place, Evidence],
) -> Senders:
    """Return what some accounts are as findings. texts: the lines at their statements' places, as far as they are known."""
    pack = court.pack
    cards = derived(pack)
    grouped: dict[str, list[Account]] = {}
    statements = []
    for one in found:
        card = cards.get(one.statement.kind)
        if card is None:  # a pack of the user's own in place of ours may know less
            continue
        grouped.setdefault(card.id, []).append(one)
        statements.append(replace(one.statement, rules=(card.id,), evidence=_proofs(one, texts)))
    made = (_finding(pack.cards[rule], mine, texts, court) for rule, mine in grouped.items())
    return Senders(
        reach=worded(statements, pack, court.lang, zone),
        findings=tuple(made),
        times={
            rule: tuple(sorted(time for one in mine for time in one.unknown["first"].drop_nulls()))
            for rule, mine in grouped.items()
        },
        lines={rule: _lines(mine, texts) for rule, mine in grouped.items()},
        attempts=_attempts(kept, judged),
    )


def _attempts(kept: attempts.Answer, judged: pl.DataFrame) -> pl.DataFrame | None:
    """Return rule, time, count of what failed, None where it was too much to keep."""
    if kept.failed is None:
        return None
    rules = judged.select("shape", "rule").drop_nulls()
    return kept.failed.join(rules, on="shape").select("rule", "time", "count")


def _texts(found: Sequence[Account], reading: Reading) -> dict[Place, Evidence]:
    """Return the lines that prove what is said, by place."""
    times = {
        (source, block, row): time
        for one in found
        for source, block, row, time in one.unknown.select(*_AT, "first").iter_rows()
    }
    places = {place for one in found for place in one.statement.places}
    made = {}
    for place, text in sorted(lines_at(reading, sorted(places)).items()):
        file, line = reading.locate(*place)
        made[place] = Evidence(file=file, line=line, time=times.get(place), text=text)
    return made


def _proofs(one: Account, texts: Mapping[Place, Evidence]) -> tuple[Evidence, ...]:
    return tuple(texts[place] for place in one.statement.places if place in texts)


def _lines(mine: Sequence[Account], texts: Mapping[Place, Evidence]) -> list[dict[str, Any]]:
    """Return lines on which recipients turned out not to exist, in order of time."""
    rows = [
        {
            "source": place[0],
            "block": place[1],
            "row": place[2],
            "column": 0,
            "time": line.time,
            "text": line.text,
        }
        for one in mine
        for place in one.statement.places
        if (line := texts.get(place)) is not None and line.time is not None
    ]
    return sorted(rows, key=lambda row: tuple(row[name] for name in ("time", "source", "block", "row")))


def _finding(card: Card, mine: Sequence[Account], texts: Mapping[Place, Evidence], court: Court) -> Finding:
    unknown = pl.concat([one.unknown for one in mine])
    numbers = [one.statement.values for one in mine]
    slots = {
        name: list(dict.fromkeys(str(value[name]) for value in numbers if value[name]))
        for name in ("user", "sender")
    }
    last = max((one.last for one in mine if one.last is not None), default=None)
    lines = [line for one in mine for line in _proofs(one, texts)]
    return Finding(
        rule=card.id,
        severity=Severity(card.severity),
        cause=card.cause,
        direction=Direction.LOCAL.value,
        nature=card.nature,
        fault=card.fault,
        provider=None,
        count=int(unknown["deliveries"].sum()),
        deliveries=int(unknown["deliveries"].sum()),
        messages=sum(int(value["mails"]) for value in numbers),
        recipients=sum(int(value["recipients"]) for value in numbers),
        sessions=0,
        first=unknown["first"].min(),  # type: ignore[arg-type]
        last=last,
        ongoing=ongoing(last, court),
        explanation=explain(card, court.lang, court.pack, slots),
        affected=Affected(
            recipients=_tally(unknown["recipient"]),
            domains=_tally(unknown["domain"]),
            clients=_networks(mine),
        ),
        evidence=tuple(dict.fromkeys(lines))[:EVIDENCE],
    )


def _tally(names: pl.Series) -> Tally:
    counted = (
        names.drop_nulls().alias("name").value_counts(name="n").sort("n", "name", descending=[True, False])
    )
    return _top([(name, n) for name, n in counted.iter_rows()])


def _networks(mine: Sequence[Account]) -> Tally:
    sums: dict[str, int] = {}
    for one in mine:
        for network, mails in one.networks:
            sums[network] = sums.get(network, 0) + mails
    named = [(_written(network), mails) for network, mails in sums.items()]
    return _top(sorted(named, key=lambda item: (-item[1], item[0])))


def _written(network: str) -> str:
    """Return a network as it is written.

    >>> _written("192.0.2"), _written("2001:db8:1:")
    ('192.0.2.0/24', '2001:db8:1::/48')
    """
    return f"{network}.0/24" if ":" not in network else f"{network.rstrip(':')}::/48"


def _top(counts: Sequence[tuple[str, int]]) -> Tally:
    return Tally(top=tuple(counts[:NAMED]), others=sum(count for _, count in counts[NAMED:]))
