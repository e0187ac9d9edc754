"""The webmail of a storm: a FastCGI responder that obeys the file MODE or ?do=.

For: the web servers of a storm, copied to /srv/fcgi/dispatch.fcgi. In: a listening socket as descriptor 0
(mod_fcgid) or the address and port given as arguments. Out: pages, or the fault that is asked for.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
import threading
import time
from pathlib import Path

MODE = Path("/srv/fcgi/mode")
HEADER = struct.Struct(">BBHHBx")


def exactly(peer: socket.socket, size: int) -> bytes:
    """Read `size` bytes."""
    got = b""
    while len(got) < size:
        piece = peer.recv(size - len(got))
        if not piece:
            raise EOFError
        got += piece
    return got


def record(kind: int, request: int, content: bytes) -> bytes:
    """One FastCGI record."""
    return HEADER.pack(1, kind, request, len(content), 0) + content


def number(block: bytes, at: int) -> tuple[int, int]:
    """A length as FastCGI writes it, and where it ends."""
    if block[at] < 128:
        return block[at], at + 1
    return struct.unpack_from(">I", block, at)[0] & 0x7FFFFFFF, at + 4


def parameters(block: bytes) -> dict[str, str]:
    """The name-value pairs of a request."""
    found, at = {}, 0
    while at < len(block):
        name, at = number(block, at)
        value, at = number(block, at)
        key = block[at : at + name].decode("latin-1")
        found[key] = block[at + name : at + name + value].decode("latin-1")
        at += name + value
    return found


def misbehave(mode: str, asked: str) -> None:
    """Do what the mode says."""
    word, _, amount = (asked or mode).partition(":")
    if word == "sleep":
        time.sleep(float(amount))
    elif word == "segfault":
        ctypes.string_at(0)
    elif word == "exit":
        os._exit(int(amount or 1))


def answer(peer: socket.socket, request: int, block: bytes) -> None:
    """One page."""
    told = parameters(block)
    query = dict(part.partition("=")[::2] for part in told.get("QUERY_STRING", "").split("&"))
    try:
        mode = MODE.read_text().strip()
    except OSError:
        mode = ""
    misbehave(mode, query.get("do", ""))
    page = f"<html><title>Webmail</title>{told.get('SCRIPT_NAME', '')}</html>\n".encode()
    peer.sendall(record(6, request, b"Content-Type: text/html; charset=utf-8\r\n\r\n" + page))
    peer.sendall(record(6, request, b"") + record(3, request, struct.pack(">IB3x", 0, 0)))


def serve(peer: socket.socket) -> None:
    """All requests of one connection."""
    block = b""
    keep = 0
    try:
        while True:
            _, kind, request, size, padding = HEADER.unpack(exactly(peer, 8))
            content = exactly(peer, size + padding)[:size]
            if kind == 1:
                keep, block = content[2] & 1, b""
            elif kind == 4:
                block += content
            elif kind == 5 and not size:
                answer(peer, request, block)
                if not keep:
                    return
    except (EOFError, OSError):
        return
    finally:
        peer.close()


def main() -> None:
    """Accept for ever."""
    if len(sys.argv) > 2:
        listener = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=64)
    else:
        listener = socket.socket(fileno=os.dup(0))
    while True:
        peer, _ = listener.accept()
        if len(sys.argv) > 2:
            threading.Thread(target=serve, args=(peer,), daemon=True).start()
        else:
            serve(peer)


if __name__ == "__main__":
    main()
