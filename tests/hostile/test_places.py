"""What lies about where logs are sought: loops, pipes, devices, closed doors, files that vanish while they are read.

Each ends in what could be read and a problem that says what could not; never in a traceback, a hang or silence.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from logscan.model.settings import Settings
from logscan.pipeline import events as pipeline_events
from logscan.pipeline import scan as pipeline_scan
from logscan.pipeline.logs.survey import Survey
from tests.cli.conftest import Cli, Ran
from tests.hostile.measuring import measured

UTC = ("--tz", "UTC", "--year", "2026")

LINE = (
    "Nov 24 03:{minute:02}:{second:02} mx1 postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 450 4.7.25 Client "
    "host rejected: cannot find your hostname, [192.0.2.9]; from=<a@b.example> to=<c{number}@d.example> proto=ESMTP helo=<h>\n"
)
LINES = [LINE.format(number=number, minute=number // 60 % 60, second=number % 60) for number in range(2000)]
TEXT = "".join(LINES).encode()

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
}


def scanned(cli: Cli, *arguments: str | Path) -> dict[str, Any]:
    ran = cli("scan", *arguments, *UTC, "--format", "json")
    assert ran.code == 0, ran.err
    read: dict[str, Any] = json.loads(ran.out)
    return read


def refused(ran: Ran, *words: str) -> None:
    assert ran.code == 3
    assert not ran.out
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err


# --- archives ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_a_truncated_archive(cli: Cli, tmp_path: Path, kind: str, share: float) -> None:
    """Everything before the cut that its decompressor can tell is read: a whole block of bzip2 or zstd, for instance."""
    whole = PACKED[kind](TEXT)
    log = tmp_path / f"mail.log.{kind}"
    log.write_bytes(whole[: int(len(whole) * share)])
    for form in ("text", "json"):
        ran = cli("scan", log, *UTC, "--format", form)
        assert ran.code in (0, 3)
        assert "ends too early" in ran.out + ran.err
        assert "Traceback" not in ran.err
    assert cli("scan", log, *UTC, "--strict").code in (3, 4)
    if ran.code == 0:
        document = json.loads(ran.out)
        assert document["totals"]["lines"] >= document["totals"]["events"] > 0


@pytest.mark.parametrize("kind", PACKED)
def test_concatenated_archives_are_one_log(cli: Cli, tmp_path: Path, kind: str) -> None:
    pack = PACKED[kind]
    # also cut within a line, and with an empty member
    parts = [TEXT[:1000], b"", TEXT[1000:100_000], TEXT[100_000:]]
    log = tmp_path / f"mail.log.{kind}"
    log.write_bytes(b"".join(map(pack, parts)))
    document = scanned(cli, log)
    assert document["totals"]["events"] == len(LINES)
    assert not document["problems"]


@pytest.mark.parametrize("kind", PACKED)
def test_an_archive_with_something_behind_it(cli: Cli, tmp_path: Path, kind: str) -> None:
    log = tmp_path / f"mail.log.{kind}"
    log.write_bytes(PACKED[kind](TEXT) + b"<?php system($_GET[0]);\n")
    document = scanned(cli, log)
    assert document["totals"]["events"] == len(LINES)
    assert "followed by something" in document["problems"][0]["reason"]


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("name", ["mail.log", "mail.log.gz", "mail.log.zst", "mail.log.1"])
def test_a_name_that_lies_about_its_compression(cli: Cli, tmp_path: Path, kind: str, name: str) -> None:
    log = tmp_path / name
    log.write_bytes(PACKED[kind](TEXT))
    assert scanned(cli, log)["totals"]["events"] == len(LINES)
    log.write_bytes(TEXT)
    assert scanned(cli, log)["totals"]["events"] == len(LINES)


# --- no logs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["scan", "events"])
def test_a_folder_that_leads_back_to_itself(cli: Cli, tmp_path: Path, command: str) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    (inside / "mail.log").write_bytes(TEXT)
    (inside / "up").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to(inside)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    ran = cli(command, tmp_path, *UTC, "--format", "json" if command == "scan" else "jsonl")
    assert ran.code == 0
    if command == "scan":
        document = json.loads(ran.out)
        assert document["totals"]["events"] == len(LINES)
        assert len(document["inputs"]) == 1
        assert [problem["where"] for problem in document["problems"]] == [str(tmp_path / "self")]
    else:
        assert len(ran.out.splitlines()) == len(LINES)
        assert "link" in ran.err


def test_pipes_sockets_and_devices_do_not_hang(cli: Cli, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.log")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(tmp_path)  # the path of a socket must be short
        listener.bind("socket.log")
        os.chdir(here)
        for name, word in (
            (tmp_path / "pipe.log", "a named pipe"),
            (tmp_path / "socket.log", "a socket"),
            (Path("/dev/zero"), "a device"),
            (Path("/dev/null"), "a device"),
            (Path("/dev/full"), "a device"),
        ):
            ran = measured("scan", name, timeout=20)
            assert ran.code == 3
            assert word in ran.err
            assert "Traceback" not in ran.err
        (tmp_path / "mail.log").write_bytes(TEXT)
        document = scanned(cli, tmp_path)
        assert document["totals"]["events"] == len(LINES)
        assert "2 pipes, sockets or devices" in document["problems"][0]["reason"]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "is empty"),
        (b"\n\n\n", "no known log format"),
        (b"\0" * 5000, ""),
        (bytes(range(256)) * 40, ""),
        (b"\x7fELF" + bytes(2000), ""),
        (b"SQLite format 3\0" + bytes(2000), ""),
        (b"PK\x03\x04" + bytes(2000), ""),
        (LINES[0].encode("utf-16"), "UTF-16"),
    ],
)
@pytest.mark.parametrize("command", ["scan", "events"])
def test_what_is_no_log(cli: Cli, tmp_path: Path, command: str, content: bytes, word: str) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(content)
    refused(cli(command, path), word, "mail.log")
    # beside a log it is told, and the log is read
    (tmp_path / "other.log").write_bytes(TEXT)
    document = scanned(cli, path, tmp_path / "other.log")
    assert document["totals"]["events"] == len(LINES)
    assert len(document["problems"]) + sum(not given["lines"] for given in document["inputs"]) >= 1


# --- closed doors --------------------------------------------------------------------------------


def as_nobody() -> tuple[str, ...]:
    """What starts a program as somebody who may not read everything; tests run as root in CI."""
    if os.geteuid() != 0:
        return ()
    return ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that everybody may enter; those of pytest are closed."""
    if subprocess.run([*as_nobody(), sys.executable, "-c", ""], check=False, capture_output=True).returncode:
        pytest.skip("this interpreter is closed to others")
    with tempfile.TemporaryDirectory(prefix="open-") as name:
        place = Path(name)
        place.chmod(0o755)
        yield place


@pytest.mark.parametrize("command", ["scan", "events"])
def test_what_may_not_be_read_is_told(open_to_all: Path, command: str) -> None:
    closed, room = open_to_all / "closed.log", open_to_all / "room"
    closed.write_bytes(TEXT)
    room.mkdir()
    (room / "mail.log").write_bytes(TEXT)
    (open_to_all / "mail.log").write_bytes(TEXT)
    closed.chmod(0o000)
    room.chmod(0o000)
    try:
        alone = measured(command, closed, before=as_nobody())
        assert alone.code == 3
        assert "permission denied" in alone.err
        inside = measured(command, room, before=as_nobody())
        assert inside.code == 3
        assert "permission denied" in inside.err
        form = "json" if command == "scan" else "jsonl"
        both = measured(command, open_to_all, *UTC, "--format", form, before=as_nobody())
        assert both.code == 0, both.err
        told = both.out if command == "scan" else both.err
        for path in (closed, room):
            assert str(path) in told
        assert told.count("permission denied") >= 2
        strict = measured(command, open_to_all, *UTC, "--strict", "-o", "/dev/null", before=as_nobody())
        assert strict.code == 4
        for ran in (alone, inside, both, strict):
            assert "Traceback" not in ran.err
    finally:
        room.chmod(0o700)
        closed.chmod(0o600)


def test_a_place_that_may_not_be_written_is_told_first(open_to_all: Path) -> None:
    (open_to_all / "mail.log").write_bytes(TEXT)
    room = open_to_all / "room"
    room.mkdir(mode=0o755)
    ran = measured("scan", open_to_all / "mail.log", "-o", room / "report.txt", before=as_nobody())
    if os.geteuid() == 0:
        assert ran.code == 2
        assert "cannot write" in ran.err
        assert not list(room.iterdir())


# --- files that change under the hand -------------------------------------------------------------


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen after the logs were found and before they are read."""
    for module in (pipeline_scan, pipeline_events):

        def found(
            paths: list[str], settings: Settings, real: Callable[..., Survey] = module.survey
        ) -> Survey:
            result = real(paths, settings)
            happens()
            return result

        monkeypatch.setattr(module, "survey", found)


@pytest.mark.parametrize("command", ["scan", "events"])
@pytest.mark.parametrize(
    ("what", "word"),
    [
        ("vanish", "deleted"),
        ("empty", "shrank"),
        ("half", "shrank"),
        ("replace", "deleted"),
        ("folder", "deleted"),
        ("pipe", "deleted"),
    ],
)
def test_a_file_that_changes_while_it_is_read(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, what: str, word: str
) -> None:
    log, other = tmp_path / "mail.log", tmp_path / "other.log"
    log.write_bytes(TEXT)
    other.write_bytes(TEXT.replace(b"mx1", b"mx2"))

    def happens() -> None:
        if what in ("empty", "half"):
            os.truncate(log, 0 if what == "empty" else len(TEXT) // 2)
            return
        log.unlink(missing_ok=True)
        if what == "replace":
            log.write_bytes(TEXT)
            Path(f"{log}x").write_bytes(b"")
        if what == "folder":
            log.mkdir()
        if what == "pipe":
            os.mkfifo(log)

    # The inode stays in use, so that the new file is another one.
    with log.open("rb"):
        meanwhile(monkeypatch, happens)
        ran = cli(command, log, other, *UTC, "--format", "json" if command == "scan" else "jsonl")
    assert ran.code == 0
    told = ran.out if command == "scan" else ran.err
    assert word in told
    half = len(LINES) // 2 if what == "half" else 0
    if command == "scan":
        totals = json.loads(ran.out)["totals"]
        assert len(LINES) + half - 9 <= totals["lines"] <= len(LINES) + half + 9
    else:
        assert len(LINES) + half - 9 <= len(ran.out.splitlines()) <= len(LINES) + half + 9


def test_a_file_that_is_renamed_by_a_rotation_is_read(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(TEXT)

    def happens() -> None:
        log.rename(tmp_path / "mail.log.1")
        log.write_bytes(b"")

    meanwhile(monkeypatch, happens)
    document = scanned(cli, log)
    assert document["totals"]["events"] == len(LINES)
    assert not document["problems"]


def test_what_is_written_meanwhile_is_not_read_by_half(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(TEXT)

    def happens() -> None:
        with log.open("ab") as file:
            file.write(LINES[0].encode() * 1000)

    meanwhile(monkeypatch, happens)
    assert scanned(cli, log)["totals"]["events"] == len(LINES)
