"""However the same lines come in, they come out the same; and every line is still the same line."""

from __future__ import annotations

import gzip
import itertools
import lzma
import re
import tempfile
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.model.settings import Settings
from logscan.pipeline.redact import Redacted
from logscan.redaction.key import Key
from tests.examples import scaled

LOG = Path(__file__).parents[2] / "sample-logs" / "real" / "A" / "logs" / "mail.log"
LINES = LOG.read_bytes().splitlines(keepends=True)[1200:1500]
KEY = Key(b"a key for tests")


def redacted(*paths: Path, block_bytes: int = 1 << 20, jobs: int = 2) -> str:
    asked = Settings(zone="UTC", year=2026, block_bytes=block_bytes, jobs=jobs)
    return "".join(Redacted([str(path) for path in paths], asked, KEY))


@cache
def whole() -> str:
    """Return what the lines come out as in one piece."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mail.log"
        path.write_bytes(b"".join(LINES))
        return redacted(path)


#: Where a second ends: pieces that begin in one second are in an order of their own, see pipeline.survey.
CUTS = [at for at in range(1, len(LINES)) if LINES[at][:15] != LINES[at - 1][:15]]


@settings(max_examples=scaled(15))
@given(
    cuts=st.lists(st.sampled_from(CUTS), unique=True, max_size=3).map(sorted),
    packing=st.sampled_from([bytes, gzip.compress, lzma.compress]),
    block_bytes=st.sampled_from([3_000, 1 << 20]),
    jobs=st.integers(1, 3),
)
def test_cut_or_compressed_logs_give_the_same_lines(
    cuts: list[int], packing: type[bytes], block_bytes: int, jobs: int
) -> None:
    edges = [0, *cuts, len(LINES)]
    with tempfile.TemporaryDirectory() as folder:
        for number, (begin, end) in enumerate(itertools.pairwise(edges)):
            name = f"mail.log.{len(edges) - number}" if end < len(LINES) else "mail.log"
            (Path(folder) / name).write_bytes(packing(b"".join(LINES[begin:end])))
        assert redacted(Path(folder), block_bytes=block_bytes, jobs=jobs) == whole()


#: What no pseudonym may touch: time; program, pid and queue ID.
HEADER = re.compile(
    r"(\w{3} [ \d]\d [\d:]{8}) \S+ (\S+?: (?:[0-9A-F]{6,}|[0-9A-Za-z]{12,15}|NOQUEUE): |\S+?:)"
)


def test_every_line_keeps_its_place_and_its_header() -> None:
    after = whole().splitlines()
    assert len(after) == len(LINES)
    for line, original in zip(after, LINES, strict=True):
        found, expected = HEADER.match(line), HEADER.match(original.decode())
        assert found is not None
        assert expected is not None
        assert found.groups() == expected.groups()


def test_redacting_twice_keeps_the_shape() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "once.log"
        path.write_text(whole(), encoding="utf-8")
        twice = redacted(path).splitlines()
    assert [re.sub(r"(?i)[a-z]{12}|[\d.]{7,}", "", line) for line in twice] == [
        re.sub(r"(?i)[a-z]{12}|[\d.]{7,}", "", line) for line in whole().splitlines()
    ]
