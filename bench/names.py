"""The people and machines of made-up traffic: fixed lists, drawn from unevenly, as in life.

In: a random generator, how many names. Out: `Names`, and functions that draw and spell many at once.
Never: a name outside RFC 2606, an address outside RFC 5737 and RFC 1918.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Numbers = npt.NDArray[np.int64]

HEX = "0123456789ABCDEF"
#: What Postfix writes long queue IDs with: no vowels, so no words.
LONG = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"
TOWNS = "harborlight northgate eastbrook rivertown midvale westmoor southfield hillcrest seaview kestrelbank".split()
PEOPLE = "alice bob carol dave erin frank grace heidi ivan judy mallory niaj olivia peggy rupert sybil trent".split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Fixed lists of equal length: mail addresses, their domains, clients as `name[ip]`, their parts."""

    addresses: pl.Series
    domains: pl.Series
    relays: pl.Series
    relay_names: pl.Series
    clients: pl.Series
    client_ips: pl.Series
    helos: pl.Series


def make_names(random: np.random.Generator, count: int) -> Names:
    """Return `count` of everything; a fiftieth as many domains, every eighth client without a name."""
    number = np.arange(count)
    spread = random.permutation(count)
    domain_of = number % max(1, count // 50)
    town = _pick(TOWNS, domain_of % len(TOWNS)) + _digits(domain_of // len(TOWNS)) + ".example"
    user = _pick(PEOPLE, number % len(PEOPLE)) + "." + _digits(number)
    # One relay per domain in the networks for documentation; clients in 10/8, of which there are enough.
    relay_ip = _pick(("198.51.100.", "203.0.113."), domain_of % 2) + _digits(domain_of // 2 % 254 + 1)
    ip = "10." + _digits(spread // 65025) + "." + _digits(spread // 255 % 255) + "." + _digits(spread % 255)
    named = _pick(PEOPLE, spread % len(PEOPLE)) + _digits(number % 97) + "." + town
    name = named.zip_with(pl.Series(spread % 8 != 0), _pick(("unknown",), np.zeros(count, np.int64)))
    return Names(
        addresses=user + "@" + town,
        domains=town,
        relays="mx." + town + "[" + relay_ip + "]",
        relay_names="mx." + town,
        clients=name + "[" + ip + "]",
        client_ips=ip,
        helos=named,
    )


def _pick(words: Sequence[str], which: Numbers) -> pl.Series:
    return pl.Series(words, dtype=pl.String).gather(which)


def _digits(numbers: Numbers) -> pl.Series:
    return pl.Series(numbers).cast(pl.String)


def unevenly(random: np.random.Generator, below: int, count: int) -> Numbers:
    """Return `count` numbers below `below`, small ones much more often; all of them occur in the end."""
    return (below * random.random(count) ** 3).astype(np.int64)


def spell(values: Numbers, alphabet: str, width: int) -> pl.Series:
    """Return every value written with `alphabet`'s digits, `width` of them."""
    digits = np.frombuffer(alphabet.encode(), dtype=np.uint8)
    places = len(alphabet) ** np.arange(width - 1, -1, -1)
    written = digits[(values[:, None] // places) % len(alphabet)]
    return pl.Series(np.ascontiguousarray(written).view(f"S{width}").ravel().astype(f"U{width}"))
