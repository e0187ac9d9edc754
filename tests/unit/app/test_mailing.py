"""A report by mail, by roads that do what a test wants."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from logscan.app import mailing
from logscan.app.drawing import Look, report_words
from logscan.app.mailed import NAME, mailed
from logscan.app.mailing import Outcome, alive_due, deliver, said
from logscan.app.outbox import FOLDER, kept_for
from logscan.app.posting import Post
from logscan.model.report import GREEN, Nightly
from logscan.reports.mail import Left
from tests.unit.reports import made
from tests.unit.reports.made_night import night

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
DAY = timedelta(days=1)
A, B = "a@x.example", "b@x.example"
LOOK = Look(form="text", lang="en")
HOSTILE = "mx1\r\nBcc: x@y.example\x1b[31m\u202e<script>alert(1)</script>&\x00\udc80"


@dataclass
class Fake:
    """A road. refuses: whom, and why."""

    name: str
    refuses: Left = field(default_factory=dict)
    sent: list[tuple[bytes, tuple[str, ...]]] = field(default_factory=list)

    def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> Left:
        assert sender == "logscan@h.example"
        self.sent.append((message, tuple(recipients)))
        return {one: self.refuses[one] for one in recipients if one in self.refuses}

    def mail(self) -> EmailMessage:
        mail = message_from_bytes(self.sent[-1][0], policy=policy.default)
        assert isinstance(mail, EmailMessage)
        return mail


def post(state: Path, *roads: Fake, to: tuple[str, ...] = (A, B)) -> Post:
    return Post(to=to, sender="logscan@h.example", roads=roads, state=state)


def part(mail: EmailMessage, kind: str = "plain") -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def told(outcome: Outcome, lang: str = "en", *, verbose: bool = False) -> list[str]:
    return list(said(outcome, report_words(night(), lang).words, verbose=verbose))


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not draw each time: matplotlib takes a second."""
    monkeypatch.setattr(mailing, "report_pictures", lambda *_: {"logscan-traffic.png": b"\x89PNG"})


# --- it goes well --------------------------------------------------------------------------------


def test_the_first_road_takes_it(tmp_path: Path) -> None:
    first, second = Fake("one"), Fake("two")
    outcome = deliver(night(), post(tmp_path, first, second), LOOK, NOW)
    assert (outcome.left, outcome.roads, outcome.failed, outcome.kept) == ({}, ["one"], {}, None)
    assert (len(first.sent), len(second.sent)) == (1, 0)
    assert told(outcome) == []
    assert told(outcome, verbose=True) == ["mailed by one"]
    known = mailed(tmp_path)
    assert [f"<{one}>" for one in known.ids] == [first.mail()["Message-ID"]]
    assert known.last == {A: NOW, B: NOW}


def test_the_id_is_remembered_before_the_mail_leaves(tmp_path: Path) -> None:
    class Watching(Fake):
        def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> Left:
            [known] = mailed(tmp_path).ids
            assert f"Message-ID: <{known}>".encode() in message
            return super().send(message, sender, recipients)

    assert deliver(night(), post(tmp_path, Watching("one")), LOOK, NOW).left == {}


def test_text_and_page_say_the_same_and_the_subject_says_it_first(tmp_path: Path) -> None:
    road = Fake("one")
    deliver(night(), post(tmp_path, road), LOOK, NOW)
    mail = road.mail()
    verdict = part(mail).splitlines()[0]
    assert verdict.startswith("YELLOW  ")
    assert re.match(r"YELLOW mx1, mx2, Tue 2026-11-24: ", str(mail["Subject"]))
    assert str(mail["Subject"]).split(": ", 1)[1][:30] == verdict.removeprefix("YELLOW  ")[:30]
    page = part(mail, "html")
    assert verdict.removeprefix("YELLOW  ")[:20] in page
    assert "<script" not in page
    assert "<svg" not in page
    assert "var(--" not in page


def test_pictures_come_along_with_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "report_pictures", lambda *_: {"logscan-stages.png": b"\x89PNG"})
    road = Fake("one")
    deliver(night(), post(tmp_path, road), LOOK, NOW)
    page = part(road.mail(), "html")
    [(cid, alt)] = re.findall(r'<img src="cid:([^"]+)" alt="([^"]+)"', page)
    assert len(alt) > 20
    assert [one["Content-ID"] for one in road.mail().walk() if one.get_content_type() == "image/png"] == [
        f"<{cid}>"
    ]
    assert "img-src cid:" in page
    assert "http-equiv" in page


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_line_of_the_text_is_wider_than_a_mail(lang: str, tmp_path: Path) -> None:
    bad = Fake("one", dict.fromkeys((A, B), "reason " * 40))
    for at in range(3):
        deliver(night(), post(tmp_path, bad), replace(LOOK, lang=lang), NOW + at * DAY)
    road = Fake("two")
    deliver(night(), post(tmp_path, bad, road), replace(LOOK, lang=lang, verbose=True), NOW + 4 * DAY)
    assert max(cell_len(line) for line in part(road.mail()).splitlines()) <= 80


def test_a_strangers_words_stay_words(tmp_path: Path) -> None:
    scan = replace(made.REPORT, totals=replace(made.REPORT.totals, hosts=(HOSTILE, HOSTILE, HOSTILE)))
    road = Fake("one")
    deliver(night(scan), post(tmp_path, road), LOOK, NOW)
    mail = road.mail()
    assert "Bcc" not in mail
    assert [key for key in mail if key.startswith(("To", "Subject"))] == ["To", "Subject"]
    assert "\\x0d\\x0aBcc: x@y.example\\x1b[31m\\u202e" in str(mail["Subject"])
    assert "<script" not in part(mail, "html")
    assert not set(part(mail)) & set("\x1b\u202e\x00\r")


# --- it does not ---------------------------------------------------------------------------------


def test_the_second_road_takes_what_the_first_does_not(tmp_path: Path) -> None:
    first, second = Fake("one", dict.fromkeys((A, B), "no queue file")), Fake("two")
    outcome = deliver(night(), post(tmp_path, first, second), LOOK, NOW)
    assert (outcome.left, outcome.roads, outcome.kept) == ({}, ["two"], None)
    assert told(outcome) == ["mailed by two; first one: no queue file"]
    assert part(second.mail()).startswith(
        "This mail took the second road, two; the first one failed: one: no queue file."
    )
    assert "took the second road" in part(second.mail(), "html")
    assert first.mail()["Message-ID"] == second.mail()["Message-ID"]


def test_the_second_road_is_for_whom_the_first_refused(tmp_path: Path) -> None:
    first, second = Fake("one", {B: "550 no"}), Fake("two")
    outcome = deliver(night(), post(tmp_path, first, second), LOOK, NOW)
    assert [to for _, to in (*first.sent, *second.sent)] == [(A, B), (B,)]
    assert outcome.roads == ["one", "two"]
    assert mailed(tmp_path).last == {A: NOW, B: NOW}


def test_what_nobody_takes_is_kept_and_comes_with_the_next(tmp_path: Path) -> None:
    bad, other = (
        Fake("one", dict.fromkeys((A, B), "no queue file")),
        Fake("two", dict.fromkeys((A, B), "451 later")),
    )
    outcome = deliver(night(), post(tmp_path, bad, other), LOOK, NOW)
    assert set(outcome.left) == {A, B}
    assert told(outcome) == [
        f"not mailed to {A}, {B}: one: no queue file; two: 451 later",
        f"the report is kept in {outcome.kept}; the next one that can be sent brings it along",
    ]
    assert mailed(tmp_path).last == {}
    deliver(night(), post(tmp_path, bad, other), LOOK, NOW + DAY)
    assert len(kept_for(tmp_path, [A])) == 2

    road = Fake("one")
    outcome = deliver(night(), post(tmp_path, road, other), LOOK, NOW + 2 * DAY)
    assert outcome.left == {}
    mail = road.mail()
    first = " ".join(part(mail).split("\n\n")[0].split())
    assert first == (
        "2 earlier reports could not be sent, and are attached as text: 2026-11-25 06:00 (one: no queue file; two: 451 later), "
        "2026-11-26 06:00 (one: no queue file; two: 451 later)."
    )
    assert "2 earlier reports could not be sent" in part(mail, "html")
    assert [one.get_filename() for one in mail.iter_attachments()] == [
        "logscan-2026-11-25.txt",
        "logscan-2026-11-26.txt",
    ]
    assert all("YELLOW" in str(one.get_content()) for one in mail.iter_attachments())
    assert list((tmp_path / FOLDER).iterdir()) == []

    deliver(night(), post(tmp_path, road), LOOK, NOW + 3 * DAY)
    assert part(road.mail()).startswith("YELLOW")


def test_what_was_kept_does_not_contain_what_was_kept_before(tmp_path: Path) -> None:
    bad = Fake("one", {A: "no"})
    for at in range(3):
        deliver(night(), post(tmp_path, bad, to=(A,)), LOOK, NOW + at * DAY)
    assert all(one.text.startswith("YELLOW") for one in kept_for(tmp_path, [A]))


def test_only_who_missed_it_gets_it_again(tmp_path: Path) -> None:
    deliver(night(), post(tmp_path, Fake("one", {B: "550 no"})), LOOK, NOW)
    road = Fake("one")
    deliver(night(), post(tmp_path, road, to=(A,)), LOOK, NOW + DAY)
    assert list(road.mail().iter_attachments()) == []
    deliver(night(), post(tmp_path, road, to=(B,)), LOOK, NOW + DAY)
    assert len(list(road.mail().iter_attachments())) == 1
    assert kept_for(tmp_path, [B]) == []


def test_a_full_disk_is_no_reason_to_send_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("logscan.app.mailed.write_whole", full)
    monkeypatch.setattr("logscan.app.outbox.write_whole", full)
    road = Fake("one")
    outcome = deliver(night(), post(tmp_path, road), LOOK, NOW)
    assert (outcome.left, len(road.sent)) == ({}, 1)
    assert told(outcome)[0] == (
        f"cannot write {tmp_path / NAME}: No space left on device. This mail will be counted in the next report"
    )
    outcome = deliver(night(), post(tmp_path, Fake("one", dict.fromkeys((A, B), "no"))), LOOK, NOW)
    assert any("could not be kept" in sentence for sentence in told(outcome))


# --- a sign of life ------------------------------------------------------------------------------


def quiet() -> Nightly:
    return night(light=GREEN)


def test_a_sign_of_life_is_short_and_says_why_it_comes(tmp_path: Path) -> None:
    road = Fake("one")
    deliver(quiet(), post(tmp_path, road), LOOK, NOW, only_if="problems")
    mail = road.mail()
    assert mail.get_content_type() == "text/plain"
    assert part(mail).startswith("There is nothing to tell (--only-if problems).")
    assert len(part(mail).splitlines()) < 14
    deliver(quiet(), post(tmp_path, road), LOOK, NOW + 7 * DAY, only_if="problems")
    assert "since the last mail of 2026-11-25 06:00" in " ".join(part(road.mail()).split())


def test_it_comes_at_first_then_once_a_week_and_after_each_mail_anew(tmp_path: Path) -> None:
    road = Fake("one")
    where = post(tmp_path, road)
    assert alive_due(where, NOW)
    deliver(quiet(), where, LOOK, NOW, only_if="problems")
    due = [day for day in range(1, 9) if alive_due(where, NOW + day * DAY - timedelta(minutes=5))]
    assert due == [7, 8]
    deliver(night(), where, LOOK, NOW + 5 * DAY)
    assert not alive_due(where, NOW + 7 * DAY)
    assert alive_due(where, NOW + 12 * DAY)


def test_each_recipient_has_a_week_of_his_own(tmp_path: Path) -> None:
    deliver(night(), post(tmp_path, Fake("one"), to=(A,)), LOOK, NOW)
    assert not alive_due(post(tmp_path, to=(A,)), NOW + DAY)
    assert alive_due(post(tmp_path, to=(B,)), NOW + DAY)
    assert alive_due(post(tmp_path, to=(A, B)), NOW + DAY)


def test_what_was_kept_is_brought_on_the_next_day_and_not_after_a_week(tmp_path: Path) -> None:
    deliver(night(), post(tmp_path, Fake("one"), to=(A,)), LOOK, NOW)
    deliver(night(), post(tmp_path, Fake("one", {A: "no"}), to=(A,)), LOOK, NOW + DAY)
    assert alive_due(post(tmp_path, to=(A,)), NOW + 2 * DAY)
