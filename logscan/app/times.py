"""Times as people write them.

In: `yesterday`, `-24h`, `2 hours ago`, `2026-11-24 03:00`, `24 Nov`; what "now" is; a zone.
Out: a time in UTC. Never: guesses what it cannot read.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from logscan.model.problems import UsageError

_AGO = re.compile(
    r"""(?ix) ^ (?: - \s* (?P<minus>\d+(?:\.\d+)?) \s* (?P<unit>[a-z]+)
      | (?P<number>\d+(?:\.\d+)?|an?|one) \s* (?P<word>[a-z]+) \s+ ago ) $"""
)
_UNITS = {
    "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
    "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hour": 3600, "hours": 3600,
    "d": 86400, "day": 86400, "days": 86400,
    "w": 604800, "week": 604800, "weeks": 604800,
}  # fmt: skip


def moment(text: str, *, now: datetime, zone: tzinfo, option: str) -> datetime:
    """Return the time that `text` means, in UTC.

    Days begin at midnight in `zone`. Raises UsageError naming `option`.

    >>> from zoneinfo import ZoneInfo
    >>> now = datetime(2026, 3, 2, 1, tzinfo=UTC)
    >>> moment("yesterday", now=now, zone=ZoneInfo("Asia/Shanghai"), option="--since").isoformat()
    '2026-02-28T16:00:00+00:00'
    """
    word = text.strip().lower()
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if word == "now":
        return now.astimezone(UTC)
    if word in {"today", "yesterday", "tomorrow"}:
        days = {"today": 0, "yesterday": -1, "tomorrow": 1}[word]
        # Through the calendar, not by 24 hours: a day may have 23 or 25.
        local = (today.replace(tzinfo=None) + timedelta(days=days)).replace(tzinfo=zone)
        return local.astimezone(UTC)
    if ago := _AGO.match(word):
        return _ago(ago, now, option)
    return _absolute(text, today, zone, option)


def duration(text: str, *, option: str) -> timedelta:
    """Return how long `text` says, in Postfix's manner: `5d`, `12h`, `90m`, `1w`, `30s`; without unit, seconds.

    Raises UsageError naming `option`.

    >>> duration("5d", option="--queue-lifetime")
    datetime.timedelta(days=5)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", text.lower())
    unit = found[2] or "s" if found else ""
    if found is None or unit not in _UNITS:
        raise UsageError(f"{option}: cannot read {text!r} as a duration; try 5d, 12h, 90m")
    try:
        return timedelta(seconds=float(found[1]) * _UNITS[unit])
    except OverflowError as error:
        raise UsageError(f"{option}: {text!r} is longer than any mail waits") from error


def _ago(found: re.Match[str], now: datetime, option: str) -> datetime:
    unit = found["unit"] or found["word"]
    number = found["minus"] or found["number"]
    if unit not in _UNITS:
        raise UsageError(f"{option}: {unit!r} is not a unit of time; there are s, m, h, d, w")
    count = 1.0 if number in {"a", "an", "one"} else float(number)
    try:
        return (now - timedelta(seconds=count * _UNITS[unit])).astimezone(UTC)
    except OverflowError as error:
        raise UsageError(f"{option}: that long ago there were no logs") from error


def _absolute(text: str, today: datetime, zone: tzinfo, option: str) -> datetime:
    from dateutil import parser  # noqa: PLC0415

    try:
        found = parser.parse(text, default=today.replace(tzinfo=None))
    except (ValueError, OverflowError) as error:
        reason = (
            f"{option}: cannot read {text!r} as a time; try 2026-11-24 03:00, yesterday, -24h, 2 hours ago"
        )
        raise UsageError(reason) from error
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
