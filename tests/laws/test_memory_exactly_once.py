"""Whatever becomes of the files, every whole line of a day that is over is handed out once, in its day."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from logscan.model.settings import Settings
from logscan.parsers.zone import zone
from logscan.pipeline.memory.once import raw
from logscan.pipeline.memory.once.cutting import Pending, pending
from logscan.pipeline.memory.once.spooling import Spool, spool
from logscan.sources.cursors import Cursor

ZONE = "Europe/Berlin"
BEGIN = datetime(2026, 10, 20, 6, tzinfo=UTC)  # the clock is put back on the 25th
LOGS = ("mail.log", "app.log")
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".bz2": bz2.compress,
}


def midnight(moment: datetime) -> datetime:
    info = zone(ZONE).info
    return datetime.combine(moment.astimezone(info).date(), datetime.min.time(), tzinfo=info).astimezone(UTC)


class Nights(RuleBasedStateMachine):
    """A machine with two logs, one with years in its stamps and one without, and what administrators do to them."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(mkdtemp(prefix="nights"))
        self.folder = self.root / "log"
        self.folder.mkdir()
        (self.folder / "backup").mkdir()
        self.now = BEGIN
        self.count = 0
        self.days: dict[str, date] = {}  # every whole line -> its day
        self.lost: set[str] = set()  # of a time that cannot be
        self.open: dict[str, tuple[str, date]] = {}  # log -> its last line, which has no end yet
        self.last: dict[str, date] = {}  # log -> the day of its last line
        self.cursors: tuple[Cursor, ...] = ()
        self.handed: Counter[str] = Counter()
        self.runs = 0
        self.copies = 0

    def teardown(self) -> None:
        self.now += timedelta(days=12)
        for log in LOGS:
            self.finish_line(log)
        self.run(None)
        self.now += timedelta(days=1)
        self.run(None)
        due = {
            line
            for line, day in self.days.items()
            if day < midnight(self.now).astimezone(zone(ZONE).info).date()
        }
        missing = sorted(due - set(self.handed))
        assert not missing
        shutil.rmtree(self.root)

    # --- what writes -----------------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        for log in LOGS:
            self.write(log, 3, timedelta(0))

    @rule(hours=st.sampled_from([1, 5, 11, 24, 49]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(log=st.sampled_from(LOGS), count=st.integers(1, 4))
    def append(self, log: str, count: int) -> None:
        self.write(log, count, timedelta(0))

    @rule(log=st.sampled_from(LOGS), hours=st.sampled_from([-75, -30, -20, 20, 30]))
    def append_with_another_clock(self, log: str, hours: int) -> None:
        self.write(log, 1, timedelta(hours=hours))
        self.write(log, 1, timedelta(0))

    @rule(log=st.sampled_from(LOGS))
    def append_from_a_far_future(self, log: str) -> None:
        self.write(log, 1, timedelta(days=40))
        self.write(log, 1, timedelta(0))

    @rule(log=st.sampled_from(LOGS))
    def append_without_a_stamp(self, log: str) -> None:
        if log in self.last and log not in self.open:
            name = self.name()
            self.add(log, f"\tgoes on {name}\n".encode())
            self.days[name] = self.last[log]

    @rule(log=st.sampled_from(LOGS))
    def begin_a_line(self, log: str) -> None:
        if log not in self.open:
            name = self.name()
            self.add(log, self.line(log, name, self.now)[:-1])
            self.open[log] = (name, self.day(self.now))

    @rule(log=st.sampled_from(LOGS))
    def finish_line(self, log: str) -> None:
        if log in self.open:
            name, day = self.open.pop(log)
            self.add(log, b"\n")
            self.days[name] = self.last[log] = day

    def write(self, log: str, count: int, away: timedelta) -> None:
        self.finish_line(log)
        for _ in range(count):
            name, at = self.name(), self.now + away
            self.add(log, self.line(log, name, at))
            if away > timedelta(days=9):
                self.lost.add(name)
            else:
                self.days[name] = self.day(at)
                self.last[log] = self.day(at)
            self.now += timedelta(seconds=1)

    def name(self) -> str:
        self.count += 1
        return f"n{self.count}."

    def day(self, at: datetime) -> date:
        return at.astimezone(zone(ZONE).info).date()

    def line(self, log: str, name: str, at: datetime) -> bytes:
        local = at.astimezone(zone(ZONE).info)
        stamp = (
            local.isoformat(timespec="seconds")
            if log == "app.log"
            else f"{local:%b} {local.day:2} {local:%H:%M:%S}"
        )
        return f"{stamp} mx1 postfix/smtpd[7]: warning: line ".encode() + b"\xff" + f" {name}\n".encode()

    def add(self, log: str, text: bytes) -> None:
        path = self.folder / log
        with path.open("ab") as file:
            file.write(text)
        self.touch(path)

    def touch(self, path: Path) -> None:
        os.utime(path, (self.now.timestamp(), self.now.timestamp()))

    # --- what rotates ----------------------------------------------------------------------------

    def shift(self, log: str) -> None:
        for number in range(8, 0, -1):
            for end in ("", *COMPRESSORS):
                path = self.folder / f"{log}.{number}{end}"
                if path.exists():
                    path.rename(self.folder / f"{log}.{number + 1}{end}")

    @rule(log=st.sampled_from(LOGS), how=st.sampled_from(["rename", "copytruncate"]))
    def rotate(self, log: str, how: str) -> None:
        self.finish_line(log)
        path = self.folder / log
        if not path.exists() or not path.stat().st_size or (self.folder / f"{log}.8").exists():
            return
        self.shift(log)
        if how == "rename":
            path.rename(self.folder / f"{log}.1")
            path.touch()
        else:
            shutil.copyfile(path, self.folder / f"{log}.1")
            self.touch(self.folder / f"{log}.1")
            os.truncate(path, 0)
        self.last.pop(log, None)
        self.touch(path)

    @rule(
        log=st.sampled_from(LOGS),
        number=st.integers(1, 3),
        end=st.sampled_from(sorted(COMPRESSORS)),
        keep=st.booleans(),
    )
    def compress(self, log: str, number: int, end: str, keep: bool) -> None:  # noqa: FBT001
        path = self.folder / f"{log}.{number}"
        target = self.folder / f"{log}.{number}{end}"
        if path.exists() and not target.exists():
            target.write_bytes(COMPRESSORS[end](path.read_bytes()))
            written = path.stat().st_mtime
            os.utime(target, (written, written))
            if not keep:
                path.unlink()

    @rule(log=st.sampled_from(LOGS), old=st.booleans())
    def copy(self, log: str, old: bool) -> None:  # noqa: FBT001
        path = self.folder / (f"{log}.1" if old else log)
        if path.exists() and path.stat().st_size:
            self.copies += 1
            target = self.folder / "backup" / f"{log}-copy{self.copies}"
            shutil.copy2(path, target)
            if log in self.open and not old:  # nobody will ever finish it there
                target.write_bytes(target.read_bytes()[: path.read_bytes().rfind(b"\n") + 1])
                self.touch(target)

    @rule(log=st.sampled_from(LOGS))
    def put_away(self, log: str) -> None:
        for end in ("", *COMPRESSORS):
            path = self.folder / f"{log}.2{end}"
            if path.exists():
                self.copies += 1
                path.rename(self.folder / "backup" / f"{log}-away{self.copies}{end}")

    # --- what reads ------------------------------------------------------------------------------

    @rule()
    def night(self) -> None:
        self.run(None)

    @rule(steps=st.integers(0, 2))
    def killed(self, steps: int) -> None:
        self.run(steps)

    def run(self, steps: int | None) -> None:
        self.runs += 1
        until = midnight(self.now)
        found = pending([str(self.folder)], Settings(zone=ZONE), self.cursors, until, zone(ZONE))
        for number, (told, lines) in enumerate(self.told(found)):
            if number == steps:  # before it was stored
                return
            self.handed.update(lines)
            self.cursors = told.after
        self.cursors = found.after
        due = {line for line, day in self.days.items() if day < self.day(until)}
        assert due <= set(self.handed), sorted(due - set(self.handed))

    def told(self, found: Pending) -> Iterator[tuple[Spool, list[str]]]:
        for step in found.steps:
            folder = self.root / f"spool{self.runs}-{step.day}"
            told = spool(step, folder)
            assert not told.problems
            lines = [
                line.split()[-1].decode()
                for path in told.paths
                for line in Path(path).read_bytes().splitlines()
            ]
            for line in lines:
                assert self.days.get(line) == step.day, (line, step.day)
            shutil.rmtree(folder)
            yield told, lines

    @invariant()
    def never_twice(self) -> None:
        assert all(count == 1 for count in self.handed.values()), self.handed.most_common(3)


@pytest.mark.parametrize("block", [150, raw.BLOCK], ids=["blocks of two lines", "blocks as they are"])
def test_every_line_is_handed_out_once_in_its_day(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "BLOCK", block)
    examples = max(3, settings().max_examples // 10)
    run_state_machine_as_test(Nights, settings=settings(max_examples=examples, stateful_step_count=20))
