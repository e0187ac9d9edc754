"""Who handed in each mail, and what of it failed: the mails of some logs, followed from end to end.

In: a reading of logs that were read before, which of them. Out: a partial of `analyses.accounts`. Never: a mail judged
before all of it is there; counts that differ from those of `bounces`, whose road this is.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from logscan.analyses import accounts
from logscan.engine.threads import spread
from logscan.model.settings import Settings
from logscan.model.vocabulary import Family
from logscan.packs.providers import load_providers
from logscan.pipeline.lines.judged import Judge
from logscan.pipeline.lines.road import detailed, understood
from logscan.pipeline.lines.work import Work
from logscan.pipeline.logs.reading import Bundle, Reading, rereading_all
from logscan.pipeline.mails.cases import Casebook, origins
from logscan.pipeline.mails.lives import alive, lean
from logscan.tracking import mail

#: Rows that wait before those of finished mails are let go.
HELD = 120_000


def followed(
    reading: Reading, settings: Settings, judge: Judge, only: Sequence[int], *, early: bool
) -> accounts.Partial:
    """Return what the logs `only` of a fresh reading tell. early: mails may be judged before the logs end."""
    book = Casebook(judge, load_providers(settings.patterns))
    work = Work.of(reading, settings)
    told, partial, most = accounts.empty(), mail.empty(), HELD

    def lives(bundle: Bundle) -> pl.DataFrame:
        previous = {block.source: block.previous for block in bundle}
        parts = understood(work.rows(bundle), previous)
        return lean(detailed(alive(part) for part in parts if part.family == Family.POSTFIX.value))

    def take(told: accounts.Partial, done: mail.Mail) -> accounts.Partial:
        batch = accounts.Batch(origins=origins(done), cases=book.cases(done))
        return accounts.absorb(told, batch)

    for rows in spread(reading.bundles(only), rereading_all(lives), settings.jobs):
        if not rows.height or "queue_id" not in rows.columns:
            continue
        partial = mail.absorb(partial, judge.ruled(rows))
        if partial.height > most and early:
            done, partial = mail.release(partial)
            most = max(HELD, 2 * partial.height)
            told = take(told, done)
    return take(told, mail.finish(partial))
