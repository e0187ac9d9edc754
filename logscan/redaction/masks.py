"""One piece of a log line -> the same without what is somebody's.

In: a piece as `grammar.TOKEN` cut it out. Out: what is printed in its place. Names that stand in it are remembered, so that a
first reading can find out what is a name at all.
Never: an exception, whatever a stranger wrote; a piece that it does not know printed as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Final

from logscan.redaction import public
from logscan.redaction.grammar import COUNTED, KINDS, LENGTHY, LONG, RUN, STAMPED
from logscan.redaction.names import Names
from logscan.redaction.places import Places

#: What stands where a log's host should and is none.
_LEVELS: Final = (
    "[0-9]+|DEBUG|INFO|NOTICE|WARN|WARNING|ERR|ERROR|CRIT|CRITICAL|ALERT|EMERG|FATAL"
    "|(?:kern|user|mail|daemon|auth|syslog|authpriv|local[0-7])[.][a-z]+"
)
_LEVEL: Final = re.compile(_LEVELS)
#: Behind a date in digits it may also be a zone, or who speaks in a log of MySQL.
_NO_HOST: Final = re.compile(f"{_LEVELS}|[A-Z]{{3,5}}|mysqld_safe")
_PAIRS: Final = (("<", ">"), ('\\"', '\\"'), ('"', '"'), ("'", "'"), ("[", "]"))
_NAMED: Final = re.compile(r"(.*?(?:=|:\s?))(.*)", re.DOTALL)
_CHECKED: Final = re.compile(r".*?\b(?:header|body):? ", re.IGNORECASE)
_CLIENT: Final = re.compile(r"(.*)( from (?:local|[^\s\[]+\[[^\]\n]*\]);)")
_LITERAL: Final = re.compile(r"(\\?['\"])([^'\"\\]+)\1")
_TOKEN: Final = re.compile(r"[0-9A-Za-z]{20,}")
_PART: Final = re.compile(r"[\w.-]+=?")
_KEY: Final = 24
#: The longest run of characters that is looked into.
_LONGEST: Final = 300
_NUMBER: Final = re.compile(r"-?\d{1,4}|uid=\d+|\d+/\d+")
#: What stands behind `invalid user` and names none.
_NOBODY: Final = frozenset(
    (
        "specified",
        "name",
        "names",
        "id",
        "account",
        "accounts",
        "or",
        "and",
        "database",
        "lookup",
        "error",
        "in",
        "from",
        "on",
        "is",
        "was",
    )
)
_WORKER: Final = re.compile("lmtp|auth|indexer|dict")
_SERVICE: Final = re.compile(r"[\w-]+\(")
_DATED: Final = re.compile(r"\d{4}-\d\d-\d\d-\d\d$")
#: An instance of Postfix that is called after its address.
_INSTANCE: Final = re.compile(r"(postfix-)(\d+\.\d+\.\d+\.\d+)")
_BETWEEN: Final = re.compile(r"([,()<>\s]+)")


class Masks:
    """What hides the pieces of one run. known: names that are hidden in prose too, lower case."""

    def __init__(self, names: Names, known: Collection[str] = ()) -> None:
        self._names = names
        self._places = Places(names)
        self.known = known
        self._of = lru_cache(maxsize=1 << 15)(self._told)
        self._by_kind: dict[str, Callable[[str], str]] = {
            "head": self._head, "access": self._access, "uptime": self._uptime,
            "content": self._content,
            "rest": self._rest,
            "run": self._run, "cron": self._cron, "session": self._session,
            "subject": self._text, "msgid": self._message_id, "origin": self._named(self._logging),
            "helo": self._named(self._machine), "account": self._named(self.account),
            "user": self._user, "quoted": self._quoted, "party": self._named(self.party), "secret": self._named(self.secret),
            "file": self._named(self._places.component), "selector": self._named(names.account), "bytes": self._bytes, "directory": self._named(self._entry),
            "header": self._text,
            "site": self._named(self._machine),
            "sql": self._sql,
            "url": self._places.url, "unix": lambda text: "unix:" + self._places.path(text[5:]), "angled": self._angled,
            "mail": names.mailbox, "mail2": self._mail, "mac": self._mac, "six": self._six, "peer": self._peer, "path": self._places.path,
            "module": self._module, "slashed": self._slashed, "dashed": self._dashed, "host": self._host, "four": self._four,
            "hex": names.word, "word": self.word,
        }  # fmt: skip

    def of(self, piece: str) -> str:
        """Return what is printed in the place of a piece."""
        return self._of(piece)

    def _told(self, piece: str) -> str:
        if len(piece) >= LONG and RUN.fullmatch(piece):
            return self._run(piece)
        found = (KINDS if len(piece) <= _LONGEST else LENGTHY).fullmatch(piece)
        return self._by_kind[str(found.lastgroup)](piece) if found else self._names.word(piece)

    # --- values

    def word(self, text: str) -> str:
        """Return a word of prose: as it is, unless it is a name."""
        if text.casefold() in self.known or _is_token(text):
            return self._names.word(text)
        if "-" in text:
            parts = text.split("-")
            return "-".join(
                self._names.word(part) if part.casefold() in self.known else part for part in parts
            )
        return text

    def account(self, text: str) -> str:
        """Return what stands where an account should: a name, an address, a number."""
        if _NUMBER.fullmatch(text) or not text.strip("-"):
            return text
        if "@" in text.strip("@"):
            self._names.account(text.rpartition("@")[0].strip("\"'"))
            return self._names.mailbox(text)
        if text.startswith("/"):
            return self._places.path(text)
        return (
            self._names.addresses.four(text) or self._names.addresses.six(text) or self._names.account(text)
        )

    def party(self, text: str) -> str:
        """Return what stands where a sender or a recipient should."""
        if "@" in text.strip("@"):
            return self._names.mailbox(text)
        if text.startswith(("/", "|")):
            return text[0] + self._places.path(text)[1:] if text[0] == "/" else "|" + self._names.word(text)
        if "." in text and (found := self._names.addresses.four(text)):
            return found
        if ":" in text and (found := self._names.addresses.six(text)):
            return found
        return self.account(text) if "." not in text else self._places.dotted(text)

    def secret(self, text: str) -> str:
        """Return what stands for a session or a password."""
        return text if _NUMBER.fullmatch(text) else self._names.word(text)

    # --- pieces by kind

    def _head(self, text: str) -> str:
        def host(found: re.Match[str]) -> str:
            name = found[2]
            none = _NO_HOST if found[1][0].isdigit() else _LEVEL
            return found[0] if none.fullmatch(name) else f"{found[1]} {self._logging(name)} "

        return STAMPED.sub(host, text)

    def _uptime(self, text: str) -> str:
        return COUNTED.sub(lambda found: f"{found[1]} {self._logging(found[2])} ", text, count=1)

    def _logging(self, name: str) -> str:
        """Return the pseudonym of a log's host; syslog-ng writes `source@host/host`."""
        if name in ("-", "localhost"):
            return name
        pieces = re.split(r"([@/])", name)
        return "".join(piece if piece in ("@", "/") else self._names.log_host(piece) for piece in pieces)

    def _access(self, text: str) -> str:
        who, bracket, date = text.rpartition("[")
        machine, _, rest = who.partition(" ")
        said = [self._client(machine), *(self._visitor(word) for word in rest.split(" "))]
        return " ".join(said) + bracket + date

    def _visitor(self, text: str) -> str:
        """Return what stands behind the client: its ident, a user, or, behind a site, the client."""
        is_client = ":" in text or ("." in text and "@" not in text)
        return self._client(text) if is_client else self.account(text)

    def _client(self, text: str) -> str:
        """Return a client or a site of an access log, a port behind it too."""
        if text.endswith(","):  # one of several, as proxies name them
            return self._client(text[:-1]) + ","
        host, colon, port = text.rpartition(":")
        if colon and port.isdigit() and ":" not in host:
            return f"{self._names.machine(host)}:{port}"
        return text if text == "-" else self._names.machine(text)

    def _content(self, text: str) -> str:
        before = _CHECKED.match(text)
        at = before.end() if before else 0
        found = _CLIENT.fullmatch(text[at:])
        if found is None:
            return self._rest(text)
        said, client = found.groups()
        name, colon, value = said.partition(":")
        if not colon or not re.fullmatch("[A-Za-z-]{1,40}", name):
            name, colon, value = "", "", said
        return f"{text[:at]}{name}{colon}{' ' * bool(colon)}{self._names.word(value)}{self._line(client)}"

    def _rest(self, text: str) -> str:
        found = _CHECKED.match(text)
        at = found.end() if found else 0
        return text[:at] + self._names.word(text[at:])

    def _run(self, text: str) -> str:
        """Return a long run of characters without a space: keys and dots stay, and hosts below a provider."""
        if "@" in text or "%40" in text or len(text) > _LONGEST:
            return self._names.word(text)
        return _PART.sub(lambda found: self._part(found[0]), text)

    def _part(self, text: str) -> str:
        if text.endswith("="):
            return text if len(text) < _KEY else self._names.word(text) + "="
        return self._places.dotted(text) if "." in text.strip(".") else self._names.word(text)

    def _cron(self, text: str) -> str:
        user, _, what = text[1:].partition(")")
        return f"({self.account(user)}){what}"

    def _session(self, text: str) -> str:
        begin = _SERVICE.match(text)
        at = begin.end() if begin else 0
        pieces = _BETWEEN.split(text[at:])
        if _WORKER.match(text) and re.fullmatch(r"\d{1,7}", pieces[0]):  # a process
            at, pieces = at + len(pieces[0]), pieces[1:]
        return text[:at] + "".join(
            piece if _BETWEEN.fullmatch(piece) or not piece else self.account(piece) for piece in pieces
        )

    def _machine(self, text: str) -> str:
        return text if _NUMBER.fullmatch(text) else self._client(text)

    def _sql(self, text: str) -> str:
        if "'" in text and not text.endswith(")"):
            before, _, value = text.partition("'")
            return f"{before}'{self.party(value[:-1]) if value[:-1] else ''}'"
        return _LITERAL.sub(lambda found: f"{found[1]}{self._names.word(found[2])}{found[1]}", text)

    def _entry(self, text: str) -> str:
        return text if text.isdigit() else self.account(text)

    def _text(self, text: str) -> str:
        return self._named(self._names.word)(text)

    def _message_id(self, text: str) -> str:
        def whole(value: str) -> str:
            local, at, domain = value.rpartition("@")
            return (
                f"{self._names.word(local)}@{self._names.machine(domain)}" if at else self._names.word(value)
            )

        return self._named(whole)(text)

    def _named(self, hide: Callable[[str], str]) -> Callable[[str], str]:
        """Return what hides the value of `name=value`, in whatever quotes or brackets it stands."""

        def one(text: str) -> str:
            found = _NAMED.fullmatch(text)
            name, value = found.groups() if found else ("", text)
            before, inner, after = _unwrapped(value)
            return f"{name}{before}{hide(inner) if inner else ''}{after}"

        return one

    def _user(self, text: str) -> str:
        before, _, value = text.rpartition(" ")
        if value.casefold().rstrip(".") in _NOBODY:
            return text
        return f"{before} {self._named(self.account)('=' + value)[1:]}"

    def _quoted(self, text: str) -> str:
        what, _, value = text.partition(" ")
        user, at, host = value.partition("@'")
        if at:
            host = self._names.machine(host.removesuffix("'")) + "'"
        return f"{what} {self._named(self._anybody)('=' + user)[1:]}{at}{host}"

    def _anybody(self, text: str) -> str:
        return self.party(text) if " " not in text else self._names.word(text)

    def _bytes(self, text: str) -> str:
        """Return a journal's message that is written as a list of bytes, as text: the same to whoever reads it."""
        name, _, array = text.partition("[")
        try:
            said = bytes(json.loads(f"[{array}")).decode("utf-8", "replace")
        except ValueError:
            return f'{name}"{self._names.word(array)}"'
        return f"{name}{json.dumps(self._line(said), ensure_ascii=False)}"

    def _line(self, text: str) -> str:
        """Return a text of several pieces, a short one: it is not cut by Polars."""
        return KINDS.sub(lambda found: self._by_kind[str(found.lastgroup)](found[0]), text)

    def _angled(self, text: str) -> str:
        inner = text[1:-1]
        if inner.casefold() in public.VERBS or _NUMBER.fullmatch(inner) or inner.isdigit():
            return text
        if re.search(r"\s", inner):
            return f"<{self._names.word(inner.rpartition('@')[0])}@{self._names.machine(inner.rpartition('@')[2])}>"
        if "://" in inner:
            return f"<{self._places.url(inner)}>"
        return f"<{self.party(inner)}>"

    def _mail(self, text: str) -> str:
        local, _, domain = text.rpartition("@")
        if (
            re.fullmatch(r"\d{1,5}", local) and "." not in domain
        ):  # the socket of a milter, inet:8891@localhost
            return f"{local}@{self._names.machine(domain)}"
        return self._places.unit(text) or self._names.mailbox(text)

    def _mac(self, text: str) -> str:
        count = text.count(":") + 1
        digits = "".join(f"{self._names.key_number(text, turn):064x}" for turn in range(count // 32 + 1))
        return ":".join(digits[2 * at : 2 * at + 2] for at in range(count))

    def _six(self, text: str) -> str:
        prefix = text[:5] if text[:5].casefold() == "ipv6:" else ""
        rest = text[len(prefix) :]
        if rest.startswith(":") and not rest.startswith("::"):  # `client:2001:db8::1`
            prefix, rest = f"{prefix}:", rest[1:]
        parts = (self._names.addresses.four(part) or self.word(part) for part in rest.split(":"))
        return prefix + (self._names.addresses.six(rest) or ":".join(parts))

    def _peer(self, text: str) -> str:
        name, _, address = text.partition("[")
        return f"{self._names.machine(name)}[{self._names.machine(address[:-1])}]"

    def _module(self, text: str) -> str:
        return self._names.addresses.six(text) or "::".join(self.word(part) for part in text.split("::"))

    def _slashed(self, text: str) -> str:
        bare, mark, query = text.partition("?")
        said = []
        if "@" in bare:
            return "/".join(self.party(part) for part in bare.split("/")) + mark + self._places.query(query)
        for part in bare.split("/"):
            instance = _INSTANCE.fullmatch(part)
            if instance:
                said.append(instance[1] + (self._names.addresses.four(instance[2]) or ""))
            elif "." in part and not re.fullmatch(r"[\d.]+", part):
                said.append(self._places.dotted(part))
            else:
                said.append(self._names.addresses.four(part) or self.word(part))
        return "/".join(said) + mark + self._places.query(query)

    def _dashed(self, text: str) -> str:
        if _DATED.match(text):
            return text
        return self._names.host(text) if "." in text else self._names.word(text)

    def _host(self, text: str) -> str:
        return self._names.word(text) if text.casefold() in self.known else self._places.dotted(text)

    def _four(self, text: str) -> str:
        return self._names.addresses.four(text) or text


def _unwrapped(value: str) -> tuple[str, str, str]:
    """Return the quotes and brackets before a value, the value, and those behind it, the full stop of a sentence too."""
    inner = value.rstrip(".:")
    before, after = "", value[len(inner) :]
    while True:
        for opening, closing in _PAIRS:
            if (
                len(inner) >= len(opening) + len(closing)
                and inner.startswith(opening)
                and inner.endswith(closing)
            ):
                before, after = before + opening, closing + after
                inner = inner[len(opening) : len(inner) - len(closing)]
                break
        else:
            return before, inner, after


def _is_token(text: str) -> bool:
    """Tell whether a word is one that no program says: base64, a session, a digest."""
    return bool(
        _TOKEN.fullmatch(text)
        and any(map(str.isdigit, text))
        and any(map(str.islower, text))
        and any(map(str.isupper, text))
    )
