"""How far a trouble reaches: one mailbox, one provider, one server, every server. A fold: see model.fold.

In: tables of `model.bounces.CASES` and `TRIES`. Out: statements, each with the places of lines that prove it.
Never: a statement without what would contradict it having been looked for; a threshold that is not in `Thresholds`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from logscan.model.bounces import CASES, FAILED, TRIES, WAITING, Statement
from logscan.model.vocabulary import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From how much on a thing is said. All of a statement's conditions must hold."""

    blocked_domains: int = 4  # port 25 is shut: so many domains, at so many servers, answer nothing ...
    blocked_hosts: int = 4  # ... and no server said a word since
    provider_mails: int = 5  # one provider refuses so many mails ...
    provider_rest: float = 0.05  # ... and all others at most this part of that
    elsewhere: int = 10  # ... while they take so many deliveries
    full_mails: int = 2  # one mailbox is full: so many mails, and no other is
    ipv6_tries: int = 5  # nothing goes over IPv6: so many attempts ...
    ipv6_domains: int = 3  # ... to so many domains, none over IPv4 ...
    ipv4_taken: int = 5  # ... over which so many deliveries go
    relay_domains: int = 3  # all mail goes to one server: mail to so many domains, and it fails ...
    relay_tries: int = 3  # ... so often since it took the last one
    destination_mails: int = 3  # one destination cannot be reached: so many mails ...
    destination_elsewhere: int = 5  # ... while others take so many
    address_mails: int = 2  # an address of ours is refused: so many mails whose refusal names it


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Cases, and attempts added up, of the same mails."""

    cases: pl.DataFrame
    tries: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """Cases and attempts of a stretch of the logs, in order."""

    cases: tuple[pl.DataFrame, ...] = ()
    tries: tuple[pl.DataFrame, ...] = ()


def empty() -> Partial:
    """Return the partial of no mail."""
    return Partial()


def absorb(partial: Partial, batch: Batch) -> Partial:
    """Return `partial` with one more batch."""
    return merge(partial, Partial(cases=(batch.cases,), tries=(batch.tries,)))


def merge(left: Partial, right: Partial) -> Partial:
    """Return two neighbouring stretches as one."""
    cases = tuple(table for table in (*left.cases, *right.cases) if table.height)
    tries = tuple(table for table in (*left.tries, *right.tries) if table.height)
    if len(tries) > _MANY:
        tries = (_thinner(pl.concat(tries)),)
    return Partial(cases=cases, tries=tries)


#: Tables of attempts that are kept before what was taken is added up again.
_MANY: Final = 16


def _thinner(tries: pl.DataFrame) -> pl.DataFrame:
    hour = pl.col("first").dt.truncate("1h").alias("hour")
    taken = tries.filter("taken").group_by("relay", "group", "domain", "taken", "cause", "answered", hour)
    sums = taken.agg(pl.col("count").sum(), pl.col("first").min(), pl.col("last").max())
    return pl.concat([tries.filter(~pl.col("taken")), sums.select(TRIES.names())])


def finish(partial: Partial, limits: Thresholds | None = None) -> tuple[Statement, ...]:
    """Return what can be said, the widest first."""
    scene = _scene(partial, limits)
    relay = relayhost(scene)
    said = [relay] if relay else [ask(scene) for ask in WIDE]
    said += [ask(scene) for ask in NARROW]
    return (*(one for one in said if one), *addresses(scene))


def finish_latest(partial: Partial, limits: Thresholds | None = None) -> tuple[Statement, ...]:
    """Return what can be said where all failures are known, but of what was taken only the last attempts.

    These prove that servers took mail, and that none did after the last of them; not that one never did.
    """
    scene = _scene(partial, limits)
    stuck = one_way(scene)
    said = (
        [stuck] if stuck else [ask(scene) for ask in (port_25, ipv6_failing, one_provider, one_destination)]
    )
    said += [ask(scene) for ask in NARROW]
    return (*(one for one in said if one), *addresses(scene))


def _scene(partial: Partial, limits: Thresholds | None) -> Scene:
    cases = pl.concat([pl.DataFrame(schema=CASES), *partial.cases]).filter(
        pl.col("outcome").is_in([FAILED, WAITING])
    )
    tries = pl.concat([pl.DataFrame(schema=TRIES), *partial.tries]).with_columns(*_SERVER)
    return Scene(cases=cases, tries=tries.filter(~pl.col("here")), limits=limits or Thresholds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that is known. tries: with server, ip, port, v6; none of this machine."""

    cases: pl.DataFrame
    tries: pl.DataFrame
    limits: Thresholds


_IP: Final = pl.col("relay").str.extract(r"\[([^\]]*)\]", 1)
_SERVER: Final = (
    pl.coalesce(pl.col("relay").str.extract(r"^([^\[]+)\[", 1), _IP).alias("server"),
    _IP.alias("ip"),
    pl.coalesce(pl.col("relay").str.extract(r"\]:(\d+)$", 1).cast(pl.Int64), pl.lit(25)).alias("port"),
    _IP.str.contains(":", literal=True).fill_null(value=False).alias("v6"),
    _IP.str.contains(r"^(?:127\.|::1$|::ffff:127\.|/|private/)").fill_null(value=False).alias("here"),
)

#: What says that a server did not like where a mail came from.
REFUSING: Final = tuple(
    cause.value
    for cause in (
        Cause.IP_BLOCKLISTED, Cause.IP_REPUTATION, Cause.RATE_LIMITED, Cause.AUTH_SPF_DKIM, Cause.DMARC_REJECT,
        Cause.PTR_MISSING, Cause.HELO_INVALID, Cause.SPAM_CONTENT, Cause.SENDER_REJECTED, Cause.POLICY, Cause.ABUSE,
    )
)  # fmt: skip
#: What says that there was nobody to talk to.
UNREACHED: Final = tuple(
    cause.value
    for cause in (
        Cause.CONNECT_TIMEOUT, Cause.CONNECT_REFUSED, Cause.NO_ROUTE, Cause.CONNECTION_LOST, Cause.DNS_FAILURE,
    )
)  # fmt: skip
NAMES: Final = 10
#: An address in a reply.
ADDRESS: Final = r"(?:^|[^0-9A-Za-z.:])((?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{1,4}:[0-9a-fA-F:]{4,}:[0-9a-fA-F]{1,4})(?:$|[^0-9A-Za-z.:]|[.:](?:\s|$))"


def port_25(scene: Scene) -> Statement | None:
    """Every server is silent on port 25, and none has said a word since."""
    out = scene.tries.filter(pl.col("port") == 25)
    silent = out.filter(pl.col("cause") == Cause.CONNECT_TIMEOUT.value, ~pl.col("answered"))
    contact: datetime | None = out.filter("answered").select(pl.col("last").max()).item()
    since = silent if contact is None else silent.filter(pl.col("first") > contact)
    domains, hosts = since["domain"].n_unique(), since["server"].n_unique()
    if domains < scene.limits.blocked_domains or hosts < scene.limits.blocked_hosts:
        return None
    others = out.filter(~pl.col("taken"), pl.col("cause").is_in([Cause.CONNECT_REFUSED.value]))
    begin: datetime | None = since.select(pl.col("first").min()).item()
    if begin is not None and others.filter(pl.col("last") > begin).height:
        return None  # a server that says no was reached
    hit = scene.cases.filter(pl.col("cause") == Cause.CONNECT_TIMEOUT.value, _since(begin))
    return _statement(
        "port_25", Cause.CONNECT_TIMEOUT.value, hit, begin,
        scope={"hosts": _some(since["server"]), "domains": _some(since["domain"])},
        hosts=hosts, domains=domains, tries=int(since["count"].sum()),
    )  # fmt: skip


def relayhost(scene: Scene) -> Statement | None:
    """All mail goes to one server, and it takes none any more."""
    return one_way(scene, "relayhost")


def one_way(scene: Scene, what: str = "one_way") -> Statement | None:
    """No mail leaves any more: every attempt goes to one server, which takes none."""
    known = scene.tries.filter(pl.col("server").is_not_null())
    servers = known["server"].unique()
    if len(servers) != 1 or known["domain"].n_unique() < scene.limits.relay_domains:
        return None
    taken: datetime | None = known.filter("taken").select(pl.col("last").max()).item()
    failed = known.filter(~pl.col("taken"))
    failed = failed if taken is None else failed.filter(pl.col("first") > taken)
    if int(failed["count"].sum()) < scene.limits.relay_tries:
        return None
    begin: datetime | None = failed.select(pl.col("first").min()).item()
    hit = scene.cases.filter(pl.coalesce("host", "ip") == servers[0], _since(begin))
    cause = _most(failed, "cause") or Cause.UNKNOWN.value
    return _statement(
        what, cause, hit, begin, scope={"hosts": (str(servers[0]),)}, host=str(servers[0]),
        domains=failed["domain"].n_unique(),
    )  # fmt: skip


def one_provider(scene: Scene) -> Statement | None:
    """One provider refuses where the mail comes from; the others take it."""
    # what another server says and nobody understands may be the same refusal
    refusing = [*REFUSING, Cause.UNKNOWN.value]
    refused = scene.cases.filter(pl.col("cause").is_in(refusing), pl.col("host").is_not_null())
    known = refused.filter(pl.col("group").is_not_null(), pl.col("cause").is_in(REFUSING))
    if not known.height:
        return None
    worst = _most(known, "group")
    hit, rest = known.filter(pl.col("group") == worst), refused.filter(pl.col("group").ne_missing(worst))
    mails = hit["mail"].n_unique()
    if mails < scene.limits.provider_mails or rest["mail"].n_unique() > scene.limits.provider_rest * mails:
        return None
    begin: datetime | None = hit.select(pl.col("first").min()).item()
    elsewhere = _taken(scene, begin, pl.col("group").ne_missing(worst))
    if elsewhere < scene.limits.elsewhere:
        return None
    return _statement(
        "one_provider", _most(hit, "cause") or Cause.UNKNOWN.value, hit, begin,
        scope={"providers": (str(worst),), "domains": _some(hit["domain"])},
        provider=str(worst), domains=hit["domain"].n_unique(), elsewhere=elsewhere,
    )  # fmt: skip


def one_destination(scene: Scene) -> Statement | None:
    """One domain's servers cannot be reached; the others can."""
    hit = scene.cases.filter(pl.col("cause").is_in(UNREACHED), pl.col("domain").is_not_null())
    domains = hit["domain"].unique()
    if len(domains) != 1 or hit["mail"].n_unique() < scene.limits.destination_mails:
        return None
    begin: datetime | None = hit.select(pl.col("first").min()).item()
    elsewhere = _taken(scene, begin, pl.col("domain").ne_missing(domains[0]))
    if elsewhere < scene.limits.destination_elsewhere:
        return None
    return _statement(
        "one_destination", _most(hit, "cause") or Cause.UNKNOWN.value, hit, begin,
        scope={"domains": (str(domains[0]),)}, domain=str(domains[0]), elsewhere=elsewhere,
    )  # fmt: skip


def ipv6_only(scene: Scene) -> Statement | None:
    """Nothing gets through over IPv6, and all is well over IPv4."""
    return ipv6_failing(scene, "ipv6_only")


def ipv6_failing(scene: Scene, what: str = "ipv6_failing") -> Statement | None:
    """What cannot be reached was all tried over IPv6, and servers take mail over IPv4."""
    causes = (Cause.CONNECT_TIMEOUT.value, Cause.NO_ROUTE.value)
    failed = scene.tries.filter(~pl.col("taken"), pl.col("cause").is_in(causes), pl.col("ip").is_not_null())
    six, four = failed.filter("v6"), failed.filter(~pl.col("v6"))
    enough = int(six["count"].sum()) >= scene.limits.ipv6_tries
    if not enough or six["domain"].n_unique() < scene.limits.ipv6_domains or four.height:
        return None
    begin: datetime | None = six.select(pl.col("first").min()).item()
    elsewhere = _taken(scene, begin, ~pl.col("v6"))
    if elsewhere < scene.limits.ipv4_taken or _taken(scene, begin, pl.col("v6")):
        return None
    hit = scene.cases.filter(pl.col("cause").is_in(causes), pl.col("ip").str.contains(":", literal=True))
    return _statement(
        what, _most(six, "cause") or Cause.NO_ROUTE.value, hit, begin,
        scope={"hosts": _some(six["server"]), "domains": _some(six["domain"])},
        domains=six["domain"].n_unique(), tries=int(six["count"].sum()), elsewhere=elsewhere,
    )  # fmt: skip


def one_mailbox(scene: Scene) -> Statement | None:
    """One mailbox is full, and no other is."""
    hit = scene.cases.filter(pl.col("cause") == Cause.MAILBOX_FULL.value)
    owners = hit["recipient"].str.to_lowercase().unique()
    if len(owners) != 1 or owners[0] is None or hit["mail"].n_unique() < scene.limits.full_mails:
        return None
    begin: datetime | None = hit.select(pl.col("first").min()).item()
    scope = {"recipients": (str(owners[0]),)}
    return _statement(
        "one_mailbox", Cause.MAILBOX_FULL.value, hit, begin, scope=scope, recipient=str(owners[0])
    )


def addresses(scene: Scene) -> tuple[Statement, ...]:
    """Return which of our addresses were refused, as far as the refusals name them."""
    named = (
        scene.cases.filter(pl.col("cause").is_in(REFUSING), pl.col("ip").is_not_null())
        .with_columns(pl.col("reply").str.extract(ADDRESS, 1).alias("address"))
        .filter(pl.col("address").is_not_null() & (pl.col("address") != pl.col("ip")))
    )
    found = named.group_by("address").agg(pl.col("mail").n_unique().alias("mails"))
    found = found.filter(pl.col("mails") >= scene.limits.address_mails)
    found = found.sort("mails", "address", descending=[True, False]).head(NAMES)
    said = []
    for ours in found["address"]:
        hit = named.filter(pl.col("address") == ours)
        begin: datetime | None = hit.select(pl.col("first").min()).item()
        cause = _most(hit, "cause") or Cause.UNKNOWN.value
        scope = {"addresses": (str(ours),), "domains": _some(hit["domain"])}
        domains = hit["domain"].n_unique()
        said.append(_statement("address", cause, hit, begin, scope=scope, address=str(ours), domains=domains))
    return tuple(said)


#: Asked only where mail goes out by itself.
WIDE: Final[Sequence[Callable[[Scene], Statement | None]]] = (
    port_25,
    ipv6_only,
    one_provider,
    one_destination,
)
NARROW: Final[Sequence[Callable[[Scene], Statement | None]]] = (one_mailbox,)

#: Lines that prove a statement.
PROOFS: Final = 5


def _statement(
    what: str,
    cause: str,
    hit: pl.DataFrame,
    since: datetime | None,
    *,
    scope: Mapping[str, tuple[str, ...]],
    **values: str | int,
) -> Statement:
    lines = hit.sort("first", "mail", "recipient").filter(pl.col("at_row").is_not_null())
    places = lines.select("at_source", "at_block", "at_row").unique(maintain_order=True).head(PROOFS)
    mails = hit["mail"].n_unique()
    return Statement(
        what=what,
        cause=cause,
        scope=scope,
        since=since,
        values={"mails": mails, **values},
        places=tuple((source, block, row) for source, block, row in places.iter_rows()),
        rules=tuple(hit["rule"].drop_nulls().unique().sort()),
    )


def _since(begin: datetime | None) -> pl.Expr:
    return pl.lit(value=True) if begin is None else pl.col("last") >= begin


def _taken(scene: Scene, begin: datetime | None, where: pl.Expr) -> int:
    """Return how many deliveries were taken from `begin` on, at least: of an hour that began before, one counts."""
    taken = scene.tries.filter(pl.col("taken"), where, _since(begin))
    whole = pl.lit(value=True) if begin is None else pl.col("first") >= begin
    return int(taken.select(pl.when(whole).then("count").otherwise(1).sum()).item())


def _most(table: pl.DataFrame, name: str) -> str | None:
    counts = table.filter(pl.col(name).is_not_null()).group_by(name).len()
    ordered = counts.sort("len", name, descending=[True, False])
    return str(ordered[name][0]) if ordered.height else None


def _some(names: pl.Series) -> tuple[str, ...]:
    return tuple(names.drop_nulls().unique().sort().head(NAMES).to_list())
