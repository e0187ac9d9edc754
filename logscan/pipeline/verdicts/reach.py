"""How far what failed reaches, as far as a scan knows it: whose servers, one provider, one mailbox, every server.

In: what `analyses.attempts` kept, shapes with their cards. Out: `model.findings.Reach`, in the reader's words. Never: a
statement that rests on a delivery not having worked which a scan has not looked for; what needs more is `bounces`' to say.

A scan has all failed attempts, and the last deliveries that other servers took. These prove that somebody takes mail, and
since when nobody does. The attempts go into the same questions as those of `bounces`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final

import polars as pl

from logscan.analyses import attempts, blast, refusing
from logscan.model.bounces import CASES, FAILED, TRIES, Place, Statement
from logscan.model.findings import Evidence, Finding, Reach
from logscan.model.vocabulary import Cause
from logscan.packs.load import Pack
from logscan.packs.providers import Providers, load_providers
from logscan.packs.reach import steps
from logscan.packs.texts import ui_part
from logscan.pipeline.lines.contacts import apart
from logscan.pipeline.mails.turned import turned
from logscan.pipeline.verdicts.said import by_card, by_text, unexplained
from logscan.pipeline.verdicts.verdict import Locate

#: Source, block, row of lines -> the texts of those that can be had.
Lines = Callable[[Sequence[Place]], Mapping[Place, str]]

#: Statements that failures of an unknown cause cannot contradict.
_CERTAIN: Final = frozenset({"address"})
#: Lines that prove a statement.
PROOFS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is asked about.

    judged: shapes with `shape.KEY` and `rule`. examples: lines that are known, with `raw` and place. patterns: folders of the site's own. zone: in which times are shown.
    lines: places -> texts of lines that are not among the examples. locate: see pipeline.verdict.
    """

    kept: attempts.Answer
    judged: pl.DataFrame
    examples: pl.DataFrame
    pack: Pack
    patterns: tuple[str, ...]
    lang: str
    zone: tzinfo
    lines: Lines
    locate: Locate


def reach(known: Heard) -> tuple[Reach, ...]:
    """Return what can be said, the widest first."""
    failed, away = known.kept.failed, known.kept.away
    if known.judged.is_empty():
        return ()
    taken = apart(known.kept.taken)
    said: list[Statement] = []
    providers: Providers | None = None
    if failed is not None and failed.height:
        providers = load_providers(known.patterns)
        said += _outward(failed, taken, known, providers)
    if away is not None and away.height and taken.height:
        said += _inward(away, taken)
    return _told(said, known, providers)


# --- what failed ---------------------------------------------------------------------------------


def _outward(
    failed: pl.DataFrame, taken: pl.DataFrame, known: Heard, providers: Providers
) -> tuple[Statement, ...]:
    """Return what is known of attempts of ours. Causes that no card tells are looked for where it matters."""
    rules = by_card(known.judged, known.pack)
    said = _asked(failed.join(rules, on="shape", how="left"), taken, providers)
    if not unexplained(known.judged, failed) or all(one.kind in _CERTAIN for one in said):
        return said
    rules = by_text(rules, known.judged, failed, known.patterns)
    return _asked(failed.join(rules, on="shape", how="left"), taken, providers)


def _asked(failed: pl.DataFrame, taken: pl.DataFrame, providers: Providers) -> tuple[Statement, ...]:
    hosts = [*failed["host"].unique(), *_names(taken["relay"]).unique()]
    of = {host: found for host in hosts if host and (found := providers.of_host(host))}
    groups = {host: providers.group(one) for host, one in of.items()}
    cases = _cases(failed, of, groups)
    tries = pl.concat([_tries(failed.filter("out"), groups), _taken(taken, groups)])
    return blast.finish_latest(blast.Partial(cases=(cases,), tries=(tries,)))


_DOMAIN: Final = pl.col("recipient").str.extract(r"@([^@]+)$", 1).str.to_lowercase().str.strip_chars_end(".")


def _names(relays: pl.Series) -> pl.Series:
    return relays.str.extract(r"^([^\[]+)\[", 1)


def _lookup(name: str, table: Mapping[str, str]) -> pl.Expr:
    return pl.col(name).replace_strict(table, default=None, return_dtype=pl.String)


def _cases(failed: pl.DataFrame, of: Mapping[str, str], groups: Mapping[str, str]) -> pl.DataFrame:
    """Return one case for each recipient of a mail, of its last attempt that says something of its own."""
    place = ("at_source", "at_block", "at_row")
    ordered = failed.sort("time", *place, nulls_last=False)
    mute = pl.col("cause").is_null() & ~pl.col("answered")
    last = ordered.filter(~mute).unique(["mail", "recipient"], keep="last", maintain_order=True)
    sums = ordered.group_by("mail", "recipient").agg(
        pl.col("count").sum().alias("deliveries"),
        pl.col("time").min().alias("first"),
        pl.col("time").max().alias("last"),
        *(pl.col(name).first() for name in place),
    )
    cases = last.drop("count", "time", *place).join(sums, on=["mail", "recipient"], nulls_equal=True)
    cases = cases.with_columns(
        pl.col("mail").rank("dense").cast(pl.Int64),
        _DOMAIN.alias("domain"),
        pl.lit(FAILED).alias("outcome"),
        pl.col("cause").fill_null(Cause.UNKNOWN.value),
        _lookup("host", of).alias("provider"),
        _lookup("host", groups).alias("group"),
        pl.col("address").alias("reply"),
    )
    have = set(cases.columns)
    return cases.select(
        (pl.col(name) if name in have else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in CASES.items()
    )


def _tries(failed: pl.DataFrame, groups: Mapping[str, str]) -> pl.DataFrame:
    server = pl.concat_str(
        pl.col("host").fill_null(""),
        pl.lit("["),
        pl.col("ip"),
        pl.lit("]"),
        pl.when(pl.col("port").is_not_null()).then(pl.format(":{}", "port")).otherwise(pl.lit("")),
    )
    return failed.select(
        pl.when(pl.col("ip").is_not_null()).then(server).otherwise("host").alias("relay"),
        _lookup("host", groups).alias("group"),
        _DOMAIN.alias("domain"),
        pl.lit(value=False).alias("taken"),
        "cause",
        "answered",
        "count",
        pl.col("time").alias("first"),
        pl.col("time").alias("last"),
    ).cast(TRIES)


def _taken(taken: pl.DataFrame, groups: Mapping[str, str]) -> pl.DataFrame:
    host = taken.with_columns(_names(taken["relay"]).alias("host"))
    return host.select(
        "relay",
        _lookup("host", groups).alias("group"),
        "domain",
        pl.lit(value=True).alias("taken"),
        pl.lit(None, dtype=pl.String).alias("cause"),
        pl.lit(value=True).alias("answered"),
        pl.lit(1, dtype=pl.Int64).alias("count"),
        pl.col("time").alias("first"),
        pl.col("time").alias("last"),
    ).cast(TRIES)


# --- whom we turn away ---------------------------------------------------------------------------


def _inward(away: pl.DataFrame, taken: pl.DataFrame) -> tuple[Statement, ...]:
    """Return the restrictions of ours that hit whom we write to, as far as the last deliveries name these."""
    partners = pl.DataFrame({"domain": taken["domain"].unique()})
    domain = pl.col("sender").str.extract(r"@([^@\s]+)$", 1).str.to_lowercase()
    near = pl.col("sender").str.contains_any(partners["domain"].to_list(), ascii_case_insensitive=True)
    mine = away.filter(near).with_columns(domain.alias("domain")).join(partners, on="domain", how="semi")
    mine = mine.drop("domain")
    if not mine.height:
        return ()
    batch = refusing.Batch(turned=turned(mine), tries=_taken(taken, {}))
    return refusing.finish(refusing.absorb(refusing.empty(), batch))


# --- in words ------------------------------------------------------------------------------------


def _told(said: Sequence[Statement], known: Heard, providers: Providers | None) -> tuple[Reach, ...]:
    if not said:
        return ()
    proofs = _proofs(said, known)
    proved = (
        replace(one, evidence=tuple(proofs[place] for place in one.places if place in proofs)[:PROOFS])
        for one in said
    )
    return worded(proved, known.pack, known.lang, known.zone, providers)


def worded(
    said: Iterable[Statement], pack: Pack, lang: str, zone: tzinfo, providers: Providers | None = None
) -> tuple[Reach, ...]:
    """Return statements in the reader's words. providers: where some are about these."""
    words = ui_part("reach", lang, pack)
    advice = ui_part("bounces", lang, pack)
    titles = ui_part("causes", lang, pack)
    made = []
    for one in said:
        values = {
            name: f"{value:,}" if isinstance(value, int) else value for name, value in one.values.items()
        }
        if "provider" in values and providers is not None:
            values["provider"] = providers.name(values["provider"])
        values |= {"since": _clock(one.since, zone), "before": _clock(one.before, zone)}
        values["cause"] = titles[f"title_{one.cause}"]
        made.append(
            Reach(
                kind=one.kind,
                statement=(words.get(one.what) or advice[f"reach_{one.what}"]).format(**values),
                cause=one.cause,
                scope=one.scope,
                since=one.since,
                numbers={name: value for name, value in one.values.items() if isinstance(value, int)},
                remedy=tuple(steps(one, advice)),
                rules=one.rules,
                evidence=one.evidence,
            )
        )
    return tuple(made)


def _clock(time: datetime | None, zone: tzinfo) -> str:
    return f"{time.astimezone(zone):%Y-%m-%d %H:%M:%S}" if time else "?"


def _proofs(said: Sequence[Statement], known: Heard) -> dict[Place, Evidence]:
    """Return lines that prove the statements: those that are known; where there is none, some are read again."""
    places = {place for one in said for place in one.places}
    schema = {"source": pl.Int64, "block": pl.Int64, "row": pl.Int64}
    wanted = pl.DataFrame(sorted(places), schema=schema, orient="row").cast(pl.UInt32)
    found = wanted.join(known.examples, on=list(schema), how="inner").select(*schema, "raw")
    texts = {(source, block, row): raw for source, block, row, raw in found.iter_rows()}
    bare = (one.places[:PROOFS] for one in said if not any(place in texts for place in one.places))
    texts |= known.lines([place for some in bare for place in some])
    made = {}
    for place, text in texts.items():
        file, line = known.locate(*place)
        made[place] = Evidence(file=file, line=line, time=None, text=text)
    return made


def reaching(findings: Sequence[Finding], said: Sequence[Reach]) -> tuple[Finding, ...]:
    """Return findings with what is said of how far they reach."""
    return tuple(
        replace(one, reach=tuple(each.statement for each in said if one.rule in each.rules))
        for one in findings
    )
