"""One mail = one message, however many queue IDs it took. A fold: see model.fold.

In: tables of events, in order. Out: `Mail`, the rows that tell of mails with the thread and the mail that each
belongs to; `logscan.tracking.messages.told` makes records of it.
Never: Python for a row; a mail that depends on how the logs were cut.

A partial is the rows themselves, narrowed (`digest`): what belongs together is found when they are all there,
so `merge` is nothing but one after the other. That memory follows the mail in flight is `release`'s doing: it
takes out what can no longer change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import polars as pl

from logscan.tracking.digest import DIGEST, digest
from logscan.tracking.threads import AHEAD, links, rooted, summed, threaded

#: How long after its last line a mail waits for another hop of it, a notice, or a late line.
LINGER: Final = timedelta(minutes=15)
#: How long a thread without an end waits: one that never reached the queue, and one that did. The
#: second is longer than maximal_queue_lifetime lets mail wait, and held mail is told as held by then.
IDLE: Final = (timedelta(days=1), timedelta(days=10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """Rows of a stretch of the logs, in order: tables of `digest.DIGEST`."""

    tables: tuple[pl.DataFrame, ...] = ()

    @property
    def height(self) -> int:
        """How many rows are held."""
        return sum(table.height for table in self.tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Mails as tables.

    rows: `DIGEST`, `at` (order of the log), `when`, thread. threads: what `threads.summed` gives and `root`, the
    thread in which its mail began: threads of one root are one message. links: what `threads.links` gives.
    """

    rows: pl.DataFrame
    threads: pl.DataFrame
    links: pl.DataFrame


def empty() -> Partial:
    """Return the partial of no line."""
    return Partial()


def absorb(partial: Partial, batch: pl.DataFrame) -> Partial:
    """Return `partial` with one more table of events."""
    kept = digest(batch)
    return Partial(tables=(*partial.tables, kept)) if kept.height else partial


def merge(left: Partial, right: Partial) -> Partial:
    """Return two neighbouring stretches as one, `left` before `right`."""
    return Partial(tables=(*left.tables, *right.tables))


def finish(partial: Partial) -> Mail:
    """Return all mails."""
    rows = threaded(_all(partial))
    threads = summed(rows)
    found = links(rows, threads)
    passed = found.filter(pl.col("what") != "notice")
    return Mail(rows=rows, threads=rooted(threads, passed), links=found)


def release(partial: Partial) -> tuple[Mail, Partial]:
    """Return the mails that nothing can be added to any more, and the partial of the others.

    Exact for logs in order of time: a line that comes more than `LINGER` late begins a mail of its own, so a log
    whose newest line stands first must be held as a whole. What comes of several hosts' logs is joined when it
    was read together or at most `LINGER` apart.
    """
    table = _all(partial)
    mail = finish(Partial(tables=(table,)))
    family = rooted(mail.threads.drop("root"), mail.links)  # with the notices about it
    # the last line's time and not the latest: of two logs of one host, the older may be read second
    horizon = pl.col("when").sort_by("at").last().over("host")
    now = mail.rows.select(pl.col("thread"), horizon.alias("now")).unique("thread")
    aged = family.join(now, on="thread", maintain_order="left")
    silent = pl.col("now") - pl.col("last")
    done = (
        pl.when("ended")
        .then(silent > LINGER)
        .when("queued")
        .then(silent > IDLE[1])
        .otherwise(silent > IDLE[0])
    )
    settled = aged.filter(done.all().over("root"))["thread"]
    gone = mail.rows.filter(pl.col("thread").is_in(settled.implode()))["at"]
    noise = _noise(mail, now)
    left = table.with_row_index("at").filter(~pl.col("at").is_in(pl.concat([gone, noise]).implode()))
    before = _unspoken(left)
    return _only(mail, settled), Partial(tables=(left.filter(~before).drop("at"),))


def _noise(mail: Mail, now: pl.DataFrame) -> pl.Series:
    """Return the places of rows of no mail: a signature whose mail the log does not show."""
    stray = mail.rows.join(mail.threads.select("thread"), on="thread", how="anti").join(now, on="thread")
    return stray.filter(pl.col("now") - pl.col("when") > LINGER)["at"]


def _unspoken(rows: pl.DataFrame) -> pl.Series:
    """Which rows wait for a queue ID that will not come any more."""
    when = pl.col("time").forward_fill()
    old = when < when.max().over("host") - AHEAD
    return rows.select((pl.col("queue_id").is_null() & old).fill_null(value=False).alias("old")).to_series()


def _only(mail: Mail, threads: pl.Series) -> Mail:
    mine = pl.col("thread").is_in(threads.implode())
    return Mail(
        rows=mail.rows.filter(mine),
        threads=mail.threads.filter(mine),
        links=mail.links.filter(pl.col("child").is_in(threads.implode())),
    )


def _all(partial: Partial) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=DIGEST), *partial.tables])
