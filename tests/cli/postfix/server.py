"""A real Postfix of a test's own: its configuration, its queue, its port, its log; nothing of the machine's is touched.

In: a free folder below which everybody may look. Out: a running server. Never: the service of the machine; a port beyond loopback.
"""

from __future__ import annotations

import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

DOMAIN = "admin.example"
BOXES = ("ops", "boss")

#: Where an administrator's programs are, whatever a test makes of PATH.
SYSTEM = "/usr/sbin:/usr/bin:/sbin:/bin"

MAIN = """
compatibility_level = 3.6
queue_directory = {base}/spool
data_directory = {base}/data
maillog_file = {base}/mail.log
maillog_file_prefixes = {base}
maillog_file_permissions = 0644
myhostname = mx1.test.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
append_dot_mydomain = no
default_transport = error:5.4.4 nothing leaves this machine
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {base}/boxes
virtual_mailbox_maps = inline:{{{boxes}}}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_tls_security_level = none
bounce_queue_lifetime = 1d
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 2 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    """A server. sendmail: a program that hands mail to it and to no other."""

    base: Path
    port: int

    @property
    def log(self) -> Path:
        return self.base / "mail.log"

    @property
    def bin(self) -> Path:
        """A folder for PATH whose `sendmail` is this server's."""
        return self.base / "bin"

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [where("postfix"), "-c", str(self.base / "etc"), command],
            env={"PATH": SYSTEM},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def start(self) -> None:
        done = self.run("start")
        assert done.returncode == 0, done.stderr + (self.log.read_text() if self.log.exists() else "")
        until(self.answers)

    def stop(self) -> None:
        self.run("stop")

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as talk:
                return talk.recv(4) == b"220 "
        except OSError:
            return False

    def mails(self, box: str) -> list[bytes]:
        folder = self.base / "boxes" / box / "new"
        return (
            [path.read_bytes() for path in sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime_ns)]
            if folder.is_dir()
            else []
        )

    def arrived(self, box: str, count: int) -> list[bytes]:
        """Wait until a mailbox has that many mails."""
        until(lambda: len(self.mails(box)) >= count)
        return self.mails(box)

    def speak(self, sender: str, to: str) -> None:
        """Send a mail that has nothing to do with any report."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as server:
            server.sendmail(sender, [to], f"From: {sender}\r\nTo: {to}\r\nSubject: hello\r\n\r\nhello\r\n")


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something holds; how fast a machine is must not decide."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited for too long"
        time.sleep(0.05)


def why_not() -> str | None:
    """Return why there can be no server here, None if there can."""
    if os.geteuid() != 0:
        return "Postfix is started by root only"
    if not where("postfix") or not where("sendmail"):
        return "Postfix is not installed (Debian: apt-get install postfix)"
    return None


def where(program: str) -> str:
    """Return the path of a program, empty if it is not installed."""
    return shutil.which(program, path=SYSTEM) or ""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def made(base: Path) -> Postfix:
    """Return a server that was not started yet."""
    server = Postfix(base=base, port=free_port())
    owner, nobody = pwd.getpwnam("postfix"), pwd.getpwnam("nobody")
    for name in ("etc", "spool", "data", "boxes", "bin"):
        (base / name).mkdir()
        (base / name).chmod(0o755)
    os.chown(base / "data", owner.pw_uid, owner.pw_gid)
    os.chown(base / "boxes", nobody.pw_uid, nobody.pw_gid)
    boxes = ", ".join(f"{box}@{DOMAIN}={box}/" for box in BOXES)
    values = {
        "base": base,
        "domain": DOMAIN,
        "boxes": boxes,
        "uid": nobody.pw_uid,
        "gid": nobody.pw_gid,
        "port": server.port,
    }
    (base / "etc" / "main.cf").write_text(MAIN.format(**values))
    (base / "etc" / "master.cf").write_text(MASTER.format(**values))
    program = base / "bin" / "sendmail"
    program.write_text(f'#!/bin/sh\nexec {where("sendmail")} -C {base}/etc "$@"\n')
    program.chmod(0o755)
    return server
