"""Puts the rule cards into the wheel, and `rules.json`, all of them in one file that loads ten times as fast.

In: patterns/. Out: logscan/_patterns/, and in it rules.json as `logscan.packs.cache` would write it.
Never: judges a card (`logscan rules lint` does); runs for an editable install: that would copy a snapshot
that goes stale, and a checkout reads patterns/ itself.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TARGET = "logscan/_patterns"


def tables(root: Path) -> dict[str, Any]:
    """Return the cards and texts below `root`/patterns, by the package's own reader.

    Raises SystemExit naming every file that cannot be read.
    """
    sys.path.insert(0, str(root))
    from logscan.model.problems import Problem  # noqa: PLC0415
    from logscan.packs import load  # noqa: PLC0415

    patterns = root / "patterns"
    cards = {load.identity(patterns, path): load.read_table(path) for path in load.card_files(patterns)}
    texts, problems = load.read_texts(patterns)
    bad = [*problems, *(table for table in cards.values() if isinstance(table, Problem))]
    if bad:
        raise SystemExit("\n".join(f"{problem.where}: {problem.reason}" for problem in bad))
    return {"cards": cards, "texts": texts}


class RulesJson(BuildHookInterface[Any]):
    """The build hook that pyproject.toml names."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Have the folder packed, and the file beside the wheel that is being made."""
        if version == "editable":
            return
        place = Path(self.directory) / "rules.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(tables(Path(self.root)), ensure_ascii=False), encoding="utf-8")
        build_data["force_include"]["patterns"] = TARGET
        build_data["force_include"][str(place)] = f"{TARGET}/rules.json"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove it again from beside the wheel."""
        (Path(self.directory) / "rules.json").unlink(missing_ok=True)
