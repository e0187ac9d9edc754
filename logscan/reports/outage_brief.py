"""What `scan` says of outages: one line each, and what may be behind a finding.

In: parts of a `Report`, phrases, a `Paper`. Out: text. Never: an end that nobody has looked for.
"""

from __future__ import annotations

from collections.abc import Sequence

from logscan.model.findings import Undecided
from logscan.model.outages import Outage
from logscan.reports import outage_words as say
from logscan.reports.paper import Cell, Paper
from logscan.reports.wording import Wording

#: Outages that are listed.
LISTED = 8


def write(outages: Sequence[Outage], paper: Paper, words: Wording) -> None:
    """Write the outages, the last ones where there are many."""
    if not outages:
        return
    paper.line("")
    paper.prose((words.say("outages_title"), "bold"), "  ", (words.say("outages_briefly"), "dim"))
    shown = outages[-LISTED:]
    if len(shown) < len(outages):
        paper.line("  ", (words.counted("outages_more", len(outages) - len(shown)), "dim"))
    for one, after in zip(shown, [*shown[1:], None], strict=True):
        paper.rows([[(one.service, "bold red"), say.brief(one, words)]])
        # one root of several in a row is told once, under the last of them
        same = (
            after is not None
            and after.root is not None
            and one.root is not None
            and after.root[0] == one.root[0]
        )
        if one.root is not None and not same:
            paper.rows([[(words.say("outages_root"), "dim"), one.root[2]]], indent=4)


def open_ends(open_: Undecided | None, words: Wording) -> list[list[Cell]]:
    """Return rows for what is undecided: what it may be, and where to look."""
    if open_ is None:
        return []
    return [
        [(words.say(label) if index == 0 else "", "dim"), "", text]
        for label, texts in (
            ("outages_undecided", say.candidates(open_, words)),
            ("outages_look", open_.look_at),
        )
        for index, text in enumerate(texts)
    ]
