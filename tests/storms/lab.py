"""The servers of a storm, the people who use them, and what they saw.

For: the storms. In: a machine from sandbox.enter. Out: running servers, a Diary, the events of the driver.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.storms.sandbox import OUTER_PROC, address, folder, put, run
from tests.storms.truth import Diary, stamp

APP = (Path(__file__).parent / "app.py").read_text()  # read now: the sandbox covers the checkout
WEB = "192.0.2.80"
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
)

RSYSLOG = """
module(load="imuxsock" SysSock.RateLimit.Interval="0")
input(type="imuxsock" Socket="/var/spool/postfix/dev/log" CreatePath="on")
mail.* action(type="omfile" file="/var/log/mail.log" template="RSYSLOG_TraditionalFileFormat")
auth,authpriv.* action(type="omfile" file="/var/log/auth.log" template="RSYSLOG_TraditionalFileFormat")
*.*;auth,authpriv.none;mail.none action(type="omfile" file="/var/log/syslog" template="RSYSLOG_TraditionalFileFormat")
"""

APACHE = """
ServerRoot /etc/apache2
ServerName web1.example.org
PidFile /run/apache2/apache2.pid
Mutex file:/run/lock/apache2 default
User www-data
Group www-data
Timeout 20
KeepAlive Off
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
%(modules)s
StartServers 1
ServerLimit %(servers)d
ThreadsPerChild %(threads)d
ThreadLimit %(threads)d
MinSpareThreads 2
MaxSpareThreads %(workers)d
MaxRequestWorkers %(workers)d
Listen %(web)s:80
LogLevel %(level)s
ErrorLog /var/log/apache2/error.log
LogFormat "%%h %%l %%u %%t \\"%%r\\" %%>s %%O \\"%%{Referer}i\\" \\"%%{User-Agent}i\\"" combined
CustomLog /var/log/apache2/access.log combined
DocumentRoot /srv/www
DirectoryIndex index.php index.html
TypesConfig /etc/mime.types
<Directory />
  AllowOverride None
  Require all granted
</Directory>
<Directory /srv/www/private>
  Require all denied
</Directory>
<Directory /srv/fcgi>
  Options +ExecCGI
  SetHandler fcgid-script
</Directory>
Alias /webmail /srv/fcgi/dispatch.fcgi
Alias /probe /srv/fcgi/broken.fcgi
FcgidIPCDir /var/lib/apache2/fcgid/sock
FcgidProcessTableFile /var/lib/apache2/fcgid/shm
FcgidIOTimeout %(patience)d
FcgidConnectTimeout 2
FcgidBusyTimeout 300
FcgidMaxProcesses %(processes)d
FcgidMaxProcessesPerClass %(processes)d
FcgidMinProcessesPerClass 1
FcgidSpawnScoreUpLimit 100000
%(extra)s
"""
MODULES = ("authz_core", "authz_host", "mime", "dir", "alias", "proxy", "proxy_fcgi", "fcgid", "reqtimeout")

FPM = """
[global]
error_log = /var/log/php8.2-fpm.log
daemonize = no
[www]
user = www-data
group = www-data
listen = %(listen)s
listen.owner = www-data
listen.group = %(group)s
listen.mode = 0660
pm = dynamic
pm.max_children = %(children)d
pm.start_servers = 2
pm.min_spare_servers = 1
pm.max_spare_servers = 3
slowlog = /var/log/php8.2-fpm.slow.log
request_slowlog_timeout = %(slow)s
php_admin_flag[log_errors] = on
%(extra)s
"""

NGINX = """
user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
events { worker_connections 256; }
http {
  access_log /var/log/nginx/access.log;
  include /etc/nginx/mime.types;
  server {
    listen %(web)s:80;
    server_name web1.example.org;
    root /srv/www;
    index index.php index.html;
    location ~ \\.php$ {
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_pass unix:/run/php/php8.2-fpm.sock;
      fastcgi_connect_timeout 2s;
      fastcgi_read_timeout 3s;
    }
  }
}
"""

ROUNDCUBE = """<?php
// The page of a webmail: reads its mode, asks the database.
require __DIR__ . '/rcube_db.php';
[$word, $amount] = explode(':', ($_GET['do'] ?? trim((string) @file_get_contents('/srv/www/mode'))) . ':');
if ($word === 'sleep') { rcube_imap_wait((int) $amount); }
if ($word === 'memory') { $parts = rcube_message_parts(); }
if ($word === 'loop') { $threads = rcube_thread_sort(); }
if ($word === 'db') { $folders = rcube_db_folders(0); }
if ($word === 'dbslow') { $folders = rcube_db_folders((int) $amount); }
echo "<html><title>Roundcube Webmail</title></html>\\n";
"""
RCUBE_DB = """<?php
function rcube_imap_wait(int $seconds): void { sleep($seconds); }
function rcube_message_parts(): array {
    $parts = [];
    while (true) {
        $parts[] = str_repeat('x', 262144);
    }
}
function rcube_thread_sort(): int { $n = 0; while (true) { $n = ($n * 31 + 7) % 65537; } }
function rcube_db_folders(int $seconds): array {
    $db = new PDO('mysql:host=127.0.0.1;dbname=roundcube', 'roundcube', 'secret');
    return $db->query('SELECT name, SLEEP(' . $seconds . ' / 2) FROM folders')->fetchAll();
}
"""


class Lab:
    """Servers by name, a diary, and what the driver did."""

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.random = random.Random(seed)  # noqa: S311  the same storm again, no secret
        self.diary = Diary()
        self.events: list[dict[str, Any]] = []
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.over = threading.Event()
        self.threads: list[threading.Thread] = []
        address("127.0.0.53", WEB)

    # --- the driver's own acts ---------------------------------------------------------------------

    def act(self, what: str) -> None:
        """Remember what the driver does now."""
        self.events.append({"time": stamp(time.time()), "what": what})

    def spawn(self, name: str, *command: str, stdin: int = subprocess.DEVNULL) -> None:
        """Start a server that stays in the foreground."""
        with Path(f"/mnt/{name}.out").open("ab") as out:
            self.running[name] = subprocess.Popen(command, stdin=stdin, stdout=out, stderr=out, cwd="/")

    def stop(self, name: str, how: int = signal.SIGTERM) -> None:
        """Stop a server and wait for its end."""
        process = self.running.pop(name)
        process.send_signal(how)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def signal(self, name: str, how: int) -> None:
        self.running[name].send_signal(how)

    @staticmethod
    def kill(pid: int) -> None:
        """Kill a process of this machine, if it still lives."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def thread(self, work: Callable[[], object]) -> None:
        """Run `work` again and again until the storm is over."""

        def again() -> None:
            while not self.over.is_set():
                work()

        one = threading.Thread(target=again, daemon=True)
        one.start()
        self.threads.append(one)

    def finish(self) -> None:
        """Let the people go home, then stop the servers as a machine does that is shut down."""
        self.over.set()
        for one in self.threads:
            one.join(20)

    # --- the servers -------------------------------------------------------------------------------

    def syslog(self) -> None:
        put("/etc/rsyslog.conf", RSYSLOG)
        self.spawn("rsyslogd", "rsyslogd", "-n", "-f", "/etc/rsyslog.conf", "-i", "/run/rsyslogd.pid")
        self._until(Path("/dev/log").exists)

    def site(self) -> None:
        """The pages of the web server."""
        put("/srv/www/index.html", "<html>Welcome</html>\n")
        put("/srv/www/logo.png", "x" * 4000)
        put("/srv/www/private/report.html", "x")
        put("/srv/www/roundcube/index.php", ROUNDCUBE)
        put("/srv/www/roundcube/rcube_db.php", RCUBE_DB)
        put("/srv/fcgi/dispatch.fcgi", "#!/usr/bin/python3\n" + APP, 0o755)
        put("/srv/fcgi/broken.fcgi", "#!/usr/bin/python3\nimport no_such_module\n", 0o755)
        self.mode("")

    def mode(self, word: str) -> None:
        """What the webmail does from now on with every request."""
        put("/srv/fcgi/mode", word + "\n")
        put("/srv/www/mode", word + "\n")

    def apache(
        self,
        extra: str = "",
        *,
        servers: int = 3,
        threads: int = 10,
        processes: int = 8,
        patience: int = 4,
        level: str = "warn",
    ) -> None:
        self.site()
        modules = "\n".join(
            f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in MODULES
        )
        text = APACHE % {
            "modules": modules,
            "servers": servers,
            "threads": threads,
            "workers": servers * threads,
            "processes": processes,
            "patience": patience,
            "level": level,
            "web": WEB,
            "extra": extra,
        }
        put("/etc/apache2/apache2.conf", text)
        for place in ("/run/lock/apache2", "/run/apache2", "/var/log/apache2"):
            folder(place)
        folder("/var/lib/apache2/fcgid/sock", "www-data")
        shutil.chown("/var/lib/apache2/fcgid", "www-data", "www-data")
        self.start_apache()

    def start_apache(self) -> None:
        self.spawn("apache", "apache2", "-f", "/etc/apache2/apache2.conf", "-D", "FOREGROUND")
        self._until(lambda: self._open(WEB, 80))

    def nginx(self) -> None:
        self.site()
        put("/etc/nginx/nginx.conf", NGINX % {"web": WEB})
        folder("/var/log/nginx")
        folder("/var/lib/nginx", "www-data")
        self.spawn("nginx", "nginx", "-g", "daemon off;")
        self._until(lambda: self._open(WEB, 80))

    def php(
        self,
        extra: str = "",
        *,
        listen: str = "",
        children: int = 6,
        slow: str = "0",
        group: str = "www-data",
    ) -> None:
        listen = listen or "/run/php/php8.2-fpm.sock"
        folder("/run/php", "www-data")
        values = {"listen": listen, "children": children, "slow": slow, "extra": extra, "group": group}
        put("/etc/php/8.2/fpm/php-fpm.conf", FPM % values)
        self.start_php()

    def start_php(self) -> None:
        command = ("php-fpm8.2", "--nodaemonize", "--fpm-config", "/etc/php/8.2/fpm/php-fpm.conf")
        self.spawn("php", *command)
        self._until(lambda: "ready to handle" in self._tail("/var/log/php8.2-fpm.log"))

    def _tail(self, path: str) -> str:
        place = Path(path)
        return place.read_text(errors="replace")[-600:] if place.exists() else ""

    @staticmethod
    def _open(host: str, port: int) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((host, port), 1):
            return True
        return False

    @staticmethod
    def _until(ready: Callable[[], bool], limit: float = 20) -> None:
        """Wait until a server is ready."""
        for _ in range(int(limit / 0.1)):
            if ready():
                return
            time.sleep(0.1)
        raise TimeoutError

    # --- the people --------------------------------------------------------------------------------

    def get(self, path: str, client: str, timeout: float = 8, agent: str = AGENTS[0]) -> int | None:
        """The status of one request; None when there was no answer."""
        line = http.client.HTTPConnection(WEB, 80, timeout=timeout, source_address=(client, 0))
        try:
            line.request("GET", path, headers={"User-Agent": agent, "Host": "web1.example.org"})
            answer = line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return None
        else:
            return answer.status
        finally:
            line.close()

    def visitors(
        self,
        service: str,
        paths: tuple[str, ...],
        *,
        people: int = 3,
        pause: float = 0.3,
        timeout: float = 8,
        first: int = 20,
    ) -> None:
        """People who open pages; every answer goes into the diary of `service`."""
        for number in range(first, first + people):
            client = f"203.0.113.{number}"
            address(client)
            pages = itertools.cycle(self.random.sample(paths, len(paths)))
            agent = AGENTS[number % 2]
            self.thread(lambda p=pages, c=client, a=agent: self._visit(service, p, c, a, pause, timeout))  # type: ignore[misc]

    def _visit(
        self, service: str, pages: Iterator[str], client: str, agent: str, pause: float, timeout: float
    ) -> None:
        path = next(pages)
        asked = time.time()
        status = self.get(path, client, timeout, agent)
        static = path.endswith((".html", ".png")) or path == "/"
        if not static:
            self.diary.note(service, ok=status is not None and status < 500, asked=asked)
        time.sleep(pause * (0.5 + self.random.random()))

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


class Kernel:
    """What the kernel said of a program, with the pids of this machine instead of the host's."""

    SAID = re.compile(r"^\d+,\d+,(\d+),[^;]*;(?P<text>.*)$")

    def __init__(self, word: str) -> None:
        self.word = re.compile(word)
        self.pids: dict[str, str] = {}
        self.messages = Path("/dev/kmsg").open("rb", buffering=0)  # noqa: SIM115  it lives as long as the storm
        os.set_blocking(self.messages.fileno(), False)
        os.lseek(self.messages.fileno(), 0, 2)

    def look(self) -> None:
        """Learn which pid of the host is which of ours, while they live."""
        for status in OUTER_PROC.glob("[0-9]*/status"):
            with contextlib.suppress(OSError):
                found = re.search(r"^NSpid:\s+(\d+)\s+.*?(\d+)$", status.read_text(), re.MULTILINE)
                if found:
                    self.pids[found[1]] = found[2]

    def collect(self) -> None:
        """Move new messages into /var/log/kern.log, each with the time at which it was read."""
        while True:
            try:
                raw = self.messages.read(8192)
            except OSError:
                return
            if not raw:
                return
            found = self.SAID.match(raw.decode(errors="replace").split("\n")[0])
            if found is None or not self.word.search(found["text"]):
                continue
            text = re.sub(r"\[(\d+)\]", lambda pid: f"[{self.pids.get(pid[1], pid[1])}]", found["text"])
            seconds = int(found[1]) / 1e6
            when = time.strftime("%b %e %H:%M:%S")
            with Path("/var/log/kern.log").open("a") as log:
                log.write(f"{when} web1 kernel: [{seconds:12.6f}] {text}\n")

    def follow(self) -> None:
        self.look()
        self.collect()
        time.sleep(0.2)


def reload_apache() -> None:
    """What logrotate's postrotate does."""
    run("apache2", "-f", "/etc/apache2/apache2.conf", "-k", "graceful")
