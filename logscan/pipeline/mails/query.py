"""What somebody asks for: one mail, or all mail of an address, a domain or a client.

In: the words of the query. Out: `Query`: what to look for in the bytes of a log, which rows it means, and which
mails. Never: a regular expression made of what was asked.

    something@else      an address, or a Message-ID, with or without its brackets
    192.0.2.1           a client's address
    example.org         a domain, or a client's name; `@example.org` is the domain only
    4C3565527A5         a queue ID or the beginning of one; a remote server's ID in its answer; a login's name
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

import polars as pl

from logscan.model.messages import Message
from logscan.model.problems import UsageError

#: A shorter one would be in every line.
SHORTEST = 4


class Sort(Enum):
    """What the words of a query look like."""

    ADDRESS = "address"
    CLIENT = "client"
    DOMAIN = "domain"
    NAME = "name"


#: The name of a column -> the column, or nulls where a table has none.
Column = Callable[[str], pl.Expr]

_ADDRESSES = ("sender", "recipient", "orig_recipient", "sasl_user")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query. text: without brackets; in small letters unless it is a name, whose case counts."""

    text: str
    sort: Sort
    wide: bool = True  # a domain that may be a client's name too

    @property
    def needle(self) -> bytes:
        """What every line that tells of it holds."""
        return self.text.encode("utf-8", "surrogateescape")

    @property
    def folded(self) -> bool:
        """Whether lines are searched in small letters."""
        return self.sort is not Sort.NAME

    def rows(self, rows: pl.DataFrame) -> pl.Series:
        """Return which rows of a table of events it means. Columns that are missing are null."""
        have = set(rows.columns)

        def column(name: str) -> pl.Expr:
            return pl.col(name) if name in have else pl.lit(None, dtype=pl.String)

        tests = {
            Sort.ADDRESS: self._address_rows,
            Sort.CLIENT: self._client_rows,
            Sort.DOMAIN: self._domain_rows,
            Sort.NAME: self._name_rows,
        }[self.sort](column)
        return rows.select(pl.any_horizontal(test.fill_null(value=False) for test in tests)).to_series()

    def _address_rows(self, column: Column) -> Iterator[pl.Expr]:
        for name in (*_ADDRESSES, "message_id"):
            yield column(name).str.to_lowercase() == self.text

    def _client_rows(self, column: Column) -> Iterator[pl.Expr]:
        yield column("client_ip") == self.text

    def _domain_rows(self, column: Column) -> Iterator[pl.Expr]:
        for name in _ADDRESSES:
            domain = column(name).str.to_lowercase().str.split("@").list.last()
            yield column(name).str.contains("@", literal=True) & (
                (domain == self.text) | domain.str.ends_with(f".{self.text}")
            )
        if self.wide:
            client = column("client_name").str.to_lowercase()
            yield (client == self.text) | client.str.ends_with(f".{self.text}")
            yield column("message_id").str.to_lowercase() == self.text

    def _name_rows(self, column: Column) -> Iterator[pl.Expr]:
        for name in ("queue_id", "next_id", "child_queue_id", "orig_queue_id"):
            yield column(name).str.starts_with(self.text)
        for name in ("message_id", "sasl_user", "sender"):
            yield column(name) == self.text
        yield (column("kind") == "delivery") & column("reply").str.contains(self.text, literal=True)

    def means(self, mail: Message) -> bool:
        """Return whether it means a mail."""
        names = (mail.sender, mail.sasl_user)
        addresses = [*names, *(name for r in mail.recipients for name in (r.recipient, r.orig_recipient))]
        low = [address.lower() for address in addresses if address]
        if self.sort is Sort.ADDRESS:
            return self.text in low or self.text == (mail.message_id or "").lower()
        if self.sort is Sort.CLIENT:
            return self.text == mail.client_ip
        return self._means_domain(mail, low) if self.sort is Sort.DOMAIN else self._means_name(mail)

    def _means_domain(self, mail: Message, addresses: list[str]) -> bool:
        domains = [address.rpartition("@")[2] for address in addresses if "@" in address]
        if self.wide:
            domains.append((mail.client_name or "").lower())
            if self.text == (mail.message_id or "").lower():
                return True
        return any(domain == self.text or domain.endswith(f".{self.text}") for domain in domains)

    def _means_name(self, mail: Message) -> bool:
        if any(queue_id.startswith(self.text) for queue_id in mail.queue_ids):
            return True
        if self.text in {mail.sasl_user, mail.sender, mail.message_id}:
            return True
        return any(self.text in (a.reply or "") for r in mail.recipients for a in r.attempts)


def query_of(said: str) -> Query:
    """Return the query that somebody's words mean. Raises UsageError for what could be anything."""
    text = said.strip()
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1]
    if text.startswith("message-id="):
        text = text.removeprefix("message-id=").strip("<>")
    if len(text) < SHORTEST:
        raise UsageError(f"{said!r} is too short to look for; give at least {SHORTEST} characters")
    if "\n" in text or "\r" in text:
        raise UsageError("a query is of one line")
    if text.startswith("@"):
        return Query(text=text[1:].lower(), sort=Sort.DOMAIN, wide=False)
    if "@" in text:
        return Query(text=text.lower(), sort=Sort.ADDRESS)
    try:
        return Query(text=str(ipaddress.ip_address(text.strip("[]"))), sort=Sort.CLIENT)
    except ValueError:
        pass
    if "." in text and not any(c in text for c in "/ =+"):
        return Query(text=text.lower(), sort=Sort.DOMAIN)
    return Query(text=text, sort=Sort.NAME)
