"""Enhanced status codes in words: what a code says when no card knows the text around it.

In: a code such as 5.7.26. Out: an `Explanation`, from patterns/registry. Never: guesses a code
that the registry does not have; it then says what class and subject mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from logscan.model.findings import Explanation
from logscan.model.problems import PackError, Problem
from logscan.packs.load import read_table
from logscan.packs.locate import ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What the registry says of a code. cause: a word of the closed list, None where it is open."""

    code: str
    cause: str | None
    explanation: Explanation


@cache
def _table() -> dict[str, Any]:
    table = read_table(ours() / "registry" / "enhanced-status.toml")
    if isinstance(table, Problem):
        raise PackError((table,))
    return table


def registered(code: str) -> Registered:
    """Return what the registry says of `code` (class.subject.detail)."""
    table = _table()
    kind, subject, detail = code.split(".")
    entry = table["code"].get(f"X.{subject}.{detail}")
    grade = table["class"].get(kind, {"title": "unknown class", "meaning": ""})
    area = table["subject"].get(subject)
    if entry is None:
        title = f"{grade['title']}: {area['title']}" if area else grade["title"]
        meaning = f"{area['meaning']} " if area else "The registry does not have this code. "
        return Registered(
            code=code,
            cause=None,
            explanation=Explanation(title=title, meaning=f"{meaning}{grade['meaning']}"),
        )
    return Registered(
        code=code,
        cause=entry.get("cause"),
        explanation=Explanation(
            title=f"{entry['title']} ({grade['title']})",
            meaning=f"{entry['meaning']} {grade['meaning']}",
            likely_causes=(entry["usual_cause"],),
            remedy=(entry["remedy"],),
            references=(entry["source"],),
        ),
    )
