"""A block of bytes -> a table of records: who said what, and when.

In: a `Block`, the `Plan` of its source, the families. Out: `records`, one row for every line (more where
a pasted line holds several records), columns as in `RECORD`.
Never: a lost line; an exception because of what a line says; a row that depends on where blocks are cut.

What a row is: family and text are null for a blank line, and for one that goes on with a record before it; family is null and text the whole line for one
that nobody understood (unparsed); else it is an event. lines = distinct rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import Final

import polars as pl

from logscan.model.blocks import Block
from logscan.model.columns import TIME
from logscan.model.vocabulary import Family as Name
from logscan.parsers import headless, syslog, tagged
from logscan.parsers.clock import Calendar, Chain
from logscan.parsers.family import Family, GoesOn, LineFormat, Stamp, families
from logscan.parsers.folding import any_goes_on, folded
from logscan.parsers.journal_text import GOES_ON, REMARK
from logscan.parsers.repeats import BLANK, SYSLOG, context, echoed, unwrapped

RECORD: Final[dict[str, pl.DataType]] = {
    "row": pl.UInt32(),
    "column": pl.UInt32(),
    "raw": pl.String(),
    "time": TIME,
    "host": pl.String(),
    "program": pl.String(),
    "pid": pl.Int64(),
    "family": pl.String(),
    "repeat": pl.Int64(),
    "text": pl.String(),
}
#: Logs that other programs write into: what their children say to standard error has no
#: header, but it belongs to whoever owns the log.
_OPEN: Final = frozenset({Name.APACHE_ERROR.value, Name.PHP_FPM.value})
LACK: Final = {Stamp.ZONED: 0, Stamp.LOCAL: 1, Stamp.YEARLESS: 2}

_REMARK: Final = re.compile(REMARK)
#: Formats that journalctl prints.
INDENTED: Final = frozenset(form.name for form in tagged.FORMATS if form.name in tagged.SHAPES) - {
    "journal-json"
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one source is read, from its first block to its last; a new one for every reading.

    main: the format of most of its lines, None when unknown. calendar: its years and zone.
    said: the last line of the blocks before that said something of its own. open: whether the last record
    before each block may go on in it; see parsers.folding.
    """

    main: LineFormat | None
    calendar: Calendar
    said: Chain[bytes] = field(default_factory=lambda: Chain(b""))
    open: Chain[bool] = field(default_factory=lambda: Chain(start=False))

    def abandon(self, error: BaseException) -> None:
        """Wake the threads that wait for a block that will never be read; they get `error`."""
        self.calendar.abandon(error)
        self.said.fail(error)
        self.open.fail(error)

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Abandon the plan when what is done inside fails."""
        try:
            yield
        except BaseException as error:
            self.abandon(error)
            raise


def formats(speakers: Sequence[Family]) -> tuple[tuple[LineFormat, str | None], ...]:
    """Return every format and the family that owns it, in the order in which they are tried."""
    owned = ((own, family.name) for family in speakers for own in family.formats)
    return (*((own, None) for own in tagged.FORMATS), *owned, (headless.of(speakers), None))


def records(block: Block, plan: Plan, speakers: Sequence[Family] | None = None) -> pl.DataFrame:
    """Return the records of `block`: `RECORD`, sorted by row and column.

    speakers: the families, all of them by default. Blocks of one source may be read in several
    threads, each once, begun in order of their numbers: one may wait for the one before.
    Raises clock.YearConflict: the source must be read again, with a new plan.
    """
    known = families() if speakers is None else tuple(speakers)
    with plan.guarded():
        before = context(block, plan.said)
        return dated(read_lines(before + block.data), block, plan, known, context=before)


def dated(
    frame: pl.DataFrame, block: Block, plan: Plan, speakers: Sequence[Family], *, context: bytes
) -> pl.DataFrame:
    """Return the records of the lines of `block`, behind one line of `context` where that is not empty."""
    table = echoed(taken(frame, plan, speakers))
    if context:
        table = table.filter(pl.col("row") > 0).with_columns(pl.col("row") - 1)
    table = _folded(table, block, plan, speakers)
    return timed(table, moments(table["time"], table["lack"], plan.calendar, block.number))


def _folded(table: pl.DataFrame, block: Block, plan: Plan, speakers: Sequence[Family]) -> pl.DataFrame:
    rule, owner = folds(plan, speakers)
    if rule is None:
        return table
    if owner is None and not goes_behind(block) and not any_goes_on(table, rule):
        # as everywhere but in what journalctl printed
        said = table["family"].null_count() < table.height
        plan.open.give(block.number + 1, said or plan.open.take(block.number))
        return table

    def behind() -> pl.DataFrame:
        return taken(read_lines(block.following), plan, speakers)

    return folded(table, rule, owner, number=block.number, open_=plan.open, behind=behind)


def goes_behind(block: Block) -> bool:
    """Tell whether the block's last record may go on behind it, in a log whose further lines are indented."""
    for line in block.following.split(b"\n"):
        if line.startswith(b" " * 18):
            return True
        if line.strip(BLANK.encode()) and not _REMARK.match(line.decode(errors="replace").removesuffix("\r")):
            return False
    return False


def folds(plan: Plan, speakers: Sequence[Family]) -> tuple[GoesOn | None, str | None]:
    """Return how records of several lines go on in a log of the plan's format, and whose log that is, if anybody's."""
    main = plan.main
    if main is not None and main.name in INDENTED:
        return GOES_ON, None
    if main is None or main.goes_on is None:
        return None, None
    return main.goes_on, next((family for own, family in formats(speakers) if own.name == main.name), None)


def timed(table: pl.DataFrame, times: pl.Series) -> pl.DataFrame:
    """Return the records that `taken` gave, with their moments."""
    return table.with_columns(times.alias("time")).select(list(RECORD))


def settle(frame: pl.DataFrame, form: str, speakers: Sequence[Family] | None = None) -> pl.DataFrame:
    """Return the records of lines whose header is a usual one of the syslog format `form`.

    In: row, column, raw, time (the moment), and any other columns, which stay.
    """
    claim = partial(_family, speakers=families() if speakers is None else tuple(speakers))
    table = tagged.split(form, frame.drop("time"), claim).with_columns(pl.lit(1, pl.Int64).alias("repeat"))
    return unwrapped(table).with_columns(frame["time"])


def read_lines(data: bytes) -> pl.DataFrame:
    """Return row, column, raw of the lines of valid UTF-8. Only \\n ends a line; a \\r before it goes."""
    raw = pl.scan_lines(BytesIO(data), name="raw").collect()
    return raw.with_row_index("row").select(
        pl.col("row"), pl.lit(0, pl.UInt32).alias("column"), pl.col("raw")
    )


# --- headers -------------------------------------------------------------------------------------


def taken(frame: pl.DataFrame, plan: Plan, speakers: Sequence[Family]) -> pl.DataFrame:
    """Give every line to the first format that understands it, the main one before the others.

    Out: `RECORD` with naive times, and `lack`: what they lack.
    """
    parts: list[pl.DataFrame] = []
    left = frame
    every, claim = formats(speakers), partial(_family, speakers=speakers)
    main = [(own, owner) for own, owner in every if plan.main is not None and own.name == plan.main.name]
    ours = _owner(*main[0]) if main else None
    for own, owner in (*main, *(pair for pair in every if pair not in main)):
        if left.is_empty():
            break
        if own.name == headless.NAME and ours is not None:
            continue  # whoever owns the log owns what has no header in it
        # a syslog format finds out by itself what is not its own
        mask = None if owner is None and main == [(own, owner)] else left.select(own.looks).to_series()
        if mask is not None and not mask.any():
            continue
        mine = left if mask is None or mask.all() else left.filter(mask)
        part = own.split(mine) if owner else _tagged(own, mine, claim)
        understood = part.get_column("text").is_not_null()
        failed = part.filter(~understood & (pl.col("column") == 0)).select(frame.columns)
        part = part if understood.all() else part.filter(understood)
        parts.append(_filled(part, own.stamp, owner))
        left = failed if mask is None or mask.all() else pl.concat([left.filter(~mask), failed]).sort("row")
    if not left.is_empty() or not parts:
        parts.append(_strays(left, ours))
    return parts[0] if len(parts) == 1 else pl.concat(parts).sort("row", "column")


def _tagged(own: LineFormat, mine: pl.DataFrame, claim: syslog.Claim) -> pl.DataFrame:
    if own.name == headless.NAME:
        return syslog.claimed(own.split(mine), claim)
    return tagged.split(own.name, mine, claim)


def _filled(part: pl.DataFrame, stamp: Stamp, owner: str | None) -> pl.DataFrame:
    """Return the part in the shape of `RECORD`, times still naive, with `lack`: what they lack."""
    missing = [name for name in ("host", "program", "pid") if name not in part.columns]
    part = part.with_columns(
        *(pl.lit(None, dtype=RECORD[name]).alias(name) for name in missing),
        pl.col("time").dt.replace_time_zone(None),
        pl.lit(1, pl.Int64).alias("repeat"),
        pl.lit(LACK[stamp], pl.UInt8).alias("lack"),
    )
    part = unwrapped(part) if owner is None else part.with_columns(family=pl.lit(owner, pl.String))
    return part.select(*RECORD, "lack")


def _owner(main: LineFormat, owner: str | None) -> str | None:
    """Whose the lines without a header are in a log that is mainly of this format."""
    return owner if owner in _OPEN or main.goes_on is not None else None


def _strays(left: pl.DataFrame, owner: str | None) -> pl.DataFrame:
    """Lines without a header: blank (or a remark of journalctl's), or the log's owner's, or unparsed."""
    blank = pl.col("raw").str.strip_chars(BLANK) == ""
    if owner is None:
        blank |= pl.col("raw").str.contains(REMARK)
    nothing = {name: pl.lit(None, dtype=RECORD[name]) for name in ("host", "program", "pid")}
    return left.with_columns(
        **nothing,
        time=pl.lit(None, dtype=pl.Datetime("us")),
        family=pl.when(~blank).then(pl.lit(owner, pl.String)),
        repeat=pl.lit(1, pl.Int64),
        text=pl.when(~blank).then("raw"),
        lack=pl.lit(0, pl.UInt8),
    ).select(*RECORD, "lack")


def _family(programs: pl.Series, speakers: Sequence[Family]) -> pl.Series:
    """Return the family of each program, which may be null."""
    program = pl.col("program")
    last = pl.when(program.str.starts_with("/")).then(program.str.extract("([^/]+)/*$"))
    bare = last.otherwise(program.str.extract("^([^/]+)")).str.strip_chars("()")
    # a program that calls itself like a family whose words it does not speak is not of the family
    bare = pl.when(bare.is_in([family.name for family in speakers])).then(pl.lit(SYSLOG)).otherwise(bare)
    claims = [
        pl.when(program.str.contains(f"^(?:{family.programs})$")).then(pl.lit(family.name))
        for family in speakers
        if family.programs is not None
    ]
    return programs.to_frame("program").select(pl.coalesce(*claims, bare, pl.lit(SYSLOG))).to_series()


# --- times ---------------------------------------------------------------------------------------


def moments(naive: pl.Series, lack: pl.Series, calendar: Calendar, number: int) -> pl.Series:
    """Return the moments of the records of block `number`. Every block must come by the calendar, once.

    naive: their times in order. lack: what each lacks, as in `LACK`.
    """
    if (one := lack.min()) is not None and one == lack.max():  # as in nearly every block
        in_year = calendar.dated(number, naive if one == LACK[Stamp.YEARLESS] else naive.clear())
        if one == LACK[Stamp.ZONED]:
            return naive.dt.replace_time_zone("UTC").alias("time")
        return calendar.moments(in_year if one == LACK[Stamp.YEARLESS] else naive).alias("time")
    yearless, local = (lack == 2), (lack == 1)
    in_year = calendar.dated(number, _where(naive, yearless))
    pieces = [(yearless, in_year), (local, _where(naive, local))]
    zoned = _where(naive, lack == 0)
    found = [calendar.moments(times) for _, times in pieces if len(times)]
    found.append(zoned.dt.replace_time_zone("UTC"))
    if len(found[0]) == len(naive):
        return found[0].alias("time")
    masks = [mask for mask, times in pieces if len(times)] + [lack == 0]
    places = pl.concat([mask.arg_true() for mask in masks])
    return pl.concat(found).gather(places.arg_sort()).alias("time")


def _where(times: pl.Series, mask: pl.Series) -> pl.Series:
    return times if mask.all() else times.filter(mask)


def counts(tables: Iterable[pl.DataFrame]) -> tuple[int, int]:
    """Return how many lines of these records are events and how many are unparsed; the rest is blank."""
    events = unparsed = 0
    for table in tables:
        first = table.filter(pl.col("column") == 0)
        events += first.get_column("family").count()
        unparsed += first.select((pl.col("family").is_null() & pl.col("text").is_not_null()).sum()).item()
    return events, unparsed
