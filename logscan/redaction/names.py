"""Words, host names and mail addresses -> pseudonyms that keep how they belong together.

In: a name as it was logged. Out: its pseudonym: alice is the same word as an account, in alice@example.org and as a folder; a
host stays below its domain, and the domain below .example, or below its provider's own name.
Never: a part of a name that is not known to be public.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Final

from logscan.redaction import public
from logscan.redaction.addresses import Addresses
from logscan.redaction.key import Key

#: Second levels below a country under which domains are registered.
_SECOND: Final = frozenset(
    (
        "co",
        "com",
        "net",
        "org",
        "ac",
        "edu",
        "gov",
        "gob",
        "gouv",
        "or",
        "ne",
        "go",
        "ad",
        "ed",
        "gr",
        "lg",
        "gv",
        "mil",
        "nom",
        "asso",
        "sch",
        "ltd",
        "plc",
        "me",
    )
)
_PERCENT: Final = re.compile("(?:%[0-9A-Fa-f]{2})+")
_OCTETS: Final = 4
_NIBBLES: Final = 32


class Names:
    """The names of one run. endings: of hosts and domains that stay, lower case.

    bare: account names and names of log hosts that were asked for so far, for those stand in prose too.
    """

    def __init__(self, key: Key, addresses: Addresses, endings: Collection[str]) -> None:
        self._key = key
        self.addresses = addresses
        self._endings = endings
        self.bare: set[str] = set()
        self._host = lru_cache(maxsize=1 << 16)(self._host_of)
        self._word = lru_cache(maxsize=1 << 16)(self._word_of)

    def word(self, text: str) -> str:
        """Return the pseudonym of an account, a label or another word, in the same case."""
        return self._word(text)

    def account(self, text: str) -> str:
        """Return the pseudonym of an account's name, and remember the name: it is hidden in prose too."""
        self.bare.add(text.casefold())
        return self._word(text)

    def key_number(self, text: str, turn: int) -> int:
        """Return a number of 256 bits that stands for a text: for what is all digits."""
        return self._key.number(f"digits {turn}", text.casefold(), 256)

    def host(self, text: str) -> str:
        """Return the pseudonym of a host or domain name."""
        return self._host(text)

    def log_host(self, text: str) -> str:
        """Return the pseudonym of the host that wrote a log, and remember the name as for accounts."""
        self.bare.add(text.casefold().partition(".")[0])
        return self.machine(text)

    def machine(self, text: str) -> str:
        """Return the pseudonym of whatever names a machine: an address, in brackets too, or a name."""
        inner = text.strip("[]").removeprefix("IPv6:")
        found = self.addresses.four(inner) or self.addresses.six(inner)
        return text.replace(inner, found) if found else self._host(text)

    def mailbox(self, text: str) -> str:
        """Return the pseudonym of local@domain; without an at sign, of a local part alone."""
        local, at, domain = unquoted(text).rpartition("@")
        if not at:
            return self.account(text)
        return f"{self.local(local)}@{self.machine(domain)}" if domain else f"{self.local(local)}@"

    def local(self, text: str) -> str:
        """Return the pseudonym of a local part; what stands behind a plus sign is a word of its own."""
        plain = text.strip('"\\').casefold()
        if plain in public.ROLES or not plain:
            return text
        first, *more = plain.split("+")
        if not first:
            return self._word(plain)
        return "+".join([self._word(_cased(text, first)), *(self._word(part) for part in more if part)])

    def _word_of(self, text: str) -> str:
        plain = text.casefold()
        if plain in public.ROLES or plain in public.LABELS or not plain:
            return text
        return _cased(text, self._key.word(plain))

    def _label(self, label: str) -> str:
        return label if label in public.LABELS else self._key.word(label)

    def _host_of(self, text: str) -> str:
        plain = text.casefold().rstrip(".")
        if plain in public.DOTTED or plain in public.LABELS:
            return text
        labels = plain.split(".")
        said = self._reversed(labels) or self._below(labels)
        return (said.upper() if text.isupper() else said) + "." * text.endswith(".")

    def _below(self, labels: list[str]) -> str:
        """Return labels with pseudonyms below an ending that stays, else below a pseudonym of the domain."""
        for begin in range(len(labels)):
            ending = ".".join(labels[begin:])
            if ending in self._endings:
                lists = ending in public.ENDINGS
                more = [
                    label if lists and label in public.LISTS else self._label(label)
                    for label in labels[:begin]
                ]
                return ".".join([*more, ending])
        if len(labels) == 1:
            return self._label(labels[0])
        own = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND else 2
        domain = self._key.word(".".join(labels[-own:]), "domain")
        return ".".join([*map(self._label, labels[:-own]), domain, "example"])

    def _reversed(self, labels: list[str]) -> str | None:
        """Return the name under which an address is looked up backwards: 1.2.0.192.in-addr.arpa, or a block list's."""
        nibbles = labels[:_NIBBLES]
        if len(labels) > _NIBBLES and all(re.fullmatch("[0-9a-f]", nibble) for nibble in nibbles):
            digits = "".join(reversed(nibbles))
            six = self.addresses.six(":".join(digits[at : at + 4] for at in range(0, _NIBBLES, 4)))
            whole = IPv6Address(six).exploded.replace(":", "") if six else digits
            return ".".join([*reversed(whole), self._zone(labels[_NIBBLES:])])
        found = self.addresses.four(".".join(reversed(labels[:_OCTETS]))) if len(labels) > _OCTETS else None
        return ".".join([*reversed(found.split(".")), self._zone(labels[_OCTETS:])]) if found else None

    def _zone(self, labels: list[str]) -> str:
        zone = ".".join(labels)
        return zone if zone in ("in-addr.arpa", "ip6.arpa") else self._host(zone)


def unquoted(text: str) -> str:
    """Return the text with `%40` and the like as the characters they stand for.

    >>> unquoted("jos%C3%A9%40example.org")
    'josé@example.org'
    """
    return _PERCENT.sub(
        lambda found: bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "replace"), text
    )


def _cased(text: str, word: str) -> str:
    """Return `word` in the case of `text`: LOUD, Capital or plain."""
    if len(text) > 1 and text.isupper():
        return word.upper()
    return word.capitalize() if text[:1].isupper() else word
