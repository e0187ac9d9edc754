from __future__ import annotations

import pytest

from logscan.sources.names import foreign, in_default_set, is_default_folder, looks_foreign, suffix


@pytest.mark.parametrize(
    "name",
    [
        *(
            "mail.log",
            "mail.err.1",
            "mail.warn.2.gz",
            "mail.info",
            "syslog",
            "syslog.1",
            "php8.2-fpm.log.3.gz",
        ),
        *("maillog", "maillog-20260801", "messages-20260801.xz", "php-fpm.log"),
        *("mail", "mail-20260801.xz", "messages"),
        *("opendkim.log", "postfix.log.1", "dovecot-info.log", "php_errors.log", "php.log"),
        *("kern.log", "kern.log.2.gz", "cron", "cron-20260801", "cron.log", "mysql.err", "mysqld.log"),
    ],
)
def test_distributions_names_are_in_the_default_set(name: str) -> None:
    assert in_default_set(name)


@pytest.mark.parametrize(
    "name",
    [
        "wtmp",
        "auth.log",
        "dpkg.log",
        "lastlog",
        "mail.db",
        "mailgraph.rrd",
        "kernel-image.log",
        "crontab",
        "installer",
        "mail.log.tar.gz",
    ],
)
def test_other_names_are_not(name: str) -> None:
    assert not in_default_set(name)


def test_default_folders() -> None:
    names = [
        *("apache2", "httpd", "nginx", "mail", "dovecot", "php-fpm", "php8.2-fpm", "php83"),
        *("roundcube", "roundcubemail", "webmail", "extmail", "mysql", "mariadb"),
    ]
    assert [name for name in [*names, "apt", "journal", "postgresql"] if is_default_folder(name)] == names


@pytest.mark.parametrize(
    "name",
    [
        *(
            "wtmp",
            "btmp.1",
            "wtmp-20260801",
            "lastlog",
            "utmp",
            "faillog",
            "system.journal",
            "user-1000.journal~",
        ),
        *(
            "queue.db",
            "logs.tar.gz",
            "logs.tgz",
            "cache.sqlite3",
            "state.pickle",
            "nginx.pid",
            ".mail.log.swp",
        ),
    ],
)
def test_names_of_other_things(name: str) -> None:
    assert looks_foreign(name)


@pytest.mark.parametrize(
    "name", ["mail.log", "wtmp-notes.log", "db.log", "pid", "mail.log.gz", "journal.json.gz"]
)
def test_names_that_may_be_logs(name: str) -> None:
    assert not looks_foreign(name)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"LPKSHHRH\0\0", "journal"),
        (b"SQLite format 3\0", "SQLite"),
        (b"\x80\x04\x95\x10", "pickle"),
        (b"PK\x03\x04..", "zip"),
        (b"\x1f\x9d\x90", "compress"),
        (b"mail.log".ljust(257, b"\0") + b"ustar\0", "tar"),
    ],
)
def test_beginnings_of_other_things(start: bytes, kind: str) -> None:
    found = foreign(start)
    assert found is not None
    assert kind in found[0]
    assert found[1]


def test_a_log_is_not_foreign() -> None:
    assert foreign(b"Nov 24 03:27:39 mx1 postfix/smtpd[1]: connect from unknown[192.0.2.1]\n") is None
    assert foreign(b"") is None


def test_skipped_files_are_counted_by_extension_or_name() -> None:
    assert suffix("system.journal") == ".journal"
    assert suffix("wtmp-20260801") == "wtmp"
    assert suffix("btmp.1") == "btmp"
