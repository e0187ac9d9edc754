"""Which of the lines that prove what these logs can show are there?

In: `Batch`: chatter (everyday lines, which nobody takes apart) and noteworthy rows. Out: `Partial`: how
often each sign was seen, up to as many times as anybody asks for.
Never: concludes anything (pipeline.blindness does); takes a line apart that no sign may be on; counts
on once a sign has been seen often enough.

That a thing is missing is only known when all lines have been looked at, so a sign that is nowhere
costs one search through the everyday lines, for all such signs together. One that is common costs
nothing but the first few hundred lines of a block. Counts that stop at a number can be added in any
grouping: the smaller of the sum and that number is the same however the lines were cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import polars as pl

from logscan.model.columns import TIME
from logscan.model.vocabulary import Family, Kind

#: How often is often enough to say that a thing is usual here.
ENOUGH: Final = 20

#: Everyday lines of a block that are looked at first, and then at most at a time.
_FIRST: Final = 512
_MOST: Final = 65_536

_LOOPBACK: Final = r"^(?:127\.|::1$|::ffff:127\.)"
#: Ports of other people's servers; content filters listen elsewhere.
_PORTS: Final = ("25", "465", "587")
_WEB_USERS: Final = "www-data|apache2?|httpd?|nginx|wwwrun|www"
_ENCRYPTED: Final = "(?:Anonymous|Untrusted|Trusted|Verified) TLS connection established"
_REASONS: Final = (
    "] not internal", ": not authenticated", "no MTA name match", "no macros match", "not POP authenticated",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """An everyday line that proves something.

    family: whose line it is. needs: literals, one of which is in every such line. holds: over the column
    `line`, `HOST PROGRAM[PID]: TEXT`; true for such a line. enough: seen so often, nobody asks further.
    glanced: whether such a line may be among those that are told at a glance to be everyday ones.
    """

    family: str
    needs: tuple[str, ...]
    holds: pl.Expr
    enough: int = ENOUGH
    glanced: bool = True


def _never(at: pl.Series) -> pl.Series:
    return pl.Series([None], dtype=TIME).new_from_index(0, len(at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chatter:
    """Everyday lines of a family in one block.

    lines: each holds program and text somewhere. whole: indexes into `lines` -> these, as
    `HOST PROGRAM[PID]: TEXT`. when: indexes into `lines` -> their times. glanced: they were told at a glance.
    """

    family: str
    lines: pl.Series
    whole: Callable[[pl.Series], pl.Series]
    when: Callable[[pl.Series], pl.Series] = _never
    glanced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What some blocks have to say. rows: noteworthy ones, with the events' columns that they hold."""

    chatter: Sequence[Chatter] = ()
    rows: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """What was seen in a stretch of the logs.

    signs: by name of `SIGNS`, none of them above its `enough`. arrived: when the oldest of the mails that
    failed came in. lost: lines that the system's logger threw away; notices: how often it said so.
    """

    signs: Mapping[str, int] = field(default_factory=dict)
    arrived: datetime | None = None
    lost: int = 0
    notices: int = 0


def _line(program: str, text: str) -> pl.Expr:
    """A line of `program`, which may hold a service's name before the daemon's, whose text begins so."""
    return pl.col("line").str.contains(rf"^\S+ {program}(?:\[[0-9]+\])?: {text}")


def _postfix(daemon: str, text: str) -> pl.Expr:
    return _line(rf"\S+/{daemon}", text)


def _mail(daemon: str, text: str) -> pl.Expr:
    return _postfix(daemon, f"[0-9A-Za-z]+: {text}")


def _opendkim(text: str) -> pl.Expr:
    return _line("opendkim", text)


def _of_postfix(holds: pl.Expr, *needs: str, enough: int = ENOUGH, glanced: bool = True) -> Sign:
    return Sign(family=Family.POSTFIX.value, needs=needs, holds=holds, enough=enough, glanced=glanced)


def _of_opendkim(holds: pl.Expr, *needs: str, enough: int = 1) -> Sign:
    return Sign(family=Family.OPENDKIM.value, needs=needs, holds=holds, enough=enough)


_RELAY: Final = r", relay=[^ ,\[]+\[([0-9A-Fa-f:.]+)\]:"

SIGNS: Final[Mapping[str, Sign]] = {
    "submitted": _of_postfix(_mail("(?:submissions?|smtps)/smtpd", "client="), "/submission", "/smtps/"),
    "authenticated": _of_postfix(
        _mail("smtpd", "client=[^ ,]+(?:, sasl_method=[^ ,]+)?, sasl_username=."),
        ", sasl_username=",
        enough=1,
    ),
    # a web server's own user handed a mail to sendmail(1)
    "script": _of_postfix(
        _mail("pickup", rf"uid=[0-9]+ from=<(?:{_WEB_USERS})(?:@[^>]*)?>"), ": uid=", glanced=False
    ),
    # recipients that were all refused, as the end of the session counts them
    "refused": _of_postfix(_postfix("smtpd", "disconnect from .* mail=[0-9]+ rcpt=0/[0-9]+ "), " rcpt=0/"),
    "starttls": _of_postfix(_postfix("smtpd", r"disconnect from .* starttls=[0-9]"), " starttls=", enough=5),
    "tls-in": _of_postfix(_postfix(r"\S+", f"{_ENCRYPTED} from "), "established from ", enough=1),
    "tls-out": _of_postfix(_postfix(r"\S+", f"{_ENCRYPTED} to "), "established to ", enough=1),
    "delivered": _of_postfix(_mail(r"\S+", r"to=<.*, status=sent \("), "status=sent ("),
    "timed": _of_postfix(_mail(r"\S+", "to=<.*, delays=[0-9.]+/"), ", delays=", enough=1),
    # mail was handed to a server that is not on this machine
    "abroad": _of_postfix(
        _mail("smtp", rf"to=<.*{_RELAY}(?:{'|'.join(_PORTS)}), .*status=sent \(")
        & ~pl.col("line").str.extract(_RELAY).str.contains(_LOOPBACK),
        *(f"]:{port}, " for port in _PORTS),
    ),
    "signed": _of_opendkim(_opendkim(r"(?:[^ ]+: )?[A-Za-z-]+ field added \(s="), " field added ("),
    "verified": _of_opendkim(
        _opendkim("[^ ]+: DKIM verification successful$"), ": DKIM verification successful"
    ),
    # OpenDKIM verified a mail: one that it had decided not to sign
    "examined": _of_opendkim(
        _opendkim(r"[^ ]+: (?:no signature data|DKIM verification successful|s=\S* d=.* SSL ?)$"),
        ": no signature data",
        ": DKIM verification successful",
        " SSL",
        enough=5,
    ),
    # ... and said why
    "why": _of_opendkim(_opendkim("") & pl.col("line").str.contains_any(list(_REASONS)), *_REASONS),
}

#: Families on whose everyday lines there are signs.
SPEAKERS: Final = frozenset(sign.family for sign in SIGNS.values())


def empty() -> Partial:
    """Return the partial of no line."""
    return Partial()


def absorb(partial: Partial, batch: Batch) -> Partial:
    """Return `partial` with one more batch."""
    for chatter in batch.chatter:
        partial = merge(partial, Partial(signs=_heard(chatter)))
    return partial if batch.rows is None else merge(partial, _noted(batch.rows))


def merge(left: Partial, right: Partial) -> Partial:
    """Return two neighbouring stretches as one."""
    signs = {
        name: min(sign.enough, left.signs.get(name, 0) + right.signs.get(name, 0))
        for name, sign in SIGNS.items()
        if name in left.signs or name in right.signs
    }
    return Partial(
        signs=signs,
        arrived=min((time for time in (left.arrived, right.arrived) if time is not None), default=None),
        lost=left.lost + right.lost,
        notices=left.notices + right.notices,
    )


def finish(partial: Partial) -> Partial:
    """Return the partial itself, every sign with its count."""
    signs = {name: partial.signs.get(name, 0) for name in SIGNS}
    return Partial(signs=signs, arrived=partial.arrived, lost=partial.lost, notices=partial.notices)


def _heard(chatter: Chatter) -> dict[str, int]:
    """Return the signs on everyday lines, each counted until it was seen often enough."""
    counts: dict[str, int] = {}
    at, size = 0, _FIRST
    wanted = {
        name: sign
        for name, sign in SIGNS.items()
        if sign.family == chatter.family and (sign.glanced or not chatter.glanced)
    }
    while wanted and at < len(chatter.lines):
        rows = chatter.lines.slice(at, size).str.contains(_any_of(wanted.values())).arg_true()
        if len(rows):
            lines = chatter.whole(rows + at).alias("line").to_frame()
            seen = lines.select_seq(
                sign.holds.fill_null(value=False).sum().alias(n) for n, sign in wanted.items()
            )
            for name, count in seen.row(0, named=True).items():
                if count:
                    counts[name] = min(SIGNS[name].enough, counts.get(name, 0) + count)
            wanted = {name: s for name, s in wanted.items() if counts.get(name, 0) < s.enough}
        at, size = at + size, min(4 * size, _MOST)
    return counts


def _any_of(signs: Iterable[Sign]) -> str:
    """One regex for all literals. Of more than three, `contains_any` takes seven times as long."""
    return "|".join(re.escape(need) for need in sorted({need for sign in signs for need in sign.needs}))


def _noted(rows: pl.DataFrame) -> Partial:
    have = set(rows.columns)
    arrived, lost, notices = None, 0, 0
    if {"kind", "time", "delay"} <= have:
        failed = rows.filter((pl.col("kind") == Kind.DELIVERY.value) & pl.col("delay").is_not_null())
        came = failed.select((pl.col("time") - pl.duration(microseconds=pl.col("delay") * 1_000_000)).min())
        arrived = came.item() if failed.height else None
    if {"family", "kind", "text", "repeat"} <= have:
        lines = rows.filter(
            (pl.col("family") == Family.SYSLOGD.value) & (pl.col("kind") == Kind.WARNING.value)
        )
        number = pl.col("text").str.extract(r"([0-9]{1,12}) (?:kernel )?messages?\b").cast(pl.Int64)
        if lines.height:
            lost, notices = lines.select(
                (number.fill_null(0) * pl.col("repeat")).sum(), pl.col("repeat").sum().alias("notices")
            ).row(0)
    return Partial(arrived=arrived, lost=lost, notices=notices)
