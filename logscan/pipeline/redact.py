"""The lines of logs with pseudonyms for everybody and everything that could be somebody's.

In: paths, settings, a key. Out: `Redacted`, an iterable of texts, whole lines each. Never: a line of a file of no known format; a
name in one file that is another in the next; more than a few blocks in memory.

The logs are read twice: what a name or a network is shows only when all have been seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

import polars as pl

from logscan.engine.threads import spread
from logscan.model.blocks import Block
from logscan.model.problems import NothingRead, Problem
from logscan.model.settings import Settings
from logscan.packs.load import load
from logscan.packs.providers import load_providers
from logscan.parsers.lines import read_lines
from logscan.pipeline.lines.settled import settled
from logscan.pipeline.lines.work import Work
from logscan.pipeline.logs.inputs import doubts, not_understood
from logscan.pipeline.logs.reading import Bundle, Reading, Tick
from logscan.pipeline.logs.survey import covered, nothing_inside, refuse_nothing, survey
from logscan.pipeline.logs.told import told_before
from logscan.redaction import public
from logscan.redaction.addresses import Addresses, assigned
from logscan.redaction.key import Key
from logscan.redaction.known import known, structure_of
from logscan.redaction.masks import Masks
from logscan.redaction.names import Names
from logscan.redaction.text import gather, hidden
from logscan.sources.streams import keep_standard_input


class Redacted:
    """Logs with pseudonyms, in canonical order of the logs.

    lines: printed so far. unparsed: those of them that nobody understood. problems: complete after the last text.
    """

    def __init__(
        self,
        paths: Sequence[str],
        settings: Settings,
        key: Key,
        tick: Tick | None = None,
        *,
        lasting: bool = False,
    ) -> None:
        """Find the logs. lasting: a network goes to the same place in every run with this key. Raises NothingRead."""
        self._lasting = lasting
        self._settings = settings
        self._key = key
        self._tick = tick
        self._survey = survey(paths, settings)
        refuse_nothing(self._survey, paths)
        keep_standard_input()
        self.problems: tuple[Problem, ...] = self._survey.problems
        self.lines = 0
        self.unparsed = 0

    def __iter__(self) -> Iterator[str]:
        # Texts that were handed on cannot be taken back, so the years are settled first.
        reading = settled(self._survey, self._settings, {})
        masks = self._learnt(reading.afresh())
        told = told_before(reading.afresh(), self._settings.jobs)
        work = Work(plans=reading.plans, told=told, since=None, until=None, raw_literals=())
        left: Counter[int] = Counter()
        hide = partial(self._hidden, work, masks)
        for text, lines, strange in spread(reading.bundles(tick=self._tick), hide, self._settings.jobs):
            self.lines += lines
            left += strange
            if text:
                yield text
        self.unparsed = left.total()
        outside = () if self.lines else nothing_inside(covered(self._survey), self._settings)
        unsure = (*doubts(reading.plans, reading.logs), *_strays(left, reading))
        self.problems = tuple(sorted({*self._survey.problems, *reading.problems, *unsure, *outside}))
        if not self.lines and not self._survey.outside and not outside:
            raise NothingRead("not a line could be read", self.problems)

    def by_log(self) -> Iterator[tuple[str, str]]:
        """Yield the path of a log and its next lines with pseudonyms: all of them, each where it was."""
        reading = settled(self._survey, self._settings, {})
        hide = partial(_whole, self._learnt(reading.afresh()))
        for source, text in spread(reading.blocks(tick=self._tick), hide, self._settings.jobs):
            yield reading.logs[source].source.path, text
        self.problems = tuple(sorted({*self._survey.problems, *reading.problems}))

    def _learnt(self, reading: Reading) -> Masks:
        """Return masks that know every network and every name of the logs."""
        providers = load_providers(self._settings.patterns)
        endings = public.ENDINGS.union(providers.mx, providers.domains)
        names = Names(self._key, Addresses(self._key), endings)
        masks = Masks(names)
        for _ in spread(reading.blocks(tick=self._tick), partial(_learn, masks), self._settings.jobs):
            pass
        addresses = Addresses(self._key, None if self._lasting else assigned(self._key, names.addresses.seen))
        hides = known(names.bare, self._structure(endings)) if names.bare else frozenset()
        return Masks(Names(self._key, addresses, endings), hides)

    def _structure(self, endings: frozenset[str]) -> frozenset[str]:
        cards = load(self._settings.patterns).cards.values()
        examples = (example for card in cards for example in (*card.hits, *card.misses))
        lines = (text for example in examples for text in (example.line, example.reply) if text)
        patterns = (
            text for card in cards for text in (card.match.reason, *(card.match.literal or ())) if text
        )
        return structure_of(lines, patterns, Masks(Names(self._key, Addresses(self._key), endings)))

    def _hidden(self, work: Work, masks: Masks, bundle: Bundle) -> tuple[str, int, Counter[int]]:
        """Return what is printed of a bundle, how many lines that is, and how many of each log nobody understood."""
        rows = self._inside(work.rows(bundle))
        texts = []
        lines = 0
        for block in bundle:
            places = rows.filter(pl.col("source") == block.source)["row"].unique().sort()
            lines += len(places)
            if len(places):
                texts.append(hidden(_raw(block).gather(places), masks))
        return "".join(texts), lines, not_understood(rows)

    def _inside(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows in the window. What has no time belongs to the record before it."""
        since, until = self._settings.since, self._settings.until
        if since is None and until is None:
            return rows
        time = pl.col("time").forward_fill().over("source")
        outside = pl.lit(value=False)
        if since is not None:
            outside |= time < since
        if until is not None:
            outside |= time >= until
        return rows.filter(~outside.fill_null(value=False))


def _whole(masks: Masks, block: Block) -> tuple[int, str]:
    return block.source, hidden(_raw(block), masks)


def _learn(masks: Masks, block: Block) -> None:
    gather(_raw(block), masks)


def _raw(block: Block) -> pl.Series:
    return read_lines(block.data)["raw"]


def _strays(left: Counter[int], reading: Reading) -> Iterator[Problem]:
    for index, count in left.items():
        yield Problem(
            where=reading.logs[index].source.path,
            reason=f"{count} line was not understood; what looks like a name or an address in it is hidden"
            if count == 1
            else f"{count} lines were not understood; what looks like a name or an address in them is hidden",
            help="read such lines before you show them to anybody",
            unreadable=False,
        )
