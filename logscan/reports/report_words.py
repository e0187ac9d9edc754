"""What every form says of a period in the same words: the verdict, what changed, what it was compared with.

In: `Nightly`, phrases. Out: plain strings in the reader's language. Never: escapes (that is the form's business); knows a form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from logscan.model.report import (
    BEFORE,
    GREEN,
    KINDS,
    RED,
    UNKNOWN,
    WEEKDAY,
    Change,
    Compared,
    Nightly,
    Stretch,
)
from logscan.reports import bounced, sentences, usual_words
from logscan.reports.wording import Wording

#: How far logs may fall short of a period unsaid: a quiet server writes nothing for a while.
SLACK: Final = timedelta(hours=2)
#: Sources of a year that may be wrong.
GUESSED: Final = ("modified", "weekday")
#: Before numbers below this have a digit behind the point, where they are means.
EXACT: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """The program's own words; those of `flow` stand apart, for some of them have the names of others."""

    words: Wording
    flow: Wording


def period(stretch: Stretch, words: Wording, *, briefly: bool = False) -> str:
    """Return a period: a whole day by its name, whole days by their dates, else with the clock.

    briefly: three letters of the name are enough.
    """
    since, until = (
        time.astimezone(words.zone).replace(tzinfo=None) for time in (stretch.since, stretch.until)
    )
    if since.time() == until.time() == since.time().min:
        last = until - timedelta(days=1)
        if since == last:
            key = "night_day_short" if briefly else "night_day"
            name = words.say(f"weekday_short_{since.weekday()}")
            return words.say(key, weekday=name, day=f"{since:%Y-%m-%d}")
        return words.say("night_from_to", first=f"{since:%Y-%m-%d}", last=f"{last:%Y-%m-%d}")
    return words.say("night_from_to", first=f"{since:%Y-%m-%d %H:%M}", last=f"{until:%Y-%m-%d %H:%M}")


def light(report: Nightly, words: Wording) -> str:
    """Return the light as a word."""
    return words.say(f"night_light_{report.light}")


def verdict(report: Nightly, words: Wording) -> str:
    """Return one sentence that says it all."""
    scan = report.scan
    if report.light == UNKNOWN:
        return sentences.window_empty(scan, words) or words.say("night_verdict_unknown")
    if report.light == GREEN:
        return words.say("night_verdict_green_part" if scan.totals.unparsed else "night_verdict_green")
    loud = sentences.loud(scan)
    if not loud:
        if report.baseline is not None and report.baseline.warns:
            return words.say("night_verdict_odd", what=usual_words.first(report, words))
        return words.say("night_verdict_unexplained" if scan.unexplained else "night_verdict_unread")
    key = f"night_verdict_{RED if report.light == RED else 'yellow'}"
    title = loud[0].explanation.title
    return words.say(key if len(loud) == 1 else f"{key}_more", title=title, count=len(loud))


def mail(report: Nightly, words: Wording) -> str:
    """Return the traffic in one sentence."""
    sums = report.flow.sums
    counts = {
        name: getattr(sums, name) for name in ("received", "delivered", "bounced", "deferrals", "rejected")
    }
    return words.say("night_mail", period=period(report.period, words, briefly=True), **counts)


def shortfall(report: Nightly, words: Wording) -> str | None:
    """Return how little of the period the logs cover; None where that is enough of it, or nothing at all."""
    first, last = report.logs
    since, until = report.period.since, report.period.until
    if first is None or last is None or last < since or first >= until:
        return None
    if first - since <= SLACK and until - last <= SLACK:
        return None
    begin, end = words.clock(max(first, since)), words.clock(min(last, until))
    return words.say(
        "night_logs_part", first=begin[:16], last=end[11:16] if end[:10] == begin[:10] else end[:16]
    )


def read(report: Nightly, words: Wording) -> str:
    """Return what was read and how well, in one line; a year that was guessed, and what was not read, is said."""
    scan = report.scan
    assumed = scan.assumptions
    files = sum(item.format is not None for item in scan.inputs)
    said = words.say(
        "night_read",
        files=words.counted("files", files),
        lines=words.counted("lines", scan.totals.lines),
        understood=sentences.understood(scan, words),
        zone=assumed.zone,
    )
    if assumed.year_source in GUESSED:
        source = words.say(f"year_{assumed.year_source}")
        said = words.say("night_read_year", read=said, year=str(assumed.year), source=source)
    if report.own_mails:
        said = f"{said}; {words.counted('night_own_mails', report.own_mails)}"
    return words.say("night_read_part", read=said) if report.problems else said


# --- what changed --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A change as a row. against: before, weekday or both."""

    change: Change
    against: str


def told(changes: Sequence[Change]) -> list[Told]:
    """Return the changes, each once, whatever it was found against; the numbers are those of the period before."""
    found: dict[tuple[str, str, str], list[Change]] = {}
    for change in changes:
        found.setdefault((change.kind, change.subject, change.key), []).append(change)
    rows = []
    for alike in found.values():
        nearest = next((change for change in alike if change.against == BEFORE), alike[0])
        rows.append(Told(change=nearest, against="both" if len(alike) > 1 else nearest.against))
    return rows


def changed(report: Nightly, words: Wording) -> str | None:
    """Return how much changed against the period before; None where nothing did."""
    kinds = Counter(change.kind for change in report.changes if change.against == BEFORE)
    counts = [words.say(f"night_{kind}", count=kinds[kind]) for kind in KINDS if kinds[kind]]
    before = _with(report, BEFORE)
    if not counts or before is None:
        return None
    when = period(before.periods[0], words)
    return words.say("night_changed", counts=words.say("comma").join(counts), period=when)


def row(one: Told, words: Wording) -> tuple[str, str, str]:
    """Return the kind, the numbers, and what it is."""
    change = one.change
    title = bounced.title(change.key, words) if change.subject == "cause" else change.title
    severity = words.say(change.severity) if change.severity else ""
    what = words.say(f"night_subject_{change.subject}", title=title, severity=severity)
    return (
        words.say(f"night_kind_{change.kind}"),
        words.say("night_from", before=count(change.before), now=change.now),
        words.say(f"night_by_{one.against}", what=what),
    )


def count(number: float) -> str:
    """Return a mean as people write it.

    >>> count(12.0), count(0.25), count(1234.5)
    ('12', '0.2', '1,234')
    """
    whole = round(number)
    return f"{number:,.1f}" if number < EXACT and abs(number - whole) >= 0.05 else f"{whole:,}"


def history(report: Nightly, words: Wording) -> list[str]:
    """Return what the period was compared with, and what the logs do not reach."""
    first = words.clock(report.logs[0])[:16]
    if not (against := against_of(report, words)):
        return [words.say("night_no_history", first=first)]
    said = [words.say("night_against" if report.changes else "night_no_change", against=against)]
    said += [
        words.say(
            _absent(report, compared),
            first=first,
            period=period(compared.asked[0], words),
            weekday=weekday(report, words),
        )
        for compared in report.compared_to
        if not compared.periods
    ]
    missing = sorted({group for compared in report.compared_to for group in compared.missing})
    if missing:
        said.append(words.say("night_missing", groups=words.say("comma").join(missing)))
    return said


def against_of(report: Nightly, words: Wording) -> str:
    """Return what the period was compared with; empty where that is nothing."""
    parts = []
    for compared in report.compared_to:
        if not compared.periods:
            continue
        if compared.against == BEFORE:
            parts.append(words.say("night_against_before", period=period(compared.periods[0], words)))
        else:
            key = "night_against_week" if report.length == "week" else "night_against_weekday"
            counts = {"count": len(compared.periods), "wanted": compared.wanted}
            parts.append(words.say(key, **counts, weekday=weekday(report, words)))
    return words.say("night_and").join(parts)


def weekday(report: Nightly, words: Wording) -> str:
    """Return the name of the day on which the period begins."""
    begin = report.period.since.astimezone(words.zone)
    return words.say(f"weekday_short_{begin.weekday()}")


def rule(report: Nightly, words: Wording) -> str:
    """Return the rule by which something is worse or better."""
    shown = report.rule
    return words.say(
        "night_rule", deviations=f"{shown.deviations:g}", factor=f"{shown.factor:g}", **dict(shown.least)
    )


def _with(report: Nightly, against: str) -> Compared | None:
    return next((one for one in report.compared_to if one.against == against and one.periods), None)


def _absent(report: Nightly, compared: Compared) -> str:
    if compared.against == WEEKDAY:
        return "night_no_week" if report.length == "week" else "night_no_weekday"
    return "night_no_before"


# --- signing, encryption, logins -----------------------------------------------------------------


def signed(report: Nightly, words: Wording) -> str:
    """Return how much of outgoing mail was signed, or why that is not known."""
    shown = report.signed
    if shown.mails and shown.signed is not None:
        share = f"{100 * shown.signed / shown.mails:.1f}".removesuffix(".0")
        return words.say("night_signed", signed=shown.signed, mails=shown.mails, share=share)
    return words.say(f"night_signed_{shown.why}")


def encryption(report: Nightly, voice: Voice) -> Iterator[str]:
    """Yield the TLS connections of each direction, by protocol; or that none is logged."""
    words = voice.words
    if not report.flow.tls:
        yield words.say("night_tls_none")
    for direction in ("inbound", "outbound"):
        counts: Counter[str] = Counter()
        for one in report.flow.tls:
            if one.direction == direction:
                counts[one.protocol] += one.count
        parts = [
            words.say("night_tls_part", protocol=name, count=counts[name])
            for name in sorted(counts, key=lambda name: (-counts[name], name))
        ]
        if parts:
            named = voice.flow.say(direction)
            yield words.say("night_tls", direction=named, parts=words.say("comma").join(parts))


def logins(report: Nightly, words: Wording, *, briefly: bool = False) -> str:
    """Return the attacks on logins in one line. briefly: without whence most of them came."""
    failures = report.flow.sums.auth_failures
    if not failures:
        return words.say("night_auth_none")
    failed = words.counted("night_auth_from", failures)
    clients: Counter[str] = Counter()
    for one in report.flow.auth:
        if one.client_ip:
            clients[one.client_ip] += one.count
    if briefly or failures == 1 or not clients:
        return failed
    client = min(clients, key=lambda name: (-clients[name], name))
    return words.say("night_auth", failed=failed, client=client, most=clients[client])


def unread(report: Nightly, words: Wording) -> list[str]:
    """Return what could not be read or understood, and what these logs cannot show."""
    scan = report.scan
    said = [sentence for _, sentence in sentences.alike(report.problems, words)]
    if scan.totals.unparsed:
        said.append(sentences.understood(scan, words))
    if not said:
        said.append(words.say("night_trust_all"))
    if scan.blind_spots:
        names = "; ".join(spot.missing for spot in scan.blind_spots)
        said.append(words.say("night_blind", names=names))
    return said
