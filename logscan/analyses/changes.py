"""What is new, worse, better or gone, and not merely another number?

In: counts of the period and of periods before it, as small tables. Out: changes, the weightiest first.
Never: a file, a clock; a change that chance makes as easily.

The rule, told in `model.report.Rule`: what occurs here and in none of the others is new; what occurs in each of them and not
here is gone. Else the counts are taken for those of events that come independently, whose difference has the variance of
their sum: it must exceed so many standard deviations, the rates must differ by a factor, and the count must lie outside of
all that the others show. Lengths may differ (a local day has 23 hours, or 25): rates are compared. Below a least
count, which real trouble passes quickly, nothing is said; findings that somebody must act on count from the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from logscan.model.report import KINDS, SUBJECTS, Change, Rule
from logscan.model.vocabulary import Severity

#: subject, key.
Name = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How often something occurred in a period. group: of logs, that would tell of it. severity: of a finding."""

    count: int
    title: str
    group: str
    severity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The counts of a period of some seconds. groups: of logs, that cover it."""

    seconds: float
    groups: frozenset[str]
    entries: Mapping[Name, Entry]


_NOTHING: Final = Entry(count=0, title="", group="")
_RANK: Final = {severity.value: severity.rank for severity in Severity}


def changes(now: Table, past: Sequence[Table], against: str, rule: Rule) -> tuple[Change, ...]:
    """Return what is different between a period and others before it; nothing where there are none.

    What a group of logs tells is compared with those periods only that this group covers.
    """
    return ordered(_changes(now, past, against, rule))


def ordered(found: Iterable[Change]) -> tuple[Change, ...]:
    """Return changes in their final order: the kind, the gravest, the subject, the largest difference, the name."""
    return tuple(sorted(found, key=_weight))


def kind(now: int, before: Sequence[int], lengths: Sequence[float], rule: Rule) -> str | None:
    """Return new, worse, better, gone or None. lengths: of this period, as parts of each of the others."""
    if not any(before):
        return "new" if now else None
    if not now:
        return "gone" if all(before) else None
    ratio = _ratio(lengths)
    usual = ratio * sum(before)
    if abs(now - usual) < rule.deviations * sqrt(now + ratio * usual):
        return None
    alike = [count * length for count, length in zip(before, lengths, strict=True)]
    if now > max(alike) and now >= rule.factor * usual:
        return "worse"
    if now < min(alike) and usual >= rule.factor * now:
        return "better"
    return None


def _changes(now: Table, past: Sequence[Table], against: str, rule: Rule) -> Iterator[Change]:
    names = sorted({name for table in (now, *past) for name in table.entries})
    for name in names:
        known = [table.entries[name] for table in (now, *past) if name in table.entries]
        group = known[0].group
        others = [table for table in past if group in table.groups]
        if group not in now.groups or not others:
            continue
        mine = now.entries.get(name, _NOTHING).count
        before = [table.entries.get(name, _NOTHING).count for table in others]
        if max(mine, *before) < _least(name[0], known, rule):
            continue
        lengths = [now.seconds / table.seconds for table in others]
        found = kind(mine, before, lengths, rule)
        if found is not None:
            yield Change(
                kind=found,
                against=against,
                subject=name[0],
                key=name[1],
                title=known[0].title,
                before=_ratio(lengths) * sum(before),
                now=mine,
                severity=known[0].severity,
            )


def _least(subject: str, known: Sequence[Entry], rule: Rule) -> int:
    loud = any(entry.severity in rule.loud for entry in known)
    return 1 if loud else rule.least[subject]


def _ratio(lengths: Sequence[float]) -> float:
    """Return the length of this period as a part of all the others together."""
    return 1 / sum(1 / length for length in lengths)


def _weight(change: Change) -> tuple[object, ...]:
    return (
        KINDS.index(change.kind),
        _RANK.get(change.severity or "", len(_RANK)),
        SUBJECTS.index(change.subject),
        -abs(change.now - change.before),
        change.key,
        change.against,
    )
