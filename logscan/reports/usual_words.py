"""What a report says of hours that were not as usual, and of how much history there is to say so.

In: `Nightly`, phrases. Out: plain strings in the reader's language. Never: escapes (that is the form's business); a share without the
counts that it is made of.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from logscan.model.baseline import SHARES, Anomaly
from logscan.model.report import UNKNOWN, Nightly
from logscan.reports.charts.telling import seconds
from logscan.reports.wording import Wording

_SECOND: Final = timedelta(seconds=1)


def history(report: Nightly, words: Wording) -> str:
    """Return how far it was as usual, or how much history is lacking to say so; empty where nothing was asked."""
    told = report.baseline
    if told is None or report.light == UNKNOWN:
        return ""
    if not told.enough:
        return words.say("night_usual_lacking", days=told.days, needed=told.guide.days)
    return words.say("night_usual_no" if told.anomalies else "night_usual_yes", days=told.days)


def rows(report: Nightly, words: Wording) -> tuple[tuple[str, str], ...]:
    """Return when and what, of everything that was not as usual."""
    return tuple((when(one, words), said(one, words)) for one in report.odd)


def when(one: Anomaly, words: Wording) -> str:
    """Return whole days by their dates, hours with the clock, the last of a day until 24:00."""
    since, until = (time.astimezone(words.zone).replace(tzinfo=None) for time in (one.since, one.until))
    last = until - _SECOND
    midnight = since.time().min
    if since.time() == until.time() == midnight:
        first, end = f"{since:%Y-%m-%d}", f"{last:%Y-%m-%d}"
        return first if first == end else words.say("night_from_to", first=first, last=end)
    end = "24:00" if until.time() == midnight else f"{until:%H:%M}"
    end = end if since.date() == last.date() else f"{last:%m-%d} {end}"
    return words.say("night_from_to", first=f"{since:%Y-%m-%d %H:%M}", last=end)


def said(one: Anomaly, words: Wording) -> str:
    """Return what there was, and what is usual."""
    key = f"night_odd_{one.metric}"
    if one.metric in SHARES:
        values = {"seen": _share(one.seen), "usual": _share(one.usual), "high": _share(one.high)}
        text = words.say(key, **values, count=one.count, of=one.of)
    elif one.metric == "delay":
        text = words.say(key, seen=seconds(one.seen), usual=seconds(one.usual), high=seconds(one.high))
    else:
        low, high = round(one.low), round(one.high)
        text = words.say(key, seen=round(one.seen), usual=round(one.usual), low=low, high=high)
    if one.holiday:
        return words.say("night_odd_holiday", what=text)
    return text


def first(report: Nightly, words: Wording) -> str:
    """Return the gravest of what was not as usual, as a part of a sentence. There must be one."""
    one = report.odd[0]
    return words.say("night_odd_when", when=when(one, words), what=said(one, words))


def _share(share: float) -> str:
    """Return a share in per cent.

    >>> _share(0.0312), _share(0.5), _share(1)
    ('3.1', '50', '100')
    """
    return f"{100 * share:.1f}".removesuffix(".0")
