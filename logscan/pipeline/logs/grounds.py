"""What is known of some logs beside what their lines say: enough to tell an answer when the logs are closed, or gone.

In: a survey, a reading that came to its end. Out: `Grounds`; two of neighbouring stretches `joined`.
Never: an open log; anything that needs one. It is kept on disk with what was counted (docs/adr/0024).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from logscan.model.findings import Assumptions, Input
from logscan.model.problems import Problem
from logscan.parsers.family import Stamp, families
from logscan.parsers.journal import JSON
from logscan.parsers.lines import formats
from logscan.pipeline.logs.inputs import aside_of, assumptions_of, doubts
from logscan.pipeline.logs.reading import Reading
from logscan.pipeline.logs.survey import Log, Survey, covered
from logscan.sources.rotation import stem

#: What comes by syslog, whoever wrote it.
SYSLOG = "syslog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What is known of the systemd journal when it was read. volatile: it is kept in memory only."""

    volatile: bool
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One log that was read.

    form: of what is around its lines and of these. group: SYSLOG, or the family that has log files of its own. yearless:
    its stamps are. emptied: the file that goes on with it after a rotation has not a byte. begin, last: as its ends
    tell. rows: lines of each of its blocks. runs: (line from 1 in what was read, line of the log), where that is a part of it.
    """

    path: str
    form: str
    group: str
    yearless: bool
    emptied: bool
    compression: str | None
    begin: datetime | None
    last: datetime | None
    rows: tuple[int, ...]
    runs: tuple[tuple[int, int], ...] = ()

    @property
    def chain(self) -> str:
        """What the files of one log have in common."""
        return f"{self.form} {stem(self.path)}"

    def line(self, block: int, row: int) -> int:
        """Return the line, from 1, of a row."""
        read = sum(self.rows[:block]) + row + 1
        behind = [(first, line) for first, line in self.runs if first <= read]
        return behind[-1][1] + read - behind[-1][0] if behind else read


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Some logs that were read.

    logs: by the index that a row's address names. aside: what was found and not read. skipped: some of that lies outside the
    window. problems: of finding and reading them. covered: first and last time of all, read or not.
    """

    logs: tuple[Ground, ...]
    aside: tuple[Input, ...]
    skipped: bool
    problems: tuple[Problem, ...]
    assumed: Assumptions
    journal: Journal | None
    covered: tuple[datetime | None, datetime | None]

    def locate(self, source: int, block: int, row: int) -> tuple[str, int]:
        """Return path, and line from 1, of a row."""
        log = self.logs[source]
        return log.path, log.line(block, row)


def grounds_of(reading: Reading, found: Survey) -> Grounds:
    """Return what is to be kept of a reading that came to its end."""
    owners = {own.name: owner for own, owner in formats(families())}
    emptied = {source.path for source in found.empty}
    return Grounds(
        logs=tuple(
            Ground(
                path=log.source.path, form=log.form, group=owners.get(log.format.name) or SYSLOG,
                yearless=log.format.stamp is Stamp.YEARLESS, emptied=log.source.rotation in emptied,
                compression=log.source.compression, begin=log.begin, last=log.span.last, rows=reading.rows(index),
            )
            for index, log in enumerate(reading.logs)
        ),
        aside=tuple(aside_of(found)),
        skipped=bool(found.outside),
        problems=(*found.problems, *reading.problems, *doubts(reading.plans, reading.logs)),
        assumed=assumptions_of(reading.plans, found),
        journal=journal(reading.logs),
        covered=covered(found),
    )  # fmt: skip


def joined(left: Grounds, right: Grounds) -> Grounds:
    """Return two neighbouring stretches as one: the logs of `right` follow those of `left`."""
    firsts = [first for first, _ in (left.covered, right.covered) if first is not None]
    lasts = [last for _, last in (left.covered, right.covered) if last is not None]
    return Grounds(
        logs=(*left.logs, *right.logs),
        aside=tuple(dict.fromkeys((*left.aside, *right.aside))),
        skipped=left.skipped or right.skipped,
        problems=tuple(dict.fromkeys((*left.problems, *right.problems))),
        assumed=right.assumed,
        journal=right.journal or left.journal,
        covered=(min(firsts, default=None), max(lasts, default=None)),
    )


def renamed(grounds: Grounds, origins: Mapping[str, tuple[str, tuple[tuple[int, int], ...]]]) -> Grounds:
    """Return the same where what was read are copies. origins: path -> the log's own, and which lines of it (`Ground.runs`)."""

    def of(log: Ground) -> Ground:
        if log.path not in origins:
            return log
        path, runs = origins[log.path]
        return replace(log, path=path, runs=runs)

    return replace(
        grounds,
        logs=tuple(map(of, grounds.logs)),
        aside=tuple(
            replace(one, path=origins[one.path][0]) if one.path in origins else one for one in grounds.aside
        ),
        problems=tuple(
            replace(one, where=origins[one.where][0]) if one.where in origins else one
            for one in grounds.problems
        ),
    )


def journal(logs: Sequence[Log]) -> Journal | None:
    """Return what is known of the systemd journal, if logs were read from it."""
    mine = [log for log in logs if log.source.journal is not None or log.format is JSON]
    if not mine:
        return None
    volatile = all(log.source.journal is not None and log.source.journal.volatile for log in mine)
    return Journal(volatile=volatile, since=min((log.begin for log in mine if log.begin), default=None))
