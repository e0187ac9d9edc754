"""A report as a mail: headers, text, HTML with pictures, reports that could not be sent before.

In: texts that are ready, addresses that were checked. Out: `EmailMessage`, 7 bits wide, no line longer than mail allows. Never: a
header in which anything but a printable character stands; an address that was not asked for; an ID that can be guessed.
"""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from textwrap import wrap
from typing import Any, Final

from rich.cells import cell_len, set_cell_size

from logscan.model.safety import escape

#: Columns of a subject: what a list of mails shows is less.
SUBJECT: Final = 200
#: Characters of a line, as RFC 5322 wishes them.
WIDTH: Final = 78
#: Characters of a word that fits behind a header's name.
WORD: Final = 66
#: Bytes of a subject in an encoded word, which may have 75 characters.
ENCODED: Final = 42
_LABEL: Final = re.compile(r"[^a-z0-9.-]+")


class _Policy(EmailPolicy):
    """Python's way to write a mail, but for two things in which it errs."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return a header in lines. Never a first one with nothing but the name, which is legal, and which some readers misread."""
        if name == "Subject":
            return _subject(str(value))
        folded = super().fold_binary(name, value)
        begin = f"{name}:\n ".encode()
        return folded.replace(begin, f"{name}: ".encode(), 1) if folded.startswith(begin) else folded


def _subject(text: str) -> bytes:
    """Return a subject: as it is where that is ASCII of short words, else in words of RFC 2047, to the last blank."""
    if text.isascii() and max(map(len, text.split()), default=0) < WORD:
        lines = wrap(
            text,
            WIDTH,
            initial_indent="Subject: ",
            subsequent_indent=" ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        return "".join(f"{line}\n" for line in lines).encode() if lines else b"Subject: \n"
    words, piece = list[bytes](), b""
    for character in text:
        more = character.encode()
        if len(piece) + len(more) > ENCODED:
            words, piece = [*words, piece], b""
        piece += more
    encoded = (b"=?utf-8?b?%s?=" % b64encode(word) for word in [*words, piece])
    return b"Subject: " + b"\n ".join(encoded) + b"\n"


POLICY: Final = _Policy(linesep="\n", max_line_length=WIDTH, cte_type="7bit", raise_on_defect=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """From whom, to whom: addresses as SMTP has them."""

    sender: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """The text of a report that could not be sent in its time. name: of the attached file."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What stands in a mail. html: None for a short one. pictures: content ID -> PNG. message_id: without brackets."""

    subject: str
    text: str
    html: str | None
    pictures: Mapping[str, bytes]
    message_id: str
    at: datetime
    old: tuple[Old, ...] = ()


def new_id(sender: str) -> str:
    """Return a Message-ID, without brackets, that nobody can guess: what bears it is not counted in tomorrow's report."""
    return f"logscan.{secrets.token_hex(16)}@{_domain(sender)}"


def message(letter: Letter, envelope: Envelope) -> EmailMessage:
    """Return the mail."""
    mail = EmailMessage(policy=POLICY)
    domain = _domain(envelope.sender)
    mail["Date"] = format_datetime(letter.at)
    mail["From"] = _address(envelope.sender, "logscan")
    mail["To"] = [_address(one) for one in envelope.recipients]
    mail["Subject"] = _short(letter.subject)
    mail["Message-ID"] = f"<{letter.message_id}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Precedence"] = "bulk"
    mail["List-Id"] = f"logscan <report.logscan.{domain}>"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(_lines(letter.text), charset="utf-8", cte=_cte(letter.text))
    if letter.html is not None:
        _add_html(mail, letter.html, letter.pictures)
    for old in letter.old:
        mail.add_attachment(_lines(old.text), charset="utf-8", cte=_cte(old.text), filename=old.name)
    return mail


def _add_html(mail: EmailMessage, html: str, pictures: Mapping[str, bytes]) -> None:
    mail.add_alternative(html, subtype="html", charset="utf-8", cte="quoted-printable")
    [*_, page] = mail.iter_parts()
    for cid, png in pictures.items():
        name = f"{cid.partition('@')[0]}.png"
        page.add_related(png, "image", "png", cid=f"<{cid}>", filename=name, disposition="inline")


def _cte(text: str) -> str:
    """Return an encoding in which nothing of a text changes on its way: quoted-printable is readable where letters are ASCII."""
    strange = sum(not character.isascii() for character in text)
    return "base64" if strange * 6 > len(text) else "quoted-printable"


def _lines(text: str) -> str:
    """Return text whose only line ends are newlines."""
    return text.replace("\r", "\\x0d")


def _short(subject: str) -> str:
    """Return a subject of one line that shows every character that it has, and none that stands for another one."""
    said = " ".join(escape(subject).split()).replace("=?", "=\\x3f")
    return said if cell_len(said) <= SUBJECT else f"{set_cell_size(said, SUBJECT - 3).rstrip()}..."


def _address(address: str, name: str = "") -> Address:
    """Return an address for a header; that of somebody on this machine may have no domain."""
    user, _, domain = address.rpartition("@") if "@" in address else (address, "", "")
    return Address(display_name=name, username=user, domain=domain)


def _domain(sender: str) -> str:
    """Return the domain of an address, fit for an identifier."""
    named = _LABEL.sub("-", sender.rpartition("@")[2].lower()).strip("-.") if "@" in sender else ""
    return named or "localhost"
