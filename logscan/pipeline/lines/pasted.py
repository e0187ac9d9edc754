"""Lines that somebody pasted: the same road as a log's, without a log around them.

In: texts: whole lines, bare replies (`550 5.1.1 ...`), or a message without its header.
Out: for each what it is and which cards explain it (`Judged`).
Never: another matcher than a log's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from logscan.model.blocks import Block
from logscan.model.vocabulary import Direction, Family, Kind, Severity
from logscan.packs.load import Pack
from logscan.packs.schema import Card
from logscan.parsers.clock import Calendar
from logscan.parsers.lines import Plan, records
from logscan.parsers.wrapping import peeled_line
from logscan.parsers.zone import Zone
from logscan.pipeline.lines.road import detailed, understood
from logscan.rules.match import matches, raw_literals
from logscan.rules.shape import keyed

#: Speakers whose words are tried when a message came without its header.
_SPEAKERS = (
    "postfix/smtp",
    "postfix/smtpd",
    "postfix/cleanup",
    "postfix/local",
    "postfix/qmgr",
    "postfix/postscreen",
    "postfix/master",
    "postfix/pipe",
    "postfix/trivial-rewrite",
    "postfix/postfix-script",
    "opendkim",
    "opendmarc",
    "policyd-spf",
    "postgrey",
    "amavis",
    "clamd",
    "kernel",
    "systemd",
    "mysqld",
    "dovecot",
    "authdaemond",
    "imapd",
    "maildrop",
    "saslauthd",
)
_REPLY = re.compile(
    r"(?s)\s*(?P<code>[245]\d\d)(?:[ -]|$)\s*(?:(?P<dsn>[245]\.\d{1,3}\.\d{1,3})(?!\.?\d))?.*"
)
_STATUS_CODE = re.compile(r"\s*(?P<dsn>[245]\.\d{1,3}\.\d{1,3})(?!\w|\.\d).*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One record of a pasted text. row: the event's columns. rules: ids of the cards that match."""

    row: Mapping[str, Any]
    rules: tuple[str, ...]

    def captured(self, card: Card) -> dict[str, str]:
        """Return what the card's captures find in the unmasked reason."""
        reason = pl.Series([str(self.row.get("reason") or "")])
        found = {name: reason.str.extract(pattern, 1)[0] for name, pattern in card.captures.items()}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a pasted text turned out to be. bare: an SMTP reply or a status code without a log line."""

    events: tuple[Event, ...]
    bare: bool = False


def judged(texts: Sequence[str], pack: Pack, *, guess: bool = False) -> list[Judged]:
    """Return what each text is. guess: try messages without header as words of the known speakers."""
    # A command line may hold bytes that are no text: they come as lone surrogates.
    flat = [peeled_line(_flat(text)) for text in texts]
    rows = _rows(flat)
    found = dict(_events(rows, pack))
    results: list[Judged] = []
    for index, text in enumerate(flat):
        if index in found:
            results.append(Judged(events=tuple(found[index])))
        elif (bare := reply(text)) is not None:
            events = dict(_events(bare, pack)).get(0, [])
            results.append(Judged(events=tuple(events), bare=True))
        else:
            results.append(Judged(events=_guessed(text, pack) if guess else ()))
    return results


def _flat(text: str) -> str:
    # Only these end a line, in a log too; str.splitlines knows more.
    return re.sub(r"[\r\n]+", " ", text.strip("\r\n")).encode("utf-8", "replace").decode()


def reply(text: str) -> pl.DataFrame | None:
    """Return a bare reply or status code as the row of a remote's answer to us, None if it is neither."""
    found = _REPLY.fullmatch(text) or _STATUS_CODE.fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    first = (parts.get("code") or parts["dsn"])[0]
    return pl.DataFrame(
        {
            "row": pl.Series([0], dtype=pl.UInt32),
            "family": [Family.POSTFIX.value],
            "kind": [Kind.DELIVERY.value],
            "direction": [Direction.OUTBOUND.value],
            "daemon": ["smtp"],
            "severity": [Severity.WARNING.value],
            "status": [{"2": "sent", "4": "deferred"}.get(first, "bounced")],
            "smtp_code": pl.Series([int(parts["code"]) if parts.get("code") else None], dtype=pl.Int64),
            "dsn": pl.Series([parts.get("dsn")], dtype=pl.String),
            "reply": [text.strip()],
            "reason": [text.strip()],
        }
    )


def _rows(texts: Sequence[str]) -> pl.DataFrame:
    data = "".join(f"{text}\n" for text in texts).encode("utf-8", "replace")
    block = Block(source=0, number=0, data=data, previous=b"", lines=len(texts))
    now = datetime.now(UTC)
    years = Calendar(modified=now, zone=Zone(name="UTC", source="option", info=UTC), option=now.year)
    # Lines of several logs: every line's format is found for itself.
    return detailed(part.all() for part in understood(records(block, Plan(main=None, calendar=years))))


def _events(rows: pl.DataFrame, pack: Pack) -> Iterator[tuple[int, list[Event]]]:
    if not rows.height:
        return
    cards = list(pack.cards.values())
    shaped = keyed(rows, raw_literals(cards))
    grouped: dict[int, list[Event]] = {}
    for row, rules in zip(shaped.iter_rows(named=True), matches(shaped, cards), strict=True):
        grouped.setdefault(row["row"], []).append(Event(row=row, rules=tuple(rules)))
    yield from grouped.items()


def _guessed(text: str, pack: Pack) -> tuple[Event, ...]:
    lines = [f"Jan  1 00:00:00 host {speaker}[1]: {text}" for speaker in _SPEAKERS]
    events = dict(_events(_rows(lines), pack))
    for index in range(len(lines)):
        if any(event.rules for event in events.get(index, ())):
            return tuple(events[index])
    return ()
