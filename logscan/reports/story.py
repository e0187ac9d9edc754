"""One mail's story in sentences, in order, and what became of each recipient.

In: `model.messages.Message`, phrases (`[ui.trace]`), the titles of cards. Out: plain strings in the reader's language.
Never: escapes (that is the form's business); says *delivered* of mail that another server took.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from logscan.model.messages import (
    Attempt,
    Hop,
    Internal,
    Mark,
    Message,
    Passage,
    Place,
    Recipient,
    Refusal,
    Status,
)
from logscan.model.vocabulary import Kind
from logscan.reports.wording import Wording

#: The title of a card in the reader's language, by its id.
Titles = Callable[[str], str | None]

#: Names that stand for all who share an outcome.
SHOWN = 3
#: Daemons that put mail where it is to be read, or to be worked on: they deliver, they do not hand on.
HERE = ("local", "virtual", "lmtp", "pipe")
_REMOTE = re.compile(r"\bqueued as ([0-9A-Za-z._-]+)|\bid=([0-9A-Za-z._-]+)")
_EARLY = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A sentence of the story. details: what stands below it."""

    time: datetime | None
    words: str
    details: tuple[str, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of some recipients who share it. good: None while it is open."""

    names: tuple[str, ...]
    words: tuple[str, ...]
    good: bool | None


def subject(mail: Message, words: Wording) -> str:
    """Return from whom to whom the mail goes."""
    sender = sender_of(mail.sender, words)
    names = list(dict.fromkeys(r.recipient for r in mail.recipients if r.recipient))
    if not names:
        return words.say("trace_subject_none", sender=sender)
    return words.say("trace_subject", sender=sender, recipients=some(names, words))


def sender_of(sender: str | None, words: Wording) -> str:
    """Return the sender in words."""
    if sender is None:
        return words.say("trace_unknown_sender")
    return sender or words.say("trace_null")


def some(names: Sequence[str], words: Wording) -> str:
    """Return a few names, and how many more there are."""
    shown = ", ".join(names[:SHOWN])
    more = len(names) - SHOWN
    return words.say("trace_and_more", names=shown, count=more) if more > 0 else shown


def facts(mail: Message, words: Wording) -> str:
    """Return what else is known of the mail: Message-ID, size, who wrote it."""
    parts = []
    if mail.internal is not None:
        parts.append(words.say(f"trace_internal_{mail.internal.value}"))
    if mail.message_id:
        parts.append(words.say("trace_message_id", id=mail.message_id))
    if mail.size is not None:
        parts.append(words.counted("trace_size", mail.size))
    if mail.cut:
        parts.append(words.say("trace_cut"))
    return words.say("comma").join(parts)


# --- in order ------------------------------------------------------------------------------------


def story(mail: Message, words: Wording, titles: Titles) -> list[Event]:
    """Return what happened to the mail, in order."""
    events = [
        *(_hop(hop, mail, words) for hop in mail.hops),
        *(_signed(mail, words)),
        *(_mark(mark, words, titles) for mark in mail.marks),
        *(_tried(mail, words, titles)),
        *(
            Event(
                time=n.time, words=words.say("trace_notice", kind=n.kind, queue_id=n.queue_id), place=n.place
            )
            for n in mail.notices
        ),
    ]
    return sorted(events, key=_order)


def _order(event: Event) -> tuple[datetime, tuple[int, int, int]]:
    """Return what puts events in order: their time, and of one time their order in the log."""
    at = event.place
    return event.time or _EARLY, (at.source, at.block, at.row) if at else (0, 0, 0)


def _hop(hop: Hop, mail: Message, words: Wording) -> Event:
    if hop.what is not Passage.RECEIVED:
        said = words.say(
            f"trace_hop_{hop.what.value}",
            queue_id=hop.queue_id,
            parent=hop.parent or "?",
            host=hop.host or "?",
        )
        return Event(time=hop.time, words=said, place=hop.place)
    client = client_of(mail.client_name, mail.client_ip, words)
    if mail.local:
        said = words.say("trace_came_local", queue_id=hop.queue_id)
    elif mail.client_ip is None and mail.client_name is None:
        inside = mail.internal is not None and mail.internal is not Internal.PROBE
        said = words.say("trace_came_inside" if inside else "trace_came_before", queue_id=hop.queue_id)
    elif mail.sasl_user:
        said = words.say("trace_came_login", queue_id=hop.queue_id, client=client, user=mail.sasl_user)
    else:
        said = words.say("trace_came", queue_id=hop.queue_id, client=client)
    return Event(time=hop.time, words=said, place=hop.place)


def client_of(name: str | None, ip: str | None, words: Wording) -> str:
    """Return a client by name and address."""
    if name and ip:
        return f"{name} [{ip}]"
    return name or (f"[{ip}]" if ip else words.say("trace_unknown_client"))


def _signed(mail: Message, words: Wording) -> Iterator[Event]:
    for said in mail.dkim:
        values = {
            "domain": said.domain or "?",
            "selector": said.selector or "?",
            "detail": said.detail or "?",
        }
        yield Event(time=said.time, words=words.say(f"trace_dkim_{said.result}", **values), place=said.place)


_MARKS = {
    Kind.HOLD.value: "trace_held",
    Kind.RELEASED.value: "trace_released",
    Kind.REQUEUED.value: "trace_requeued",
    Kind.DELETED.value: "trace_deleted",
    Kind.EXPIRED.value: "trace_expired",
    Kind.DISCARD.value: "trace_discarded",
    Kind.REDIRECT.value: "trace_redirected",
    Kind.REMOVED.value: "trace_removed",
}


def _mark(mark: Mark, words: Wording, titles: Titles) -> Event:
    key = _MARKS.get(mark.what)
    said = words.say(key) if key else words.say("trace_rejected", reply=mark.reply or "?")
    shown = mark.reply if key and mark.reply and mark.what != Kind.REMOVED.value else None
    return Event(
        time=mark.time,
        words=f"{mark.queue_id}: {said}",
        details=tuple(text for text in (shown, card(mark.rule, words, titles)) if text),
        place=mark.place,
    )


def _tried(mail: Message, words: Wording, titles: Titles) -> Iterator[Event]:
    """Yield the attempts; those of one delivery to several recipients share a sentence."""
    groups: dict[tuple[object, ...], list[tuple[Recipient, Attempt]]] = {}
    for recipient in mail.recipients:
        for a in recipient.attempts:
            key = (a.time, a.queue_id, a.status, a.relay, _own(a.reply, recipient), a.by, a.child)
            groups.setdefault(key, []).append((recipient, a))
    hops = {hop.queue_id: hop.what for hop in mail.hops}
    for together in groups.values():
        attempt = together[0][1]
        names = some(
            list(dict.fromkeys(r.recipient or words.say("trace_nobody_yet") for r, _ in together)), words
        )
        details = [] if attempt.status == "sent" and attempt.by in HERE else [attempt.reply or ""]
        details.append(card(attempt.rule, words, titles) or "")
        details.append(_delay(attempt, words))
        yield Event(
            time=attempt.time,
            words=_attempt(attempt, names, hops.get(attempt.child or ""), words),
            details=tuple(text for text in details if text),
            place=attempt.place,
        )


def _own(reply: str | None, recipient: Recipient) -> str | None:
    """Return a reply without the recipient's own name, so that those of one delivery are equal."""
    return reply.replace(recipient.recipient, "") if reply and recipient.recipient else reply


def _attempt(a: Attempt, names: str, onward: Passage | None, words: Wording) -> str:
    relay = a.relay or ""
    if a.status == "sent":
        if onward is Passage.FORWARD and a.child:
            return words.say("trace_sent_forward", recipient=names, child=a.child)
        if onward is Passage.FILTER:
            return words.say("trace_sent_filter", recipient=names, relay=relay)
        if a.by in HERE or not a.relay:
            return words.say("trace_sent_here", recipient=names, by=a.by)
        return words.say("trace_sent", recipient=names, relay=relay)
    if a.status in {"deferred", "bounced"}:
        key = f"trace_{a.status}" if relay else f"trace_{a.status}_nobody"
        return words.say(key, recipient=names, relay=relay)
    return words.say("trace_other", recipient=names, status=a.status)


def _delay(attempt: Attempt, words: Wording) -> str:
    """Return how long it took, and where the time went."""
    if attempt.delay is None:
        return ""
    parts = [
        words.say(f"trace_delay_{index}", time=lasting(seconds, words))
        for index, seconds in enumerate(attempt.delays)
        if seconds >= 0.005
    ]
    total = lasting(attempt.delay, words)
    if not parts:
        return words.say("trace_total", total=total)
    return words.say("trace_after", total=total, parts=words.say("comma").join(parts))


def lasting(seconds: float, words: Wording) -> str:
    """Return a duration for a person: seconds, minutes, hours or days, whichever is short."""
    if seconds < 100:
        return words.say(
            "trace_seconds",
            value=f"{seconds:.2f}".rstrip("0").rstrip(".") if seconds < 10 else f"{seconds:.0f}",
        )
    for key, size, most in (("minutes", 60, 100), ("hours", 3600, 48)):
        if seconds < size * most:
            return words.say(f"trace_{key}", value=f"{seconds / size:.1f}".removesuffix(".0"))
    return words.say("trace_days", value=f"{seconds / 86400:.1f}".removesuffix(".0"))


def card(rule: str | None, words: Wording, titles: Titles) -> str | None:
    """Return what a card calls it."""
    title = titles(rule) if rule else None
    return words.say("trace_card", title=title, rule=rule) if title else None


# --- what became of it ---------------------------------------------------------------------------


def verdicts(
    mail: Message, words: Wording, titles: Titles, *, lifetime_s: float, as_of: datetime | None
) -> list[Verdict]:
    """Return what became of every recipient; those who share it are together."""
    groups: dict[tuple[object, ...], list[Recipient]] = {}
    for one in mail.recipients:
        key = (one.status, one.relay, _own(one.reply, one), one.rule, len(one.attempts))
        groups.setdefault(key, []).append(one)
    found = []
    for together in groups.values():
        first = together[0]
        said = [_verdict(first, mail, words)]
        if first.status is Status.DEFERRED:
            said.append(_until(mail, words, lifetime_s, as_of))
        if (title := card(first.rule, words, titles)) is not None:
            said.append(title)
        if first.status in {Status.BOUNCED, Status.EXPIRED}:
            said.append(_was_told(mail, words))
        unnamed = words.say("trace_nobody_yet")
        found.append(
            Verdict(
                names=tuple(one.recipient or unnamed for one in together),
                words=tuple(said),
                good=_good(first.status),
            )
        )
    return found


def _good(status: Status) -> bool | None:
    if status in {Status.SENT, Status.FORWARDED, Status.FILTERED, Status.REDIRECTED}:
        return True
    return None if not status.final or status is Status.UNKNOWN else False


def _verdict(one: Recipient, mail: Message, words: Wording) -> str:
    last = one.attempts[-1] if one.attempts else None
    reply, relay = one.reply or "?", one.relay or ""
    count = words.counted("trace_attempts", len(one.attempts))
    if one.status is Status.SENT:
        if last is not None and last.by == "discard":
            return words.say("trace_v_discarded", reply=reply)
        by = next((a.by for a in reversed(one.attempts) if a.status == "sent"), "")
        if by in HERE or not relay:
            return words.say("trace_v_delivered", by=by, reply=reply)
        remote = _REMOTE.findall(reply)
        if remote:
            return words.say("trace_v_sent", relay=relay, reply=reply, remote="".join(remote[-1]))
        return words.say("trace_v_sent_plain", relay=relay, reply=reply)
    if one.status is Status.BOUNCED:
        return words.say("trace_v_bounced" if relay else "trace_v_bounced_here", relay=relay, reply=reply)
    values = {
        "reply": reply, "relay": relay, "queue_id": mail.queue_ids[-1], "last": words.clock(last.time if last else None)
    }  # fmt: skip
    return words.say(f"trace_v_{one.status.value}", count=count, **values)


def _until(mail: Message, words: Wording, lifetime_s: float, as_of: datetime | None) -> str:
    """Return when a mail that waits is given up."""
    if mail.cut or mail.received is None:
        return words.say("trace_v_bounces_unknown")
    at = mail.received + timedelta(seconds=lifetime_s)
    over = as_of is not None and as_of > at
    key = "trace_v_bounces_over" if over else "trace_v_bounces"
    return words.say(key, lifetime=lasting(lifetime_s, words), at=words.clock(at))


def _was_told(mail: Message, words: Wording) -> str:
    notice = next((n for n in reversed(mail.notices) if n.kind == "sender non-delivery"), None)
    if notice is not None:
        if notice.status in {None, Status.SENT, Status.FORWARDED}:
            return words.say("trace_told", queue_id=notice.queue_id)
        return words.say("trace_told_failed", queue_id=notice.queue_id, status=str(notice.status))
    return words.say("trace_untold_null" if mail.sender == "" else "trace_untold")


def empty_handed(mail: Message, words: Wording) -> str:
    """Return why a mail has no recipient to tell of."""
    return words.say("trace_nobody" if mail.removed or mail.cut else "trace_never")


def refusal(one: Refusal, words: Wording) -> str:
    """Return who was refused what, in one sentence."""
    return words.say(
        "trace_reject",
        client=client_of(one.client_name, one.client_ip, words),
        stage=one.stage or "?",
        sender=sender_of(one.sender, words),
        recipient=one.recipient or words.say("trace_nobody_yet"),
    )
