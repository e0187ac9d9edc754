"""Reports that could not be sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logscan.app import outbox
from logscan.app.outbox import FOLDER, MOST, delivered, keep, kept_for
from logscan.reports.letter import Envelope, Letter, message

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
DAY = timedelta(days=1)
A, B, C = "a@x.example", "b@x.example", "c@x.example"


def mail(text: str = "Grün, alles gut.\n") -> bytes:
    made = Letter(subject="s", text=text, html="<p>x</p>", pictures={}, message_id="i@h", at=NOW)
    return message(made, Envelope(sender="logscan@h", recipients=(A, B))).as_bytes()


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    path = keep(tmp_path, mail(), (A, B), "sendmail: ended with 75\nBcc: x@y: é", NOW)
    [kept] = kept_for(tmp_path, [B])
    assert (kept.path, kept.at, kept.recipients) == (path, NOW, (A, B))
    assert kept.reason == "sendmail: ended with 75 Bcc: x@y: \\xe9"
    assert kept.text == "Grün, alles gut.\n"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_it_is_nobody_elses(tmp_path: Path) -> None:
    keep(tmp_path, mail(), (A, B), "r", NOW)
    assert kept_for(tmp_path, [C]) == []


def test_whoever_has_got_it_waits_no_more(tmp_path: Path) -> None:
    data = mail("body\n")
    path = keep(tmp_path, data, (A, B), "r", NOW)
    delivered(kept_for(tmp_path, [A]), [A, C])
    [left] = kept_for(tmp_path, [B])
    assert (left.recipients, left.at, left.reason, left.text) == ((B,), NOW, "r", "body\n")
    assert path.read_bytes().endswith(data)
    delivered([left], [B])
    assert not path.exists()


def test_the_oldest_first_and_never_very_many(tmp_path: Path) -> None:
    for number in range(MOST + 3):
        keep(tmp_path, mail(f"{number}\n"), (A,), "r", NOW + number * DAY / 24)
    assert [one.text for one in kept_for(tmp_path, [A])] == [f"{number}\n" for number in range(3, MOST + 3)]


def test_nobody_waits_for_more_than_a_month(tmp_path: Path) -> None:
    keep(tmp_path, mail("old\n"), (A,), "r", NOW - 31 * DAY)
    keep(tmp_path, mail("new\n"), (A,), "r", NOW)
    assert [one.text for one in kept_for(tmp_path, [A])] == ["new\n"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\x00", b"X-Logscan-Unsent: never\n\nx", b"Subject: x\n\nno date\n"]
)
def test_a_file_that_is_not_ours_stays_where_it_is(content: bytes, tmp_path: Path) -> None:
    keep(tmp_path, mail(), (A,), "r", NOW)
    strange = tmp_path / FOLDER / "20261126T000000Z-abc.eml"
    strange.write_bytes(content)
    assert len(kept_for(tmp_path, [A])) == 1
    assert strange.exists()


def test_half_a_file_is_never_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("logscan.app.files.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        keep(tmp_path, mail(), (A,), "r", NOW)
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_it_is_a_mail_that_every_reader_opens(tmp_path: Path) -> None:
    data = keep(tmp_path, mail(), (A,), "r" * 5000, NOW).read_bytes()
    assert data.isascii()
    assert max(map(len, data.split(b"\n"))) < 998
    assert len(data) < outbox.BYTES
