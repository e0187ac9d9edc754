"""What is remembered of mails that were sent."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logscan.app.mailed import DAYS, IDS, NAME, Mailed, mailed, remember_id, remember_sent, sent_ids
from logscan.model.report import Asked, Stretch

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
DAY = timedelta(days=1)


def test_nothing_is_remembered_at_first(tmp_path: Path) -> None:
    assert mailed(tmp_path / "none") == Mailed()


def test_ids_and_times_are_remembered_by_the_owner_alone(tmp_path: Path) -> None:
    state = tmp_path / "a" / "state"
    remember_id(state, "one@h", NOW)
    remember_sent(state, ["a@x.example", "root"], NOW)
    remember_sent(state, ["root"], NOW + DAY)
    assert mailed(state) == Mailed(ids={"one@h": NOW}, last={"a@x.example": NOW, "root": NOW + DAY})
    assert ((state / NAME).stat().st_mode & 0o777, state.stat().st_mode & 0o777) == (0o600, 0o700)


def test_who_waits_longest_decides(tmp_path: Path) -> None:
    remember_sent(tmp_path, ["a"], NOW)
    remember_sent(tmp_path, ["b"], NOW + DAY)
    known = mailed(tmp_path)
    assert known.since(["a", "b"]) == NOW
    assert known.since(["b"]) == NOW + DAY
    assert known.since(["a", "new"]) is None


def test_ids_are_forgotten_when_they_cannot_matter_any_more(tmp_path: Path) -> None:
    remember_id(tmp_path, "old@h", NOW - DAYS - DAY)
    remember_id(tmp_path, "young@h", NOW - DAYS + DAY)
    remember_id(tmp_path, "new@h", NOW)
    assert set(mailed(tmp_path).ids) == {"young@h", "new@h"}


def test_and_there_are_never_very_many(tmp_path: Path) -> None:
    many = {f"{number}@h": (NOW - timedelta(seconds=number)).isoformat() for number in range(IDS + 50)}
    (tmp_path / NAME).write_text(json.dumps({"schema": "logscan.mailed/1", "ids": many, "last": {}}))
    remember_id(tmp_path, "new@h", NOW + DAY)
    ids = mailed(tmp_path).ids
    assert len(ids) == IDS
    assert {"new@h", "0@h"} <= set(ids)
    assert f"{IDS + 10}@h" not in ids


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b'{"schema": "logscan.mailed/2", "ids": {"a": "2026-11-25T06:00:00+00:00"}}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_as_good_as_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(content)
    assert mailed(tmp_path) == Mailed()
    remember_id(tmp_path, "one@h", NOW)
    assert set(mailed(tmp_path).ids) == {"one@h"}


def test_a_damaged_entry_is_passed_over(tmp_path: Path) -> None:
    ids = {"a@h": "yesterday", "b@h": 7, "c@h": None, "d@h": NOW.isoformat(), "e@h": "2026-11-25T06:00:00"}
    (tmp_path / NAME).write_text(json.dumps({"schema": "logscan.mailed/1", "ids": ids, "last": []}))
    assert mailed(tmp_path) == Mailed(ids={"d@h": NOW, "e@h": NOW})


def test_two_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    threads = [
        threading.Thread(target=remember_id, args=(tmp_path, f"{number}@h", NOW)) for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mailed(tmp_path).ids) == 12


def test_only_ids_are_looked_for_that_can_be_in_the_logs(tmp_path: Path) -> None:
    for name, at in {
        "early": -50 * DAY,
        "before": -3 * DAY,
        "in": -DAY,
        "at the end": timedelta(),
        "late": 3 * DAY,
    }.items():
        remember_id(tmp_path, name, NOW + at)
    period = Stretch(since=NOW - DAY, until=NOW)
    before = Stretch(since=NOW - 2 * DAY, until=NOW - DAY)
    asked = Asked(period=period, length="day", before=before, weekday=(), now=NOW)
    assert sent_ids(tmp_path, asked) == {"before", "in", "at the end"}
