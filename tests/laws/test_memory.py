"""Stretches of logs that were put down and told together say what one reading of the logs says: every number and word."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest

from logscan.model.report import Stretch
from logscan.model.settings import Settings
from logscan.pipeline import bounces, flow, outages, scan
from logscan.pipeline.memory.keeping import kept
from logscan.pipeline.memory.kept import Kept
from logscan.pipeline.memory.moved import moved
from logscan.pipeline.memory.telling import told
from logscan.pipeline.signing import Counting, coverage_of
from logscan.store.codec import packed, unpacked

SAMPLES: Final = Path(__file__).parents[2] / "sample-logs"
LOGS: Final = SAMPLES / "real" / "A" / "logs"
SETTINGS: Final = Settings(zone="UTC", year=2026)
ALL: Final = Stretch(since=datetime(2020, 1, 1, tzinfo=UTC), until=datetime(2030, 1, 1, tzinfo=UTC))
#: What is not about the lines: when it was made, and by which file the logs came.
APART: Final = {"generated", "elapsed_s", "inputs", "problems", "searched", "window", "covered"}


def lines_of(path: Path) -> list[bytes]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return data.splitlines(keepends=True)


def put_down(path: Path, name: str, lines: list[bytes], first: int) -> Kept:
    """Read lines as a stretch, and give it to the disk and back."""
    path.mkdir()
    (path / name).write_bytes(b"".join(lines))
    made = kept([str(path)], SETTINGS, {str(path / name): (f"/var/log/{name}", ((1, first + 1),))})
    return unpacked(Kept, packed(made))


def differences(one: Any, other: Any, here: str, whole: str) -> Iterator[str]:
    """Yield where two answers differ. whole: the path of the one log, which stretches name by its own."""
    if is_dataclass(one) and not isinstance(one, type):
        for field in fields(one):
            if field.name not in APART:
                pair = getattr(one, field.name), getattr(other, field.name)
                yield from differences(*pair, f"{here}.{field.name}", whole)
    elif isinstance(one, list | tuple) and len(one) == len(other):
        for at, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{here}[{at}]", whole)
    elif isinstance(one, str) and isinstance(other, str) and other.startswith(whole):
        if one != f"/var/log/{Path(whole).name}":
            yield f"{here}: {one!r} and {other!r}"
    elif one != other:
        yield f"{here}: {one!r} and {other!r}"


@pytest.mark.parametrize(
    ("name", "cuts"),
    [
        ("mail.log", (0.2, 0.21, 0.7)),
        ("apache-error.log", (0.1, 0.5, 0.55)),
        ("apache-access.log", (0.33, 0.66)),
        ("syslog.gz", (0.5,)),
    ],
)
def test_stretches_told_together_are_the_log(name: str, cuts: tuple[float, ...], tmp_path: Path) -> None:
    lines, plain = lines_of(LOGS / name), name.removesuffix(".gz")
    ends = [0, *(int(len(lines) * cut) for cut in cuts), len(lines)]
    stretches = [
        put_down(tmp_path / str(number), plain, lines[begin:end], begin)
        for number, (begin, end) in enumerate(pairwise(ends))
    ]
    whole = tmp_path / "whole"
    whole.mkdir()
    (whole / plain).write_bytes(b"".join(lines))
    paths = [str(whole)]
    one = scan.scanned(paths, SETTINGS, proving=True)
    both = told(ALL, stretches, SETTINGS, top=20)
    path, signing = str(whole / plain), Counting()
    bounced = bounces.bounces(paths, SETTINGS, beside=signing)
    assert both.signed == coverage_of(signing.count, one.answer)
    found = [
        *differences(both.read.report, one.report, "scan", path),
        *differences(outages.told(both.read), outages.told(one), "outages", path),
        *differences(both.flow, flow.flow(paths, SETTINGS), "flow", path),
        *differences(both.bounces, bounced, "bounces", path),
    ]
    assert not found


#: Columns of 64 bits that are hashes, and no places.
HASHES: Final = {
    "shape", "hash", "conn", "key", "link", "call", "host", "origin", "alike", "mail", "unit", "sealed",
}  # fmt: skip


def tables(value: Any, here: str) -> Iterator[tuple[str, pl.DataFrame]]:
    if isinstance(value, pl.DataFrame):
        yield here, value
    elif is_dataclass(value):
        for field in fields(value):
            yield from tables(getattr(value, field.name), f"{here}.{field.name}")
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from tables(each, f"{here}.{name}")


def test_every_number_of_64_bits_is_a_place_that_moves_or_a_hash(tmp_path: Path) -> None:
    """A new column with places in it must be named in `moved`, or two days' lines are taken for one log's."""
    made = put_down(tmp_path / "one", "mail.log", lines_of(LOGS / "mail.log"), 0)
    before, after = dict(tables(made, "kept")), dict(tables(moved(made, 3), "kept"))
    assert before
    for where, table in before.items():
        for name, dtype in table.schema.items():
            column = table[name].drop_nulls()
            if dtype not in (pl.UInt64, pl.UInt32) or not len(column):
                continue
            stays = name in HASHES or name in {"block", "row", "column"}
            assert (after[where][name].drop_nulls() == column).all() == stays, f"{where}.{name}"
