"""Whom we turned away by which restriction, where the words tell it.

In: rows of events. Out: a table of `model.bounces.TURNED`. Never: a refusal whose restriction Postfix's words leave open; what a
stranger wrote between angle brackets taken for Postfix's words.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.analyses.refusing import added
from logscan.model.bounces import TURNED
from logscan.model.vocabulary import Cause, Kind

#: What Postfix says -> the restriction that says so. A word in it that stands for a list's name is `{}`.
_SAYS: Final = (
    (r"Client host rejected: cannot find your hostname", "reject_unknown_client_hostname", Cause.PTR_MISSING),
    (
        r"Client host rejected: cannot find your reverse hostname",
        "reject_unknown_reverse_client_hostname",
        Cause.PTR_MISSING,
    ),
    (r"Helo command rejected: Host not found", "reject_unknown_helo_hostname", Cause.HELO_INVALID),
    (r"Helo command rejected: Invalid name", "reject_invalid_helo_hostname", Cause.HELO_INVALID),
    (
        r"Helo command rejected: need fully-qualified hostname",
        "reject_non_fqdn_helo_hostname",
        Cause.HELO_INVALID,
    ),
    (r"Sender address rejected: Domain not found", "reject_unknown_sender_domain", Cause.SENDER_REJECTED),
    (
        r"Sender address rejected: (?:undeliverable|unverified) address",
        "reject_unverified_sender",
        Cause.SENDER_REJECTED,
    ),
)
_LISTED: Final = (
    r"^[45]\d\d [45]\.\d+\.\d+ Service unavailable; Client host \[[^\]]*\] blocked using ([A-Za-z0-9._-]+)"
)
_HEAD: Final = r"^[45]\d\d [45]\.\d+\.\d+ (?:<[^<>]*>: )?"


def turned(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the refusals in `rows` whose restriction is known, added up."""
    if not {"kind", "reply", "sender", "client_ip", "client_name", "row"} <= set(rows.columns):
        return pl.DataFrame(schema=TURNED)
    said = pl.col("reply")
    fits = [
        (said.str.contains(_HEAD + words), restriction, cause.value) for words, restriction, cause in _SAYS
    ]
    listed = said.str.extract(_LISTED, 1)
    restriction = pl.coalesce(
        *(pl.when(fit).then(pl.lit(name)) for fit, name, _ in fits),
        pl.when(listed.is_not_null()).then(pl.lit("reject_rbl_client ") + listed),
    )
    cause = pl.coalesce(
        *(pl.when(fit).then(pl.lit(cause)) for fit, _, cause in fits), pl.lit(Cause.IP_BLOCKLISTED.value)
    )
    table = rows.filter(pl.col("kind") == Kind.REJECT.value).select(
        pl.col("sender").str.extract(r"@([^@\s]+)$", 1).str.to_lowercase().alias("domain"),
        pl.col("client_ip").alias("ip"),
        pl.col("client_name").alias("name"),
        restriction.alias("restriction"),
        cause.alias("cause"),
        pl.col("repeat").fill_null(1).alias("count"),
        pl.col("time").alias("first"),
        pl.col("time").alias("last"),
        pl.col("source").alias("at_source"),
        pl.col("block").alias("at_block"),
        pl.col("row").alias("at_row"),
    )
    return added(table.filter(pl.col("restriction").is_not_null() & pl.col("domain").is_not_null()))


def shown(rows: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Return source, block, row, raw of the lines that `table` points at."""
    places = table.select(
        pl.col("at_source").cast(pl.UInt32).alias("source"),
        pl.col("at_block").cast(pl.UInt32).alias("block"),
        pl.col("at_row").cast(pl.UInt32).alias("row"),
    )
    if not places.height:
        return pl.DataFrame(
            schema={"source": pl.UInt32, "block": pl.UInt32, "row": pl.UInt32, "raw": pl.String}
        )
    return rows.select("source", "block", "row", "raw").join(
        places, on=["source", "block", "row"], how="semi"
    )
