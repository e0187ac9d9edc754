from __future__ import annotations

import gzip
import io
import os
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from logscan.model.blocks import Source
from logscan.model.problems import Problem
from logscan.sources import discover as module
from logscan.sources.blocks import read_blocks
from logscan.sources.discover import Survey, discover, survey
from logscan.sources.probe import probe

LINE = b"Nov 24 03:27:39 mx1 postfix/smtpd[1]: connect from unknown[192.0.2.1]\n"


def make(root: Path, *names: str) -> None:
    """Files that differ, with a line each."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() + b" " + LINE)


def names(sources: Sequence[Source], root: Path) -> list[str]:
    return [str(Path(source.path).relative_to(root)) for source in sources]


def test_files_are_read_in_order_of_log_and_age(tmp_path: Path) -> None:
    make(tmp_path, "mail.log", "mail.log.1", "mail.log.2.gz", "mail.err")
    want = ["mail.err", "mail.log.2.gz", "mail.log.1", "mail.log"]
    for paths in (want, want[::-1]):
        sources, problems = discover([str(tmp_path / name) for name in paths])
        assert names(sources, tmp_path) == want
        assert problems == ()


def test_a_folder_is_searched_below_and_found_files_are_told_from_named_ones(tmp_path: Path) -> None:
    make(tmp_path, "mail.log", "apache2/error.log", "apache2/site/access.log", "notes.txt")
    (tmp_path / "empty").mkdir()
    found = survey([str(tmp_path), str(tmp_path / "mail.log")])
    assert names(found.sources, tmp_path) == [
        *("apache2/error.log", "apache2/site/access.log", "mail.log", "notes.txt")
    ]
    assert found.problems == ()
    assert found.searched == {str(tmp_path / name) for name in names(found.sources, tmp_path)} - {
        str(tmp_path / "mail.log")
    }


def test_an_empty_file_is_a_source(tmp_path: Path) -> None:
    (tmp_path / "mail.log").touch()
    (source,), problems = discover([str(tmp_path / "mail.log")])
    assert (source.size, source.head, source.tail, problems) == (0, b"", b"", ())
    assert list(read_blocks(source, 0, 1)) == []


def test_globs_are_for_names_that_do_not_exist(tmp_path: Path) -> None:
    make(tmp_path, "mail.log", "mail.log.1", "odd[1].log", "odd1.log", "a/b/deep.log")
    assert names(discover([f"{tmp_path}/mail*"])[0], tmp_path) == ["mail.log.1", "mail.log"]
    assert names(discover([f"{tmp_path}/odd[1].log"])[0], tmp_path) == ["odd[1].log"]
    assert names(discover([f"{tmp_path}/**/deep.log"])[0], tmp_path) == ["a/b/deep.log"]
    found = survey([f"{tmp_path}/mail*"])
    assert found.searched == frozenset()
    sources, problems = discover([f"{tmp_path}/none*"])
    assert sources == ()
    assert [problem.reason for problem in problems] == ["no file matches"]


def test_a_missing_file_is_a_problem_and_the_rest_goes_on(tmp_path: Path) -> None:
    make(tmp_path, "mail.log")
    sources, problems = discover([str(tmp_path / "gone"), str(tmp_path / "mail.log"), ""])
    assert names(sources, tmp_path) == ["mail.log"]
    assert [(problem.where, problem.reason, problem.unreadable) for problem in problems] == [
        ("", "no such file or folder", True),
        (str(tmp_path / "gone"), "no such file or folder", True),
    ]


def test_one_file_with_several_names_is_read_once(tmp_path: Path) -> None:
    make(tmp_path, "mail.log")
    (tmp_path / "current").symlink_to("mail.log")
    (tmp_path / "zzz.log").hardlink_to(tmp_path / "mail.log")
    every = [str(tmp_path / name) for name in ("zzz.log", "current", "mail.log", "mail.log")]
    for paths in (every, every[::-1], [str(tmp_path)], [str(tmp_path), *every]):
        sources, problems = discover(paths)
        assert names(sources, tmp_path) == ["mail.log"]
        assert problems == ()
    assert names(discover([str(tmp_path / "current")])[0], tmp_path) == ["current"]


def test_links_that_lead_back_end(tmp_path: Path) -> None:
    make(tmp_path, "logs/mail.log")
    (tmp_path / "logs/up").symlink_to(tmp_path)
    (tmp_path / "logs/self").symlink_to("self")
    sources, problems = discover([str(tmp_path)])
    assert names(sources, tmp_path) == ["logs/mail.log"]
    assert len(problems) == 1
    assert problems[0].where.endswith("logs/self")
    sources, problems = discover([str(tmp_path / "logs/self")])
    assert sources == ()
    assert "link" in problems[0].help


def test_a_very_deep_folder_is_searched(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(400):
        folder /= "d"
    folder.mkdir(parents=True)
    make(folder, "mail.log")
    assert len(discover([str(tmp_path)])[0]) == 1


def test_a_link_to_nothing_is_a_note_in_a_folder_and_a_problem_when_named(tmp_path: Path) -> None:
    make(tmp_path, "mail.log")
    (tmp_path / "old.log").symlink_to("gone.log")
    _, problems = discover([str(tmp_path)])
    assert [(problem.reason, problem.unreadable) for problem in problems] == [
        ("it is a link to nothing", False)
    ]
    _, problems = discover([str(tmp_path / "old.log")])
    assert [problem.unreadable for problem in problems] == [True]


def test_other_things_in_a_folder_are_counted_in_one_note(tmp_path: Path) -> None:
    make(tmp_path, "mail.log", "wtmp", "wtmp.1", "system.journal", ".hidden", "queue.db")
    (tmp_path / "archive").write_bytes(gzip.compress(b"PK\x03\x04 zip inside"))
    os.mkfifo(tmp_path / "xconsole")
    sources, problems = discover([str(tmp_path)])
    assert names(sources, tmp_path) == ["mail.log"]
    (note,) = problems
    assert not note.unreadable
    assert note.where == str(tmp_path)
    assert note.reason == (
        "7 entries were left out as no text logs:"
        " 1 .db, 1 .hidden, 1 .journal, 1 a zip archive, 1 pipes, sockets or devices, 2 wtmp"
    )


def test_other_things_that_are_named_are_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # with no journalctl in it
    (tmp_path / "system.journal").write_bytes(b"LPKSHHRH" + bytes(100))
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(tmp_path)
        server.bind("sock")
    paths = [str(tmp_path / name) for name in ("pipe", "sock", "system.journal")]
    sources, problems = discover([*paths, "/dev/null"])
    assert sources == ()
    assert [problem.where for problem in problems] == ["/dev/null", *paths]
    assert ["device" in problems[0].reason, "pipe" in problems[1].reason, "socket" in problems[2].reason] == [
        True
    ] * 3
    assert problems[3].reason == "it is a file of the systemd journal, not a text log"
    assert f"journalctl -o json --all --file {paths[2]}" in problems[3].help
    assert all(problem.unreadable for problem in problems)


def test_a_named_file_with_a_foreign_name_is_read_all_the_same(tmp_path: Path) -> None:
    make(tmp_path, "mail.db")
    assert names(discover([str(tmp_path / "mail.db")])[0], tmp_path) == ["mail.db"]


def test_a_folder_without_anything_is_a_problem(tmp_path: Path) -> None:
    sources, problems = discover([str(tmp_path)])
    assert sources == ()
    assert [(problem.where, problem.unreadable) for problem in problems] == [(str(tmp_path), True)]


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Paths that the system refuses to open or list, as it does to users who are not root."""
    refused: set[str] = set()
    real_open, real_list = os.open, os.listdir

    def guarded_open(path: str, flags: int) -> int:
        if str(path) in refused:
            raise PermissionError(13, "Permission denied")
        return real_open(path, flags)

    def guarded_list(path: str) -> list[str]:
        if str(path) in refused:
            raise PermissionError(13, "Permission denied")
        return real_list(path)

    monkeypatch.setattr(os, "open", guarded_open)
    monkeypatch.setattr(os, "listdir", guarded_list)
    return refused


def test_what_may_not_be_read_is_a_problem_and_the_rest_goes_on(tmp_path: Path, closed: set[str]) -> None:
    make(tmp_path, "mail.log", "mail.err", "apache2/error.log")
    closed |= {str(tmp_path / "mail.log"), str(tmp_path / "apache2")}
    sources, problems = discover([str(tmp_path)])
    assert names(sources, tmp_path) == ["mail.err"]
    assert [(problem.where, problem.reason, problem.unreadable) for problem in problems] == [
        (str(tmp_path / "apache2"), "permission denied", True),
        (str(tmp_path / "mail.log"), "permission denied", True),
    ]
    assert all("root" in problem.help for problem in problems)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can play another user")
def test_a_user_who_is_not_root_is_told_of_the_group() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        make(root, "mail.log", "mail.err", "apache2/error.log", "httpd/error_log")
        modes = {"mail.log": 0o640, "apache2": 0o750, "httpd": 0o751}
        for path, mode in ((root / name, mode) for name, mode in modes.items()):
            os.chown(path, 0, 4)
            path.chmod(mode)
        paths = [str(root), f"{root}/apache2/error.log", f"{root}/apache2/*.log", f"{root}/httpd/*_log"]
        os.seteuid(65534)
        try:
            sources, problems = discover(paths)
        finally:
            os.seteuid(0)
        assert names(sources, root) == ["mail.err"]
        closed = [
            str(root / name)
            for name in ("apache2", "apache2/*.log", "apache2/error.log", "httpd", "mail.log")
        ]
        assert [(problem.where, problem.reason) for problem in problems] == [
            (path, "permission denied") for path in closed
        ]
        assert ["group" in problem.help for problem in problems] == [True, True, True, True, True]


def test_without_paths_the_names_of_distributions_are_read(tmp_path: Path) -> None:
    wanted = [
        *("apache2/access.log", "apache2/other_vhosts_access.log.1", "apache2/shop.example/error.log"),
        *("httpd/error_log-20260801", "mail.err", "mail.log.2.gz", "mail.log.1", "mail.log"),
        *("mail.warn", "maillog", "messages", "nginx/error.log", "php-fpm/www-error.log", "php8.2-fpm.log"),
        "syslog",
    ]
    make(tmp_path, *wanted)
    make(
        tmp_path, "auth.log", "dpkg.log", "wtmp", "apt/history.log", "journal/1/system.journal", "user.log.1"
    )
    found = survey([], root=str(tmp_path))
    assert names(found.sources, tmp_path) == wanted
    assert [problem.reason for problem in found.problems] == [
        "looked for and not there: logs of Roundcube (roundcube/, roundcubemail/)"
    ]
    assert found.searched == {source.path for source in found.sources}


def test_suse_has_a_file_named_mail_and_containers_a_folder(tmp_path: Path) -> None:
    make(tmp_path, "one/mail", "one/mail-20260801.xz", "two/mail/mail.log")
    assert names(survey([], root=str(tmp_path / "one")).sources, tmp_path / "one") == [
        "mail-20260801.xz",
        "mail",
    ]
    assert names(survey([], root=str(tmp_path / "two")).sources, tmp_path / "two") == ["mail/mail.log"]


def test_without_paths_and_without_logs_the_journal_is_named(tmp_path: Path) -> None:
    make(tmp_path, "auth.log")
    sources, problems = discover([], root=str(tmp_path))
    assert sources == ()
    assert [problem.where for problem in problems] == [str(tmp_path)]
    assert "journalctl" in problems[0].help


def test_a_root_that_is_missing_is_a_problem(tmp_path: Path) -> None:
    sources, problems = discover([], root=str(tmp_path / "none"))
    assert sources == ()
    assert len(problems) == 1


def test_standard_input_is_mixed_with_files(tmp_path: Path) -> None:
    make(tmp_path, "mail.log")
    sources, problems = discover(["-", str(tmp_path / "mail.log"), "-"], stdin=io.BytesIO(LINE))
    assert [source.path for source in sources] == ["-", str(tmp_path / "mail.log")]
    assert problems == ()


def test_standard_input_that_is_not_there_or_no_log_is_a_problem() -> None:
    assert [problem.where for problem in discover(["-"])[1]] == ["-"]
    (problem,) = discover(["-"], stdin=io.BytesIO(b"PK\x03\x04"))[1]
    assert problem.reason == "it is a zip archive, not a text log"


def test_a_rotation_in_the_middle_of_the_search_is_searched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "mail.log", "mail.log.1")
    rotated: list[str] = []

    def rotate_then_probe(path: str) -> object:
        if not rotated:
            rotated.append(path)
            (tmp_path / "mail.log.1").rename(tmp_path / "mail.log.2")
            (tmp_path / "mail.log").rename(tmp_path / "mail.log.1")
            make(tmp_path, "mail.log")
        return probe(path)

    monkeypatch.setattr(module, "probe", rotate_then_probe)
    sources, problems = discover([str(tmp_path)])
    assert names(sources, tmp_path) == ["mail.log.2", "mail.log.1", "mail.log"]
    assert problems == ()


def test_surveys_are_equal_whatever_the_order_of_paths(tmp_path: Path) -> None:
    make(tmp_path, "a/mail.log", "b/mail.log", "b/wtmp")
    paths = [str(tmp_path / "a"), str(tmp_path / "b"), str(tmp_path / "b/mail.log"), str(tmp_path / "none")]
    first: Survey = survey(paths)
    assert survey(paths[::-1]) == first
    assert all(isinstance(problem, Problem) for problem in first.problems)
    assert len(first.problems) == 2
