"""A report out of the memory where it can be, out of the logs where it cannot: there is always one, and it says which."""

from __future__ import annotations

import errno
import gzip
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logscan.app.periods import Wish, asked
from logscan.app.remembered import Memory, remembered
from logscan.model.problems import NothingRead, UsageError
from logscan.model.report import Nightly, Rule
from logscan.model.settings import Settings
from logscan.pipeline.memory import remembering
from logscan.store.store import NAME, opened

SAMPLE = Path(__file__).parents[3] / "sample-logs" / "real" / "A" / "logs" / "mail.log"
SETTINGS = Settings(zone="UTC")
MORNING = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    folder = tmp_path / "log"
    folder.mkdir()
    lines = SAMPLE.read_bytes().splitlines(keepends=True)[:900]
    (folder / "mail.log").write_bytes(b"".join(lines))
    shutil.copystat(SAMPLE, folder / "mail.log")
    return folder / "mail.log"


def told(log: Path, memory: Memory, wish: Wish | None = None, now: datetime = MORNING) -> Nightly:
    period = asked(wish or Wish(), now, UTC, 4)
    return remembered([str(log.parent)], SETTINGS, period, Rule(), memory)


def reasons(report: Nightly) -> str:
    return " ".join(f"{one.where} {one.reason}" for one in report.problems)


def test_what_is_remembered_outlives_its_log(log: Path, tmp_path: Path) -> None:
    memory = Memory(folder=tmp_path / "state")
    first = told(log, memory)
    assert first.flow.sums.received > 50
    log.write_text("Nov 25 05:00:00 mx1 postfix/qmgr[1]: 3F1AB42132A: removed\n")
    again = told(log, memory)
    assert (again.flow.sums, again.scan.findings, again.bounces.by_cause) == (
        first.flow.sums,
        first.scan.findings,
        first.bounces.by_cause,
    )


def test_days_are_told_though_all_logs_are_gone(log: Path, tmp_path: Path) -> None:
    memory = Memory(folder=tmp_path / "state")
    first = told(log, memory)
    log.unlink()
    again = told(log, memory)
    assert again.flow.sums == first.flow.sums
    assert "remembered" in reasons(again)
    with pytest.raises(NothingRead):
        told(log, memory, Wish(date=datetime(2026, 11, 20, tzinfo=UTC)))


def test_a_run_beside_another_tells_from_the_logs_and_says_so(log: Path, tmp_path: Path) -> None:
    memory = Memory(folder=tmp_path / "state")
    with opened(memory.folder):
        report = told(log, memory)
    assert "another run is at work" in reasons(report)
    assert report.flow.sums.received > 50
    with opened(memory.folder) as store:
        assert store.days() == []


def test_a_broken_memory_is_said_and_rebuilt(log: Path, tmp_path: Path) -> None:
    memory = Memory(folder=tmp_path / "state")
    memory.folder.mkdir()
    (memory.folder / NAME).write_bytes(b"no data base at all, but long enough for a look" * 99)
    report = told(log, memory)
    assert "--rebuild" in reasons(report)
    assert report.flow.sums.received > 50
    mended = told(log, Memory(folder=memory.folder, rebuild=True))
    assert not reasons(mended)
    with opened(memory.folder) as store:
        assert [day.isoformat() for day in store.days()] == ["2026-11-24"]


def test_a_full_disk_costs_the_memory_and_not_the_report(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory(folder=tmp_path / "state")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(remembering, "spool", full)
        report = told(log, memory)
    assert "No space left" in reasons(report)
    assert report.flow.sums.received > 50
    assert told(log, memory).flow.sums == report.flow.sums
    assert not (memory.folder / remembering.SPOOL).exists()


def test_names_never_reach_a_private_memory(log: Path, tmp_path: Path) -> None:
    private = Memory(folder=tmp_path / "state", private=True)
    report = told(log, private)
    assert report.flow.sums.received > 50
    kept = (private.folder / NAME).read_bytes()
    assert b"northgate" not in kept
    assert "northgate" not in repr(report)
    assert (private.folder / "key").stat().st_mode & 0o077 == 0
    # It goes on so, whether it is asked for again or not.
    assert told(log, Memory(folder=private.folder)).flow.top == report.flow.top


def test_a_memory_with_names_does_not_become_private_by_and_by(log: Path, tmp_path: Path) -> None:
    memory = Memory(folder=tmp_path / "state")
    told(log, memory)
    with pytest.raises(UsageError, match="--rebuild"):
        told(log, Memory(folder=memory.folder, private=True))
    report = told(log, Memory(folder=memory.folder, private=True, rebuild=True))
    assert "northgate" not in repr(report)


@pytest.mark.parametrize(
    "wish",
    [
        Wish(since=datetime(2026, 11, 24, 3, tzinfo=UTC), until=datetime(2026, 11, 24, 3, 30, tzinfo=UTC)),
        Wish(date=datetime(2026, 11, 20, tzinfo=UTC)),
    ],
    ids=["not whole days", "before the memory"],
)
def test_what_the_memory_cannot_tell_is_read(wish: Wish, log: Path, tmp_path: Path) -> None:
    memory = Memory(folder=tmp_path / "state")
    report = told(log, memory, wish)
    assert report.logs[0] is not None
    assert report.period == asked(wish, MORNING, UTC, 4).period
    assert (report.flow.sums.received > 0) == (wish.since is not None)


def test_other_logs_in_the_same_memory_are_said(log: Path, tmp_path: Path) -> None:
    memory = Memory(folder=tmp_path / "state")
    told(log, memory)
    other = tmp_path / "other" / "mail.log"
    other.parent.mkdir()
    other.write_text("Nov 24 05:00:00 mx2 postfix/qmgr[1]: 3F1AB42132A: removed\n")
    shutil.copystat(SAMPLE, other)
    assert "has followed" in reasons(told(other, memory))


def test_days_of_another_zone_are_not_mixed(log: Path, tmp_path: Path) -> None:
    memory = Memory(folder=tmp_path / "state")
    told(log, memory)
    period = asked(Wish(), MORNING, UTC, 4)
    report = remembered([str(log.parent)], replace(SETTINGS, zone="Asia/Kolkata"), period, Rule(), memory)
    assert "days are those of UTC" in reasons(report)
    assert report.scan.assumptions.zone == "Asia/Kolkata"


def test_days_beyond_the_retention_are_forgotten(log: Path, tmp_path: Path) -> None:
    memory = Memory(folder=tmp_path / "state", days=40)
    told(log, memory)
    told(log, memory, now=datetime(2027, 2, 1, 6, 30, tzinfo=UTC))
    with opened(memory.folder) as store:
        assert store.days() == []


def test_what_was_cut_off_is_said_whenever_its_day_is_told(log: Path, tmp_path: Path) -> None:
    """The archive is read once; that a part of it was missing stays true of the day."""
    packed = gzip.compress(log.read_bytes() * 40)
    (log.parent / "mail.log.1.gz").write_bytes(packed[: len(packed) // 2])
    shutil.copystat(SAMPLE, log.parent / "mail.log.1.gz")
    memory = Memory(folder=tmp_path / "state")
    for _ in range(2):
        assert "ends too early" in reasons(told(log, memory))


def test_cursors_of_another_version_are_said(log: Path, tmp_path: Path) -> None:
    memory = Memory(folder=tmp_path / "state")
    with opened(memory.folder) as store:
        store.read_to([{"path": "/var/log/mail.log", "place": 7}])
    report = told(log, memory)
    assert "--rebuild" in reasons(report)
    assert report.flow.sums.received > 50


def test_logs_that_are_long_gone_are_forgotten(log: Path, tmp_path: Path) -> None:
    memory = Memory(folder=tmp_path / "state", days=40)
    told(log, memory)
    log.unlink()
    log.with_name("other.log").write_text("Jan 31 05:00:00 mx1 postfix/qmgr[1]: 3F1AB42132A: removed\n")
    told(log, memory, now=datetime(2027, 2, 1, 6, 30, tzinfo=UTC))
    with opened(memory.folder) as store:
        assert [Path(one["path"]).name for one in store.cursors()] == ["other.log"]
