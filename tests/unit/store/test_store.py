"""The memory: whole changes or none, one run at a time, its own files only."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from logscan.store import store as module
from logscan.store.store import NAME, Broken, Locked, Store, discard, opened

DAY, NEXT = date(2026, 3, 1), date(2026, 3, 2)


class Died(BaseException):
    """The process died here."""


def parts(store: Store, kind: str = "kept") -> list[tuple[date, int, bytes]]:
    return [(one.day, one.number, one.body) for one in store.parts(kind, date.min, date.max)]


def test_a_day_may_come_in_several_stretches(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.add(DAY, {"kept": ("f", b"one")}, [{"path": "/a"}])
        store.add(NEXT, {"kept": ("f", b"two"), "since": ("g", b"s")}, [{"path": "/a", "offset": 2}])
        store.add(DAY, {"kept": ("f", b"three")}, [{"path": "/a", "offset": 3}])
    with opened(tmp_path) as store:
        assert parts(store) == [(DAY, 1, b"one"), (DAY, 2, b"three"), (NEXT, 1, b"two")]
        assert store.cursors() == [{"path": "/a", "offset": 3}]
        assert store.days() == [DAY, NEXT]
        assert [one.form for one in store.parts("since", DAY, NEXT)] == ["g"]
        assert store.parts("kept", NEXT, NEXT).__next__().day == NEXT


@pytest.mark.parametrize("point", ["part", "cursor", "commit"])
def test_dying_inside_a_change_undoes_all_of_it(
    point: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as store:
        store.add(DAY, {"kept": ("f", b"one")}, [{"offset": 1}])

    def die(reached: str) -> None:
        if reached == point:
            raise Died

    monkeypatch.setattr(module, "reached", die)
    with pytest.raises(Died), opened(tmp_path) as store:
        store.add(DAY, {"kept": ("f", b"two")}, [{"offset": 2}])
    monkeypatch.undo()
    with opened(tmp_path) as store:
        assert parts(store) == [(DAY, 1, b"one")]
        assert store.cursors() == [{"offset": 1}]


_KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from logscan.store import store

def die(point):
    if point == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

with store.opened(Path(sys.argv[1])) as memory:
    memory.add(date(2026, 3, 1), {"kept": ("f", b"one")}, [{"offset": 1}])
    store.reached = die
    memory.add(date(2026, 3, 1), {"kept": ("f", b"two")}, [{"offset": 2}])
"""


@pytest.mark.parametrize(("point", "after"), [("part", 1), ("cursor", 1), ("commit", 1), ("done", 2)])
def test_kill_9_leaves_the_change_before_or_the_change_after(point: str, after: int, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path), point], check=False)
    assert done.returncode == -9
    with opened(tmp_path) as store:
        assert store.cursors() == [{"offset": after}]
        assert [body for _, _, body in parts(store)] == [b"one", b"two"][:after]


def test_only_one_run_at_a_time(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(Locked, match="another run"), opened(tmp_path):
        pass
    with opened(tmp_path) as store:
        assert store.days() == []
    with opened(tmp_path), pytest.raises(Locked):
        discard(tmp_path)


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "state"
    with opened(folder) as store:
        store.add(DAY, {"kept": ("f", b"ann@example.org")}, [])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o600


def test_old_days_are_forgotten(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        for day in (DAY, NEXT):
            store.add(day, {"kept": ("f", b"x"), "since": ("g", b"s")}, [])
        assert store.forget(["kept"], NEXT) == 1
        assert [day for day, _, _ in parts(store)] == [NEXT]
        assert len(parts(store, "since")) == 2
        store.empty()
        assert store.days() == []


def test_notes_are_kept(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert store.note("paths") is None
        store.take_note("paths", "a")
        store.take_note("paths", "b")
    with opened(tmp_path) as store:
        assert store.note("paths") == "b"


def test_what_is_no_memory_is_said_and_can_be_discarded(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"not a database, and long enough to be looked at" * 40)
    with pytest.raises(Broken, match="--rebuild"), opened(tmp_path):
        pass
    discard(tmp_path)
    with opened(tmp_path) as store:
        assert store.days() == []


def test_a_newer_memory_is_not_touched(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.add(DAY, {"kept": ("f", b"x")}, [])
    connection = sqlite3.connect(tmp_path / NAME)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (tmp_path / NAME).read_bytes()
    with pytest.raises(Broken, match="another version"), opened(tmp_path):
        pass
    assert (tmp_path / NAME).read_bytes() == before


def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Broken, match="file"), opened(tmp_path / "file" / "state"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
