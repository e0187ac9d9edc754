"""Which queue IDs were those of logscan's own mails, and when?

In: logs, Message-IDs that were remembered when the mails were sent. Out: `model.own.OwnMail`. Never: anything but an ID to the
letter, because who can guess a pattern can hide mail behind it; a mail that bears an ID of ours later than Postfix needs to take
up the real one: whoever has received a report knows its ID; a log parsed in which none of the IDs stands.

The IDs are looked for in the bytes, and then the queue IDs that they lead to, as `trace` does it: filters, forwards, notices.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

import polars as pl

from logscan.model.own import OwnMail
from logscan.model.settings import Settings
from logscan.pipeline.logs.seek import Words, parsed, seek
from logscan.pipeline.logs.survey import Survey
from logscan.pipeline.mails.trail import Trail, linked, once
from logscan.tracking import mail

#: Bytes of lines and queue IDs that are worth following, and how often: reports are few, and so are their lines.
MOST: Final = 24 * 1024 * 1024
IDS: Final = 3000
ROUNDS: Final = 24
#: A thread with a mail's ID that nothing links to the mail is it all the same if it begins so soon after the first one.
SOON: Final = timedelta(hours=1)


class _Sent:
    """The query: rows that bear one of the IDs."""

    def __init__(self, ids: Collection[str]) -> None:
        self._ids = sorted(ids)

    def rows(self, rows: pl.DataFrame) -> pl.Series:
        """Return which rows it means."""
        if "message_id" not in rows.columns:
            return pl.repeat(False, rows.height, eager=True)
        return rows["message_id"].is_in(self._ids).fill_null(value=False)


def own_mail(found: Survey, settings: Settings) -> tuple[OwnMail, ...]:
    """Return the queue IDs of the mails `settings.sent`, in the order of time; none where the logs hold none of them."""
    rows = _rows(found, settings) if settings.sent else None
    if rows is None or not {"queue_id", "message_id"} <= set(rows.columns):
        return ()
    tracked = mail.finish(mail.absorb(mail.empty(), rows.filter(pl.col("queue_id").is_not_null())))
    whose = _whose(tracked, settings.sent)
    threads = tracked.threads.filter(pl.col("thread").is_in(list(whose)))
    return tuple(
        sorted(
            OwnMail(
                first=first, last=last, queue_id=queue_id, host=host, message_id=whose[thread], ended=ended
            )
            for thread, host, queue_id, first, last, ended in threads.select(
                "thread", "host", "queue_id", "first", "last", "ended"
            ).iter_rows()
            if first is not None
        )
    )


def _rows(found: Survey, settings: Settings) -> pl.DataFrame | None:
    """Return the lines of the mails, and of what they lead to, as rows of events; None when there are none, or very many."""
    trail, query, firsts = Trail(), _Sent(settings.sent), dict[int, int]()
    words = tuple(sorted(text.encode() for text in settings.sent))
    trail.sought |= set(words)
    rows: pl.DataFrame | None = None
    for _ in range(ROUNDS):
        answer = seek(found.logs, Words(plain=words), settings.jobs, most=MOST, before=trail.found)
        if answer is None:
            return None
        trail.add(answer[0])
        records, _ = parsed(trail.found, found.logs, found.zone, firsts)
        if not records.height:
            return None
        rows = linked(once(records))
        trail.follow(rows, query)
        words = trail.new()
        if not words or len(trail.ids) > IDS:
            break
        trail.sought |= set(words)
    return rows


def _whose(tracked: mail.Mail, sent: Collection[str]) -> dict[int, str]:
    """Return thread -> ID of the mail that it is one of, or a notice about one."""
    bearing = tracked.threads.filter(pl.col("message_id").is_in(list(sent))).filter(
        pl.col("first") <= pl.col("first").min().over("message_id") + SOON
    )
    whose: dict[int, str] = dict(bearing.select("thread", "message_id").iter_rows())
    pairs: list[tuple[int, int]] = tracked.links.select("child", "parent").rows()
    before = -1
    while before != len(whose):
        before = len(whose)
        whose |= {child: whose[parent] for child, parent in pairs if parent in whose and child not in whose}
    return whose
