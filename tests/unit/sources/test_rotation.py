from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from logscan.model.blocks import Source
from logscan.sources.rotation import age, group, order, stem


@pytest.mark.parametrize(
    ("path", "want"),
    [
        ("mail.log", "mail.log"),
        ("/var/log/mail.log.1", "/var/log/mail.log"),
        ("mail.log.2.gz", "mail.log"),
        ("mail.log.0", "mail.log"),
        ("mail.log.52.zst", "mail.log"),
        ("mail.log-20260801.xz", "mail.log"),
        ("mail.log.2026-08-01", "mail.log"),
        ("mail.log-20260801-1785542400.gz", "mail.log"),
        ("mail.log-1785542400", "mail.log"),
        ("mail-20260801.bz2", "mail"),
        ("maillog-20260801", "maillog"),
        ("maillog.20260801-120000.gz", "maillog"),
        ("maillog.2025", "maillog"),
        ("messages-2026080112", "messages"),
        ("access.log.1", "access.log"),
        ("access_log-20260801", "access_log"),
        ("access.log.2026-08-01-00_00_00", "access.log"),
        ("access.log.2026.08.01", "access.log"),
        ("access-2026-08-01.log.gz", "access.log"),
        ("mail-20260801.log", "mail.log"),
        ("mail.1.log", "mail.log"),
        ("mail.log.old", "mail.log"),
        ("mail.log-20260801.1.gz", "mail.log"),
        ("mail.log.gz", "mail.log"),
        ("mail.err.3", "mail.err"),
        ("php8.2-fpm.log", "php8.2-fpm.log"),
        ("php8.2-fpm.log.1.gz", "php8.2-fpm.log"),
        ("192.168.0.1.log", "192.168.0.1.log"),
        ("access.log.192.168.0.1", "access.log.192.168.0.1"),
        ("shop.example.org-access.log", "shop.example.org-access.log"),
        ("node-12345.log", "node-12345.log"),
        ("./logs/mail.log.1", "logs/mail.log"),
        (".1", ".1"),
        (".gz", ".gz"),
        ("-", "-"),
        ("/", "/"),
    ],
)
def test_stem(path: str, want: str) -> None:
    assert stem(path) == want


@pytest.mark.parametrize(
    "oldest_first",
    [
        ["mail.log.10.gz", "mail.log.9.gz", "mail.log.2.gz", "mail.log.1", "mail.log"],
        ["mail.log.1.gz", "mail.log.0", "mail.log"],
        ["maillog-20251231", "maillog-20260101.xz", "maillog-20260801", "maillog"],
        ["maillog.20260801-120000", "maillog.20260801-130000", "maillog"],
        ["access.log-2026-07.gz", "access.log-2026-08", "access.log"],
        ["maillog.2024", "maillog.2025", "maillog"],
        ["mail.log-1785542400", "mail.log-1785628800", "mail.log"],
        ["mail.log-20260801.2.gz", "mail.log-20260801.1", "mail.log-20260801", "mail.log.old", "mail.log"],
    ],
)
def test_age_sorts_the_oldest_first(oldest_first: list[str]) -> None:
    shuffled = oldest_first[::-1]
    random.Random(1).shuffle(shuffled)  # noqa: S311  # an order, not a secret
    assert sorted(shuffled, key=age) == oldest_first
    assert len({stem(path) for path in oldest_first}) == 1


def test_an_archive_has_the_age_of_its_original() -> None:
    assert age("mail.log.1") == age("mail.log.1.gz")
    assert age("maillog-20260801") == age("maillog-20260801.xz")


def source(path: str) -> Source:
    return Source(
        path=path,
        compression=None,
        size=0,
        identity=(1, 1),
        modified=datetime(2026, 1, 1, tzinfo=UTC),
        head=b"",
        tail=b"",
        rotation=stem(path),
    )


def test_order_and_group_do_not_depend_on_the_arguments() -> None:
    paths = ["/b/mail.log.1", "/b/mail.log.1.gz", "/b/mail.log", "/a/mail.log", "/b/mail.err"]
    want = ["/a/mail.log", "/b/mail.err", "/b/mail.log.1", "/b/mail.log.1.gz", "/b/mail.log"]
    for turn in range(len(paths)):
        turned = [source(path) for path in paths[turn:] + paths[:turn]]
        assert [found.path for found in order(turned)] == want
        logs = group(turned)
        assert list(logs) == ["/a/mail.log", "/b/mail.err", "/b/mail.log"]
        assert [found.path for found in logs["/b/mail.log"]] == want[2:]
