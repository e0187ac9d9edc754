"""Who runs a mail server or a domain: `patterns/providers/<id>.toml`.

In: folders. Out: `Providers`, to be asked about a host or a domain. Never: asks DNS; guesses by a part of a name:
only whole labels at its end count, the longest known ending wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from logscan.packs.checked import tables
from logscan.packs.locate import folders


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider. mx: endings of its servers' names. domains: endings of its addresses. group: whose part it is.

    links: where a postmaster turns to.
    """

    id: str
    name: str
    mx: tuple[str, ...]
    domains: tuple[str, ...] = ()
    group: str | None = None
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """All providers by id, and the endings that tell them."""

    by_id: Mapping[str, Provider]
    mx: Mapping[str, str]
    domains: Mapping[str, str]

    def of_host(self, host: str | None) -> str | None:
        """Return the id of whose server `host` is."""
        return _longest(host, self.mx)

    def of_domain(self, domain: str | None) -> str | None:
        """Return the id of whose addresses end in `domain`; a company's own domain tells nothing."""
        return _longest(domain, self.domains)

    def group(self, provider: str) -> str:
        """Return the id of the whole that a provider is part of, its own where it is none."""
        known = self.by_id.get(provider)
        return (known.group if known else None) or provider

    def name(self, provider: str) -> str:
        """Return what people call it."""
        return self.by_id[provider].name if provider in self.by_id else provider


def _longest(name: str | None, endings: Mapping[str, str]) -> str | None:
    left = (name or "").rstrip(".").lower()
    while left:
        if left in endings:
            return endings[left]
        left = left.partition(".")[2]
    return None


@cache
def load_providers(extra: tuple[str, ...] = ()) -> Providers:
    """Return the providers of logscan, of the site and of the folders `extra`; a later file of one id replaces it.

    Raises PackError.
    """
    by_id: dict[str, Provider] = {}
    for path, table in tables(folders(extra), "providers", "provider.schema.json"):
        by_id[path.stem] = Provider(
            id=path.stem,
            name=table["name"],
            mx=tuple(table["mx"]),
            domains=tuple(table.get("domains", ())),
            group=table.get("group"),
            links=tuple(table.get("links", ())),
        )
    by_id = dict(sorted(by_id.items()))
    return Providers(
        by_id=by_id,
        mx={ending: one.id for one in by_id.values() for ending in one.mx},
        domains={ending: one.id for one in by_id.values() for ending in one.domains},
    )
