"""Lines that hold a word: the same as a look at every line, whatever is between them."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from logscan.pipeline.logs import seek as module
from logscan.pipeline.logs.seek import Words, parsed, seek
from logscan.pipeline.logs.survey import survey
from logscan.sources import needles, stretches
from tests.unit.pipeline.written import SETTINGS, bsd, iso


def found(path: Path, words: Words, before: dict[int, module.Found] | None = None) -> dict[int, bytes]:
    logs = survey([str(path)], SETTINGS).logs
    answer = seek(logs, words, 2, most=1 << 30, before=before or {})
    assert answer is not None
    return answer[0][0].lines


@pytest.fixture(params=["little", "much", "very much"])
def much(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Search as in a small log, as in a big one, and as in a big one for many words."""
    if request.param != "little":
        monkeypatch.setattr(needles, "MUCH", 0)
    if request.param == "very much":
        monkeypatch.setattr(needles, "MUCH_WORK", 0)
        monkeypatch.setattr(needles, "FEW", 0)


@pytest.mark.usefixtures("much")
@pytest.mark.parametrize("many", [1, 3, 40])
@pytest.mark.parametrize("packed", [False, True])
def test_it_finds_what_a_look_at_every_line_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int, *, packed: bool
) -> None:
    monkeypatch.setattr(module, "STEP", 512)
    monkeypatch.setattr(stretches, "LENGTH", 700)
    random = Random(many)  # noqa: S311
    ids = [f"{random.getrandbits(44):011X}" for _ in range(60)]
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    lines = [
        iso(begin + timedelta(seconds=n), f"{random.choice(ids)}: odd \u00e9\xa0 {random.choice(ids)}")
        for n in range(400)
    ]
    path = tmp_path / "mail.log"
    data = (
        "".join(lines).encode()
        + b"2026-03-01T01:00:00+00:00 mx1 postfix/smtpd[7]: \xff\xfe bad bytes "
        + ids[0].encode()
    )
    path.write_bytes(gzip.compress(data) if packed else data)
    words = ids[:many]
    expected = {
        number
        for number, line in enumerate(data.split(b"\n"))
        if any(word.encode() in line for word in words)
    }
    assert set(found(path, Words(plain=tuple(word.encode() for word in words)))) == expected
    logs = survey([str(path)], SETTINGS).logs
    first = seek(logs, Words(plain=(b"nothing like it",)), 1, most=1 << 30, before={})
    assert first is not None
    assert first[0][0].count == len(data.split(b"\n"))
    again = found(path, Words(plain=tuple(word.encode() for word in words)), first[0])
    assert set(again) == expected


@pytest.mark.usefixtures("much")
def test_a_word_in_another_and_two_in_one_line_are_found(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    texts = ["ABCDE", "xBCDx", "é CDEF.. BCD", "ABC", "ABCDEF ABCDE", "A.CDE", "CDEF"]
    path.write_text("".join(iso(datetime(2026, 3, 1, tzinfo=UTC), text) for text in texts), encoding="utf-8")
    words = Words(plain=(b"ABCDE", b"BCD", b"CDEF"))
    assert set(found(path, words)) == {0, 1, 2, 4, 6}


@pytest.mark.usefixtures("much")
def test_small_letters_find_any_case_and_a_word_is_taken_to_the_letter(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    path.write_text(iso(begin, "from=<A.B+c@Example.ORG>") + iso(begin, "from=<aXb+c@example.org>"))
    assert set(found(path, Words(folded=(b"a.b+c@example.org",)))) == {0}
    assert set(found(path, Words(plain=(b"A.B+c", b"x", b"y.z(", b"[")))) == {0, 1}  # `[7]` is in both


def test_too_many_lines_are_not_gathered(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    path.write_text("".join(iso(begin, f"{n}: odd") for n in range(100)))
    assert seek(survey([str(path)], SETTINGS).logs, Words(plain=(b"odd",)), 1, most=500, before={}) is None


def test_years_are_walked_through_between_the_lines_that_are_found(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    begin = datetime(2024, 11, 1, tzinfo=UTC)
    moments = [begin + timedelta(hours=6 * n) for n in range(2400)]  # until June 2026
    wanted = {0, 1300, 2399}
    lines = [bsd(at, f"{'WANTED1' if n in wanted else 'OTHER12'}: message-id=<{'x' * 200}@y.example>", program="postfix/cleanup[1]") for n, at in enumerate(moments)]  # fmt: skip
    path.write_text("".join(lines))
    end = (moments[-1] + timedelta(minutes=1)).timestamp()
    os.utime(path, (end, end))
    logs = survey([str(path)], SETTINGS)
    answer = seek(logs.logs, Words(plain=(b"WANTED1",)), 1, most=1 << 30, before={})
    assert answer is not None
    rows, _ = parsed(answer[0], logs.logs, logs.zone, {})
    assert rows["row"].to_list() == sorted(wanted)
    assert rows["time"].to_list() == [moments[n] for n in sorted(wanted)]
