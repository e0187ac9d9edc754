"""Events as JSON Lines, CSV, Parquet or text, table by table.

In: tables with the columns of `model.columns.SCHEMA`. Out: text on a stream, or a Parquet file.
Never: per-row Python where a table operation does it; a cell that acts on a terminal or a spreadsheet.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from logscan.model.columns import SCHEMA
from logscan.model.safety import csv_cell, escape_json
from logscan.reports.paper import Paper

#: What is not plain ASCII is looked at by model.safety: which characters act is for one place to say,
#: and Rust's Unicode tables may be newer than Python's.
_UNSAFE = r"[^ -~]"
_FORMULA = r"^[=+\-@\t\r]"

#: A key without value. Inside a string a quote always has a backslash before it, so this
#: never matches what a log line says.
_ABSENT = r'"[a-z_]+":null,?'


def write_jsonl(tables: Iterable[pl.DataFrame], paper: Paper) -> None:
    """Write one JSON object per event; what is unknown is absent."""
    for table in tables:
        lines = table.select(_stamped("time"), *(name for name in table.columns if name != "time")).select(
            pl.struct(pl.all()).struct.json_encode().str.replace_all(_ABSENT, "").str.replace(r",\}$", "}")
        )
        if lines.height:
            paper.raw(escape_json("\n".join(lines.to_series()) + "\n"))


def write_csv(tables: Iterable[pl.DataFrame], paper: Paper) -> None:
    """Write a header and one row per event; lists are joined by slashes."""
    header = True
    for table in tables:
        cells = table.with_columns(
            _stamped("time"),
            pl.col("delays").cast(pl.List(pl.String)).list.join("/"),
        )
        cells = cells.with_columns(
            _harmless(cells[name]) for name in cells.columns if cells[name].dtype == pl.String
        )
        paper.raw(cells.write_csv(include_header=header))
        header = False
    if header:
        paper.raw(",".join(SCHEMA) + "\n")


def write_parquet(tables: Iterable[pl.DataFrame], target: Path) -> None:
    """Write a Parquet file; the tables pass through a private folder, not through memory."""
    with tempfile.TemporaryDirectory(prefix="logscan-") as folder:
        parts = []
        for number, table in enumerate(tables):
            parts.append(Path(folder) / f"{number:08}.parquet")
            table.write_parquet(parts[-1])
        if parts:
            pl.scan_parquet(parts).sink_parquet(target)
        else:
            pl.DataFrame(schema=SCHEMA).write_parquet(target)


def write_text(tables: Iterable[pl.DataFrame], paper: Paper) -> None:
    """Write one line per event: where, when, what, and the line's text."""
    for table in tables:
        rows = table.select(_stamped("time"), "file", "line", "program", "kind", "queue_id", "text")
        for time, file, line, program, kind, queue_id, text in rows.iter_rows():
            paper.line(
                f"{time or '?':<20} ", (f"{kind or '?':<15}", "bold"), " ", (program or "", "cyan"),
                f" {queue_id} " if queue_id else " ", text or "", (f"  ({file}:{line})", "dim"),
            )  # fmt: skip


def _stamped(name: str) -> pl.Expr:
    time = pl.col(name)
    whole = time.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        pl.when(time.dt.microsecond() == 0).then(whole).otherwise(time.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"))
    )


def _harmless(cells: pl.Series) -> pl.Series:
    # The few cells that hold anything unsafe take the slow road through model.safety.
    unsafe = (cells.str.contains(_UNSAFE) | cells.str.contains(_FORMULA)).fill_null(False).arg_true()
    if not len(unsafe):
        return cells
    return cells.clone().scatter(unsafe, [csv_cell(cell) for cell in cells.gather(unsafe)])
