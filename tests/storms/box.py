"""Storms of mailboxes and databases: Dovecot, MariaDB, and the webmail that needs both.

For: play.py. In: a Lab. Out: servers that failed as told, and a Truth each.
"""

from __future__ import annotations

import contextlib
import imaplib
import poplib
import shutil
import socket
import threading
import time
from pathlib import Path
from typing import Any

from tests.storms.lab import Lab
from tests.storms.sandbox import address, folder, put, run
from tests.storms.truth import Truth
from tests.storms.web import APACHE, CUBE, FPM_BY_SOCKET, PHP, SOCKET

DOVECOT = "Dovecot 2.3.19.1"
MARIADB = "MariaDB 10.11.19"
MADE = "real servers"
PLAYED = (
    "Played by tests/storms on a machine of its own; {} The outages are what visitors and mail programs saw:"
    " begin = first failure, end = first success after the last failure."
)
IMAP = "192.0.2.143"
PATIENCE = 4.0  # seconds that a mail program waits
USERS = ("anna", "ben", "carla", "dora")
CLIENTS = {user: f"203.0.113.{40 + number}" for number, user in enumerate(USERS)}
DATABASE = "mysql 127.0.0.1"

DOVECOT_CONF = """
protocols = imap pop3
listen = %(listen)s
ssl = no
disable_plaintext_auth = no
mail_location = maildir:/var/vmail/%%n
mail_uid = vmail
mail_gid = vmail
first_valid_uid = 5000
auth_failure_delay = 0
auth_mechanisms = plain login
passdb {
  driver = %(driver)s
  args = %(args)s
}
userdb {
  driver = static
  args = uid=vmail gid=vmail home=/var/vmail/%%n
}
%(extra)s
"""
SQL = """
driver = mysql
connect = host=127.0.0.1 dbname=mail user=dovecot password=secret
default_pass_scheme = PLAIN
password_query = SELECT name AS user, password FROM users WHERE name = '%n'
"""
MARIADB_CONF = """
[mariadbd]
user = mysql
datadir = /var/lib/mysql
socket = /run/mysqld/mysqld.sock
pid-file = /run/mysqld/mysqld.pid
bind-address = 127.0.0.1
log_error = /var/log/mysql/error.log
innodb_buffer_pool_size = 16M
innodb_log_file_size = 4M
performance_schema = off
%s
"""
SCHEMA = """
CREATE DATABASE mail; CREATE DATABASE roundcube;
CREATE TABLE mail.users (name VARCHAR(40) PRIMARY KEY, password VARCHAR(40));
INSERT INTO mail.users VALUES ('anna','secret'),('ben','secret'),('carla','secret'),('dora','secret');
CREATE TABLE roundcube.folders (name VARCHAR(40));
INSERT INTO roundcube.folders VALUES ('INBOX'),('Sent');
CREATE USER dovecot@'%' IDENTIFIED BY 'secret'; GRANT SELECT ON mail.* TO dovecot@'%';
CREATE USER roundcube@'%' IDENTIFIED BY 'secret'; GRANT ALL ON roundcube.* TO roundcube@'%';
"""


class Imap(imaplib.IMAP4):
    """An IMAP client with an address of its own."""

    def __init__(self, client: str) -> None:
        self.client = client
        super().__init__(IMAP, timeout=PATIENCE)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return socket.create_connection((IMAP, 143), timeout, (self.client, 0))


class Boxes:
    """Dovecot and MariaDB, and people with mail programs."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        address(IMAP, *CLIENTS.values())

    def mariadb(self, extra: str = "") -> None:
        data = "/var/lib/mysql"
        run("mount", "-t", "tmpfs", "-o", "mode=755,size=200m", "tmpfs", data)
        shutil.rmtree("/etc/mysql")
        put("/etc/mysql/my.cnf", MARIADB_CONF % extra)
        for place in (data, "/run/mysqld", "/var/log/mysql"):
            folder(place, "mysql")
        run("mariadb-install-db", "--user=mysql", f"--datadir={data}", "--skip-test-db")
        Path("/var/log/mysql/error.log").unlink(missing_ok=True)
        self.start_mariadb()
        run("mariadb", stdin=SCHEMA)

    def start_mariadb(self) -> None:
        self.lab.spawn("mariadb", "mariadbd")
        for _ in range(100):
            if run("mariadb", "-e", "SELECT 1", check=False).startswith("1"):
                return
            time.sleep(0.1)
        raise TimeoutError

    def dovecot(self, *, sql: bool = False, extra: str = "") -> None:
        with Path("/etc/passwd").open("a") as file:
            file.write("vmail:x:5000:5000::/var/vmail:/bin/false\n")
        with Path("/etc/group").open("a") as file:
            file.write("vmail:x:5000:\n")
        folder("/var/vmail")
        shutil.chown("/var/vmail", 5000, 5000)
        put("/etc/dovecot/users", "".join(f"{user}:{{PLAIN}}secret\n" for user in USERS))
        put("/etc/dovecot/dovecot-sql.conf.ext", SQL)
        values = {
            "listen": IMAP,
            "driver": "sql" if sql else "passwd-file",
            "args": "/etc/dovecot/dovecot-sql.conf.ext" if sql else "/etc/dovecot/users",
            "extra": extra,
        }
        put("/etc/dovecot/dovecot.conf", DOVECOT_CONF % values)
        self.lab.spawn("dovecot", "dovecot", "-F")
        time.sleep(1.5)

    # --- people ------------------------------------------------------------------------------------

    def imap(self, user: str, client: str, stay: float = 0, think: float = 0) -> bool:
        """Connect, think, log in, look into the INBOX, stay for a while."""
        try:
            line = Imap(client)
        except (OSError, imaplib.IMAP4.error):
            return False
        time.sleep(think)
        try:
            line.login(user, "secret")
            line.select("INBOX")
            time.sleep(stay)
            line.logout()
        except (OSError, imaplib.IMAP4.error):
            line.shutdown()
            return False
        return True

    def pop(self, user: str) -> bool:
        try:
            line = poplib.POP3(IMAP, timeout=PATIENCE)
            line.user(user)
            line.pass_("secret")
            line.stat()
            line.quit()
        except (OSError, poplib.error_proto):
            return False
        return True

    def readers(self, service: str, *, pause: float = 0.5, stay: float = 0.1, think: float = 0) -> None:
        """Everybody looks for new mail again and again."""
        turns = iter(range(10**9))

        def work() -> None:
            turn = next(turns)
            user = USERS[turn % len(USERS)]
            asked = time.time()
            worked = self.pop(user) if turn % 5 == 4 else self.imap(user, CLIENTS[user], stay, think)
            self.lab.diary.note(service, ok=worked, asked=asked)
            time.sleep(pause * (0.5 + self.lab.random.random()))

        self.lab.thread(work)


def _truth(
    lab: Lab, title: str, how: str, root: dict[str, Any] | None, servers: list[str], **more: Any
) -> Truth:
    settings = {"gap_s": 8.0, "min_failures": 3}
    return Truth(lab.name, title, MADE, servers, PLAYED.format(how), settings, root, **more)


def mysql_stopped(lab: Lab) -> Truth:
    lab.syslog()
    boxes = Boxes(lab)
    boxes.mariadb()
    boxes.dovecot(sql=True)
    lab.apache(FPM_BY_SOCKET)
    lab.php()
    lab.mode("db")
    lab.visitors(SOCKET, CUBE)
    boxes.readers("dovecot")
    lab.wait(20)
    lab.act("MariaDB is stopped")
    lab.stop("mariadb")
    lab.wait(18)
    lab.act("MariaDB is started")
    boxes.start_mariadb()
    lab.wait(50)
    return _truth(
        lab,
        "MariaDB is stopped for 18 s: webmail pages fail and nobody can log in to IMAP or POP3.",
        "mariadbd got SIGTERM and was started 18 s later; webmail and Dovecot ask it for everything.",
        {
            "what": "MariaDB was stopped.",
            "causes": ["service-lifecycle", "backend-unreachable", "lookup-failure"],
            "words": [
                "mysql.server.lifecycle",
                "mysql.server.",
                "dovecot.auth.database-down",
                "fastcgi.app.database",
            ],
        },
        [MARIADB, DOVECOT, APACHE, PHP],
        decisive=["mysql/error.log"],
        look_at=["mysql", "MySQL", "MariaDB", "mariadb"],
    )


def mysql_connections(lab: Lab) -> Truth:
    lab.syslog()
    boxes = Boxes(lab)
    boxes.mariadb("max_connections = 10\nlog_warnings = 4")
    boxes.dovecot(sql=True)
    lab.apache(FPM_BY_SOCKET.replace("ProxyTimeout 3", "ProxyTimeout 20"))
    lab.php(children=30)
    lab.mode("db")
    lab.visitors(SOCKET, CUBE)
    boxes.readers("dovecot")
    lab.wait(20)
    lab.act("pages hold their connection to the database for 5 s and 15 more people come")
    lab.mode("dbslow:5")
    lab.visitors(SOCKET, CUBE[:2], people=15, first=60)
    lab.wait(18)
    lab.act("pages are quick again")
    lab.mode("db")
    lab.wait(22)
    return _truth(
        lab,
        "MariaDB has no connection left while slow queries hold all of them.",
        "max_connections is 10, pages hold theirs for 5 s, 18 people ask.",
        {
            "what": "MariaDB refuses new connections: too many connections.",
            "causes": ["backend-overload", "web-limits", "local-resources", "local-config"],
            "words": ["mysql.server.too-many-connections", "fastcgi.app.database"],
        },
        [MARIADB, DOVECOT, APACHE, PHP],
        decisive=["mysql/error.log", "apache2/error.log", "mail.log"],
        or_lines="[Tt]oo many connections",
        look_at=["mysql", "MySQL", "MariaDB", "mariadb", "PHP", "Apache", "error.log"],
    )


def dovecot_userip(lab: Lab) -> Truth:
    lab.syslog()
    boxes = Boxes(lab)
    boxes.dovecot(extra="mail_max_userip_connections = 4")
    boxes.readers("dovecot ben", pause=0.4)
    lab.wait(20)
    lab.act("one mail program of anna keeps six connections open")
    greed = threading.Event()
    for _ in range(6):
        lab.thread(lambda: _greedy(lab, boxes, greed))
    lab.wait(18)
    lab.act("it is closed")
    greed.set()
    lab.wait(20)
    return _truth(
        lab,
        "A mail program opens more IMAP connections than mail_max_userip_connections allows.",
        "the limit is 4; six connections of one user and address tried to stay open for 18 s.",
        {
            "what": "One user reached mail_max_userip_connections.",
            "causes": ["rate-limited", "local-config", "local-resources", "web-limits", "policy"],
            "words": ["dovecot.login.too-many-connections"],
        },
        [DOVECOT],
    )


def _greedy(lab: Lab, boxes: Boxes, over: threading.Event) -> None:
    if over.is_set():
        time.sleep(0.5)
        return
    asked = time.time()
    lab.diary.note("dovecot anna", ok=boxes.imap("anna", CLIENTS["anna"], 3), asked=asked)
    time.sleep(0.5)


def dovecot_logins(lab: Lab) -> Truth:
    lab.syslog()
    boxes = Boxes(lab)
    boxes.dovecot(
        extra="service imap-login {\n service_count = 1\n process_min_avail = 0\n process_limit = 3\n}"
    )
    for _ in range(6):
        boxes.readers("dovecot", pause=1.5, think=0.5)
    lab.wait(20)
    lab.act("connections that say nothing take all login processes")
    address("203.0.113.210")
    idle = []
    until = time.monotonic() + 18
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            idle.append(socket.create_connection((IMAP, 143), 2, ("203.0.113.210", 0)))
        time.sleep(0.1)
    lab.act("they are closed")
    for line in idle:
        line.close()
    lab.wait(20)
    return _truth(
        lab,
        "All imap-login processes are taken by connections that say nothing.",
        "process_limit of imap-login is 3 with service_count 1; for 18 s silent connections were opened.",
        {
            "what": "service(imap-login) reached its process_limit.",
            "causes": ["local-config", "local-resources", "backend-overload", "web-limits", "rate-limited"],
            "words": ["dovecot.service.limit-reached"],
        },
        [DOVECOT],
        decisive=["mail.log"],
        or_lines="process_limit",
        unseen=["dovecot"],
        look_at=["dovecot", "Dovecot", "mail.log"],
    )


STORMS = {
    "mysql-stopped": mysql_stopped,
    "mysql-connections": mysql_connections,
    "dovecot-userip": dovecot_userip,
    "dovecot-logins": dovecot_logins,
}
