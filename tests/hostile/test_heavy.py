"""Logs as big and as odd as a stranger can make them: within the memory and the time that are promised.

Measured beside a normal log in the same run, in seconds of the processor, for the machine may be busy.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice, permutations
from pathlib import Path

import pytest

from tests.hostile.measuring import FLOOR_S, MOST_MB, TIMES, Measured, measured, size_mb

pytestmark = pytest.mark.heavy

UTC = ("--tz", "UTC", "--year", "2026", "--format", "json")
MILLION = 1_000_000


def stamp(number: int) -> str:
    second = number // 20
    return f"Nov 24 {second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"


def normal(number: int) -> str:
    """Return lines of a healthy server, and one refusal among them."""
    at, client, queue = stamp(number * 8), f"192.0.2.{number % 250}", f"{number + 0x10000000:X}"
    smtpd, smtp = f"{at} mx1 postfix/smtpd[{number % 90}]", f"{at} mx1 postfix/smtp[{number % 80}]"
    refused = f"450 4.7.25 Client host rejected: cannot find your hostname, [{client}]"
    return "".join(
        f"{line}\n"
        for line in (
            f"{smtpd}: connect from unknown[{client}]",
            f"{smtpd}: {queue}: client=unknown[{client}]",
            f"{at} mx1 postfix/cleanup[7]: {queue}: message-id=<{number}@b.example>",
            f"{at} mx1 postfix/qmgr[8]: {queue}: from=<a@b.example>, size=1234, nrcpt=1 (queue active)",
            (
                f"{smtp}: {queue}: to=<u{number % 500}@d.example>, relay=mx.d.example[198.51.100.1]:25, delay=1.1, "
                "delays=0/0/1/0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4F1A2B3C4D)"
            ),
            f"{at} mx1 postfix/qmgr[8]: {queue}: removed",
            (
                f"{smtpd}: NOQUEUE: reject: RCPT from unknown[{client}]: {refused}; from=<a@b.example> to=<c@d.example> "
                "proto=ESMTP helo=<h.example>"
            ),
            f"{smtpd}: disconnect from unknown[{client}] commands=0/1",
        )
    )


def written(path: Path, parts: Iterable[str]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(parts)
    return path


@cache
def _per_mb(path: Path) -> float:
    ran = measured("scan", path, *UTC)
    assert ran.code == 0
    return ran.cpu / size_mb(path)


@pytest.fixture(scope="session")
def per_mb(tmp_path_factory: pytest.TempPathFactory) -> float:
    """Seconds that a normal log takes for each megabyte, starting included."""
    path = tmp_path_factory.mktemp("normal") / "mail.log"
    return _per_mb(written(path, map(normal, range(40_000))))


Held = Callable[[Measured, float], None]


@pytest.fixture
def held(per_mb: float) -> Held:
    """Return a check that a run ended well and kept to its measure."""

    def check(ran: Measured, mb: float) -> None:
        assert "Traceback" not in ran.err
        assert ran.peak_mb < MOST_MB
        assert ran.cpu < FLOOR_S + TIMES * per_mb * mb, f"{per_mb:.4f} s for each normal MB, {mb:.0f} MB"

    return check


def test_a_hundred_megabytes_on_one_line(tmp_path: Path, held: Held) -> None:
    def parts() -> Iterator[str]:
        yield f"{stamp(0)} mx1 postfix/smtpd[7]: connect from unknown[192.0.2.9]\n"
        yield f"{stamp(1)} mx1 postfix/smtpd[7]: fatal: "
        yield from ("x" * 1_000_000 for _ in range(100))
        yield f"\n{stamp(2)} mx1 postfix/smtpd[7]: fatal: the end\n"

    log = written(tmp_path / "mail.log", parts())
    ran = measured("scan", log, *UTC)
    held(ran, 100)
    assert ran.code == 0
    assert ran.document["totals"]["events"] == 3
    assert "longer than 64 kB" in ran.document["problems"][0]["reason"]
    assert any("the end" in group["example"]["text"] for group in ran.document["unexplained"])


def test_ten_million_tiny_lines(tmp_path: Path, held: Held) -> None:
    parts = [normal(0), *("a\n" * MILLION for _ in range(10)), normal(1)]
    # A log is told by its head: the first lines are what its server writes.
    log = written(tmp_path / "mail.log", [normal(number) for number in range(100)] + parts)
    ran = measured("scan", log, *UTC)
    held(ran, size_mb(log))
    assert ran.code == 0
    totals = ran.document["totals"]
    assert totals["unparsed"] == 10 * MILLION
    assert totals["lines"] == 10 * MILLION + 8 * 102


def test_a_bomb_of_ten_gigabytes(tmp_path: Path, held: Held) -> None:
    """Ten megabytes of gzip: a normal log, then zeros, then a line that must be found behind them."""
    packer = zlib.compressobj(9, wbits=31)
    zeros = b"".join(packer.compress(bytes(1 << 20)) for _ in range(100)) + packer.flush()
    begin = "".join(map(normal, range(10))).encode()
    end = f"\n{stamp(400)} mx1 postfix/smtpd[7]: fatal: the end\n".encode()
    log = tmp_path / "mail.log.gz"
    log.write_bytes(gzip.compress(begin) + zeros * 100 + gzip.compress(end))
    assert log.stat().st_size < 12e6
    ran = measured("scan", log, *UTC)
    held(ran, 100 * 105)
    assert ran.code == 0
    assert ran.peak_mb < 300
    assert ran.document["totals"]["lines"] == 82
    assert any("the end" in group["example"]["text"] for group in ran.document["unexplained"])
    assert any("longer than 64 kB" in problem["reason"] for problem in ran.document["problems"])


def test_a_million_distinct_senders(tmp_path: Path, held: Held) -> None:
    def refused(number: int) -> str:
        client = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return (
            f"{stamp(number)} mx1 postfix/smtpd[{number % 100}]: NOQUEUE: reject: RCPT from unknown[{client}]: 450 4.7.25 "
            f"Client host rejected: cannot find your hostname, [{client}]; from=<s{number}@d{number}.example> "
            f"to=<c{number}@e{number}.example> proto=ESMTP helo=<h{number}.example>\n"
        )

    log = written(tmp_path / "mail.log", map(refused, range(MILLION)))
    ran = measured("scan", log, *UTC)
    held(ran, size_mb(log))
    (finding,) = ran.document["findings"]
    assert finding["count"] == MILLION
    # Exact, not estimated: twenty are named, the others are counted.
    for dimension in ("clients", "recipients", "domains"):
        assert finding["affected"][dimension]["others"] == MILLION - 20


def test_a_million_lines_each_of_a_new_shape(tmp_path: Path, held: Held) -> None:
    # 200 words, so that no two of a million triples are the same
    words = ["".join(letters) for letters in islice(permutations("bcdfghkmnprt", 6), 0, 200_000, 1000)]

    def deferred(number: int) -> str:
        said = " ".join(words[number // 200**place % 200] for place in range(3))
        # One of a hundred is of a card, in the midst of the others.
        known = "Client host rejected: cannot find your hostname, [192.0.2.25] " if number % 100 == 99 else ""
        return (
            f"{stamp(number)} mx1 postfix/smtp[9]: {number + 0x10000000:X}: to=<u@b.example>, "
            "relay=mx.b.example[198.51.100.1]:25, delay=1, delays=0/0/1/0, dsn=4.7.1, status=deferred (host "
            f"mx.b.example[198.51.100.1] said: 450 4.7.1 {known}{said} (in reply to RCPT TO command))\n"
        )

    log = written(tmp_path / "mail.log", map(deferred, range(MILLION)))
    ran = measured("scan", log, *UTC)
    held(ran, size_mb(log))
    document = ran.document
    assert [(finding["rule"], finding["count"]) for finding in document["findings"]] == [
        ("postfix.smtp.no-reverse-dns", MILLION // 100)
    ]
    listed = sum(group["count"] for group in document["unexplained"])
    (problem,) = document["problems"]
    assert f"{MILLION - MILLION // 100 - listed} lines are of further kinds" in problem["reason"]


def test_five_thousand_small_files(tmp_path: Path) -> None:
    for number in range(5000):
        (tmp_path / f"app{number:04}x.log").write_text(normal(number % 90))
    ran = measured("scan", tmp_path, *UTC)
    assert ran.code == 0
    assert ran.peak_mb < MOST_MB
    assert "Traceback" not in ran.err
    assert len(ran.document["inputs"]) == 5000
    # What is the same line in two files is one event.
    assert ran.document["totals"]["events"] == 90 * 8
    assert ran.cpu < 40, "8 ms for each file, on a busy machine"


@pytest.mark.parametrize("bad", [b"\xff", b"\x00", b"\xed\xa0\x80", "\u202e".encode(), b"\x1b[31m"])
def test_bad_bytes_in_every_line(tmp_path: Path, held: Held, bad: bytes) -> None:
    lines = "".join(map(normal, range(8000))).encode().replace(b".example", bad + b".example")
    log = tmp_path / "mail.log"
    log.write_bytes(lines)
    ran = measured("scan", log, *UTC)
    held(ran, size_mb(log))
    assert ran.code == 0
    assert ran.document["totals"]["lines"] == 64_000
    assert ran.document["totals"]["unparsed"] == 0
    assert bool(ran.document["totals"]["invalid_bytes"]) == (bad in (b"\xff", b"\xed\xa0\x80"))
    assert [finding["count"] for finding in ran.document["findings"]] == [8000]
