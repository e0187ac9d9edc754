"""Our count and pflogsumm's beside each other, line by line, in one reading.

In: a bundle of blocks. Out: `Beside`, both partials and the lines that make a difference.
Never: drops a line before pflogsumm has seen it: it knows of no other file that tells it too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import polars as pl

from logscan.analyses import differences, flow, pflogsumm
from logscan.pipeline.counts import counting
from logscan.pipeline.lines.work import Work
from logscan.pipeline.logs.reading import Bundle
from logscan.pipeline.logs.told import Told

#: What pflogsumm takes a line for -> the measure that it adds to.
_MEASURES: Final = {
    "received": "received",
    "delivered": "delivered",
    "forwarded": "forwarded",
    "deferred": "deferrals",
    "bounced": "bounced",
    "rejected": "rejected",
    "late": "rejected",
    "warned": "reject_warnings",
    "held": "held",
    "discarded": "discarded",
    "canceled": "canceled",
    "expired": "expired",
}
#: Measures that only 1.3.0 has.
_LATER: Final = ("canceled", "expired")
_NO_LINES: Final = differences.empty
#: Services whose smtpd pflogsumm knows.
_SERVICES: Final = r"^postfix/(?:(?:smtps|submission)/)?[^/]*$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Both counts of a stretch. ours: None where only pflogsumm's was asked for.

    unsure: lines of `differences` that hand mail over: they make a difference only if nothing came back.
    """

    theirs: pflogsumm.Partial
    ours: counting.Partial | None = None
    differences: pl.DataFrame = field(default_factory=_NO_LINES)
    unsure: pl.DataFrame = field(default_factory=_NO_LINES)


def empty() -> Beside:
    """Return the counts of no line."""
    return Beside(theirs=pflogsumm.empty())


def merge(left: Beside, right: Beside) -> Beside:
    """Return two neighbouring stretches as one, `left` before `right`."""
    sides = [side.ours for side in (left, right) if side.ours is not None]
    ours = counting.merge(*sides) if len(sides) == 2 else next(iter(sides), None)
    return Beside(
        theirs=pflogsumm.merge(left.theirs, right.theirs),
        ours=ours,
        differences=differences.merge(left.differences, right.differences),
        unsure=pl.concat([left.unsure, right.unsure]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """What every bundle needs to know. work: without told and window. ours: None: only pflogsumm's count."""

    work: Work
    told: Told
    since: datetime | None
    until: datetime | None
    version: str
    ours: counting.Counting | None

    def count(self, bundle: Bundle) -> Beside:
        """Return both counts of some blocks."""
        rows = self._inside(self._marked(bundle, self.work.rows(bundle))).with_columns(flow.place())
        # Several records on one line are one line to pflogsumm.
        lines = rows.filter(pl.col("column") == 0)
        seen = pflogsumm.seen(lines["raw"], self.version)
        theirs = pflogsumm.absorb(pflogsumm.empty(), (seen, lines["at"]))
        if self.ours is None:
            return Beside(theirs=theirs)
        counted = self._counted(bundle, rows, self.ours)
        batch = self.ours.batch([counted])
        told = seen.rows.select("what", lines["at"].gather(seen.rows["index"]).alias("at"))
        different = self._different(lines, told, batch)
        unsure = differences.lines(different.filter("given"))
        return Beside(
            theirs=theirs,
            ours=counting.Partial(
                totals=counted.totals, flow=flow.absorb(flow.empty(), batch), blind=counted.blind
            ),
            differences=differences.absorb(differences.empty(), different.filter(~pl.col("given"))),
            unsure=unsure,
        )

    def _marked(self, bundle: Bundle, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows with `left`: how many of their repeats no other file has told."""
        left = rows["repeat"].clone()
        for block in bundle:
            if (told := self.told.get((block.source, block.number))) is not None:
                index, counts = told
                begin = int((rows["source"] == block.source).arg_true()[0])
                left = left.scatter(index.cast(pl.Int64) + begin, counts)
        return rows.with_columns(left.alias("left"))

    def _inside(self, rows: pl.DataFrame) -> pl.DataFrame:
        if self.since is not None:
            rows = rows.filter((pl.col("time") >= self.since) | pl.col("time").is_null())
        if self.until is not None:
            rows = rows.filter((pl.col("time") < self.until) | pl.col("time").is_null())
        return rows

    def _counted(self, bundle: Bundle, rows: pl.DataFrame, ours: counting.Counting) -> counting.Counted:
        gone = Counter(rows["source"].filter(rows["left"] <= 0))
        mine = (
            rows.with_columns(pl.col("left").alias("repeat")).filter(pl.col("repeat") > 0).drop("left", "at")
        )
        return ours.note_rows(bundle, mine, gone)

    def _different(self, lines: pl.DataFrame, told: pl.DataFrame, batch: flow.Batch) -> pl.DataFrame:
        measure = pl.col("what").replace_strict(_MEASURES, default=None, return_dtype=pl.String)
        theirs = told.select(
            "at",
            measure.alias("measure"),
            pl.lit(1, pl.Int64).alias("count"),
            pl.lit(value=False).alias("given"),
        )
        ours = flow.measures(batch).with_columns(-pl.col("count"))
        both = pl.concat([theirs.drop_nulls("measure"), ours.select(theirs.columns)])
        if self.version == pflogsumm.VERSIONS[0]:
            both = both.filter(~pl.col("measure").is_in(_LATER))
        sums = both.group_by("at", "measure").agg(pl.col("count").sum(), pl.col("given").any())
        sums = sums.filter(pl.col("count") != 0)
        if sums.is_empty():
            return differences.empty().with_columns(pl.lit(value=False).alias("given"))
        rows = sums.join(lines.select("at", "raw", "program", "left", "repeat"), on="at", how="left")
        seen = rows["at"].is_in(told["at"].implode())
        return self._reasoned(rows.with_columns(seen.alias("seen")))

    def _reasoned(self, rows: pl.DataFrame) -> pl.DataFrame:
        stamped = pflogsumm.stamped(rows["raw"].fill_null(""), self.version)
        known, said = pl.col("program").str.contains(_SERVICES), pl.col("raw")
        reason = (
            pl.when(pl.col("left") <= 0)
            .then(pl.lit("twice"))
            .when(~pl.lit(stamped))
            .then(pl.lit("stamp"))
            .when(~pl.col("seen"))
            .then(pl.lit("instance"))
            .when((pl.col("repeat") > 1) & (pl.col("count") < 0))
            .then(pl.lit("repeat"))
            .when(~known)
            .then(pl.lit("service"))
            .when((pl.col("count") > 0) & said.str.contains(": warning: (?:header|body|END-OF-MESSAGE) "))
            .then(pl.lit("check"))
            .when(said.str.contains(": warning: ", literal=True))
            .then(pl.lit("warning"))
            .when(said.str.contains(": (?:milter|proxy)-[a-z]+: "))
            .then(pl.lit("milter"))
            .otherwise(pl.lit("words"))
        )
        named = pl.col("reason").is_in(["instance", "service", "milter", "words"])
        return rows.with_columns(reason.alias("reason")).with_columns(
            pl.when(named).then("program").otherwise(pl.lit("")).fill_null("").alias("word")
        )


def theirs_in_our_words(totals: Mapping[str, int]) -> dict[str, int]:
    """Return pflogsumm's totals by the contract's names."""
    names = {
        "reject warnings": "reject_warnings",
        "removed (canceled)": "canceled",
        "bytes received": "bytes_received",
        "bytes delivered": "bytes_delivered",
        "sending hosts/domains": "sending_domains",
        "recipient hosts/domains": "recipient_domains",
    }
    return {names.get(name, name): value for name, value in totals.items()}
