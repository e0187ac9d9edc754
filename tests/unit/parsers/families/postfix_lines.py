"""Postfix's lines as tables, made without the header parser: what test_postfix_* stand on."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from logscan.parsers.families.postfix import FAMILY

REAL = Path("sample-logs/real/A")
LOGS = ("mail.log", "remote-maillog", "mail-iso.log.gz", "mail-reduced.log.gz")

_BSD = r"(?s)^\w{3} [ 0-9][0-9] [0-9:]{8} (\S+) ([^\s\[:]+)(?:\[([0-9]+)\])?: (.*)$"
_ISO = r"(?s)^[0-9-]{10}T\S+ (\S+) ([^\s\[:]+)(?:\[([0-9]+)\])?: (.*)$"
_REPEATED = r"(?s)^message repeated ([0-9]+) times: \[ (.*)\]$"


def records(name: str) -> pl.DataFrame:
    """Postfix's own records of one of `LOGS`, as parsers.lines gives them (without time)."""
    path = REAL / "logs" / name
    content = gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
    lines = content.decode("utf-8", "replace").removesuffix("\n").split("\n")
    text = pl.col("text")
    return (
        pl.DataFrame({"raw": lines})
        .with_row_index("row")
        .with_columns(pl.col("raw").str.extract_groups(_ISO if "iso" in name else _BSD).alias("header"))
        .unnest("header")
        .rename({"1": "host", "2": "program", "3": "pid", "4": "text"})
        .with_columns(
            pl.col("pid").cast(pl.Int64),
            text.str.extract(_REPEATED, 1).cast(pl.Int64).fill_null(1).alias("repeat"),
            pl.coalesce(text.str.extract(_REPEATED, 2), text).alias("text"),
        )
        .filter(pl.col("program").str.contains(str(FAMILY.programs)))
    )


def table(
    texts: Sequence[str | None], programs: Sequence[str | None] | str = "postfix/smtpd"
) -> pl.DataFrame:
    """A table of records with these texts."""
    if isinstance(programs, str):
        programs = [programs] * len(texts)
    return pl.DataFrame(
        {"program": list(programs), "text": list(texts)},
        schema={"program": pl.String, "text": pl.String},
    ).with_row_index("row")


def parsed(frame: pl.DataFrame) -> pl.DataFrame:
    """What the family makes of records."""
    return FAMILY.fields(FAMILY.kinds(frame))
