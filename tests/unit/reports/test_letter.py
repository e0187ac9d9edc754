"""A mail's headers and parts: nothing of a stranger's gets out of its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logscan.reports.letter import SUBJECT, Envelope, Letter, Old, message, new_id

AT = datetime(2026, 11, 25, 6, tzinfo=timezone(timedelta(hours=8)))
ENVELOPE = Envelope(sender="logscan@mx1.example.org", recipients=("ops@example.org", "root"))
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
HEADERS = [
    "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "Precedence", "List-Id", "X-Auto-Response-Suppress", "MIME-Version",
    "Content-Type",
]  # fmt: skip


def letter(**other: Any) -> Letter:
    values: Mapping[str, Any] = {
        "subject": "RED mx1, Tue 2026-11-24: down", "text": "All is lost.\n", "html": "<p>All is lost.</p>", "pictures": {"c@logscan": PNG},
        "message_id": "logscan.1@mx1.example.org", "at": AT,
    }  # fmt: skip
    return Letter(**{**values, **other})


def sent(made: Letter, envelope: Envelope = ENVELOPE) -> tuple[bytes, EmailMessage]:
    """Return the bytes of a mail, and what a reader makes of them."""
    data = message(made, envelope).as_bytes()
    read = message_from_bytes(data, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return data, read


def body(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def legal(data: bytes) -> bool:
    """Whether every server must take it as it is: 7 bits, no bare CR, no NUL, lines of at most 78."""
    return data.isascii() and not re.search(rb"[\x00\r]", data) and max(map(len, data.split(b"\n"))) <= 78


def test_it_has_the_headers_of_an_automatic_mail() -> None:
    data, mail = sent(letter())
    assert legal(data)
    assert list(mail.keys()) == HEADERS
    assert mail["Date"].datetime == AT
    assert str(mail["From"]) == "logscan <logscan@mx1.example.org>"
    assert str(mail["To"]) == "ops@example.org, root"
    assert mail["Message-ID"] == "<logscan.1@mx1.example.org>"
    assert (mail["Auto-Submitted"], mail["Precedence"]) == ("auto-generated", "bulk")
    assert mail["List-Id"] == "logscan <report.logscan.mx1.example.org>"
    assert not mail.defects


def test_text_comes_first_then_a_page_with_its_pictures() -> None:
    _, mail = sent(letter(html='<img src="cid:c@logscan">'))
    assert mail.get_content_type() == "multipart/alternative"
    text, page = mail.iter_parts()
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "multipart/related")
    html, picture = page.iter_parts()
    assert html.get_content_type() == "text/html"
    assert (picture["Content-ID"], picture.get_content()) == ("<c@logscan>", PNG)
    assert picture.get_content_disposition() == "inline"


def test_a_short_one_is_text_only() -> None:
    _, mail = sent(letter(html=None, pictures={}))
    assert mail.get_content_type() == "text/plain"


def test_reports_that_could_not_be_sent_are_attached() -> None:
    _, mail = sent(letter(old=(Old(name="logscan-2026-11-22.txt", text="Sonntag: schön\n"),)))
    assert mail.get_content_type() == "multipart/mixed"
    [old] = mail.iter_attachments()
    assert (old.get_filename(), old.get_content()) == ("logscan-2026-11-22.txt", "Sonntag: schön\n")
    assert body(mail) == "All is lost.\n"


@pytest.mark.parametrize(
    "text",
    [
        "plain\n",
        "From the beginning\n.\n..\n-- \n",
        "Übergröße\n",
        "一切平静\n" * 30,
        "x" * 3000 + "\n",
        "tab\tend \n\n",
        "=3D\n",
    ],
)
def test_text_arrives_as_it_was(text: str) -> None:
    data, mail = sent(letter(text=text, html=f"<pre>{text}</pre>"))
    assert legal(data)
    assert body(mail) == text
    assert body(mail, "html") == f"<pre>{text}</pre>\n"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\r\n\r\n"])
def test_a_subject_ends_no_header(end: str) -> None:
    data, mail = sent(letter(subject=f"RED mx1{end}Bcc: victim@example.com{end}{end}<script>"))
    assert legal(data)
    assert list(mail.keys()) == HEADERS
    assert "Bcc: victim@example.com" in str(mail["Subject"])
    assert "<script>" not in body(mail)


@given(st.text(max_size=400))
def test_whatever_a_subject_holds_there_is_one_of_them(subject: str) -> None:
    data, mail = sent(letter(subject=subject, html=None, pictures={}))
    assert legal(data)
    assert [key for key in mail if key not in HEADERS] == ["Content-Transfer-Encoding"]
    assert len(str(mail["Subject"])) <= SUBJECT


@given(st.text(max_size=400))
def test_whatever_a_text_holds_it_stays_in_its_part(text: str) -> None:
    printed = "".join(character for character in text if character == "\n" or character.isprintable())
    data, mail = sent(letter(text=printed + "\n", html=None, pictures={}))
    assert legal(data)
    assert body(mail) == printed + "\n"


def test_a_bare_carriage_return_is_shown_and_not_sent() -> None:
    data, mail = sent(letter(text="a\rb\r\n"))
    assert legal(data)
    assert body(mail) == "a\\x0db\\x0d\n"


@pytest.mark.parametrize("length", range(60, 90))
def test_a_header_begins_behind_its_name(length: int) -> None:
    for subject in ("w " * (length // 2) + "end", "w" * length, "w " * (length // 2) + "é é", "é" * length):
        data, mail = sent(letter(subject=subject))
        assert legal(data)
        assert b"Subject:\n" not in data
        assert mail["Subject"] == subject


def test_an_encoded_word_of_a_strangers_is_not_decoded() -> None:
    """`=?utf-8?b?DQpCY2M6IHhAeS5leGFtcGxl?=` would be a line of its own."""
    _, mail = sent(letter(subject="RED =?utf-8?b?DQpCY2M6IHhAeS5leGFtcGxl?= down"))
    assert mail["Subject"] == "RED =\\x3futf-8?b?DQpCY2M6IHhAeS5leGFtcGxl?= down"
    assert list(mail.keys()) == HEADERS


def test_an_id_cannot_be_guessed_and_is_never_the_same() -> None:
    ids = {new_id("logscan@mx1.example.org") for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch(r"logscan\.[0-9a-f]{32}@mx1\.example\.org", one) for one in ids)
    assert new_id("logscan").endswith("@localhost")


def test_a_date_in_utc_is_one_that_others_read() -> None:
    _, mail = sent(letter(at=AT.astimezone(UTC)))
    assert str(mail["Date"]) == "Tue, 24 Nov 2026 22:00:00 +0000"
