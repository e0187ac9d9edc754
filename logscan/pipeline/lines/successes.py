"""Which everyday lines prove that a service works, and which lines interrupt them?

In: the parts of a block. Out: a table of proofs: source, key, ok, time, n, in the order of the log.
Never: takes a line apart that proves nothing.

Keys: `web:PLACE` a request to that part of a site (ok: answered below 400); `to:DOMAIN` a delivery (ok: sent);
`dns` a delivery whose server was found in DNS (ok: sent); `mail:INSTANCE` an SMTP session that handed over a mail; `login:NAME` somebody logged in, at Dovecot, Courier or an
instance of Postfix; `dkim` a signature. A delivery that failed, an answer of 500
and more, and whatever is wrong in the mail system interrupt a run, so that its neighbours are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from logscan.analyses.outages.fold import DESTINATION, NAME_CHARACTERS, RESOLVING, place
from logscan.model.blocks import Block
from logscan.model.columns import TIME
from logscan.model.vocabulary import Family, Kind
from logscan.parsers.glance import Glance
from logscan.pipeline.lines.road import Part, detailed

_PLACE: Final = ("source", "block", "row", "column")
_SCHEMA: Final = pl.Schema(
    {name: pl.UInt32() for name in _PLACE}
    | {"key": pl.String(), "ok": pl.Boolean(), "time": TIME, "n": pl.Int64()}
)

_COLUMNS: Final = (*_PLACE, "time", "repeat", "program", "text", "family")
_VERSIONS: Final = ["HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/2.0", "HTTP/3", "HTTP/3.0"]

#: A site with its port, in front of the client; the last colon of an IPv6 address is followed by no second name.
_SITE: Final = r"^([0-9A-Za-z._-]+):[0-9]+ [^ -][^ ]* - "

#: The domain of a delivery's recipient, whose local part may be quoted and hold what it likes.
_TO: Final = r'^[0-9A-Za-z]+: to=<(?:"(?:[^"\\]|\\.)*"|[^>]*)@([^>@\s]+)>'
_ABROAD: Final = r", relay=[^ ,\[]+\[[0-9A-Fa-f.:]+\]:"
_FILTER: Final = r", relay=[^ ,\[]*\[(?:127\.[0-9.]+|::1)\]:"
_HANDED_OVER: Final = r" (?:data|bdat)=[1-9]"
_LOGINS: Final = (Family.DOVECOT, Family.COURIER)
_LOGGED_IN: Final = r"(?:Login|Logged in): user=<|LOGIN, user="
_WRONG: Final = [
    kind.value
    for kind in (Kind.ERROR, Kind.FATAL, Kind.PANIC, Kind.WARNING, Kind.LOOKUP_FAILED, Kind.MILTER_REJECT, Kind.DKIM_FAILED)
]  # fmt: skip


def successes(parts: Iterable[Part], glimpse: Glimpse | None = None) -> pl.DataFrame:
    """Return the proofs of a block, or of several logs' only blocks. glimpse: those of some of the block's lines."""
    known = None if glimpse is None else glimpse.known
    found = [table for part in parts if len(part.places) for table in _of(part, known) if table.height]
    if not found:
        return pl.DataFrame(schema=_SCHEMA) if glimpse is None else glimpse.proofs
    # Strings of their own, or a few words would keep the whole block's text alive.
    made = pl.concat(found).sort(_PLACE).with_columns(pl.col("key") + "")
    if glimpse is None or not glimpse.proofs.height:
        return made
    # both are of one block, and no line is in both
    return pl.concat([made, glimpse.proofs]).sort("row", maintain_order=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """The proofs of some lines of a block. known: by row, which lines those are, and which ones prove nothing."""

    proofs: pl.DataFrame
    known: pl.Series


def glimpsed(seen: Glance, block: Block) -> Glimpse | None:
    """Return the proofs of requests, failed or not, that look as `Look.whole` has them; None: nobody asked for such."""
    mask = seen.known
    if mask is None:
        return None
    piece = pl.col("line").str.splitn('"', 3).struct
    pieces = pl.DataFrame(
        {"row": mask.arg_true(), "line": seen.bodies.filter(mask), "time": seen.times.filter(mask)}
    )
    said = pieces.select(
        "row", "time", piece[0].alias("before"), piece[1].alias("request"), piece[2].alias("answer")
    ).filter(~pl.col("answer").str.starts_with(" 4"))
    site = _sites(said["before"])
    page = pl.col("request").str.extract("^[A-Z]+ (/[^/?#; ]*)", 1)
    at = (block.source, block.number, None, 0)
    proofs = said.select(
        *(
            pl.col("row").cast(pl.UInt32) if value is None else pl.lit(value, pl.UInt32).alias(name)
            for name, value in zip(_PLACE, at, strict=True)
        ),
        ("web:" + (site + page if site is not None else page).str.slice(0, NAME_CHARACTERS)).alias("key"),
        (~pl.col("answer").str.starts_with(" 5")).alias("ok"),
        "time",
        pl.lit(1, pl.Int64).alias("n"),
    )
    return Glimpse(proofs=proofs, known=mask)


def _sites(before: pl.Series) -> pl.Series | None:
    """Return the site of each line whose format begins with its name and port, empty elsewhere; None: there is none."""
    named = before.str.extract(_SITE, 1)
    return None if named.null_count() == len(named) else named.fill_null("")


def _of(part: Part, known: pl.Series | None = None) -> Iterator[pl.DataFrame]:
    kind = part.said["kind"]
    if part.family == Family.APACHE_ACCESS:
        wanted = kind == Kind.HTTP_REQUEST.value
        if known is not None:
            wanted &= ~known.gather(part.records["row"].gather(part.places))
        yield _requests(_chosen(part, wanted))
    elif part.family == Family.POSTFIX:
        yield from _mail(part)
    elif part.family == Family.OPENDKIM:
        yield _table(_chosen(part, kind == Kind.DKIM_SIGNED.value), pl.lit("dkim"), pl.lit(value=True))
        yield _table(_chosen(part, kind.is_in(_WRONG)), pl.lit("dkim"), pl.lit(value=False))
    elif part.family in _LOGINS:
        came = _chosen(part, kind == Kind.CONNECT.value)
        key = pl.lit(f"login:{part.family}")
        yield _table(came.filter(pl.col("text").str.contains(_LOGGED_IN)), key, pl.lit(value=True))
        yield _table(_chosen(part, kind.is_in(_WRONG)), key, pl.lit(value=False))


def _chosen(part: Part, mask: pl.Series) -> pl.DataFrame:
    """Return the few columns that proofs need of some rows."""
    chosen = mask.arg_true()
    rows = part.records.select(_COLUMNS)[part.places.gather(chosen)]
    return rows.hstack([part.said["everyday"].gather(chosen)])


def _requests(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the proofs of requests: 4xx proves that the web server lives, and says nothing of what is behind it."""
    if not rows.height:
        return pl.DataFrame(schema=_SCHEMA)
    quick = _quick(rows["text"])
    odd = quick["http_status"].is_null()
    tables = [_proof(rows.filter(~odd).hstack(quick.filter(~odd).get_columns()))]
    if odd.any():
        said = detailed([rows.filter(odd)])
        absent = [
            pl.lit(None, dtype=pl.String).alias(name) for name in ("vhost", "url") if name not in said.columns
        ]
        tables.append(_proof(said.with_columns(absent).with_columns(place().alias("place"))))
    return pl.concat(tables)


def _proof(rows: pl.DataFrame) -> pl.DataFrame:
    status = pl.col("http_status")
    return _table(rows.filter(~status.is_between(400, 499)), "web:" + pl.col("place"), status < 400)


def _quick(text: pl.Series) -> pl.DataFrame:
    """Place and status of plain lines of the common or combined format; the status is null of all other lines.

    A fraction of what the family's own `fields` costs, and the same where it answers: a test holds both together.
    """
    # Before the request, the request, status and size, referer, agent, and what is behind it: six quotes at most.
    piece = pl.col("line").str.splitn('"', 7).struct
    pieces = text.alias("line").to_frame().select(piece[i].alias(f"p{i}") for i in range(7))
    word = pl.col("p1").str.splitn(" ", 3).struct
    words = pieces.select(
        "p0",
        "p3",
        "p6",
        word[0].alias("method"),
        word[1].alias("url"),
        word[2].alias("version"),
        pl.col("p2").str.slice(1, 3).alias("status"),
        pl.col("p2").str.starts_with(" ").alias("blank"),
    )
    plain = (
        pl.col("p0").str.contains(
            "^[^ ,]+ - "
        )  # neither a site's name and port nor a row of proxies in front
        & (pl.col("p3").is_null() | (pl.col("p6") == ""))
        & pl.col("version").is_in(_VERSIONS)
        & pl.col("url").str.starts_with("/")
        & pl.col("blank")
        & ~text.str.contains("\\", literal=True)
    )
    # the rest of the path is cut off by a split, which costs less than a regex
    first = pl.col("url").str.slice(1).str.splitn("/", 2).struct[0]
    return words.select(
        pl.when(plain).then(pl.col("status").cast(pl.Int64, strict=False)).alias("http_status"),
        ("/" + first.str.extract(r"^([^?#;]*)")).str.slice(0, NAME_CHARACTERS).alias("place"),
    )


def _mail(part: Part) -> Iterator[pl.DataFrame]:
    kind = part.said["kind"]
    instance = pl.col("program").str.extract(r"^([^/\[]+)")
    deliveries = _chosen(part, kind == Kind.DELIVERY.value)
    # a filter on this machine took the mail, and no server of the domain
    filtered = pl.col("program").str.ends_with("/smtp") & pl.col("text").str.contains(_FILTER)
    deliveries = deliveries.filter(~(pl.col("everyday") & filtered))
    domain = pl.col("text").str.extract(_TO).str.to_lowercase()
    yield _table(deliveries, DESTINATION + domain, pl.col("everyday"))
    # a server by its name, found in DNS; a delivery in this house asks nobody
    abroad = pl.col("everyday") & pl.col("text").str.contains(_ABROAD)
    unknown = ~pl.col("everyday") & pl.col("text").str.contains("Name service error for ", literal=True)
    yield _table(deliveries.filter(abroad | unknown), pl.lit(RESOLVING), pl.col("everyday"))
    ended = _chosen(part, kind == Kind.DISCONNECT.value)
    handed = ended.filter(pl.col("text").str.contains(_HANDED_OVER))
    yield _table(handed, "mail:" + instance, pl.lit(value=True))
    yield _table(_chosen(part, kind.is_in(_WRONG)), "mail:" + instance, pl.lit(value=False))
    came = _chosen(part, kind == Kind.CLIENT.value)
    yield _table(
        came.filter(pl.col("text").str.contains(", sasl_username=", literal=True)),
        "login:" + instance,
        pl.lit(value=True),
    )
    yield _table(_chosen(part, kind.is_in(_WRONG)), "login:" + instance, pl.lit(value=False))
    refused = _chosen(part, kind == Kind.MILTER_REJECT.value)
    yield _table(refused, pl.lit("dkim"), pl.lit(value=False))


def _table(rows: pl.DataFrame, key: pl.Expr, ok: pl.Expr) -> pl.DataFrame:
    return rows.select(
        *_PLACE,
        key.alias("key"),
        ok.alias("ok"),
        pl.col("time").cast(TIME),
        pl.col("repeat").cast(pl.Int64).alias("n"),
    ).drop_nulls(["key", "ok", "time"])
