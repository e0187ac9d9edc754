"""Charts in a folder: whole, only ours, and none of another night."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from logscan.cli.pictures import refuse_unready, save
from logscan.model.problems import UsageError

NAMES = ("logscan-a.png", "logscan-b.png")


def test_yesterdays_picture_goes_and_what_is_not_ours_stays(tmp_path: Path) -> None:
    save(str(tmp_path), {"logscan-a.png": b"1", "logscan-b.png": b"2"}, NAMES)
    (tmp_path / "mine.png").write_bytes(b"3")
    save(str(tmp_path), {"logscan-b.png": b"4"}, NAMES)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "logscan-b.png": b"4",
        "mine.png": b"3",
    }


def test_a_picture_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(str(tmp_path), {"logscan-a.png": b"old"}, NAMES)

    def full(_: Path, data: bytes) -> int:
        raise OSError(28, f"No space left for {len(data)} bytes")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        save(str(tmp_path), {"logscan-a.png": b"new"}, NAMES)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("logscan-a.png", b"old")]


def test_the_folder_is_made_and_what_cannot_be_one_is_refused_beforehand(tmp_path: Path) -> None:
    refuse_unready(None)
    refuse_unready(str(tmp_path / "a" / "b"))
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"--charts: cannot make .*file/x"):
        refuse_unready(str(tmp_path / "file" / "x"))
    with pytest.raises(UsageError, match=r"--charts: cannot make .*file"):
        refuse_unready(str(tmp_path / "file"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot write into"):
        refuse_unready(str(tmp_path))


def test_a_link_in_the_folder_is_followed_and_stays(tmp_path: Path) -> None:
    """As for --output: somebody who put a link there wants the picture where it leads."""
    (tmp_path / "www").mkdir()
    (tmp_path / "logscan-a.png").symlink_to(tmp_path / "www" / "a.png")
    save(str(tmp_path), {"logscan-a.png": b"1"}, NAMES)
    assert (tmp_path / "logscan-a.png").is_symlink()
    assert (tmp_path / "www" / "a.png").read_bytes() == b"1"
