"""May there be an account in other hands? A cheap look at who handed mail in, before anybody follows mails.

In: a reading of logs that were read before; the mails of whose recipients some do not exist. Out: yes or no.
Never: no where `analyses.accounts` would name one; takes a line apart of which three words are enough.

What is asked is part of what an account must have to be named: so many unknown recipients in its own mail, so many networks, so
many recipients. Queue IDs are taken for what they look like: a yes costs a second look and names nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from logscan.analyses.accounts import LOCAL, LOGIN, Thresholds
from logscan.model.mails import mailed
from logscan.pipeline.logs.reading import Reading
from logscan.pipeline.mails.cases import network

_ID: Final = "[0-9A-Za-z]+"
#: Literals that must occur in a block, and what is taken out of it then.
_LOGINS: Final = (
    ", sasl_username=",
    (
        rf"(?P<queue_id>{_ID}): client=[^\s,\[]*\[(?P<client_ip>[^\s\],]*)\](?::[0-9]+)?, (?:sasl_method=[^\s,]*, )?"
        r'sasl_username=(?P<name>[^\s,"]+)'
    ),
)
_PICKED: Final = (": uid=", rf"(?P<queue_id>{_ID}): uid=(?P<name>[0-9]+) from=<")
_LOOPED: Final = (": client=localhost[", rf"(?P<queue_id>{_ID}): client=localhost\[")
_HOPS: Final = (
    "queued as ",
    rf"(?P<from>{_ID}): to=<[^\n]*relay=[^\n]*status=sent [^\n]*queued as (?P<queue_id>{_ID})",
)
_WRITTEN: Final = (
    ", nrcpt=",
    rf"(?P<queue_id>{_ID}): from=<(?P<sender>[^>\n]*)>, size=[0-9]+, nrcpt=(?P<nrcpt>[0-9]+)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    mails: mail, a number as `model.mails.mailed` makes it, unknown: how many of its recipients do not exist, and refused: of
    how many the server refused us altogether; None where there were too many to keep. hosts: of all lines. only: logs in which mail may be. whole: all of these logs was
    asked about, and not a part of their time.
    """

    mails: pl.DataFrame | None
    hosts: Sequence[str]
    only: Sequence[int]
    whole: bool


def suspected(reading: Reading, asked: Question, limits: Thresholds | None = None) -> bool:
    """Return whether some login or local sender may have given itself away."""
    limits = limits or Thresholds()
    pieces = _pieces(reading, asked.only, _LOGINS, _PICKED, _LOOPED)
    logins = pieces[0].with_columns(pl.lit(LOGIN).alias("sort"), network().alias("network"))
    picked = pieces[1].with_columns(pl.lit(LOCAL).alias("sort"), pl.lit(None, pl.String).alias("network"))
    columns = ("queue_id", "sort", "name", "network")
    handed = pl.concat([logins.select(columns), picked.select(columns)])
    far = handed.filter(
        (pl.col("sort") == LOCAL) | (pl.col("network").n_unique().over("sort", "name") >= limits.networks)
    )
    if not far.height:
        return False
    unknown = _attributed(reading, asked, far, pieces[2])
    if unknown is not None:
        mails = far.group_by("sort", "name").agg(pl.len().alias("mails"))
        unknown = unknown.join(mails, on=["sort", "name"]).filter(_part(asked, pl.col("mails") / 2, limits))
        far = far.join(unknown, on=["sort", "name"], how="semi")
    if not far.height:
        return False
    return _many(reading, asked, far, unknown, limits)


def heard(reading: Reading, only: Sequence[int], queue_ids: Iterable[str]) -> set[str]:
    """Return those of some queue IDs of which a line says who handed the mail in, be it under an earlier ID."""
    wanted = sorted(queue_ids)
    known, looped = _spoken(reading, only, wanted)
    if looped:
        (hops,) = _pieces(reading, only, _HOPS)
        was = dict(hops.filter(pl.col("queue_id").is_in(looped)).select("queue_id", "from").iter_rows())
        before, _ = _spoken(reading, only, sorted(set(was.values())))
        known |= {one for one, earlier in was.items() if earlier in before}
    return known


def _spoken(reading: Reading, only: Sequence[int], wanted: Sequence[str]) -> tuple[set[str], set[str]]:
    """Return the queue IDs of which a line names a client or user, and those whose client was this machine itself."""
    words = [f"{one}: {said}" for one in wanted for said in ("client=", "uid=")]
    local = [f"{one}: client=localhost[" for one in wanted]
    known: set[str] = set()
    looped: set[str] = set()
    for text in _texts(reading, only) if words else ():
        known.update(text.str.extract_many(words).item())
        looped.update(text.str.extract_many(local).item())
    here = {word.partition(":")[0] for word in looped}
    return {word.partition(":")[0] for word in known} - here, here


def _part(asked: Question, recipients: pl.Expr, limits: Thresholds) -> pl.Expr:
    """Whether unknown recipients are enough, and a large enough part of no more than `recipients`."""
    # a local name is here a user, who may write as several senders; a half: some mails were refused when they had come in
    known = (pl.col("sort") == LOGIN) & pl.lit(asked.whole)
    part = (pl.col("unknown") >= limits.share * (recipients - pl.col("refused"))) | ~known
    return (pl.col("unknown") >= limits.unknown) & part


def _pieces(reading: Reading, only: Sequence[int], *wanted: tuple[str, str]) -> list[pl.DataFrame]:
    """Return a table for each pattern: its groups, wherever it is found in the logs."""
    found: list[list[pl.DataFrame]] = [[] for _ in wanted]
    for text in _texts(reading, only):
        for (literal, pattern), tables in zip(wanted, found, strict=True):
            if text.str.contains(literal, literal=True).item():
                hits = text.str.extract_all(pattern).explode().drop_nulls()
                tables.append(hits.str.extract_groups(pattern).struct.unnest().with_columns(pl.all() + ""))
    return [
        pl.concat(tables) if tables else _nothing(pattern)
        for (_, pattern), tables in zip(wanted, found, strict=True)
    ]


def _texts(reading: Reading, only: Sequence[int]) -> Iterator[pl.Series]:
    for block in reading.afresh().blocks(only):
        yield pl.Series([block.data.decode("utf-8", "replace")])


def _nothing(pattern: str) -> pl.DataFrame:
    return pl.Series([""]).str.extract_groups(pattern).struct.unnest().clear()


def _attributed(
    reading: Reading, asked: Question, handed: pl.DataFrame, looped: pl.DataFrame
) -> pl.DataFrame | None:
    """Return sort, name, and the sums of unknown and refused of each one's mail; None where nobody knows them.

    looped: mails that came from this machine itself: a filter may have given them back.
    """
    if asked.mails is None:
        return None
    own = _numbered(handed, asked.hosts)
    direct = own.join(asked.mails, on="mail")
    left = asked.mails.join(own, on="mail", how="anti")
    left = left.join(_numbered(looped, asked.hosts), on="mail")
    if left.height:
        (hops,) = _pieces(reading, asked.only, _HOPS)
        back = left.join(hops.rename({"from": "was"}), on="queue_id").drop("queue_id", "mail")
        again = back.rename({"was": "queue_id"}).join(handed.unique("queue_id"), on="queue_id")
        direct = pl.concat([direct.select(_SUMMED), again.select(_SUMMED)])
    return direct.group_by("sort", "name").agg(pl.col("unknown", "refused").sum())


_SUMMED: Final = ("sort", "name", "unknown", "refused")


def _numbered(rows: pl.DataFrame, hosts: Sequence[str]) -> pl.DataFrame:
    """Return rows with the number of the mail that their queue ID would be on each host."""
    servers = pl.DataFrame({"host": [*hosts, None]}, schema={"host": pl.String})
    each = rows.unique("queue_id").join(servers, how="cross")
    return mailed(each)


def _many(
    reading: Reading, asked: Question, handed: pl.DataFrame, unknown: pl.DataFrame | None, limits: Thresholds
) -> bool:
    """Return whether one of them wrote to many, a large enough part of whom does not exist."""
    (written,) = _pieces(reading, asked.only, _WRITTEN)
    each = written.with_columns(pl.col("nrcpt").cast(pl.Int64, strict=False)).join(
        handed.unique("queue_id"), on="queue_id"
    )
    once = each.group_by("sort", "name", "queue_id").agg(
        pl.col("nrcpt").max(), pl.col("nrcpt").sum().alias("most")
    )
    sums = once.group_by("sort", "name").agg(pl.col("nrcpt", "most").sum())
    enough = pl.col("most") >= limits.recipients
    if unknown is not None:
        sums = sums.join(unknown, on=["sort", "name"])
        enough &= _part(asked, pl.col("nrcpt"), limits)
    return bool(sums.select(enough.any()).item()) if sums.height else False
