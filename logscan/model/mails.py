"""Which mail a line speaks of: whoever counts mails, or follows one, tells them apart in the same way.

In: nothing. Out: expressions over the columns of the events table. Never: the instance in a key; a transport with a
syslog name of its own would be another server.
"""

from __future__ import annotations

import polars as pl


def short_host() -> pl.Expr:
    """Return the host by its first label, an address as it is.

    The journal has the full name of a host that syslog calls by the short one, and a mail's lines may come from both.
    """
    host = pl.col("host")
    return (
        pl.when(host.str.contains(r"^[0-9.]+$|:"))
        .then(host)
        .otherwise(host.str.extract(r"^([^.]+)"))
        .alias("host")
    )


def mailed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with `mail`: a number for each mail of a host, as far as its queue ID tells it, else null."""
    # Hosts are few: each is cut once.
    hosts = rows.select(pl.col("host").drop_nulls().unique())
    short = hosts.select("host", short_host().alias("short"))
    if short.select((pl.col("host") == pl.col("short")).all()).item():
        host = pl.col("host")
    else:
        host = pl.col("host").replace_strict(short["host"], short["short"], default=None)
    known = pl.col("queue_id").is_not_null()
    return rows.with_columns(
        pl.when(known).then(pl.struct(host.alias("host"), "queue_id").hash()).alias("mail")
    )
