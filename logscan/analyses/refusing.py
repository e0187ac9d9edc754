"""Whom we turn away though we write to them: a restriction of ours that hits a partner. A fold: see model.fold.

In: refusals by us, added up (`model.bounces.TURNED`), attempts added up (`TRIES`). Out: statements. Never: takes the sender's
word for who it is: a client counts as a domain's own only when it comes from the network of a server of that domain
that took our mail, or its verified name lies in the domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from logscan.model.bounces import TRIES, TURNED, Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From how much on a restriction is named. All of it must hold."""

    refusals: int = 2  # it turned away so many of a domain's mails ...
    taken: int = 2  # ... whose servers took so many of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Refusals by us and attempts of ours of the same stretch."""

    turned: pl.DataFrame
    tries: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """Of a stretch of the logs, in order. taken: TRIES, only what was taken."""

    turned: tuple[pl.DataFrame, ...] = ()
    taken: tuple[pl.DataFrame, ...] = ()


#: Tables that are kept before they are added up again.
_MANY: Final = 16
_KEYS: Final = ("domain", "ip", "name", "restriction", "cause")
NAMES: Final = 10


def empty() -> Partial:
    """Return the partial of no line."""
    return Partial()


def absorb(partial: Partial, batch: Batch) -> Partial:
    """Return `partial` with one more batch."""
    taken = batch.tries.filter(pl.col("taken") & pl.col("domain").is_not_null())
    return merge(partial, Partial(turned=(batch.turned,), taken=(taken,)))


def merge(left: Partial, right: Partial) -> Partial:
    """Return two neighbouring stretches as one, `left` before `right`."""
    turned = tuple(table for table in (*left.turned, *right.turned) if table.height)
    taken = tuple(table for table in (*left.taken, *right.taken) if table.height)
    if len(turned) > _MANY:
        turned = (added(pl.concat(turned)),)
    if len(taken) > _MANY:
        taken = (_servers(pl.concat(taken)),)
    return Partial(turned=turned, taken=taken)


def added(turned: pl.DataFrame) -> pl.DataFrame:
    """Return a table of TURNED with one row for each key; the place is that of the first."""
    sums = turned.group_by(_KEYS, maintain_order=True).agg(
        pl.col("count").sum(),
        pl.col("first").min(),
        pl.col("last").max(),
        pl.col("at_source", "at_block", "at_row").first(),
    )
    return sums.select(pl.col(name).cast(dtype) for name, dtype in TURNED.items())


def _servers(taken: pl.DataFrame) -> pl.DataFrame:
    sums = taken.group_by("relay", "group", "domain", "taken", "cause", "answered").agg(
        pl.col("count").sum(), pl.col("first").min(), pl.col("last").max()
    )
    return sums.select(TRIES.names())


def finish(partial: Partial, limits: Thresholds | None = None) -> tuple[Statement, ...]:
    """Return the restrictions of ours that turned a partner away, the one that did so most often first."""
    limits = limits or Thresholds()
    turned = added(pl.concat([pl.DataFrame(schema=TURNED), *partial.turned]))
    taken = _servers(pl.concat([pl.DataFrame(schema=TRIES), *partial.taken]))
    known = taken.group_by("domain").agg(
        pl.col("count").sum().alias("taken"),
        _network(pl.col("relay").str.extract(r"\[([^\]]*)\]", 1)).drop_nulls().unique().alias("networks"),
    )
    name = pl.col("name").str.to_lowercase()
    theirs = (name == pl.col("domain")) | name.str.ends_with(pl.concat_str(pl.lit("."), "domain"))
    near = _network(pl.col("ip")).is_in(pl.col("networks"))
    hit = (
        turned.join(known, on="domain")
        .filter((theirs.fill_null(value=False) | near.fill_null(value=False)) & (pl.col("taken") >= limits.taken))
        .sort("first", "ip", nulls_last=True)
        .group_by("domain", "restriction", "cause", maintain_order=True)
        .agg(
            pl.col("count").sum(), pl.col("first").min(), pl.col("taken").first(), pl.col("ip").drop_nulls().unique().sort(),
            pl.struct("at_source", "at_block", "at_row").head(PROOFS).alias("places"),
        )
        .filter(pl.col("count") >= limits.refusals)
        .sort("count", "domain", "restriction", descending=[True, False, False])
        .head(NAMES)
    )  # fmt: skip
    return tuple(_statement(row) for row in hit.iter_rows(named=True))


PROOFS: Final = 3


def _statement(row: dict[str, Any]) -> Statement:
    ips = tuple(row["ip"][:NAMES])
    return Statement(
        what="we_refuse",
        cause=row["cause"],
        scope={"domains": (row["domain"],), "clients": ips},
        since=row["first"],
        values={
            "domain": row["domain"],
            "restriction": row["restriction"],
            "refusals": row["count"],
            "taken": row["taken"],
            "ip": ips[0] if ips else "",
        },
        places=tuple((one["at_source"], one["at_block"], one["at_row"]) for one in row["places"]),
    )


def _network(ip: pl.Expr) -> pl.Expr:
    """Return 192.0.2 of 192.0.2.1; of an IPv6 address the first four groups as they are written."""
    return pl.coalesce(
        ip.str.extract(r"^(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$", 1),
        ip.str.extract(r"^((?:[0-9a-fA-F]{1,4}:){3}[0-9a-fA-F]{1,4}):", 1),
    )
