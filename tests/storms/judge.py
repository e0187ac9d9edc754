"""What logscan says of a storm, held against what its driver saw.

For: test_roots.py. In: sample-logs/storms/NAME. Out: verdicts.
Never: a truth that is read from the logs.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from logscan.model.outages import Limits, OutageReport
from logscan.model.settings import Settings
from logscan.pipeline.outages import report

STORMS = Path(os.environ.get("STORMS") or Path(__file__).resolve().parents[2] / "sample-logs" / "storms")
NEAR = timedelta(seconds=3)


@dataclass(frozen=True, kw_only=True)
class Storm:
    """A storm. truth: its truth.json."""

    folder: Path
    truth: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return what it is called."""
        return self.folder.name

    def told(self, logs: Path | None = None) -> OutageReport:
        """Return what logscan says of its logs, or of others in their place."""
        settings = self.truth["settings"]
        return report(
            [str(logs or self.folder / "logs")],
            Settings(zone=self.truth["tz"], year=self.truth["year"], jobs=1),
            Limits(gap_s=settings["gap_s"], min_failures=int(settings["min_failures"])),
        )

    def without(self, place: Path) -> Path:
        """Copy the logs to `place` without what decides; return where they are."""
        logs = place / "logs"
        shutil.copytree(self.folder / "logs", logs)
        words = self.truth.get("or_lines")
        for name in self.truth["decisive"]:
            for path in {logs / name, logs / f"{name}.gz"}:
                if not path.is_file():
                    continue
                if words is None:
                    path.unlink()
                else:
                    _strip(path, re.compile(words))
        return logs


def _strip(path: Path, words: re.Pattern[str]) -> None:
    """Take the lines with these words out of a file."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8", "surrogateescape")
    kept = "".join(line for line in text.splitlines(keepends=True) if not words.search(line))
    data = kept.encode("utf-8", "surrogateescape")
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def storms() -> list[Storm]:
    """Return all storms, by name."""
    return [
        Storm(folder=path.parent, truth=json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(STORMS.glob("*/truth.json"))
    ]


def first(told: OutageReport) -> tuple[str, str] | None:
    """Return the card and the cause that are named first: the first root, or what is told where nothing is an outage."""
    causes = {finding.rule: finding.cause for finding in told.scanned.findings}
    if told.roots:
        return told.roots[0].rule, told.roots[0].cause
    if not told.outages and told.rates:
        return told.rates[0].rules[0], causes[told.rates[0].rules[0]]
    return None


def accepted(name: tuple[str, str] | None, truth: Mapping[str, Any]) -> bool:
    """Return whether the truth accepts it, by the id of the card or by its cause."""
    wanted = truth["root"]
    return name is not None and (name[0].startswith(tuple(wanted["words"])) or name[1] in wanted["causes"])


def moment(told: str) -> datetime:
    """Return a time of truth.json."""
    return datetime.fromisoformat(told)


def missed(told: OutageReport, truth: Mapping[str, Any]) -> list[str]:
    """Return the outages of the truth of which none that we found begins and ends within three seconds."""
    wrong = []
    for outage in truth["outages"]:
        if not outage.get("in_log", True):
            continue
        begin, end = moment(outage["begin"]), moment(outage["end"]) if outage["end"] else None
        asked = moment(outage.get("first_asked", outage["begin"]))
        if not any(
            asked - NEAR <= one.begin <= begin + NEAR
            and (end is None or (one.end is not None and abs(one.end - end) <= NEAR))
            for one in told.outages
        ):
            wrong.append(f"{outage['service']} {outage['begin']} {outage['end']}")
    return wrong


def look(told: OutageReport) -> str:
    """Return everything that is said of where to look."""
    return "\n".join(
        line for one in told.outages if one.undecided is not None for line in one.undecided.look_at
    )
