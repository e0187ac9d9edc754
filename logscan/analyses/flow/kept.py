"""What is kept of a queue ID's mail: the tables of events, pieces, recipients and sums, and the codes in them.

In: nothing. Out: schemas for `threads` and who fills them. Never: an expression.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.analyses.flow.returns import STAGES

#: What a line says of its queue ID.
ENTERED, QUEUED, DEFERRED, SENT, REMOVED, OTHER, FORWARDED, BOUNCED, EXPIRED, WRITTEN, GIVEN = range(11)
#: GIVEN: sent, but perhaps to a filter that gives the mail back.
ATTEMPTS: Final = (DEFERRED, SENT, FORWARDED, BOUNCED, GIVEN)
MINUTE: Final = 60_000_000

#: key: of host and queue ID. at: place in the order of the logs. when: microseconds since 1970.
EVENT: Final[dict[str, pl.DataType]] = {
    "key": pl.UInt64(),
    "at": pl.UInt64(),
    "what": pl.UInt8(),
    "when": pl.Int64(),
    "name": pl.String(),  # client, sender, recipient
    "size": pl.Int64(),  # of a mail in bytes; of what is GIVEN the row of its gift
    "number": pl.Int64(),  # recipients of a mail, or how many times the line stands for; a client's way (see returns)
    "link": pl.UInt64(),  # of cleanup's line its Message-ID, of a client's the key of its orig_queue_id
}
#: What an event that is `GIVEN` has besides. call: the key of the next queue ID, else null. here: to something on this
#: machine. d0 to d4: see returns.
GIFT: Final[dict[str, pl.DataType]] = {
    "at": pl.UInt64(),
    "when": pl.Int64(),
    "host": pl.UInt64(),
    "recipient": pl.String(),
    "number": pl.Int64(),
    "call": pl.UInt64(),
    "here": pl.Boolean(),
    **dict.fromkeys(STAGES, pl.Int64()),
}
#: A mail, or a piece of one. before, behind: it may go on there. at, minute: when it entered. written: cleanup told of it.
#: begun, since: place and time of its first line. way, origin, alike, back: see returns.
PIECE: Final[dict[str, pl.DataType]] = {
    "key": pl.UInt64(),
    "before": pl.Boolean(),
    "behind": pl.Boolean(),
    "entered": pl.Boolean(),
    "at": pl.UInt64(),
    "minute": pl.Int64(),
    "client": pl.String(),
    "queued": pl.Boolean(),
    "sender": pl.String(),
    "size": pl.Int64(),
    "nrcpt": pl.Int64(),
    "deferrals": pl.Int64(),
    "expired": pl.Boolean(),
    "written": pl.Boolean(),
    "begun": pl.UInt64(),
    "since": pl.Int64(),
    "way": pl.UInt8(),
    "origin": pl.UInt64(),
    "alike": pl.UInt64(),
    "back": pl.Boolean(),
}
#: A recipient of a piece. copies: how often it was sent for good. put_off: deferrals. taken: sent or forwarded, ever.
#: last, last_at: the last attempt and its place.
COPY: Final[dict[str, pl.DataType]] = {
    "key": pl.UInt64(),
    "before": pl.Boolean(),
    "recipient": pl.String(),
    "copies": pl.Int64(),
    "put_off": pl.Int64(),
    "taken": pl.Boolean(),
    "last": pl.UInt8(),
    "last_at": pl.UInt64(),
}
GIFT_OF: Final = {"key": pl.UInt64(), "before": pl.Boolean(), **GIFT}
_NAMED: Final[dict[str, pl.DataType]] = {
    "name": pl.String(),
    "messages": pl.Int64(),
    "recipients": pl.Int64(),
    "bytes": pl.Int64(),
}
#: table -> its columns: the key, and what is added up; of `first` the least counts. untaken: mails that qmgr never saw.
#: deferred: of mails deferred, recovered, and still_deferred, and of expired_recipients. unreturned: hand-overs that were deliveries;
#: delays: how many of them took so long in which stage.
SUMS: Final[dict[str, dict[str, pl.DataType]]] = {
    "received": {"minute": pl.Int64(), "received": pl.Int64(), "bytes": pl.Int64()},
    "senders": _NAMED,
    "clients": _NAMED,
    "recipients": _NAMED,
    "domains": _NAMED,
    "deferred": {"what": pl.String(), "deferred": pl.Int64()},
    "internal": {"what": pl.String(), "count": pl.Int64()},
    "untaken": {"what": pl.String(), "count": pl.Int64(), "first": pl.UInt64()},
    "unreturned": {"minute": pl.Int64(), "count": pl.Int64(), "here": pl.Int64()},
    "delays": {"us": pl.Int64(), **dict.fromkeys(STAGES, pl.Int64())},
}
