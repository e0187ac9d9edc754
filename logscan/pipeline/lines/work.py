"""Blocks -> partials: the stretch of the river that runs in several threads.

In: a `Block`, how its source is read, the window, which lines another source has told already.
Out: `Noted`, the few rows of a block that are not everyday; of several blocks' together, `Partial`.
Never: state shared between blocks but for the calendar's.

Two steps, because the exact work on the few rows has a cost per call (each regex is compiled
anew) that is as large as the work itself for the rows of one block: measured in docs/adr.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Protocol, TypedDict, TypeVar

import polars as pl

from logscan.analyses import attempts, blind, findings, outages, totals
from logscan.model.blocks import Block
from logscan.model.own import OwnMail
from logscan.model.settings import Settings
from logscan.model.vocabulary import Kind
from logscan.parsers.glance import Glance, glance
from logscan.parsers.lines import Plan, records, settle
from logscan.parsers.together import together
from logscan.pipeline.lines import chatter, contacts
from logscan.pipeline.lines.own import without
from logscan.pipeline.lines.road import Part, detailed, understood
from logscan.pipeline.lines.successes import Glimpse, glimpsed, successes
from logscan.pipeline.lines.tallied import counted
from logscan.pipeline.logs.reading import Bundle, Reading
from logscan.pipeline.logs.told import told_before
from logscan.rules.shape import KEY, keyed

#: Rows that are judged together: few at first, so that a short log keeps all threads busy to its end,
#: then more, because a call costs as much as a thousand rows (twice as many would be 3 % faster where every row is
#: judged, and take 100 MB more); and the most blocks that wait for that.
JUDGED = (10_000, 20_000)
GROUPED = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """What a stretch of the logs has to say; see the folds for each."""

    totals: totals.Partial
    findings: findings.Partial
    blind: blind.Partial
    attempts: attempts.Partial
    outages: outages.Partial


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What is noteworthy in a block, and the count of everything else.

    parts: noteworthy rows by family, with kind. left: rows, by format, that are still to be taken
    apart; they are not counted yet. connects: what begins an smtpd session, of all rows but those. taken: the last
    deliveries that other servers took.
    """

    totals: totals.Partial
    blind: blind.Partial
    parts: tuple[pl.DataFrame, ...]
    connects: pl.DataFrame
    taken: tuple[pl.DataFrame, ...] = ()
    left: tuple[tuple[str, pl.DataFrame], ...] = ()
    proofs: outages.Partial | None = None

    @property
    def height(self) -> int:
        """How many rows are to be judged."""
        return sum(rows.height for rows in (*self.parts, *(rows for _, rows in self.left)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every block needs to know.

    plans: by source. told: (source, block) -> (row index, how many of its repeats still count), for
    rows that another source has told. since, until: the window, half-open.
    own: mail that does not count. raw_literals: see rules.shape.keyed. proving: look for what proves that services work, on the everyday
    lines too; of these only requests are then told at a glance.
    """

    plans: Mapping[int, Plan]
    told: Mapping[tuple[int, int], tuple[pl.Series, pl.Series]]
    since: datetime | None
    until: datetime | None
    raw_literals: tuple[str, ...]
    proving: bool = False
    own: tuple[OwnMail, ...] = ()

    @classmethod
    def of(
        cls,
        reading: Reading,
        settings: Settings,
        *,
        raw_literals: tuple[str, ...] = (),
        proving: bool = False,
    ) -> Work:
        """Return what the blocks of a reading need to know: what logs repeat of each other is found out first."""
        return cls(
            plans=reading.plans,
            told=told_before(reading.afresh(), settings.jobs),
            since=settings.since,
            until=settings.until,
            raw_literals=raw_literals,
            proving=proving,
            own=settings.own,
        )

    def note(self, block: Block) -> Noted:
        """Return what is noteworthy in one block, and the count of everything else."""
        if (block.source, block.number) in self.told:
            rows, duplicates = self.lines(block)
            return self._noted(block, rows, duplicates=duplicates)
        if self.own:
            return self._noted(block, self.lines(block)[0])
        seen = glance(block, self.plans[block.source], whole=self.proving)
        if isinstance(seen, Glance):
            return self._glanced(block, seen)
        return self._noted(block, self._inside(_placed(seen, block)))

    def note_all(self, bundle: Bundle) -> Noted:
        """Return what is noteworthy in some blocks; of several, each is the only one of its log."""
        if len(bundle) == 1:
            return self.note(bundle[0])
        rows, duplicates = self.shared(bundle)
        parts = understood(rows, {block.source: block.previous for block in bundle})
        connects = [part.of_kind(Kind.CONNECT, _CONNECT) for part in parts]
        return Noted(
            totals=counted(bundle, rows, parts, duplicates),
            **_heard(chatter.heard(parts)),
            parts=tuple(part.noteworthy().with_columns(_own()) for part in parts),
            connects=pl.concat(connects) if connects else _NO_CONNECTS,
            proofs=self._proved(parts),
        )

    def _proved(self, parts: Sequence[Part], more: Glimpse | None = None) -> outages.Partial | None:
        if not self.proving:
            return None
        return outages.absorb(outages.empty(), outages.Batch(proofs=successes(parts, more)))

    def rows(self, bundle: Bundle) -> pl.DataFrame:
        """Return the records of a bundle that count, with their address."""
        return self.lines(bundle[0])[0] if len(bundle) == 1 else self.shared(bundle)[0]

    def shared(self, bundle: Bundle) -> tuple[pl.DataFrame, dict[int, int]]:
        """Return the records of several logs that count, and how many lines of each source do not."""
        rows = together(bundle, self.plans)
        duplicates: dict[int, int] = {}
        if any((block.source, block.number) in self.told for block in bundle):
            rows, duplicates = self._untold(rows, bundle)
        return self._inside(rows), duplicates

    def _untold(self, rows: pl.DataFrame, bundle: Bundle) -> tuple[pl.DataFrame, dict[int, int]]:
        """Return the rows of several logs that no other log has told, and how many are gone, by source."""
        begins = {source: begin for begin, source in _first_rows(rows["source"])}
        repeat = rows["repeat"].clone()
        for block in bundle:
            if (told := self.told.get((block.source, block.number))) is not None:
                index, left = told
                repeat = repeat.scatter(index.cast(pl.Int64) + begins[block.source], left)
        gone = Counter(rows["source"].filter(repeat <= 0))
        return rows.with_columns(repeat).filter(pl.col("repeat") > 0), dict(gone)

    def judge(self, noted: Sequence[Noted]) -> Partial:
        """Return the partial of some neighbouring blocks."""
        settled = list(_settled(noted))
        counted = reduce(totals.merge, (each.totals for each in (*noted, *settled)), totals.empty())
        by_family: dict[str, list[pl.DataFrame]] = {}
        for part in (part for each in (*noted, *settled) for part in each.parts if part.height):
            by_family.setdefault(part["family"][0], []).append(part)
        rows = detailed(pl.concat(parts, how="diagonal") for parts in by_family.values())
        rows_keyed = keyed(rows, self.raw_literals)
        batch = findings.Batch(
            rows=rows_keyed,
            connects=pl.concat([each.connects for each in (*noted, *settled)]),
            keys=KEY,
        )
        seen = reduce(blind.merge, (each.blind for each in (*noted, *settled)), blind.empty())
        return Partial(
            totals=counted,
            findings=findings.of(batch),
            blind=blind.absorb(seen, blind.Batch(rows=rows)),
            attempts=contacts.kept(
                rows_keyed, (table for each in (*noted, *settled) for table in each.taken)
            ),
            outages=self._failed(noted, rows_keyed),
        )

    def _failed(self, noted: Sequence[Noted], rows: pl.DataFrame) -> outages.Partial:
        if not self.proving:
            return outages.absorb(outages.empty(), outages.Batch(rows=rows, briefly=True))
        proofs = [each.proofs for each in noted if each.proofs is not None]
        return outages.absorb(reduce(outages.merge, proofs, outages.empty()), outages.Batch(rows=rows))

    def _glanced(self, block: Block, seen: Glance) -> Noted:
        if self.since is not None or self.until is not None:
            seen = seen.within(
                seen.times.to_frame().select(self._window()).to_series().fill_null(value=False)
            )
        begun = seen.sessions().pipe(_placed, block).select(_CONNECT)
        everyday = [(family, seen.when(family)) for family in seen.everyday]
        hosts = seen.hosts()
        tallies = [
            totals.Tally(events=len(times), families={family: len(times)}, hosts=hosts, times=times)
            for family, times in everyday
        ]
        left = self._inside(_placed(seen.left, block)).with_columns(_own())
        odd = self._noted(
            block, self._inside(_placed(seen.odd, block)), tallies, glimpse=glimpsed(seen, block)
        )
        form = self.plans[block.source].main
        told = _heard(chatter.seen(seen))
        return replace(
            odd,
            blind=blind.merge(odd.blind, told["blind"]),
            taken=(*odd.taken, *told["taken"]),
            connects=pl.concat([begun, odd.connects]),
            left=((form.name, left),) if form is not None and left.height else (),
        )

    def _noted(
        self,
        block: Block,
        rows: pl.DataFrame,
        more: Sequence[totals.Tally] = (),
        duplicates: int = 0,
        glimpse: Glimpse | None = None,
    ) -> Noted:
        """Return what is noteworthy in some records of a block. more, glimpse: what was told of others at a glance."""
        parts = understood(rows, block.previous)
        said = rows.filter(pl.col("text").is_not_null())
        connects = [part.of_kind(Kind.CONNECT, _CONNECT) for part in parts]
        batch = totals.Batch(
            source=block.source,
            tallies=(*more, totals.tally(said)),
            lines=block.lines,
            other=sum(part.count(Kind.OTHER) for part in parts),
            blank=rows.height - said.height,
            duplicates=duplicates,
            invalid_bytes=block.invalid_bytes,
        )
        return Noted(
            totals=totals.absorb(totals.empty(), batch),
            **_heard(chatter.heard(parts)),
            parts=tuple(part.noteworthy().with_columns(_own()) for part in parts),
            connects=pl.concat(connects) if connects else _NO_CONNECTS,
            proofs=self._proved(parts, glimpse),
        )

    def lines(self, block: Block) -> tuple[pl.DataFrame, int]:
        """Return the records of a block that count, with their address, and how many lines do not."""
        rows = _placed(records(block, self.plans[block.source]), block)
        duplicates = 0
        if (told := self.told.get((block.source, block.number))) is not None:
            before = rows.height
            repeat = rows["repeat"].scatter(*told)
            rows = rows.with_columns(repeat).filter(pl.col("repeat") > 0)
            duplicates = before - rows.height
        return self._inside(rows), duplicates

    def _inside(self, rows: pl.DataFrame) -> pl.DataFrame:
        rows = without(rows, self.own)
        if self.since is None and self.until is None:
            return rows
        # What has no time cannot be outside: it stays, so that nothing unread goes unsaid.
        return rows.filter(self._window() | pl.col("time").is_null())

    def _window(self) -> pl.Expr:
        tests = [pl.lit(value=True)]
        if self.since is not None:
            tests.append(pl.col("time") >= self.since)
        if self.until is not None:
            tests.append(pl.col("time") < self.until)
        return pl.all_horizontal(tests)


class _Heard(TypedDict):
    """What everyday lines prove: fields of `Noted`."""

    blind: blind.Partial
    taken: tuple[pl.DataFrame, ...]


def _heard(lines: Iterable[blind.Chatter]) -> _Heard:
    said = list(lines)
    signs = blind.absorb(blind.empty(), blind.Batch(chatter=said))
    taken = contacts.taken(said, signs)
    return {"blind": signs, "taken": (taken,) if taken.height else ()}


def _placed(rows: pl.DataFrame, block: Block) -> pl.DataFrame:
    return rows.with_columns(
        pl.lit(block.source, dtype=pl.UInt32).alias("source"),
        pl.lit(block.number, dtype=pl.UInt32).alias("block"),
    )


def _first_rows(source: pl.Series) -> Iterator[tuple[int, int]]:
    """Yield where each run of equal values begins, and its value."""
    begin = 0
    for length, value in source.rle().struct.unnest().iter_rows():
        yield begin, value
        begin += length


def _own() -> pl.Expr:
    """Strings of their own. Those that were gathered are views into the whole block's text.

    They would keep it alive for the sake of a few lines: 30 such tables of 60,000 lines held 188 MB,
    copied ones 33 MB.
    """
    return pl.col(pl.String) + ""


def _settled(noted: Sequence[Noted]) -> Iterator[Noted]:
    """Take apart what blocks have left, together: one call for many rows is what makes it cheap."""
    by_form: dict[str, list[pl.DataFrame]] = {}
    for form, rows in (left for each in noted for left in each.left):
        by_form.setdefault(form, []).append(rows)
    for form, tables in by_form.items():
        rows = settle(pl.concat(tables), form)
        parts = understood(rows)
        yield Noted(
            totals=_settled_totals(rows, parts),
            **_heard(chatter.heard(parts)),
            parts=tuple(part.noteworthy() for part in parts),
            connects=pl.concat(part.of_kind(Kind.CONNECT, _CONNECT) for part in parts),
        )


def _settled_totals(rows: pl.DataFrame, parts: Sequence[Part]) -> totals.Partial:
    others = Counter(
        source for part in parts for source in part.of_kind(Kind.OTHER, ["source"]).get_column("source")
    )
    counted = totals.empty()
    for source in rows["source"].unique().sort():
        tally = totals.tally(rows.filter(pl.col("source") == source))
        batch = totals.Batch(source=source, tallies=[tally], other=others[source])
        counted = totals.absorb(counted, batch)
    return counted


class Tall(Protocol):
    """What has rows that are to be judged."""

    @property
    def height(self) -> int:
        """How many."""


Judged = TypeVar("Judged", bound=Tall)


def grouped(noted: Iterable[Judged], least: int = JUDGED[0], most: int = JUDGED[1]) -> Iterator[list[Judged]]:
    """Yield neighbouring blocks together: some `least` rows at first, twice as many each time up to `most`."""
    group: list[Judged] = []
    wanted = least
    for each in noted:
        group.append(each)
        if sum(one.height for one in group) >= wanted or len(group) >= GROUPED:
            yield group
            group, wanted = [], min(2 * wanted, most)
    if group:
        yield group


_CONNECT = ("host", "program", "pid", "source", "block", "row")
_NO_CONNECTS = pl.DataFrame(
    schema={
        "host": pl.String, "program": pl.String, "pid": pl.Int64,
        "source": pl.UInt32, "block": pl.UInt32, "row": pl.UInt32,
    }
)  # fmt: skip
