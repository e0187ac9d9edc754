"""Scripted mail servers of other people: they accept what their rule does not refuse, and note it.

For: storms with mail. In: an address, a name, a rule. Out: the conversation, and what was accepted or refused.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from tests.storms.sandbox import address

# (stage, recipient, message) -> a reply, or None for the usual one
Rule = Callable[[str, str, bytes], str | None]
Heard = Callable[[str, str, bool], None]  # (recipient, reply, accepted)


class Remote:
    """One server at port 25 of its own address."""

    def __init__(self, place: str, name: str, heard: Heard, rule: Rule | None = None) -> None:
        self.place, self.name, self.heard = place, name, heard
        self.rule: Rule = rule or (lambda _stage, _recipient, _message: None)
        self.accepted = 0
        self.listener: socket.socket | None = None
        address(place)

    def start(self) -> None:
        self.listener = socket.create_server((self.place, 25), backlog=50)
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Nothing listens any more."""
        if self.listener is not None:
            with contextlib.suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None

    def _accept(self) -> None:
        listener = self.listener
        while listener is not None and listener is self.listener:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def _talk(self, peer: socket.socket) -> None:
        peer.settimeout(30)
        with peer, peer.makefile("rwb", buffering=0) as line, contextlib.suppress(OSError):
            self._converse(line)

    def _converse(self, line: socket.SocketIO) -> None:
        def say(text: str) -> None:
            line.write((text + "\r\n").encode())

        recipients: list[str] = []
        say(f"220 {self.name} ESMTP")
        while True:
            heard = self._line(line)
            if heard is None:
                return
            verb = heard[:4].upper()
            if verb == "EHLO":
                say(f"250-{self.name}\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")
            elif verb == "RCPT":
                recipient = heard.partition("<")[2].partition(">")[0]
                reply = self.rule("rcpt", recipient, b"") or "250 2.1.5 Ok"
                say(reply)
                if reply.startswith("2"):
                    recipients.append(recipient)
                else:
                    self.heard(recipient, reply, False)
            elif verb == "DATA":
                say("354 Go ahead" if recipients else "554 5.5.1 No valid recipients")
                if recipients:
                    self._message(line, say, recipients)
                recipients = []
            elif verb == "QUIT":
                say("221 2.0.0 Bye")
                return
            else:
                say("250 2.0.0 Ok")

    @staticmethod
    def _line(line: socket.SocketIO) -> str | None:
        heard = line.readline(4096)
        return heard.decode("latin-1").strip() if heard else None

    def _message(self, line: socket.SocketIO, say: Callable[[str], None], recipients: list[str]) -> None:
        parts: list[bytes] = []
        while (piece := line.readline(65536)) not in {b".\r\n", b""}:
            parts.append(piece)
        message = b"".join(parts)
        self.accepted += 1
        usual = f"250 2.0.0 Ok: queued as {self.accepted:05X}7A31"
        reply = self.rule("data", recipients[0], message) or usual
        say(reply)
        for recipient in recipients:
            self.heard(recipient, reply, reply.startswith("2"))
