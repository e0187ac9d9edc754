"""Where output goes: a stream, or a file that appears whole or not at all."""

from __future__ import annotations

import io
import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from logscan.cli import output
from logscan.cli.options import Common
from logscan.cli.output import opened, whole
from logscan.model.problems import UsageError


class Broken(Exception):
    pass


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- a file --------------------------------------------------------------------------------------


def test_a_file_has_all_of_it(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    with opened(Common(output=str(target))) as stream:
        stream.write("严重\n")
        assert names(tmp_path) != ["report.txt"]
        assert not target.exists()
    assert target.read_bytes() == "严重\n".encode()
    assert names(tmp_path) == ["report.txt"]


@pytest.mark.parametrize("before", [None, "yesterday's report\n"], ids=["new", "old"])
@pytest.mark.parametrize("error", [Broken, KeyboardInterrupt, SystemExit], ids=lambda error: error.__name__)
def test_what_breaks_leaves_everything_as_it_was(
    tmp_path: Path, before: str | None, error: type[BaseException]
) -> None:
    target = tmp_path / "report.txt"
    if before is not None:
        target.write_text(before)
    there = names(tmp_path)

    def half() -> None:
        with opened(Common(output=str(target))) as stream:
            stream.write("half of it")
            raise error

    with pytest.raises(error):
        half()
    assert names(tmp_path) == there
    assert before is None or target.read_text() == before


def test_an_old_file_is_replaced_at_once(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    target.write_text("old")
    with opened(Common(output=str(target))) as stream:
        stream.write("new")
        stream.flush()
        assert target.read_text() == "old"
    assert target.read_text() == "new"


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_others_may_read_it_as_the_user_wishes(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        with opened(Common(output=str(tmp_path / "x"))):
            pass
        assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == mode
        assert os.umask(umask) == umask, "the umask must be as it was"
    finally:
        os.umask(before)


def test_a_file_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with opened(Common(output="x.txt")) as stream:
        stream.write("here")
    assert (tmp_path / "x.txt").read_text() == "here"


@pytest.mark.parametrize("name", ["nowhere/x.txt", "a-file/x.txt"])
def test_where_nothing_can_be_written_it_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "a-file").write_text("")
    with pytest.raises(UsageError, match="cannot write"), opened(Common(output=str(tmp_path / name))):
        pytest.fail("it must not begin")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="cannot write"), opened(Common(output=str(tmp_path / "folder"))):
        pass
    assert names(tmp_path) == ["folder"]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """As any device: root could do away with /dev/null. A test must not try that with the real one."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()), daemon=True)
    reader.start()
    with opened(Common(output=str(pipe))) as stream:
        stream.write("through it")
    reader.join(timeout=10)
    assert got == ["through it"]
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    assert names(tmp_path) == ["pipe"]


def test_a_link_to_a_pipe_is_not_replaced_either(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    with whole(tmp_path / "link") as place:
        assert place == tmp_path / "link"
    assert (tmp_path / "link").is_symlink()
    assert stat.S_ISFIFO((tmp_path / "pipe").lstat().st_mode)


def test_standard_output_by_its_path_is_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "whole", lambda _: pytest.fail("it would be replaced"))
    monkeypatch.setattr(sys, "stdout", stand_in := io.StringIO())
    with opened(Common(output="/dev/stdout")) as stream:
        stream.write("x")
    assert stand_in.getvalue() == "x"


def test_a_link_leads_to_the_file_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.txt").symlink_to(tmp_path / "real" / "report.txt")
    with opened(Common(output=str(tmp_path / "link.txt"))) as stream:
        stream.write("x")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real" / "report.txt").read_text() == "x"


def test_whole_gives_a_place_for_those_who_write_files_themselves(tmp_path: Path) -> None:
    with whole(tmp_path / "x.parquet") as place:
        assert place.parent == tmp_path
        place.write_bytes(b"PAR1")
    assert (tmp_path / "x.parquet").read_bytes() == b"PAR1"
    assert names(tmp_path) == ["x.parquet"]


# --- standard output -----------------------------------------------------------------------------


@pytest.mark.parametrize("target", [None, "-"])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_standard_output_speaks_utf_8_whatever_the_locale(
    monkeypatch: pytest.MonkeyPatch, target: str | None, encoding: str
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    with opened(Common(output=target)) as stream:
        stream.write("严重 \ud800")
        stream.flush()
    assert raw.getvalue() == "严重 ?".encode()


def test_standard_output_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stand_in)
    with opened(Common()) as stream:
        stream.write("one ")
    with opened(Common()) as stream:
        stream.write("two")
    assert stand_in.getvalue() == "one two"


def test_a_device_is_no_plain_file() -> None:
    """Only asked about: see the pipe above for what is then done."""
    assert not output._plain(Path("/dev/null"))
    assert output._plain(Path("/dev/shm/there is no such file"))  # noqa: S108  looked at, not made
