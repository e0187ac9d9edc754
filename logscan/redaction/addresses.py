"""IP addresses -> others of the same kind, neighbours of the same network staying neighbours.

In: an address as text. Out: IPv4 from the documentation ranges (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24) and, when
these three are taken, from 240.0.0.0/4, which is in nobody's use; IPv6 from 2001:db8::/32. A /24 or /64 becomes one /24 or /64.
Never: another kind: loopback, unspecified and multicast addresses and net masks stay, private ones stay private.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

from logscan.redaction.key import Key

#: The documentation ranges, as numbers of their /24.
_DOCUMENTED: Final = tuple(int(IPv4Address(net)) >> 8 for net in ("192.0.2.0", "198.51.100.0", "203.0.113.0"))
#: 240.0.0.0/4: so many networks of /24, but for the last, in which the broadcast address lies.
_RESERVED: Final = int(IPv4Address("240.0.0.0")) >> 8
_RESERVED_BITS: Final = 20
#: Networks whose addresses stay among themselves: the number of the network, and the bits of its prefix.
_WITHIN: Final = tuple(
    (int(IPv4Address(net)), prefix)
    for net, prefix in (
        ("10.0.0.0", 8), ("172.16.0.0", 12), ("192.168.0.0", 16), ("169.254.0.0", 16), ("100.64.0.0", 10),
    )
)  # fmt: skip
_DOCUMENTED_6: Final = 0x20010DB8 << 96
_MAPPED: Final = 0xFFFF
_SMALL: Final = 1 << 16


class Addresses:
    """The addresses of one run. seen: the /24 networks of public IPv4 that were asked for so far."""

    def __init__(self, key: Key, networks: Mapping[int, int] | None = None) -> None:
        """networks: where /24 networks go, from `assigned`."""
        self._key = key
        self._networks = networks or {}
        self.seen: set[int] = set()
        self._four = lru_cache(maxsize=1 << 16)(self._four_of)

    def four(self, text: str) -> str | None:
        """Return what stands for an IPv4 address; None when the text is none."""
        parts = text.split(".")
        if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
            return None
        numbers = [int(part) for part in parts]
        if max(numbers) > 255:
            return None
        found = self._four(int.from_bytes(bytes(numbers)))
        return ".".join(map(str, found.to_bytes(4)))

    def six(self, text: str) -> str | None:
        """Return what stands for an IPv6 address, zone and all; None when the text is none."""
        if ":" not in text:
            return None
        bare, percent, zone = text.partition("%")
        try:
            number = int(IPv6Address(bare))
        except AddressValueError:
            return None
        if number >> 32 == _MAPPED:
            mapped = self._four(number & 0xFFFFFFFF)
            return "::ffff:" + ".".join(map(str, mapped.to_bytes(4)))
        return f"{IPv6Address(self._six_of(number))}{percent}{zone}"

    def _four_of(self, number: int) -> int:
        first = number >> 24
        if first in (0, 127, 255) or 224 <= first < 240:
            return number
        host = self._key.shuffled(number & 0xFF, 8, f"host {number >> 8}")
        for base, prefix in _WITHIN:
            bits = 24 - prefix
            if number >> (32 - prefix) == base >> (32 - prefix):
                inside = self._key.shuffled(number >> 8 & (1 << bits) - 1, bits, f"within {base}")
                return base | inside << 8 | host
        self.seen.add(number >> 8)
        return self._network(number >> 8) << 8 | host

    def _network(self, network: int) -> int:
        return self._networks.get(network) or _reserved(self._key, network, 0)

    def _six_of(self, number: int) -> int:
        if number < 2 or number >> 120 == 0xFF:
            return number
        network, host = number >> 64, number & (1 << 64) - 1
        small = 16 if host < _SMALL else 64
        host = self._key.number("host", f"{number:x}", small) or 1
        if number >> 118 == 0xFE80 >> 6:
            return 0xFE80 << 112 | host
        if number >> 121 == 0xFC >> 1:
            return 0xFD << 120 | self._key.number("within", f"{network:x}", 56) << 64 | host
        site = self._key.number("site", f"{network >> 16:x}", 16)
        part = self._key.number("net", f"{network:x}", 16)
        return _DOCUMENTED_6 | site << 80 | part << 64 | host


def assigned(key: Key, networks: Iterable[int]) -> dict[int, int]:
    """Return where /24 networks go: no two to one place, and where does not depend on the order they came in.

    The first three in the key's own order get the documentation ranges, the others places in 240.0.0.0/4.
    """
    ranked = sorted(networks, key=lambda network: (key.number("rank", str(network), 64), network))
    places = dict(zip(ranked, _DOCUMENTED, strict=False))
    taken = set(places.values())
    for network in ranked[len(_DOCUMENTED) :]:
        turn = 0
        while (place := _reserved(key, network, turn)) in taken:
            turn += 1
        taken.add(place)
        places[network] = place
    return places


def _reserved(key: Key, network: int, turn: int) -> int:
    slot = key.number(f"net {turn}", str(network), _RESERVED_BITS)
    return _RESERVED + min(slot, (1 << _RESERVED_BITS) - 2)
