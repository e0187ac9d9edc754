"""Which files there are, and whether they may be believed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from logscan.app.config import files
from logscan.app.config.files import LARGEST, SYSTEM, places, text_of
from logscan.app.config.read import kept
from logscan.app.config.slots import COMMON, Slot, Tree
from logscan.model.problems import ConfigError

TREE: Tree = {COMMON: {"lang": Slot(key="lang", name="lang", kind="text")}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "logscan.toml"
    path.write_text('[common]\nlang = "zh"\n')
    path.chmod(0o644)
    return path


def refused(path: Path, *, named: bool = False) -> str:
    with pytest.raises(ConfigError) as caught:
        text_of(path, named=named)
    (problem,) = caught.value.problems
    assert problem.where == str(path)
    assert problem.help
    return problem.reason


def test_the_user_s_file_comes_after_the_system_s() -> None:
    assert places({"HOME": "/home/a"}, None) == (SYSTEM, Path("/home/a/.config/logscan.toml"))
    assert places({"HOME": "/home/a", "XDG_CONFIG_HOME": "/x"}, None) == (SYSTEM, Path("/x/logscan.toml"))
    assert places({"HOME": "/home/a", "XDG_CONFIG_HOME": "x"}, None)[1] == Path(
        "/home/a/.config/logscan.toml"
    )
    assert places({}, None) == (SYSTEM,)


def test_a_file_that_is_named_is_the_only_one_and_an_empty_name_is_none() -> None:
    for environ, named in (({"LOGSCAN_CONFIG": "b"}, "a"), ({"LOGSCAN_CONFIG": "a"}, None)):
        assert places(environ, named) == (Path("a"),)
    assert places({"LOGSCAN_CONFIG": "b"}, "") == ()
    assert places({"LOGSCAN_CONFIG": ""}, None) == ()


def test_a_file_that_nobody_named_need_not_be_there(tmp_path: Path, file: Path) -> None:
    assert text_of(tmp_path / "none", named=False) is None
    assert text_of(file / "below-a-file", named=False) is None
    assert "No such file" in refused(tmp_path / "none", named=True)


def test_what_everybody_may_write_is_refused(file: Path) -> None:
    assert text_of(file, named=False) == '[common]\nlang = "zh"\n'
    file.chmod(0o646)
    for named in (False, True):
        assert "can be written by everybody" in refused(file, named=named)


def test_a_stranger_s_file_is_refused_unless_it_was_named(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    if file.stat().st_uid == 0:  # root's files are everybody's configuration
        assert text_of(file, named=False) is not None
        os.chown(file, 4712, -1)
    assert "who is neither root nor you" in refused(file)
    assert text_of(file, named=True) is not None


def test_a_link_is_judged_by_what_it_leads_to(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    assert text_of(link, named=False) is not None
    file.chmod(0o666)
    assert "can be written by everybody" in refused(link)


def test_what_is_no_file_is_refused_and_a_pipe_holds_nobody_up(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refused(pipe) == "is no file"
    assert "is no file" in refused(tmp_path)
    assert refused(tmp_path, named=True) == "is no file"
    assert text_of(Path("/dev/null"), named=True) == ""


def test_a_shell_may_hand_over_a_pipe() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        stream.write('[common]\nlang = "zh"\n')
    try:
        assert text_of(Path(f"/dev/fd/{reading}"), named=True) == '[common]\nlang = "zh"\n'
    finally:
        os.close(reading)


def test_what_is_not_utf_8_is_told_with_its_line(file: Path) -> None:
    file.write_bytes(b'[common]\nlang = "z\xe4h"\n')
    assert refused(file) == "is not UTF-8 (line 2)"
    file.write_bytes(b"\xef\xbb\xbf[common]\n")  # what Windows puts before it
    assert text_of(file, named=False) == "[common]\n"


def test_a_file_that_no_person_wrote_is_refused(file: Path) -> None:
    file.write_bytes(b"#" * (LARGEST + 1))
    assert "larger than any" in refused(file)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told(file: Path) -> None:
    file.chmod(0)
    assert "Permission denied" in refused(file)


# --- both together ---------------------------------------------------------------------------------


def test_without_a_file_nobody_is_asked_for_the_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SYSTEM", tmp_path / "none.toml")

    def never() -> Tree:
        raise AssertionError

    found = kept({"XDG_CONFIG_HOME": str(tmp_path / "empty")}, None, never)
    assert (len(found.looked), found.read, found.settings) == (2, (), ())


def test_the_problems_of_both_files_are_told_together(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "SYSTEM", tmp_path / "system.toml")
    (tmp_path / "system.toml").write_text("[common]\nlang = 1\n")
    (tmp_path / "system.toml").chmod(0o644)
    file.write_text("[commun]\n")
    with pytest.raises(ConfigError) as caught:
        kept({"XDG_CONFIG_HOME": str(tmp_path)}, None, lambda: TREE)
    assert [problem.where for problem in caught.value.problems] == [f"{tmp_path}/system.toml:2", f"{file}:1"]
