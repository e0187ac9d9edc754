"""What a reply means when no card knows it: texts in order of trust, then codes; `patterns/causes`.

In: folders. Out: `Causes`. Never: looks at a reply (rules.causes does); a word that the closed lists do not have.

Tables of a site's own (`causes/` in a folder of --patterns) are asked before ours; its codes replace ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from logscan.model.problems import PackError, Problem
from logscan.model.vocabulary import Cause
from logscan.packs.checked import tables
from logscan.packs.locate import folders


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What is made of a reply. nature: hard, soft, local, or `code`, where the reply's own class decides."""

    cause: str
    nature: str
    fault: str
    provider: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """A text that decides. regex: searched for, in whatever case. direction: None for both."""

    id: str
    regex: str
    ruling: Ruling
    direction: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """All tables. enhanced, local: subject.detail -> cause, of a remote's code and of our own; reply: three digits."""

    texts: tuple[Says, ...]
    enhanced: Mapping[str, str]
    local: Mapping[str, str]
    reply: Mapping[str, str]
    defaults: Mapping[str, Ruling]

    def ruling(self, cause: str) -> Ruling:
        """Return what a cause is where nothing else is said of it."""
        return self.defaults.get(cause) or Ruling(cause=cause, nature="code", fault="unknown")


@cache
def load_causes(extra: tuple[str, ...] = ()) -> Causes:
    """Return the tables of logscan, of the site and of the folders `extra`. Raises PackError."""
    found = tables(folders(extra), "causes", "causes.schema.json")
    _refuse_strange(found)
    defaults = {
        cause: Ruling(cause=cause, **words)
        for _, table in found
        for cause, words in table.get("defaults", {}).items()
    }
    # the last folder is the nearest to the user
    texts = [says for _, table in reversed(found) for says in table.get("text", ())]
    return Causes(
        texts=tuple(_says(one, defaults) for one in texts),
        enhanced=_codes(found, "enhanced"),
        local=_codes(found, "local"),
        reply=_codes(found, "reply"),
        defaults=defaults,
    )


def _codes(found: list[tuple[Path, dict[str, Any]]], name: str) -> Mapping[str, str]:
    return {code: cause for _, table in found for code, cause in table.get(name, {}).items()}


def _says(table: Mapping[str, Any], defaults: Mapping[str, Ruling]) -> Says:
    usual = defaults.get(table["cause"])
    ruling = Ruling(
        cause=table["cause"],
        nature=table.get("nature") or (usual.nature if usual else "code"),
        fault=table.get("fault") or (usual.fault if usual else "unknown"),
    )
    return Says(id=table["id"], regex=table["says"], ruling=ruling, direction=table.get("direction"))


def _refuse_strange(found: list[tuple[Path, dict[str, Any]]]) -> None:
    known = {cause.value for cause in Cause}
    problems = []
    for path, table in found:
        words = [*table.get("defaults", {}), *(one["cause"] for one in table.get("text", ()))]
        words += [cause for name in ("enhanced", "local", "reply") for cause in table.get(name, {}).values()]
        problems += [
            Problem(where=str(path), reason=f"{word!r} is no cause", help="see logscan/model/vocabulary.py")
            for word in sorted(set(words) - known)
        ]
    if problems:
        raise PackError(tuple(problems))
