"""Own mails that had not come to their end the day before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import json

from logscan.model.own import OwnMail
from logscan.model.settings import Settings
from logscan.pipeline.memory import remembering
from logscan.pipeline.memory.once.spooling import Spool
from logscan.pipeline.memory.remembering import OWN, WAITS
from logscan.store.store import Store, opened

AT = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
NONE = Spool(paths=(), files=(), problems=(), after=())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as memory:
        yield memory


def night(store: Store, days: int) -> tuple[OwnMail, ...]:
    since = AT.replace(hour=0, minute=0) + timedelta(days=days)
    window = Settings(since=since, until=since + timedelta(days=1))
    found = remembering._own(store, NONE, window)
    store.take_note(OWN, remembering._written(found))
    return found


def test_a_waiting_mail_is_ours_for_as_long_as_postfix_keeps_it_and_no_longer(store: Store) -> None:
    waits = OwnMail(first=AT, last=AT, queue_id="AAAAAAA", host="mx1", message_id="one", ended=False)
    gone = OwnMail(first=AT, last=AT, queue_id="BBBBBBB", host="mx1", message_id="two")
    store.take_note(OWN, json.encode([waits, gone]).decode())
    for days in range(1, 7):
        (one,) = night(store, days)
        assert (one.queue_id, one.last) == ("AAAAAAA", AT + WAITS)
    assert not night(store, 7)
