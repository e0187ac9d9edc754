"""What is fuzzed: the header and every family of logs, each with the law that any bytes must keep.

In: the name of a target and any bytes. Out: nothing, or an AssertionError.
Never: a line of a log in this file; seeds are taken from sample-logs and from the tables of shapes when they are
wanted.

The law: nothing is raised; every line is blank, unparsed, goes on with a record or holds some; a record keeps its line; what a family
adds keeps the rows; a field is of the contract's type.
"""

from __future__ import annotations

import gzip
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from logscan.model.blocks import Block
from logscan.model.columns import SCHEMA
from logscan.parsers.clock import Calendar, YearConflict
from logscan.parsers.family import families
from logscan.parsers.glance import Glance, glance
from logscan.parsers.journal import JSON
from logscan.parsers.journal_text import GOES_ON, REMARK
from logscan.parsers.lines import Plan, formats, records
from logscan.parsers.zone import Zone
from logscan.pipeline.lines.road import detailed, understood
from logscan.rules.shape import keyed
from logscan.sources.journal_export import Converter
from logscan.sources.lines import clean

REAL: Final = Path(__file__).parents[2] / "sample-logs"
HOST: Final = Path(__file__).parents[1] / "shapes" / "host.toml"
SHAPES: Final = HOST.parent / "mail"
WRITTEN: Final = datetime(2026, 12, 24, tzinfo=UTC)
BLANK: Final = " \t\r\x0b\x0c"

_EXPORT: Final = b"__CURSOR=s\n__REALTIME_TIMESTAMP=1795490991918269\n_HOSTNAME=mx1\n"

#: What stands before a text of a family, for those that have no header of their own.
_HEADS: Final = {
    "postfix": "postfix/smtp[7]: ",
    "opendkim": "opendkim[7]: ",
    "kernel": "kernel: [12345.678901] ",
    "systemd": "systemd[1]: ",
    "cron": "CRON[7]: ",
    "clock": "chronyd[7]: ",
    "dovecot": "dovecot: ",
    "courier": "imapd: ",
    "amavis": "amavis[7]: ",
    "clamav": "clamd[7]: ",
}
_PROGRAMS: Final = (
    "smtpd",
    "smtp",
    "qmgr",
    "cleanup",
    "postscreen",
    "bounce",
    "local",
    "pipe",
    "anvil",
    "tlsproxy",
)

#: Target -> what stands before a record of the journal, where records are, and what ends one.
_JOURNALS: Final = {
    "header": (b"\x06", "journal.json.gz", b"\n"),
    "journal-export": (b"\x40", "journal-export-tail.bin.gz", b"\n\n"),
}

Target = Callable[[bytes], None]


def header(data: bytes) -> None:
    """Any bytes as a log of any format: the first byte chooses it."""
    every = formats(families())
    main = every[data[0] % len(every)][0] if data else None
    _read(data[1:], Plan(main=main, calendar=_calendar()))


def family(name: str) -> Target:
    """Return the target of a family: any bytes as what it writes behind a good header, and as its log."""
    own = next(each for each in families() if each.name == name)

    def target(data: bytes) -> None:
        main = own.formats[0] if own.formats else None
        _read(data, Plan(main=main, calendar=_calendar()))
        if own.programs is not None:
            _read(b"".join(_behind_headers(name, data)), Plan(main=None, calendar=_calendar()))

    return target


def export(data: bytes) -> None:
    """Any bytes as an export of the journal: the first byte says how it is cut."""
    size, text = 1 + (data[0] if data else 0), _EXPORT + data[1:]
    whole, cut = Converter(), Converter()
    lines = whole.feed(text) + whole.finish()
    pieces = [cut.feed(text[at : at + size]) for at in range(0, len(text), size)]
    assert b"".join((*pieces, cut.finish())) == lines, "the lines depend on the cuts"
    assert lines.count(b"\n") == text.count(b"\n"), "a place is lost"
    assert [*cut.problems("x")] == [*whole.problems("x")]
    _read(lines, Plan(main=JSON, calendar=_calendar()))


def targets() -> dict[str, Target]:
    """Return every target by name; a new family is one at once."""
    return {
        "header": header,
        "journal-export": export,
        **{each.name: family(each.name) for each in families()},
    }


def seeds(name: str) -> Iterator[bytes]:
    """Yield lines of the shapes around mail, and of the sample logs a few of each file, for a target.

    They come without their headers where it adds them.
    """
    around = [
        shape["line"].encode() + b"\n"
        for shape in tomllib.loads(HOST.read_text())["shape"]
        if name in {shape["family"], "header"}
    ]
    if name in _HEADS:
        around = [line.split(b": ", 1)[-1] for line in around]
    yield from (bytes([at % 7]) + line if name == "header" else line for at, line in enumerate(around))
    if name in _JOURNALS:
        lead, file, end = _JOURNALS[name]
        records = gzip.decompress((REAL / "real/A/logs" / file).read_bytes()).split(end)
        yield from (lead + record + end for record in records[::50])
    for path in sorted(REAL.rglob("*.log")):
        lines = path.read_bytes().splitlines(keepends=True)
        mark = _HEADS[name].split("[")[0].split("/")[0].encode() if name in _HEADS else b""
        marked = [line for line in lines if mark in line]
        chosen = marked[:: max(1, len(marked) // 100)]
        if name in _HEADS:
            yield from (line.split(b": ", 1)[-1] for line in chosen)
        yield from (
            bytes([number % 7]) + line if name == "header" else line for number, line in enumerate(chosen)
        )
    shapes = SHAPES / f"{name}.toml"
    if shapes.exists():
        table = tomllib.loads(shapes.read_text(encoding="utf-8"))
        yield from (f"{shape['line'].split(': ', 1)[-1]}\n".encode() for shape in table["shape"])


def _behind_headers(name: str, data: bytes) -> Iterator[bytes]:
    for number, text in enumerate(data.split(b"\n")):
        head = _HEADS.get(name, f"{name}[7]: ")
        head = head.replace("smtp", _PROGRAMS[(len(text) + number) % len(_PROGRAMS)])
        yield f"Nov 24 03:00:{number % 60:02} mx1 {head}".encode() + text + b"\n"


def _calendar() -> Calendar:
    return Calendar(modified=WRITTEN, zone=Zone(name="UTC", source="option", info=UTC), option=2026)


def _read(data: bytes, plan: Plan) -> None:
    text, _ = clean(data)
    if not text:
        return
    raw = text.decode().split("\n")
    raw = raw if raw[-1] else raw[:-1]
    block = Block(source=0, number=0, data=text, previous=b"", lines=len(raw))
    try:
        table = records(block, plan)
    except YearConflict:
        return
    _check_records(table, raw, plan)
    _check_road(table)
    _check_glance(block, Plan(main=plan.main, calendar=_calendar()), table)


def _check_records(table: pl.DataFrame, raw: list[str], plan: Plan) -> None:
    first = table.filter(pl.col("column") == 0)
    assert first["row"].to_list() == list(range(len(raw))), "a line is lost or told twice"
    pairs = zip(first["raw"], (line.removesuffix("\r") for line in raw), strict=True)
    changed = [line for shown, line in pairs if shown != line]
    # a record of the journal is shown as journalctl would
    assert all('"__REALTIME_TIMESTAMP"' in line for line in changed), "a line was changed"
    blank = table.filter(pl.col("text").is_null())
    solid = blank.filter(pl.col("raw").str.strip_chars(BLANK) != "")
    assert blank.height - solid.height == sum(not line.strip(BLANK) for line in raw), (
        "lines are not blank + told"
    )
    goes_on = plan.main.goes_on if plan.main is not None else None
    # what journalctl indents or says itself belongs to no format's record of its own
    gone = f"{GOES_ON.lines}|{REMARK}" + (f"|{goes_on.lines}" if goes_on is not None else "")
    assert solid["raw"].str.contains(gone).all(), "a line is lost"
    assert blank["family"].null_count() == blank.height
    assert (table["repeat"] >= 1).all()


def _check_road(table: pl.DataFrame) -> None:
    told = table.filter(pl.col("family").is_not_null())
    parts = understood(table)
    assert sum(part.said.height for part in parts) == told.height, "an event has no kind, or two"
    for part in parts:
        assert not part.said.null_count().sum_horizontal().item(), "an event without kind or severity"
    rows = detailed(part.all() for part in parts)
    assert rows.height == told.height, "fields lost or doubled an event"
    for name, dtype in rows.schema.items():
        if name in SCHEMA:
            assert dtype == SCHEMA[name], f"{name} is {dtype}"
    if rows.height:
        assert not keyed(rows)["masked"].null_count()


def _check_glance(block: Block, plan: Plan, table: pl.DataFrame) -> None:
    seen = glance(block, plan)
    if not isinstance(seen, Glance):
        assert seen.equals(table), "a second look saw something else"
        return
    everyday = sum(len(seen.when(name)) for name in seen.everyday)
    assert everyday + seen.left.height + seen.odd.filter(pl.col("column") == 0).height == block.lines
