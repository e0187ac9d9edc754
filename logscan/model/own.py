"""Mail that logscan sent itself, and that is not to be counted.

In: nothing. Out: `OwnMail`. Never: a pattern: what a stranger could imitate would hide a stranger's mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class OwnMail:
    """One queue ID of such a mail, or of what Postfix wrote about it, for as long as it was that mail's.

    host: its first label, None where the lines name none. first, last: its first and last line, UTC. message_id: of the mail
    that was sent, without brackets; of a notice that of the mail which it is about.
    ended: it is no longer that mail's.
    """

    first: datetime
    last: datetime
    queue_id: str
    host: str | None
    message_id: str
    ended: bool = True
