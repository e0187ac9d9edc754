"""An SMTP server of a test's own, on loopback: it notes what it is told, and refuses whom it is told to refuse."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Heard:
    """What a server was told. mails: (sender, recipients, message)."""

    commands: list[str] = field(default_factory=list)
    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)


@dataclass
class Manner:
    """How a server behaves. answers: the beginning of a command -> what it says to it instead of yes. tls: its certificate."""

    answers: dict[str, str] = field(default_factory=dict)
    features: tuple[str, ...] = ()
    tls: ssl.SSLContext | None = None
    wrapped: bool = False
    greeting: str = "220 test"
    heard: Heard = field(default_factory=Heard)


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        manner: Manner = self.server.manner  # type: ignore[attr-defined]
        if not manner.greeting:
            self.rfile.readline()  # says nothing, for ever
            return
        if manner.wrapped:
            self._encrypt(manner)
        sender, to = "", list[str]()
        self.say(manner.greeting)
        while line := self.rfile.readline():
            command = line.decode("ascii").rstrip("\r\n")
            manner.heard.commands.append(command)
            verb = command[:4].upper()
            special = next(
                (said for start, said in manner.answers.items() if command.upper().startswith(start.upper())),
                None,
            )
            if special is not None:
                self.say(special)
            elif verb == "EHLO":
                self.say("\r\n".join(f"250-{one}" for one in ("test", *manner.features)) + "\r\n250 HELP")
            elif verb == "STAR":
                self.say("220 go ahead")
                self._encrypt(manner)
            elif verb == "AUTH":
                self.say("235 welcome")
            elif verb == "DATA":
                self.say("354 go on")
                manner.heard.mails.append((sender, to, self._data()))
                self.say("250 queued")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                sender = command[10:] if verb == "MAIL" else sender
                to = [*to, command[8:]] if verb == "RCPT" else to
                self.say("250 ok")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def finish(self) -> None:
        super().finish()
        if self.connection is not self.request:
            self.connection.close()

    def _encrypt(self, manner: Manner) -> None:
        assert manner.tls is not None
        self.connection = manner.tls.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep still: a client that trusts nobody goes in the middle of a word."""


@contextmanager
def serving(manner: Manner) -> Iterator[int]:
    """Yield the port of a running server."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.manner = manner  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
