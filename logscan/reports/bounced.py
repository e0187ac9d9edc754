"""The answer of `bounces`: for a person at a terminal, as the contract's JSON, or as a table for a spreadsheet.

In: `model.bounces.Bounces`, phrases. Out: text, one JSON document, or CSV. Never: escapes twice; a number that the answer does
not have.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from logscan.model.bounces import Bounces, Deadline, Group, Queued, Statement
from logscan.model.safety import csv_cell
from logscan.model.version import __version__
from logscan.packs.reach import steps
from logscan.reports.json import assumptions, blind_spots, dumps, inputs, number, problems, stamp
from logscan.reports.paper import Cell, Paper
from logscan.reports.text import blind, heading
from logscan.reports.wording import Wording

#: Rows of a table, and of what waits, that text shows unasked.
ROWS: Final = 15
WAITING: Final = 20
PROOFS: Final = 1
CAUSES: Final = 4
_STYLE: Final = {"hard": "bold red", "soft": "bold yellow", "local": "bold magenta"}


# --- sentences -----------------------------------------------------------------------------------


def verdict(group: Group, words: Wording, *, arrived: bool = False) -> str:
    """Return what a group comes to and what to do, in two sentences."""
    state, cause = _state(group, words, arrived=arrived), title(group.cause, words)
    if arrived:
        return words.say("bounces_no_trouble", state=state, cause=cause)
    said = {"state": state, "cause": cause, "advice": words.say(f"advice_{group.cause}")}
    most = dict(group.causes).get(group.cause, group.recipients)
    if most == group.recipients:
        return words.say("bounces_verdict", **said)
    return words.say("bounces_verdict_mostly", **said, count=most, all=group.recipients)


def _state(group: Group, words: Wording, *, arrived: bool) -> str:
    if arrived:
        return words.say("bounces_arrived", count=group.recipients)
    counts = (("bounces_failed", group.failed), ("bounces_waiting", group.waiting))
    return words.say("comma").join(words.say(key, count=count) for key, count in counts if count)


def briefly(table: str, group: Group, words: Wording) -> str:
    """Return the same where the reader sees the name of the cause, or has read the advice above."""
    state = _state(group, words, arrived=False)
    if table == "by_cause":
        return words.say("bounces_short", state=state, advice=words.say(f"advice_{group.cause}"))
    causes = [
        words.say("bounces_cause_count", cause=title(cause, words), count=count)
        for cause, count in group.causes[:CAUSES]
    ]
    return words.say("bounces_causes", state=state, causes=words.say("comma").join(causes))


def title(cause: str, words: Wording) -> str:
    """Return a cause in words."""
    return words.say(f"title_{cause}")


def statement(one: Statement, answer: Bounces, words: Wording) -> str:
    """Return the sentence of a statement."""
    values: dict[str, object] = dict(one.values)
    if "provider" in values:
        values["provider"] = answer.names.get(str(values["provider"]), values["provider"])
    times = {"since": words.clock(one.since), "before": words.clock(one.before)}
    said = words.say(f"reach_{one.what}", **values, **times, cause=title(one.cause, words))
    if one.caused_by:
        said += " " + words.say("bounces_after", users=words.say("comma").join(one.caused_by))
    return said


def _name(table: str, group: Group, answer: Bounces, words: Wording) -> str:
    if table == "by_provider":
        return answer.names.get(group.key, group.key) if group.key else words.say("bounces_others")
    if table == "by_domain":
        return group.key or words.say("bounces_no_domain")
    return title(group.key or group.cause, words)


# --- text ----------------------------------------------------------------------------------------


def write(
    answer: Bounces, paper: Paper, words: Wording, *, quiet: bool = False, verbose: bool = False
) -> None:
    """Write the answer. quiet: without what waits and what arrived. verbose: every row, and lines that prove it."""
    _head(answer, paper, words)
    paper.line("")
    if answer.recipients:
        mails = words.counted("mails", answer.messages)
        recipients = words.counted("recipients", answer.recipients)
        paper.prose((words.say("bounces_total", mails=mails, recipients=recipients), "bold"))
    else:
        paper.prose((words.say("bounces_none"), "bold green"))
    _reach(answer, paper, words, verbose=verbose)
    most = None if verbose else ROWS
    for table, rows in _tables(answer):
        if table != "recovered" or not quiet:
            _groups(table, rows[:most], len(rows), answer, paper, words)
    if not quiet:
        _waiting(answer, paper, words, None if verbose else WAITING)
        blind(answer.blind_spots, paper, words, verbose=verbose)


def _head(answer: Bounces, paper: Paper, words: Wording) -> None:
    read = answer.searched
    files, lines = words.counted("files", len(read.files)), words.counted("lines", read.lines)
    paper.prose(words.say("bounces_read", files=files, lines=lines, period=words.span(read.first, read.last)))
    heading(answer.assumptions, answer.problems, paper, words)


def _reach(answer: Bounces, paper: Paper, words: Wording, *, verbose: bool) -> None:
    if not answer.blast_radius:
        return
    paper.line("")
    paper.line((words.say("bounces_reach"), "bold"))
    for one in answer.blast_radius:
        paper.rows([[("*", "bold red"), (statement(one, answer, words), "bold")]], gap=1)
        paper.rows(
            [[f"{number}.", text] for number, text in enumerate(steps(one, words.phrases), start=1)],
            indent=4,
            gap=1,
        )
        shown = one.evidence if verbose else one.evidence[:PROOFS]
        paper.rows([[(f"{line.file}:{line.line}  {line.text}", "dim")] for line in shown], indent=4)


def _tables(answer: Bounces) -> Iterator[tuple[str, Sequence[Group]]]:
    yield "by_cause", answer.by_cause
    known = any(group.key for group in answer.by_provider)
    yield "by_provider", answer.by_provider if known else ()
    yield "by_domain", answer.by_domain
    yield "recovered", answer.recovered


def _groups(
    table: str, rows: Sequence[Group], count: int, answer: Bounces, paper: Paper, words: Wording
) -> None:
    if not rows:
        return
    paper.line("")
    paper.line((words.say(f"bounces_{table}"), "bold"))
    for group in rows:
        style = "green" if table == "recovered" else _STYLE.get(group.nature, "bold")
        paper.rows([[(_name(table, group, answer, words), style), _size(table, group, words)]])
        if table != "recovered":
            paper.rows([[briefly(table, group, words)]], indent=4)
        if table == "by_provider" and (links := answer.links.get(group.key or "")):
            paper.rows([[(words.say("bounces_links", links=" ".join(links)), "dim")]], indent=4)
    if count > len(rows):
        paper.line("  ", (words.say("bounces_more", count=count - len(rows)), "dim"))


def _size(table: str, group: Group, words: Wording) -> Cell:
    recipients, mails = words.counted("recipients", group.recipients), words.counted("mails", group.messages)
    if table == "by_domain" or not group.domains:
        size = words.say("bounces_row", recipients=recipients, mails=mails)
    else:
        domains = words.counted("bounces_domains", group.domains)
        size = words.say("bounces_row_domains", recipients=recipients, mails=mails, domains=domains)
    parts = [size, words.counted("bounces_attempts", group.deliveries)] if group.deliveries else [size]
    if table != "recovered":
        parts += [words.say(f"bounces_kind_{group.nature}"), words.say(f"bounces_fault_{group.fault}")]
    parts.append(words.span(group.first, group.last) if group.first else "")
    return [("; ".join(part for part in parts if part), "dim")]


def _waiting(answer: Bounces, paper: Paper, words: Wording, most: int | None) -> None:
    if not answer.still_queued:
        return
    paper.line("")
    source = words.say(f"bounces_source_{answer.still_queued[0].source}")
    paper.line((words.say("bounces_queued", source=source), "bold"))
    shown = answer.still_queued[:most]
    for one in shown:
        paper.rows([[(one.queue_id, "bold cyan"), _between(one, words)]])
        paper.rows([[_how_long(one, answer.as_of, words)]], indent=4)
        if one.last_reply:
            said = f"{title(one.cause, words)}: {one.last_reply}" if one.cause else one.last_reply
            paper.rows([[(said, "dim")]], indent=4)
    if len(answer.still_queued) > len(shown):
        paper.line("  ", (words.say("bounces_more", count=len(answer.still_queued) - len(shown)), "dim"))


def _between(one: Queued, words: Wording) -> str:
    sender = words.say("bounces_null") if one.sender == "" else one.sender
    return words.say(
        "bounces_from",
        sender=sender or words.say("bounces_unknown_sender"),
        recipient=one.recipient or words.say("bounces_nobody"),
    )


def _how_long(one: Queued, now: datetime | None, words: Wording) -> str:
    parts = [
        words.say("bounces_waits", time=words.clock(one.since))
        if one.since
        else words.say("bounces_waits_unknown")
    ]
    if one.attempts is not None:
        none = words.say("bounces_attempts_none")
        parts.append(words.counted("bounces_attempts", one.attempts) if one.attempts else none)
    parts.append(deadline(one, now, words))
    return "; ".join(parts)


def deadline(one: Queued, now: datetime | None, words: Wording) -> str:
    """Return when a waiting mail is given up."""
    if one.held:
        return words.say("bounces_held")
    due = one.bounces_at
    if due is None:
        return words.say("bounces_no_deadline")
    if now is not None and now > due.earliest:
        return words.say("bounces_overdue", earliest=words.clock(due.earliest))
    return words.say("bounces_deadline", earliest=words.clock(due.earliest), latest=words.clock(due.latest))


# --- JSON ----------------------------------------------------------------------------------------

_KEYS: Final = {"by_cause": None, "by_provider": "provider", "by_domain": "domain", "recovered": None}


def document(answer: Bounces, words: Wording) -> str:
    """Return `logscan.bounces/1` as the contract has it."""
    return dumps(record(answer, words))


def record(answer: Bounces, words: Wording) -> dict[str, Any]:
    """Return the same before it is text."""
    read = answer.searched
    return {
        "schema": "logscan.bounces/1",
        "version": __version__,
        "by_cause": [_group("by_cause", group, answer, words) for group in answer.by_cause],
        "by_provider": [_group("by_provider", group, answer, words) for group in answer.by_provider],
        "by_domain": [_group("by_domain", group, answer, words) for group in answer.by_domain],
        "still_queued": [_queued(one) for one in answer.still_queued],
        "blast_radius": [_statement(one, answer, words) for one in answer.blast_radius],
        "recovered": [_group("recovered", group, answer, words) for group in answer.recovered],
        "as_of": stamp(answer.as_of),
        "inputs": inputs(answer.inputs),
        "totals": {
            "lines": read.lines,
            "first": stamp(read.first),
            "last": stamp(read.last),
            "messages": answer.messages,
            "recipients": answer.recipients,
        },
        "assumptions": assumptions(answer.assumptions),
        "blind_spots": blind_spots(answer.blind_spots),
        "problems": problems(answer.problems),
    }


def _group(table: str, group: Group, answer: Bounces, words: Wording) -> dict[str, Any]:
    key = _KEYS[table]
    made: dict[str, Any] = {key: group.key} if key else {}
    made |= {
        "cause": group.cause,
        "nature": group.nature,
        "fault": group.fault,
        "messages": group.messages,
        "recipients": group.recipients,
        "deliveries": group.deliveries,
        "domains": group.domains,
        "first": stamp(group.first),
        "last": stamp(group.last),
        "verdict": verdict(group, words, arrived=table == "recovered"),
    }
    if table != "recovered":
        made |= {"failed": group.failed, "waiting": group.waiting}
    if key:
        made["causes"] = dict(group.causes)
    if table == "by_provider":
        made["links"] = list(answer.links.get(group.key or "", ()))
    return made


def _queued(one: Queued) -> dict[str, Any]:
    return {
        "queue_id": one.queue_id,
        "sender": one.sender,
        "recipient": one.recipient,
        "since": stamp(one.since),
        "attempts": one.attempts,
        "last_reply": one.last_reply,
        "cause": one.cause,
        "bounces_at": _due(one.bounces_at),
        "source": one.source,
        "held": one.held,
    }


def _due(due: Deadline | None) -> dict[str, Any] | None:
    if due is None:
        return None
    return {
        "earliest": stamp(due.earliest),
        "latest": stamp(due.latest),
        "lifetime_s": number(due.lifetime_s),
        "source": due.source,
    }


def _statement(one: Statement, answer: Bounces, words: Wording) -> dict[str, Any]:
    return {
        "statement": statement(one, answer, words),
        "cause": one.cause,
        "scope": {name: list(names) for name, names in one.scope.items()},
        "since": stamp(one.since),
        "evidence": [
            {"file": line.file, "line": line.line, "time": stamp(line.time), "text": line.text}
            for line in one.evidence
        ],
        "kind": one.kind,
        "remedy": steps(one, words.phrases),
        "caused_by": list(one.caused_by),
        "numbers": {name: value for name, value in one.values.items() if isinstance(value, int)},
    }


# --- CSV -----------------------------------------------------------------------------------------

#: Of all tables; a row leaves empty what its table does not have.
COLUMNS: Final[tuple[str, ...]] = (
    "table", "key", "cause", "nature", "fault", "messages", "recipients", "deliveries", "domains", "first", "last",
    "failed", "waiting", "verdict", "queue_id", "sender", "recipient", "since", "attempts", "last_reply",
    "bounces_earliest", "bounces_latest", "source",
)  # fmt: skip


def table(answer: Bounces, words: Wording) -> str:
    """Return all tables as one in CSV, told apart by the first column."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for row in _records(answer, words):
        writer.writerow({name: csv_cell(str(value)) for name, value in row.items() if value is not None})
    return stream.getvalue()


def _records(answer: Bounces, words: Wording) -> Iterator[dict[str, Any]]:
    for table, key in _KEYS.items():
        for group in getattr(answer, table):
            made = _group(table, group, answer, words)
            row = {name: made[name] for name in COLUMNS if name in made}
            yield {"table": table, "key": group.key if key else group.cause, **row}
    for one in answer.still_queued:
        made = _queued(one)
        due = made["bounces_at"] or {}
        row = {name: made[name] for name in COLUMNS if name in made}
        yield {
            "table": "still_queued",
            "key": one.queue_id,
            **row,
            "bounces_earliest": due.get("earliest"),
            "bounces_latest": due.get("latest"),
        }
