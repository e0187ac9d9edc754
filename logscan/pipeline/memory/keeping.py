"""One stretch of a local day read by the verbs, and what is kept of it.

In: a folder with the stretch's lines, settings whose window is the day. Out: `kept.Kept`. Never: an answer.

Every verb reads the lines for itself, as it does without a memory; what they would merge and tell is kept instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime

import polars as pl

from logscan.analyses import findings
from logscan.engine.spill import parts_of
from logscan.model.bounces import ORIGINS, TRIES, TURNED
from logscan.model.problems import Problem
from logscan.model.settings import Settings
from logscan.packs.providers import Providers
from logscan.pipeline import bounces, flow, scan
from logscan.pipeline.logs.grounds import Grounds, grounds_of, renamed
from logscan.pipeline.logs.survey import Survey, survey
from logscan.pipeline.mails.cases import origins, tries, troubled
from logscan.pipeline.memory.kept import LINES, Kept, KeptMail, KeptScan
from logscan.pipeline.signing import Counting
from logscan.tracking import mail
from logscan.tracking.digest import DIGEST
from logscan.tracking.mail import LINGER

#: path of a copy -> the log's own, and which of its lines (see `Ground.runs`).
Origins = Mapping[str, tuple[str, tuple[tuple[int, int], ...]]]


def kept(paths: Sequence[str], settings: Settings, origins: Origins, said: Sequence[Problem] = ()) -> Kept:
    """Return what is to be kept of the logs that `paths` mean. Raises NothingRead when there is not a line.

    said: what of the logs could not be copied: whoever tells of these lines must say so, whenever that is.
    """

    def known(grounds: Grounds) -> Grounds:
        mine = renamed(grounds, origins)
        return replace(mine, problems=(*mine.problems, *said))

    found = survey(paths, settings)
    read = scan.scanned(paths, settings, proving=True, found=found)
    partial, flow_grounds = flow.counted(paths, settings, found=found)
    mails, mail_grounds = _mail(paths, settings, found)
    return Kept(
        scan_grounds=known(read.grounds),
        scan=_scan(read),
        flow_grounds=known(flow_grounds),
        flow=partial,
        mail_grounds=known(mail_grounds),
        mail=mails,
    )


def _scan(read: scan.Scanned) -> KeptScan:
    answer, sums = read.answer, read.answer.account.sums
    none = findings.empty()
    tables = {
        field.name: pl.concat(
            [getattr(none, field.name), *parts_of(getattr(sums, field.name))], how="diagonal"
        )
        for field in fields(findings.Partial)
    }
    return KeptScan(
        totals=answer.totals,
        signs=answer.signs,
        findings=findings.Partial(**tables),
        untold=answer.account.untold,
        outages=answer.outages,
        attempts=answer.attempts,
    )


# --- mail ----------------------------------------------------------------------------------------


class _Keeper:
    """Keeps the rows of mails that are in trouble or not whole, and adds the others up."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers
        self._begin: datetime | None = None
        self.rows = [pl.DataFrame(schema=DIGEST)]
        self.tries = [pl.DataFrame(schema=TRIES)]
        self.origins = [pl.DataFrame(schema=ORIGINS)]
        self.signing = Counting()

    def take(self, done: mail.Mail) -> None:
        """Keep what of these mails is needed."""
        if not done.rows.height:
            return
        begin = done.rows["when"].min()
        if self._begin is None and isinstance(begin, datetime):
            self._begin = begin
        mine = self._needed(done)
        whole = pl.col("thread").is_in(mine.implode())
        self._keep(done.rows.filter(whole))
        rest = mail.Mail(
            rows=done.rows.filter(~whole),
            threads=done.threads.filter(~whole),
            links=done.links.filter(~pl.col("child").is_in(mine.implode())),
        )
        self.tries.append(tries(rest, self._providers))
        self.origins.append(origins(rest))
        self.signing.take(rest)

    def close(self, left: mail.Partial) -> None:
        """Keep the mails that may go on."""
        done, rest = mail.release(left)
        self.take(done)
        self.rows += [table.select(DIGEST.names()) for table in rest.tables]

    def _needed(self, done: mail.Mail) -> pl.Series:
        """Return the threads of mails that failed or waited, and of those whose beginning may lie before the stretch."""
        early = pl.col("client").is_null()
        if self._begin is not None:
            early |= pl.col("first") <= self._begin + LINGER
        cut = done.threads.filter(early)["root"].unique()
        torn = done.threads.filter(pl.col("root").is_in(cut.implode()))["thread"]
        return pl.concat([troubled(done).threads["thread"], torn]).unique()

    def _keep(self, rows: pl.DataFrame) -> None:
        self.rows.append(rows.sort("at").select(DIGEST.names()))


def _mail(paths: Sequence[str], settings: Settings, found: Survey) -> tuple[KeptMail, Grounds]:
    run = bounces.started(settings)
    keeper = _Keeper(run.providers)
    reading, found = bounces.read(paths, settings, run, keeper, signed=True, found=found)
    lines = [(*place, text) for place, text in run.lines.items()]
    turned = [pl.DataFrame(schema=TURNED), *run.ours.turned]
    kept = KeptMail(
        rows=pl.concat(keeper.rows).sort("source", "block", "row", maintain_order=True),
        tries=pl.concat(keeper.tries),
        origins=pl.concat(keeper.origins),
        turned=pl.concat(turned),
        lines=pl.DataFrame(lines, schema=LINES, orient="row"),
        lines_read=dict(run.counted),
        unparsed=dict(run.unparsed),
        totals=run.totals,
        signs=run.signs,
        deferrals=run.deferrals,
        first=run.first,
        last=run.last,
        signing=keeper.signing.count,
    )
    return kept, grounds_of(reading, found)


def within(settings: Settings, since: datetime, until: datetime, year: int) -> Settings:
    """Return settings for one local day, all of whose lines are known to be of that year."""
    return replace(settings, since=since, until=until, now=until, year=year)
