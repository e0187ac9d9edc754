"""Rows and lines of a scan -> what its fold `analyses.attempts` keeps of deliveries.

In: noteworthy rows with their shape; everyday lines. Out: tables of `model.bounces`. Never: takes an everyday line apart
that is not among the last ones; runs a regex over a line in which no literal was found.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import polars as pl

from logscan.analyses import attempts, blind
from logscan.analyses.blast import ADDRESS
from logscan.model.bounces import FAILURES, TAKEN, TURNABLE
from logscan.model.columns import SCHEMA
from logscan.model.mails import mailed
from logscan.model.vocabulary import Family, Kind
from logscan.pipeline.lines.deliveries import answered, failed_delivery

#: Everyday lines of a block, from its end, that are looked through first, and then at most at a time.
_FIRST: Final = 640
_MOST: Final = 65_536
#: Of a reply only so much is looked through for an address, and kept of a refusal.
_CHARACTERS: Final = 400

#: A delivery that another machine took, as `blind.SIGNS["abroad"]` tells it.
_ABROAD: Final = blind.SIGNS["abroad"]
_NEEDS: Final = r"\]:(?:25|465|587), "
#: The same of a line that was told at a glance, whose addresses hold neither blank nor quote: all of it in one regex. An
#: address is not of 127.0.0.0/8, and does not begin with a colon.
_GLANCED: Final = (
    r'^[^ ]+ [^ ]+/smtp\[[0-9]+\]: [0-9A-Za-z]+: to=<[^<>" ]*>, (?:orig_to=<[^<>" ]*>, )?relay=[^ ,\[]+'
    r"\[(?:[02-9A-Fa-f]|1[013-9.]|12[0-689.])[0-9A-Fa-f:.]*\]:(?:25|465|587), "
)
_APART: Final = (
    r': to=<(?:"(?:[^"\\]|\\.)*"|[^<>"]*)@(?P<domain>[^<>@ ]+)>, (?:orig_to=<[^>]*>, )?'
    r"relay=(?P<relay>[^ ,\[]+\[[0-9A-Fa-f:.]+\]:[0-9]+), "
)

_OUT: Final = r"(?:^|/)(?:smtp|relay)$"


def kept(rows: pl.DataFrame, taken: Iterable[pl.DataFrame]) -> attempts.Partial:
    """Return the fold's partial of some neighbouring blocks. rows: noteworthy, with shape and place. taken: see `taken`."""
    latest = [table for table in taken if table.height]
    batch = attempts.Batch(
        failed=_failed(rows), away=_away(rows), taken=pl.concat([pl.DataFrame(schema=TAKEN), *latest])
    )
    return attempts.absorb(attempts.empty(), batch)


def _failed(rows: pl.DataFrame) -> pl.DataFrame:
    if not {"kind", "status", "recipient"} <= set(rows.columns):
        return pl.DataFrame(schema=FAILURES)
    hit = rows.filter(failed_delivery())
    if not hit.height:
        return pl.DataFrame(schema=FAILURES)
    named = (
        "host",
        "queue_id",
        "relay_name",
        "relay_ip",
        "relay_port",
        "program",
        "reply",
        "reason",
        "repeat",
    )
    reply = pl.coalesce("reply", "reason").str.head(_CHARACTERS).alias("reply")
    out = pl.col("program").str.contains(_OUT).fill_null(value=False)
    return mailed(_with(hit, named).with_columns(reply)).select(
        "shape",
        "mail",
        pl.col("recipient") + "",
        (pl.col("relay_name") + "").alias("host"),
        (pl.col("relay_ip") + "").alias("ip"),
        pl.col("relay_port").cast(pl.Int64).alias("port"),
        out.alias("out"),
        answered().fill_null(value=False).alias("answered"),
        (pl.col("reply").str.extract(ADDRESS, 1) + "").alias("address"),
        "time",
        pl.col("repeat").fill_null(1).cast(pl.Int64).alias("count"),
        *(pl.col(name).cast(pl.Int64).alias(f"at_{name}") for name in ("source", "block", "row")),
    )


def _away(rows: pl.DataFrame) -> pl.DataFrame:
    if not {"kind", "reply", "sender", "client_ip"} <= set(rows.columns):
        return pl.DataFrame(schema=TURNABLE)
    refused = (pl.col("kind") == Kind.REJECT.value) & (pl.col("sender") != "")
    hit = _with(rows.filter(refused.fill_null(value=False)), ("client_name", "repeat"))
    return hit.select(
        (pl.col(name).str.head(_CHARACTERS) + "" if dtype == pl.String else pl.col(name).cast(dtype)).alias(name)
        for name, dtype in TURNABLE.items()
    )  # fmt: skip


def _with(rows: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    have = set(rows.columns)
    return rows.with_columns(
        pl.lit(None, dtype=SCHEMA[name]).alias(name) for name in names if name not in have
    )


def taken(chatter: Iterable[blind.Chatter], signs: blind.Partial) -> pl.DataFrame:
    """Return the last deliveries of a block that other servers took: TAKEN.

    signs: what was seen on the same lines; where no mail went abroad, nothing is looked for.
    """
    if not signs.signs.get("abroad"):
        return pl.DataFrame(schema=TAKEN)
    mine = [_last(one) for one in chatter if one.family == Family.POSTFIX.value]
    return mine[0] if len(mine) == 1 else attempts.latest(pl.concat([pl.DataFrame(schema=TAKEN), *mine]))


def _last(chatter: blind.Chatter) -> pl.DataFrame:
    """Return the last of these lines: of a log in its order, at most a few are looked at."""
    if not chatter.glanced:  # these may be of several logs, one behind the other
        rows = chatter.lines.str.contains(_NEEDS).arg_true()
        return attempts.latest(_told(chatter, rows).filter(_ABROAD.holds.fill_null(value=False)))
    found: list[pl.DataFrame] = []
    end, size, left = len(chatter.lines), _FIRST, attempts.LATEST
    while end > 0 and left > 0:
        begin = max(0, end - size)
        rows = chatter.lines.slice(begin, end - begin).str.contains(_GLANCED).arg_true().tail(left) + begin
        if len(rows):
            found.append(_told(chatter, rows))
        end, size, left = begin, min(4 * size, _MOST), left - len(rows)
    return found[0] if len(found) == 1 else pl.concat([pl.DataFrame(schema=TAKEN), *found])


def _told(chatter: blind.Chatter, rows: pl.Series) -> pl.DataFrame:
    lines = chatter.whole(rows) + ""  # free of the block that they came in
    return pl.DataFrame([chatter.when(rows).alias("time"), lines.alias("line")])


def apart(taken: pl.DataFrame) -> pl.DataFrame:
    """Return what lines of TAKEN tell: time, domain, relay; those that tell less are left out."""
    groups = pl.col("line").str.extract_groups(_APART)
    return taken.select("time", groups).unnest("line").drop_nulls().with_columns(
        pl.col("domain").str.to_lowercase()
    )  # fmt: skip
