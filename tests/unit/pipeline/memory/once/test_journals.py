"""The journal is asked for each day that is over, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from logscan.model.blocks import Journal
from logscan.model.settings import Settings
from logscan.pipeline.logs.survey import Survey, survey
from logscan.pipeline.memory.once import cutting
from logscan.pipeline.memory.once.spooling import spool
from tests.unit.pipeline.memory.nights import DAY, HOUR, MONDAY, Machine, line, put


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine whose `app.log` is what its journal says."""
    found = Machine(tmp_path)
    put(
        found.logs / "app.log",
        line(MONDAY - 2 * DAY + HOUR, "a"),
        line(MONDAY + HOUR, "b"),
        written=MONDAY + HOUR,
    )

    def with_journal(paths: list[str], settings: Settings) -> Survey:
        seen = survey(paths, settings)
        logs = tuple(
            replace(log, source=replace(log.source, path="journal", journal=Journal(arguments=())))
            if log.source.path.endswith("app.log")
            else log
            for log in seen.logs
        )
        return replace(seen, logs=logs)

    monkeypatch.setattr(cutting, "survey", with_journal)
    return found


def test_each_day_that_is_over_is_asked_for_once(machine: Machine) -> None:
    found = machine.find(MONDAY + DAY)
    assert [(step.day, step.whole, step.lines) for step in found.steps] == [
        (date(2026, 11, 21), ("journal",), 0),
        (date(2026, 11, 22), ("journal",), 0),
        (date(2026, 11, 23), ("journal",), 0),
    ]
    first = spool(found.steps[0], machine.root / "spool")
    assert (first.paths, first.files) == (("journal",), ())
    machine.cursors = first.after
    assert [step.day.day for step in machine.find(MONDAY + DAY).steps] == [22, 23]
    machine.cursors = machine.find(MONDAY + DAY).after
    assert machine.find(MONDAY + DAY).steps == ()
    assert [step.since for step in machine.find(MONDAY + 2 * DAY).steps] == [MONDAY + DAY]


def test_its_days_are_those_of_the_files_beside_it(machine: Machine) -> None:
    put(machine.logs / "mail.log", line(MONDAY + HOUR, "x"))
    steps = machine.find(MONDAY + DAY).steps
    assert [(len(step.pieces), step.whole) for step in steps] == [(0, ("journal",))] * 2 + [(1, ("journal",))]
    assert steps[-1].until - steps[-1].since == timedelta(days=1)


def test_a_journal_that_is_not_named_this_time_is_kept_in_mind(machine: Machine) -> None:
    before = machine.find(MONDAY + DAY).after
    machine.cursors = before
    other = put(machine.root / "other" / "mail.log", line(MONDAY, "x"))
    assert set(before) < set(machine.find(MONDAY + DAY, str(other)).after)
