"""The two roads of a mail: this machine's sendmail, and an SMTP server.

In: the bytes of a message, an envelope, a road. Out: for each recipient that the road did not take, the reason. Never: a shell; an
address where a program reads options; a password on a connection that is not encrypted, or to a server whose certificate is
not its own; a wait without an end.

This is the one place from which logscan speaks to a network, and one of the few that start a program.
"""

from __future__ import annotations

import os
import shutil
import smtplib
import socket
import ssl
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

#: Seconds that sendmail may take, and that a server may take for each answer.
PATIENCE_S: Final = 60.0
#: Where sendmail lies when it is not on the path: cron's has no sbin.
USUAL: Final = ("/usr/sbin", "/usr/lib", "/usr/local/sbin")
#: Characters of what a program or a server said.
SAID: Final = 300

PLAIN: Final = "smtp"
STARTTLS: Final = "smtp+starttls"
TLS: Final = "smtps"
#: Schemes of a server -> its usual port.
PORTS: Final[Mapping[str, int]] = {PLAIN: 25, STARTTLS: 587, TLS: 465}

#: Recipient -> why it was not taken; of those that were, nothing.
Left = dict[str, str]


class Road(Protocol):
    """A way to send mail."""

    @property
    def name(self) -> str:
        """What it is called when it is told of."""

    def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> Left:
        """Hand a message on. message: lines ended by `\\n`, 7 bits wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sendmail:
    """The program `sendmail`, which Postfix and every other mail server brings. program: its path; None: the usual one."""

    program: str | None = None
    patience_s: float = PATIENCE_S

    @property
    def name(self) -> str:
        """Its name."""
        return "sendmail"

    def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> Left:
        """Hand it the message: it takes it for all, or for none."""
        program = self.program or _sendmail()
        if program is None:
            return dict.fromkeys(recipients, "there is no sendmail here")
        try:
            done = subprocess.run(  # noqa: S603  no shell; addresses were checked and stand behind --
                [program, "-i", "-f", sender, "--", *recipients],
                input=message,
                capture_output=True,
                check=False,
                timeout=self.patience_s,
            )
        except subprocess.TimeoutExpired:
            return dict.fromkeys(recipients, f"no answer within {self.patience_s:g} s")
        except OSError as error:
            return dict.fromkeys(recipients, f"{program}: {error.strerror}")
        if done.returncode == 0:
            return {}
        said = _said(done.stderr or done.stdout)
        return dict.fromkeys(recipients, f"ended with {done.returncode}{f': {said}' if said else ''}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An SMTP server. scheme: see PORTS. user, password: to log in with, over TLS only."""

    host: str
    port: int
    scheme: str = PLAIN
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    patience_s: float = PATIENCE_S
    trust: ssl.SSLContext | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Its host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def send(self, message: bytes, sender: str, recipients: Sequence[str]) -> Left:
        """Hand it the message; it may take it for some recipients only."""
        try:
            server = self._connected()
            try:
                return self._handed(server, message, sender, recipients)
            finally:
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()  # how it takes leave changes nothing of what it took
        except smtplib.SMTPRecipientsRefused as error:
            return {one: _reply(error.recipients.get(one, (0, b"refused"))) for one in recipients}
        except smtplib.SMTPResponseException as error:
            return dict.fromkeys(recipients, _reply((error.smtp_code, error.smtp_error)))
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return dict.fromkeys(recipients, _short(str(error) or type(error).__name__))

    def _connected(self) -> smtplib.SMTP:
        name = host_name()
        helo = name if "." in name else "[127.0.0.1]"
        if self.scheme == TLS:
            return smtplib.SMTP_SSL(
                self.host, self.port, local_hostname=helo, timeout=self.patience_s, context=self._trusted()
            )
        return smtplib.SMTP(self.host, self.port, local_hostname=helo, timeout=self.patience_s)

    def _handed(self, server: smtplib.SMTP, message: bytes, sender: str, recipients: Sequence[str]) -> Left:
        if self.scheme == STARTTLS:
            server.starttls(context=self._trusted())
        if self.user is not None and self.scheme != PLAIN:
            server.login(self.user, self.password or "")
        refused = server.sendmail(sender, list(recipients), message.replace(b"\n", b"\r\n"))
        return {one: _reply(refused[one]) for one in recipients if one in refused}

    def _trusted(self) -> ssl.SSLContext:
        return self.trust or ssl.create_default_context()


def host_name() -> str:
    """Return this machine's name, with its domain where it knows one."""
    name = socket.gethostname()
    if "." in name:
        return name
    whole = socket.getfqdn()
    return whole if whole.split(".")[0] == name else name


def _sendmail() -> str | None:
    """Return where sendmail is."""
    path = os.pathsep.join((os.environ.get("PATH", ""), *USUAL))
    return shutil.which("sendmail", path=path)


def _reply(reply: tuple[int, bytes | str]) -> str:
    code, said = reply
    text = said if isinstance(said, str) else said.decode("utf-8", "replace")
    return _short(f"{code} {text}" if code > 0 else text)


def _said(output: bytes) -> str:
    return _short(output.decode("utf-8", "replace"))


def _short(text: str) -> str:
    """Return a reason as one line; it is escaped where it is shown."""
    said = " ".join(text.split())
    return said if len(said) <= SAID else f"{said[:SAID]}..."
