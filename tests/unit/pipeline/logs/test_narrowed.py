"""A window on logs that were found without one is what was found with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logscan.model.settings import Settings
from logscan.pipeline.logs.survey import narrowed, survey

SAMPLES = Path(__file__).parents[4] / "sample-logs"


@pytest.mark.parametrize("folder", ["weeks", "real/A/logs", "storms"])
@pytest.mark.parametrize(
    ("since", "until"),
    [((2026, 11, 22), (2026, 11, 23)), ((2026, 11, 24, 3, 29), None), (None, (2026, 10, 30)), (None, None)],
)
def test_a_window_afterwards_is_a_window_before(
    folder: str, since: tuple[int, int, int] | None, until: tuple[int, int, int] | None
) -> None:
    paths, base = [str(SAMPLES / folder)], Settings(zone="UTC", year=2026)
    begin, end = (datetime(*time, tzinfo=UTC) if time else None for time in (since, until))
    window = replace(base, since=begin, until=end)
    assert narrowed(survey(paths, base), paths, window) == survey(paths, window)
