"""The program's own words: headings, counts and times, in the reader's language and zone.

In: a table of phrases, a zone. Out: strings. Never: text from a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Phrases by key (`[ui]` of patterns/texts), and the zone in which times are shown."""

    phrases: Mapping[str, str]
    zone: tzinfo

    def say(self, key: str, **values: object) -> str:
        """Return the phrase `key` with its values; numbers get thousands separators."""
        shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
        return self.phrases[key].format(**shown)

    def counted(self, key: str, count: int) -> str:
        """Return `count` things, in the singular where there is one."""
        one = f"{key}_one"
        return self.say(one) if count == 1 and one in self.phrases else self.say(key, count=count)

    def clock(self, time: datetime | None) -> str:
        """Return a time in the assumed zone, to the second."""
        return time.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S") if time else "?"

    def span(self, first: datetime | None, last: datetime | None) -> str:
        """Return a period, its end without the date when it is the same day."""
        if first is None or last is None:
            return self.say("no_period")
        begin, end = first.astimezone(self.zone), last.astimezone(self.zone)
        form = "%H:%M:%S" if begin.date() == end.date() else "%Y-%m-%d %H:%M:%S"
        return self.say("period", first=begin.strftime("%Y-%m-%d %H:%M:%S"), last=end.strftime(form))
