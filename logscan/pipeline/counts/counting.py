"""Blocks -> the numbers of mail traffic: the stretch of the river that `flow` runs in several threads.

In: a bundle of blocks. Out: `Counted`, what it says at once, and lines that are still to be taken apart; of
several bundles' together, `Partial`.
Never: copies a line that does not count; asks a card about a line twice.

Two steps for the reason that work.py has: what is exact costs as much for ten lines as for a thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Final

import polars as pl

from logscan.analyses import blind, flow, totals
from logscan.analyses.flow.batch import WANTED
from logscan.model.mails import short_host
from logscan.model.vocabulary import Cause, Family, Kind
from logscan.packs.load import Pack
from logscan.parsers.families.postfix import brief
from logscan.parsers.families.postfix.fields import fields
from logscan.parsers.families.postfix.handed import handed_exactly
from logscan.pipeline.lines.chatter import signs_of
from logscan.pipeline.lines.road import Part, understood
from logscan.pipeline.lines.tallied import counted
from logscan.pipeline.lines.work import Work
from logscan.pipeline.logs.reading import Bundle
from logscan.rules.match import match, raw_literals
from logscan.rules.shape import KEY, keyed

_RECORD: Final = ("source", "block", "row", "column", "time", "host", "program", "pid", "repeat")
#: What `fields` needs besides.
_WORDS: Final = ("family", "text", "kind", "severity", "everyday")
_BRIEF: Final[dict[str, tuple[Kind, Callable[[pl.DataFrame], brief.Parted], tuple[str, ...]]]] = {
    "client": (Kind.CLIENT, brief.clients, brief.CLIENT),
    "message-id": (Kind.MESSAGE_ID, brief.message_ids, brief.MESSAGE_ID),
    "queued": (Kind.QUEUED, brief.queued, brief.QUEUED),
    "delivery": (Kind.DELIVERY, brief.deliveries, brief.DELIVERY),
    "removed": (Kind.REMOVED, brief.removed, brief.REMOVED),
    "tls": (Kind.TLS, brief.encrypted, brief.TLS),
}
#: Kinds that refuse or divert -> what they count as.
_ACTIONS: Final = {
    Kind.REJECT: "rejected",
    Kind.MILTER_REJECT: "rejected",
    Kind.HOLD: "held",
    Kind.DISCARD: "discarded",
    Kind.WARNING: "warned",
}
_EXACT: Final = (
    Kind.REJECT, Kind.MILTER_REJECT, Kind.HOLD, Kind.DISCARD, Kind.EXPIRED, Kind.AUTH_FAILURE, Kind.DELETED,
    Kind.REQUEUED,
)  # fmt: skip
#: A remark of warn_if_reject; other remarks do not count.
_WARNED: Final = r"^[0-9A-Za-z]+: reject_warning: "
#: Kinds that end a queue ID's thread.
_ENDS: Final = (Kind.REMOVED, Kind.DELETED, Kind.REQUEUED)


#: Shapes of refusals whose cause is remembered; who writes a million different ones is asked about again.
MOST_SHAPES: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a bundle says. quick: by kind, taken apart already. left: lines for `fields`."""

    totals: totals.Partial
    quick: Mapping[str, pl.DataFrame]
    connects: pl.DataFrame
    left: pl.DataFrame
    blind: blind.Partial

    @property
    def height(self) -> int:
        """How many lines are still to be taken apart."""
        return self.left.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """What a stretch of the logs has to say; see the folds for each."""

    totals: totals.Partial
    flow: flow.Partial
    blind: blind.Partial


def empty() -> Partial:
    """Return the partial of no line."""
    return Partial(totals=totals.empty(), flow=flow.empty(), blind=blind.empty())


def merge(left: Partial, right: Partial) -> Partial:
    """Return two neighbouring stretches as one, `left` before `right`."""
    return Partial(
        totals=totals.merge(left.totals, right.totals),
        flow=flow.merge(left.flow, right.flow),
        blind=blind.merge(left.blind, right.blind),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """What every bundle needs to know. causes: of the shapes that were met so far; grows."""

    work: Work
    pack: Pack
    causes: dict[int, str | None] = field(default_factory=dict)

    def note(self, bundle: Bundle) -> Counted:
        """Return what some blocks say at once, and the lines that are left."""
        return self.note_rows(bundle, *self._rows(bundle))

    def note_rows(self, bundle: Bundle, rows: pl.DataFrame, duplicates: Mapping[int, int]) -> Counted:
        """Return the same for their records. duplicates: lines that do not count, by source."""
        parts = understood(rows, _previous(bundle))
        mine = [part for part in parts if part.family == Family.POSTFIX]
        quick: dict[str, pl.DataFrame] = {}
        left = [_left(part, _exact(part)) for part in mine]
        for name, (kind, take, columns) in _BRIEF.items():
            parted = [take(_left(part, part.said["kind"] == kind)) for part in mine]
            quick[name] = _together(
                [found.select(*_RECORD, *columns).with_columns(_own()) for found, _ in parted]
            )
            left += [rest for _, rest in parted]
        connects = _together([part.of_kind(Kind.CONNECT, _RECORD).with_columns(_own()) for part in mine])
        return Counted(
            totals=counted(bundle, rows, parts, duplicates),
            quick=quick,
            connects=connects,
            left=_together([lines.with_columns(_own()) for lines in left]),
            blind=signs_of(parts),
        )

    def judge(self, counted: Sequence[Counted]) -> Partial:
        """Return the partial of some neighbouring bundles."""
        return Partial(
            totals=reduce(totals.merge, (each.totals for each in counted), totals.empty()),
            flow=flow.absorb(flow.empty(), self.batch(counted)),
            blind=reduce(blind.merge, (each.blind for each in counted), blind.empty()),
        )

    def batch(self, counted: Sequence[Counted]) -> flow.Batch:
        """Return the lines of some neighbouring bundles, taken apart."""
        left = _together([each.left for each in counted if each.left.height])
        exact = fields(left) if left.height else left
        tables = {
            name: _shaped(
                _together([each.quick[name] for each in counted if each.quick[name].height]), exact, name
            )
            for name in _BRIEF
        }
        refusals = self._refusals(exact)
        return flow.Batch(
            client=tables["client"],
            queued=tables["queued"],
            delivery=tables["delivery"],
            removed=tables["removed"],
            tls=tables["tls"],
            expired=_of(exact, (Kind.EXPIRED,), "expired", returned=True),
            message_id=tables["message-id"],
            refusal=refusals,
            connect=_with(_together([each.connects for each in counted if each.connects.height]), {}),
            auth=_of(exact, (Kind.AUTH_FAILURE,), "auth-failure"),
        )

    def _rows(self, bundle: Bundle) -> tuple[pl.DataFrame, dict[int, int]]:
        if len(bundle) > 1:
            return self.work.shared(bundle)
        rows, duplicates = self.work.lines(bundle[0])
        return rows, {bundle[0].source: duplicates}

    def _refusals(self, exact: pl.DataFrame) -> pl.DataFrame:
        rows = exact.filter(pl.col("kind").is_in(list(_ACTIONS))) if exact.height else exact
        if not rows.height:
            return _with(rows, WANTED["refusal"])
        action = pl.col("kind").replace_strict({str(kind): word for kind, word in _ACTIONS.items()})
        shaped = keyed(rows, raw_literals(self.pack.cards.values()))
        causes = self._causes(shaped)
        return _with(shaped.with_columns(action.alias("action"), causes.alias("cause")), WANTED["refusal"])

    def _causes(self, shaped: pl.DataFrame) -> pl.Series:
        """Return the cause of each row, by the card that explains its shape."""
        shapes = shaped.unique("shape").select("shape", *KEY)
        # Another thread may forget them all meanwhile.
        known = {shape: self.causes.get(shape) for shape in shapes["shape"]}
        new = shapes.filter(pl.Series([known[shape] is None for shape in shapes["shape"]], dtype=pl.Boolean))
        for shape, rule in match(new, self.pack.cards).select("shape", "rule").iter_rows():
            known[shape] = self.pack.cards[rule].cause if rule else Cause.UNKNOWN.value
        if len(self.causes) > MOST_SHAPES:
            self.causes.clear()
        self.causes.update(known)
        return shaped["shape"].replace_strict(known, return_dtype=pl.String)


def _previous(bundle: Bundle) -> bytes | Mapping[int, bytes]:
    return bundle[0].previous if len(bundle) == 1 else {block.source: block.previous for block in bundle}


def _exact(part: Part) -> pl.Series:
    kind = part.said["kind"]
    mask = kind.is_in([str(each) for each in _EXACT])
    remarks = (kind == Kind.WARNING).arg_true()
    if not len(remarks):
        return mask
    texts = part.records["text"].gather(part.places.gather(remarks))
    return mask.scatter(remarks.filter(texts.str.contains(_WARNED)), True)


def _left(part: Part, mask: pl.Series) -> pl.DataFrame:
    chosen = mask.arg_true()
    records = part.records.select(*_RECORD, "family", "text")[part.places.gather(chosen)]
    return records.hstack(part.said[chosen].get_columns())


def _own() -> pl.Expr:
    """Strings of their own, as in work.py: views would keep the whole block's text alive."""
    return pl.col(pl.String) + ""


def _together(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(tables) if tables else pl.DataFrame()


def _shaped(quick: pl.DataFrame, exact: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the rows of a kind, those of both ways, with exactly the columns that counting wants."""
    kinds = _ENDS if name == "removed" else (_BRIEF[name][0],)
    return pl.concat([_with(quick, WANTED[name]), _of(exact, kinds, name)])


def _of(exact: pl.DataFrame, kinds: tuple[Kind, ...], name: str, *, returned: bool = False) -> pl.DataFrame:
    rows = exact.filter(pl.col("kind").is_in([str(kind) for kind in kinds])) if exact.height else exact
    if returned and rows.height:  # postsuper says that a mail shall expire before qmgr returns it
        rows = rows.filter(pl.col("text").str.ends_with(", returned to sender"))
    if name == "delivery" and rows.height:
        told = pl.col("child_queue_id").is_not_null() & (pl.col("direction") == "local")
        rows = handed_exactly(rows.with_columns(told.fill_null(value=False).alias("forwarded")))
    if name == "removed" and rows.height:
        rows = rows.with_columns(pl.col("text").str.ends_with(": removed (canceled)").alias("canceled"))
    return _with(rows, WANTED[name])


def _with(rows: pl.DataFrame, wanted: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return the record's columns and `wanted`, null where the rows do not have one."""
    if not rows.width:
        return pl.DataFrame(schema={**_SCHEMA, **wanted})
    absent = {"forwarded": pl.lit(value=False), "canceled": pl.lit(value=False)}
    whole = rows["host"].str.contains(".", literal=True).any()
    return rows.select(
        *(short_host() if name == "host" and whole else name for name in _RECORD),
        *(
            (pl.col(name) if name in rows.columns else absent.get(name, pl.lit(None))).cast(dtype).alias(name)
            for name, dtype in wanted.items()
        ),
    )


_SCHEMA: Final = flow.Batch().connect.schema
