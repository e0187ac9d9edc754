"""What proves a failure, what may be behind it, and a failure that lasted: nouns that several reports share.

In: nothing. Out: frozen records. Never: text that was escaped for some form (that is the form's business).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A line that proves something. line counts from 1 in the decompressed text."""

    file: str
    line: int
    time: datetime | None
    text: str
    column: int = 0  # record within the line, when a pasted excerpt glued several together


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What may be behind a failure. rules: the cards that would tell it."""

    rules: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """What may be behind a failure whose cause these logs do not tell, and where to look, the likeliest first.

    candidates: those that cannot be ruled out; all, where all who would tell were heard and said nothing.
    """

    candidates: tuple[Candidate, ...]
    look_at: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A service that failed, from its first failure to its first success after the last.

    end_reason: success; log-ends: it failed to the end of the logs; silence: nobody asked it again.
    last: the last failure. duration_s: to the end; to `as_of` while it goes on; else to the last failure.
    A scan has not looked for what succeeded: end, duration_s, succeeded and end_reason are None then.
    requests_failed: requests, SMTP sessions or deliveries. clients: None where the log names none.
    caused_by: (rule, time, title), what is furthest behind it first; none of its own rules. root: (rule, time, title) of
    what is furthest behind it as far as these logs tell, maybe one of its own rules. undecided: what may be behind
    that, where it tells only that something failed. recovered_by: (start, graceful or reload; of what).
    """

    id: str
    service: str
    kind: str
    begin: datetime
    last: datetime
    end: datetime | None
    ongoing: bool
    duration_s: float | None
    failures: int
    requests_failed: int
    clients: int | None
    succeeded: int | None
    rules: tuple[str, ...]
    cause: str
    end_reason: str | None
    caused_by: tuple[tuple[str, datetime | None, str], ...] = ()
    root: tuple[str, datetime | None, str] | None = None
    undecided: Undecided | None = None
    recovered_by: tuple[str, str] | None = None
    evidence: tuple[Evidence, ...] = ()
