"""Whose servers are they that a finding is about?

In: servers that the lines of each rule name, counted. Out: rule -> a provider's id. Never: a provider by the recipient's
domain: its mail may lie elsewhere; one that a part of the failures has nothing to do with.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.packs.providers import load_providers

#: All, or nearly all: this part of a rule's lines names servers of one provider.
NEARLY_ALL: Final = 0.95


class Owners:
    """Counts, by rule, the lines that name a server of each provider. patterns: folders of the site's own."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._patterns = patterns
        self._counts: dict[str, dict[str, int]] = {}

    def add(self, named: pl.DataFrame) -> None:
        """Take rule, name (`host[address]`), count."""
        if not named.height:
            return
        host = pl.col("name").str.extract(r"^([^\[]*)", 1).alias("host")
        hosts = named.select("rule", host, "count")
        known = load_providers(self._patterns)
        # each name is asked about once, however many rules it stands under
        owned = {name: one for name in hosts["host"].unique() if (one := known.of_host(name)) is not None}
        mine = hosts.filter(pl.col("host").is_in(list(owned)))
        for rule, name, count in mine.iter_rows():
            counts = self._counts.setdefault(rule, {})
            counts[owned[name]] = counts.get(owned[name], 0) + count

    def of(self, rule: str, lines: int) -> str | None:
        """Return whose servers nearly all of a rule's `lines` name."""
        return next(
            (one for one, count in self._counts.get(rule, {}).items() if count >= NEARLY_ALL * lines), None
        )
