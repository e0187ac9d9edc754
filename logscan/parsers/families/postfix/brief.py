"""The few columns that counting needs, from lines that count by the hundred thousand.

In: records of one kind, as parsers.lines gives them. Out: those that the quick pattern fits, with the columns named
below; and the others as they came, for `fields`.
Never: another value than `fields` gives; a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from logscan.parsers.families.postfix.handed import handed

#: A queue ID, or NOQUEUE, of a line whose kind says that it has one of them. These patterns leave the regex engine one
#: way to go at every byte, and are three times as fast for it: so no closer look at the ID.
_ID: Final = "[0-9A-Za-z]+"
#: Addresses without quotes or brackets; the others take the exact way.
_PLAIN: Final = r'[^<>"\\ ]*'
_SENT: Final = (
    rf"^(?P<queue_id>{_ID}): to=<(?P<recipient>{_PLAIN})>, (?:orig_to=<{_PLAIN}>, )?"
    r"relay=(?P<relay>[^ ,]+), (?:conn_use=[0-9]+, )?delay=(?P<delay>[0-9.]+), "
    r"delays=(?P<delays>[0-9.]+/[0-9.]+/[0-9.]+/[0-9.]+), dsn=[0-9.]+, status=(?P<status>sent|deferred|bounced) \([^f]"
)
_QUEUED: Final = rf"^(?P<queue_id>{_ID}): from=<(?P<sender>{_PLAIN})>, size=(?P<size>[0-9]+), nrcpt=(?P<nrcpt>[0-9]+) \(queue active\)$"
_CLIENT: Final = rf"^(?P<queue_id>{_ID}): client=(?P<client_name>[^ \[\]]*)\[(?P<client_ip>[0-9A-Fa-f.:]+)\](?::[0-9]+)?(?:$|, sasl_)"
_MESSAGE_ID: Final = rf"^(?P<queue_id>{_ID}): (?:message-id=<(?P<message_id>[^\n]*)>|resent-message-id=.*)$"
_REMOVED: Final = rf"^(?P<queue_id>{_ID}): removed$"
_ENCRYPTED: Final = (
    r"^(?P<tls_level>Anonymous|Untrusted|Trusted|Verified) TLS connection established (?P<way>from|to) [^ ]+: "
    r"(?P<tls_protocol>[^ ]+) with cipher "
)

#: The columns that are told of each kind, besides the record's own.
DELIVERY: Final = ("queue_id", "recipient", "status", "delay", "delays", "handed", "next_id")
QUEUED: Final = ("queue_id", "sender", "size", "nrcpt")
CLIENT: Final = ("queue_id", "client_name", "client_ip", "direction")
MESSAGE_ID: Final = ("queue_id", "message_id")
REMOVED: Final = ("queue_id",)
TLS: Final = ("tls_level", "tls_protocol", "direction")


Parted = tuple[pl.DataFrame, pl.DataFrame]


def deliveries(lines: pl.DataFrame) -> Parted:
    """Return lines of kind delivery with `DELIVERY`, and the others."""
    return _brief(lines, _SENT, ("relay", *DELIVERY[:5]), _sent, lambda found: handed(found, pl.col("relay")))


def queued(lines: pl.DataFrame) -> Parted:
    """Return lines of kind queued with `QUEUED`, and the others."""
    numbers = [pl.col(name).cast(pl.Int64, strict=False) for name in ("size", "nrcpt")]
    return _brief(lines, _QUEUED, QUEUED, lambda found: found.with_columns(numbers))


def clients(lines: pl.DataFrame) -> Parted:
    """Return lines of kind client with `CLIENT`, and the others."""
    name = (
        pl.when(~pl.col("client_name").is_in(["", "unknown"]))
        .then(pl.col("client_name"))
        .alias("client_name")
    )
    inbound = pl.lit("inbound").alias("direction")
    return _brief(lines, _CLIENT, CLIENT, lambda found: found.with_columns(name, inbound))


def message_ids(lines: pl.DataFrame) -> Parted:
    """Return lines of kind message-id with `MESSAGE_ID`, and the others."""
    some = pl.when(pl.col("message_id") != "").then(pl.col("message_id")).alias("message_id")
    return _brief(lines, _MESSAGE_ID, MESSAGE_ID, lambda found: found.with_columns(some))


def removed(lines: pl.DataFrame) -> Parted:
    """Return lines of kind removed with `REMOVED`, and the others."""
    return _brief(lines, _REMOVED, REMOVED, lambda found: found)


def encrypted(lines: pl.DataFrame) -> Parted:
    """Return lines of kind tls with `TLS`, and the others."""
    way = pl.when(pl.col("way") == "to").then(pl.lit("outbound")).otherwise(pl.lit("inbound"))
    return _brief(lines, _ENCRYPTED, TLS, lambda found: found.with_columns(way.alias("direction")))


def _sent(found: pl.DataFrame) -> pl.DataFrame:
    return found.with_columns(
        pl.when(pl.col("recipient") != "").then(pl.col("recipient")).alias("recipient"),
        pl.col("delay").cast(pl.Float64, strict=False),
        pl.col("delays").str.split("/").cast(pl.List(pl.Float64), strict=False),
    )


def _brief(
    lines: pl.DataFrame,
    pattern: str,
    columns: tuple[str, ...],
    finish: Callable[[pl.DataFrame], pl.DataFrame],
    look: Callable[[pl.DataFrame], pl.DataFrame] = lambda found: found,
) -> Parted:
    found = lines["text"].str.extract_groups(pattern).struct.unnest()
    known = found["queue_id"] if "queue_id" in found.columns else found["tls_level"]
    fits = known.is_not_null() & (known != "NOQUEUE")
    quick = finish(found.filter(fits)).select(columns)
    return look(lines.filter(fits).hstack(quick.get_columns())), lines.filter(~fits)
