"""What a Postfix line can be: kind, severity, and whether it is everyday, as one small number.

In: nothing. Out: `CODE`, verdict -> number, and `dressed`, which turns numbers into columns.
Never: looks at a line.

Numbers, because a kind per line is decided for every line, and a byte is cheaper to write and
to overwrite than a string.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import EVERYDAY, Kind, Severity

#: name -> kind and severity. `other` is first: 0 also means not decided yet.
_VERDICTS: Final[dict[str, tuple[Kind, Severity]]] = {
    "other": (Kind.OTHER, Severity.INFO),
    "connect": (Kind.CONNECT, Severity.INFO),
    "disconnect": (Kind.DISCONNECT, Severity.INFO),
    "client": (Kind.CLIENT, Severity.INFO),
    "message-id": (Kind.MESSAGE_ID, Severity.INFO),
    "queued": (Kind.QUEUED, Severity.INFO),
    "removed": (Kind.REMOVED, Severity.INFO),
    "tls": (Kind.TLS, Severity.INFO),
    "tls trouble": (Kind.TLS, Severity.NOTICE),
    "sent": (Kind.DELIVERY, Severity.INFO),
    "deliverable": (Kind.DELIVERY, Severity.INFO),
    "undeliverable": (Kind.DELIVERY, Severity.NOTICE),
    "failed": (Kind.DELIVERY, Severity.WARNING),
    "reject": (Kind.REJECT, Severity.NOTICE),
    "milter-reject": (Kind.MILTER_REJECT, Severity.WARNING),
    "hold": (Kind.HOLD, Severity.NOTICE),
    "discard": (Kind.DISCARD, Severity.NOTICE),
    "redirect": (Kind.REDIRECT, Severity.NOTICE),
    "bounce-notice": (Kind.BOUNCE_NOTICE, Severity.INFO),
    "released": (Kind.RELEASED, Severity.INFO),
    "requeued": (Kind.REQUEUED, Severity.INFO),
    "deleted": (Kind.DELETED, Severity.NOTICE),
    "expired": (Kind.EXPIRED, Severity.WARNING),
    "expiring": (Kind.EXPIRED, Severity.NOTICE),
    "connect-failed": (Kind.CONNECT_FAILED, Severity.NOTICE),
    "client lost": (Kind.LOST_CONNECTION, Severity.INFO),
    "client dropped": (Kind.LOST_CONNECTION, Severity.NOTICE),
    "relay lost": (Kind.LOST_CONNECTION, Severity.NOTICE),
    "postscreen": (Kind.POSTSCREEN, Severity.INFO),
    "postscreen stress": (Kind.POSTSCREEN, Severity.NOTICE),
    "auth-failure": (Kind.AUTH_FAILURE, Severity.NOTICE),
    "hostname mismatch": (Kind.LOOKUP_FAILED, Severity.NOTICE),
    "lookup-failed": (Kind.LOOKUP_FAILED, Severity.WARNING),
    "lifecycle": (Kind.LIFECYCLE, Severity.INFO),
    "note": (Kind.WARNING, Severity.INFO),
    "notice": (Kind.WARNING, Severity.NOTICE),
    "warning": (Kind.WARNING, Severity.WARNING),
    "error": (Kind.ERROR, Severity.ERROR),
    "fatal": (Kind.FATAL, Severity.ERROR),
    "panic": (Kind.PANIC, Severity.CRITICAL),
}

CODE: Final[dict[str, int]] = {name: code for code, name in enumerate(_VERDICTS)}

#: Everyday: the kinds of a healthy server unless the line itself tells of trouble, and mail sent.
_EVERYDAY: Final = [
    name == "sent" or (kind in EVERYDAY and severity is Severity.INFO)
    for name, (kind, severity) in _VERDICTS.items()
]


def dressed(codes: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Return the columns `kind`, `severity` and `everyday` for a column of verdict numbers."""
    kinds = pl.Series("kind", [str(kind) for kind, _ in _VERDICTS.values()], dtype=pl.String)
    severities = pl.Series("severity", [str(severity) for _, severity in _VERDICTS.values()], dtype=pl.String)
    everyday = pl.Series("everyday", _EVERYDAY, dtype=pl.Boolean)
    return kinds.gather(codes), severities.gather(codes), everyday.gather(codes)
