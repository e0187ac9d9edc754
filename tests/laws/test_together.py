"""Many small logs share their tables; every answer is byte for byte the one that reading each alone gives."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logscan.model.blocks import Source
from logscan.model.problems import NothingRead
from logscan.model.settings import Settings
from logscan.parsers.detect import Span, dated_each, detect, detect_each, ends_of_each, span
from logscan.parsers.zone import zone
from logscan.pipeline.events import Events
from logscan.pipeline.logs import reading, timeline, told
from logscan.pipeline.logs.survey import Log
from logscan.pipeline.scan import report
from logscan.reports.json import document, dumps
from logscan.sources.overlap import at_once, survivors
from tests.examples import scaled

WRITTEN = datetime(2026, 12, 24, 12, tzinfo=UTC).timestamp()

NO_PTR = (
    "postfix/smtpd[{pid}]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 450 4.7.25 Client host rejected: cannot find your "
    "hostname, [192.0.2.9]; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x.example>"
)
TEXTS = (
    NO_PTR,
    "postfix/smtpd[{pid}]: connect from unknown[192.0.2.9]",
    "postfix/smtpd[{pid}]: fatal: the end of {pid}",
    "opendkim[{pid}]: 4F1A2B3C4D: s=x d=y.example SSL error:04091068:rsa routines:INT_RSA_VERIFY:bad signature",
    "postfix/smtp[{pid}]: message repeated 3 times: [ warning: odd]",
    "last message repeated 2 times",
    "cron[{pid}]: nothing",
)
#: Lines of each format; `{n}` is the second of the day.
FORMS = {
    "bsd": [f"Nov {{day}} 03:00:{{second:02}} mx{{host}} {text}" for text in TEXTS],
    "iso": [f"2026-11-{{day}}T03:00:{{second:02}}+01:00 mx{{host}} {text}" for text in TEXTS],
    "error": [
        ("[Tue Nov {day} 03:00:{second:02} 2026] [error] [client 192.0.2.9] FastCGI: comm with server "
        '"/x.fcgi" aborted: idle timeout (30 sec)'),
        ('[Tue Nov {day} 03:00:{second:02} 2026] [error] [client 192.0.2.9] FastCGI: incomplete headers (0 bytes) received '
        'from server "/x.fcgi"'),
        "a worker's own words {pid}",
        "[Tue Nov {day} 03:00:{second:02} 2026] [error] [client 192.0.2.9] PHP Fatal error:  Uncaught Error: x in /a.php:1",
        "Stack trace:",
        "#0 /a.php(1): f()",
        "#1 {{main}}",
        "  thrown in /a.php on line 1",
    ],
    "php": [
        ("[{day}-Nov-2026 03:00:{second:02}] WARNING: [pool www] child {pid} exited on signal 11 (SIGSEGV) after 1.5 seconds "
        "from start"),
        "[{day}-Nov-2026 03:00:{second:02}] NOTICE: [pool www] child {pid} started",
    ],
}  # fmt: skip

line = st.fixed_dictionaries(
    {
        "day": st.integers(23, 26),
        "second": st.integers(0, 59),
        "host": st.sampled_from([1, 1, 2]),
        "pid": st.integers(7, 9),
    }
)
odd = st.sampled_from(
    ["", " ", "is no line of any log", "café \x1b[31m", "Feb 29 03:00:00 mx1 postfix/smtpd[7]: x"]
)


@st.composite
def logs(draw: st.DrawFn) -> bytes:
    form = draw(st.sampled_from(sorted(FORMS)))
    wrote = draw(st.lists(st.tuples(st.integers(0, 7), line), min_size=1, max_size=7))
    if draw(st.booleans()):
        wrote.sort(key=lambda pair: (pair[1]["day"], pair[1]["second"]))
    said = [FORMS[form][number % len(FORMS[form])].format(**values) for number, values in wrote]
    said.insert(draw(st.integers(0, len(said))), draw(odd)) if draw(st.booleans()) else None
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = end.join(said).encode() + draw(st.sampled_from([b"", b"\n", b"\xff\xfe bad\n"]))
    return draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])) + text


@contextmanager
def folder(texts: Sequence[bytes]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        for number, text in enumerate(texts):
            path = Path(name) / f"app{number}x.log"
            path.write_bytes(text)
            os.utime(path, (WRITTEN, WRITTEN))
        yield Path(name)


def answers(place: Path, year: int | None) -> tuple[str, list[dict[str, Any]]]:
    asked = Settings(zone="Europe/Berlin", year=year)
    try:
        said = document(report([str(place)], asked))
        said["generated"] = said["elapsed_s"] = None
        scanned = dumps(said)
    except NothingRead as nothing:
        scanned = repr((nothing, nothing.problems))
    try:
        events = [row for table in Events([str(place)], asked) for row in table.iter_rows(named=True)]
    except NothingRead:
        events = []
    return scanned, events


@settings(max_examples=scaled(12))
@given(st.lists(logs(), min_size=2, max_size=7), st.sampled_from([None, 2026]), st.sampled_from([0, 10_000]))
def test_sharing_a_table_changes_no_answer(texts: list[bytes], year: int | None, few: int) -> None:
    with pytest.MonkeyPatch.context() as patch, folder(texts) as place:
        patch.setattr(told, "FEW", 10_000)
        patch.setattr(reading, "SMALL", -1)
        alone = answers(place, year)
        patch.setattr(reading, "SMALL", 1 << 16)
        patch.setattr(told, "FEW", few)
        assert answers(place, year) == alone


def test_small_logs_do_share(tmp_path: Path) -> None:
    for number in range(40):
        text = FORMS["bsd"][0].format(day=24, second=number, host=1, pid=7)
        (tmp_path / f"app{number}x.log").write_text(f"{text}\n")
    made = []
    with pytest.MonkeyPatch.context() as patch:
        real = reading.Reading.bundles

        def bundles(self: reading.Reading, *given: Any, **named: Any) -> Iterator[reading.Bundle]:
            for bundle in real(self, *given, **named):
                made.append(len(bundle))
                yield bundle

        patch.setattr(reading.Reading, "bundles", bundles)
        document_ = json.loads(dumps(document(report([str(tmp_path)], Settings(zone="UTC", year=2026)))))
    assert made == [40]
    assert document_["totals"]["events"] == 40


#: What the end of one log would make of the beginning of the next, if they were one.
SEAMS = {
    "an echo": ("error", 0, 1),
    "a stack trace": ("error", 3, 4),
    "a line of nobody's": ("error", 0, 2),
    "a repeated line": ("bsd", 0, 5),
    "no line feed": ("iso", 1, 1),
}


@pytest.mark.parametrize("name", SEAMS)
def test_no_log_goes_on_in_its_neighbour(name: str) -> None:
    form, last, first = SEAMS[name]
    texts = [
        "\n".join(
            FORMS[form][number].format(day=day, second=step, host=1, pid=7)
            for step, number in enumerate((first, 1, 0, last))
        ).encode()
        for day in (21, 22, 23, 24)  # so far apart that none is the other's continuation
    ]
    with pytest.MonkeyPatch.context() as patch, folder(texts) as place:
        patch.setattr(reading, "SMALL", -1)
        alone = answers(place, 2026)
        patch.setattr(reading, "SMALL", 1 << 16)
        assert answers(place, 2026) == alone


# --- the ends of logs ----------------------------------------------------------------------------


def source(head: bytes, number: int) -> Source:
    return Source(
        path=f"{number}.log", compression=None, size=len(head), identity=(1, number),
        modified=datetime.fromtimestamp(WRITTEN, UTC), head=head, tail=head[-300:], rotation=f"{number}.log",
    )  # fmt: skip


@settings(max_examples=scaled(20))
@given(st.lists(logs() | st.binary(max_size=60), min_size=1, max_size=6))
def test_ends_are_told_together_as_they_are_alone(heads: list[bytes]) -> None:
    local = zone("Europe/Berlin")
    assert detect_each(heads) == tuple(detect(head) for head in heads)
    assert dated_each(heads, local) == tuple(dated_each([head], local)[0] for head in heads)
    form = detect(heads[0])
    sources = [source(head, number) for number, head in enumerate(heads)]
    for one, ends in zip(sources, ends_of_each(sources, form), strict=True):
        alone = ends_of_each([one], form)[0]
        assert ends.host == alone.host
        assert span(one, form, local, ends=ends) == span(one, form, local)


# --- which log goes on from which ----------------------------------------------------------------

BEGIN = datetime(2026, 11, 24, tzinfo=UTC)
moments = st.integers(0, 40).map(lambda step: BEGIN + timedelta(seconds=step * 20))
FORM = detect(b"Nov 24 03:00:00 mx1 postfix/smtpd[7]: x\n")


@st.composite
def laid(draw: st.DrawFn) -> list[Log]:
    made = []
    for number in range(draw(st.integers(0, 12))):
        first, last = draw(st.none() | moments), draw(st.none() | moments)
        host = draw(st.sampled_from(["mx1", "mx2"]))
        name = draw(st.sampled_from(["a", "b", f"{number}"]))
        head = draw(st.sampled_from([b"same", str(number).encode()]))
        one = Source(
            path=f"{number}", compression=None, size=draw(st.integers(1, 9)), identity=(1, number), modified=BEGIN, head=head,
            tail=b"", rotation=name,
        )  # fmt: skip
        reach = Span(first=first, last=last, year=None, year_source=None, written=BEGIN)
        assert FORM is not None
        made.append(Log(source=one, format=FORM, host=host, span=reach))
    return sorted(made, key=lambda log: (log.begin is None, log.begin or BEGIN))


@given(laid())
def test_what_goes_on_from_what_is_what_asking_each_for_each_says(given: list[Log]) -> None:
    expected = {}
    for index, log in enumerate(given):
        earlier = [other for other in range(index) if timeline._goes_on(given[other], log)]
        same = [other for other in earlier if given[other].source.rotation == log.source.rotation]
        if earlier:
            expected[index] = (same or earlier)[-1]
    assert timeline.before(given) == expected


def grouped(logs: list[Log], candidates: list[int], ends: Mapping[int, datetime]) -> set[tuple[int, ...]]:
    groups: list[set[int]] = []
    for index in candidates:
        met = [
            known for known in groups if any(timeline._overlap(logs, ends, index, other) for other in known)
        ]
        groups = [known for known in groups if known not in met]
        groups.append({index}.union(*met))
    return {tuple(sorted(known)) for known in groups if len(known) > 1}


def in_lanes(logs: list[Log], group: tuple[int, ...], ends: Mapping[int, datetime]) -> list[tuple[int, ...]]:
    lanes: list[list[int]] = []
    for index in sorted(group, key=lambda index: (logs[index].begin or ends[index], ends[index], index)):
        free = [
            lane for lane in lanes if not any(timeline._overlap(logs, ends, index, other) for other in lane)
        ]
        own = [lane for lane in free if logs[lane[-1]].source.rotation == logs[index].source.rotation]
        if free:
            (own or free)[0].append(index)
        else:
            lanes.append([index])
    return [tuple(lane) for lane in lanes]


@given(laid())
def test_what_lies_side_by_side_is_what_asking_each_for_each_says(given: list[Log]) -> None:
    candidates = [index for index, log in enumerate(given) if log.begin is not None]
    ends = {index: timeline._end(given, index) for index in candidates}
    groups = timeline._groups(given, candidates, ends)
    assert set(groups) == grouped(given, candidates, ends)
    for group in groups:
        assert timeline._lanes(given, group, ends) == in_lanes(given, group, ends)


rows = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 3)), max_size=8)


@given(st.lists(rows, min_size=1, max_size=5))
def test_many_sources_at_once_leave_what_one_after_the_other_leaves(
    told: list[list[tuple[int, int]]],
) -> None:
    schema = {"key": pl.UInt64, "repeat": pl.Int64}
    tables = [pl.DataFrame(each, schema=schema, orient="row") for each in told]
    whole = pl.concat(
        table.with_columns(pl.lit(rank, pl.UInt32).alias("rank")) for rank, table in enumerate(tables)
    )
    expected = [left for table in survivors(tables) for left in table]
    assert at_once(whole).to_list() == expected
