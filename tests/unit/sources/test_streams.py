from __future__ import annotations

import gzip
import io
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from logscan.model.blocks import Source
from logscan.model.problems import Problem
from logscan.sources import streams
from logscan.sources.discover import discover
from logscan.sources.streams import Held, hold, read_bytes

TEXT = b"Nov 24 03:27:39 mx1 postfix/smtpd[1]: connect from unknown[192.0.2.1]\n" * 100


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "mail.log"
    path.write_bytes(TEXT)
    return path


def found(path: Path) -> Source:
    (source,), problems = discover([str(path)])
    assert problems == ()
    return source


def read(source: Source) -> tuple[bytes, list[Problem]]:
    items = list(read_bytes(source))
    text = b"".join(item for item in items if isinstance(item, bytes))
    return text, [item for item in items if isinstance(item, Problem)]


def test_a_file_is_read(log: Path) -> None:
    assert read(found(log)) == (TEXT, [])


@pytest.mark.parametrize("form", [bytes, gzip.compress])
def test_a_part_of_a_text_is_read(log: Path, form: type[bytes]) -> None:
    log.write_bytes(form(TEXT))
    source = found(log)
    ends = (0, 1, 700, len(TEXT), None)
    for begin, end in [(begin, end) for begin in (0, 1, 699, len(TEXT), len(TEXT) + 9) for end in ends]:
        assert b"".join(read_bytes(source, 64, begin, end)) == TEXT[begin:end]  # type: ignore[arg-type]


def test_a_part_of_an_export_of_the_journal_is_one_of_its_lines(log: Path) -> None:
    log.write_bytes(b"__REALTIME_TIMESTAMP=1\nMESSAGE=a\n\n" * 3)
    source = found(log)
    whole = read(source)[0]
    assert b"".join(read_bytes(source, 64, 5, 50)) == whole[5:50]  # type: ignore[arg-type]


def test_what_came_after_discovery_is_not_read(log: Path) -> None:
    source = found(log)
    with log.open("ab") as more:
        more.write(b"later\n")
    assert read(source) == (TEXT, [])


def test_a_growing_archive_is_read_up_to_what_was_there(log: Path) -> None:
    packed = gzip.compress(TEXT)
    log.write_bytes(packed)
    source = found(log)
    with log.open("ab") as more:
        more.write(gzip.compress(b"later\n"))
    assert read(source) == (TEXT, [])


def test_a_file_that_was_renamed_is_found_beside_its_old_name(log: Path) -> None:
    source = found(log)
    log.with_name("mail.log.1").write_bytes(b"older\n")
    log.with_name("mail.log.1").rename(log.with_name("mail.log.2"))
    log.rename(log.with_name("mail.log.1"))
    log.write_bytes(b"new\n")
    assert read(source) == (TEXT, [])


def test_a_renamed_file_is_found_from_the_folder_itself(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(log.parent)
    for name in ("mail.log", "./mail.log"):
        source = found(Path(name))
        source = replace(source, path=name)
        log.rename("mail.log-20260801")
        assert read(source) == (TEXT, [])
        Path("mail.log-20260801").rename(log)


def test_a_file_that_was_renamed_to_something_else_is_a_problem(log: Path) -> None:
    source = found(log)
    log.rename(log.with_name("other.log"))
    log.write_bytes(b"new\n")
    text, problems = read(source)
    assert text == b""
    assert [problem.where for problem in problems] == [str(log)]
    assert "rotated away" in problems[0].reason
    assert "run again" in problems[0].help


def test_a_file_that_vanished_is_a_problem(log: Path) -> None:
    source = found(log)
    log.unlink()
    log.parent.rmdir()
    text, problems = read(source)
    assert text == b""
    assert "rotated away, compressed or deleted" in problems[0].reason


def test_a_name_that_became_a_pipe_is_a_problem_and_does_not_wait(log: Path) -> None:
    source = found(log)
    log.unlink()
    os.mkfifo(log)
    assert len(read(source)[1]) == 1


def test_a_file_that_shrank_gives_what_is_left_and_a_problem(log: Path) -> None:
    source = found(log)
    os.truncate(log, 1000)
    text, problems = read(source)
    assert text == TEXT[:1000]
    assert "shrank" in problems[0].reason
    assert f"{len(TEXT)} bytes were there, 1000 are left" in problems[0].reason


def test_an_archive_that_shrank_has_one_problem(log: Path) -> None:
    log.write_bytes(gzip.compress(os.urandom(1000) + TEXT))
    source = found(log)
    os.truncate(log, 600)
    text, problems = read(source)
    assert text
    assert [problem.reason[:15] for problem in problems] == ["the file shrank"]


def test_a_disk_error_is_a_problem(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = found(log)

    def broken(_descriptor: int, _size: int, _offset: int) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "pread", broken)
    text, problems = read(source)
    assert text == b""
    assert problems[0].reason == "input/output error"


def test_a_file_that_may_not_be_opened_any_more_is_a_problem(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = found(log)

    def closed(_path: str) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(streams, "open_regular", closed)
    assert read(source)[1][0].reason == "permission denied"


@pytest.mark.parametrize("data", [TEXT, gzip.compress(TEXT)])
def test_standard_input_is_read_once(data: bytes) -> None:
    (source,), problems = discover(["-"], stdin=io.BytesIO(data))
    assert problems == ()
    assert (source.path, source.size, source.identity, source.tail) == ("-", None, None, b"")
    assert source.compression == (None if data is TEXT else "gzip")
    assert source.head == TEXT
    assert read(source) == (TEXT, [])
    text, problems_again = read(source)
    assert text == b""
    assert "read already" in problems_again[0].reason


def test_a_pipe_is_read_to_its_end() -> None:
    reader, writer = os.pipe()
    text = TEXT * 300

    def write() -> None:
        with os.fdopen(writer, "wb") as target:
            target.write(text)

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reader, "rb") as stream:
        (source,), _ = discover(["-"], stdin=stream)
        assert len(source.head) <= 64 * 1024
        assert text.startswith(source.head)
        assert read(source) == (text, [])
    thread.join()


def test_a_file_as_standard_input_is_read_up_to_what_was_there(log: Path) -> None:
    with log.open("rb") as stream:
        stream.read(len(TEXT) // 2)
        (source,), _ = discover(["-"], stdin=stream)
        with log.open("ab") as more:
            more.write(b"later\n")
        assert read(source) == (TEXT[len(TEXT) // 2 :], [])
    assert source.modified.timestamp() <= log.stat().st_mtime


def test_standard_input_that_fails_is_a_problem() -> None:
    class Broken(io.RawIOBase):
        def read(self, _size: int = -1) -> bytes:
            raise OSError(5, "Input/output error")

    stream: io.BufferedIOBase = Broken()  # type: ignore[assignment]
    sources, problems = discover(["-"], stdin=stream)  # type: ignore[arg-type]
    assert sources == ()
    assert [(problem.where, problem.reason) for problem in problems] == [("-", "input/output error")]


def test_what_was_held_last_is_read() -> None:
    (source,), _ = discover(["-"], stdin=io.BytesIO(b"one\n"))
    hold(Held(io.BytesIO(b"two\n")))
    assert read(source) == (b"two\n", [])


@pytest.mark.parametrize("data", [TEXT, gzip.compress(TEXT)], ids=["plain", "gzip"])
def test_standard_input_that_is_kept_is_read_again(data: bytes) -> None:
    (source,), _ = discover(["-"], stdin=io.BytesIO(data))
    streams.keep_standard_input()
    assert read(source) == read(source) == read(source) == (TEXT, [])


def test_standard_input_that_is_kept_begins_anew_after_half_of_it() -> None:
    text = TEXT * 1000
    (source,), _ = discover(["-"], stdin=io.BytesIO(text))
    streams.keep_standard_input()
    half = read_bytes(source)
    next(half)
    next(half)
    half.close()
    assert read(source) == read(source) == (text, [])


def test_a_full_disk_makes_standard_input_readable_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, _data: object) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(streams, "TemporaryFile", Full)
    (source,), _ = discover(["-"], stdin=io.BytesIO(TEXT))
    streams.keep_standard_input()
    assert read(source) == (TEXT, [])
    assert "read already" in read(source)[1][0].reason


def test_without_a_place_for_a_copy_standard_input_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(streams, "TemporaryFile", nowhere)
    (source,), _ = discover(["-"], stdin=io.BytesIO(TEXT))
    streams.keep_standard_input()
    assert read(source) == (TEXT, [])
    assert "read already" in read(source)[1][0].reason


def test_a_problem_of_standard_input_that_is_kept_is_told_each_time() -> None:
    class Breaks(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            piece = super().read1(-1 if size is None else min(size, 1000))
            if not piece:
                raise OSError(5, "Input/output error")
            return piece

    hold(held := Held(Breaks(TEXT)))
    held.keep()
    (source,), _ = discover(["-"], stdin=io.BytesIO(b"x\n"))
    hold(held)
    for _ in range(2):
        text, problems = read(source)
        assert text == TEXT
        assert [problem.reason for problem in problems] == ["input/output error"]
