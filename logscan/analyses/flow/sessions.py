"""Which refusals are one? A milter that is down writes three lines for one client.

In: lines that refuse, warn, hold or discard, and the connects that tell one session of an smtpd process from
the next. Out: `Sessions`: sums of the sessions that are over, and the lines of those that may go on.
Never: a client taken for its predecessor in the same process.

In one session a refusal counts once for each sender and recipient; one whose recipient was not known yet counts
only if none followed that names the recipient, and likewise for the sender. A mail that is held, warned of or
discarded counts once, or its session where it has no queue ID.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

REJECTED: Final = "rejected"

#: conn: of the process, of postscreen's client, of the queue ID, or of the line. serial: the process's n-th session
#: of the stretch. lasting: conn has sessions one after the other. at: place in the order of the logs.
LINE: Final[dict[str, pl.DataType]] = {
    "conn": pl.UInt64(),
    "serial": pl.Int64(),
    "lasting": pl.Boolean(),
    "at": pl.UInt64(),
    "minute": pl.Int64(),
    "action": pl.String(),
    "sender": pl.String(),
    "recipient": pl.String(),
    "cause": pl.String(),
    "stage": pl.String(),
    "client": pl.String(),
}
#: table -> its keys; beside them stand `count` and `first`, the place of the first line. merged: lines that count with
#: another one of their session.
SUMS: Final[dict[str, dict[str, pl.DataType]]] = {
    "minutes": {"action": pl.String(), "minute": pl.Int64()},
    "causes": {"cause": pl.String(), "stage": pl.String(), "client": pl.String()},
    "merged": {"action": pl.String()},
}
_COUNTED: Final[dict[str, pl.DataType]] = {"count": pl.Int64(), "first": pl.UInt64()}
_SESSION = ("conn", "serial", "action")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """sums: see `SUMS`. lines: of sessions that may go on (`LINE`). begun: conn, sessions begun in the stretch."""

    sums: dict[str, pl.DataFrame]
    lines: pl.DataFrame
    begun: pl.DataFrame


def empty() -> Sessions:
    """Return the sessions of no line."""
    return Sessions(
        sums={name: pl.DataFrame(schema={**keys, **_COUNTED}) for name, keys in SUMS.items()},
        lines=pl.DataFrame(schema=LINE),
        begun=pl.DataFrame(schema={"conn": pl.UInt64, "begun": pl.Int64}),
    )


def of(lines: pl.DataFrame, connects: pl.DataFrame) -> Sessions:
    """Return the sessions of a stretch. lines: `LINE` but for serial. connects: conn, at."""
    none = pl.lit(0, dtype=pl.Int64)
    begins = connects.select("conn", "at", begins=none + 1)
    # Which session of its process a line belongs to: as many as have begun before it.
    served = (
        pl.concat([begins, lines.filter("lasting").select("conn", "at", begins=none)])
        .sort("conn", "at", "begins", descending=[False, False, True])
        .with_columns(pl.col("begins").cum_sum().over("conn").alias("serial"))
        .filter(pl.col("begins") == 0)
        .select("conn", "at", "serial")
        .unique()
    )
    numbered = lines.join(served, on=["conn", "at"], how="left").with_columns(
        pl.when("lasting").then("serial").otherwise(none).alias("serial")
    )
    begun = begins.group_by("conn").agg(pl.col("begins").sum().alias("begun"))
    return _settled(empty().sums, numbered.select(*LINE), begun)


def merge(left: Sessions, right: Sessions) -> Sessions:
    """Return two neighbouring stretches as one, `left` before `right`."""
    before = left.begun.rename({"begun": "before"})
    later = (
        right.lines.join(before, on="conn", how="left")
        .with_columns(pl.col("serial") + pl.col("before").fill_null(0))
        .select(*LINE)
    )
    begun = pl.concat([left.begun, right.begun]).group_by("conn").agg(pl.col("begun").sum())
    return _settled(added(left.sums, right.sums), pl.concat([left.lines, later]), begun)


def closed(sessions: Sessions) -> dict[str, pl.DataFrame]:
    """Return the sums of all sessions, as if none went on outside the logs."""
    return added(sessions.sums, *_judged(sessions.lines))


def added(*several: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return tables of sums as one."""
    return {
        name: pl.concat(sums[name] for sums in several if name in sums)
        .group_by(list(keys))
        .agg(pl.col("count").sum(), pl.col("first").min())
        for name, keys in SUMS.items()
    }


def _settled(sums: dict[str, pl.DataFrame], lines: pl.DataFrame, begun: pl.DataFrame) -> Sessions:
    """Sum up the sessions that are over: begun in the stretch, and another one behind them."""
    over = pl.col("lasting") & (pl.col("serial") > 0) & (pl.col("serial") < pl.col("begun").fill_null(0))
    judged = lines.join(begun, on="conn", how="left").with_columns(over.alias("over"))
    done = judged.filter("over").select(*LINE)
    left = judged.filter(~pl.col("over")).select(*LINE)
    kept = _first_of(left)
    more = _judged(done) if done.height else ()
    return Sessions(sums=added(sums, *more, _merged(left, kept)), lines=kept, begun=begun)


def _first_of(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the first line of each sender and recipient of a session; the others change nothing."""
    return lines.sort("at").unique((*_SESSION, "sender", "recipient"), keep="first", maintain_order=True)


def _judged(lines: pl.DataFrame) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    kept = _distinct(_first_of(lines))
    return _summed(kept), _merged(lines, kept)


def _merged(lines: pl.DataFrame, kept: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return how many lines are not kept, by action."""
    gone = lines.join(kept.select("at"), on="at", how="anti") if kept.height < lines.height else lines.clear()
    return {"merged": gone.group_by("action").agg(*_counts())}


def _counts() -> tuple[pl.Expr, pl.Expr]:
    return pl.len().cast(pl.Int64).alias("count"), pl.col("at").min().alias("first")


def _distinct(lines: pl.DataFrame) -> pl.DataFrame:
    """Return one line for each refusal, each warning, each mail held or discarded."""
    refusal = pl.col("action") == REJECTED
    others = lines.filter(~refusal).unique(_SESSION, keep="first", maintain_order=True)
    refused = lines.filter(refusal)
    known = pl.col("recipient").is_not_null(), pl.col("sender").is_not_null()
    named = known[0].any().over(*_SESSION, "sender")
    said = (known[0] | known[1]).any().over(_SESSION)
    kept = known[0] | (~known[0] & known[1] & ~named) | (~known[0] & ~known[1] & ~said)
    return pl.concat([refused.filter(kept), others])


def _summed(lines: pl.DataFrame) -> dict[str, pl.DataFrame]:
    refused = lines.filter(pl.col("action") == REJECTED)
    return {
        "minutes": lines.group_by("action", "minute").agg(*_counts()),
        "causes": refused.group_by("cause", "stage", "client").agg(*_counts()),
    }
