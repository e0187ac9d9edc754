"""Why another program's numbers are not ours, number by number.

In: both counts, the lines that make a difference. Out: `Difference`s that add up to the whole of it.
Never: a difference without a reason; a reason that is not counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

import polars as pl

from logscan.analyses.flow import Answer
from logscan.model.flow import Difference, Sums

#: Measures whose lines we join -> the action of those lines.
_JOINED = {"rejected": "rejected", "reject_warnings": "warned", "held": "held", "discarded": "discarded"}
#: Measures that no single line decides: the reason is a rule.
_RULED = (
    "deferred",
    "bytes_received",
    "bytes_delivered",
    "senders",
    "sending_domains",
    "recipients",
    "recipient_domains",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What is compared. theirs: totals by the contract's names. lines: see analyses.differences.

    hidden: places of `answer.filtered` that the other program does not count either.
    """

    theirs: Mapping[str, int]
    answer: Answer
    lines: pl.DataFrame
    hidden: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A difference, and where a line stands that shows it, as a growing number."""

    difference: Difference
    at: int | None


def differences(sides: Sides, words: Mapping[str, str]) -> tuple[Found, ...]:
    """Return the differences, by measure in the order of the totals, the largest reason first.

    words: phrases; the reasons are those that begin with `why_`.
    """
    ours = {field.name: int(getattr(sides.answer.sums, field.name)) for field in fields(Sums)}
    return tuple(
        Found(
            difference=Difference(
                measure=measure,
                theirs=sides.theirs[measure],
                ours=ours[measure],
                count=count,
                reason=words[f"why_{reason}"].format(word=word),
            ),
            at=at,
        )
        for measure in ours
        if measure in sides.theirs
        for reason, word, count, at in _reasons(measure, sides, sides.theirs[measure] - ours[measure])
    )


_Reason = tuple[str, str, int, int | None]


def _reasons(measure: str, sides: Sides, whole: int) -> Iterator[_Reason]:
    left = whole
    for _, reason, word, count, at in sides.lines.filter(pl.col("measure") == measure).iter_rows():
        if count:
            yield reason, word, count, at
            left -= count
    for reason, count, at in (*_doubled(measure, sides), *_joined(measure, sides.answer)):
        if count:
            yield reason, "", count, at
            left -= count
    if left:
        yield measure if measure in _RULED else "rest", "", left, None


def _doubled(measure: str, sides: Sides) -> Iterator[tuple[str, int, int | None]]:
    """Yield what it counts at each queue ID of a mail that a filter gave back."""
    if measure in ("delivered", "bytes_delivered"):
        lines = [line for line in sides.answer.filtered if line[0] not in sides.hidden]
        place = 1 if measure == "delivered" else 2
        yield "filter", sum(line[place] for line in lines), min((line[0] for line in lines), default=None)


def _joined(measure: str, answer: Answer) -> Iterator[tuple[str, int, int | None]]:
    if measure == "received":
        yield "untaken", *answer.untaken
    if measure in _JOINED and (found := answer.merged.get(_JOINED[measure])):
        yield "merged", *found
