"""The laws of the fold that looks for signs: cut anywhere, merge in any grouping, read by any road, the answer stands."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from logscan.analyses import blind
from logscan.engine.threads import spread
from logscan.model.settings import Settings
from logscan.pipeline.lines import work
from logscan.pipeline.logs.reading import Reading, rereading
from logscan.pipeline.logs.survey import survey
from tests.examples import scaled

LINES = (
    "mx1 postfix/smtp[7]: 3F1AB42132A: to=<a@b.example>, relay=mx.b.example[198.51.100.9]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)",
    "mx1 postfix/smtpd[7]: disconnect from b.example[198.51.100.9] ehlo=2 starttls=1 mail=1 rcpt=0/1 commands=4/5",
    "mx1 postfix/submission/smtpd[7]: 3F1AB42132A: client=pc[192.0.2.7], sasl_method=PLAIN, sasl_username=u",
    "mx1 postfix/smtp[7]: Trusted TLS connection established to mx.b.example[198.51.100.9]:25: TLSv1.3 with cipher X",
    "mx1 postfix/qmgr[7]: 3F1AB42132A: removed",
)  # fmt: skip
line = st.sampled_from(LINES)


def of(lines: Sequence[str]) -> blind.Partial:
    whole = pl.Series(lines, dtype=pl.String)
    heard = blind.Chatter(family="postfix", lines=whole, whole=whole.gather)
    return blind.absorb(blind.empty(), blind.Batch(chatter=[heard]))


@given(st.lists(line, max_size=80), st.lists(st.integers(0, 80), max_size=4), st.randoms())
def test_any_cut_and_any_grouping_give_the_same_answer(
    lines: list[str], cuts: list[int], random: Random
) -> None:
    edges = sorted({0, len(lines), *(min(cut, len(lines)) for cut in cuts)})
    parts = [of(lines[begin:end]) for begin, end in pairwise(edges)]
    whole = blind.finish(of(lines))
    assert blind.finish(reduce(blind.merge, parts, blind.empty())) == whole
    while len(parts) > 1:
        at = random.randrange(len(parts) - 1)
        parts[at : at + 2] = [blind.merge(parts[at], parts[at + 1])]
    assert blind.finish(parts[0] if parts else blind.empty()) == whole
    for name, count in whole.signs.items():
        sign = blind.SIGNS[name]
        held = pl.DataFrame({"line": lines}, schema={"line": pl.String}).select(sign.holds.sum()).item()
        assert count == (min(sign.enough, held) if sign.family == "postfix" else 0), name


def seen(paths: list[str], block_bytes: int) -> blind.Partial:
    """Return what a scan in blocks of this size sees."""
    settings = Settings(zone="UTC", year=2026, jobs=2, block_bytes=block_bytes)
    found = survey(paths, settings)
    reading = Reading(logs=found.logs, settings=settings, zone=found.zone, firsts={})
    shared = work.Work(plans=reading.plans, told={}, since=None, until=None, raw_literals=())
    noted = spread(reading.blocks(), rereading(shared.note), 2)
    judged = (shared.judge(group).blind for group in work.grouped(noted))
    return blind.finish(reduce(blind.merge, judged, blind.empty()))


@pytest.mark.parametrize("name", ["A/logs/mail.log", "A/logs/remote-maillog", "A/logs/syslog.gz"])
@hypothesis_settings(max_examples=scaled(3))
@given(block_bytes=st.integers(2_000, 200_000))
def test_blocks_of_any_size_show_the_same(name: str, block_bytes: int) -> None:
    log = Path("sample-logs/real") / name
    data = gzip.decompress(log.read_bytes()) if log.suffix == ".gz" else log.read_bytes()
    with TemporaryDirectory() as folder:
        path = (
            Path(folder) / "some.log"
        )  # every third line has every sign that the whole has, in a third of the time
        path.write_bytes(b"".join(data.splitlines(keepends=True)[::3]))
        assert seen([str(path)], block_bytes) == seen([str(path)], 8 << 20)


def test_told_at_a_glance_or_taken_apart_the_signs_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every sign: a log of which most lines are told at a glance, and the same with no glance at all."""
    log = tmp_path / "mail.log"
    texts = [*LINES * 3, "mx1 postfix/pickup[7]: 3F1AB42132A: uid=33 from=<www-data>"]
    log.write_text("".join(f"Nov 24 12:00:{n % 60:02} {text}\n" for n, text in enumerate(texts)))
    real = Path("sample-logs/real/A/logs/mail.log")
    quick = [seen([str(path)], 50_000) for path in (log, real)]
    assert quick[0].signs["script"] == 1
    monkeypatch.setattr("logscan.parsers.glance._WORTH", 2.0)
    assert [seen([str(path)], 50_000) for path in (log, real)] == quick
