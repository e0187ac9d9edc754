"""A nightly report as GitHub-flavoured Markdown, with the parts that text has.

In: `Nightly`, phrases. Out: Markdown. Never: a stranger's word that becomes markup; see reports.markdown, whose sheet this is.
"""

from __future__ import annotations

from logscan.model.report import GREEN, UNKNOWN, Nightly
from logscan.model.version import __version__
from logscan.reports import report_words as say
from logscan.reports.markdown import COLON, Safe, Sheet, cell, fence, row, strong
from logscan.reports.report_parts import Block, Proof, Prose, Rows, Steps, changes, parts
from logscan.reports.report_words import Voice


def page(report: Nightly, voice: Voice, *, verbose: bool = False, quiet: bool = False) -> str:
    """Return the whole document. verbose: every row and every part. quiet: what a quiet day has."""
    words, sheet = voice.words, Sheet(voice.words)
    sheet.head(1, words.say("night_title", period=say.period(report.period, words)))
    sheet.block(*strong(f"{say.light(report, words)}: {say.verdict(report, words)}"))
    if report.light != UNKNOWN:
        sheet.block(say.mail(report, words))
    sheet.block(say.read(report, words))
    if part := say.shortfall(report, words):
        sheet.block(*strong(part))
    calm = report.light == GREEN and not report.bounces.still_queued
    if calm and not verbose:
        for block in changes(report, words):
            _block(block, sheet)
        sheet.block(f"{say.signed(report, words)} {say.logins(report, words, briefly=True)}")
    elif quiet:
        sheet.block(say.changed(report, words) or " ".join(say.history(report, words)))
    else:
        for each in parts(report, voice, verbose=verbose):
            sheet.head(2, each.title)
            for block in each.blocks:
                _block(block, sheet)
    sheet.block(words.say("night_made", version=__version__, time=words.clock(report.as_of)))
    return sheet.text()


def _block(block: Block, sheet: Sheet) -> None:
    if isinstance(block, Prose):
        label = [*strong(block.label), COLON] if block.label else []
        if block.label and block.strong:
            sheet.head(3, block.label, COLON, block.text)
        else:
            sheet.block(*label, *(strong(block.text) if block.strong else (block.text,)))
    elif isinstance(block, Steps):
        sheet.items(block.label, block.items)
    elif isinstance(block, Proof):
        sheet.block(fence(block.lines))
    else:
        _rows(block, sheet)


def _rows(table: Rows, sheet: Sheet) -> None:
    if table.title:
        sheet.head(3, table.title)
    head = table.head or tuple("" for _ in table.rows[0])
    sheet.block(row(*map(cell, head)))
    sheet.line(Safe("|" + "|".join("---:" if at in table.right else "---" for at in range(len(head))) + "|"))
    for cells in table.rows:
        sheet.line(row(*map(cell, cells)))
