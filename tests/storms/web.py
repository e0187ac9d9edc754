"""Storms of web servers: FastCGI workers, PHP-FPM, limits, and their look-alikes.

For: play.py. In: a Lab. Out: servers that failed as told, and a Truth each.
"""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

from tests.storms.lab import WEB, Kernel, Lab, reload_apache
from tests.storms.sandbox import address
from tests.storms.truth import Truth

APACHE = "Apache 2.4.71"
FCGID = "mod_fcgid 2.3.9"
PHP = "PHP-FPM 8.2.36"
NGINX = "nginx 1.22.1"
MADE = "real servers"
DISPATCH = "/srv/fcgi/dispatch.fcgi"
SOCKET = "unix:/run/php/php8.2-fpm.sock"
MAIL = ("/webmail/inbox", "/webmail/read?id=17", "/webmail/folders", "/logo.png", "/index.html")
CUBE = ("/roundcube/index.php?_task=mail", "/roundcube/index.php?_task=settings", "/logo.png", "/index.html")
PLAYED = (
    "Played by tests/storms on a machine of its own; {} The outages are what the visitors saw: begin = first"
    " answer of 500 or above (or none), end = first good answer after the last bad one."
)
FPM_BY_SOCKET = f"""
<FilesMatch "\\.php$">
  SetHandler "proxy:{SOCKET}|fcgi://localhost"
</FilesMatch>
ProxyTimeout 3
"""
FPM_BY_PORT = """
<FilesMatch "\\.php$">
  SetHandler "proxy:fcgi://127.0.0.1:9000"
</FilesMatch>
<Proxy "fcgi://127.0.0.1:9000">
  ProxySet timeout=3 retry=0
</Proxy>
"""


def fcgid_segfault(lab: Lab) -> Truth:
    lab.apache()
    kernel = Kernel("dispatch.fcgi|python3")
    lab.thread(kernel.follow)
    lab.visitors(DISPATCH, MAIL)
    lab.wait(20)
    lab.act("every request makes the worker read address 0")
    lab.mode("segfault")
    lab.wait(12)
    lab.act("the worker is healed")
    lab.mode("")
    lab.wait(20)
    return Truth(
        lab.name,
        "A FastCGI worker under mod_fcgid dies of SIGSEGV at every request for 12 s.",
        MADE,
        [APACHE, FCGID],
        PLAYED.format(
            "the worker reads address 0. kern.log holds the kernel's own lines about it, with pids"
            " translated into those that Apache knows."
        ),
        {"gap_s": 6, "min_failures": 3},
        {
            "what": "The FastCGI worker dispatch.fcgi crashes with a segmentation fault.",
            "causes": ["backend-crash"],
            "words": ["kernel.process.segfault", "fastcgi.mod-fcgid.unexpected-signal"],
        },
        decisive=["kern.log", "apache2/error.log"],
        or_lines="segfault|unexpected signal|Code: ",
        look_at=["kernel", "kern.log", "dmesg", "core", "LogLevel"],
    )


def fcgid_killed(lab: Lab) -> Truth:
    lab.apache(level="warn fcgid:info")
    lab.visitors(DISPATCH, MAIL, pause=0.25)
    lab.mode("sleep:0.3")
    lab.wait(20)
    lab.act("somebody kills the workers again and again")
    until = time.monotonic() + 12
    while time.monotonic() < until:
        for place in Path("/proc").glob("[0-9]*/comm"):
            if place.read_text().strip() == "dispatch.fcgi":
                lab.kill(int(place.parent.name))
        lab.wait(0.25)
    lab.act("the killing ends")
    lab.wait(20)
    return Truth(
        lab.name,
        "FastCGI workers under mod_fcgid are killed with SIGKILL for 12 s; no log says by whom.",
        MADE,
        [APACHE, FCGID],
        PLAYED.format("every worker got SIGKILL four times a second; pages take 0.3 s all the time."),
        {"gap_s": 6, "min_failures": 3},
        {
            "what": "The FastCGI workers are killed by signal 9.",
            "causes": ["backend-crash", "local-resources"],
            "words": ["fastcgi.mod-fcgid.killed", "fastcgi.mod-fcgid.unexpected-signal"],
        },
        decisive=["apache2/error.log"],
        or_lines="stop signal",
        look_at=["kernel", "kern.log", "dmesg", "LogLevel", "journal"],
    )


def fcgid_slots(lab: Lab) -> Truth:
    lab.apache(processes=3, patience=200)
    lab.visitors(DISPATCH, MAIL, people=2, timeout=120)
    lab.wait(15)
    lab.act("every page needs 75 seconds and ten more people come")
    lab.mode("sleep:75")
    lab.visitors(DISPATCH, MAIL[:3], people=10, first=60, timeout=120, pause=1)
    lab.wait(74)
    lab.act("pages are quick again")
    lab.mode("")
    lab.wait(25)
    return Truth(
        lab.name,
        "mod_fcgid has no free process slot while pages are slow and many people come.",
        MADE,
        [APACHE, FCGID],
        PLAYED.format(
            "FcgidMaxProcesses is 3, pages begun within 74 s take 75 s each, 12 people ask; mod_fcgid gives up on"
            " a request after about 64 s of waiting for a slot, and says so only then."
        ),
        {"gap_s": 8, "min_failures": 3},
        {
            "what": "All process slots of mod_fcgid are taken by slow requests.",
            "causes": ["web-limits", "backend-overload"],
            "words": ["fastcgi.mod-fcgid.process-limit"],
        },
        decisive=["apache2/error.log"],
        look_at=["error.log", "error log", "Apache"],
    )


def apache_workers(lab: Lab) -> Truth:
    lab.apache("ProxyTimeout 30\n" + FPM_BY_SOCKET.replace("ProxyTimeout 3\n", ""), servers=1, threads=8)
    lab.php(children=20)
    lab.visitors("apache", CUBE, people=3, timeout=3)
    lab.wait(15)
    lab.act("every PHP page takes 8 s, twelve people ask again and again")
    lab.mode("sleep:8")
    lab.visitors("apache", CUBE[:2], people=12, first=60, timeout=9, pause=0.8)
    lab.wait(25)
    lab.act("pages are quick again")
    lab.mode("")
    lab.wait(25)
    return Truth(
        lab.name,
        "Apache has no free worker: all 8 wait for slow PHP pages.",
        MADE,
        [APACHE, PHP],
        PLAYED.format(
            "MaxRequestWorkers is 8, PHP pages take 8 s for 25 s; who is not served within 3 or 9 s gives up,"
            " which a log cannot show as a failure."
        ),
        {"gap_s": 12, "min_failures": 3},
        {
            "what": "Apache reached MaxRequestWorkers because PHP pages were slow.",
            "causes": ["web-limits", "backend-overload"],
            "words": ["apache.mpm.max-request-workers"],
        },
        decisive=["apache2/error.log"],
        unseen=["apache"],
        look_at=["error.log", "error log", "Apache", "MaxRequestWorkers"],
    )


def fpm_max_children(lab: Lab) -> Truth:
    lab.apache(FPM_BY_SOCKET)
    lab.php("request_terminate_timeout = 20s", children=3, slow="2s")
    lab.visitors(SOCKET, CUBE, people=2)
    lab.wait(15)
    lab.act("every page takes 4 s and eight more people come")
    lab.mode("sleep:4")
    lab.visitors(SOCKET, CUBE[:2], people=8, first=60)
    lab.wait(20)
    lab.act("pages are quick again")
    lab.mode("")
    lab.wait(20)
    return Truth(
        lab.name,
        "PHP-FPM runs out of children because scripts are slow; Apache gives up after 3 s.",
        MADE,
        [APACHE, PHP],
        PLAYED.format(
            "pm.max_children is 3, scripts take 4 s for 20 s, Apache's timeout is 3 s, 10 people ask."
        ),
        {"gap_s": 8, "min_failures": 3},
        {
            "what": "The PHP-FPM pool www reached pm.max_children while its scripts were slow.",
            "causes": ["backend-overload", "web-limits", "backend-timeout"],
            "words": ["php.fpm.max-children", "php.fpm.busy", "php.fpm.slow"],
        },
        decisive=["php8.2-fpm.log", "php8.2-fpm.slow.log"],
        look_at=["php-fpm", "fpm", "slow"],
    )


def fpm_stopped_apache(lab: Lab) -> Truth:
    lab.apache(FPM_BY_PORT)
    lab.php(listen="127.0.0.1:9000")
    lab.visitors("fcgi://127.0.0.1:9000", CUBE)
    lab.wait(20)
    lab.act("php-fpm is stopped")
    lab.stop("php", signal.SIGQUIT)
    lab.wait(15)
    lab.act("php-fpm is started")
    lab.start_php()
    lab.wait(20)
    return Truth(
        lab.name,
        "PHP-FPM is stopped for 15 s; Apache's proxy_fcgi is refused.",
        MADE,
        [APACHE, PHP],
        PLAYED.format("php-fpm got SIGQUIT, as systemctl stop sends, and was started 15 s later."),
        {"gap_s": 6, "min_failures": 3},
        {
            "what": "PHP-FPM was stopped and nothing listened on 127.0.0.1:9000.",
            "causes": ["backend-unreachable", "service-lifecycle"],
            "words": [
                "php.fpm.stopped",
                "fastcgi.proxy-fcgi.backend-refused",
                "apache.proxy.backend-refused",
            ],
        },
        decisive=["php8.2-fpm.log"],
        look_at=["php-fpm", "fpm", "journal"],
    )


def fpm_stopped_nginx(lab: Lab) -> Truth:
    lab.nginx()
    lab.php()
    lab.visitors(SOCKET, CUBE)
    lab.wait(20)
    lab.act("php-fpm dies of SIGKILL with its children, its socket stays")
    lab.signal("php", signal.SIGKILL)
    lab.running.pop("php").wait()
    for child in Path("/proc").glob("[0-9]*/comm"):
        if child.read_text().startswith("php-fpm"):
            lab.kill(int(child.parent.name))
    lab.wait(15)
    lab.act("php-fpm is started")
    lab.start_php()
    lab.wait(20)
    return Truth(
        lab.name,
        "PHP-FPM is killed; nginx is refused at its socket for 15 s until it is started.",
        MADE,
        [NGINX, PHP],
        PLAYED.format("php-fpm and its children got SIGKILL, so that it could not say good-bye in its log."),
        {"gap_s": 6, "min_failures": 3},
        {
            "what": "PHP-FPM was gone: nothing accepted connections at /run/php/php8.2-fpm.sock.",
            "causes": ["backend-unreachable", "backend-crash"],
            "words": ["nginx.upstream.refused", "php.fpm.started"],
        },
        decisive=["nginx/error.log"],
        look_at=["error.log", "error log", "nginx"],
    )


def fpm_socket_permission(lab: Lab) -> Truth:
    lab.nginx()
    lab.php()
    lab.visitors(SOCKET, CUBE)
    lab.wait(20)
    lab.act("php-fpm is restarted with listen.owner and listen.group = root")
    lab.stop("php", signal.SIGQUIT)
    text = Path("/etc/php/8.2/fpm/php-fpm.conf").read_text()
    wrong = text.replace("listen.owner = www-data", "listen.owner = root").replace(
        "listen.group = www-data", "listen.group = root"
    )
    Path("/etc/php/8.2/fpm/php-fpm.conf").write_text(wrong)
    lab.start_php()
    lab.wait(15)
    lab.act("the old configuration is put back, php-fpm is restarted")
    lab.stop("php", signal.SIGQUIT)
    Path("/etc/php/8.2/fpm/php-fpm.conf").write_text(text)
    lab.start_php()
    lab.wait(20)
    return Truth(
        lab.name,
        "PHP-FPM comes back with a socket that nginx may not open.",
        MADE,
        [NGINX, PHP],
        PLAYED.format(
            "php-fpm was restarted with a socket owned by root, mode 0660; 15 s later with the old owner."
        ),
        {"gap_s": 6, "min_failures": 3},
        {
            "what": "nginx has no permission for the socket of PHP-FPM.",
            "causes": ["local-config", "backend-unreachable"],
            "words": ["nginx.upstream.socket-permission"],
        },
        decisive=["nginx/error.log"],
        look_at=["error.log", "error log", "nginx"],
    )


def nginx_timeout(lab: Lab) -> Truth:
    lab.nginx()
    lab.php(children=12, slow="2s")
    lab.visitors(SOCKET, CUBE, people=4)
    lab.wait(15)
    lab.act("every PHP page waits 6 s for IMAP")
    lab.mode("sleep:6")
    lab.wait(20)
    lab.act("pages are quick again")
    lab.mode("")
    lab.wait(20)
    return Truth(
        lab.name,
        "PHP scripts wait for something slow; nginx gives up after 3 s.",
        MADE,
        [NGINX, PHP],
        PLAYED.format("scripts sleep 6 s for 20 s, fastcgi_read_timeout is 3 s; the pool is large enough."),
        {"gap_s": 8, "min_failures": 3},
        {
            "what": "PHP scripts take longer than nginx waits: the slow log names rcube_imap_wait.",
            "causes": ["backend-timeout", "backend-overload"],
            "words": [
                "php.fpm.slow-log",
                "php.fpm.slow-request",
                "php.fpm.trace-line",
                "nginx.upstream.timeout",
            ],
        },
        decisive=["php8.2-fpm.log", "php8.2-fpm.slow.log"],
        look_at=["slow", "php-fpm", "fpm"],
    )


def php_memory(lab: Lab) -> Truth:
    lab.apache(FPM_BY_SOCKET)
    lab.php("php_admin_value[memory_limit] = 8M")
    lab.visitors(SOCKET, CUBE)
    lab.wait(15)
    lab.act("every page needs more memory than memory_limit")
    lab.mode("memory")
    lab.wait(15)
    lab.act("pages are modest again")
    lab.mode("")
    lab.wait(15)
    return Truth(
        lab.name,
        "PHP pages die at their memory limit for 15 s.",
        MADE,
        [APACHE, PHP],
        PLAYED.format("memory_limit is 8 MB, the script collects message parts without end."),
        {"gap_s": 6, "min_failures": 3},
        {
            "what": "PHP scripts exceed memory_limit.",
            "causes": ["web-limits", "local-resources", "backend-crash", "local-config"],
            "words": ["php.memory-limit"],
        },
        decisive=["apache2/error.log"],
        look_at=["error.log", "error log", "Apache", "PHP"],
    )


def php_time(lab: Lab) -> Truth:
    lab.apache(FPM_BY_SOCKET)
    lab.php("php_admin_value[max_execution_time] = 1\nphp_admin_value[display_errors] = 0")
    lab.visitors(SOCKET, CUBE, people=2)
    lab.wait(15)
    lab.act("every page computes for ever")
    lab.mode("loop")
    lab.wait(15)
    lab.act("pages are quick again")
    lab.mode("")
    lab.wait(15)
    return Truth(
        lab.name,
        "PHP pages are ended at max_execution_time for 15 s.",
        MADE,
        [APACHE, PHP],
        PLAYED.format("max_execution_time is 1 s, the script sorts without end."),
        {"gap_s": 6, "min_failures": 3},
        {
            "what": "PHP scripts exceed max_execution_time.",
            "causes": ["web-limits", "backend-timeout", "backend-overload"],
            "words": ["php.max-execution-time"],
        },
        decisive=["apache2/error.log"],
        look_at=["error.log", "error log", "Apache", "PHP"],
    )


# --- rhythm ---------------------------------------------------------------------------------------------

BACKEND = "fcgi://127.0.0.1:9001"
BY_PORT = """
ProxyPass /webmail2/ fcgi://127.0.0.1:9001/srv/fcgi/ retry=0 timeout=3
"""
MAIL2 = ("/webmail2/inbox", "/webmail2/read?id=17", "/webmail2/folders", "/logo.png", "/index.html")


def _start_backend(lab: Lab) -> None:
    lab.spawn("app", DISPATCH, "127.0.0.1", "9001")
    lab.wait(0.5)


def _outage(lab: Lab, seconds: float) -> None:
    lab.act("the FastCGI server stops")
    lab.stop("app")
    lab.wait(seconds)
    lab.act("the FastCGI server starts")
    _start_backend(lab)


def _refused(lab: Lab, title: str, how: str, gap: float) -> Truth:
    return Truth(
        lab.name,
        title,
        MADE,
        [APACHE, "mod_proxy_fcgi"],
        PLAYED.format(how),
        {"gap_s": gap, "min_failures": 3},
        {
            "what": "The FastCGI server at 127.0.0.1:9001 is not there.",
            "causes": ["backend-unreachable", "backend-crash"],
            "words": ["fastcgi.proxy-fcgi.backend-refused", "apache.proxy.backend-refused"],
        },
        decisive=["apache2/error.log"],
        look_at=["error.log", "error log", "Apache", "LogLevel"],
    )


def rhythm_graceful(lab: Lab) -> Truth:
    lab.apache(BY_PORT)
    _start_backend(lab)
    lab.visitors(BACKEND, MAIL2, people=3, pause=0.35)
    lab.wait(15)
    for _ in range(9):
        lab.act("graceful restart of Apache, then the FastCGI server is restarted, slowly")
        reload_apache()
        lab.wait(1)
        _outage(lab, 2.5)
        lab.wait(lab.random.uniform(9, 30))
    truth = _refused(
        lab,
        "After each graceful restart the FastCGI server is away for three seconds; nine times.",
        "a postrotate script reloads Apache and restarts the FastCGI server, which needs 3 s; the waits between"
        " the rotations are not regular, so only the graceful restart announces an outage.",
        4,
    )
    assert truth.root is not None
    truth.root["what"] = (
        "The FastCGI server is restarted after each graceful restart of Apache, and is away for 3 s."
    )
    truth.root["causes"] += ["service-lifecycle"]
    truth.root["words"] += ["apache.lifecycle.graceful"]
    truth.rhythm = {"period_s": None, "follows": "graceful"}
    return truth


def rhythm_periodic(lab: Lab) -> Truth:
    lab.apache(BY_PORT)
    _start_backend(lab)
    lab.visitors(BACKEND, MAIL2, people=3, pause=0.35)
    lab.wait(18)
    for _ in range(10):
        begun = time.monotonic()
        _outage(lab, 3)
        lab.wait(18 - (time.monotonic() - begun))
    truth = _refused(
        lab,
        "Every 18 s the FastCGI server is away for three seconds; ten times.",
        "the FastCGI server was stopped every 18 s and started again 3 s later.",
        4,
    )
    truth.rhythm = {"period_s": 18.0, "follows": None}
    return truth


def rhythm_random(lab: Lab) -> Truth:
    lab.apache(BY_PORT)
    _start_backend(lab)
    lab.visitors(BACKEND, MAIL2, people=3, pause=0.35)
    lab.wait(10)
    for _ in range(10):
        _outage(lab, 3)
        lab.wait(6 + lab.random.expovariate(1 / 12))
    truth = _refused(
        lab,
        "Ten outages of the FastCGI server at random times.",
        "the FastCGI server was stopped at random (exponential waits, at least 6 s) and started 3 s later.",
        4,
    )
    truth.rhythm = False
    return truth


# --- look-alikes ----------------------------------------------------------------------------------------


def _nothing(lab: Lab, title: str, how: str, servers: list[str]) -> Truth:
    return Truth(
        lab.name,
        title,
        MADE,
        servers,
        PLAYED.format(how),
        {"gap_s": 6, "min_failures": 3},
        None,
        look_alike=True,
    )


def admin_restarts_fpm(lab: Lab) -> Truth:
    lab.apache(FPM_BY_SOCKET)
    lab.php()
    lab.visitors(SOCKET, CUBE, people=3, pause=0.4)
    lab.wait(25)
    lab.act("the administrator restarts php-fpm")
    lab.stop("php", signal.SIGQUIT)
    lab.start_php()
    lab.wait(25)
    return _nothing(
        lab,
        "An administrator restarts PHP-FPM once; a request or two meet the moment.",
        "php-fpm got SIGQUIT and was started at once.",
        [APACHE, PHP],
    )


def admin_restarts_apache(lab: Lab) -> Truth:
    lab.apache(FPM_BY_SOCKET)
    lab.php()
    lab.visitors(SOCKET, (*CUBE, *MAIL), people=3, pause=0.4)
    lab.wait(20)
    lab.act("the administrator reloads Apache gracefully")
    reload_apache()
    lab.wait(15)
    lab.act("the administrator restarts Apache")
    lab.stop("apache")
    lab.start_apache()
    lab.wait(20)
    return _nothing(
        lab,
        "A graceful reload and, later, one restart of Apache under way; no request fails for long.",
        "Apache was reloaded with -k graceful, and 15 s later stopped and started.",
        [APACHE, FCGID, PHP],
    )


SCAN = (
    "/wp-login.php",
    "/.env",
    "/phpmyadmin/",
    "/.git/config",
    "/admin/",
    "/backup.zip",
    "/private/report.html",
    "/cgi-bin/luci",
    "/xmlrpc",
    "/vendor/phpunit/",
    "/private/",
    "/owa/",
    "/autodiscover/",
    "/server-status",
    "/solr/",
    "/actuator/health",
    "/boaform/",
    "/HNAP1/",
)


def scan_storm(lab: Lab) -> Truth:
    lab.apache(FPM_BY_SOCKET)
    lab.php()
    lab.visitors(SOCKET, (*CUBE, *MAIL), people=3, pause=0.4)
    lab.wait(15)
    lab.act("a scanner comes from 203.0.113.200")
    address("203.0.113.200")
    for number in range(180):
        lab.get(SCAN[number % len(SCAN)], "203.0.113.200", agent="Mozilla/5.0 zgrab/0.x")
        if number % 45 == 44:
            lab.get("/probe", "203.0.113.200", agent="Mozilla/5.0 zgrab/0.x")
        time.sleep(0.1)
    lab.act("the scanner leaves")
    lab.wait(20)
    return _nothing(
        lab,
        "A scanner asks for 180 pages that are not there or forbidden, and for a broken script that nobody uses.",
        "one client asked for 404 and 403 pages, and four times for a script that cannot start (500);"
        " nobody else was hurt.",
        [APACHE, FCGID, PHP],
    )


def slow_client(lab: Lab) -> Truth:
    lab.apache("RequestReadTimeout header=4 body=4\n" + FPM_BY_SOCKET)
    lab.php()
    lab.visitors(SOCKET, (*CUBE, *MAIL), people=3, pause=0.4)
    address("203.0.113.150")
    lab.wait(10)
    for _ in range(5):
        lab.act("one client sends half a request and waits")
        with socket.create_connection((WEB, 80), 9, source_address=("203.0.113.150", 0)) as peer:
            peer.sendall(
                b"POST /roundcube/index.php?_task=mail HTTP/1.1\r\nHost: web1.example.org\r\n"
                b"Content-Length: 90000\r\nContent-Type: application/octet-stream\r\n\r\n" + b"x" * 700
            )
            peer.settimeout(8)
            try:
                while peer.recv(4096):
                    pass
            except OSError:
                pass
    lab.wait(15)
    return _nothing(
        lab,
        "One client on a slow line uploads so slowly that Apache gives up on it five times.",
        "one client sent 700 of 90,000 bytes and waited, five times; all others were served.",
        [APACHE, PHP],
    )


def aborted_downloads(lab: Lab) -> Truth:
    lab.apache(FPM_BY_SOCKET)
    lab.php()
    Path("/srv/www/attachment.bin").write_bytes(b"x" * 30_000_000)
    put = '<?php header("Content-Type: application/octet-stream"); for ($i = 0; $i < 400; $i++) { echo str_repeat("x", 65536); flush(); }\n'
    Path("/srv/www/roundcube/download.php").write_text(put)
    lab.visitors(SOCKET, (*CUBE, *MAIL), people=3, pause=0.4)
    address("203.0.113.151", "203.0.113.152")
    lab.wait(10)
    for number in range(20):
        client = f"203.0.113.{151 + number % 2}"
        path = ("/attachment.bin", "/roundcube/download.php")[number // 2 % 2]
        with socket.create_connection((WEB, 80), 9, source_address=(client, 0)) as peer:
            peer.sendall(f"GET {path} HTTP/1.1\r\nHost: web1.example.org\r\n\r\n".encode())
            peer.recv(65536)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        time.sleep(1.2)
    lab.wait(10)
    return _nothing(
        lab,
        "Two clients break off twenty downloads; nobody else notices.",
        "two clients closed the connection after the first bytes of large answers.",
        [APACHE, PHP],
    )


STORMS = {
    "fcgid-segfault": fcgid_segfault,
    "fcgid-killed": fcgid_killed,
    "fcgid-slots": fcgid_slots,
    "apache-workers": apache_workers,
    "fpm-max-children": fpm_max_children,
    "fpm-stopped-apache": fpm_stopped_apache,
    "fpm-killed-nginx": fpm_stopped_nginx,
    "fpm-socket-permission": fpm_socket_permission,
    "nginx-timeout": nginx_timeout,
    "php-memory-limit": php_memory,
    "php-execution-time": php_time,
    "rhythm-graceful": rhythm_graceful,
    "rhythm-periodic": rhythm_periodic,
    "rhythm-random": rhythm_random,
    "quiet-fpm-restart": admin_restarts_fpm,
    "quiet-apache-restart": admin_restarts_apache,
    "quiet-scan": scan_storm,
    "quiet-slow-client": slow_client,
    "quiet-aborted-downloads": aborted_downloads,
}
