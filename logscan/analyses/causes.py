"""What is behind a failure? The cards' links and the clock give a graph from symptoms to causes, across logs.

In: `Graph`, what the cards say; `Signs`, when and of whom a card's lines were logged; `Episode`, failures that belong
together. Out: `Verdict`: the root, what lies between, whether it is decided; `open_ends`: what else may be behind it.
Never: reads a log or a card; a cause that the cards do not name; an order that depends on how the lines were cut.

A card's line is behind a failure where all of this holds:
- the card is named by the failure's card, or by one that is behind it already;
- it was logged from five minutes before (longest usual time limit) to when half of the failures had been; a little later for clocks and buffers;
- or before that, if what it tells of lasts, nothing has worked since, and the program was not started since;
- or up to a week before that, if it is remembered: those whom our spam reached refuse us although some mail gets through;
- it is about the program that the failing service needs: a data base that was killed ends no milter.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final

#: How long before a failure its cause may have been logged; and after, for clocks and buffers differ.
BEFORE: Final = timedelta(minutes=5)
SLACK: Final = timedelta(seconds=5)
#: How long a cause lasts where no log tells of what worked.
LONGEST: Final = timedelta(days=1)
#: How long others remember what was done to them.
REMEMBERED: Final = timedelta(days=7)

#: Families whose lines speak of other programs, whose name they tell, and those that speak of nobody else.
OBSERVERS: Final = frozenset({"kernel", "systemd"})
_NOBODY: Final = frozenset(
    {"apache-error", "apache-access", "nginx-error", "php-error", "cron", "syslogd", "clock"}
)
#: How programs are called elsewhere -> the family of their log. The kernel knows fifteen letters of a name.
_ALIASES: Final = {
    "mysqld": "mysql", "mariadbd": "mysql", "mariadb": "mysql", "mysqld_safe": "mysql", "apache-error": "apache",
    "apache2": "apache", "httpd": "apache", "nginx-error": "nginx", "authdaemond": "courier", "imapd": "courier",
    "authdaemon": "courier", "imap-login": "dovecot", "pop3-login": "dovecot", "smtpd": "postfix", "master": "postfix",
}  # fmt: skip
_STEMS: Final = (
    "php-fpm",
    "courier",
    "dovecot",
    "postfix",
    "opendkim",
    "opendmarc",
    "saslauthd",
    "mysql",
    "mariadb",
    "nginx",
)
_KERNEL_NAME: Final = 15
_VERSIONED: Final = re.compile(r"(perl|python|ruby|lua|php-cgi|php)[0-9.]*$")


@dataclass(frozen=True, kw_only=True)
class Graph:
    """What the cards say. causes: card -> cards that may be behind it. family: whose log has a card's lines.

    remembered: cards whose consequences others decide on, for days.
    """

    causes: Mapping[str, Sequence[str]]
    symptoms: frozenset[str]
    lasting: frozenset[str]
    family: Mapping[str, str]
    remembered: frozenset[str] = frozenset()

    @cached_property
    def named(self) -> frozenset[str]:
        """Cards that some other card names."""
        return frozenset(cause for causes in self.causes.values() for cause in causes)

    def needs(self, rule: str) -> frozenset[str]:
        """Return the programs that what a card tells of needs, as far as the cards it names tell it."""
        families = {self.family.get(cause, "") for cause in self.causes.get(rule, ())}
        return frozenset(families - OBSERVERS - _NOBODY - {""})


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Sign:
    """A card's line was there. party: the program that it is about. entity: the domain or back end that it is about."""

    time: datetime
    party: str | None = None
    entity: str | None = None


Signs = Mapping[str, Sequence[Sign]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """Failures of one service that belong together.

    rules: card -> lines. half: when half of the failures had been. worked: last success before. parties: programs
    that serve it, in all their names; `.cgi` means all names that end so. strangers: programs that have nothing to do
    with it. entities: the domain or the back ends that it is about; lines about others do not count.
    """

    rules: Mapping[str, int]
    begin: datetime
    half: datetime
    worked: datetime | None = None
    parties: frozenset[str] = frozenset()
    strangers: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A card that is behind something, and when its line was logged. own: it is one of the failures' own."""

    rule: str
    time: datetime
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """root: what is known to be furthest behind. others: further causes, then what lies between; none of the failures' own.

    decided: whether the root tells why, and not only that something failed.
    """

    root: Link
    others: tuple[Link, ...] = ()
    decided: bool = True


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that was logged. signs: each card's in order of time. starts: program -> when it was started, in order."""

    graph: Graph
    signs: Signs = field(default_factory=dict)
    starts: Mapping[str, Sequence[datetime]] = field(default_factory=dict)

    def verdict(self, episode: Episode) -> Verdict:
        """Return what is behind some failures."""
        behind: dict[str, dict[str, datetime]] = {}
        explained: dict[str, int] = {}
        times = dict.fromkeys(episode.rules, episode.begin)
        for rule, lines in sorted(episode.rules.items()):
            for reached, time in self._reached(rule, episode, behind).items():
                explained[reached] = explained.get(reached, 0) + lines
                if reached not in episode.rules:
                    times[reached] = min(time, times.get(reached, time))
        roots = [rule for rule in explained if not behind[rule]] or list(episode.rules)
        total = sum(episode.rules.values())
        symptoms = self.graph.symptoms

        def order(rule: str) -> tuple[object, ...]:
            # what explains less than half of the failures is not what is behind them
            return 2 * explained[rule] < total, rule in symptoms, -explained[rule], times[rule], rule

        roots.sort(key=order)
        links = {rule: Link(rule=rule, time=times[rule], own=rule in episode.rules) for rule in explained}
        between = sorted(
            (rule for rule in explained if rule not in roots), key=lambda rule: (times[rule], rule)
        )
        others = [
            rule
            for rule in [*(rule for rule in roots[1:] if rule not in symptoms), *between]
            if 2 * explained[rule] >= total
        ]
        return Verdict(
            root=links[roots[0]],
            others=tuple(links[rule] for rule in others if not links[rule].own),
            decided=roots[0] not in symptoms,
        )

    def behind(self, episode: Episode) -> dict[str, dict[str, datetime]]:
        """Return, by card of the failures, what is behind its lines, with the times."""
        known: dict[str, dict[str, datetime]] = {}
        found = {rule: self._reached(rule, episode, known) for rule in sorted(episode.rules)}
        return {
            rule: {cause: time for cause, time in reached.items() if cause != rule}
            for rule, reached in found.items()
        }

    def _reached(
        self, rule: str, episode: Episode, behind: dict[str, dict[str, datetime]]
    ) -> dict[str, datetime]:
        """Return all that is behind a card's lines, itself first, with the times. behind: what was found out already."""
        reached = {rule: episode.begin}
        open_ = [rule]
        while open_:
            one = open_.pop(0)
            if one not in behind:
                behind[one] = dict(self._direct(one, reached[one], episode))
            for cause, time in behind[one].items():
                if cause not in reached:
                    reached[cause] = time
                    open_.append(cause)
        return reached

    def _direct(self, rule: str, time: datetime, episode: Episode) -> Iterator[tuple[str, datetime]]:
        mine = rule in episode.rules
        latest = (episode.half if mine else time) + SLACK
        parties = (self.graph.needs(rule) - episode.strangers) | episode.parties
        for cause in self.graph.causes.get(rule, ()):
            if mine and cause in episode.rules:
                yield cause, episode.begin
                continue
            # systemd repeats in its words, by the unit's name, what the kernel did to a process
            echoes = {self.graph.family.get(rule), self.graph.family.get(cause)} <= OBSERVERS
            fitting = [
                sign.time
                for sign in self._near(cause, time, latest)
                if (sign.entity is None or sign.entity in episode.entities)
                and (sign.party is None or echoes or _one_of(sign.party, parties))
                and self._holds(cause, sign, time, episode)
            ]
            if fitting:
                # of what lasts, the last time that it was said before; of what passes, the first
                before = [at for at in fitting if at <= time + SLACK]
                yield cause, before[-1] if before and cause in self.graph.lasting else fitting[0]

    def _near(self, cause: str, time: datetime, latest: datetime) -> Sequence[Sign]:
        """Return a card's lines up to `latest`; of what neither lasts nor is remembered, those of long before are left out."""
        signs = self.signs.get(cause, ())
        if cause in self.graph.lasting:
            early = 0
        else:
            back = REMEMBERED if cause in self.graph.remembered else BEFORE
            early = bisect_left(signs, time - back, key=_when)
        return signs[early : bisect_right(signs, latest, key=_when)]

    def _holds(self, cause: str, sign: Sign, time: datetime, episode: Episode) -> bool:
        """Return whether what was said before still holds when the failure begins."""
        if cause in self.graph.remembered:
            return sign.time >= time - REMEMBERED
        if cause in self.graph.lasting:
            started = self.starts.get(sign.party or "", ())
            if any(sign.time < start <= time for start in started):
                return False
            if sign.time < time - BEFORE:
                since = time - LONGEST if episode.worked is None else episode.worked
                return sign.time >= since
        return sign.time >= time - BEFORE


def _when(sign: Sign) -> datetime:
    return sign.time


def open_ends(graph: Graph, rule: str) -> list[tuple[int, str]]:
    """Return (distance, card) of everything that may be behind a symptom and tells why, the nearest first.

    Beyond the lines of kernel and systemd nobody looks: what is behind those is about whichever program they name.
    """
    distance = {rule: 0}
    open_ = [rule]
    while open_:
        one = open_.pop(0)
        if one != rule and graph.family.get(one) in OBSERVERS:
            continue
        for cause in graph.causes.get(one, ()):
            if cause not in distance:
                distance[cause] = distance[one] + 1
                open_.append(cause)
    return sorted(
        (far, one)
        for one, far in distance.items()
        if one != rule and (one not in graph.symptoms or graph.family.get(one) in OBSERVERS)
    )


def entity(name: str) -> str:
    """Return the one name of a domain or a back end: Apache tells a program sometimes with its path, sometimes without.

    >>> entity("/srv/fcgi/dispatch.fcgi"), entity("example.org"), entity("unix:/run/php/php8.2-fpm.sock")
    ('dispatch.fcgi', 'example.org', 'unix:/run/php/php8.2-fpm.sock')
    """
    return PurePosixPath(name).name if name.startswith("/") else name


def party(name: str | None, family: str | None = None) -> str | None:
    """Return the one name of a program that a unit, a process, a path or a log's family means.

    >>> party("php8.2-fpm.service"), party("mariadbd"), party("/usr/bin/dispatch.fcgi"), party(None, "mysql")
    ('php-fpm', 'mysql', 'dispatch.fcgi', 'mysql')
    """
    if family is not None and family not in OBSERVERS:
        name = None if family in _NOBODY else family
    if not name:
        return None
    name = name.removeprefix("The ").rstrip(".")
    short = PurePosixPath(name).name.removesuffix(".service").partition("@")[0].lower()
    if short in _ALIASES:
        return _ALIASES[short]
    if short.startswith("php") and ("fpm" in short or "process manager" in short):
        return "php-fpm"
    if (known := _VERSIONED.match(short)) is not None:
        return known[1]
    stem = next((stem for stem in _STEMS if short.startswith(stem)), None)
    return _ALIASES.get(stem, stem) if stem else short


def _one_of(name: str, parties: Iterable[str]) -> bool:
    return any(
        name == one
        or (one.startswith(".") and name.endswith(one))
        or (len(name) >= _KERNEL_NAME and one.startswith(name))
        for one in parties
    )
