"""However the same lines come in, the answer is the same, byte for byte.

Cut into rotated files, compressed, renamed, named in another order, read in blocks of one line or at once,
by one thread or four: only what says where a line stood may differ.
"""

from __future__ import annotations

import bz2
import gzip
import itertools
import json
import lzma
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from logscan.model.settings import Settings
from logscan.pipeline.scan import report
from logscan.reports.json import document, dumps
from tests.examples import scaled

REAL = Path(__file__).parents[2] / "sample-logs" / "real"
SHAPES = Path(__file__).parents[1] / "shapes" / "web"
YEAR = 2026

#: When every file was last written. gzip keeps it too.
WRITTEN = datetime(2026, 12, 24, 12, tzinfo=UTC).timestamp()

COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": lambda data: gzip.compress(data, mtime=WRITTEN),
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: zstandard.ZstdCompressor().compress(data),
}


# --- the answer ----------------------------------------------------------------------------------


def placeless(said: dict[str, Any]) -> str:
    """Return the document without what may differ: the run's own time, and where lines stood."""
    for key in ("generated", "elapsed_s", "inputs"):
        del said[key]
    quoted = [line for finding in said["findings"] for line in finding["evidence"]]
    quoted += [group["example"] for group in said["unexplained"]]
    quoted += [line for one in (*said["blast_radius"], *said["outages"]) for line in one["evidence"]]
    for line in quoted + said["totals"]["unparsed_samples"]:
        del line["file"], line["line"]
    return dumps(said)


def answer(paths: Sequence[Path], year: int | None = YEAR, block_bytes: int = 8 << 20, jobs: int = 2) -> str:
    settings = Settings(zone="UTC", year=year, block_bytes=block_bytes, jobs=jobs)
    return placeless(document(report([str(path) for path in paths], settings)))


def weight(said: str) -> tuple[int, int]:
    """Return how many findings and lines an answer speaks of, so that no law is about nothing."""
    read = json.loads(said)
    return len(read["findings"]), read["totals"]["lines"]


# --- what is read --------------------------------------------------------------------------------


def real(name: str, *parts: tuple[int, int]) -> tuple[bytes, ...]:
    lines = (REAL / name).read_bytes().splitlines(keepends=True)
    return tuple(
        itertools.chain.from_iterable(lines[begin:end] for begin, end in parts or ((0, len(lines)),))
    )


def second(line: bytes) -> bytes:
    """Return the second of a line's stamp; nothing where it has none, as what a worker prints into Apache's log."""
    found = re.match(
        rb"[A-Z][a-z]{2} [ \d]\d [\d:]{8}|\[[A-Z][a-z]{2} [^\].]+|[\d.:a-f]+ - \S+ \[[^\]]+"
        rb"|\d{4}/\d\d/\d\d [\d:]{8}",
        line,
    )
    return found[0] if found else b""


def syslog(stamp: str, program: str, text: str) -> bytes:
    return f"{stamp} mx1 {program}: {text}\n".encode()


def new_year() -> tuple[bytes, ...]:
    """A BSD log from 30 December to 2 January: one failed delivery and one refusal an hour."""
    lines = []
    for hour in range(72):
        stamp = f"{('Dec 30', 'Dec 31', 'Jan  1')[hour // 24]} {hour % 24:02}:00:0"
        queue_id = f"{0xA000 + hour:X}BC"
        reply = "450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.25]"
        lines += [
            syslog(stamp + "0", "postfix/smtpd[70]", f"connect from unknown[198.51.100.{hour}]"),
            syslog(
                stamp + "0",
                "postfix/smtpd[70]",
                f"NOQUEUE: reject: RCPT from unknown[198.51.100.{hour}]: 450 4.7.25 Client host rejected: cannot find "
                f"your hostname, [198.51.100.{hour}]; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x.example>",
            ),
            syslog(
                stamp + "1", "postfix/smtpd[70]", f"disconnect from unknown[198.51.100.{hour}] commands=0/1"
            ),
            syslog(
                stamp + "2",
                "postfix/smtp[71]",
                f"{queue_id}: to=<u{hour}@b.example>, relay=mx.b.example[198.51.100.1]:25, delay=1, delays=0/0/1/0, "
                f"dsn=4.7.1, status=deferred (host mx.b.example[198.51.100.1] said: {reply} (in reply to RCPT TO))",
            ),
        ]
    return tuple(lines)


def repeated() -> tuple[bytes, ...]:
    """Both spellings of repeats, one of them behind a blank line, in the middle of what they repeat."""
    failed = "warning: unknown[203.0.113.7]: SASL LOGIN authentication failed: authentication failure"
    lines = []
    for minute in range(20):
        stamp = f"Nov 24 03:{minute:02}:0"
        lines += [
            syslog(stamp + "0", "postfix/smtpd[70]", "connect from unknown[203.0.113.7]"),
            syslog(stamp + "1", "postfix/smtpd[70]", failed),
            f"{stamp}2 mx1 last message repeated {minute % 4 + 1} times\n".encode(),
            *([b"\n"] if minute % 5 == 0 else []),
            f"{stamp}3 mx1 last message repeated 2 times\n".encode(),
            syslog(stamp + "4", "postfix/smtpd[70]", f"message repeated 3 times: [ {failed}]"),
            syslog(
                stamp + "5", "postfix/smtpd[70]", "disconnect from unknown[203.0.113.7] auth=0/9 commands=0/9"
            ),
        ]
    return tuple(lines)


def two_hosts() -> tuple[bytes, ...]:
    """What a log server gathers: sessions of two hosts, interleaved line by line."""
    lines = real("A/logs/mail.log", (4550, 4800)) + real("A/logs/remote-maillog", (1500, 1700))
    return tuple(sorted(lines, key=second))


@cache
def sets() -> dict[str, tuple[bytes, ...]]:
    mail = real("A/logs/mail.log", (4560, 4900), (5700, 5960))
    return {
        "mail": mail,
        "CRLF": tuple(line.replace(b"\n", b"\r\n") for line in mail[-200:]),
        "no final newline": (*mail[150:299], mail[299].rstrip(b"\n")),
        "apache-error": real("A/logs/apache-error.log"),
        "access": real("A/logs/apache-access.log", (200, 420)),
        "fastcgi": real("mod_fastcgi/error.log"),
        "several lines": tuple((SHAPES / "nginx-error.log").read_bytes().splitlines(keepends=True)[:70]),
        "New Year": new_year(),
        "repeated": repeated(),
        "two hosts": two_hosts(),
    }


NAMES = tuple(sets())

#: Shrinking would take minutes, and what it ends with is no easier to read.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


@contextmanager
def folder() -> Iterator[Path]:
    # Hypothesis calls a test many times, pytest's tmp_path is one for all of them.
    with tempfile.TemporaryDirectory(prefix="logscan-") as name:
        yield Path(name)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    os.utime(path, (WRITTEN, WRITTEN))
    return path


def year_of(name: str, *, rotated: bool = True) -> int | None:
    """Return --year. It is of a log's first line, so it cannot be said of pieces that do not show whose they are."""
    return YEAR if name != "New Year" else YEAR - 1 if rotated else None


@cache
def expected(name: str, year: int | None) -> str:
    """Return the answer to the set as one plain file, in one block, read by one thread."""
    with folder() as place:
        return answer([written(place / "mail.log", b"".join(sets()[name]))], year=year, jobs=1)


# --- laws ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """One way of laying the same lines down: where they are cut, how the parts are called and packed."""

    cuts: list[int]
    packing: list[str]
    names: list[int] | None  # None: mail.log.2, mail.log.1, mail.log; else a name without order for each part
    order: int
    block_bytes: int
    jobs: int


ways = st.builds(
    Way,
    cuts=st.lists(st.integers(1, 10_000), max_size=5),
    packing=st.lists(st.sampled_from(sorted(COMPRESSIONS)), min_size=6, max_size=6),
    names=st.none() | st.permutations(list(range(6))),
    order=st.integers(0, 719),
    block_bytes=st.sampled_from([2000, 10_000, 8 << 20]),
    jobs=st.integers(1, 4),
)


def parts_of(lines: Sequence[bytes], cuts: Sequence[int]) -> list[bytes]:
    """Cut `lines` at line ends.

    A part begins with a line that tells its time, for nobody could say what it is otherwise, and no part lies
    within one second, for nobody could say which of two such files was first.
    """
    begins = [0]
    for cut in sorted({cut % len(lines) for cut in cuts}):
        stamp = second(lines[cut])
        first = second(lines[begins[-1]])
        if stamp and stamp not in (first, second(lines[-1])) and second(lines[cut - 1]) != first:
            begins.append(cut)
    return [b"".join(lines[begin:end]) for begin, end in itertools.pairwise([*begins, len(lines)])]


def laid(parts: Sequence[bytes], way: Way, place: Path) -> list[Path]:
    """Write the parts as files, and return them in the way's order."""
    paths = []
    for number, part in enumerate(parts):
        if way.names is None:
            age = len(parts) - 1 - number
            name = f"mail.log.{age}" if age else "mail.log"
        else:
            name = f"{'zyxcba'[way.names[number]]}{number}-mail"
        packing = way.packing[number]
        paths.append(written(place / (name + packing), COMPRESSIONS[packing](part)))
    orders = list(itertools.permutations(paths))
    return list(orders[way.order % len(orders)])


@pytest.mark.parametrize("name", NAMES)
@hypothesis_settings(max_examples=scaled(8), phases=UNSHRUNK)
@given(way=ways)
def test_the_same_lines_give_the_same_answer(name: str, way: Way) -> None:
    year = year_of(name, rotated=way.names is None)
    with folder() as place:
        paths = laid(parts_of(sets()[name], way.cuts), way, place)
        said = answer(paths, year=year, block_bytes=way.block_bytes, jobs=way.jobs)
    assert said == expected(name, year)


@pytest.mark.parametrize("name", NAMES)
def test_a_block_for_every_line(name: str, tmp_path: Path) -> None:
    lines = sets()[name]
    middle = len(lines) // 2
    excerpt = lines[middle - 30 : middle + 30]
    log = written(tmp_path / "mail.log", b"".join(excerpt))
    whole = answer([log], year=year_of(name))
    assert weight(whole)[1] == len(excerpt)
    assert answer([log], year=year_of(name), block_bytes=1, jobs=3) == whole


@pytest.mark.parametrize("name", NAMES)
def test_there_is_something_to_be_the_same(name: str) -> None:
    findings, lines = weight(expected(name, year_of(name)))
    assert findings > 0
    assert lines == len(sets()[name])


def test_a_session_goes_on_in_a_file_that_begins_with_another_host(tmp_path: Path) -> None:
    """A log server's files begin with whoever spoke first; that does not say which file is older."""
    refused = (
        "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 450 4.7.1 Client host rejected: cannot find your hostname, "
        "[192.0.2.9]; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<x.example>"
    )
    older = (
        "Nov 24 03:00:00 zeta postfix/smtpd[70]: connect from unknown[192.0.2.9]\n"
        f"Nov 24 03:00:01 zeta postfix/smtpd[70]: {refused}\n"
    )
    younger = (
        "Nov 24 03:00:02 alpha postfix/smtpd[9]: connect from mx.b.example[198.51.100.1]\n"
        f"Nov 24 03:00:03 zeta postfix/smtpd[70]: {refused}\n"
    )
    whole = written(tmp_path / "whole", (older + younger).encode())
    parts = [written(tmp_path / "b", older.encode()), written(tmp_path / "a", younger.encode())]
    said = answer([whole])
    assert answer(parts) == said
    assert json.loads(said)["findings"][0]["sessions"] == 1


def test_a_file_that_says_only_that_the_line_before_it_came_again(tmp_path: Path) -> None:
    lines = sets()["repeated"]
    parts = [b"".join(lines[begin:end]) for begin, end in ((0, 2), (2, 4), (4, len(lines)))]
    assert b"repeated 1 times" in parts[1]
    assert b"postfix" not in parts[1]
    paths = [
        written(tmp_path / f"mail.log.{3 - number}.xz", lzma.compress(part))
        for number, part in enumerate(parts)
    ]
    assert answer(paths) == expected("repeated", YEAR)
