"""A month of nights, with all that befalls logs and runs in between, comes to what one reading of everything comes to.

The lines are those of real servers, moved to other days: three portions of mail a day, one of them across midnight, and one of a
web server. mail.log is rotated every night and compressed a night later; Apache's logs are copied and truncated once a week. One
night is missed, the host is renamed, the clock is put forward, and runs die at every write of the memory.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from logscan.app.periods import Wish, asked
from logscan.app.remembered import Memory, remembered
from logscan.model.report import Nightly, Rule
from logscan.model.settings import Settings
from logscan.pipeline.report import report
from logscan.store import store

LOGS: Final = Path(__file__).parents[2] / "sample-logs" / "real" / "A" / "logs"
BERLIN: Final = ZoneInfo("Europe/Berlin")
SETTINGS: Final = Settings(zone="Europe/Berlin")
FIRST: Final = date(2026, 3, 1)
LAST: Final = date(2026, 3, 31)
MISSED: Final = date(2026, 3, 10)
RENAMED: Final = date(2026, 3, 15)
#: Lines of a portion.
MAIL: Final = 70
WEB: Final = 25
#: Where a run dies, night by night.
POINTS: Final = ("part", "cursor", "commit", "done", "forget")

_BSD: Final = re.compile(rb"^Nov 24 (\d\d:\d\d:\d\d) mx1 ")
_ACCESS: Final = re.compile(rb"\[24/Nov/2026:(\d\d:\d\d:\d\d) \+0000\]")
_ERROR: Final = re.compile(rb"^\[Tue Nov 24 (\d\d:\d\d:\d\d)(\.\d+) 2026\]")


class Died(BaseException):
    """The process died here."""


class Lines:
    """The lines of a real log, one portion after the other, over and over."""

    def __init__(self, name: str, stamp: re.Pattern[bytes]) -> None:
        self._lines = [
            line for line in (LOGS / name).read_bytes().splitlines(keepends=True) if stamp.search(line)
        ]
        self._stamp = stamp
        self._next = 0

    def portion(self, size: int) -> list[tuple[timedelta, bytes]]:
        """Return the next lines, and how long after the first of them each was written."""
        chosen = [self._lines[(self._next + number) % len(self._lines)] for number in range(size)]
        self._next += size
        times = [_clock(found[1]) for line in chosen if (found := self._stamp.search(line))]
        return [(max(time - times[0], timedelta(0)), line) for time, line in zip(times, chosen, strict=True)]


def _clock(text: bytes) -> timedelta:
    hours, minutes, seconds = map(int, text.split(b":"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _mail(at: datetime, line: bytes) -> bytes:
    host = b"mx1" if at.date() < RENAMED else b"mx2"
    return _BSD.sub(f"{at:%b} {at.day:2} {at:%H:%M:%S} ".encode() + host + b" ", line)


def _access(at: datetime, line: bytes) -> bytes:
    return _ACCESS.sub(f"[{at:%d/%b/%Y:%H:%M:%S %z}]".encode(), line)


def _error(at: datetime, line: bytes) -> bytes:
    return _ERROR.sub(lambda found: f"[{at:%a %b %d %H:%M:%S}".encode() + found[2] + b" 2026]", line)


class Server:
    """The logs of a server, as they are on its disk, and everything that was ever written to them."""

    def __init__(self, folder: Path, everything: Path) -> None:
        self.folder, self._everything = folder, everything
        folder.mkdir()
        everything.mkdir()
        self._sources = {
            "mail.log": (Lines("mail.log", _BSD), _mail),
            "access.log": (Lines("apache-access.log", _ACCESS), _access),
            "error.log": (Lines("apache-error.log", _ERROR), _error),
        }

    def live(self, until: datetime) -> None:
        """Write what is written from one morning (06:30) to the next, by the local clock."""
        day = (until - timedelta(days=1)).date()
        night = datetime(until.year, until.month, until.day, 2, 30, tzinfo=BERLIN)
        if night.astimezone(UTC).astimezone(BERLIN) != night:
            night += timedelta(hours=1)  # there is no such hour in this night
        for begin in (
            datetime(day.year, day.month, day.day, 14, 5, tzinfo=BERLIN),
            datetime(day.year, day.month, day.day, 23, 59, 57, tzinfo=BERLIN),
            night,
        ):
            self._write("mail.log", begin, MAIL)
        noon = datetime(day.year, day.month, day.day, 12, 0, 1, tzinfo=BERLIN)
        self._write("access.log", noon, 4 * WEB)
        self._write("error.log", noon, WEB)

    def _write(self, name: str, begin: datetime, size: int) -> None:
        lines, written = self._sources[name]
        last = begin
        for path in (self.folder / name, self._everything / name):
            path.touch()
        text = b""
        for after, line in lines.portion(size):
            last = (begin.astimezone(UTC) + after).astimezone(BERLIN)
            text += written(last, line)
        for path in (self.folder / name, self._everything / name):
            with path.open("ab") as file:
                file.write(text)
            os.utime(path, (last.timestamp(), last.timestamp()))

    def rotate(self, now: datetime) -> None:
        """Rotate as logrotate does: mail.log every night, with delaycompress; Apache's on Sundays, with copytruncate."""
        for number in range(6, 1, -1):
            older = self.folder / f"mail.log.{number}.gz"
            if older.exists():
                older.rename(self.folder / f"mail.log.{number + 1}.gz")
        if (self.folder / "mail.log.1").exists():
            _compressed(self.folder / "mail.log.1", self.folder / "mail.log.2.gz")
        (self.folder / "mail.log.7.gz").unlink(missing_ok=True)
        (self.folder / "mail.log").rename(self.folder / "mail.log.1")
        (self.folder / "mail.log").touch()
        if now.weekday() == 6:
            for name in ("access.log", "error.log"):
                copy = self.folder / f"{name}.1"
                shutil.copy2(self.folder / name, copy)
                os.truncate(self.folder / name, 0)
                _compressed(copy, self.folder / f"{name}-{now:%Y%m%d}.gz")


def _compressed(plain: Path, packed: Path) -> None:
    written = plain.stat().st_mtime
    with packed.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=written) as stream:
        stream.write(plain.read_bytes())
    os.utime(packed, (written, written))
    plain.unlink()


def told(server: Server, memory: Memory, now: datetime, wish: Wish) -> Nightly:
    period = asked(wish, now.astimezone(UTC), BERLIN, 4)
    return remembered([str(server.folder)], SETTINGS, period, Rule(), memory)


#: What is not about what was written: when an answer was made, and in which file and line a thing stood.
APART: Final = {
    "generated", "elapsed_s", "inputs", "problems", "searched", "window", "covered", "evidence", "example",
    "unparsed_samples", "assumptions", "blind_spots", "as_of", "places",
}  # fmt: skip


def differences(one: Any, other: Any, here: str) -> Iterator[str]:
    if is_dataclass(one) and not isinstance(one, type):
        for field in fields(one):
            if field.name not in APART:
                pair = getattr(one, field.name), getattr(other, field.name)
                yield from differences(*pair, f"{here}.{field.name}")
    elif isinstance(one, list | tuple) and len(one) == len(other):
        for at, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{here}[{at}]")
    elif one != other:
        yield f"{here}: {one!r} and {other!r}"


@pytest.mark.heavy
def test_thirty_one_nights_come_to_one_reading_of_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(tmp_path / "log", tmp_path / "everything")
    memory = Memory(folder=tmp_path / "state")
    died: list[str] = []
    last: Nightly | None = None
    for night in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=night)
        now = datetime(day.year, day.month, day.day, 6, 30, tzinfo=BERLIN) + timedelta(days=1)
        server.live(now)
        server.rotate(now)
        if day == MISSED:
            continue
        if night % 4 == 1:
            point = POINTS[(night // 4) % len(POINTS)]
            with monkeypatch.context() as patched:
                patched.setattr(store, "reached", _dying(point))
                with pytest.raises(Died):
                    told(server, memory, now, Wish())
                died.append(point)
        last = told(server, memory, now, Wish())
        assert not [one for one in last.problems if one.unreadable], last.problems
    assert last is not None
    assert set(died) == set(POINTS)

    end = datetime(2026, 4, 1, 6, 30, tzinfo=BERLIN)
    month = told(server, memory, end, Wish(length="month"))
    whole = asked(Wish(length="month"), end.astimezone(UTC), BERLIN, 4)
    everything = report([str(tmp_path / "everything")], SETTINGS, whole, Rule())
    assert month.scan.totals.lines == everything.scan.totals.events > 6000
    found = [
        *differences(month.scan.findings, everything.scan.findings, "findings"),
        *differences(month.scan.unexplained, everything.scan.unexplained, "unexplained"),
        *differences(month.outages.outages, everything.outages.outages, "outages"),
        *differences(month.outages.rhythms, everything.outages.rhythms, "rhythms"),
        *differences(month.outages.rates, everything.outages.rates, "rates"),
        *differences(month.bounces, everything.bounces, "bounces"),
        *differences(month.signed, everything.signed, "signed"),
        *differences(
            {each.name: getattr(month.flow, each.name) for each in fields(month.flow) if each.name != "read"},
            {each.name: getattr(everything.flow, each.name) for each in fields(month.flow) if each.name != "read"},
            "flow",
        ),
    ]  # fmt: skip
    assert not found


def _dying(point: str) -> Any:
    def reached(here: str) -> None:
        if here == point:
            raise Died

    return reached
