"""What may be a failure, and what proves that a service works: collected, and kept small.

In: `Batch`: noteworthy rows with their shape, and proofs, everyday lines that show a service at work and the lines
that interrupt them. Out: `Partial`.
Never: grows with the lines: failures are counted by second, proofs by unbroken run and minute, example
lines are the first and the last of ten seconds.

Proofs are a sequence for each log and key; neighbours that say the same are one. That is the free monoid with
equal neighbours joined, so it may be cut and merged anywhere: the laws are tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Final

import polars as pl

from logscan.model.columns import SCHEMA, TIME
from logscan.model.vocabulary import Family, Kind

#: Characters of a line that are kept as evidence, and of a name that a stranger may have chosen.
EVIDENCE_CHARACTERS: Final = 500
NAME_CHARACTERS: Final = 120

#: Of lines that say the same this close together, the first and the last are kept.
NEAR: Final = "10s"

#: Where a line stands, in canonical order.
ADDRESS: Final = ("source", "block", "row", "column")

#: Proofs: source; key, what works; ok, whether it did; unit, the minute or hour; first, last, n: lines.
PROOFS: Final = pl.Schema(
    {
        "source": pl.UInt32(),
        "key": pl.String(),
        "ok": pl.Boolean(),
        "unit": TIME,
        "first": TIME,
        "last": TIME,
        "n": pl.Int64(),
    }
)
#: What starts, stops and reloads: time, what, who (family, instance or back end), shape, text, address.
MARKS: Final = pl.Schema(
    {"time": TIME, "what": pl.String(), "who": pl.String(), "shape": pl.UInt64(), "text": pl.String()}
    | {name: pl.UInt32() for name in ADDRESS}
)

#: Keys of destinations begin so. Their failures stand in the same log as their successes, so runs are exact and
#: an hour is fine enough; all other keys are joined with failures that other logs tell.
DESTINATION: Final = "to:"
#: The key of what proves that names of servers are found.
RESOLVING: Final = "dns"

#: Columns that are looked at, where it is told briefly.
_BRIEFLY: Final = (
    *ADDRESS, "shape", "time", "raw", "repeat", "family", "kind", "backend", "program", "smtp_code", "reason", "instance",
    "daemon",
)  # fmt: skip
_WHO: Final = ("client", "backend", "place", "entity", "instance")
_FAILURES: Final = ("source", "shape", "second", *_WHO)

#: Words by which a line of kind lifecycle says what happened; the first that fits.
_WHAT: Final = (
    ("logrotate", r"(?i)\blogrotate\b"),
    ("daily", r"/etc/cron\.daily\b"),
    ("graceful", r"(?i)graceful restart|SIGUSR1"),
    ("reload", r"(?i)\breload|refreshing the|SIGHUP|reconfigur"),
    ("stop", r"(?i)terminating|shutting down|\bstopp|^deactivated|bye-bye|exiting|normal shutdown|shutdown complete"),
    ("start", r"(?i)^started \S+\.service|resuming normal|ready for connections|fpm is running|ready to handle|daemon started|\bstarting\b|\brestarted \(pid|\bstarted \(pid"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What some neighbouring blocks have to say.

    rows: noteworthy rows with the events' columns that they hold, `shape` and ADDRESS. proofs: source, key,
    ok, time, n, in the order of the logs. briefly: only what our own software says of itself is wanted, without the
    clients and pages that it concerned: nobody looks for what succeeded, without which the rest tells nothing.
    """

    rows: pl.DataFrame | None = None
    proofs: pl.DataFrame | None = None
    briefly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """What a stretch of the logs has to say.

    failures: source, shape, second, client, backend (of a delivery: the server that it was tried at), place, entity,
    instance; first, last, n (lines).
    examples: shape, backend, place, entity, instance, unit (of `NEAR`), time, text, ADDRESS: the first and the
    last line of each. proofs: `PROOFS`, in the order of the logs. marks: `MARKS`.
    """

    failures: pl.DataFrame
    examples: pl.DataFrame
    proofs: pl.DataFrame
    marks: pl.DataFrame


@cache
def empty() -> Partial:
    """Return the partial of no line."""
    words = dict.fromkeys(_WHO, pl.String)
    place = dict.fromkeys(ADDRESS, pl.UInt32)
    return Partial(
        failures=pl.DataFrame(
            schema={"source": pl.UInt32, "shape": pl.UInt64, "second": TIME, **words, "first": TIME, "last": TIME, "n": pl.Int64}
        ),
        examples=pl.DataFrame(
            schema={"shape": pl.UInt64, **words, "unit": TIME, "time": TIME, "text": pl.String, **place}
        ).drop("client"),
        proofs=pl.DataFrame(schema=PROOFS),
        marks=pl.DataFrame(schema=MARKS),
    )  # fmt: skip


def absorb(partial: Partial, batch: Batch) -> Partial:
    """Return `partial` with one more batch."""
    if batch.proofs is not None and batch.proofs.height:
        partial = merge(partial, _with(proofs=_proved(batch.proofs)))
    if batch.rows is not None and batch.rows.height:
        partial = merge(partial, _noted(_brief(batch.rows) if batch.briefly else batch.rows))
    return partial


def merge(left: Partial, right: Partial) -> Partial:
    """Return two neighbouring stretches as one, `left` before `right`.

    What could be joined lies where the two meet, a row for each key: that waits for `finish`, and merging costs nothing.
    """
    return Partial(
        failures=_both(left.failures, right.failures),
        examples=_both(left.examples, right.examples),
        proofs=_both(left.proofs, right.proofs),
        marks=_both(left.marks, right.marks),
    )


def finish(partial: Partial) -> Partial:
    """Return the tables in an order that depends on nothing but the lines."""
    return Partial(
        failures=_summed(partial.failures).sort(*_FAILURES),
        examples=_ends(partial.examples).sort("time", *ADDRESS),
        # within a log and key the order of the log stays
        proofs=_joined(partial.proofs),
        marks=partial.marks.sort("time", *ADDRESS),
    )


def _with(**tables: pl.DataFrame) -> Partial:
    base = empty()
    return Partial(**{f.name: tables.get(f.name, getattr(base, f.name)) for f in fields(Partial)})


def _both(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    if not left.height:
        return right
    return pl.concat([left, right]) if right.height else left


def _proved(proofs: pl.DataFrame) -> pl.DataFrame:
    """Return proofs line by line as runs."""
    short = pl.col("time").dt.truncate("1m")
    long = pl.col("time").dt.truncate("1h")
    cut = proofs.select(
        "source",
        pl.col("key").str.slice(0, NAME_CHARACTERS),
        "ok",
        pl.when(pl.col("key").str.starts_with(DESTINATION)).then(long).otherwise(short).alias("unit"),
        pl.col("time").alias("first"),
        pl.col("time").alias("last"),
        pl.col("n").cast(pl.Int64),
    )
    # A number for each key orders them well enough, at a third of the cost: were two keys to share one, there are more runs.
    return _runs(cut.filter(pl.col("first").is_not_null()), pl.col("key").hash())


def chained(partial: Partial, chains: Sequence[str]) -> Partial:
    """Return a partial in which the files of one log are one log, as they were before it was rotated.

    chains: what the files of a log have in common, by source; those of a log in order of time.
    """
    firsts: dict[str, int] = {}
    heads = [firsts.setdefault(chain, index) for index, chain in enumerate(chains)]
    if heads == list(range(len(chains))):
        return partial
    head = pl.col("source").replace_strict(
        list(range(len(heads))), heads, return_dtype=pl.UInt32, default=pl.col("source")
    )
    ordered = partial.proofs.sort("source", "key", maintain_order=True)
    return replace(
        partial,
        failures=_summed(partial.failures.with_columns(head.alias("source"))),
        proofs=_joined(ordered.with_columns(head.alias("source"))),
    )


def _joined(proofs: pl.DataFrame) -> pl.DataFrame:
    """Join neighbours of one log and key that say the same in the same minute or hour."""
    return _runs(proofs, "source", "key")


def _runs(proofs: pl.DataFrame, *order: str | pl.Expr) -> pl.DataFrame:
    """Join neighbours, once each log's and key's lie together by `order`, a stable one."""
    if not proofs.height:
        return proofs
    group = ["source", "key"]
    ordered = proofs.sort(order, maintain_order=True)
    begins = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(name).shift(1)) for name in (*group, "ok", "unit")
    )
    return (
        ordered.with_columns(begins.cum_sum().set_sorted().alias("run"))
        .group_by("run", maintain_order=True)
        .agg(
            pl.first("source", "key", "ok", "unit"),
            pl.col("first").min(),
            pl.col("last").max(),
            pl.col("n").sum(),
        )
        .select(PROOFS.names())
    )


# --- failures ------------------------------------------------------------------------------------


def _brief(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that tell of our own software, without clients, pages and mails."""
    others = [Kind.DELIVERY.value, Kind.AUTH_FAILURE.value, Kind.HTTP_REQUEST.value]
    kept = rows.select(name for name in _BRIEFLY if name in rows.columns)
    return kept.filter(~pl.col("kind").is_in(others)) if "kind" in kept.columns else kept


def _noted(rows: pl.DataFrame) -> Partial:
    have = set(rows.columns)
    absent = [
        pl.lit(None, dtype=SCHEMA[name]).alias(name)
        for name in (
            "family", "kind", "client_ip", "backend", "url", "vhost", "recipient", "status", "program", "smtp_code",
            "reason", "instance", "daemon", "relay_name",
        )
        if name not in have
    ]  # fmt: skip
    known = rows.with_columns(absent).filter(pl.col("time").is_not_null())
    marks = known.filter(pl.col("kind") == Kind.LIFECYCLE.value).with_columns(_what(), _who())
    wanted = known.filter(_may_be_failure()).select(
        *ADDRESS,
        "shape",
        "time",
        pl.col("raw").str.slice(0, EVIDENCE_CHARACTERS).alias("text"),
        pl.col("repeat").cast(pl.Int64).alias("n"),
        pl.col("client_ip").alias("client"),
        _short(pl.coalesce("backend", _host())).alias("backend"),
        place().alias("place"),
        _short(domain(pl.col("recipient"))).alias("entity"),
        _short(pl.col("instance")).alias("instance"),
    )
    second = pl.col("time").dt.truncate("1s").alias("second")
    unit = pl.col("time").dt.truncate(NEAR).alias("unit")
    told = Partial(
        failures=_summed(
            wanted.with_columns(second, pl.col("time").alias("first"), pl.col("time").alias("last")).select(
                *_FAILURES, "first", "last", "n"
            )
        ),
        examples=_ends(wanted.with_columns(unit).select(empty().examples.columns)),
        proofs=pl.DataFrame(schema=PROOFS),
        # a manager of services also starts sessions and slices, every minute one
        marks=marks.filter(pl.col("what").is_not_null() & (pl.col("who") != Family.SYSTEMD.value))
        .with_columns(pl.col("raw").str.slice(0, EVIDENCE_CHARACTERS).alias("text"))
        .select(MARKS.names()),
    )
    return Partial(**{table.name: _own(getattr(told, table.name)) for table in fields(Partial)})


def _own(table: pl.DataFrame) -> pl.DataFrame:
    """Return the table free of the text of its lines: a part of a string keeps all lines of the batch in memory."""
    return table.with_columns(pl.col(pl.String) + "")


def _may_be_failure() -> pl.Expr:
    """What may be one, as far as a row tells without its card: everything noteworthy but refusals of strangers."""
    kind = pl.col("kind")
    ours = pl.col("smtp_code").is_in([421, 451, 452])
    return (
        (kind != Kind.LIFECYCLE.value)
        & ((kind != Kind.REJECT.value) | ours)
        & ~kind.is_in([Kind.POSTSCREEN.value, Kind.LOST_CONNECTION.value, Kind.CONNECT_FAILED.value])
    ).fill_null(value=False)


def _host() -> pl.Expr:
    """Of a delivery, the server that it was tried at."""
    named = pl.coalesce(
        pl.col("relay_name"), pl.col("reason").str.extract(r"\bconnect to ([A-Za-z0-9._-]+)\[")
    )
    return pl.when((pl.col("kind") == Kind.DELIVERY.value) & (named != "none")).then(named.str.to_lowercase())


def place() -> pl.Expr:
    """Of a request, the site and the first part of its path: `mail.example.org/extmail`, or `/extmail`."""
    path = pl.col("url").str.replace(r"^[a-z]+://[^/]*", "").str.extract(r"^(/[^/?#;]*)")
    return _short(pl.col("vhost").fill_null("") + path)


def domain(address: pl.Expr) -> pl.Expr:
    """The domain of an address, in small letters."""
    return address.str.extract(r"@([^@]+)$").str.to_lowercase()


def _short(name: pl.Expr) -> pl.Expr:
    return name.str.slice(0, NAME_CHARACTERS)


def _what() -> pl.Expr:
    said = pl.col("reason").fill_null(pl.col("raw"))
    return pl.coalesce(pl.when(said.str.contains(words)).then(pl.lit(what)) for what, words in _WHAT).alias(
        "what"
    )


def _who() -> pl.Expr:
    postfix = pl.when(pl.col("family") == "postfix").then(pl.col("instance"))
    return _short(pl.coalesce(pl.col("backend"), postfix, pl.col("family"))).alias("who")


def _summed(failures: pl.DataFrame) -> pl.DataFrame:
    return failures.group_by(_FAILURES).agg(pl.col("first").min(), pl.col("last").max(), pl.col("n").sum())


def _ends(examples: pl.DataFrame) -> pl.DataFrame:
    """Keep the first and the last line of each shape, service and unit of time."""
    group = ["shape", "backend", "place", "entity", "instance", "unit"]
    ordered = examples.sort("time", *ADDRESS)
    first = ordered.unique(group, keep="first", maintain_order=True)
    last = ordered.unique(group, keep="last", maintain_order=True)
    return pl.concat([first, last]).unique(ADDRESS, keep="first", maintain_order=True)
