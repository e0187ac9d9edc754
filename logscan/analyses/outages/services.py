"""Whose failure is it?

In: the finished partial; what the cards say of each shape. Out: `Points`: failures with the service that failed,
and the proofs that speak of each service.
Never: invents a name: a service bears the name that the logs give it.

A web request that failed is told twice: by the error log, which knows client and back end, and by the access log, which
knows client and page. Client and time join them; so pages are learnt that a back end serves, and errors
that name no back end find theirs by the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from logscan.analyses.outages.fold import DESTINATION, Partial
from logscan.model.vocabulary import Cause, Family, Kind, Severity

#: What `ruled` says of a shape. weight: the severity of its card.
RULED: Final = ("shape", "rule", "cause", "weight", "family", "kind", "daemon", "module", "status")

#: How long a request may have taken when its error is told: five minutes, the longest usual time limit, and a bit.
LONGEST_REQUEST: Final = "310s"

_WEB: Final = [
    family.value
    for family in (Family.APACHE_ERROR, Family.APACHE_ACCESS, Family.NGINX_ERROR, Family.PHP_FPM, Family.PHP_ERROR)
]  # fmt: skip
_BACKEND: Final = [
    cause.value
    for cause in (Cause.BACKEND_CRASH, Cause.BACKEND_TIMEOUT, Cause.BACKEND_UNREACHABLE, Cause.BACKEND_OVERLOAD)
]  # fmt: skip
#: What is a failed request where a FastCGI module says it; elsewhere it is a warning about a page.
_FASTCGI: Final = [cause.value for cause in (Cause.PROTOCOL_ERROR, Cause.LOCAL_CONFIG, Cause.LOCAL_RESOURCES)]
#: Causes for which a whole destination is closed to us; what concerns one recipient or one mail is not among them.
_DESTINATION: Final = [
    cause.value
    for cause in (
        Cause.CONNECT_TIMEOUT, Cause.CONNECT_REFUSED, Cause.NO_ROUTE, Cause.CONNECTION_LOST, Cause.DNS_FAILURE,
        Cause.TLS_FAILURE, Cause.PTR_MISSING, Cause.IP_BLOCKLISTED, Cause.IP_REPUTATION, Cause.RATE_LIMITED,
        Cause.REMOTE_SYSTEM, Cause.HELO_INVALID, Cause.AUTH_SPF_DKIM, Cause.DMARC_REJECT,
    )
]  # fmt: skip
_GRAVE: Final = [Severity.CRITICAL.value, Severity.ERROR.value]
#: What concerns everybody who logs in, and not one user.
_LOGIN: Final = [
    cause.value
    for cause in (Cause.LOOKUP_FAILURE, Cause.LOCAL_RESOURCES, Cause.BACKEND_TIMEOUT, Cause.BACKEND_OVERLOAD, Cause.RATE_LIMITED)
]  # fmt: skip
_LOGIN_FAMILIES: Final = [Family.DOVECOT.value, Family.COURIER.value, Family.SASLAUTHD.value]
#: Of a page that is not there nobody says that its service failed: the answer is 404.
_NOT_THERE: Final = ["fastcgi.proxy-fcgi.script-unknown"]
#: Lines about pages that are not there or closed that make a client a stranger who tries doors.
NOSY: Final = 5
_STARTERS: Final = ["postfix", "postfix-script", "master"]

#: service, kind, side (who tells it: error, access, mail, to); first, last; lines; n: those that count; client; what
#: they are.
POINT: Final = (
    "service", "kind", "side", "first", "last", "second", "lines", "n", "client", "shape", "rule", "cause",
    "source", "backend", "place", "entity", "instance",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """points: `POINT`. keys: service, key of the proofs that speak of it (String both).

    A point whose n is 0 belongs to an outage and counts nothing: the module's own account of it.
    """

    points: pl.DataFrame
    keys: pl.DataFrame


def strangers(partial: Partial, ruled: pl.DataFrame) -> frozenset[str]:
    """Return clients that ask again and again for what is not there or closed: what they break nobody uses."""
    nosy = pl.col("family").is_in([Family.APACHE_ERROR.value, Family.NGINX_ERROR.value]) & (
        (pl.col("weight") == Severity.INFO.value) | pl.col("rule").is_in(_NOT_THERE)
    )
    asked = (
        partial.failures.join(ruled.filter(nosy).select("shape"), on="shape")
        .group_by("client")
        .agg(pl.col("n").sum())
    )
    return frozenset(asked.filter(pl.col("n") >= NOSY)["client"].drop_nulls())


def points(partial: Partial, ruled: pl.DataFrame) -> Points:
    """Return the failures by service. ruled: `RULED`, shapes without a card left out."""
    told = partial.failures.join(ruled.select(RULED), on="shape", how="inner").with_columns(
        pl.col("n").alias("lines")
    )
    full = told.filter(
        (pl.col("family") == Family.APACHE_ERROR.value)
        & (pl.col("cause") == Cause.WEB_LIMITS.value)
        & pl.col("module").str.starts_with("mpm_")
        & pl.col("weight").is_in(_GRAVE)
    )
    web = _web(told.filter(pl.col("family").is_in(_WEB)))
    mail = [
        *_mail(told.filter(pl.col("family").is_in([Family.POSTFIX.value, Family.OPENDKIM.value]))),
        *_logins(told),
        _named(full, pl.lit("apache workers"), pl.lit("resource"), pl.lit(None, pl.String)),
    ]
    tables = [part.select(POINT) for part, _ in (web, *mail)]
    keys = [part.select("service", "key") for _, part in (web, *mail)]
    found = pl.concat(tables).filter(pl.col("service").is_not_null())
    return Points(
        points=found.sort("service", "first", "shape", "source", "client", "place", "entity"),
        keys=pl.concat(keys).drop_nulls().unique().sort("service", "key"),
    )


# --- mail ----------------------------------------------------------------------------------------

_Part = tuple[pl.DataFrame, pl.DataFrame]


def _mail(told: pl.DataFrame) -> list[_Part]:
    kind, cause = pl.col("kind"), pl.col("cause")
    postfix = pl.col("family") == Family.POSTFIX.value
    delivery = (kind == Kind.DELIVERY.value) & cause.is_in(_DESTINATION) & postfix
    dns = cause == Cause.DNS_FAILURE.value
    serious = kind.is_in([Kind.FATAL.value, Kind.PANIC.value]) & postfix
    by_mail = "mail:" + pl.col("instance")
    started = pl.col("daemon").is_in(_STARTERS)
    return [
        _named(
            told.filter(delivery),
            "domain " + pl.col("entity"),
            pl.when(dns).then(pl.lit("dns")).otherwise(pl.lit("destination")),
            DESTINATION + pl.col("entity"),
            side="to",
        ),
        _named(
            told.filter(postfix & (cause == Cause.MILTER_UNAVAILABLE.value) & pl.col("backend").is_not_null()),
            "milter " + pl.col("backend"),
            pl.lit("milter"),
            by_mail,
        ),
        _named(
            told.filter(
                (pl.col("family") == Family.OPENDKIM.value)
                & (cause == Cause.DKIM_SIGNING.value)
                & (kind == Kind.ERROR.value)
            ),
            pl.lit("opendkim signing"),
            pl.lit("milter"),
            pl.lit("dkim"),
        ),
        _named(
            told.filter(postfix & (cause == Cause.LOCAL_RESOURCES.value)),
            "spool /var/spool/" + pl.col("instance"),
            pl.lit("resource"),
            by_mail,
        ),
        _named(
            told.filter(serious & ~started & (cause != Cause.LOCAL_RESOURCES.value)),
            pl.col("instance") + "/" + pl.col("daemon"),
            pl.lit("daemon"),
            by_mail,
        ),
        _named(
            told.filter(serious & started & (cause != Cause.LOCAL_RESOURCES.value)),
            pl.col("instance") + "/master",
            pl.lit("daemon"),
            by_mail,
        ),
        _named(
            told.filter(postfix & (cause == Cause.LOOKUP_FAILURE.value) & ~serious),
            pl.col("instance") + "/" + pl.col("daemon"),
            pl.lit("daemon"),
            by_mail,
        ),
    ]  # fmt: skip


def _logins(told: pl.DataFrame) -> list[_Part]:
    """Where nobody can log in: the daemons themselves say it, and Postfix of those that it asks."""
    cause, weight, kind = pl.col("cause"), pl.col("weight"), pl.col("kind")
    own = pl.col("family").is_in(_LOGIN_FAMILIES) & (
        cause.is_in(_LOGIN) | (weight == Severity.CRITICAL.value)
    )
    asks = (pl.col("family") == Family.POSTFIX.value) & (kind != Kind.DELIVERY.value) & weight.is_in(_GRAVE)
    return [
        _named(told.filter(own), pl.col("family"), pl.lit("daemon"), "login:" + pl.col("family")),
        _named(
            _once(told.filter(asks & (cause == Cause.AUTH_FAILURE.value))),
            pl.col("instance") + " login",
            pl.lit("daemon"),
            "login:" + pl.col("instance"),
        ),
    ]


def _once(told: pl.DataFrame) -> pl.DataFrame:
    """Count the lines that name the client, and where there are such, not those about the same attempts that name none."""
    named = pl.col("client").is_not_null()
    return told.with_columns(pl.when(named | ~named.any().over("instance")).then("n").otherwise(0).alias("n"))


def _named(told: pl.DataFrame, service: pl.Expr, kind: pl.Expr, key: pl.Expr, *, side: str = "mail") -> _Part:
    named = told.with_columns(service.alias("service"), key.alias("key")).drop("kind")
    named = named.with_columns(
        kind.alias("kind") if told.height else pl.lit("").alias("kind"), pl.lit(side).alias("side")
    )
    return named, named.select("service", "key").unique()


# --- web -----------------------------------------------------------------------------------------


def _web(told: pl.DataFrame) -> _Part:
    request = pl.col("kind") == Kind.HTTP_REQUEST.value
    fastcgi = pl.col("kind") == Kind.FASTCGI_ERROR.value
    failing = pl.col("cause").is_in(_BACKEND) | (fastcgi & pl.col("cause").is_in(_FASTCGI))
    failing &= pl.col("weight").is_in(_GRAVE) & ~pl.col("rule").is_in(_NOT_THERE)
    access = told.filter(request & pl.col("place").is_not_null())
    errors = _with_ports(told.filter(failing & ~request))
    errors = _linked(_neighbours(errors), access)
    served = _served(errors)
    errors = errors.join(served.rename({"served": "by_page"}), left_on="page", right_on="place", how="left")
    unnamed = pl.when(pl.col("client").is_not_null()).then(pl.coalesce("module", "family"))
    errors = errors.with_columns(
        pl.coalesce("backend_full", "by_page", "page", unnamed).alias("service"),
        pl.lit("error").alias("side"),
    )
    spoken = errors.filter(pl.col("client").is_not_null())["service"].unique()
    counted = pl.col("client").is_not_null() | ~pl.col("service").is_in(spoken.to_list())
    errors = errors.with_columns(pl.when(counted).then("n").otherwise(0).alias("n"))
    access = access.join(served, on="place", how="left").with_columns(
        pl.coalesce("served", "place").alias("service"), pl.lit("access").alias("side")
    )
    both = [table.drop("kind").with_columns(pl.lit("webmail").alias("kind")) for table in (errors, access)]
    keys = access.select("service", ("web:" + pl.col("place")).alias("key")).unique()
    return pl.concat([table.select(POINT) for table in both]), keys


def _with_ports(errors: pl.DataFrame) -> pl.DataFrame:
    """`127.0.0.1` is `127.0.0.1:9000` where that is the only port of it that the logs name."""
    names = errors["backend"].drop_nulls().unique().sort().to_list()
    full = {
        name: ported[0]
        for name in names
        if len(ported := [other for other in names if other.startswith(f"{name}:")]) == 1
    }
    return errors.with_columns(pl.col("backend").replace(full).alias("backend_full"))


def _neighbours(errors: pl.DataFrame) -> pl.DataFrame:
    """Give lines without a back end that of the client's other lines of the second, where there is one only."""
    group = ["source", "second", "client"]
    named = errors.filter(pl.col("backend_full").is_not_null() & pl.col("client").is_not_null())
    sole = (
        named.group_by(group)
        .agg(pl.col("backend_full").n_unique().alias("names"), pl.col("backend_full").first().alias("near"))
        .filter(pl.col("names") == 1)
        .drop("names")
    )
    joined = errors.join(sole, on=group, how="left")
    return joined.with_columns(pl.coalesce("backend_full", "near").alias("backend_full")).drop("near")


def _linked(errors: pl.DataFrame, access: pl.DataFrame) -> pl.DataFrame:
    """Return the errors with `page`: what their client asked for in vain at the nearest moment."""
    pages = (
        access.filter(pl.col("client").is_not_null())
        .select("client", "second", pl.col("place").alias("page"))
        .unique()
        .sort("second", "client", "page")
    )
    known = errors.filter(pl.col("client").is_not_null()).sort("second", "client", "shape")
    others = errors.filter(pl.col("client").is_null())
    if not known.height or not pages.height:
        return errors.with_columns(pl.lit(None, dtype=pl.String).alias("page"))
    joined = known.join_asof(
        pages, on="second", by="client", strategy="nearest", tolerance=LONGEST_REQUEST, check_sortedness=False
    )
    return pl.concat([joined, others.with_columns(pl.lit(None, dtype=pl.String).alias("page"))])


def _served(errors: pl.DataFrame) -> pl.DataFrame:
    """Return place, served: the back end that most of the errors on a page name."""
    return (
        errors.filter(pl.col("page").is_not_null() & pl.col("backend_full").is_not_null())
        .group_by(pl.col("page").alias("place"), pl.col("backend_full").alias("served"))
        .agg(pl.col("n").sum())
        .sort("place", "n", "served", descending=[False, True, False])
        .unique("place", keep="first", maintain_order=True)
        .drop("n")
    )
