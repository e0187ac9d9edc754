from __future__ import annotations

import errno
import grp
import os
import stat
from pathlib import Path

import pytest

from logscan.sources.denials import no_file, refused


def test_what_the_system_says_is_put_into_words(tmp_path: Path) -> None:
    path = str(tmp_path / "mail.log")
    problem = refused(path, FileNotFoundError(errno.ENOENT, "No such file or directory"))
    assert (problem.where, problem.reason) == (path, "no such file or directory")
    assert "run again" in problem.help
    assert problem.unreadable
    assert "dmesg" in refused(path, OSError(errno.EIO, "Input/output error")).help
    assert "ls -l" in refused(path, OSError(errno.EBADF, "Bad file descriptor")).help
    assert refused(path, OSError("odd")).reason == "odd"


@pytest.mark.parametrize(("mode", "want"), [(0o640, "adm"), (0o600, "run as root")])
def test_permission_names_the_group_that_may_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, want: str
) -> None:
    path = tmp_path / "mail.log"
    path.touch()
    path.chmod(mode)
    monkeypatch.setattr(os, "access", lambda part, _mode, **_: Path(part) != path)
    monkeypatch.setattr(grp, "getgrgid", lambda _gid: grp.struct_group(("adm", "x", 4, [])))
    problem = refused(str(path), PermissionError(errno.EACCES, "Permission denied"))
    assert problem.reason == "permission denied"
    assert want in problem.help


def test_permission_looks_at_the_folder_that_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "apache2"
    folder.mkdir(mode=0o750)
    groups = {folder: "adm"}
    monkeypatch.setattr(os, "access", lambda part, _mode, **_: Path(part) not in groups)
    monkeypatch.setattr(grp, "getgrgid", lambda _gid: grp.struct_group(("adm", "x", 4, [])))
    problem = refused(str(folder / "error.log"), PermissionError(errno.EACCES, "Permission denied"))
    assert "group adm" in problem.help


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_closed_file_is_refused_to_a_user(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.touch()
    path.chmod(0)
    with pytest.raises(PermissionError) as caught:
        path.read_bytes()
    assert "root" in refused(str(path), caught.value).help


@pytest.mark.parametrize(
    ("kind", "want"),
    [
        (stat.S_IFIFO, "named pipe"),
        (stat.S_IFSOCK, "socket"),
        (stat.S_IFCHR, "device"),
        (stat.S_IFBLK, "device"),
    ],
)
def test_things_that_are_no_files(kind: int, want: str) -> None:
    problem = no_file("/run/x", kind | 0o600)
    assert want in problem.reason
    assert "logscan scan -" in problem.help
