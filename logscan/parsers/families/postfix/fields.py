"""Every column of the contract that a Postfix line holds.

In: records with `kind`, any subset of a log's. Out: the same rows in the same order with daemon,
instance, queue_id, direction, reason, and the columns of each kind.
Never: decides a kind; looks at two lines together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from logscan.parsers.families.postfix import queue, refusals, sessions, warnings
from logscan.parsers.families.postfix.deliveries import deliveries
from logscan.parsers.families.postfix.grammar import ID, TAG, direction

_QUEUE_ID: Final = rf"^(?:(?:warning|error|fatal|panic): )?({ID}): "
#: A queue ID, `warning: ` and its like, both in either order: the reason is what stands behind them.
_BEFORE_REASON: Final = rf"^(?:{TAG}: )?(?:(?:warning|error|fatal|panic): )?(?:{ID}: )?"
_SPOKEN_KINDS: Final = (
    "auth-failure",
    "connect-failed",
    "error",
    "fatal",
    "lookup-failed",
    "lost-connection",
    "panic",
    "reject",
    "warning",
)


def fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with the columns that its lines hold, the same rows in the same order."""
    lines = frame.with_columns(
        pl.col("program").str.extract(r"([^/]*)$", 1).alias("daemon"),
        pl.col("program").str.extract(r"^([^/]*)", 1).alias("instance"),
        pl.col("text").str.extract(_QUEUE_ID, 1).alias("queue_id"),
    ).with_row_index("order_")
    parts = [
        _HANDLERS.get(str(kind), _local)(_with_reason(part, str(kind)))
        for (kind,), part in lines.partition_by("kind", as_dict=True, maintain_order=True).items()
    ]
    if not parts:
        return _local(_with_reason(lines, "")).drop("order_")
    return pl.concat(parts, how="diagonal").sort("order_").drop("order_")


def _with_reason(lines: pl.DataFrame, kind: str) -> pl.DataFrame:
    text = pl.col("text")
    return lines.with_columns(
        (text.str.replace(_BEFORE_REASON, "") if kind in _SPOKEN_KINDS else text).alias("reason")
    )


def _local(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(direction("local"))


def _split(
    lines: pl.DataFrame,
    mask: pl.Expr,
    when: Callable[[pl.DataFrame], pl.DataFrame],
    otherwise: Callable[[pl.DataFrame], pl.DataFrame],
) -> pl.DataFrame:
    holds = lines.select(mask.fill_null(False)).to_series()
    return pl.concat([when(lines.filter(holds)), otherwise(lines.filter(~holds))], how="diagonal")


def _tagged(pattern: str = "") -> pl.Expr:
    return pl.col("text").str.contains(rf"^{TAG}: {pattern}")


def _rejects(lines: pl.DataFrame) -> pl.DataFrame:
    return _split(lines, pl.col("text").str.starts_with("warning: "), warnings.limits, refusals.refusals)


def _warnings(lines: pl.DataFrame) -> pl.DataFrame:
    # `QID: warn: RCPT from ...` and the like, against what a daemon says of itself.
    return _split(lines, _tagged("[a-z_-]+: "), refusals.refusals, warnings.warnings)


def _clients(lines: pl.DataFrame) -> pl.DataFrame:
    return _split(lines, _tagged("proxy-accept: "), refusals.refusals, sessions.clients)


def _holds(lines: pl.DataFrame) -> pl.DataFrame:
    # postsuper says `QID: placed on hold`, without a colon.
    return _split(lines, _tagged("[a-z_-]+: "), refusals.refusals, _local)


_HANDLERS: Final[dict[str, Callable[[pl.DataFrame], pl.DataFrame]]] = {
    "auth-failure": warnings.auth_failures,
    "bounce-notice": queue.notices,
    "client": _clients,
    "connect": sessions.greetings,
    "connect-failed": sessions.servers,
    "delivery": deliveries,
    "discard": refusals.refusals,
    "disconnect": sessions.greetings,
    "expired": queue.expired,
    "hold": _holds,
    "lookup-failed": warnings.lookups,
    "lost-connection": sessions.lost,
    "message-id": queue.message_ids,
    "milter-reject": refusals.refusals,
    "postscreen": sessions.screened,
    "queued": queue.queued,
    "redirect": refusals.refusals,
    "reject": _rejects,
    "tls": sessions.encryption,
    "warning": _warnings,
}
