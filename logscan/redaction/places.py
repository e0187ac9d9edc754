"""Paths, file names and URLs -> the same with pseudonyms for whatever is not part of every system.

In: a path or a URL as it was logged. Out: as many folders, the same ending of the file's name, the same keys in a query.
Never: the value of a query; what stands before an ending.
"""

from __future__ import annotations

import re
from typing import Final

from logscan.redaction import public
from logscan.redaction.names import Names, unquoted

_HOST: Final = re.compile(r"(?:[\w-]+\.)+[^\W\d_](?:[^\W_]|-)*[^\W_]\.?")
_VERSIONED: Final = re.compile(
    r"(?:php|python|perl|ruby|apache|mysql|v|ibdata|ib_logfile|undo_?|aria_log\.|mysql-bin\.)-?[\d.]*(?:-fpm)?",
    re.IGNORECASE,
)
#: What a distribution installs; a site's own programs are in other places.
_PROGRAM: Final = re.compile(
    r"(?:/usr)?/(?:s?bin|libexec|lib(?:64)?/(?:dovecot|postfix|courier))/[\w+.-]{1,40}(?:/[\w+.-]{1,40})*",
    re.IGNORECASE,
)
#: A library or a module that crashed; it is the programs' own.
_LIBRARY: Final = re.compile(r"(?:(?:mod_|lib)[\w+-]+(?:-[\d.]+)?|opcache|mysqli|pdo_mysql)\.so(?:\.\d+)*")
_FOUR: Final = re.compile(r"\d+\.\d+\.\d+\.\d+")
_NUMBER: Final = re.compile(r"\d{1,4}")
_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z_.\[\]-]{0,23}")
#: Values that openspf.org's page is asked with.
_SAYINGS: Final = ("mfrom", "helo")
_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//)?([^/?#]*)([^?#]*)(.*)", re.DOTALL)


class Places:
    """The paths and URLs of one run."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def path(self, text: str) -> str:
        """Return a path; behind a question mark it may have a query."""
        bare, mark, query = text.partition("?")
        if _PROGRAM.fullmatch(bare):
            return text if not query else bare + mark + self.query(query)
        said = []
        before = ""
        for component in bare.split("/"):
            said.append(self.component(component, private=before in public.PARENTS))
            before = component.casefold()
        return "/".join(said) + mark + self.query(query)

    def component(self, text: str, *, private: bool = False) -> str:
        """Return a folder or a file's name. private: people or sites are called so, whatever the word."""
        plain = unquoted(text)
        if plain.endswith("."):  # of the sentence
            inner = plain.rstrip(".")
            return (self.component(inner, private=private) if inner else "") + plain[len(inner) :]
        if "@" in plain.strip("@"):
            return self.unit(plain) or self._names.mailbox(plain)
        if not plain or _is_common(plain.casefold(), private=private):
            return text
        if plain[0] in "~.$":
            return plain[0] + self.component(plain[1:], private=private)
        if "." in plain:
            return self.dotted(plain)
        return self._names.addresses.six(plain) or self._names.word(plain)

    def dotted(self, text: str) -> str:
        """Return a word with dots: a file's name, a unit of systemd, a host."""
        low = text.casefold()
        stem, _, suffix = low.rpartition(".")
        if low in public.DOTTED or low in public.COMPONENTS or _LIBRARY.fullmatch(low):
            return text
        if suffix in public.SUFFIXES and not (suffix in public.COUNTRIES and "." in stem):
            if _is_common(stem, private=False):
                return text
            return self.unit(text) or f"{self._names.word(text[: len(stem)])}{text[len(stem) :]}"
        if _HOST.fullmatch(text):
            return self._names.host(text)
        if _FOUR.search(text):
            return self._names.addresses.four(text) or self._names.word(text)
        return ".".join(self._part(part) for part in text.split("."))

    def unit(self, text: str) -> str | None:
        """Return a unit of systemd that belongs to software, its instance hidden; None for anything else."""
        stem, dot, suffix = text.rpartition(".")
        if suffix not in ("service", "socket", "timer", "slice", "scope", "mount", "target"):
            return None
        name, at, instance = stem.partition("@")
        return f"{self._software(name)}{at}{self._software(instance)}{dot}{suffix}"

    def _software(self, text: str) -> str:
        """Return a unit's name: words of software stay, for findings hang on whose unit it is; others do not."""
        pieces = re.split(r"([-_.\d]+)", text)
        words = [piece for piece in pieces[::2] if piece]
        if public.SOFTWARE.isdisjoint(word.casefold() for word in words):
            return text if not words else self._names.word(text)
        return "".join(
            piece if place % 2 or piece.casefold() in public.SOFTWARE else self._names.word(piece)
            for place, piece in enumerate(pieces)
        )

    def url(self, text: str) -> str:
        """Return a URL, or what looks like one: the scheme, a host's pseudonym, a path's, a query's."""
        if text.endswith((".", ":")):  # of the sentence
            return self.url(text[:-1]) + text[-1]
        found = _URL.fullmatch(text)
        if found is None:
            return self.path(text)
        scheme, slashes, authority, path, query = found.groups("")
        login, at, place = authority.rpartition("@")
        host, colon, port = place.rpartition(":")
        if not re.fullmatch(r"\d*", port):
            host, colon, port = place, "", ""
        if not colon and port:
            host, port = port, ""
        secret = "".join(":".join(self._names.account(part) for part in login.split(":"))) if login else ""
        where = self._names.machine(host) if host and host not in ("unix", "*") else host
        tail = query[:1] + self.query(query[1:]) if query else ""
        return f"{scheme}:{slashes}{secret}{at}{where}{colon}{port}{self.path(path)}{tail}"

    def query(self, text: str) -> str:
        """Return a query or a fragment: its keys, and a word for each value."""
        pieces = re.split(r"([&;#?])", text)
        return "".join(piece if piece in "&;#?" else self._pair(piece) for piece in pieces)

    def _pair(self, text: str) -> str:
        key, equals, value = text.partition("=")
        if not equals:
            return self._names.word(text)
        key = key if _KEY.fullmatch(key) else self._names.word(unquoted(key))
        if not value or value in _SAYINGS:
            return f"{key}={value}"
        value = unquoted(value)
        found = self._names.addresses.four(value) or self._names.addresses.six(value)
        if found is None:
            found = self._names.mailbox(value) if "@" in value.strip("@") else self._names.word(value)
        return f"{key}={found}"

    def _part(self, text: str) -> str:
        return text if not text or _NUMBER.fullmatch(text) else self._names.word(text)


def _is_common(name: str, *, private: bool) -> bool:
    """Tell whether every system has a folder or file of this name."""
    if _NUMBER.fullmatch(name):
        return True
    if private:
        return name in public.ROLES
    return name in public.COMPONENTS or _VERSIONED.fullmatch(name) is not None
