"""Explanations of pasted text, for a person or as JSON Lines.

In: what the explanation says, as plain values. Out: text or JSON. Never: escapes twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from logscan.model.findings import Explanation
from logscan.model.vocabulary import Severity
from logscan.reports.paper import Cell, Paper
from logscan.reports.text import STYLE, numbered
from logscan.reports.wording import Wording


class Said(Protocol):
    """What `pipeline.explain.Explained` holds."""

    @property
    def text(self) -> str: ...
    @property
    def rule(self) -> str | None: ...
    @property
    def cause(self) -> str | None: ...
    @property
    def direction(self) -> str | None: ...
    @property
    def nature(self) -> str | None: ...
    @property
    def fault(self) -> str | None: ...
    @property
    def provider(self) -> str | None: ...
    @property
    def severity(self) -> str | None: ...
    @property
    def smtp_code(self) -> int | None: ...
    @property
    def dsn(self) -> str | None: ...
    @property
    def explanation(self) -> Explanation | None: ...
    @property
    def captures(self) -> Mapping[str, str]: ...
    @property
    def bare(self) -> bool: ...


def document(said: Said) -> dict[str, Any]:
    """Return the contract's object for one text."""
    words = said.explanation
    return {
        "text": said.text,
        "rule": said.rule,
        "cause": said.cause,
        "direction": said.direction,
        "nature": said.nature,
        "fault": said.fault,
        "provider": said.provider,
        "severity": said.severity,
        "smtp_code": said.smtp_code,
        "dsn": said.dsn,
        "title": words.title if words else None,
        "meaning": words.meaning if words else None,
        "likely_causes": list(words.likely_causes) if words else [],
        "remedy": list(words.remedy) if words else [],
        "verify": list(words.verify) if words else [],
        "references": list(words.references) if words else [],
        "captures": dict(sorted(said.captures.items())),
    }


def write(said: Said, paper: Paper, words: Wording) -> None:
    """Write one explanation for a person."""
    paper.line((said.text, "cyan"))
    explanation = said.explanation
    if explanation is None:
        paper.line("  ", words.say("unknown"))
        return
    style = STYLE[Severity(said.severity)] if said.severity else "bold"
    head: list[Cell] = [(words.say(said.severity), style)] if said.severity else []
    paper.rows([[*head, [(explanation.title, "bold"), "  ", (said.rule or "", "dim")]]])
    rows: list[list[Cell]] = [[(words.say("means"), "dim"), "", explanation.meaning]]
    if said.bare and not (said.rule or "").startswith("registry."):
        rows.append(["", "", words.say("as_reply")])
    rows += numbered(words.say("why"), explanation.likely_causes)
    rows += numbered(words.say("do"), explanation.remedy)
    rows += numbered(words.say("verify"), explanation.verify)
    if explanation.limits:
        rows.append([(words.say("limits"), "dim"), "", explanation.limits])
    paper.rows(rows, gap=1)
