"""Parts of a source: together its lines, each once, whatever the borders cut."""

from __future__ import annotations

import gzip
import os
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from logscan.model.blocks import Source
from logscan.model.problems import Problem
from logscan.sources import stretches
from logscan.sources.lines import LONGEST, LineCutter
from logscan.sources.probe import probe
from logscan.sources.stretches import parts


def source_of(path: Path) -> Source:
    found = probe(str(path))
    assert isinstance(found, Source)
    return found


def read(source: Source) -> tuple[bytes, list[Problem], int]:
    """Return the lines, the problems, and how many parts there were."""
    data, problems, count = b"", list[Problem](), 0
    with parts(source, 512) as some:
        for part in some:
            count += 1
            for lines in part():
                if isinstance(lines, Problem):
                    problems.append(lines)
                else:
                    data += lines.data
    return data, problems, count


def cut(data: bytes) -> bytes:
    cutter = LineCutter()
    return b"".join(lines.data for lines in (cutter.feed(data), cutter.finish()) if lines is not None)


@pytest.mark.parametrize("length", [1, 2, 7, 64, 1000, 1 << 20])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_every_line_is_in_one_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int, end: bytes
) -> None:
    monkeypatch.setattr(stretches, "LENGTH", length)
    random = Random(length)  # noqa: S311
    lines = [b"x" * random.choice([0, 1, 5, 63, 64, 65, 200]) for _ in range(60)]
    data = b"Nov  1 00:00:00 mx1 a\n" + b"\n".join(lines) + b"last" + end
    path = tmp_path / "mail.log"
    path.write_bytes(data)
    text, problems, count = read(source_of(path))
    assert text == data
    assert not problems
    assert count == -(-len(data) // length)


def test_a_line_longer_than_parts_is_shortened_as_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "LENGTH", LONGEST // 3)
    data = b"before\n" + b"y" * (2 * LONGEST) + b"\nbehind\n"
    path = tmp_path / "mail.log"
    path.write_bytes(data)
    assert read(source_of(path))[0] == cut(data)


def test_what_is_packed_comes_in_pieces(tmp_path: Path) -> None:
    data = b"Nov  1 00:00:00 mx1 a: something\n" * 100
    path = tmp_path / "mail.log.gz"
    path.write_bytes(gzip.compress(data))
    text, problems, count = read(source_of(path))
    assert (text, problems) == (data, [])
    assert count > 1


def test_an_export_of_the_journal_is_no_plain_file(tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_bytes(b"__REALTIME_TIMESTAMP=1\nMESSAGE=hello\n\n")
    assert read(source_of(path))[0].startswith(b"{")


@pytest.mark.parametrize("left", [0, 63, 64, 65, 640])
def test_a_file_that_shrank_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    monkeypatch.setattr(stretches, "LENGTH", 64)
    data = (b"z" * 31 + b"\n") * 32
    path = tmp_path / "mail.log"
    path.write_bytes(data)
    source = source_of(path)
    os.truncate(path, left)
    text, problems, _ = read(source)
    assert data[:left].startswith(text)
    assert len(text) >= left - 32
    assert {problem.reason for problem in problems} == {
        f"the file shrank while it was read: {len(data)} bytes were there, {left} are left"
    }


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(b"a\n")
    source = source_of(path)
    path.unlink()
    text, problems, _ = read(source)
    assert not text
    assert len(problems) == 1
    other = replace(source, size=None)
    assert read(other)[0] == b""
