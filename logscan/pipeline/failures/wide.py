"""Outages that are wider than one domain: of the resolver, of a provider.

In: points of `analyses.outages.services`, proofs, folders with providers of the user's own. Out: `runs.Run`s.
Never: blames a resolver for one domain, or a provider for one customer's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from logscan.analyses.outages import fold, runs, services
from logscan.model.outages import Limits
from logscan.model.vocabulary import Cause
from logscan.packs.providers import Providers, load_providers

#: Domains that must be unknown at once before the resolver is blamed and not they.
MANY: Final = 3
RESOLVER: Final = "resolver"
#: Domains of one provider that must fail at once before it is called the provider's.
SEVERAL: Final = 2
PROVIDER: Final = "provider "


def wide(
    points: pl.DataFrame, proofs: pl.DataFrame, patterns: tuple[str, ...], limits: Limits
) -> Iterator[runs.Run]:
    """Yield the outages of the resolver, and those of providers."""
    tried = points.filter(pl.col("side") == "to")
    dns = pl.col("cause") == Cause.DNS_FAILURE.value
    yield from _resolver(tried.filter(dns), proofs, limits)
    if (left := tried.filter(~dns & pl.col("backend").is_not_null())).height:
        yield from _providers(left, proofs, load_providers(patterns), limits)


def inside(run: runs.Run, covers: Sequence[runs.Run]) -> bool:
    """Return whether it is one domain's share of an outage of the resolver or of a provider."""
    domain = run.service.removeprefix("domain ")
    return domain != run.service and any(
        (cover.service != RESOLVER or run.kind == "dns")
        and domain in cover.names
        and cover.begin <= run.begin
        and run.last <= cover.last
        for cover in covers
    )


def _resolver(dns: pl.DataFrame, proofs: pl.DataFrame, limits: Limits) -> Iterator[runs.Run]:
    """Many domains that could not be looked up at once are one outage, of the resolver."""
    if dns["entity"].n_unique() < MANY:
        return
    found, _ = runs.outages(_moved(dns, RESOLVER, "dns", [fold.RESOLVING]), proofs, {}, limits)
    for run in found:
        if dns.filter(pl.col("first").is_between(run.begin, run.last))["entity"].n_unique() >= MANY:
            yield run


def _providers(
    tried: pl.DataFrame, proofs: pl.DataFrame, providers: Providers, limits: Limits
) -> Iterator[runs.Run]:
    """Many domains of one provider that fail at once are one outage, of the provider; so is one that is its own."""
    hosts = {
        host: providers.group(owner)
        for host in tried["backend"].drop_nulls().unique().sort()
        if (owner := providers.of_host(host)) is not None
    }
    if not hosts:
        return
    owned_by = pl.col("backend").replace_strict(hosts, default=None, return_dtype=pl.String).alias("owner")
    owned = tried.with_columns(owned_by).filter(pl.col("owner").is_not_null())
    for (name,), mine in owned.partition_by("owner", as_dict=True, maintain_order=True).items():
        keys = [fold.DESTINATION + domain for domain in mine["entity"].drop_nulls().unique().sort()]
        moved = _moved(mine.drop("owner"), f"{PROVIDER}{name}", "destination", keys)
        for run in runs.outages(moved, proofs, {}, limits)[0]:
            failed = mine.filter(pl.col("first").is_between(run.begin, run.last))["entity"].drop_nulls()
            own = any(providers.of_domain(domain) is not None for domain in failed.unique())
            if own or failed.n_unique() >= SEVERAL:
                yield run


def _moved(points: pl.DataFrame, service: str, kind: str, keys: Sequence[str]) -> services.Points:
    """Return failures as those of another service."""
    return services.Points(
        points=points.with_columns(pl.lit(service).alias("service"), pl.lit(kind).alias("kind")),
        keys=pl.DataFrame({"service": [service] * len(keys), "key": list(keys)}),
    )
