"""A small DNS server for the sandbox: A, AAAA, MX, TXT and PTR records from a dictionary.

For: storms with mail. In: records. Out: answers on 127.0.0.53, NXDOMAIN for what is not there.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading

NUMBERS = {"A": 1, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}


def wire(name: str) -> bytes:
    """A name as it travels."""
    labels = [part.encode() for part in name.rstrip(".").split(".") if part]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


class Names:
    """Records by (name, type)."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, int], list[bytes]] = {}
        self.known: set[str] = set()

    def add(self, name: str, kind: str, value: str) -> None:
        if kind in {"A", "AAAA"}:
            data = ipaddress.ip_address(value).packed
        elif kind == "MX":
            data = struct.pack(">H", 10) + wire(value)
        elif kind == "TXT":
            text = value.encode()
            pieces = [text[at : at + 255] for at in range(0, len(text), 255)]
            data = b"".join(bytes([len(piece)]) + piece for piece in pieces)
        else:
            data = wire(value)
        self.records.setdefault((name.lower(), NUMBERS[kind]), []).append(data)
        self.known.add(name.lower())

    def remove(self, name: str, kind: str) -> None:
        self.records.pop((name.lower(), NUMBERS[kind]), None)

    def host(self, name: str, address: str) -> None:
        """An address with its name in both directions."""
        self.add(name, "A", address)
        self.add(ipaddress.ip_address(address).reverse_pointer, "PTR", name)

    def answer(self, question: bytes) -> bytes:
        """One reply."""
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1 : at + 1 + question[at]].decode("latin-1"))
            at += question[at] + 1
        name = ".".join(labels).lower()
        kind = struct.unpack_from(">H", question, at + 1)[0]
        found = self.records.get((name, kind), [])
        known = name in self.known or any(each.endswith("." + name) for each in self.known)
        code = 0 if found or known else 3
        head = struct.pack(">HHHHHH", *struct.unpack_from(">H", question), 0x8580 | code, 1, len(found), 0, 0)
        body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 5, len(data)) + data for data in found)
        return head + question[12 : at + 5] + body

    def start(self) -> None:
        """Answer for ever, over UDP and TCP."""
        port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        port.bind(("127.0.0.53", 53))
        line = socket.create_server(("127.0.0.53", 53))

        def datagrams() -> None:
            while True:
                question, peer = port.recvfrom(2048)
                port.sendto(self.answer(question), peer)

        def streams() -> None:
            while True:
                peer, _ = line.accept()
                with peer:
                    peer.settimeout(2)
                    size = struct.unpack(">H", peer.recv(2))[0]
                    reply = self.answer(peer.recv(size))
                    peer.sendall(struct.pack(">H", len(reply)) + reply)

        for work in (datagrams, streams):
            threading.Thread(target=work, daemon=True).start()
