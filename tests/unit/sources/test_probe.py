from __future__ import annotations

import bz2
import gzip
import io
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logscan.model.blocks import Source
from logscan.model.problems import Problem
from logscan.sources.probe import SAMPLE, Foreign, probe, probe_stdin
from logscan.sources.streams import keep_standard_input, read_bytes

LINE = b"Nov 24 03:27:39 mx1 postfix/smtpd[1]: connect from unknown[192.0.2.1]\n"


def looked_at(path: Path) -> Source:
    found = probe(str(path))
    assert isinstance(found, Source)
    return found


def test_a_plain_log(tmp_path: Path) -> None:
    path = tmp_path / "mail.log.1"
    text = b"".join(b"%d " % number + LINE for number in range(5000))
    path.write_bytes(text)
    os.utime(path, (1_785_542_400, 1_785_542_400))
    source = looked_at(path)
    assert source.compression is None
    assert source.size == len(text)
    assert source.identity == (path.stat().st_dev, path.stat().st_ino)
    assert source.modified == datetime(2026, 8, 1, tzinfo=UTC)
    assert source.rotation == str(tmp_path / "mail.log")
    assert text.startswith(source.head)
    assert text.endswith(source.tail)
    for part in (source.head, source.tail):
        assert SAMPLE - 100 < len(part) <= SAMPLE
        assert part.endswith(b"\n")
    assert source.tail.startswith(b"4")


@pytest.mark.parametrize("text", [b"", LINE, LINE + b"Nov 24 unfinished", b"\n"])
def test_a_small_log_is_all_head_and_all_tail(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(text)
    source = looked_at(path)
    assert (source.head, source.tail) == (text, text)


def test_an_archive_has_a_head_and_no_tail(tmp_path: Path) -> None:
    path = tmp_path / "anything"
    path.write_bytes(gzip.compress(LINE * 5000, mtime=1_785_542_400))
    source = looked_at(path)
    assert source.compression == "gzip"
    assert source.head == LINE * (SAMPLE // len(LINE))
    assert source.tail == b""
    assert source.modified == datetime(2026, 8, 1, tzinfo=UTC)


def test_an_archive_without_a_stamp_has_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mail.log.2"
    for data in (gzip.compress(LINE, mtime=0), bz2.compress(LINE)):
        path.write_bytes(data)
        os.utime(path, (1_785_542_400, 1_785_542_400))
        assert looked_at(path).modified == datetime(2026, 8, 1, tzinfo=UTC)


def test_a_damaged_archive_is_a_source_with_what_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "mail.log.gz"
    path.write_bytes(gzip.compress(LINE * 50)[:-9])
    head = looked_at(path).head
    assert (LINE * 50).startswith(head)
    assert len(head) > len(LINE)
    path.write_bytes(b"\x1f\x8bno archive")
    problem = probe(str(path))
    assert isinstance(problem, Problem)
    assert "damaged" in problem.reason


def test_an_endless_first_line_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(b"x" * (1 << 20))
    source = looked_at(path)
    assert source.head == b"x" * 16384
    assert source.tail == b""


def test_bad_bytes_and_marks_do_not_reach_the_head(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(b"\xef\xbb\xbfb\xe9d\n")
    source = looked_at(path)
    assert source.head == source.tail == "b\ufffdd\n".encode()


def test_what_is_no_log(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(gzip.compress(b"SQLite format 3\x00" + bytes(100)))
    found = probe(str(path))
    assert isinstance(found, Foreign)
    assert (found.path, found.kind) == (str(path), "an SQLite database")
    path.write_bytes("Nov 24\n".encode("utf-16"))
    problem = probe(str(path))
    assert isinstance(problem, Problem)
    assert "UTF-16" in problem.reason


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    missing = probe(str(tmp_path / "missing"))
    assert isinstance(missing, Problem)
    assert missing.reason == "no such file or directory"
    os.mkfifo(tmp_path / "pipe")
    pipe = probe(str(tmp_path / "pipe"))
    assert isinstance(pipe, Problem)
    assert "named pipe" in pipe.reason


def test_standard_input_that_is_kept_can_be_discovered_again() -> None:
    stream = io.BytesIO(b"Nov 24 03:00:00 mx1 postfix/qmgr[7]: warning\n" * 5000)
    first = probe_stdin(stream)
    assert isinstance(first, Source)
    keep_standard_input()
    whole = b"".join(piece for piece in read_bytes(first) if isinstance(piece, bytes))
    again = probe_stdin(stream)
    assert isinstance(again, Source)
    assert again.head == first.head
    assert (
        b"".join(piece for piece in read_bytes(first) if isinstance(piece, bytes))
        == whole
        == stream.getvalue()
    )
    other = probe_stdin(io.BytesIO(b"Nov 25 03:00:00 mx1 postfix/qmgr[7]: warning\n"))
    assert isinstance(other, Source)
    assert other.head.startswith(b"Nov 25")
