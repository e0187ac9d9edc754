"""The real logs and the truth beside them.

The truth comes from what the driver of the servers did and saw, never from the logs. Events and
reports come by the road that a user's logs take.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from logscan.model.settings import Settings
from logscan.packs.load import load
from logscan.pipeline.events import Events
from logscan.pipeline.scan import report
from logscan.reports.json import document
from logscan.rules.match import match, raw_literals
from logscan.rules.shape import KEY, keyed

REAL = Path(__file__).parents[2] / "sample-logs" / "real"
SETTINGS = Settings(zone="UTC", year=2026)

Json = dict[str, Any]
#: A log below sample-logs/real -> its events, each with the card that matches it: rule, rivals, cause.
EventsOf = Callable[[str], pl.DataFrame]
#: Logs below sample-logs/real -> the document of `scan --format json`.
ScanOf = Callable[..., Json]


def truth(name: str) -> Json:
    loaded: Json = json.loads((REAL / name / "truth.json").read_text(encoding="utf-8"))
    return loaded


def table() -> Json:
    return tomllib.loads(Path(__file__).with_name("scenarios.toml").read_text(encoding="utf-8"))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def stamp(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def judged(name: str) -> pl.DataFrame:
    cards = load().cards
    rows = keyed(pl.concat(list(Events([str(REAL / name)], SETTINGS))), raw_literals(cards.values()))
    found = match(rows.unique("shape").select("shape", *KEY), cards).select("shape", "rule", "rivals")
    causes = pl.DataFrame(
        [(card.id, card.cause) for card in cards.values()], schema=["rule", "cause"], orient="row"
    )
    return rows.join(found, on="shape", how="left", maintain_order="left").join(
        causes, on="rule", how="left", maintain_order="left"
    )


def scanned(*names: str) -> Json:
    return document(report([str(REAL / name) for name in names], SETTINGS))
