"""Storms of mail servers: milter, spool, resolver, PTR, port 25, SASL, and their look-alikes.

For: play.py. In: a Lab. Out: servers that failed as told, and a Truth each.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

from tests.storms.lab import Lab
from tests.storms.mailhost import MILTER, OURS, WORLD, MailHost
from tests.storms.sandbox import folder, put, run
from tests.storms.truth import Truth

POSTFIX = "Postfix 3.7.11"
OPENDKIM = "OpenDKIM 2.11.0"
SASLAUTHD = "saslauthd 2.1.28"
MADE = "real servers"
PLAYED = (
    "Played by tests/storms on a machine of its own; the servers of other people are scripts. {} The outages are"
    " what the clients, the servers of other people and postqueue told the driver."
)
MILTERS = """
smtpd_milters = inet:127.0.0.1:8891
non_smtpd_milters = inet:127.0.0.1:8891
milter_default_action = %s
milter_connect_timeout = 5s
"""
SETTINGS = {"gap_s": 15, "min_failures": 3}


def _truth(
    lab: Lab, title: str, how: str, root: dict[str, Any] | None, servers: list[str], **more: Any
) -> Truth:
    return Truth(lab.name, title, MADE, servers, PLAYED.format(how), dict(SETTINGS), root, **more)


def _start(lab: Lab, extra: str = "", **more: str) -> MailHost:
    lab.syslog()
    host = MailHost(lab)
    host.postfix(extra, **more)
    return host


def milter_tempfail(lab: Lab) -> Truth:
    host = _start(lab, MILTERS % "tempfail")
    host.opendkim()
    service = "milter " + MILTER
    host.outbound(service=service)
    host.inbound(service=service)
    lab.wait(20)
    lab.act("opendkim is stopped")
    lab.stop("opendkim")
    lab.wait(18)
    lab.act("opendkim is started")
    host.start_opendkim()
    lab.wait(20)
    return _truth(
        lab,
        "OpenDKIM is stopped for 18 s; Postfix defers every mail with 4.7.1.",
        "opendkim got SIGTERM and was started 18 s later; milter_default_action is tempfail.",
        {
            "what": "OpenDKIM was stopped, the milter at inet:127.0.0.1:8891 was not there.",
            "causes": ["milter-unavailable", "service-lifecycle"],
            "words": ["opendkim.service.stopped", "postfix.smtpd.milter-unavailable"],
        },
        [POSTFIX, OPENDKIM],
        decisive=["mail.log"],
        or_lines=r"opendkim\[",
        look_at=["opendkim", "OpenDKIM", "journal"],
    )


UNSIGNED = (
    "550-5.7.26 This mail has been blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires all"
    " senders to authenticate with either SPF or DKIM. 550-5.7.26 Authentication results: DKIM = did not pass SPF"
    " [example.org] with ip: [192.0.2.25] = did not pass 550-5.7.26 For instructions on setting up authentication,"
    " go to 550 5.7.26 https://support.google.com/mail/answer/81126#authentication - gsmtp"
)


def _multi(text: str) -> str:
    """The same reply as several lines of SMTP."""
    return text.replace(" 550-", "\r\n550-").replace(" 550 5", "\r\n550 5")


def milter_accept(lab: Lab) -> Truth:
    host = _start(lab, MILTERS % "accept")
    host.opendkim()
    reply = _multi(UNSIGNED)

    def judge(stage: str, recipient: str, message: bytes) -> str | None:
        if stage != "data":
            return None
        signed = b"DKIM-Signature:" in message
        lab.diary.note("milter " + MILTER, ok=signed)
        strict = recipient.endswith(("@alpha.example", "@bravo.example"))
        return reply if strict and not signed else None

    for domain in WORLD:
        host.rule(domain, judge)
    host.outbound(pause=0.5)
    host.inbound()
    lab.wait(20)
    lab.act("opendkim is stopped; mail goes out unsigned")
    lab.stop("opendkim")
    lab.wait(18)
    lab.act("opendkim is started")
    host.start_opendkim()
    lab.wait(20)
    return _truth(
        lab,
        "OpenDKIM is stopped, mail goes out unsigned, and a strict provider refuses it with 5.7.26.",
        "milter_default_action is accept. The servers of alpha.example and bravo.example refuse what has no"
        " DKIM-Signature, in the words of Gmail. The outage of the milter is told by mail that came unsigned.",
        {
            "what": "OpenDKIM was stopped, so mail went out without a signature.",
            "causes": ["milter-unavailable", "service-lifecycle", "dkim-signing"],
            "words": ["opendkim.service.stopped", "postfix.smtpd.milter-unavailable"],
        },
        [POSTFIX, OPENDKIM],
        decisive=["mail.log"],
        or_lines=r"opendkim\[|[Mm]ilter",
        look_at=["opendkim", "OpenDKIM", "milter", "DKIM"],
    )


def spool_full(lab: Lab) -> Truth:
    for name in ("spool/postfix", "vmail"):
        place, data = f"/var/{name}", f"/var/data/{name}"
        if name == "spool/postfix":
            folder("/var/data")
            run("mount", "-t", "tmpfs", "-o", "size=5m,mode=755", "tmpfs", "/var/data")
        folder(data)
        folder(place)
        run("mount", "--bind", data, place)
    host = _start(lab)
    service = "spool /var/spool/postfix"
    host.outbound(service=service)
    host.inbound(service=service)
    lab.wait(20)
    lab.act("the file system of the spool is filled up")
    with Path("/var/data/backup.tar").open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
    lab.wait(18)
    lab.act("the file that filled it is removed")
    Path("/var/data/backup.tar").unlink()
    lab.wait(20)
    return _truth(
        lab,
        "The file system of the mail spool is full for 18 s.",
        "/var/spool/postfix and /var/vmail stand on a tmpfs of 5 MB; a file was written until nothing was left.",
        {
            "what": "The file system that holds /var/spool/postfix is full.",
            "causes": ["local-resources"],
            "words": [
                "postfix.system.spool-full",
                "postfix.system.insufficient-storage",
                "postfix.system.queue-file-write-error",
            ],
        },
        [POSTFIX],
    )


def resolver_dead(lab: Lab) -> Truth:
    host = _start(lab)
    host.watch_queue()
    host.outbound()
    host.inbound()
    lab.wait(20)
    lab.act("resolv.conf in the chroot names a resolver that is not there")
    put("/var/spool/postfix/etc/resolv.conf", "nameserver 127.0.0.54\noptions timeout:1 attempts:1\n")
    run("postfix", "reload")
    lab.wait(22)
    lab.act("resolv.conf in the chroot is right again")
    put("/var/spool/postfix/etc/resolv.conf", "nameserver 127.0.0.53\noptions timeout:2 attempts:1\n")
    run("postfix", "reload")
    lab.wait(25)
    return _truth(
        lab,
        "The resolver in the chroot of smtp is dead: Host not found, try again, for every destination.",
        "/var/spool/postfix/etc/resolv.conf named an address where nothing answers; Postfix was reloaded.",
        {
            "what": "No destination can be looked up: the resolver that Postfix uses does not answer.",
            "causes": ["dns-failure", "local-config"],
            "words": ["postfix.smtp.dns-temporary-failure", "postfix.system.resolver-failing"],
        },
        [POSTFIX],
    )


def ptr_missing(lab: Lab) -> Truth:
    host = _start(lab)
    reverse = "25.2.0.192.in-addr.arpa"

    def strict(stage: str, recipient: str, _message: bytes) -> str | None:
        if stage == "rcpt" and (reverse, 12) not in host.names.records:
            refused = "450 4.7.1 Client host rejected: cannot find your reverse hostname"
            return f"{refused}, [{OURS}] (in reply to RCPT TO <{recipient}>)".partition(" (in")[0]
        return None

    for domain in ("alpha.example", "delta.example"):
        host.rule(domain, strict)
    host.outbound(pause=0.4)
    host.inbound()
    lab.wait(20)
    lab.act("the PTR record of 192.0.2.25 is removed")
    host.names.remove(reverse, "PTR")
    lab.wait(20)
    lab.act("the PTR record is back")
    host.names.add(reverse, "PTR", "mx1.example.org")
    lab.wait(25)
    return _truth(
        lab,
        "Our address loses its PTR record: two strict destinations defer with 450 4.7.1, two accept.",
        "the servers of alpha.example and delta.example refuse clients without a PTR record.",
        {
            "what": "192.0.2.25 has no PTR record.",
            "causes": ["ptr-missing"],
            "words": ["postfix.smtp.no-reverse-dns"],
        },
        [POSTFIX],
    )


def port25_dead(lab: Lab) -> Truth:
    host = _start(lab, "smtp_per_record_deadline = no")
    host.watch_queue()
    host.outbound()
    host.inbound()
    lab.wait(20)
    lab.act("packets to 198.51.100.0/24 are dropped")
    for place, _ in WORLD.values():
        run("ip", "address", "del", f"{place}/32", "dev", "lo")
    run("ip", "route", "add", "198.51.100.0/24", "dev", "lo", "src", OURS)
    lab.wait(22)
    lab.act("packets pass again")
    run("ip", "route", "del", "198.51.100.0/24")
    for place, _ in WORLD.values():
        run("ip", "address", "add", f"{place}/32", "dev", "lo")
    lab.wait(28)
    return _truth(
        lab,
        "Outbound connections time out everywhere, inbound mail goes on: port 25 is blocked on the way out.",
        "all packets to the servers of the world were dropped, silently.",
        {
            "what": "No destination can be reached: outbound port 25 is cut.",
            "causes": ["connect-timeout", "no-route"],
            "words": ["postfix.smtp.connect-timed-out"],
        },
        [POSTFIX],
    )


def saslauthd_missing(lab: Lab) -> Truth:
    host = _start(lab, "smtpd_sasl_local_domain = mx1.example.org", networks="127.0.0.0/8")
    host.saslauthd()
    service = "saslauthd"
    host.outbound(service=service, login=True)
    host.inbound()
    lab.wait(20)
    lab.act("saslauthd is stopped")
    host.stop_saslauthd()
    lab.wait(18)
    lab.act("saslauthd is started")
    host.start_saslauthd()
    lab.wait(20)
    return _truth(
        lab,
        "saslauthd is not there for 18 s: nobody can log in to send.",
        "saslauthd got SIGTERM and was started 18 s later; users log in with PLAIN for each mail.",
        {
            "what": "saslauthd does not run.",
            "causes": ["auth-failure", "local-config", "service-lifecycle", "lookup-failure"],
            "words": ["postfix.smtpd.saslauthd-unavailable", "saslauthd."],
        },
        [POSTFIX, SASLAUTHD],
        decisive=["mail.log", "auth.log", "syslog"],
        or_lines="cannot connect to saslauthd|saslauthd\\[",
        look_at=["saslauthd", "auth.log", "auth"],
    )


def remote_down(lab: Lab) -> Truth:
    host = _start(lab)
    host.watch_queue("refused")
    host.outbound()
    host.inbound()
    lab.wait(20)
    lab.act("the server of kilo.example stops")
    host.remotes["kilo.example"].stop()
    lab.wait(20)
    lab.act("the server of kilo.example starts")
    host.remotes["kilo.example"].start()
    lab.wait(22)
    return _truth(
        lab,
        "One destination refuses connections for 20 s; it is their server, all others work.",
        "the server of kilo.example stopped listening.",
        {
            "what": "The server of kilo.example did not listen.",
            "causes": ["connect-refused"],
            "words": ["postfix.smtp.connect-refused"],
        },
        [POSTFIX],
    )


# --- look-alikes ----------------------------------------------------------------------------------------


def greylisting(lab: Lab) -> Truth:
    host = _start(lab)
    first: dict[str, float] = {}

    def grey(stage: str, recipient: str, _message: bytes) -> str | None:
        if stage != "rcpt":
            return None
        key = recipient
        if time.time() - first.setdefault(key, time.time()) < 5:
            return f"450 4.2.0 <{recipient}>: Recipient address rejected: Greylisted, see https://grey.bravo.example/"
        return None

    host.rule("bravo.example", grey)
    host.outbound(pause=0.4)
    host.inbound()
    lab.wait(60)
    truth = _truth(
        lab,
        "One destination greylists: the first mail to each of its users is delivered some seconds later.",
        "the server of bravo.example refuses the first attempts to a recipient for 5 s.",
        None,
        [POSTFIX],
    )
    truth.look_alike = True
    return truth


def lone_failures(lab: Lab) -> Truth:
    host = _start(lab)
    turn = iter(range(10**9))

    def rare(stage: str, recipient: str, _message: bytes) -> str | None:
        number = next(turn) if stage == "rcpt" else 0
        answers = {
            40: f"550 5.1.1 <{recipient}>: Recipient address rejected: User unknown in virtual mailbox table",
            95: f"452 4.2.2 <{recipient}>: user is over quota",
            150: "421 4.7.0 Too many connections, try again later",
            210: f"550 5.2.1 <{recipient}>: account is disabled",
        }
        return answers.get(number)

    for domain in WORLD:
        host.rule(domain, rare)
    for _ in range(3):
        host.outbound(pause=0.25)
    host.inbound(pause=0.3)
    lab.wait(60)
    truth = _truth(
        lab,
        "Four failures of four kinds among hundreds of deliveries.",
        "the servers of other people refused one recipient each as unknown, full, busy, disabled.",
        None,
        [POSTFIX],
    )
    truth.look_alike = True
    return truth


def postfix_reload(lab: Lab) -> Truth:
    host = _start(lab, MILTERS % "tempfail")
    host.opendkim()
    service = "milter " + MILTER
    host.outbound(service=service)
    host.inbound(service=service)
    lab.wait(20)
    lab.act("postfix reload; opendkim is told to read its configuration again")
    run("postfix", "reload")
    lab.signal("opendkim", signal.SIGUSR1)
    lab.wait(15)
    lab.act("postfix reload")
    run("postfix", "reload")
    lab.wait(20)
    truth = _truth(
        lab,
        "Postfix and OpenDKIM are reloaded; every mail passes.",
        "postfix reload twice, opendkim got SIGUSR1.",
        None,
        [POSTFIX, OPENDKIM],
    )
    truth.look_alike = True
    return truth


STORMS = {
    "milter-tempfail": milter_tempfail,
    "milter-accept": milter_accept,
    "spool-full": spool_full,
    "resolver-dead": resolver_dead,
    "ptr-missing": ptr_missing,
    "port25-dead": port25_dead,
    "saslauthd-missing": saslauthd_missing,
    "remote-down": remote_down,
    "quiet-greylisting": greylisting,
    "quiet-lone-failures": lone_failures,
    "quiet-reload": postfix_reload,
}
