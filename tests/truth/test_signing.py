"""The share of signed mail, counted in tables, is what the mails of `trace` come to one by one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from logscan.model.messages import Message
from logscan.model.settings import Settings
from logscan.pipeline import bounces
from logscan.pipeline.signing import Count, Counting
from logscan.pipeline.trace import Trace

SAMPLES = Path(__file__).parents[2] / "sample-logs"
SETTINGS = Settings(zone="UTC", year=2026)
ADDRESS = re.compile(r"\[[0-9A-Fa-f:.]+\]:\d+$")


def leaves(message: Message) -> bool:
    if message.internal is not None or not message.sender:
        return False
    tried = [attempt for recipient in message.recipients for attempt in recipient.attempts]
    relays = [one.relay or "" for one in tried if one.by == "smtp" and one.status == "sent"]
    return any(ADDRESS.search(one) and "[127." not in one and "[::1]" not in one for one in relays)


@pytest.mark.parametrize("log", ["real/A/logs/mail.log", "real/A/logs/mail-iso.log.gz"])
def test_signed_mails_are_those_of_trace(log: str) -> None:
    paths = [str(SAMPLES / log)]
    gone = [
        message
        for message in Trace(paths, SETTINGS, None, lifetime_s=432000.0, lifetime_source="default").messages()
        if leaves(message)
    ]
    signed = sum(any(one.result == "signed" for one in message.dkim) for message in gone)
    counting = Counting()
    bounces.bounces(paths, SETTINGS, beside=counting)
    assert counting.count == Count(mails=len(gone), signed=signed)
    assert signed > 0
