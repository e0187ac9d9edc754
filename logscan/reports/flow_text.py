"""The numbers of mail traffic for a person at a terminal.

In: `Flow`, phrases, a `Paper`. Out: text: what was read, the totals in two columns, then tables.
Never: a number of its own; a table without a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from rich.cells import cell_len

from logscan.model.flow import Flow, Period
from logscan.model.pflogsumm import CHECKED
from logscan.reports import text
from logscan.reports.flow_json import totals
from logscan.reports.paper import Cell, Paper
from logscan.reports.wording import Wording

#: Rows of the tables that may be long.
ROWS = 10
_MAIL = (
    "messages_real", "received", "delivered", "forwarded", "deferred", "deferrals", "recovered", "still_deferred",
    "bounced", "expired", "expired_recipients", "internal", "filtered", "canceled",
)  # fmt: skip
_REST = (
    "rejected", "reject_lines", "reject_warnings", "held", "discarded", "auth_failures", "connections",
    "bytes_received", "bytes_delivered", "senders", "sending_domains", "recipients", "recipient_domains",
)  # fmt: skip
_BYTES = frozenset({"bytes_received", "bytes_delivered"})
_COUNTS = ("received", "delivered", "deferrals", "bounced", "rejected")
_UNITS = ("B", "kB", "MB", "GB", "TB")


def write(flow: Flow, paper: Paper, words: Wording, *, quiet: bool = False) -> None:
    """Write the numbers. words: the program's own, with those of `flow`. quiet: only the totals."""
    text.trust(flow.read, paper, words)
    if not any(totals(flow).values()):
        paper.line("")
        paper.line((words.say("nothing"), "bold"))
        return
    _totals(flow, paper, words)
    if not quiet:
        _periods("day", flow.per_day, paper, words)
        _periods("hour", flow.per_hour, paper, words)
        _top(flow, paper, words)
        _refusals(flow, paper, words)
        _logins(flow, paper, words)
        _encryption(flow, paper, words)
        _delays(flow, paper, words)
        text.blind(flow.read.blind_spots or (), paper, words, verbose=True)
    if flow.differences is not None:
        _differences(flow, paper, words)


def size(count: float) -> str:
    """Return bytes in the unit that leaves few digits.

    >>> size(999), size(1000), size(2619464286)
    ('999 B', '1.0 kB', '2.6 GB')
    """
    unit = 0
    while count >= 999.95 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{count:.1f} {_UNITS[unit]}" if unit else f"{count:.0f} B"


def _right(words: str, width: int = 10) -> str:
    """Return words pushed to the right of a column; Chinese ones are two wide."""
    return " " * (width - cell_len(words)) + words


def _totals(flow: Flow, paper: Paper, words: Wording) -> None:
    paper.line("")
    paper.line((words.say("messages"), "bold"))
    sums = totals(flow)

    def cells(name: str | None) -> list[Cell]:
        if name is None:
            return ["", ""]
        shown = size(sums[name]) if name in _BYTES else f"{sums[name]:,}"
        return [_right(shown, 11), words.say(name)]

    height = max(len(_MAIL), len(_REST))
    sides = [[*names, *[None] * (height - len(names))] for names in (_MAIL, _REST)]
    paper.rows([[*cells(left), *cells(right)] for left, right in zip(*sides, strict=True)])
    if flow.unreturned:
        paper.prose((words.say("unreturned", count=flow.unreturned), "dim"))


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[Cell]], paper: Paper) -> None:
    if not rows:
        return
    paper.line("")
    paper.line((title, "bold"))
    paper.rows([[(word, "dim") for word in head], *rows])


def _periods(kind: str, periods: Sequence[Period], paper: Paper, words: Wording) -> None:
    if kind == "day" and len(periods) < 2:
        return
    form = "%Y-%m-%d %a" if kind == "day" else "%Y-%m-%d %H:%M %z"
    rows = [
        [each.start.strftime(form), *(_right(f"{getattr(each, name):,}") for name in _COUNTS)]
        for each in periods
    ]
    head = [words.say(kind), *(_right(words.say(f"column_{name}")) for name in _COUNTS)]
    _table(words.say(f"per_{kind}"), head, rows, paper)


def _top(flow: Flow, paper: Paper, words: Wording) -> None:
    head = [_right(words.say(f"column_{name}")) for name in ("messages", "recipients", "bytes")]
    for field in fields(flow.top):
        rows = [
            [
                _right(f"{each.messages:,}"),
                _right(f"{each.recipients:,}"),
                _right(size(each.bytes)),
                each.name or "<>",
            ]
            for each in getattr(flow.top, field.name)
        ]
        _table(words.say(f"top_{field.name}"), [*head, ""], rows, paper)


def _refusals(flow: Flow, paper: Paper, words: Wording) -> None:
    rows = [
        [
            _right(f"{each.count:,}", 8),
            each.cause,
            each.stage or "",
            _right(f"{each.clients:,}", 8),
            ", ".join(f"{name} {count:,}" for name, count in each.top_clients[:3]),
        ]
        for each in flow.rejects
    ]
    head = (
        _right(words.say("column_count"), 8),
        words.say("column_cause"),
        words.say("column_stage"),
        _right(words.say("column_clients"), 8),
        "",
    )
    _table(words.say("rejects"), head, rows, paper)


def _logins(flow: Flow, paper: Paper, words: Wording) -> None:
    rows = [
        [
            _right(f"{each.count:,}", 8),
            each.client_ip or words.say("no_client"),
            each.user or words.say("no_user"),
        ]
        for each in flow.auth[:ROWS]
    ]
    _table(words.say("auth"), (_right(words.say("column_count"), 8), "", ""), rows, paper)
    if len(flow.auth) > ROWS:
        paper.line("  ", words.say("others", count=len(flow.auth) - ROWS))


def _encryption(flow: Flow, paper: Paper, words: Wording) -> None:
    rows = [
        [
            _right(f"{each.count:,}", 8),
            words.say(each.direction) if each.direction else "",
            each.protocol,
            each.level or "",
        ]
        for each in flow.tls
    ]
    _table(words.say("tls"), (_right(words.say("column_count"), 8), "", "", ""), rows, paper)


def _delays(flow: Flow, paper: Paper, words: Wording) -> None:
    names = ("p50", "p90", "p95", "p98", "max")
    rows = [
        [words.say(f"delay_{each.stage}"), *(_right(f"{getattr(each, name):,.2f}", 9) for name in names)]
        for each in flow.delays
        if each.count
    ]
    _table(words.say("delays"), ["", *(_right(name, 9) for name in names)], rows, paper)


def _differences(flow: Flow, paper: Paper, words: Wording) -> None:
    tool = flow.compat or ""
    paper.line("")
    paper.line((words.say("why", tool=tool), "bold"))
    if tool.rpartition("-")[2] not in CHECKED:
        paper.prose((words.say("why_checked"), "dim"))
    if not flow.differences:
        paper.line("  ", words.say("why_none", tool=tool))
    measure = None
    for each in flow.differences or ():
        if each.measure != measure:
            measure = each.measure
            told = words.say(
                "why_theirs", measure=words.say(measure), tool=tool, theirs=each.theirs, ours=each.ours
            )
            paper.line("  ", (told, "bold"))
        paper.rows([[_right(f"{each.count:+,}"), each.reason]])
        if each.example is not None:
            line = each.example
            paper.line(" " * 14, (f"{line.file}:{line.line}", "cyan"), "  ", line.text)
