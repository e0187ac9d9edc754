"""A mail server for storms: Postfix, OpenDKIM, saslauthd, the world around it, and who writes to whom.

For: mail.py, box.py. In: a Lab. Out: running servers; deliveries and refusals in the diary.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import smtplib
import time
from email.message import EmailMessage
from pathlib import Path

from tests.storms.dns import Names
from tests.storms.lab import Lab
from tests.storms.sandbox import address, folder, put, run
from tests.storms.smtp import Remote, Rule

OURS = "192.0.2.25"
DESK = "192.0.2.50"
USERS = ("anna", "ben", "carla", "dora")
WORLD = {  # domain: (address, name of its server)
    "alpha.example": ("198.51.100.11", "mx.alpha.example"),
    "bravo.example": ("198.51.100.12", "mail.bravo.example"),
    "delta.example": ("198.51.100.13", "mx1.delta.example"),
    "kilo.example": ("198.51.100.14", "in.kilo.example"),
}
MILTER = "inet:127.0.0.1:8891"

MAIN = """
compatibility_level = 3.6
myhostname = mx1.example.org
mydomain = example.org
myorigin = example.org
mydestination = localhost
mynetworks = %s
inet_protocols = ipv4
inet_interfaces = 192.0.2.25, 127.0.0.1
smtp_bind_address = 192.0.2.25
virtual_mailbox_domains = example.org
virtual_mailbox_base = /var/vmail
virtual_mailbox_maps = hash:/etc/postfix/users
virtual_uid_maps = static:5000
virtual_gid_maps = static:5000
alias_maps =
alias_database =
message_size_limit = 400000
virtual_mailbox_limit = 4000000
smtp_tls_security_level = none
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtp_connect_timeout = 3s
queue_run_delay = 4s
minimal_backoff_time = 7s
maximal_backoff_time = 14s
maximal_queue_lifetime = 5d
smtp_destination_concurrency_failed_cohort_limit = 100
ipc_timeout = 20s
%s
"""
MASTER = """
smtp inet n - y - - smtpd
submission inet n - y - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,permit_mynetworks,reject
pickup unix n - y 60 1 pickup
cleanup unix n - y - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - y 1000? 1 tlsmgr
rewrite unix - - y - - trivial-rewrite
bounce unix - - y - 0 bounce
defer unix - - y - 0 bounce
trace unix - - y - 0 bounce
verify unix - - y - 1 verify
flush unix n - y 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - y - - smtp
relay unix - - y - - smtp
showq unix n - y - - showq
error unix - - y - - error
retry unix - - y - - error
discard unix - - y - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - y - - lmtp
anvil unix - - y - 1 anvil
scache unix - - y - 1 scache
"""
OPENDKIM = """
Syslog yes
SyslogSuccess yes
LogWhy yes
Canonicalization relaxed/simple
Mode sv
Socket inet:8891@127.0.0.1
UserID opendkim
KeyTable /etc/opendkim/KeyTable
SigningTable refile:/etc/opendkim/SigningTable
InternalHosts /etc/opendkim/TrustedHosts
ExternalIgnoreList /etc/opendkim/TrustedHosts
Nameservers 127.0.0.53
OversignHeaders From
"""
SASL = "pwcheck_method: saslauthd\nmech_list: PLAIN LOGIN\n"


class MailHost:
    """Postfix and what belongs to it."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.names = Names()
        self.remotes: dict[str, Remote] = {}
        self.seen: set[tuple[str, str, int]] = set()
        self.number = 0
        address(OURS, DESK)
        self.names.host("mx1.example.org", OURS)
        self.names.host("desk.example.org", DESK)
        self.names.add("example.org", "MX", "mx1.example.org")
        for domain, (place, name) in WORLD.items():
            self.names.add(domain, "MX", name)
            self.names.host(name, place)
            self.remotes[domain] = Remote(place, name, self._heard)
        self.names.start()
        for remote in self.remotes.values():
            remote.start()

    def _heard(self, recipient: str, reply: str, accepted: bool) -> None:  # noqa: FBT001  the protocol of Heard
        del reply
        self.lab.diary.note("domain " + recipient.rpartition("@")[2], ok=accepted)

    def rule(self, domain: str, rule: Rule) -> None:
        self.remotes[domain].rule = rule

    # --- servers -----------------------------------------------------------------------------------

    def postfix(self, extra: str = "", networks: str = "127.0.0.0/8 192.0.2.50/32") -> None:
        put("/etc/postfix/main.cf", MAIN % (networks, extra))
        put("/etc/postfix/master.cf", MASTER)
        put("/etc/postfix/users", "".join(f"{user}@example.org {user}\n" for user in USERS))
        run("postmap", "hash:/etc/postfix/users")
        with Path("/etc/passwd").open("a") as file:
            file.write("vmail:x:5000:5000::/var/vmail:/bin/false\n")
        with Path("/etc/group").open("a") as file:
            file.write("vmail:x:5000:\n")
        folder("/var/vmail")
        shutil.chown("/var/vmail", 5000, 5000)
        folder("/var/lib/postfix", "postfix")
        for name in ("resolv.conf", "hosts", "services", "nsswitch.conf", "localtime"):
            folder("/var/spool/postfix/etc")
            shutil.copy(Path("/etc") / name, Path("/var/spool/postfix/etc") / name)
        self.lab.act("postfix start")
        run("postfix", "start")
        time.sleep(1.5)

    def opendkim(self) -> None:
        keys = "/etc/opendkim/keys"
        folder(keys, mode=0o700)
        key = f"{keys}/s1.private"
        run("openssl", "genrsa", "-traditional", "-out", key, "2048")
        public = "".join(
            run("openssl", "rsa", "-in", key, "-pubout").replace("writing RSA key", "").split("\n")[1:-2]
        )
        self.names.add("s1._domainkey.example.org", "TXT", f"v=DKIM1; k=rsa; p={public}")
        for place in (keys, key):
            shutil.chown(place, "opendkim", "opendkim")
        Path(key).chmod(0o600)
        put("/etc/opendkim/KeyTable", f"k1 example.org:s1:{key}\n")
        put("/etc/opendkim/SigningTable", "*@example.org k1\n")
        put("/etc/opendkim/TrustedHosts", f"127.0.0.1\n{DESK}\n")
        put("/etc/opendkim.conf", OPENDKIM)
        self.start_opendkim()

    def start_opendkim(self) -> None:
        self.lab.spawn("opendkim", "opendkim", "-f", "-x", "/etc/opendkim.conf")
        time.sleep(1)

    def saslauthd(self) -> None:
        put("/etc/postfix/sasl/smtpd.conf", SASL)
        for user in USERS:
            run("saslpasswd2", "-p", "-c", "-u", "mx1.example.org", user, stdin="secret")
        folder("/var/spool/postfix/var/run/saslauthd")
        self.start_saslauthd()

    def start_saslauthd(self) -> None:
        run("saslauthd", "-a", "sasldb", "-n", "2", "-m", "/var/spool/postfix/var/run/saslauthd")

    def stop_saslauthd(self) -> None:
        file = Path("/var/spool/postfix/var/run/saslauthd/saslauthd.pid")
        run("kill", file.read_text().strip())
        time.sleep(0.5)

    # --- people ------------------------------------------------------------------------------------

    def message(self, sender: str, recipient: str) -> EmailMessage:
        self.number += 1
        mail = EmailMessage()
        mail["From"], mail["To"] = sender, recipient
        mail["Subject"] = self.lab.random.choice(("Report", "Re: lunch", "Invoice 2231", "Minutes"))
        mail["Message-ID"] = f"<{self.number}.{self.lab.random.getrandbits(40):x}@example.org>"
        mail.set_content("Hello,\n\n" + "as agreed, here are the figures.\n" * self.lab.random.randint(2, 30))
        return mail

    def send(
        self, sender: str, recipient: str, *, port: int, client: str, helo: str, login: str | None = None
    ) -> str | None:
        """None when it was accepted; else what the server said."""
        try:
            with smtplib.SMTP(OURS, port, helo, timeout=25, source_address=(client, 0)) as line:
                if login:
                    line.login(login, "secret")
                line.send_message(self.message(sender, recipient), sender, [recipient])
        except (OSError, smtplib.SMTPException) as fault:
            return str(fault) or type(fault).__name__
        return None

    def outbound(
        self,
        domains: tuple[str, ...] = tuple(WORLD),
        *,
        pause: float = 0.6,
        service: str = "",
        login: bool = False,
    ) -> None:
        """Our users write to the world by submission; `service` notes whether they were served."""
        users = iter(range(10**9))

        def work() -> None:
            turn = next(users)
            user = USERS[turn % len(USERS)]
            domain = domains[turn % len(domains)]
            recipient = f"{self.lab.random.choice(('info', 'office', 'sales', 'erika'))}@{domain}"
            said = self.send(
                f"{user}@example.org",
                recipient,
                port=587,
                client=DESK,
                helo="desk.example.org",
                login=user if login else None,
            )
            if service:
                self.lab.diary.note(service, ok=said is None)
            time.sleep(pause * (0.5 + self.lab.random.random()))

        self.lab.thread(work)

    def inbound(self, *, pause: float = 0.6, service: str = "") -> None:
        """The world writes to our users."""
        clients = {domain: f"203.0.113.{50 + number}" for number, domain in enumerate(WORLD)}
        for domain, client in clients.items():
            address(client)
            self.names.host(f"out.{domain}", client)
        turns = iter(range(10**9))

        def work() -> None:
            turn = next(turns)
            domain = tuple(WORLD)[turn % len(WORLD)]
            said = self.send(
                f"newsletter@{domain}",
                f"{USERS[turn % len(USERS)]}@example.org",
                port=25,
                client=clients[domain],
                helo=f"out.{domain}",
            )
            if service:
                self.lab.diary.note(service, ok=said is None)
            time.sleep(pause * (0.5 + self.lab.random.random()))

        self.lab.thread(work)

    def watch_queue(self, words: str = "") -> None:
        """Note each delivery that the queue says has failed, when the other side cannot know."""

        def work() -> None:
            with contextlib.suppress(RuntimeError):
                for line in run("postqueue", "-j", check=False).splitlines():
                    with contextlib.suppress(ValueError):
                        self._queued(json.loads(line), words)
            time.sleep(0.3)

        self.lab.thread(work)

    def _queued(self, entry: dict[str, object], words: str) -> None:
        recipients = entry.get("recipients")
        assert isinstance(recipients, list)
        for each in recipients:
            reason = each.get("delay_reason", "")
            key = (str(entry["queue_id"]), each["address"], 0)
            if reason and words in reason and key not in self.seen:
                self.seen.add(key)
                self.lab.diary.note("domain " + each["address"].rpartition("@")[2], ok=False)
