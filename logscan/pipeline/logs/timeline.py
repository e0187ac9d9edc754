"""Which logs are pieces of one timeline, and which tell the same lines?

In: logs in canonical order. Out: for each log the one that it goes on from (`before`); groups of logs
whose periods overlap, each laid out in lanes (`repeating`).
Never: a name of a file as the only proof; a log's lines, but for an end that nothing else tells.

Files of one rotated set, or a log that somebody cut and renamed, follow each other: each of their lines is an
event, also one that stands at the end of one file and again at the beginning of the next, in the same second.
So they share a lane. mail.log and mail.warn, or a file and its copy, run side by side in two lanes.
"""

from __future__ import annotations

import bisect
import heapq
import itertools
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from logscan.model.blocks import Source
from logscan.pipeline.logs.survey import Log

#: Stamps of one second in two files of one log are what a rotation leaves: not an overlap.
TOUCHING = timedelta(seconds=1)
#: How long after a file's end the file that goes on from it may begin. `last message repeated` comes
#: within ten minutes of its message.
PAUSE = timedelta(minutes=15)
#: Stamp and host, the program and its text.
_BEHIND_HOST = re.compile(rb"(?:<\d+>)?(?:[A-Z][a-z]{2} [ \d]\d [\d:.]+|\S+) \S+ (.*?) *$")
#: How much more text a compressed log holds than its size says, as a rule.
UNFOLDED = 10

#: A log -> when its last line was written, for a log that must be read to its end to know.
LastTime = Callable[[Log], datetime | None]

Lane = tuple[int, ...]


def before(logs: Sequence[Log]) -> dict[int, int]:
    """Return for each log that goes on from another one the index of that."""
    found = {}
    rotations: dict[tuple[str, str], list[int]] = {}
    hosts: dict[tuple[str, str | None], _Ended] = {}
    for index, log in enumerate(logs):
        rotated = rotations.setdefault((log.format.name, log.source.rotation), [])
        ended = hosts.setdefault((log.format.name, log.host), _Ended())
        others = ended.before(log.begin) if log.begin is not None else ()
        for other in itertools.chain(reversed(rotated), others):
            if _goes_on(logs[other], log):
                found[index] = other
                break
        rotated.append(index)
        ended.add(index, log.span.last)
    return found


class _Ended:
    """Logs by their ends: those that end shortly before another begins, or nobody knows when."""

    def __init__(self) -> None:
        self._ends: list[tuple[datetime, int]] = []
        self._open: list[int] = []

    def add(self, index: int, last: datetime | None) -> None:
        if last is None:
            self._open.append(index)
        else:
            bisect.insort(self._ends, (last, index))

    def before(self, begin: datetime) -> Iterator[int]:
        """Yield those that the log which begins then may go on from, the last one first."""
        low = bisect.bisect_left(self._ends, (begin - PAUSE, -1))
        high = bisect.bisect_right(self._ends, (begin + TOUCHING, sys.maxsize))
        near = heapq.nlargest(high - low, (index for _, index in self._ends[low:high]))
        return heapq.merge(near, reversed(self._open), reverse=True)


def _goes_on(older: Log, younger: Log) -> bool:
    if older.format.name != younger.format.name or older.begin is None or younger.begin is None:
        return False
    if older.begin >= younger.begin:
        return False
    if older.source.rotation == younger.source.rotation:
        return True
    last = older.span.last
    return older.host == younger.host and (
        last is None or younger.begin - PAUSE <= last <= younger.begin + TOUCHING
    )


def repeating(logs: Sequence[Log], last_time: LastTime) -> tuple[tuple[Lane, ...], ...]:
    """Return groups of logs (indexes) that may repeat each other's lines, each as lanes, the largest last.

    Only syslog's files do that: the logs of web servers and php-fpm have lines of their own each.
    Standard input is read once, so it takes no part.
    """
    candidates = [
        index
        for index, log in enumerate(logs)
        if log.host is not None and log.begin is not None and log.source.identity is not None
    ]
    ends = {index: _end(logs, index) for index in candidates}
    groups = _groups(logs, candidates, ends)
    guessed = [index for group in groups for index in group if _is_guess(logs, index)]
    if guessed:
        ends |= {index: last_time(logs[index]) or ends[index] for index in guessed}
        groups = _groups(logs, candidates, ends)
    return tuple(tuple(sorted(_lanes(logs, group, ends), key=_size(logs))) for group in groups)


def _size(logs: Sequence[Log]) -> Callable[[Lane], tuple[int, Lane]]:
    return lambda lane: (size(logs, (lane,)), lane)


def size(logs: Sequence[Log], lanes: Iterable[Lane]) -> int:
    """Return about how many bytes of text lie in some lanes."""
    sources = (logs[index].source for lane in lanes for index in lane)
    return sum((source.size or 0) * unfolded(source) for source in sources)


def unfolded(source: Source) -> int:
    """Return about how much more text a source holds than its size says."""
    return UNFOLDED if source.compression else 1


def _successors(logs: Sequence[Log], index: int) -> list[datetime]:
    """Return when the younger files of the same rotated set begin."""
    log = logs[index]
    return [
        other.begin
        for other in logs
        if other.source.rotation == log.source.rotation
        and other.begin is not None
        and log.begin is not None
        and other.begin > log.begin
    ]


def _is_guess(logs: Sequence[Log], index: int) -> bool:
    return logs[index].span.last is None and not _successors(logs, index)


def _end(logs: Sequence[Log], index: int) -> datetime:
    log = logs[index]
    return log.end if log.span.last is not None else min([log.end, *_successors(logs, index)])


def _groups(logs: Sequence[Log], candidates: Iterable[int], ends: Mapping[int, datetime]) -> list[Lane]:
    """Return the logs that overlap, directly or by way of others. Those that ended before one begins are let go."""
    groups: list[list[int]] = []  # each with the one that ends last in front
    done: list[list[int]] = []
    for index in sorted(candidates, key=lambda index: (logs[index].begin or ends[index], index)):
        begin = logs[index].begin or ends[index]
        done += [group for group in groups if ends[group[0]] < begin]
        groups = [group for group in groups if ends[group[0]] >= begin]
        met = [group for group in groups if any(_overlap(logs, ends, index, other) for other in group)]
        groups = [group for group in groups if group not in met] if met else groups
        group = [index]
        for other in met:
            group = other + group if ends[other[0]] >= ends[group[0]] else group + other
        groups.append(group)
    return [tuple(sorted(group)) for group in sorted((*done, *groups), key=min) if len(group) > 1]


def _lanes(logs: Sequence[Log], group: Lane, ends: Mapping[int, datetime]) -> list[Lane]:
    """Lay logs that follow each other behind each other: those of one rotated set, else who comes first."""
    lanes: list[list[int]] = []
    lasts: list[tuple[datetime, int]] = []  # when each lane ends, and its number
    for index in sorted(group, key=lambda index: (logs[index].begin or ends[index], ends[index], index)):
        begin, end = logs[index].begin or ends[index], ends[index]
        # A lane that reaches into a log of more than a moment is not free, whatever is in it.
        late = (
            len(lasts)
            if end - begin <= TOUCHING
            else bisect.bisect_right(lasts, (begin + TOUCHING, sys.maxsize))
        )
        free = [
            number
            for number in sorted(number for _, number in lasts[:late])
            if not any(ends[other] >= begin and _overlap(logs, ends, index, other) for other in lanes[number])
        ]
        rotation = logs[index].source.rotation
        own = [number for number in free if logs[lanes[number][-1]].source.rotation == rotation]
        number = (own or free)[0] if free else len(lanes)
        if free:
            last = max(ends[other] for other in lanes[number])
            lasts.remove((last, number))
            lanes[number].append(index)
        else:
            last = end
            lanes.append([index])
        bisect.insort(lasts, (max(last, end), number))
    return [tuple(lane) for lane in lanes]


def _overlap(logs: Sequence[Log], ends: Mapping[int, datetime], one: int, other: int) -> bool:
    left, right = logs[one], logs[other]
    if left.begin is None or right.begin is None:
        return False
    begins, lasts = (left.begin, right.begin), (ends[one], ends[other])
    shared = min(lasts) - max(begins)
    if shared > TOUCHING or shared < timedelta(0):
        return shared > TOUCHING
    copied = left.source.head[:1024] == right.source.head[:1024]
    if copied or left.source.rotation == right.source.rotation:
        return copied
    # What lies within another log repeats it, a mail.err of a single line for instance; what only begins
    # where another ends goes on from it.
    older, younger = sorted(
        ((one, begins[0], lasts[0]), (other, begins[1], lasts[1])), key=lambda log: log[1:]
    )
    if older[1] == younger[1]:
        return True
    return younger[2] <= older[2] and not _says_more(logs[younger[0]].source, logs[older[0]].source)


def _says_more(piece: Source, log: Source) -> bool:
    """Tell whether a log of one second holds a line that the end of another does not: then it is no excerpt of that.

    Asked only of plain files that lie in memory as a whole, and not where a line may stand for several.
    """
    if (
        not log.tail
        or piece.compression is not None
        or piece.size is None
        or piece.size > len(piece.head) + 4
    ):
        return False
    if b" repeated " in piece.head + log.tail:
        return False
    return not _said(piece.head) <= _said(log.tail)


def _said(text: bytes) -> Counter[bytes]:
    """Count what lines say behind stamp and host, which two logs may write in two ways."""
    return Counter(found[1] for line in text.splitlines() if (found := _BEHIND_HOST.match(line)))
