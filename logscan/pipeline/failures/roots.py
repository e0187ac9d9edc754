"""What is behind the failures in these logs, in the reader's words: one answer for `scan` and for `outages`.

In: the finished fold of outages, what the cards say of each shape, what was read. Out: `Roots`, to be asked about the
failures of a service. Never: reads a log; decides when something is a cause (analyses.causes does).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from typing import Final

import polars as pl

from logscan.analyses import causes
from logscan.analyses.causes import SLACK, Case, Episode, Graph, Sign, Verdict
from logscan.analyses.outages import fold
from logscan.analyses.totals import SourceTotals
from logscan.model.findings import Candidate, Undecided
from logscan.model.vocabulary import Direction, Family
from logscan.packs.load import Pack
from logscan.packs.schema import Card
from logscan.packs.texts import fill, ui_part
from logscan.pipeline.verdicts.senders import Senders

#: Cards whose back end is the name of a program; of the kernel's other lines it is a disk.
_ABOUT_PROGRAMS: Final = ("kernel.memory.", "kernel.process.segfault", "systemd.unit.")
_WEB: Final = [Family.APACHE_ERROR.value, Family.NGINX_ERROR.value]

#: Cards that tell what a program behind a web server says of itself, whoever writes it down.
_APP: Final = ("fastcgi.app.", "php.")
_FPM: Final = "php.fpm."
_WEB_LOGS: Final = frozenset({Family.APACHE_ERROR.value, Family.NGINX_ERROR.value})
#: Whose lines a witness has, where that is not the family of its name.
_LOGS: Final[Mapping[str, frozenset[str]]] = {
    "web-error": _WEB_LOGS,
    "app": frozenset({Family.PHP_ERROR.value, Family.ROUNDCUBE.value}) | _WEB_LOGS,
}
#: Witnesses that are named at most, and how many steps away they may be.
ASKED: Final = 6
NEAR: Final = 2
_MAIL: Final = frozenset(
    {
        Family.POSTFIX.value,
        Family.DOVECOT.value,
        Family.COURIER.value,
        Family.SASLAUTHD.value,
        Family.ROUNDCUBE.value,
    }
)

#: What runs scripts, and how scripts are called: who serves a back end that is known by its address only.
_RUNNERS: Final = frozenset({"perl", "python", "ruby", "lua", "php-cgi", "fcgiwrap", "spawn-fcgi"})
_SCRIPTS: Final = frozenset({".fcgi", ".cgi", ".pl"})
_RESOLVERS: Final = frozenset(
    {"unbound", "named", "bind9", "bind", "dnsmasq", "systemd-resolved", "pdns-recursor", "kresd", "nscd"}
)
#: Debian's ports of milters.
_MILTER_PORTS: Final = {"8891": "opendkim", "12301": "opendkim", "8893": "opendmarc", "54321": "opendmarc"}
_MILTERS: Final = frozenset({"opendkim", "opendmarc"})


@dataclass(frozen=True, kw_only=True)
class Roots:
    """The causes in these logs. heard: family -> since when its lines could have been in a log. zone: for times in sentences.

    unheard: see `senders.Senders`.
    """

    case: Case
    heard: Mapping[str, datetime | None]
    pack: Pack
    lang: str
    zone: tzinfo
    unheard: datetime | None = None

    def verdict(self, episode: Episode) -> Verdict:
        """Return what is behind some failures."""
        return self.case.verdict(episode)

    def undecided(
        self, verdict: Verdict, begin: datetime, strangers: frozenset[str] = frozenset()
    ) -> Undecided | None:
        """Return what may be behind failures of which the logs tell only that they happened, and where to look.

        strangers: programs that have nothing to do with it.
        """
        if verdict.decided:
            return self.anonymous(verdict.root.rule, begin)
        linked = self.case.graph
        # of what is far away only the mail system's own failures lead back to Postfix
        far = strangers | (
            frozenset() if linked.family[verdict.root.rule] in _MAIL else {Family.POSTFIX.value}
        )
        by_witness: dict[str, list[str]] = {}
        for distance, rule in causes.open_ends(linked, verdict.root.rule):
            if distance <= NEAR and linked.family[rule] not in far:
                by_witness.setdefault(witness(rule, linked.family[rule]), []).append(rule)
        states = {name: self._state(name, begin) for name in by_witness}
        silent = [name for name, state in states.items() if state == "silent"]
        open_ = [name for name in by_witness if name not in silent]
        asked = sorted(by_witness, key=lambda name: (name in silent, list(by_witness).index(name)))
        return Undecided(
            candidates=tuple(
                Candidate(rules=tuple(by_witness[name]), text=self._words(name)["what"])
                for name in open_ or silent
            )[:ASKED],
            look_at=tuple(self._look_at(name, states[name]) for name in asked[:ASKED]),
        )

    def anonymous(self, rule: str, begin: datetime) -> Undecided | None:
        """Return whom to look for where others refuse us, and it is in no line who wrote to unknown recipients before."""
        card = self.pack.cards[rule]
        concluded = [name for name, one in self.pack.cards.items() if _follows(card, one)]
        if self.unheard is None or begin < self.unheard or not concluded:
            return None
        return Undecided(
            candidates=(Candidate(rules=tuple(concluded), text=self._words("handed-in")["what"]),),
            look_at=(self._look_at("handed-in", "absent"),),
        )

    def _state(self, name: str, begin: datetime) -> str:
        """Return absent, late or silent: whether a witness was there when it happened."""
        families = _LOGS.get(name, frozenset({name}))
        there = [self.heard[family] for family in families if family in self.heard]
        if not there:
            return "absent"
        since = [time for time in there if time is not None]
        return "late" if since and min(since) > begin + SLACK else "silent"

    def _look_at(self, name: str, state: str) -> str:
        families = _LOGS.get(name, frozenset({name}))
        since = [time for family in families if (time := self.heard.get(family)) is not None]
        first = f"{min(since).astimezone(self.zone):%Y-%m-%d %H:%M:%S}" if since else ""
        words = self._words(name)
        values = {
            "name": [words["name"]],
            "where": [words["where"]],
            "more": [words["more"]],
            "first": [first],
        }
        return fill(ui_part("roots", self.lang, self.pack)[state], values)

    def _words(self, name: str) -> Mapping[str, str]:
        return ui_part(f"roots.{name}", self.lang, self.pack)


def witness(rule: str, family: str) -> str:
    """Return who would tell of a card: one of `["ui.roots.<name>"]`."""
    if rule.startswith(_APP) and not rule.startswith(_FPM):
        return "app"
    return "web-error" if family in _WEB_LOGS else family


def _follows(card: Card, concluded: Card) -> bool:
    """Return whether a card tells what others do to us because of what a derived card tells."""
    outward = Direction.OUTBOUND.value in card.match.words["direction"]
    return outward and card.fault == "us" and card.cause in concluded.behind


def graph(cards: Mapping[str, Card], concluded: Iterable[str] = ()) -> Graph:
    """Return the graph of the cards' links. concluded: derived cards that these logs bear out; they say what is behind what."""
    causes = {name: card.caused_by for name, card in cards.items() if card.caused_by}
    for one in concluded:
        for name, card in cards.items():
            if _follows(card, cards[one]):
                causes[name] = (*causes.get(name, ()), one)
    return Graph(
        causes=causes,
        symptoms=frozenset(name for name, card in cards.items() if card.symptom),
        lasting=frozenset(name for name, card in cards.items() if card.lasting),
        remembered=frozenset(concluded),
        family={name: card.match.words["family"][0] for name, card in cards.items()},
    )


def roots(
    partial: fold.Partial,
    ruled: pl.DataFrame,
    points: pl.DataFrame,
    sources: Iterable[SourceTotals],
    pack: Pack,
    lang: str,
    zone: tzinfo,
    concluded: Senders,
) -> Roots:
    """Return the causes in some logs. partial: finished. ruled: shape, rule, family. points: services.Points. sources: what each log held."""
    heard: dict[str, datetime | None] = {}
    for source in sources:
        for family in source.families:
            known = [time for time in (heard.get(family), source.first) if time is not None]
            heard[family] = min(known, default=None)
    linked = graph(pack.cards, sorted(concluded.times))
    signs = _signs(partial, ruled, points, linked)
    signs |= {rule: [Sign(time=time) for time in times] for rule, times in concluded.times.items()}
    return Roots(
        case=Case(graph=linked, signs=signs, starts=_starts(partial)),
        heard=heard,
        pack=pack,
        lang=lang,
        zone=zone,
        unheard=concluded.unheard,
    )


def _signs(
    partial: fold.Partial, ruled: pl.DataFrame, points: pl.DataFrame, linked: Graph
) -> dict[str, list[Sign]]:
    """Return when each card that another one names was seen, in order of time.

    What a web server says of a failed request is that request's, and behind no other one.
    """
    wanted = ruled.filter(pl.col("rule").is_in(sorted(linked.named))).select("shape", "rule", "family")
    web = pl.col("family").is_in(_WEB)
    names = pl.when(web).then(pl.col("backend")).otherwise(pl.col("entity"))
    key = ["source", "shape", "second", "client"]
    requests = points.filter(pl.col("side").is_in(["error", "access"])).select(key).unique()
    told = partial.failures.join(wanted, on="shape")
    apart = told.filter(web).join(requests, on=key, how="anti", nulls_equal=True)
    failures = pl.concat([told.filter(~web), apart]).select(
        "rule", "family", pl.col("first").alias("time"), "backend", names.alias("entity")
    )
    stops = partial.marks.filter(pl.col("what") == "stop").join(wanted, on="shape")
    all_ = pl.concat(
        [
            failures,
            stops.select(
                "rule",
                "family",
                "time",
                pl.col("who").alias("backend"),
                pl.lit(None, pl.String).alias("entity"),
            ),
        ]
    )
    about = cache(_about)  # a few, asked for every line
    found: dict[str, list[Sign]] = {}
    told_of = all_.unique().sort("time", "rule", "backend", "entity")
    for time, rule, family, backend, name in told_of.select(
        "time", "rule", "family", "backend", "entity"
    ).iter_rows():
        party, entity = about(rule, family, backend, name)
        found.setdefault(rule, []).append(Sign(time=time, party=party, entity=entity))
    return found


def _about(rule: str, family: str, backend: str | None, name: str | None) -> tuple[str | None, str | None]:
    """Return the program that a card's line is about, and the domain or back end."""
    entity = None if name is None else causes.entity(name)
    if backend is not None and rule.startswith(_ABOUT_PROGRAMS):
        return causes.party(backend, family), entity
    return causes.party(None, _speaker(family)), entity


def _speaker(family: str) -> str | None:
    """Return a family whose lines speak of its own program; Postfix and the web servers speak of others too."""
    return None if family in causes.OBSERVERS or family == Family.POSTFIX.value else family


def _starts(partial: fold.Partial) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = {}
    started = partial.marks.filter(pl.col("what") == "start").sort("time")
    for time, who in started.select("time", "who").iter_rows():
        name = causes.party(who)
        if name is not None:
            found.setdefault(name, []).append(time)
    return found


def serving(service: str, kind: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the programs that serve a service, and those of its kind that do not.

    >>> serving("unix:/run/php/php8.2-fpm.sock", "webmail")[0]
    frozenset({'php-fpm'})
    """
    if kind == "webmail":
        own = _web_servers(service)
        return own, frozenset({"php-fpm"}) - own
    if kind == "milter":
        port = service.rpartition(":")[2]
        named = {name for name in _MILTERS if name in service} | {_MILTER_PORTS.get(port, "")} - {""}
        own = frozenset(named) or _MILTERS
        return own, _MILTERS - own
    if kind == "daemon" and service in {Family.DOVECOT.value, Family.COURIER.value, Family.SASLAUTHD.value}:
        return frozenset({service}), frozenset()
    if kind == "dns":
        return _RESOLVERS, frozenset()
    return frozenset({"postfix"}) if kind == "daemon" else frozenset(), frozenset()


def _web_servers(service: str) -> frozenset[str]:
    name = causes.party(service.removeprefix("unix:").removeprefix("proxy:"))
    if "php" in service or service.endswith(":9000"):
        return frozenset({"php-fpm"})
    if service.startswith("/") and name is not None and name.endswith(tuple(_SCRIPTS)):
        return frozenset({name}) | _RUNNERS
    return frozenset({"php-fpm"}) | _RUNNERS | _SCRIPTS | ({name} if name else set())
