"""Which everyday lines prove that a service works, and which lines interrupt them?

In: the parts of a block. Out: a table of proofs: source, key, ok, time, n, in the order of the log.
Never: takes a line apart that proves nothing.

Keys: `web:PLACE` a request to that part of a site (ok: answered below 400); `to:DOMAIN` a delivery (ok: sent);
`mail:INSTANCE` an SMTP session that handed over a mail; `dkim` a signature. A delivery that failed, an answer of 500
and more, and whatever is wrong in the mail system interrupt a run, so that its neighbours are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import polars as pl

from logscan.analyses.outages.fold import DESTINATION, place
from logscan.model.columns import TIME
from logscan.model.vocabulary import Family, Kind
from logscan.pipeline.road import Part, detailed

_PLACE: Final = ("source", "block", "row", "column")
_SCHEMA: Final = pl.Schema(
    {name: pl.UInt32() for name in _PLACE}
    | {"key": pl.String(), "ok": pl.Boolean(), "time": TIME, "n": pl.Int64()}
)

#: The domain of a delivery's recipient. A local part in quotes may hold what it likes, `>` too: then it is another
#: domain's proof, which no failure asks for.
_TO: Final = r"^[0-9A-Za-z]+: to=<[^>]*@([^>@\s]+)>"
_HANDED_OVER: Final = r" (?:data|bdat)=[1-9]"
_WRONG: Final = [
    kind.value
    for kind in (Kind.ERROR, Kind.FATAL, Kind.PANIC, Kind.WARNING, Kind.LOOKUP_FAILED, Kind.MILTER_REJECT, Kind.DKIM_FAILED)
]  # fmt: skip


def successes(parts: Iterable[Part]) -> pl.DataFrame:
    """Return the proofs of a block, or of several logs' only blocks."""
    found = [table for part in parts if len(part.places) for table in _of(part) if table.height]
    if not found:
        return pl.DataFrame(schema=_SCHEMA)
    # Strings of their own, or a few words would keep the whole block's text alive.
    return pl.concat(found).sort(_PLACE).with_columns(pl.col("key") + "")


def _of(part: Part) -> Iterator[pl.DataFrame]:
    if part.family == Family.APACHE_ACCESS:
        yield _requests(part)
    elif part.family == Family.POSTFIX:
        yield from _mail(part)
    elif part.family == Family.OPENDKIM:
        signed = part.where(part.said["kind"] == Kind.DKIM_SIGNED.value)
        wrong = part.where(part.said["kind"].is_in(_WRONG))
        yield _table(signed, pl.lit("dkim"), pl.lit(value=True))
        yield _table(wrong, pl.lit("dkim"), pl.lit(value=False))


def _requests(part: Part) -> pl.DataFrame:
    rows = detailed([part.where(part.said["kind"] == Kind.HTTP_REQUEST.value)])
    if not rows.height:
        return pl.DataFrame(schema=_SCHEMA)
    absent = [
        pl.lit(None, dtype=pl.String).alias(name) for name in ("vhost", "url") if name not in rows.columns
    ]
    # 4xx proves that the web server lives, and says nothing of what stands behind it
    rows = rows.with_columns(absent).filter(~pl.col("http_status").is_between(400, 499))
    return _table(rows, "web:" + place(), pl.col("http_status") < 400)


def _mail(part: Part) -> Iterator[pl.DataFrame]:
    kind = part.said["kind"]
    instance = pl.col("program").str.extract(r"^([^/\[]+)")
    deliveries = part.where(kind == Kind.DELIVERY.value)
    sent = pl.col("everyday")
    yield _table(deliveries, DESTINATION + pl.col("text").str.extract(_TO).str.to_lowercase(), sent)
    ended = part.where(kind == Kind.DISCONNECT.value)
    handed = ended.filter(pl.col("text").str.contains(_HANDED_OVER))
    yield _table(handed, "mail:" + instance, pl.lit(value=True))
    wrong = part.where(kind.is_in(_WRONG))
    yield _table(wrong, "mail:" + instance, pl.lit(value=False))
    refused = part.where(kind == Kind.MILTER_REJECT.value)
    yield _table(refused, pl.lit("dkim"), pl.lit(value=False))


def _table(rows: pl.DataFrame, key: pl.Expr, ok: pl.Expr) -> pl.DataFrame:
    return rows.select(
        *_PLACE,
        key.alias("key"),
        ok.alias("ok"),
        pl.col("time").cast(TIME),
        pl.col("repeat").cast(pl.Int64).alias("n"),
    ).drop_nulls(["key", "ok", "time"])
