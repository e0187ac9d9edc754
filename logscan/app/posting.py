"""Where a report is mailed and how, from what the user gave for it.

In: options as they were written, the environment. Out: `Post`. Never: an address that a header or another program could
misread; a password from the command line, or one that is shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logscan.app.files import private_folder
from logscan.model.problems import UsageError
from logscan.reports.mail import PLAIN, PORTS, Road, Sendmail, Server, host_name

#: Where a password may come from, beside a file.
PASSWORD: Final = "LOGSCAN_SMTP_PASSWORD"  # noqa: S105  the name of a variable
#: Characters of an address, and bytes of a password file that are read.
LONGEST: Final = 254
_SECRET: Final = 4096

#: Stricter than RFC 5322: quoted names, comments and routes serve nobody who reads a report.
_USER: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_+=~'&#*-]|\.(?=[A-Za-z0-9_+=~'&#*-])){0,63}"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"{_USER}(?:@{_LABEL}(?:\.{_LABEL})*)?", re.ASCII)
_SERVER: Final = re.compile(
    r"(?:(?P<scheme>[a-z+]+)://)?(?:(?P<user>[!-~]+)@)?(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+))"
    r"(?::(?P<port>[0-9]{1,5}))?/?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """to, sender: addresses. roads: the first one, and the one for when that fails. state: where is remembered what was sent."""

    to: tuple[str, ...]
    sender: str
    roads: tuple[Road, ...]
    state: Path


def post_of(
    to: Sequence[str],
    *,
    sender: str | None,
    smtp: str | None,
    password_file: str | None,
    state: Path,
    env: Mapping[str, str],
) -> Post:
    """Return where and how to mail. The state folder is made. Raises UsageError for what cannot be meant."""
    here = Sendmail()
    roads: tuple[Road, ...] = (here, Server(host="localhost", port=PORTS[PLAIN]))
    if smtp is not None:
        roads = (server(smtp, password_file, env), here)
    post = Post(
        to=tuple(dict.fromkeys(address(one, "--mail-to") for one in to)),
        sender=address(sender, "--mail-from") if sender is not None else own_address(host_name()),
        roads=roads,
        state=state,
    )
    try:
        private_folder(state)
    except OSError as error:
        raise UsageError(f"--state: cannot make {state}: {error.strerror}") from error
    return post


def address(text: str, option: str) -> str:
    """Return an address: `user@domain`, or a name of this machine's own. Raises UsageError."""
    if len(text) > LONGEST or not _ADDRESS.fullmatch(text):
        raise UsageError(
            f"{option}: {text!r} is not an address as SMTP has it; give one, such as postmaster@example.org, without a name "
            "before it, and a domain of other letters in its xn-- form"
        )
    return text


def own_address(host: str) -> str:
    """Return from whom a report comes unless somebody says otherwise."""
    named = f"logscan@{host}"
    return named if _ADDRESS.fullmatch(named) else "logscan"


def server(text: str, password_file: str | None, env: Mapping[str, str]) -> Server:
    """Return the server that is meant by `[SCHEME://][USER@]HOST[:PORT]`. Raises UsageError, which shows no user's name.

    >>> server("mx.example.org", None, {}).name, server("smtps://[2001:db8::1]", None, {}).name
    ('mx.example.org:25', '[2001:db8::1]:465')
    """
    found = _SERVER.fullmatch(text)
    scheme = (found["scheme"] or PLAIN) if found else ""
    port = int(found["port"] or PORTS.get(scheme, 0)) if found else 0
    if found is None or scheme not in PORTS or not 0 < port < 65536:
        raise UsageError(
            f"--smtp: give HOST, HOST:PORT, or one of {', '.join(f'{name}://HOST' for name in PORTS)}"
        )
    user = found["user"]
    if user is None:
        return Server(host=found["six"] or found["host"], port=port, scheme=scheme)
    if ":" in user:
        raise UsageError(
            f"--smtp: no password here, everybody on this machine could read it; set {PASSWORD}, or give a file"
        )
    if scheme == PLAIN:
        raise UsageError("--smtp: a password is sent over TLS only; use smtp+starttls:// or smtps://")
    return Server(
        host=found["six"] or found["host"],
        port=port,
        scheme=scheme,
        user=user,
        password=_password(password_file, env),
    )


def _password(path: str | None, env: Mapping[str, str]) -> str:
    if path is None:
        if not (said := env.get(PASSWORD)):
            raise UsageError(
                f"--smtp: to log in there must be a password: set {PASSWORD}, or give --smtp-password-file"
            )
        return said
    try:
        with Path(path).open("rb") as file:
            secret = file.read(_SECRET).split(b"\n")[0].rstrip(b"\r")
    except OSError as error:
        raise UsageError(f"--smtp-password-file: cannot read {path}: {error.strerror}") from error
    return secret.decode("utf-8", "surrogateescape")
