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
from dataclasses import replace
from datetime import datetime

import polars as pl

from logscan.engine.threads import spread
from logscan.model.findings import Assumptions, BlindSpot, Evidence, Input
from logscan.model.messages import Message, Place, Refusal, Searched
from logscan.model.problems import NothingRead, Problem
from logscan.model.settings import Settings
from logscan.packs.load import Pack, load
from logscan.parsers.lines import Plan
from logscan.pipeline.events import told_events
from logscan.pipeline.lines.carded import Cards
from logscan.pipeline.lines.settled import backwards, settled
from logscan.pipeline.lines.work import Work
from logscan.pipeline.logs.inputs import assumptions_of, doubts, not_understood, searched_of, strays
from logscan.pipeline.logs.reading import Reading, Tick, rereading_all
from logscan.pipeline.logs.seek import Words, parsed, seek
from logscan.pipeline.logs.survey import Survey, covered, nothing_inside, refuse_nothing, survey
from logscan.pipeline.mails.query import Query, query_of
from logscan.pipeline.mails.refused import refusals, refused
from logscan.pipeline.mails.trail import Trail, linked, once
from logscan.pipeline.verdicts.unseen import unseen
from logscan.rules.match import trusted
from logscan.sources.streams import keep_standard_input
from logscan.tracking import mail
from logscan.tracking.digest import BEFOREHAND
from logscan.tracking.messages import told

#: Bytes of lines that are worth following; more, and the logs are read as a whole.
MOST = 24 * 1024 * 1024
#: Queue IDs that are worth following, and how often.
IDS = 20_000
ROUNDS = 24
#: Rows that wait while the logs are read as a whole, before those of finished mails are let go.
HELD = 60_000
#: Bytes that are taken apart together while the logs are read as a whole: each line becomes a row of all columns.
TOGETHER = 4 * 1024 * 1024
#: Lines of one mail that are shown as proof.
PROOFS = 200


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
        self._begun_before = 0
        self._unparsed: Counter[int] = Counter()
        self._plans: dict[int, Plan] = {}
        self._found: tuple[Message, ...] | None = self._sought()
        self._close()

    @property
    def whole(self) -> bool:
        """Whether the logs are read as a whole, so that mails come while it goes on."""
        return self._found is None

    def messages(self) -> Iterator[Message]:
        """Yield the mails. To be called once."""
        for message in self._read_all() if self._found is None else self._found:
            self._begun_before += message.cut
            yield message
        if self._found is None:
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
        return assumptions_of(self._plans, self._survey, self.lifetime_source)

    @property
    def blind_spots(self) -> tuple[BlindSpot, ...]:
        """What these logs cannot show of these mails; complete when `messages()` has ended."""
        return unseen(self._survey, self.assumptions, self._begun_before, self._pack, self._settings.lang)

    # --- by words ----------------------------------------------------------------------------------

    def _sought(self) -> tuple[Message, ...] | None:
        """Return the mails that the query means, None when the logs must be read as a whole."""
        if self._asked is None:
            return None
        trail = Trail()
        query = self._asked
        words = Words(folded=(query.needle,)) if query.folded else Words(plain=(query.needle,))
        if not query.folded:
            trail.sought.add(query.needle)
        rows = self._look(trail, words)
        for _ in range(ROUNDS):
            if rows is None or len(trail.ids) > IDS:
                return None
            trail.follow(rows, query)
            new = trail.new()
            if not new:
                break
            trail.sought |= set(new)
            del rows  # the next ones are these and more; both would take the memory twice
            rows = self._look(trail, Words(plain=new))
        if rows is None:
            return None
        return self._answer(trail, rows, query)

    def _look(self, trail: Trail, words: Words) -> pl.DataFrame | None:
        """Search the logs once more, and return all that was found until now as rows of events."""
        answer = seek(
            self._survey.logs, words, self._settings.jobs, most=MOST, before=trail.found, tick=self._tick
        )
        if answer is None:
            return None
        more, problems = answer
        self.problems = tuple(sorted({*self.problems, *problems}))
        trail.add(more)
        if sum(found.size for found in trail.found.values()) > MOST:
            return None
        self._lines = Counter({index: found.count for index, found in trail.found.items()})
        rows, self._plans = parsed(trail.found, self._survey.logs, self._survey.zone, self._firsts)
        if not rows.height:
            return pl.DataFrame(schema={"kind": pl.String, "family": pl.String})
        rows = once(self._inside(rows))
        self._unparsed = not_understood(
            rows
        )  # a line that holds the words may be one that nobody understands
        return linked(rows)

    def _inside(self, rows: pl.DataFrame) -> pl.DataFrame:
        time = pl.col("time")
        since, until = self._settings.since, self._settings.until
        tests = [pl.lit(value=True)]
        tests += [time >= since] if since is not None else []
        tests += [time < until] if until is not None else []
        return rows.filter(pl.all_horizontal(tests) | time.is_null())

    def _answer(self, trail: Trail, rows: pl.DataFrame, query: Query) -> tuple[Message, ...]:
        if not rows.height or "queue_id" not in rows.columns:
            return ()
        self.rejects = refusals(self._cards.ruled(rows.filter(query.rows(rows) & refused(rows))))
        ids = list(trail.ids)
        before = pl.col("kind").is_in(BEFOREHAND) & pl.col("queue_id").is_null()
        mine = rows.filter(pl.col("queue_id").is_in(ids) | before)
        if not mine.height:
            return ()
        tracked = mail.finish(mail.absorb(mail.empty(), self._cards.ruled(mine)))
        messages = (message for message in told(tracked, bare=True) if query.means(message))
        return tuple(
            replace(message, evidence=tuple(self._proof(place, trail) for place in message.places[:PROOFS]))
            for message in messages
        )

    def _proof(self, place: Place, trail: Trail) -> Evidence:
        text = trail.found[place.source].lines[place.row]
        path = self._survey.logs[place.source].source.path
        return Evidence(file=path, line=place.row + 1, time=None, text=text.decode("utf-8", "replace"))

    # --- as a whole --------------------------------------------------------------------------------

    def _read_all(self) -> Iterator[Message]:
        settings = replace(self._settings, block_bytes=min(self._settings.block_bytes, TOGETHER))
        reading = settled(self._survey, settings, self._firsts)
        self._plans = reading.plans
        work = Work.of(reading, self._settings)
        partial, rejects = mail.empty(), list[Refusal]()
        most = HELD
        whole = backwards(self._survey)
        bundles = reading.bundles(tick=self._tick)
        for bundle, said, left in spread(bundles, rereading_all(told_events(work)), settings.jobs, 1):
            for block in bundle:
                self._lines[block.source] += block.lines
            self._unparsed += left
            if not said.height or "queue_id" not in said.columns:
                continue
            rows = self._cards.ruled(said)
            out = rows.filter(refused(rows))
            rejects += refusals(out if self._asked is None else out.filter(self._asked.rows(out)))
            partial = mail.absorb(partial, rows)
            if partial.height > most and not whole:
                done, partial = mail.release(partial)
                # mail that waits for days is not looked at with each block
                most = max(HELD, 2 * partial.height)
                yield from self._meant(done, reading)
        yield from self._meant(mail.finish(partial), reading)
        self.rejects = tuple(rejects)
        self.problems = tuple(sorted({*self.problems, *reading.problems}))

    def _meant(self, done: mail.Mail, reading: Reading) -> Iterator[Message]:
        for message in told(done, bare=self._asked is not None):
            if self._asked is None or self._asked.means(message):
                places = (reading.locate(p.source, p.block, p.row) for p in message.places[:PROOFS])
                evidence = tuple(Evidence(file=file, line=line, time=None, text="") for file, line in places)
                yield replace(message, evidence=evidence)

    def _close(self) -> None:
        """Say what was read, and with which doubts."""
        logs, survey = self._survey.logs, self._survey
        outside = nothing_inside(covered(survey), self._settings) if not logs else ()
        unsure = (*doubts(self._plans, logs), *strays(self._unparsed, [log.source.path for log in logs]))
        self.problems = tuple(sorted({*self.problems, *unsure, *outside}))
        self.inputs = searched_of(survey, self._lines, self.problems, self._unparsed if self.whole else None)
        if self._found is not None and not self._lines.total() and not self._survey.outside:
            raise NothingRead("not a line could be read", self.problems)
