"""What logscan says of a storm, held against what its driver saw.

For: test_roots.py; by hand: `python -m tests.storms.judge [NAME...]`. In: sample-logs/storms/NAME. Out: verdicts.
Never: a truth that is read from the logs.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from logscan.model.outages import Limits, OutageReport, Root
from logscan.model.settings import Settings
from logscan.pipeline.outages import report

import os

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


def named(root: Root, truth: Mapping[str, Any]) -> bool:
    """Return whether it is a root that the truth accepts: by the id of its card, or by its cause."""
    wanted = truth["root"]
    return root.rule.startswith(tuple(wanted["words"])) or root.cause in wanted["causes"]


def moment(told: str) -> datetime:
    """Return a time of truth.json."""
    return datetime.fromisoformat(told.replace("Z", "+00:00"))


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


def main() -> None:
    """Print a verdict for each storm."""
    wanted = sys.argv[1:]
    for storm in storms():
        if wanted and storm.name not in wanted:
            continue
        truth = storm.truth
        told = storm.told()
        roots = [(root.rule, "open" if root.undecided else "") for root in told.roots]
        if truth["look_alike"] or truth["root"] is None:
            print("ok  " if not roots else "BAD ", storm.name, "look-alike", roots)
            continue
        good = bool(told.roots) and named(told.roots[0], truth)
        print("ok  " if good else "BAD ", storm.name, roots[:3], truth["root"]["words"])
        for line in missed(told, truth):
            print("       missed", line, [(str(o.begin)[11:23], str(o.end)[11:23]) for o in told.outages][:4])
        if truth["rhythm"] is not None:
            print(
                "       rhythm",
                truth["rhythm"],
                [(r.service, r.outages, r.pattern, r.period_s, r.follows) for r in told.rhythms],
            )
        if not truth["decisive"]:
            continue
        with tempfile.TemporaryDirectory() as place:
            try:
                bare = storm.without(Path(place))
                said = storm.told(bare)
            except Exception as error:  # noqa: BLE001  shown to a person
                print("       without: error", repr(error)[:200])
                continue
            words = truth["without"]["look_at"]
            fine = any(word.lower() in look(said).lower() for word in words)
            if not fine or (said.roots and named(said.roots[0], truth) and not said.roots[0].undecided):
                print(
                    "       without BAD",
                    [(r.rule, "open" if r.undecided else "") for r in said.roots][:3],
                    words,
                    look(said)[:200],
                )


if __name__ == "__main__":
    main()
