"""What is kept of a stretch of a local day, so that any run of days can be told as if its logs were read at once.

In: nothing. Out: records that `store.codec` makes bytes of, and `joined`, which lays neighbouring ones together.
Never: a line of a mail that came and went without trouble; an answer: these are what answers are made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Final

import polars as pl

from logscan.analyses import attempts, blind, findings, outages, totals
from logscan.analyses.refusing import added
from logscan.model.bounces import ORIGINS, TRIES, TURNED
from logscan.model.findings import Assumptions
from logscan.packs.schema import Card
from logscan.pipeline.counts import counting
from logscan.pipeline.logs import grounds
from logscan.pipeline.logs.grounds import Grounds
from logscan.pipeline.memory.moved import moved
from logscan.pipeline.signing import Count
from logscan.pipeline.verdicts.ledger import Account, Ledger
from logscan.tracking.digest import DIGEST

#: Lines that prove something, and where they stand.
LINES: Final = pl.Schema(
    {"source": pl.UInt32(), "block": pl.UInt32(), "row": pl.UInt32(), "text": pl.String()}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptScan:
    """What a scan found. untold: see `Account`."""

    totals: totals.Partial
    signs: blind.Partial
    findings: findings.Partial
    untold: int
    outages: outages.Partial
    attempts: attempts.Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMail:
    """What `bounces` needs.

    rows: `DIGEST` of the mails that failed, waited, or may go on in another stretch. tries, origins, signing: of all others.
    lines: source, block, row, text of lines that prove something. lines_read, unparsed: how many, by log.
    """

    rows: pl.DataFrame
    tries: pl.DataFrame
    origins: pl.DataFrame
    turned: pl.DataFrame
    lines: pl.DataFrame
    lines_read: Mapping[int, int]
    unparsed: Mapping[int, int]
    totals: totals.Partial
    signs: blind.Partial
    deferrals: int
    first: datetime | None
    last: datetime | None
    signing: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """All of a stretch. Each verb found the same logs, but has problems of its own."""

    scan_grounds: Grounds
    scan: KeptScan
    flow_grounds: Grounds
    flow: counting.Partial
    mail_grounds: Grounds
    mail: KeptMail


def account(cards: Mapping[str, Card], several: Iterable[KeptScan]) -> Account:
    """Return the sums of neighbouring stretches; their logs' indexes follow each other."""
    ledger, untold = Ledger(cards), 0
    for each in several:
        ledger.add(each.findings)
        untold += each.untold
    closed = ledger.close()
    return replace(closed, untold=closed.untold + untold)


def joined(stretches: Iterable[Kept]) -> list[Kept]:
    """Return stretches, in order, as if their logs had been found at once: each log has an index of its own."""
    found, by = [], 0
    for each in stretches:
        found.append(
            replace(
                each,
                scan=moved(each.scan, by),
                flow=moved(each.flow, by),
                mail=_moved_mail(moved(each.mail, by), by),
            )
        )
        by += len(each.scan_grounds.logs)
    return found


def ground(several: Iterable[Grounds]) -> Grounds:
    """Return the grounds of neighbouring stretches."""
    return reduce(grounds.joined, several)


def _moved_mail(mail: KeptMail, by: int) -> KeptMail:
    return replace(
        mail,
        lines_read={index + by: count for index, count in mail.lines_read.items()},
        unparsed={index + by: count for index, count in mail.unparsed.items()},
    )


def laid(several: Iterable[KeptMail]) -> KeptMail:
    """Return what is kept of mail in neighbouring stretches as one."""
    every = list(several)
    tables = {
        name: pl.concat([pl.DataFrame(schema=schema), *(getattr(each, name) for each in every)])
        for name, schema in (("rows", DIGEST), ("tries", TRIES), ("origins", ORIGINS), ("turned", TURNED))
    }
    times = [(each.first, each.last) for each in every]
    return KeptMail(
        **tables | {"turned": added(tables["turned"])},
        lines=pl.concat(each.lines for each in every),
        lines_read={index: count for each in every for index, count in each.lines_read.items()},
        unparsed={index: count for each in every for index, count in each.unparsed.items()},
        totals=reduce(totals.merge, (each.totals for each in every), totals.empty()),
        signs=reduce(blind.merge, (each.signs for each in every), blind.empty()),
        deferrals=sum(each.deferrals for each in every),
        first=min((first for first, _ in times if first is not None), default=None),
        last=max((last for _, last in times if last is not None), default=None),
        signing=reduce(Count.and_, (each.signing for each in every), Count()),
    )


def nothing() -> Kept:
    """Return what is kept of no line, on a day on which there was none."""
    grounds = Grounds(
        logs=(), aside=(), skipped=True, problems=(), journal=None, covered=(None, None),
        assumed=Assumptions(zone="UTC", zone_source="system"),
    )  # fmt: skip
    mail = KeptMail(
        rows=pl.DataFrame(schema=DIGEST), tries=pl.DataFrame(schema=TRIES), origins=pl.DataFrame(schema=ORIGINS),
        turned=pl.DataFrame(schema=TURNED), lines=pl.DataFrame(schema=LINES), lines_read={}, unparsed={}, totals=totals.empty(), signs=blind.empty(), deferrals=0,
        first=None, last=None, signing=Count(),
    )  # fmt: skip
    return Kept(
        scan_grounds=grounds,
        flow_grounds=grounds,
        mail_grounds=grounds,
        scan=KeptScan(
            totals=totals.empty(), signs=blind.empty(), findings=findings.empty(), untold=0,
            outages=outages.empty(), attempts=attempts.finish(attempts.empty()),
        ),
        flow=counting.empty(),
        mail=mail,
    )  # fmt: skip
