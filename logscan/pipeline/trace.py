"""The way of one mail, or of all mail of an address: found in the bytes, then followed from hop to hop.

In: paths, settings, a query. Out: `Trace`: mails, refusals, and where was searched.
Never: parses a log for the sake of one mail; a mail of which one hop is missing though it is in the logs.

A query first finds the lines that hold its words; queue IDs in them find their own lines, and so on until nothing
new is named: at most two readings for each hop, and hardly a line parsed. Words that are in very many lines,
and `--all`, read the logs as a whole instead, in order; then a mail is told as soon as nothing can be added to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import polars as pl

from logscan.engine.threads import spread
from logscan.model.findings import Assumptions, Evidence, Input
from logscan.model.messages import Message, Place, Refusal, Searched
from logscan.model.problems import NothingRead, Problem
from logscan.model.settings import Settings
from logscan.model.vocabulary import Family, Kind
from logscan.packs.load import Pack, load
from logscan.parsers.lines import Plan
from logscan.pipeline.carded import Cards
from logscan.pipeline.query import Query, query_of
from logscan.pipeline.reading import Reading, Reread, Tick, rereading_all
from logscan.pipeline.road import detailed, understood
from logscan.pipeline.seek import Found, Words, parsed, seek
from logscan.pipeline.survey import Survey, covered, nothing_inside, refuse_nothing, survey
from logscan.pipeline.told import told_before
from logscan.pipeline.work import Work
from logscan.rules.match import trusted
from logscan.sources.streams import keep_standard_input
from logscan.tracking import mail
from logscan.tracking.digest import BEFOREHAND, digest
from logscan.tracking.messages import told
from logscan.tracking.threads import LOOPBACK

#: Bytes of lines that are worth following; more, and the logs are read as a whole.
MOST = 24 * 1024 * 1024
#: Queue IDs that are worth following, and how often.
IDS = 3000
ROUNDS = 24
#: Rows that wait while the logs are read as a whole, before those of finished mails are let go.
HELD = 150_000
#: Lines of one mail that are shown as proof.
PROOFS = 200
#: How far apart the lines of one refusal may be.
SESSION = timedelta(minutes=1)

_REFUSED = (Kind.REJECT.value, Kind.MILTER_REJECT.value)
_WHOLE = ("DATA", "END-OF-MESSAGE", "BDAT")


@dataclass(kw_only=True)
class _Search:
    """What is looked for and what has been found. ids: queue IDs, followed. sought: words, looked for."""

    ids: set[str] = field(default_factory=set)
    message_ids: set[str] = field(default_factory=set)
    processes: set[int] = field(default_factory=set)
    sought: set[bytes] = field(default_factory=set)
    found: dict[int, Found] = field(default_factory=dict)

    def new(self) -> tuple[bytes, ...]:
        """Return the words that nobody has looked for yet."""
        words = {queue_id.encode() for queue_id in self.ids}
        words |= {message_id.encode("utf-8", "surrogateescape") for message_id in self.message_ids}
        words |= {f"[{pid}]: NOQUEUE: ".encode() for pid in self.processes}
        return tuple(sorted(words - self.sought))

    def add(self, more: dict[int, Found]) -> None:
        """Take in what another reading found."""
        for index, one in more.items():
            old = self.found.get(index, Found())
            self.found[index] = Found(
                lines=old.lines | one.lines, days=old.days | one.days, count=max(old.count, one.count)
            )


class Trace:
    """Mails that a query means, by first sight.

    `rejects`, `searched`, `problems` and `assumptions` are complete when `messages()` has ended.
    lifetime_s: how long a mail waits before it is given up; source: default or option.
    """

    def __init__(
        self,
        paths: Sequence[str],
        settings: Settings,
        query: str | None,
        *,
        lifetime_s: float,
        lifetime_source: str,
        tick: Tick | None = None,
    ) -> None:
        self.query = query
        self.lifetime_s, self.lifetime_source = lifetime_s, lifetime_source
        self.rejects: tuple[Refusal, ...] = ()
        self.inputs: tuple[Input, ...] = ()
        self._asked = query_of(query) if query is not None else None
        self._settings = settings
        self._tick = tick
        self._pack: Pack = trusted(load(settings.patterns))
        self._cards = Cards(self._pack)
        self._survey: Survey = survey(paths, settings)
        self.problems: tuple[Problem, ...] = self._survey.problems
        refuse_nothing(self._survey, paths)
        if "-" in paths:
            keep_standard_input()
        self._firsts: dict[int, int] = {}
        self._lines: Counter[int] = Counter()
        self._plans: dict[int, Plan] = {}
        self._found: tuple[Message, ...] | None = self._sought()
        self._close()

    @property
    def whole(self) -> bool:
        """Whether the logs are read as a whole, so that mails come while it goes on."""
        return self._found is None

    def messages(self) -> Iterator[Message]:
        """Yield the mails. To be called once."""
        if self._found is not None:
            yield from self._found
            return
        yield from self._read_all()
        self._close()

    @property
    def searched(self) -> Searched:
        """Where was searched."""
        first, last = covered(self._survey)
        logs = self._survey.logs
        return Searched(
            files=tuple(log.source.path for log in logs), lines=self._lines.total(), first=first, last=last
        )

    @property
    def as_of(self) -> datetime | None:
        """The moment that "now" is."""
        return self._settings.now or covered(self._survey)[1]

    @property
    def assumptions(self) -> Assumptions:
        """Zone and year that the logs do not say."""
        years = [plan.calendar for plan in self._plans.values() if plan.calendar.year is not None]
        first = min(years, key=lambda c: (c.year or 0, str(c.year_source)), default=None)
        return Assumptions(
            zone=self._survey.zone.name,
            zone_source=self._survey.zone.source,
            year=first.year if first else None,
            year_source=str(first.year_source) if first else None,
            lifetime_source=self.lifetime_source,
        )

    # --- by words ----------------------------------------------------------------------------------

    def _sought(self) -> tuple[Message, ...] | None:
        """Return the mails that the query means, None when the logs must be read as a whole."""
        if self._asked is None:
            return None
        search = _Search()
        query = self._asked
        words = Words(folded=(query.needle,)) if query.folded else Words(plain=(query.needle,))
        if not query.folded:
            search.sought.add(query.needle)
        rows = self._look(search, words)
        for _ in range(ROUNDS):
            if rows is None or len(search.ids) > IDS:
                return None
            self._follow(search, rows, query)
            new = search.new()
            if not new:
                break
            search.sought |= set(new)
            rows = self._look(search, Words(plain=new))
        if rows is None:
            return None
        return self._answer(search, rows, query)

    def _look(self, search: _Search, words: Words) -> pl.DataFrame | None:
        """Search the logs once more, and return all that was found until now as rows of events."""
        answer = seek(self._survey.logs, words, self._settings.jobs, most=MOST, tick=self._tick)
        if answer is None:
            return None
        more, problems = answer
        self.problems = tuple(sorted({*self.problems, *problems}))
        search.add(more)
        if sum(found.size for found in search.found.values()) > MOST:
            return None
        self._lines = Counter({index: found.count for index, found in search.found.items()})
        rows, self._plans = parsed(search.found, self._survey.logs, self._survey.zone, self._firsts)
        if not rows.height:
            return pl.DataFrame(schema={"kind": pl.String, "family": pl.String})
        rows = detailed(part.all() for part in understood(_once(self._inside(rows))))
        told_next = digest(rows).select("source", "block", "row", "next_id")
        if "source" not in rows.columns:
            return rows
        return rows.join(
            told_next.unique(["source", "block", "row"]), on=["source", "block", "row"], how="left", maintain_order="left"
        )

    def _inside(self, rows: pl.DataFrame) -> pl.DataFrame:
        time = pl.col("time")
        since, until = self._settings.since, self._settings.until
        tests = [pl.lit(value=True)]
        tests += [time >= since] if since is not None else []
        tests += [time < until] if until is not None else []
        return rows.filter(pl.all_horizontal(tests) | time.is_null())

    def _follow(self, search: _Search, rows: pl.DataFrame, query: Query) -> None:
        """Note the queue IDs that rows name, until these rows name no new one."""
        if not rows.height or "queue_id" not in rows.columns:
            return
        asked = rows.filter(query.rows(rows) & pl.col("queue_id").is_not_null())
        search.ids |= set(asked["queue_id"].drop_nulls())
        links = _links(rows)
        before = -1
        while before != len(search.ids):
            before = len(search.ids)
            for mine, other, both in links:
                if mine in search.ids:
                    search.ids.add(other)
                elif both and other in search.ids:
                    search.ids.add(mine)
            mails = rows.filter(pl.col("queue_id").is_in(list(search.ids)))
            search.message_ids |= _roundabout(mails)
            if search.message_ids and "message_id" in rows.columns:
                same = rows.filter(pl.col("message_id").is_in(list(search.message_ids)))
                search.ids |= set(same["queue_id"].drop_nulls())
        search.processes |= _unqueued(mails)

    def _answer(self, search: _Search, rows: pl.DataFrame, query: Query) -> tuple[Message, ...]:
        if not rows.height or "queue_id" not in rows.columns:
            return ()
        self.rejects = _refusals(self._cards.ruled(rows.filter(query.rows(rows) & _refused(rows))))
        ids = list(search.ids)
        before = pl.col("kind").is_in(BEFOREHAND) & pl.col("queue_id").is_null()
        mine = rows.filter(pl.col("queue_id").is_in(ids) | before)
        if not mine.height:
            return ()
        tracked = mail.finish(mail.absorb(mail.empty(), self._cards.ruled(mine)))
        messages = (message for message in told(tracked, bare=True) if query.means(message))
        return tuple(
            replace(message, evidence=tuple(self._proof(place, search) for place in message.places[:PROOFS]))
            for message in messages
        )

    def _proof(self, place: Place, search: _Search) -> Evidence:
        text = search.found[place.source].lines[place.row]
        path = self._survey.logs[place.source].source.path
        return Evidence(file=path, line=place.row + 1, time=None, text=text.decode("utf-8", "replace"))

    # --- as a whole --------------------------------------------------------------------------------

    def _read_all(self) -> Iterator[Message]:
        reading = self._settled()
        self._plans = reading.plans
        work = Work(
            plans=reading.plans,
            told=told_before(reading.afresh(), self._settings.jobs),
            since=self._settings.since,
            until=self._settings.until,
            raw_literals=(),
        )
        partial, refused = mail.empty(), []

        def events(bundle):  # type: ignore[no-untyped-def]
            parts = understood(work.rows(bundle), {block.source: block.previous for block in bundle})
            return bundle, detailed(part.all() for part in parts)

        for bundle, rows in spread(reading.bundles(tick=self._tick), rereading_all(events), self._settings.jobs):
            for block in bundle:
                self._lines[block.source] += block.lines
            if not rows.height or "queue_id" not in rows.columns:
                continue
            rows = self._cards.ruled(rows)
            said = rows.filter(_refused(rows))
            refused += _refusals(said if self._asked is None else said.filter(self._asked.rows(said)))
            partial = mail.absorb(partial, rows)
            if partial.height > HELD:
                done, partial = mail.release(partial)
                yield from self._meant(done, reading)
        yield from self._meant(mail.finish(partial), reading)
        self.rejects = tuple(refused)
        self.problems = tuple(sorted({*self.problems, *reading.problems}))

    def _meant(self, done: mail.Mail, reading: Reading) -> Iterator[Message]:
        for message in told(done):
            if self._asked is None or self._asked.means(message):
                places = (reading.locate(p.source, p.block, p.row) for p in message.places[:PROOFS])
                evidence = tuple(Evidence(file=file, line=line, time=None, text="") for file, line in places)
                yield replace(message, evidence=evidence)

    def _settled(self) -> Reading:
        """Return a reading whose years are right: a mail that was told cannot be taken back."""
        found = self._survey

        def fresh() -> Reading:
            return Reading(logs=found.logs, settings=self._settings, zone=found.zone, firsts=self._firsts)

        while self._settings.year is None and found.yearless:
            trial = fresh()
            walk = Work(plans=trial.plans, told={}, since=None, until=None, raw_literals=())
            try:
                bundles = trial.bundles(found.yearless)
                for _ in spread(bundles, rereading_all(lambda b, walk=walk: walk.rows(b).height), self._settings.jobs):  # type: ignore[misc]
                    pass
                trial.finish()
                break
            except Reread as again:
                self._firsts[again.index] = again.first
        return fresh()

    def _close(self) -> None:
        """Say what was read, and with which doubts."""
        doubts = {
            problem
            for index, plan in self._plans.items()
            for problem in plan.calendar.problems(self._survey.logs[index].source.path)
        }
        outside = set(nothing_inside(self._survey, self._settings)) if not self._survey.logs else set()
        self.problems = tuple(sorted({*self.problems, *doubts, *outside}))
        logs = self._survey.logs
        self.inputs = tuple(
            Input(
                path=log.source.path, format=log.format.name, family=None, lines=self._lines[index],
                events=0, unparsed=0, first=log.begin, last=log.span.last,
                compression=log.source.compression, problem=None,
            )
            for index, log in enumerate(logs)
        )  # fmt: skip
        if self._found is not None and not self._lines.total() and not self._survey.outside:
            raise NothingRead("not a line could be read", self.problems)


# --- rows -------------------------------------------------------------------------------------------


def _once(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows without those that another log has told: of equal ones, the most that one log has."""
    if rows["source"].n_unique() < 2:
        return rows
    # as told.py has it: short name of the host, whole seconds, no blanks at the end
    key = rows.select(
        pl.struct(
            pl.col("time").dt.truncate("1s"),
            pl.col("host").str.extract(r"^([^.]+)"),
            "program",
            "pid",
            pl.col("text").str.strip_chars_end(" "),
        ).hash().alias("key")
    ).to_series()  # fmt: skip
    counted = rows.with_columns(key).with_columns(
        pl.when(pl.col("host").is_not_null()).then(pl.len().over("key", "source")).alias("times")
    )
    best = pl.col("source").sort_by(pl.col("times"), -pl.col("source").cast(pl.Int64), descending=True).first().over("key")
    return counted.filter(pl.col("host").is_null() | (pl.col("source") == best)).drop("key", "times")


def _links(rows: pl.DataFrame) -> list[tuple[str, str, bool]]:
    """Return (queue ID, one that its line names, whether it leads back too): a notice leads to nothing but itself."""
    found: list[tuple[str, str, bool]] = []
    for name in ("next_id", "orig_queue_id"):
        if name in rows.columns:
            pairs = rows.select("queue_id", name, pl.col("kind") != Kind.BOUNCE_NOTICE.value).drop_nulls()
            found += pairs.unique().rows()
    return found


def _roundabout(mails: pl.DataFrame) -> set[str]:
    """Return the Message-IDs of mail that went through a filter which names no queue ID, or came back from one."""
    absent = [
        pl.lit(None, dtype=pl.String).alias(name)
        for name in ("message_id", "client_ip", "relay_ip", "status", "sender", "orig_queue_id", "next_id")
        if name not in mails.columns
    ]
    mails = mails.with_columns(absent)
    kind = pl.col("kind")
    loop = pl.col("relay_ip").str.contains(LOOPBACK) | pl.col("program").str.ends_with("/pipe")
    given = (kind == Kind.DELIVERY.value) & (pl.col("status") == "sent") & pl.col("next_id").is_null() & loop
    came = (kind == Kind.CLIENT.value) & pl.col("orig_queue_id").is_null() & (
        pl.col("client_ip").str.contains(LOOPBACK) | pl.col("sender").is_not_null()
    )
    round_ = mails.filter((given | came).fill_null(value=False))["queue_id"]
    of = mails.filter(pl.col("queue_id").is_in(round_.implode()) & pl.col("message_id").is_not_null())
    return {text for text in of["message_id"] if len(text) > 5}


def _unqueued(mails: pl.DataFrame) -> set[int]:
    """Return the smtpd processes of mail that was never seen in the queue: perhaps it was held or discarded."""
    queued = mails.filter(pl.col("kind").is_in([Kind.QUEUED.value, Kind.DELIVERY.value]))["queue_id"]
    client = (pl.col("kind") == Kind.CLIENT.value) & pl.col("program").str.ends_with("smtpd")
    return set(mails.filter(client & ~pl.col("queue_id").is_in(queued.implode()))["pid"].drop_nulls())


def _refused(rows: pl.DataFrame) -> pl.Series:
    """Return which rows refuse a mail, or one recipient of it, that was not queued."""
    absent = [
        pl.lit(None, dtype=pl.String).alias(name)
        for name in ("queue_id", "daemon", "stage")
        if name not in rows.columns
    ]
    early = pl.col("queue_id").is_null() | (
        (pl.col("daemon") != "cleanup") & ~pl.col("stage").is_in(_WHOLE).fill_null(value=False)
    )
    refused = (pl.col("family") == Family.POSTFIX.value) & pl.col("kind").is_in(_REFUSED) & early
    return rows.with_columns(absent).select(refused.fill_null(value=False).alias("refused")).to_series()


_REFUSAL = (
    "time", "client_name", "client_ip", "stage", "sender", "recipient", "smtp_code", "dsn", "reply", "helo",
    "rule", "cause", "repeat", "host", "program", "pid", "reason", "source", "block", "row",
)  # fmt: skip


def _refusals(rows: pl.DataFrame) -> tuple[Refusal, ...]:
    """Return refusals; the several lines that one client got for one mail are one."""
    absent = [pl.lit(None).alias(name) for name in _REFUSAL if name not in rows.columns]
    made: list[Refusal] = []
    open_: dict[tuple[object, ...], int] = {}
    for row in rows.with_columns(absent).select(_REFUSAL).iter_rows(named=True):
        reply = row["reply"] or row["reason"]
        key = (row["host"], row["program"], row["pid"], row["client_ip"], reply)
        place = Place(source=row["source"], block=row["block"], row=row["row"])
        one = Refusal(
            time=row["time"], client_name=row["client_name"], client_ip=row["client_ip"], stage=row["stage"],
            sender=row["sender"], recipient=row["recipient"], smtp_code=row["smtp_code"], dsn=row["dsn"],
            reply=reply, helo=row["helo"], rule=row["rule"], cause=row["cause"], times=row["repeat"] or 1,
            place=place,
        )  # fmt: skip
        at = open_.get(key)
        if at is not None and _same(made[at], one):
            old = made[at]
            made[at] = replace(one, times=old.times + one.times, time=old.time, place=old.place)
        else:
            open_[key] = len(made)
            made.append(one)
    return tuple(made)


def _same(old: Refusal, new: Refusal) -> bool:
    if old.time is not None and new.time is not None and new.time - old.time > SESSION:
        return False
    return all(a is None or b is None or a == b for a, b in ((old.sender, new.sender), (old.recipient, new.recipient)))
