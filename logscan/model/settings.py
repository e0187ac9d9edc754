"""What the user asked for, in one frozen record that is handed on by hand.

In: options, already parsed. Out: `Settings`.
Never: global; changed after it was made; read from the environment here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from logscan.model.own import OwnMail

#: Bytes of decompressed text in a block; resident memory grows with it (docs/adr).
BLOCK_BYTES = 6 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Options shared by the commands.

    since, until: half-open window in UTC. zone: IANA name for stamps without zone, None: the
    system's. year: for stamps without year, None: found out. now: None: the last time read.
    jobs: consumer threads. patterns: folders with cards of the user's own.
    quiet_s: a finding whose last event lies this long before `now` is over (seconds).
    sent: Message-IDs of logscan's own mails, which a report does not count; own: where these stand in the logs.
    """

    since: datetime | None = None
    until: datetime | None = None
    zone: str | None = None
    year: int | None = None
    now: datetime | None = None
    jobs: int = 2
    lang: str = "en"
    patterns: tuple[str, ...] = ()
    block_bytes: int = BLOCK_BYTES
    quiet_s: float = 900.0
    sent: frozenset[str] = frozenset()
    own: tuple[OwnMail, ...] = ()
