"""A nightly report as text of 80 columns, fit for a mail and for a terminal.

In: `Nightly`, phrases, a `Paper` of that width. Out: text: the verdict, the traffic, what was read, then part by part what is not
quiet. Never: more than a few lines about a day on which nothing is to be done.
"""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len

from logscan.model.report import GREEN, RED, UNKNOWN, YELLOW, Nightly
from logscan.reports import report_words as say
from logscan.reports.paper import Cell, Paper
from logscan.reports.report_parts import Block, Part, Proof, Prose, Rows, Steps, changes, parts
from logscan.reports.report_words import Voice
from logscan.reports.text import numbered

#: Columns: what a mail may have, and every terminal has.
WIDTH: Final = 80
#: A column that is not the last one is not wider, before numbers or beside prose; longer names stand in a line of their own.
_COLUMN: Final = 34
_BESIDE: Final = 30
PAIR: Final = 2
_STYLE: Final = {
    RED: "bold white on red", YELLOW: "bold yellow", UNKNOWN: "bold yellow", GREEN: "bold green",
}  # fmt: skip


def write(report: Nightly, paper: Paper, voice: Voice, *, verbose: bool = False, quiet: bool = False) -> None:
    """Write the report. verbose: every row and every part. quiet: what a quiet day has, and no more."""
    words = voice.words
    paper.prose((say.light(report, words), _STYLE[report.light]), "  ", (say.verdict(report, words), "bold"))
    if report.light != UNKNOWN:
        paper.prose(say.mail(report, words))
    paper.prose((say.read(report, words), "dim"))
    if part := say.shortfall(report, words):
        paper.prose((part, "bold yellow"))
    calm = report.light == GREEN and not report.bounces.still_queued
    if calm and not verbose:
        _briefly(report, paper, voice)
    elif quiet:
        paper.prose(say.changed(report, words) or " ".join(say.history(report, words)))
    else:
        for each in parts(report, voice, verbose=verbose):
            _part(each, paper)


def _briefly(report: Nightly, paper: Paper, voice: Voice) -> None:
    """Write what is left to say of a quiet day: what changed all the same, and how mail was signed."""
    words = voice.words
    for block in changes(report, words):
        _block(block, paper)
    paper.prose(f"{say.signed(report, words)} {say.logins(report, words, briefly=True)}")


def _part(part: Part, paper: Paper) -> None:
    paper.line("")
    paper.line((part.title, "bold"))
    for block in part.blocks:
        _block(block, paper, indent=2)


def _block(block: Block, paper: Paper, *, indent: int = 0) -> None:
    if isinstance(block, Prose):
        style = "bold" if block.strong else "dim" if block.faint else ""
        label: list[Cell] = [(block.label, "bold" if block.strong else "dim")] if block.label else []
        if block.strong and block.label:
            paper.line("")
        paper.rows([[*label, (block.text, style)]], indent=indent)
    elif isinstance(block, Steps):
        paper.rows(numbered(block.label, block.items), indent=indent, gap=1)
    elif isinstance(block, Proof):
        for line in block.lines:
            paper.rows([[(f"{line.file}:{line.line}  {line.text}", "dim")]], indent=indent + 2)
    else:
        _rows(block, paper, indent)


def _rows(table: Rows, paper: Paper, indent: int) -> None:
    if table.title:
        paper.line("")
        paper.line(" " * indent, (table.title, "bold"))
    headed = any(table.head)
    rows = [table.head, *table.rows] if headed else list(table.rows)
    most = _COLUMN if len(rows[0]) <= PAIR or len(rows[0]) - 1 in table.right else _BESIDE
    widths = [min(most, max(map(cell_len, column))) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        # Names that are too long stand above what is said of them.
        wide = [cell for cell in row[:-1] if cell_len(cell) > most]
        if wide:
            paper.rows([[" ".join(wide)]], indent=indent)
        style = "dim" if headed and number == 0 else ""
        cells: list[Cell] = [
            (_aligned("" if cell in wide else cell, widths[at], right=at in table.right), style)
            for at, cell in enumerate(row[:-1])
        ]
        last = len(row) - 1
        end = _aligned(row[last], widths[last], right=last in table.right)
        paper.rows([[*cells, (end, style)]], indent=indent)


def _aligned(cell: str, width: int, *, right: bool) -> str:
    """Return a cell that fills its column; Chinese words are two columns wide."""
    space = " " * max(0, width - cell_len(cell))
    return space + cell if right else cell + space
