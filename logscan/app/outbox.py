"""Reports that could not be sent, kept until one can.

In: a state folder, messages. Out: files `unsent/*.eml`, which every mail reader opens; the same again as `Kept`. Never: a report
thrown away that was not sent, but for the oldest of very many; a file that others may read, for a report names people.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Final

from logscan.app.files import private_folder, write_whole
from logscan.model.safety import escape

FOLDER: Final = "unsent"
#: The most reports that are kept, for how long, and the most bytes of one.
MOST: Final = 14
DAYS: Final = timedelta(days=30)
BYTES: Final = 16 * 1024 * 1024

_AT: Final = "X-Logscan-Unsent"
_FOR: Final = "X-Logscan-Unsent-For"
_WHY: Final = "X-Logscan-Unsent-Why"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A report that was not sent. at: when it should have been; recipients: who is still without it; text: its text part."""

    path: Path
    at: datetime
    recipients: tuple[str, ...]
    reason: str
    text: str


def keep(state: Path, message: bytes, recipients: Sequence[str], reason: str, now: datetime) -> Path:
    """Keep a message for some recipients, and return where. Raises OSError."""
    folder = state / FOLDER
    private_folder(state)
    private_folder(folder)
    path = folder / f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}.eml"
    write_whole(path, _head(now, recipients, reason) + message)
    _tidy(folder, now)
    return path


def kept_for(state: Path, recipients: Sequence[str]) -> list[Kept]:
    """Return the reports that one of the recipients is still without, the oldest first."""
    return [one for one in _all(state / FOLDER) if set(one.recipients) & set(recipients)]


def delivered(kept: Sequence[Kept], recipients: Sequence[str]) -> None:
    """Forget reports that some recipients have got by now; the others still wait for them. Raises OSError."""
    for one in kept:
        left = tuple(each for each in one.recipients if each not in recipients)
        if left:
            message = one.path.read_bytes().partition(b"\n\n")
            write_whole(one.path, _head(one.at, left, one.reason) + _bare(message[0]) + b"\n\n" + message[2])
        else:
            one.path.unlink(missing_ok=True)


def _head(at: datetime, recipients: Sequence[str], reason: str) -> bytes:
    why = escape(" ".join(reason.split())).encode("ascii", "backslashreplace").decode()
    lines = [f"{_AT}: {at.isoformat()}", *(f"{_FOR}: {one}" for one in recipients), f"{_WHY}: {why[:900]}"]
    return "".join(f"{line}\n" for line in lines).encode("ascii", "backslashreplace")


def _bare(head: bytes) -> bytes:
    """Return headers without ours, each of which is one line."""
    return b"\n".join(line for line in head.split(b"\n") if not line.startswith(_AT.encode()))


def _all(folder: Path) -> Iterator[Kept]:
    for path in _files(folder):
        try:
            data = path.read_bytes() if path.stat().st_size <= BYTES else b""
        except OSError:
            continue
        mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(data)
        body = mail.get_body(("plain",))
        try:
            at = datetime.fromisoformat(str(mail[_AT]))
            text = str(body.get_content()) if body is not None else ""
        except (ValueError, LookupError):
            continue  # not one of ours, or damaged: it stays for a person to look at
        names = tuple(str(one).strip() for one in mail.get_all(_FOR, ()))
        yield Kept(path=path, at=at, recipients=names, reason=str(mail.get(_WHY, "")), text=text)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.eml") if not path.name.startswith("."))


def _tidy(folder: Path, now: datetime) -> None:
    """Do away with the oldest of very many, and with what nobody waits for any more."""
    files = _files(folder)
    oldest = f"{(now - DAYS).astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for path in files[:-MOST]:
        path.unlink(missing_ok=True)
    for path in files[-MOST:]:
        if path.name < oldest:
            path.unlink(missing_ok=True)
