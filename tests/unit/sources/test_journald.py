"""The systemd journal through journalctl: the real one on real files, and one made up for what can go wrong."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logscan.model.blocks import Journal, Source
from logscan.model.problems import Problem
from logscan.sources import journald
from logscan.sources.discover import survey
from logscan.sources.journald import Period, live, pieces, stored
from logscan.sources.streams import read_bytes

REAL = Path(__file__).parents[3] / "sample-logs" / "real" / "A" / "logs" / "journal-export-tail.bin.gz"
REMOTE = "/usr/lib/systemd/systemd-journal-remote"
MACHINE = "3d1219c7c4c5404aaa1f6d2a48adfda4"

needs_journal = pytest.mark.skipif(
    shutil.which("journalctl") is None or not Path(REMOTE).exists(),
    reason="journalctl or systemd-journal-remote is not installed (apt install systemd-journal-remote)",
)


def make_journal(path: Path, export: bytes | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = gzip.decompress(REAL.read_bytes()) if export is None else export
    subprocess.run([REMOTE, "-o", str(path), "-"], input=data, check=True, capture_output=True)
    return path


def text_of(source: object) -> bytes:
    assert isinstance(source, Source), source
    found = list(read_bytes(source))
    assert [part for part in found if isinstance(part, Problem)] == []
    return b"".join(part for part in found if isinstance(part, bytes))


def records(source: object) -> list[dict[str, str]]:
    return [json.loads(line) for line in text_of(source).splitlines()]


# --- real journals -------------------------------------------------------------------------------


@needs_journal
def test_a_file_and_its_folder_hold_the_same_records(tmp_path: Path) -> None:
    path = make_journal(tmp_path / MACHINE / "system.journal")
    source = stored(str(path))
    found = records(source)
    assert len(found) == 300
    assert (
        found[0]["MESSAGE"]
        == "E7F135522D2: from=<bob@harborlight.example>, status=expired, returned to sender"
    )
    assert records(stored(str(path.parent))) == found
    assert records(source) == found  # a second time
    assert isinstance(source, Source)
    assert json.loads(source.head.splitlines()[0]) == found[0]
    assert json.loads(source.tail.splitlines()[-1]) == found[-1]
    assert (source.path, source.compression, source.size) == (str(path), None, path.stat().st_size)


@needs_journal
@pytest.mark.parametrize(
    "name", ["-rf.journal", "*.journal", "[a].journal", "a b';$(x).journal", "{a,b}.journal"]
)
def test_the_name_of_a_file_is_nothing_but_a_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_journal(tmp_path / "other.journal")
    shutil.copy(make_journal(tmp_path / "plain" / "x.journal", START + b"MESSAGE=mine\n\n"), tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert [record["MESSAGE"] for record in records(stored(name))] == ["mine"]


START = b"__REALTIME_TIMESTAMP=1795490991918269\n__MONOTONIC_TIMESTAMP=1\n_BOOT_ID=94e7a33c13954e289a0835a84a3a5e41\n"


@needs_journal
def test_long_and_broken_messages_are_not_left_out(tmp_path: Path) -> None:
    long = b"MESSAGE=" + b"x" * 9000 + b"\n\n"
    broken = b"MESSAGE\n\x06\0\0\0\0\0\0\0caf\xe9\n!\n\n"
    path = make_journal(
        tmp_path / "a.journal", START + long + START.replace(b"TAMP=1\n", b"TAMP=2\n") + broken
    )
    found = records(stored(str(path)))
    assert found[0]["MESSAGE"] == "x" * 9000
    assert bytes(map(int, found[1]["MESSAGE"])) == b"caf\xe9\n!"


@needs_journal
def test_of_the_journal_no_more_is_read_than_was_asked_for(tmp_path: Path) -> None:
    export = b"".join(
        START.replace(
            b"1795490991918269", str(1_790_000_000_000_000 + day * 86_400_000_000).encode()
        ).replace(b"TAMP=1\n", b"TAMP=%d\n" % (day + 1))
        + b"MESSAGE=%d\n\n" % day
        for day in range(9)
    )
    path = make_journal(tmp_path / "a.journal", export)

    def at(day: int) -> datetime:
        return datetime.fromtimestamp(1_790_000_000 + day * 86_400 + 60, UTC)

    window = stored(str(path), Period(since=at(4), until=at(5)))
    assert [record["MESSAGE"] for record in records(window)] == ["4", "5", "6"]
    assert isinstance(window, Source)
    assert b'"MESSAGE":"0"' in window.head
    assert b'"MESSAGE":"8"' in window.tail


@needs_journal
def test_a_live_journal_is_read_as_of_now_and_tells_where_it_is_kept(tmp_path: Path) -> None:
    kept, volatile = str(tmp_path / "var"), str(tmp_path / "run")
    assert live([kept, volatile]) is None
    make_journal(Path(volatile, MACHINE, "system.journal"))
    source = live([kept, volatile])
    assert isinstance(source, Source)
    assert source.journal is not None
    assert source.journal.volatile
    assert source.path == "journal"
    assert any(argument.startswith("--until=@") for argument in source.journal.arguments)
    make_journal(Path(kept, MACHINE, "system.journal"))
    both = live([kept, volatile])
    assert isinstance(both, Source | Problem)  # --merge asks for this machine's own, which may hold nothing
    source = live([kept])
    assert isinstance(source, Source)
    assert source.journal is not None
    assert not source.journal.volatile


@needs_journal
@pytest.mark.parametrize("cut", [8, 100, 300, 100_000])
def test_a_damaged_file_is_a_problem_in_journalctls_words(cut: int, tmp_path: Path) -> None:
    path = make_journal(tmp_path / "a.journal")
    path.write_bytes(path.read_bytes()[:cut])
    found = stored(str(path))
    assert isinstance(found, Problem)
    assert found.where == str(path)
    assert found.reason.startswith("journalctl: ")


# --- what is found -------------------------------------------------------------------------------


@needs_journal
def test_files_are_found_by_name_in_folders_and_in_place_of_a_mail_log(tmp_path: Path) -> None:
    path = make_journal(tmp_path / "journal" / MACHINE / "system.journal")
    shutil.copy(path, path.with_name("user-1000.journal"))
    (path.parent / "notes.journal").write_text("no journal at all\n")
    assert [source.path for source in survey([str(path)]).sources] == [str(path)]
    found = survey([str(tmp_path)])
    assert [source.path for source in found.sources] == [str(path.parent)]
    assert found.searched == {str(path.parent)}
    assert [problem.reason for problem in found.problems] == [
        "1 entry was left out as no text logs: 1 .journal"
    ]
    found = survey([], root=str(tmp_path))
    assert [source.path for source in found.sources] == ["journal"]
    of_mail, of_web = sorted(found.problems, key=lambda note: "web server" in note.reason)
    assert not of_mail.unreadable
    assert "no mail log is there" in of_mail.reason
    assert not of_web.unreadable
    (tmp_path / "maillog").write_text("Nov 24 03:27:35 mx1 postfix/qmgr[1]: x\n")
    found = survey([], root=str(tmp_path))
    assert [source.path for source in found.sources] == [str(tmp_path / "maillog")]
    assert ["web server" in note.reason for note in found.problems] == [True]


@needs_journal
def test_the_word_journal_is_the_live_one_where_no_file_has_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(journald, "KEPT", str(tmp_path / "var"))
    monkeypatch.setattr(journald, "VOLATILE", str(tmp_path / "run"))
    (problem,) = survey(["journal"]).problems
    assert "no systemd journal" in problem.reason
    make_journal(tmp_path / "var" / MACHINE / "system.journal")
    assert [source.path for source in survey(["journal"]).sources] == ["journal"]
    (tmp_path / "journal").write_text("Nov 24 03:27:35 mx1 postfix/qmgr[1]: x\n")
    (source,) = survey(["journal"]).sources
    assert source.journal is None


def test_without_a_mail_log_and_a_journal_it_is_said_what_was_looked_for(tmp_path: Path) -> None:
    (problem,) = survey([], root=str(tmp_path)).problems
    assert problem.unreadable
    for word in ("mail.log", "maillog", "SUSE", str(tmp_path / "journal")):
        assert word in problem.reason
    for word in ("postconf maillog_file", "rsyslog", "journalctl"):
        assert word in problem.help
    (tmp_path / "syslog").write_text("Nov 24 03:27:35 mx1 postfix/qmgr[1]: x\n")
    assert not any(problem.unreadable for problem in survey([], root=str(tmp_path)).problems)


# --- a journalctl that fails ---------------------------------------------------------------------


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH; `journalctl` in it is a script whose body the test writes."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder / "journalctl"


def script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def read(more: str = "") -> tuple[bytes, list[Problem]]:
    found = list(pieces(Journal(arguments=(more,) if more else ()), "journal"))
    return (
        b"".join(part for part in found if isinstance(part, bytes)),
        [part for part in found if isinstance(part, Problem)],
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("echo nothing to see >&2; exit 1", "nothing to see"),
        ("exit 7", "code 7"),
        ("kill -SEGV $$", "code -11"),
        ("echo Journal file x is truncated, ignoring file. >&2", "truncated"),
        (
            "echo 'Hint: You are currently not seeing messages from other users and the system.' >&2",
            "closed to",
        ),
        ("echo 'No journal files were opened due to insufficient permissions.' >&2; exit 1", "closed to"),
    ],
)
def test_complaints_are_problems_and_what_was_printed_is_kept(fake: Path, body: str, words: str) -> None:
    script(fake, f"echo '{{}}'\n{body}")
    data, problems = read()
    assert data == b"{}\n"
    (problem,) = problems
    assert words in problem.reason
    assert problem.unreadable
    assert problem.help


def test_a_flood_of_complaints_is_cut(fake: Path) -> None:
    script(fake, 'i=0; while [ $i -lt 3000 ]; do echo "bad $i" >&2; i=$((i+1)); done; exit 1')
    assert len(read()[1]) == 5


def test_a_program_that_does_not_start_is_a_problem(fake: Path) -> None:
    fake.write_text("#!/nonexistent/interpreter\n")
    fake.chmod(0o755)
    (problem,) = read()[1]
    assert "cannot be started" in problem.reason


def test_its_surroundings_and_arguments_are_fixed(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEMD_PAGER", "less")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    script(fake, 'echo "$LC_ALL/$SYSTEMD_PAGER/$SYSTEMD_COLORS/$LANG"; for a; do echo "$a"; done')
    said, *arguments = read("--file=a b;$(c)")[0].decode().splitlines()
    assert said == "C.UTF-8//0/"
    assert arguments[-1] == "--file=a b;$(c)"
    assert {"--no-pager", "--output=json", "--all"} <= set(arguments)


def test_it_ends_when_nobody_reads_on(fake: Path, tmp_path: Path) -> None:
    script(fake, f"echo $$ > {tmp_path}/pid\nwhile :; do echo '{{}}'; done")
    reader = pieces(Journal(arguments=()), "journal")
    assert next(reader).startswith(b"{}")  # type: ignore[union-attr]
    reader.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_without_the_program_it_is_said(fake: Path, tmp_path: Path) -> None:
    assert not fake.exists()
    file = tmp_path / "journal" / MACHINE / "system.journal"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"LPKSHHRH" + bytes(100))
    (problem,) = survey([str(file)]).problems
    assert problem.reason == "it is a file of the systemd journal, not a text log"
    assert f"journalctl -o json --all --file {file}" in problem.help
    (problem,) = survey([], root=str(tmp_path)).problems
    assert "no program journalctl" in problem.reason
    (problem,) = survey([str(tmp_path / "journal")]).problems
    assert "no program journalctl" in problem.reason


def test_a_journal_that_is_closed_to_us_is_a_problem_and_no_silent_zero(fake: Path, tmp_path: Path) -> None:
    script(fake, "echo 'No journal files were opened due to insufficient permissions.' >&2; exit 1")
    file = tmp_path / "journal" / MACHINE / "system.journal"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"LPKSHHRH" + bytes(100))
    for paths, root in (([], str(tmp_path)), ([str(file)], "/nowhere"), ([str(file.parent)], "/nowhere")):
        found = survey(paths, root=root)
        assert found.sources == ()
        (problem,) = found.problems
        assert "systemd-journal" in problem.help
