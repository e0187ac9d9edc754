"""What became of each recipient of a mail, over all its queue IDs.

In: the mail's threads with their attempts and the other lines that decide. Out: one `Recipient` each.
Never: two rows for one recipient; a row for whom no line names, but one for a mail that waits unseen.

A recipient that was handed to a filter, or to a Postfix whose log is here too, is told by the last hop; its
attempts are those of all hops.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from logscan.model.messages import Attempt, Passage, Recipient, Status
from logscan.model.vocabulary import Kind

#: Passages after which the next hop's word counts.
_ONWARD = (Passage.FILTER, Passage.RELAY, Passage.REQUEUE)
_WORDS = {
    Kind.DISCARD.value: Status.DISCARDED,
    Kind.REDIRECT.value: Status.REDIRECTED,
    Kind.REJECT.value: Status.REJECTED,
    Kind.MILTER_REJECT.value: Status.REJECTED,
}
_LAST = {"bounced": Status.BOUNCED, "expired": Status.EXPIRED, "undeliverable": Status.BOUNCED}
_TAKEN = ("sent", "deliverable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A line that is no attempt and yet decides: held, released, discarded, rejected, expired, deleted."""

    at: int
    kind: str
    recipient: str | None = None
    reply: str | None = None
    dsn: str | None = None
    rule: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An attempt for a recipient. handed: it was given to something that may give it back."""

    at: int
    recipient: str | None
    orig_recipient: str | None
    attempt: Attempt
    forward: bool = False
    handed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One queue ID of a mail. onward: child thread -> how it came to be, and its queue ID."""

    number: int
    tried: Sequence[Tried]
    said: Sequence[Said]
    onward: Mapping[int, tuple[Passage, str]] = field(default_factory=dict)
    ended: bool = False
    queued: bool = False
    nrcpt: int | None = None


@dataclass(slots=True, kw_only=True)
class _Row:
    """A recipient while the hops are walked through. given: threads that it was handed to."""

    recipient: str | None
    orig: str | None
    status: Status
    attempts: list[Attempt]
    last: Attempt | Said | None
    given: dict[int, Passage] = field(default_factory=dict)
    replaced: bool = False


def recipients(threads: Sequence[Thread]) -> tuple[Recipient, ...]:
    """Return one row per recipient. threads: of one mail, parents before children."""
    rows: list[_Row] = []
    for thread in threads:
        for row in _rows(thread):
            _place(row, thread, rows)
    for row in rows:
        if row.status is Status.SENT and Passage.FILTER in row.given.values():
            row.status = Status.FILTERED
    return tuple(_recipient(row) for row in rows if not row.replaced)


def _place(row: _Row, thread: Thread, rows: list[_Row]) -> None:
    """Put a hop's row among those of the hops before."""
    mine = {name for name in (row.recipient, row.orig) if name is not None}
    before = [
        other
        for other in rows
        if thread.number in other.given and (mine & {other.recipient, other.orig} or row.recipient is None)
    ]
    if before:
        row.attempts = [*before[0].attempts, *row.attempts]
        if row.orig is None:
            row.orig = before[0].orig or (
                before[0].recipient if before[0].recipient != row.recipient else None
            )
        for other in before:
            other.replaced = True
        rows.append(row)
        return
    same = next((r for r in rows if r.recipient == row.recipient and not r.replaced), None)
    if same is None:
        rows.append(row)
        return
    same.attempts += row.attempts
    same.status, same.last = row.status, row.last or same.last
    same.given |= row.given


def _rows(thread: Thread) -> Iterable[_Row]:
    groups: dict[str | None, list[Tried]] = {}
    for tried in thread.tried:
        groups.setdefault(tried.recipient, []).append(tried)
    rows = [_tried(name, group, thread) for name, group in groups.items()]
    rows += [
        row
        for said in thread.said
        if said.recipient is not None and said.recipient not in groups and (row := _spoken(said, thread))
    ]
    rows = list({(row.recipient, row.status): row for row in rows}.values())
    waits = (
        thread.queued
        and not thread.ended
        and not any(what is Passage.REQUEUE for what, _ in thread.onward.values())
    )
    if (
        waits
        and (thread.nrcpt or 1) > len(groups)
        and not any(not row.status.final for row in rows if row.recipient not in groups)
    ):
        status = Status.HELD if _held(thread, -1) else Status.QUEUED
        rows.append(_Row(recipient=None, orig=None, status=status, attempts=[], last=None))
    requeued = {child: what for child, (what, _) in thread.onward.items() if what is Passage.REQUEUE}
    for row in rows:
        if not row.status.final:
            row.given |= requeued
    return rows


def _tried(name: str | None, group: Sequence[Tried], thread: Thread) -> _Row:
    taken = [tried for tried in group if tried.attempt.status in _TAKEN]
    here = [tried for tried in taken if not tried.forward]
    last = (here or taken or list(group))[-1]
    row = _Row(
        recipient=name,
        orig=next((tried.orig_recipient for tried in group if tried.orig_recipient), None),
        status=_status(last, thread, forwarded=bool(taken and not here)),
        attempts=[tried.attempt for tried in group],
        last=last.attempt,
    )
    row.given = {
        child: what
        for tried in here
        for child, (what, queue_id) in thread.onward.items()
        if what in _ONWARD
        and (tried.attempt.child == queue_id or (tried.attempt.child is None and tried.handed))
    }
    return row


def _status(last: Tried, thread: Thread, *, forwarded: bool) -> Status:
    word = last.attempt.status
    if word in _TAKEN:
        return Status.FORWARDED if forwarded else Status.SENT
    if word in _LAST:
        return _LAST[word]
    kinds = {said.kind for said in thread.said}
    if Kind.EXPIRED.value in kinds:
        return Status.EXPIRED
    if Kind.DELETED.value in kinds:
        return Status.DELETED
    waits = Status.HELD if _held(thread, last.at) else Status.DEFERRED
    return waits if word == "deferred" else Status.UNKNOWN


def _held(thread: Thread, since: int) -> bool:
    """Whether the mail was put on hold after `since` and not released again."""
    words = (Kind.HOLD.value, Kind.RELEASED.value)
    spoken = [said.kind for said in thread.said if said.at > since and said.kind in words]
    return bool(spoken) and spoken[-1] == Kind.HOLD.value


def _spoken(said: Said, thread: Thread) -> _Row | None:
    """Return the row of a recipient that only a refusal, a hold or the like names."""
    if said.kind == Kind.HOLD.value:
        status = Status.HELD if _held(thread, -1) else Status.QUEUED
        if any(other.kind == Kind.DELETED.value for other in thread.said):
            status = Status.DELETED
        elif thread.ended and not any(other.kind == Kind.REQUEUED.value for other in thread.said):
            return None  # it went on after all, and deliveries tell how
    elif said.kind in _WORDS:
        status = _WORDS[said.kind]
    else:
        return None
    return _Row(recipient=said.recipient, orig=None, status=status, attempts=[], last=said)


def _recipient(row: _Row) -> Recipient:
    last = row.last
    return Recipient(
        recipient=row.recipient,
        orig_recipient=row.orig,
        status=row.status,
        relay=last.relay if isinstance(last, Attempt) else None,
        dsn=last.dsn if last else None,
        reply=last.reply if last else None,
        rule=last.rule if last else None,
        cause=last.cause if last else None,
        attempts=tuple(row.attempts),
    )
