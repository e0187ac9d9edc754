"""A key for tests, and everything that hangs on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
import pytest

from logscan.packs.providers import load_providers
from logscan.redaction import public
from logscan.redaction.addresses import Addresses, assigned
from logscan.redaction.key import Key
from logscan.redaction.known import known
from logscan.redaction.masks import Masks
from logscan.redaction.names import Names
from logscan.redaction.text import gather, hidden

#: Lines -> the same as they are printed; structure: words that are never names.
Hide = Callable[..., list[str]]


@pytest.fixture(scope="session")
def key() -> Key:
    return Key(b"a key for tests")


@pytest.fixture(scope="session")
def endings() -> frozenset[str]:
    providers = load_providers(())
    return public.ENDINGS.union(providers.mx, providers.domains)


@pytest.fixture
def names(key: Key, endings: frozenset[str]) -> Names:
    return Names(key, Addresses(key), endings)


@pytest.fixture
def hide(key: Key, endings: frozenset[str]) -> Hide:
    """Return what hides lines as the command does: names first, then the lines."""

    def done(lines: Sequence[str], structure: frozenset[str] = frozenset()) -> list[str]:
        raw = pl.Series(list(lines), dtype=pl.String)
        first = Names(key, Addresses(key), endings)
        gather(raw, Masks(first))
        second = Names(key, Addresses(key, assigned(key, first.addresses.seen)), endings)
        text = hidden(raw, Masks(second, known(first.bare, structure)))
        assert text.endswith("\n")
        found = text[:-1].split("\n")
        assert len(found) == len(lines)
        return found

    return done
