"""The answer of `trace`: for a person at a terminal, or as the contract's JSON.

In: mails and refusals as they come, phrases. Out: text or one JSON document, written piece by piece, so that all the
mail of a large log needs no more memory than one. Never: escapes twice.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from logscan.model.findings import Assumptions, BlindSpot, Evidence, Input
from logscan.model.messages import Attempt, Message, Recipient, Refusal, Searched
from logscan.model.problems import Problem
from logscan.model.safety import escape_json
from logscan.model.version import __version__
from logscan.reports import sentences, story
from logscan.reports.json import assumptions, blind_spots, dumps, inputs, number, problems, stamp
from logscan.reports.paper import Cell, Paper
from logscan.reports.text import blind, heading, told
from logscan.reports.wording import Wording

_STYLE = {True: "bold green", False: "bold red", None: "bold yellow"}
#: Refusals that are shown one by one.
REFUSALS = 50


class Trace(Protocol):
    """What `pipeline.trace.Trace` holds; what comes after `messages` is complete when that has ended."""

    query: str | None
    rejects: tuple[Refusal, ...]
    inputs: tuple[Input, ...]
    problems: tuple[Problem, ...]
    lifetime_s: float
    lifetime_source: str

    @property
    def whole(self) -> bool: ...
    @property
    def searched(self) -> Searched: ...
    @property
    def assumptions(self) -> Assumptions: ...
    @property
    def as_of(self) -> datetime | None: ...
    @property
    def blind_spots(self) -> Sequence[BlindSpot]: ...
    def messages(self) -> Iterator[Message]: ...


# --- text ----------------------------------------------------------------------------------------


def write(
    trace: Trace,
    paper: Paper,
    words: Wording,
    titles: story.Titles,
    *,
    quiet: bool = False,
    verbose: bool = False,
) -> None:
    """Write the mails, each with its story and what became of it; then the refusals.

    quiet: without the story. verbose: with the lines that prove it.
    """
    _head(trace, paper, words)
    said = set(trace.problems)
    mails = 0
    for mail in trace.messages():
        mails += 1
        paper.line("")
        _mail(mail, trace, paper, words, titles, quiet=quiet)
        if verbose:
            proofs: list[list[Cell]] = [[(f"{p.file}:{p.line}", "dim"), p.text] for p in mail.evidence]
            paper.line("  ", (words.say("proof"), "bold"))
            paper.rows(proofs, indent=4)
    _refusals(trace.rejects, paper, words, titles)
    paper.line("")
    if not mails and not trace.rejects:
        _nothing(trace, paper, words)
        _late(trace, said, paper, words)
        return
    counts = {
        "mails": words.counted("trace_mails", mails),
        "refusals": words.counted("trace_refusals", len(trace.rejects)),
    }
    paper.line((words.say("trace_summary", **counts), "dim"))
    _late(trace, said, paper, words)
    if not quiet:
        blind(trace.blind_spots, paper, words, verbose=verbose)


def _head(trace: Trace, paper: Paper, words: Wording) -> None:
    searched = trace.searched
    period = words.span(searched.first, searched.last)
    files = words.counted("files", len(searched.files))
    lines = words.counted("lines", searched.lines)
    key = "trace_reading" if trace.whole else "trace_read"
    paper.prose(words.say(key, files=files, lines=lines, period=period))
    heading(trace.assumptions, trace.problems, paper, words)


def _late(trace: Trace, said: Collection[Problem], paper: Paper, words: Wording) -> None:
    """Write what came up while the logs were read as a whole, below the mails that came meanwhile."""
    told([problem for problem in trace.problems if problem not in said], paper, words)


def _mail(
    mail: Message, trace: Trace, paper: Paper, words: Wording, titles: story.Titles, *, quiet: bool
) -> None:
    ids = " > ".join(mail.queue_ids)
    head: list[Cell] = [
        (words.say("trace_mail"), "bold"),
        [(ids, "bold cyan"), "  ", story.subject(mail, words)],
    ]
    paper.rows([head], indent=0)
    if facts := story.facts(mail, words):
        paper.rows([[(facts, "dim")]])
    if not quiet:
        rows: list[list[Cell]] = []
        for event in story.story(mail, words, titles):
            rows.append([(words.clock(event.time), "dim"), event.words])
            rows += [["", (detail, "dim")] for detail in event.details]
        paper.rows(rows)
    found = story.verdicts(mail, words, titles, lifetime_s=trace.lifetime_s, as_of=trace.as_of)
    paper.line("  ", (words.say("trace_outcome"), "bold"))
    if not found:
        paper.rows([[story.empty_handed(mail, words)]], indent=4)
    for verdict in found:
        names = story.some(verdict.names, words)
        paper.rows([[(names, "bold")]], indent=4)
        for index, said in enumerate(verdict.words):
            paper.rows([[(said, _STYLE[verdict.good] if index == 0 else "")]], indent=6)


def _refusals(rejects: tuple[Refusal, ...], paper: Paper, words: Wording, titles: story.Titles) -> None:
    if not rejects:
        return
    paper.line("")
    paper.line((words.say("trace_rejects"), "bold"))
    rows: list[list[Cell]] = []
    for one in rejects[:REFUSALS]:
        rows.append([(words.clock(one.time), "dim"), story.refusal(one, words)])
        details = [one.reply, story.card(one.rule, words, titles)]
        rows += [["", (detail, "dim")] for detail in details if detail]
    paper.rows(rows)
    if len(rejects) > REFUSALS:
        paper.line("  ", words.say("more", count=len(rejects) - REFUSALS))


def _nothing(trace: Trace, paper: Paper, words: Wording) -> None:
    searched = trace.searched
    none = words.say("trace_none", query=trace.query) if trace.query else words.say("trace_none_all")
    paper.prose((none, "bold yellow"))
    values = {
        "files": ", ".join(searched.files[: sentences.NAMES]) or words.counted("files", 0),
        "lines": words.counted("lines", searched.lines),
        "period": words.span(searched.first, searched.last),
    }
    if len(searched.files) > sentences.NAMES:
        values["files"] += ", " + words.say("more", count=len(searched.files) - sentences.NAMES)
    paper.prose(words.say("trace_none_where", **values))


# --- JSON ----------------------------------------------------------------------------------------


def write_json(trace: Trace, paper: Paper) -> None:
    """Write `logscan.trace/1` as the contract has it, one mail after the other."""
    paper.raw('{\n  "schema": "logscan.trace/1",\n')
    paper.raw(f'  "version": {json.dumps(__version__)},\n  "query": {_inline(trace.query)},\n  "messages": [')
    first = True
    for mail in trace.messages():
        paper.raw(("" if first else ",") + "\n    " + _inline(message(mail)))
        first = False
    paper.raw("\n  ],\n" if not first else "],\n")
    rest = dumps(_rest(trace))
    paper.raw(rest[rest.index("\n") + 1 :] + "\n")


def _inline(value: Any) -> str:
    return escape_json(json.dumps(value, ensure_ascii=False, allow_nan=False))


def _rest(trace: Trace) -> Mapping[str, Any]:
    searched = trace.searched
    return {
        "rejects": [_refusal(one) for one in trace.rejects],
        "searched": {
            "files": list(searched.files),
            "lines": searched.lines,
            "first": stamp(searched.first),
            "last": stamp(searched.last),
        },
        "as_of": stamp(trace.as_of),
        "inputs": inputs(trace.inputs),
        "totals": None,
        "assumptions": assumptions(trace.assumptions) | {"lifetime_s": number(trace.lifetime_s)},
        "blind_spots": blind_spots(trace.blind_spots),
        "problems": problems(trace.problems),
    }  # fmt: skip


def message(mail: Message) -> dict[str, Any]:
    """Return the contract's object for one mail."""
    return {
        "queue_ids": list(mail.queue_ids),
        "message_id": mail.message_id,
        "sender": mail.sender,
        "client": {"name": mail.client_name, "ip": mail.client_ip},
        "sasl_user": mail.sasl_user,
        "size": mail.size,
        "nrcpt": mail.nrcpt,
        "received": stamp(mail.received),
        "removed": stamp(mail.removed),
        "dkim": [
            {
                "time": stamp(said.time), "result": said.result, "domain": said.domain, "selector": said.selector,
                "detail": said.detail,
            }
            for said in mail.dkim
        ],
        "hops": [
            {
                "time": stamp(hop.time), "queue_id": hop.queue_id, "what": hop.what.value, "host": hop.host,
                "instance": hop.instance, "from": hop.parent,
            }
            for hop in mail.hops
        ],
        "recipients": [_recipient(one) for one in mail.recipients],
        "notices": [
            {
                "queue_id": notice.queue_id, "kind": notice.kind, "time": stamp(notice.time),
                "recipient": notice.recipient, "status": notice.status.value if notice.status else None,
            }
            for notice in mail.notices
        ],
        "internal": mail.internal.value if mail.internal else None,
        "cut": mail.cut,
        "evidence": [_evidence(line) for line in mail.evidence],
    }  # fmt: skip


def _recipient(one: Recipient) -> dict[str, Any]:
    return {
        "recipient": one.recipient,
        "orig_recipient": one.orig_recipient,
        "status": one.status.value,
        "relay": one.relay,
        "dsn": one.dsn,
        "reply": one.reply,
        "rule": one.rule,
        "cause": one.cause,
        "attempts": [_attempt(attempt) for attempt in one.attempts],
        "final": one.final,
    }


def _attempt(one: Attempt) -> dict[str, Any]:
    return {
        "time": stamp(one.time),
        "queue_id": one.queue_id,
        "relay": one.relay,
        "status": one.status,
        "dsn": one.dsn,
        "reply": one.reply,
        "delay": number(one.delay),
        "delays": [number(part) for part in one.delays],
        "by": one.by,
        "rule": one.rule,
        "cause": one.cause,
    }


def _refusal(one: Refusal) -> dict[str, Any]:
    return {
        "time": stamp(one.time),
        "client": {"name": one.client_name, "ip": one.client_ip},
        "stage": one.stage,
        "sender": one.sender,
        "recipient": one.recipient,
        "helo": one.helo,
        "smtp_code": one.smtp_code,
        "dsn": one.dsn,
        "reply": one.reply,
        "rule": one.rule,
        "cause": one.cause,
        "count": one.times,
    }


def _evidence(line: Evidence) -> dict[str, Any]:
    return {"file": line.file, "line": line.line, "text": line.text or None}
