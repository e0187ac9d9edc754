"""A trace searches bytes in several ways; whichever it takes, a look at every line of every sample log finds the same."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from logscan.model.problems import Problem
from logscan.model.settings import Settings
from logscan.pipeline.logs.seek import Words, seek
from logscan.pipeline.logs.survey import Log, survey
from logscan.sources import needles, stretches
from logscan.sources.lines import LineCutter, clean
from logscan.sources.streams import read_bytes

SAMPLES = Path(__file__).parents[2] / "sample-logs"
LOGS = survey([str(SAMPLES)], Settings(zone="UTC", year=2026)).logs


def lines_of(log: Log) -> list[bytes]:
    """Return all lines of a log, read from its beginning to its end, without what is around them."""
    cutter, parts = LineCutter(), list[bytes]()
    for piece in read_bytes(log.source):
        lines = None if isinstance(piece, Problem) else cutter.feed(piece)
        parts += [lines.data] if lines is not None else []
    last = cutter.finish()
    text = b"".join([*parts, last.data if last is not None else b""])
    if log.wrapping is not None:
        text = log.wrapping.peel(clean(text)[0])
    return text.removesuffix(b"\n").split(b"\n")


def words_of(lines: list[bytes], random: Random, count: int) -> tuple[bytes, ...]:
    """Return pieces of lines, some of them spoilt, so that they are nearly there."""
    words = []
    for _ in range(count):
        line = random.choice(lines)
        begin = random.randrange(max(len(line) - 12, 1))
        word = line[begin : begin + random.randrange(8, 24)]
        if len(word) >= 4 and b"\r" not in word:
            words.append(word if random.random() < 0.7 else word[:-1] + b"~")
    return (*words, b"4C3565527A5")


@pytest.mark.parametrize("way", ["little", "much", "many"])
def test_every_way_finds_what_a_look_at_every_line_finds(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "LENGTH", 5000)
    if way != "little":
        monkeypatch.setattr(needles, "MUCH", 0)
    if way == "many":
        monkeypatch.setattr(needles, "MUCH_WORK", 0)
    random = Random(way)  # noqa: S311
    assert len({log.form for log in LOGS}) > 5
    for log in random.sample(LOGS, 25):
        lines = lines_of(log)
        words = words_of(lines, random, 20)
        folded = tuple(word.lower() for word in words[:1])
        for asked in (Words(plain=words), Words(folded=folded)):
            answer = seek((log,), asked, 2, most=1 << 40, before={})
            assert answer is not None
            found = answer[0][0]
            expected = {
                number
                for number, line in enumerate(lines)
                if any(word in line for word in asked.plain)
                or any(word in line.lower() for word in asked.folded)
            }
            assert set(found.lines) == expected, (log.source.path, asked)
            assert found.count == len(lines)
